/* keyq: a binary heap of entries by time, and a map from key to entry.  An entry
 * lives from its first add until it is neither waiting nor worked on. */
#include "base/keyq.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/map.h"
#include "base/time.h"

#define NOT_QUEUED SIZE_MAX

struct entry {
	int64_t at;
	size_t slot; /* in the heap, or NOT_QUEUED */
	bool working;
	bool again; /* added while worked on, for `at` */
	char key[];
};

struct pv_keyq {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pv_map *entries;
	struct entry **heap;
	size_t len, cap, working;
	bool closed;
};

pv_keyq *
pv_keyq_new(void)
{
	pv_keyq *q = calloc(1, sizeof(*q));
	pthread_condattr_t attr;
	PV_ASSERT(q);
	pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&q->changed, &attr);
	pthread_condattr_destroy(&attr);
	q->entries = pv_map_new(NULL);
	return q;
}

void
pv_keyq_close(pv_keyq *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

pv_keyq *
pv_keyq_free(pv_keyq *q)
{
	size_t pos = 0;
	pv_str key;
	void *entry;
	if (!q)
		return NULL;
	while (pv_map_each(q->entries, &pos, &key, &entry))
		free(entry);
	pv_map_free(q->entries);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	free(q->heap);
	free(q);
	return NULL;
}

static void
set_slot(pv_keyq *q, size_t slot, struct entry *e)
{
	q->heap[slot] = e;
	e->slot = slot;
}

static void
sift_up(pv_keyq *q, size_t slot)
{
	struct entry *e = q->heap[slot];
	while (slot > 0 && q->heap[(slot - 1) / 2]->at > e->at) {
		set_slot(q, slot, q->heap[(slot - 1) / 2]);
		slot = (slot - 1) / 2;
	}
	set_slot(q, slot, e);
}

static void
sift_down(pv_keyq *q, size_t slot)
{
	struct entry *e = q->heap[slot];
	for (;;) {
		size_t child = 2 * slot + 1;
		if (child >= q->len)
			break;
		if (child + 1 < q->len && q->heap[child + 1]->at < q->heap[child]->at)
			child++;
		if (q->heap[child]->at >= e->at)
			break;
		set_slot(q, slot, q->heap[child]);
		slot = child;
	}
	set_slot(q, slot, e);
}

static void
enqueue(pv_keyq *q, struct entry *e)
{
	if (q->len == q->cap) {
		q->cap = q->cap ? 2 * q->cap : 64;
		q->heap = realloc(q->heap, q->cap * sizeof(struct entry *));
		PV_ASSERT(q->heap);
	}
	set_slot(q, q->len++, e);
	sift_up(q, e->slot);
}

static void
dequeue(pv_keyq *q, struct entry *e)
{
	size_t slot = e->slot;
	struct entry *last = q->heap[--q->len];
	e->slot = NOT_QUEUED;
	if (last == e)
		return;
	set_slot(q, slot, last);
	sift_down(q, slot);
	sift_up(q, last->slot);
}

static void
forget(pv_keyq *q, struct entry *e)
{
	pv_map_del(q->entries, e->key, strlen(e->key));
	free(e);
}

static struct entry *
entry_of(pv_keyq *q, const char *key)
{
	size_t len = strlen(key);
	struct entry *e = pv_map_find(q->entries, key, len);
	if (e)
		return e;
	e = calloc(1, sizeof(*e) + len + 1);
	PV_ASSERT(e);
	memcpy(e->key, key, len);
	e->slot = NOT_QUEUED;
	pv_map_put(q->entries, key, len, e);
	return e;
}

void
pv_keyq_add(pv_keyq *q, const char *key, int64_t at)
{
	struct entry *e;
	pthread_mutex_lock(&q->lock);
	if (q->closed)
		goto out;
	e = entry_of(q, key);
	if (e->working) {
		e->at = e->again && e->at < at ? e->at : at;
		e->again = true;
		goto out;
	}
	if (e->slot == NOT_QUEUED) {
		e->at = at;
		enqueue(q, e);
	} else if (at < e->at) {
		e->at = at;
		sift_up(q, e->slot);
	}
	pthread_cond_broadcast(&q->changed);
out:
	pthread_mutex_unlock(&q->lock);
}

void
pv_keyq_drop(pv_keyq *q, const char *key)
{
	struct entry *e;
	pthread_mutex_lock(&q->lock);
	e = pv_map_finds(q->entries, key);
	if (e) {
		e->again = false;
		if (e->slot != NOT_QUEUED)
			dequeue(q, e);
		if (!e->working)
			forget(q, e);
	}
	pthread_mutex_unlock(&q->lock);
}

static void
wait_until(pv_keyq *q, int64_t at)
{
	struct timespec ts = {.tv_sec = at / PV_SEC, .tv_nsec = at % PV_SEC};
	pthread_cond_timedwait(&q->changed, &q->lock, &ts);
}

bool
pv_keyq_take(pv_keyq *q, const char **ret_key)
{
	struct entry *e = NULL;
	pthread_mutex_lock(&q->lock);
	while (!q->closed && !e) {
		if (q->len == 0)
			pthread_cond_wait(&q->changed, &q->lock);
		else if (q->heap[0]->at > pv_mono())
			wait_until(q, q->heap[0]->at);
		else
			e = q->heap[0];
	}
	if (e && !q->closed) {
		dequeue(q, e);
		e->working = true;
		q->working++;
		*ret_key = e->key;
	} else {
		e = NULL;
	}
	pthread_mutex_unlock(&q->lock);
	return e != NULL;
}

void
pv_keyq_done(pv_keyq *q, const char *key)
{
	struct entry *e;
	pthread_mutex_lock(&q->lock);
	e = pv_map_finds(q->entries, key);
	PV_ASSERT(e && e->working);
	e->working = false;
	q->working--;
	if (e->again) {
		e->again = false;
		enqueue(q, e);
	} else {
		forget(q, e);
	}
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

size_t
pv_keyq_len(pv_keyq *q)
{
	size_t len;
	pthread_mutex_lock(&q->lock);
	len = q->len;
	pthread_mutex_unlock(&q->lock);
	return len;
}

void
pv_keyq_settle(pv_keyq *q, int64_t horizon)
{
	pthread_mutex_lock(&q->lock);
	while (!q->closed && (q->working || (q->len && q->heap[0]->at <= pv_mono() + horizon)))
		pthread_cond_wait(&q->changed, &q->lock);
	pthread_mutex_unlock(&q->lock);
}
