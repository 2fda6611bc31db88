/* expand: Gatekeeper's pkg/expansion. */
#include "governance/gatekeeper/expand.h"

#include <string.h>

#include "base/str.h"
#include "governance/gatekeeper/kinds.h"

#define DEPTH 30 /* templates one behind the other, as upstream */

/* ---- templates ---- */

static bool
names_kind(const pv_val *apply, const char *group, const char *version, const char *kind)
{
	for (size_t i = 0; i < pv_count(apply); i++) {
		const pv_val *one = pv_item(apply, i);

		if (pv_list_has_text(pv_get(one, "groups"), group) &&
		    pv_list_has_text(pv_get(one, "versions"), version) &&
		    pv_list_has_text(pv_get(one, "kinds"), kind))
			return true;
	}
	return false;
}

/* Does `of` expand what `by` makes? */
static bool
feeds(const pv_val *by, const pv_val *of)
{
	const pv_val *made = pv_at(by, "spec.generatedGVK");

	return names_kind(pv_at(of, "spec.applyTo"), pv_text_at(made, "group", ""),
			  pv_text_at(made, "version", ""), pv_text_at(made, "kind", ""));
}

int
gk_expansion_check(pv_ctx *cx, const pv_val *t)
{
	const char *name = pv_text_at(t, "metadata.name", "");
	const pv_val *made = pv_at(t, "spec.generatedGVK");

	if (!*name)
		return pv_fail(cx, PV_EINVALID, "ExpansionTemplate has empty name field");
	if (strlen(name) >= 64)
		return pv_fail(cx, PV_EINVALID, "ExpansionTemplate name must be less than 64 characters");
	if (!*pv_text_at(t, "spec.templateSource", ""))
		return pv_fail(cx, PV_EINVALID, "ExpansionTemplate %s has empty source field", name);
	if (!*pv_text_at(made, "group", "") && !*pv_text_at(made, "version", "") &&
	    !*pv_text_at(made, "kind", ""))
		return pv_fail(cx, PV_EINVALID, "ExpansionTemplate %s has empty generatedGVK field", name);
	if (!pv_count(pv_at(t, "spec.applyTo")))
		return pv_fail(cx, PV_EINVALID, "ExpansionTemplate %s must specify ApplyTo", name);
	if (feeds(t, t))
		return pv_fail(
			cx, PV_EINVALID,
			"ExpansionTemplate %s generates GVK %s/%s, Kind=%s, but also applies to that same GVK",
			name, pv_text_at(made, "group", ""), pv_text_at(made, "version", ""),
			pv_text_at(made, "kind", ""));
	return 0;
}

/* Can one come from `from` to `to` by templates that expand what others make? */
static bool
reaches(pv_ctx *cx, const pv_vec *all, size_t from, size_t to)
{
	bool *seen = pv_new_array(cx->arena, bool, all->len + 1), more = true;

	for (size_t i = 0; i < all->len; i++)
		seen[i] = feeds(*PV_AT(const pv_val *, all, from), *PV_AT(const pv_val *, all, i));
	while (more) {
		more = false;
		for (size_t i = 0; i < all->len; i++)
			for (size_t k = 0; seen[i] && k < all->len; k++)
				if (!seen[k] &&
				    feeds(*PV_AT(const pv_val *, all, i), *PV_AT(const pv_val *, all, k)))
					seen[k] = more = true;
	}
	return seen[to];
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(pv_text_at(*(const pv_val *const *)a, "metadata.name", ""),
		      pv_text_at(*(const pv_val *const *)b, "metadata.name", ""));
}

void
gk_expansions_sound(pv_ctx *cx, pv_vec *all, pv_vec *ret)
{
	pv_vec_sort(all, by_name);
	for (size_t i = 0; i < all->len; i++) {
		const pv_val *t = *PV_AT(const pv_val *, all, i);

		if (gk_expansion_check(cx, t) < 0)
			(void)pv_recover(cx);
		else if (!reaches(cx, all, i, i))
			pv_vec_push(ret, &t);
	}
}

static int
take_templates(pv_ctx *cx, gk_expander *e, pv_vec *all)
{
	int r = 0;

	pv_vec_sort(all, by_name);
	for (size_t i = 0; r == 0 && i < all->len; i++) {
		const pv_val *t = *PV_AT(const pv_val *, all, i);

		r = gk_check_types(cx, t);
		if (r == 0)
			r = gk_expansion_check(cx, t);
		if (r == 0 && reaches(cx, all, i, i))
			r = pv_fail(cx, PV_EINVALID, "template forms expansion cycle");
		if (r < 0)
			return pv_wrap(cx, r, "error upserting template %s",
				       pv_text_at(t, "metadata.name", ""));
		pv_vec_push(&e->templates, &t);
	}
	return r;
}

