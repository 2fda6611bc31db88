/* engine: policies and data as they are in force, for who evaluates and who changes them.
 * A state is immutable and counted: a reader keeps the one it began with while another is put in
 * its place, at once or not at all.  Changes are made one at a time.  Any thread.  Private. */
#pragma once
#include "core/bundle/bundle.h"
#include "lang/rego/unknowns.h"

typedef struct opa_engine opa_engine;
typedef struct opa_state opa_state;

typedef struct opa_engine_conf {
	bool v0;                               /* modules and queries are Rego v0 unless they say otherwise */
	int max_errors;                        /* as of pv_rego_opts */
	bool prints;                           /* calls of print() are kept */
	const struct pv_rego_outside *outside; /* as of pv_rego_eval */
} opa_engine_conf;
opa_engine *opa_engine_new(pv_ctx *cx, const opa_engine_conf *conf); /* without policies, data {} */
opa_engine *opa_engine_free(opa_engine *engine);                     /* accepts NULL */

bool opa_engine_is_v0(const opa_engine *engine);
/* The state in force, as long as cx. */
opa_state *opa_engine_state(pv_ctx *cx, opa_engine *engine);
const struct pv_rego_outside *opa_state_outside(const opa_state *state);
const pv_val *opa_state_data(const opa_state *state);
/* {ID: {raw, bundle, v0}}: bundle: whose it is; absent: the API's. */
const pv_val *opa_state_policies(const opa_state *state);
/* {NAME: {revision, roots, manifest}} */
const pv_val *opa_state_bundles(const opa_state *state);
pv_rego *opa_state_rego(const opa_state *state);
uint64_t opa_state_number(const opa_state *state); /* grows from state to state, from 1 */
/* The number of the first state with these bundles' policies and names: data and the API's policies may be others. */
uint64_t opa_state_brought(const opa_state *state);

/* A query, compiled once for a state if `kept`; as long as cx.  *ret_hit: it was there. */
PV_MUST_USE int opa_state_query(pv_ctx *cx, opa_state *state, const char *query, bool kept,
				const pv_rego_query **ret, bool *ret_hit);

/* A change: what differs is put into the draft. */
typedef struct opa_draft {
	const pv_val *data, *policies, *bundles;
	const pv_val *held; /* {PATH: WHOSE}: neither a bundle's nor the API's; no bundle may have it */
} opa_draft;
typedef int (*opa_maker)(pv_ctx *cx, opa_draft *draft, void *arg);
/* Compiles if policies changed, and puts the state in force; nothing changes after an error. */
PV_MUST_USE int opa_engine_change(pv_ctx *cx, opa_engine *engine, opa_maker make, void *arg);
PV_MUST_USE int opa_engine_try(pv_ctx *cx, opa_engine *engine, opa_maker make, void *arg); /* would it? */

/* ---- bundles (bundles.c) ---- */
/* Puts a bundle in force in the place of the one of that name: data below its roots, and policies.
 * -PV_EINVALID: roots of another overlap, or what is held. */
PV_MUST_USE int opa_activate(pv_ctx *cx, opa_engine *engine, const char *name, const pv_bundle *bundle);
/* Takes all bundles out of force but those of these names, which are members of an object. */
PV_MUST_USE int opa_deactivate(pv_ctx *cx, opa_engine *engine, const pv_val *but);
/* What is at the roots ([PATH]) goes. */
PV_MUST_USE int opa_erase(pv_ctx *cx, opa_draft *draft, const pv_val *roots);
/* Is what `held` names no bundle's? */
PV_MUST_USE int opa_check_held(pv_ctx *cx, const pv_val *bundles, const pv_val *held);
/* Refuses a path ("a/b") of data that a bundle owns. */
PV_MUST_USE int opa_check_owner(pv_ctx *cx, const pv_val *bundles, const char *path);

/* ---- evaluation (evaluate.c) ---- */
typedef struct opa_ask {
	const char *query;
	bool kept;           /* asked again, most likely */
	const pv_val *input; /* NULL: undefined */
	bool strict;
	pv_rego_watch *watch; /* NULL: nobody asks how */
} opa_ask;
typedef struct opa_finding {
	const pv_rego_query *query;
	pv_rego_result result;
	int64_t compile_ns, eval_ns;
	bool hit;
} opa_finding;
/* Within limits of steps and memory; few evaluations run at once, but for those that wait for the network. */
PV_MUST_USE int opa_evaluate(pv_ctx *cx, opa_state *state, const opa_ask *ask, opa_finding *ret);
/* The value of a query that is one reference; *ret NULL: undefined. */
PV_MUST_USE int opa_evaluate_value(pv_ctx *cx, opa_state *state, const opa_ask *ask, const pv_val **ret);
/* What is left of a query, within the same limits, which are put into opts with the data. */
PV_MUST_USE int opa_partial(pv_ctx *cx, opa_state *state, pv_rego_partial_opts *opts, pv_rego_left *ret);
/* "a/b c/0" (percent-encoded) -> data.a["b c"][0].  -PV_EBADREQUEST: not such a path. */
PV_MUST_USE int opa_path_query(pv_ctx *cx, const char *path, const char **ret);
const char *opa_path_text(pv_ctx *cx, const char *path); /* the same of any path, for people */
