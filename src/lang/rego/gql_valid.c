/* gql_valid: do the definitions of a schema fit together?  (Spec, section 3; as
 * gqlparser checks it: extensions of unknown types define them.) */
#include <string.h>

#include "base/arena.h"
#include "lang/rego/gql_check.h"

/* What every schema has: scalars, directives and the types of introspection. */
static const char prelude[] =
	"scalar Int scalar Float scalar String scalar Boolean scalar ID "
	"directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT "
	"directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT "
	"directive @deprecated(reason: String = \"No longer supported\") on FIELD_DEFINITION | "
	"ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE "
	"directive @specifiedBy(url: String!) on SCALAR "
	"directive @defer(if: Boolean = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT "
	"directive @oneOf on INPUT_OBJECT "
	"type __Schema { description: String types: [__Type!]! queryType: __Type! mutationType: __Type "
	"subscriptionType: __Type directives: [__Directive!]! } "
	"type __Type { kind: __TypeKind! name: String description: String "
	"fields(includeDeprecated: Boolean = false): [__Field!] interfaces: [__Type!] possibleTypes: [__Type!] "
	"enumValues(includeDeprecated: Boolean = false): [__EnumValue!] "
	"inputFields(includeDeprecated: Boolean = false): [__InputValue!] ofType: __Type "
	"specifiedByURL: String isOneOf: Boolean } "
	"type __Field { name: String! description: String args(includeDeprecated: Boolean = false): "
	"[__InputValue!]! type: __Type! isDeprecated: Boolean! deprecationReason: String } "
	"type __InputValue { name: String! description: String type: __Type! defaultValue: String "
	"isDeprecated: Boolean! deprecationReason: String } "
	"type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String } "
	"enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL } "
	"type __Directive { name: String! description: String locations: [__DirectiveLocation!]! "
	"args(includeDeprecated: Boolean = false): [__InputValue!]! isRepeatable: Boolean! } "
	"enum __DirectiveLocation { QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD "
	"INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE "
	"UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION }";

static void fault(gql_defs *s, const char *fmt, ...) PV_PRINTF(2, 3);

static void
fault(gql_defs *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (!s->fault)
		s->fault = pv_vprintf(s->arena, fmt, ap);
	va_end(ap);
}

static gql_def *
add_type(gql_defs *s, const char *kind, const char *name)
{
	gql_def *t = pv_new(s->arena, gql_def);
	t->kind = kind;
	t->name = name;
	pv_vec_init(&t->parts, s->arena, sizeof(const pv_val *));
	pv_map_puts(s->types, name, t);
	return t;
}

static void
add_part(gql_defs *s, const pv_val *d, bool extends)
{
	const char *name = pv_text(pv_get(d, "Name"), ""), *kind = pv_text(pv_get(d, "Kind"), "");
	gql_def *t = pv_map_finds(s->types, name);
	if (t && !extends)
		fault(s, "Cannot redeclare type %s.", name);
	if (t && !pv_streq(t->kind, kind))
		fault(s, "Cannot extend type %s because the base type is a %s, not %s.", name, t->kind, kind);
	if (!t)
		t = add_type(s, kind, name);
	pv_vec_push(&t->parts, &d);
}

static const gql_def *
named(gql_defs *s, const pv_val *ref)
{
	const char *name = gql_inner(ref);
	const gql_def *t = pv_map_finds(s->types, name);
	if (!t)
		fault(s, "Undefined type %s.", name);
	return t;
}

const gql_def *
gql_def_named(const gql_defs *s, const char *name)
{
	return pv_map_finds(s->types, name);
}

bool
gql_is_input(const gql_def *t)
{
	return pv_streq(t->kind, "SCALAR") || pv_streq(t->kind, "ENUM") || pv_streq(t->kind, "INPUT_OBJECT");
}

bool
gql_is_composite(const gql_def *t)
{
	return pv_streq(t->kind, "OBJECT") || pv_streq(t->kind, "INTERFACE") || pv_streq(t->kind, "UNION");
}

const char *
gql_inner(const pv_val *type)
{
	while (pv_get(type, "Elem"))
		type = pv_get(type, "Elem");
	return pv_text(pv_get(type, "NamedType"), "");
}

const char *
gql_type_text(pv_arena *arena, const pv_val *type)
{
	const pv_val *elem = pv_get(type, "Elem");
	const char *inside = elem ? pv_printf(arena, "[%s]", gql_type_text(arena, elem)) : gql_inner(type);
	return pv_truth_at(type, "NonNull", false) ? pv_printf(arena, "%s!", inside) : inside;
}

