/* progress: what became of the things that a sync did. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "delivery/application/destination.h"
#include "delivery/application/sync.h"

enum progress { DONE, WAITING, FAILED };

struct verdict {
	enum progress progress;
	const char *message; /* the object's own words; NULL: none */
};

static const pv_val *
live_of(app *a, const task *t)
{
	return destination_find(a, t->item, t->name);
}

static bool
has_ended(const task *t)
{
	return !pv_streq(pv_text_at(t->result, "hookPhase", ""), "Running");
}

/* A hook that asks for a person (Suspended) runs; one that nobody can judge has failed. */
static struct verdict
judge_running(app *a, const task *t, const pv_val *live)
{
	struct verdict v = {DONE, NULL};
	enum health health;
	if (!live)
		return (struct verdict){FAILED,
					"the object is gone: it was deleted while the sync waited for it"};
	health = app_health_of(a, live, &v.message);
	if (!t->item->hook)
		v.progress = health == HEALTHY || health == HEALTH_NONE ? DONE
			     : health == DEGRADED                       ? FAILED
									: WAITING;
	else if (health != HEALTHY && health != HEALTH_NONE)
		v.progress = health == DEGRADED || health == HEALTH_UNKNOWN ? FAILED : WAITING;
	return v;
}

static struct verdict
judge(struct step *s, const task *t)
{
	const char *status = pv_text_at(t->result, "status", "");
	bool failed =
		pv_streq(pv_text_at(t->result, "hookPhase", ""), "Failed") || pv_streq(status, "SyncFailed");
	if (t->prune && !failed) /* a later group starts when it is gone */
		return (struct verdict){
			s->many && pv_streq(status, "Pruned") && live_of(s->a, t) ? WAITING : DONE, NULL};
	if (failed || has_ended(t))
		return (struct verdict){failed ? FAILED : DONE, NULL};
	return judge_running(s->a, t, live_of(s->a, t));
}

static const pv_val *
settled(struct step *s, const task *t, struct verdict v)
{
	pv_val result;
	if (!t->result || t->prune || has_ended(t) || v.progress == WAITING)
		return t->result;
	result = pv_with(s->a->cx->arena, t->result, "hookPhase",
			 pv_string_ref(v.progress == DONE ? "Succeeded" : "Failed"));
	if (v.message && *v.message)
		result = pv_with(s->a->cx->arena, &result, "message", pv_string(s->a->cx->arena, v.message));
	return pv_box(s->a->cx->arena, result);
}

const char *
progress_advised(app *a, const char *why)
{
	const char *absent = pv_printf(a->cx->arena, "namespaces \"%s\" not found", a->dest_ns);
	if (pv_streq(why, absent))
		return pv_printf(a->cx->arena, "%s: create it, or set the sync option CreateNamespace=true",
				 why);
	if (pv_starts_with(why, "namespaces \"") && pv_ends_with(why, "\" not found"))
		return pv_printf(
			a->cx->arena,
			"%s: create it, or take it out of the manifest's metadata.namespace (the sync "
			"option CreateNamespace makes spec.destination.namespace only)",
			why);
	return why;
}

const char *
progress_fault(app *a, const pv_val *result, const char **ret_place)
{
	const char *message = pv_text_at(result, "message", ""), *prefix;
	const item *it = op_item(a, result);
	*ret_place = it ? item_place(a, it) : NULL;
	prefix = *ret_place ? pv_printf(a->cx->arena, "%s: ", *ret_place) : "";
	return pv_starts_with(message, prefix) ? message + strlen(prefix) : message;
}

const char *
progress_reason(app *a, const char *reasons, const pv_val *result)
{
	const char *place, *why = progress_fault(a, result, &place);
	if (reasons && strstr(reasons, why))
		return reasons;
	return pv_printf(a->cx->arena, "%s%s%s%s%s", reasons ? reasons : "", reasons ? "," : "",
			 place ? place : "", place ? ": " : "", progress_advised(a, why));
}

static void
count(struct step *s, struct tally *tally, const task *t, struct verdict v)
{
	if (v.progress == FAILED) {
		tally->failed++;
		tally->reasons = progress_reason(s->a, tally->reasons, t->result);
	}
	if (v.progress != WAITING || (!s->many && !t->item->hook))
		return; /* the last group of plain objects is not waited for */
	if (!tally->first_waiting) {
		tally->first_waiting = t;
		tally->deleting = t->prune;
	}
	tally->hooks = tally->hooks || t->item->hook;
	tally->waiting++;
}

/* The results with those of tasks that have others now (by where they lay). */
static void
replace(struct step *s, const pv_map *anew)
{
	const pv_val *list = pv_at(s->state, "syncResult.resources");
	pv_listb b;
	if (pv_map_len(anew) == 0)
		return;
	pv_listb_init(&b, s->a->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *r = pv_item(list, i);
		const task *t = pv_map_find(anew, (const char *)&r, sizeof(r));
		pv_listb_add(&b, t ? *t->result : *r);
	}
	s->state = pv_box(s->a->cx->arena,
			  pv_with_at(s->a->cx->arena, s->state, "syncResult.resources", pv_listb_end(&b)));
}

void
progress_terminate(struct step *s)
{
	pv_map *anew = pv_map_new(s->a->cx->arena);
	for (size_t i = 0; i < s->tasks.len; i++) {
		task *t = PV_AT(task, &s->tasks, i);
		const pv_val *before = t->result;
		if (!before || !t->item->hook || has_ended(t))
			continue;
		t->result = settled(s, t, (struct verdict){FAILED, "Terminated"});
		pv_map_put(anew, (const char *)&before, sizeof(before), t);
	}
	replace(s, anew);
}

struct tally
progress_take(struct step *s)
{
	struct tally tally = {0};
	pv_map *anew = pv_map_new(s->a->cx->arena);
	for (size_t i = 0; i < s->tasks.len; i++) {
		task *t = PV_AT(task, &s->tasks, i);
		const pv_val *before = t->result;
		struct verdict v;
		if (!before)
			continue;
		v = judge(s, t);
		t->result = settled(s, t, v);
		if (t->result != before)
			pv_map_put(anew, (const char *)&before, sizeof(before), t);
		count(s, &tally, t, v);
	}
	replace(s, anew);
	return tally;
}

void
progress_record(struct step *s, const pv_val *outcome, bool only_failed)
{
	const pv_val *old = pv_at(s->state, "syncResult.resources"), *new = pv_get(outcome, "results");
	pv_listb b;
	pv_listb_init(&b, s->a->cx->arena);
	for (size_t i = 0; i < pv_count(old); i++)
		pv_listb_add(&b, *pv_item(old, i));
	for (size_t i = 0; i < pv_count(new); i++)
		if (!only_failed || pv_streq(pv_text_at(pv_item(new, i), "status", ""), "SyncFailed"))
			pv_listb_add(&b, *pv_item(new, i));
	s->state = pv_box(s->a->cx->arena,
			  pv_with_at(s->a->cx->arena, s->state, "syncResult.resources", pv_listb_end(&b)));
	if (pv_get(outcome, OP_DONE))
		s->state = pv_box(s->a->cx->arena,
				  pv_with(s->a->cx->arena, s->state, OP_DONE, *pv_get(outcome, OP_DONE)));
}
