/* managers: metadata.managedFields, decoded.  Internal to core/fields. */
#pragma once
#include "core/fields/set.h"

#define MANAGERS_UPDATES 10 /* more Update entries are bundled, as apimachinery does */

typedef struct fmanager {
	const char *manager, *operation, *api_version, *subresource, *time;
	const fset *set;
} fmanager;

/* Can all of it be understood?  What a client sent and nobody can read says nothing of anybody. */
bool managers_read(pv_ctx *cx, const pv_val *managed);
/* Elements of ret: fmanager. */
void managers_parse(pv_ctx *cx, const pv_val *managed, pv_vec *ret);
/* Those that own something, in Kubernetes' order; an empty list if nobody does. */
pv_val managers_format(pv_ctx *cx, pv_vec *managers);
/* The entry of this writer, an Apply of whatever version its last was; made empty if it is not there. */
fmanager *managers_get(pv_ctx *cx, pv_vec *managers, const char *manager, const char *operation,
		       const char *api_version, const char *subresource);
