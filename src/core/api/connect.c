/* pods/exec, attach, portforward and log: from a request to the node that has the Pod (core/session). */
#include <string.h>

#include "base/time.h"
#include "base/websocket.h"
#include "core/api/http.h"
#include "core/session/session.h"

#define PORTS_MOST 32
#define LOG_ASK (500 * PV_MS)

void
pv_api_add_node(pv_api *api, const pv_node *node)
{
	PV_ASSERT(api->n_nodes < PV_LEN(api->nodes));
	api->nodes[api->n_nodes++] = node;
}

const pv_node *
pv_api_node(const pv_api *api, const char *name)
{
	for (size_t i = 0; i < api->n_nodes; i++)
		if (api->nodes[i]->serves(name))
			return api->nodes[i];
	return NULL;
}

const char *
pv_api_node_lacks(const pv_api *api, const char *node_name)
{
	const pv_node *node = pv_api_node(api, node_name);

	return node && !node->port_forward ? node->lacks : NULL;
}

/* ---- which Pod, container and node ---- */

typedef struct place {
	const pv_val *pod;
	const pv_node *node;
	const char *node_name, *container;
} place;

static int
unsupported(request *q, const place *at)
{
	return pv_fail(q->cx, PV_EUNSUPPORTED, "pods/%s: pod \"%s\" is on the node \"%s\", which %s",
		       q->t.sub, q->t.name, at->node_name,
		       at->node ? at->node->lacks : "no module of this server runs");
}

static const char *const container_lists[] = {"spec.containers", "spec.initContainers",
					      "spec.ephemeralContainers"};

static const char *
container_names(request *q, const pv_val *pod)
{
	pv_buf out;

	pv_buf_init(&out, q->cx->arena);
	for (size_t l = 0; l < PV_LEN(container_lists); l++) {
		const pv_val *list = pv_at(pod, container_lists[l]);

		for (size_t i = 0; i < pv_count(list); i++)
			pv_buf_printf(&out, "%s%s", out.len ? " " : "",
				      pv_text_at(pv_item(list, i), "name", ""));
	}
	return out.len ? out.s : "";
}

static bool
has_container(const pv_val *pod, const char *name)
{
	for (size_t l = 0; l < PV_LEN(container_lists); l++) {
		const pv_val *list = pv_at(pod, container_lists[l]);

		for (size_t i = 0; i < pv_count(list); i++)
			if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), name))
				return true;
	}
	return false;
}

/* The container that is asked for, or the only one. */
static int
find_container(request *q, place *at)
{
	const char *asked = pv_http_query(q->http, "container");
	const pv_val *containers = pv_at(at->pod, "spec.containers");

	if (asked && asked[0]) {
		at->container = asked;
		return has_container(at->pod, asked)
			       ? 0
			       : pv_fail(q->cx, PV_EBADREQUEST, "container %s is not valid for pod %s", asked,
					 q->t.name);
	}
	at->container = pv_text_at(pv_item(containers, 0), "name", "");
	if (pv_count(containers) == 1)
		return 0;
	return pv_fail(q->cx, PV_EBADREQUEST,
		       "a container name must be specified for pod %s, choose one of: [%s]", q->t.name,
		       container_names(q, at->pod));
}

static int
may_connect(request *q)
{
	return may(q, pv_streq(q->method, "GET") ? "get" : "create");
}

static int
find_place(request *q, place *at)
{
	pv_key key = {q->t.res->type, q->t.ns, q->t.name};
	const pv_rec *rec;
	int r;

	rec = pv_store_find(q->cx, q->api->store, &key);
	if (!rec)
		return api_not_found(q->cx, q->t.res, q->t.name);
	at->pod = pv_rec_val(rec);
	at->node_name = pv_text_at(at->pod, "spec.nodeName", "");
	at->node = pv_api_node(q->api, at->node_name);
	r = pv_streq(q->t.sub, "portforward") ? 0 : find_container(q, at);
	if (r == 0 && !at->node_name[0])
		r = pv_fail(q->cx, PV_EBADREQUEST, "pod %s does not have a host assigned", q->t.name);
	return r;
}

/* ---- sessions ---- */

