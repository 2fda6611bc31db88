/* gql_rules: operations, selections and fragments of a query against the schema
 * (spec, 5.2 to 5.5, 5.8). */
#include <string.h>

#include "base/arena.h"
#include "lang/rego/gql_check.h"

#define NODES UINT64_C(1000000) /* that one query may make the rules look at */

void
gql_fault(gql_walk *w, const pv_val *node, const char *fmt, ...)
{
	const pv_val *at = pv_get(node, "Position");
	va_list ap;
	if (w->fault)
		return;
	va_start(ap, fmt);
	char *text = pv_vprintf(w->arena, fmt, ap);
	va_end(ap);
	size_t n = strlen(text);
	if (n > 0 && text[n - 1] == '.')
		text[n - 1] = '\0';
	w->fault = at ? pv_printf(w->arena, "%s in GraphQL string at location %lld:%lld", text,
				  (long long)pv_i64(pv_item(at, 0), 0), (long long)pv_i64(pv_item(at, 1), 0))
		      : text;
}

bool
gql_spend(gql_walk *w)
{
	if (!w->fault && w->left == 0)
		gql_fault(w, NULL, "query is too large: more than %llu nodes to look at",
			  (unsigned long long)NODES);
	w->left -= w->left > 0;
	return !w->fault;
}

/* ---- fragments ---- */

static bool
is_possible(const gql_def *t, const gql_def *object)
{
	return t == object || gql_def_lists(t, "Types", object->name) ||
	       gql_def_lists(object, "Interfaces", t->name);
}

/* Can an object be of both? */
static bool
overlap(const gql_walk *w, const gql_def *a, const gql_def *b)
{
	pv_str name;
	void *t;
	size_t pos = 0;
	while (pv_map_each(w->s->types, &pos, &name, &t)) {
		const gql_def *object = t;
		if (pv_streq(object->kind, "OBJECT") && is_possible(a, object) && is_possible(b, object))
			return true;
	}
	return false;
}

static void selections(gql_walk *w, const gql_def *parent, const pv_val *set);

/* The type of a fragment, if one can be of it. */
static const gql_def *
condition(gql_walk *w, const pv_val *fragment, const char *name)
{
	const char *on = pv_text_at(fragment, "TypeCondition", "");
	const gql_def *t = gql_def_named(w->s, on);
	if (!t)
		gql_fault(w, fragment, "Unknown type \"%s\".", on);
	else if (!gql_is_composite(t) && *name)
		gql_fault(w, fragment, "Fragment \"%s\" cannot condition on non composite type \"%s\".", name,
			  on);
	else if (!gql_is_composite(t))
		gql_fault(w, fragment, "Fragment cannot condition on non composite type \"%s\".", on);
	return w->fault ? NULL : t;
}

static void
spread(gql_walk *w, const gql_def *parent, const pv_val *s)
{
	const char *name = pv_text_at(s, "Name", "");
	const pv_val *f = *name ? pv_map_finds(w->fragments, name) : s;
	const gql_def *t = parent;
	gql_check_directives(w, s, *name ? "FRAGMENT_SPREAD" : "INLINE_FRAGMENT");
	if (!f) {
		gql_fault(w, s, "Unknown fragment \"%s\".", name);
		return;
	}
	if (*pv_text_at(f, "TypeCondition", ""))
		t = condition(w, f, name);
	if (t && parent && gql_is_composite(parent) && !overlap(w, parent, t))
		gql_fault(
			w, s,
			"Fragment %s%s%scannot be spread here as objects of type \"%s\" can never be of type \"%s\".",
			*name ? "\"" : "", name, *name ? "\" " : "", parent->name, t->name);
	if (*name && pv_map_puts(w->seen, name, w))
		return;
	selections(w, t, pv_get(f, "SelectionSet"));
}

/* ---- fields ---- */

