/* The types that CEL over a write sees (apiserver pkg/admission/plugin/cel/compile.go):
 * request and namespaceObject field by field, objects by the schema of their kind. */
#include "base/str.h"
#include "core/admission/expr.h"
#include "core/schema/rules.h"

#define TEXT \
	{ \
		.type = PV_T_STRING \
	}
#define FIELDS(list) \
	{ \
		.type = PV_T_OBJECT, .n_props = PV_LEN(list), .props = (list) \
	}

static const pv_schema text = TEXT, truth = {.type = PV_T_BOOLEAN}, number = {.type = PV_T_INTEGER},
		       anything = {.type = PV_T_ANY}, instant = {.type = PV_T_STRING, .format = "date-time"};
static const pv_schema texts = {.type = PV_T_LIST, .items = &text};
static const pv_schema text_map = {.type = PV_T_OBJECT, .rest = &text};
static const pv_schema texts_map = {.type = PV_T_OBJECT, .rest = &texts};

/* All tables are sorted by name, as pv_schema_prop() wants them. */
static const pv_prop kind_props[] = {{.name = "group", .schema = &text},
				     {.name = "kind", .schema = &text},
				     {.name = "version", .schema = &text}};
static const pv_prop resource_props[] = {{.name = "group", .schema = &text},
					 {.name = "resource", .schema = &text},
					 {.name = "version", .schema = &text}};
static const pv_prop user_props[] = {{.name = "extra", .schema = &texts_map},
				     {.name = "groups", .schema = &texts},
				     {.name = "uid", .schema = &text},
				     {.name = "username", .schema = &text}};
static const pv_schema kind = FIELDS(kind_props), resource = FIELDS(resource_props),
		       user = FIELDS(user_props);
static const pv_prop request_props[] = {{.name = "dryRun", .schema = &truth},
					{.name = "kind", .schema = &kind},
					{.name = "name", .schema = &text},
					{.name = "namespace", .schema = &text},
					{.name = "operation", .schema = &text},
					{.name = "options", .schema = &anything},
					{.name = "requestKind", .schema = &kind},
					{.name = "requestResource", .schema = &resource},
					{.name = "requestSubResource", .schema = &text},
					{.name = "resource", .schema = &resource},
					{.name = "subResource", .schema = &text},
					{.name = "userInfo", .schema = &user}};
static const pv_schema request = FIELDS(request_props);

static const pv_prop condition_props[] = {{.name = "lastTransitionTime", .schema = &instant},
					  {.name = "message", .schema = &text},
					  {.name = "reason", .schema = &text},
					  {.name = "status", .schema = &text},
					  {.name = "type", .schema = &text}};
static const pv_schema condition = FIELDS(condition_props);
static const pv_schema condition_list = {.type = PV_T_LIST, .items = &condition};
static const pv_prop meta_props[] = {{.name = "annotations", .schema = &text_map},
				     {.name = "creationTimestamp", .schema = &instant},
				     {.name = "deletionGracePeriodSeconds", .schema = &number},
				     {.name = "deletionTimestamp", .schema = &instant},
				     {.name = "finalizers", .schema = &texts},
				     {.name = "generateName", .schema = &text},
				     {.name = "generation", .schema = &number},
				     {.name = "labels", .schema = &text_map},
				     {.name = "name", .schema = &text},
				     {.name = "namespace", .schema = &text},
				     {.name = "resourceVersion", .schema = &text},
				     {.name = "uid", .schema = &text}};
static const pv_prop space_spec_props[] = {{.name = "finalizers", .schema = &texts}};
static const pv_prop space_status_props[] = {{.name = "conditions", .schema = &condition_list},
					     {.name = "phase", .schema = &text}};
static const pv_schema space_meta = FIELDS(meta_props), space_spec = FIELDS(space_spec_props),
		       space_status = FIELDS(space_status_props);
static const pv_prop space_props[] = {{.name = "metadata", .schema = &space_meta},
				      {.name = "spec", .schema = &space_spec},
				      {.name = "status", .schema = &space_status}};
static const pv_schema space = FIELDS(space_props);

static const pv_schema nothing = {.type = PV_T_OBJECT};

const void *const expr_request = &request, *const expr_namespace = &space, *const expr_nothing = &nothing;

const void *
expr_whole(pv_arena *arena, const pv_resource *res)
{
	return pv_schema_whole(arena, res->schema, res->meta);
}

/* Quantities are texts or numbers; options are of several kinds. */
static pv_cel_shape
shape_of(const void *node)
{
	const pv_schema *s = node;

	if (s == &anything || s->flags & PV_S_QUANTITY)
		return (pv_cel_shape){.kind = PV_CEL_ABSENT};
	return rule_shapes.of(node);
}

static const void *
field_of(const void *node, const char *name, size_t len)
{
	const pv_prop *prop = pv_schema_prop(node, name, len);

	return prop ? prop->schema : NULL;
}

static const void *
items_of(const void *node)
{
	const pv_schema *s = node;

	return s->type == PV_T_OBJECT ? s->rest : s->items;
}

const pv_cel_shapes expr_shapes = {shape_of, field_of, items_of, NULL};
