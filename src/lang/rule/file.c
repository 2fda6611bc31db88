/* file: rules by kind: `for`, `define`, kinds and the lines below them. */
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "lang/glob/glob.h"
#include "lang/rule/inside.h"

#define NAME_SIGNS "*.-/"
#define PARAMETERS 8
#define USES 4

struct wild {
	const char *pattern;
	void *of;
};

struct pv_rule_set {
	pv_arena *arena;
	const pv_rule_form *form;
	pv_map *kinds; /* "group/Kind" -> what the form made */
	pv_vec wild;   /* of struct wild */
};

struct reading {
	pv_rule_set *set;
	pv_rule_reader r;
	pv_vec groups; /* of pv_str: `for` */
	pv_vec blocks; /* of struct block */
};

struct block { /* define */
	pv_str name;
	size_t at, n; /* where its lines begin */
	pv_str params[PARAMETERS];
};

static int use(struct reading *rd, void *of, int depth);

static int
let(pv_rule_reader *r)
{
	const pv_expr *e = NULL;
	pv_str name;
	int result = pv_rule_word(r, "", "a name", &name);
	if (result == 0)
		result = rule_expect(r, "=");
	if (result == 0)
		result = pv_rule_expr(r, &e);
	return result < 0 ? result : pv_rule_name(r, name, e);
}

/* The indented lines from here on. */
static int
body(struct reading *rd, void *of, int depth)
{
	pv_rule_reader *r = &rd->r;
	bool indented;
	int result = 0;
	size_t start = r->at;
	while (result == 0 && pv_rule_line(r, &indented) && indented) {
		if (pv_rule_accept(r, "let"))
			result = let(r);
		else if (pv_rule_accept(r, "use"))
			result = use(rd, of, depth);
		else
			result = rd->set->form->line(r, of);
		if (result == 0 && !pv_rule_ends(r))
			result = pv_rule_fail(r, "expected the end of the line");
		start = r->at;
	}
	if (result == 0)
		r->at = start;
	return result;
}

static int
arguments(struct reading *rd, const struct block *b)
{
	pv_rule_reader *r = &rd->r;
	int result = 0;
	for (size_t i = 0; result == 0 && i < b->n; i++) {
		const pv_expr *e;
		if (i > 0 && !pv_rule_accept(r, ","))
			return pv_rule_fail(r, "%.*s takes %zu values", (int)b->name.len, b->name.s, b->n);
		result = pv_rule_expr(r, &e);
		if (result == 0)
			result = pv_rule_name(r, b->params[i], e);
	}
	if (result == 0 && !pv_rule_ends(r))
		result = pv_rule_fail(r, "expected the end of the line: %.*s takes %zu values",
				      (int)b->name.len, b->name.s, b->n);
	return result;
}

/* use NAME VALUE, VALUE: the lines of `define NAME`. */
static int
use(struct reading *rd, void *of, int depth)
{
	pv_rule_reader *r = &rd->r;
	const struct block *b = NULL;
	size_t back, names = r->n_names, start;
	pv_str name;
	int result;
	rule_skip(r);
	start = r->at;
	result = pv_rule_word(r, "-", "a name of define", &name);
	for (size_t i = 0; result == 0 && i < rd->blocks.len; i++)
		if (pv_str_eq(PV_AT(struct block, &rd->blocks, i)->name, name))
			b = PV_AT(struct block, &rd->blocks, i);
	if (result == 0 && (!b || depth > USES)) {
		r->at = start;
		return b ? pv_rule_fail(r, "use within use, deeper than %d", USES)
			 : pv_rule_fail(r, "no `define %.*s` stands above", (int)name.len, name.s);
	}
	if (result == 0)
		result = arguments(rd, b);
	if (result < 0 || !b)
		return result;
	back = r->at;
	r->at = b->at;
	result = body(rd, of, depth + 1);
	if (result == 0) {
		r->at = back;
		r->n_names = names;
	}
	return result;
}

/* Its lines are read where it is used, with its values. */
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
add(struct reading *rd, const char *name, void *of)
{
	if (strchr(name, '*')) {
		pv_vec_push(&rd->set->wild, &(struct wild){name, of});
		return 0;
	}
	if (pv_map_finds(rd->set->kinds, name))
		return pv_rule_fail(&rd->r, "%s has a rule already", name);
	pv_map_puts(rd->set->kinds, name, of);
	return 0;
}

static int
add_kind(struct reading *rd, pv_str kind, void *of)
{
	bool full = memchr(kind.s, '/', kind.len) != NULL; /* group/Kind */
	int result = 0;
	for (size_t i = 0; result == 0 && i < (full ? 1 : rd->groups.len); i++) {
		pv_str group = full ? PV_STR("") : *PV_AT(pv_str, &rd->groups, i);
		result = add(rd,
			     pv_printf(rd->set->arena, "%.*s%s%.*s", (int)group.len, group.s, full ? "" : "/",
				       (int)kind.len, kind.s),
			     of);
	}
	return result;
}

/* Kind, Kind or group/Kind, and the lines below. */
static int
section(struct reading *rd)
{
	pv_rule_reader *r = &rd->r;
	void *of = rd->set->form->begin(rd->set->arena);
	pv_vec kinds;
	size_t start = r->at, end;
	int result;
	pv_vec_init(&kinds, rd->set->arena, sizeof(pv_str));
	do {
		pv_str kind;
		result = pv_rule_word(r, NAME_SIGNS, "a kind, for or define", &kind);
		pv_vec_push(&kinds, &kind);
	} while (result == 0 && pv_rule_accept(r, ","));
	if (result == 0 && !pv_rule_ends(r))
		result = pv_rule_fail(r, "expected a comma between kinds, or the end of the line");
	r->n_names = 0;
	if (result == 0)
		result = body(rd, of, 0);
	end = r->at;
	if (result < 0)
		return result;
	r->at = start;
	result = rd->set->form->end(r, of);
	for (size_t i = 0; result == 0 && i < kinds.len; i++)
		result = add_kind(rd, *PV_AT(pv_str, &kinds, i), of);
	if (result == 0)
		r->at = end;
	return result;
}

pv_rule_set *
pv_rule_set_new(pv_arena *arena, const pv_rule_form *form)
{
	pv_rule_set *set = pv_new(arena, pv_rule_set);
	*set = (pv_rule_set){.arena = arena, .form = form, .kinds = pv_map_new(arena)};
	pv_vec_init(&set->wild, arena, sizeof(struct wild));
	return set;
}

int
pv_rule_set_read(pv_ctx *cx, pv_rule_set *set, const char *file, pv_str text)
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

const void *
pv_rule_set_find(const pv_rule_set *set, pv_str group, const char *kind)
{
	char room[256];
	int n = snprintf(room, sizeof room, "%.*s/%s", (int)group.len, group.s, kind);
	const void *of;
	if (n < 0 || (size_t)n >= sizeof room)
		return NULL;
	of = pv_map_find(set->kinds, room, (size_t)n);
	for (size_t i = 0; !of && i < set->wild.len; i++)
		if (pv_glob_match(PV_AT(struct wild, &set->wild, i)->pattern, room))
			of = PV_AT(struct wild, &set->wild, i)->of;
	return of;
}
