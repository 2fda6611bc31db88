/* proto: what reading and writing Kubernetes' protobuf share: the wire's types, and the
 * unions of apiextensions that JSON writes without a wrapper.  Immutable; any thread. */
#pragma once
#include "core/schema/node.h"

enum pv_wire { PV_VARINT = 0, PV_FIXED64 = 1, PV_BYTES = 2, PV_FIXED32 = 5 };

enum pv_wire pv_proto_wire(const pv_schema *schema); /* of one value of it */

#define PV_PROTO_DEPTH 100 /* messages in messages; the deepest kind has some twenty */

/* JSONSchemaPropsOrArray {1 schema, 2 list of schemas}, OrBool {1 allows, 2 schema} and
 * OrStringArray {1 schema, 2 list of names}; the last is the value of a map. */
enum pv_union { PV_UNION_NONE, PV_UNION_ARRAY, PV_UNION_BOOL, PV_UNION_STRINGS };
enum pv_union pv_proto_union(const pv_schema *schema, const char *field);
/* Is an instant, in seconds since 1970, of a year that RFC 3339 can write (0 to 9999)? */
bool pv_proto_has_year(int64_t seconds);
