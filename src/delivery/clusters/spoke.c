/* spoke: one other cluster, and the thread that keeps in touch with it: it connects, asks what is served, has the
 * feeds list and watch, and looks every ten seconds whether it is still there.  Which is the only place where
 * anybody waits for a cluster that does not answer: whoever asks is told at once that it is away. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "core/fact/touch.h"
#include "delivery/clusters/impl.h"

#define PROBE_TIMEOUT (10 * PV_SEC)
#define BEAT (10 * PV_SEC)
#define REST_MOST 30 /* s */
#define TURN (500 * PV_MS)
#define TELL_PAUSE (100 * PV_MS)
#define STALE_PAUSE PV_SEC /* kinds come several at a time */

static bool
is_over(void *arg)
{
	return atomic_load(&((spoke *)arg)->over);
}

/* ---- its state ---- */

static void
touch(pv_ctx *cx, spoke *s)
{
	pv_facts_touch_all(cx, table_facts(s->of), NULL, "cluster", s->secret, NULL);
}

/* But for numbers: how many ms an attempt took is no news to a thousand Applications. */
static bool
says_same(const char *a, const char *b)
{
	static const char digits[] = "0123456789";
	while (a) {
		a += strspn(a, digits);
		b += strspn(b, digits);
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
	return false;
}

static void
become(pv_ctx *cx, spoke *s, enum spoke_state state, int code, const char *why)
{
	bool news;
	pthread_mutex_lock(&s->lock);
	news = s->state != state || s->code != code || !says_same(s->why, why);
	if (s->state != state)
		s->since = pv_now();
	s->state = state;
	s->code = code;
	if (news) {
		pv_heap_free(s->why);
		s->why = pv_heap_printf("%s", why);
	}
	pthread_mutex_unlock(&s->lock);
	if (!news)
		return;
	if (state == SPOKE_UP)
		pv_log(PV_INFO, "clusters", "a cluster is watched", "server", s->server, NULL);
	else
		pv_log(PV_WARN, "clusters", "a cluster cannot be asked", "server", s->server, "why", why,
		       NULL);
	touch(cx, s);
}

/* With the error of cx. */
static void
go_down(pv_ctx *cx, spoke *s)
{
	char *why = pv_strdup(cx->arena, pv_error_text(cx));
	int code = pv_recover(cx);
	become(cx, s, SPOKE_DOWN, clusters_is_away(code) ? code : PV_EUNAVAILABLE, why);
	s->failures++;
}

int
spoke_check(pv_ctx *cx, spoke *s)
{
	char *why = NULL;
	enum spoke_state state;
	int code;
	pthread_mutex_lock(&s->lock);
	state = s->state;
	code = s->code;
	if (state == SPOKE_DOWN)
		why = pv_strdup(cx->arena, s->why);
	pthread_mutex_unlock(&s->lock);
	if (state == SPOKE_DOWN)
		return pv_fail(cx, code, "failed to get cluster info for \"%s\": %s", s->server, why);
	return state == SPOKE_NEW;
}

void
spoke_asks(spoke *s, const char *asker, const char *key)
{
	pthread_mutex_lock(&s->lock);
	pv_sets_add(s->askers, asker, key);
	pthread_mutex_unlock(&s->lock);
}

/* What is asked no more is forgotten. */
static void
touch_asker(pv_ctx *cx, spoke *s, const char *asker)
{
	pv_vec keys;
	pthread_mutex_lock(&s->lock);
	pv_sets_list(s->askers, cx->arena, asker, &keys);
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < keys.len; i++) {
		const char *key = *PV_AT(const char *, &keys, i);
		if (pv_facts_touch(cx, table_facts(s->of), key))
			continue;
		pthread_mutex_lock(&s->lock);
		(void)pv_sets_remove(s->askers, asker, key);
		pthread_mutex_unlock(&s->lock);
	}
}

