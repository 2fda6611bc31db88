#include "core/api/openapi.h"
#include "base/gzip.h"
#include "base/str.h"
#include "core/api/gnostic.h"
#include "core/api/openapi_parts.h"
#include "lang/json/json.h"
#include <inttypes.h>
#include <string.h>

#define V3 "/openapi/v3/"

/* "apis/apps/v1": "apps/v1"; "" if it is none. */
static const char *
group_version(const char *at)
{
	return pv_starts_with(at, "apis/") ? at + 5 : pv_starts_with(at, "api/") ? at + 4 : "";
}

static pv_val
document_of(openapi_parts *p, bool builtin)
{
	pv_objb b, components;

	pv_objb_init(&components, p->arena);
	if (p->schemas.len)
		pv_objb_put(&components, "schemas", pv_objb_end(&p->schemas));
	if (builtin)
		pv_objb_put(&components, "securitySchemes", openapi_security(p->arena));
	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "openapi", "3.0.0");
	pv_objb_put(&b, "info", openapi_info(p->arena));
	pv_objb_put(&b, "paths", pv_objb_end(&p->paths));
	pv_objb_put(&b, "components", pv_objb_end(&components));
	return pv_objb_end(&b);
}

/* at: "apis/apps/v1", "apis/apps", "version" */
static int
make_v3(pv_ctx *cx, pv_registry *registry, const char *at, pv_val *ret)
{
	const char *api_version = group_version(at);
	openapi_parts p;
	size_t n;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);
	bool found = false, builtin = false;
	pv_words *words;
	int r;

	for (size_t i = 0; i < n; i++) {
		if (pv_streq(all[i]->api_version, api_version)) {
			found = true;
			builtin |= all[i]->kind_facts != NULL;
		}
	}
	r = pv_words_open(cx, found && !builtin, &words);
	if (r < 0)
		return r;
	openapi_parts_begin(&p, cx, registry, words, pv_map_new(cx->arena));
	if (openapi_roots_add(&p, at))
		found = builtin = true;
	for (size_t i = 0; i < n && r == 0; i++)
		if (pv_streq(all[i]->api_version, api_version))
			r = openapi_parts_add(&p, all[i]);
	if (r < 0)
		return r;
	if (!found)
		return pv_fail(cx, PV_ENOTFOUND, "the server could not find the requested resource");
	openapi_roots_gv(&p, api_version);
	openapi_parts_end(&p);
	*ret = document_of(&p, builtin);
	return 0;
}

/* key: "openapi apis/apps/v1" */
static int
render_v3(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	pv_val v;
	int r = make_v3(cx, registry, strchr(key, ' ') + 1, &v);

	if (r == 0)
		pv_json_write(out, &v);
	return r;
}

/* key: "openapi-protobuf apis/apps/v1" */
static int
render_v3_protobuf(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	pv_val v;
	int r = make_v3(cx, registry, strchr(key, ' ') + 1, &v);

	if (r == 0)
		gnostic3_document(out, &v);
	return r;
}

static char *
hash_text(pv_arena *arena, uint64_t hash)
{
	return pv_printf(arena, "%016" PRIX64, hash);
}

/* Clients keep a document by this: it changes with its kinds, and with the program that writes it. */
static uint64_t
hash_of(pv_ctx *cx, pv_registry *registry, const char *at)
{
	uint64_t hash = pv_registry_hash(cx, registry, group_version(at));
	const char *program = PAVE_VERSION " " PV_KUBERNETES " ";

	hash = pv_stable_hash(hash ? hash : PV_HASH_SEED, program, strlen(program));
	return pv_stable_hash(hash, pv_build_commit, strlen(pv_build_commit));
}

static void
put_url(pv_ctx *cx, pv_registry *registry, pv_objb *paths, const char *at)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(
		&b, "serverRelativeURL",
		pv_stringf(cx->arena, V3 "%s?hash=%s", at, hash_text(cx->arena, hash_of(cx, registry, at))));
	pv_objb_add(paths, pv_string(cx->arena, at), pv_objb_end(&b));
}

static int
render_index(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	size_t n;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);
	const char *last = "", *root;
	openapi_parts p;
	pv_objb paths, b;

	(void)key;
	pv_objb_init(&paths, cx->arena);
	openapi_parts_begin(&p, cx, registry, NULL, NULL);
	for (size_t i = 0; (root = openapi_roots_at(&p, i)) != NULL; i++)
		put_url(cx, registry, &paths, root);
	for (size_t i = 0; i < n; i++) {
		const char *gv = all[i]->api_version;

		if (!pv_streq(gv, last))
			put_url(cx, registry, &paths,
				pv_printf(cx->arena, "%s/%s", *all[i]->group ? "apis" : "api", gv));
		last = gv;
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "paths", pv_objb_end(&paths));
	pv_val v = pv_objb_end(&b);
	pv_json_write(out, &v);
	return 0;
}

