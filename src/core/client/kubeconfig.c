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

/* All that was read.  The first file that has a name, or a current-context, wins whole: clientcmd's
 * ClientConfigLoadingRules. */
typedef struct sources {
	const char *label; /* as --kubeconfig or $KUBECONFIG names them */
	pv_vec files;      /* of source */
} sources;

static int
add_file(pv_ctx *cx, sources *all, const char *path)
{
	source from = {.path = path};
	pv_yaml_opts opts = {.file = path};
	pv_str text;
	int r = pv_file_load(cx, path, FILE_LIMIT, &text);

	if (r == 0)
		r = pv_yaml_parse(cx, text, &opts, &from.config);
	if (r == 0)
		pv_vec_push(&all->files, &from);
	return r;
}

/* The files of $KUBECONFIG; those of several that are not there are left out. */
static int
add_list(pv_ctx *cx, sources *all, const char *list)
{
	pv_str rest = pv_str_of(list), piece;
	int r = 0;

	while (r == 0 && pv_str_next(&rest, ':', &piece)) {
		if (!piece.len)
			continue;
		r = add_file(cx, all, pv_strndup(cx->arena, piece.s, piece.len));
		if (r == -PV_ENOTFOUND && strchr(list, ':')) {
			pv_recover(cx);
			r = 0;
		}
	}
	if (r == 0 && !all->files.len)
		r = pv_fail(cx, PV_ENOTFOUND, "%s: none of these files is there", list);
	return r;
}

static int
load(pv_ctx *cx, const pv_client_conf *conf, sources *ret)
{
	const char *env = getenv("KUBECONFIG"), *home = getenv("HOME");
	int r;

	pv_vec_init(&ret->files, cx->arena, sizeof(source));
	ret->label = conf->kubeconfig ? conf->kubeconfig
		     : env && env[0]  ? env
				      : pv_printf(cx->arena, "%s/.kube/config", home ? home : "");
	r = ret->label == env ? add_list(cx, ret, env) : add_file(cx, ret, ret->label);
	if (r == -PV_ENOTFOUND)
		return pv_wrap(cx, r,
			       "kubeconfig (set KUBECONFIG or pass --kubeconfig; `pave serve` says where it "
			       "wrote one)");
	return r < 0 ? pv_wrap(cx, r, "kubeconfig") : 0;
}

/* The entry of that name in a list ("users"), and whose it is. */
static const pv_val *
named(const sources *all, const char *list, const char *name, const source **ret_from)
{
	for (size_t f = 0; f < all->files.len; f++) {
		const source *from = PV_AT(source, &all->files, f);
		const pv_val *items = pv_get(from->config, list);

		for (size_t i = 0; i < pv_count(items); i++)
			if (pv_streq(pv_text_at(pv_item(items, i), "name", ""), name)) {
				*ret_from = from;
				return pv_item(items, i);
			}
	}
	return NULL;
}

static const char *
current_context(const sources *all)
{
	const char *name = "";

	for (size_t f = 0; !*name && f < all->files.len; f++)
		name = pv_text_at(PV_AT(source, &all->files, f)->config, "current-context", "");
	return name;
}

static int
lacks(pv_ctx *cx, const sources *all, const char *what, const char *name)
{
	return pv_fail(cx, PV_ENOTFOUND, "kubeconfig %s: there is no %s \"%s\"", all->label, what, name);
}

static int
refuse(pv_ctx *cx, const source *from, const char *what, const pv_val *object, const char *const *keys)
{
	for (; *keys; keys++)
		if (pv_get(object, *keys))
			return pv_fail(cx, PV_EUNSUPPORTED,
				       "kubeconfig %s: %s.%s is not supported: expected a server that is "
				       "asked directly, with a client certificate, a token or a password",
				       from->path, what, *keys);
	return 0;
}

/* Relative to the kubeconfig that names it. */
static const char *
path_of(pv_ctx *cx, const source *from, const char *path)
{
	const char *slash = strrchr(from->path, '/');

	return path[0] == '/' || !slash
		       ? path
		       : pv_printf(cx->arena, "%.*s/%s", (int)(slash - from->path), from->path, path);
}

/* KEY-data (base64) or the file that KEY names. */
static int
pem(pv_ctx *cx, const source *from, const pv_val *object, const char *key, const char **ret)
{
	const char *data = pv_text(pv_get(object, pv_printf(cx->arena, "%s-data", key)), NULL);
	const char *path = pv_text(pv_get(object, key), NULL);
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
	r = pv_file_load(cx, path_of(cx, from, path), FILE_LIMIT, &text);
	if (r == 0)
		*ret = pv_strndup(cx->arena, text.s, text.len);
	return r < 0 ? pv_wrap(cx, r, "kubeconfig %s: %s", from->path, key) : 0;
}

