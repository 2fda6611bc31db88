/* map: entries in an array, sorted when somebody looks; large maps have an index by hash. */
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/value.h"

#define SMALL 8 /* maps this small are searched in a line */

pv_tmap *
pv_tmap_new(pv_arena *arena)
{
	pv_tmap *m = pv_new(arena, pv_tmap);
	m->arena = arena;
	m->sorted = true;
	return m;
}

static bool
same(pv_str a, pv_str b)
{
	return a.len == b.len && (a.s == b.s || memcmp(a.s, b.s, a.len) == 0);
}

static uint32_t *
slot_of(const pv_tmap *m, pv_str key)
{
	uint32_t at = (uint32_t)pv_hash(key.s, key.len) & (m->slots - 1);
	while (m->index[at] != 0 && !same(m->at[m->index[at] - 1].key, key))
		at = (at + 1) & (m->slots - 1);
	return &m->index[at];
}

static void
index_all(pv_tmap *m)
{
	uint32_t want = 32;
	if (m->len <= SMALL) {
		m->index = NULL;
		return;
	}
	while (want < m->cap * 2)
		want *= 2;
	if (m->index == NULL || want != m->slots)
		m->index = pv_new_array(m->arena, uint32_t, want);
	else
		memset(m->index, 0, want * sizeof *m->index);
	m->slots = want;
	for (uint32_t i = 0; i < m->len; i++)
		*slot_of(m, m->at[i].key) = i + 1;
}

static pv_tentry *
find(const pv_tmap *m, pv_str key)
{
	if (m->index != NULL) {
		uint32_t at = *slot_of(m, key);
		return at ? &m->at[at - 1] : NULL;
	}
	for (uint32_t i = 0; i < m->len; i++)
		if (same(m->at[i].key, key))
			return &m->at[i];
	return NULL;
}

pv_tv *
pv_tmap_find(const pv_tmap *m, pv_str key)
{
	pv_tentry *e = find(m, key);
	return e ? &e->val : NULL;
}

static void
grow(pv_tmap *m)
{
	uint32_t cap = m->cap ? m->cap * 2 : 4;
	pv_tentry *at = pv_new_array(m->arena, pv_tentry, cap);
	if (m->len)
		memcpy(at, m->at, m->len * sizeof *at);
	m->at = at;
	m->cap = cap;
	if (m->index != NULL)
		index_all(m);
}

void
pv_tmap_put(pv_tmap *m, pv_str key, pv_tv val)
{
	pv_tentry *e = find(m, key);
	if (e != NULL) {
		e->val = val;
		return;
	}
	if (m->len == m->cap)
		grow(m);
	m->sorted = m->sorted && (m->len == 0 || pv_str_cmp(m->at[m->len - 1].key, key) < 0);
	m->at[m->len++] = (pv_tentry){key, val};
	if (m->index != NULL)
		*slot_of(m, key) = m->len;
	else if (m->len > SMALL)
		index_all(m);
}

void
pv_tmap_puts(pv_tmap *m, const char *key, pv_tv val)
{
	pv_tmap_put(m, pv_str_of(key), val);
}

bool
pv_tmap_del(pv_tmap *m, pv_str key)
{
	pv_tentry *e = find(m, key);
	if (e == NULL)
		return false;
	size_t at = (size_t)(e - m->at);
	memmove(e, e + 1, (m->len - at - 1) * sizeof *e);
	m->len--;
	if (m->index != NULL)
		index_all(m);
	return true;
}

static int
by_key(const void *a, const void *b)
{
	return pv_str_cmp(((const pv_tentry *)a)->key, ((const pv_tentry *)b)->key);
}

void
pv_tmap_sort(pv_tmap *m)
{
	if (m->sorted)
		return;
	qsort(m->at, m->len, sizeof *m->at, by_key);
	m->sorted = true;
	if (m->index != NULL)
		index_all(m);
}
