/* LimitRange and ResourceQuota (upstream pkg/apis/core/v1/defaults.go, validation). */
#include "base/map.h"
#include "core/kinds/behaviour.h"
#include "lang/json/json.h"
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
	for (size_t i = 0; i < pv_member_count(source); i++)
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
	bool shows_low; /* not what stands there */
} orders[] = {
	{"min", "max", "min", "min", "max", false},
	{"min", "defaultRequest", "defaultRequest", "min", "default request", false},
	{"defaultRequest", "max", "defaultRequest", "default request", "max", false},
	{"defaultRequest", "default", "defaultRequest", "default request", "default limit", false},
	{"min", "default", "default", "min", "default", true},
	{"default", "max", "default", "default", "max", false},
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
			       orders[k].shows_low ? &m->val : pv_getv(pv_get(item, orders[k].at), &m->key),
			       pv_printf(f->cx->arena, "%s value %s is greater than %s value %s",
					 orders[k].low_words, pv_quantity_format(f->cx->arena, &a),
					 orders[k].high_words, pv_quantity_format(f->cx->arena, &b)));
	}
}

/* What cannot be shared is given as it is limited. */
static void
check_unshared(pv_faults *f, const pv_val *item, const char *path)
{
	const pv_val *requests = pv_get(item, "defaultRequest"), *limits = pv_get(item, "default");

	for (size_t i = 0; i < pv_count(limits); i++) {
		const pv_member *m = pv_sorted(limits, i);
		const pv_val *request = pv_getv(requests, &m->key);
		pv_quantity a, b;

		if (pv_resource_is_shared(m->key.s) || !pv_quantity_of(&m->val, &a) ||
		    !pv_quantity_of(request, &b) || pv_quantity_cmp(&a, &b) == 0)
			continue;
		pv_fault_value(f, pv_path_key(f->cx->arena, pv_below(f, path, "defaultRequest"), m->key.s),
			       request,
			       pv_printf(f->cx->arena,
					 "default value %s must equal to defaultRequest value %s in %s",
					 pv_quantity_format(f->cx->arena, &a),
					 pv_quantity_format(f->cx->arena, &b), m->key.s));
	}
}

/* That there can be between what is asked for and what is the limit. */
static bool
largest_ratio(const pv_val *item, const pv_val *name, double *ret)
{
	pv_quantity low, high;

	if (!pv_quantity_of(pv_getv(pv_get(item, "min"), name), &low) ||
	    !pv_quantity_of(pv_getv(pv_get(item, "max"), name), &high) || pv_quantity_milli(&low) <= 0)
		return false;
	*ret = (double)pv_quantity_milli(&high) / (double)pv_quantity_milli(&low);
	return true;
}

static void
check_ratio(pv_faults *f, const pv_val *item, const char *path)
{
	const pv_val *ratios = pv_get(item, "maxLimitRequestRatio");
	pv_quantity one, ratio;

	(void)pv_quantity_parse(PV_STR("1"), &one);
	for (size_t i = 0; i < pv_count(ratios); i++) {
		const pv_member *m = pv_sorted(ratios, i);
		const char *at =
			pv_path_key(f->cx->arena, pv_below(f, path, "maxLimitRequestRatio"), m->key.s);
		double most;

		if (!pv_quantity_of(&m->val, &ratio))
			continue;
		if (pv_quantity_cmp(&ratio, &one) < 0)
			pv_fault_value(f, at, &m->val,
				       pv_printf(f->cx->arena, "ratio %s is less than 1",
						 pv_quantity_format(f->cx->arena, &ratio)));
		if (largest_ratio(item, &m->key, &most) && (double)pv_quantity_milli(&ratio) / 1000 > most)
			pv_fault_value(f, at, &m->val,
				       pv_printf(f->cx->arena, "ratio %s is greater than max/min = %f",
						 pv_quantity_format(f->cx->arena, &ratio), most));
	}
}

