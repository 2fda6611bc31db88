/* asset: the files of the web application, as the build embedded them.  Names of assets
 * carry a hash of their content, so they are kept for ever; pages are asked for again. */
#include <string.h>

#include "base/digest.h"
#include "base/gzip.h"
#include "base/str.h"
#include "core/embed.h"
#include "portal/web/web.h"

static const char policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

static const char unbuilt[] =
	"The portal's web application is not in this program.\n"
	"Build it with `make release`, or `cmake -DPAVE_WEB=ON`; the API and kubectl work without it.\n";

static const struct {
	const char *ending, *type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".ico", "image/x-icon"},
	{".json", "application/json"},
	{".woff2", "font/woff2"},
	{".wasm", "application/wasm"},
	{".txt", "text/plain; charset=utf-8"},
};

static const char *
type_of(const char *path)
{
	for (size_t i = 0; i < PV_LEN(types); i++)
		if (pv_ends_with(path, types[i].ending))
			return types[i].type;
	return "application/octet-stream";
}

/* How the build compressed what is text: the first that the browser takes; the last serves the others. */
static const struct {
	const char *ending, *name;
} encodings[] = {{".br", "br"}, {".gz", "gzip"}};

static bool
takes(const pv_http_req *req, const char *encoding)
{
	return pv_http_takes(pv_http_header(req, "Accept-Encoding"), encoding);
}

static void
guard(pv_http_req *req)
{
	pv_http_set(req, "Content-Security-Policy", policy);
	pv_http_set(req, "X-Content-Type-Options", "nosniff");
	pv_http_set(req, "Referrer-Policy", "no-referrer");
	pv_http_set(req, "Cross-Origin-Opener-Policy", "same-origin");
	pv_http_set(req, "X-Frame-Options", "DENY");
}

/* *ret_encoding: how it is compressed; NULL: it is not. */
static const pv_embed *
find(pv_ctx *cx, const pv_http_req *req, const char *path, const char **ret_encoding)
{
	const char *name = pv_printf(cx->arena, "web%s", path);
	const pv_embed *file = pv_embed_find(name), *last = file;
	*ret_encoding = NULL;
	for (size_t i = 0; !file && i < PV_LEN(encodings); i++) {
		file = pv_embed_find(pv_printf(cx->arena, "%s%s", name, encodings[i].ending));
		*ret_encoding = file ? encodings[i].name : *ret_encoding;
		last = file ? file : last;
		if (file && !takes(req, encodings[i].name))
			file = NULL;
	}
	return last;
}

static const char *
etag_of(pv_ctx *cx, const pv_embed *file)
{
	return pv_printf(cx->arena, "\"%.16s\"", pv_sha256_hex(cx->arena, file->bytes, file->len));
}

static int
send_file(pv_ctx *cx, pv_http_req *req, int status, const char *path, const pv_embed *file,
	  const char *encoding)
{
	bool hashed = pv_starts_with(path, "/assets/");
	pv_str body = {(const char *)file->bytes, file->len};
	const char *etag, *known;
	bool plain = encoding && !takes(req, encoding); /* a probe, a script */
	int r = plain ? pv_gunzip(cx, body, &body) : 0;
	if (r < 0)
		return r;
	if (encoding)
		pv_http_set(req, "Vary", "Accept-Encoding");
	if (encoding && !plain)
		pv_http_set(req, "Content-Encoding", encoding);
	pv_http_set(req, "Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
	if (!hashed && status == 200) {
		etag = etag_of(cx, file);
		known = pv_http_header(req, "If-None-Match");
		pv_http_set(req, "ETag", etag);
		if (known && strstr(known, etag)) {
			pv_http_reply(req, 304, type_of(path), (pv_str){"", 0}, NULL, NULL);
			return 0;
		}
	}
	pv_http_reply(req, status, type_of(path), body, pv_http_keep, NULL);
	return 0;
}

static int
send_document(pv_ctx *cx, pv_http_req *req, int status)
{
	const char *encoding;
	const pv_embed *file = find(cx, req, "/index.html", &encoding);
	guard(req);
	if (file)
		return send_file(cx, req, status, "/index.html", file, encoding);
	pv_http_reply(req, status, "text/plain; charset=utf-8", PV_STR(unbuilt), pv_http_keep, NULL);
	return 0;
}

int
web_nowhere(pv_ctx *cx, pv_http_req *req, pv_api *api PV_UNUSED)
{
	return send_document(cx, req, 404);
}

int
web_asset(pv_ctx *cx, pv_http_req *req, pv_api *api PV_UNUSED)
{
	const char *path = pv_http_path(req);
	/* An object's name may hold a dot: /catalog/component/default/a.b is a page, too. */
	bool page = !pv_starts_with(path, "/assets/") && (!strchr(path, '.') || strchr(path + 1, '/'));
	const char *encoding;
	const pv_embed *file;
	if (page)
		return send_document(cx, req, 200);
	file = find(cx, req, path, &encoding);
	guard(req);
	if (!file)
		return pv_fail(cx, PV_ENOTFOUND, "the portal has no file %s", path);
	return send_file(cx, req, 200, path, file, encoding);
}
