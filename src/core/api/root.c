/* Everything beside the resources: health, discovery, OpenAPI, metrics, why. */
#include <string.h>

#include "base/time.h"
#include "core/api/http.h"
#include "core/api/openapi.h"
#include "core/module.h"

/* ---- health: the only thing that anybody may read ---- */

typedef struct check {
	const char *name;
	bool (*ok)(const pv_api *api);
	const char *ailment; /* why it is not well; "": it cannot be unwell */
} check;

static bool
is_up(const pv_api *api)
{
	(void)api;
	return true;
}

static bool
store_answers(const pv_api *api)
{
	return pv_store_rev(api->store) >= 0;
}

static bool
is_ready(const pv_api *api)
{
	return atomic_load(&api->ready);
}

static bool
takes_writes(const pv_api *api)
{
	return pv_store_writable(api->store);
}

static bool
is_sound(const pv_api *api)
{
	return pv_store_sound(api->store);
}

/* What has an ailment is asked of one that is to serve, not of one that is merely alive. */
static const check checks[] = {
	{"ping", is_up, ""},
	{"store", store_answers, ""},
	{"start", is_ready, "not yet"},
	{"disk", takes_writes, "the store's disk refuses writes"},
	{"data", is_sound,
	 "the database on the disk is damaged, what runs is whole: make a backup now, and restore it"}};

static int
handle_health(request *q, bool readiness)
{
	bool verbose = pv_http_query(q->http, "verbose") != NULL, all = true;
	const char *name = strrchr(q->path, '/') + 1, *sub = strchr(q->path + 1, '/') ? name : NULL;
	pv_buf text;

	pv_buf_init(&text, q->cx->arena);
	for (size_t i = 0; i < PV_LEN(checks); i++) {
		bool ok;

		if (!readiness && checks[i].ailment[0])
			continue;
		if (sub && !pv_streq(sub, checks[i].name))
			continue;
		ok = checks[i].ok(q->api);
		all = all && ok;
		pv_buf_printf(&text, "[%c]%s %s%s\n", ok ? '+' : '-', checks[i].name,
			      ok ? "ok" : "failed: ", ok ? "" : checks[i].ailment);
	}
	if (sub && text.len == 0)
		return pv_fail(q->cx, PV_ENOTFOUND, "there is no health check \"%s\"", sub);
	if (all && !verbose)
		return answer_text(q, 200, "ok");
	pv_buf_printf(&text, "%.*s check %s\n", (int)strcspn(q->path + 1, "/"), q->path + 1,
		      all ? "passed" : "failed");
	return answer_text(q, all ? 200 : 503, text.s);
}

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

/* ---- the index ---- */

static int
handle_index(request *q)
{
	static const char *const paths[] = {CONFIGURATION,  "/api",     "/api/v1", "/apis",    "/backup",
					    "/debug/turns", "/healthz", "/livez",  "/metrics", "/openapi/v2",
					    "/openapi/v3",  JWKS,       "/readyz", "/version"};
	pv_listb list;
	pv_objb b;
	pv_val v;

	pv_listb_init(&list, q->cx->arena);
	for (size_t i = 0; i < PV_LEN(paths); i++)
		pv_listb_add(&list, pv_string_ref(paths[i]));
	pv_objb_init(&b, q->cx->arena);
	pv_objb_put(&b, "paths", pv_listb_end(&list));
	v = pv_objb_end(&b);
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

static bool
is_health(const char *path, const char *root)
{
	size_t len = strlen(root);

	return strncmp(path, root, len) == 0 &&
	       (path[len] == '\0' || (path[len] == '/' && !strchr(path + len + 1, '/')));
}

bool
handle_probe(request *q, int *ret)
{
	bool live = is_health(q->path, "/livez");

	if (!live && !is_health(q->path, "/readyz") && !is_health(q->path, "/healthz"))
		return false;
	*ret = pv_auth_public(q->api->auth, q->path) ? 0 : pv_auth_request(q->cx, q->api->auth, q->http);
	if (*ret == 0)
		*ret = handle_health(q, !live);
	return true;
}

bool
root_has(const char *path)
{
	return pv_discovery_has(path) || pv_openapi_has(path) || pv_streq(path, "/metrics") ||
	       pv_streq(path, "/backup") || pv_streq(path, "/debug/turns") || flow_has(path) ||
	       pv_streq(path, CONFIGURATION) || pv_streq(path, JWKS);
}

int
handle_root(request *q)
{
	pv_attributes what = {"get", "", "", "", "", "", q->path};
	bool document = pv_discovery_has(q->path) || pv_openapi_has(q->path);
	bool reads = pv_streq(q->method, "GET") || pv_streq(q->method, "HEAD"); /* methods have case */
	int r;

	if (!reads)
		what.verb = pv_str_lower(q->cx->arena, q->method);
	q->verb = what.verb;
	r = pv_auth_check(q->cx, q->api->auth, &what);
	if (r < 0)
		return r;
	if (!reads)
		return pv_fail(q->cx, PV_EMETHOD,
			       "the server does not allow this method on the requested resource");
	if (document)
		return handle_document(q);
	if (pv_streq(q->path, "/metrics"))
		return handle_metrics(q);
	if (pv_streq(q->path, "/backup"))
		return handle_backup(q);
	if (pv_streq(q->path, "/debug/turns"))
		return handle_turns(q);
	if (flow_has(q->path))
		return handle_flow(q);
	if (pv_streq(q->path, CONFIGURATION))
		return handle_configuration(q);
	if (pv_streq(q->path, JWKS))
		return handle_jwks(q);
	if (pv_streq(q->path, "/"))
		return handle_index(q);
	return pv_fail(q->cx, PV_ENOTFOUND, "the server could not find the requested resource");
}
