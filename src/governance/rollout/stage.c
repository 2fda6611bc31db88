/* stage: one environment of a rollout: does it move on, and if not, what keeps it?  All of its state is in
 * the status, so a restart goes on where it was. */
#include "base/str.h"
#include "base/time.h"
#include "governance/rollout/inside.h"

typedef struct state {
	const char *name;
	enum pv_effect stage;
	int64_t since, earliest; /* earliest 0: it is enforced */
	const pv_val *spec;      /* of the environment */
	const pv_val *old;       /* its state before; NULL: it is new */
	const pv_val *found;     /* what violates; NULL: nothing does, or it is not known */
	const char *by;          /* who let it come here; NULL: nobody was asked */
	int64_t lapsed;          /* approvals of Enforce that were of what policies said before */
	bool anew;               /* its least time began anew: a policy changed */
	pv_listb waits;
} state;

const char *
rollout_stage_name(enum pv_effect stage)
{
	return stage == PV_EFFECT_DENY ? "Enforce" : stage == PV_EFFECT_WARN ? "Warn" : "Audit";
}

int64_t
rollout_duration(const pv_val *text, int64_t otherwise)
{
	int64_t ns;

	return text && pv_duration_parse(pv_strv(text), &ns) ? ns : otherwise;
}

static int64_t
least(const rollout_turn *t, enum pv_effect stage)
{
	const pv_val *stages = pv_at(t->rollout, "spec.stages");

	if (stage == PV_EFFECT_WARN)
		return rollout_duration(pv_get(stages, "warn"), 4 * ROLLOUT_WEEK);
	return rollout_duration(pv_get(stages, "audit"), ROLLOUT_WEEK);
}

/* ---- what keeps it ---- */

static void
wait_for(rollout_turn *t, state *s, const char *text)
{
	pv_listb_add(&s->waits, pv_string(t->cx->arena, text));
}

static int64_t
approvals_of(const rollout_turn *t, const char *name, const char *stage, const char **ret_last)
{
	const pv_val *list = pv_at(t->rollout, "spec.approvals");
	int64_t n = 0;

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "environment", ""), name) &&
		    pv_streq(pv_text_at(pv_item(list, i), "stage", ""), stage)) {
			*ret_last = pv_text_at(pv_item(list, i), "by", "");
			n++;
		}
	return n;
}

/* Who let it move on; NULL: nobody did, or of what the policies said before. */
static const char *
approver(const rollout_turn *t, const state *s)
{
	enum pv_effect next = s->stage + 1;
	const char *last = NULL;
	int64_t given = approvals_of(t, s->name, rollout_stage_name(next), &last);

	return given > (next == PV_EFFECT_DENY ? s->lapsed : 0) ? last : NULL;
}

static bool
is_manual(const rollout_turn *t)
{
	return pv_streq(pv_text_at(t->rollout, "spec.approval", ""), "Manual");
}

/* Of what would be refused, and of what could not even be asked. */
static void
look_through_gate(rollout_turn *t, state *s)
{
	int64_t left = pv_i64_at(s->found, "violations", 0), errors = pv_i64_at(s->found, "errors", 0),
		allowed = pv_i64_at(s->spec, "gate.violations", 0);

	if (!t->found)
		wait_for(t, s, "what violates is being found out");
	if (errors)
		wait_for(t, s,
			 pv_printf(t->cx->arena, "a policy cannot be evaluated: %s",
				   pv_text_at(s->found, "error", "")));
	if (left - errors > allowed)
		wait_for(t, s,
			 pv_printf(t->cx->arena, "%s left, at most %lld may be",
				   pv_counted(t->cx->arena, (size_t)(left - errors), "violation"),
				   (long long)allowed));
}

static void
look_for_waits(rollout_turn *t, state *s)
{
	const char *next = rollout_stage_name(s->stage + 1);

	if (t->paused)
		wait_for(t, s, "paused");
	if (pv_plan_now(t->plan) < s->earliest) {
		wait_for(t, s,
			 pv_printf(t->cx->arena, "at the earliest %s",
				   pv_time_format(t->cx->arena, s->earliest)));
		pv_plan_requeue(t->plan, s->earliest - pv_plan_now(t->plan));
	}
	if (t->before <= s->stage)
		wait_for(t, s, pv_printf(t->cx->arena, "the environment in front is not at %s", next));
	if (t->broken)
		wait_for(t, s, t->broken);
	if (s->stage == PV_EFFECT_WARN)
		look_through_gate(t, s);
	if (is_manual(t) && !approver(t, s))
		wait_for(t, s, pv_printf(t->cx->arena, "approval of %s", next));
}

