/* ledger: what the objects of namespaces with quotas take, kept up by watching the store, so that a
 * write costs what has changed since the last one, not what there is.  Private to quota/; its
 * caller holds a lock. */
#pragma once
#include "core/admission/quota/quota.h"

typedef struct ledger ledger;
ledger *ledger_new(pv_store *store);
ledger *ledger_free(ledger *l); /* accepts NULL */

typedef struct ledger_place { /* where objects are counted */
	const char *type, *ns;
	quota_kind kind;
} ledger_place;

/* What the quota counts of the stored objects there, up to the last acknowledged change: a
 * quota_amount for each name in its spec.hard that counts the kind is added. */
PV_MUST_USE int ledger_used(pv_ctx *cx, ledger *l, const ledger_place *at, const pv_val *quota, pv_vec *ret);
/* The object of that name as it was counted; NULL: it was not.  Until the next call. */
const pv_val *ledger_find(const ledger *l, const ledger_place *at, const char *name);
/* The namespace's quota of that uid is gone. */
void ledger_forget(ledger *l, const char *ns, const char *uid);