void
spoke_tell(spoke *s)
{
	pv_ctx cx;
	pv_vec changed;
	pv_ctx_init_small(&cx, "spoke news");
	pthread_mutex_lock(&s->lock);
	mirror_take_changed(s->mirror, cx.arena, &changed);
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < changed.len; i++)
		touch_asker(&cx, s, *PV_AT(const char *, &changed, i));
	pv_ctx_done(&cx);
}

/* ---- its thread ---- */

static int
probe(pv_ctx *cx, spoke *s)
{
	pv_client_call call = {.path = "/version", .timeout_ns = PROBE_TIMEOUT};
	const pv_val *version;
	int r = pv_client_json(cx, s->client, &call, NULL, &version);
	if (r < 0)
		return r;
	atomic_store(&s->doubted, false);
	pthread_mutex_lock(&s->lock);
	if (!pv_streq(s->version, pv_text_at(version, "gitVersion", ""))) {
		pv_heap_free(s->version);
		s->version = pv_heap_printf("%s", pv_text_at(version, "gitVersion", ""));
	}
	pthread_mutex_unlock(&s->lock);
	return 0;
}

/* A client of its own, for one keeps what it has found. */
static int
discover(pv_ctx *cx, spoke *s)
{
	pv_client *client;
	kinds *found, *old;
	int r;
	atomic_store(&s->stale, false);
	r = pv_client_open_at(cx, &s->says.at, &client);
	if (r < 0)
		return r;
	r = kinds_discover(cx, client, &found);
	pv_client_close(client);
	if (r < 0)
		return r;
	pthread_mutex_lock(&s->lock);
	old = s->kinds;
	s->kinds = found;
	pthread_mutex_unlock(&s->lock);
	kinds_unref(s, old);
	return 0;
}

static int
connect_to(pv_ctx *cx, spoke *s)
{
	pv_client *client;
	int r = 0;
	if (!s->client) {
		r = pv_client_open_at(cx, &s->says.at, &client);
		if (r < 0)
			return r;
		pthread_mutex_lock(&s->lock);
		s->client = client;
		pthread_mutex_unlock(&s->lock);
	}
	r = probe(cx, s);
	return r < 0 ? r : discover(cx, s);
}

/* The longer it is away, the less often it is called. */
static void
rest(spoke *s)
{
	struct timespec until;
	int seconds = s->failures < 6 ? 1 << (s->failures ? s->failures - 1 : 0) : REST_MOST;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&s->lock);
	while (!atomic_load(&s->over) && pthread_cond_timedwait(&s->news, &s->lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&s->lock);
}

static bool
is_known(spoke *s)
{
	bool up;
	pthread_mutex_lock(&s->lock);
	up = s->state == SPOKE_UP;
	pthread_mutex_unlock(&s->lock);
	return up;
}

static int
too_many(pv_ctx *cx, const spoke *s)
{
	return s->overfull
		       ? pv_fail(cx, PV_EUNAVAILABLE,
				 "the cluster has more than %d objects, which is the most that is kept in view "
				 "of one: name the namespaces that count in Secret " CLUSTERS_HOME "/%s",
				 MIRROR_MOST, s->secret)
		       : 0;
}

/* While it is there: 0 when its kinds are others, or it shall end. */
static int
attend(pv_ctx *cx, spoke *s)
{
	int64_t beat = pv_mono() + BEAT, told = 0, stale_since = 0;
	int r = 0;
	while (r == 0 && !atomic_load(&s->over)) {
		int64_t now;
		pv_httpc_many_run(s->many, told + TELL_PAUSE > pv_mono() ? TELL_PAUSE : TURN);
		now = pv_mono();
		feeds_turn(s);
		r = too_many(cx, s);
		if (r == 0 && s->listing == 0 && !s->broken && !is_known(s)) {
			s->failures = 0;
			become(cx, s, SPOKE_UP, 0, "");
		}
		if (now - told > TELL_PAUSE) {
			spoke_tell(s);
			told = now;
		}
		if (r == 0 && (now > beat || s->broken || atomic_load(&s->doubted))) {
			s->broken = false;
			table_check(cx, s);
			r = probe(cx, s);
			beat = pv_mono() + BEAT;
		}
		stale_since = !atomic_load(&s->stale) ? 0 : stale_since ? stale_since : now;
		if (stale_since && now - stale_since > STALE_PAUSE)
			break;
		pv_ctx_reset(r == 0 ? cx : &s->line);
	}
	return r;
}

