/* Arrays that grow in an arena. */
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

void
pv_vec_init(pv_vec *v, pv_arena *arena, size_t element_size)
{
	PV_ASSERT(element_size > 0);
	*v = (pv_vec){.size = element_size, .arena = arena};
}

void
pv_vec_init_in(pv_vec *v, pv_arena *arena, size_t element_size, void *room, size_t cap)
{
	pv_vec_init(v, arena, element_size);
	v->data = room;
	v->cap = cap;
}

void *
pv_vec_copy(const pv_vec *v, pv_arena *arena)
{
	void *copy = pv_alloc(arena, v->len * v->size + 1);

	if (v->len > 0)
		memcpy(copy, v->data, v->len * v->size);
	return copy;
}

static void
grow(pv_vec *v)
{
	size_t cap = v->cap == 0 ? 8 : v->cap * 2;
	size_t bytes;

	PV_ASSERT(!__builtin_mul_overflow(cap, v->size, &bytes));
	if (v->cap == 0 || !pv_arena_extend(v->arena, v->data, v->cap * v->size, bytes)) {
		void *data = pv_alloc(v->arena, bytes);
		if (v->len > 0)
			memcpy(data, v->data, v->len * v->size);
		v->data = data;
	}
	v->cap = cap;
}

static void *
place(pv_vec *v)
{
	if (v->len == v->cap)
		grow(v);
	return (char *)v->data + v->len++ * v->size;
}

void *
pv_vec_add(pv_vec *v)
{
	return memset(place(v), 0, v->size);
}

void
pv_vec_push(pv_vec *v, const void *element)
{
	if (v->size == sizeof(void *)) /* most of them */
		memcpy(place(v), element, sizeof(void *));
	else
		memcpy(place(v), element, v->size);
}

void *
pv_vec_at(const pv_vec *v, size_t i)
{
	PV_ASSERT(i < v->len);
	return (char *)v->data + i * v->size;
}

void
pv_vec_pop(pv_vec *v)
{
	PV_ASSERT(v->len > 0);
	v->len--;
}

void
pv_vec_sort(pv_vec *v, int (*cmp)(const void *, const void *))
{
	if (v->len > 1)
		qsort(v->data, v->len, v->size, cmp);
}