static void
check_names(pv_faults *f, const pv_val *item, const char *path, bool of_pods)
{
	static const char *const fields[] = {"max", "min", "default", "defaultRequest",
					     "maxLimitRequestRatio"};

	for (size_t k = 0; k < PV_LEN(fields); k++) {
		const pv_val *amounts = pv_get(item, fields[k]);

		for (size_t i = 0; i < pv_count(amounts); i++) {
			const pv_member *m = pv_sorted(amounts, i);

			pv_resource_name_check(
				f, pv_strv(&m->key),
				pv_path_key(f->cx->arena, pv_below(f, path, fields[k]), m->key.s), of_pods);
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
	check_names(f, item, path, of_pod || pv_streq(name, "Container"));
	for (size_t i = 0; of_pod && i < PV_LEN(fields); i++)
		if (pv_get(item, fields[i]))
			pv_forbidden(f, pv_below(f, path, fields[i]),
				     "may not be specified when `type` is 'Pod'");
	if (of_claim && !pv_get(pv_get(item, "min"), "storage") && !pv_get(pv_get(item, "max"), "storage"))
		pv_required(f, pv_below(f, path, "limits"),
			    "either minimum or maximum storage value is required, but neither was provided");
	for (size_t k = 0; k < PV_LEN(orders); k++)
		check_order(f, item, path, k);
	check_unshared(f, item, path);
	check_ratio(f, item, path);
}

size_t
pv_limitrange_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *items = pv_at(object, "spec.limits");

	(void)old;
	pv_check_once(f, items, "spec.limits", "type");
	for (size_t i = 0; i < pv_count(items); i++)
		check_limit(f, pv_item(items, i), pv_nth(f, "spec.limits", i));
	return f->n;
}

/* ---- quotas ---- */

static bool
is_among(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (pv_streq(list[i], name))
			return true;
	return false;
}

static bool
is_scope(const char *scope)
{
	static const char *const scopes[] = {"BestEffort",           "CrossNamespacePodAffinity",
					     "NotBestEffort",        "NotTerminating",
					     "PriorityClass",        "Terminating",
					     "VolumeAttributesClass"};

	return is_among(scopes, PV_LEN(scopes), scope);
}

/* What a quota of that scope can count. */
static bool
is_scoped(const char *scope, const char *resource)
{
	static const char *const claims[] = {"persistentvolumeclaims", "requests.storage"};
	static const char *const counted[] = {"cpu",           "memory",          "pods",        "limits.cpu",
					      "limits.memory", "requests.memory", "requests.cpu"};

	if (pv_streq(scope, "BestEffort"))
		return pv_streq(resource, "pods");
	if (pv_streq(scope, "VolumeAttributesClass"))
		return is_among(claims, PV_LEN(claims), resource);
	return is_among(counted, PV_LEN(counted), resource);
}

static void
check_conflicts(pv_faults *f, const pv_map *seen, const pv_val *shown, const char *path)
{
	static const char *const pairs[][2] = {{"BestEffort", "NotBestEffort"},
					       {"Terminating", "NotTerminating"}};

	for (size_t k = 0; k < PV_LEN(pairs); k++)
		if (pv_map_finds(seen, pairs[k][0]) && pv_map_finds(seen, pairs[k][1]))
			pv_fault_value(f, path, shown, "conflicting scopes");
}

static void
check_scoped(pv_faults *f, const char *scope, const pv_val *hard, const char *shown, const char *path)
{
	for (size_t i = 0; i < pv_count(hard); i++)
		if (pv_resource_is_standard(pv_sorted(hard, i)->key.s) &&
		    !pv_streq(pv_sorted(hard, i)->key.s, "storage") &&
		    !is_scoped(scope, pv_sorted(hard, i)->key.s))
			pv_fault(f, "FieldValueInvalid", path,
				 "Invalid value: %s: unsupported scope applied to resource", shown);
}

static void
check_scopes(pv_faults *f, const pv_val *scopes, const pv_val *hard)
{
	pv_map *seen = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < pv_count(scopes); i++) {
		const char *scope = pv_text(pv_item(scopes, i), "");

		pv_map_puts(seen, scope, f);
		if (is_scope(scope))
			check_scoped(f, scope, hard, pv_fault_text(f->cx->arena, scopes), "spec.scopes");
		else
			pv_fault_value(f, "spec.scopes", scopes, "unsupported scope");
	}
	check_conflicts(f, seen, scopes, "spec.scopes");
}

