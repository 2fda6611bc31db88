/* Frozen documents: one block of [header | root | members and items | texts]. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "lang/value/impl.h"

struct block {
	atomic_size_t count;
	size_t size;
	pv_val root;
};

/* In large documents a string that is shared where it comes from (readers share keys, and
 * what else comes again) is shared here too, as far as a few thousand of them tell. */
#define SHARED 4096
#define SHARED_FROM 65536 /* bytes of text of a document that is large */

struct shared {
	const char *from, *to;
};

struct filler {
	char *nodes, *texts; /* where the next ones go */
	struct shared *shared;
};

/* The string's slot; measuring and filling go the same way, so both find the same. */
static struct shared *
slot_of(struct shared *shared, const char *s)
{
	return &shared[((uintptr_t)s * UINT64_C(0x9e3779b97f4a7c15) >> 52) % SHARED];
}

static struct block *
block_of(const pv_val *root)
{
	PV_ASSERT(root->flags & PV_V_ROOT);
	return (struct block *)(void *)((char *)(uintptr_t)root - offsetof(struct block, root));
}

static bool
has_text(const pv_val *v)
{
	return v->type == PV_STRING || (v->type == PV_NUMBER && v->num == PV_DECIMAL);
}

/* Adds up what lies below v. */
static void
measure(const pv_val *v, struct shared *shared, size_t *nodes, size_t *texts)
{
	if (has_text(v)) {
		struct shared *slot = shared != NULL ? slot_of(shared, v->s) : NULL;

		if (slot != NULL && slot->from == v->s)
			return;
		if (slot != NULL)
			slot->from = v->s;
		*texts += (size_t)v->len + 1;
	} else if (v->type == PV_LIST || v->type == PV_SET) {
		*nodes += v->len * sizeof(pv_val);
		for (size_t i = 0; i < v->len; i++)
			measure(&v->items[i], shared, nodes, texts);
	} else if (v->type == PV_OBJECT) {
		*nodes += pv_members_size(v->len, (v->flags & PV_V_INDEX) != 0);
		for (size_t i = 0; i < v->len; i++) {
			measure(&v->members[i].key, shared, nodes, texts);
			measure(&v->members[i].val, shared, nodes, texts);
		}
	}
}

static void fill(struct filler *f, pv_val *to, const pv_val *from);

static void
fill_object(struct filler *f, pv_val *to, const pv_val *from)
{
	bool index = (from->flags & PV_V_INDEX) != 0;
	pv_member *members = (pv_member *)(void *)f->nodes;

	f->nodes += pv_members_size(from->len, index);
	for (size_t i = 0; i < from->len; i++) {
		fill(f, &members[i].key, &from->members[i].key);
		fill(f, &members[i].val, &from->members[i].val);
	}
	if (index)
		memcpy(members + from->len, pv_order(from), from->len * sizeof(uint32_t));
	to->members = members;
}

static void
fill_text(struct filler *f, pv_val *to, const pv_val *from)
{
	struct shared *slot = f->shared != NULL ? slot_of(f->shared, from->s) : NULL;

	if (slot != NULL && slot->from == from->s) {
		to->s = slot->to;
		return;
	}
	memcpy(f->texts, from->s, from->len);
	f->texts[from->len] = '\0';
	to->s = f->texts;
	if (slot != NULL)
		*slot = (struct shared){from->s, f->texts};
	f->texts += (size_t)from->len + 1;
}

static void
fill(struct filler *f, pv_val *to, const pv_val *from)
{
	*to = pv_plain(*from);
	if (has_text(from)) {
		fill_text(f, to, from);
	} else if (from->type == PV_LIST || from->type == PV_SET) {
		pv_val *items = (pv_val *)(void *)f->nodes;

		f->nodes += from->len * sizeof(*items);
		for (size_t i = 0; i < from->len; i++)
			fill(f, &items[i], &from->items[i]);
		to->items = items;
	} else if (from->type == PV_OBJECT) {
		fill_object(f, to, from);
	}
}

const pv_val *
pv_freeze(const pv_val *v)
{
	size_t nodes = 0, texts = 0;
	pv_val absent = pv_null();
	struct filler f = {0};
	struct block *block;

	if (v == NULL)
		v = &absent;
	measure(v, NULL, &nodes, &texts);
	if (texts >= SHARED_FROM) {
		f.shared = calloc(SHARED, sizeof(*f.shared));
		PV_ASSERT(f.shared != NULL);
		nodes = texts = 0;
		measure(v, f.shared, &nodes, &texts);
		memset(f.shared, 0, SHARED * sizeof(*f.shared));
	}
	block = malloc(sizeof(*block) + nodes + texts);
	PV_ASSERT(block != NULL);
	atomic_init(&block->count, 1);
	block->size = sizeof(*block) + nodes + texts;
	f.nodes = (char *)(block + 1);
	f.texts = f.nodes + nodes;
	fill(&f, &block->root, v);
	free(f.shared);
	block->root.flags |= PV_V_ROOT;
	return &block->root;
}

const pv_val *
pv_ref(const pv_val *root)
{
	atomic_fetch_add_explicit(&block_of(root)->count, 1, memory_order_relaxed);
	return root;
}

const pv_val *
pv_unref(const pv_val *root)
{
	struct block *block;

	if (root == NULL)
		return NULL;
	block = block_of(root);
	if (atomic_fetch_sub_explicit(&block->count, 1, memory_order_acq_rel) == 1)
		free(block);
	return NULL;
}

size_t
pv_frozen_size(const pv_val *root)
{
	return root != NULL ? block_of(root)->size : 0;
}

static void
let_go(void *root)
{
	pv_unref(root);
}

const pv_val *
pv_hold(pv_ctx *cx, const pv_val *root)
{
	if (root == NULL)
		return NULL;
	pv_ref(root);
	pv_arena_defer(cx->arena, let_go, (void *)(uintptr_t)root);
	return root;
}