static const pv_val *
introspection(const gql_walk *w, const gql_def *parent, const char *name, const pv_val **ret_type)
{
	static const struct {
		const char *name, *type, *argument;
		bool must;
	} fields[] = {{"__schema", "__Schema", NULL, true}, {"__type", "__Type", "name", false}};
	if (pv_streq(name, "__typename")) {
		*ret_type = NULL;
		return &rg_undefined; /* any type has it, and it takes no arguments */
	}
	for (size_t i = 0; i < PV_LEN(fields); i++) {
		pv_objb o, type, argument, text;
		pv_listb list;
		if (!pv_streq(fields[i].name, name) || !pv_streq(parent->name, w->s->query))
			continue;
		pv_objb_init(&o, w->arena);
		pv_objb_init(&type, w->arena);
		pv_objb_put(&type, "NamedType", pv_string_ref(fields[i].type));
		pv_objb_put(&type, "NonNull", pv_bool(fields[i].must));
		pv_objb_put(&o, "Type", pv_objb_end(&type));
		if (fields[i].argument) {
			pv_objb_init(&argument, w->arena);
			pv_objb_init(&text, w->arena);
			pv_listb_init(&list, w->arena);
			pv_objb_put(&text, "NamedType", pv_string_ref("String"));
			pv_objb_put(&text, "NonNull", pv_bool(true));
			pv_objb_put(&argument, "Name", pv_string_ref(fields[i].argument));
			pv_objb_put(&argument, "Type", pv_objb_end(&text));
			pv_listb_add(&list, pv_objb_end(&argument));
			pv_objb_put(&o, "Arguments", pv_listb_end(&list));
		}
		const pv_val *f = pv_box(w->arena, pv_objb_end(&o));
		*ret_type = pv_get(f, "Type");
		return f;
	}
	return NULL;
}

static void
field(gql_walk *w, const gql_def *parent, const pv_val *s)
{
	const char *name = pv_text_at(s, "Name", "");
	const pv_val *f = parent ? gql_def_member(parent, "Fields", name) : NULL,
		     *set = pv_get(s, "SelectionSet");
	const pv_val *type = pv_get(f, "Type");
	if (parent && !f)
		f = introspection(w, parent, name, &type);
	gql_check_directives(w, s, "FIELD");
	if (!parent)
		return; /* said already */
	if (!f) {
		gql_fault(w, s, "Cannot query field \"%s\" on type \"%s\".", name, parent->name);
		return;
	}
	gql_check_arguments(w, s, f, pv_printf(w->arena, "%s.%s", parent->name, name));
	const gql_def *t = gql_def_named(w->s, type ? gql_inner(type) : "String");
	const char *text = type ? gql_type_text(w->arena, type) : "String!";
	if (t && !gql_is_composite(t) && set)
		gql_fault(w, s, "Field \"%s\" must not have a selection since type \"%s\" has no subfields.",
			  name, text);
	else if (t && gql_is_composite(t) && !set)
		gql_fault(
			w, s,
			"Field \"%s\" of type \"%s\" must have a selection of subfields. Did you mean \"%s { ... }\"?",
			name, text, name);
	if (set && t)
		selections(w, t, set);
}

static void
selections(gql_walk *w, const gql_def *parent, const pv_val *set)
{
	if (w->depth > GQL_DEPTH) {
		gql_fault(w, NULL, "fragments are nested more than %d deep", GQL_DEPTH);
		return;
	}
	w->depth++;
	gql_check_merge(w, parent, set);
	for (size_t i = 0; i < pv_count(set) && gql_spend(w); i++) {
		const pv_val *s = pv_item(set, i);
		if (pv_get(s, "Alias"))
			field(w, parent, s);
		else
			spread(w, parent, s);
	}
	w->depth--;
}

/* ---- fragments within themselves ---- */

static void
check_cycle(gql_walk *w, const pv_val *set, const char *start, const char *via, pv_map *seen, int depth)
{
	for (size_t i = 0; i < pv_count(set) && depth < GQL_DEPTH && gql_spend(w); i++) {
		const pv_val *s = pv_item(set, i), *inside = s;
		const char *name = pv_get(s, "Alias") ? "" : pv_text_at(s, "Name", ""), *path = via;
		if (*name && pv_streq(name, start))
			gql_fault(w, s, "Cannot spread fragment \"%s\" within itself%s%s.", start,
				  *via ? " via " : "", via);
		if (*name) {
			if (pv_map_puts(seen, name, w))
				continue;
			inside = pv_map_finds(w->fragments, name);
			path = pv_printf(w->arena, "%s%s\"%s\"", via, *via ? ", " : "", name);
		}
		check_cycle(w, pv_get(inside, "SelectionSet"), start, path, seen, depth + 1);
	}
}

/* ---- operations ---- */

static void
check_variables(gql_walk *w, const pv_val *op)
{
	const pv_val *list = pv_get(op, "VariableDefinitions");
	pv_map *names = pv_map_new(w->arena);
	for (size_t i = 0; i < pv_count(list) && gql_spend(w); i++) {
		const pv_val *v = pv_item(list, i), *type = pv_get(v, "Type"),
			     *fallback = pv_get(v, "DefaultValue");
		const char *name = pv_text_at(v, "Variable", "");
		const gql_def *t = gql_def_named(w->s, gql_inner(type));
		if (pv_map_puts(names, name, w))
			gql_fault(w, v, "There can be only one variable named \"$%s\".", name);
		if (!t)
			gql_fault(w, v, "Unknown type \"%s\".", gql_inner(type));
		else if (!gql_is_input(t))
			gql_fault(w, v, "Variable \"$%s\" cannot be non-input type \"%s\".", name,
				  gql_type_text(w->arena, type));
		if (fallback)
			gql_check_value(w, type, fallback, false);
		gql_check_directives(w, v, "VARIABLE_DEFINITION");
	}
}

