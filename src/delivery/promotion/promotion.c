/* promotion: the controller of a Promotion: what runs in one Application, what keeps it, writing it to the next, and
 * looking after it there.  All state is in the status; it goes on where it was after any end of the server. */
#include "base/str.h"
#include "base/time.h"
#include "delivery/application/application.h"
#include "delivery/promotion/inside.h"

#define HISTORY 20

void
turn_waits(turn *t, const char *fmt, ...)
{
	const char *text;
	va_list ap;
	va_start(ap, fmt);
	text = pv_vprintf(t->cx->arena, fmt, ap);
	va_end(ap);
	pv_vec_push(&t->waits, &text);
}

/* ---- what it begins with ---- */

static const pv_val *
find(turn *t, const char *side)
{
	const char *name = pv_text_at(pv_get(t->spec, side), "application", "");
	const pv_val *found = pv_plan_find(t->cx, t->plan, APPLICATION, t->ns, name);
	if (!found)
		turn_waits(t, "application %s: there is none of that name in namespace %s", name, t->ns);
	return found;
}

static void
begin(pv_ctx *cx, const pv_val *object, pv_plan *plan, turn *t)
{
	*t = (turn){.cx = cx,
		    .plan = plan,
		    .object = object,
		    .spec = pv_get(object, "spec"),
		    .status = pv_get(object, "status"),
		    .ns = pv_text_at(object, "metadata.namespace", ""),
		    .name = pv_text_at(object, "metadata.name", "")};
	pv_vec_init(&t->waits, cx->arena, sizeof(const char *));
	t->from = find(t, "from");
	t->to = find(t, "to");
}

/* ---- what comes of it ---- */

/* Which values the Application behind shall have, and what that entry of the history says. */
struct goal {
	const pv_val *values;
	const char *id, *by, *why;
	int64_t since; /* of the candidate: Healthy before; 0: it is not */
	bool rolls_back;
};

static const pv_val *
entry_of(const turn *t, int64_t id)
{
	const pv_val *list = pv_get(t->status, "history");
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_i64_at(pv_item(list, i), "id", -1) == id)
			return pv_item(list, i);
	return NULL;
}

/* Since when the candidate is Healthy where it comes from; 0: it is not, which is waited for. */
static int64_t
healthy_since(turn *t)
{
	const pv_val *old = pv_get(t->status, "candidate");
	const char *why = application_unready(t->cx, t->plan, t->from, 0);
	int64_t since = pv_time_at(old, "since");
	if (why)
		turn_waits(t, "application %s: %s", pv_text_at(t->from, "metadata.name", ""), why);
	if (why || !t->id)
		return 0;
	return since && pv_streq(pv_text_at(old, "id", ""), t->id) ? since : pv_plan_now(t->plan);
}

static void
roll_back(turn *t, struct goal *goal)
{
	const pv_val *rollback = pv_get(t->spec, "rollback");
	int64_t to = pv_i64_at(rollback, "to", -1);
	const pv_val *entry = entry_of(t, to);
	goal->rolls_back = true;
	goal->by = pv_text_at(rollback, "by", "");
	goal->why = pv_text_at(rollback, "reason", "");
	goal->values = pv_get(entry, "values");
	goal->id = pv_text_at(entry, "candidate", "");
	if (!entry)
		turn_waits(t, "spec.rollback.to: the history has no entry %lld", (long long)to);
}

/* It was written.  Who changes the Application by hand since then means it: that is told, and not undone. */
static bool
is_current(const turn *t, const struct goal *goal)
{
	return goal->values && pv_streq(pv_text_at(t->status, "current.id", ""), goal->id);
}

/* Whoever rolled back did not want the candidate that was there: it is not written again unless it is approved
 * anew. */
static void
look_at_rejected(turn *t)
{
	const pv_val *rejected = pv_get(t->status, "rejected");
	if (pv_streq(pv_text_at(rejected, "id", ""), t->id) &&
	    gates_count(t, t->id) <= (size_t)pv_i64_at(rejected, "approvals", 0))
		turn_waits(t,
			   "it was rolled back from: another candidate, or an approval after that: "
			   "`pave promotion approve %s -n %s`",
			   t->name, t->ns);
}

