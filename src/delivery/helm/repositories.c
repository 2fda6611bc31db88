/* repositories: what a person's helm knows: repositories by name, with credentials, and who is logged in
 * to which registry.  And the way from there to delivery/charts. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/str.h"
#include "delivery/charts/charts.h"
#include "delivery/helm/command.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define FILE_MAX ((size_t)4 << 20)

/* ---- where helm keeps it ---- */

static const char *
from_home(pv_ctx *cx, const char *variable, const char *below)
{
	const char *set = getenv(variable), *home = getenv("HOME");
	if (set && *set)
		return set;
	return home && *home ? pv_printf(cx->arena, "%s/%s", home, below) : NULL;
}

static const char *
config(pv_ctx *cx, const char *variable, const char *name)
{
	const char *set = getenv(variable), *own = getenv("HELM_CONFIG_HOME"), *base;
	if (set && *set)
		return set;
	base = from_home(cx, "XDG_CONFIG_HOME", ".config");
	if (own && *own)
		return pv_printf(cx->arena, "%s/%s", own, name);
	return base ? pv_printf(cx->arena, "%s/helm/%s", base, name) : NULL;
}

/* Nothing if there is no such file. */
static int
read_file(pv_ctx *cx, const char *path, pv_str *ret)
{
	int r = path ? pv_file_load(cx, path, FILE_MAX, ret) : 0;
	if (!path || r == -PV_ENOTFOUND) {
		if (path)
			pv_recover(cx);
		*ret = (pv_str){"", 0};
		return 0;
	}
	return r;
}

static int
repositories(pv_ctx *cx, const pv_val **ret)
{
	const char *path = config(cx, "HELM_REPOSITORY_CONFIG", "repositories.yaml");
	const pv_val *doc;
	pv_str text;
	int r = read_file(cx, path, &text);
	if (r == 0)
		r = pv_yaml_parse(cx, text, &(pv_yaml_opts){.file = path}, &doc);
	if (r == 0)
		*ret = pv_get(doc, "repositories");
	return r;
}

static const pv_val *
entry_with(const pv_val *list, const char *key, const char *value)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), key, ""), value))
			return pv_item(list, i);
	return NULL;
}

int
helm_repository_named(pv_ctx *cx, const char *name, const pv_val **ret)
{
	const pv_val *list;
	int r = repositories(cx, &list);
	if (r < 0)
		return r;
	*ret = entry_with(list, "name", name);
	return *ret ? 0
		    : pv_fail(cx, PV_ENOTFOUND,
			      "repo %s not found: no repository of that name is in helm's repositories.yaml; give "
			      "--repo URL",
			      name);
}

int
helm_repository_at(pv_ctx *cx, const char *url, const pv_val **ret)
{
	const pv_val *list;
	int r = repositories(cx, &list);
	if (r == 0)
		*ret = entry_with(list, "url", url);
	return r;
}

/* ---- registries ---- */

/* {"auths": {HOST: {"auth": base64 of USER:PASSWORD}}} */
static int
add_login(pv_ctx *cx, const char *path, const char *host, pv_objb *request, bool *ret_found)
{
	const pv_val *doc, *auth;
	const char *text, *colon;
	size_t len;
	pv_str file;
	int r = read_file(cx, path, &file);
	if (r < 0 || file.len == 0)
		return r;
	r = pv_json_parse(cx, file, &(pv_json_opts){.file = path}, &doc);
	if (r < 0)
		return r;
	auth = pv_get(pv_get(pv_get(doc, "auths"), host), "auth");
	text = (const char *)pv_unbase64(cx->arena, pv_strv(auth), false, &len);
	colon = text ? strchr(text, ':') : NULL;
	if (colon) {
		pv_objb_puts(request, "username", pv_strndup(cx->arena, text, (size_t)(colon - text)));
		pv_objb_puts(request, "password", colon + 1);
		*ret_found = true;
	}
	return 0;
}

static int
add_logins(pv_ctx *cx, const char *url, pv_objb *request)
{
	const char *host = url + strlen("oci://");
	const char *paths[] = {config(cx, "HELM_REGISTRY_CONFIG", "registry/config.json"),
			       from_home(cx, "DOCKER_CONFIG", ".docker")};
	bool found = false;
	int r = 0;
	host = pv_strndup(cx->arena, host, strcspn(host, "/"));
	if (paths[1])
		paths[1] = pv_printf(cx->arena, "%s/config.json", paths[1]);
	for (size_t i = 0; r == 0 && !found && i < PV_LEN(paths); i++)
		r = add_login(cx, paths[i], host, request, &found);
	return r;
}

/* ---- asking for one ---- */

static int
add_file(pv_ctx *cx, const char *path, const char *as, pv_objb *request)
{
	pv_str text;
	int r = path && *path ? pv_file_load(cx, path, FILE_MAX, &text) : 1;
	if (r == 0)
		pv_objb_puts(request, as, text.s);
	return r < 0 ? r : 0;
}

static const char *
asked(const pv_args *args, const char *option, const pv_val *entry, const char *key)
{
	return pv_args_text(args, option, pv_text_at(entry, key, NULL));
}

static int
add_access(pv_ctx *cx, const pv_args *args, const helm_wish *wish, pv_objb *b)
{
	const pv_val *e = wish->entry;
	const char *proxy = getenv(pv_starts_with(wish->url, "http://") ? "http_proxy" : "https_proxy"),
		   *user = asked(args, "username", e, "username");
	int r = add_file(cx, asked(args, "ca-file", e, "caFile"), "authorities", b);
	if (r == 0)
		r = add_file(cx, asked(args, "cert-file", e, "certFile"), "tlsClientCertData", b);
	if (r == 0)
		r = add_file(cx, asked(args, "key-file", e, "keyFile"), "tlsClientCertKey", b);
	if (r == 0 && (!user || !*user) && pv_starts_with(wish->url, "oci://"))
		r = add_logins(cx, wish->url, b);
	if (user && *user) {
		pv_objb_puts(b, "username", user);
		pv_objb_puts(b, "password", asked(args, "password", e, "password"));
	}
	pv_objb_put(b, "insecure",
		    pv_bool(pv_args_has(args, "insecure-skip-tls-verify") ||
			    pv_truth_at(e, "insecure_skip_tls_verify", false)));
	pv_objb_put(b, "passCredentials",
		    pv_bool(pv_args_has(args, "pass-credentials") ||
			    pv_truth_at(e, "pass_credentials_all", false)));
	pv_objb_put(b, "plainHttp", pv_bool(pv_args_has(args, "plain-http")));
	if (proxy && *proxy)
		pv_objb_puts(b, "proxy", proxy);
	pv_objb_puts(b, "noProxy", getenv("no_proxy"));
	return r;
}

/* Nobody else decides where this person's machine may connect to, so no address is denied. */
int
helm_repository_fetch(pv_ctx *cx, const pv_args *args, const helm_wish *wish, pv_val *ret)
{
	const char *cache = from_home(cx, "XDG_CACHE_HOME", ".cache");
	pv_val request;
	pv_objb b;
	if (!cache)
		return pv_fail(cx, PV_EUSAGE,
			       "there is no folder to keep charts in: set HOME or XDG_CACHE_HOME");
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "url", wish->url);
	pv_objb_puts(&b, "chart", wish->chart);
	pv_objb_puts(&b, "version", wish->version);
	pv_objb_puts(&b, "deny", "");
	int r = add_access(cx, args, wish, &b);
	request = pv_objb_end(&b);
	return r < 0 ? r : charts_fetch(cx, pv_printf(cx->arena, "%s/pave/charts", cache), &request, ret);
}
