#include "governance/opa/platform.h"

#include <pthread.h>
#include <string.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/str.h"
#include "base/thread.h"
#include "core/auth/auth.h"
#include "core/outside/outside.h"
#include "governance/opa/maps.h"
#include "governance/rego/rego.h"

#define CONFIG_KEY "config.yaml"
#define OWNER \
	"the platform's policies and data are bundles, and ConfigMaps labelled openpolicyagent.org/policy=rego " \
	"and openpolicyagent.org/data=opa: apply those"

/* A configuration at work, as long as somebody uses it. */
typedef struct live {
	atomic_int refs;
	pv_ctx cx; /* what the configuration lies in */
	char *text;
	opa_setup setup;
} live;

typedef struct platform {
	pv_store *store;
	opa_engine *engine;
	opa_maps *maps;
	pv_facts *facts; /* of repositories of bundles */
	char *folder;    /* NULL: there is no data directory, and so no configuration */
	pv_watch *watch; /* of Secrets; the thread's */
	pthread_t thread;
	bool threaded;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t woken;
	bool stop, changed;
	live *live;
	char *fault; /* why the newest configuration is not in force; NULL: it is */
} platform;

static const char owner; /* its address is this module's key with the API */

/* ---- what is at work ---- */

static void
live_unref(void *arg)
{
	live *l = arg;
	if (!l || atomic_fetch_sub(&l->refs, 1) > 1)
		return;
	opa_setup_close(&l->setup);
	pv_heap_free(l->text);
	pv_ctx_done(&l->cx);
	pv_heap_free(l);
}

static live *
live_get(platform *p)
{
	pthread_mutex_lock(&p->lock);
	live *l = p->live;
	atomic_fetch_add(&l->refs, 1);
	pthread_mutex_unlock(&p->lock);
	return l;
}

opa_setup *
opa_platform_setup(pv_ctx *cx, pv_api *api)
{
	live *l = live_get(pv_api_kept(api, &owner));
	pv_arena_defer(cx->arena, live_unref, l);
	return &l->setup;
}

const char *
opa_platform_fault(pv_ctx *cx, pv_api *api)
{
	platform *p = pv_api_kept(api, &owner);
	pthread_mutex_lock(&p->lock);
	const char *fault = p->fault ? pv_strdup(cx->arena, p->fault) : NULL;
	pthread_mutex_unlock(&p->lock);
	return fault;
}

/* ---- the configuration ---- */

bool
opa_platform_is_config(const pv_key *key)
{
	return pv_streq(key->name, OPA_CONFIG_NAME) && pv_streq(key->ns, OPA_CONFIG_NS) &&
	       pv_streq(key->type, "/Secret");
}

static int
text_of(pv_ctx *cx, const pv_val *secret, const char **ret)
{
	const pv_val *data = pv_get(secret, "data"), *coded = pv_get(data, CONFIG_KEY);
	size_t len;
	*ret = coded ? (const char *)pv_unbase64(cx->arena, pv_strv(coded), false, &len) : NULL;
	if (!*ret)
		return pv_fail(cx, PV_EINVALID,
			       "Secret " OPA_CONFIG_NS "/" OPA_CONFIG_NAME
			       ": expected OPA's configuration at data[" CONFIG_KEY "], found %s",
			       coded ? "no text" : "nothing");
	*ret = pv_strndup(cx->arena, *ret, len);
	return 0;
}

static int
read_text(pv_ctx *cx, const platform *p, const char *text, opa_conf *ret)
{
	int r = opa_conf_parse(cx, pv_str_of(text), CONFIG_KEY, p->folder, ret);
	return r < 0 ? pv_wrap(cx, r, "Secret " OPA_CONFIG_NS "/" OPA_CONFIG_NAME) : 0;
}

int
opa_platform_read(pv_ctx *cx, pv_api *api, const pv_val *secret, opa_conf *ret)
{
	const char *text;
	int r = text_of(cx, secret, &text);
	return r < 0 ? r : read_text(cx, pv_api_kept(api, &owner), text, ret);
}

typedef struct change {
	platform *p;
	live *next;
} change;