/* ---- moving ---- */

static void
enter(rollout_turn *t, state *s, enum pv_effect stage, const char *by, const char *why)
{
	s->stage = stage;
	s->since = pv_plan_now(t->plan);
	s->by = by;
	rollout_note(t, s->name, rollout_stage_name(stage), by, why);
}

static void
move_back(rollout_turn *t, state *s)
{
	enum pv_effect held = pv_enforcement_stage(t->rollout, s->name);
	const char *reason = pv_text_at(t->rollout, "spec.rollback.reason", "");

	if (held >= s->stage)
		return;
	pv_plan_event(t->cx, t->plan, "Warning", "RolledBack", "%s is back at %s: %s", s->name,
		      rollout_stage_name(held), reason);
	enter(t, s, held, NULL, reason);
}

/* Nobody was warned of what they say now, or approved of its being refused.  At Audit those who approve may be
 * ahead of policies that are yet to come. */
static void
begin_anew(rollout_turn *t, state *s)
{
	bool warned = s->stage == PV_EFFECT_WARN;
	const char *last;

	if ((!t->news.changed && !(t->news.added && warned)) ||
	    pv_streq(pv_text_at(t->rollout, "spec.policyChange", ""), "Continue"))
		return;
	s->lapsed = approvals_of(t, s->name, rollout_stage_name(PV_EFFECT_DENY), &last);
	if (!warned)
		return;
	pv_plan_event(t->cx, t->plan, "Normal", "WarnedAnew", "%s: the least time of Warn begins anew",
		      s->name);
	s->since = pv_plan_now(t->plan);
	s->anew = true;
}

static void
move_on(rollout_turn *t, state *s)
{
	enum pv_effect next = s->stage + 1;
	const char *by = is_manual(t) ? approver(t, s) : NULL;

	enter(t, s, next, by, NULL);
	s->earliest = s->stage == PV_EFFECT_DENY ? 0 : s->since + least(t, s->stage);
	pv_plan_event(t->cx, t->plan, "Normal", "StageEntered", "%s is at %s now%s%s", s->name,
		      rollout_stage_name(s->stage), by ? ", approved by " : "", by ? by : "");
	pv_plan_requeue(t->plan, PV_MS);
}

static void
move(rollout_turn *t, state *s)
{
	move_back(t, s);
	if (s->stage == PV_EFFECT_DENY)
		return;
	begin_anew(t, s);
	s->earliest = s->since + least(t, s->stage);
	if (pv_at(t->rollout, "spec.rollback")) {
		wait_for(t, s, "rolled back");
		return;
	}
	look_for_waits(t, s);
	if (!s->waits.len)
		move_on(t, s);
}

/* When a write is refused, if no gate and nobody keeps it; 0: that is not known. */
static int64_t
enforced_from(const rollout_turn *t, const state *s)
{
	int64_t at = s->earliest + (s->stage == PV_EFFECT_AUDIT ? least(t, PV_EFFECT_WARN) : 0);

	if (s->stage == PV_EFFECT_DENY || t->paused || pv_at(t->rollout, "spec.rollback"))
		return 0;
	if (at < t->enforced_from)
		at = t->enforced_from;
	return at > pv_plan_now(t->plan) ? at : 0;
}

/* ---- owners ---- */

/* An event lives for an hour, Warn for weeks: owners hear of it when it begins, and as its end comes near. */
static const char *const news[] = {"Warn", "Warn, a week left", "Warn, a day left", "Warn, at any time"};

static size_t
news_of(const rollout_turn *t, int64_t from)
{
	int64_t left = from - pv_plan_now(t->plan);

	if (t->paused || pv_at(t->rollout, "spec.rollback"))
		return 0;
	if (!from) /* its time is over, and a gate keeps it */
		return 3;
	return left <= ROLLOUT_WEEK / 7 ? 2 : left <= ROLLOUT_WEEK ? 1 : 0;
}

