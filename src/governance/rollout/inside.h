/* What the files of this folder share.  Private. */
#pragma once
#include "base/buf.h"
#include "core/enforcement/enforcement.h"
#include "core/reconcile/reconcile.h"

#define ROLLOUT_FACT "policy-rollout"
#define ROLLOUT_WEEK (7 * 24 * 3600 * INT64_C(1000000000)) /* ns */
/* A clock that was set is noticed within this, though no timer ran out. */
#define ROLLOUT_RESYNC (60 * INT64_C(1000000000))

int64_t rollout_duration(const pv_val *text, int64_t otherwise); /* "672h", ns */
const char *rollout_stage_name(enum pv_effect stage);
/* What stands in a list of spec.policies, for people: "ConfigMap pave-system/limits". */
const char *rollout_policy_text(pv_ctx *cx, const pv_val *policy);
/* Those that one entry of such a list names (const pv_val *). */
void rollout_policies(pv_ctx *cx, pv_plan *plan, const pv_val *named, pv_vec *ret);
typedef struct rollout_news { /* what says something else than status.policies */
	pv_buf text;          /* in words; empty: nothing does */
	bool added, changed;  /* one is new and taken in; one is not what it was */
} rollout_news;
/* status.policies: what they say now; bundles: the fact REGO_BUNDLES_FACT. */
pv_val rollout_versions(pv_ctx *cx, pv_plan *plan, const pv_val *rollout, const pv_val *bundles,
			rollout_news *ret);
/* All that is wrong with the policies of such a list, as the plan knows them; NULL: nothing.  missing_only: but for
 * those that are there and do not load. */
const char *rollout_faults(pv_ctx *cx, pv_plan *plan, const pv_val *named, bool missing_only);
/* *ret: which of them are not in the store; NULL: all are. */
PV_MUST_USE int rollout_missing(pv_ctx *cx, pv_store *store, const pv_val *named, const char **ret);
/* *ret: the first of those that it names that refuses by itself, in words; NULL: none does. */
PV_MUST_USE int rollout_in_force(pv_ctx *cx, pv_store *store, const pv_val *named, const char **ret);
/* Adds (const char *) what is told of environments, or of an exemption's objects, that have none. */
PV_MUST_USE int rollout_tell_places(pv_ctx *cx, pv_store *store, const pv_val *spec, pv_vec *warnings);
/* The environments of approvals and of a rollback that spec.environments does not have; NULL: it has all. */
bool rollout_has_environment(const pv_val *environments, const char *name);
const char *rollout_strangers(pv_ctx *cx, const pv_val *spec);

/* ---- one environment (stage.c) ---- */
typedef struct rollout_turn {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *rollout;
	const pv_val *found; /* what the fact says; NULL: not known yet */
	const char *broken;  /* why the policies cannot be enforced at all; NULL */
	rollout_news news;   /* which of them say something else than they did */
	bool paused;
	enum pv_effect before; /* the stage of the environment in front; of the first: DENY */
	int64_t enforced_from; /* of those in front */
	pv_listb history;      /* what happened in this turn, for status.history */
} rollout_turn;
/* Its state now; adds to *ret_waits what keeps it. */
pv_val rollout_environment(rollout_turn *t, const pv_val *environment, const char **ret_waits);

/* Adds to status.history; by: who let it; NULL: nobody was asked. */
void rollout_note(rollout_turn *t, const char *environment, const char *stage, const char *by,
		  const char *why);

/* Tells who owns what would be refused: events on the objects and their namespaces (tell.c). */
void rollout_tell(rollout_turn *t, const pv_val *found, const char *environment, int64_t from);

/* For `pave rollout status`. */
void rollout_print(pv_ctx *cx, const pv_val *rollout);
