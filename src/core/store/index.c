/* The ordered index.  Adding and removing move at most one leaf and, when a leaf
 * splits or goes, the array of leaves (8 bytes for some 190 records). */
#include "core/store/index.h"

#include <stdlib.h>
#include <string.h>

static index_leaf *
leaf_new(void)
{
	index_leaf *leaf = malloc(sizeof *leaf);

	PV_ASSERT(leaf != NULL);
	atomic_init(&leaf->refs, 1);
	leaf->len = 0;
	return leaf;
}

static void
leaf_unref(index_leaf *leaf)
{
	if (atomic_fetch_sub_explicit(&leaf->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (uint32_t i = 0; i < leaf->len; i++)
		pv_rec_unref(leaf->recs[i]);
	free(leaf);
}

void
index_done(rec_index *index)
{
	for (size_t i = 0; i < index->len; i++)
		leaf_unref(index->leaves[i]);
	free(index->leaves);
	*index = (rec_index){0};
}

static bool
ends_before(const index_leaf *leaf, const char *ns, const char *name)
{
	return rec_cmp(leaf->recs[leaf->len - 1], ns, name) < 0;
}

/* The first leaf whose last record is not before the key; len if there is none. */
static size_t
leaf_of(const rec_index *index, const char *ns, const char *name)
{
	size_t low = 0, high = index->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ends_before(index->leaves[mid], ns, name))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The same, looked at first where it was: each comparison waits for memory. */
static size_t
leaf_near(const rec_index *index, const char *ns, const char *name, size_t hint)
{
	if (hint > index->len || (hint > 0 && !ends_before(index->leaves[hint - 1], ns, name)) ||
	    (hint < index->len && ends_before(index->leaves[hint], ns, name)))
		return leaf_of(index, ns, name);
	return hint;
}

/* The first record of the leaf that is not before the key; len if there is none. */
static size_t
slot_of(const index_leaf *leaf, const char *ns, const char *name, bool *ret_same)
{
	size_t low = 0, high = leaf->len;

	*ret_same = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = rec_cmp(leaf->recs[mid], ns, name);

		if (order < 0)
			low = mid + 1;
		else
			high = mid;
		if (order == 0)
			*ret_same = true;
	}
	return low;
}

pv_rec *
index_find(const rec_index *index, const char *ns, const char *name, size_t *ret_leaf)
{
	size_t at = leaf_of(index, ns, name), slot;
	bool same;

	if (ret_leaf != NULL)
		*ret_leaf = at;
	if (at == index->len)
		return NULL;
	slot = slot_of(index->leaves[at], ns, name, &same);
	return same ? index->leaves[at]->recs[slot] : NULL;
}

/* The leaf to change: a copy takes its place while a reader holds it. */
static index_leaf *
leaf_own(rec_index *index, size_t at)
{
	index_leaf *leaf = index->leaves[at], *copy;

	if (atomic_load_explicit(&leaf->refs, memory_order_acquire) == 1)
		return leaf;
	copy = leaf_new();
	copy->len = leaf->len;
	for (uint32_t i = 0; i < leaf->len; i++)
		copy->recs[i] = rec_ref(leaf->recs[i]);
	index->leaves[at] = copy;
	leaf_unref(leaf);
	return copy;
}

static void
leaf_insert(rec_index *index, size_t at, index_leaf *leaf)
{
	if (index->len == index->cap) {
		index->cap = index->cap == 0 ? 8 : index->cap * 2;
		index->leaves = realloc(index->leaves, index->cap * sizeof *index->leaves);
		PV_ASSERT(index->leaves != NULL);
	}
	memmove(&index->leaves[at + 1], &index->leaves[at], (index->len - at) * sizeof *index->leaves);
	index->leaves[at] = leaf;
	index->len++;
}

static void
leaf_remove(rec_index *index, size_t at)
{
	leaf_unref(index->leaves[at]);
	index->len--;
	memmove(&index->leaves[at], &index->leaves[at + 1], (index->len - at) * sizeof *index->leaves);
}

static void
slot_insert(index_leaf *leaf, size_t slot, pv_rec *rec)
{
	memmove(&leaf->recs[slot + 1], &leaf->recs[slot], (leaf->len - slot) * sizeof leaf->recs[0]);
	leaf->recs[slot] = rec;
	leaf->len++;
}

/* Splits a full leaf that is ours: in the middle, or behind the end when the new
 * record goes there (names often come in order).  Returns where the upper one is. */
static size_t
leaf_split(rec_index *index, size_t at, size_t slot)
{
	index_leaf *lower = index->leaves[at], *upper = leaf_new();
	uint32_t keep = slot == lower->len ? lower->len : lower->len / 2;

	upper->len = lower->len - keep;
	memcpy(upper->recs, &lower->recs[keep], upper->len * sizeof upper->recs[0]);
	lower->len = keep;
	leaf_insert(index, at + 1, upper);
	return at + 1;
}

pv_rec *
index_put(rec_index *index, pv_rec *rec, size_t hint)
{
	size_t at = leaf_near(index, rec->key.ns, rec->key.name, hint), slot;
	index_leaf *leaf;
	pv_rec *old;
	bool same;

	if (index->len == 0)
		leaf_insert(index, 0, leaf_new());
	if (at == index->len || index->len == 1)
		at = index->len - 1;
	leaf = leaf_own(index, at);
	slot = slot_of(leaf, rec->key.ns, rec->key.name, &same);
	if (same) {
		old = leaf->recs[slot];
		leaf->recs[slot] = rec;
		return old;
	}
	if (leaf->len == INDEX_LEAF) {
		size_t upper = leaf_split(index, at, slot);

		if (slot >= leaf->len) {
			slot -= leaf->len;
			leaf = index->leaves[upper];
		}
	}
	slot_insert(leaf, slot, rec);
	index->count++;
	return NULL;
}

/* Joins a leaf that has become small with the one behind it. */
static void
leaf_join(rec_index *index, size_t at)
{
	index_leaf *leaf, *next;

	if (at + 1 >= index->len || index->leaves[at]->len + index->leaves[at + 1]->len > INDEX_LEAF / 2)
		return;
	leaf = leaf_own(index, at);
	next = leaf_own(index, at + 1);
	memcpy(&leaf->recs[leaf->len], next->recs, next->len * sizeof next->recs[0]);
	leaf->len += next->len;
	next->len = 0; /* its references have moved */
	leaf_remove(index, at + 1);
}

pv_rec *
index_del(rec_index *index, const char *ns, const char *name, size_t hint)
{
	size_t at = leaf_near(index, ns, name, hint), slot;
	index_leaf *leaf;
	pv_rec *rec;
	bool same;

	PV_ASSERT(at < index->len);
	leaf = leaf_own(index, at);
	slot = slot_of(leaf, ns, name, &same);
	PV_ASSERT(same);
	rec = leaf->recs[slot];
	leaf->len--;
	memmove(&leaf->recs[slot], &leaf->recs[slot + 1], (leaf->len - slot) * sizeof leaf->recs[0]);
	if (leaf->len == 0)
		leaf_remove(index, at);
	else
		leaf_join(index, at);
	index->count--;
	return rec;
}

void
index_fill(rec_index *index, pv_rec *const *recs, size_t n)
{
	const size_t part = INDEX_LEAF - INDEX_LEAF / 4; /* room for what comes */

	PV_ASSERT(index->len == 0);
	for (size_t done = 0; done < n; done += part) {
		index_leaf *leaf = leaf_new();

		leaf->len = (uint32_t)(n - done < part ? n - done : part);
		memcpy(leaf->recs, &recs[done], leaf->len * sizeof leaf->recs[0]);
		leaf_insert(index, index->len, leaf);
	}
	index->count = n;
}

/* ---- snapshots ---- */

typedef struct held {
	size_t len;
	index_leaf *leaves[];
} held;

static void
let_go(void *arg)
{
	held *h = arg;

	for (size_t i = 0; i < h->len; i++)
		leaf_unref(h->leaves[i]);
}

/* Where records that are not before the key begin. */
static void
locate(const rec_index *index, const char *ns, const char *name, size_t *ret_leaf, size_t *ret_slot)
{
	bool same;

	*ret_leaf = leaf_of(index, ns, name);
	*ret_slot = *ret_leaf == index->len ? 0 : slot_of(index->leaves[*ret_leaf], ns, name, &same);
}

static void
hold_leaves(pv_ctx *cx, const rec_index *index, size_t first, size_t end, index_range *ret)
{
	held *h = pv_alloc(cx->arena, sizeof *h + (end - first) * sizeof h->leaves[0]);

	h->len = end - first;
	for (size_t i = 0; i < h->len; i++) {
		h->leaves[i] = index->leaves[first + i];
		atomic_fetch_add_explicit(&h->leaves[i]->refs, 1, memory_order_relaxed);
		ret->count += h->leaves[i]->len;
	}
	pv_arena_defer(cx->arena, let_go, h);
	ret->leaves = h->leaves;
	ret->len = h->len;
}

void
index_snapshot(pv_ctx *cx, const rec_index *index, const char *ns, const char *after_ns,
	       const char *after_name, index_range *ret)
{
	size_t first = 0, end = index->len, end_slot = 0;
	bool same = false;

	*ret = (index_range){0};
	if (after_name != NULL && ns != NULL && strcmp(after_ns, ns) < 0)
		after_name = NULL;
	if (after_name != NULL) {
		locate(index, after_ns, after_name, &first, &ret->first);
		if (first < index->len)
			slot_of(index->leaves[first], after_ns, after_name, &same);
		ret->first += same ? 1 : 0;
	} else if (ns != NULL) {
		locate(index, ns, "", &first, &ret->first);
	}
	if (ns != NULL) { /* the least namespace behind ns is ns followed by a byte 1 */
		locate(index, pv_printf(cx->arena, "%s\1", ns), "", &end, &end_slot);
		end += end_slot > 0 ? 1 : 0;
	}
	if (first >= end || (end_slot > 0 && first == end - 1 && ret->first >= end_slot))
		return;
	hold_leaves(cx, index, first, end, ret);
	ret->end = end_slot > 0 ? end_slot : ret->leaves[ret->len - 1]->len;
	ret->count -= ret->first + (ret->leaves[ret->len - 1]->len - ret->end);
}
