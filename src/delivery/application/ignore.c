/* ignore: spec.ignoreDifferences, and what argocd-cm says for all: each rule becomes the places of an object
 * that it means.  https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/
 * Expressions of jq that are paths (.a.b, ["a"], [0], [], and a ? behind) are followed here, others by libjq. */
#include "delivery/application/ignore.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "delivery/application/application.h"
#include "delivery/application/ignore_jq.h"
#include "delivery/application/places.h"
#include "delivery/application/settings.h"
#include "lang/glob/glob.h"
#include "lang/json/json.h"
#include "lang/patch/patch.h"
#include "lang/yaml/yaml.h"

#define DEPTH 64
#define MEMORY_MOST ((size_t)128 << 20) /* of the places of one object */
#define WORK_MOST ((size_t)4 << 30)     /* the same of all objects of a turn, one after the other */

/* What finding places takes: rules times objects, so of each object it is let go at once. */
struct ignoring {
	pv_ctx cx;   /* of one object */
	size_t work; /* bytes of all that were looked at */
	bool full;   /* not all places of one were found */
};

struct walk {
	pv_ctx *cx;
	app *a;      /* NULL: of jq, paths alone are followed */
	pv_vec *ret; /* of struct place */
	bool full;   /* no more is looked for */
};

static const char *
below(struct walk *w, const char *pointer, pv_str name)
{
	pv_buf b;
	pv_buf_init(&b, w->cx->arena);
	pv_buf_adds(&b, pointer);
	pv_buf_addc(&b, '/');
	pv_pointer_escape(&b, name);
	return b.s;
}

static const char *
at_index(struct walk *w, const char *pointer, size_t i)
{
	return pv_printf(w->cx->arena, "%s/%zu", pointer, i);
}

static void
found(struct walk *w, const char *pointer, const pv_val *live)
{
	const struct place place = {pointer, live};
	w->full = w->full || pv_arena_used(w->cx->arena) > MEMORY_MOST;
	if (!*pointer || *pointer == '/')
		pv_vec_push(w->ret, &place);
}

/* ---- jq paths ---- */

/* One step of a path; false: it is more than a path. */
struct step {
	pv_str name; /* of a member */
	size_t index;
	enum { MEMBER, INDEX, EACH } kind;
};

static bool
take_bracket(const char **at, struct step *ret)
{
	const char *c = *at + 1, *end;
	char *stop;
	if (*c == '"') {
		end = strpbrk(c + 1, "\"\\");
		if (!end || *end != '"' || end[1] != ']')
			return false;
		*ret = (struct step){{c + 1, (size_t)(end - c) - 1}, 0, MEMBER};
		*at = end + 2;
		return true;
	}
	ret->kind = *c == ']' ? EACH : INDEX;
	ret->index = (size_t)strtoul(c, &stop, 10);
	*at = stop + 1;
	return *stop == ']' && (*c == ']' || isdigit((unsigned char)*c));
}

/* 1: a step, 0: the end, -1: not a path. */
static int
take_step(const char **at, struct step *ret)
{
	const char *c = *at;
	size_t len;
	while (*c == '?' || *c == ' ')
		c++;
	*at = c;
	if (!*c)
		return 0;
	if (*c == '[')
		return take_bracket(at, ret) ? 1 : -1;
	if (*c != '.')
		return -1;
	*at = ++c;
	if (*c == '[')
		return take_bracket(at, ret) ? 1 : -1;
	if (*c == '"') {
		const char *end = strpbrk(c + 1, "\"\\");
		*ret = (struct step){{c + 1, end ? (size_t)(end - c) - 1 : 0}, 0, MEMBER};
		*at = end ? end + 1 : c;
		return end && *end == '"' ? 1 : -1;
	}
	for (len = 0; isalnum((unsigned char)c[len]) || c[len] == '_';)
		len++;
	*ret = (struct step){{c, len}, 0, MEMBER};
	*at = c + len;
	return len ? 1 : -1;
}

bool
application_is_path(const char *jq)
{
	struct step step;
	int n = 0, r;
	while ((r = take_step(&jq, &step)) > 0)
		n++;
	return r == 0 && n > 0 && n < DEPTH;
}