/* What the next one does not know of any more goes out of force; what it knows stays until it is renewed. */
static void
make_way(void *arg)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	const change *c = arg;
	const pv_val *bundles = pv_get(c->next->setup.conf.doc, "bundles");
	pv_ctx cx;
	if (c->p->live && c->p->live->setup.plugins)
		opa_plugins_halt(c->p->live->setup.plugins);
	pv_ctx_init(&cx, "opa-config");
	if (opa_deactivate(&cx, c->p->engine, bundles ? bundles : &nothing) < 0) {
		pv_log(PV_ERROR, "opa", "bundles stay in force", "why", pv_error_text(&cx), NULL);
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
}

static void
put_fault(platform *p, const char *fault)
{
	pthread_mutex_lock(&p->lock);
	pv_heap_free(p->fault);
	p->fault = fault ? pv_heap_printf("%s", fault) : NULL;
	pthread_mutex_unlock(&p->lock);
}

/* Puts a text in force, or says why not. */
static int
apply(pv_ctx *cx, platform *p, const char *text)
{
	live *l = pv_heap_new(sizeof *l), *old;
	change c = {p, l};
	atomic_init(&l->refs, 1);
	pv_ctx_init(&l->cx, "opa-config");
	l->text = pv_heap_printf("%s", text);
	l->setup.server = (opa_server){.engine = p->engine, .read_only = true, .owner = OWNER};
	l->setup.facts = &p->facts;
	int r = read_text(&l->cx, p, l->text, &l->setup.conf);
	if (r == 0)
		opa_conf_warn(cx, &l->setup.conf);
	if (r == 0)
		r = opa_setup_open(&l->cx, &l->setup, make_way, &c);
	if (r < 0) {
		r = pv_fail(cx, PV_EINVALID, "%s", pv_strdup(cx->arena, pv_error_text(&l->cx)));
		pv_recover(&l->cx);
		live_unref(l);
		return r;
	}
	pthread_mutex_lock(&p->lock);
	old = p->live;
	p->live = l;
	pthread_mutex_unlock(&p->lock);
	live_unref(old);
	return 0;
}

/* The thread's, and before it the start's. */
static void
follow(platform *p)
{
	const pv_key key = {"/Secret", OPA_CONFIG_NS, OPA_CONFIG_NAME};
	const char *text = "";
	int r = 0;
	pv_ctx cx;
	pv_ctx_init(&cx, "opa-config");
	const pv_rec *rec = pv_store_find(&cx, p->store, &key);
	if (rec)
		r = text_of(&cx, pv_rec_val(rec), &text);
	if (r == 0 && !(p->live && pv_streq(p->live->text, text)))
		r = apply(&cx, p, text);
	if (r < 0)
		pv_log(PV_ERROR, "opa", "the configuration is not in force; the one before stays", "why",
		       pv_error_text(&cx), NULL);
	put_fault(p, r < 0 ? pv_error_text(&cx) : NULL);
	pv_recover(&cx);
	pv_ctx_done(&cx);
}

/* ---- the thread ---- */

static void
on_wake(void *arg)
{
	platform *p = arg;
	pthread_mutex_lock(&p->lock);
	p->changed = true;
	pthread_cond_signal(&p->woken);
	pthread_mutex_unlock(&p->lock);
}

/* Did the Secret change? */
static bool
drain(pv_ctx *cx, platform *p)
{
	bool changed = false;
	pv_event event;
	int r;
	while ((r = pv_watch_next(cx, p->watch, &event)) == 1)
		changed = changed || opa_platform_is_config(pv_rec_key(event.rec));
	if (r == 0)
		return changed;
	pv_recover(cx);
	p->watch = pv_watch_close(p->watch);
	if (pv_watch_open(cx, p->store, "/Secret", pv_store_rev(p->store), on_wake, p, &p->watch) < 0) {
		pv_log(PV_ERROR, "opa", "the configuration is not followed any more", "why",
		       pv_error_text(cx), NULL);
		pv_recover(cx);
	}
	return true;
}

static void
look(platform *p)
{
	pv_ctx cx;
	pv_ctx_init(&cx, "opa-config");
	if (opa_maps_freshen(&cx, p->maps) < 0)
		pv_recover(&cx); /* the log has it, and who asks is told */
	bool changed = p->watch && drain(&cx, p);
	pv_ctx_done(&cx);
	if (changed)
		follow(p);
}

