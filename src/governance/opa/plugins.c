#include "governance/opa/plugins.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/time.h"

#define RETRY_LEAST (100 * PV_MS)
#define PAUSE_LEAST (50 * PV_MS) /* whatever the configuration says */

typedef struct fetcher {
	opa_plugins *all;
	const opa_bundle_conf *conf;
	pthread_t thread;
	bool threaded;
	/* with the lock of all: */
	bool active;          /* one was put in force */
	const pv_val *status; /* frozen */
	char *etag;           /* of the one in force; heap */
} fetcher;

struct opa_plugins {
	opa_plugins_conf conf;
	fetcher *fetchers;
	pthread_t teller; /* of the status */
	bool telling;
	atomic_bool stop;
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool changed; /* the status, since it was told */
	bool ready;   /* all have been active at once */
};

/* ---- status ---- */

static bool
is_active(const opa_plugins *p)
{
	for (size_t i = 0; i < p->conf.bundles.len; i++)
		if (!p->fetchers[i].active)
			return false;
	return true;
}

static bool
is_active_now(opa_plugins *p)
{
	pthread_mutex_lock(&p->lock);
	bool active = is_active(p);
	p->ready = p->ready || active;
	pthread_mutex_unlock(&p->lock);
	return active;
}

void
opa_plugins_states(opa_plugins *p, pv_objb *ret)
{
	if (p->conf.bundles.len)
		pv_objb_puts(ret, "bundle", is_active_now(p) ? "OK" : "NOT_READY");
	if (p->conf.log)
		pv_objb_puts(ret, "decision_logs", "OK");
	if (p->conf.has_status)
		pv_objb_puts(ret, "status", "OK");
}

bool
opa_plugins_ready(opa_plugins *p)
{
	bool active = is_active_now(p);
	return active || p->ready;
}

bool
opa_plugins_have_status(const opa_plugins *p)
{
	return p->conf.has_status;
}

pv_val
opa_plugins_status(pv_ctx *cx, opa_plugins *p)
{
	pv_objb o, bundles, plugins, states;
	pv_objb_init(&o, cx->arena);
	pv_objb_init(&bundles, cx->arena);
	pv_objb_init(&plugins, cx->arena);
	pv_objb_init(&states, cx->arena);
	opa_plugins_states(p, &states);
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->conf.bundles.len; i++)
		if (p->fetchers[i].status)
			pv_objb_put(&bundles, p->fetchers[i].conf->name,
				    pv_copy(cx->arena, p->fetchers[i].status));
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < states.len; i++) {
		pv_objb one;
		pv_objb_init(&one, cx->arena);
		pv_objb_put(&one, "state", states.members[i].val);
		pv_objb_putv(&plugins, states.members[i].key, pv_objb_end(&one));
	}
	pv_objb_put(&o, "labels", *p->conf.labels);
	if (bundles.len)
		pv_objb_put(&o, "bundles", pv_objb_end(&bundles));
	if (p->conf.log)
		pv_objb_put(&o, "decision_logs", opa_log_status(cx->arena, p->conf.log));
	pv_objb_put(&o, "plugins", pv_objb_end(&plugins));
	return pv_objb_end(&o);
}

/* As OPA's own log prints it. */
static void
to_console(pv_ctx *cx, const pv_val *status)
{
	pv_objb o;
	pv_buf b;
	pv_objb_init(&o, cx->arena);
	pv_objb_puts(&o, "level", "info");
	pv_objb_puts(&o, "msg", "Status Log");
	pv_objb_put(&o, "status", *status);
	pv_objb_puts(&o, "time", pv_time_format(cx->arena, pv_now()));
	pv_objb_puts(&o, "type", "openpolicyagent.org/status");
	pv_val all = pv_objb_end(&o);
	pv_buf_init(&b, cx->arena);
	pv_rego_write(&b, &all, NULL, false);
	pv_buf_addc(&b, '\n');
	fwrite(b.s, 1, b.len, stderr);
}