static struct goal
choose(turn *t)
{
	struct goal goal = {0};
	if (t->from)
		carry_collect(t);
	goal.since = t->from ? healthy_since(t) : 0;
	if (pv_get(t->spec, "rollback")) {
		if (t->to)
			t->waits.len = 0; /* how it is before does not matter */
		roll_back(t, &goal);
		return goal;
	}
	goal.values = t->values;
	goal.id = t->id;
	if (!t->to || !t->id || is_current(t, &goal))
		return goal;
	look_at_rejected(t);
	gates_look(t, goal.since);
	goal.by = gates_approval(t);
	return goal;
}

/* ---- the status ---- */

static pv_val
entry_val(turn *t, const struct goal *goal, int64_t id, const char *commit)
{
	pv_objb b;
	pv_objb_init(&b, t->cx->arena);
	pv_objb_put(&b, "id", pv_int(id));
	pv_objb_puts(&b, "candidate", goal->id);
	pv_objb_puts(&b, "at", pv_time_format(t->cx->arena, pv_plan_now(t->plan)));
	pv_objb_puts(&b, "by", goal->by && *goal->by ? goal->by : NULL);
	pv_objb_puts(&b, "why", goal->why);
	pv_objb_puts(&b, "commit", *commit ? commit : NULL);
	pv_objb_put(&b, "values", *goal->values);
	return pv_objb_end(&b);
}

static int64_t
next_entry(const turn *t)
{
	const pv_val *old = pv_get(t->status, "history");
	return pv_count(old) ? pv_i64_at(pv_item(old, pv_count(old) - 1), "id", 0) + 1 : 1;
}

static pv_val
history_with(turn *t, pv_val entry)
{
	const pv_val *old = pv_get(t->status, "history");
	size_t skip = pv_count(old) >= HISTORY ? pv_count(old) - HISTORY + 1 : 0;
	pv_listb list;
	pv_listb_init(&list, t->cx->arena);
	for (size_t i = skip; i < pv_count(old); i++)
		pv_listb_add(&list, *pv_item(old, i));
	pv_listb_add(&list, entry);
	return pv_listb_end(&list);
}

static pv_val
current_val(turn *t, const struct goal *goal, int64_t entry)
{
	int64_t now = pv_plan_now(t->plan);
	pv_objb b;
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "id", goal->id);
	pv_objb_put(&b, "entry", pv_int(entry));
	pv_objb_puts(&b, "at", pv_time_format(t->cx->arena, now));
	pv_objb_put(&b, "written", pv_int(now));
	return pv_objb_end(&b);
}

static const char *
told_values(turn *t, const pv_val *values)
{
	pv_buf b;
	pv_buf_init(&b, t->cx->arena);
	for (size_t i = 0; i < pv_count(values); i++) {
		const char *name = pv_text_at(pv_item(values, i), "name", NULL);
		pv_buf_printf(&b, "%s%s%s%s", i ? ", " : "", name ? name : "revision", " ",
			      pv_text_at(pv_item(values, i), "text", ""));
	}
	return b.s;
}

static pv_val
rejected_val(turn *t)
{
	const char *id = pv_text_at(t->status, "current.id", "");
	pv_val v = pv_with(t->cx->arena, NULL, "id", pv_string_ref(id));
	return pv_with(t->cx->arena, &v, "approvals", pv_int((int64_t)gates_count(t, id)));
}

