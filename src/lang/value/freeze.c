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

struct filler {
	char *nodes, *texts; /* where the next ones go */
};

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
measure(const pv_val *v, size_t *nodes, size_t *texts)
{
	if (has_text(v)) {
		*texts += (size_t)v->len + 1;
	} else if (v->type == PV_LIST || v->type == PV_SET) {
		*nodes += v->len * sizeof(pv_val);
		for (size_t i = 0; i < v->len; i++)
			measure(&v->items[i], nodes, texts);
	} else if (v->type == PV_OBJECT) {
		*nodes += pv_members_size(v->len, (v->flags & PV_V_INDEX) != 0);
		for (size_t i = 0; i < v->len; i++) {
			measure(&v->members[i].key, nodes, texts);
			measure(&v->members[i].val, nodes, texts);
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
fill(struct filler *f, pv_val *to, const pv_val *from)
{
	*to = pv_plain(*from);
	if (has_text(from)) {
		memcpy(f->texts, from->s, from->len);
		f->texts[from->len] = '\0';
		to->s = f->texts;
		f->texts += (size_t)from->len + 1;
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
	struct filler f;
	struct block *block;

	if (v == NULL)
		v = &absent;
	measure(v, &nodes, &texts);
	block = malloc(sizeof(*block) + nodes + texts);
	PV_ASSERT(block != NULL);
	atomic_init(&block->count, 1);
	block->size = sizeof(*block) + nodes + texts;
	f.nodes = (char *)(block + 1);
	f.texts = f.nodes + nodes;
	fill(&f, &block->root, v);
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
