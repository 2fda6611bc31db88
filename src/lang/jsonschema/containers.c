/* containers: what a schema says of objects and lists. */
#include <string.h>

#include "base/arena.h"
#include "lang/jsonschema/impl.h"

static void
count_limits(validator *v, const pv_val *s, const char *min, const char *max, size_t got, const char *at,
	     pv_vec *faults)
{
	const pv_val *least = pv_get(s, min), *most = pv_get(s, max);
	if (least && (double)got < pv_f64(least, 0))
		fault_add(faults, fault_new(v, at, "%s: got %s, want %s", min, fault_number(v, (double)got),
					    fault_number(v, pv_f64(least, 0))));
	if (most && (double)got > pv_f64(most, (double)got))
		fault_add(faults, fault_new(v, at, "%s: got %s, want %s", max, fault_number(v, (double)got),
					    fault_number(v, pv_f64(most, 0))));
}

/* The names of a list that the object does not have: 'a', 'b'; NULL if it has all. */
static const char *
missing(validator *v, const pv_val *names, const pv_val *object, size_t *ret_n)
{
	pv_buf b;
	*ret_n = 0;
	pv_buf_init(&b, v->cx->arena);
	for (size_t i = 0; i < pv_count(names); i++) {
		pv_str name = pv_strv(pv_item(names, i));
		if (pv_getn(object, name.s ? name.s : "", name.len) == NULL)
			pv_buf_printf(&b, "%s%s", (*ret_n)++ ? ", " : "", fault_quote(v, name));
	}
	return *ret_n ? b.s : NULL;
}

static void
check_dependencies(validator *v, const pv_val *s, const char *keyword, const pv_val *value, const char *at,
		   pv_vec *faults)
{
	const pv_val *all = pv_get(s, keyword);
	for (size_t i = 0; pv_is(all, PV_OBJECT) && i < all->len; i++) {
		const pv_member *m = &all->members[i];
		pv_str name = pv_strv(&m->key);
		size_t n;
		if (pv_getn(value, name.s, name.len) == NULL)
			continue;
		if (m->val.type != PV_LIST) {
			fault_add(faults, schema_check(v, &m->val, value, at));
			continue;
		}
		const char *names = missing(v, &m->val, value, &n);
		if (names != NULL)
			fault_add(faults, fault_new(v, at, "properties %s required, if %s exists", names,
						    fault_quote(v, name)));
	}
}

/* properties and patternProperties; false if none of them speaks of the name. */
static bool
check_property(validator *v, const pv_val *s, const pv_member *m, const char *at, pv_vec *faults)
{
	pv_str name = pv_strv(&m->key);
	const pv_val *own = pv_getn(pv_get(s, "properties"), name.s, name.len),
		     *patterns = pv_get(s, "patternProperties");
	bool spoken = own != NULL;
	if (own != NULL)
		fault_add(faults, schema_check(v, own, &m->val, schema_below(v, at, name)));
	for (size_t i = 0; pv_is(patterns, PV_OBJECT) && i < patterns->len; i++)
		if (schema_matches(v, &patterns->members[i].key, name)) {
			spoken = true;
			fault_add(faults, schema_check(v, &patterns->members[i].val, &m->val,
						       schema_below(v, at, name)));
		}
	return spoken;
}

/* Does the schema, or one that applies in its place, speak of this property?  (2019-09) */
static bool
evaluates(validator *v, const pv_val *s, const pv_val *object, const pv_member *m, int depth)
{
	static const char *const lists[] = {"allOf", "anyOf", "oneOf"};
	pv_vec ignored;
	if (depth > 20 || !pv_is(s, PV_OBJECT))
		return false;
	pv_vec_init(&ignored, v->cx->arena, sizeof(fault *));
	if (pv_get(s, "additionalProperties") || (depth > 0 && pv_get(s, "unevaluatedProperties")) ||
	    check_property(v, s, m, "", &ignored))
		return true;
	for (size_t k = 0; k < PV_LEN(lists); k++) {
		const pv_val *list = pv_get(s, lists[k]);
		for (size_t i = 0; i < pv_count(list); i++)
			if (schema_check(v, pv_item(list, i), object, "") == NULL &&
			    evaluates(v, pv_item(list, i), object, m, depth + 1))
				return true;
	}
	const pv_val *condition = pv_get(s, "if");
	if (condition == NULL)
		return false;
	bool holds = schema_check(v, condition, object, "") == NULL;
	return (holds && evaluates(v, condition, object, m, depth + 1)) ||
	       evaluates(v, pv_get(s, holds ? "then" : "else"), object, m, depth + 1);
}

