/* gql_schema: type definitions and their extensions. */
#include <string.h>

#include "lang/rego/gql.h"

static pv_val
description(gql *g)
{
	pv_str text = g->text;
	if (g->tok != GQL_STRING && g->tok != GQL_BLOCK)
		return pv_string_ref("");
	gql_next(g);
	return pv_stringn(g->arena, text.s, text.len);
}

/* name(args): type = value @directives, for fields, arguments and input fields. */
static pv_val member(gql *g, bool arguments, bool fallback);

static void
argument_definitions(gql *g, pv_objb *o)
{
	pv_listb list;
	pv_listb_init(&list, g->arena);
	if (!gql_accept(g, GQL_LPAREN))
		return;
	for (bool more = gql_some(g); more && !g->error && g->tok != GQL_RPAREN;)
		pv_listb_add(&list, member(g, false, true));
	gql_expect(g, GQL_RPAREN);
	gql_put_list(o, "Arguments", &list);
}

static pv_val
member(gql *g, bool arguments, bool fallback)
{
	pv_objb o;
	pv_objb_init(&o, g->arena);
	pv_objb_put(&o, "Description", description(g));
	pv_objb_put(&o, "Name", gql_name(g));
	if (arguments)
		argument_definitions(g, &o);
	gql_expect(g, GQL_COLON);
	pv_objb_put(&o, "Type", gql_type(g));
	if (fallback && gql_accept(g, GQL_EQUALS))
		pv_objb_put(&o, "DefaultValue", gql_value(g, true));
	gql_directives(g, &o, true);
	return pv_objb_end(&o);
}

static pv_val
enum_value(gql *g)
{
	pv_objb o;
	pv_objb_init(&o, g->arena);
	pv_objb_put(&o, "Description", description(g));
	pv_objb_put(&o, "Name", gql_name(g));
	gql_directives(g, &o, true);
	return pv_objb_end(&o);
}

enum body { FIELDS, INPUTS, VALUES };

static void
braces(gql *g, pv_objb *o, enum body body)
{
	pv_listb list;
	pv_listb_init(&list, g->arena);
	if (!gql_accept(g, GQL_LBRACE))
		return;
	for (bool more = gql_some(g); more && !g->error && g->tok != GQL_RBRACE;)
		pv_listb_add(&list,
			     body == VALUES ? enum_value(g) : member(g, body == FIELDS, body == INPUTS));
	gql_expect(g, GQL_RBRACE);
	gql_put_list(o, body == VALUES ? "EnumValues" : "Fields", &list);
}

/* Names with marks between them, and one before the first if the author likes. */
static void
names(gql *g, pv_objb *o, const char *key, enum gql_tok mark)
{
	pv_listb list;
	pv_listb_init(&list, g->arena);
	gql_accept(g, mark);
	do
		pv_listb_add(&list, gql_name(g));
	while (gql_accept(g, mark));
	gql_put_list(o, key, &list);
}

static pv_val
definition(gql *g, pv_val text, bool extends)
{
	static const struct {
		const char *word, *kind;
	} kinds[] = {
		{"scalar", "SCALAR"}, {"type", "OBJECT"}, {"interface", "INTERFACE"},
		{"union", "UNION"},   {"enum", "ENUM"},   {"input", "INPUT_OBJECT"},
	};
	size_t i = 0;
	pv_objb o;
	while (i < PV_LEN(kinds) && !gql_is(g, kinds[i].word))
		i++;
	if (i == PV_LEN(kinds)) {
		gql_unexpected(g);
		return pv_null();
	}
	const char *kind = kinds[i].kind;
	gql_next(g);
	pv_objb_init(&o, g->arena);
	pv_objb_put(&o, "Kind", pv_string_ref(kind));
	pv_objb_put(&o, "Description", text);
	pv_objb_put(&o, "Name", gql_name(g));
	size_t before = o.len;
	if ((pv_streq(kind, "OBJECT") || pv_streq(kind, "INTERFACE")) && gql_is(g, "implements")) {
		gql_next(g);
		names(g, &o, "Interfaces", GQL_AMP);
	}
	gql_directives(g, &o, true);
	if (pv_streq(kind, "UNION") && gql_accept(g, GQL_EQUALS))
		names(g, &o, "Types", GQL_PIPE);
	else if (pv_streq(kind, "ENUM"))
		braces(g, &o, VALUES);
	else if (pv_streq(kind, "INPUT_OBJECT"))
		braces(g, &o, INPUTS);
	else if (pv_streq(kind, "OBJECT") || pv_streq(kind, "INTERFACE"))
		braces(g, &o, FIELDS);
	if (extends && o.len == before)
		gql_unexpected(g);
	pv_objb_put(&o, "BuiltIn", pv_bool(false));
	return pv_objb_end(&o);
}