static const pv_val *
item_or_null(const pv_val *list, size_t i)
{
	return i < pv_count(list) ? pv_item(list, i) : NULL;
}

/* `live` goes along the same way as far as it has it. */
static void
walk_path(struct walk *w, const char *jq, const pv_val *v, const pv_val *live, const char *pointer, int depth)
{
	struct step step;
	int r = take_step(&jq, &step);
	const pv_val *member;
	if (r == 0)
		found(w, pointer, live);
	if (r <= 0 || depth > DEPTH || w->full)
		return;
	if (step.kind == MEMBER) {
		member = pv_getn(v, step.name.s, step.name.len);
		if (member)
			walk_path(w, jq, member, pv_getn(live, step.name.s, step.name.len),
				  below(w, pointer, step.name), depth + 1);
		return;
	}
	for (size_t i = 0; pv_is(v, PV_LIST) && i < pv_count(v); i++)
		if (step.kind == EACH || step.index == i)
			walk_path(w, jq, pv_item(v, i), item_or_null(live, i), at_index(w, pointer, i),
				  depth + 1);
}

/* ---- managers ---- */

/* The elements of a list by what a set of fields calls them; all of a list are called in one way. */
struct elements {
	const pv_val *list;
	const char *way; /* the members of a key, or "v"; NULL: none was called yet */
	pv_map *at;      /* name -> index + 1 */
};

/* By its key's members, or as a whole if there is no key; NULL: it lacks one. */
static const char *
name_of(struct walk *w, const pv_val *it, const pv_val *key)
{
	pv_buf b;
	pv_buf_init(&b, w->cx->arena);
	if (!key)
		pv_json_write(&b, it);
	for (size_t i = 0; i < pv_count(key); i++) {
		const char *member = pv_text(&pv_sorted(key, i)->key, "");
		const pv_val *v = pv_get(it, member);
		if (!v && !pv_streq(member, "protocol"))
			return NULL;
		if (v)
			pv_json_write(&b, v);
		else
			pv_buf_adds(&b, "\"TCP\""); /* defaulted, so maybe not said */
		pv_buf_addc(&b, ',');
	}
	return b.s;
}

static const char *
way_of(struct walk *w, const pv_val *key)
{
	pv_buf b;
	if (!key)
		return "v";
	pv_buf_init(&b, w->cx->arena);
	for (size_t i = 0; i < pv_count(key); i++)
		pv_buf_printf(&b, "k%s\n", pv_text(&pv_sorted(key, i)->key, ""));
	return b.s;
}

static void
call_all(struct walk *w, struct elements *all, const pv_val *key)
{
	all->at = pv_map_new(w->cx->arena);
	for (size_t i = 0; pv_is(all->list, PV_LIST) && i < pv_count(all->list); i++) {
		const char *name = name_of(w, pv_item(all->list, i), key);
		if (name && !pv_map_finds(all->at, name))
			pv_map_puts(all->at, name, (void *)(uintptr_t)(i + 1));
	}
}

/* Where the element is that is called "k:{...}" or "v:..."; -1: nowhere. */
static ssize_t
element(struct walk *w, struct elements *all, const char *field)
{
	const pv_val *said, *key;
	const char *way;
	if (pv_json_parse(w->cx, pv_str_of(field + 2), NULL, &said) < 0) {
		pv_recover(w->cx);
		return -1;
	}
	key = *field == 'k' ? said : NULL;
	if (key && !pv_count(key))
		return -1;
	way = way_of(w, key);
	if (!all->way) {
		call_all(w, all, key);
		all->way = way;
	}
	return pv_streq(way, all->way) ? (ssize_t)(uintptr_t)pv_map_finds(all->at, name_of(w, said, key)) - 1
				       : -1;
}

