/* Calling out: where a clientConfig leads, and one exchange over TLS. */
#include "base/buf.h"
#include "base/httpc.h"
#include "base/str.h"
#include "base/time.h"
#include "core/admission/webhook/state.h"
#include "core/admission/webhook/webhook.h"
#include "lang/go/fmt.h"
#include "lang/json/json.h"

#define ANSWER_LIMIT (6u << 20) /* bytes: an object and its patch in base64 */
#define SAID_MOST 1000          /* bytes that are told of what an answer says */

typedef struct place {
	const char *url, *connect; /* connect: "ADDRESS:PORT" of a Service's endpoint, or NULL */
} place;

/* ---- Services ---- */

static bool
is_ready(const pv_val *endpoint)
{
	return pv_truth_at(endpoint, "conditions.ready", true) && pv_count(pv_get(endpoint, "addresses"));
}

/* The slice's port that the Service's port of that name leads to. */
static int64_t
port_named(const pv_val *ports, const char *name)
{
	for (size_t i = 0; i < pv_count(ports); i++)
		if (pv_streq(pv_text(pv_get(pv_item(ports, i), "name"), ""), name))
			return pv_i64(pv_get(pv_item(ports, i), "port"), 0);
	return 0;
}

typedef struct search {
	const pv_api *api;
	const char *port_name;
	const char *found;            /* "ADDRESS:PORT" */
	const char *simulated, *lack; /* the node of a Pod at whose address nothing listens, and why */
} search;

/* An address that was made up for a Pod may be a stranger's on the machine's network: it is never dialled. */
static bool
can_listen(search *s, const pv_val *endpoint)
{
	const char *node = pv_text(pv_get(endpoint, "nodeName"), ""), *lack = pv_api_node_lacks(s->api, node);

	if (!lack)
		return true;
	s->simulated = node;
	s->lack = lack;
	return false;
}

static void
search_slice(pv_ctx *cx, search *s, const pv_val *slice)
{
	const pv_val *list = pv_get(slice, "endpoints");
	int64_t port = port_named(pv_get(slice, "ports"), s->port_name);
	bool six = pv_streq(pv_text(pv_get(slice, "addressType"), ""), "IPv6");

	for (size_t i = 0; port && !s->found && i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);

		if (is_ready(one) && can_listen(s, one))
			s->found =
				pv_printf(cx->arena, six ? "[%s]:%lld" : "%s:%lld",
					  pv_text(pv_item(pv_get(one, "addresses"), 0), ""), (long long)port);
	}
}

static int
nobody(pv_ctx *cx, const search *s, const char *name)
{
	if (!s->simulated)
		return pv_fail(cx, PV_EUNAVAILABLE, "no endpoints available for service \"%s\"", name);
	return pv_fail(
		cx, PV_EUNAVAILABLE,
		"no endpoints available for service \"%s\": the Pods behind it are on the node \"%s\", "
		"which %s; run the webhook outside and give its address, in clientConfig.url or in an "
		"EndpointSlice of the Service",
		name, s->simulated, s->lack);
}

/* A Service's endpoints are what its EndpointSlices say; nothing is guessed from its name. */
static int
find_endpoint(pv_ctx *cx, pv_api *api, const char *ns, const char *name, int64_t port, const char **ret)
{
	pv_store *store = pv_api_store(api);
	const pv_rec *rec = pv_store_find(cx, store, &(pv_key){"/Service", ns, name});
	pv_list_query query = {.type = "discovery.k8s.io/EndpointSlice", .ns = ns};
	const pv_val *ports = rec ? pv_at(pv_rec_val(rec), "spec.ports") : NULL;
	search s = {.api = api};
	pv_listing slices;
	int r;

	if (!rec)
		return pv_fail(cx, PV_EUNAVAILABLE, "service \"%s\" not found", name);
	for (size_t i = 0; i < pv_count(ports); i++)
		if (pv_i64(pv_get(pv_item(ports, i), "port"), 0) == port)
			s.port_name = pv_text(pv_get(pv_item(ports, i), "name"), "");
	if (!s.port_name)
		return pv_fail(cx, PV_EUNAVAILABLE, "no service port %lld found for service \"%s\"",
			       (long long)port, name);
	r = pv_store_list(cx, store, &query, &slices);
	for (size_t i = 0; r == 0 && !s.found && i < slices.len; i++) {
		const pv_val *slice = pv_rec_val(slices.recs[i]), *labels = pv_at(slice, "metadata.labels");

		if (pv_streq(pv_text(pv_get(labels, "kubernetes.io/service-name"), ""), name))
			search_slice(cx, &s, slice);
	}
	*ret = s.found;
	return r == 0 && !s.found ? nobody(cx, &s, name) : r;
}

static int
find_place(pv_ctx *cx, pv_api *api, const webhook_target *t, place *ret)
{
	const pv_val *service = pv_get(t->client, "service");
	const char *url = pv_text(pv_get(t->client, "url"), NULL), *wait = "";
	int64_t port = pv_i64(pv_get(service, "port"), 443);

	*ret = (place){0};
	if (!url)
		url = pv_printf(cx->arena, "https://%s.%s.svc:%lld%s", pv_text_at(service, "name", ""),
				pv_text_at(service, "namespace", ""), (long long)port,
				pv_text_at(service, "path", "/"));
	if (t->timeout_in_url)
		wait = pv_printf(cx->arena, "?timeout=%llds", (long long)(t->timeout_ns / PV_SEC));
	ret->url = pv_printf(cx->arena, "%s%s", url, wait);
	return service ? find_endpoint(cx, api, pv_text_at(service, "namespace", ""),
				       pv_text_at(service, "name", ""), port, &ret->connect)
		       : 0;
}

