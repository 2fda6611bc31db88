/* history: a small ring of frozen plans per asker; those that matter go to the store. */
#include "core/reconcile/history.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/time.h"
#include "core/reconcile/fold.h"
#include "core/reconcile/gone.h"
#include "lang/json/json.h"

#define KEPT 8
#define GONE "why-gone"        /* the meta of the keys of objects that are no more */
#define CALM (2 * PV_SEC)      /* so long without a new plan, and it is written */
#define PATIENCE (30 * PV_SEC) /* so long at most does one wait that never comes to rest */
#define TEXT_MOST 32768        /* bytes written of one asker's plans */
#define WRITE_MOST 128         /* askers in one write */

struct plan {
	const pv_val *shown; /* frozen */
	bool quiet;
};

struct trail {
	struct plan plans[KEPT]; /* newest last */
	size_t len;
	bool whole;          /* what the store has of it is in it, or was dropped */
	bool gone;           /* the object is: forget what the store has */
	int64_t since, last; /* when the first and the last unwritten plan came; 0: none */
};

struct pv_history {
	pv_store *store;
	pthread_mutex_t lock;
	pthread_cond_t due;
	pv_map *trails;    /* asker -> struct trail */
	pv_map *unwritten; /* asker -> the same, if something of it is to be written */
	pv_gone *gone;     /* objects that are no more and have a trail */
	bool gone_news;    /* which ones is to be written */
	bool closing;
	pthread_t scribe;
};

/* ---- trails; the caller holds the lock ---- */

static void
trail_clear(struct trail *t)
{
	for (size_t i = 0; i < t->len; i++)
		pv_unref(t->plans[i].shown);
	t->len = 0;
}

static void
trail_free(struct trail *t)
{
	if (t)
		trail_clear(t);
	pv_heap_free(t);
}

static struct trail *
trail_of(pv_history *h, const char *asker)
{
	struct trail *t = pv_map_finds(h->trails, asker);
	if (!t) {
		t = pv_heap_new(sizeof(*t));
		pv_map_puts(h->trails, asker, t);
	}
	return t;
}

static void
trail_cut(struct trail *t, size_t i)
{
	pv_unref(t->plans[i].shown);
	memmove(&t->plans[i], &t->plans[i + 1], (t->len - i - 1) * sizeof(t->plans[0]));
	t->len--;
}

static void
mark(pv_history *h, const char *asker, struct trail *t)
{
	t->last = pv_mono();
	if (t->since)
		return;
	t->since = t->last;
	pv_map_puts(h->unwritten, asker, t);
	if (pv_map_len(h->unwritten) == 1)
		pthread_cond_signal(&h->due);
}

/* Plans name the object by its uid: one that was made anew under an old name has no old plans, even
 * if the process ended before it could forget them. */
static bool
of_another(const pv_val *plan, const pv_val *newest)
{
	const char *a = pv_text_at(plan, "uid", NULL), *b = pv_text_at(newest, "uid", NULL);
	return a && b && !pv_streq(a, b);
}

/* Takes off the last entry if the next one says the same, and counts it. */
static pv_val
folded(pv_ctx *cx, struct trail *t, const pv_val *next, bool quiet)
{
	const struct plan *last = t->len ? &t->plans[t->len - 1] : NULL;
	pv_val both = *next;
	/* A turn that had nothing to do between two equal failures waited for the second. */
	if (last && last->quiet && !quiet && t->len > 1 && pv_get(next, "error") &&
	    fold_alike(t->plans[t->len - 2].shown, false, next, false)) {
		trail_cut(t, t->len - 1);
		last--;
	}
	if (!last)
		return both;
	if (fold_one_cause(last->shown, next))
		both = fold_deeds(cx->arena, last->shown, next);
	else if (fold_alike(last->shown, last->quiet, next, quiet))
		both = fold_plans(cx->arena, last->shown, next);
	else
		return both;
	both = pv_copy(cx->arena, &both);
	trail_cut(t, t->len - 1);
	return both;
}

