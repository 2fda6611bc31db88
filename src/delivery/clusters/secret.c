/* secret: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters */
#include "delivery/clusters/secret.h"

#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "lang/json/json.h"

#define SECRET_TYPE "argocd.argoproj.io/secret-type"

bool
secret_is_cluster(const pv_val *secret)
{
	return pv_streq(pv_text_at(secret, "metadata.namespace", ""), CLUSTERS_HOME) &&
	       pv_streq(pv_text(pv_get(pv_at(secret, "metadata.labels"), SECRET_TYPE), ""), "cluster");
}

static const char *
member(pv_arena *arena, const pv_val *secret, const char *key)
{
	const char *plain = pv_text(pv_get(pv_get(secret, "stringData"), key), NULL),
		   *encoded = pv_text(pv_get(pv_get(secret, "data"), key), NULL);
	size_t len;
	if (plain) /* in a file, with no server */
		return plain;
	return encoded ? (const char *)pv_unbase64(arena, pv_str_of(encoded), false, &len) : NULL;
}

const char *
secret_text(pv_arena *arena, const pv_val *secret, const char *key)
{
	const char *text = member(arena, secret, key);
	size_t len = text ? strlen(text) : 0;
	if (!pv_streq(key, "server"))
		return text;
	while (len && text[len - 1] == '/')
		len--;
	return text ? pv_strndup(arena, text, len) : NULL;
}

void
secret_keys(pv_ctx *cx, const pv_val *object, pv_vec *ret)
{
	static const char *const members[] = {"name", "server"};
	if (!secret_is_cluster(object))
		return;
	for (size_t i = 0; i < PV_LEN(members); i++) {
		const char *text = secret_text(cx->arena, object, members[i]), *key;
		if (!text)
			continue;
		key = pv_printf(cx->arena, "%s %s", members[i], text);
		pv_vec_push(ret, &key);
	}
}

/* ---- how to get there ---- */

struct reading {
	pv_ctx *cx;
	const char *name; /* of the Secret */
	secret_says *says;
};

static int
wrong(struct reading *r, const char *what)
{
	return pv_fail(r->cx, PV_EINVALID, "Secret " CLUSTERS_HOME "/%s: %s", r->name, what);
}

static int
refuse(struct reading *r, const char *field)
{
	return pv_fail(
		r->cx, PV_EUNSUPPORTED,
		"Secret " CLUSTERS_HOME
		"/%s: config.%s is not supported yet: no command that a Secret names is run here: "
		"expected a bearerToken (pave cluster add makes one), a username and password, or a client "
		"certificate in tlsClientConfig",
		r->name, field);
}

/* Base64 in the JSON, as Go writes bytes. */
static int
pem(struct reading *r, const pv_val *tls, const char *key, const char **ret)
{
	const char *text = pv_text_at(tls, key, "");
	size_t len;
	uint8_t *bytes;
	if (!*text)
		return 0;
	bytes = pv_unbase64(r->cx->arena, pv_str_of(text), false, &len);
	if (!bytes)
		return wrong(r, pv_printf(r->cx->arena, "config.tlsClientConfig.%s: expected base64", key));
	*ret = pv_strndup(r->cx->arena, (const char *)bytes, len);
	return 0;
}

/* The certificate is to have another name than the address: that name is asked, at the address. */
static int
rename_server(struct reading *r, const char *name)
{
	const char *server = r->says->server, *host = strstr(server, "://") + 3;
	size_t len = strcspn(host, "/");
	const char *port = memrchr(host, ':', len);
	if (port && memchr(port, ']', len - (size_t)(port - host)))
		port = NULL; /* within an IPv6 address */
	if (strpbrk(name, "/:@ \t\r\n?#"))
		return wrong(r, "config.tlsClientConfig.serverName: expected a host's name");
	r->says->at.connect = port ? pv_strndup(r->cx->arena, host, len)
				   : pv_printf(r->cx->arena, "%.*s:443", (int)len, host);
	r->says->at.server = pv_printf(r->cx->arena, "%.*s%s%.*s%s", (int)(host - server), server, name,
				       port ? (int)(host + len - port) : 0, port ? port : "", host + len);
	return 0;
}