static void
tell(opa_plugins *p)
{
	pv_httpc_answer a;
	pv_ctx cx;
	pv_buf b;
	pv_ctx_init(&cx, "status");
	pv_val status = opa_plugins_status(&cx, p);
	pv_buf_init(&b, cx.arena);
	pv_rego_write(&b, &status, NULL, false);
	if (p->conf.status_console)
		to_console(&cx, &status);
	if (p->conf.status) {
		opa_service_req req = {.method = "POST",
				       .path = p->conf.status_path,
				       .headers = {"Content-Type: application/json"},
				       .body = {b.s, b.len},
				       .limit = 1 << 20,
				       .stop = &p->stop};
		int r = opa_service_do(&cx, p->conf.status, &req, &a);
		if (r == 0 && a.status / 100 != 2)
			r = pv_fail(&cx, PV_EUNAVAILABLE, "server replied with HTTP %d", a.status);
		if (r < 0)
			pv_log(PV_WARN, "opa", "status was not taken", "why", pv_error_text(&cx), NULL);
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
}

static void *
tell_status(void *arg)
{
	opa_plugins *p = arg;
	while (!atomic_load(&p->stop)) {
		pthread_mutex_lock(&p->lock);
		while (!p->changed && !atomic_load(&p->stop))
			pthread_cond_wait(&p->woken, &p->lock);
		bool changed = p->changed;
		p->changed = false;
		pthread_mutex_unlock(&p->lock);
		if (changed && !atomic_load(&p->stop))
			tell(p);
	}
	return NULL;
}

/* ---- bundles ---- */

static void
put_errors(pv_ctx *cx, pv_objb *o)
{
	pv_objb_puts(o, "code", "bundle_error");
	pv_objb_puts(o, "message", pv_strdup(cx->arena, pv_error_text(cx)));
	if (pv_rego_error_code(cx))
		pv_objb_put(o, "errors", pv_rego_errors_json(cx));
}

/* What became of a try: b NULL: nothing new, or an error in cx. */
static void
note(pv_ctx *cx, fetcher *f, const opa_fetched *got, const pv_bundle *b)
{
	static const char *const kept[] = {"last_successful_download",
					   "last_successful_activation",
					   "last_successful_request",
					   "active_revision",
					   "type",
					   "size"};
	const char *now = pv_time_format_micro(cx->arena, pv_now());
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	pv_objb_puts(&o, "name", f->conf->name);
	for (size_t i = 0; i < PV_LEN(kept) && f->status; i++)
		if (pv_get(f->status, kept[i]))
			pv_objb_put(&o, kept[i], *pv_get(f->status, kept[i]));
	pv_objb_puts(&o, "last_request", now);
	if (got->status == 200 || got->status == 304 || got->bytes.len)
		pv_objb_puts(&o, "last_successful_request", now);
	if (got->bytes.len) {
		pv_objb_puts(&o, "last_successful_download", now);
		pv_objb_put(&o, "size", pv_int((int64_t)got->bytes.len));
	}
	if (b) {
		pv_objb_puts(&o, "last_successful_activation", now);
		pv_objb_puts(&o, "active_revision", b->revision);
		pv_objb_puts(&o, "type", b->patch ? "delta" : "snapshot");
	}
	if (cx->err)
		put_errors(cx, &o);
	if (cx->err && got->status)
		pv_objb_put(&o, "http_code", pv_stringf(cx->arena, "%d", got->status));
	pv_val all = pv_objb_end(&o);
	pthread_mutex_lock(&f->all->lock);
	const pv_val *old = f->status;
	f->status = pv_freeze(&all); /* which shares with the old */
	pv_unref(old);
	f->active = f->active || b != NULL;
	f->all->ready = f->all->ready || is_active(f->all);
	f->all->changed = true;
	pthread_cond_broadcast(&f->all->woken);
	pthread_mutex_unlock(&f->all->lock);
}

static int
keep(pv_ctx *cx, const opa_bundle_conf *conf, const pv_bundle *b, pv_str bytes)
{
	if (!conf->persist || b->patch)
		return 0;
	const char *slash = strrchr(conf->persist, '/');
	int r = pv_dir_make(cx, pv_strndup(cx->arena, conf->persist, (size_t)(slash - conf->persist)), 0700);
	if (r == 0)
		r = pv_file_save(cx, conf->persist, bytes, 0600);
	return r < 0 ? pv_wrap(cx, r, "persisting bundle to disk failed") : 0;
}

/* One look at whether there is a newer one. */
static bool
look(fetcher *f, bool *ret_long)
{
	opa_fetched got = {.etag = ""};
	pv_bundle b;
	pv_ctx cx;
	bool new = false;
	pv_ctx_init(&cx, "bundle");
	int r = opa_fetch(&cx, f->conf, f->etag ? f->etag : "", &f->all->stop, &got);
	if (r == 0 && got.bytes.len) {
		r = opa_put(&cx, f->all->conf.engine, f->conf, got.bytes, &b);
		new = r == 0;
	}
	if (new) {
		pv_heap_free(f->etag);
		f->etag = pv_heap_printf("%s", got.etag);
		r = keep(&cx, f->conf, &b, got.bytes);
	}
	if (!atomic_load(&f->all->stop)) {
		if (r < 0)
			pv_log(PV_ERROR, "opa", "bundle load failed", "bundle", f->conf->name, "why",
			       pv_error_text(&cx), NULL);
		note(&cx, f, &got, new ? &b : NULL);
	}
	*ret_long = got.long_polled;
	pv_recover(&cx);
	pv_ctx_done(&cx);
	return r == 0;
}

static int64_t
pause_of(const opa_bundle_conf *conf, unsigned failures)
{
	int64_t span = conf->max_ns - conf->min_ns, pause = RETRY_LEAST;
	uint32_t chance;
	pv_random(&chance, sizeof chance);
	if (failures == 0) {
		pause = conf->min_ns + (span > 0 ? (int64_t)(chance % 1000) * (span / 1000) : 0);
		return pause > PAUSE_LEAST ? pause : PAUSE_LEAST;
	}
	for (unsigned i = 1; i < failures && pause < conf->max_ns; i++)
		pause *= 2;
	pause = pause < conf->max_ns ? pause : conf->max_ns;
	return pause > PAUSE_LEAST ? pause : PAUSE_LEAST;
}

static void
rest(opa_plugins *p, int64_t pause)
{
	int64_t until = pv_mono() + pause;
	struct timespec at = {until / PV_SEC, until % PV_SEC};
	pthread_mutex_lock(&p->lock);
	while (!atomic_load(&p->stop) && pv_mono() < until)
		(void)pthread_cond_timedwait(&p->woken, &p->lock, &at);
	pthread_mutex_unlock(&p->lock);
}

static void *
follow(void *arg)
{
	fetcher *f = arg;
	unsigned failures = 0;
	while (!atomic_load(&f->all->stop)) {
		bool long_polled = false;
		failures = look(f, &long_polled) ? 0 : failures + 1;
		if (!long_polled || failures)
			rest(f->all, pause_of(f->conf, failures));
	}
	return NULL;
}

/* The last one that was in force, for a start without the network. */
static void
restore(fetcher *f)
{
	opa_fetched none = {.etag = ""};
	pv_bundle b;
	pv_str bytes;
	pv_ctx cx;
	pv_ctx_init(&cx, "bundle");
	int r = pv_file_load(&cx, f->conf->persist, f->conf->limit, &bytes);
	bool missing = r < 0 && cx.err->code == PV_ENOTFOUND;
	if (r == 0)
		r = opa_put(&cx, f->all->conf.engine, f->conf, bytes, &b);
	if (!missing)
		note(&cx, f, &none, r == 0 ? &b : NULL);
	if (r < 0 && !missing)
		pv_log(PV_ERROR, "opa", "kept bundle was not loaded", "bundle", f->conf->name, "why",
		       pv_error_text(&cx), NULL);
	pv_recover(&cx);
	pv_ctx_done(&cx);
}

/* ---- */

static int
start(pv_ctx *cx, opa_plugins *p)
{
	int e = 0;
	for (size_t i = 0; e == 0 && i < p->conf.bundles.len; i++) {
		e = pv_thread_start(&p->fetchers[i].thread, "bundle", follow, &p->fetchers[i]);
		p->fetchers[i].threaded = e == 0;
	}
	if (e == 0 && (p->conf.status || p->conf.status_console)) {
		e = pv_thread_start(&p->teller, "status", tell_status, p);
		p->telling = e == 0;
	}
	return e ? pv_fail(cx, PV_EUNAVAILABLE, "no thread: %s", strerror(e)) : 0;
}

int
opa_plugins_open(pv_ctx *cx, const opa_plugins_conf *conf, opa_plugins **ret)
{
	opa_plugins *p = pv_heap_new(sizeof *p);
	pthread_condattr_t clock;
	p->conf = *conf;
	p->changed = true;
	p->fetchers = pv_heap_new((conf->bundles.len + 1) * sizeof *p->fetchers);
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&p->woken, &clock);
	pthread_condattr_destroy(&clock);
	for (size_t i = 0; i < conf->bundles.len; i++) {
		p->fetchers[i].all = p;
		p->fetchers[i].conf = PV_AT(opa_bundle_conf, &p->conf.bundles, i);
		if (p->fetchers[i].conf->persist)
			restore(&p->fetchers[i]);
	}
	if (start(cx, p) < 0) {
		(void)opa_plugins_close(p);
		return -cx->err->code;
	}
	*ret = p;
	return 0;
}

void
opa_plugins_halt(opa_plugins *p)
{
	pthread_mutex_lock(&p->lock);
	atomic_store(&p->stop, true);
	pthread_cond_broadcast(&p->woken);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->conf.bundles.len; i++)
		if (p->fetchers[i].threaded)
			pthread_join(p->fetchers[i].thread, NULL);
	if (p->telling)
		pthread_join(p->teller, NULL);
	for (size_t i = 0; i < p->conf.bundles.len; i++)
		p->fetchers[i].threaded = false;
	p->telling = false;
}

opa_plugins *
opa_plugins_close(opa_plugins *p)
{
	if (!p)
		return NULL;
	opa_plugins_halt(p);
	for (size_t i = 0; i < p->conf.bundles.len; i++) {
		pv_unref(p->fetchers[i].status);
		pv_heap_free(p->fetchers[i].etag);
	}
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->woken);
	pv_heap_free(p->fetchers);
	pv_heap_free(p);
	return NULL;
}
