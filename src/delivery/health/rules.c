/* rules: reading and asking them. */
#include "delivery/health/rules.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "core/embed.h"
#include "lang/glob/glob.h"
#include "lang/rule/rule.h"

#define FOLDER "delivery/health/rules/"
#define NAME_SIGNS "*.-/"

struct line {
	enum health health;
	const pv_expr *message, *cond; /* NULL: "", always */
};

struct judge {
	pv_vec lines; /* of struct line; the last has no condition */
	const char *pattern;
};

struct rules {
	pv_arena *arena;
	pv_map *kinds; /* "group/Kind" -> struct judge */
	pv_vec wild;   /* of struct judge * */
};

struct reading {
	rules *set;
	pv_rule_reader r;
	pv_vec groups; /* of pv_str: `for` */
	pv_vec blocks; /* of struct block */
};

#define PARAMETERS 8
struct block { /* define */
	pv_str name;
	size_t at, n; /* where its lines begin */
	pv_str params[PARAMETERS];
};

/* ---- lines ---- */

static int use(struct reading *rd, struct judge *j, int depth);

static int
let(pv_rule_reader *r)
{
	const pv_expr *e;
	pv_str name;
	int result = pv_rule_word(r, "", "a name", &name);
	if (result == 0 && !pv_rule_accept(r, "="))
		result = pv_rule_fail(r, "expected =");
	if (result == 0)
		result = pv_rule_expr(r, &e);
	return result < 0 ? result : pv_rule_name(r, name, e);
}

static int
verdict_line(pv_rule_reader *r, struct judge *j, size_t start)
{
	struct line line = {0};
	bool sometimes;
	pv_str word;
	int result = pv_rule_word(r, "", "a status", &word);
	if (result < 0)
		return result;
	line.health = health_parse(pv_strndup(r->arena, word.s, word.len));
	if (line.health == HEALTH_NONE) {
		r->at = start;
		return pv_rule_fail(
			r,
			"expected Healthy, Progressing, Degraded, Suspended, Missing, Unknown, let or use, found %.*s",
			(int)word.len, word.s);
	}
	sometimes = pv_rule_accept(r, "if");
	if (!sometimes && !pv_rule_ends(r)) {
		result = pv_rule_expr(r, &line.message);
		sometimes = result == 0 && pv_rule_accept(r, "if");
		if (result == 0 && !sometimes && !pv_rule_ends(r))
			result = pv_rule_fail(r, "expected if, or the end of the line");
	}
	if (result == 0 && sometimes)
		result = pv_rule_expr(r, &line.cond);
	pv_vec_push(&j->lines, &line);
	return result;
}

/* The indented lines from here on. */
static int
body(struct reading *rd, struct judge *j, int depth)
{
	pv_rule_reader *r = &rd->r;
	bool indented;
	int result = 0;
	size_t start = r->at;
	while (result == 0 && pv_rule_line(r, &indented) && indented) {
		const struct line *last = j->lines.len ? pv_vec_at(&j->lines, j->lines.len - 1) : NULL;
		start = r->at;
		if (last && !last->cond)
			return pv_rule_fail(r, "never reached: the line above has no condition");
		if (pv_rule_accept(r, "let"))
			result = let(r);
		else if (pv_rule_accept(r, "use"))
			result = use(rd, j, depth);
		else
			result = verdict_line(r, j, start);
		if (result == 0 && !pv_rule_ends(r))
			result = pv_rule_fail(r, "expected the end of the line");
		start = r->at;
	}
	if (result == 0)
		r->at = start;
	return result;
}

