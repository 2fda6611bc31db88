/* Reads what kubectl reads (client-go clientcmd/api/v1): clusters, users, contexts. */
#include "core/client/kubeconfig.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT (4u << 20)

typedef struct source {
	const char *path;
	const pv_val *config;
} source;

static const char *
default_path(pv_ctx *cx)
{
	const char *env = getenv("KUBECONFIG"), *home = getenv("HOME");
	pv_str rest = pv_str_of(env), piece;

	/* A list of files is merged by kubectl; we take the first, which it writes to. */
	if (env && env[0] && pv_str_next(&rest, ':', &piece) && piece.len)
		return pv_strndup(cx->arena, piece.s, piece.len);
	return pv_printf(cx->arena, "%s/.kube/config", home ? home : "");
}

static int
load(pv_ctx *cx, const pv_client_conf *conf, source *ret)
{
	pv_yaml_opts opts = {0};
	pv_str text;
	int r;

	ret->path = opts.file = conf->kubeconfig ? conf->kubeconfig : default_path(cx);
	r = pv_file_load(cx, ret->path, FILE_LIMIT, &text);
	if (r < 0)
		return pv_wrap(cx, r,
			       "kubeconfig (set KUBECONFIG or pass --kubeconfig; `pave serve` says where it "
			       "wrote one)");
	r = pv_yaml_parse(cx, text, &opts, &ret->config);
	return r < 0 ? pv_wrap(cx, r, "kubeconfig") : 0;
}

static const pv_val *
named(const pv_val *list, const char *name, const char *key)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), name))
			return pv_get(pv_item(list, i), key);
	return NULL;
}

static int
lacks(pv_ctx *cx, const source *from, const char *what, const char *name)
{
	return pv_fail(cx, PV_ENOTFOUND, "kubeconfig %s: there is no %s \"%s\"", from->path, what, name);
}

/* KEY-data (base64) or the file that KEY names, relative to the kubeconfig. */
static int
pem(pv_ctx *cx, const source *from, const pv_val *object, const char *key, const char **ret)
{
	const char *data = pv_text(pv_get(object, pv_printf(cx->arena, "%s-data", key)), NULL);
	const char *path = pv_text(pv_get(object, key), NULL), *slash = strrchr(from->path, '/');
	uint8_t *bytes;
	size_t len;
	pv_str text;
	int r;

	if (data && data[0]) {
		bytes = pv_unbase64(cx->arena, pv_str_of(data), false, &len);
		if (!bytes)
			return pv_fail(cx, PV_EINVALID, "kubeconfig %s: %s-data: expected base64", from->path,
				       key);
		*ret = pv_strndup(cx->arena, (const char *)bytes, len);
		return 0;
	}
	if (!path || !path[0])
		return 0;
	if (path[0] != '/' && slash)
		path = pv_printf(cx->arena, "%.*s/%s", (int)(slash - from->path), from->path, path);
	r = pv_file_load(cx, path, FILE_LIMIT, &text);
	if (r == 0)
		*ret = pv_strndup(cx->arena, text.s, text.len);
	return r < 0 ? pv_wrap(cx, r, "kubeconfig %s: %s", from->path, key) : 0;
}

static int
read_user(pv_ctx *cx, const source *from, const pv_val *user, kubeconfig *ret)
{
	static const char *const unsupported[] = {"exec", "auth-provider"};
	const char *file = pv_text_at(user, "tokenFile", NULL);
	pv_str text;
	int r;

	for (size_t i = 0; i < PV_LEN(unsupported); i++)
		if (pv_get(user, unsupported[i]))
			return pv_fail(cx, PV_EUNSUPPORTED,
				       "kubeconfig %s: user.%s is not supported: use a client certificate or "
				       "a token",
				       from->path, unsupported[i]);
	ret->http.token = pv_text_at(user, "token", NULL);
	ret->http.user = pv_text_at(user, "username", NULL);
	ret->http.password = pv_text_at(user, "password", NULL);
	if (!ret->http.token && file) {
		r = pv_file_load(cx, file, FILE_LIMIT, &text);
		if (r < 0)
			return pv_wrap(cx, r, "kubeconfig %s: tokenFile", from->path);
		text = pv_str_trim(text);
		ret->http.token = pv_strndup(cx->arena, text.s, text.len);
	}
	r = pem(cx, from, user, "client-certificate", &ret->http.cert_pem);
	return r < 0 ? r : pem(cx, from, user, "client-key", &ret->http.key_pem);
}

int
kubeconfig_load(pv_ctx *cx, const pv_client_conf *conf, kubeconfig *ret)
{
	const pv_val *context, *cluster, *user;
	const char *name, *server;
	source from = {0};
	size_t len;
	int r = load(cx, conf, &from);

	*ret = (kubeconfig){0};
	if (r < 0)
		return r;
	name = conf->context ? conf->context : pv_text_at(from.config, "current-context", "");
	context = named(pv_get(from.config, "contexts"), name, "context");
	if (!context)
		return *name ? lacks(cx, &from, "context", name)
			     : pv_fail(cx, PV_ENOTFOUND,
				       "kubeconfig %s: expected a current-context, found none", from.path);
	cluster = named(pv_get(from.config, "clusters"), pv_text_at(context, "cluster", ""), "cluster");
	if (!cluster)
		return lacks(cx, &from, "cluster", pv_text_at(context, "cluster", ""));
	user = named(pv_get(from.config, "users"), pv_text_at(context, "user", ""), "user");
	server = pv_text_at(cluster, "server", "");
	if (!pv_starts_with(server, "http://") && !pv_starts_with(server, "https://"))
		return pv_fail(cx, PV_EINVALID, "kubeconfig %s: cluster.server: expected a URL, found \"%s\"",
			       from.path, server);
	len = strlen(server);
	while (len && server[len - 1] == '/')
		len--;
	ret->server = pv_strndup(cx->arena, server, len);
	ret->ns = conf->ns && *conf->ns ? conf->ns : pv_text_at(context, "namespace", "");
	if (!*ret->ns) /* an empty one would be all of them */
		ret->ns = "default";
	ret->http.insecure = pv_truth_at(cluster, "insecure-skip-tls-verify", false);
	r = pem(cx, &from, cluster, "certificate-authority", &ret->http.ca_pem);
	return r < 0 || !user ? r : read_user(cx, &from, user, ret);
}

int
pv_client_contexts(pv_ctx *cx, const pv_client_conf *conf, pv_vec *ret)
{
	const pv_val *list;
	source from = {0};
	int r = load(cx, conf, &from);

	pv_vec_init(ret, cx->arena, sizeof(const char *));
	list = r < 0 ? NULL : pv_get(from.config, "contexts");
	for (size_t i = 0; i < pv_count(list); i++)
		pv_vec_push(ret, &(const char *){pv_text_at(pv_item(list, i), "name", "")});
	return r;
}
