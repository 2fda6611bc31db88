/* POST /api/webhook: repositories are looked at when somebody pushed, not minutes later.
 * With a secret in Secret argocd-secret of namespace argocd (or pave-system) a request must
 * prove that it knows it; without one anybody may say "look again", which is all it does. */
#include "base/str.h"
#include "core/git/git.h"
#include "core/module.h"
#include "delivery/webhook/webhook.h"
#include "lang/json/json.h"

static const char *
header(const void *arg, const char *name)
{
	return pv_http_header(arg, name);
}

static const char *
secret_named(pv_ctx *cx, pv_api *api, const char *name)
{
	static const char *const namespaces[] = {"argocd", "pave-system"};
	for (size_t i = 0; i < PV_LEN(namespaces); i++) {
		pv_key key = {"/Secret", namespaces[i], "argocd-secret"};
		const pv_rec *rec = pv_store_find(cx, pv_api_store(api), &key);
		const char *encoded =
			rec ? pv_text(pv_get(pv_get(pv_rec_val(rec), "data"), name), NULL) : NULL;
		size_t len;
		if (encoded)
			return (const char *)pv_unbase64(cx->arena, pv_str_of(encoded), false, &len);
	}
	return NULL;
}

static int
handle(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	static const char done[] = "OK\n";
	pv_str body = pv_http_body(req);
	struct webhook_proof proof;
	const pv_val *payload;
	const char *secret;
	pv_vec repos;
	int r;
	if (!webhook_proof_of(header, req, &proof))
		return pv_fail(
			cx, PV_EBADREQUEST,
			"expected a push event: the header X-GitHub-Event, X-Gitlab-Event, X-Gitea-Event, "
			"X-Gogs-Event, X-Event-Key or X-Vss-Activityid is missing");
	secret = secret_named(cx, api, proof.key);
	if (secret && !webhook_proven(cx->arena, &proof, secret, body))
		return pv_fail(cx, PV_EUNAUTHORIZED, "the %s event does not prove %s of Secret argocd-secret",
			       proof.forge, proof.key);
	r = pv_json_parse(cx, body, NULL, &payload);
	if (r < 0)
		return pv_wrap(cx, r, "payload");
	webhook_repositories(cx->arena, payload, &repos);
	for (size_t i = 0; pv_facts_of(api) && i < repos.len; i++)
		pv_git_touch(cx, pv_facts_of(api), *PV_AT(const char *, &repos, i));
	pv_http_reply(req, 200, "text/plain; charset=utf-8", (pv_str){done, sizeof(done) - 1}, pv_http_keep,
		      NULL);
	return 0;
}

static const pv_route routes[] = {
	{.method = "POST",
	 .path = "/api/webhook",
	 .anonymous = true,
	 .summary = "push events of Git forges",
	 .handle = handle},
	{0},
};

extern const pv_module delivery_webhook_module;
const pv_module delivery_webhook_module = {
	.name = "delivery/webhook",
	.summary = "push events of Git forges",
	.routes = routes,
};