static void
check_others(validator *v, const pv_val *s, const pv_val *value, const char *at, pv_vec *faults)
{
	const pv_val *more = pv_get(s, "additionalProperties"),
		     *left = v->draft >= 2019 ? pv_get(s, "unevaluatedProperties") : NULL;
	pv_buf names;
	pv_buf_init(&names, v->cx->arena);
	for (size_t i = 0; i < value->len; i++) {
		const pv_member *m = pv_sorted(value, i);
		const char *below = schema_below(v, at, pv_strv(&m->key));
		bool spoken = check_property(v, s, m, at, faults);
		if (!spoken && more != NULL) {
			if (more->type == PV_BOOL && !more->b)
				pv_buf_printf(&names, "%s%s", names.len ? ", " : "",
					      fault_quote(v, pv_strv(&m->key)));
			else
				fault_add(faults, schema_check(v, more, &m->val, below));
		} else if (!spoken && left != NULL && !evaluates(v, s, value, m, 0)) {
			fault_add(faults, schema_check(v, left, &m->val, below));
		}
	}
	if (names.len > 0)
		fault_add(faults, fault_new(v, at, "additional properties %s not allowed", names.s));
}

void
schema_object(validator *v, const pv_val *s, const pv_val *value, const char *at, pv_vec *faults)
{
	const pv_val *names = v->draft > 4 ? pv_get(s, "propertyNames") : NULL;
	size_t n;
	count_limits(v, s, "minProperties", "maxProperties", value->len, at, faults);
	const char *absent = missing(v, pv_get(s, "required"), value, &n);
	if (absent != NULL)
		fault_add(faults,
			  fault_new(v, at, n == 1 ? "missing property %s" : "missing properties %s", absent));
	check_dependencies(v, s, "dependencies", value, at, faults);
	check_others(v, s, value, at, faults);
	for (size_t i = 0; names != NULL && i < value->len; i++) {
		const pv_val *key = &value->members[i].key;
		fault *cause = schema_check(v, names, key, "");
		if (cause == NULL)
			continue;
		fault *f = fault_new(v, "", "invalid propertyName %s", fault_quote(v, pv_strv(key)));
		fault_add(&f->causes, cause);
		fault_add(faults, f);
	}
	if (v->draft > 6) {
		check_dependencies(v, s, "dependentSchemas", value, at, faults);
		check_dependencies(v, s, "dependentRequired", value, at, faults);
	}
}

/* ---- lists ---- */

static const char *
item_at(validator *v, const char *at, size_t i)
{
	return pv_printf(v->cx->arena, "%s/%zu", at, i);
}

static void
check_items(validator *v, const pv_val *s, const pv_val *value, const char *at, pv_vec *faults)
{
	bool old = v->draft < 2020;
	const pv_val *items = pv_get(s, "items"), *first = old ? items : pv_get(s, "prefixItems");
	const pv_val *rest = old && pv_is(items, PV_LIST) ? pv_get(s, "additionalItems") : items;
	size_t n = pv_is(first, PV_LIST) ? first->len : 0;
	for (size_t i = 0; i < value->len && i < n; i++)
		fault_add(faults, schema_check(v, &first->items[i], &value->items[i], item_at(v, at, i)));
	if (rest == NULL || rest->type == PV_LIST)
		return;
	if (old && rest->type == PV_BOOL && !rest->b && value->len > n && pv_is(items, PV_LIST)) {
		fault_add(faults, fault_new(v, at, "last %zu additionalItem(s) not allowed", value->len - n));
		return;
	}
	for (size_t i = n; i < value->len; i++)
		fault_add(faults, schema_check(v, rest, &value->items[i], item_at(v, at, i)));
}

