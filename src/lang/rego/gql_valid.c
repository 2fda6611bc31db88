/* gql_valid: do the definitions of a schema fit together?  (Spec, section 3; as
 * gqlparser checks it: extensions of unknown types define them.) */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "lang/rego/gql.h"

typedef struct type { /* a definition with its extensions */
	const char *kind, *name;
	pv_vec parts; /* const pv_val * */
} type;

typedef struct schema {
	pv_arena *arena;
	pv_map *types, *directives;
	const char *fault;
	bool lenient; /* v0: nobody looked at a schema's own directives */
} schema;

static void fault(schema *s, const char *fmt, ...) PV_PRINTF(2, 3);

static void
fault(schema *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (!s->fault)
		s->fault = pv_vprintf(s->arena, fmt, ap);
	va_end(ap);
}

static type *
add_type(schema *s, const char *kind, const char *name)
{
	type *t = pv_new(s->arena, type);
	t->kind = kind;
	t->name = name;
	pv_vec_init(&t->parts, s->arena, sizeof(const pv_val *));
	pv_map_puts(s->types, name, t);
	return t;
}

static void
add_part(schema *s, const pv_val *d, bool extends)
{
	const char *name = pv_text(pv_get(d, "Name"), ""), *kind = pv_text(pv_get(d, "Kind"), "");
	type *t = pv_map_finds(s->types, name);
	if (t && !extends)
		fault(s, "Cannot redeclare type %s.", name);
	if (t && !pv_streq(t->kind, kind))
		fault(s, "Cannot extend type %s because the base type is a %s, not %s.", name, t->kind, kind);
	if (!t)
		t = add_type(s, kind, name);
	pv_vec_push(&t->parts, &d);
}

static const type *
named(schema *s, const pv_val *ref)
{
	while (pv_get(ref, "Elem"))
		ref = pv_get(ref, "Elem");
	const char *name = pv_text(pv_get(ref, "NamedType"), "");
	const type *t = pv_map_finds(s->types, name);
	if (!t)
		fault(s, "Undefined type %s.", name);
	return t;
}

static bool
is_input(const type *t)
{
	return pv_streq(t->kind, "SCALAR") || pv_streq(t->kind, "ENUM") || pv_streq(t->kind, "INPUT_OBJECT");
}

static void
check_name(schema *s, const pv_val *v)
{
	const char *name = pv_text(pv_get(v, "Name"), "");
	if (pv_starts_with(name, "__"))
		fault(s,
		      "Name \"%s\" must not begin with \"__\", which is reserved by GraphQL introspection.",
		      name);
}

static void
check_directives(schema *s, const pv_val *v)
{
	const pv_val *list = pv_get(v, "Directives");
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *name = pv_text(pv_get(pv_item(list, i), "Name"), "");
		if (!pv_map_finds(s->directives, name))
			fault(s, "Undefined directive %s.", name);
	}
}

static void
check_arguments(schema *s, const pv_val *v)
{
	const pv_val *list = pv_get(v, "Arguments");
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *a = pv_item(list, i);
		const type *t = named(s, pv_get(a, "Type"));
		check_name(s, a);
		check_directives(s, a);
		if (t && !is_input(t))
			fault(s, "cannot use %s as argument %s because %s is not a valid input type", t->name,
			      pv_text(pv_get(a, "Name"), ""), t->kind);
	}
}

static size_t
count(const type *t, const char *key)
{
	size_t n = 0;
	for (size_t i = 0; i < t->parts.len; i++)
		n += pv_count(pv_get(*PV_AT(const pv_val *, &t->parts, i), key));
	return n;
}

static bool
lists_name(const type *t, const char *key, const char *name)
{
	for (size_t i = 0; i < t->parts.len; i++) {
		const pv_val *list = pv_get(*PV_AT(const pv_val *, &t->parts, i), key);
		for (size_t k = 0; k < pv_count(list); k++) {
			const pv_val *x = pv_item(list, k);
			if (pv_streq(pv_text(x, pv_text(pv_get(x, "Name"), "")), name))
				return true;
		}
	}
	return false;
}