void
history_add(pv_ctx *cx, pv_history *h, const char *asker, const pv_val *shown, bool quiet)
{
	struct trail *t;
	pv_val entry;
	pthread_mutex_lock(&h->lock);
	t = trail_of(h, asker);
	t->gone = false;
	if (t->len && of_another(t->plans[t->len - 1].shown, shown)) {
		trail_clear(t);
		t->whole = true;
	}
	entry = folded(cx, t, shown, quiet);
	if (t->len == KEPT)
		trail_cut(t, 0);
	t->plans[t->len++] = (struct plan){pv_freeze(&entry), quiet};
	if (!quiet)
		mark(h, asker, t);
	pthread_mutex_unlock(&h->lock);
}

static void
forget(pv_history *h, const char *asker)
{
	struct trail *t = trail_of(h, asker);
	trail_clear(t);
	t->whole = t->gone = true;
	mark(h, asker, t);
}

void
history_drop(pv_history *h, const char *asker)
{
	pthread_mutex_lock(&h->lock);
	forget(h, asker);
	pthread_mutex_unlock(&h->lock);
}

/* ---- objects ---- */

char *
history_object(pv_arena *arena, const char *type, const char *ns, const char *name)
{
	return pv_printf(arena, "@%s %s %s", type, ns, name);
}

void
history_gone(pv_history *h, const char *asker)
{
	char *oldest;
	pthread_mutex_lock(&h->lock);
	h->gone_news = true;
	oldest = gone_add(h->gone, asker);
	if (oldest)
		forget(h, oldest);
	pthread_mutex_unlock(&h->lock);
	pv_heap_free(oldest);
}

void
history_back(pv_history *h, const char *asker)
{
	pthread_mutex_lock(&h->lock);
	h->gone_news = gone_remove(h->gone, asker) || h->gone_news;
	pthread_mutex_unlock(&h->lock);
}

/* ---- what the store has ---- */

static char *
meta_name(pv_arena *arena, const char *asker)
{
	return pv_printf(arena, "why/%s", asker);
}

/* A list of plans, newest first; NULL if there is none. */
static int
read_stored(pv_ctx *cx, pv_history *h, const char *asker, const pv_val **ret)
{
	pv_str text;
	int r = pv_store_meta_get(cx, h->store, meta_name(cx->arena, asker), &text);
	*ret = NULL;
	return r < 0 || !text.s ? r : pv_json_parse(cx, text, NULL, ret);
}

/* Puts what was stored before this process in front of what it knows. */
static void
adopt(struct trail *t, const pv_val *stored)
{
	for (size_t i = 0; !t->whole && i < pv_count(stored) && t->len < KEPT; i++) {
		if (t->len && of_another(pv_item(stored, i), t->plans[t->len - 1].shown))
			continue;
		memmove(&t->plans[1], &t->plans[0], t->len * sizeof(t->plans[0]));
		t->plans[0] = (struct plan){pv_freeze(pv_item(stored, i)), false};
		t->len++;
	}
	t->whole = true;
}

int
history_list(pv_ctx *cx, pv_history *h, const char *asker, pv_listb *ret)
{
	const pv_val *stored = NULL;
	struct trail *t;
	bool whole;
	int r = 0;
	pthread_mutex_lock(&h->lock);
	t = pv_map_finds(h->trails, asker);
	whole = t && t->whole;
	pthread_mutex_unlock(&h->lock);
	if (!whole)
		r = read_stored(cx, h, asker, &stored);
	if (r < 0)
		return r;
	pthread_mutex_lock(&h->lock);
	t = pv_map_finds(h->trails, asker);
	if (t)
		adopt(t, stored);
	for (size_t i = t ? t->len : 0; i > 0; i--)
		pv_listb_add(ret, *pv_hold(cx, t->plans[i - 1].shown));
	pthread_mutex_unlock(&h->lock);
	for (size_t i = 0; !t && i < pv_count(stored); i++)
		pv_listb_add(ret, *pv_item(stored, i));
	return 0;
}

