/* Priority and fairness: what changes something or computes waits for a seat of its level
 * before a worker takes it; what a loop thread answers from memory needs no seat.  Each
 * answer says which FlowSchema and PriorityLevelConfiguration it fell under. */
#include <string.h>

#include "core/api/http.h"
#include "core/flow/flow.h"

static void
classify(request *q, bool hold, pv_flow_ticket *ret)
{
	pv_attributes *what = pv_new(q->cx->arena, pv_attributes);

	*what = route_attributes(q, request_verb(q));
	if (!q->t.plural[0])
		what->url = pv_http_path(q->http);
	pv_flow_classify(q->cx, q->api->flow, pv_auth_identity(q->cx), what, hold, ret);
}

/* What a list costs: a seat for each hundred objects that it looks at (upstream's list_work_estimator). */
static int
width(request *q)
{
	static const int per_seat = 100, most = 10;
	const char *limit = pv_http_query(q->http, "limit");
	int64_t n, asked;

	if (!q->t.res || !pv_streq(request_verb(q), "list"))
		return 1;
	n = (int64_t)pv_store_count(q->api->store, q->t.res->type);
	if (limit && pv_parse_int(pv_str_of(limit), &asked) && asked > 0 && asked < n &&
	    !pv_http_query(q->http, "labelSelector") && !pv_http_query(q->http, "fieldSelector"))
		n = asked;
	return n >= most * per_seat ? most : n < per_seat ? 1 : (int)((n + per_seat - 1) / per_seat);
}

static void
run(void *req)
{
	pv_http_run(req);
}

int
pv_api_enter(pv_ctx *cx, pv_http_req *http, void *arg)
{
	pv_api *api = arg;
	pv_flow_ticket *ticket = pv_new(cx->arena, pv_flow_ticket);
	request q = {.api = api, .cx = cx, .http = http, .method = pv_http_method(http)};
	int r;

	route_begin(&q);
	if (pv_auth_request(cx, api->auth, http) < 0 || pv_auth_impersonate(cx, api->auth, http) < 0)
		(void)pv_recover(cx); /* nobody's: the handler tells them why */
	if (!route_parse(cx, pv_http_path(http), &q.t))
		route_begin(&q);
	classify(&q, true, ticket);
	cx->identity = NULL; /* the handler asks for itself */
	ticket->run = run;
	ticket->arg = http;
	ticket->width = width(&q);
	*pv_http_ticket(http) = ticket;
	r = pv_flow_enter(cx, api->flow, ticket);
	return r;
}

void
pv_api_leave(pv_http_req *http, void *arg)
{
	pv_api *api = arg;
	pv_flow_ticket *ticket = *pv_http_ticket(http);

	if (ticket)
		pv_flow_leave(api->flow, ticket);
}

int
flow_check(request *q)
{
	const pv_flow_ticket *ticket = *pv_http_ticket(q->http);

	return ticket && ticket->late ? pv_flow_refuse(q->cx) : 0;
}

void
flow_tell(request *q)
{
	const pv_flow_ticket *ticket = *pv_http_ticket(q->http);
	pv_flow_ticket made;

	if (!q->api->flow)
		return;
	if (!ticket) {
		classify(q, false, &made);
		ticket = &made;
	}
	if (ticket->schema_uid[0])
		pv_http_set(q->http, "X-Kubernetes-PF-FlowSchema-UID", ticket->schema_uid);
	if (ticket->level_uid[0])
		pv_http_set(q->http, "X-Kubernetes-PF-PriorityLevel-UID", ticket->level_uid);
}

/* ---- /debug/api_priority_and_fairness ---- */

static const struct {
	const char *name;
	enum pv_flow_table table;
} dumps[] = {{"dump_priority_levels", PV_FLOW_LEVELS},
	     {"dump_queues", PV_FLOW_QUEUES},
	     {"dump_requests", PV_FLOW_REQUESTS}};

static bool
dump_of(const char *path, enum pv_flow_table *ret)
{
	for (size_t i = 0; pv_starts_with(path, FLOW_DEBUG) && i < PV_LEN(dumps); i++)
		if (pv_streq(path + strlen(FLOW_DEBUG), dumps[i].name)) {
			*ret = dumps[i].table;
			return true;
		}
	return false;
}

bool
flow_has(const char *path)
{
	enum pv_flow_table table;

	return dump_of(path, &table);
}

int
handle_flow(request *q)
{
	enum pv_flow_table table = PV_FLOW_LEVELS;
	pv_buf text;

	(void)dump_of(q->path, &table);
	pv_buf_init(&text, q->cx->arena);
	if (q->api->flow)
		pv_flow_show(q->api->flow, table, query_flag(q, "includeRequestDetails"), &text);
	q->status = 200;
	pv_http_reply(q->http, 200, "text/plain; charset=utf-8", (pv_str){text.s, text.len}, pv_http_keep,
		      NULL);
	return 0;
}
