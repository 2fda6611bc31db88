/* registry: a chart in an OCI registry: tags are versions, a manifest names the archive by digest.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md, and the tokens of
 * https://distribution.github.io/distribution/spec/auth/token/ */
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "delivery/charts/impl.h"
#include "lang/json/json.h"
#include "lang/semver/constraint.h"

#define MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define CONFIG "application/vnd.cncf.helm.config.v1+json"
#define OLD_CHART "application/tar+gzip"
#define DOCUMENT_MAX ((size_t)4 << 20)
#define PAGES_MAX 100

struct registry {
	struct fetch *f;
	const char *host, *name; /* "https://registry.example", "charts/web" */
	enum web_as as;
	const char *token;
};

/* key="value" of a challenge, "" if it has none. */
static const char *
parameter(pv_arena *arena, const char *challenge, const char *key)
{
	const char *at = challenge;
	size_t n = strlen(key);
	while ((at = strcasestr(at, key)) != NULL) {
		if (at > challenge && strchr(" ,", at[-1]) && at[n] == '=') {
			at += n + 1;
			return *at == '"' ? pv_strndup(arena, at + 1, strcspn(at + 1, "\""))
					  : pv_strndup(arena, at, strcspn(at, ", "));
		}
		at += n;
	}
	return "";
}

/* Asks the host that the challenge names for a token: a password goes nowhere but by TLS, unless the
 * registry itself is asked without. */
static int
take_token(struct registry *g, const char *challenge)
{
	pv_arena *arena = g->f->cx->arena;
	const char *realm = parameter(arena, challenge, "realm"),
		   *scope = parameter(arena, challenge, "scope");
	const char *own = pv_printf(arena, "repository:%s:pull", g->name);
	bool known = pv_get(g->f->request, "username") != NULL;
	const pv_val *doc;
	pv_httpc_answer answer;
	if (!pv_starts_with(realm, "https://") &&
	    !(pv_starts_with(realm, "http://") && pv_starts_with(g->host, "http://")))
		return pv_fail(
			g->f->cx, PV_EUNAUTHORIZED,
			"registry %s: it sends to \"%.200s\" for a token: expected an address with https://",
			g->f->plain, realm);
	const char *url = pv_printf(arena, "%s%sservice=%s&scope=%s", realm, strchr(realm, '?') ? "&" : "?",
				    pv_url_escape(arena, parameter(arena, challenge, "service")),
				    pv_url_escape(arena, *scope ? scope : own));
	struct web_get get = {.url = url, .as = known ? WEB_BASIC : WEB_NOBODY, .limit = DOCUMENT_MAX};
	int r = web_get(g->f, &get, &answer);
	if (r == 0 && answer.status != 200)
		return web_refused(g->f, url, &answer);
	if (r == 0)
		r = pv_json_parse(g->f->cx, answer.body, NULL, &doc);
	if (r < 0)
		return r;
	g->as = WEB_TOKEN;
	g->token = pv_text_at(doc, "token", pv_text_at(doc, "access_token", NULL));
	return g->token ? 0
			: pv_fail(g->f->cx, PV_EUNAUTHORIZED, "registry %s: the answer for a token has none",
				  g->f->plain);
}

static int
answer_challenge(struct registry *g, const pv_httpc_answer *answer, const char *url)
{
	const char *challenge = pv_httpc_header(answer, "www-authenticate");
	if (challenge && strncasecmp(challenge, "bearer ", 7) == 0)
		return take_token(g, challenge);
	if (challenge && strncasecmp(challenge, "basic", 5) == 0 && pv_get(g->f->request, "username")) {
		g->as = WEB_BASIC;
		return 0;
	}
	return web_refused(g->f, url, answer);
}

/* A document of the registry; who asks is asked for credentials once. */
static int
ask(struct registry *g, const char *path, const char *accept, size_t limit, pv_httpc_answer *ret)
{
	const char *url = pv_printf(g->f->cx->arena, "%s%s", g->host, path);
	int r = 0;
	for (int turn = 0; r == 0 && turn < 2; turn++) {
		r = web_get(g->f, &(struct web_get){url, accept, g->as, g->token, limit}, ret);
		if (r < 0 || ret->status == 200)
			return r;
		if (ret->status != 401 || turn == 1)
			return web_refused(g->f, url, ret);
		r = answer_challenge(g, ret, url);
	}
	return r;
}