static void *
run(void *arg)
{
	platform *p = arg;
	for (;;) {
		pthread_mutex_lock(&p->lock);
		while (!p->changed && !p->stop)
			pthread_cond_wait(&p->woken, &p->lock);
		bool stop = p->stop;
		p->changed = false;
		pthread_mutex_unlock(&p->lock);
		if (stop)
			return NULL;
		look(p);
	}
}

static void
platform_close(void *arg)
{
	platform *p = arg;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->woken);
	pthread_mutex_unlock(&p->lock);
	if (p->threaded)
		pthread_join(p->thread, NULL);
	p->watch = pv_watch_close(p->watch);
	live_unref(p->live);
	p->facts = p->facts ? pv_facts_close(p->facts) : NULL;
	p->maps = opa_maps_close(p->maps);
	p->engine = opa_engine_free(p->engine);
	pv_heap_free(p->folder);
	pv_heap_free(p->fault);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->woken);
	pv_heap_free(p);
}

/* DATA/opa */
static char *
folder_of(pv_ctx *cx, pv_api *api)
{
	const char *facts = pv_facts_of(api) ? pv_facts_dir(pv_facts_of(api)) : "./facts";
	const char *slash = strrchr(facts, '/');
	return pv_heap_printf("%s/opa", slash ? pv_strndup(cx->arena, facts, (size_t)(slash - facts)) : ".");
}

static int
open_all(pv_ctx *cx, platform *p)
{
	int r = opa_maps_open(cx, p->store, p->engine, on_wake, p, &p->maps);
	if (r == 0 &&
	    opa_maps_freshen(cx, p->maps) < 0) /* before bundles, which may not have what these hold */
		pv_recover(cx);
	if (r == 0)
		r = pv_watch_open(cx, p->store, "/Secret", pv_store_rev(p->store), on_wake, p, &p->watch);
	if (r < 0)
		return r;
	follow(p);
	if (!p->live && (r = apply(cx, p, "")) < 0)
		return r;
	int e = pv_thread_start(&p->thread, "opa-config", run, p);
	p->threaded = e == 0;
	return e ? pv_fail(cx, PV_EUNAVAILABLE, "no thread: %s", strerror(e)) : 0;
}

/* At admission and in reports the same modules and documents count as in answers of the API. */
static void
tell_bundles(pv_ctx *cx, pv_api *api, rego_bundles *ret)
{
	platform *p = pv_api_kept(api, &owner);
	const opa_state *state;
	if (opa_maps_freshen(cx, p->maps) < 0)
		pv_recover(cx); /* what was in force before stays so */
	state = opa_engine_state(cx, p->engine);
	*ret = (rego_bundles){.policies = opa_state_policies(state),
			      .names = opa_state_bundles(state),
			      .data = opa_state_data(state),
			      .number = opa_state_brought(state)};
}

int
opa_platform_start(pv_ctx *cx, pv_api *api)
{
	platform *p = pv_heap_new(sizeof *p);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->woken, NULL);
	p->store = pv_api_store(api);
	p->folder = folder_of(cx, api);
	p->engine = opa_engine_new(cx, &(opa_engine_conf){.v0 = true, .outside = pv_outside_of(api)});
	int r = open_all(cx, p);
	if (r < 0) {
		platform_close(p);
		return r;
	}
	pv_api_keep(api, &owner, p, platform_close);
	rego_keep_teller(api, opa_tell_admission);
	rego_keep_bundler(api, tell_bundles);
	return 0;
}

/* ---- the API ---- */

int
opa_platform_freshen(pv_ctx *cx, pv_api *api)
{
	platform *p = pv_api_kept(api, &owner);
	return opa_maps_freshen(cx, p->maps);
}

int
opa_platform_try(pv_ctx *cx, pv_api *api, const pv_val *map)
{
	platform *p = pv_api_kept(api, &owner);
	return opa_maps_try(cx, p->maps, map);
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
	pv_attributes what = {
		pv_str_lower(cx->arena, pv_http_method(req)), "", "", "", "", "", pv_http_path(req), NULL};
	int r = pv_auth_check(cx, pv_api_auth(api), &what);
	if (r == 0)
		r = opa_platform_freshen(cx, api);
	return r < 0 ? refuse(cx, req) : opa_handle(cx, &opa_platform_setup(cx, api)->server, req);
}