/* use NAME VALUE, VALUE: the lines of `define NAME`. */
static int
use(struct reading *rd, struct judge *j, int depth)
{
	pv_rule_reader *r = &rd->r;
	const struct block *b = NULL;
	size_t back, names = r->n_names, start;
	pv_str name;
	int result;
	(void)pv_rule_ends(r); /* behind the blanks */
	start = r->at;
	result = pv_rule_word(r, "-", "a name of define", &name);
	for (size_t i = 0; result == 0 && i < rd->blocks.len; i++)
		if (pv_str_eq(PV_AT(struct block, &rd->blocks, i)->name, name))
			b = PV_AT(struct block, &rd->blocks, i);
	if (result == 0 && (!b || depth > 4)) {
		r->at = start;
		return pv_rule_fail(r, b ? "use within use, deeper than 4" : "no `define %.*s` stands above",
				    (int)name.len, name.s);
	}
	for (size_t i = 0; result == 0 && i < b->n; i++) {
		const pv_expr *e;
		if (i > 0 && !pv_rule_accept(r, ","))
			return pv_rule_fail(r, "%.*s takes %zu values", (int)name.len, name.s, b->n);
		result = pv_rule_expr(r, &e);
		if (result == 0)
			result = pv_rule_name(r, b->params[i], e);
	}
	if (result == 0 && !pv_rule_ends(r))
		result = pv_rule_fail(r, "expected the end of the line: %.*s takes %zu values", (int)name.len,
				      name.s, b->n);
	if (result < 0)
		return result;
	back = r->at;
	r->at = b->at;
	result = body(rd, j, depth + 1);
	if (result == 0) {
		r->at = back;
		r->n_names = names;
	}
	return result;
}

/* ---- what stands at the beginning of a line ---- */

static int
define(struct reading *rd)
{
	pv_rule_reader *r = &rd->r;
	struct block b = {0};
	bool indented;
	int result = pv_rule_word(r, "-", "a name", &b.name);
	while (result == 0 && !pv_rule_ends(r)) {
		if (!pv_rule_accept(r, "$") || b.n == PARAMETERS)
			return pv_rule_fail(r, "expected a parameter such as $kind, at most %d", PARAMETERS);
		result = pv_rule_word(r, "", "a parameter's name", &b.params[b.n++]);
	}
	if (result < 0)
		return result;
	b.at = r->at;
	pv_vec_push(&rd->blocks, &b);
	/* Its lines are read where it is used, with its values. */
	for (size_t at = r->at; pv_rule_line(r, &indented); at = r->at) {
		if (!indented) {
			r->at = at;
			break;
		}
		while (!pv_rule_ends(r))
			r->at++;
	}
	return 0;
}

static int
groups(struct reading *rd)
{
	pv_str group;
	int result = 0;
	pv_vec_init(&rd->groups, rd->set->arena, sizeof(pv_str));
	while (result == 0 && !pv_rule_ends(&rd->r)) {
		result = pv_rule_word(&rd->r, "*.-", "a group", &group);
		pv_vec_push(&rd->groups, &group);
	}
	return result;
}

static int
add(struct reading *rd, const char *name, const struct judge *j)
{
	struct judge *own = pv_new(rd->set->arena, struct judge);
	*own = *j;
	own->pattern = name;
	if (strchr(name, '*')) {
		pv_vec_push(&rd->set->wild, &own);
		return 0;
	}
	if (pv_map_finds(rd->set->kinds, name))
		return pv_rule_fail(&rd->r, "%s has a rule already", name);
	pv_map_puts(rd->set->kinds, name, own);
	return 0;
}