/* Kept as gzip: with many CRDs it is large, and few ask for it. */
static int
packed(pv_ctx *cx, pv_registry *registry, pv_registry_render *render, pv_buf *out)
{
	pv_buf text;
	int r;

	pv_buf_init(&text, NULL);
	r = render(cx, registry, NULL, &text);
	if (r == 0)
		r = pv_gzip(cx, (pv_str){text.s, text.len}, PV_GZIP_SMALL, out);
	pv_buf_done(&text);
	return r;
}

static int
render_v2_protobuf(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	(void)key;
	return packed(cx, registry, openapi2_protobuf, out);
}

static int
render_v2_json(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	(void)key;
	return packed(cx, registry, openapi2_json, out);
}

/* ---- answering ---- */

bool
pv_openapi_has(const char *path)
{
	return pv_streq(path, "/openapi/v2") || pv_streq(path, "/openapi/v3") || pv_starts_with(path, V3);
}

/* The first range that is one of ours decides; gnostic's is never meant by a wildcard. */
static bool
accepts_protobuf(const char *accept, const char *asked, const char *named)
{
	pv_str rest = pv_str_of(accept);
	pv_accept range;

	while (pv_accept_next(&rest, &range)) {
		if (pv_str_is(range.type, asked) || pv_str_is(range.type, named))
			return true;
		if (pv_accept_is_json(&range))
			return false;
	}
	return false;
}

/* A document of another hash than was asked for must not be kept under that one. */
static void
redirect(pv_ctx *cx, const pv_document_query *query, uint64_t version, pv_document *ret)
{
	ret->status = 301;
	ret->location = pv_printf(cx->arena, "%s?hash=%s", query->path, hash_text(cx->arena, version));
	ret->etag = NULL;
	ret->body = (pv_str){"", 0};
}

typedef struct choice { /* a document in one of its forms */
	const char *key, *type;
	uint64_t version;
	pv_registry_render *render;
	bool addressed; /* by its hash */
} choice;

static choice
choose_v3(pv_ctx *cx, pv_registry *registry, const char *path, bool protobuf)
{
	const char *at = path + strlen(V3);

	return (choice){.key = pv_printf(cx->arena, "openapi%s %s", protobuf ? "-protobuf" : "", at),
			.type = protobuf ? GNOSTIC3_TYPE : "application/json",
			.version = hash_of(cx, registry, at),
			.render = protobuf ? render_v3_protobuf : render_v3,
			.addressed = true};
}

static int
choose(pv_ctx *cx, pv_registry *registry, const pv_document_query *query, choice *ret)
{
	const char *path = query->path, *other = "";
	uint64_t now = pv_registry_generation(registry);
	bool v2 = pv_streq(path, "/openapi/v2"), v3 = pv_starts_with(path, V3) && path[strlen(V3)];
	bool protobuf = (v2 && accepts_protobuf(query->accept, GNOSTIC_ASKED, GNOSTIC_TYPE)) ||
			(v3 && accepts_protobuf(query->accept, GNOSTIC3_ASKED, GNOSTIC3_TYPE));

	if (!protobuf && !pv_accept_json(query->accept)) {
		other = v2 ? ", " GNOSTIC_TYPE : v3 ? ", " GNOSTIC3_TYPE : "";
		return pv_fail(cx, PV_ENOTACCEPTABLE,
			       "only the following media types are accepted: application/json%s", other);
	}
	if (v3)
		*ret = choose_v3(cx, registry, path, protobuf);
	else if (v2 && protobuf)
		*ret = (choice){"openapi-v2 protobuf", GNOSTIC_TYPE, now, render_v2_protobuf, false};
	else if (v2)
		*ret = (choice){"openapi-v2", "application/json", now, render_v2_json, false};
	else
		*ret = (choice){"openapi-index", "application/json", now, render_index, false};
	return 0;
}

int
pv_openapi(pv_ctx *cx, pv_registry *registry, const pv_document_query *query, pv_document *ret)
{
	choice c = {0};
	uint64_t hash;
	pv_str body;
	int r = choose(cx, registry, query, &c);

	if (r == 0)
		r = pv_registry_document(cx, registry, c.key, c.version, c.render, &body, &hash);
	if (r < 0)
		return r;
	pv_document_fill(cx, query, c.type, body, hash, ret);
	if (pv_streq(query->path, "/openapi/v2") && ret->status == 200) {
		if (pv_http_takes(query->accept_encoding, "gzip"))
			ret->encoding = "gzip";
		else
			r = pv_gunzip(cx, body, &ret->body);
	}
	if (c.addressed && query->hash && !pv_streq(query->hash, hash_text(cx->arena, c.version)))
		redirect(cx, query, c.version, ret);
	ret->cache = c.addressed && query->hash && ret->status != 301 ? "public, max-age=31536000, immutable"
								      : "no-cache, private";
	return r;
}
