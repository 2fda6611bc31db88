/* LimitRange and ResourceQuota (upstream pkg/apis/core/v1/defaults.go, validation). */
#include "base/map.h"
#include "core/kinds/behaviour.h"
#include <string.h>

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

/* One amount is not over another, where both are given; the fault stands at one of them. */
static const struct {
	const char *low, *high, *at, *low_words, *high_words;
} orders[] = {
	{"min", "max", "min", "min", "max"},
	{"min", "defaultRequest", "defaultRequest", "min", "default request"},
	{"defaultRequest", "max", "defaultRequest", "default request", "max"},
	{"defaultRequest", "default", "defaultRequest", "default request", "default limit"},
	{"min", "default", "default", "min", "default"},
	{"default", "max", "default", "default", "max"},
};

static void
check_order(pv_faults *f, const pv_val *item, const char *path, size_t k)
{
	const pv_val *low = pv_get(item, orders[k].low), *high = pv_get(item, orders[k].high);

	for (size_t i = 0; i < pv_count(low); i++) {
		const pv_member *m = pv_sorted(low, i);
		pv_quantity a, b;

		if (!pv_quantity_of(&m->val, &a) || !pv_quantity_of(pv_getv(high, &m->key), &b) ||
		    pv_quantity_cmp(&a, &b) <= 0)
			continue;
		pv_fault_value(f, pv_path_key(f->cx->arena, pv_below(f, path, orders[k].at), m->key.s),
			       pv_getv(pv_get(item, orders[k].at), &m->key),
			       pv_printf(f->cx->arena, "%s value %s is greater than %s value %s",
					 orders[k].low_words, pv_quantity_format(f->cx->arena, &a),
					 orders[k].high_words, pv_quantity_format(f->cx->arena, &b)));
	}
}

static void
check_ratio(pv_faults *f, const pv_val *item, const char *path)
{
	const pv_val *ratios = pv_get(item, "maxLimitRequestRatio");
	pv_quantity one, ratio;

	(void)pv_quantity_parse(PV_STR("1"), &one);
	for (size_t i = 0; i < pv_count(ratios); i++) {
		const pv_member *m = pv_sorted(ratios, i);

		if (pv_quantity_of(&m->val, &ratio) && pv_quantity_cmp(&ratio, &one) < 0)
			pv_fault_value(f,
				       pv_path_key(f->cx->arena, pv_below(f, path, "maxLimitRequestRatio"),
						   m->key.s),
				       &m->val,
				       pv_printf(f->cx->arena, "ratio %s is less than 1",
						 pv_quantity_format(f->cx->arena, &ratio)));
	}
}

static void
check_names(pv_faults *f, const pv_val *item, const char *path)
{
	static const char *const fields[] = {"max", "min", "default", "defaultRequest",
					     "maxLimitRequestRatio"};

	for (size_t k = 0; k < PV_LEN(fields); k++) {
		const pv_val *amounts = pv_get(item, fields[k]);

		for (size_t i = 0; i < pv_count(amounts); i++) {
			const pv_member *m = pv_sorted(amounts, i);

			pv_resource_amount_check(
				f, pv_strv(&m->key), &m->val,
				pv_path_key(f->cx->arena, pv_below(f, path, fields[k]), m->key.s));
		}
	}
}

static void
check_limit(pv_faults *f, const pv_val *item, const char *path)
{
	static const char *const fields[] = {"default", "defaultRequest"};
	const pv_val *type = pv_get(item, "type");
	const char *name = pv_text(type, "");
	bool of_pod = pv_streq(name, "Pod"), of_claim = pv_streq(name, "PersistentVolumeClaim");

	if (*name && !strchr(name, '/') && !of_pod && !of_claim && !pv_streq(name, "Container"))
		pv_fault_value(f, pv_below(f, path, "type"), type,
			       "must be a standard limit type or fully qualified");
	check_names(f, item, path);
	for (size_t i = 0; of_pod && i < PV_LEN(fields); i++)
		if (pv_get(item, fields[i]))
			pv_forbidden(f, pv_below(f, path, fields[i]),
				     "may not be specified when `type` is 'Pod'");
	if (of_claim && !pv_get(pv_get(item, "min"), "storage") && !pv_get(pv_get(item, "max"), "storage"))
		pv_required(f, pv_below(f, path, "limits"),
			    "either minimum or maximum storage value is required, but neither was provided");
	for (size_t k = 0; k < PV_LEN(orders); k++)
		check_order(f, item, path, k);
	check_ratio(f, item, path);
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

/* ---- quotas ---- */

static void
check_scopes(pv_faults *f, const pv_val *scopes)
{
	static const char *const pairs[][2] = {{"BestEffort", "NotBestEffort"},
					       {"Terminating", "NotTerminating"}};
	pv_map *seen = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < pv_count(scopes); i++)
		pv_map_puts(seen, pv_text(pv_item(scopes, i), ""), f);
	for (size_t k = 0; k < PV_LEN(pairs); k++)
		if (pv_map_finds(seen, pairs[k][0]) && pv_map_finds(seen, pairs[k][1]))
			pv_fault_value(f, "spec.scopes", scopes, "conflicting scopes");
}

static void
check_hard(pv_faults *f, const pv_val *hard)
{
	for (size_t i = 0; i < pv_count(hard); i++) {
		const pv_member *m = pv_sorted(hard, i);
		const char *at = pv_path_key(f->cx->arena, "spec.hard", m->key.s);

		pv_resource_amount_check(f, pv_strv(&m->key), &m->val, at);
		if (!strchr(m->key.s, '/') &&
		    (!pv_resource_is_standard(m->key.s) || pv_streq(m->key.s, "storage")))
			pv_fault_value(f, at, &m->key, "must be a standard resource for quota");
	}
}

size_t
pv_quota_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *hard = pv_at(object, "spec.hard"),
		     *terms = pv_at(object, "spec.scopeSelector.matchExpressions");

	check_hard(f, hard);
	check_scopes(f, pv_at(object, "spec.scopes"));
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
