/* gql_query: operations, selections, fragments. */
#include "lang/rego/gql.h"

static void selection_set(gql *g, pv_objb *o);

static pv_val
field(gql *g)
{
	pv_objb o;
	pv_objb_init(&o, g->arena);
	gql_place(g, &o);
	pv_val name = gql_name(g), alias = name;
	if (gql_accept(g, GQL_COLON))
		name = gql_name(g);
	pv_objb_put(&o, "Alias", alias);
	pv_objb_put(&o, "Name", name);
	gql_arguments(g, &o, false);
	gql_directives(g, &o, false);
	if (g->tok == GQL_LBRACE)
		selection_set(g, &o);
	return pv_objb_end(&o);
}

static pv_val
spread(gql *g)
{
	pv_objb o;
	pv_objb_init(&o, g->arena);
	gql_place(g, &o);
	gql_next(g);
	if (g->tok == GQL_NAME && !gql_is(g, "on")) {
		pv_objb_put(&o, "Name", gql_name(g));
		gql_directives(g, &o, false);
		return pv_objb_end(&o);
	}
	pv_val condition = pv_string_ref("");
	if (gql_is(g, "on")) {
		gql_next(g);
		condition = gql_name(g);
	}
	pv_objb_put(&o, "TypeCondition", condition);
	gql_directives(g, &o, false);
	selection_set(g, &o);
	return pv_objb_end(&o);
}

static void
selection_set(gql *g, pv_objb *o)
{
	pv_listb list;
	pv_listb_init(&list, g->arena);
	gql_expect(g, GQL_LBRACE);
	if (gql_enter(g))
		for (bool more = gql_some(g); more && !g->error && g->tok != GQL_RBRACE;)
			pv_listb_add(&list, g->tok == GQL_SPREAD ? spread(g) : field(g));
	gql_leave(g);
	gql_expect(g, GQL_RBRACE);
	gql_put_list(o, "SelectionSet", &list);
}

static void
variables(gql *g, pv_objb *o, const char *key)
{
	pv_listb list;
	pv_listb_init(&list, g->arena);
	if (!gql_accept(g, GQL_LPAREN))
		return;
	for (bool more = gql_some(g); more && !g->error && g->tok != GQL_RPAREN;) {
		pv_objb v;
		pv_objb_init(&v, g->arena);
		gql_place(g, &v);
		gql_expect(g, GQL_DOLLAR);
		pv_objb_put(&v, "Variable", gql_name(g));
		gql_expect(g, GQL_COLON);
		pv_objb_put(&v, "Type", gql_type(g));
		if (gql_accept(g, GQL_EQUALS))
			pv_objb_put(&v, "DefaultValue", gql_value(g, true));
		gql_directives(g, &v, false);
		pv_objb_put(&v, "Used", pv_bool(false));
		pv_listb_add(&list, pv_objb_end(&v));
	}
	gql_expect(g, GQL_RPAREN);
	gql_put_list(o, key, &list);
}

static pv_val
operation(gql *g)
{
	pv_objb o;
	pv_objb_init(&o, g->arena);
	gql_place(g, &o);
	if (g->tok == GQL_LBRACE) {
		pv_objb_put(&o, "Operation", pv_string_ref("query"));
		pv_objb_put(&o, "Name", pv_string_ref(""));
	} else {
		pv_objb_put(&o, "Operation", gql_name(g));
		pv_objb_put(&o, "Name", g->tok == GQL_NAME ? gql_name(g) : pv_string_ref(""));
		variables(g, &o, "VariableDefinitions");
		gql_directives(g, &o, false);
	}
	selection_set(g, &o);
	return pv_objb_end(&o);
}

static pv_val
fragment(gql *g)
{
	pv_objb o;
	pv_objb_init(&o, g->arena);
	gql_place(g, &o);
	gql_next(g);
	if (gql_is(g, "on"))
		gql_unexpected(g);
	pv_objb_put(&o, "Name", gql_name(g));
	variables(g, &o, "VariableDefinition");
	gql_keyword(g, "on");
	pv_objb_put(&o, "TypeCondition", gql_name(g));
	gql_directives(g, &o, false);
	selection_set(g, &o);
	return pv_objb_end(&o);
}

pv_val
gql_query(gql *g)
{
	pv_listb operations, fragments;
	pv_objb o;
	pv_listb_init(&operations, g->arena);
	pv_listb_init(&fragments, g->arena);
	while (!g->error && g->tok != GQL_EOF) {
		if (g->tok == GQL_LBRACE || gql_is(g, "query") || gql_is(g, "mutation") ||
		    gql_is(g, "subscription"))
			pv_listb_add(&operations, operation(g));
		else if (gql_is(g, "fragment"))
			pv_listb_add(&fragments, fragment(g));
		else
			gql_unexpected(g);
	}
	pv_objb_init(&o, g->arena);
	gql_put_list(&o, "Operations", &operations);
	gql_put_list(&o, "Fragments", &fragments);
	return pv_objb_end(&o);
}