/* ---- tags ---- */

/* Where the next page is: the path in <...>; rel="next". */
static const char *
next_page(struct registry *g, const pv_httpc_answer *answer)
{
	const char *link = pv_httpc_header(answer, "link"), *path;
	if (link == NULL || *link != '<' || !strcasestr(link, "next"))
		return NULL;
	path = pv_strndup(g->f->cx->arena, link + 1, strcspn(link + 1, ">"));
	if (pv_starts_with(path, g->host))
		path += strlen(g->host);
	return *path == '/' ? path : NULL;
}

/* A tag cannot have "+", so a build is behind "_". */
static pv_val
version_of_tag(pv_arena *arena, const char *tag)
{
	char *text = pv_strdup(arena, tag);
	for (char *c = text; (c = strchr(c, '_')) != NULL;)
		*c = '+';
	return pv_string_ref(text);
}

static int
list_tags(struct registry *g, pv_val *ret)
{
	const char *path = pv_printf(g->f->cx->arena, "/v2/%s/tags/list?n=1000", g->name);
	pv_listb b;
	int r = 0;
	pv_listb_init(&b, g->f->cx->arena);
	for (int page = 0; r == 0 && path != NULL && page < PAGES_MAX; page++) {
		const pv_val *doc, *tags;
		pv_httpc_answer answer;
		r = ask(g, path, "application/json", DOCUMENT_MAX, &answer);
		if (r == 0)
			r = pv_json_parse(g->f->cx, answer.body, NULL, &doc);
		if (r < 0)
			return r;
		tags = pv_get(doc, "tags");
		for (size_t i = 0; i < pv_count(tags); i++)
			pv_listb_add(&b, version_of_tag(g->f->cx->arena, pv_text(pv_item(tags, i), "")));
		path = next_page(g, &answer);
	}
	*ret = pv_listb_end(&b);
	return r;
}

/* A tag of an image may be any word, and so may a digest be. */
static bool
is_range(pv_arena *arena, const char *wish)
{
	bool in;
	return !pv_semver_check(arena, pv_str_of(*wish ? wish : "*"), PV_STR("1.0.0"), &in);
}

static int
choose_version(struct registry *g)
{
	struct fetch *f = g->f;
	pv_semver v;
	pv_val tags;
	pv_str build = pv_str_of(f->wish), core;
	int i, r;
	if ((*f->wish && pv_str_next(&build, '+', &core) && pv_semver_parse(core, &v)) ||
	    (f->image && !is_range(f->cx->arena, f->wish))) {
		f->version = f->wish;
		return 0;
	}
	r = list_tags(g, &tags);
	if (r < 0)
		return r;
	i = version_pick(f, &tags, NULL);
	if (i < 0)
		return -f->cx->err->code;
	f->version = pv_text(pv_item(&tags, (size_t)i), "");
	return 0;
}

/* ---- the manifest and what it names ---- */

static int
read_manifest(struct registry *g, const pv_httpc_answer *answer)
{
	struct fetch *f = g->f;
	const pv_val *doc, *layers;
	const char *type;
	int r = pv_json_parse(f->cx, answer->body, NULL, &doc);
	if (r < 0)
		return pv_wrap(f->cx, r, "registry %s: manifest of %s", f->plain, f->version);
	type = pv_text_at(doc, "config.mediaType", "");
	layers = pv_get(doc, "layers");
	for (size_t i = 0; i < pv_count(layers) && pv_streq(type, CONFIG); i++) {
		const char *media = pv_text_at(pv_item(layers, i), "mediaType", ""),
			   *digest = pv_text_at(pv_item(layers, i), "digest", "");
		if ((pv_streq(media, CHART_LAYER) || pv_streq(media, OLD_CHART)) &&
		    pv_starts_with(digest, "sha256:")) {
			f->digest = digest + 7;
			return 0;
		}
	}
	return pv_fail(f->cx, PV_EINVALID,
		       "registry %s: %s is no Helm chart: expected a manifest whose config is " CONFIG
		       " and a layer " CHART_LAYER ", found config \"%.100s\"",
		       f->plain, f->version, type);
}

