#include "core/api/gnostic_wire.h"

#include <string.h>

#include "base/str.h"
#include "lang/json/json.h"

enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2 };

/* ---- the wire ---- */

static size_t
varint(char *out, uint64_t n)
{
	size_t len = 0;

	for (; n > 0x7f; n >>= 7)
		out[len++] = (char)(n | 0x80);
	out[len++] = (char)n;
	return len;
}

static void
put_varint(pv_buf *b, uint64_t n)
{
	char bytes[10];

	pv_buf_add(b, bytes, varint(bytes, n));
}

static void
put_tag(pv_buf *b, unsigned number, enum wire wire)
{
	put_varint(b, (uint64_t)number << 3 | wire);
}

void
gn_text(pv_buf *b, unsigned number, pv_str text)
{
	put_tag(b, number, BYTES);
	put_varint(b, text.len);
	pv_buf_add(b, text.s, text.len);
}

/* A message whose length is known at its end. */
size_t
gn_open(pv_buf *b, unsigned number)
{
	put_tag(b, number, BYTES);
	return b->len;
}

void
gn_close(pv_buf *b, size_t at)
{
	char bytes[10];
	size_t len = b->len - at, width = varint(bytes, len);

	pv_buf_add(b, bytes, width); /* makes the room */
	memmove(b->s + at + width, b->s + at, len);
	memcpy(b->s + at, bytes, width);
}

/* ---- values ---- */

/* Any: what it is stands in its YAML, and JSON is YAML. */
static void
put_any(pv_buf *b, unsigned number, const pv_val *v)
{
	size_t any = gn_open(b, number), text;

	text = gn_open(b, 2);
	pv_json_write(b, v);
	gn_close(b, text);
	gn_close(b, any);
}

void
gn_put_one(pv_buf *b, unsigned number, unsigned within, const gn_message *m, const pv_val *v)
{
	const pv_val *ref = within && m->reference ? pv_get(v, "$ref") : NULL;
	size_t at = gn_open(b, number), inner = within ? gn_open(b, ref ? m->reference : within) : 0;

	if (ref)
		gn_text(b, 1, pv_strv(ref));
	else
		gn_put(b, m, v);
	if (within)
		gn_close(b, inner);
	gn_close(b, at);
}

void
gn_put_entry(pv_buf *b, unsigned number, unsigned within, const char *name, const gn_message *m,
	     const pv_val *v)
{
	size_t entry = gn_open(b, number);

	gn_text(b, 1, pv_str_of(name));
	gn_put_one(b, 2, within, m, v);
	gn_close(b, entry);
}

static void
put_named(pv_buf *b, const gn_field *f, const pv_val *v)
{
	size_t map = gn_open(b, f->number);

	for (size_t i = 0; i < pv_member_count(v); i++)
		gn_put_entry(b, f->entry ? f->entry : 1, f->within, v->members[i].key.s, f->of,
			     &v->members[i].val);
	gn_close(b, map);
}

static void
put_nested(pv_buf *b, unsigned number, const gn_message *m, const pv_val *v)
{
	size_t at = gn_open(b, number);

	gn_put_one(b, 1, 1, m, v);
	gn_close(b, at);
}

/* A schema, or whether there may be any. */
static void
put_additional(pv_buf *b, const gn_field *f, const pv_val *v)
{
	size_t at;

	if (v->type == PV_OBJECT && f->of->reference) {
		put_nested(b, f->number, f->of, v);
	} else if (v->type == PV_OBJECT) {
		gn_put_one(b, f->number, 1, f->of, v);
	} else {
		at = gn_open(b, f->number);
		put_tag(b, 2, VARINT);
		put_varint(b, pv_truth(v, false));
		gn_close(b, at);
	}
}

static void
put_double(pv_buf *b, unsigned number, double value)
{
	put_tag(b, number, FIXED64);
	pv_buf_add(b, &value, sizeof value); /* little endian, as this machine */
}

static void
put_plain(pv_buf *b, unsigned number, const pv_val *v)
{
	size_t at;

	if (v->type != PV_NUMBER && v->type != PV_BOOL && v->type != PV_STRING)
		return;
	at = gn_open(b, number);
	if (v->type == PV_NUMBER) {
		put_double(b, 1, pv_f64(v, 0));
	} else if (v->type == PV_BOOL) {
		put_tag(b, 2, VARINT);
		put_varint(b, pv_truth(v, false));
	} else {
		gn_text(b, 3, pv_strv(v));
	}
	gn_close(b, at);
}

static void
put_field(pv_buf *b, const gn_field *f, const pv_val *v)
{
	size_t at;

	if (v->type == PV_LIST) { /* repeated */
		for (size_t i = 0; i < pv_count(v); i++)
			if (v->items[i].type != PV_LIST)
				put_field(b, f, &v->items[i]);
		return;
	}
	switch (f->shape) {
	case GN_TEXT:
		at = f->within ? gn_open(b, f->number) : 0;
		gn_text(b, f->within ? f->within : f->number, pv_strv(v));
		if (f->within)
			gn_close(b, at);
		break;
	case GN_BOOL:
	case GN_INT:
		put_tag(b, f->number, VARINT);
		put_varint(b, f->shape == GN_BOOL ? pv_truth(v, false) : (uint64_t)pv_i64(v, 0));
		break;
	case GN_DOUBLE: put_double(b, f->number, pv_f64(v, 0)); break;
	case GN_ANY: put_any(b, f->number, v); break;
	case GN_ONE: gn_put_one(b, f->number, f->within, f->of, v); break;
	case GN_NAMED: put_named(b, f, v); break;
	case GN_ADDITIONAL: put_additional(b, f, v); break;
	case GN_NESTED: put_nested(b, f->number, f->of, v); break;
	case GN_PLAIN: break; /* not repeated: gn_put */
	case GN_CUSTOM: f->put(b, f->number, v); break;
	}
}

static void
put_extension(pv_buf *b, unsigned number, const pv_member *m)
{
	size_t at = gn_open(b, number);

	gn_text(b, 1, pv_strv(&m->key));
	put_any(b, 2, &m->val);
	gn_close(b, at);
}

/* As deep as the value, which whoever makes it keeps within a limit (openapi2.c, pv_schema). */
void
gn_put(pv_buf *b, const gn_message *m, const pv_val *v)
{
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const pv_member *member = &v->members[i];
		const char *key = member->key.s;
		const gn_field *f = m->fields;

		while (f->key && !pv_streq(f->key, key))
			f++;
		if (f->key && f->shape == GN_ANY && !pv_streq(key, "enum"))
			put_any(b, f->number, &member->val); /* a list is one default */
		else if (f->key && f->shape == GN_PLAIN)
			put_plain(b, f->number, &member->val);
		else if (f->key)
			put_field(b, f, &member->val);
		else if (m->extension && pv_starts_with(key, "x-"))
			put_extension(b, m->extension, member);
	}
}
