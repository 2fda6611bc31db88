/* config: ValidatingWebhookConfiguration and MutatingWebhookConfiguration, so that a cluster asks what the
 * policies in force speak of, and trusts this server's authority. */
#include <string.h>

#include "base/str.h"
#include "core/auth/auth.h"
#include "governance/webhook/webhook.h"

/* Names that are asked about by nobody, or a cluster whose Pave is down could not be mended. */
static const char *const left_alone[] = {"kube-system", "kube-public", "kube-node-lease", "pave-system",
					 NULL};

static pv_val
client_config(pv_ctx *cx, pv_api *api, const webhook_wish *wish, const char *path)
{
	const char *ca = pv_auth_ca_pem(pv_api_auth(api)), *url = wish->url;
	size_t len = strlen(url);
	pv_objb b;

	while (len && url[len - 1] == '/')
		len--;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "url", pv_printf(cx->arena, "%.*s" WEBHOOK_BASE "%s", (int)len, url, path));
	pv_objb_puts(&b, "caBundle", pv_base64(cx->arena, ca, strlen(ca), false));
	return pv_objb_end(&b);
}

static pv_val
namespace_selector(pv_ctx *cx)
{
	pv_val one;
	pv_listb values;
	pv_objb b;

	pv_listb_init(&values, cx->arena);
	for (size_t i = 0; left_alone[i]; i++)
		pv_listb_add(&values, pv_string_ref(left_alone[i]));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "key", "kubernetes.io/metadata.name");
	pv_objb_puts(&b, "operator", "NotIn");
	pv_objb_put(&b, "values", pv_listb_end(&values));
	one = pv_objb_end(&b);
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "matchExpressions", pv_list_of(cx->arena, &one, 1));
	return pv_objb_end(&b);
}

/* What no policy is asked about (governance/review), so that it costs no call. */
static pv_val
match_conditions(pv_ctx *cx)
{
	static const char *const rows[][2] = {
		{"no-news", "!(request.resource.resource in ['events', 'leases', 'nodes'])"},
		{"no-questions",
		 "!(request.resource.group in ['authentication.k8s.io', 'authorization.k8s.io'])"}};
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_objb b;

		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "name", rows[i][0]);
		pv_objb_puts(&b, "expression", rows[i][1]);
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

static pv_val
webhook_of(pv_ctx *cx, pv_api *api, const webhook_wish *wish, bool mutating, pv_val rules)
{
	const pv_val version = pv_string_ref("v1");
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "name", mutating ? "mutate.policies.pave.dev" : "validate.policies.pave.dev");
	pv_objb_put(&b, "clientConfig", client_config(cx, api, wish, mutating ? "mutate" : "validate"));
	pv_objb_put(&b, "rules", rules);
	pv_objb_puts(&b, "failurePolicy", wish->failure_policy);
	pv_objb_puts(&b, "matchPolicy", "Equivalent");
	pv_objb_put(&b, "namespaceSelector", namespace_selector(cx));
	pv_objb_put(&b, "matchConditions", match_conditions(cx));
	if (mutating)
		pv_objb_puts(&b, "reinvocationPolicy", "IfNeeded");
	pv_objb_puts(&b, "sideEffects", "None");
	pv_objb_put(&b, "timeoutSeconds", pv_int(wish->timeout));
	pv_objb_put(&b, "admissionReviewVersions", pv_list_of(cx->arena, &version, 1));
	return pv_objb_end(&b);
}

static int
add(pv_ctx *cx, pv_api *api, const webhook_wish *wish, bool mutating, pv_listb *list)
{
	pv_val rules, hook;
	pv_objb meta, b;
	int r = webhook_rules(cx, api, mutating, &rules);

	if (r < 0 || !pv_count(&rules))
		return r;
	hook = webhook_of(cx, api, wish, mutating, rules);
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", wish->name);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "admissionregistration.k8s.io/v1");
	pv_objb_puts(&b, "kind",
		     mutating ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "webhooks", pv_list_of(cx->arena, &hook, 1));
	pv_listb_add(list, pv_objb_end(&b));
	return 0;
}

int
webhook_config(pv_ctx *cx, pv_api *api, const webhook_wish *wish, pv_val *ret)
{
	pv_listb list;
	pv_objb b;
	int r;

	pv_listb_init(&list, cx->arena);
	r = add(cx, api, wish, false, &list);
	if (r == 0)
		r = add(cx, api, wish, true, &list);
	if (r < 0)
		return r;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "List");
	pv_objb_put(&b, "items", pv_listb_end(&list));
	*ret = pv_objb_end(&b);
	return 0;
}
