/* The tables of OpenAPI v2 (google/gnostic openapiv2/OpenAPIv2.proto). */
#include "core/api/gnostic.h"
#include "core/api/gnostic_wire.h"
#include "base/str.h"

static const gn_message schema;

static void put_parameter(pv_buf *b, unsigned number, const pv_val *v);
static void put_shared(pv_buf *b, unsigned number, const pv_val *v);
static void put_requirement(pv_buf *b, unsigned number, const pv_val *v);

static const gn_field info_fields[] = {GN_F("title", 1, GN_TEXT), GN_F("version", 2, GN_TEXT), {0}};
static const gn_message info = {info_fields, 0, 0};

static const gn_field key_fields[] = {GN_F("type", 1, GN_TEXT),
				      GN_F("name", 2, GN_TEXT),
				      GN_F("in", 3, GN_TEXT),
				      GN_F("description", 4, GN_TEXT),
				      {0}};
static const gn_message api_key = {key_fields, 5, 0};

static const gn_field document_fields[] = {
	GN_F("swagger", 1, GN_TEXT),
	GN_M("info", 2, GN_ONE, &info, 0),
	{.key = "parameters", .number = 10, .shape = GN_CUSTOM, .put = put_shared},
	{.key = "security", .number = 12, .shape = GN_CUSTOM, .put = put_requirement},
	GN_M("securityDefinitions", 13, GN_NAMED, &api_key, 2),
	{0},
};
static const gn_message document = {document_fields, 0, 0};

static const gn_field schema_fields[] = {
	GN_F("$ref", 1, GN_TEXT),
	GN_F("format", 2, GN_TEXT),
	GN_F("title", 3, GN_TEXT),
	GN_F("description", 4, GN_TEXT),
	GN_F("default", 5, GN_ANY),
	GN_F("multipleOf", 6, GN_DOUBLE),
	GN_F("maximum", 7, GN_DOUBLE),
	GN_F("exclusiveMaximum", 8, GN_BOOL),
	GN_F("minimum", 9, GN_DOUBLE),
	GN_F("exclusiveMinimum", 10, GN_BOOL),
	GN_F("maxLength", 11, GN_INT),
	GN_F("minLength", 12, GN_INT),
	GN_F("pattern", 13, GN_TEXT),
	GN_F("maxItems", 14, GN_INT),
	GN_F("minItems", 15, GN_INT),
	GN_F("uniqueItems", 16, GN_BOOL),
	GN_F("maxProperties", 17, GN_INT),
	GN_F("minProperties", 18, GN_INT),
	GN_F("required", 19, GN_TEXT),
	GN_F("enum", 20, GN_ANY),
	GN_M("additionalProperties", 21, GN_ADDITIONAL, &schema, 0),
	GN_M("type", 22, GN_TEXT, NULL, 1),
	GN_M("items", 23, GN_ONE, &schema, 1),
	GN_M("properties", 25, GN_NAMED, &schema, 0),
	{0},
};
static const gn_message schema = {schema_fields, 31, 0};

static const gn_field response_fields[] = {
	GN_F("description", 1, GN_TEXT),
	GN_M("schema", 2, GN_ONE, &schema, 1),
	{0},
};
static const gn_message response = {response_fields, 0, 0};

static const gn_field operation_fields[] = {
	GN_F("tags", 1, GN_TEXT),
	GN_F("description", 3, GN_TEXT),
	GN_F("operationId", 5, GN_TEXT),
	GN_F("produces", 6, GN_TEXT),
	GN_F("consumes", 7, GN_TEXT),
	{.key = "parameters", .number = 8, .shape = GN_CUSTOM, .put = put_parameter},
	GN_M("responses", 9, GN_NAMED, &response, 1),
	GN_F("schemes", 10, GN_TEXT),
	{0},
};
static const gn_message operation = {operation_fields, 13, 0};

static const gn_field path_fields[] = {
	GN_M("get", 2, GN_ONE, &operation, 0),
	GN_M("put", 3, GN_ONE, &operation, 0),
	GN_M("post", 4, GN_ONE, &operation, 0),
	GN_M("delete", 5, GN_ONE, &operation, 0),
	GN_M("options", 6, GN_ONE, &operation, 0),
	GN_M("head", 7, GN_ONE, &operation, 0),
	GN_M("patch", 8, GN_ONE, &operation, 0),
	{.key = "parameters", .number = 9, .shape = GN_CUSTOM, .put = put_parameter},
	{0},
};
static const gn_message path_item = {path_fields, 0, 0};

