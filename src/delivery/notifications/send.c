/* send: services by their names, and the requests that they share.  Where a request may go is decided as for Git and
 * forges (pave serve --git-deny, --git-allow), for who may write a ConfigMap makes the server connect there. */
#include <poll.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "core/git/reach.h"
#include "delivery/notifications/inside.h"
#include "lang/json/json.h"

#define TIMEOUT (30 * PV_SEC)
#define LEAVE (5 * PV_SEC) /* what is on its way when the server stops may take so long */
#define ANSWER_MOST ((size_t)1 << 20)
#define QUOTED 256 /* bytes of an answer that an error quotes */

static const way services[] = {
	{"alertmanager", send_alertmanager, NULL},
	{"awssqs", NULL, "requests to AWS are not signed yet"},
	{"datadog", NULL, "it is not spoken yet"},
	{"email", send_email, NULL},
	{"gcppubsub", NULL, "Google's credentials are not understood yet"},
	{"github", send_github, NULL},
	{"gitlab", NULL, "it is not spoken yet"},
	{"googlechat", send_googlechat, NULL},
	{"grafana", send_grafana, NULL},
	{"kafka", NULL, "its protocol is not spoken yet"},
	{"matrix", NULL, "it is not spoken yet"},
	{"mattermost", send_mattermost, NULL},
	{"nats", NULL, "its protocol is not spoken yet"},
	{"newrelic", send_newrelic, NULL},
	{"opsgenie", send_opsgenie, NULL},
	{"pagerduty", NULL, "version 1 of its API is not spoken: use pagerdutyv2"},
	{"pagerdutyv2", send_pagerduty_v2, NULL},
	{"pushover", send_pushover, NULL},
	{"rocketchat", send_rocketchat, NULL},
	{"slack", send_slack, NULL},
	{"teams", send_teams, NULL},
	{"teams-workflows", send_teams_workflows, NULL},
	{"telegram", send_telegram, NULL},
	{"webex", send_webex, NULL},
	{"webhook", send_webhook, NULL},
};

const way *
service_of(const char *type)
{
	for (size_t i = 0; i < PV_LEN(services); i++)
		if (pv_streq(services[i].type, type))
			return &services[i];
	return NULL;
}

int
send_message(message *m)
{
	const char *type;
	const way *s;
	int r = config_service(m->config, m->service, &type, &m->options);
	if (r < 0)
		return r;
	s = service_of(type);
	m->own = pv_get(m->notification, type);
	if (s && s->send)
		return s->send(m);
	m->final = true;
	return pv_fail(m->cx, PV_EUNSUPPORTED, "service type '%s' is not supported%s%s", type, s ? ": " : "",
		       s ? s->refused : "");
}

/* ---- what services ask of their message ---- */

const char *
option(const message *m, const char *name, const char *otherwise)
{
	const char *text = pv_scalar_text(m->cx->arena, pv_get(m->options, name));
	return pv_get(m->options, name) && *text ? text : otherwise;
}

const char *
own_text(const message *m, const char *name, const char *otherwise)
{
	const char *text = pv_text_at(m->own, name, "");
	return *text ? text : otherwise;
}

const char *
message_text(const message *m)
{
	return pv_text_at(m->notification, "message", "");
}

int
own_json(const message *m, const char *name, pv_val *ret)
{
	const pv_val *v = NULL;
	const char *text = pv_text_at(m->own, name, "");
	*ret = pv_null();
	if (!*text)
		return 0;
	if (pv_json_parse(m->cx, pv_str_of(text), NULL, &v) < 0)
		return pv_wrap(m->cx, -PV_EINVALID, "failed to unmarshal %s '%.*s'", name, PV_CLIP(text));
	*ret = *v;
	return 0;
}

const char *
base_url(const message *m, const char *name, const char *otherwise)
{
	const char *url = option(m, name, otherwise);
	size_t n = strlen(url);
	while (n && url[n - 1] == '/')
		n--;
	return pv_strndup(m->cx->arena, url, n);
}

/* ---- requests ---- */

const char *
bearer(message *m, const char *name)
{
	return pv_printf(m->cx->arena, "Authorization: Bearer %s", option(m, name, ""));
}

struct leaving {
	int fd;        /* readable: the server stops */
	int64_t since; /* monotonic; 0: it does not */
};

