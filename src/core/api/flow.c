/* Priority and fairness: what changes something or computes waits for a seat of its level
 * before a worker takes it; what a loop thread answers from memory needs no seat.  Each
 * answer says which FlowSchema and PriorityLevelConfiguration it fell under. */
#include <string.h>

#include "core/api/http.h"
#include "core/flow/flow.h"

static void
classify(request *q, bool hold, pv_flow_ticket *ret)
{
	const target *t = &q->t;
	pv_attributes what = {request_verb(q), t->group, t->plural, t->sub, t->ns, t->name, NULL};

	if (!t->plural[0])
		what.url = q->path;
	pv_flow_classify(q->cx, q->api->flow, pv_auth_identity(q->cx), &what, hold, ret);
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
