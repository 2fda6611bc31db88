/* Everything beside the resources: discovery, OpenAPI, metrics, why. */
#include <string.h>

#include "base/time.h"
#include "core/api/http.h"
#include "core/api/openapi.h"
#include "core/module.h"

/* ---- documents made elsewhere ---- */

static int
answer_document(request *q, const pv_document *doc)
{
	if (doc->etag)
		pv_http_set(q->http, "ETag", doc->etag);
	if (doc->cache)
		pv_http_set(q->http, "Cache-Control", doc->cache);
	if (doc->location)
		pv_http_set(q->http, "Location", doc->location);
	if (doc->encoding)
		pv_http_set(q->http, "Content-Encoding", doc->encoding);
	pv_http_set(q->http, "Vary", doc->encoding ? "Accept, Accept-Encoding" : "Accept");
	q->status = doc->status;
	pv_http_reply(q->http, doc->status, doc->type, doc->body, pv_http_keep, NULL);
	return 0;
}

/* Where the server is: where this client reached it. */
static int
answer_versions(request *q, const pv_document *doc)
{
	const char *host = pv_http_header(q->http, "Host");
	const pv_val *plain;
	pv_objb b;
	pv_val at, v;
	int r = pv_json_parse(q->cx, doc->body, NULL, &plain);

	if (r < 0)
		return r;
	pv_objb_init(&b, q->cx->arena);
	pv_objb_puts(&b, "clientCIDR", "0.0.0.0/0");
	pv_objb_puts(&b, "serverAddress", host ? host : "");
	at = pv_objb_end(&b);
	v = pv_with(q->cx->arena, plain, "serverAddressByClientCIDRs", pv_list_of(q->cx->arena, &at, 1));
	pv_http_set(q->http, "Cache-Control", "no-cache, private");
	pv_http_set(q->http, "Vary", "Accept");
	return answer_val(q, 200, &v);
}

static int
handle_document(request *q)
{
	pv_document_query query = {.path = q->path,
				   .accept = pv_http_header(q->http, "Accept"),
				   .accept_encoding = pv_http_header(q->http, "Accept-Encoding"),
				   .if_none_match = pv_http_header(q->http, "If-None-Match"),
				   .hash = pv_http_query(q->http, "hash")};
	pv_document doc;
	int r = pv_discovery_has(q->path) ? pv_discovery(q->cx, q->api->registry, &query, &doc)
					  : pv_openapi(q->cx, q->api->registry, &query, &doc);

	if (r == 0 && (pv_streq(q->path, "/api") || pv_streq(q->path, "/api/")) &&
	    pv_streq(doc.type, "application/json"))
		return answer_versions(q, &doc);
	return r < 0 ? r : answer_document(q, &doc);
}

/* ---- OIDC discovery: who verifies ServiceAccount tokens elsewhere finds the keys ---- */

#define CONFIGURATION "/.well-known/openid-configuration"
#define JWKS "/openid/v1/jwks"

static int
handle_configuration(request *q)
{
	static const struct {
		const char *name, *word;
	} lists[] = {{"response_types_supported", "id_token"},
		     {"subject_types_supported", "public"},
		     {"id_token_signing_alg_values_supported", "ES256"}};
	const char *host = pv_http_header(q->http, "Host");
	pv_objb b;
	pv_val v;

	pv_objb_init(&b, q->cx->arena);
	pv_objb_puts(&b, "issuer", pv_auth_issuers(q->api->auth)[0]);
	pv_objb_puts(&b, "jwks_uri", pv_printf(q->cx->arena, "https://%s" JWKS, host ? host : ""));
	for (size_t i = 0; i < PV_LEN(lists); i++) {
		pv_val word = pv_string_ref(lists[i].word);

		pv_objb_put(&b, lists[i].name, pv_list_of(q->cx->arena, &word, 1));
	}
	v = pv_objb_end(&b);
	pv_http_set(q->http, "Cache-Control", "public, max-age=3600");
	return answer_val(q, 200, &v);
}

static int
handle_jwks(request *q)
{
	const char *text;
	int r = pv_auth_jwks(q->cx, q->api->auth, &text);

	if (r < 0)
		return r;
	q->status = 200;
	pv_http_set(q->http, "Cache-Control", "public, max-age=3600");
	pv_http_reply(q->http, 200, "application/jwk-set+json", pv_str_of(text), NULL, NULL);
	return 0;
}

/* ---- metrics ---- */

static int
handle_metrics(request *q)
{
	pv_buf text;

	pv_buf_init(&text, q->cx->arena);
	if (q->api->metrics)
		pv_metrics_format(q->api->metrics, &text);
	for (size_t i = 0; pv_modules[i]; i++) {
		const pv_metric_row *row = pv_modules[i]->metrics;

		for (; row && row->name; row++)
			pv_buf_printf(&text, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", row->name, row->help,
				      row->name, row->type, row->name, row->read(q->api));
	}
	q->status = 200;
	pv_http_reply(q->http, 200, PV_METRICS_TYPE, (pv_str){text.s, text.len}, pv_http_keep, NULL);
	return 0;
}

