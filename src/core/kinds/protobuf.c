/* Kubernetes' protobuf bodies -> values, by the field numbers of the facts table
 * (apimachinery runtime/serializer/protobuf).  The wire does not say whether a zero was
 * meant: Go writes every field that is not a pointer.  So zeros are left out, but for
 * the fields where JSON can say them too (`meant`). */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/kinds/kinds.h"
#include "core/kinds/proto.h"
#include "lang/json/json.h"

#define MESSAGES 200000 /* in one body: two bytes can make one */

typedef struct reader {
	pv_ctx *cx;
	const uint8_t *at, *end;
	int depth;
	size_t *messages; /* read so far, in the whole body */
} reader;

typedef struct token {          /* one field on the wire */
	uint64_t number, value; /* value: of varints and fixed ones */
	enum pv_wire wire;
	pv_str bytes;
} token;

static int
malformed(reader *r)
{
	return pv_fail(r->cx, PV_EBADREQUEST,
		       "the body of the request is not a Kubernetes protobuf message: %td bytes before "
		       "the end of a field, found no valid one",
		       r->end - r->at);
}

static bool
varint(reader *r, uint64_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
		*ret |= (uint64_t)(*r->at & 0x7f) << shift;
		if (!(*r->at++ & 0x80))
			return true;
	}
	return false;
}

/* 1: a token; 0: the end; -PV_EBADREQUEST. */
static int
next(reader *r, token *ret)
{
	uint64_t tag;
	size_t width;

	if (r->at == r->end)
		return 0;
	if (!varint(r, &tag) || tag >> 3 == 0) /* no field has the number 0 */
		return malformed(r);
	*ret = (token){.number = tag >> 3, .wire = (enum pv_wire)(tag & 7)};
	if (ret->wire == PV_VARINT)
		return varint(r, &ret->value) ? 1 : malformed(r);
	if (ret->wire == PV_BYTES) {
		if (!varint(r, &ret->value) || ret->value > (uint64_t)(r->end - r->at))
			return malformed(r);
		ret->bytes = (pv_str){(const char *)r->at, (size_t)ret->value};
		r->at += ret->value;
		return 1;
	}
	width = ret->wire == PV_FIXED64 ? 8 : ret->wire == PV_FIXED32 ? 4 : 0;
	if (!width || (size_t)(r->end - r->at) < width)
		return malformed(r);
	memcpy(&ret->value, r->at, width); /* little endian, as this machine */
	r->at += width;
	return 1;
}

static reader
inside(const reader *r, pv_str bytes)
{
	if (!bytes.s)
		bytes = PV_STR(""); /* a field of another wire type */
	return (reader){r->cx, (const uint8_t *)bytes.s, (const uint8_t *)bytes.s + bytes.len, r->depth + 1,
			r->messages};
}

/* The field of a small message; false if it is not there. */
static bool
find(const reader *r, pv_str bytes, uint64_t number, token *ret)
{
	reader in = inside(r, bytes);
	int got;

	while ((got = next(&in, ret)) > 0)
		if (ret->number == number)
			return true;
	if (got < 0)
		(void)pv_recover(r->cx);
	return false;
}

/* ---- values of one field ---- */

static int message(reader *r, const pv_schema *schema, pv_val *ret);

static int
text(reader *r, const pv_schema *schema, pv_str bytes, pv_val *ret)
{
	if (schema->format && strcmp(schema->format, "byte") == 0) {
		*ret = pv_string_ref(pv_base64(r->cx->arena, bytes.s, bytes.len, false));
		return 0;
	}
	if (!pv_utf8_valid(bytes.s, bytes.len, NULL))
		return pv_fail(r->cx, PV_EBADREQUEST,
			       "the body of the request has a string that is not UTF-8");
	*ret = pv_stringn(r->cx->arena, bytes.s, bytes.len);
	return 0;
}

bool
pv_proto_has_year(int64_t seconds)
{
	return seconds >= pv_days_of(0, 1, 1) * 86400 && seconds < pv_days_of(10000, 1, 1) * 86400;
}

