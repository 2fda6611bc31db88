/* types_text: types as OPA's errors show them, and back; and from JSON Schema. */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/builtin.h"
#include "lang/rego/types.h"

static const char *const names[] = {"null", "boolean", "number", "string", "array", "object", "set", "any"};

void
rg_type_write(pv_buf *b, const rg_type *t)
{
	pv_buf_adds(b, t ? names[t->kind] : "???");
	if (!t)
		return;
	for (uint32_t i = 0; i < t->n; i++) {
		pv_buf_adds(b, i ? ", " : "<");
		if (t->kind == TYPE_OBJECT) {
			if (t->keys[i].type == PV_STRING)
				pv_buf_add(b, t->keys[i].s, t->keys[i].len);
			else
				rg_write_term(b, &t->keys[i]);
			pv_buf_adds(b, ": ");
		}
		rg_type_write(b, t->args[i]);
	}
	if (t->n)
		pv_buf_addc(b, '>');
	if (!t->of)
		return;
	pv_buf_addc(b, '[');
	if (t->kind == TYPE_OBJECT) {
		rg_type_write(b, t->key);
		pv_buf_adds(b, ": ");
	}
	rg_type_write(b, t->of);
	pv_buf_addc(b, ']');
}

/* ---- reading: only what signatures.c says ---- */

static bool
accept(const char **text, const char *mark)
{
	size_t n = strlen(mark);
	if (strncmp(*text, mark, n) != 0)
		return false;
	*text += n;
	return true;
}

static void
read_known(pv_arena *arena, const char **text, rg_type *t)
{
	const rg_type *args[32];
	pv_val keys[32];
	if (!accept(text, "<"))
		return;
	do {
		size_t n = strcspn(*text, ":,>");
		PV_ASSERT(t->n < PV_LEN(args));
		if (t->kind == TYPE_OBJECT) {
			keys[t->n] = pv_stringn(arena, *text, n);
			*text += n + 2;
		}
		args[t->n++] = rg_type_read(arena, text);
	} while (accept(text, ", "));
	accept(text, ">");
	const rg_type **list = pv_new_array(arena, const rg_type *, t->n);
	memcpy(list, args, t->n * sizeof *list);
	t->args = list;
	if (t->kind == TYPE_OBJECT)
		t->keys = memcpy(pv_new_array(arena, pv_val, t->n), keys, t->n * sizeof *keys);
}

const rg_type *
rg_type_read(pv_arena *arena, const char **text)
{
	size_t n = 0, k = 0;
	while (isalpha((unsigned char)(*text)[n]))
		n++;
	while (k < PV_LEN(names) && (strlen(names[k]) != n || strncmp(names[k], *text, n) != 0))
		k++;
	PV_ASSERT(k < PV_LEN(names));
	rg_type *t = pv_new(arena, rg_type);
	t->kind = (uint8_t)k;
	*text += n;
	read_known(arena, text, t);
	if (accept(text, "[")) {
		t->of = rg_type_read(arena, text);
		if (accept(text, ": ")) {
			t->key = t->of;
			t->of = rg_type_read(arena, text);
		}
		accept(text, "]");
	}
	return t;
}

uint32_t
rg_signature_types(pv_arena *arena, const char *text, const rg_type **ret, uint32_t most)
{
	uint32_t n = 0;
	for (text++; n < most && *text && *text != ')'; n++) {
		const char *colon = strstr(text, ": ");
		if (colon && strcspn(text, "<>[](),") > (size_t)(colon - text))
			text = colon + 2;
		ret[n] = rg_type_read(arena, &text);
		text += *text == ',' ? 2 : 0;
	}
	return n;
}

/* ---- JSON Schema ---- */

typedef struct reading {
	pv_arena *arena;
	const pv_val *root;
} reading;

static const rg_type *read_schema(const reading *r, const pv_val *s, int depth);

static const pv_val *
target(const reading *r, const char *ref)
{
	const pv_val *at = r->root;
	pv_str rest = pv_str_of(*ref == '#' ? ref + 1 : ref), one;
	while (at && pv_str_next(&rest, '/', &one))
		if (one.len)
			at = pv_getn(at, one.s, one.len);
	return *ref == '#' ? at : NULL;
}

static const rg_type *
read_members(const reading *r, const pv_val *s, int depth)
{
	const pv_val *properties = pv_get(s, "properties"), *rest = pv_get(s, "additionalProperties");
	uint32_t n = (uint32_t)pv_count(properties);
	bool closed = pv_is(rest, PV_BOOL) && !rest->b;
	const rg_type **args = pv_new_array(r->arena, const rg_type *, n);
	pv_val *keys = pv_new_array(r->arena, pv_val, n);
	for (uint32_t i = 0; i < n; i++) {
		keys[i] = pv_sorted(properties, i)->key;
		args[i] = read_schema(r, &pv_sorted(properties, i)->val, depth + 1);
	}
	if (n > 0 && !rest)
		closed = true; /* as OPA reads it: what is not named is a mistake */
	return rg_type_object(r->arena, keys, args, n, closed ? NULL : &rg_type_any,
			      closed                   ? NULL
			      : pv_is(rest, PV_OBJECT) ? read_schema(r, rest, depth + 1)
						       : &rg_type_any);
}

static const rg_type *
read_named(const reading *r, const pv_val *s, const char *name, int depth)
{
	const pv_val *items = pv_get(s, "items");
	if (pv_streq(name, "object"))
		return read_members(r, s, depth);
	if (pv_streq(name, "array"))
		return rg_type_array(r->arena, NULL, 0,
				     pv_is(items, PV_OBJECT) ? read_schema(r, items, depth + 1)
							     : &rg_type_any);
	for (int k = TYPE_NULL; k <= TYPE_STRING; k++)
		if (pv_streq(names[k], name))
			return k == TYPE_NULL     ? &rg_type_null
			       : k == TYPE_BOOL   ? &rg_type_bool
			       : k == TYPE_NUMBER ? &rg_type_number
						  : &rg_type_string;
	return pv_streq(name, "integer") ? &rg_type_number : &rg_type_any;
}

static const rg_type *
read_schema(const reading *r, const pv_val *s, int depth)
{
	const pv_val *type = pv_get(s, "type"), *some = pv_get(s, "anyOf"), *to;
	const char *ref = pv_text(pv_get(s, "$ref"), NULL);
	const rg_type *all = NULL;
	if (depth > RG_TYPE_DEPTH || !pv_is(s, PV_OBJECT))
		return &rg_type_any;
	if (ref)
		return (to = target(r, ref)) ? read_schema(r, to, depth + 1) : &rg_type_any;
	for (size_t i = 0; i < pv_count(some); i++)
		all = rg_type_or(r->arena, all, read_schema(r, pv_item(some, i), depth + 1));
	if (all)
		return all;
	for (size_t i = 0; pv_is(type, PV_LIST) && i < type->len; i++)
		all = rg_type_or(r->arena, all, read_named(r, s, pv_text(&type->items[i], ""), depth));
	if (all)
		return all;
	if (pv_is(type, PV_STRING))
		return read_named(r, s, type->s, depth);
	return pv_get(s, "properties") ? read_members(r, s, depth) : &rg_type_any;
}

const rg_type *
rg_type_of_schema(pv_arena *arena, const pv_val *root)
{
	reading r = {arena, root};
	return read_schema(&r, root, 0);
}
