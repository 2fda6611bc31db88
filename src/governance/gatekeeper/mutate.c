/* mutate: mutators over an object, until nothing changes any more (pkg/mutation). */
#include <string.h>

#include "base/str.h"
#include "governance/gatekeeper/promise.h"
#include "lang/json/json.h"

/* ---- which of them contradict each other (pkg/mutation/schema) ---- */

enum shape { S_UNKNOWN, S_FIELD, S_LIST, S_SET, S_STRING };

/* What the path says the node is: by the one behind it, or by what is put there. */
static enum shape
shape_of(const gk_mutator *m, size_t i)
{
	if (i + 1 < m->path.n)
		return m->path.nodes[i + 1].list ? S_LIST : S_FIELD;
	return m->kind == GK_MODIFY_SET ? S_SET : m->kind == GK_ASSIGN_IMAGE ? S_STRING : S_UNKNOWN;
}

/* Nothing may lie below what an AssignImage changes. */
static bool
ends_at(const gk_mutator *m, size_t i)
{
	return m->kind == GK_ASSIGN_IMAGE && i + 1 == m->path.n;
}

static bool
paths_conflict(const gk_mutator *a, const gk_mutator *b)
{
	for (size_t i = 0; i < a->path.n && i < b->path.n; i++) {
		const gk_node *x = &a->path.nodes[i], *y = &b->path.nodes[i];
		enum shape s = shape_of(a, i), t = shape_of(b, i);

		if (!pv_streq(x->name, y->name))
			return x->list && y->list; /* one list with two keys */
		if (s != t && s != S_UNKNOWN && t != S_UNKNOWN)
			return true;
		if ((ends_at(a, i) && i + 1 < b->path.n) || (ends_at(b, i) && i + 1 < a->path.n))
			return true;
		if (s != t)
			return false;
	}
	return false;
}

static bool
share(const pv_val *a, const pv_val *b)
{
	for (size_t i = 0; i < pv_count(a); i++)
		if (pv_list_has_text(b, pv_text(pv_item(a, i), "")))
			return true;
	return false;
}

static bool
operates(const pv_val *apply, const char *operation)
{
	const pv_val *list = pv_get(apply, "operations");

	return !pv_count(list) || pv_list_has_text(list, "*") || pv_list_has_text(list, operation);
}

static bool
meet(const pv_val *a, const pv_val *b)
{
	return share(pv_get(a, "groups"), pv_get(b, "groups")) &&
	       share(pv_get(a, "versions"), pv_get(b, "versions")) &&
	       share(pv_get(a, "kinds"), pv_get(b, "kinds")) &&
	       ((operates(a, "CREATE") && operates(b, "CREATE")) ||
		(operates(a, "UPDATE") && operates(b, "UPDATE")));
}

static bool
conflict(const gk_mutator *a, const gk_mutator *b)
{
	if (a == b || a->kind == GK_ASSIGN_METADATA || b->kind == GK_ASSIGN_METADATA || !paths_conflict(a, b))
		return false;
	for (size_t i = 0; i < pv_count(a->apply); i++)
		for (size_t k = 0; k < pv_count(b->apply); k++)
			if (meet(pv_item(a->apply, i), pv_item(b->apply, k)))
				return true;
	return false;
}

const char *
gk_mutator_conflicts(pv_ctx *cx, const gk_mutators *set, const gk_mutator *m)
{
	pv_buf b;
	bool any = false;

	pv_buf_init(&b, cx->arena);
	pv_buf_addc(&b, '[');
	for (size_t i = 0; i < set->all.len; i++) {
		const gk_mutator *other = *PV_AT(gk_mutator *, &set->all, i);
		bool meant = conflict(m, other);

		if (!meant && other != m)
			continue;
		pv_buf_printf(&b, "%s%s", b.len > 1 ? "," : "", gk_mutator_text(cx->arena, other));
		any = any || meant;
	}
	pv_buf_addc(&b, ']');
	return any ? b.s : "";
}

/* ---- the set ---- */

static int
by_name(const void *a, const void *b)
{
	const gk_mutator *x = *(gk_mutator *const *)a, *y = *(gk_mutator *const *)b;

	return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : strcmp(x->name, y->name);
}

void
gk_mutators_init(gk_mutators *set, pv_arena *arena)
{
	pv_vec_init(&set->all, arena, sizeof(gk_mutator *));
}