/* {1 seconds, 2 nanos}; an empty message is no time at all. */
static int
instant(reader *r, pv_str bytes, pv_val *ret)
{
	token seconds = {0}, nanos = {0};
	int64_t at;

	if (!bytes.len) {
		*ret = pv_null();
		return 0;
	}
	if (!find(r, bytes, 1, &seconds))
		seconds.value = 0;
	if (!find(r, bytes, 2, &nanos))
		nanos.value = 0;
	at = (int64_t)seconds.value;
	if (nanos.value >= (uint64_t)PV_SEC || !pv_proto_has_year(at))
		return pv_fail(
			r->cx, PV_EBADREQUEST,
			"the body of the request has a time that is not of the years 0 to 9999: %lld seconds "
			"since 1970 and %llu nanoseconds",
			(long long)at, (unsigned long long)nanos.value);
	*ret = pv_string_ref(
		pv_time_format_parts(r->cx->arena, at, (int64_t)nanos.value, nanos.value >= 1000));
	return 0;
}

static int
int_or_string(reader *r, pv_str bytes, pv_val *ret)
{
	token type, part;

	if (find(r, bytes, 1, &type) && type.value == 1) {
		if (!find(r, bytes, 3, &part))
			part.bytes = PV_STR("");
		*ret = pv_stringn(r->cx->arena, part.bytes.s, part.bytes.len);
		return 0;
	}
	*ret = pv_int(find(r, bytes, 2, &part) ? (int32_t)part.value : 0);
	return 0;
}

/* Text or JSON in field 1: quantities, RawExtension, FieldsV1. */
static int
wrapped(reader *r, const pv_schema *schema, pv_str bytes, pv_val *ret)
{
	const pv_val *parsed;
	token inner;

	if (!find(r, bytes, 1, &inner))
		inner.bytes = (pv_str){"", 0};
	if (schema->flags & PV_S_QUANTITY) {
		*ret = pv_stringn(r->cx->arena, inner.bytes.s, inner.bytes.len);
		return 0;
	}
	if (inner.bytes.len == 0) {
		*ret = pv_null();
		return 0;
	}
	if (pv_json_parse(r->cx, inner.bytes, NULL, &parsed) < 0)
		return pv_wrap(r->cx, -PV_EBADREQUEST, "embedded JSON");
	*ret = *parsed;
	return 0;
}

static int
value(reader *r, const pv_schema *schema, const token *t, pv_val *ret)
{
	double number;
	reader in;

	if (t->wire != pv_proto_wire(schema))
		return malformed(r);
	if (t->wire == PV_VARINT) {
		*ret = schema->type == PV_T_BOOLEAN ? pv_bool(t->value != 0) : pv_int((int64_t)t->value);
		return 0;
	}
	if (t->wire == PV_FIXED64) {
		memcpy(&number, &t->value, sizeof number);
		*ret = pv_double(number - number == 0 ? number : 0); /* JSON has no NaN */
		return 0;
	}
	if (schema->flags & PV_S_INT_OR_STRING)
		return int_or_string(r, t->bytes, ret);
	if ((schema->flags & PV_S_QUANTITY) || ((schema->flags & PV_S_PRESERVE) && !schema->n_props))
		return wrapped(r, schema, t->bytes, ret);
	if (schema->format && strcmp(schema->format, "date-time") == 0)
		return instant(r, t->bytes, ret);
	if (schema->type == PV_T_STRING)
		return text(r, schema, t->bytes, ret);
	in = inside(r, t->bytes);
	return message(&in, schema, ret);
}

/* ---- messages ---- */

typedef struct slot { /* what has been read of a field */
	pv_listb list;
	pv_objb map;
	pv_val one;
} slot;

/* A schema, or one of what stands beside it in the union. */
static int
one_union(reader *r, const pv_schema *schema, enum pv_union is, const token *t, pv_val *ret)
{
	unsigned schema_at = is == PV_UNION_BOOL ? 2 : 1;
	static const pv_schema name = {.type = PV_T_STRING};
	reader in = inside(r, t->bytes);
	pv_listb list;
	token part;
	int got;

	*ret = pv_bool(false);
	pv_listb_init(&list, r->cx->arena);
	while ((got = next(&in, &part)) > 0) {
		pv_val v;

		if (part.wire == PV_VARINT) {
			*ret = pv_bool(part.value != 0);
			continue;
		}
		got = value(&in, is == PV_UNION_STRINGS && part.number == 2 ? &name : schema, &part, &v);
		if (got < 0)
			return got;
		if (part.number == schema_at) {
			*ret = v;
			return 0;
		}
		pv_listb_add(&list, v);
	}
	if (is != PV_UNION_BOOL)
		*ret = pv_listb_end(&list);
	return got;
}

