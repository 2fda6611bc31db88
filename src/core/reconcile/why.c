/* why: a small ring of frozen plans per asker, and how a plan is shown. */
#include "core/reconcile/why.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/time.h"

#define KEPT 8

struct trail {
	const pv_val *plans[KEPT]; /* frozen, newest last */
	size_t len;
	bool last_quiet;
};

struct pv_history {
	pv_map *trails; /* asker -> struct trail */
};

pv_history *
history_new(void)
{
	pv_history *h = calloc(1, sizeof(*h));
	PV_ASSERT(h);
	h->trails = pv_map_new(NULL);
	return h;
}

static void
trail_free(struct trail *t)
{
	for (size_t i = 0; t && i < t->len; i++)
		pv_unref(t->plans[i]);
	free(t);
}

pv_history *
history_free(pv_history *h)
{
	size_t pos = 0;
	void *t;
	if (h) {
		while (pv_map_each(h->trails, &pos, NULL, &t))
			trail_free(t);
		pv_map_free(h->trails);
		free(h);
	}
	return NULL;
}

void
history_add(pv_history *h, const char *asker, const pv_val *shown, bool quiet)
{
	struct trail *t = pv_map_finds(h->trails, asker);
	if (!t) {
		t = calloc(1, sizeof(*t));
		PV_ASSERT(t);
		pv_map_puts(h->trails, asker, t);
	}
	if (quiet && t->last_quiet && t->len > 0) {
		pv_unref(t->plans[--t->len]);
	} else if (t->len == KEPT) {
		pv_unref(t->plans[0]);
		memmove(&t->plans[0], &t->plans[1], (KEPT - 1) * sizeof(t->plans[0]));
		t->len--;
	}
	t->plans[t->len++] = pv_freeze(shown);
	t->last_quiet = quiet;
}

void
history_drop(pv_history *h, const char *asker)
{
	trail_free(pv_map_del(h->trails, asker, strlen(asker)));
}

void
history_list(pv_ctx *cx, const pv_history *h, const char *asker, pv_listb *ret)
{
	const struct trail *t = pv_map_finds(h->trails, asker);
	for (size_t i = t ? t->len : 0; i > 0; i--)
		pv_listb_add(ret, *pv_hold(cx, t->plans[i - 1]));
}

static const char *
joined(pv_ctx *cx, const pv_vec *lines)
{
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
		pv_listb_add(&b, pv_objb_end(&o));
	}
	return pv_listb_end(&b);
}

pv_val
plan_show(pv_ctx *cx, const pv_plan *plan, pv_val changes, pv_val facts)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "controller", plan->controller->name);
	pv_objb_puts(&b, "at", pv_time_format(cx->arena, plan->now));
	pv_objb_puts(&b, "reason", joined(cx, &plan->reasons));
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