static void
walk_fields(struct walk *w, const pv_val *fields, const pv_val *v, const pv_val *live, const char *pointer,
	    int depth)
{
	struct elements wanted = {.list = v}, living = {.list = live};
	size_t inner = 0;
	for (size_t i = 0; depth < DEPTH && !w->full && i < pv_count(fields); i++) {
		const pv_member *m = pv_sorted(fields, i);
		const char *field = pv_text(&m->key, "");
		const pv_val *sub = NULL;
		if (pv_streq(field, "."))
			continue;
		inner++;
		if (pv_starts_with(field, "f:") && (sub = pv_get(v, field + 2))) {
			walk_fields(w, &m->val, sub, pv_get(live, field + 2),
				    below(w, pointer, pv_str_of(field + 2)), depth + 1);
		} else if (pv_starts_with(field, "k:") || pv_starts_with(field, "v:")) {
			ssize_t here = element(w, &wanted, field), there = element(w, &living, field);
			if (here >= 0)
				walk_fields(w, &m->val, pv_item(v, (size_t)here),
					    there >= 0 ? pv_item(live, (size_t)there) : NULL,
					    at_index(w, pointer, (size_t)here), depth + 1);
		}
	}
	if (!inner && *pointer)
		found(w, pointer, live);
}

static void
walk_manager(struct walk *w, const char *manager, const pv_val *v, const pv_val *live)
{
	const pv_val *list = pv_at(live, "metadata.managedFields");
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "manager", ""), manager))
			walk_fields(w, pv_get(pv_item(list, i), "fieldsV1"), v, live, "", 0);
}

/* ---- any other jq ---- */

static void
walk_jq(struct walk *w, const char *jq, const pv_val *v, const pv_val *live)
{
	const pv_val *places;
	if (!w->a || application_is_path(jq)) {
		walk_path(w, jq, v, live, "", 0);
		return;
	}
	places = ignore_jq_places(w->a, jq, v);
	for (size_t i = 0; i < pv_count(places); i++) {
		const char *place = pv_text(pv_item(places, i), "");
		found(w, place, pv_pointer_get(live, place));
	}
}

/* ---- rules ---- */

/* The rules of a kind: many objects are of one. */
static const pv_vec *
rules_of(app *a, const item *it)
{
	const char *kind = pv_printf(a->cx->arena, "%s/%s", it->group, it->kind);
	pv_vec *ret = pv_map_finds(a->ignores_of, kind);
	if (ret)
		return ret;
	ret = pv_new(a->cx->arena, pv_vec);
	pv_vec_init(ret, a->cx->arena, sizeof(const pv_val *));
	pv_map_puts(a->ignores_of, kind, ret);
	for (size_t i = 0; i < a->ignores.len; i++) {
		const pv_val *rule = *PV_AT(const pv_val *, &a->ignores, i);
		if (pv_glob_spans(pv_text_at(rule, "group", ""), it->group) &&
		    pv_glob_spans(pv_text_at(rule, "kind", ""), it->kind))
			pv_vec_push(ret, &rule);
	}
	return ret;
}

static bool
is_meant(const pv_val *rule, const item *it)
{
	const char *name = pv_text_at(rule, "name", ""), *ns = pv_text_at(rule, "namespace", "");
	return (!*name || pv_streq(name, it->name)) && (!*ns || pv_streq(ns, it->ns));
}

static void
walk_rule(struct walk *w, const pv_val *rule, const pv_val *object, const pv_val *live)
{
	const pv_val *pointers = pv_get(rule, "jsonPointers"), *paths = pv_get(rule, "jqPathExpressions");
	for (size_t k = 0; k < pv_count(pointers); k++)
		found(w, pv_text(pv_item(pointers, k), ""),
		      pv_pointer_get(live, pv_text(pv_item(pointers, k), "")));
	for (size_t k = 0; k < pv_count(paths); k++)
		walk_jq(w, pv_text(pv_item(paths, k), ""), object, live);
}

static void
let_go(void *ignoring)
{
	pv_ctx_done(&((struct ignoring *)ignoring)->cx);
}

static struct ignoring *
ignoring_of(app *a)
{
	if (!a->ignoring) {
		a->ignoring = pv_new(a->cx->arena, struct ignoring);
		pv_ctx_init(&a->ignoring->cx, "ignored");
		pv_arena_defer(a->cx->arena, let_go, a->ignoring);
	}
	return a->ignoring;
}

