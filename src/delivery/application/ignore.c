/* ignore: spec.ignoreDifferences, and what argocd-cm says for all: each rule becomes the places of an object
 * that it means.  https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/
 * Expressions of jq that are paths (.a.b, ["a"], [0], [], and a ? behind) are followed here, others by libjq. */
#include "delivery/application/ignore.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "delivery/application/application.h"
#include "delivery/application/ignore_jq.h"
#include "delivery/application/project.h"
#include "delivery/application/settings.h"
#include "lang/json/json.h"
#include "lang/patch/patch.h"
#include "lang/yaml/yaml.h"

#define DEPTH 64

struct walk {
	pv_ctx *cx;
	app *a;      /* NULL: of jq, paths alone are followed */
	pv_vec *ret; /* of struct ignored */
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
	struct ignored *it = pv_vec_add(w->ret);
	*it = (struct ignored){pointer, live};
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
	const char *name;
	if (r == 0)
		found(w, pointer, live);
	if (r <= 0 || depth > DEPTH)
		return;
	if (step.kind == MEMBER) {
		name = pv_strndup(w->cx->arena, step.name.s, step.name.len);
		if (pv_get(v, name))
			walk_path(w, jq, pv_get(v, name), pv_get(live, name), below(w, pointer, step.name),
				  depth + 1);
		return;
	}
	for (size_t i = 0; pv_is(v, PV_LIST) && i < pv_count(v); i++)
		if (step.kind == EACH || step.index == i)
			walk_path(w, jq, pv_item(v, i), item_or_null(live, i), at_index(w, pointer, i),
				  depth + 1);
}

/* ---- managers ---- */

/* Where the element is that a set of fields names "k:{...}" or "v:..."; -1: nowhere. */
static ssize_t
element(struct walk *w, const pv_val *list, const char *field)
{
	const pv_val *key;
	if (pv_json_parse(w->cx, pv_str_of(field + 2), NULL, &key) < 0) {
		pv_recover(w->cx);
		return -1;
	}
	for (size_t i = 0; pv_is(list, PV_LIST) && i < pv_count(list); i++) {
		const pv_val *it = pv_item(list, i);
		bool same = *field == 'k' || pv_eq(it, key);
		for (size_t k = 0; *field == 'k' && same && k < pv_count(key); k++) {
			const pv_member *m = pv_sorted(key, k);
			const pv_val *have = pv_get(it, pv_text(&m->key, ""));
			same = have ? pv_eq(have, &m->val)
				    : pv_streq(pv_text(&m->key, ""),
					       "protocol"); /* defaulted, so maybe not said */
		}
		if (same)
			return (ssize_t)i;
	}
	return -1;
}

