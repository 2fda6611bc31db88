/* nodes/proxy, pods/proxy and services/proxy: whom a request would go to, and, since workloads are simulated, that
 * nothing listens there: 503 in the words of a server whose dial is refused, and why it is. */
#include <string.h>

#include "base/str.h"
#include "core/api/http.h"

typedef struct goal { /* [scheme:]name[:port] */
	const char *name, *port;
	const char *ip, *node; /* of what was found; ip may be a name; node "": unknown */
} goal;

static int
parse(request *q, goal *to)
{
	const char *part[4] = {0};
	pv_str rest = pv_str_of(q->t.name), one;
	size_t n = 0;

	for (; n < 4 && rest.s && pv_str_next(&rest, ':', &one); n++)
		part[n] = pv_strndup(q->cx->arena, one.s, one.len);
	if (n == 3 && (!part[0][0] || pv_streq(part[0], "http") || pv_streq(part[0], "https")))
		*to = (goal){.name = part[1], .port = part[2], .ip = "", .node = ""};
	else if (n == 1 || n == 2)
		*to = (goal){.name = part[0], .port = n == 2 ? part[1] : "", .ip = "", .node = ""};
	if (to->name && to->name[0])
		return 0;
	return pv_fail(q->cx, PV_EBADREQUEST, "invalid %s request \"%s\": expected [http:|https:]NAME[:PORT]",
		       q->t.res->singular, q->t.name);
}

static const pv_val *
find(request *q, const char *type, const char *ns, const char *name)
{
	pv_key key = {type, ns, name};
	const pv_rec *rec = pv_store_find(q->cx, q->api->store, &key);

	return rec ? pv_rec_val(rec) : NULL;
}

static const char *
number(request *q, const pv_val *v)
{
	return pv_is(v, PV_NUMBER) ? pv_printf(q->cx->arena, "%lld", (long long)pv_i64(v, 0)) : "";
}

/* As a server looks that is not told how (upstream kubelet/client, GetPreferredNodeAddress). */
static int
find_node_address(request *q, const pv_val *node, goal *to)
{
	static const char *const preferred[] = {"Hostname", "InternalDNS", "InternalIP", "ExternalDNS",
						"ExternalIP"};
	const pv_val *list = pv_at(node, "status.addresses");

	to->node = to->name;
	for (size_t k = 0; k < PV_LEN(preferred) && !to->ip[0]; k++)
		for (size_t i = 0; i < pv_count(list) && !to->ip[0]; i++)
			if (pv_streq(pv_text_at(pv_item(list, i), "type", ""), preferred[k]))
				to->ip = pv_text_at(pv_item(list, i), "address", "");
	if (!to->ip[0])
		return pv_fail(q->cx, PV_EINTERNAL,
			       "no preferred addresses found: the node \"%s\" has none in its status",
			       to->name);
	if (!to->port[0])
		to->port = number(q, pv_at(node, "status.daemonEndpoints.kubeletEndpoint.Port"));
	if (!to->port[0])
		to->port = "10250";
	return 0;
}

static int
find_pod(request *q, const pv_val *pod, goal *to)
{
	const pv_val *list = pv_at(pod, "spec.containers");

	to->node = pv_text_at(pod, "spec.nodeName", "");
	to->ip = pv_text_at(pod, "status.podIP", "");
	for (size_t i = 0; i < pv_count(list) && !to->port[0]; i++)
		to->port = number(q, pv_get(pv_item(pv_get(pv_item(list, i), "ports"), 0), "containerPort"));
	if (!to->port[0])
		to->port = "80";
	return 0;
}

/* The name of the port that is asked for, by its name or number; a Service's only one may be left out. */
static int
service_port(request *q, const pv_val *service, goal *to)
{
	const pv_val *ports = pv_at(service, "spec.ports");

	for (size_t i = 0; i < pv_count(ports); i++) {
		const char *name = pv_text_at(pv_item(ports, i), "name", "");

		if (pv_streq(to->port, name) ||
		    pv_streq(to->port, number(q, pv_get(pv_item(ports, i), "port")))) {
			to->port = name;
			return 0;
		}
	}
	return to->port[0] ? pv_fail(q->cx, PV_EUNAVAILABLE, "no service port %s found for service \"%s\"",
				     to->port, to->name)
			   : 0;
}

