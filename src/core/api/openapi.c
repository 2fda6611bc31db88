#include "core/api/openapi.h"
#include "base/gzip.h"
#include "base/str.h"
#include "core/api/gnostic.h"
#include "core/api/openapi_parts.h"
#include "lang/json/json.h"
#include <inttypes.h>
#include <string.h>

static void
write_doc(openapi_parts *p, pv_buf *out)
{
	pv_objb b, components;

	pv_objb_init(&components, p->arena);
	pv_objb_put(&components, "schemas", pv_objb_end(&p->schemas));
	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "openapi", "3.0.0");
	pv_objb_put(&b, "info", openapi_info(p->arena));
	pv_objb_put(&b, "paths", pv_objb_end(&p->paths));
	pv_objb_put(&b, "components", pv_objb_end(&components));
	pv_val v = pv_objb_end(&b);
	pv_json_write(out, &v);
}

/* key: "openapi apps/v1" */
static int
render_v3(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	const char *api_version = strchr(key, ' ') + 1;
	openapi_parts p;
	size_t n, found = 0;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);

	openapi_parts_begin(&p, cx, registry, pv_map_new(cx->arena));
	for (size_t i = 0; i < n; i++) {
		int r;

		if (!pv_streq(all[i]->api_version, api_version))
			continue;
		found++;
		r = openapi_parts_add(&p, all[i]);
		if (r < 0)
			return r;
	}
	if (!found)
		return pv_fail(cx, PV_ENOTFOUND, "the server could not find the requested resource");
	openapi_parts_end(&p);
	write_doc(&p, out);
	return 0;
}

static char *
hash_text(pv_arena *arena, uint64_t hash)
{
	return pv_printf(arena, "%016" PRIX64, hash);
}

static int
render_index(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	size_t n;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);
	const char *last = "";
	pv_objb paths, b;

	(void)key;
	pv_objb_init(&paths, cx->arena);
	for (size_t i = 0; i < n; i++) {
		const char *root = *all[i]->group ? "apis" : "api", *gv = all[i]->api_version;

		if (pv_streq(gv, last))
			continue;
		last = gv;
		pv_objb_init(&b, cx->arena);
		pv_objb_put(&b, "serverRelativeURL",
			    pv_stringf(cx->arena, "/openapi/v3/%s/%s?hash=%s", root, gv,
				       hash_text(cx->arena, pv_registry_hash(cx, registry, gv))));
		pv_objb_add(&paths, pv_stringf(cx->arena, "%s/%s", root, gv), pv_objb_end(&b));
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
	return pv_streq(path, "/openapi/v2") || pv_streq(path, "/openapi/v3") ||
	       pv_streq(path, "/openapi/v3/") || pv_starts_with(path, "/openapi/v3/api");
}

/* The first range that is one of ours decides; gnostic's is never meant by a wildcard. */
static bool
accepts_protobuf(const char *accept)
{
	pv_str rest = pv_str_of(accept);
	pv_accept range;

	while (pv_accept_next(&rest, &range)) {
		if (pv_str_is(range.type, GNOSTIC_ASKED) || pv_str_is(range.type, GNOSTIC_TYPE))
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

int
pv_openapi(pv_ctx *cx, pv_registry *registry, const pv_document_query *query, pv_document *ret)
{
	const char *path = query->path, *key = "openapi-index", *type = "application/json";
	uint64_t version = pv_registry_generation(registry), hash;
	pv_registry_render *render = render_index;
	pv_str body;
	int r;

	if (pv_streq(path, "/openapi/v2") && accepts_protobuf(query->accept)) {
		key = "openapi-v2 protobuf";
		type = GNOSTIC_TYPE;
		render = render_v2_protobuf;
	} else if (!pv_accept_json(query->accept)) {
		return pv_fail(cx, PV_ENOTACCEPTABLE,
			       "only the following media types are accepted: application/json%s",
			       pv_streq(path, "/openapi/v2") ? ", " GNOSTIC_TYPE : "");
	} else if (pv_streq(path, "/openapi/v2")) {
		key = "openapi-v2";
		render = render_v2_json;
	} else if (pv_starts_with(path, "/openapi/v3/api")) {
		const char *gv = path + strlen("/openapi/v3/api");

		gv = pv_starts_with(gv, "s/") ? gv + 2 : gv + 1;
		key = pv_printf(cx->arena, "openapi %s", gv);
		version = pv_registry_hash(cx, registry, gv);
		render = render_v3;
	}
	r = pv_registry_document(cx, registry, key, version, render, &body, &hash);
	if (r < 0)
		return r;
	pv_document_fill(cx, query, type, body, hash, ret);
	if (pv_streq(path, "/openapi/v2") && ret->status == 200) {
		if (pv_http_takes(query->accept_encoding, "gzip"))
			ret->encoding = "gzip";
		else
			r = pv_gunzip(cx, body, &ret->body);
	}
	if (render == render_v3 && query->hash && !pv_streq(query->hash, hash_text(cx->arena, version)))
		redirect(cx, query, version, ret);
	ret->cache = render == render_v3 && query->hash && ret->status != 301
			     ? "public, max-age=31536000, immutable"
			     : "no-cache, private";
	return r;
}
