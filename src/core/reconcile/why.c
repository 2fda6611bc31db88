/* why: how a plan is shown. */
#include "core/reconcile/turn.h"

#include "base/buf.h"
#include "base/time.h"

const char *
plan_reason(pv_ctx *cx, const pv_plan *plan)
{
	const pv_vec *lines = &plan->reasons;
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < lines->len; i++)
		pv_buf_printf(&b, "%s%s", i ? "; " : "", *PV_AT(const char *, lines, i));
	return lines->len ? b.s : NULL;
}

static pv_val
strings(pv_ctx *cx, const pv_vec *v)
{
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < v->len; i++)
		pv_listb_add(&b, pv_string(cx->arena, *PV_AT(const char *, v, i)));
	return pv_listb_end(&b);
}

static pv_val
notes(pv_ctx *cx, const pv_vec *v)
{
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		const struct note *n = PV_AT(struct note, v, i);
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_puts(&o, "type", n->type);
		pv_objb_puts(&o, "reason", n->reason);
		pv_objb_puts(&o, "message", n->message);
		pv_objb_puts(&o, "component", n->by.component);
		pv_objb_puts(&o, "fieldPath", n->by.field);
		pv_listb_add(&b, pv_objb_end(&o));
	}
	return pv_listb_end(&b);
}

bool
plan_is_empty(const pv_plan *plan)
{
	return (plan->unconcerned || !plan->deps.len) && !plan->facts.len && !plan->wishes.len &&
	       !plan->notes.len && !plan->reasons.len && !plan->summary && !plan->differences.len &&
	       !plan->status && !plan->requeue && !plan->error;
}

pv_val
plan_show(pv_ctx *cx, const pv_plan *plan, pv_val changes, pv_val facts)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "controller", plan->controller->name);
	pv_objb_puts(&b, "at", pv_time_format_micro(cx->arena, plan->now));
	pv_objb_puts(&b, "summary", plan->summary);
	pv_objb_puts(&b, "reason", plan_reason(cx, plan));
	if (plan->differences.len) {
		pv_listb differences = plan->differences;
		pv_objb_put(&b, "differences", pv_listb_end(&differences));
	}
	pv_objb_put(&b, "changes", changes);
	pv_objb_put(&b, "facts", facts);
	if (plan->missing.len)
		pv_objb_put(&b, "waitingFor", strings(cx, &plan->missing));
	if (plan->notes.len)
		pv_objb_put(&b, "events", notes(cx, &plan->notes));
	if (plan->error) {
		pv_objb_puts(&b, "error", plan->error);
		pv_objb_puts(&b, "errorReason", plan->error_reason);
	}
	if (plan->requeue)
		pv_objb_puts(&b, "nextRun", pv_time_format(cx->arena, plan->now + plan->requeue));
	return pv_objb_end(&b);
}
