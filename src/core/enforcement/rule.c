#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/admission/request.h"
#include "core/enforcement/enforcement.h"
#include "core/enforcement/set.h"
#include "core/reconcile/reconcile.h"
#include "lang/selector/selector.h"

/* ---- which policies ---- */

/* A star stands for any text; all else for itself, as rules are called validations[0]. */
static bool
matches(const char *pattern, const char *text)
{
	const char *star = NULL, *behind = text;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			behind = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++behind;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool
fits(const pv_val *pattern, const char *text)
{
	return !pattern || matches(pv_text(pattern, ""), text ? text : "");
}

static bool
any_fits(const pv_val *patterns, const char *text)
{
	for (size_t i = 0; i < pv_count(patterns); i++)
		if (fits(pv_item(patterns, i), text))
			return true;
	return false;
}

bool
pv_enforcement_names(const pv_val *policies, const pv_rule_name *rule)
{
	for (size_t i = 0; i < pv_count(policies); i++) {
		const pv_val *one = pv_item(policies, i), *rules = pv_get(one, "rules");

		if (pv_streq(pv_text_at(one, "kind", ""), rule->kind) &&
		    fits(pv_get(one, "namespace"), rule->ns) && fits(pv_get(one, "name"), rule->name) &&
		    (!pv_count(rules) || any_fits(rules, rule->rule)))
			return true;
	}
	return false;
}

/* ---- which objects ---- */

static bool
selects(pv_ctx *cx, const pv_val *selector, const pv_val *labels)
{
	pv_selector *s;

	if (pv_selector_from(cx, selector, &s) < 0) { /* it was looked at when it was written */
		(void)pv_recover(cx);
		return false;
	}
	return pv_selector_match(s, labels);
}

static bool
is_of_kind(pv_ctx *cx, const pv_val *kinds, const pv_resource *res)
{
	const char *full = *res->group ? pv_printf(cx->arena, "%s.%s", res->kind, res->group) : res->kind;

	for (size_t i = 0; i < pv_count(kinds); i++) {
		const char *kind = pv_text(pv_item(kinds, i), "");

		if (pv_streq(kind, res->kind) || pv_streq(kind, full))
			return true;
	}
	return false;
}

/* Of what is posted to a subresource, a Scale or an Eviction, the labels are those of the object it is about. */
static const pv_val *
labels_of(pv_ctx *cx, const pv_admit *admit)
{
	const pv_val *object = admit->object ? admit->object : admit->old;
	const pv_resource *res = admit->resource;
	pv_key key = {res->type, res->namespaced ? pv_admission_place(admit) : "", admit->name};
	const pv_rec *rec = NULL;

	if (admit->of && admit->serving)
		rec = pv_store_find(cx, pv_api_store(admit->serving), &key);
	return pv_at(rec ? pv_rec_val(rec) : object, "metadata.labels");
}

/* `where`: namespaces, namespaceSelector, kinds, names and selector; each that is there must hold. */
static bool
is_there(pv_ctx *cx, const pv_val *where, const pv_admit *admit)
{
	const pv_val *space;
	const pv_val *part = pv_get(where, "namespaces");
	const char *ns = pv_admission_place(admit);

	if (part && (!*ns || !any_fits(part, ns)))
		return false;
	part = pv_get(where, "namespaceSelector");
	if (part) {
		space = pv_admission_namespace(cx, admit);
		if (!space || !selects(cx, part, pv_at(space, "metadata.labels")))
			return false;
	}
	part = pv_get(where, "kinds");
	if (part && !is_of_kind(cx, part, admit->resource))
		return false;
	part = pv_get(where, "names");
	if (part && !any_fits(part, admit->name))
		return false;
	part = pv_get(where, "selector");
	return !part || selects(cx, part, labels_of(cx, admit));
}

const pv_val *
pv_enforcement_environment(pv_ctx *cx, const pv_val *rollout, const pv_admit *admit)
{
	const pv_val *list = pv_at(rollout, "spec.environments");

	for (size_t i = 0; i < pv_count(list); i++)
		if (is_there(cx, pv_item(list, i), admit))
			return pv_item(list, i);
	return NULL;
}

/* ---- stages ---- */

enum pv_effect
pv_effect_of(const char *stage)
{
	return pv_streq(stage, "Enforce") ? PV_EFFECT_DENY
	       : pv_streq(stage, "Warn")  ? PV_EFFECT_WARN
					  : PV_EFFECT_AUDIT;
}

enum pv_effect
pv_effect_of_action(const char *action)
{
	return pv_streq(action, "deny")   ? PV_EFFECT_DENY
	       : pv_streq(action, "warn") ? PV_EFFECT_WARN
					  : PV_EFFECT_AUDIT;
}

const pv_val *
pv_enforcement_state(const pv_val *rollout, const char *environment)
{
	const pv_val *list = pv_at(rollout, "status.environments");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), environment))
			return pv_item(list, i);
	return NULL;
}