/* Kind, Kind or group/Kind, and the lines below. */
static int
section(struct reading *rd)
{
	pv_rule_reader *r = &rd->r;
	struct judge j;
	pv_vec kinds;
	size_t start = r->at, end;
	int result;
	pv_vec_init(&kinds, rd->set->arena, sizeof(pv_str));
	pv_vec_init(&j.lines, rd->set->arena, sizeof(struct line));
	do {
		pv_str kind;
		result = pv_rule_word(r, NAME_SIGNS, "a kind, for or define", &kind);
		pv_vec_push(&kinds, &kind);
	} while (result == 0 && pv_rule_accept(r, ","));
	if (result == 0 && !pv_rule_ends(r))
		result = pv_rule_fail(r, "expected a comma between kinds, or the end of the line");
	r->n_names = 0;
	if (result == 0)
		result = body(rd, &j, 0);
	end = r->at;
	if (result < 0)
		return result;
	r->at = start;
	if (j.lines.len == 0 || PV_AT(struct line, &j.lines, j.lines.len - 1)->cond)
		return pv_rule_fail(
			r, "its last line must have no condition, so that every object has a verdict");
	for (size_t i = 0; result == 0 && i < kinds.len; i++) {
		pv_str kind = *PV_AT(pv_str, &kinds, i);
		bool full = memchr(kind.s, '/', kind.len) != NULL;
		for (size_t k = 0; result == 0 && k < (full ? 1 : rd->groups.len); k++) {
			pv_str group = full ? PV_STR("") : *PV_AT(pv_str, &rd->groups, k);
			result = add(rd,
				     pv_printf(rd->set->arena, "%.*s%s%.*s", (int)group.len, group.s,
					       full ? "" : "/", (int)kind.len, kind.s),
				     &j);
		}
	}
	if (result == 0)
		r->at = end;
	return result;
}

rules *
rules_new(pv_arena *arena)
{
	rules *set = pv_new(arena, rules);
	*set = (rules){.arena = arena, .kinds = pv_map_new(arena)};
	pv_vec_init(&set->wild, arena, sizeof(struct judge *));
	return set;
}

int
rules_read(pv_ctx *cx, rules *set, const char *file, pv_str text)
{
	struct reading rd = {.set = set};
	const char *name = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	size_t len = strlen(name);
	pv_str group = {name, pv_ends_with(name, ".rules") ? len - 6 : len};
	bool indented;
	int result = 0;
	pv_rule_init(&rd.r, cx, set->arena, file, text);
	pv_vec_init(&rd.groups, set->arena, sizeof(pv_str));
	pv_vec_init(&rd.blocks, set->arena, sizeof(struct block));
	pv_vec_push(&rd.groups, &group);
	while (result == 0 && pv_rule_line(&rd.r, &indented)) {
		if (indented)
			return pv_rule_fail(&rd.r,
					    "expected a kind, for or define at the beginning of a line");
		if (pv_rule_accept(&rd.r, "for"))
			result = groups(&rd);
		else if (pv_rule_accept(&rd.r, "define"))
			result = define(&rd);
		else
			result = section(&rd);
	}
	return result;
}

/* ---- asking ---- */

verdict
rules_judge(pv_ctx *cx, const rules *set, pv_str group, const char *kind, const pv_val *object)
{
	pv_rule_env env = {.arena = cx->arena, .object = object};
	char room[256];
	const struct judge *j;
	int n = snprintf(room, sizeof room, "%.*s/%s", (int)group.len, group.s, kind);
	if (n < 0 || (size_t)n >= sizeof room)
		return is(HEALTH_NONE, "");
	j = pv_map_find(set->kinds, room, (size_t)n);
	for (size_t i = 0; !j && i < set->wild.len; i++)
		if (pv_glob_match((*PV_AT(struct judge *, &set->wild, i))->pattern, room))
			j = *PV_AT(struct judge *, &set->wild, i);
	for (size_t i = 0; j && i < j->lines.len; i++) {
		const struct line *line = PV_AT(struct line, &j->lines, i);
		if (!line->cond || pv_expr_is_true(&env, line->cond))
			return is(line->health, line->message ? pv_expr_text(&env, line->message) : "");
	}
	return is(HEALTH_NONE, "");
}

static rules *built_in;

static void
read_built_in(void)
{
	pv_ctx cx;
	pv_ctx_init(&cx, "health rules");
	built_in = rules_new(pv_arena_new("health rules"));
	for (const pv_embed *e = pv_embedded; e->path; e++)
		if (pv_starts_with(e->path, FOLDER) &&
		    rules_read(&cx, built_in, e->path, (pv_str){(const char *)e->bytes, e->len}) < 0) {
			fprintf(stderr, "pave: %s\n", pv_error_text(&cx));
			abort(); /* the tests read the same files */
		}
	pv_ctx_done(&cx);
}

const rules *
rules_built_in(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, read_built_in);
	return built_in;
}