/* Writes what is let through.  True: it is there, and `status` says so. */
static bool
write_goal(turn *t, const struct goal *goal, pv_objb *status)
{
	const char *commit;
	int64_t entry = next_entry(t);
	if (!write_values(t, goal->values, entry, &commit))
		return false;
	pv_objb_put(status, "current", current_val(t, goal, entry));
	pv_objb_put(status, "history", history_with(t, entry_val(t, goal, entry, commit)));
	if (goal->rolls_back)
		pv_objb_put(status, "rejected", rejected_val(t));
	pv_plan_event(t->cx, t->plan, "Normal", goal->rolls_back ? "RolledBack" : "Promoted",
		      "application %s got %s%s%s", pv_text_at(t->to, "metadata.name", ""),
		      told_values(t, goal->values), goal->by && *goal->by ? ", let through by " : "",
		      goal->by && *goal->by ? goal->by : "");
	pv_plan_requeue(t->plan, PV_MS);
	return true;
}

/* How it does where it came to. */
static const char *
look_after(turn *t, const struct goal *goal, pv_objb *status)
{
	const pv_val *current = pv_get(t->status, "current");
	const char *name = pv_text_at(t->to, "metadata.name", ""), *why = NULL;
	t->waits.len = 0;
	if (!carry_is_there(t, goal->values))
		turn_waits(
			t,
			"application %s has been changed since: the next candidate, or a rollback, writes it again",
			name);
	else if (!pv_truth_at(current, "healthy", false))
		why = application_unready(t->cx, t->plan, t->to, pv_i64_at(current, "written", 0));
	if (why)
		turn_waits(t, "application %s: %s", name, why);
	if (!t->waits.len)
		pv_objb_put(status, "current", pv_with(t->cx->arena, current, "healthy", pv_bool(true)));
	return goal->rolls_back ? "RolledBack" : why ? "Promoting" : "Promoted";
}

static const char *
advance(turn *t, const struct goal *goal, pv_objb *status)
{
	if (t->to && is_current(t, goal))
		return look_after(t, goal, status);
	if (pv_truth_at(t->spec, "paused", false) && !goal->rolls_back)
		return "Paused";
	if (!t->waits.len && goal->values && write_goal(t, goal, status))
		return goal->rolls_back ? "RolledBack" : "Promoting";
	return goal->rolls_back ? "RolledBack" : "Waiting";
}

static pv_val
candidate_val(turn *t, int64_t since)
{
	pv_objb b;
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "id", t->id);
	if (since)
		pv_objb_puts(&b, "since", pv_time_format(t->cx->arena, since));
	pv_objb_put(&b, "values", *t->values);
	return pv_objb_end(&b);
}

static pv_val
waits_val(turn *t)
{
	pv_listb list;
	pv_listb_init(&list, t->cx->arena);
	for (size_t i = 0; i < t->waits.len; i++)
		pv_listb_add(&list, pv_string_ref(*PV_AT(const char *, &t->waits, i)));
	return pv_listb_end(&list);
}

static int
reconcile(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	static const char *const kept[] = {"current", "history", "rejected"};
	const char *phase, *first;
	struct goal goal;
	pv_objb b;
	turn t;
	if (pv_at(object, "metadata.deletionTimestamp"))
		return 0;
	begin(cx, object, plan, &t);
	goal = choose(&t);
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < PV_LEN(kept); i++)
		if (pv_get(t.status, kept[i]))
			pv_objb_put(&b, kept[i], *pv_get(t.status, kept[i]));
	phase = advance(&t, &goal, &b);
	first = t.waits.len ? *PV_AT(const char *, &t.waits, 0) : NULL;
	pv_objb_puts(&b, "phase", phase);
	if (t.id)
		pv_objb_put(&b, "candidate", candidate_val(&t, goal.since));
	pv_objb_puts(&b, "waitsFor", first);
	pv_objb_put(&b, "waits", waits_val(&t));
	pv_objb_put(&b, "observedGeneration", *pv_at(object, "metadata.generation"));
	pv_plan_status(cx, plan, pv_objb_end(&b));
	pv_plan_summary(cx, plan, "%s%s%s", phase, first ? ", waits for: " : "", first ? first : "");
	return 0;
}

const pv_controller promotion_controller = {
	.name = "promotion",
	.kind = PROMOTION_GROUP "/v1alpha1/Promotion",
	.reconcile = reconcile,
};
