/* fact: a table of facts by key, a queue of keys to find out, and the threads that
 * do.  A fact is found out by one thread at a time; its value is a frozen document
 * that readers hold. */
#include "core/fact/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "core/fact/touch.h"
#include "core/module.h"
#include "lang/json/json.h"

#define RETRY_FIRST (2 * PV_SEC)
#define RETRY_MOST (60 * PV_SEC)
#define COSTLY (10 * PV_SEC) /* a failure that took so long .. */
#define COSTLY_PAUSE 6       /* .. is not tried again before so many times as long */
#define ROOM ((size_t)1 << 30)

/* What a thread takes along to find a fact out. */
struct search {
	const char *key;
	const pv_fact_kind *kind;
	uint64_t id;
	const pv_val *args, *previous, *base; /* held */
	const pv_val *base_error;
	const char *lane;
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
char *
pv_facts_key(pv_arena *arena, const char *fact, const pv_val *args)
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
		free(f->asker);
		free(f->base);
		free(f);
	}
	return NULL;
}

/* ---- making and dropping; the caller holds the lock ---- */

static const pv_val *
freeze_with(pv_ctx *cx, const pv_val *args, const pv_val *payload)
{
	pv_val all = pv_with(cx->arena, args, "payload", *payload);
	return pv_freeze(&all);
}

static struct fact *
add(pv_ctx *cx, pv_facts *facts, const char *key, const pv_question *q)
{
	const pv_fact_kind *kind = kind_named(q->fact);
	struct fact *f = calloc(1, sizeof(*f));
	PV_ASSERT(f && kind); /* names are literals of modules */
	f->kind = kind;
	f->id = ++facts->ids;
	f->args = q->payload ? freeze_with(cx, q->args, q->payload) : pv_freeze(q->args);
	f->asker = strdup(q->asker);
	PV_ASSERT(f->asker);
	pv_map_puts(facts->table, key, f);
	pv_keyq_add(facts->queue, key, 0);
	return f;
}

/* Bases first, so that a fact with a base always has one. */
static struct fact *
add_all(pv_ctx *cx, pv_facts *facts, const char *key, const pv_question *q)
{
	struct fact *f = add(cx, facts, key, q), *top = f;
	const char *base_name;
	pv_val base_args;
	while (f->kind->base && f->kind->base(cx, f->args, &base_name, &base_args)) {
		char *base_key = pv_facts_key(cx->arena, base_name, &base_args);
		struct fact *base = pv_map_finds(facts->table, base_key);
		f->base = strdup(base_key);
		PV_ASSERT(f->base);
		if (base) {
			base->users++;
			break;
		}
		f = add(cx, facts, base_key,
			&(pv_question){.fact = base_name, .args = &base_args, .asker = q->asker});
		f->users = 1;
	}
	return top;
}

static void
drop(pv_facts *facts, const char *key)
{
	struct fact *f = pv_map_finds(facts->table, key);
	char *next = f ? strdup(key) : NULL;
	while (f && !f->asked && f->users == 0) {
		facts->awaited -= f->awaited != 0;
		char *base = f->base ? strdup(f->base) : NULL;
		fact_free(pv_map_del(facts->table, next, strlen(next)));
		pv_keyq_drop(facts->queue, next);
		free(next);
		next = base;
		f = next ? pv_map_finds(facts->table, next) : NULL;
		if (f)
			f->users--;
	}
	free(next);
}

static void
wake_users(pv_facts *facts, const char *base)
{
	size_t pos = 0;
	pv_str key;
	void *p;
	while (pv_map_each(facts->table, &pos, &key, &p))
		if (pv_streq(((struct fact *)p)->base, base))
			pv_keyq_add(facts->queue, key.s, 0);
}

/* ---- finding out ---- */

int64_t
fact_pause(const pv_fact_kind *kind, unsigned failures, int64_t took)
{
	int64_t most = kind->retry_most_ns ? kind->retry_most_ns : RETRY_MOST,
		wait = RETRY_FIRST << (failures < 6 ? failures - 1 : 5);
	wait = wait < most ? wait : most;
	return took >= COSTLY && took * COSTLY_PAUSE > wait ? took * COSTLY_PAUSE : wait;
}

