/* LimitRange and ResourceQuota (upstream pkg/apis/core/v1/defaults.go, validation). */
#include "base/map.h"
#include "core/kinds/behaviour.h"
#include "lang/quantity/quantity.h"

/* ---- filling ---- */

/* Copies what `to` lacks from `from`. */
static pv_val
filled(pv_ctx *cx, const pv_val *item, const char *to, const char *from)
{
	const pv_val *source = pv_get(item, from), *have = pv_get(item, to);
	pv_objb b;

	if (!pv_count(source))
		return *item;
	pv_objb_from(&b, cx->arena, have);
	for (size_t i = 0; i < pv_count(source); i++)
		if (!pv_getv(have, &source->members[i].key))
			pv_objb_putv(&b, source->members[i].key, source->members[i].val);
	return pv_with(cx->arena, item, to, pv_objb_end(&b));
}

/* Of containers: the limit is the maximum, the request is the limit or else the minimum. */
const pv_val *
pv_limitrange_fill(pv_ctx *cx, const pv_val *object)
{
	const pv_val *items = pv_at(object, "spec.limits");
	pv_listb list;

	if (!pv_is(items, PV_LIST))
		return object;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(items); i++) {
		pv_val one = *pv_item(items, i);

		if (pv_streq(pv_text(pv_get(&one, "type"), ""), "Container")) {
			one = filled(cx, &one, "default", "max");
			one = filled(cx, &one, "defaultRequest", "default");
			one = filled(cx, &one, "defaultRequest", "min");
		}
		pv_listb_add(&list, one);
	}
	return pv_box(cx->arena, pv_with_at(cx->arena, object, "spec.limits", pv_listb_end(&list)));
}

/* ---- checking ---- */

/* "least" is not over "most", where both are given. */
static void
check_order(pv_faults *f, const pv_val *item, const char *path, const char *least, const char *most)
{
	const pv_val *low = pv_get(item, least), *high = pv_get(item, most);

	for (size_t i = 0; i < pv_count(low); i++) {
		const pv_member *m = &low->members[i];
		const pv_val *other = pv_getv(high, &m->key);
		pv_quantity a, b;

		if (!other || !pv_quantity_parse(pv_strv(&m->val), &a) ||
		    !pv_quantity_parse(pv_strv(other), &b) || pv_quantity_cmp(&a, &b) <= 0)
			continue;
		pv_fault_value(f, pv_printf(f->cx->arena, "%s.%s[%s]", path, least, m->key.s), &m->val,
			       pv_printf(f->cx->arena, "%s value %s is greater than %s value %s", least,
					 pv_text(&m->val, ""), most, pv_text(other, "")));
	}
}

static void
check_limit(pv_faults *f, const pv_val *item, const char *path)
{
	const char *type = pv_text(pv_get(item, "type"), "");

	if (pv_streq(type, "Pod") && pv_get(item, "default"))
		pv_forbidden(f, pv_below(f, path, "default"), "may not be specified when `type` is 'Pod'");
	if (pv_streq(type, "Pod") && pv_get(item, "defaultRequest"))
		pv_forbidden(f, pv_below(f, path, "defaultRequest"),
			     "may not be specified when `type` is 'Pod'");
	if (pv_streq(type, "PersistentVolumeClaim") && !pv_get(pv_get(item, "min"), "storage") &&
	    !pv_get(pv_get(item, "max"), "storage"))
		pv_required(f, pv_printf(f->cx->arena, "%s", path),
			    "either minimum or maximum storage value is required, but neither was provided");
	check_order(f, item, path, "min", "max");
	check_order(f, item, path, "min", "defaultRequest");
	check_order(f, item, path, "defaultRequest", "max");
	check_order(f, item, path, "defaultRequest", "default");
	check_order(f, item, path, "default", "max");
}

size_t
pv_limitrange_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *items = pv_at(object, "spec.limits");

	pv_map *seen = pv_map_new(f->cx->arena);

	(void)old;
	for (size_t i = 0; i < pv_count(items); i++) {
		const char *path = pv_nth(f, "spec.limits", i);

		if (pv_map_puts(seen, pv_text_at(pv_item(items, i), "type", ""), f))
			pv_duplicate(f, pv_below(f, path, "type"), pv_get(pv_item(items, i), "type"));
		check_limit(f, pv_item(items, i), path);
	}
	return f->n;
}

size_t
pv_quota_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *hard = pv_at(object, "spec.hard"),
		     *terms = pv_at(object, "spec.scopeSelector.matchExpressions");

	for (size_t i = 0; i < pv_count(hard); i++) {
		pv_quantity q;

		if (pv_quantity_parse(pv_strv(&hard->members[i].val), &q) && q.nano < 0)
			pv_fault_value(f, pv_printf(f->cx->arena, "spec.hard[%s]", hard->members[i].key.s),
				       &hard->members[i].val, "must be greater than or equal to 0");
	}
	for (size_t i = 0; i < pv_count(terms); i++) {
		const char *op = pv_text(pv_get(pv_item(terms, i), "operator"), "");
		const char *path = pv_below(f, pv_nth(f, "spec.scopeSelector.matchExpressions", i), "values");
		size_t n = pv_count(pv_get(pv_item(terms, i), "values"));

		if ((pv_streq(op, "In") || pv_streq(op, "NotIn")) && !n)
			pv_required(
				f, path,
				"must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
		else if (!pv_streq(op, "In") && !pv_streq(op, "NotIn") && n)
			pv_fault_value(
				f, path, pv_get(pv_item(terms, i), "values"),
				"must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector");
	}
	if (old && !pv_eq(pv_at(object, "spec.scopes"), pv_at(old, "spec.scopes")))
		pv_fault_value(f, "spec.scopes", pv_at(object, "spec.scopes"), "field is immutable");
	return f->n;
}