static bool
is_news(const state *s, const char *before, size_t now)
{
	if (s->anew)
		return true;
	for (size_t i = now; i < PV_LEN(news); i++)
		if (pv_streq(before, news[i]))
			return false;
	return true;
}

static pv_val
told(rollout_turn *t, state *s, int64_t from)
{
	const char *before = pv_text_at(s->old, "told", "");
	size_t now = news_of(t, from);

	if (s->stage != PV_EFFECT_WARN)
		return pv_string(t->cx->arena, rollout_stage_name(s->stage));
	/* Only once it is known who violates: an event for nobody would be the only one. */
	if (!t->found || !is_news(s, before, now))
		return pv_string(t->cx->arena, s->anew ? "" : before);
	rollout_tell(t, s->found, s->name, from);
	return pv_string(t->cx->arena, news[now]);
}

static pv_val
state_value(rollout_turn *t, state *s, int64_t from)
{
	pv_arena *arena = t->cx->arena;
	const pv_val *refused = pv_get(s->found, "refused"), *owners = pv_get(s->found, "owners");
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "name", s->name);
	pv_objb_puts(&b, "stage", rollout_stage_name(s->stage));
	pv_objb_puts(&b, "since", pv_time_format(arena, s->since));
	pv_objb_puts(&b, "approvedBy", s->by);
	if (s->lapsed && s->stage != PV_EFFECT_DENY)
		pv_objb_put(&b, "lapsedApprovals", pv_int(s->lapsed));
	if (s->earliest)
		pv_objb_puts(&b, "earliest", pv_time_format(arena, s->earliest));
	if (from)
		pv_objb_puts(&b, "enforcedFrom", pv_time_format(arena, from));
	pv_objb_put(&b, "told", told(t, s, from));
	pv_objb_put(&b, "waits", pv_listb_end(&s->waits));
	pv_objb_put(&b, "violations", pv_int(pv_i64_at(s->found, "violations", 0)));
	pv_objb_put(&b, "allowed", pv_int(pv_i64_at(s->spec, "gate.violations", 0)));
	pv_objb_put(&b, "exempt", pv_int(pv_i64_at(s->found, "exempt", 0)));
	pv_objb_put(&b, "errors", pv_int(pv_i64_at(s->found, "errors", 0)));
	pv_objb_put(&b, "objects", pv_int(pv_i64_at(s->found, "objects", 0)));
	pv_objb_put(&b, "owners", owners ? *owners : pv_list_of(arena, NULL, 0));
	pv_objb_put(&b, "refused", refused ? *refused : pv_list_of(arena, NULL, 0));
	return pv_objb_end(&b);
}

/* Who takes such an approval away may give it again. */
static int64_t
lapsed_before(const rollout_turn *t, const state *s)
{
	int64_t lapsed = pv_i64_at(s->old, "lapsedApprovals", 0), there;
	const char *last;

	if (!lapsed)
		return 0;
	there = approvals_of(t, s->name, rollout_stage_name(PV_EFFECT_DENY), &last);
	return there < lapsed ? there : lapsed;
}

pv_val
rollout_environment(rollout_turn *t, const pv_val *environment, const char **ret_waits)
{
	state s = {.spec = environment, .name = pv_text_at(environment, "name", "")};
	const char *first;
	pv_val out;

	s.old = pv_enforcement_state(t->rollout, s.name);
	s.stage = pv_effect_of(pv_text_at(s.old, "stage", ""));
	s.since = pv_time_at(s.old, "since");
	if (!s.since ||
	    s.since > pv_plan_now(t->plan)) /* a clock that was ahead adds nothing to a least time */
		s.since = pv_plan_now(t->plan);
	s.by = pv_text_at(s.old, "approvedBy", NULL);
	s.lapsed = lapsed_before(t, &s);
	s.found = pv_get(pv_get(t->found, "environments"), s.name);
	pv_listb_init(&s.waits, t->cx->arena);
	move(t, &s);
	first = s.waits.len ? pv_text(&s.waits.items[0], NULL) : NULL;
	*ret_waits = first ? pv_printf(t->cx->arena, "%s: %s", s.name, first) : NULL;
	t->enforced_from = enforced_from(t, &s);
	out = state_value(t, &s, t->enforced_from);
	t->before = s.stage;
	return out;
}
