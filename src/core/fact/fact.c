/* fact: a table of facts by key, a queue of keys to find out, and the threads that
 * do.  A fact is found out by one thread at a time; its value is a frozen document
 * that readers hold. */
#include "core/fact/fact.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/keyq.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "core/module.h"
#include "lang/json/json.h"

#define RETRY_FIRST (2 * PV_SEC)
#define RETRY_MOST (60 * PV_SEC)
#define MAX_THREADS 16

struct fact {
	const pv_fact_kind *kind;
	const pv_val *args;  /* frozen */
	const pv_val *value; /* frozen; NULL until first found out, or while it fails */
	const pv_val *error; /* frozen {code, message}; NULL while it is well */
	int64_t at;          /* wall clock of the last answer, 0 = none */
	unsigned failures;
	bool stale;          /* told to look again, has not yet */
};

struct pv_facts {
	pthread_mutex_t lock;
	pv_map *table; /* key -> struct fact */
	pv_keyq *queue;
	char *dir;
	pv_api *api;
	void (*changed)(void *arg, const char *key);
	void *changed_arg;
	pthread_t threads[MAX_THREADS];
	int n_threads;
};

static const pv_fact_kind *
kind_named(const char *name)
{
	for (const pv_module *const *m = pv_modules; *m; m++)
		for (const pv_fact_kind *const *k = (*m)->facts; k && *k; k++)
			if (pv_streq((*k)->name, name))
				return *k;
	return NULL;
}

/* "git-tree {"path":"x","repo":"y"}": canonical, so equal questions are one fact. */
static char *
key_of(pv_arena *arena, const char *fact, const pv_val *args)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_printf(&b, "%s ", fact);
	pv_json_write_sorted(&b, args);
	return b.s;
}

static struct fact *
fact_free(struct fact *f)
{
	if (f) {
		pv_unref(f->args);
		pv_unref(f->value);
		pv_unref(f->error);
		free(f);
	}
	return NULL;
}

/* Puts what was found (or cx's error) into the fact; true if that is news. */
static bool
record(pv_ctx *cx, struct fact *f, int r, const pv_val *found)
{
	const pv_val *old_value = f->value, *old_error = f->error;
	pv_val error = pv_null();
	bool news;
	if (r < 0) {
		pv_objb b;
		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "message", pv_error_text(cx));
		pv_objb_put(&b, "code", pv_int(pv_recover(cx)));
		error = pv_objb_end(&b);
	}
	f->value = r < 0 ? NULL : pv_freeze(found);
	f->error = r < 0 ? pv_freeze(&error) : NULL;
	f->failures = r < 0 ? f->failures + 1 : 0;
	news = f->at == 0 || !pv_eq(old_value, f->value) || !pv_eq(old_error, f->error);
	f->at = pv_now();
	f->stale = false;
	pv_unref(old_value);
	pv_unref(old_error);
	return news;
}

/* When to ask again; 0 = not by itself. */
static int64_t
next_time(const struct fact *f)
{
	int64_t wait = f->kind->refresh_ns;
	if (f->error) {
		unsigned shift = f->failures < 6 ? f->failures - 1 : 5;
		int64_t retry = RETRY_FIRST << shift;
		retry = retry < RETRY_MOST ? retry : RETRY_MOST;
		wait = wait && wait < retry ? wait : retry;
	}
	return wait ? pv_mono() + wait : 0;
}

static void
find_out(pv_ctx *cx, pv_facts *facts, const char *key)
{
	const pv_val *args = NULL, *previous = NULL;
	const pv_fact_kind *kind = NULL;
	struct fact *f;
	pv_val found = pv_null();
	int64_t next = 0;
	bool news = false;
	int r;

	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key);
	if (f) {
		kind = f->kind;
		args = pv_hold(cx, f->args);
		previous = f->value ? pv_hold(cx, f->value) : NULL;
	}
	pthread_mutex_unlock(&facts->lock);
	if (!kind)
		return;

	r = kind->find(cx, facts, args, previous, &found);

	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key); /* may have been forgotten meanwhile */
	if (f) {
		news = record(cx, f, r, &found);
		next = next_time(f);
	} else if (r < 0) {
		pv_recover(cx);
	}
	pthread_mutex_unlock(&facts->lock);
	if (next)
		pv_keyq_add(facts->queue, key, next);
	if (news && facts->changed)
		facts->changed(facts->changed_arg, key);
}