/* When to ask again; 0 = not by itself. */
static int64_t
next_time(const struct fact *f)
{
	int64_t now = pv_mono(),
		wait = f->error ? fact_pause(f->kind, f->failures, now - f->began) : f->kind->refresh_ns;
	return wait ? now + wait : 0;
}

static const char *
lane_of(const struct fact *f)
{
	return f->kind->lane ? pv_text_at(f->args, f->kind->lane, f->asker) : f->asker;
}

/* False: there is nothing to do (now). */
static bool
begin(pv_ctx *cx, pv_facts *facts, struct search *s)
{
	struct fact *f, *base = NULL;
	bool ready, go = false;
	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, s->key);
	base = f && f->base ? pv_map_finds(facts->table, f->base) : NULL;
	ready = f && (!f->base || (base && base->at)); /* else its base wakes it */
	if (ready && !room_again(f, facts)) {
		pv_keyq_add(facts->queue, s->key, pv_mono() + RETRY_MOST);
	} else if (ready && !f->parked && !lanes_enter(&facts->lanes, lane_of(f), s->key)) {
		f->parked = true;
	} else if (ready && !f->parked) {
		go = true;
		s->lane = pv_strdup(cx->arena, lane_of(f));
		s->kind = f->kind;
		s->id = f->id;
		s->args = pv_hold(cx, f->args);
		s->previous = f->value ? pv_hold(cx, f->value) : NULL;
		s->base = base && base->value ? pv_hold(cx, base->value) : NULL;
		s->base_error = base && base->error ? pv_hold(cx, base->error) : NULL;
	}
	pthread_mutex_unlock(&facts->lock);
	return go;
}

const pv_val *
fact_error(pv_ctx *cx)
{
	pv_objb b;
	pv_val error;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "message", pv_error_text(cx));
	pv_objb_put(&b, "code", pv_int(pv_recover(cx)));
	error = pv_objb_end(&b);
	return pv_freeze(&error);
}

/* Puts what was found into the fact; takes value (NULL: as before) and error (NULL: well). */
static bool
record(struct fact *f, const pv_val *value, const pv_val *error, bool own_error)
{
	bool news = f->at == 0 || value || !pv_eq(f->error, error);
	if (value) {
		pv_unref(f->value);
		f->value = value;
	}
	pv_unref(f->error);
	f->error = error;
	f->failures = error && own_error ? f->failures + 1 : 0;
	f->at = pv_now();
	f->stale = false;
	if (news)
		f->news_at = f->told_at = pv_mono();
	return news;
}

/* One that waits for a thread may have this one. */
static void
unpark(pv_facts *facts)
{
	struct fact *f;
	char *key;
	pthread_mutex_lock(&facts->lock);
	key = lanes_next(&facts->lanes);
	f = key ? pv_map_finds(facts->table, key) : NULL;
	if (f)
		f->parked = false;
	pthread_mutex_unlock(&facts->lock);
	if (key)
		pv_keyq_add(facts->queue, key, 0);
	free(key);
}

static void
find_out(pv_ctx *cx, pv_facts *facts, const char *key)
{
	struct search s = {.key = key};
	const pv_val *value = NULL, *error = NULL, *args;
	struct fact *f;
	pv_val found = pv_null();
	int64_t next = 0, began, began_at;
	bool news = false;
	if (!begin(cx, facts, &s)) {
		unpark(facts); /* it may have been given back in another's stead */
		return;
	}
	began = pv_mono();
	began_at = pv_now();
	if (s.base_error) {
		error = pv_ref(s.base_error);
	} else {
		args = s.base ? pv_box(cx->arena, pv_with(cx->arena, s.args, "base", *s.base)) : s.args;
		if (s.kind->find(cx, facts, args, s.previous, &found) < 0)
			error = fact_error(cx);
		else if (!s.previous || !pv_eq(s.previous, &found))
			value = pv_freeze(&found);
	}
	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key);
	if (f && f->id == s.id) {
		room_admit(cx, facts, f, &value, &error);
		f->began = began;
		f->began_at = began_at;
		news = record(f, value, error, !s.base_error);
		next = s.base_error ? 0 : next_time(f);
		if (news && f->users)
			wake_users(facts, key);
	} else { /* forgotten meanwhile */
		pv_unref(value);
		pv_unref(error);
	}
	lanes_leave(&facts->lanes, s.lane);
	pthread_mutex_unlock(&facts->lock);
	unpark(facts);
	if (next)
		pv_keyq_add(facts->queue, key, next);
	if (news)
		fact_tell(facts, key);
	since_tell(cx, facts);
}

