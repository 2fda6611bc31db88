/* What the field numbers of Kubernetes' protobuf leave open: which fields
 * are unions, and what a kind's message is called. */
#include "core/kinds/proto.h"

#include <string.h>

#include "base/str.h"
#include "core/kinds/kinds.h"

enum pv_wire
pv_proto_wire(const pv_schema *schema)
{
	return schema->type == PV_T_INTEGER || schema->type == PV_T_BOOLEAN ? PV_VARINT
	       : schema->type == PV_T_NUMBER                                ? PV_FIXED64
									    : PV_BYTES;
}

enum pv_union
pv_proto_union(const pv_schema *schema, const char *field)
{
	static const struct {
		const char *field;
		enum pv_union is;
	} unions[] = {
		{"items", PV_UNION_ARRAY},
		{"additionalItems", PV_UNION_BOOL},
		{"additionalProperties", PV_UNION_BOOL},
		{"dependencies", PV_UNION_STRINGS},
	};

	if (!pv_streq(schema->name, "apiextensions.v1.JSONSchemaProps"))
		return PV_UNION_NONE;
	for (size_t i = 0; i < PV_LEN(unions); i++)
		if (pv_streq(unions[i].field, field))
			return unions[i].is;
	return PV_UNION_NONE;
}

/* "core.v1.Pod", "rbac.v1.Role"; options and Status belong to every group. */
const char *
pv_protobuf_type(pv_arena *arena, const char *api_version, const char *kind)
{
	const char *slash = strchr(api_version, '/');
	size_t len = strcspn(api_version, "./");

	if (pv_ends_with(kind, "Options") || strcmp(kind, "Status") == 0)
		return pv_printf(arena, "meta.v1.%s", kind);
	if (!slash)
		return pv_printf(arena, "core.%s.%s", api_version, kind);
	return pv_printf(arena, "%.*s.%s.%s", (int)len, api_version, slash + 1, kind);
}
