/* What is counted of requests, under upstream's names (apiserver/pkg/util/flowcontrol/metrics), by schema
 * and level; and how many seats a level has. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/flow/impl.h"

#define PREFIX "apiserver_flowcontrol_"

static const double widths[] = {1, 2, 4, 10};

static pv_metric *
metric(pv_flow *flow, const pv_flow_tally *t, const char *name, const char *help, enum pv_metric_type type)
{
	pv_family *family = pv_family_new(flow->metrics, &(pv_family_def){
								 .name = name,
								 .help = help,
								 .type = type,
								 .labels = {"flow_schema", "priority_level"},
							 });

	return pv_family_of(family, (const char *[]){t->schema, t->level});
}

/* One with a third label. */
static pv_metric *
of_kind(pv_flow *flow, const pv_flow_tally *t, const pv_family_def *def, const char *value)
{
	return pv_family_of(pv_family_new(flow->metrics, def), (const char *[]){t->schema, t->level, value});
}

static void
refusals(pv_flow *flow, pv_flow_tally *t)
{
	const pv_family_def refused = {.name = PREFIX "rejected_requests_total",
				       .help = "Requests that were refused.",
				       .type = PV_COUNTER,
				       .labels = {"flow_schema", "priority_level", "reason"}};
	const pv_family_def waited = {.name = PREFIX "request_wait_duration_seconds",
				      .help = "How long requests waited for a seat.",
				      .type = PV_HISTOGRAM,
				      .labels = {"flow_schema", "priority_level", "execute"}};

	t->full = of_kind(flow, t, &refused, "queue-full");
	t->none = of_kind(flow, t, &refused, "concurrency-limit");
	t->late = of_kind(flow, t, &refused, "time-out");
	t->waited = of_kind(flow, t, &waited, "true");
	t->gave_up = of_kind(flow, t, &waited, "false");
}

static void
begin(pv_flow *flow, pv_flow_tally *t)
{
	const pv_family_def width = {.name = PREFIX "work_estimated_seats",
				     .help = "Seats that requests are worth.",
				     .type = PV_HISTOGRAM,
				     .labels = {"flow_schema", "priority_level"},
				     .buckets = widths,
				     .n_buckets = PV_LEN(widths)};

	t->running =
		metric(flow, t, PREFIX "current_executing_requests", "Requests that have seats.", PV_GAUGE);
	t->seats = metric(flow, t, PREFIX "current_executing_seats", "Seats that requests have.", PV_GAUGE);
	t->waiting = metric(flow, t, PREFIX "current_inqueue_requests", "Requests that wait for a seat.",
			    PV_GAUGE);
	t->served = metric(flow, t, PREFIX "dispatched_requests_total",
			   "Requests that had their turn, or needed no seat.", PV_COUNTER);
	t->took = metric(flow, t, PREFIX "request_execution_seconds", "How long requests had their seats.",
			 PV_HISTOGRAM);
	t->width = pv_family_of(pv_family_new(flow->metrics, &width), (const char *[]){t->schema, t->level});
	refusals(flow, t);
}

pv_flow_tally *
tally_of(pv_flow *flow, const char *schema, const char *level)
{
	pv_flow_tally *t = flow->tallies;
	size_t a = strlen(schema) + 1, b = strlen(level) + 1;

	if (!flow->metrics)
		return NULL;
	for (; t; t = t->next)
		if (pv_streq(t->schema, schema) && pv_streq(t->level, level))
			return t;
	t = calloc(1, sizeof *t + a + b);
	PV_ASSERT(t);
	t->schema = memcpy(t + 1, schema, a);
	t->level = memcpy(t->schema + a, level, b);
	t->next = flow->tallies;
	flow->tallies = t;
	begin(flow, t);
	return t;
}

void
tally_free(pv_flow *flow)
{
	for (pv_flow_tally *t = flow->tallies, *next; t; t = next) {
		next = t->next;
		free(t);
	}
	flow->tallies = NULL;
}

void
tally_level(pv_flow *flow, const pv_flow_level *l)
{
	const struct {
		const char *name, *help;
		int seats;
	} rows[] = {
		{PREFIX "nominal_limit_seats", "A level's own seats.", l->nominal},
		{PREFIX "lower_limit_seats", "Seats that a level lends to nobody.", l->floor},
		{PREFIX "upper_limit_seats", "Seats of a level with those that it may borrow.",
		 l->limit < flow->total ? l->limit : flow->total},
	};

	for (size_t i = 0; flow->metrics && i < PV_LEN(rows); i++) {
		const pv_family_def def = {.name = rows[i].name,
					   .help = rows[i].help,
					   .type = PV_GAUGE,
					   .labels = {"priority_level"}};

		pv_metric_set(pv_family_of(pv_family_new(flow->metrics, &def), (const char *[]){l->name}),
			      l->wanted && !l->exempt ? rows[i].seats : 0);
	}
}