static void
check_name(gql_defs *s, const pv_val *v)
{
	const char *name = pv_text(pv_get(v, "Name"), "");
	if (pv_starts_with(name, "__"))
		fault(s,
		      "Name \"%s\" must not begin with \"__\", which is reserved by GraphQL introspection.",
		      name);
}

static void
check_directives(gql_defs *s, const pv_val *v)
{
	const pv_val *list = pv_get(v, "Directives");
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *name = pv_text(pv_get(pv_item(list, i), "Name"), "");
		if (!pv_map_finds(s->directives, name))
			fault(s, "Undefined directive %s.", name);
	}
}

static void
check_arguments(gql_defs *s, const pv_val *v)
{
	const pv_val *list = pv_get(v, "Arguments");
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *a = pv_item(list, i);
		const gql_def *t = named(s, pv_get(a, "Type"));
		check_name(s, a);
		check_directives(s, a);
		if (t && !gql_is_input(t))
			fault(s, "cannot use %s as argument %s because %s is not a valid input type", t->name,
			      pv_text(pv_get(a, "Name"), ""), t->kind);
	}
}

static size_t
count(const gql_def *t, const char *key)
{
	size_t n = 0;
	for (size_t i = 0; i < t->parts.len; i++)
		n += pv_count(pv_get(*PV_AT(const pv_val *, &t->parts, i), key));
	return n;
}

const pv_val *
gql_def_member(const gql_def *t, const char *list, const char *name)
{
	for (size_t i = 0; i < t->parts.len; i++) {
		const pv_val *members = pv_get(*PV_AT(const pv_val *, &t->parts, i), list);
		for (size_t k = 0; k < pv_count(members); k++)
			if (pv_streq(pv_text_at(pv_item(members, k), "Name", ""), name))
				return pv_item(members, k);
	}
	return NULL;
}

bool
gql_def_lists(const gql_def *t, const char *list, const char *name)
{
	for (size_t i = 0; i < t->parts.len; i++) {
		const pv_val *names = pv_get(*PV_AT(const pv_val *, &t->parts, i), list);
		for (size_t k = 0; k < pv_count(names); k++)
			if (pv_streq(pv_text(pv_item(names, k), ""), name))
				return true;
	}
	return false;
}

/* All fields and all interfaces of the interface are the type's, too. */
static void
check_implements(gql_defs *s, const gql_def *t, const char *name)
{
	const gql_def *i = pv_map_finds(s->types, name);
	if (!i || !pv_streq(i->kind, "INTERFACE")) {
		fault(s, "%s is no interface, found %s.", name, i ? i->kind : "an undefined type");
		return;
	}
	for (size_t p = 0; p < i->parts.len; p++) {
		const pv_val *part = *PV_AT(const pv_val *, &i->parts, p), *fields = pv_get(part, "Fields");
		const pv_val *above = pv_get(part, "Interfaces");
		for (size_t k = 0; k < pv_count(fields); k++)
			if (!gql_def_member(t, "Fields", pv_text_at(pv_item(fields, k), "Name", "")))
				fault(s, "For %s to implement %s it must have all of its fields.", t->name,
				      name);
		for (size_t k = 0; k < pv_count(above); k++)
			if (!gql_def_lists(t, "Interfaces", pv_text(pv_item(above, k), "")))
				fault(s, "Type %s must implement %s because it is implemented by %s.",
				      t->name, pv_text(pv_item(above, k), ""), name);
	}
}

static void
check_part(gql_defs *s, const gql_def *t, const pv_val *part)
{
	const pv_val *fields = pv_get(part, "Fields"), *interfaces = pv_get(part, "Interfaces"),
		     *members = pv_get(part, "Types");
	check_directives(s, part);
	for (size_t i = 0; i < pv_count(fields); i++) {
		const pv_val *f = pv_item(fields, i);
		const gql_def *of = named(s, pv_get(f, "Type"));
		check_name(s, f);
		check_directives(s, f);
		check_arguments(s, f);
		bool input = pv_streq(t->kind, "INPUT_OBJECT");
		if (of && (input ? !gql_is_input(of) : pv_streq(of->kind, "INPUT_OBJECT")))
			fault(s, "%s %s: field cannot be of type %s", t->kind, t->name, of->name);
	}
	for (size_t i = 0; i < pv_count(interfaces); i++)
		check_implements(s, t, pv_text(pv_item(interfaces, i), ""));
	for (size_t i = 0; i < pv_count(members); i++) {
		const char *name = pv_text(pv_item(members, i), "");
		const gql_def *of = pv_map_finds(s->types, name);
		if (!of || !pv_streq(of->kind, "OBJECT"))
			fault(s, "%s type \"%s\" must be OBJECT.", of ? of->kind : "Undefined", name);
	}
}

