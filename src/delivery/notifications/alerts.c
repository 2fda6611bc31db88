/* alerts: Grafana, Alertmanager, PagerDuty, Opsgenie, New Relic.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/overview/ */
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "delivery/notifications/inside.h"
#include "lang/json/json.h"

/* ---- Grafana: an annotation ---- */

static void
add_tags(message *m, pv_listb *tags, const char *text)
{
	pv_str rest = pv_str_of(text), tag;
	while (*text && pv_str_next(&rest, '|', &tag))
		pv_listb_add(tags, pv_stringn(m->cx->arena, tag.s, tag.len));
}

int
send_grafana(message *m)
{
	const char *url = pv_printf(m->cx->arena, "%s/annotations", base_url(m, "apiUrl", ""));
	pv_listb tags;
	pv_val body;
	pv_objb b;
	pv_listb_init(&tags, m->cx->arena);
	add_tags(m, &tags, m->recipient);
	add_tags(m, &tags, own_text(m, "tags", ""));
	add_tags(m, &tags, option(m, "tags", ""));
	pv_objb_init(&b, m->cx->arena);
	pv_objb_put(&b, "time", pv_int(pv_now() / PV_SEC * 1000));
	pv_objb_put(&b, "isRegion", pv_bool(false));
	pv_objb_put(&b, "tags", pv_listb_end(&tags));
	pv_objb_puts(&b, "text", message_text(m));
	body = pv_objb_end(&b);
	return post_json(m, "Grafana", url, bearer(m, "apiKey"), &body, NULL);
}

/* ---- Alertmanager ---- */

static pv_val
alert_of(message *m)
{
	const pv_val *labels = pv_get(m->own, "labels"), *notes = pv_get(m->own, "annotations");
	pv_val named = labels ? *labels : pv_null(), alert;
	pv_objb b;
	if (!pv_get(labels, "alertname"))
		named = pv_with(m->cx->arena, &named, "alertname", pv_string_ref(m->title));
	pv_objb_init(&b, m->cx->arena);
	pv_objb_put(&b, "labels", named);
	pv_objb_put(&b, "annotations", notes ? *notes : pv_null());
	pv_objb_puts(&b, "generatorURL", own_text(m, "generatorURL", ""));
	pv_objb_puts(&b, "startsAt", pv_time_format(m->cx->arena, pv_now()));
	alert = pv_objb_end(&b);
	return pv_list_of(m->cx->arena, &alert, 1);
}

/* One of a cluster that takes it is enough. */
int
send_alertmanager(message *m)
{
	const pv_val *targets = pv_get(m->options, "targets"), *auth = pv_get(m->options, "basicAuth"),
		     none = pv_string_ref("127.0.0.1:9093"), alone = pv_list_of(m->cx->arena, &none, 1);
	const char *token = option(m, "bearerToken", "");
	request c = {.method = "POST",
		     .user = pv_text_at(auth, "username", NULL),
		     .password = pv_text_at(auth, "password", NULL),
		     .what = "Alertmanager"};
	size_t taken = 0;
	pv_val body;
	int r = 0;
	if (!pv_member_count(pv_get(m->own, "labels")))
		return pv_fail(m->cx, PV_EINVALID, "alertmanager: at least one label pair required");
	if (*token && !auth)
		c.headers[0] = bearer(m, "bearerToken");
	if (!pv_count(targets))
		targets = &alone;
	body = alert_of(m);
	for (size_t i = 0; i < pv_count(targets); i++) {
		c.url = pv_printf(m->cx->arena, "%s://%s%s", option(m, "scheme", "http"),
				  pv_text(pv_item(targets, i), ""), option(m, "apiPath", "/api/v2/alerts"));
		if (r < 0)
			pv_recover(m->cx);
		r = http_json(m, &c, &body, NULL);
		taken += r == 0;
	}
	if (r < 0 && taken)
		pv_recover(m->cx);
	return taken ? 0 : r;
}

/* ---- PagerDuty: an event of its API v2 ---- */

