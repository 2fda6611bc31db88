/* Rings of events. */
#include "core/store/ring.h"

#include <stdlib.h>
#include <string.h>

void
grave_add(rec_grave *grave, const pv_rec *rec)
{
	if (rec == NULL)
		return;
	if (grave->len == grave->cap) {
		grave->cap = grave->cap == 0 ? 64 : grave->cap * 2;
		grave->recs = realloc(grave->recs, grave->cap * sizeof *grave->recs);
		PV_ASSERT(grave->recs != NULL);
	}
	grave->recs[grave->len++] = rec;
}

void
grave_empty(rec_grave *grave)
{
	for (size_t i = 0; i < grave->len; i++)
		pv_rec_unref(grave->recs[i]);
	grave->len = 0;
}

void
grave_done(rec_grave *grave)
{
	grave_empty(grave);
	free(grave->recs);
	*grave = (rec_grave){0};
}

pv_event *
ring_at(const event_ring *ring, uint64_t number)
{
	return &ring->slots[number & (ring->cap - 1)];
}

void
ring_done(event_ring *ring)
{
	for (uint64_t i = ring->first; i < ring->end; i++) {
		pv_rec_unref(ring_at(ring, i)->rec);
		pv_rec_unref(ring_at(ring, i)->prev);
	}
	free(ring->slots);
	*ring = (event_ring){0};
}

/* The fields one by one: those of the wake lock may be changing. */
static void
ring_grow(event_ring *ring)
{
	size_t cap = ring->cap == 0 ? 16 : ring->cap * 2;
	pv_event *slots = malloc(cap * sizeof *slots);

	PV_ASSERT(slots != NULL);
	for (uint64_t i = ring->first; i < ring->end; i++)
		slots[i & (cap - 1)] = *ring_at(ring, i);
	free(ring->slots);
	ring->slots = slots;
	ring->cap = cap;
}

static const pv_rec *
keep(const pv_rec *rec)
{
	if (rec != NULL)
		rec_ref(rec)->inner++;
	return rec;
}

static void
drop(const pv_rec *rec, rec_grave *grave)
{
	if (rec != NULL)
		rec_mine(rec)->inner--;
	grave_add(grave, rec);
}

/* What an event keeps alive that is not in the index: nearly always. */
static int64_t
bytes_of(const pv_event *event)
{
	int64_t bytes = event->prev == NULL ? 0 : (int64_t)(sizeof *event->prev + event->prev->len);

	if (event->type == PV_DELETED)
		bytes += (int64_t)(sizeof *event->rec + event->rec->len);
	return bytes;
}

void
ring_cut(event_ring *ring, rec_grave *grave)
{
	pv_event *event = ring_at(ring, ring->first);

	PV_ASSERT(ring_len(ring) > 0);
	ring->since = event->rev;
	ring->bytes -= bytes_of(event);
	drop(event->rec, grave);
	drop(event->prev, grave);
	ring->first++;
}

void
ring_push(event_ring *ring, const pv_event *event, rec_grave *grave)
{
	if (ring_len(ring) == RING_MOST)
		ring_cut(ring, grave);
	else if (ring_len(ring) == ring->cap)
		ring_grow(ring);
	*ring_at(ring, ring->end) = (pv_event){event->type, event->rev, keep(event->rec), keep(event->prev)};
	ring->bytes += bytes_of(event);
	ring->end++;
}

uint64_t
ring_after(const event_ring *ring, int64_t rev)
{
	uint64_t low = ring->first, high = ring->end;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (ring_at(ring, mid)->rev <= rev)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
