/* verb: `pave cluster add`, as argocd has it: an account in the other cluster, and the Secret here that describes it with
 * the account's token. */
#include <stdio.h>
#include <string.h>

#include "base/httpc.h"
#include "base/str.h"
#include "base/time.h"
#include "core/args/args.h"
#include "core/client/direct.h"
#include "delivery/clusters/impl.h"
#include "lang/json/json.h"

#define SYSTEM "kube-system"
#define ACCOUNT "argocd-manager"
#define ROLE ACCOUNT "-role"
#define BINDING ROLE "-binding"
#define TOKEN ACCOUNT "-long-lived-token"
#define TOKEN_SECONDS "30"
#define TOKEN_MOST (45 * PV_SEC) /* of a cluster that does not end the watch */

struct joining {
	pv_ctx *cx;
	const pv_args *args;
	pv_client *there, *here;
	const char *token;
};

/* ---- objects ---- */

static const pv_val *
made_of(struct joining *j, const char *json)
{
	const pv_val *v = NULL;
	int r = pv_json_parse(j->cx, pv_str_of(json), NULL, &v);
	PV_ASSERT(r == 0); /* a literal */
	return v;
}

static int
put(struct joining *j, pv_client *at, const char *path, pv_val object)
{
	char *text = pv_json_text(j->cx->arena, &object);
	pv_client_call call = {
		.method = "PATCH",
		.type = "application/apply-patch+yaml",
		.body = pv_str_of(text),
		.path = pv_printf(j->cx->arena, "%s/%s?fieldManager=pave&force=true", path,
				  pv_url_escape(j->cx->arena, pv_text_at(&object, "metadata.name", "")))};
	const pv_val *now;
	return pv_client_json(j->cx, at, &call, NULL, &now);
}

/* As argocd makes it: what it may, Pave may there. */
static int
permit(struct joining *j, const char *type, const char *ns)
{
	static const char *const rules[] = {
		"{\"rules\": [{\"apiGroups\": [\"*\"], \"resources\": [\"*\"], \"verbs\": [\"*\"]}, "
		"{\"nonResourceURLs\": [\"*\"], \"verbs\": [\"*\"]}]}",
		"{\"rules\": [{\"apiGroups\": [\"*\"], \"resources\": [\"*\"], \"verbs\": [\"*\"]}]}"};
	static const char binding[] =
		"{\"roleRef\": {\"apiGroup\": \"rbac.authorization.k8s.io\", \"name\": \"" ROLE "\"}, "
		"\"subjects\": [{\"kind\": \"ServiceAccount\", \"name\": \"" ACCOUNT
		"\", \"namespace\": \"" SYSTEM "\"}], \"metadata\": {\"name\": \"" BINDING "\"}}";
	pv_arena *arena = j->cx->arena;
	const char *base = "/apis/rbac.authorization.k8s.io/v1", *word = *ns ? "role" : "clusterrole";
	pv_val role = *made_of(j, rules[*ns != '\0']), bound = *made_of(j, binding);
	int r;
	base = *ns ? pv_printf(arena, "%s/namespaces/%s", base, pv_url_escape(arena, ns)) : base;
	role = pv_with(arena, &role, "apiVersion", pv_string_ref("rbac.authorization.k8s.io/v1"));
	role = pv_with(arena, &role, "kind", pv_string_ref(type));
	role = pv_with_at(arena, &role, "metadata.name", pv_string_ref(ROLE));
	r = put(j, j->there, pv_printf(arena, "%s/%ss", base, word), role);
	if (r < 0)
		return pv_wrap(j->cx, r, "%s " ROLE, type);
	bound = pv_with(arena, &bound, "apiVersion", pv_string_ref("rbac.authorization.k8s.io/v1"));
	bound = pv_with(arena, &bound, "kind", pv_string(arena, pv_printf(arena, "%sBinding", type)));
	bound = pv_with_at(arena, &bound, "roleRef.kind", pv_string_ref(type));
	return put(j, j->there, pv_printf(arena, "%s/%sbindings", base, word), bound);
}

/* ---- the token ---- */

static int
on_line(void *arg, pv_str line)
{
	struct joining *j = arg;
	const pv_val *event = NULL;
	const char *token;
	size_t len;
	if (pv_json_parse(j->cx, line, NULL, &event) < 0)
		pv_recover(j->cx); /* the next may be one */
	token = pv_text_at(event, "object.data.token", "");
	if (*token)
		j->token = (const char *)pv_unbase64(j->cx->arena, pv_str_of(token), false, &len);
	return j->token != NULL;
}