static void *
run_finder(void *arg)
{
	pv_facts *facts = arg;
	const char *key;
	pv_ctx cx;
	pv_ctx_init(&cx, "fact");
	while (pv_keyq_take(facts->queue, &key)) {
		cx.stop_fd = facts->stop;
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
	pthread_mutex_init(&facts->listening, NULL);
	facts->room = ROOM;
	facts->table = pv_map_new(NULL);
	facts->queue = pv_keyq_new();
	facts->dir = strdup(dir);
	facts->stop = eventfd(0, EFD_CLOEXEC);
	PV_ASSERT(facts->stop > 0);
	lanes_open(&facts->lanes, (size_t)(threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads));
	for (size_t i = 0; i < facts->lanes.n; i++)
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
	if (facts->leave)
		facts->leave(facts->leave_arg);
	pv_keyq_close(facts->queue);
	PV_ASSERT(eventfd_write(facts->stop, 1) == 0);
	for (size_t i = 0; i < facts->lanes.n; i++)
		pthread_join(facts->threads[i], NULL);
	lanes_close(&facts->lanes);
	pv_keyq_free(facts->queue);
	while (pv_map_each(facts->table, &pos, &key, &f))
		fact_free(f);
	pv_map_free(facts->table);
	pthread_mutex_destroy(&facts->lock);
	pthread_mutex_destroy(&facts->listening);
	close(facts->stop);
	free(facts->dir);
	free(facts);
	return NULL;
}

void
pv_facts_on_close(pv_facts *facts, void (*leave)(void *arg), void *arg)
{
	PV_ASSERT(!facts->leave);
	facts->leave = leave;
	facts->leave_arg = arg;
}

static const char facts_key = 0; /* its address is the name */

static void
leave(void *facts PV_UNUSED) /* closed by whoever opened them, after the API */
{
}

void
pv_facts_set_api(pv_facts *facts, pv_api *api)
{
	facts->api = api;
	pv_api_keep(api, &facts_key, facts, leave);
}

pv_facts *
pv_facts_of(pv_api *api)
{
	return pv_api_kept(api, &facts_key);
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
	pthread_mutex_lock(&facts->listening);
	facts->changed = changed;
	facts->changed_arg = arg;
	pthread_mutex_unlock(&facts->listening);
}

void
fact_tell(pv_facts *facts, const char *key)
{
	pthread_mutex_lock(&facts->listening);
	if (facts->changed)
		facts->changed(facts->changed_arg, key);
	pthread_mutex_unlock(&facts->listening);
}

int
pv_facts_get(pv_ctx *cx, pv_facts *facts, const pv_question *question, const pv_val **ret,
	     const char **ret_key)
{
	char *key = pv_facts_key(cx->arena, question->fact, question->args);
	const pv_val *value = NULL, *error = NULL;
	struct fact *f;
	*ret_key = key;
	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key);
	f = f ? f : add_all(cx, facts, key, question);
	f->asked = true;
	room_hand_over(facts, f, key, question->asker);
	if (f->error)
		error = pv_hold(cx, f->error);
	else if (f->value)
		value = pv_hold(cx, f->value);
	pthread_mutex_unlock(&facts->lock);
	if (error)
		return pv_fail(cx, (int)pv_i64_at(error, "code", PV_EINTERNAL), "%s",
			       pv_text_at(error, "message", ""));
	*ret = value;
	return value ? 1 : 0;
}

void
pv_facts_forget(pv_facts *facts, const char *key)
{
	struct fact *f;
	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key);
	if (f)
		f->asked = false;
	drop(facts, key);
	pthread_mutex_unlock(&facts->lock);
}

bool
pv_facts_news(pv_facts *facts, const char *key, int64_t since)
{
	const struct fact *f;
	bool news;
	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key);
	news = !f || f->told_at >= since; /* forgotten: by somebody who was alone with it until now */
	pthread_mutex_unlock(&facts->lock);
	return news;
}