/* ---- what is at one path and no other ---- */

typedef int handler(request *q);

static const struct alone {
	const char *path;
	handler *handle;
} alone[] = {
	{CONFIGURATION, handle_configuration}, {JWKS, handle_jwks},          {"/backup", handle_backup},
	{"/debug/turns", handle_turns},        {"/metrics", handle_metrics}, {"/metrics/slis", handle_slis},
};

/* NULL: there is nothing of that name. */
static handler *
handler_of(const char *path)
{
	if (pv_discovery_has(path) || pv_openapi_has(path))
		return handle_document;
	if (health_has(path))
		return handle_health;
	if (flow_has(path))
		return handle_flow;
	for (size_t i = 0; i < PV_LEN(alone); i++)
		if (pv_streq(path, alone[i].path))
			return alone[i].handle;
	return NULL;
}

bool
root_has(const char *path)
{
	return handler_of(path) != NULL;
}

/* ---- the index ---- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
add_groups(request *q, pv_vec *paths)
{
	const char *group = "", *version = "";
	size_t n;
	const pv_resource *const *all = pv_resource_all(q->cx, q->api->registry, &n);

	for (size_t i = 0; i < n; i++) {
		const char *one;

		if (!all[i]->group[0] || pv_streq(all[i]->api_version, version))
			continue;
		version = all[i]->api_version;
		if (!pv_streq(all[i]->group, group)) {
			group = all[i]->group;
			one = pv_printf(q->cx->arena, "/apis/%s", group);
			pv_vec_push(paths, &one);
		}
		one = pv_printf(q->cx->arena, "/apis/%s", version);
		pv_vec_push(paths, &one);
	}
}

static int
handle_index(request *q)
{
	static const char *const known[] = {"/api",        "/api/v1",     "/apis",        "/apis/",
					    "/openapi/v2", "/openapi/v3", "/openapi/v3/", "/version"};
	pv_vec paths;
	pv_listb list;
	pv_objb b;
	pv_val v;

	pv_vec_init(&paths, q->cx->arena, sizeof(const char *));
	for (size_t i = 0; i < PV_LEN(known); i++)
		pv_vec_push(&paths, &known[i]);
	for (size_t i = 0; i < PV_LEN(alone); i++)
		pv_vec_push(&paths, &alone[i].path);
	add_groups(q, &paths);
	health_paths(q->cx->arena, &paths);
	pv_vec_sort(&paths, by_text);
	pv_listb_init(&list, q->cx->arena);
	for (size_t i = 0; i < paths.len; i++)
		pv_listb_add(&list, pv_string_ref(*PV_AT(const char *, &paths, i)));
	pv_objb_init(&b, q->cx->arena);
	pv_objb_put(&b, "paths", pv_listb_end(&list));
	v = pv_objb_end(&b);
	pv_http_set(q->http, "Vary", "Accept"); /* to a browser it is a page */
	return answer_val(q, 200, &v);
}

int
handle_why(request *q)
{
	struct pv_runtime *runtime = (struct pv_runtime *)atomic_load(&q->api->runtime);
	pv_val why;
	int r;

	q->verb = "get";
	q->t.sub = "";
	r = may(q, "get");
	if (r == 0 && !runtime)
		r = pv_fail(q->cx, PV_EUNAVAILABLE, "no controllers run in this process");
	if (r == 0)
		r = pv_runtime_why(q->cx, runtime, q->t.res->type, q->t.ns, q->t.name, &why);
	if (r == -PV_ENOTFOUND) {
		pv_recover(q->cx);
		r = api_not_found(q->cx, q->t.res, q->t.name);
	}
	return r < 0 ? r : answer_val(q, 200, &why);
}

/* Below /api and /apis clients read a Status. */
static int
nothing(request *q)
{
	if (!pv_starts_with(q->path, "/api/") && !pv_starts_with(q->path, "/apis/"))
		return answer_text(q, 404, "404 page not found\n");
	return pv_fail(q->cx, PV_ENOTFOUND, "the server could not find the requested resource");
}

int
handle_root(request *q)
{
	pv_attributes what = {"get", "", "", "", "", "", q->path, NULL};
	handler *handle = pv_streq(q->path, "/") ? handle_index : handler_of(q->path);
	bool reads = pv_streq(q->method, "GET") || pv_streq(q->method, "HEAD"); /* methods have case */
	int r;

	if (!reads)
		what.verb = pv_str_lower(q->cx->arena, q->method);
	q->verb = what.verb;
	r = pv_auth_check(q->cx, q->api->auth, &what);
	if (r < 0)
		return r;
	if (!handle)
		return nothing(q);
	if (!reads || (pv_streq(q->method, "HEAD") && pv_discovery_has(q->path)))
		return pv_fail(q->cx, PV_EMETHOD,
			       "the server does not allow this method on the requested resource");
	return handle(q);
}