/* The cluster's controllers put it there. */
static int
await_token(struct joining *j)
{
	pv_client_call call = {.path = "/api/v1/namespaces/" SYSTEM
				       "/secrets?watch=true&fieldSelector=metadata.name%3D" TOKEN
				       "&timeoutSeconds=" TOKEN_SECONDS,
			       .timeout_ns = TOKEN_MOST};
	int r = pv_client_stream(j->cx, j->there, &call, on_line, j);
	if (r == 0 && !j->token)
		r = pv_fail(j->cx, PV_EUNAVAILABLE,
			    "no token came into Secret " SYSTEM "/" TOKEN " of %s within " TOKEN_SECONDS
			    " seconds: expected its kube-controller-manager to put one there",
			    pv_client_server(j->there));
	return r;
}

static int
join(struct joining *j)
{
	static const char account[] =
		"{\"apiVersion\": \"v1\", \"kind\": \"ServiceAccount\", \"metadata\": {\"name\": "
		"\"" ACCOUNT "\"}}",
			  secret[] =
				  "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"type\": "
				  "\"kubernetes.io/service-account-token\", \"metadata\": {\"name\": \"" TOKEN
				  "\", \"annotations\": {\"kubernetes.io/service-account.name\": \"" ACCOUNT
				  "\"}}}";
	size_t n;
	const char *const *namespaces = pv_args_list(j->cx, j->args, "namespace", &n);
	int r = put(j, j->there, "/api/v1/namespaces/" SYSTEM "/serviceaccounts", *made_of(j, account));
	if (r == 0 && n == 0)
		r = permit(j, "ClusterRole", "");
	for (size_t i = 0; r == 0 && i < n; i++)
		r = permit(j, "Role", namespaces[i]);
	if (r == 0)
		r = put(j, j->there, "/api/v1/namespaces/" SYSTEM "/secrets", *made_of(j, secret));
	if (r < 0)
		return pv_wrap(j->cx, r, "%s", pv_client_server(j->there));
	return await_token(j);
}

/* ---- the Secret here ---- */