int
send_pagerduty_v2(message *m)
{
	static const char *const fields[] = {"summary", "severity", "source", "component", "group", "class"};
	const request c = {.method = "POST",
			   .url = pv_printf(m->cx->arena, "%s/v2/enqueue",
					    base_url(m, "apiURL", "https://events.pagerduty.com")),
			   .what = "PagerDuty"};
	const char *key = pv_text(pv_get(pv_get(m->options, "serviceKeys"), m->recipient), NULL);
	pv_val payload, body;
	pv_objb b;
	if (!key)
		return pv_fail(m->cx, PV_ENOTFOUND, "no API key configured for recipient %s", m->recipient);
	if (!m->own)
		return pv_fail(m->cx, PV_EINVALID,
			       "no config found for pagerdutyv2: the template has no such part");
	pv_objb_init(&b, m->cx->arena);
	for (size_t i = 0; i < PV_LEN(fields); i++)
		pv_objb_puts(&b, fields[i], own_text(m, fields[i], i < 3 ? "" : NULL));
	payload = pv_objb_end(&b);
	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, "routing_key", key);
	pv_objb_puts(&b, "event_action", "trigger");
	pv_objb_puts(&b, "dedup_key", m->id);
	pv_objb_put(&b, "payload", payload);
	pv_objb_puts(&b, "client", "ArgoCD");
	pv_objb_puts(&b, "client_url", own_text(m, "url", NULL));
	body = pv_objb_end(&b);
	return http_json(m, &c, &body, NULL);
}

/* ---- Opsgenie ---- */

int
send_opsgenie(message *m)
{
	const char *key = pv_text(pv_get(pv_get(m->options, "apiKeys"), m->recipient), NULL),
		   *url = base_url(m, "apiUrl", "https://api.opsgenie.com");
	request c = {.method = "POST", .what = "Opsgenie"};
	pv_val team = pv_null(), body;
	pv_objb b;
	if (!key)
		return pv_fail(m->cx, PV_ENOTFOUND, "no API key configured for recipient %s", m->recipient);
	if (m->own && !*own_text(m, "description", ""))
		return pv_fail(m->cx, PV_EINVALID, "Opsgenie notification description is missing");
	c.url = pv_printf(m->cx->arena, "%s%s/v2/alerts", pv_httpc_host(m->cx->arena, url) ? "" : "https://",
			  url);
	c.headers[0] = pv_printf(m->cx->arena, "Authorization: GenieKey %s", key);
	team = pv_with(m->cx->arena, &team, "type", pv_string_ref("team"));
	team = pv_with(m->cx->arena, &team, "id", pv_string_ref(m->recipient));
	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, "message", message_text(m));
	pv_objb_puts(&b, "alias", m->id);
	pv_objb_puts(&b, "description", own_text(m, "description", NULL));
	pv_objb_puts(&b, "priority", own_text(m, "priority", NULL));
	pv_objb_put(&b, "responders", pv_list_of(m->cx->arena, &team, 1));
	pv_objb_puts(&b, "source", "Argo CD");
	body = pv_objb_end(&b);
	return http_json(m, &c, &body, NULL);
}

/* ---- New Relic: a deployment marker ---- */

int
send_newrelic(message *m)
{
	const request c = {.method = "POST",
			   .url = pv_printf(m->cx->arena, "%s/v2/applications/%s/deployments.json",
					    base_url(m, "apiURL", "https://api.newrelic.com"),
					    pv_url_escape(m->cx->arena, m->recipient)),
			   .headers = {pv_printf(m->cx->arena, "X-Api-Key: %s", option(m, "apiKey", ""))},
			   .what = "New Relic"};
	pv_val body;
	pv_objb b;
	if (!*option(m, "apiKey", ""))
		return pv_fail(m->cx, PV_EINVALID, "New Relic: apiKey is missing");
	if (!m->own)
		return pv_fail(m->cx, PV_EINVALID,
			       "New Relic: config is missing: the template has no newrelic part");
	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, "revision", own_text(m, "revision", ""));
	pv_objb_puts(&b, "changelog", own_text(m, "changelog", NULL));
	pv_objb_puts(&b, "description", own_text(m, "description", message_text(m)));
	pv_objb_puts(&b, "user", own_text(m, "user", NULL));
	body = pv_objb_end(&b);
	body = pv_with(m->cx->arena, NULL, "deployment", body);
	return http_json(m, &c, &body, NULL);
}
