/* webhook: any request.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook/ */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/time.h"
#include "delivery/notifications/inside.h"

#define RETRIES_MOST 100 /* quick ones: each is a write, an Event and a line of the log */

/* As encoding/json reads time.Duration, and as people write it. */
static int64_t
duration(const pv_val *v)
{
	int64_t ns = pv_i64(v, 0);
	if (pv_is(v, PV_STRING) && !pv_duration_parse(pv_strv(v), &ns))
		ns = 0;
	return ns > 0 && ns < 3600 * PV_SEC ? ns : 0;
}

static const char *
joined(pv_arena *arena, const char *url, const char *path)
{
	size_t n = strlen(url);
	if (!*path)
		return url;
	while (n && url[n - 1] == '/')
		n--;
	return pv_printf(arena, "%.*s/%s", (int)n, url, path + strspn(path, "/"));
}

static int
put_headers(message *m, request *c)
{
	const pv_val *list = pv_get(m->options, "headers");
	size_t n = 0;
	c->headers[n++] = pv_printf(m->cx->arena, "Idempotency-Key: %s", m->id);
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *name = pv_text_at(pv_item(list, i), "name", ""),
			   *value = pv_text_at(pv_item(list, i), "value", "");
		if (strcasecmp(name, "content-type") == 0)
			c->type = value;
		else if (strcasecmp(name, "idempotency-key") == 0)
			c->headers[0] = pv_printf(m->cx->arena, "%s: %s", name, value);
		else if (n + 1 < PV_LEN(c->headers))
			c->headers[n++] = pv_printf(m->cx->arena, "%s: %s", name, value);
		else
			return pv_fail(m->cx, PV_ETOOLARGE, "webhook %s: more than %zu headers", m->service,
				       PV_LEN(c->headers) - 2);
	}
	c->headers[n] = NULL;
	return 0;
}

int
send_webhook(message *m)
{
	const pv_val *own = pv_get(m->own, m->service), *auth = pv_get(m->options, "basicAuth");
	const char *body = own ? pv_text_at(own, "body", "") : message_text(m),
		   *method = pv_text_at(own, "method", "");
	request c = {.method = *method ? method : "GET",
		     .url = joined(m->cx->arena, option(m, "url", ""), pv_text_at(own, "path", "")),
		     .type = "text/plain; charset=utf-8",
		     .user = pv_text_at(auth, "username", NULL),
		     .password = pv_text_at(auth, "password", NULL),
		     .body = pv_str_of(body),
		     .what = pv_printf(m->cx->arena, "webhook %s", m->service)};
	pv_httpc_answer answer;
	int64_t retries = pv_i64_at(m->options, "retryMax", 0);
	int r;
	if (retries > 0)
		m->retries = retries < RETRIES_MOST ? retries : RETRIES_MOST;
	m->wait_first = duration(pv_get(m->options, "retryWaitMin"));
	m->wait_most = duration(pv_get(m->options, "retryWaitMax"));
	r = put_headers(m, &c);
	return r < 0 ? r : http_call(m, &c, &answer);
}
