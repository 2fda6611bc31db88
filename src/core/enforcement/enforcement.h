/* enforcement: what a finding of a policy comes to for one object: what the policy itself says, softened
 * by the stage of a PolicyRollout, or nothing under a PolicyExemption (governance.pave.dev).  The one
 * place that decides it for policies in Rego, of Gatekeeper and in CEL alike, at writes and in reports.
 * Asked only about findings, so a write that violates nothing never comes here.  Thread-safe. */
#pragma once
#include "core/admission/admission.h"
#include "core/api/api.h"

#define PV_EXEMPTIONS "governance.pave.dev/PolicyExemption" /* types of the store */
#define PV_ROLLOUTS "governance.pave.dev/PolicyRollout"
#define PV_ROLLOUT_POLICIES 500                         /* in status.policies; of more none is held back */
#define PV_EXEMPTION_LONGEST (366 * 24 * 3600 * PV_SEC) /* spec.until from now on */

enum pv_effect { PV_EFFECT_NONE, PV_EFFECT_AUDIT, PV_EFFECT_WARN, PV_EFFECT_DENY };

/* A policy, and the rule of it that found something, as reports name them. */
typedef struct pv_rule_name {
	const char *kind; /* "ConfigMap", "ValidatingAdmissionPolicy", or a kind of constraints */
	const char *ns, *name;
	const char *rule; /* "deny", "validations[0]"; may be NULL */
} pv_rule_name;

typedef struct pv_ruling {
	enum pv_effect effect;
	const pv_val *exemption; /* why nothing happens; NULL.  Held by cx, as the next */
	const pv_val *rollout;   /* why less happens than the policy says; NULL */
	const char *environment; /* of that rollout; NULL */
	const char *from,
		*last; /* when it will be refused, and the rollout that lets it go then; NULL: not known */
	const pv_val *due;  /* no date, as its time is over: the rollout that keeps it nonetheless; NULL */
	const char *due_in; /* its environment */
} pv_ruling;

typedef struct pv_enforcement { /* what softens; elements: const pv_val * */
	const pv_val **exemptions, **rollouts;
	size_t n_exemptions, n_rollouts;
} pv_enforcement;

/* admit: the write, or the object that exists as one that makes it; own: what the policy itself says. */
pv_ruling pv_enforcement_rule(pv_ctx *cx, const pv_admit *admit, const pv_rule_name *rule,
			      enum pv_effect own);
/* The same by what is given instead of what the API has: tools read it from files. */
pv_ruling pv_enforcement_by(pv_ctx *cx, const pv_enforcement *set, const pv_admit *admit,
			    const pv_rule_name *rule, enum pv_effect own);
/* The same at a write: an exemption is told to the audit log, and a warning says when it gets worse. */
pv_ruling pv_enforcement_write(pv_ctx *cx, const pv_admit *admit, const pv_rule_name *rule,
			       enum pv_effect own);
/* When it will be refused, in words; NULL: that is not known. */
const char *pv_enforcement_soon(pv_ctx *cx, const pv_ruling *ruling);
/* The message of a warning: with what is to come. */
const char *pv_enforcement_words(pv_ctx *cx, const pv_ruling *ruling, const char *message);
/* Another when any ruling may be. */
PV_MUST_USE int pv_enforcement_stamp(pv_ctx *cx, pv_api *api, uint64_t *ret);

/* ---- parts, for who looks after rollouts ---- */
/* Does the list of spec.policies name it? */
bool pv_enforcement_names(const pv_val *policies, const pv_rule_name *rule);
/* Is an entry of status.policies that very one? */
bool pv_enforcement_is(const pv_val *entry, const pv_rule_name *rule);
/* The first of spec.environments that the object is in; NULL: none. */
const pv_val *pv_enforcement_environment(pv_ctx *cx, const pv_val *rollout, const pv_admit *admit);
/* Of status.environments what its controller says of that one; NULL: nothing yet. */
const pv_val *pv_enforcement_state(const pv_val *rollout, const char *environment);
/* Is the environment among those that spec.rollback (NULL: there is none) holds down? */
bool pv_enforcement_holds(const pv_val *rollback, const char *environment);
/* What the rollout lets its policies do there: its stage, held down by spec.rollback. */
enum pv_effect pv_enforcement_stage(const pv_val *rollout, const char *environment);
enum pv_effect pv_effect_of(const char *stage);         /* "Enforce", "Warn"; all else is audit */
enum pv_effect pv_effect_of_action(const char *action); /* "deny", "warn"; all else is audit */
