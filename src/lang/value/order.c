/* The sorted view of objects: made once, when an object is built. */
#include <stdlib.h>
#include <string.h>
#include "lang/value/impl.h"

#define INSERTION 12 /* shorter runs are sorted by insertion */

size_t
pv_members_size(size_t n, bool index)
{
	size_t size = n * sizeof(pv_member);

	if (index)
		size += (n * sizeof(uint32_t) + 7) & ~(size_t)7;
	return size;
}

pv_member *
pv_members_new(pv_arena *arena, size_t n, bool index)
{
	return n > 0 ? pv_alloc(arena, pv_members_size(n, index)) : NULL;
}

static void
insertion_sort(uint32_t *order, const pv_member *members, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t moved = order[i];
		size_t j = i;

		for (; j > 0 && pv_key_cmp(&members[order[j - 1]].key, &members[moved].key) > 0; j--)
			order[j] = order[j - 1];
		order[j] = moved;
	}
}

/* Merges from[lo,mid) and from[mid,hi) into to[lo,hi). */
static void
merge(const uint32_t *from, uint32_t *to, const pv_member *members, size_t lo, size_t mid, size_t hi)
{
	size_t a = lo, b = mid;

	for (size_t i = lo; i < hi; i++) {
		bool left =
			b >= hi || (a < mid && pv_key_cmp(&members[from[a]].key, &members[from[b]].key) <= 0);

		to[i] = left ? from[a++] : from[b++];
	}
}

void
pv_order_sort(uint32_t *order, const pv_member *members, size_t n)
{
	uint32_t *other, *from = order, *to;

	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	for (size_t lo = 0; lo < n; lo += INSERTION)
		insertion_sort(order + lo, members, n - lo < INSERTION ? n - lo : INSERTION);
	if (n <= INSERTION)
		return;
	other = malloc(n * sizeof(*other));
	PV_ASSERT(other != NULL);
	to = other;
	for (size_t width = INSERTION; width < n; width *= 2) {
		uint32_t *swap = from;

		for (size_t lo = 0; lo < n; lo += 2 * width) {
			size_t mid = n - lo < width ? n : lo + width;

			merge(from, to, members, lo, mid, n - lo < 2 * width ? n : lo + 2 * width);
		}
		from = to;
		to = swap;
	}
	if (from != order)
		memcpy(order, from, n * sizeof(*order));
	free(other);
}

static bool
ascends(const pv_member *members, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (pv_key_cmp(&members[i - 1].key, &members[i].key) >= 0)
			return false;
	return true;
}

/* Moves the last value of each repeated key to its first place and drops the
 * rest; returns how many members are left. */
static size_t
drop_repeated(pv_member *members, const uint32_t *order, size_t n, void (*repeated)(void *, const pv_val *),
	      void *arg)
{
	uint8_t *keep = calloc(n, 1);
	size_t left = 0;

	PV_ASSERT(keep != NULL);
	for (size_t i = 0; i < n;) {
		uint32_t first = order[i];
		size_t end = i + 1;

		while (end < n && pv_key_cmp(&members[first].key, &members[order[end]].key) == 0)
			end++;
		if (end - i > 1 && repeated != NULL)
			repeated(arg, &members[first].key);
		members[first].val = members[order[end - 1]].val;
		keep[first] = 1;
		i = end;
	}
	for (size_t i = 0; i < n; i++)
		if (keep[i])
			members[left++] = members[i];
	free(keep);
	return left;
}

static bool
has_repeated(const pv_member *members, const uint32_t *order, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (pv_key_cmp(&members[order[i - 1]].key, &members[order[i]].key) == 0)
			return true;
	return false;
}

pv_val
pv_object_of(pv_arena *arena, const pv_member *members, size_t n,
	     void (*repeated)(void *arg, const pv_val *key), void *arg)
{
	bool sorted = ascends(members, n);
	pv_member *copy = pv_members_new(arena, n, !sorted);
	pv_val object = {.type = PV_OBJECT, .members = copy};

	PV_ASSERT(n <= UINT32_MAX - 1);
	object.len = (uint32_t)n;
	if (n > 0)
		memcpy(copy, members, n * sizeof(*copy));
	if (sorted)
		return object;

	uint32_t *order = (uint32_t *)(void *)(copy + n);

	pv_order_sort(order, copy, n);
	if (has_repeated(copy, order, n)) {
		n = drop_repeated(copy, order, n, repeated, arg);
		object.len = (uint32_t)n;
		order = (uint32_t *)(void *)(copy + n); /* there is room: members went */
		pv_order_sort(order, copy, n);
	}
	object.flags = PV_V_INDEX;
	return object;
}