static int
take_mutator(pv_ctx *cx, pv_arena *arena, gk_expander *e, const pv_val *object)
{
	gk_mutator *m = NULL;
	int r = gk_check_types(cx, object);

	if (r == 0)
		r = gk_mutator_new(cx, arena, object, &m);
	if (r < 0)
		return pv_wrap(cx, r, "error parsing resources");
	r = gk_mutators_add(cx, &e->mutators, m);
	return r < 0 ? pv_wrap(cx, r, "error upserting mutator") : 0;
}

int
gk_expander_new(pv_ctx *cx, pv_arena *arena, const pv_vec *objects, gk_expander **ret)
{
	gk_expander *e = pv_new(arena, gk_expander);
	pv_vec spaces, templates;
	int r = 0;

	pv_vec_init(&e->templates, arena, sizeof(const pv_val *));
	pv_vec_init(&spaces, cx->arena, sizeof(const pv_val *));
	pv_vec_init(&templates, cx->arena, sizeof(const pv_val *));
	gk_mutators_init(&e->mutators, arena);
	for (size_t i = 0; r == 0 && i < objects->len; i++) {
		const pv_val *o = *PV_AT(const pv_val *, objects, i);

		if (gk_is_mutator(o))
			r = take_mutator(cx, arena, e, o);
		else if (pv_starts_with(pv_text_at(o, "apiVersion", ""), GK_EXPANSION "/") &&
			 pv_streq(pv_text_at(o, "kind", ""), "ExpansionTemplate"))
			pv_vec_push(&templates, &o);
		else if (gk_is_namespace(o))
			pv_vec_push(&spaces, &o);
	}
	if (r == 0)
		r = take_templates(cx, e, &templates);
	e->spaces = gk_inventory(cx, arena, &spaces);
	*ret = e;
	return r;
}

static const pv_val *
space_named(pv_ctx *cx, const char *name)
{
	pv_objb meta, b;

	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	return pv_box(cx->arena, pv_objb_end(&b));
}

const pv_val *
gk_expander_space(pv_ctx *cx, const gk_expander *e, const pv_val *object)
{
	const char *ns = pv_text_at(object, "metadata.namespace", "");
	const pv_val *space = gk_inventory_namespace(e->spaces, ns);

	if (!*ns)
		return space_named(cx, "");
	return !space && pv_streq(ns, "default") ? space_named(cx, ns) : space;
}

/* ---- making ---- */

static pv_val
owner_of(pv_ctx *cx, const pv_val *parent)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", pv_text_at(parent, "apiVersion", ""));
	pv_objb_puts(&b, "kind", pv_text_at(parent, "kind", ""));
	pv_objb_puts(&b, "name", pv_text_at(parent, "metadata.name", ""));
	pv_objb_puts(&b, "uid", "");
	return pv_objb_end(&b);
}

static pv_val
owners_of(pv_ctx *cx, const pv_val *was, const pv_val *owner)
{
	pv_listb b;
	bool there = !*pv_text_at(owner, "apiVersion", "") || !*pv_text_at(owner, "kind", "") ||
		     !*pv_text_at(owner, "name", "");

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(was); i++) {
		const pv_val *one = pv_item(was, i);

		there = there ||
			(pv_streq(pv_text_at(one, "name", ""), pv_text_at(owner, "name", "")) &&
			 pv_streq(pv_text_at(one, "kind", ""), pv_text_at(owner, "kind", "")) &&
			 pv_streq(pv_text_at(one, "apiVersion", ""), pv_text_at(owner, "apiVersion", "")));
		pv_listb_add(&b, *one);
	}
	if (!there)
		pv_listb_add(&b, *owner);
	return pv_listb_end(&b);
}

static pv_val
metadata_of(pv_ctx *cx, const pv_val *source, const pv_val *parent, const pv_val *space, const char *kind)
{
	const pv_val *was = pv_get(source, "metadata");
	const char *ns =
		space ? pv_text_at(space, "metadata.name", "") : pv_text_at(parent, "metadata.namespace", "");
	const char *name = pv_printf(cx->arena, "%s%s%s", pv_text_at(parent, "metadata.name", ""),
				     *kind ? "-" : "", kind);
	pv_val owner = owner_of(cx, parent), owners = owners_of(cx, pv_get(was, "ownerReferences"), &owner);
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	if (pv_is(was, PV_OBJECT))
		pv_objb_from(&b, cx->arena, was);
	pv_objb_puts(&b, "name", pv_str_lower(cx->arena, name));
	if (*ns)
		pv_objb_puts(&b, "namespace", ns);
	else
		pv_objb_del(&b, "namespace");
	if (pv_count(&owners))
		pv_objb_put(&b, "ownerReferences", owners);
	return pv_objb_end(&b);
}