/* As Argo CD has them: one layer, of files or of a chart. */
static int
read_image(struct registry *g, const pv_httpc_answer *answer)
{
	static const char *const medias[] = {"application/vnd.oci.image.layer.v1.tar+gzip",
					     "application/vnd.oci.image.layer.v1.tar", CHART_LAYER};
	struct fetch *f = g->f;
	const char *digest, *found = pv_printf(f->cx->arena, "sha256:%s",
					       pv_sha256_hex(f->cx->arena, answer->body.s, answer->body.len));
	const pv_val *doc, *layers;
	int r = pv_json_parse(f->cx, answer->body, NULL, &doc);
	if (r < 0)
		return pv_wrap(f->cx, r, "registry %s: manifest of %s", f->plain, f->version);
	if (pv_starts_with(f->version, "sha256:") && !pv_streq(f->version, found))
		return pv_fail(f->cx, PV_EINVALID,
			       "registry %s: its manifest of %s is another one: its digest is %s", f->plain,
			       f->version, found);
	layers = pv_get(doc, "layers");
	f->manifest = found;
	f->media = pv_text_at(pv_item(layers, 0), "mediaType", "");
	digest = pv_text_at(pv_item(layers, 0), "digest", "");
	for (size_t i = 0; pv_count(layers) == 1 && i < PV_LEN(medias); i++)
		if (pv_streq(f->media, medias[i]) && pv_starts_with(digest, "sha256:")) {
			f->digest = digest + strlen("sha256:");
			return 0;
		}
	return pv_fail(
		f->cx, PV_EINVALID,
		"registry %s: %s has no manifests: expected one layer of type %s, %s or %s, found %zu, the first of type \"%.100s\"",
		f->plain, f->version, medias[0], medias[1], medias[2], pv_count(layers), f->media);
}

static int
bring(struct registry *g)
{
	struct fetch *f = g->f;
	const char *path = pv_printf(f->cx->arena, "/v2/%s/blobs/sha256:%s", g->name, f->digest);
	pv_httpc_answer answer;
	int r = ask(g, path, NULL, ARCHIVE_MAX, &answer);
	f->archive = pv_printf(f->cx->arena, "%s%s", g->host, path);
	f->bytes = r == 0 ? answer.body : (pv_str){"", 0};
	return r;
}

/* oci://HOST/NAME, and NAME:TAG of an archive that an index names. */
static void
split(struct registry *g)
{
	struct fetch *f = g->f;
	pv_arena *arena = f->cx->arena;
	const char *host = f->url + strlen("oci://");
	size_t len = strcspn(host, "/");
	const char *path = host[len] ? host + len + 1 : "", *tag = strrchr(path, ':');
	g->host = pv_printf(arena, "%s://%.*s",
			    pv_truth_at(f->request, "plainHttp", false) ? "http" : "https", (int)len, host);
	if (tag && !*f->chart) {
		f->wish = pv_text(pv_box(arena, version_of_tag(arena, tag + 1)), "");
		path = pv_strndup(arena, path, (size_t)(tag - path));
	}
	g->name = !*f->chart ? path : *path ? pv_printf(arena, "%s/%s", path, f->chart) : f->chart;
	f->name = strrchr(g->name, '/') ? strrchr(g->name, '/') + 1 : g->name;
}

/* How the registry has the version: as a tag, which cannot have "+", or a digest. */
static const char *
reference(struct fetch *f)
{
	char *tag = pv_strdup(f->cx->arena, f->version);
	if (pv_starts_with(tag, "sha256:") && charts_is_digest(tag + strlen("sha256:")))
		return tag;
	for (char *c = tag; (c = strchr(c, '+')) != NULL;)
		*c = '_';
	return pv_url_escape(f->cx->arena, tag);
}

int
registry_fetch(struct fetch *f)
{
	struct registry g = {.f = f, .as = WEB_NOBODY};
	pv_httpc_answer answer;
	int r;
	split(&g);
	if (pv_get(f->request, "bearerToken")) {
		g.as = WEB_TOKEN;
		g.token = pv_text_at(f->request, "bearerToken", "");
	}
	r = choose_version(&g);
	if (r < 0)
		return r;
	r = ask(&g, pv_printf(f->cx->arena, "/v2/%s/manifests/%s", g.name, reference(f)), MANIFEST,
		DOCUMENT_MAX, &answer);
	if (r == 0)
		r = f->image ? read_image(&g, &answer) : read_manifest(&g, &answer);
	return r < 0 || fetch_is_kept(f) ? r : bring(&g);
}
