/* governance/report: what the policies of all three sorts have against what exists, and what of it comes
 * to something (core/enforcement): as reports, and kept up for rollouts.  Thread-safe. */
#pragma once
#include "core/enforcement/enforcement.h"
#include "core/module.h"

extern const pv_view report_reports, report_cluster_reports, report_findings, report_cluster_findings;

typedef struct report_finding {
	pv_rule_name rule;
	const char *source, *message;
	const char *field, *binding; /* NULL: none */
	enum pv_effect own;          /* what the policy itself says */
	bool failed;                 /* it could not be asked */
	const pv_val *basis;         /* what it stands on (core/enforcement/why.h), if that was asked */
} report_finding;

typedef struct report_asker report_asker; /* the policies in force; lives as long as its cx */
/* *ret NULL: there are none.  *ret_stamp (may be NULL) is another when the policies are. */
PV_MUST_USE int report_begin(pv_ctx *cx, pv_api *api, report_asker **ret, uint64_t *ret_stamp);
/* Adds what they have against the object (report_finding; arena of cx), whatever comes of it. */
void report_find(pv_ctx *cx, const report_asker *asker, const pv_resource *res, const pv_rec *rec,
		 pv_vec *ret);

/* The same, asked anew, with what each stands on. */
void report_explain(pv_ctx *cx, const report_asker *asker, const pv_resource *res, const pv_rec *rec,
		    pv_vec *ret);
/* For `pave why` (a module's `objections`). */
PV_MUST_USE int report_objections(pv_ctx *cx, pv_api *api, const pv_resource *res, const pv_rec *rec,
				  pv_listb *ret);

/* Whose it is: what its label `owner` says, or its namespace's; NULL: neither does. */
const char *report_owner(pv_ctx *cx, pv_api *api, const pv_val *object);

/* ---- kept up: what was found, of everything that exists ---- */
PV_MUST_USE int census_open(pv_ctx *cx, pv_api *api); /* a module's `start` */
typedef void census_each(void *arg, const pv_rec *rec, const pv_resource *res, const report_finding *finding);
/* Brings it up to date (only what changed is judged again), and goes through it unless it is what it was at
 * the version `known` (0: at none).  *ret 0: another thread is at it, and nothing was told. */
PV_MUST_USE int census_go(pv_ctx *cx, pv_api *api, uint64_t known, census_each *each, void *arg,
			  uint64_t *ret_version);
