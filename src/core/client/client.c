/* Requests, and the server's refusals as our errors. */
#include "core/client/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/httpc.h"
#include "base/str.h"
#include "core/client/direct.h"
#include "core/client/impl.h"
#include "core/client/kubeconfig.h"
#include "lang/json/json.h"

int
pv_client_open_at(pv_ctx *cx, const pv_client_at *at, pv_client **ret)
{
	pv_client *client;
	pv_httpc *http = NULL;
	int r = pv_httpc_open(cx, at->http, &http);

	if (r < 0)
		return r;
	client = calloc(1, sizeof *client);
	PV_ASSERT(client);
	client->http = http;
	client->arena = pv_arena_new("client");
	client->server = pv_strdup(client->arena, at->server);
	client->connect = at->connect ? pv_strdup(client->arena, at->connect) : NULL;
	client->limit = at->limit;
	client->insecure = at->http && at->http->insecure;
	client->ca_pem = at->http && at->http->ca_pem ? pv_strdup(client->arena, at->http->ca_pem) : NULL;
	client->ns = "default";
	client->agent =
		pv_printf(client->arena, "User-Agent: %s", at->agent ? at->agent : "pave/" PAVE_VERSION);
	client->ended = at->ended;
	client->ended_arg = at->arg;
	*ret = client;
	return 0;
}

int
pv_client_open(pv_ctx *cx, const pv_client_conf *conf, pv_client **ret)
{
	kubeconfig config;
	int r = kubeconfig_load(cx, conf, &config);

	if (r == 0)
		r = pv_client_open_at(
			cx,
			&(pv_client_at){.server = config.server, .agent = conf->agent, .http = &config.http},
			ret);
	if (r == 0)
		(*ret)->ns = pv_strdup((*ret)->arena, config.ns);
	return r;
}

pv_client *
pv_client_close(pv_client *client)
{
	if (client) {
		pv_httpc_close(client->http);
		pv_arena_free(client->arena);
		free(client);
	}
	return NULL;
}

const char *
pv_client_namespace(const pv_client *client)
{
	return client->ns;
}

const char *
pv_client_server(const pv_client *client)
{
	return client->server;
}

const char *
pv_client_authority(const pv_client *client)
{
	return client->ca_pem;
}

bool
pv_client_is_insecure(const pv_client *client)
{
	return client->insecure;
}

pv_httpc *
pv_client_httpc(const pv_client *client)
{
	return client->http;
}

pv_httpc_req
pv_client_request(pv_ctx *cx, const pv_client *client, const pv_client_call *call)
{
	const char **headers = pv_new_array(cx->arena, const char *, 4);

	headers[0] = client->agent;
	headers[1] = pv_printf(cx->arena, "Accept: %s", call->accept ? call->accept : "application/json");
	if (call->body.len)
		headers[2] = pv_printf(cx->arena, "Content-Type: %s",
				       call->type ? call->type : "application/json");
	return (pv_httpc_req){.method = call->method,
			      .url = pv_printf(cx->arena, "%s%s", client->server, call->path),
			      .connect = client->connect,
			      .headers = headers,
			      .body = call->body,
			      .timeout_ns = call->timeout_ns,
			      .limit = client->limit};
}

static void
add_causes(pv_ctx *cx, const pv_val *causes)
{
	for (size_t i = 0; i < pv_count(causes); i++) {
		const pv_val *one = pv_item(causes, i);

		pv_add_cause(cx, pv_strdup(cx->arena, pv_text_at(one, "reason", "")),
			     pv_strdup(cx->arena, pv_text_at(one, "field", "")), "%s",
			     pv_text_at(one, "message", ""));
	}
}

static int
code_of(int http, const char *reason)
{
	for (int code = 1; code < PV_ECODES; code++)
		if (pv_code_http(code) == http && pv_streq(pv_code_reason(code), reason))
			return code;
	return pv_code_of_http(http);
}