int
gk_mutators_add(pv_ctx *cx, gk_mutators *set, gk_mutator *m)
{
	const char *conflicts;
	size_t i = 0;

	while (i < set->all.len && by_name(PV_AT(gk_mutator *, &set->all, i), &m) != 0)
		i++;
	if (i < set->all.len) {
		*PV_AT(gk_mutator *, &set->all, i) = m;
	} else {
		pv_vec_push(&set->all, &m);
		pv_vec_sort(&set->all, by_name);
	}
	conflicts = gk_mutator_conflicts(cx, set, m);
	return *conflicts ? pv_fail(cx, PV_ECONFLICT, "the following mutators have conflicting schemas: %s",
				    conflicts)
			  : 0;
}

void
gk_mutators_settle(pv_ctx *cx, gk_mutators *set)
{
	pv_vec all;

	pv_vec_init(&all, cx->arena, sizeof(gk_mutator *));
	for (size_t i = 0; i < set->all.len; i++)
		pv_vec_push(&all, PV_AT(gk_mutator *, &set->all, i));
	set->all.len = 0;
	for (size_t i = 0; i < all.len; i++) {
		gk_mutator *m = *PV_AT(gk_mutator *, &all, i);
		bool rests = false;

		for (size_t k = 0; !rests && k < all.len; k++)
			rests = conflict(m, *PV_AT(gk_mutator *, &all, k));
		if (!rests)
			pv_vec_push(&set->all, &m);
	}
}

/* ---- what is put at the end of a path ---- */

static int
set_value(pv_ctx *cx PV_UNUSED, const void *arg, const pv_val *was PV_UNUSED, const pv_val **ret)
{
	*ret = arg;
	return 0;
}

static int
set_set(pv_ctx *cx, const void *arg, const pv_val *was, const pv_val **ret)
{
	const gk_mutator *m = arg;
	pv_listb b;

	*ret = was;
	if (!was && m->prunes)
		return 0;
	if (was && !pv_is(was, PV_LIST))
		return pv_fail(cx, PV_EINVALID, "%s is not a list of values, cannot treat it as a set",
			       pv_json_text(cx->arena, was));
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(was); i++)
		if (!m->prunes || !pv_list_has(m->value, pv_item(was, i)))
			pv_listb_add(&b, *pv_item(was, i));
	for (size_t i = 0; !m->prunes && i < pv_count(m->value); i++)
		if (!pv_list_has(was, pv_item(m->value, i)))
			pv_listb_add(&b, *pv_item(m->value, i));
	*ret = pv_box(cx->arena, pv_listb_end(&b));
	return 0;
}

typedef struct work { /* of one mutator on one object */
	const gk_mutator *m;
	gk_promises *promises;
} work;

static int
set_promise(pv_ctx *cx, const void *arg, const pv_val *was, const pv_val **ret)
{
	const work *w = arg;

	return gk_promise_make(cx, w->promises, w->m, was, ret);
}

/* registry/repository:tag; what the mutator does not name stays. */
static int
set_image(pv_ctx *cx, const void *arg, const pv_val *was, const pv_val **ret)
{
	const gk_mutator *m = ((const work *)arg)->m;
	const char *text = pv_text(was, ""), *slash = strchr(text, '/');
	pv_str domain = {text, slash ? (size_t)(slash - text) : 0}, rest;
	const char *d = *m->domain ? m->domain : NULL;
	size_t cut;

	if (gk_promise_is(((const work *)arg)->promises, was))
		return pv_fail(cx, PV_EINVALID,
			       "expected value at AssignImage location to be a string, got what another "
			       "mutator asks a Provider for");
	if (was && !pv_is(was, PV_STRING))
		return pv_fail(cx, PV_EINVALID,
			       "expected value at AssignImage location to be a string, got %s of type %s",
			       pv_json_text(cx->arena, was), pv_type_name(was));
	if (!memchr(domain.s, '.', domain.len) && !memchr(domain.s, ':', domain.len) &&
	    !pv_str_is(domain, "localhost"))
		domain.len = 0;
	rest = pv_str_of(domain.len ? slash + 1 : text);
	cut = strcspn(rest.s, ":@");
	if (!d && domain.len)
		d = pv_strndup(cx->arena, domain.s, domain.len);
	*ret = pv_box(cx->arena,
		      pv_stringf(cx->arena, "%s%s%.*s%s", d ? d : "", d ? "/" : "",
				 *m->repository ? (int)strlen(m->repository) : (int)cut,
				 *m->repository ? m->repository : rest.s, *m->tag ? m->tag : rest.s + cut));
	return 0;
}