static int
check_upgrade(request *q, const char **ret_protocol)
{
	const char *upgrade = pv_http_header(q->http, "Upgrade"), *key;
	const char *offered = pv_http_header(q->http, "Sec-WebSocket-Protocol");

	if (!upgrade)
		return pv_fail(q->cx, PV_EBADREQUEST, "Upgrade request required");
	if (!pv_streq(pv_str_lower(q->cx->arena, upgrade), "websocket"))
		return pv_fail(
			q->cx, PV_EUNSUPPORTED,
			"pods/%s: this server speaks WebSocket (v5.channel.k8s.io, v4.channel.k8s.io) and not %s: "
			"use kubectl 1.30 or newer",
			q->t.sub, upgrade);
	*ret_protocol = pv_session_protocol(q->cx->arena, offered);
	if (!*ret_protocol)
		return pv_fail(
			q->cx, PV_EUNSUPPORTED,
			"pods/%s: of the protocols v5.channel.k8s.io and v4.channel.k8s.io the client offers none: "
			"it offers %s",
			q->t.sub, offered ? offered : "nothing in Sec-WebSocket-Protocol");
	key = pv_http_header(q->http, "Sec-WebSocket-Key");
	if (!key || !pv_streq(pv_http_header(q->http, "Sec-WebSocket-Version"), "13"))
		return pv_fail(q->cx, PV_EBADREQUEST,
			       "a WebSocket begins with Sec-WebSocket-Key and Sec-WebSocket-Version: 13");
	pv_http_set(q->http, "Sec-WebSocket-Accept", pv_ws_accept(q->cx->arena, key));
	pv_http_set(q->http, "Sec-WebSocket-Protocol", *ret_protocol);
	return 0;
}

static const char *const *
all_of(request *q, const char *name)
{
	const char *one, *end = NULL;
	pv_vec all;

	pv_vec_init(&all, q->cx->arena, sizeof one);
	for (int n = 0; (one = pv_http_query_at(q->http, name, n)); n++)
		pv_vec_push(&all, &one);
	pv_vec_push(&all, &end);
	return all.data;
}

static int
parse_ports(request *q, pv_session_wish *wish)
{
	int *ports = pv_new_array(q->cx->arena, int, PORTS_MOST);
	pv_str rest, one;
	const char *text;
	int64_t port;

	for (int n = 0; (text = pv_http_query_at(q->http, "ports", n)); n++) {
		rest = pv_str_of(text);
		while (pv_str_next(&rest, ',', &one)) {
			if (wish->n_ports == PORTS_MOST || !pv_parse_int(one, &port) || port < 1 ||
			    port > 65535)
				return pv_fail(
					q->cx, PV_EBADREQUEST,
					"ports: expected at most %d ports from 1 to 65535, found \"%s\"",
					PORTS_MOST, text);
			ports[wish->n_ports++] = (int)port;
		}
	}
	wish->ports = ports;
	return 0;
}

static int
check_wish(request *q, enum pv_session_kind kind, pv_session_wish *wish)
{
	if (kind == PV_PORT_FORWARD)
		return wish->n_ports ? 0 : pv_fail(q->cx, PV_EBADREQUEST, "ports: expected at least one");
	if (!wish->in && !wish->out && !wish->err)
		return pv_fail(q->cx, PV_EBADREQUEST, "you must specify at least 1 of stdin, stdout, stderr");
	if (kind == PV_EXEC && !wish->command[0])
		return pv_fail(q->cx, PV_EBADREQUEST,
			       "you must specify at least one command for the container");
	return 0;
}

/* ---- as webhooks and policies of the operation CONNECT see it: PodExecOptions and its kin ---- */

static void
put_true(pv_objb *b, const char *key, bool value)
{
	if (value)
		pv_objb_put(b, key, pv_bool(true));
}

static pv_val
options_of(request *q, enum pv_session_kind kind, const pv_session_wish *wish)
{
	pv_listb list;
	pv_objb b;

	pv_objb_init(&b, q->cx->arena);
	pv_listb_init(&list, q->cx->arena);
	for (size_t i = 0; i < wish->n_ports; i++)
		pv_listb_add(&list, pv_int(wish->ports[i]));
	for (size_t i = 0; kind == PV_EXEC && wish->command[i]; i++)
		pv_listb_add(&list, pv_string_ref(wish->command[i]));
	if (kind != PV_PORT_FORWARD) {
		put_true(&b, "stdin", wish->in);
		put_true(&b, "stdout", wish->out);
		put_true(&b, "stderr", wish->err);
		put_true(&b, "tty", wish->tty);
		pv_objb_puts(&b, "container", pv_http_query(q->http, "container"));
	}
	if (list.len)
		pv_objb_put(&b, kind == PV_EXEC ? "command" : "ports", pv_listb_end(&list));
	return pv_objb_end(&b);
}

static int
admit(request *q, enum pv_session_kind kind, const pv_session_wish *wish)
{
	static const char *const kinds[] = {"PodExecOptions", "PodAttachOptions", "PodPortForwardOptions"};
	const pv_call call = {.resource = q->t.res, .notes = &q->notes};
	pv_val options = options_of(q, kind, wish);
	pv_admit a = posted(q, &call, PV_OP_CONNECT, "v1", kinds[kind], &options);
	int r = pv_admission_mutate(q->cx, &a); /* what it changes is upstream's to ignore, too */

	return r < 0 ? r : pv_admission_validate(q->cx, &a);
}