/* All fields and all interfaces of the interface are the type's, too. */
static void
check_implements(schema *s, const type *t, const char *name)
{
	const type *i = pv_map_finds(s->types, name);
	if (!i || !pv_streq(i->kind, "INTERFACE")) {
		fault(s, "%s is no interface, found %s.", name, i ? i->kind : "an undefined type");
		return;
	}
	for (size_t p = 0; p < i->parts.len; p++) {
		const pv_val *part = *PV_AT(const pv_val *, &i->parts, p), *fields = pv_get(part, "Fields");
		const pv_val *above = pv_get(part, "Interfaces");
		for (size_t k = 0; k < pv_count(fields); k++)
			if (!lists_name(t, "Fields", pv_text(pv_get(pv_item(fields, k), "Name"), "")))
				fault(s, "For %s to implement %s it must have all of its fields.", t->name,
				      name);
		for (size_t k = 0; k < pv_count(above); k++)
			if (!lists_name(t, "Interfaces", pv_text(pv_item(above, k), "")))
				fault(s, "Type %s must implement %s because it is implemented by %s.",
				      t->name, pv_text(pv_item(above, k), ""), name);
	}
}

static void
check_part(schema *s, const type *t, const pv_val *part)
{
	const pv_val *fields = pv_get(part, "Fields"), *interfaces = pv_get(part, "Interfaces"),
		     *members = pv_get(part, "Types");
	check_directives(s, part);
	for (size_t i = 0; i < pv_count(fields); i++) {
		const pv_val *f = pv_item(fields, i);
		const type *of = named(s, pv_get(f, "Type"));
		check_name(s, f);
		check_directives(s, f);
		check_arguments(s, f);
		bool input = pv_streq(t->kind, "INPUT_OBJECT");
		if (of && (input ? !is_input(of) : pv_streq(of->kind, "INPUT_OBJECT")))
			fault(s, "%s %s: field cannot be of type %s", t->kind, t->name, of->name);
	}
	for (size_t i = 0; i < pv_count(interfaces); i++)
		check_implements(s, t, pv_text(pv_item(interfaces, i), ""));
	for (size_t i = 0; i < pv_count(members); i++) {
		const char *name = pv_text(pv_item(members, i), "");
		const type *of = pv_map_finds(s->types, name);
		if (!of || !pv_streq(of->kind, "OBJECT"))
			fault(s, "%s type \"%s\" must be OBJECT.", of ? of->kind : "Undefined", name);
	}
}

static void
check_type(schema *s, const type *t)
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
check_roots(schema *s, const pv_val *doc)
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
			for (size_t n = 0; n < pv_count(ops); n++) {
				const char *name = pv_text(pv_get(pv_item(ops, n), "Type"), "");
				if (!pv_map_finds(s->types, name))
					fault(s, "Schema root %s refers to a type %s that does not exist.",
					      pv_text(pv_get(pv_item(ops, n), "Operation"), ""), name);
			}
		}
	}
}

const char *
gql_schema_fault(rg_vm *vm, const pv_val *doc)
{
	static const char *const scalars[] = {"Int", "Float", "String", "Boolean", "ID"};
	static const char *const built_in[] = {"include",     "skip",  "deprecated",
					       "specifiedBy", "defer", "oneOf"};
	schema s = {.arena = vm->arena,
		    .types = pv_map_new(vm->arena),
		    .directives = pv_map_new(vm->arena),
		    .lenient = vm->program->v0};
	const pv_val *definitions = pv_get(doc, "Definitions"), *extensions = pv_get(doc, "Extensions");
	const pv_val *directives = pv_get(doc, "Directives");
	pv_str name;
	void *t;
	size_t pos = 0;
	for (size_t i = 0; i < PV_LEN(scalars); i++)
		add_type(&s, "SCALAR", scalars[i]);
	for (size_t i = 0; i < PV_LEN(built_in); i++)
		pv_map_puts(s.directives, built_in[i], &s);
	for (size_t i = 0; i < pv_count(definitions); i++)
		add_part(&s, pv_item(definitions, i), false);
	for (size_t i = 0; i < pv_count(extensions); i++)
		add_part(&s, pv_item(extensions, i), true);
	for (size_t i = 0; i < pv_count(directives); i++) {
		const char *text = pv_text(pv_get(pv_item(directives, i), "Name"), "");
		if (pv_map_finds(s.directives, text))
			fault(&s, "Cannot redeclare directive %s.", text);
		pv_map_puts(s.directives, text, &s);
	}
	for (size_t i = 0; i < pv_count(directives); i++) {
		check_name(&s, pv_item(directives, i));
		check_arguments(&s, pv_item(directives, i));
	}
	while (pv_map_each(s.types, &pos, &name, &t))
		check_type(&s, t);
	check_roots(&s, doc);
	return s.fault;
}