static gk_setter
setter_of(pv_ctx *cx, const work *w, const pv_val *object)
{
	const gk_mutator *m = w->m;
	const char *field;

	if (m->kind == GK_MODIFY_SET)
		return (gk_setter){false, set_set, m};
	if (m->kind == GK_ASSIGN_IMAGE)
		return (gk_setter){false, set_image, w};
	if (m->asks)
		return (gk_setter){false, set_promise, w};
	if (!m->from)
		return (gk_setter){true, set_value, m->value};
	field = pv_text_at(object, pv_streq(m->from, "name") ? "metadata.name" : "metadata.namespace", "");
	return (gk_setter){true, set_value, pv_box(cx->arena, pv_string_ref(field))};
}

/* ---- asking them ---- */

static bool
applies(const gk_mutator *m, const gk_mutable *to, const gk_candidate *c)
{
	const char *version = gk_version(pv_text_at(to->object, "apiVersion", ""));

	for (size_t i = 0; i < pv_count(m->apply); i++) {
		const pv_val *one = pv_item(m->apply, i);
		bool asked = *to->operation ? operates(one, to->operation)
					    : operates(one, "CREATE") && operates(one, "UPDATE");

		if (asked && pv_list_has_text(pv_get(one, "groups"), c->group) &&
		    pv_list_has_text(pv_get(one, "versions"), version) &&
		    pv_list_has_text(pv_get(one, "kinds"), c->kind))
			return true;
	}
	return m->kind == GK_ASSIGN_METADATA;
}

static const char *
object_text(pv_ctx *cx, const pv_val *object)
{
	return pv_printf(
		cx->arena, "%s %s %s %s", gk_group(cx->arena, pv_text_at(object, "apiVersion", "")),
		pv_text_at(object, "kind", ""), pv_text_at(object, "metadata.namespace", ""),
		pv_text_at(object, "metadata.name", pv_text_at(object, "metadata.generateName", "")));
}

static int
ask(pv_ctx *cx, const work *w, const gk_candidate *c, gk_mutable *to, bool *ret_changed)
{
	const gk_mutator *m = w->m;
	gk_setter setter;
	bool holds_for;
	int r;

	if (!applies(m, to, c))
		return 0;
	r = gk_match_holds(cx, m->match, c, &holds_for);
	if (r < 0)
		return pv_wrap(cx, r, "matching for mutator %s failed for %s", gk_mutator_text(cx->arena, m),
			       object_text(cx, to->object));
	if (!holds_for)
		return 0;
	setter = setter_of(cx, w, to->object);
	r = gk_path_apply(cx, &m->path, m->tests, &setter, to->object, &to->object, ret_changed);
	return r < 0 ? pv_wrap(cx, r, "mutation for mutator %s failed for %s", gk_mutator_text(cx->arena, m),
			       object_text(cx, to->object))
		     : 0;
}

int
gk_mutate(pv_ctx *cx, const gk_mutators *set, const gk_mutable *m, const pv_val **ret)
{
	gk_mutable now = *m;
	gk_candidate candidate = gk_candidate_of(cx->arena, now.object, now.space, now.source);
	gk_promises promises;

	gk_promises_init(cx, &promises, m->user);
	for (size_t round = 0; round <= set->all.len; round++) {
		const pv_val *before = now.object;
		bool any = false;

		for (size_t i = 0; i < set->all.len; i++) {
			const work w = {*PV_AT(gk_mutator *, &set->all, i), &promises};
			bool changed = false;
			int r = ask(cx, &w, &candidate, &now, &changed);

			if (r < 0)
				return r;
			if (changed)
				candidate = gk_candidate_of(cx->arena, now.object, now.space, now.source);
			any = any || changed;
		}
		if (!any || pv_eq(before, now.object)) {
			*ret = round == 0 && pv_eq(m->object, now.object) ? m->object : now.object;
			return gk_promises_keep(cx, &promises, m->api, ret);
		}
	}
	return pv_fail(cx, PV_EINVALID, "mutation not converging: %s", object_text(cx, m->object));
}
