/* types_text: types as OPA's errors show them, and back. */
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