static bool
leaves(void *arg)
{
	struct leaving *l = arg;
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	if (!l->since && l->fd > 0 && poll(&p, 1, 0) > 0)
		l->since = pv_mono();
	return l->since && pv_mono() - l->since > LEAVE;
}

/* The error says of the address only its host: paths and queries of many services are secret. */
static int
failed(message *m, const request *c, const char *host, const char *refused)
{
	pv_error *e = pv_take_error(m->cx);
	const char *url = pv_httpc_bare(m->cx->arena, c->url), *at = strstr(e->message, url);
	const char *why = at ? at + strlen(url) : e->message; /* a header that holds a line end */
	if (pv_starts_with(why, ": "))
		why += 2;
	if (refused)
		return reach_refused(m->cx, host, refused);
	return pv_fail(m->cx, e->code, "request to %s failed: %s", host,
		       *why ? why : pv_code_reason(e->code));
}

static int
http_any(message *m, const request *c, pv_httpc_answer *ret)
{
	struct reach reach;
	struct leaving leaving = {.fd = m->cx->stop_fd};
	pv_httpc_conf conf = {.insecure = pv_truth(pv_get(m->options, "insecureSkipVerify"), false),
			      .user = c->user,
			      .password = c->password,
			      .permits = m->api ? reach_permits : NULL,
			      .permits_arg = &reach};
	const char *host = pv_httpc_host(m->cx->arena, c->url), *headers[PV_LEN(c->headers) + 2];
	pv_httpc_req req = {.method = c->method,
			    .url = c->url,
			    .headers = headers,
			    .body = c->body,
			    .timeout_ns = TIMEOUT,
			    .limit = ANSWER_MOST,
			    .ended = leaves,
			    .ended_arg = &leaving};
	pv_httpc *client;
	size_t n = 0;
	pv_objb limits;
	pv_val given;
	int r;
	if (!host)
		return pv_fail(m->cx, PV_EINVALID,
			       "%s: expected an address such as https://HOST/, found another", c->what);
	if (c->body.len)
		headers[n++] =
			pv_printf(m->cx->arena, "Content-Type: %s", c->type ? c->type : "application/json");
	for (size_t i = 0; i < PV_LEN(c->headers) && c->headers[i]; i++)
		headers[n++] = c->headers[i];
	headers[n] = NULL;
	pv_objb_init(&limits, m->cx->arena);
	reach_put(m->api, &limits);
	given = pv_objb_end(&limits);
	r = reach_init(m->cx, &given, &reach);
	r = r < 0 ? r : pv_httpc_open(m->cx, &conf, &client);
	if (r < 0)
		return r;
	r = pv_httpc_do(m->cx, client, &req, ret);
	pv_httpc_close(client);
	return r < 0 ? failed(m, c, host, reach.refused) : 0;
}

int
http_call(message *m, const request *c, pv_httpc_answer *ret)
{
	int r = http_any(m, c, ret);
	if (r < 0 || (ret->status >= 200 && ret->status < 300))
		return r;
	return pv_fail(m->cx, PV_EUNAVAILABLE, "%s: request to %s has failed with error code %d : %.*s",
		       c->what, pv_httpc_host(m->cx->arena, c->url), ret->status,
		       (int)pv_str_clip(ret->body.s ? ret->body.s : "", QUOTED).len,
		       ret->body.s ? ret->body.s : "");
}

int
http_json(message *m, const request *c, const pv_val *body, const pv_val **ret)
{
	pv_httpc_answer answer;
	request with = *c;
	pv_buf b;
	int r;
	pv_buf_init(&b, m->cx->arena);
	if (body) {
		pv_json_write(&b, body);
		with.body = (pv_str){b.s, b.len};
	}
	r = http_call(m, &with, &answer);
	if (r < 0 || !ret)
		return r;
	r = pv_json_parse(m->cx, answer.body, NULL, ret);
	return r < 0 ? pv_wrap(m->cx, r, "%s: its answer", c->what) : 0;
}

int
post_json(message *m, const char *what, const char *url, const char *header, const pv_val *body,
	  const pv_val **ret)
{
	const request c = {.method = "POST", .url = url, .headers = {header}, .what = what};
	return http_json(m, &c, body, ret);
}