static int
handle_session(request *q, enum pv_session_kind kind)
{
	place at = {0};
	pv_session_wish wish;
	const char *protocol = NULL;
	pv_http_talk talk;
	bool able;
	int r = may_connect(q);

	wish = (pv_session_wish){.command = all_of(q, "command"),
				 .in = query_flag(q, "stdin"),
				 .out = query_flag(q, "stdout"),
				 .err = query_flag(q, "stderr"),
				 .tty = query_flag(q, "tty")};
	if (r == 0 && kind == PV_PORT_FORWARD)
		r = parse_ports(q, &wish);
	if (r == 0)
		r = admit(q, kind, &wish); /* before anything of the Pod is told */
	if (r == 0)
		r = find_place(q, &at);
	if (r < 0)
		return r;
	able = at.node && (kind == PV_EXEC     ? at.node->exec != NULL
			   : kind == PV_ATTACH ? at.node->attach != NULL
					       : at.node->port_forward != NULL);
	if (!able)
		return unsupported(q, &at);
	wish.pod = at.pod;
	wish.container = at.container ? at.container : "";
	r = check_wish(q, kind, &wish);
	if (r == 0)
		r = check_upgrade(q, &protocol);
	if (r < 0)
		return r;
	talk = pv_session_talk(pv_session_new(at.node, kind, protocol, &wish));
	r = pv_http_upgrade(q->http, "websocket", &talk);
	if (r < 0)
		talk.done(talk.arg);
	else
		q->status = 101;
	return r;
}

int
handle_exec(request *q)
{
	return handle_session(q, PV_EXEC);
}

int
handle_attach(request *q)
{
	return handle_session(q, PV_ATTACH);
}

int
handle_port_forward(request *q)
{
	return handle_session(q, PV_PORT_FORWARD);
}

/* ---- logs ---- */

static int
number(request *q, const char *name, int64_t least, int64_t *ret)
{
	const char *text = pv_http_query(q->http, name);

	*ret = -1;
	if (!text || !text[0])
		return 0;
	if (pv_parse_int(pv_str_of(text), ret) && *ret >= least)
		return 0;
	return api_bad_option(q->cx, "PodLogOptions", name, "FieldValueInvalid",
			      "Invalid value: \"%s\": expected a number of at least %lld", text,
			      (long long)least);
}

static int
parse_log(request *q, pv_log_wish *wish)
{
	const char *since = pv_http_query(q->http, "sinceTime");
	int64_t seconds;
	int r = number(q, "sinceSeconds", 1, &seconds);

	if (r == 0)
		r = number(q, "tailLines", 0, &wish->tail);
	if (r == 0)
		r = number(q, "limitBytes", 1, &wish->limit);
	if (r < 0)
		return r;
	wish->since = seconds < 0 ? -1 : pv_now() - pv_seconds(seconds);
	if (since && since[0] && seconds >= 0)
		return api_bad_option(
			q->cx, "PodLogOptions", "sinceSeconds", "FieldValueForbidden",
			"Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified");
	if (since && since[0] && !pv_time_parse(pv_str_of(since), &wish->since))
		return api_bad_option(q->cx, "PodLogOptions", "sinceTime", "FieldValueInvalid",
				      "Invalid value: \"%s\": expected a time such as 2026-01-02T15:04:05Z",
				      since);
	wish->follow = query_flag(q, "follow");
	wish->previous = query_flag(q, "previous");
	wish->timestamps = query_flag(q, "timestamps");
	return 0;
}

/* A node that has nothing to say now is asked again soon. */
typedef struct patience {
	pv_http_source from;
	_Atomic(pv_http_stream *) stream;
} patience;

static ptrdiff_t
pull_log(void *arg, char *out, size_t cap)
{
	patience *p = arg;
	ptrdiff_t n = p->from.pull(p->from.arg, out, cap);
	pv_http_stream *stream = atomic_load(&p->stream);

	if (n == 0 && stream)
		pv_http_stream_wake_at(stream, pv_mono() + LOG_ASK);
	return n;
}

static void
log_done(void *arg)
{
	patience *p = arg;

	p->from.done(p->from.arg);
}

int
handle_log(request *q)
{
	patience *p = pv_new(q->cx->arena, patience);
	pv_log_wish wish = {0};
	place at = {0};
	int r = may_connect(q);

	if (r == 0)
		r = find_place(q, &at);
	if (r == 0)
		r = parse_log(q, &wish);
	if (r < 0)
		return r;
	if (!at.node || !at.node->log)
		return unsupported(q, &at);
	wish.pod = at.pod;
	wish.container = at.container;
	r = pv_checked(q->cx, at.node->log(q->cx, q->api, &wish, &p->from));
	if (r < 0)
		return r;
	q->status = 200;
	pv_http_set(q->http, "X-Content-Type-Options", "nosniff");
	answer_warnings(q);
	atomic_store(&p->stream, pv_http_stream_open(q->http, 200, "text/plain",
						     &(pv_http_source){pull_log, log_done, p}));
	return 0;
}
