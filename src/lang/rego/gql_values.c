/* gql_values: arguments, values and directives of a query against what the schema
 * declares (spec, 5.4, 5.6 to 5.8). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "lang/rego/gql_check.h"

enum { VARIABLE, INT, FLOAT, STRING, BLOCK, BOOLEAN, NIL, ENUM, LIST, OBJECT };

static int
kind_of(const pv_val *value)
{
	return (int)pv_i64(pv_get(value, "Kind"), -1);
}

/* The value as the author wrote it. */
static void
show(pv_buf *b, const pv_val *value)
{
	const pv_val *kids = pv_get(value, "Children");
	const char *raw = pv_text_at(value, "Raw", "");
	int kind = kind_of(value);
	if (kind == STRING || kind == BLOCK) {
		rg_write_term(b, pv_get(value, "Raw"));
	} else if (kind != LIST && kind != OBJECT) {
		pv_buf_printf(b, "%s%s", kind == VARIABLE ? "$" : "", raw);
	} else {
		pv_buf_addc(b, kind == LIST ? '[' : '{');
		for (size_t i = 0; i < pv_count(kids); i++) {
			const char *name = pv_text_at(pv_item(kids, i), "Name", "");
			pv_buf_printf(b, "%s%s%s", i ? "," : "", kind == OBJECT ? name : "",
				      kind == OBJECT ? ":" : "");
			show(b, pv_get(pv_item(kids, i), "Value"));
		}
		pv_buf_addc(b, kind == LIST ? ']' : '}');
	}
}

static void
wrong(gql_walk *w, const pv_val *type, const pv_val *value)
{
	static const struct {
		const char *type, *text;
	} texts[] = {
		{"Int", "Int cannot represent non-integer value: %s"},
		{"String", "String cannot represent a non string value: %s"},
		{"Boolean", "Boolean cannot represent a non boolean value: %s"},
		{"Float", "Float cannot represent non numeric value: %s"},
		{"ID", "ID cannot represent a non-string and non-integer value: %s"},
	};
	const char *name = gql_inner(type);
	const gql_def *t = gql_def_named(w->s, name);
	pv_buf b;
	pv_buf_init(&b, w->arena);
	show(&b, value);
	for (size_t i = 0; i < PV_LEN(texts) && !pv_get(type, "Elem"); i++)
		if (pv_streq(texts[i].type, name)) {
			const char *at = strstr(texts[i].text, "%s");
			gql_fault(w, value, "%.*s%s", (int)(at - texts[i].text), texts[i].text, b.s);
			return;
		}
	if (t && pv_streq(t->kind, "ENUM"))
		gql_fault(w, value, "Enum \"%s\" cannot represent non-enum value: %s.", name, b.s);
	else
		gql_fault(w, value, "Expected value of type \"%s\", found %s.", gql_type_text(w->arena, type),
			  b.s);
}

static bool
fits_scalar(const char *name, int kind, const char *raw)
{
	char *end;
	if (pv_streq(name, "Int")) {
		errno = 0;
		long long n = strtoll(raw, &end, 10);
		return kind == INT && errno == 0 && n >= INT32_MIN && n <= INT32_MAX;
	}
	if (pv_streq(name, "Float"))
		return kind == INT || kind == FLOAT;
	if (pv_streq(name, "String"))
		return kind == STRING || kind == BLOCK;
	if (pv_streq(name, "Boolean"))
		return kind == BOOLEAN;
	if (pv_streq(name, "ID"))
		return kind == INT || kind == STRING || kind == BLOCK;
	return true; /* a scalar of the schema's own takes anything */
}

/* A field of an input object, or an argument, that must be given. */
static bool
is_required(const pv_val *declared)
{
	return pv_truth_at(declared, "Type.NonNull", false) && !pv_get(declared, "DefaultValue");
}

static const pv_val *
given(const pv_val *list, const char *name)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "Name", ""), name))
			return pv_get(pv_item(list, i), "Value");
	return NULL;
}

