/* reach: which addresses a remote may have, once its name is looked up: of repositories, charts, forges, and who is
 * notified.  A reach belongs to one thread. */
#pragma once
#include "base/net.h"
#include "base/vec.h"
#include "core/api/api.h"
#include "lang/value/value.h"

struct reach {
	pv_vec deny, allow;  /* of pv_net */
	const char *refused; /* the last address that was, or NULL */
	pv_arena *arena;
};

/* What the server was told (pv_git_limit), into a request; and out of it, in the child. */
void reach_put(pv_api *api, pv_objb *request);
PV_MUST_USE int reach_init(pv_ctx *cx, const pv_val *request, struct reach *ret);
/* False: it may not be connected to, and is `refused`.  reach: a struct reach *, as pv_httpc_conf.permits has it. */
bool reach_permits(void *reach, const struct sockaddr *address);
/* The error that `who` ("chart repository X", a host) is at that address. */
int reach_refused(pv_ctx *cx, const char *who, const char *address);
/* The same of a host that is written as an address; names are for whoever looks them up (a proxy). */
bool reach_permits_literal(struct reach *reach, const char *host);
