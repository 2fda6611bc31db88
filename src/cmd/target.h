/* target: which objects the words of a command name.  Private to cmd. */
#pragma once
#include "core/args/args.h"
#include "core/client/client.h"

typedef struct target {
	const pv_client_kind *kind;
	const char *ns, *name; /* ns NULL: the command's; name NULL: all of the kind */
} target;

/* As kubectl reads them: "pods", "deploy,svc", "all" (a category), "pods web api", or
 * "deploy/web svc/web"; or what the documents of --filename are.  *ret: of target, in the order they were named, at least one. */
PV_MUST_USE int target_parse(pv_ctx *cx, pv_client *client, const pv_args *args, pv_vec *ret);
/* The same for a verb that is about one object. */
PV_MUST_USE int target_one(pv_ctx *cx, pv_client *client, const pv_args *args, target *ret);
