/* optional.of() and its kin; optMap and optFlatMap are macros. */
#include "lang/cel/func.h"

static val
of(run *r, const val *a, size_t n)
{
	(void)n;
	return v_optional(r, a[0]);
}

static val
of_non_zero(run *r, const val *a, size_t n)
{
	(void)n;
	return v_is_zero(r, &a[0]) ? v_none() : v_optional(r, a[0]);
}

static val
none(run *r, const val *a, size_t n)
{
	(void)r;
	(void)a;
	(void)n;
	return v_none();
}

static val
has_value(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(a[0].items != NULL);
}

static val
value(run *r, const val *a, size_t n)
{
	(void)n;
	return a[0].items ? *a[0].items : v_error(r, "optional.none() dereference");
}

static val
or_other(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return a[0].items ? a[0] : a[1];
}

static val
or_value(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return a[0].items ? *a[0].items : a[1];
}

static val
unwrap(run *r, const val *a, size_t n)
{
	pv_vec out;
	(void)n;
	pv_vec_init(&out, r->arena, sizeof(val));
	for (size_t i = 0; i < a[0].len; i++) {
		val item = v_item(r, &a[0], i);
		if (item.kind != PV_CEL_OPTIONAL)
			return v_no_overload(r);
		if (item.items)
			pv_vec_push(&out, item.items);
	}
	return v_list_of(r, &out);
}

static val
first(run *r, const val *a, size_t n)
{
	(void)n;
	return a[0].len ? v_optional(r, v_item(r, &a[0], 0)) : v_none();
}

static val
last(run *r, const val *a, size_t n)
{
	(void)n;
	return a[0].len ? v_optional(r, v_item(r, &a[0], a[0].len - 1)) : v_none();
}

const cel_fn cel_optionals[] = {
	{"optional.of", "A:?A", of, COST_ONE},
	{"optional.ofNonZeroValue", "A:?A", of_non_zero, COST_ONE},
	{"optional.none", ":?A", none, COST_ONE},
	{"optional.unwrap", "[?A]:[A]", unwrap, COST_ITEMS},
	{"unwrapOpt", "[?A].:[A]", unwrap, COST_ITEMS},
	{"hasValue", "?A.:b", has_value, COST_ONE},
	{"value", "?A.:A", value, COST_ONE},
	{"or", "?A.?A:?A", or_other, COST_ONE},
	{"orValue", "?A.A:A", or_value, COST_ONE},
	{"first", "[A].:?A", first, COST_ONE},
	{"last", "[A].:?A", last, COST_ONE},
	{0},
};