static void
check_type(gql_defs *s, const gql_def *t)
{
	if (pv_starts_with(t->name, "__"))
		fault(s,
		      "Name \"%s\" must not begin with \"__\", which is reserved by GraphQL introspection.",
		      t->name);
	bool fields = pv_streq(t->kind, "OBJECT") || pv_streq(t->kind, "INTERFACE") ||
		      pv_streq(t->kind, "INPUT_OBJECT");
	if (t->parts.len && fields && count(t, "Fields") == 0)
		fault(s, "%s %s: must define one or more fields.", t->kind, t->name);
	if (t->parts.len && pv_streq(t->kind, "ENUM") && count(t, "EnumValues") == 0)
		fault(s, "%s %s: must define one or more unique enum values.", t->kind, t->name);
	for (size_t i = 0; i < t->parts.len; i++)
		check_part(s, t, *PV_AT(const pv_val *, &t->parts, i));
}

static void
add_root(gql_defs *s, const pv_val *operation)
{
	const char *name = pv_text_at(operation, "Type", ""), *of = pv_text_at(operation, "Operation", "");
	if (!gql_def_named(s, name))
		fault(s, "Schema root %s refers to a type %s that does not exist.", of, name);
	*(pv_streq(of, "query")      ? &s->query
	  : pv_streq(of, "mutation") ? &s->mutation
				     : &s->subscription) = name;
}

static void
check_roots(gql_defs *s, const pv_val *doc)
{
	static const char *const keys[] = {"Schema", "SchemaExtension"};
	if (pv_count(pv_get(doc, "Schema")) > 1)
		fault(s, "Cannot have multiple schema entry points, consider schema extensions instead.");
	for (size_t k = 0; k < PV_LEN(keys); k++) {
		const pv_val *list = pv_get(doc, keys[k]);
		for (size_t i = 0; i < pv_count(list); i++) {
			const pv_val *ops = pv_get(pv_item(list, i), "OperationTypes");
			if (!s->lenient)
				check_directives(s, pv_item(list, i));
			for (size_t n = 0; n < pv_count(ops); n++)
				add_root(s, pv_item(ops, n));
		}
	}
	if (!s->query && gql_def_named(s, "Query"))
		s->query = "Query";
	if (pv_count(pv_get(doc, "Schema")) == 0) {
		s->mutation = !s->mutation && gql_def_named(s, "Mutation") ? "Mutation" : s->mutation;
		s->subscription = !s->subscription && gql_def_named(s, "Subscription") ? "Subscription"
										       : s->subscription;
	}
}

static void
add_all(gql_defs *s, const pv_val *doc, const pv_map *built_in)
{
	const pv_val *definitions = pv_get(doc, "Definitions"), *extensions = pv_get(doc, "Extensions");
	const pv_val *directives = pv_get(doc, "Directives");
	for (size_t i = 0; i < pv_count(definitions); i++)
		add_part(s, pv_item(definitions, i), false);
	for (size_t i = 0; i < pv_count(extensions); i++)
		add_part(s, pv_item(extensions, i), true);
	for (size_t i = 0; i < pv_count(directives); i++) {
		const char *name = pv_text_at(pv_item(directives, i), "Name", "");
		const pv_val *old =
			pv_map_puts(s->directives, name, (void *)(uintptr_t)pv_item(directives, i));
		if (old && built_in &&
		    !pv_map_finds(built_in, name)) /* those of the spec may be said again */
			fault(s, "Cannot redeclare directive %s.", name);
	}
}

void
gql_defs_load(rg_vm *vm, const pv_val *doc, gql_defs *ret)
{
	static const char *const built_in[] = {"include",     "skip",  "deprecated",
					       "specifiedBy", "defer", "oneOf"};
	const pv_val *directives = pv_get(doc, "Directives");
	pv_map *spec = pv_map_new(vm->arena);
	gql g;
	pv_str name;
	void *t;
	size_t pos = 0;
	*ret = (gql_defs){.arena = vm->arena,
			  .types = pv_map_new(vm->arena),
			  .directives = pv_map_new(vm->arena),
			  .lenient = vm->program->v0};
	for (size_t i = 0; i < PV_LEN(built_in); i++)
		pv_map_puts(spec, built_in[i], ret);
	gql_init(&g, vm, pv_str_of(prelude));
	add_all(ret, pv_box(vm->arena, gql_schema(&g)), NULL);
	size_t own = pv_map_len(ret->types);
	add_all(ret, doc, spec);
	for (size_t i = 0; i < pv_count(directives); i++) {
		check_name(ret, pv_item(directives, i));
		check_arguments(ret, pv_item(directives, i));
	}
	while (pv_map_each(ret->types, &pos, &name, &t)) {
		if (own == 0)
			check_type(ret, t);
		own -= own > 0;
	}
	check_roots(ret, doc);
}