static const gn_field body_fields[] = {
	GN_F("description", 1, GN_TEXT),
	GN_F("name", 2, GN_TEXT),
	GN_F("in", 3, GN_TEXT),
	GN_F("required", 4, GN_BOOL),
	GN_M("schema", 5, GN_ONE, &schema, 0),
	{0},
};
static const gn_message body_parameter = {body_fields, 0, 0};

static const gn_field query_fields[] = {
	GN_F("required", 1, GN_BOOL),
	GN_F("in", 2, GN_TEXT),
	GN_F("description", 3, GN_TEXT),
	GN_F("name", 4, GN_TEXT),
	GN_F("type", 6, GN_TEXT),
	GN_F("uniqueItems", 20, GN_BOOL),
	{0},
};
static const gn_message query_parameter = {query_fields, 0, 0};

static const gn_field path_parameter_fields[] = {
	GN_F("required", 1, GN_BOOL),
	GN_F("in", 2, GN_TEXT),
	GN_F("description", 3, GN_TEXT),
	GN_F("name", 4, GN_TEXT),
	GN_F("type", 5, GN_TEXT),
	GN_F("uniqueItems", 19, GN_BOOL),
	{0},
};
static const gn_message path_parameter = {path_parameter_fields, 0, 0};

static const gn_field reference_fields[] = {GN_F("$ref", 1, GN_TEXT), {0}};
static const gn_message reference = {reference_fields, 0, 0};

/* Parameter { BodyParameter | NonBodyParameter { query | path } } */
static void
put_whole(pv_buf *b, unsigned number, const pv_val *v)
{
	const char *in = pv_text(pv_get(v, "in"), "");
	size_t parameter = gn_open(b, number), other;

	if (pv_streq(in, "body")) {
		gn_put_one(b, 1, 0, &body_parameter, v);
	} else {
		other = gn_open(b, 2);
		if (pv_streq(in, "path"))
			gn_put_one(b, 4, 0, &path_parameter, v);
		else
			gn_put_one(b, 3, 0, &query_parameter, v);
		gn_close(b, other);
	}
	gn_close(b, parameter);
}

/* ParametersItem { Parameter | JsonReference } */
static void
put_parameter(pv_buf *b, unsigned number, const pv_val *v)
{
	size_t item = gn_open(b, number);

	if (pv_get(v, "$ref"))
		gn_put_one(b, 2, 0, &reference, v);
	else
		put_whole(b, 1, v);
	gn_close(b, item);
}

/* ParameterDefinitions { NamedParameter { name, Parameter } } */
static void
put_shared(pv_buf *b, unsigned number, const pv_val *v)
{
	size_t all = gn_open(b, number), one;

	for (size_t i = 0; i < pv_member_count(v); i++) {
		one = gn_open(b, 1);
		gn_text(b, 1, pv_strv(&v->members[i].key));
		put_whole(b, 2, &v->members[i].val);
		gn_close(b, one);
	}
	gn_close(b, all);
}

/* SecurityRequirement { NamedStringArray { name, StringArray } }; ours have no scopes. */
static void
put_requirement(pv_buf *b, unsigned number, const pv_val *v)
{
	static const gn_field none[] = {{0}};
	static const gn_message scopes = {none, 0, 0};
	size_t at = gn_open(b, number);

	for (size_t i = 0; i < pv_member_count(v); i++)
		gn_put_entry(b, 1, 0, v->members[i].key.s, &scopes, &v->members[i].val);
	gn_close(b, at);
}

/* ---- pieces of a document ---- */

enum { DOCUMENT_PATHS = 8, DOCUMENT_DEFINITIONS = 9, PATHS_PATH = 2, DEFINITIONS_ENTRY = 1 };

void
gnostic_head(pv_buf *b, const pv_val *v)
{
	gn_put(b, &document, v);
}

static void
put_piece(pv_buf *b, unsigned section, unsigned entry, const char *name, const gn_message *m, const pv_val *v)
{
	size_t at = gn_open(b, section);

	gn_put_entry(b, entry, 0, name, m, v);
	gn_close(b, at);
}

void
gnostic_definition(pv_buf *b, const char *name, const pv_val *v)
{
	put_piece(b, DOCUMENT_DEFINITIONS, DEFINITIONS_ENTRY, name, &schema, v);
}

void
gnostic_path(pv_buf *b, const char *path, const pv_val *item)
{
	put_piece(b, DOCUMENT_PATHS, PATHS_PATH, path, &path_item, item);
}
