/* Values as messages, by one table for each message: what is not in the table is not
 * written, and keys that begin with x- are vendor extensions. */
#include <string.h>

#include "base/str.h"
#include "core/api/gnostic.h"
#include "lang/json/json.h"

enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2 };
enum shape { TEXT, BOOL, INT, DOUBLE, ANY, ONE, NAMED, ADDITIONAL, PARAMETER };

typedef struct message message;
typedef struct field {
	const char *key;
	unsigned number;
	enum shape shape;
	const message *of; /* ONE, NAMED */
	unsigned within;   /* the field of a message around it, 0: none */
} field;
struct message {
	const field *fields;
	unsigned extension; /* number of vendor_extension, 0: none */
};

static const message schema;

static const field info_fields[] = {{"title", 1, TEXT, NULL, 0}, {"version", 2, TEXT, NULL, 0}, {0}};
static const message info = {info_fields, 0};

static const field document_fields[] = {{"swagger", 1, TEXT, NULL, 0}, {"info", 2, ONE, &info, 0}, {0}};
static const message document = {document_fields, 0};

static const field schema_fields[] = {
	{"$ref", 1, TEXT, NULL, 0},
	{"format", 2, TEXT, NULL, 0},
	{"title", 3, TEXT, NULL, 0},
	{"description", 4, TEXT, NULL, 0},
	{"default", 5, ANY, NULL, 0},
	{"multipleOf", 6, DOUBLE, NULL, 0},
	{"maximum", 7, DOUBLE, NULL, 0},
	{"exclusiveMaximum", 8, BOOL, NULL, 0},
	{"minimum", 9, DOUBLE, NULL, 0},
	{"exclusiveMinimum", 10, BOOL, NULL, 0},
	{"maxLength", 11, INT, NULL, 0},
	{"minLength", 12, INT, NULL, 0},
	{"pattern", 13, TEXT, NULL, 0},
	{"maxItems", 14, INT, NULL, 0},
	{"minItems", 15, INT, NULL, 0},
	{"uniqueItems", 16, BOOL, NULL, 0},
	{"maxProperties", 17, INT, NULL, 0},
	{"minProperties", 18, INT, NULL, 0},
	{"required", 19, TEXT, NULL, 0},
	{"enum", 20, ANY, NULL, 0},
	{"additionalProperties", 21, ADDITIONAL, NULL, 0},
	{"type", 22, TEXT, NULL, 1},
	{"items", 23, ONE, &schema, 1},
	{"properties", 25, NAMED, &schema, 0},
	{0},
};
static const message schema = {schema_fields, 31};

static const field response_fields[] = {
	{"description", 1, TEXT, NULL, 0},
	{"schema", 2, ONE, &schema, 1},
	{0},
};
static const message response = {response_fields, 0};

static const field operation_fields[] = {
	{"produces", 6, TEXT, NULL, 0},
	{"consumes", 7, TEXT, NULL, 0},
	{"parameters", 8, PARAMETER, NULL, 0},
	{"responses", 9, NAMED, &response, 1},
	{0},
};
static const message operation = {operation_fields, 13};

static const field path_fields[] = {
	{"get", 2, ONE, &operation, 0},
	{"put", 3, ONE, &operation, 0},
	{"post", 4, ONE, &operation, 0},
	{"delete", 5, ONE, &operation, 0},
	{"patch", 8, ONE, &operation, 0},
	{"parameters", 9, PARAMETER, NULL, 0},
	{0},
};
static const message path_item = {path_fields, 0};

static const field body_fields[] = {
	{"name", 2, TEXT, NULL, 0},
	{"in", 3, TEXT, NULL, 0},
	{"required", 4, BOOL, NULL, 0},
	{"schema", 5, ONE, &schema, 0},
	{0},
};
static const message body_parameter = {body_fields, 0};

static const field query_fields[] = {
	{"required", 1, BOOL, NULL, 0}, {"in", 2, TEXT, NULL, 0},           {"name", 4, TEXT, NULL, 0},
	{"type", 6, TEXT, NULL, 0},     {"uniqueItems", 20, BOOL, NULL, 0}, {0},
};
static const message query_parameter = {query_fields, 0};

static const field path_parameter_fields[] = {
	{"required", 1, BOOL, NULL, 0}, {"in", 2, TEXT, NULL, 0},           {"name", 4, TEXT, NULL, 0},
	{"type", 5, TEXT, NULL, 0},     {"uniqueItems", 19, BOOL, NULL, 0}, {0},
};
static const message path_parameter = {path_parameter_fields, 0};

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

static void
put_text(pv_buf *b, unsigned number, pv_str text)
{
	put_tag(b, number, BYTES);
	put_varint(b, text.len);
	pv_buf_add(b, text.s, text.len);
}

/* A message whose length is known at its end. */
static size_t
message_open(pv_buf *b, unsigned number)
{
	put_tag(b, number, BYTES);
	return b->len;
}

static void
message_close(pv_buf *b, size_t at)
{
	char bytes[10];
	size_t len = b->len - at, width = varint(bytes, len);

	pv_buf_add(b, bytes, width); /* makes the room */
	memmove(b->s + at + width, b->s + at, len);
	memcpy(b->s + at, bytes, width);
}

/* ---- values ---- */

static void put_message(pv_buf *b, const message *m, const pv_val *v);

