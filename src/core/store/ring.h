/* ring: the newest events of one type (or of all), in order of revision, shared by
 * every watch on it.  Internal to the store; pushed to and cut under its write
 * lock, read under the read lock. */
#pragma once
#include "core/store/rec.h"

#define RING_MOST 65536 /* events */

typedef struct event_ring {
	pv_event *slots; /* a power of two; each holds rec and prev */
	size_t cap;
	uint64_t first, end; /* running numbers; the slot is the number modulo cap */
	int64_t since;       /* every event after this revision is here */
	int64_t bytes;       /* old versions that it keeps alive */
	/* The store's wake lock. */
	pv_watch *dry;               /* watches to be woken by the next event that concerns them */
	uint64_t told;               /* the dry ones have been asked about every event before this */
	struct event_ring *due_next; /* rings whose dry watches the waker has to wake */
	bool due;
} event_ring;

/* Records whose last reference may go: freed when the lock is released. */
typedef struct rec_grave {
	const pv_rec **recs;
	size_t len, cap;
} rec_grave;
void grave_add(rec_grave *grave, const pv_rec *rec);
void grave_empty(rec_grave *grave); /* unrefs all */
void grave_done(rec_grave *grave);

void ring_done(event_ring *ring);
static inline size_t
ring_len(const event_ring *ring)
{
	return (size_t)(ring->end - ring->first);
}
pv_event *ring_at(const event_ring *ring, uint64_t number);
/* References rec and prev; drops the oldest event when RING_MOST are there. */
void ring_push(event_ring *ring, const pv_event *event, rec_grave *grave);
void ring_cut(event_ring *ring, rec_grave *grave);        /* drops the oldest; there must be one */
uint64_t ring_after(const event_ring *ring, int64_t rev); /* number of the first event behind rev */
