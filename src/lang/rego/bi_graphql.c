/* bi_graphql: graphql.*: documents as values, and queries held against a schema. */
#include "lang/rego/gql_check.h"

typedef pv_val (*reader)(gql *);

/* A text is parsed, an object is a document already.  Returns what is wrong, or NULL. */
static const char *
document(rg_vm *vm, const pv_val *v, reader read, bool places, const pv_val **ret)
{
	gql g;
	*ret = v;
	if (v->type != PV_STRING)
		return NULL;
	gql_init(&g, vm, pv_strv(v));
	g.places = places;
	*ret = pv_box(vm->arena, read(&g));
	return g.error;
}

static int
parsed(rg_vm *vm, const pv_val *text, reader read, const pv_val **ret)
{
	const char *fault = document(vm, text, read, false, ret);
	return fault ? rg_builtin_error(vm, "%s", fault) : rg_ret(vm, **ret, ret);
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
	gql_defs s;
	const pv_val *doc;
	if (document(vm, a[0], gql_schema, false, &doc))
		return rg_ret_bool(false, ret);
	gql_defs_load(vm, doc, &s);
	return rg_ret_bool(s.fault == NULL, ret);
}

/* What is wrong with the query, the schema, or both together; NULL if nothing is. */
static const char *
verify(rg_vm *vm, const pv_val *const *a, const pv_val **ret_query, const pv_val **ret_schema)
{
	const pv_val *placed;
	gql_defs s;
	const char *fault = document(vm, a[0], gql_query, false, ret_query);
	if (!fault)
		fault = document(vm, a[1], gql_schema, false, ret_schema);
	if (fault)
		return fault;
	gql_defs_load(vm, *ret_schema, &s);
	if (s.fault)
		return s.fault;
	fault = gql_query_fault(vm, &s, *ret_query);
	if (fault && document(vm, a[0], gql_query, true, &placed) == NULL)
		fault = gql_query_fault(vm, &s, placed); /* the same, and where */
	return fault;
}

static int
bi_is_valid(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_val *query, *schema;
	return rg_ret_bool(verify(vm, a, &query, &schema) == NULL, ret);
}

static int
bi_parse(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_val *query, *schema;
	const char *fault = verify(vm, a, &query, &schema);
	if (fault)
		return rg_builtin_error(vm, "%s", fault);
	pv_val both[] = {*query, *schema};
	return rg_ret(vm, pv_list_of(vm->arena, both, 2), ret);
}

static int
bi_parse_and_verify(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_val *query, *schema;
	bool valid = verify(vm, a, &query, &schema) == NULL;
	pv_val nothing = {.type = PV_OBJECT};
	pv_val three[] = {pv_bool(valid), valid ? *query : nothing, valid ? *schema : nothing};
	return rg_ret(vm, pv_list_of(vm->arena, three, 3), ret);
}

static const rg_builtin rows[] = {
	{"graphql.parse_query", "s", bi_parse_query, 1, 0},
	{"graphql.parse_schema", "s", bi_parse_schema, 1, 0},
	{"graphql.schema_is_valid", "so", bi_schema_is_valid, 1, 0},
	{"graphql.is_valid", "so so", bi_is_valid, 2, 0},
	{"graphql.parse", "so so", bi_parse, 2, 0},
	{"graphql.parse_and_verify", "so so", bi_parse_and_verify, 2, 0},
};
RG_FAMILY(graphql);
