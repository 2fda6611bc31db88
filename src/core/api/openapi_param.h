/* openapi_param: the parameters of the API's operations.  Their order is that in which documents list them, so a set
 * of them is a word of bits.  Names, types and the names by which OpenAPI v2 shares them are Kubernetes'.  Pure. */
#pragma once
#include "lang/value/value.h"

enum openapi_param {
	P_BOOKMARKS,
	P_COMMAND,
	P_CONTAINER_LOG,
	P_CONTAINER_ATTACH,
	P_CONTAINER_EXEC,
	P_CONTINUE,
	P_DRY_RUN,
	P_MANAGER_PATCH,
	P_MANAGER,
	P_FIELDS,
	P_VALIDATION,
	P_FOLLOW,
	P_FORCE,
	P_GRACE,
	P_UNREADABLE,
	P_INSECURE,
	P_LABELS,
	P_LIMIT,
	P_LIMIT_BYTES,
	P_NAME,
	P_NAMESPACE,
	P_ORPHANS,
	P_PATH,
	P_PATH_SERVICE,
	P_PATH_POD,
	P_PATH_NODE,
	P_PORTS,
	P_PRETTY,
	P_PREVIOUS,
	P_PROPAGATION,
	P_REVISION,
	P_REVISION_MATCH,
	P_INITIAL,
	P_SINCE,
	P_STDERR_ATTACH,
	P_STDERR_EXEC,
	P_STDIN_EXEC,
	P_STDIN_ATTACH,
	P_STDOUT_EXEC,
	P_STDOUT_ATTACH,
	P_STREAM,
	P_TAIL,
	P_TIMEOUT,
	P_TIMESTAMPS,
	P_TTY_ATTACH,
	P_TTY_EXEC,
	P_WATCH,
	P_COUNT
};
#define P_BIT(param) (1ULL << (param))

/* As v3 writes it; as v2 writes it, which refers to one that is shared. */
pv_val openapi_param3(pv_arena *arena, enum openapi_param param);
pv_val openapi_param2(pv_arena *arena, enum openapi_param param);
/* A body of a type that many operations take ("io.k8s.apimachinery...DeleteOptions") as v2's shared parameter; null if
 * it is not shared. */
pv_val openapi_param_body(pv_arena *arena, const char *component);
/* v2's "parameters": those that are shared, bodies too. */
pv_val openapi_params_shared(pv_arena *arena);
