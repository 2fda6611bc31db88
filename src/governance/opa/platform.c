#include "governance/opa/platform.h"

#include <pthread.h>
#include <string.h>

#include "base/heap.h"
#include "base/str.h"
#include "core/auth/auth.h"
#include "governance/opa/serve.h"
#include "governance/rego/rego.h"
#include "lang/yaml/yaml.h"

#define DATA_LABEL "openpolicyagent.org/data"
#define LABELS "openpolicyagent.org/" /* both of them begin so */
#define GZIP_LIMIT ((size_t)64 << 20)

typedef struct platform {
	opa_server server;
	pthread_mutex_t lock; /* of the watch, and of making the engine's state the newest */
	pv_store *store;
	pv_watch *watch;
	bool stale;
} platform;

static const char owner; /* its address is this module's key with the API */

static void
platform_close(void *arg)
{
	platform *p = arg;
	p->watch = pv_watch_close(p->watch);
	p->server.engine = opa_engine_free(p->server.engine);
	pv_unref(p->server.labels);
	pthread_mutex_destroy(&p->lock);
	pv_heap_free(p);
}

static void
on_wake(void *arg PV_UNUSED)
{
	/* Nothing to do: whoever asks next drains the watch. */
}

static bool
is_data(const pv_val *map)
{
	const char *ns = pv_text_at(map, "metadata.namespace", "");
	return pv_streq(pv_text(pv_get(pv_at(map, "metadata.labels"), DATA_LABEL), ""), "opa") &&
	       (pv_streq(ns, "pave-system") || pv_streq(ns, "opa")) &&
	       !pv_at(map, "metadata.deletionTimestamp");
}

static bool
counts(const pv_rec *rec)
{
	pv_str json = rec ? pv_rec_json(rec) : (pv_str){"", 0};
	if (!rec || !memmem(json.s, json.len, LABELS, sizeof(LABELS) - 1))
		return false;
	return rego_is_policy(pv_rec_val(rec)) || is_data(pv_rec_val(rec));
}

static bool
keep(const pv_rec *rec, void *arg PV_UNUSED)
{
	return counts(rec);
}

/* ---- what the engine has ---- */

static int
add_policies(pv_ctx *cx, const pv_val *map, pv_objb *all)
{
	pv_vec modules;
	pv_vec_init(&modules, cx->arena, sizeof(pv_rego_module));
	int r = rego_modules(cx, map, &modules);
	for (size_t i = 0; r == 0 && i < modules.len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, &modules, i);
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, "raw", pv_stringn(cx->arena, m->text.s, m->text.len));
		pv_objb_put(&o, "v0", pv_bool(!m->v1));
		pv_objb_put(all, m->name, pv_objb_end(&o));
	}
	return r;
}

/* data.NAMESPACE.NAME.KEY: what each key's text says, JSON or YAML. */
static int
add_data(pv_ctx *cx, const pv_val *map, const pv_val **data)
{
	const pv_val *texts = pv_get(map, "data"), *doc;
	const char *ns = pv_text_at(map, "metadata.namespace", ""),
		   *name = pv_text_at(map, "metadata.name", "");
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(texts); i++) {
		const char *key = pv_text(&texts->members[i].key, "");
		pv_objb o;
		r = pv_yaml_parse(cx, pv_strv(&texts->members[i].val), &(pv_yaml_opts){.file = key}, &doc);
		if (r < 0)
			return pv_wrap(cx, r, "ConfigMap %s/%s", ns, name);
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, key, *doc);
		pv_val one = pv_objb_end(&o);
		r = pv_document_merge(cx, name, *data, pv_printf(cx->arena, "%s/%s", ns, name), &one, data);
	}
	return r;
}

static int
make(pv_ctx *cx, opa_draft *d, void *arg)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	const platform *p = arg;
	pv_list_query query = {.type = "/ConfigMap", .keep = keep};
	pv_listing listing;
	pv_objb policies;
	int r = pv_store_list(cx, p->store, &query, &listing);
	pv_objb_init(&policies, cx->arena);
	d->data = &nothing;
	for (size_t i = 0; r == 0 && i < listing.len; i++) {
		const pv_val *map = pv_rec_val(listing.recs[i]);
		r = is_data(map) ? add_data(cx, map, &d->data) : add_policies(cx, map, &policies);
	}
	d->policies = pv_box(cx->arena, pv_objb_end(&policies));
	return r;
}

/* With the lock. */
static int
freshen(pv_ctx *cx, platform *p)
{
	pv_event event;
	int r;
	while ((r = pv_watch_next(cx, p->watch, &event)) == 1)
		p->stale = p->stale || counts(event.rec) || counts(event.prev);
	if (r == -PV_EGONE) { /* fell behind: start over from now */
		pv_recover(cx);
		p->watch = pv_watch_close(p->watch);
		r = pv_watch_open(cx, p->store, "/ConfigMap", pv_store_rev(p->store), on_wake, p, &p->watch);
		p->stale = true;
	}
	if (r < 0 || !p->stale)
		return r;
	r = opa_engine_change(cx, p->server.engine, make, p);
	p->stale = r < 0; /* the next one who asks is told, too */
	return r < 0 ? pv_wrap(cx, r, "the policies do not load together") : 0;
}

int
opa_platform_start(pv_ctx *cx, pv_api *api)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	platform *p = pv_heap_new(sizeof *p);
	pthread_mutex_init(&p->lock, NULL);
	p->store = pv_api_store(api);
	p->stale = true;
	p->server.engine = opa_engine_new(cx, &(opa_engine_conf){.v0 = true});
	p->server.labels = pv_freeze(&nothing);
	p->server.config = &nothing;
	p->server.decision = "system/main";
	p->server.read_only = true;
	p->server.owner =
		"the platform's policies and data are ConfigMaps labelled openpolicyagent.org/policy=rego "
		"and openpolicyagent.org/data=opa: apply those";
	p->server.gzip_limit = GZIP_LIMIT;
	int r = pv_watch_open(cx, p->store, "/ConfigMap", pv_store_rev(p->store), on_wake, p, &p->watch);
	if (r < 0) {
		platform_close(p);
		return r;
	}
	pv_api_keep(api, &owner, p, platform_close);
	return 0;
}

/* The answer that an error of our own is, in OPA's words. */
static int
refuse(pv_ctx *cx, pv_http_req *req)
{
	opa_call c = {.cx = cx, .http = req};
	if (pv_rego_error_code(cx))
		return opa_refuse_compiled(&c, "internal_error",
					   "error(s) occurred while compiling module(s)");
	return opa_refuse_error(&c);
}

int
opa_platform_handle(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	platform *p = pv_api_kept(api, &owner);
	pv_attributes what = {
		pv_str_lower(cx->arena, pv_http_method(req)), "", "", "", "", "", pv_http_path(req), NULL};
	int r = pv_auth_check(cx, pv_api_auth(api), &what);
	if (r < 0)
		return refuse(cx, req);
	pthread_mutex_lock(&p->lock);
	r = freshen(cx, p);
	pthread_mutex_unlock(&p->lock);
	return r < 0 ? refuse(cx, req) : opa_handle(cx, &p->server, req);
}
