/* inside: what the files of this folder share.  Everything here runs on the one
 * lifecycle thread. */
#pragma once
#include "base/keyq.h"
#include "core/lifecycle/lifecycle.h"
#include "core/lifecycle/owners.h"

struct pv_lifecycle;
typedef struct lifecycle_turn {
	pv_api *api;
	const pv_sets *owners;
	pv_keyq *queue; /* "type ns name" to look at again */
} lifecycle_turn;

/* The object at a place, or NULL if it is gone. */
const pv_val *place_find(pv_ctx *cx, pv_api *api, const char *place);
/* A call on that object; resource NULL if its kind is not served any more. */
pv_call place_call(pv_ctx *cx, pv_api *api, const char *place);

/* {apiVersion, kind, metadata: {name, namespace}}; ns "": it has none.  Any thread. */
pv_val object_named(pv_ctx *cx, const char *version, const char *kind, const char *ns, const char *name);

#define LEASE_SECONDS 3600 /* that this API server's Lease holds for; renewed at half of it */

/* One object: are its owners there, are its dependents gone?  0, or -PV_E* to try again. */
PV_MUST_USE int gc_object(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object);
bool self_is(const pv_key *key); /* one of those that pv_self_keep() keeps */
/* Whether a living namespace has such an object, and gets it again. */
bool namespace_furniture(const pv_key *key);
/* One namespace: furnish it, or empty it. */
PV_MUST_USE int namespace_object(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object);
/* One that is being deleted; it is looked at again when something in it goes or is let go. */
PV_MUST_USE int namespace_empty(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object);
/* When an Event goes, wall clock; and one Event: it goes, or is looked at again then. */
int64_t expire_at(const pv_val *event, int64_t ttl);
PV_MUST_USE int expire_event(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *event,
			     int64_t ttl);
/* A Secret of an account's token; and one: it is filled, or goes when its account is not there. */
bool credential_is(const pv_val *secret);
/* Those of an account that is gone are looked at again. */
void credential_orphans(pv_ctx *cx, pv_api *api, pv_keyq *queue, const pv_key *account);
PV_MUST_USE int credential_object(pv_ctx *cx, const lifecycle_turn *t, const char *place,
				  const pv_val *secret);
/* An approved request for a client's certificate that has none yet; and one: it gets it, or is told why not. */
bool signer_wants(const pv_val *csr);
PV_MUST_USE int signer_object(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *csr);