static void
check_object(gql_walk *w, const gql_def *t, const pv_val *value)
{
	const pv_val *kids = pv_get(value, "Children");
	pv_map *names = pv_map_new(w->arena);
	for (size_t p = 0; p < t->parts.len; p++) {
		const pv_val *fields = pv_get(*PV_AT(const pv_val *, &t->parts, p), "Fields");
		for (size_t i = 0; i < pv_count(fields); i++) {
			const pv_val *f = pv_item(fields, i);
			const char *name = pv_text_at(f, "Name", "");
			if (is_required(f) && !given(kids, name))
				gql_fault(w, value,
					  "Field \"%s.%s\" of required type \"%s\" was not provided.",
					  t->name, name, gql_type_text(w->arena, pv_get(f, "Type")));
		}
	}
	for (size_t i = 0; i < pv_count(kids); i++) {
		const pv_val *kid = pv_item(kids, i);
		const char *name = pv_text_at(kid, "Name", "");
		const pv_val *f = gql_def_member(t, "Fields", name);
		if (pv_map_puts(names, name, w))
			gql_fault(w, value, "There can be only one input field named \"%s\".", name);
		if (!f)
			gql_fault(w, value, "Field \"%s\" is not defined by type \"%s\".", name, t->name);
		else
			gql_check_value(w, pv_get(f, "Type"), pv_get(kid, "Value"),
					pv_get(f, "DefaultValue") != NULL);
	}
}

/* ---- variables ---- */

const pv_val *
gql_variable(const gql_walk *w, const char *name)
{
	const pv_val *list = pv_get(w->operation, "VariableDefinitions");
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "Variable", ""), name))
			return pv_item(list, i);
	return NULL;
}

static bool
is_subtype(const pv_val *given_type, const pv_val *wanted)
{
	bool must = pv_truth_at(wanted, "NonNull", false), does = pv_truth_at(given_type, "NonNull", false);
	const pv_val *a = pv_get(given_type, "Elem"), *b = pv_get(wanted, "Elem");
	if (must && !does)
		return false;
	if (a && b)
		return is_subtype(a, b);
	return !a && !b && pv_streq(gql_inner(given_type), gql_inner(wanted));
}

static void
check_variable(gql_walk *w, const pv_val *type, const pv_val *value, bool has_default)
{
	const char *name = pv_text_at(value, "Raw", "");
	const pv_val *v = gql_variable(w, name), *fallback = pv_get(v, "DefaultValue");
	if (!w->operation)
		return;
	pv_map_puts(w->used, name, w);
	if (!v) {
		gql_fault(w, value, "Variable \"%s\" is not defined%s.", pv_printf(w->arena, "$%s", name),
			  *w->where ? pv_printf(w->arena, " by operation \"%s\"", w->where) : "");
		return;
	}
	bool filled = has_default || (fallback && kind_of(fallback) != NIL);
	pv_val loose = filled ? pv_with(w->arena, type, "NonNull", pv_bool(false)) : *type;
	if (!is_subtype(pv_get(v, "Type"), &loose))
		gql_fault(w, value, "Variable \"$%s\" of type \"%s\" used in position expecting type \"%s\".",
			  name, gql_type_text(w->arena, pv_get(v, "Type")), gql_type_text(w->arena, type));
}

/* Variables within a value of a type that nobody knows are used all the same. */
static void
use_variables(gql_walk *w, const pv_val *value, int depth)
{
	const pv_val *kids = pv_get(value, "Children");
	if (kind_of(value) == VARIABLE && w->operation)
		pv_map_puts(w->used, pv_text_at(value, "Raw", ""), w);
	for (size_t i = 0; i < pv_count(kids) && depth < GQL_DEPTH; i++)
		use_variables(w, pv_get(pv_item(kids, i), "Value"), depth + 1);
}

static void
check_leaf(gql_walk *w, const pv_val *type, const pv_val *value)
{
	const char *name = gql_inner(type), *raw = pv_text_at(value, "Raw", "");
	const gql_def *t = gql_def_named(w->s, name);
	int kind = kind_of(value);
	if (!t || pv_streq(t->kind, "SCALAR"))
		use_variables(w, value, 0);
	if (!t)
		return;
	if (pv_streq(t->kind, "INPUT_OBJECT") && kind == OBJECT)
		check_object(w, t, value);
	else if (pv_streq(t->kind, "ENUM") && kind == ENUM && !gql_def_member(t, "EnumValues", raw))
		gql_fault(w, value, "Value \"%s\" does not exist in \"%s\" enum.", raw, name);
	else if (pv_streq(t->kind, "SCALAR") ? !fits_scalar(name, kind, raw)
		 : pv_streq(t->kind, "ENUM") ? kind != ENUM
					     : true)
		wrong(w, type, value);
}

