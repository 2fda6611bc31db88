/* oci: a bundle in a registry: the one layer that a manifest names
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md). */
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/str.h"
#include "governance/opa/plugins.h"
#include "lang/json/json.h"

#define MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define LAYER "application/vnd.oci.image.layer.v1.tar+gzip"
#define DOCUMENT_MAX ((size_t)4 << 20)

typedef struct registry {
	pv_ctx *cx;
	const opa_bundle_conf *conf;
	atomic_bool *stop;
	const char *name, *tag, *token;
} registry;

/* key="value" of a challenge, "" if it has none. */
static const char *
parameter(pv_arena *arena, const char *challenge, const char *key)
{
	const char *at = challenge;
	size_t n = strlen(key);
	while ((at = strcasestr(at, key)) != NULL) {
		if (at > challenge && strchr(" ,", at[-1]) && at[n] == '=' && at[n + 1] == '"')
			return pv_strndup(arena, at + n + 2, strcspn(at + n + 2, "\""));
		at += n;
	}
	return "";
}

/* At the service's own host, and not at one whose name begins as its does. */
static bool
is_own(const registry *g, const char *address)
{
	const char *url = g->conf->service->url;
	size_t n = strlen(url);
	return strncmp(address, url, n) == 0 && strchr("/?", address[n]);
}

/* A token for pulling, of whom the registry names.  Our credentials go along only to the service's own host:
 * elsewhere, nobody asks. */
static int
take_token(registry *g, const char *challenge)
{
	pv_arena *arena = g->cx->arena;
	const char *realm = parameter(arena, challenge, "realm");
	const char *url = pv_printf(arena, "%s%sservice=%s&scope=%s", realm, strchr(realm, '?') ? "&" : "?",
				    pv_url_escape(arena, parameter(arena, challenge, "service")),
				    pv_url_escape(arena, pv_printf(arena, "repository:%s:pull", g->name)));
	opa_service_req req = {.path = url, .limit = DOCUMENT_MAX, .stop = g->stop, .own = is_own(g, realm)};
	const pv_val *doc;
	pv_httpc_answer a;
	if (!pv_starts_with(realm, "https://") &&
	    !(pv_starts_with(realm, "http://") && pv_starts_with(g->conf->service->url, "http://")))
		return pv_fail(g->cx, PV_EUNAUTHORIZED,
			       "registry: it sends to \"%.200s\" for a token: expected https://", realm);
	int r = opa_service_do(g->cx, g->conf->service, &req, &a);
	if (r == 0 && a.status != 200)
		r = pv_fail(g->cx, pv_code_of_http(a.status), "registry: token: server replied with HTTP %d",
			    a.status);
	if (r == 0)
		r = pv_json_parse(g->cx, a.body, NULL, &doc);
	if (r < 0)
		return r;
	g->token = pv_text_at(doc, "token", pv_text_at(doc, "access_token", NULL));
	return g->token ? 0 : pv_fail(g->cx, PV_EUNAUTHORIZED, "registry: the answer for a token has none");
}

static int
ask(registry *g, const char *path, const char *accept, size_t limit, pv_httpc_answer *ret)
{
	opa_service_req req = {.path = path, .limit = limit, .stop = g->stop};
	int r = 0;
	if (accept)
		req.headers[0] = pv_printf(g->cx->arena, "Accept: %s", accept);
	for (int turn = 0; r == 0 && turn < 2; turn++) {
		const char *challenge;
		req.bearer = g->token;
		r = opa_service_do(g->cx, g->conf->service, &req, ret);
		if (r < 0 || ret->status == 200)
			return r;
		challenge = pv_httpc_header(ret, "www-authenticate");
		if (ret->status != 401 || turn == 1 || !challenge ||
		    strncasecmp(challenge, "bearer ", 7) != 0)
			return pv_fail(g->cx, pv_code_of_http(ret->status),
				       "registry: %s: server replied with HTTP %d", path, ret->status);
		r = take_token(g, challenge);
	}
	return r;
}

/* HOST/NAME:TAG; the host is the service's. */
static int
split(registry *g)
{
	const char *resource = g->conf->resource, *slash, *colon;
	const char *host = strstr(g->conf->service->url, "://") + 3;
	size_t n = strlen(host);
	if (strncmp(resource, host, n) == 0 && resource[n] == '/')
		resource += n + 1;
	slash = strrchr(resource, '/');
	colon = strrchr(slash ? slash : resource, ':');
	g->name = pv_strndup(g->cx->arena, resource, colon ? (size_t)(colon - resource) : strlen(resource));
	g->tag = colon ? colon + 1 : "latest";
	return *g->name ? 0 : pv_fail(g->cx, PV_EINVALID, "resource: expected HOST/NAME:TAG");
}

static const char *
layer_of(pv_ctx *cx, const pv_httpc_answer *a)
{
	const pv_val *doc, *layers;
	if (pv_json_parse(cx, a->body, NULL, &doc) < 0)
		return NULL;
	layers = pv_get(doc, "layers");
	for (size_t i = 0; i < pv_count(layers); i++) {
		const char *digest = pv_text_at(pv_item(layers, i), "digest", "");
		if (pv_streq(pv_text_at(pv_item(layers, i), "mediaType", ""), LAYER) &&
		    pv_starts_with(digest, "sha256:"))
			return digest;
	}
	(void)pv_fail(cx, PV_EINVALID, "registry: expected a manifest with a layer " LAYER ", found none");
	return NULL;
}

int
opa_fetch_oci(pv_ctx *cx, const opa_bundle_conf *conf, const char *etag, atomic_bool *stop, opa_fetched *ret)
{
	registry g = {.cx = cx, .conf = conf, .stop = stop};
	pv_httpc_answer a;
	int r = split(&g);
	if (r == 0)
		r = ask(&g, pv_printf(cx->arena, "v2/%s/manifests/%s", g.name, g.tag), MANIFEST, DOCUMENT_MAX,
			&a);
	if (r < 0)
		return r;
	const char *digest = layer_of(cx, &a);
	if (!digest)
		return -cx->err->code;
	ret->etag = digest;
	ret->status = 200;
	if (pv_streq(digest, etag))
		return 0;
	r = ask(&g, pv_printf(cx->arena, "v2/%s/blobs/%s", g.name, digest), NULL, conf->limit, &a);
	if (r < 0)
		return r;
	if (!pv_streq(pv_sha256_hex(cx->arena, a.body.s, a.body.len), digest + strlen("sha256:")))
		return pv_fail(cx, PV_EINVALID, "registry: the layer's bytes are not those of its digest");
	ret->bytes = a.body;
	return 0;
}
