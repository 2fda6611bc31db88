/* refs: where an object names another whose name has changed, it gets the new one. */
#include <string.h>

#include "delivery/kustomize/impl.h"
#include "lang/yaml/yaml.h"

typedef struct referrer {
	kust_res *one;
	const kust_backref *target;
	const char *path;         /* of the field */
	const pv_vec *candidates; /* of kust_res * */
} referrer;

/* ---- which objects could be meant ---- */

/* Namespaces of the service accounts that a RoleBinding names. */
static int
bound_namespaces(kust_state *s, const kust_res *one, pv_vec *ret)
{
	const pv_val *subjects = pv_get(one->v, "subjects");
	pv_vec_init(ret, s->cx->arena, sizeof(const char *));
	for (size_t i = 0; pv_streq(one->id.kind, "RoleBinding") && i < pv_count(subjects); i++) {
		const pv_val *ns = pv_get(pv_item(subjects, i), "namespace");
		const char *text = pv_text(ns, NULL);
		if (ns == NULL || !pv_streq(pv_text_at(pv_item(subjects, i), "kind", ""), "ServiceAccount"))
			continue;
		if (text == NULL)
			return pv_fail(s->cx, PV_EINVALID,
				       "Invalid Input: namespace is blank for resource \"%s\"\n",
				       kust_id_text(s->cx->arena, &one->id));
		pv_vec_push(ret, &text);
	}
	return 0;
}

static bool
has_text(const pv_vec *texts, const char *text)
{
	for (size_t i = 0; i < texts->len; i++)
		if (pv_streq(*PV_AT(const char *, texts, i), text))
			return true;
	return false;
}

static int
reachable(kust_state *s, const pv_vec *set, const kust_res *one, pv_vec *ret)
{
	pv_vec bound;
	int r = bound_namespaces(s, one, &bound);
	ret->len = 0;
	for (size_t i = 0; r == 0 && i < set->len; i++) {
		kust_res *other = KUST_RES(set, i);
		if (one->id.cluster || other->id.cluster || kust_same_ns(&other->id, &one->id) ||
		    has_text(&bound, other->id.ns))
			pv_vec_push(ret, &other);
	}
	return r;
}

/* ---- which one is ---- */

static bool
was_named(const kust_res *r, const char *name)
{
	for (size_t i = 0; i < r->past.len; i++)
		if (pv_streq(PV_AT(kust_past, &r->past, i)->name, name))
			return true;
	return false;
}

static bool
was_kind(const kust_res *r, const char *group, const char *version, const char *kind)
{
	for (size_t i = 0; i < r->past.len; i++) {
		kust_id id = kust_id_at(r, i);
		if (kust_selected(&id, group, version, kind))
			return true;
	}
	return false;
}

/* The shorter of the two is the end of the longer. */
static bool
same_end(const pv_vec *a, const pv_vec *b, bool empty_fits)
{
	size_t n = a->len < b->len ? a->len : b->len;
	if (empty_fits && n == 0)
		return true;
	if (!empty_fits && n == 0)
		return a->len == b->len;
	for (size_t i = 1; i <= n; i++)
		if (!pv_streq(*PV_AT(const char *, a, a->len - i), *PV_AT(const char *, b, b->len - i)))
			return false;
	return true;
}

static bool
is_candidate(const referrer *f, const kust_res *r, const char *name)
{
	const kust_id *own = &f->one->id;
	if (!was_named(r, name) || !was_kind(r, f->target->group, f->target->version, f->target->kind))
		return false;
	if (pv_ends_with(f->path, "roleRef/name")) {
		const pv_val *role = pv_get(f->one->v, "roleRef");
		if (pv_get(role, "apiGroup") && pv_get(role, "kind") &&
		    !was_kind(r, pv_text_at(role, "apiGroup", ""), "", pv_text_at(role, "kind", "")))
			return false;
	}
	return own->cluster || r->id.cluster || pv_streq(r->id.kind, "ServiceAccount") ||
	       kust_same_ns(own, &r->id);
}

static void
sieve(const referrer *f, pv_vec *left, bool empty_fits)
{
	size_t n = 0;
	for (size_t i = 0; i < left->len; i++) {
		kust_res *r = KUST_RES(left, i);
		if (same_end(&r->prefixes, &f->one->prefixes, empty_fits) &&
		    same_end(&r->suffixes, &f->one->suffixes, empty_fits))
			*PV_AT(kust_res *, left, n++) = r;
	}
	left->len = n;
}

static int
too_many(kust_state *s, const pv_vec *left)
{
	pv_buf b;
	pv_buf_init(&b, s->cx->arena);
	for (size_t i = 0; i < left->len; i++)
		pv_buf_printf(&b, "%s%s", i ? ", " : "", kust_id_text(s->cx->arena, &KUST_RES(left, i)->id));
	return pv_fail(s->cx, PV_EINVALID, "found multiple possible referrals: %s", b.s);
}