bool
pv_enforcement_holds(const pv_val *rollback, const char *environment)
{
	const pv_val *only = pv_get(rollback, "environments");

	return rollback && (!pv_count(only) || pv_list_has_text(only, environment));
}

/* A rollback counts at once, not when the controller comes to it. */
enum pv_effect
pv_enforcement_stage(const pv_val *rollout, const char *environment)
{
	const pv_val *state = pv_enforcement_state(rollout, environment),
		     *back = pv_at(rollout, "spec.rollback");
	enum pv_effect stage = pv_effect_of(pv_text_at(state, "stage", "")),
		       most = pv_effect_of(pv_text_at(back, "to", ""));

	return pv_enforcement_holds(back, environment) && most < stage ? most : stage;
}

/* ---- the ruling ---- */

static bool
exempts(pv_ctx *cx, const pv_val *exemption, const pv_admit *admit, const pv_rule_name *rule, int64_t now)
{
	return pv_time_at(exemption, "spec.until") > now &&
	       pv_enforcement_names(pv_at(exemption, "spec.policies"), rule) &&
	       is_there(cx, pv_at(exemption, "spec.objects"), admit);
}

/* It has been through all its time, and neither stands still nor goes back: its gate keeps it, or an approval. */
static bool
is_due(const pv_val *rollout, enum pv_effect stage, const char *from)
{
	return stage == PV_EFFECT_WARN && !from && !pv_truth_at(rollout, "spec.paused", false) &&
	       !pv_at(rollout, "spec.rollback");
}

bool
pv_enforcement_is(const pv_val *entry, const pv_rule_name *rule)
{
	return pv_streq(pv_text_at(entry, "name", ""), rule->name) &&
	       pv_streq(pv_text_at(entry, "kind", ""), rule->kind) &&
	       pv_streq(pv_text_at(entry, "namespace", ""), rule->ns ? rule->ns : "");
}

/* One that came when the rollout refused already, by a pattern or late, has been through none of its stages. */
static bool
is_taken(const pv_val *rollout, const pv_rule_name *rule)
{
	const pv_val *list = pv_at(rollout, "status.policies");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_enforcement_is(pv_item(list, i), rule))
			return !pv_truth_at(pv_item(list, i), "held", false);
	return !list || pv_count(list) >= PV_ROLLOUT_POLICIES;
}

typedef struct softening {
	pv_ctx *cx;
	const pv_admit *admit;
	enum pv_effect own;
	bool undated, unknown; /* one that holds it has no date; nor is it due */
	pv_ruling ruling;
} softening;

/* Who is held by several is let go by the last of them; of one that has no date nothing is known, unless it is due. */
static void
put_off(softening *s, const pv_val *rollout, const char *environment, enum pv_effect stage, const char *from)
{
	pv_ruling *ret = &s->ruling;
	bool due = is_due(rollout, stage, from);

	s->undated = s->undated || !from;
	s->unknown = s->unknown || (!from && !due);
	if (s->undated) {
		ret->from = NULL;
	} else if (!ret->from || strcmp(ret->from, from) < 0) {
		ret->from = from;
		ret->last = pv_text_at(rollout, "metadata.name", "");
	}
	if (s->unknown) {
		ret->due = NULL;
	} else if (due && !ret->due) {
		ret->due = rollout;
		ret->due_in = environment;
	}
}

static void
lower(softening *s, const pv_val *rollout, const char *environment, enum pv_effect stage, const char *from)
{
	if (stage >= s->own)
		return;
	if (stage < s->ruling.effect) {
		s->ruling.effect = stage;
		s->ruling.rollout = rollout;
		s->ruling.environment = environment;
	}
	if (s->own == PV_EFFECT_DENY)
		put_off(s, rollout, environment, stage, from);
}

/* A rollout that names the policy and has not taken it in keeps it at Audit, unless another holds it there. */
static void
soften(softening *s, const pv_enforcement *set, const pv_rule_name *rule)
{
	const pv_val *back = NULL;
	const char *place = NULL;
	bool held = false;

	for (size_t i = 0; i < set->n_rollouts; i++) {
		const pv_val *rollout = set->rollouts[i], *environment;
		const char *name;
		enum pv_effect stage;

		if (!pv_enforcement_names(pv_at(rollout, "spec.policies"), rule))
			continue;
		environment = pv_enforcement_environment(s->cx, rollout, s->admit);
		if (!environment)
			continue;
		name = pv_text_at(environment, "name", "");
		stage = pv_enforcement_stage(rollout, name);
		if (stage > PV_EFFECT_AUDIT && !is_taken(rollout, rule)) {
			back = rollout;
			place = name;
			continue;
		}
		held = true;
		lower(s, rollout, name, stage,
		      pv_text_at(pv_enforcement_state(rollout, name), "enforcedFrom", NULL));
	}
	if (back && !held)
		lower(s, back, place, PV_EFFECT_AUDIT, NULL);
}