static const pv_val *
changed(app *a, const item *it, const pv_val *object, bool live)
{
	const pv_vec *rules = a->ignores.len ? rules_of(a, it) : NULL;
	struct ignoring *own;
	struct walk w = {.a = a};
	pv_vec places;
	if (!rules || !rules->len)
		return object;
	own = ignoring_of(a);
	if (own->work > WORK_MOST)
		return object;
	w.cx = &own->cx;
	w.ret = &places;
	pv_vec_init(&places, own->cx.arena, sizeof(struct place));
	for (size_t i = 0; i < rules->len; i++) {
		const pv_val *rule = *PV_AT(const pv_val *, rules, i),
			     *managers = pv_get(rule, "managedFieldsManagers");
		if (!is_meant(rule, it))
			continue;
		walk_rule(&w, rule, object, it->live);
		for (size_t k = 0; it->live && k < pv_count(managers); k++)
			walk_manager(&w, pv_text(pv_item(managers, k), ""), object, it->live);
	}
	own->full = own->full || w.full;
	if (!w.full) {
		places_order(&places);
		object = live ? places_with_live(a->cx, object, &places, NULL)
			      : places_without(a->cx, object, &places);
	}
	own->work += pv_arena_used(own->cx.arena);
	pv_ctx_reset(&own->cx);
	return object;
}

const pv_val *
ignore_without(app *a, const item *it, const pv_val *object)
{
	return changed(a, it, object, false);
}

const pv_val *
ignore_with_live(app *a, const item *it, const pv_val *object)
{
	return changed(a, it, object, true);
}

int
ignore_check(const app *a)
{
	if (!a->ignoring || (!a->ignoring->full && a->ignoring->work <= WORK_MOST))
		return 0;
	return pv_fail(
		a->cx, PV_ETOOLARGE,
		"to find what its rules mean takes more than %zu MiB of memory for one object, or %zu for all: "
		"expected fewer rules, or rules with a kind and a name",
		MEMORY_MOST >> 20, WORK_MOST >> 20);
}

const pv_val *
application_respecting(pv_ctx *cx, const pv_vec *rules, const pv_val *want, const pv_val *live)
{
	pv_ctx own;
	pv_vec places;
	struct walk w = {.cx = &own, .ret = &places};
	if (!rules->len)
		return want;
	pv_ctx_init_small(&own, "ignored");
	pv_vec_init(&places, own.arena, sizeof(struct place));
	for (size_t i = 0; i < rules->len; i++) {
		const pv_val *rule = *PV_AT(const pv_val *, rules, i);
		walk_rule(&w, rule, live, live);
		walk_rule(&w, rule, want, live);
	}
	if (!w.full)
		places_order(&places);
	want = w.full ? NULL : places_with_live(cx, want, &places, live);
	pv_ctx_done(&own);
	return want;
}

/* ---- of all Applications: argocd-cm ---- */

/* What is ignored in all objects of a kind, a YAML text. */
static int
add_setting(app *a, const custom_word *word)
{
	pv_yaml_opts opts = {.file = word->place};
	const pv_val *rule;
	pv_objb b;
	int r = pv_yaml_parse(a->cx, pv_str_of(word->text), &opts, &rule);
	if (r < 0)
		return r;
	if (!pv_is(rule, PV_OBJECT) && !pv_is(rule, PV_NULL))
		return pv_fail(
			a->cx, PV_EINVALID,
			"%s: expected jsonPointers, jqPathExpressions or managedFieldsManagers, found %s",
			word->place, pv_type_name(rule));
	pv_objb_from(&b, a->cx->arena, rule);
	pv_objb_puts(&b, "group", word->group);
	pv_objb_puts(&b, "kind", word->kind);
	rule = pv_box(a->cx->arena, pv_objb_end(&b));
	pv_vec_push(&a->ignores, &rule);
	return 0;
}

bool
ignore_init(app *a)
{
	const pv_val *rules = pv_get(a->spec, "ignoreDifferences");
	pv_vec words;
	int r = custom_words(a->cx, settings_custom(a), "ignoreDifferences", &words);
	pv_vec_init(&a->ignores, a->cx->arena, sizeof(const pv_val *));
	a->ignores_of = pv_map_new(a->cx->arena);
	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *rule = pv_item(rules, i);
		pv_vec_push(&a->ignores, &rule);
	}
	for (size_t i = 0; r == 0 && i < words.len; i++)
		r = add_setting(a, PV_AT(custom_word, &words, i));
	if (r < 0) {
		app_condition(a, "ComparisonError", "%s", pv_error_text(a->cx));
		pv_recover(a->cx);
	}
	return r == 0;
}