static void
check_used(gql_walk *w, const pv_val *op)
{
	const pv_val *list = pv_get(op, "VariableDefinitions");
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i);
		const char *name = pv_text_at(v, "Variable", "");
		if (!pv_map_finds(w->used, name))
			gql_fault(w, v, "Variable \"$%s\" is never used%s.", name,
				  *w->where ? pv_printf(w->arena, " in operation \"%s\"", w->where) : "");
	}
}

static void
operation(gql_walk *w, const pv_val *op, pv_map *reached)
{
	const char *kind = pv_text_at(op, "Operation", "query");
	bool mutation = pv_streq(kind, "mutation"), subscription = pv_streq(kind, "subscription");
	const char *root = mutation ? w->s->mutation : subscription ? w->s->subscription : w->s->query;
	const gql_def *t = root ? gql_def_named(w->s, root) : NULL;
	pv_str name;
	void *x;
	size_t pos = 0;
	w->operation = op;
	w->where = pv_text_at(op, "Name", "");
	w->used = pv_map_new(w->arena);
	w->seen = pv_map_new(w->arena);
	if (!t)
		gql_fault(w, op, "Schema does not support operation type \"%s\"", kind);
	check_variables(w, op);
	gql_check_directives(w, op, mutation ? "MUTATION" : subscription ? "SUBSCRIPTION" : "QUERY");
	if (subscription && pv_count(pv_get(op, "SelectionSet")) > 1)
		gql_fault(w, op, "%s must select only one top level field.",
			  *w->where ? pv_printf(w->arena, "Subscription \"%s\"", w->where)
				    : "Anonymous Subscription");
	selections(w, t, pv_get(op, "SelectionSet"));
	check_used(w, op);
	while (pv_map_each(w->seen, &pos, &name, &x))
		pv_map_put(reached, name.s, name.len, w);
	w->operation = NULL;
}

static void
check_fragments(gql_walk *w, const pv_val *list, const pv_map *reached)
{
	for (size_t i = 0; i < pv_count(list) && gql_spend(w); i++) {
		const pv_val *f = pv_item(list, i);
		const char *name = pv_text_at(f, "Name", "");
		gql_check_directives(w, f, "FRAGMENT_DEFINITION");
		if (!pv_map_finds(reached, name)) {
			w->seen = pv_map_new(w->arena);
			selections(w, condition(w, f, name), pv_get(f, "SelectionSet"));
			gql_fault(w, f, "Fragment \"%s\" is never used.", name);
		}
	}
}

const char *
gql_query_fault(rg_vm *vm, const gql_defs *s, const pv_val *query)
{
	const pv_val *operations = pv_get(query, "Operations"), *fragments = pv_get(query, "Fragments");
	pv_map *names = pv_map_new(vm->arena), *reached = pv_map_new(vm->arena);
	gql_walk w = {.vm = vm,
		      .arena = vm->arena,
		      .s = s,
		      .fragments = pv_map_new(vm->arena),
		      .seen = pv_map_new(vm->arena),
		      .left = NODES};
	for (size_t i = 0; i < pv_count(fragments); i++) {
		const pv_val *f = pv_item(fragments, i);
		const char *name = pv_text_at(f, "Name", "");
		if (pv_map_puts(w.fragments, name, (void *)(uintptr_t)f))
			gql_fault(&w, f, "There can be only one fragment named \"%s\".", name);
	}
	for (size_t i = 0; i < pv_count(fragments); i++)
		check_cycle(&w, pv_get(pv_item(fragments, i), "SelectionSet"),
			    pv_text_at(pv_item(fragments, i), "Name", ""), "", pv_map_new(vm->arena), 0);
	for (size_t i = 0; i < pv_count(operations) && gql_spend(&w); i++) {
		const pv_val *op = pv_item(operations, i);
		const char *name = pv_text_at(op, "Name", "");
		if (!*name && pv_count(operations) > 1)
			gql_fault(&w, op, "This anonymous operation must be the only defined operation.");
		if (*name && pv_map_puts(names, name, &w))
			gql_fault(&w, op, "There can be only one operation named \"%s\".", name);
		operation(&w, op, reached);
	}
	check_fragments(&w, fragments, reached);
	return w.fault;
}