static void
walk_fields(struct walk *w, const pv_val *fields, const pv_val *v, const pv_val *live, const char *pointer,
	    int depth)
{
	size_t inner = 0;
	for (size_t i = 0; depth < DEPTH && i < pv_count(fields); i++) {
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
			ssize_t here = element(w, v, field), there = element(w, live, field);
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

static bool
is_meant(app *a, const pv_val *rule, const item *it)
{
	const char *group = pv_text_at(rule, "group", ""), *kind = pv_text_at(rule, "kind", "");
	const char *name = pv_text_at(rule, "name", ""), *ns = pv_text_at(rule, "namespace", "");
	return project_fits(a->cx->arena, group, it->group) && project_fits(a->cx->arena, kind, it->kind) &&
	       (!*name || pv_streq(name, it->name)) && (!*ns || pv_streq(ns, it->ns));
}

/* In the order of the document, elements of a list by number: what is taken away from the end of it leaves
 * the places before where they are. */
static int
by_place(const void *x, const void *y)
{
	const char *a = ((const struct ignored *)x)->pointer, *b = ((const struct ignored *)y)->pointer;
	while (*a && *a == *b) {
		if (isdigit((unsigned char)a[1]) && isdigit((unsigned char)b[1]) && *a == '/') {
			char *a_end, *b_end;
			unsigned long m = strtoul(a + 1, &a_end, 10), n = strtoul(b + 1, &b_end, 10);
			if (m != n)
				return m < n ? -1 : 1;
			a = a_end;
			b = b_end;
		} else {
			a++;
			b++;
		}
	}
	return (unsigned char)*a - (unsigned char)*b;
}

static void
in_order(pv_vec *places)
{
	size_t n = 0;
	pv_vec_sort(places, by_place);
	for (size_t i = 0; i < places->len; i++) {
		struct ignored *all = PV_AT(struct ignored, places, 0);
		if (n == 0 || !pv_streq(all[n - 1].pointer, all[i].pointer))
			all[n++] = all[i];
	}
	places->len = n;
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

void
ignore_places(app *a, const item *it, const pv_val *object, pv_vec *ret)
{
	struct walk w = {a->cx, a, ret};
	pv_vec_init(ret, a->cx->arena, sizeof(struct ignored));
	for (size_t i = 0; i < a->ignores.len; i++) {
		const pv_val *rule = *PV_AT(const pv_val *, &a->ignores, i),
			     *managers = pv_get(rule, "managedFieldsManagers");
		if (!is_meant(a, rule, it))
			continue;
		walk_rule(&w, rule, object, it->live);
		for (size_t k = 0; it->live && k < pv_count(managers); k++)
			walk_manager(&w, pv_text(pv_item(managers, k), ""), object, it->live);
	}
	if (ret->len > 1)
		in_order(ret);
}

const pv_val *
ignore_put(pv_ctx *cx, const pv_val *object, const char *pointer, const pv_val *value)
{
	pv_listb ops;
	pv_objb op;
	pv_val patch;
	const pv_val *out;
	if (!value && !pv_pointer_get(object, pointer))
		return object;
	pv_objb_init(&op, cx->arena);
	pv_objb_puts(&op, "op", !value ? "remove" : pv_pointer_get(object, pointer) ? "replace" : "add");
	pv_objb_puts(&op, "path", pointer);
	if (value)
		pv_objb_put(&op, "value", *value);
	pv_listb_init(&ops, cx->arena);
	pv_listb_add(&ops, pv_objb_end(&op));
	patch = pv_listb_end(&ops);
	if (pv_patch_json(cx, object, &patch, &out) < 0) {
		pv_recover(cx); /* no such place in it */
		return object;
	}
	return out;
}

const pv_val *
ignore_with_live(pv_ctx *cx, const pv_val *object, const pv_vec *places)
{
	for (size_t i = places->len; i-- > 0;) { /* from the end: what goes moves what is behind it */
		const struct ignored *place = PV_AT(struct ignored, places, i);
		object = ignore_put(cx, object, place->pointer, place->live);
	}
	return object;
}

/* What lives where nothing of the kind is wanted: with what it lies in. */
static const pv_val *
with_place(pv_ctx *cx, const pv_val *object, const pv_val *live, const struct ignored *place)
{
	pv_objb none;
	pv_val empty;
	pv_objb_init(&none, cx->arena);
	empty = pv_objb_end(&none);
	for (const char *c = strchr(place->pointer + 1, '/'); place->live && c; c = strchr(c + 1, '/')) {
		const char *above = pv_strndup(cx->arena, place->pointer, (size_t)(c - place->pointer));
		if (!pv_pointer_get(object, above) && pv_is(pv_pointer_get(live, above), PV_OBJECT))
			object = ignore_put(cx, object, above, &empty);
	}
	return ignore_put(cx, object, place->pointer, place->live);
}

const pv_val *
application_respecting(pv_ctx *cx, const pv_val *rule, const pv_val *want, const pv_val *live)
{
	pv_vec places;
	struct walk w = {cx, NULL, &places};
	pv_vec_init(&places, cx->arena, sizeof(struct ignored));
	walk_rule(&w, rule, live, live);
	walk_rule(&w, rule, want, live);
	for (size_t i = places.len; i-- > 0;) /* from the end: what goes moves what is behind it */
		want = with_place(cx, want, live, PV_AT(struct ignored, &places, i));
	return want;
}

/* ---- of all Applications: argocd-cm ---- */

#define CUSTOMIZATIONS "resource.customizations"
#define PREFIX CUSTOMIZATIONS ".ignoreDifferences."

/* "apps_Deployment", "ConfigMap", "*.example.org_*" or "all", and what is ignored in such objects, a YAML text. */
static bool
add_setting(app *a, const char *key, const char *which, char between, const char *text)
{
	const char *bar = strchr(which, between);
	pv_yaml_opts opts = {.file = key};
	const pv_val *said;
	pv_objb b;
	if (pv_yaml_parse(a->cx, pv_str_of(text), &opts, &said) < 0) {
		app_condition(a, "ComparisonError", "ConfigMap " PROJECT_HOME "/argocd-cm: %s",
			      pv_error_text(a->cx));
		pv_recover(a->cx);
		return false;
	}
	pv_objb_from(&b, a->cx->arena, said);
	if (pv_streq(which, "all")) {
		pv_objb_puts(&b, "group", "*");
		pv_objb_puts(&b, "kind", "*");
	} else {
		pv_objb_put(&b, "group", pv_stringn(a->cx->arena, which, bar ? (size_t)(bar - which) : 0));
		pv_objb_puts(&b, "kind", bar ? bar + 1 : which);
	}
	said = pv_box(a->cx->arena, pv_objb_end(&b));
	pv_vec_push(&a->ignores, &said);
	return true;
}

/* The old form: {"apps/Deployment": {ignoreDifferences: TEXT}} in one text. */
static bool
add_old_settings(app *a)
{
	const char *text = setting(a, CUSTOMIZATIONS, NULL);
	pv_yaml_opts opts = {.file = CUSTOMIZATIONS};
	const pv_val *all = NULL;
	bool good = true;
	if (text && pv_yaml_parse(a->cx, pv_str_of(text), &opts, &all) < 0) {
		app_condition(a, "ComparisonError", "ConfigMap " PROJECT_HOME "/argocd-cm: %s",
			      pv_error_text(a->cx));
		pv_recover(a->cx);
		return false;
	}
	for (size_t i = 0; good && pv_is(all, PV_OBJECT) && i < pv_count(all); i++) {
		const pv_member *m = pv_sorted(all, i);
		const char *said = pv_text_at(&m->val, "ignoreDifferences", NULL);
		good = !said || add_setting(a, CUSTOMIZATIONS, pv_text(&m->key, ""), '/', said);
	}
	return good;
}

bool
ignore_init(app *a)
{
	const pv_val *rules = pv_get(a->spec, "ignoreDifferences"), *all = settings_all(a);
	bool good = true;
	pv_vec_init(&a->ignores, a->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *rule = pv_item(rules, i);
		pv_vec_push(&a->ignores, &rule);
	}
	for (size_t i = 0; good && i < pv_count(all); i++) {
		const pv_member *m = pv_sorted(all, i);
		const char *key = pv_text(&m->key, "");
		if (pv_starts_with(key, PREFIX))
			good = add_setting(a, key, key + strlen(PREFIX), '_', pv_text(&m->val, ""));
	}
	return good && add_old_settings(a);
}
