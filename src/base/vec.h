/* vec: an array that grows in an arena.  Elements have one size; addresses
 * change when it grows.  Belongs to one thread and one arena; nothing is freed alone. */
#pragma once
#include "base/base.h"

struct pv_vec {
	void *data;
	size_t len, cap, size;
	pv_arena *arena;
};

void pv_vec_init(pv_vec *v, pv_arena *arena, size_t element_size);
/* Starts in `room` for `cap` elements (the stack's, for what is mostly short); what grows
 * out of it goes on in the arena. */
void pv_vec_init_in(pv_vec *v, pv_arena *arena, size_t element_size, void *room, size_t cap);
void *pv_vec_add(pv_vec *v); /* address of a new zeroed element */
void pv_vec_push(pv_vec *v, const void *element);
void *pv_vec_at(const pv_vec *v, size_t i); /* i < len, asserted */
void pv_vec_pop(pv_vec *v);
void *pv_vec_copy(const pv_vec *v, pv_arena *arena); /* its elements, no room behind them; never NULL */
void pv_vec_sort(pv_vec *v, int (*cmp)(const void *, const void *));
#define PV_AT(type, v, i) ((type *)pv_vec_at((v), (i)))