/* ---- the scribe ---- */

/* Without what makes it long. */
static pv_val
shortened(pv_arena *arena, const pv_val *plan)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < pv_member_count(plan); i++) {
		const char *key = pv_text(&plan->members[i].key, "");
		if (!pv_streq(key, "changes") && !pv_streq(key, "differences"))
			pv_objb_put(&b, key, plan->members[i].val);
	}
	pv_objb_puts(&b, "note", "its changes were too long to be kept over a restart");
	return pv_objb_end(&b);
}

/* The plans that matter, newest first, as far as they fit. */
static pv_str
text_of(pv_arena *arena, const struct trail *t)
{
	pv_listb list;
	pv_val all;
	size_t len = 0;
	pv_listb_init(&list, arena);
	for (size_t i = t->len; i > 0; i--) {
		pv_val plan = *t->plans[i - 1].shown;
		size_t size;
		if (t->plans[i - 1].quiet)
			continue;
		size = strlen(pv_json_text(arena, &plan));
		if (size > TEXT_MOST / 2) {
			plan = shortened(arena, &plan);
			size = strlen(pv_json_text(arena, &plan));
		}
		if ((len += size) > TEXT_MOST)
			break;
		pv_listb_add(&list, plan);
	}
	all = pv_listb_end(&list);
	return pv_str_of(pv_json_text(arena, &all));
}

struct due {
	const char *asker;
	bool whole; /* nothing need be read first */
};

static bool
at_rest(const struct trail *t, int64_t now)
{
	return now - t->last >= CALM || now - t->since >= PATIENCE;
}

/* Those that are to be written now. */
static void
gather(pv_ctx *cx, pv_history *h, pv_vec *ret)
{
	size_t pos = 0;
	pv_str asker;
	void *t;
	int64_t now = pv_mono();
	pv_vec_init(ret, cx->arena, sizeof(struct due));
	pthread_mutex_lock(&h->lock);
	while (ret->len < WRITE_MOST && pv_map_each(h->unwritten, &pos, &asker, &t))
		if (h->closing || at_rest(t, now)) {
			const struct trail *trail = t;
			struct due *due = pv_vec_add(ret);
			*due = (struct due){pv_strndup(cx->arena, asker.s, asker.len), trail->whole};
		}
	pthread_mutex_unlock(&h->lock);
}

/* The text to store for an asker, whose trail is then as if it were written. */
static pv_str
take(pv_ctx *cx, pv_history *h, const char *asker, const pv_val *stored)
{
	struct trail *t;
	pv_str text = {NULL, 0};
	pthread_mutex_lock(&h->lock);
	t = pv_map_del(h->unwritten, asker, strlen(asker));
	t->since = 0;
	if (t->gone) {
		trail_free(pv_map_del(h->trails, asker, strlen(asker)));
	} else {
		adopt(t, stored);
		text = text_of(cx->arena, t);
	}
	pthread_mutex_unlock(&h->lock);
	return text;
}

static void
note_gone(pv_ctx *cx, pv_history *h, pv_vec *metas)
{
	pthread_mutex_lock(&h->lock);
	if (metas->len && h->gone_news) {
		pv_val list = gone_list(cx->arena, h->gone);
		*(pv_meta *)pv_vec_add(metas) = (pv_meta){GONE, pv_str_of(pv_json_text(cx->arena, &list))};
		h->gone_news = false;
	}
	pthread_mutex_unlock(&h->lock);
}

