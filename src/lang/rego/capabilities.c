/* capabilities: what this Rego can, as OPA's capabilities file says it. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/builtin.h"
#include "lang/rego/types.h"

static pv_val type_json(pv_arena *arena, const rg_type *t);

static pv_val
types_json(pv_arena *arena, const rg_type *const *types, uint32_t n)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (uint32_t i = 0; i < n; i++)
		pv_listb_add(&list, type_json(arena, types[i]));
	return pv_listb_end(&list);
}

static pv_val
members_json(pv_arena *arena, const rg_type *t)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (uint32_t i = 0; i < t->n; i++) {
		pv_objb o;
		pv_objb_init(&o, arena);
		pv_objb_put(&o, "key", t->keys[i]);
		pv_objb_put(&o, "value", type_json(arena, t->args[i]));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	return pv_listb_end(&list);
}

static pv_val
rest_json(pv_arena *arena, const rg_type *t)
{
	pv_objb o;
	if (t->kind != TYPE_OBJECT)
		return type_json(arena, t->of);
	pv_objb_init(&o, arena);
	pv_objb_put(&o, "key", type_json(arena, t->key));
	pv_objb_put(&o, "value", type_json(arena, t->of));
	return pv_objb_end(&o);
}

static pv_val
type_json(pv_arena *arena, const rg_type *t)
{
	static const char *const names[] = {"null",  "boolean", "number", "string",
					    "array", "object",  "set",    "any"};
	pv_objb o;
	pv_objb_init(&o, arena);
	if (t->of)
		pv_objb_put(&o, t->kind == TYPE_SET ? "of" : "dynamic", rest_json(arena, t));
	if (t->n)
		pv_objb_put(&o, t->kind == TYPE_ANY ? "of" : "static",
			    t->kind == TYPE_OBJECT ? members_json(arena, t)
						   : types_json(arena, t->args, t->n));
	pv_objb_put(&o, "type", pv_string_ref(names[t->kind]));
	return pv_objb_end(&o);
}

/* Those that the compiler handles itself have no row: `:=`, and the annotations' functions. */
static uint32_t
arity_of(const char *name)
{
	const rg_builtin *b = rg_builtin_find(name);
	return b ? b->arity : pv_streq(name, "assign") ? 2 : 0;
}

static pv_val
decl_json(pv_arena *arena, const char *name, const char *text)
{
	const rg_type *types[8];
	pv_objb o;
	uint32_t n = rg_signature_types(arena, text, types, PV_LEN(types)), arity = arity_of(name);
	pv_objb_init(&o, arena);
	if (arity && n)
		pv_objb_put(&o, "args", types_json(arena, types, arity < n ? arity : n));
	if (n > arity)
		pv_objb_put(&o, "result", type_json(arena, types[arity]));
	pv_objb_put(&o, "type", pv_string_ref("function"));
	if (pv_streq(name, "print"))
		pv_objb_put(&o, "variadic", type_json(arena, &rg_type_any));
	return pv_objb_end(&o);
}

static pv_val
builtin_json(pv_arena *arena, const char *name, const char *text)
{
	const rg_builtin *b = rg_builtin_find(name);
	uint8_t flags = b && !pv_starts_with(name, "internal.") ? b->flags : 0;
	pv_objb o;
	pv_objb_init(&o, arena);
	pv_objb_put(&o, "name", pv_string_ref(name));
	pv_objb_put(&o, "decl", decl_json(arena, name, text));
	pv_objb_puts(&o, "infix", pv_starts_with(name, "internal.member_") ? "in" : rg_infix(name));
	if (flags & RG_B_RELATION)
		pv_objb_put(&o, "relation", pv_bool(true));
	if (flags & RG_B_DEPRECATED)
		pv_objb_put(&o, "deprecated", pv_bool(true));
	if (flags & RG_B_VOLATILE)
		pv_objb_put(&o, "nondeterministic", pv_bool(true));
	return pv_objb_end(&o);
}

static pv_val
words_json(pv_arena *arena, const char *const *words, size_t n)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < n; i++)
		pv_listb_add(&list, pv_string_ref(words[i]));
	return pv_listb_end(&list);
}

pv_val
pv_rego_capabilities(pv_arena *arena)
{
	static const char *const keywords[] = {"and", "not", "or"};
	static const char *const features[] = {"keywords_in_refs", "rego_v1", "template_strings"};
	const char *name, *text;
	pv_listb list;
	pv_objb o;
	pv_listb_init(&list, arena);
	for (size_t i = 0; (name = rg_signature_at(i, &text)) != NULL; i++)
		pv_listb_add(&list, builtin_json(arena, name, text));
	pv_objb_init(&o, arena);
	pv_objb_put(&o, "builtins", pv_listb_end(&list));
	pv_objb_put(&o, "future_keywords", words_json(arena, keywords, PV_LEN(keywords)));
	pv_objb_put(&o, "features", words_json(arena, features, PV_LEN(features)));
	return pv_objb_end(&o);
}