/* A list of strings as a map's value is a message of its own (ExtraValue). */
static int
map_value(reader *r, const pv_schema *schema, const token *t, pv_val *ret)
{
	reader in = inside(r, t->bytes);
	pv_listb list;
	token item;
	pv_val v;
	int got;

	if (schema->type != PV_T_LIST)
		return value(r, schema, t, ret);
	pv_listb_init(&list, r->cx->arena);
	while ((got = next(&in, &item)) > 0) {
		got = value(&in, schema->items, &item, &v);
		if (got < 0)
			return got;
		pv_listb_add(&list, v);
	}
	*ret = pv_listb_end(&list);
	return got;
}

static int
map_entry(reader *r, const pv_schema *owner, const pv_schema *schema, enum pv_union is, const token *t,
	  slot *s)
{
	token key, item;
	pv_val v = pv_string_ref("");
	int got = 0;

	if (t->wire != PV_BYTES)
		return malformed(r);
	if (!find(r, t->bytes, 1, &key))
		key.bytes = PV_STR("");
	if (find(r, t->bytes, 2, &item))
		got = is ? one_union(r, owner, is, &item, &v) : map_value(r, schema->rest, &item, &v);
	if (got == 0)
		pv_objb_putv(&s->map, pv_stringn(r->cx->arena, key.bytes.s, key.bytes.len), v);
	return got;
}

static int
list_items(reader *r, const pv_schema *items, const token *t, slot *s)
{
	reader in;
	token one = {.wire = PV_VARINT};
	pv_val v;
	int got;

	if (t->wire != PV_BYTES || items->type != PV_T_INTEGER) {
		got = value(r, items, t, &v);
		if (got == 0)
			pv_listb_add(&s->list, v);
		return got;
	}
	in = inside(r, t->bytes); /* packed */
	while (in.at < in.end) {
		if (!varint(&in, &one.value))
			return malformed(&in);
		pv_listb_add(&s->list, pv_int((int64_t)one.value));
	}
	return 0;
}

static int
take(reader *r, const pv_schema *schema, const pv_prop *prop, const token *t, slot **at)
{
	enum pv_union is = pv_proto_union(schema, prop->name);
	slot *s = *at;

	if (!s) {
		*at = s = pv_new(r->cx->arena, slot);
		pv_listb_init(&s->list, r->cx->arena);
		pv_objb_init(&s->map, r->cx->arena);
	}
	if (prop->schema->type == PV_T_LIST)
		return list_items(r, prop->schema->items, t, s);
	if (prop->schema->type == PV_T_OBJECT && prop->schema->rest && !prop->schema->n_props)
		return map_entry(r, schema, prop->schema, is, t, s);
	return is ? one_union(r, schema, is, t, &s->one) : value(r, prop->schema, t, &s->one);
}

typedef struct place { /* the inlined messages that are being read, outermost first */
	uint16_t number[PV_LEN(((pv_prop *)NULL)->number)];
	size_t n;
} place;

enum match { ELSEWHERE, HERE, DEEPER };

/* Is this property the field of the place, or in a message inlined there? */
static enum match
match(const pv_prop *prop, const place *at, uint64_t number)
{
	if (at->n == PV_LEN(at->number) ||
	    memcmp(prop->number, at->number, at->n * sizeof at->number[0]) != 0 ||
	    prop->number[at->n] != number)
		return ELSEWHERE;
	return at->n + 1 < PV_LEN(at->number) && prop->number[at->n + 1] ? DEEPER : HERE;
}