static int
read_user(pv_ctx *cx, const source *from, const pv_val *user, kubeconfig *ret)
{
	static const char *const unsupported[] = {"exec",      "auth-provider", "as", "as-uid",
						  "as-groups", "as-user-extra", NULL};
	const char *file = pv_text_at(user, "tokenFile", NULL);
	pv_str text;
	int r = refuse(cx, from, "user", user, unsupported);

	if (r < 0)
		return r;
	ret->http.token = pv_text_at(user, "token", NULL);
	ret->http.user = pv_text_at(user, "username", NULL);
	ret->http.password = pv_text_at(user, "password", NULL);
	if (!ret->http.token && file) {
		r = pv_file_load(cx, path_of(cx, from, file), FILE_LIMIT, &text);
		if (r < 0)
			return pv_wrap(cx, r, "kubeconfig %s: tokenFile", from->path);
		text = pv_str_trim(text);
		ret->http.token = pv_strndup(cx->arena, text.s, text.len);
	}
	r = pem(cx, from, user, "client-certificate", &ret->http.cert_pem);
	return r < 0 ? r : pem(cx, from, user, "client-key", &ret->http.key_pem);
}

static int
read_cluster(pv_ctx *cx, const source *from, const pv_val *cluster, kubeconfig *ret)
{
	static const char *const unsupported[] = {"proxy-url", "tls-server-name", NULL};
	const char *server = pv_text_at(cluster, "server", "");
	size_t len = strlen(server);
	int r = refuse(cx, from, "cluster", cluster, unsupported);

	if (r < 0)
		return r;
	if (!pv_starts_with(server, "http://") && !pv_starts_with(server, "https://"))
		return pv_fail(cx, PV_EINVALID, "kubeconfig %s: cluster.server: expected a URL, found \"%s\"",
			       from->path, server);
	while (len && server[len - 1] == '/')
		len--;
	ret->server = pv_strndup(cx->arena, server, len);
	ret->http.insecure = pv_truth_at(cluster, "insecure-skip-tls-verify", false);
	return pem(cx, from, cluster, "certificate-authority", &ret->http.ca_pem);
}

int
kubeconfig_load(pv_ctx *cx, const pv_client_conf *conf, kubeconfig *ret)
{
	const pv_val *context, *cluster, *user;
	const source *from = NULL;
	const char *name, *word;
	sources all;
	int r = load(cx, conf, &all);

	*ret = (kubeconfig){0};
	if (r < 0)
		return r;
	name = conf->context ? conf->context : current_context(&all);
	context = named(&all, "contexts", name, &from);
	if (!context)
		return *name ? lacks(cx, &all, "context", name)
			     : pv_fail(cx, PV_ENOTFOUND,
				       "kubeconfig %s: expected a current-context, found none", all.label);
	context = pv_get(context, "context");
	ret->ns = conf->ns && *conf->ns ? conf->ns : pv_text_at(context, "namespace", "");
	if (!*ret->ns) /* an empty one would be all of them */
		ret->ns = "default";
	word = pv_text_at(context, "cluster", "");
	cluster = named(&all, "clusters", word, &from);
	if (!cluster)
		return lacks(cx, &all, "cluster", word);
	r = read_cluster(cx, from, pv_get(cluster, "cluster"), ret);
	word = pv_text_at(context, "user", "");
	if (r < 0 || !*word)
		return r;
	user = named(&all, "users", word, &from);
	return user ? read_user(cx, from, pv_get(user, "user"), ret) : lacks(cx, &all, "user", word);
}

static bool
is_told(const pv_vec *names, const char *name)
{
	for (size_t i = 0; i < names->len; i++)
		if (pv_streq(*PV_AT(const char *, names, i), name))
			return true;
	return false;
}

int
pv_client_contexts(pv_ctx *cx, const pv_client_conf *conf, pv_vec *ret)
{
	sources all;
	int r = load(cx, conf, &all);

	pv_vec_init(ret, cx->arena, sizeof(const char *));
	for (size_t f = 0; r == 0 && f < all.files.len; f++) {
		const pv_val *list = pv_get(PV_AT(source, &all.files, f)->config, "contexts");

		for (size_t i = 0; i < pv_count(list); i++) {
			const char *name = pv_text_at(pv_item(list, i), "name", "");

			if (!is_told(ret, name))
				pv_vec_push(ret, &name);
		}
	}
	return r;
}
