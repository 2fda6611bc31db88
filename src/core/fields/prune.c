/* What an apply takes away (structured-merge-diff, merge/update.go: prune). */
#include <string.h>

#include "base/str.h"
#include "core/fields/turn.h"

typedef struct pair { /* the merged object, and what is left of it */
	const pv_val *merged, *pruned;
} pair;

/* What is in `all` and neither in `left` nor in `kept`; a declared field is there when something in it is. */
static int
missing(pv_ctx *cx, const pv_schema *schema, const pair *p, const fset *kept, const fset **ret)
{
	const fset *all = NULL, *left = NULL;
	int r = typed_set(cx, schema, p->merged, &all);

	if (r == 0)
		r = typed_set(cx, schema, p->pruned, &left);
	*ret = fset_minus(cx->arena, typed_named(cx->arena, schema, all),
			  typed_named(cx->arena, schema, left));
	*ret = fset_minus(cx->arena, *ret, typed_named(cx->arena, schema, kept));
	return r;
}

static int
take_out(pv_ctx *cx, const pv_resource *res, const pv_val *from, const fset *drop, const pv_val **ret)
{
	const pv_val *left = NULL;
	int r = typed_remove(cx, res->whole, from, drop, &left);

	*ret = left ? left : pv_box(cx->arena, pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	return r;
}

/* What managers of a version own stays, and what is the server's: metadata whose last label goes is still there. */
static int
add_back(pv_ctx *cx, const turn *t, const char *version, pair *p)
{
	const fset *owned = turn_servers(cx->arena), *drop = NULL;
	const pv_resource *res;
	int r;

	for (size_t i = 0; i < t->managers.len; i++) {
		const fmanager *one = PV_AT(fmanager, &t->managers, i);

		if (pv_streq(one->api_version, version))
			owned = fset_union(cx->arena, owned, one->set);
	}
	r = turn_as(cx, t, version, p->merged, &res, &p->merged);
	if (r < 0 || !res)
		return r;
	r = turn_as(cx, t, version, p->pruned, &res, &p->pruned);
	if (r == 0)
		r = missing(cx, res->whole, p, owned, &drop);
	return r < 0 ? r : take_out(cx, res, p->merged, drop, &p->pruned);
}

static bool
met_before(const turn *t, size_t at)
{
	const char *version = PV_AT(const fmanager, &t->managers, at)->api_version;

	for (size_t i = 0; i < at; i++)
		if (pv_streq(PV_AT(const fmanager, &t->managers, i)->api_version, version))
			return true;
	return false;
}

/* The last intent's own version first: what its fields are converted from may be among those that stay. */
static int
add_all_back(pv_ctx *cx, const turn *t, const char *first, pair *p)
{
	int r = add_back(cx, t, first, p);

	for (size_t i = 0; r == 0 && i < t->managers.len; i++) {
		const char *version = PV_AT(fmanager, &t->managers, i)->api_version;

		if (!pv_streq(version, first) && !met_before(t, i))
			r = add_back(cx, t, version, p);
	}
	return r;
}

int
turn_prune(pv_ctx *cx, const turn *t, const fmanager *mine, const fset *last, const char *version,
	   const pv_val *merged, const pv_val **ret)
{
	const pv_resource *res = NULL, *own;
	const pv_val *there = merged;
	const fset *named, *drop = NULL;
	pair p;
	int r;

	*ret = merged;
	r = last ? turn_as(cx, t, version, merged, &res, &there) : 0;
	if (r < 0 || !res)
		return r;
	named = typed_named(cx->arena, res->whole, last);
	if (pv_streq(version, mine->api_version) &&
	    !fset_minus(cx->arena, named, typed_named(cx->arena, res->whole, mine->set)))
		return 0; /* it wants all that it wanted */
	p.merged = there;
	r = take_out(cx, res, there, named, &p.pruned);
	if (r == 0)
		r = add_all_back(cx, t, version, &p);
	if (r == 0)
		r = turn_as(cx, t, version, p.pruned, &res, &p.pruned);
	if (r < 0)
		return r;
	p.merged = there;
	r = missing(cx, res->whole, &p, NULL, &drop);
	if (r == 0)
		r = take_out(cx, res, there, fset_both(cx->arena, drop, named), &there);
	if (r == 0)
		r = turn_as(cx, t, t->res->api_version, there, &own, ret);
	return r;
}
