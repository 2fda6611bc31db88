/* Values -> Kubernetes' protobuf, by the field numbers of the facts table.  A field is
 * written if the object has it, a zero included: for Go, an absent field that is no pointer
 * is its zero, and one that is a pointer is absent. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/kinds/kinds.h"
#include "core/kinds/proto.h"
#include "lang/json/json.h"

typedef struct writer {
	pv_ctx *cx;
	pv_buf *out;
	int depth;
	bool whole; /* zeros too, where Go writes them */
} writer;

/* ---- the wire ---- */

static void
varint(pv_buf *out, uint64_t n)
{
	for (; n > 0x7f; n >>= 7)
		pv_buf_addc(out, (char)(n | 0x80));
	pv_buf_addc(out, (char)n);
}

static void
tag(pv_buf *out, unsigned number, enum pv_wire wire)
{
	varint(out, (uint64_t)number << 3 | wire);
}

static void
number(pv_buf *out, unsigned field, int64_t n)
{
	tag(out, field, PV_VARINT);
	varint(out, (uint64_t)n);
}

static void
bytes(pv_buf *out, unsigned field, const char *s, size_t len)
{
	tag(out, field, PV_BYTES);
	varint(out, len);
	pv_buf_add(out, s, len);
}

/* Room before what was written since `start`, for `room` bytes. */
static char *
before(pv_buf *out, size_t start, size_t room)
{
	size_t len = out->len - start;

	pv_buf_grow(out, room);
	memmove(out->s + start + room, out->s + start, len);
	out->len += room;
	out->s[out->len] = '\0';
	return out->s + start;
}

/* The length of a message goes before it when it is known. */
static void
close_message(pv_buf *out, size_t start)
{
	size_t len = out->len - start, room = 1;
	char *at;

	for (size_t n = len; n > 0x7f; n >>= 7)
		room++;
	at = before(out, start, room);
	for (; len > 0x7f; len >>= 7)
		*at++ = (char)(len | 0x80);
	*at = (char)len;
}

/* ---- values of one field, without their tag ---- */

static int message(writer *w, const pv_schema *schema, const pv_val *v);

static int
unfit(writer *w, const char *expected, const pv_val *found)
{
	return pv_fail(w->cx, PV_EINTERNAL,
		       "the object has no protobuf form: expected %s, found %s: ask for application/json",
		       expected, pv_type_name(found));
}

static int
instant(writer *w, const pv_val *v)
{
	int64_t seconds, nanos;
	size_t start = w->out->len;

	if (!pv_time_parse_parts(pv_strv(v), &seconds, &nanos))
		return unfit(w, "a time", v);
	number(w->out, 1, seconds);
	number(w->out, 2, nanos);
	close_message(w->out, start);
	return 0;
}

/* {1 type, 2 number, 3 text}, all three always, as Go writes them */
static int
int_or_string(writer *w, const pv_val *v)
{
	bool text = v->type == PV_STRING;
	pv_str s = text ? pv_strv(v) : PV_STR("");
	size_t start = w->out->len;

	number(w->out, 1, text);
	number(w->out, 2, text ? 0 : pv_i64(v, 0));
	bytes(w->out, 3, s.s, s.len);
	close_message(w->out, start);
	return 0;
}

/* Quantities are text in field 1, RawExtension, FieldsV1 and JSON are JSON there. */
static void
wrapped(writer *w, const pv_schema *schema, const pv_val *v)
{
	size_t start = w->out->len;
	pv_buf json;

	if ((schema->flags & PV_S_QUANTITY) && v->type == PV_STRING) {
		bytes(w->out, 1, v->s, v->len);
	} else {
		pv_buf_init(&json, w->cx->arena);
		pv_json_write(&json, v);
		bytes(w->out, 1, json.s, json.len);
	}
	close_message(w->out, start);
}

static int
text(writer *w, const pv_schema *schema, const pv_val *v)
{
	pv_str s = pv_strv(v);
	size_t len = s.len;
	const char *from = s.s;

	if (v->type != PV_STRING)
		return unfit(w, "a string", v);
	if (schema->format && strcmp(schema->format, "byte") == 0) {
		from = (const char *)pv_unbase64(w->cx->arena, s, false, &len);
		if (!from)
			return unfit(w, "base64", v);
	}
	varint(w->out, len);
	pv_buf_add(w->out, from, len);
	return 0;
}