/* Any: what it is stands in its YAML, and JSON is YAML. */
static void
put_any(pv_buf *b, unsigned number, const pv_val *v)
{
	size_t any = message_open(b, number), text;

	text = message_open(b, 2);
	pv_json_write(b, v);
	message_close(b, text);
	message_close(b, any);
}

static void
put_one(pv_buf *b, unsigned number, unsigned within, const message *m, const pv_val *v)
{
	size_t at = message_open(b, number), inner = within ? message_open(b, within) : 0;

	put_message(b, m, v);
	if (within)
		message_close(b, inner);
	message_close(b, at);
}

static void
put_named(pv_buf *b, const field *f, const pv_val *v)
{
	size_t map = message_open(b, f->number);

	for (size_t i = 0; i < pv_count(v); i++) {
		size_t entry = message_open(b, 1);

		put_text(b, 1, pv_strv(&v->members[i].key));
		put_one(b, 2, f->within, f->of, &v->members[i].val);
		message_close(b, entry);
	}
	message_close(b, map);
}

/* A schema, or whether there may be any. */
static void
put_additional(pv_buf *b, unsigned number, const pv_val *v)
{
	size_t at;

	if (v->type == PV_OBJECT) {
		put_one(b, number, 1, &schema, v);
		return;
	}
	at = message_open(b, number);
	put_tag(b, 2, VARINT);
	put_varint(b, pv_truth(v, false));
	message_close(b, at);
}

/* ParametersItem { Parameter { BodyParameter | NonBodyParameter { query | path } } } */
static void
put_parameter(pv_buf *b, unsigned number, const pv_val *v)
{
	const char *in = pv_text(pv_get(v, "in"), "");
	size_t item = message_open(b, number), parameter = message_open(b, 1), other;

	if (pv_streq(in, "body")) {
		put_one(b, 1, 0, &body_parameter, v);
	} else {
		other = message_open(b, 2);
		if (pv_streq(in, "path"))
			put_one(b, 4, 0, &path_parameter, v);
		else
			put_one(b, 3, 0, &query_parameter, v);
		message_close(b, other);
	}
	message_close(b, parameter);
	message_close(b, item);
}

static void
put_double(pv_buf *b, unsigned number, double value)
{
	put_tag(b, number, FIXED64);
	pv_buf_add(b, &value, sizeof value); /* little endian, as this machine */
}

static void
put_field(pv_buf *b, const field *f, const pv_val *v)
{
	size_t at;

	if (v->type == PV_LIST) { /* repeated */
		for (size_t i = 0; i < pv_count(v); i++)
			if (v->items[i].type != PV_LIST)
				put_field(b, f, &v->items[i]);
		return;
	}
	switch (f->shape) {
	case TEXT:
		at = f->within ? message_open(b, f->number) : 0;
		put_text(b, f->within ? f->within : f->number, pv_strv(v));
		if (f->within)
			message_close(b, at);
		break;
	case BOOL:
	case INT:
		put_tag(b, f->number, VARINT);
		put_varint(b, f->shape == BOOL ? pv_truth(v, false) : (uint64_t)pv_i64(v, 0));
		break;
	case DOUBLE: put_double(b, f->number, pv_f64(v, 0)); break;
	case ANY: put_any(b, f->number, v); break;
	case ONE: put_one(b, f->number, f->within, f->of, v); break;
	case NAMED: put_named(b, f, v); break;
	case ADDITIONAL: put_additional(b, f->number, v); break;
	case PARAMETER: put_parameter(b, f->number, v); break;
	}
}

static void
put_extension(pv_buf *b, unsigned number, const pv_member *m)
{
	size_t at = message_open(b, number);

	put_text(b, 1, pv_strv(&m->key));
	put_any(b, 2, &m->val);
	message_close(b, at);
}

/* As deep as the value, which whoever makes it keeps within a limit (openapi2.c). */
static void
put_message(pv_buf *b, const message *m, const pv_val *v)
{
	for (size_t i = 0; i < pv_count(v); i++) {
		const pv_member *member = &v->members[i];
		const char *key = member->key.s;
		const field *f = m->fields;

		while (f->key && !pv_streq(f->key, key))
			f++;
		if (f->key && f->shape == ANY && !pv_streq(key, "enum"))
			put_any(b, f->number, &member->val); /* a list is one default */
		else if (f->key)
			put_field(b, f, &member->val);
		else if (m->extension && pv_starts_with(key, "x-"))
			put_extension(b, m->extension, member);
	}
}

/* ---- pieces of a document ---- */

enum { DOCUMENT_PATHS = 8, DOCUMENT_DEFINITIONS = 9, PATHS_PATH = 2, DEFINITIONS_ENTRY = 1 };

static void
put_entry(pv_buf *b, unsigned section, unsigned entry, const char *name, const message *m, const pv_val *v)
{
	size_t outer = message_open(b, section), inner = message_open(b, entry);

	put_text(b, 1, pv_str_of(name));
	put_one(b, 2, 0, m, v);
	message_close(b, inner);
	message_close(b, outer);
}

void
gnostic_head(pv_buf *b, const pv_val *v)
{
	put_message(b, &document, v);
}

void
gnostic_definition(pv_buf *b, const char *name, const pv_val *v)
{
	put_entry(b, DOCUMENT_DEFINITIONS, DEFINITIONS_ENTRY, name, &schema, v);
}

void
gnostic_path(pv_buf *b, const char *path, const pv_val *item)
{
	put_entry(b, DOCUMENT_PATHS, PATHS_PATH, path, &path_item, item);
}