static bool
take_subset(request *q, const pv_val *subset, goal *to)
{
	const pv_val *ports = pv_get(subset, "ports"), *address = pv_item(pv_get(subset, "addresses"), 0);

	for (size_t i = 0; address && i < pv_count(ports); i++) {
		if (!pv_streq(pv_text_at(pv_item(ports, i), "name", ""), to->port))
			continue;
		to->ip = pv_text_at(address, "ip", "");
		to->port = number(q, pv_get(pv_item(ports, i), "port"));
		to->node = pv_text_at(address, "nodeName", "");
		return true;
	}
	return false;
}

static int
find_service(request *q, const pv_val *service, goal *to)
{
	const pv_val *endpoints = find(q, "/Endpoints", q->t.ns, to->name);
	const pv_val *subsets = pv_get(endpoints, "subsets");
	int r = service_port(q, service, to);

	for (size_t i = 0; r == 0 && i < pv_count(subsets); i++)
		if (take_subset(q, pv_item(subsets, i), to))
			return 0;
	return r < 0 ? r
		     : pv_fail(q->cx, PV_EUNAVAILABLE, "no endpoints available for service \"%s\"", to->name);
}

/* Nobody is dialled: on a node of ours nothing listens, and others are not ours to connect to. */
static int
refused(request *q, const goal *to)
{
	const char *lacks = pv_api_node_lacks(q->api, to->node);

	if (!to->ip[0])
		return pv_fail(q->cx, PV_EBADREQUEST, "address not allowed: %s \"%s\" has no address yet",
			       q->t.res->singular, to->name);
	if (!lacks)
		return pv_fail(
			q->cx, PV_EUNSUPPORTED,
			"%s/proxy: %s:%s is on the node \"%s\", which no module of this server runs, and this "
			"server forwards to none that it does not run",
			q->t.plural, to->ip, to->port, to->node);
	return pv_fail(
		q->cx, PV_EUNAVAILABLE,
		"error trying to reach service: dial tcp %s:%s: connect: connection refused: the node \"%s\" %s",
		to->ip, to->port, to->node, lacks);
}

/* "/a/b" of ".../proxy/a/b". */
static const char *
path_behind(request *q)
{
	const target *t = &q->t;
	char *front = pv_printf(q->cx->arena, "/api/v1/%s%s%s%s/%s/proxy", t->ns[0] ? "namespaces/" : "",
				t->ns, t->ns[0] ? "/" : "", t->plural, t->name);

	return pv_starts_with(q->path, front) ? q->path + strlen(front) : "";
}

/* A page's links are relative to its folder, so a browser is sent there first. */
static int
redirect(request *q)
{
	const char *query = strchr(pv_http_target(q->http), '?');

	pv_http_set(q->http, "Location",
		    pv_printf(q->cx->arena, "%s/%s", pv_http_path(q->http), query ? query : ""));
	q->status = 301;
	pv_http_reply(q->http, 301, "text/plain", PV_STR(""), pv_http_keep, NULL);
	return 0;
}

int
handle_proxy(request *q)
{
	static const struct row {
		const char *type, *kind;
		int (*find)(request *q, const pv_val *object, goal *to);
	} rows[] = {{"/Node", "NodeProxyOptions", find_node_address},
		    {"/Pod", "PodProxyOptions", find_pod},
		    {"/Service", "ServiceProxyOptions", find_service}};
	const pv_call call = {.resource = q->t.res, .notes = &q->notes};
	const struct row *row = rows;
	const pv_val *object;
	goal to = {0};
	pv_objb options;
	pv_admit a;
	pv_val v;
	int r = may(q, request_verb(q));

	while (!pv_streq(row->type, q->t.res->type))
		row++;
	pv_objb_init(&options, q->cx->arena);
	pv_objb_puts(&options, "path", path_behind(q));
	v = pv_objb_end(&options);
	a = posted(q, &call, PV_OP_CONNECT, "v1", row->kind, &v);
	if (r == 0)
		r = pv_admission_mutate(q->cx, &a); /* what it changes is upstream's to ignore, too */
	if (r == 0)
		r = pv_admission_validate(q->cx, &a);
	if (r == 0)
		r = parse(q, &to);
	if (r < 0)
		return r;
	object = find(q, row->type, q->t.ns, to.name);
	if (!object)
		return api_not_found(q->cx, q->t.res, to.name);
	r = row->find(q, object, &to);
	if (r == 0 && to.ip[0] && !path_behind(q)[0] &&
	    (pv_streq(q->method, "GET") || pv_streq(q->method, "HEAD")))
		return redirect(q);
	return r < 0 ? r : refused(q, &to);
}