static int
make(pv_ctx *cx, const pv_val *template, const pv_val *parent, const pv_val *space, const pv_val **ret)
{
	const char *path = pv_text_at(template, "spec.templateSource", "");
	const pv_val *made = pv_at(template, "spec.generatedGVK"), *source = pv_at(parent, path);
	const char *group = pv_text_at(made, "group", ""), *kind = pv_text_at(made, "kind", "");
	pv_objb b;

	if (!source)
		return pv_fail(cx, PV_EINVALID, "could not find source field \"%s\" in resource %s", path,
			       pv_text_at(parent, "metadata.name", ""));
	if (!pv_is(source, PV_OBJECT))
		return pv_fail(
			cx, PV_EINVALID,
			"could not extract source field from unstructured: .%s: expected an object, found %s",
			path, pv_type_name(source));
	pv_objb_from(&b, cx->arena, source);
	pv_objb_puts(
		&b, "apiVersion",
		pv_printf(cx->arena, "%s%s%s", group, *group ? "/" : "", pv_text_at(made, "version", "")));
	pv_objb_puts(&b, "kind", kind);
	pv_objb_put(&b, "metadata", metadata_of(cx, source, parent, space, kind));
	*ret = pv_box(cx->arena, pv_objb_end(&b));
	return 0;
}

static int
expand(pv_ctx *cx, const gk_expander *e, const pv_val *object, const pv_val *space, int depth, pv_vec *ret)
{
	const char *api = pv_text_at(object, "apiVersion", ""), *group = gk_group(cx->arena, api);
	pv_vec made;
	int r = 0;

	if (depth >= DEPTH)
		return pv_fail(cx, PV_EINVALID, "maximum recursion depth of %d reached", DEPTH);
	pv_vec_init(&made, cx->arena, sizeof(gk_made));
	for (size_t i = 0; r == 0 && i < e->templates.len; i++) {
		const pv_val *t = *PV_AT(const pv_val *, &e->templates, i);
		gk_mutable m = {.space = space, .source = "Generated", .operation = "", .api = e->api};
		gk_made *one;

		if (!names_kind(pv_at(t, "spec.applyTo"), group, gk_version(api),
				pv_text_at(object, "kind", "")))
			continue;
		one = pv_vec_add(&made);
		one->template = pv_text_at(t, "metadata.name", "");
		one->action = pv_text_at(t, "spec.enforcementAction", "");
		r = make(cx, t, object, space, &m.object);
		if (r == 0 && (r = gk_mutate(cx, &e->mutators, &m, &one->object)) < 0)
			r = pv_wrap(cx, r, "failed to mutate resultant resource %s",
				    pv_text_at(m.object, "metadata.name", ""));
	}
	for (size_t i = 0; r == 0 && i < made.len; i++)
		r = expand(cx, e, PV_AT(gk_made, &made, i)->object, space, depth + 1, ret);
	for (size_t i = 0; r == 0 && i < made.len; i++)
		pv_vec_push(ret, PV_AT(gk_made, &made, i));
	return r;
}

int
gk_expand(pv_ctx *cx, const gk_expander *e, const pv_val *object, const pv_val *space, pv_vec *ret)
{
	return expand(cx, e, object, space, 0, ret);
}

/* ---- judging ---- */

static void
judge_made(pv_ctx *cx, const gk_expansion *how, const gk_made *made, const pv_val *space, pv_vec *findings)
{
	gk_review review = gk_review_of(cx, made->object, "Generated", space);
	size_t from = findings->len;

	if (how->operation) {
		review.operation = how->operation;
		review.request = pv_box(cx->arena, pv_with(cx->arena, review.request, "operation",
							   pv_string_ref(how->operation)));
	}
	gk_judge(cx, how->book, &review, how->point, findings);
	for (size_t i = from; i < findings->len; i++) {
		gk_finding *f = PV_AT(gk_finding, findings, i);

		f->message = pv_printf(cx->arena, "[Implied by %s] %s", made->template, f->message);
		if (*made->action)
			f->action = made->action;
	}
}

int
gk_expand_judge(pv_ctx *cx, const gk_expander *e, const gk_expansion *how, const pv_val *object,
		const pv_val *space, pv_vec *findings)
{
	pv_vec made;
	int r;

	pv_vec_init(&made, cx->arena, sizeof(gk_made));
	r = gk_expand(cx, e, object, space, &made);
	for (size_t i = 0; r == 0 && i < made.len; i++)
		judge_made(cx, how, PV_AT(gk_made, &made, i), space, findings);
	return r < 0 ? pv_wrap(cx, r, "expanding resource %s", pv_text_at(object, "metadata.name", "")) : 0;
}
