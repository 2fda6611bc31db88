/* POST /api/webhook: a repository is looked at when somebody pushed, a registry when a chart came, not
 * minutes later.  With a secret in Secret argocd-secret of namespace argocd (or pave-system) a request must
 * prove that it knows it; without one anybody may say "look again", which is all it does. */
#include <strings.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/git/git.h"
#include "core/module.h"
#include "delivery/applicationset/applicationset.h"
#include "delivery/charts/charts.h"
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

	for (size_t i = 0; name && i < PV_LEN(namespaces); i++) {
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
prove(pv_ctx *cx, pv_api *api, const struct webhook_sender *sender, const webhook_request *q)
{
	const char *secrets[PV_LEN(sender->secrets)];

	for (size_t i = 0; i < PV_LEN(secrets); i++)
		secrets[i] = secret_named(cx, api, sender->secrets[i]);
	if (webhook_proven(cx->arena, sender, q, secrets))
		return 0;
	return pv_fail(cx, PV_EUNAUTHORIZED,
		       "the %s event does not prove %s of Secret argocd-secret: expected it in %s",
		       sender->name, secrets[0] ? sender->secrets[0] : sender->secrets[1],
		       sender->proof_header);
}

/* Charts are named by where they lie, or by their own address. */
static bool
holds(const char *kept, const char *package)
{
	size_t len = strlen(kept);

	return strncasecmp(package, kept, len) == 0 && (package[len] == '\0' || package[len] == '/');
}

/* What came, as it was understood: forges show the answer to who sets the webhook up. */
static void
reply(pv_ctx *cx, pv_http_req *req, const char *event, const pv_vec *repositories, const pv_vec *revisions)
{
	const pv_vec *lists[] = {repositories, revisions};
	static const char *const names[] = {"repositories", "revisions"};
	pv_objb b;
	pv_val v;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "event", event);
	for (size_t i = 0; i < PV_LEN(lists); i++) {
		pv_listb list;

		pv_listb_init(&list, cx->arena);
		for (size_t k = 0; k < lists[i]->len; k++)
			pv_listb_add(&list, pv_string(cx->arena, *PV_AT(const char *, lists[i], k)));
		pv_objb_put(&b, names[i], pv_listb_end(&list));
	}
	v = pv_objb_end(&b);
	pv_http_reply(req, 200, "application/json", pv_str_of(pv_json_text(cx->arena, &v)), NULL, NULL);
}

static void
touch_registry(pv_ctx *cx, pv_facts *facts, const char *address)
{
	pv_facts_touch_all(cx, facts, CHARTS_FACT, "repo", address, holds);
	pv_facts_touch_all(cx, facts, IMAGE_FACT, "repo", address, holds);
}

static void
look_again(pv_ctx *cx, pv_facts *facts, enum webhook_kind kind, const pv_vec *repositories)
{
	for (size_t i = 0; facts && i < repositories->len; i++) {
		const char *one = *PV_AT(const char *, repositories, i);

		if (kind == WEBHOOK_REPOSITORY)
			pv_git_touch(cx, facts, one);
		else
			touch_registry(cx, facts, one);
	}
}

/* Pull requests and lists of repositories, as ApplicationSets ask for them. */
static void
ask_again(pv_ctx *cx, pv_facts *facts, const pv_val *payload)
{
	pv_vec names;

	webhook_names(cx->arena, payload, &names);
	for (size_t i = 0; facts && i < names.len; i++)
		applicationset_touch(cx, facts, *PV_AT(const char *, &names, i));
}

/* Who sent it, proven before its payload is read, but for who is known by nothing else. */
static int
identify(pv_ctx *cx, pv_api *api, webhook_request *q, const struct webhook_sender **ret)
{
	const struct webhook_sender *by_header = webhook_sender_of(q);
	int r = by_header ? prove(cx, api, by_header, q) : 0;

	if (r < 0)
		return r;
	r = pv_json_parse(cx, q->body, NULL, &q->payload);
	if (r < 0)
		return pv_wrap(cx, r, "Webhook processing failed: the payload");
	*ret = by_header ? by_header : webhook_sender_of(q);
	if (!*ret)
		return pv_fail(cx, PV_EBADREQUEST, "Unknown webhook event: expected the headers of %s",
			       webhook_senders(cx->arena));
	return by_header ? 0 : prove(cx, api, *ret, q);
}

static int
handle(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	webhook_request q = {header, req, pv_http_body(req), NULL};
	const struct webhook_sender *sender = NULL;
	enum webhook_kind kind;
	const char *event;
	pv_vec repositories, revisions;
	int r = identify(cx, api, &q, &sender);

	if (r < 0)
		return r;
	kind = webhook_kind_of(sender, &q, &event);
	webhook_repositories(cx->arena, q.payload, &repositories);
	webhook_revisions(cx->arena, q.payload, &revisions);
	if (kind == WEBHOOK_UNKNOWN)
		return pv_fail(
			cx, PV_EBADREQUEST,
			"Webhook processing failed: the %s event \"%.*s\" is not one that is heeded: expected %s",
			sender->name, PV_CLIP(event), webhook_events(cx->arena, sender));
	if (kind != WEBHOOK_PING && repositories.len == 0)
		return pv_fail(cx, PV_EBADREQUEST,
			       "Webhook processing failed: the payload of %s's \"%.*s\" names no repository",
			       sender->name, PV_CLIP(event));
	look_again(cx, pv_facts_of(api), kind, &repositories);
	ask_again(cx, pv_facts_of(api), q.payload);
	reply(cx, req, event, &repositories, &revisions);
	return 0;
}

static const pv_route routes[] = {
	{.method = "POST",
	 .path = "/api/webhook",
	 .anonymous = true,
	 .summary = "push events of Git forges and registries",
	 .handle = handle},
	{0},
};

extern const pv_module delivery_webhook_module;
const pv_module delivery_webhook_module = {
	.name = "delivery/webhook",
	.summary = "push events of Git forges and registries",
	.routes = routes,
};