/* argocd's: the host, and FNV-1a of the address. */
static const char *
secret_name(pv_arena *arena, const char *server)
{
	const char *host = pv_httpc_host(arena, server);
	uint32_t hash = 2166136261u;
	for (const char *c = server; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return pv_printf(arena, "cluster-%s-%u", host ? host : "", hash);
}

static pv_val
config_of(struct joining *j)
{
	pv_arena *arena = j->cx->arena;
	const char *ca = pv_client_authority(j->there);
	pv_val tls = pv_with(arena, NULL, "insecure", pv_bool(pv_client_is_insecure(j->there))), v;
	if (ca)
		tls = pv_with(arena, &tls, "caData",
			      pv_string(arena, pv_base64(arena, ca, strlen(ca), false)));
	v = pv_with(arena, NULL, "bearerToken", pv_string_ref(j->token));
	return pv_with(arena, &v, "tlsClientConfig", tls);
}

static void
put_text(struct joining *j, pv_objb *b, const char *key, const char *text)
{
	if (text && *text)
		pv_objb_put(b, key,
			    pv_string(j->cx->arena, pv_base64(j->cx->arena, text, strlen(text), false)));
}

static pv_val
data_of(struct joining *j)
{
	pv_arena *arena = j->cx->arena;
	size_t n;
	const char *const *namespaces = pv_args_list(j->cx, j->args, "namespace", &n);
	pv_val config = config_of(j);
	pv_buf list;
	pv_objb b;
	pv_buf_init(&list, arena);
	for (size_t i = 0; i < n; i++)
		pv_buf_printf(&list, "%s%s", i ? "," : "", namespaces[i]);
	pv_objb_init(&b, arena);
	put_text(j, &b, "name", pv_args_text(j->args, "name", pv_args_at(j->args, 0)));
	put_text(j, &b, "server", pv_client_server(j->there));
	put_text(j, &b, "config", pv_json_text(arena, &config));
	put_text(j, &b, "project", pv_args_text(j->args, "project", NULL));
	put_text(j, &b, "namespaces", n ? list.s : NULL);
	put_text(j, &b, "clusterResources", n && pv_args_has(j->args, "cluster-resources") ? "true" : NULL);
	return pv_objb_end(&b);
}

/* Of the Secrets that describe clusters, the one of this address; NULL: none. */
static int
described(struct joining *j, const char **ret)
{
	pv_client_call call = {.path = "/api/v1/namespaces/" CLUSTERS_HOME
				       "/secrets?labelSelector=argocd.argoproj.io%2Fsecret-type%3Dcluster"};
	const pv_val *list, *items;
	int r = pv_client_json(j->cx, j->here, &call, NULL, &list);
	*ret = NULL;
	items = r == 0 ? pv_get(list, "items") : NULL;
	for (size_t i = 0; i < pv_count(items); i++)
		if (pv_streq(secret_text(j->cx->arena, pv_item(items, i), "server"),
			     pv_client_server(j->there)))
			*ret = pv_text_at(pv_item(items, i), "metadata.name", "");
	return r;
}

static int
describe(struct joining *j, const char *name)
{
	static const char home[] =
		"{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": "
		"\"" CLUSTERS_HOME "\"}}",
			  secret[] =
				  "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"labels\": "
				  "{\"argocd.argoproj.io/secret-type\": \"cluster\"}}}";
	pv_val v = pv_with_at(j->cx->arena, made_of(j, secret), "metadata.name", pv_string_ref(name));
	int r = put(j, j->here, "/api/v1/namespaces", *made_of(j, home));
	if (r == 0)
		r = put(j, j->here, "/api/v1/namespaces/" CLUSTERS_HOME "/secrets",
			pv_with(j->cx->arena, &v, "data", data_of(j)));
	return r;
}

static int
add(struct joining *j)
{
	const char *name, *server = pv_client_server(j->there);
	int r = described(j, &name);
	if (r == 0 && name && !pv_args_has(j->args, "upsert"))
		r = pv_fail(j->cx, PV_EEXISTS,
			    "Secret " CLUSTERS_HOME "/%s describes %s already: --upsert writes it anew", name,
			    server);
	if (r == 0)
		r = join(j);
	if (r == 0)
		r = describe(j, name ? name : secret_name(j->cx->arena, server));
	if (r == 0)
		printf("Cluster '%s' added\n", server);
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *mine = pv_args_text(args, "kubeconfig", NULL);
	pv_client_conf here = {.kubeconfig = mine, .context = pv_args_text(args, "context", NULL)},
		       there = {.kubeconfig = pv_args_text(args, "from", mine),
				.context = pv_args_at(args, 0)};
	struct joining j = {.cx = cx, .args = args};
	int r;
	if (pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE, "expected one CONTEXT: that of the cluster that is added");
	r = pv_client_open(cx, &here, &j.here);
	if (r == 0)
		r = pv_client_open(cx, &there, &j.there);
	if (r == 0)
		r = add(&j);
	pv_client_close(j.there);
	pv_client_close(j.here);
	return r;
}

static const pv_option options[] = {
	{"kubeconfig", 0, "FILE", "how to reach this server (default: $KUBECONFIG, then ~/.kube/config)"},
	{"context", 0, "NAME", "which context of it"},
	{"from", 0, "FILE", "the kubeconfig that has CONTEXT (default: the same)"},
	{"name", 0, "NAME", "what Applications call it (default: CONTEXT)"},
	{"namespace", 'n', "NAME", "look at and deploy to this namespace only; repeats"},
	{"cluster-resources", 0, NULL, "with --namespace: objects of the whole cluster, too"},
	{"project", 0, "NAME", "of this project only"},
	{"upsert", 0, NULL, "write anew what describes it already"},
	{0},
};

static const pv_option refused[] = {
	{"shard", 0, "N", "one server has all Applications"},
	{"aws-cluster-name", 0, "NAME", "no command is run to get in: the token of an account is"},
	{"exec-command", 0, "COMMAND", "no command is run to get in: the token of an account is"},
	{"in-cluster", 0, NULL, "this server needs no Secret: it is https://kubernetes.default.svc"},
	{0},
};

const pv_verb clusters_verbs[] = {
	{.name = "cluster add",
	 .usage = "CONTEXT",
	 .summary = "make another cluster a destination of Applications",
	 .help = "Makes the account argocd-manager in namespace kube-system there, as argocd does, and the Secret in\n"
		 "namespace argocd here that describes the cluster with the account's token.\n"
		 "Example: pave cluster add edge --from ~/.kube/config",
	 .options = options,
	 .refused = refused,
	 .run = run},
	{0},
};