pv_ruling
pv_enforcement_by(pv_ctx *cx, const pv_enforcement *set, const pv_admit *admit, const pv_rule_name *rule,
		  enum pv_effect own)
{
	softening s = {.cx = cx, .admit = admit, .own = own, .ruling = {.effect = own}};
	int64_t now = pv_now();

	for (size_t i = 0; i < set->n_exemptions; i++)
		if (exempts(cx, set->exemptions[i], admit, rule, now))
			return (pv_ruling){.effect = PV_EFFECT_NONE, .exemption = set->exemptions[i]};
	soften(&s, set, rule);
	return s.ruling;
}

pv_ruling
pv_enforcement_rule(pv_ctx *cx, const pv_admit *admit, const pv_rule_name *rule, enum pv_effect own)
{
	const pv_enforcement *set = NULL;

	if (admit->serving && enforcement_now(cx, admit->serving, &set) < 0)
		(void)pv_recover(cx);
	/* Nothing is softened that is not known to be. */
	return set ? pv_enforcement_by(cx, set, admit, rule, own) : (pv_ruling){.effect = own};
}

pv_ruling
pv_enforcement_write(pv_ctx *cx, const pv_admit *admit, const pv_rule_name *rule, enum pv_effect own)
{
	pv_ruling ruling = pv_enforcement_rule(cx, admit, rule, own);

	if (ruling.exemption)
		pv_admission_note(admit,
				  pv_printf(cx->arena, "exemption.governance.pave.dev/%s",
					    pv_text_at(ruling.exemption, "metadata.name", "")),
				  pv_printf(cx->arena, "%s %s", rule->kind, rule->name));
	return ruling;
}

/* As its controller saw it last. */
static bool
gate_is_open(const pv_val *rollout, const char *environment)
{
	const pv_val *state = pv_enforcement_state(rollout, environment);

	return !pv_i64_at(state, "errors", 0) &&
	       pv_i64_at(state, "violations", 0) <= pv_i64_at(state, "allowed", 0);
}

const char *
pv_enforcement_soon(pv_ctx *cx, const pv_ruling *ruling)
{
	const char *name = pv_text_at(ruling->due, "metadata.name", "");

	if (ruling->from)
		return pv_printf(cx->arena, "to be refused from %s on: PolicyRollout %s", ruling->from,
				 ruling->last);
	if (!ruling->due)
		return NULL;
	return gate_is_open(ruling->due, ruling->due_in)
		       ? pv_printf(cx->arena, "to be refused once PolicyRollout %s moves on in %s", name,
				   ruling->due_in)
		       : pv_printf(cx->arena, "to be refused once the gate of PolicyRollout %s opens in %s",
				   name, ruling->due_in);
}

const char *
pv_enforcement_words(pv_ctx *cx, const pv_ruling *ruling, const char *message)
{
	const char *soon = pv_enforcement_soon(cx, ruling);

	return soon ? pv_printf(cx->arena, "%s (%s)", message, soon) : message;
}

/* ---- has anything changed? ---- */

int
pv_enforcement_stamp(pv_ctx *cx, pv_api *api, uint64_t *ret)
{
	const pv_enforcement *set;
	int64_t now = pv_now();
	int r = enforcement_now(cx, api, &set);
	uint64_t hash = 0;

	for (size_t i = 0; r == 0 && set && i < set->n_exemptions; i++)
		if (pv_time_at(set->exemptions[i], "spec.until") > now)
			hash = hash * 31 + pv_val_hash(pv_get(set->exemptions[i], "spec"));
	for (size_t i = 0; r == 0 && set && i < set->n_rollouts; i++) {
		const pv_val *list = pv_at(set->rollouts[i], "spec.environments");

		hash = hash * 31 + pv_val_hash(pv_get(set->rollouts[i], "spec"));
		hash = hash * 31 + pv_val_hash(pv_at(set->rollouts[i], "status.policies"));
		for (size_t k = 0; k < pv_count(list); k++) {
			const char *name = pv_text_at(pv_item(list, k), "name", "");
			const pv_val *state = pv_enforcement_state(set->rollouts[i], name);

			hash = hash * 31 + pv_enforcement_stage(set->rollouts[i], name);
			hash = hash * 31 + pv_val_hash(pv_get(state, "enforcedFrom"));
		}
	}
	*ret = hash;
	return r;
}