static int
keep_in_touch(pv_ctx *cx, spoke *s)
{
	bool was_known = is_known(s);
	int r = connect_to(cx, s);
	if (r < 0)
		return r;
	s->broken = s->overfull = false;
	s->many = pv_httpc_many_open(pv_client_httpc(s->client));
	feeds_begin(s);
	if (was_known)
		touch(cx, s); /* its kinds are others, perhaps */
	r = attend(cx, s);
	feeds_end(s);
	s->many = pv_httpc_many_close(s->many);
	return r;
}

static void *
run(void *arg)
{
	spoke *s = arg;
	table *of = s->of;
	pv_ctx cx;
	pv_ctx_init(&cx, "spoke");
	while (!atomic_load(&s->over)) {
		table_check(&cx, s); /* though nobody asks for it */
		if (keep_in_touch(&cx, s) < 0 && !atomic_load(&s->over)) {
			go_down(&cx, s);
			rest(s);
		}
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
	feeds_free(s);
	spoke_unref(s);
	table_ended(of);
	return NULL;
}

/* ---- it comes and goes ---- */

static void
spoke_free(spoke *s)
{
	pv_sets_free(s->askers);
	pv_client_close(s->client);
	kinds_unref(s, s->kinds);
	mirror_free(s->mirror);
	pv_map_free(s->unknown);
	pthread_cond_destroy(&s->news);
	pthread_mutex_destroy(&s->lock);
	pv_ctx_done(&s->line);
	pv_ctx_done(&s->cx);
	pv_heap_free(s->secret);
	pv_heap_free(s->digest);
	pv_heap_free(s->server);
	pv_heap_free(s->why);
	pv_heap_free(s->version);
	pv_heap_free(s);
}

void
spoke_unref(spoke *s)
{
	if (atomic_fetch_sub(&s->refs, 1) == 1)
		spoke_free(s);
}

void
spoke_end(spoke *s)
{
	pthread_mutex_lock(&s->lock);
	atomic_store(&s->over, true);
	pthread_cond_broadcast(&s->news);
	pthread_mutex_unlock(&s->lock);
}

static void
begin_thread(spoke *s)
{
	pthread_attr_t attr;
	pthread_t thread;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	PV_ASSERT(pthread_create(&thread, &attr, run, s) == 0);
	pthread_attr_destroy(&attr);
}

int
spoke_open(pv_ctx *cx, table *t, const pv_val *secret, spoke **ret)
{
	spoke *s = pv_heap_new(sizeof(*s));
	const pv_val *own = pv_freeze(secret);
	pthread_condattr_t attr;
	int r;
	pv_ctx_init(&s->cx, "spoke's Secret");
	pv_ctx_init_small(&s->line, "spoke's line");
	(void)pv_hold(&s->cx, own);
	pv_unref(own);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->news, &attr);
	pthread_condattr_destroy(&attr);
	s->of = t;
	s->mirror = mirror_new();
	s->unknown = pv_map_new(NULL);
	s->askers = pv_sets_new();
	s->since = pv_now();
	r = secret_read(&s->cx, own, &s->says);
	if (r < 0) {
		r = pv_fail(cx, s->cx.err->code, "%s", pv_error_text(&s->cx));
		spoke_free(s);
		return r;
	}
	s->secret = pv_heap_printf("%s", pv_text_at(own, "metadata.name", ""));
	s->digest = pv_heap_printf("%s", s->says.digest);
	s->server = pv_heap_printf("%s", s->says.server);
	s->says.at.ended = is_over;
	s->says.at.arg = s;
	atomic_store(&s->refs, 2);
	begin_thread(s);
	*ret = s;
	return 0;
}