static int
read_tls(struct reading *r, const pv_val *tls)
{
	const char *name = pv_text_at(tls, "serverName", "");
	pv_httpc_conf *http = &r->says->http;
	int e = pem(r, tls, "caData", &http->ca_pem);
	http->insecure = pv_truth_at(tls, "insecure", false);
	if (e == 0)
		e = pem(r, tls, "certData", &http->cert_pem);
	if (e == 0)
		e = pem(r, tls, "keyData", &http->key_pem);
	if (e < 0)
		return e;
	if (http->insecure && http->ca_pem)
		return wrong(
			r,
			"config.tlsClientConfig: specifying a root certificates file with the insecure flag is "
			"not allowed");
	if ((http->cert_pem == NULL) != (http->key_pem == NULL))
		return wrong(r, "config.tlsClientConfig: certData and keyData come together, found one");
	return *name ? rename_server(r, name) : 0;
}

static int
read_config(struct reading *r, const pv_val *config)
{
	static const char *const unsupported[] = {"awsAuthConfig", "execProviderConfig"};
	pv_httpc_conf *http = &r->says->http;
	for (size_t i = 0; i < PV_LEN(unsupported); i++)
		if (pv_is(pv_get(config, unsupported[i]), PV_OBJECT))
			return refuse(r, unsupported[i]);
	http->token = *pv_text_at(config, "bearerToken", "") ? pv_text_at(config, "bearerToken", "") : NULL;
	http->user = *pv_text_at(config, "username", "") ? pv_text_at(config, "username", "") : NULL;
	http->password = pv_text_at(config, "password", "");
	http->proxy = *pv_text_at(config, "proxyUrl", "") ? pv_text_at(config, "proxyUrl", "") : NULL;
	return read_tls(r, pv_get(config, "tlsClientConfig"));
}

/* A parser's error may show what it stands at. */
static const pv_val *
config_of(pv_ctx *cx, const pv_val *secret)
{
	const char *text = member(cx->arena, secret, "config");
	const pv_val *config = NULL;
	if (!text || !*text)
		return pv_box(cx->arena, pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	if (pv_json_parse(cx, pv_str_of(text), NULL, &config) < 0) {
		pv_recover(cx);
		return NULL;
	}
	return pv_is(config, PV_OBJECT) ? config : NULL;
}

static void
read_places(struct reading *r, const pv_val *secret)
{
	const char *list = member(r->cx->arena, secret, "namespaces");
	pv_str rest = pv_str_of(list ? list : ""), piece;
	pv_vec_init(&r->says->namespaces, r->cx->arena, sizeof(const char *));
	while (pv_str_next(&rest, ',', &piece)) {
		const char *ns;
		piece = pv_str_trim(piece);
		ns = pv_strndup(r->cx->arena, piece.s, piece.len);
		if (*ns)
			pv_vec_push(&r->says->namespaces, &ns);
	}
	r->says->whole = !r->says->namespaces.len ||
			 pv_streq(member(r->cx->arena, secret, "clusterResources"), "true");
}

const char *
secret_digest(pv_ctx *cx, const pv_val *secret)
{
	const pv_val *data = pv_get(secret, "data");
	const char *all = data ? pv_json_text(cx->arena, data) : "";
	return pv_sha256_hex(cx->arena, all, strlen(all));
}

int
secret_read(pv_ctx *cx, const pv_val *secret, secret_says *ret)
{
	struct reading r = {cx, pv_text_at(secret, "metadata.name", ""), ret};
	const pv_val *config;
	*ret = (secret_says){.server = secret_text(cx->arena, secret, "server")};
	ret->digest = secret_digest(cx, secret);
	if (!ret->server ||
	    (!pv_starts_with(ret->server, "https://") && !pv_starts_with(ret->server, "http://")))
		return wrong(&r, "server: expected https://HOST:PORT");
	if (pv_httpc_host(cx->arena, ret->server) == NULL)
		return wrong(&r, "server: expected https://HOST:PORT");
	config = config_of(cx, secret);
	if (!config)
		return wrong(&r, "config: expected a JSON object");
	ret->at.server = ret->server;
	ret->at.agent = "argocd-controller/pave";
	ret->at.http = &ret->http;
	ret->at.limit = ANSWER_MOST;
	read_places(&r, secret);
	return read_config(&r, config);
}
