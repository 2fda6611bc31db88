/* show: the configurations, as the server makes them and `pave admission webhook-config` prints them. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/httpc.h"
#include "core/args/args.h"
#include "core/auth/auth.h"
#include "core/client/client.h"
#include "governance/webhook/webhook.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define NAME "pave-policies"
#define TIMEOUT 5

static int
read_wish(pv_ctx *cx, pv_http_req *req, webhook_wish *ret)
{
	const char *url = pv_http_query(req, "url"), *name = pv_http_query(req, "name"),
		   *policy = pv_http_query(req, "failurePolicy"),
		   *seconds = pv_http_query(req, "timeoutSeconds");

	*ret = (webhook_wish){url, name ? name : NAME, policy ? policy : "Fail", TIMEOUT};
	if (!url || !pv_starts_with(url, "https://") || !url[8])
		return pv_fail(
			cx, PV_EBADREQUEST,
			"url: expected the https:// address at which the cluster reaches this server, found %s",
			url ? url : "nothing");
	if (!pv_streq(ret->failure_policy, "Fail") && !pv_streq(ret->failure_policy, "Ignore"))
		return pv_fail(cx, PV_EBADREQUEST, "failurePolicy: expected Fail or Ignore, found %.*s",
			       PV_CLIP(ret->failure_policy));
	if (seconds &&
	    (!pv_parse_int(pv_str_of(seconds), &ret->timeout) || ret->timeout < 1 || ret->timeout > 30))
		return pv_fail(cx, PV_EBADREQUEST, "timeoutSeconds: expected 1 to 30, found %.*s",
			       PV_CLIP(seconds));
	return 0;
}

/* Else every call of the cluster's would fail, and with it, under failurePolicy Fail, every write. */
static int
check_host(pv_ctx *cx, pv_api *api, const char *url)
{
	const char *at = url + strlen("https://");
	bool braced = *at == '[', named;
	size_t len = braced ? strcspn(++at, "]") : strcspn(at, ":/?#");
	const char *host = pv_strndup(cx->arena, at, len);
	int r = pv_auth_serves(cx, pv_api_auth(api), host, &named);

	if (r == 0 && !named)
		r = pv_fail(
			cx, PV_EBADREQUEST,
			"url: %.*s is not in this server's certificate, so the cluster would not talk to it: "
			"start the server with --tls-san %.*s",
			PV_CLIP(host), PV_CLIP(host));
	return r;
}

int
webhook_show(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	const pv_attributes what = {"get", "", "", "", "", "", pv_http_path(req), NULL};
	webhook_wish wish;
	pv_val list;
	int r = pv_auth_check(cx, pv_api_auth(api), &what);

	if (r == 0)
		r = read_wish(cx, req, &wish);
	if (r == 0)
		r = check_host(cx, api, wish.url);
	if (r == 0)
		r = webhook_config(cx, api, &wish, &list);
	if (r < 0)
		return r;
	pv_http_reply(req, 200, "application/json", pv_str_of(pv_json_text(cx->arena, &list)), NULL, NULL);
	return 0;
}

/* ---- the command ---- */

static const char *
path_of(pv_ctx *cx, const pv_args *args, const char *server)
{
	static const char *const options[][2] = {
		{"name", "name"}, {"failure-policy", "failurePolicy"}, {"timeout", "timeoutSeconds"}};
	const char *path = pv_printf(cx->arena, WEBHOOK_BASE "webhook-config?url=%s",
				     pv_url_escape(cx->arena, pv_args_text(args, "url", server)));

	for (size_t i = 0; i < PV_LEN(options); i++)
		if (pv_args_has(args, options[i][0]))
			path = pv_printf(cx->arena, "%s&%s=%s", path, options[i][1],
					 pv_url_escape(cx->arena, pv_args_text(args, options[i][0], "")));
	return path;
}

static void
print(pv_ctx *cx, const pv_val *items)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(items); i++) {
		if (i)
			pv_buf_adds(&b, "---\n");
		pv_yaml_write(&b, pv_item(items, i));
	}
	fwrite(b.s ? b.s : "", 1, b.len, stdout);
}

int
webhook_print(pv_ctx *cx, const pv_args *args)
{
	const pv_client_conf conf = {.kubeconfig = pv_args_text(args, "kubeconfig", NULL),
				     .context = pv_args_text(args, "context", NULL)};
	pv_client_call call = {0};
	const pv_val *list;
	pv_client *client;
	int r = pv_client_open(cx, &conf, &client);

	if (r < 0)
		return r;
	call.path = path_of(cx, args, pv_client_server(client));
	r = pv_client_json(cx, client, &call, NULL, &list);
	if (r == 0 && !pv_count(pv_get(list, "items")))
		r = pv_fail(cx, PV_ENOTFOUND, "there are no policies yet: nothing is to be asked about");
	if (r == 0)
		print(cx, pv_get(list, "items"));
	(void)pv_client_close(client);
	return r;
}
