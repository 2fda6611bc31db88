/* What levels, queues and requests look like now: the tables of upstream's
 * /debug/api_priority_and_fairness (apiserver/pkg/util/flowcontrol/apf_controller_debug.go).  Two columns of
 * queues are of upstream's virtual time, which there is none of here. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/flow/impl.h"

/* Cells are aligned when all are known. */
typedef struct sheet {
	pv_arena *arena;
	pv_vec cells; /* const char * */
	size_t columns;
} sheet;

static void
cell(sheet *s, const char *text)
{
	pv_vec_push(&s->cells, &text);
}

static void
number(sheet *s, int64_t n)
{
	cell(s, pv_printf(s->arena, "%lld", (long long)n));
}

static void
head(sheet *s, pv_arena *arena, const char *names)
{
	pv_str rest = pv_str_of(names), name;

	*s = (sheet){.arena = arena};
	pv_vec_init(&s->cells, arena, sizeof(const char *));
	for (; pv_str_next(&rest, ' ', &name); s->columns++)
		cell(s, pv_strndup(arena, name.s, name.len));
}

static void
print(const sheet *s, pv_buf *b)
{
	size_t *wide = pv_new_array(s->arena, size_t, s->columns);

	for (size_t i = 0; i < s->cells.len; i++) {
		size_t len = strlen(*PV_AT(const char *, &s->cells, i)) + 1; /* with its comma */

		if (len > wide[i % s->columns])
			wide[i % s->columns] = len;
	}
	for (size_t i = 0; i < s->cells.len; i++) {
		const char *text = *PV_AT(const char *, &s->cells, i);
		size_t column = i % s->columns;

		if (column + 1 == s->columns)
			pv_buf_printf(b, "%s\n", text);
		else
			pv_buf_printf(b, "%s,%*s", text, (int)(wide[column] - strlen(text)), "");
	}
}

static int
by_name(const void *a, const void *b)
{
	const pv_flow_level *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static pv_vec
sorted(const pv_flow *flow, pv_arena *arena)
{
	pv_vec all;

	pv_vec_init(&all, arena, sizeof(const pv_flow_level *));
	for (const pv_flow_level *l = flow->levels; l; l = l->next)
		pv_vec_push(&all, &l);
	pv_vec_sort(&all, by_name);
	return all;
}

static void
show_levels(const pv_vec *levels, pv_buf *b)
{
	sheet s;

	head(&s, b->arena,
	     "PriorityLevelName ActiveQueues IsIdle IsQuiescing WaitingRequests ExecutingRequests "
	     "DispatchedRequests RejectedRequests TimedoutRequests CancelledRequests");
	for (size_t n = 0; n < levels->len; n++) {
		const pv_flow_level *l = *PV_AT(const pv_flow_level *, levels, n);
		int active = 0;

		for (int i = 0; i < l->n_queues; i++)
			active += l->queues[i].len || l->queues[i].running;
		cell(&s, pv_strdup(b->arena, l->name));
		number(&s, active);
		cell(&s, !l->exempt && !l->waiting && !l->running ? "true" : "false");
		cell(&s, l->wanted ? "false" : "true");
		number(&s, l->waiting);
		number(&s, l->running);
		number(&s, l->served);
		number(&s, l->refused);
		number(&s, l->late);
		number(&s, 0); /* who waits is not asked whether its client is still there */
	}
	print(&s, b);
}

static int
waiting_seats(const queue *q)
{
	int sum = 0;

	for (const pv_flow_ticket *t = q->first; t; t = t->next)
		sum += t->width;
	return sum;
}

static void
show_queues(const pv_vec *levels, pv_buf *b)
{
	sheet s;

	head(&s, b->arena,
	     "PriorityLevelName Index PendingRequests ExecutingRequests SeatsInUse NextDispatchR "
	     "InitialSeatsSum MaxSeatsSum TotalWorkSum");
	for (size_t n = 0; n < levels->len; n++) {
		const pv_flow_level *l = *PV_AT(const pv_flow_level *, levels, n);

		for (int i = 0; i < l->n_queues; i++) {
			const queue *q = &l->queues[i];
			int sum = waiting_seats(q);

			cell(&s, pv_strdup(b->arena, l->name));
			number(&s, i);
			number(&s, q->len);
			number(&s, q->running);
			number(&s, q->seats);
			cell(&s, "-");
			number(&s, sum);
			number(&s, sum);
			cell(&s, "-");
		}
	}
	print(&s, b);
}

static int
place_of(const pv_flow_ticket *t)
{
	const pv_flow_ticket *at = t->queue >= 0 && !t->seats ? t->level->queues[t->queue].first : NULL;
	int n = 0;

	for (; at && at != t; at = at->next)
		n++;
	return at ? n : -1;
}

static void
show_request(sheet *s, const pv_flow_ticket *t)
{
	cell(s, pv_strdup(s->arena, t->level->name));
	cell(s, t->tally ? pv_strdup(s->arena, t->tally->schema) : "");
	number(s, t->queue);
	number(s, place_of(t));
	cell(s, pv_strdup(s->arena, t->by));
	cell(s, pv_time_format_micro(s->arena, t->came));
	number(s, t->seats ? t->seats : t->width);
	number(s, 0);
	cell(s, "0s");
	cell(s, t->seats ? pv_time_format_micro(s->arena, t->came + (t->began - t->since)) : "");
}

static void
show_details(sheet *s, const pv_flow_ticket *t)
{
	const pv_attributes *what = t->what;
	const char *cells[] = {t->who->user, what->verb,     what->url ? what->url : "", what->ns, what->name,
			       what->group,  what->resource, what->subresource};

	for (size_t i = 0; i < PV_LEN(cells); i++)
		cell(s, pv_strdup(s->arena, cells[i]));
}

static void
show_requests(const pv_vec *levels, bool details, pv_buf *b)
{
	sheet s;

	head(&s, b->arena,
	     details ? "PriorityLevelName FlowSchemaName QueueIndex RequestIndexInQueue FlowDistingsher ArriveTime "
		       "InitialSeats FinalSeats AdditionalLatency StartTime UserName Verb APIPath Namespace Name "
		       "APIVersion Resource SubResource"
		     : "PriorityLevelName FlowSchemaName QueueIndex RequestIndexInQueue FlowDistingsher ArriveTime "
		       "InitialSeats FinalSeats AdditionalLatency StartTime");
	for (size_t n = 0; n < levels->len; n++)
		for (const pv_flow_ticket *t = (*PV_AT(const pv_flow_level *, levels, n))->eldest; t;
		     t = t->younger) {
			show_request(&s, t);
			if (details)
				show_details(&s, t);
		}
	print(&s, b);
}

void
pv_flow_show(pv_flow *flow, enum pv_flow_table table, bool details, pv_buf *b)
{
	pv_vec levels;

	flow_refresh(flow);
	pthread_mutex_lock(&flow->seats);
	levels = sorted(flow, b->arena);
	if (table == PV_FLOW_LEVELS)
		show_levels(&levels, b);
	else if (table == PV_FLOW_QUEUES)
		show_queues(&levels, b);
	else
		show_requests(&levels, details, b);
	pthread_mutex_unlock(&flow->seats);
}