int
pv_client_refused(pv_ctx *cx, const pv_client *client, const pv_httpc_answer *answer)
{
	const pv_val *status = NULL;
	pv_str text = pv_str_trim(answer->body);
	int r;

	if (pv_starts_with(answer->type, "application/json") &&
	    pv_json_parse(cx, answer->body, NULL, &status) < 0)
		(void)pv_recover(cx);
	if (pv_is(pv_get(status, "code"), PV_NUMBER) &&
	    pv_text_at(status, "error", NULL)) /* grpc-gateway's */
		return pv_fail(cx, pv_code_of_http(answer->status), "%s", pv_text_at(status, "error", ""));
	if (!pv_streq(pv_text_at(status, "kind", ""), "Status"))
		return pv_fail(cx, pv_code_of_http(answer->status), "%s answered %d: %.*s", client->server,
			       answer->status, (int)(text.len > 200 ? 200 : text.len), text.s);
	r = pv_fail(cx, code_of(answer->status, pv_text_at(status, "reason", "")), "%s",
		    pv_text_at(status, "message", ""));
	cx->err->group = pv_text_at(status, "details.group", NULL);
	cx->err->kind = pv_text_at(status, "details.kind", NULL);
	cx->err->name = pv_text_at(status, "details.name", NULL);
	cx->err->retry_after = (int)pv_i64_at(status, "details.retryAfterSeconds", 0);
	add_causes(cx, pv_at(status, "details.causes"));
	return r;
}

/* 299 - "text" */
static void
add_warnings(pv_ctx *cx, const pv_httpc_answer *answer, pv_vec *warnings)
{
	for (size_t i = 0; warnings && i < answer->headers.len; i++) {
		const char **pair = pv_vec_at(&answer->headers, i);
		const char *quote;
		pv_buf text;

		if (!pv_streq(pair[0], "warning") || !(quote = strchr(pair[1], '"')))
			continue;
		pv_buf_init(&text, cx->arena);
		for (const char *c = quote + 1; *c && *c != '"'; c++) {
			if (*c == '\\' && c[1])
				c++;
			pv_buf_addc(&text, *c);
		}
		pv_vec_push(warnings, &(const char *){text.s});
	}
}

static int
unreached(pv_ctx *cx, const pv_client *client, int r)
{
	r = pv_wrap(cx, r, "%s", client->server);
	if (strstr(cx->err->message, "subject name")) /* OpenSSL's words for a name that does not match */
		cx->err->message = pv_printf(
			cx->arena,
			"%s: the server's certificate does not have this name; call the server by one that it "
			"has, or start it with --tls-san for this one (docs/operations.md)",
			cx->err->message);
	return r;
}

int
pv_client_do(pv_ctx *cx, pv_client *client, const pv_client_call *call, pv_vec *warnings, pv_str *ret_body)
{
	pv_httpc_req req = pv_client_request(cx, client, call);
	pv_httpc_answer answer;
	int r;

	req.ended = client->ended;
	req.ended_arg = client->ended_arg;
	r = pv_httpc_do(cx, client->http, &req, &answer);
	if (r < 0)
		return unreached(cx, client, r);
	add_warnings(cx, &answer, warnings);
	if (answer.status >= 400)
		return pv_client_refused(cx, client, &answer);
	*ret_body = answer.body;
	return 0;
}

int
pv_client_json(pv_ctx *cx, pv_client *client, const pv_client_call *call, pv_vec *warnings,
	       const pv_val **ret)
{
	pv_str body = {0};
	int r = pv_client_do(cx, client, call, warnings, &body);

	if (r == 0)
		r = pv_json_parse(cx, body, NULL, ret);
	return r;
}

int
pv_client_stream(pv_ctx *cx, pv_client *client, const pv_client_call *call,
		 int (*on_line)(void *arg, pv_str line), void *arg)
{
	pv_httpc_req req = pv_client_request(cx, client, call);
	pv_httpc_answer answer;
	int r;

	req.on_line = on_line;
	req.arg = arg;
	r = pv_httpc_do(cx, client->http, &req, &answer);
	if (r < 0)
		return unreached(cx, client, r);
	return answer.status >= 400 ? pv_client_refused(cx, client, &answer) : 0;
}
