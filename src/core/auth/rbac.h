/* rbac: Kubernetes' role objects compiled into an index by subject.  The index is
 * rebuilt when a role or a binding changes (told by the store's watches, done by the
 * next check) and read under a shared lock.  Internal to core/auth.  Thread-safe. */
#pragma once
#include "core/auth/auth.h"

typedef struct rbac rbac;

PV_MUST_USE int rbac_open(pv_ctx *cx, pv_store *store, rbac **ret);
rbac *rbac_close(rbac *r);

/* Do the roles of `who` allow it?  *ret_why (arena of cx; may be NULL) names the binding. */
bool rbac_allows(pv_ctx *cx, rbac *r, const pv_identity *who, const pv_attributes *what,
		 const char **ret_why);
/* Roles that bindings of `who` name, for what is asked, and that are not there: "RBAC: role... not found".
 * NULL: there are none. */
const char *rbac_lost(pv_ctx *cx, rbac *r, const pv_identity *who, const pv_attributes *what);
/* Elements of the lists: PolicyRule objects that hold for `who` in ns ("": cluster-wide ones only). */
void rbac_rules(pv_ctx *cx, rbac *r, const pv_identity *who, const char *ns, pv_listb *resource,
		pv_listb *url);
/* The rules of a role, aggregation included; *ret_found: does it exist? */
pv_val rbac_role_rules(pv_ctx *cx, rbac *r, const char *kind, const char *ns, const char *name,
		       bool *ret_found);
