/* quota: LimitRange (what one object may ask for, and what it gets when it does not ask) and
 * ResourceQuota (what a namespace may hold).  Admission on the request's thread; the status of
 * quotas is written by a controller. */
#pragma once
#include "base/vec.h"
#include "core/admission/admission.h"
#include "core/reconcile/reconcile.h"
#include "lang/quantity/quantity.h"

extern const pv_admission limits_admission, quota_admission;
extern const pv_controller quota_controller;

/* What writes on their way in have reserved; kept with the API (module.c). */
extern const char quota_owner; /* of pv_api_keep */
void *quota_open(void);
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
/* Do the quota's scopes speak of the object? */
bool quota_in_scope(const pv_val *quota, const quota_kind *kind, const pv_val *object);
/* Which kind does an amount of that name count? */
bool quota_counts(const char *name, const quota_kind *kind);
/* "" or "must specify cpu for: a,b; memory for: a". */
const char *quota_missing(pv_ctx *cx, const pv_val *hard, const pv_val *pod);