static pv_val
schema_definition(gql *g, pv_val text, bool extends)
{
	pv_objb o;
	pv_listb list;
	gql_next(g);
	pv_objb_init(&o, g->arena);
	pv_listb_init(&list, g->arena);
	pv_objb_put(&o, "Description", text);
	gql_directives(g, &o, true);
	bool body = !extends || g->tok == GQL_LBRACE;
	if (body)
		gql_expect(g, GQL_LBRACE);
	for (bool more = body && gql_some(g); more && !g->error && g->tok != GQL_RBRACE;) {
		pv_objb t;
		pv_objb_init(&t, g->arena);
		if (!gql_is(g, "query") && !gql_is(g, "mutation") && !gql_is(g, "subscription"))
			gql_unexpected(g);
		pv_objb_put(&t, "Operation", gql_name(g));
		gql_expect(g, GQL_COLON);
		pv_objb_put(&t, "Type", gql_name(g));
		pv_listb_add(&list, pv_objb_end(&t));
	}
	if (body)
		gql_expect(g, GQL_RBRACE);
	gql_put_list(&o, "OperationTypes", &list);
	if (extends && o.len == 1)
		gql_unexpected(g);
	return pv_objb_end(&o);
}

static pv_val
location(gql *g)
{
	static const char known[] =
		" QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION"
		" SCHEMA SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT"
		" INPUT_FIELD_DEFINITION ";
	if (g->tok == GQL_NAME && !strstr(known, pv_printf(g->arena, " %.*s ", (int)g->text.len, g->text.s)))
		gql_unexpected(g);
	return gql_name(g);
}

static pv_val
directive_definition(gql *g, pv_val text)
{
	pv_objb o;
	pv_listb list;
	gql_next(g);
	gql_expect(g, GQL_AT);
	pv_objb_init(&o, g->arena);
	pv_listb_init(&list, g->arena);
	pv_objb_put(&o, "Description", text);
	pv_objb_put(&o, "Name", gql_name(g));
	argument_definitions(g, &o);
	bool repeatable = gql_is(g, "repeatable");
	if (repeatable)
		gql_next(g);
	gql_keyword(g, "on");
	gql_accept(g, GQL_PIPE);
	do
		pv_listb_add(&list, location(g));
	while (gql_accept(g, GQL_PIPE));
	gql_put_list(&o, "Locations", &list);
	pv_objb_put(&o, "IsRepeatable", pv_bool(repeatable));
	return pv_objb_end(&o);
}

pv_val
gql_schema(gql *g)
{
	enum { SCHEMA, SCHEMA_EXTENSION, DIRECTIVES, DEFINITIONS, EXTENSIONS, LISTS };
	static const char *const keys[LISTS] = {"Schema", "SchemaExtension", "Directives", "Definitions",
						"Extensions"};
	pv_listb lists[LISTS];
	pv_objb o;
	for (int i = 0; i < LISTS; i++)
		pv_listb_init(&lists[i], g->arena);
	while (!g->error && g->tok != GQL_EOF) {
		gql before = *g;
		pv_val text = description(g);
		bool described = g->p != before.p;
		bool extends = gql_is(g, "extend");
		if (extends && described) { /* an extension has no description of its own */
			*g = before;
			gql_unexpected(g);
			break;
		}
		if (extends)
			gql_next(g);
		if (gql_is(g, "schema"))
			pv_listb_add(&lists[extends ? SCHEMA_EXTENSION : SCHEMA],
				     schema_definition(g, text, extends));
		else if (gql_is(g, "directive") && !extends)
			pv_listb_add(&lists[DIRECTIVES], directive_definition(g, text));
		else
			pv_listb_add(&lists[extends ? EXTENSIONS : DEFINITIONS],
				     definition(g, text, extends));
	}
	pv_objb_init(&o, g->arena);
	for (int i = 0; i < LISTS; i++)
		gql_put_list(&o, keys[i], &lists[i]);
	return pv_objb_end(&o);
}