static void
check_unique(validator *v, const pv_val *value, const char *at, pv_vec *faults)
{
	for (size_t i = 1; i < value->len; i++)
		for (size_t k = 0; k < i; k++) {
			if (v->steps-- == 0) {
				v->steps = 0;
				return;
			}
			if (pv_eq(&value->items[i], &value->items[k])) {
				fault_add(faults, fault_new(v, at, "items at %zu and %zu are equal", k, i));
				return;
			}
		}
}

static void
check_contains(validator *v, const pv_val *s, const pv_val *value, const char *at, pv_vec *faults)
{
	const pv_val *wanted = pv_get(s, "contains"), *least = pv_get(s, "minContains"),
		     *most = pv_get(s, "maxContains");
	fault *f = fault_new(v, at, "no items match contains schema");
	double matched = 0;
	pv_buf which;
	if (wanted == NULL || v->draft < 6)
		return;
	pv_buf_init(&which, v->cx->arena);
	for (size_t i = 0; i < value->len; i++) {
		fault *cause = schema_check(v, wanted, &value->items[i], item_at(v, at, i));
		if (cause == NULL)
			pv_buf_printf(&which, "%s%zu", matched++ > 0 ? " " : "", i);
		fault_add(&f->causes, cause);
	}
	if (least != NULL)
		f->what =
			matched > 0
				? pv_printf(
					  v->cx->arena,
					  "min %g items required to match contains schema, but matched %g items at %s",
					  pv_f64(least, 0), matched, which.s)
				: pv_printf(
					  v->cx->arena,
					  "min %g items required to match contains schema, but none matched",
					  pv_f64(least, 0));
	if (matched < pv_f64(least, 1))
		fault_add(faults, f);
	if (most != NULL && matched > pv_f64(most, matched))
		fault_add(
			faults,
			fault_new(
				v, at,
				"max %g items required to match contains schema, but matched %g items at %s",
				pv_f64(most, 0), matched, which.s));
}

/* Does the schema, or one that applies in its place, speak of this item?  (2020-12) */
static bool
evaluates_item(validator *v, const pv_val *s, const pv_val *list, size_t i, int depth)
{
	static const char *const lists[] = {"allOf", "anyOf", "oneOf"};
	if (depth > 20 || !pv_is(s, PV_OBJECT))
		return false;
	const pv_val *contains = pv_get(s, "contains"), *items = pv_get(s, "items");
	if ((items && items->type != PV_LIST) || i < pv_count(items) ||
	    i < pv_count(pv_get(s, "prefixItems")) || (items && pv_get(s, "additionalItems")) ||
	    (depth > 0 && pv_get(s, "unevaluatedItems")) ||
	    (contains && v->draft >= 2020 && schema_check(v, contains, &list->items[i], "") == NULL))
		return true;
	for (size_t k = 0; k < PV_LEN(lists); k++) {
		const pv_val *all = pv_get(s, lists[k]);
		for (size_t n = 0; n < pv_count(all); n++)
			if (schema_check(v, pv_item(all, n), list, "") == NULL &&
			    evaluates_item(v, pv_item(all, n), list, i, depth + 1))
				return true;
	}
	const pv_val *condition = pv_get(s, "if");
	if (condition == NULL)
		return false;
	bool holds = schema_check(v, condition, list, "") == NULL;
	return (holds && evaluates_item(v, condition, list, i, depth + 1)) ||
	       evaluates_item(v, pv_get(s, holds ? "then" : "else"), list, i, depth + 1);
}

static void
check_unevaluated(validator *v, const pv_val *s, const pv_val *value, const char *at, pv_vec *faults)
{
	const pv_val *left = v->draft >= 2019 ? pv_get(s, "unevaluatedItems") : NULL;
	for (size_t i = 0; left != NULL && i < value->len; i++)
		if (!evaluates_item(v, s, value, i, 0))
			fault_add(faults, schema_check(v, left, &value->items[i], item_at(v, at, i)));
}

void
schema_array(validator *v, const pv_val *s, const pv_val *value, const char *at, pv_vec *faults)
{
	count_limits(v, s, "minItems", "maxItems", value->len, at, faults);
	if (pv_truth_at(s, "uniqueItems", false))
		check_unique(v, value, at, faults);
	check_items(v, s, value, at, faults);
	check_contains(v, s, value, at, faults);
	check_unevaluated(v, s, value, at, faults);
}