static void *
run_finder(void *arg)
{
	pv_facts *facts = arg;
	const char *key;
	pv_ctx cx;
	pv_ctx_init(&cx, "fact");
	while (pv_keyq_take(facts->queue, &key)) {
		find_out(&cx, facts, key);
		pv_keyq_done(facts->queue, key);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
	return NULL;
}

int
pv_facts_open(pv_ctx *cx, const char *data_dir, int threads, pv_facts **ret)
{
	pv_facts *facts;
	char *dir = pv_printf(cx->arena, "%s/facts", data_dir);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return pv_fail(cx, PV_EUNAVAILABLE, "cannot make %s: %s", dir, strerror(errno));
	facts = calloc(1, sizeof(*facts));
	PV_ASSERT(facts);
	pthread_mutex_init(&facts->lock, NULL);
	facts->table = pv_map_new(NULL);
	facts->queue = pv_keyq_new();
	facts->dir = strdup(dir);
	facts->n_threads = threads < 1 ? 4 : threads > MAX_THREADS ? MAX_THREADS : threads;
	for (int i = 0; i < facts->n_threads; i++)
		PV_ASSERT(pthread_create(&facts->threads[i], NULL, run_finder, facts) == 0);
	*ret = facts;
	return 0;
}

pv_facts *
pv_facts_close(pv_facts *facts)
{
	size_t pos = 0;
	pv_str key;
	void *f;
	if (!facts)
		return NULL;
	pv_keyq_close(facts->queue);
	for (int i = 0; i < facts->n_threads; i++)
		pthread_join(facts->threads[i], NULL);
	pv_keyq_free(facts->queue);
	while (pv_map_each(facts->table, &pos, &key, &f))
		fact_free(f);
	pv_map_free(facts->table);
	pthread_mutex_destroy(&facts->lock);
	free(facts->dir);
	free(facts);
	return NULL;
}

void
pv_facts_set_api(pv_facts *facts, pv_api *api)
{
	facts->api = api;
}

pv_api *
pv_facts_api(pv_facts *facts)
{
	return facts->api;
}

const char *
pv_facts_dir(const pv_facts *facts)
{
	return facts->dir;
}

void
pv_facts_listen(pv_facts *facts, void (*changed)(void *arg, const char *key), void *arg)
{
	facts->changed = changed;
	facts->changed_arg = arg;
}

static const pv_val *
freeze_with(pv_ctx *cx, const pv_val *args, const pv_val *payload)
{
	pv_val all = pv_with(cx->arena, args, "payload", *payload);
	return pv_freeze(&all);
}

int
pv_facts_get(pv_ctx *cx, pv_facts *facts, const char *fact, const pv_val *args, const pv_val *payload,
             const pv_val **ret, const char **ret_key)
{
	char *key = key_of(cx->arena, fact, args);
	const pv_val *value = NULL, *error = NULL;
	struct fact *f;
	*ret_key = key;
	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key);
	if (f) {
		value = f->value ? pv_hold(cx, f->value) : NULL;
		error = f->error ? pv_hold(cx, f->error) : NULL;
	} else {
		const pv_fact_kind *kind = kind_named(fact);
		PV_ASSERT(kind); /* names are literals of modules */
		f = calloc(1, sizeof(*f));
		PV_ASSERT(f);
		f->kind = kind;
		f->args = payload ? freeze_with(cx, args, payload) : pv_freeze(args);
		pv_map_puts(facts->table, key, f);
		pv_keyq_add(facts->queue, key, 0);
	}
	pthread_mutex_unlock(&facts->lock);
	if (error)
		return pv_fail(cx, (int)pv_i64_at(error, "code", PV_EINTERNAL), "%s",
		               pv_text_at(error, "message", ""));
	*ret = value;
	return value ? 1 : 0;
}

void
pv_facts_touch_all(pv_ctx *cx, pv_facts *facts, const char *fact, const char *member, const char *text,
                   bool (*same)(pv_arena *arena, const char *a, const char *b))
{
	size_t pos = 0;
	pv_str key;
	void *p;
	pthread_mutex_lock(&facts->lock);
	while (pv_map_each(facts->table, &pos, &key, &p)) {
		struct fact *f = p;
		const char *own = pv_text_at(f->args, member, "");
		if (!pv_streq(f->kind->name, fact) || !(same ? same(cx->arena, own, text) : pv_streq(own, text)))
			continue;
		if (f->kind->touch)
			f->kind->touch(cx, facts, f->args);
		f->stale = true;
		pv_keyq_add(facts->queue, key.s, 0);
	}
	pthread_mutex_unlock(&facts->lock);
}

void
pv_facts_forget(pv_facts *facts, const char *key)
{
	pthread_mutex_lock(&facts->lock);
	fact_free(pv_map_del(facts->table, key, strlen(key)));
	pthread_mutex_unlock(&facts->lock);
	pv_keyq_drop(facts->queue, key);
}

static const char *
state_of(const struct fact *f)
{
	if (!f)
		return "forgotten";
	if (f->error)
		return "failed";
	if (!f->value)
		return "pending";
	return f->stale ? "stale" : "fresh";
}

pv_val
pv_facts_describe(pv_arena *arena, pv_facts *facts, const char *key)
{
	const struct fact *f;
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_put(&b, "key", pv_string(arena, key));
	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key);
	pv_objb_put(&b, "state", pv_string_ref(state_of(f)));
	if (f && f->at)
		pv_objb_put(&b, "at", pv_string(arena, pv_time_format(arena, f->at)));
	if (f && f->error)
		pv_objb_put(&b, "error", pv_string(arena, pv_text_at(f->error, "message", "")));
	pthread_mutex_unlock(&facts->lock);
	return pv_objb_end(&b);
}