static int
fields(reader *r, const pv_schema *schema, const place *at, slot **slots)
{
	token t = {0};
	int got;

	if (r->depth > PV_PROTO_DEPTH)
		return pv_fail(r->cx, PV_EBADREQUEST,
			       "the body of the request is nested deeper than the limit of %d messages",
			       PV_PROTO_DEPTH);
	while ((got = next(r, &t)) > 0) {
		for (uint32_t i = 0; i < schema->n_props; i++) {
			const pv_prop *prop = &schema->props[i];
			enum match is = match(prop, at, t.number);

			if (is == HERE)
				got = take(r, schema, prop, &t, &slots[i]);
			if (is == DEEPER && t.wire == PV_BYTES) {
				reader in = inside(r, t.bytes);
				place deeper = *at;

				deeper.number[deeper.n++] = prop->number[at->n];
				got = fields(&in, schema, &deeper, slots);
			}
			if (is != ELSEWHERE)
				break;
		}
		if (got < 0)
			return got;
	}
	return got;
}

static bool
is_worth_saying(const pv_prop *prop, const pv_val *v)
{
	if (prop->flags & PV_P_POINTER)
		return v->type != PV_NULL;
	switch (v->type) {
	case PV_NULL: return false;
	case PV_STRING: return v->len > 0;
	case PV_BOOL: return v->b || prop->flags & PV_P_REQUIRED;
	case PV_NUMBER: return pv_f64(v, 1) < 0 || pv_f64(v, 1) > 0 || prop->flags & PV_P_REQUIRED;
	default: return true;
	}
}

static int
message(reader *r, const pv_schema *schema, pv_val *ret)
{
	slot **slots = pv_new_array(r->cx->arena, slot *, schema->n_props + 1);
	pv_objb b;
	int got;

	if (++*r->messages > MESSAGES)
		return pv_fail(r->cx, PV_EBADREQUEST,
			       "the body of the request has more than the limit of %d messages", MESSAGES);
	got = fields(r, schema, &(place){.n = 0}, slots);

	pv_objb_init(&b, r->cx->arena);
	for (uint32_t i = 0; got == 0 && i < schema->n_props; i++) {
		const pv_prop *prop = &schema->props[i];
		slot *s = slots[i];
		pv_val v;

		if (!s)
			continue;
		v = s->list.len ? pv_listb_end(&s->list) : s->map.len ? pv_objb_end(&s->map) : s->one;
		if (is_worth_saying(prop, &v) || (v.type == PV_BOOL && pv_proto_union(schema, prop->name)))
			pv_objb_put(&b, prop->name, v);
	}
	*ret = pv_objb_end(&b);
	return got;
}

int
pv_protobuf_envelope(pv_ctx *cx, pv_str body, pv_protobuf *ret)
{
	size_t messages = 0;
	reader r = {cx, (const uint8_t *)body.s + 4, (const uint8_t *)body.s + body.len, 0, &messages};
	token t, part;
	int got;

	*ret = (pv_protobuf){.api_version = "", .kind = "", .raw = {"", 0}};
	if (body.len < 4 || memcmp(body.s, "k8s", 4) != 0)
		return pv_fail(
			cx, PV_EBADREQUEST,
			"the body of the request is not Kubernetes protobuf: expected it to begin with k8s");
	while ((got = next(&r, &t)) > 0) {
		if (t.number == 2 && t.wire == PV_BYTES)
			ret->raw = t.bytes;
		if (t.number != 1 || t.wire != PV_BYTES)
			continue;
		if (find(&r, t.bytes, 1, &part))
			ret->api_version = pv_strndup(cx->arena, part.bytes.s, part.bytes.len);
		if (find(&r, t.bytes, 2, &part))
			ret->kind = pv_strndup(cx->arena, part.bytes.s, part.bytes.len);
	}
	return got;
}

int
pv_protobuf_parse(pv_ctx *cx, const pv_protobuf *from, const pv_schema *schema, const pv_val **ret)
{
	size_t messages = 0;
	reader r = {cx, (const uint8_t *)from->raw.s, (const uint8_t *)from->raw.s + from->raw.len, 0,
		    &messages};
	pv_objb b;
	pv_val v;
	int got = message(&r, schema, &v);

	if (got < 0)
		return got;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "apiVersion", pv_string_ref(from->api_version));
	pv_objb_put(&b, "kind", pv_string_ref(from->kind));
	for (size_t i = 0; i < pv_member_count(&v); i++)
		pv_objb_putv(&b, v.members[i].key, v.members[i].val);
	*ret = pv_box(cx->arena, pv_objb_end(&b));
	return 0;
}
