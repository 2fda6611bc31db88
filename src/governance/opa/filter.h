/* filter: what is left of a rule as a condition over rows, for databases: UCAST, and SQL made of it
 * (https://www.openpolicyagent.org/docs/filtering).  Private. */
#pragma once
#include "lang/value/value.h"

typedef struct opa_dialect {
	const char *accept; /* application/vnd.opa.ACCEPT+json */
	const char *name;   /* as options.targetDialects has it */
	const char *key;    /* of its answer beside others, and of its mappings */
	const char *shown;  /* in errors */
	bool sql;
	bool words;    /* startswith, endswith, contains */
	bool lists;    /* in */
	bool negation; /* not */
	bool fields;   /* a field beside a field */
} opa_dialect;

const opa_dialect *opa_dialect_accept(const char *type); /* by the media type; NULL: there is none */
const opa_dialect *opa_dialect_find(const char *name);

/* The queries that are left as one condition; *ret {}: always.  -PV_EINVALID with a cause for each
 * expression that the dialect has no word for. */
PV_MUST_USE int opa_filter(pv_ctx *cx, const opa_dialect *d, const pv_val *queries, pv_val *ret);
/* "WHERE ..." of a condition, "" of {}.  mappings: {TABLE: {$self: NAME, COLUMN: NAME}}, or NULL. */
PV_MUST_USE int opa_filter_sql(pv_ctx *cx, const opa_dialect *d, const pv_val *mappings,
			       const pv_val *condition, const char **ret);