/* The selector as upstream shows it: by the names of Go, in their order. */
static const char *
shown_selector(pv_faults *f, const pv_val *terms)
{
	static const char *const names[][2] = {
		{"ScopeName", "scopeName"}, {"Operator", "operator"}, {"Values", "values"}};
	static const pv_val null = {.type = PV_NULL};
	pv_listb list;
	pv_val all;
	pv_objb b;

	pv_listb_init(&list, f->cx->arena);
	for (size_t i = 0; i < pv_count(terms); i++) {
		pv_objb_init(&b, f->cx->arena);
		for (size_t k = 0; k < PV_LEN(names); k++) {
			const pv_val *have = pv_get(pv_item(terms, i), names[k][1]);

			pv_objb_put(&b, names[k][0], have ? *have : null);
		}
		pv_listb_add(&list, pv_objb_end(&b));
	}
	pv_objb_init(&b, f->cx->arena);
	pv_objb_put(&b, "MatchExpressions", pv_listb_end(&list));
	all = pv_objb_end(&b);
	return pv_json_text(f->cx->arena, &all);
}

static void
check_term(pv_faults *f, const pv_val *term, const char *path)
{
	const pv_val *name = pv_get(term, "scopeName"), *operator= pv_get(term, "operator"),
		     *values = pv_get(term, "values");
	const char *scope = pv_text(name, ""), *op = pv_text(operator, "");
	bool in = pv_streq(op, "In") || pv_streq(op, "NotIn"),
	     exists = pv_streq(op, "Exists") || pv_streq(op, "DoesNotExist");

	if (!is_scope(scope))
		pv_fault_value(f, pv_below(f, path, "scopeName"), name, "unsupported scope");
	if (is_scope(scope) && !pv_streq(scope, "PriorityClass") &&
	    !pv_streq(scope, "VolumeAttributesClass") && !pv_streq(op, "Exists"))
		pv_fault_value(f, pv_below(f, path, "operator"), operator,
			       "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
			       "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
			       "ResourceQuotaScopeNotBestEffort or "
			       "ResourceQuotaScopeCrossNamespacePodAffinity");
	if (in && !pv_count(values))
		pv_required(
			f, pv_below(f, path, "values"),
			"must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
	if (exists && pv_count(values))
		pv_fault_value(
			f, pv_below(f, path, "values"), values,
			"must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
	if (!in && !exists)
		pv_fault_value(f, pv_below(f, path, "operator"), operator, "not a valid selector operator");
}

static void
check_terms(pv_faults *f, const pv_val *terms, const pv_val *hard, const pv_val *scopes)
{
	const char *path = "spec.scopeSelector.matchExpressions";
	static const pv_val null = {.type = PV_NULL};
	pv_map *seen = pv_map_new(f->cx->arena);
	const char *shown = shown_selector(f, terms);

	for (size_t i = 0; i < pv_count(terms); i++) {
		const char *scope = pv_text(pv_get(pv_item(terms, i), "scopeName"), "");

		pv_map_puts(seen, scope, f);
		if (is_scope(scope))
			check_scoped(f, scope, hard, shown, path);
		check_term(f, pv_item(terms, i), path);
	}
	check_conflicts(f, seen, scopes ? scopes : &null, path);
}

static void
check_amounts(pv_faults *f, const pv_val *hard, const char *path)
{
	for (size_t i = 0; i < pv_count(hard); i++) {
		const pv_member *m = pv_sorted(hard, i);
		const char *at = pv_path_key(f->cx->arena, path, m->key.s);

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

	check_amounts(f, hard, "spec.hard");
	check_scopes(f, pv_at(object, "spec.scopes"), hard);
	check_terms(f, terms, hard, pv_at(object, "spec.scopes"));
	if (old && !pv_eq(pv_at(object, "spec.scopes"), pv_at(old, "spec.scopes")))
		pv_fault_value(f, "spec.scopes", pv_at(object, "spec.scopes"), "field is immutable");
	return f->n;
}

size_t
pv_quota_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	(void)old;
	check_amounts(f, pv_at(object, "status.hard"), "status.hard");
	check_amounts(f, pv_at(object, "status.used"), "status.used");
	return f->n;
}
