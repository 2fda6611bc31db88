/* bi_graphql: graphql.parse_query, parse_schema, schema_is_valid.  Checking queries
 * against a schema (graphql.is_valid, parse, parse_and_verify) is not there yet. */
#include "lang/rego/gql.h"

static int
parsed(rg_vm *vm, const pv_val *text, pv_val (*read)(gql *), const pv_val **ret)
{
	gql g;
	gql_init(&g, vm, pv_strv(text));
	pv_val v = read(&g);
	return g.error ? rg_builtin_error(vm, "%s", g.error) : rg_ret(vm, v, ret);
}

static int
bi_parse_query(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return parsed(vm, a[0], gql_query, ret);
}

static int
bi_parse_schema(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return parsed(vm, a[0], gql_schema, ret);
}

static int
bi_schema_is_valid(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	gql g;
	pv_val v = *a[0];
	if (v.type == PV_STRING) {
		gql_init(&g, vm, pv_strv(a[0]));
		v = gql_schema(&g);
		if (g.error)
			return rg_ret_bool(false, ret);
	}
	return rg_ret_bool(gql_schema_fault(vm, &v) == NULL, ret);
}

static const rg_builtin rows[] = {
	{"graphql.parse_query", "s", bi_parse_query, 1, 0},
	{"graphql.parse_schema", "s", bi_parse_schema, 1, 0},
	{"graphql.schema_is_valid", "so", bi_schema_is_valid, 1, 0},
};
RG_FAMILY(graphql);
