/* quota: LimitRange (what one object may ask for, and what it gets when it does not ask) and
 * ResourceQuota (what a namespace may hold).  Admission on the request's thread; what is used is
 * written into a quota's status before the write that changed it is answered. */
#pragma once
#include "base/vec.h"
#include "core/admission/admission.h"
#include "core/store/store.h"
#include "lang/quantity/quantity.h"

extern const pv_admission limits_admission, quota_admission;

/* What writes on their way in have reserved, and what is used; kept with the API (module.c). */
extern const char quota_owner; /* of pv_api_keep */
void *quota_open(pv_store *store);
void quota_close(void *state);

/* ---- usage: what an object takes (usage.c) ---- */
typedef struct quota_amount {
	const char *name; /* "pods", "requests.cpu", "count/deployments.apps" */
	pv_quantity q;
} quota_amount;

typedef struct quota_kind { /* of the objects that are counted */
	const char *group, *plural;
} quota_kind;

/* Adds all that the object takes to amounts (of quota_amount). */
void quota_usage(pv_ctx *cx, const quota_kind *kind, const pv_val *object, pv_vec *amounts);
void quota_add(pv_vec *amounts, const char *name, const pv_quantity *q);
const pv_quantity *quota_find(const pv_vec *amounts, const char *name); /* NULL: none */
/* What a pod asks for in all (field: "requests" or "limits"), as the scheduler sees it. */
void quota_pod_sum(pv_ctx *cx, const pv_val *pod, const char *field, pv_vec *ret);
/* Do the scopes of the quota's spec speak of the object? */
bool quota_in_scope(const pv_val *spec, const quota_kind *kind, const pv_val *object);
/* Which kind does an amount of that name count? */
bool quota_counts(const char *name, const quota_kind *kind);
bool quota_kind_of(pv_arena *arena, const char *name, quota_kind *ret); /* false: of none that is known */
/* "" or "must specify cpu for: a,b; memory for: a". */
const char *quota_missing(pv_ctx *cx, const pv_val *hard, const pv_val *pod);

/* ---- status (status.c) ---- */
/* Writes what each quota of the namespace uses into its status, if it says something else. */
PV_MUST_USE int quota_settle(pv_ctx *cx, void *api, const char *ns);
PV_MUST_USE int quota_settle_all(pv_ctx *cx, void *api); /* at start */
/* What the quota uses now (of quota_amount); names of its spec.hard.  quota.c */
PV_MUST_USE int quota_used(pv_ctx *cx, void *api, const pv_val *quota, pv_vec *ret);
/* Held while one namespace's quotas are written: another's may share it. */
void quota_hold(void *api, const char *ns, bool hold);