/* ---- the exchange ---- */

static int
authority(pv_ctx *cx, const pv_val *client, const char **ret)
{
	pv_str text = pv_strv(pv_get(client, "caBundle"));
	uint8_t *pem;
	size_t len;

	*ret = NULL;
	if (!text.len)
		return 0;
	pem = pv_unbase64(cx->arena, text, false, &len);
	if (!pem)
		return pv_fail(cx, PV_EBADREQUEST, "clientConfig.caBundle is no base64");
	*ret = pv_strndup(cx->arena, (const char *)pem, len);
	return 0;
}

/* The message of a Status that says no; false: the answer is none. */
static bool
reads_status(pv_ctx *cx, const pv_httpc_answer *answer, pv_str *ret_message)
{
	const pv_val *status;

	if (pv_json_parse(cx, answer->body, NULL, &status) < 0) {
		(void)pv_recover(cx);
		return false;
	}
	*ret_message = pv_str_clip(pv_text(pv_get(status, "message"), ""), SAID_MOST);
	return pv_streq(pv_text(pv_get(status, "kind"), ""), "Status") &&
	       pv_streq(pv_text(pv_get(status, "status"), ""), "Failure");
}

/* What Go's client makes of it where the answer says `said`. */
static const char *
status_words(pv_ctx *cx, int status, pv_str said)
{
	static const struct {
		int status;
		const char *words; /* NULL: what it said */
	} rows[] = {
		{400, "the server rejected our request for an unknown reason"},
		{401, "the server has asked for the client to provide credentials"},
		{403, NULL},
		{404, "the server could not find the requested resource"},
		{405, "the server does not allow this method on the requested resource"},
		{406, NULL},
		{409, "the server reported a conflict"},
		{415, NULL},
		{422, "the server rejected our request due to an error in our request"},
		{429, "the server has received too many requests and has asked us to try again later"},
		{503, "the server is currently unable to handle the request"},
		{504, "the server was unable to return a response in the time allotted, but may still be "
		      "processing the request"},
	};
	pv_buf quoted;

	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (rows[i].status == status)
			return rows[i].words ? rows[i].words : pv_strndup(cx->arena, said.s, said.len);
	if (status < 500)
		return pv_printf(
			cx->arena,
			"the server responded with the status code %d but did not return more information",
			status);
	pv_buf_init(&quoted, cx->arena);
	pv_go_quote(&quoted, said, false);
	return pv_printf(cx->arena, "an error on the server (%s) has prevented the request from succeeding",
			 quoted.s);
}

static int
refused(pv_ctx *cx, const pv_httpc_answer *answer)
{
	bool text = pv_starts_with(answer->type, "text/");
	pv_str said = PV_STR("unknown"), message;

	if (!text && reads_status(cx, answer, &message))
		return pv_fail(cx, PV_EUNAVAILABLE, "%.*s", (int)message.len, message.s);
	if (text || !*answer->type)
		said = pv_str_trim(pv_str_clip(answer->body.s ? answer->body.s : "", SAID_MOST));
	return pv_fail(cx, PV_EUNAVAILABLE, "%s", status_words(cx, answer->status, said));
}

static int
exchange(pv_ctx *cx, webhook_state *state, const webhook_target *t, const place *at, const pv_val *review,
	 const pv_val **ret)
{
	static const char *const headers[] = {"Content-Type: application/json",
					      "Accept: application/json, */*", NULL};
	pv_httpc_req req = {.method = "POST",
			    .url = at->url,
			    .headers = headers,
			    .timeout_ns = t->timeout_ns,
			    .limit = ANSWER_LIMIT,
			    .connect = at->connect};
	pv_httpc_answer answer;
	state_client client;
	const char *ca;
	pv_buf body;
	int r = authority(cx, t->client, &ca);

	if (r == 0)
		r = state_take(cx, state, ca, &client);
	if (r < 0)
		return r;
	pv_buf_init(&body, cx->arena);
	pv_json_write(&body, review);
	req.body = (pv_str){body.s, body.len};
	r = pv_httpc_do(cx, client.http, &req, &answer);
	state_give(&client);
	if (r == -PV_ETIMEOUT) {
		(void)pv_recover(cx);
		return pv_fail(cx, PV_ETIMEOUT, "Post \"%s\": context deadline exceeded", at->url);
	}
	if (r < 0)
		return pv_wrap(cx, r, "Post \"%s\"", at->url);
	if (answer.status < 200 || answer.status > 206)
		return refused(cx, &answer);
	r = pv_json_parse(cx, answer.body, NULL, ret);
	return r < 0 ? pv_wrap(cx, r, "the answer is no JSON") : 0;
}

const char *
webhook_version(const pv_val *list)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *one = pv_text(pv_item(list, i), "");

		if (pv_streq(one, "v1"))
			break;
		if (pv_streq(one, "v1beta1"))
			return "v1beta1";
	}
	return "v1";
}

int
webhook_post(pv_ctx *cx, pv_api *api, const webhook_target *target, const pv_val *review, const pv_val **ret)
{
	place at;
	int r = find_place(cx, api, target, &at);

	if (r < 0)
		return pv_wrap(cx, r, "Post \"%s\"", at.url);
	return exchange(cx, pv_api_kept(api, &webhook_owner), target, &at, review, ret);
}