void
gql_check_value(gql_walk *w, const pv_val *type, const pv_val *value, bool has_default)
{
	const pv_val *elem = pv_get(type, "Elem"), *kids = pv_get(value, "Children");
	int kind = kind_of(value);
	if (!gql_spend(w) || w->depth > GQL_DEPTH)
		return;
	w->depth++;
	if (kind == VARIABLE)
		check_variable(w, type, value, has_default);
	else if (kind == NIL && pv_truth_at(type, "NonNull", false))
		gql_fault(w, value, "Expected value of type \"%s\", found null.",
			  gql_type_text(w->arena, type));
	else if (kind == NIL)
		;
	else if (elem && kind == LIST)
		for (size_t i = 0; i < pv_count(kids); i++)
			gql_check_value(w, elem, pv_get(pv_item(kids, i), "Value"), false);
	else if (elem)
		gql_check_value(w, elem, value, false);
	else
		check_leaf(w, type, value);
	w->depth--;
}

/* ---- arguments and directives ---- */

void
gql_check_arguments(gql_walk *w, const pv_val *node, const pv_val *declared, const char *of)
{
	const pv_val *have = pv_get(node, "Arguments"), *known = pv_get(declared, "Arguments");
	const char *kind = *of == '@' ? "Directive" : "Field", *name = pv_text_at(node, "Name", "");
	pv_map *names = pv_map_new(w->arena);
	for (size_t i = 0; i < pv_count(have); i++) {
		const pv_val *a = pv_item(have, i), *d = NULL;
		const char *arg = pv_text_at(a, "Name", "");
		for (size_t k = 0; k < pv_count(known) && !d; k++)
			if (pv_streq(pv_text_at(pv_item(known, k), "Name", ""), arg))
				d = pv_item(known, k);
		if (pv_map_puts(names, arg, w))
			gql_fault(w, a, "There can be only one argument named \"%s\".", arg);
		if (d)
			gql_check_value(w, pv_get(d, "Type"), pv_get(a, "Value"),
					pv_get(d, "DefaultValue") != NULL);
		else
			gql_fault(w, a, "Unknown argument \"%s\" on %s \"%s\".", arg,
				  *of == '@' ? "directive" : "field", of);
	}
	for (size_t k = 0; k < pv_count(known); k++) {
		const pv_val *d = pv_item(known, k);
		const char *arg = pv_text_at(d, "Name", "");
		if (is_required(d) && !pv_map_finds(names, arg))
			gql_fault(
				w, node,
				"%s \"%s%s\" argument \"%s\" of type \"%s\" is required, but it was not provided.",
				kind, *of == '@' ? "@" : "", name, arg,
				gql_type_text(w->arena, pv_get(d, "Type")));
	}
}

void
gql_check_directives(gql_walk *w, const pv_val *node, const char *location)
{
	const pv_val *list = pv_get(node, "Directives");
	pv_map *names = pv_map_new(w->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *d = pv_item(list, i);
		const char *name = pv_text_at(d, "Name", "");
		const pv_val *known = pv_map_finds(w->s->directives, name),
			     *places = pv_get(known, "Locations");
		bool here = false;
		for (size_t k = 0; k < pv_count(places); k++)
			here = here || pv_streq(pv_text(pv_item(places, k), ""), location);
		if (!known) {
			gql_fault(w, d, "Unknown directive \"@%s\".", name);
			continue;
		}
		if (!here)
			gql_fault(w, d, "Directive \"@%s\" may not be used on %s.", name, location);
		if (pv_map_puts(names, name, w) && !pv_truth_at(known, "IsRepeatable", false))
			gql_fault(w, d, "The directive \"@%s\" can only be used once at this location.",
				  name);
		gql_check_arguments(w, d, known, pv_printf(w->arena, "@%s", name));
	}
}