/* Who was gone when the last process ended. */
static void
read_gone(pv_history *h)
{
	const pv_val *list = NULL;
	pv_str text;
	pv_ctx cx;
	pv_ctx_init(&cx, "gone");
	if (pv_store_meta_get(&cx, h->store, GONE, &text) < 0 ||
	    (text.s && pv_json_parse(&cx, text, NULL, &list) < 0)) {
		pv_log(PV_WARN, "reconcile", "cannot read which objects are gone: they stay explained",
		       "error", pv_error_text(&cx), NULL);
		pv_recover(&cx);
	}
	for (size_t i = 0; i < pv_count(list); i++)
		pv_heap_free(gone_add(h->gone, pv_text(pv_item(list, i), "")));
	pv_ctx_done(&cx);
}

/* Writes some; false if there was nothing to write, or no way to. */
static bool
write_some(pv_ctx *cx, pv_history *h)
{
	pv_vec dues, metas;
	int r = 0;
	gather(cx, h, &dues);
	pv_vec_init(&metas, cx->arena, sizeof(pv_meta));
	for (size_t i = 0; i < dues.len; i++) {
		const struct due *due = PV_AT(struct due, &dues, i);
		const pv_val *stored = NULL;
		pv_meta *m = pv_vec_add(&metas);
		if (!due->whole && read_stored(cx, h, due->asker, &stored) < 0)
			pv_recover(cx);
		*m = (pv_meta){meta_name(cx->arena, due->asker), take(cx, h, due->asker, stored)};
	}
	note_gone(cx, h, &metas);
	r = pv_store_metas_put(cx, h->store, metas.data, metas.len);
	if (r < 0) { /* a full disk, say: memory still has them, and the next plans bring them along */
		pv_log(PV_WARN, "reconcile", "cannot keep the last plans", "error", pv_error_text(cx), NULL);
		pv_recover(cx);
	}
	return r == 0 && metas.len > 0;
}

/* Waits until something may have come to rest; false when closing. */
static bool
rest(pv_history *h)
{
	bool closing;
	pthread_mutex_lock(&h->lock);
	while (!h->closing && pv_map_len(h->unwritten) == 0)
		pthread_cond_wait(&h->due, &h->lock);
	if (!h->closing) {
		int64_t until = pv_mono() + CALM / 2;
		struct timespec ts = {until / PV_SEC, until % PV_SEC};
		while (!h->closing && pthread_cond_timedwait(&h->due, &h->lock, &ts) == 0)
			;
	}
	closing = h->closing;
	pthread_mutex_unlock(&h->lock);
	return !closing;
}

static void *
run_scribe(void *arg)
{
	pv_history *h = arg;
	bool open;
	pv_ctx cx;
	pv_ctx_init(&cx, "scribe");
	do {
		open = rest(h);
		while (write_some(&cx, h))
			pv_ctx_reset(&cx);
		pv_ctx_reset(&cx);
	} while (open);
	pv_ctx_done(&cx);
	return NULL;
}

/* ---- opening and closing ---- */

pv_history *
history_open(pv_store *store)
{
	pv_history *h = pv_heap_new(sizeof(*h));
	pthread_condattr_t mono;
	h->store = store;
	h->trails = pv_map_new(NULL);
	h->unwritten = pv_map_new(NULL);
	h->gone = gone_new();
	read_gone(h);
	pthread_mutex_init(&h->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&h->due, &mono);
	pthread_condattr_destroy(&mono);
	PV_ASSERT(pv_thread_start(&h->scribe, "scribe", run_scribe, h) == 0);
	return h;
}

pv_history *
history_close(pv_history *h)
{
	size_t pos = 0;
	void *t;
	pthread_mutex_lock(&h->lock);
	h->closing = true;
	pthread_cond_signal(&h->due);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->scribe, NULL);
	while (pv_map_each(h->trails, &pos, NULL, &t))
		trail_free(t);
	pv_map_free(h->trails);
	pv_map_free(h->unwritten);
	gone_free(h->gone);
	pthread_cond_destroy(&h->due);
	pthread_mutex_destroy(&h->lock);
	pv_heap_free(h);
	return NULL;
}