static int
value(writer *w, const pv_schema *schema, const pv_val *v)
{
	double d;

	if (v->type == PV_NULL &&
	    pv_proto_wire(schema) == PV_BYTES) { /* of a list or a map, and a time: their zero */
		varint(w->out, 0);
		return 0;
	}
	switch (schema->type) {
	case PV_T_BOOLEAN:
		varint(w->out, pv_truth(v, false));
		return v->type == PV_BOOL ? 0 : unfit(w, "a boolean", v);
	case PV_T_INTEGER:
		varint(w->out, (uint64_t)pv_i64(v, (int64_t)pv_f64(v, 0)));
		return v->type == PV_NUMBER ? 0 : unfit(w, "a number", v);
	case PV_T_NUMBER:
		d = pv_f64(v, 0);
		pv_buf_add(w->out, &d, sizeof d); /* little endian, as this machine */
		return v->type == PV_NUMBER ? 0 : unfit(w, "a number", v);
	case PV_T_STRING:
		if (schema->format && strcmp(schema->format, "date-time") == 0)
			return instant(w, v);
		return text(w, schema, v);
	}
	if (schema->flags & PV_S_INT_OR_STRING)
		return int_or_string(w, v);
	if ((schema->flags & PV_S_QUANTITY) || ((schema->flags & PV_S_PRESERVE) && !schema->n_props)) {
		wrapped(w, schema, v);
		return 0;
	}
	return v->type == PV_OBJECT ? message(w, schema, v) : unfit(w, "an object", v);
}

static int
list(writer *w, const pv_schema *items, unsigned field, const pv_val *v)
{
	int r = v->type == PV_LIST ? 0 : unfit(w, "an array", v);

	for (uint32_t i = 0; r == 0 && i < pv_count(v); i++) {
		tag(w->out, field, pv_proto_wire(items));
		r = value(w, items, &v->items[i]);
	}
	return r;
}

/* ---- the unions of a CRD's schema ---- */

static int
one_union(writer *w, const pv_schema *schema, enum pv_union is, const pv_val *v)
{
	static const pv_schema name = {.type = PV_T_STRING};
	size_t start = w->out->len;
	int r = 0;

	if (is == PV_UNION_BOOL && v->type == PV_BOOL) {
		number(w->out, 1, v->b);
	} else if (v->type == PV_LIST) {
		r = list(w, is == PV_UNION_STRINGS ? &name : schema, 2, v);
	} else {
		if (is == PV_UNION_BOOL)
			number(w->out, 1, 1); /* a schema allows */
		tag(w->out, is == PV_UNION_BOOL ? 2 : 1, PV_BYTES);
		r = value(w, schema, v);
	}
	close_message(w->out, start);
	return r;
}

/* ---- messages ---- */

typedef struct entry {
	const pv_prop *prop;
	const pv_val *v; /* NULL: nothing, but the message that it is inlined in is written */
} entry;

/* A value that is a list is a message of its own there (ExtraValue). */
static int
map_value(writer *w, const pv_schema *schema, enum pv_union is, const pv_schema *items, const pv_val *v)
{
	size_t start;
	int r;

	tag(w->out, 2, is || items->type == PV_T_LIST ? PV_BYTES : pv_proto_wire(items));
	if (is)
		return one_union(w, schema, is, v);
	if (items->type != PV_T_LIST)
		return value(w, items, v);
	start = w->out->len;
	r = list(w, items->items, 1, v);
	close_message(w->out, start);
	return r;
}

static int
map(writer *w, const pv_schema *schema, const pv_prop *prop, unsigned field, const pv_val *v)
{
	enum pv_union is = pv_proto_union(schema, prop->name);
	int r = v->type == PV_OBJECT ? 0 : unfit(w, "an object", v);

	for (size_t i = 0; r == 0 && i < pv_count(v); i++) {
		const pv_member *m = pv_sorted(v, i);
		size_t start;

		tag(w->out, field, PV_BYTES);
		start = w->out->len;
		bytes(w->out, 1, m->key.s, m->key.len);
		r = map_value(w, schema, is, prop->schema->rest, &m->val);
		close_message(w->out, start);
	}
	return r;
}

static int
field(writer *w, const pv_schema *schema, const entry *e, unsigned number)
{
	const pv_schema *type = e->prop->schema;
	enum pv_union is = pv_proto_union(schema, e->prop->name);

	if (type->type == PV_T_LIST)
		return list(w, type->items, number, e->v);
	if (type->type == PV_T_OBJECT && type->rest && !type->n_props)
		return map(w, schema, e->prop, number, e->v);
	tag(w->out, number, is ? PV_BYTES : pv_proto_wire(type));
	return is ? one_union(w, schema, is, e->v) : value(w, type, e->v);
}

static int
by_number(const void *a, const void *b)
{
	const pv_prop *x = ((const entry *)a)->prop, *y = ((const entry *)b)->prop;

	for (size_t i = 0; i < PV_LEN(x->number); i++)
		if (x->number[i] != y->number[i])
			return x->number[i] < y->number[i] ? -1 : 1;
	return 0;
}

/* The entries of one message, those of messages inlined in it together; level: how deep
 * in them. */
static int
fields(writer *w, const pv_schema *schema, const entry *e, size_t n, size_t level)
{
	int r = 0;

	for (size_t i = 0, end; r == 0 && i < n; i = end) {
		unsigned number = e[i].prop->number[level];
		size_t start;

		end = i + 1;
		if (level + 1 == PV_LEN(e->prop->number) || !e[i].prop->number[level + 1]) {
			r = e[i].v ? field(w, schema, &e[i], number) : 0;
			continue;
		}
		while (end < n && e[end].prop->number[level] == number)
			end++;
		tag(w->out, number, PV_BYTES);
		start = w->out->len;
		r = fields(w, schema, e + i, end - i, level + 1);
		close_message(w->out, start);
	}
	return r;
}

