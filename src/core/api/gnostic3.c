/* The tables of OpenAPI v3 (google/gnostic openapiv3/OpenAPIv3.proto). */
#include "core/api/gnostic.h"
#include "core/api/gnostic_wire.h"

#define REFERENCE 2 /* XOrReference { 1 X, 2 Reference } */

static const gn_message schema;

static const gn_field info_fields[] = {GN_F("title", 1, GN_TEXT), GN_F("version", 6, GN_TEXT), {0}};
static const gn_message info = {info_fields, 7, 0};

static const gn_field schema_fields[] = {
	GN_F("nullable", 1, GN_BOOL),
	GN_F("title", 9, GN_TEXT),
	GN_F("multipleOf", 10, GN_DOUBLE),
	GN_F("maximum", 11, GN_DOUBLE),
	GN_F("exclusiveMaximum", 12, GN_BOOL),
	GN_F("minimum", 13, GN_DOUBLE),
	GN_F("exclusiveMinimum", 14, GN_BOOL),
	GN_F("maxLength", 15, GN_INT),
	GN_F("minLength", 16, GN_INT),
	GN_F("pattern", 17, GN_TEXT),
	GN_F("maxItems", 18, GN_INT),
	GN_F("minItems", 19, GN_INT),
	GN_F("uniqueItems", 20, GN_BOOL),
	GN_F("maxProperties", 21, GN_INT),
	GN_F("minProperties", 22, GN_INT),
	GN_F("required", 23, GN_TEXT),
	GN_F("enum", 24, GN_ANY),
	GN_F("type", 25, GN_TEXT),
	GN_M("allOf", 26, GN_ONE, &schema, 1),
	GN_M("oneOf", 27, GN_ONE, &schema, 1),
	GN_M("anyOf", 28, GN_ONE, &schema, 1),
	GN_M("not", 29, GN_ONE, &schema, 0),
	GN_M("items", 30, GN_NESTED, &schema, 0),
	GN_M("properties", 31, GN_NAMED, &schema, 1),
	GN_M("additionalProperties", 32, GN_ADDITIONAL, &schema, 0),
	GN_F("default", 33, GN_PLAIN),
	GN_F("description", 34, GN_TEXT),
	GN_F("format", 35, GN_TEXT),
	{0},
};
static const gn_message schema = {schema_fields, 36, REFERENCE};

static const gn_field media_fields[] = {GN_M("schema", 1, GN_ONE, &schema, 1), {0}};
static const gn_message media = {media_fields, 5, 0};

static const gn_field body_fields[] = {GN_F("description", 1, GN_TEXT),
				       GN_M("content", 2, GN_NAMED, &media, 0),
				       GN_F("required", 3, GN_BOOL),
				       {0}};
static const gn_message body = {body_fields, 4, REFERENCE};

static const gn_field response_fields[] = {
	GN_F("description", 1, GN_TEXT), GN_M("content", 3, GN_NAMED, &media, 0), {0}};
static const gn_message response = {response_fields, 5, REFERENCE};

static const gn_field parameter_fields[] = {
	GN_F("name", 1, GN_TEXT),
	GN_F("in", 2, GN_TEXT),
	GN_F("description", 3, GN_TEXT),
	GN_F("required", 4, GN_BOOL),
	GN_M("schema", 10, GN_ONE, &schema, 1),
	{0},
};
static const gn_message parameter = {parameter_fields, 14, REFERENCE};

static const gn_field operation_fields[] = {
	GN_F("tags", 1, GN_TEXT),
	GN_F("description", 3, GN_TEXT),
	GN_F("operationId", 5, GN_TEXT),
	GN_M("parameters", 6, GN_ONE, &parameter, 1),
	GN_M("requestBody", 7, GN_ONE, &body, 1),
	{.key = "responses", .number = 8, .shape = GN_NAMED, .of = &response, .within = 1, .entry = 2},
	{0},
};
static const gn_message operation = {operation_fields, 13, 0};

static const gn_field path_fields[] = {
	GN_M("get", 4, GN_ONE, &operation, 0),
	GN_M("put", 5, GN_ONE, &operation, 0),
	GN_M("post", 6, GN_ONE, &operation, 0),
	GN_M("delete", 7, GN_ONE, &operation, 0),
	GN_M("options", 8, GN_ONE, &operation, 0),
	GN_M("head", 9, GN_ONE, &operation, 0),
	GN_M("patch", 10, GN_ONE, &operation, 0),
	GN_M("parameters", 13, GN_ONE, &parameter, 1),
	{0},
};
static const gn_message path_item = {path_fields, 14, 0};

static const gn_field key_fields[] = {GN_F("type", 1, GN_TEXT),
				      GN_F("description", 2, GN_TEXT),
				      GN_F("name", 3, GN_TEXT),
				      GN_F("in", 4, GN_TEXT),
				      {0}};
static const gn_message api_key = {key_fields, 9, REFERENCE};

static const gn_field component_fields[] = {
	GN_M("schemas", 1, GN_NAMED, &schema, 1), GN_M("securitySchemes", 7, GN_NAMED, &api_key, 1), {0}};
static const gn_message components = {component_fields, 10, 0};

static const gn_field document_fields[] = {
	GN_F("openapi", 1, GN_TEXT),
	GN_M("info", 2, GN_ONE, &info, 0),
	GN_M("paths", 4, GN_NAMED, &path_item, 0),
	GN_M("components", 5, GN_ONE, &components, 0),
	{0},
};
static const gn_message document = {document_fields, 9, 0};

void
gnostic3_document(pv_buf *b, const pv_val *v)
{
	gn_put(b, &document, v);
}