/* *ret NULL: none of them. */
static int
referral(kust_state *s, const referrer *f, const pv_vec *candidates, const char *name, bool with_ns,
	 kust_res **ret)
{
	pv_vec left;
	bool same = true;
	pv_vec_init(&left, s->cx->arena, sizeof(kust_res *));
	*ret = NULL;
	for (size_t i = 0; i < candidates->len; i++)
		if (is_candidate(f, KUST_RES(candidates, i), name))
			pv_vec_push(&left, &KUST_RES(candidates, i));
	if (left.len > 1) {
		sieve(f, &left, true);
		if (left.len > 1)
			sieve(f, &left, false);
	}
	if (left.len == 0)
		return 0;
	*ret = KUST_RES(&left, 0);
	for (size_t i = 1; i < left.len; i++) {
		const kust_id *a = &(*ret)->id, *b = &KUST_RES(&left, i)->id;
		same &= pv_streq(a->name, b->name) && (!with_ns || pv_streq(a->ns, b->ns));
	}
	return same ? 0 : too_many(s, &left);
}

/* ---- fields ---- */

static int
fix_text(kust_state *s, const referrer *f, const pv_val *v, pv_val *ret)
{
	kust_res *to;
	int r = referral(s, f, f->candidates, pv_scalar_text(s->cx->arena, v), false, &to);
	*ret = r == 0 && to && !pv_streq(to->id.name, pv_scalar_text(s->cx->arena, v))
		       ? pv_string(s->cx->arena, to->id.name)
		       : *v;
	return r;
}

/* Those in the namespace that is written there, first or now. */
static void
in_namespace(kust_state *s, const pv_vec *candidates, const char *ns, pv_vec *ret)
{
	for (int now = 0; now < 2; now++) {
		pv_vec_init(ret, s->cx->arena, sizeof(kust_res *));
		for (size_t i = 0; i < candidates->len; i++) {
			kust_res *r = KUST_RES(candidates, i);
			kust_id id = kust_id_at(r, now ? r->past.len : 0);
			if (!id.cluster && pv_streq(kust_ns(&id), ns))
				pv_vec_push(ret, &r);
		}
		if (ret->len > 0)
			return;
	}
}

static int
fix_map(kust_state *s, const referrer *f, const pv_val *v, pv_val *ret)
{
	const pv_val *name = pv_get(v, "name"), *ns = pv_get(v, "namespace");
	pv_vec narrowed;
	kust_res *to;
	*ret = *v;
	if (name == NULL)
		return pv_fail(s->cx, PV_EINVALID, "path config error; no 'name' field in node");
	if (ns)
		in_namespace(s, f->candidates, pv_scalar_text(s->cx->arena, ns), &narrowed);
	const char *old = pv_scalar_text(s->cx->arena, name);
	int r = referral(s, f, ns ? &narrowed : f->candidates, old, true, &to);
	if (r < 0 || to == NULL || (pv_streq(to->id.name, old) && !*to->id.ns))
		return r;
	*ret = pv_with(s->cx->arena, v, "name", pv_string(s->cx->arena, to->id.name));
	if (*to->id.ns)
		*ret = pv_with(s->cx->arena, ret, "namespace", pv_string(s->cx->arena, to->id.ns));
	return 0;
}

static int
fix(kust_state *s, void *of, const pv_val *v, pv_val *ret)
{
	const referrer *f = of;
	pv_listb b;
	*ret = *v;
	if (v->type == PV_NULL)
		return 0;
	if (v->type == PV_OBJECT)
		return fix_map(s, f, v, ret);
	if (v->type != PV_LIST)
		return fix_text(s, f, v, ret);
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		pv_val one = v->items[i];
		int r = one.type == PV_OBJECT ? fix_map(s, f, &v->items[i], &one)
					      : fix_text(s, f, &v->items[i], &one);
		if (r < 0)
			return r;
		pv_listb_add(&b, one);
	}
	*ret = pv_listb_end(&b);
	return 0;
}

static int
fix_one(kust_state *s, const pv_vec *candidates, const kust_config *config, kust_res *one)
{
	kust_id first = kust_id_at(one, 0);
	int r = 0;
	for (size_t i = 0; r == 0 && i < config->refs.len; i++) {
		const kust_backref *b = PV_AT(kust_backref, &config->refs, i);
		for (size_t k = 0; r == 0 && k < b->specs.len; k++) {
			kust_spec spec = *PV_AT(kust_spec, &b->specs, k);
			referrer f = {.one = one, .target = b, .path = spec.path, .candidates = candidates};
			kust_change change = {.leaf = fix, .of = &f};
			const pv_val *now;
			if (!kust_selected(&first, spec.group, spec.version, spec.kind))
				continue;
			spec.group = spec.version = spec.kind = "";
			r = kust_spec_apply(s, &spec, &change, one->v, &now);
			if (r < 0)
				return pv_wrap(s->cx, r, "updating name reference in '%s' field of '%s'",
					       spec.path, kust_id_text(s->cx->arena, &one->id));
			kust_res_set(one, s->cx->arena, now);
		}
	}
	return r;
}

int
kust_references(kust_state *s, pv_vec *set, const kust_config *config)
{
	pv_vec candidates; /* one list for all: they may be as many as the objects */
	int r = 0;
	pv_vec_init(&candidates, s->cx->arena, sizeof(kust_res *));
	for (size_t i = 0; r == 0 && i < set->len; i++) {
		r = reachable(s, set, KUST_RES(set, i), &candidates);
		if (r == 0)
			r = fix_one(s, &candidates, config, KUST_RES(set, i));
	}
	return r;
}