/* What Go writes of a field that is no pointer and was never set; false: nothing. */
static bool
zero_of(writer *w, const pv_prop *prop, pv_val *ret)
{
	const pv_schema *s = prop->schema;

	if (prop->flags & PV_P_POINTER || s->type == PV_T_LIST || (s->rest && !s->n_props) ||
	    (s->format && strcmp(s->format, "byte") == 0))
		return false;
	*ret = pv_null(); /* an empty message */
	if (s->flags & PV_S_QUANTITY)
		*ret = pv_string_ref("0");
	else if (s->flags & PV_S_INT_OR_STRING || s->type == PV_T_INTEGER)
		*ret = pv_int(0);
	else if (s->type == PV_T_NUMBER)
		*ret = pv_double(0);
	else if (s->type == PV_T_BOOLEAN)
		*ret = pv_bool(false);
	else if (s->type == PV_T_STRING && !s->format)
		*ret = pv_string_ref("");
	else if (s->n_props)
		*ret = pv_object_of(w->cx->arena, NULL, 0, NULL, NULL);
	return true;
}

static void
add_zeros(writer *w, const pv_schema *schema, const pv_val *v, pv_vec *entries)
{
	for (uint32_t i = 0; i < schema->n_props; i++) {
		const pv_prop *prop = &schema->props[i];
		const pv_val *had = pv_get(v, prop->name);
		pv_val zero;
		entry e = {prop, NULL};

		if (!prop->number[0] || (had && had->type != PV_NULL))
			continue;
		if (zero_of(w, prop, &zero))
			e.v = pv_box(w->cx->arena, zero);
		if (e.v || prop->number[1])
			pv_vec_push(entries, &e);
	}
}

static int
body(writer *w, const pv_schema *schema, const pv_val *v)
{
	pv_vec entries;

	pv_vec_init(&entries, w->cx->arena, sizeof(entry));
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const pv_member *m = &v->members[i];
		entry e = {pv_schema_prop(schema, m->key.s, m->key.len), &m->val};

		if (e.prop && e.prop->number[0] && e.v->type != PV_NULL)
			pv_vec_push(&entries, &e);
	}
	if (w->whole)
		add_zeros(w, schema, v, &entries);
	pv_vec_sort(&entries, by_number);
	return fields(w, schema, entries.data, entries.len, 0);
}

static int
message(writer *w, const pv_schema *schema, const pv_val *v)
{
	size_t start = w->out->len;
	int r;

	if (w->depth == PV_PROTO_DEPTH)
		return pv_fail(
			w->cx, PV_EINTERNAL,
			"the object is nested deeper than the limit of %d messages: ask for application/json",
			PV_PROTO_DEPTH);
	w->depth++;
	r = body(w, schema, v);
	w->depth--;
	close_message(w->out, start);
	return r;
}

/* ---- what stands around them ---- */

size_t
pv_protobuf_open(pv_buf *out, const char *api_version, const char *kind)
{
	size_t start, type;

	pv_buf_add(out, "k8s", 4); /* its NUL too */
	tag(out, 1, PV_BYTES);
	type = out->len;
	bytes(out, 1, api_version, strlen(api_version));
	bytes(out, 2, kind, strlen(kind));
	close_message(out, type);
	tag(out, 2, PV_BYTES);
	start = out->len;
	return start;
}

void
pv_protobuf_close(pv_buf *out, size_t start)
{
	close_message(out, start);
	bytes(out, 3, "", 0); /* contentEncoding and contentType */
	bytes(out, 4, "", 0);
}

int
pv_protobuf_write(pv_ctx *cx, const pv_schema *schema, const pv_val *object, bool whole, pv_buf *out)
{
	writer w = {cx, out, 0, whole};
	size_t start =
		pv_protobuf_open(out, pv_text_at(object, "apiVersion", ""), pv_text_at(object, "kind", ""));
	int r = body(&w, schema, object);

	pv_protobuf_close(out, start);
	return r;
}

int
pv_protobuf_field(pv_ctx *cx, const pv_schema *schema, unsigned number, const pv_val *object, pv_buf *out)
{
	writer w = {cx, out, 0, false};

	tag(out, number, PV_BYTES);
	return message(&w, schema, object);
}

void
pv_protobuf_event(const char *type, pv_str object, pv_buf *out)
{
	size_t start = out->len, inner;
	uint32_t len;
	char *at;

	bytes(out, 1, type, strlen(type));
	tag(out, 2, PV_BYTES);
	inner = out->len;
	bytes(out, 1, object.s, object.len); /* a RawExtension */
	close_message(out, inner);
	len = (uint32_t)(out->len - start);
	at = before(out, start, sizeof len);
	for (int i = 0; i < 4; i++)
		at[i] = (char)(len >> (24 - 8 * i));
}
