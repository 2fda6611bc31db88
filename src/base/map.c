/* Entries lie in a dense array in insertion order; a table of 32-bit slots, probed
 * linearly, points into it (slot = entry index + 1, 0 = free). */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

typedef struct entry {
	char *key; /* NULL: deleted */
	size_t len;
	uint64_t hash;
	void *value;
} entry;

struct pv_map {
	pv_arena *arena;
	entry *entries;
	uint32_t *slots;
	size_t live; /* entries that are not deleted */
	size_t used; /* entries written, deleted ones too */
	size_t cap;  /* of entries; the table has twice as many slots */
};

#define FIRST_CAP 8

static void *
map_alloc(pv_arena *arena, size_t n, size_t size)
{
	void *p;

	if (arena != NULL)
		return pv_alloc0_array(arena, n, size);
	p = calloc(n, size);
	PV_ASSERT(p != NULL);
	return p;
}

static void
map_free(pv_arena *arena, void *p)
{
	if (arena == NULL)
		free(p);
}

pv_map *
pv_map_new(pv_arena *arena)
{
	pv_map *m = map_alloc(arena, 1, sizeof *m);

	m->arena = arena;
	return m;
}

pv_map *
pv_map_free(pv_map *m)
{
	if (m == NULL || m->arena != NULL)
		return NULL;
	for (size_t i = 0; i < m->used; i++)
		free(m->entries[i].key);
	free(m->entries);
	free(m->slots);
	free(m);
	return NULL;
}

static size_t
mask(const pv_map *m)
{
	return m->cap * 2 - 1;
}

/* The slot that holds the key, or the free one where it would go. */
static size_t
find_slot(const pv_map *m, const char *key, size_t len, uint64_t hash)
{
	size_t i = hash & mask(m);

	for (; m->slots[i] != 0; i = (i + 1) & mask(m)) {
		const entry *e = &m->entries[m->slots[i] - 1];
		if (e->hash == hash && e->len == len && memcmp(e->key, key, len) == 0)
			break;
	}
	return i;
}

/* Makes room for one more entry: drops deleted ones or doubles. */
static void
make_room(pv_map *m)
{
	size_t cap = m->cap == 0 ? FIRST_CAP : m->live > m->cap / 2 ? m->cap * 2 : m->cap;
	entry *entries = m->entries;
	size_t kept = 0;

	PV_ASSERT(cap < UINT32_MAX / 2);
	if (cap != m->cap) {
		entries = map_alloc(m->arena, cap, sizeof *entries);
		map_free(m->arena, m->slots);
		m->slots = map_alloc(m->arena, cap * 2, sizeof *m->slots);
	} else {
		memset(m->slots, 0, cap * 2 * sizeof *m->slots);
	}
	m->cap = cap;
	for (size_t i = 0; i < m->used; i++) {
		entry e = m->entries[i];
		size_t slot = e.hash & mask(m);

		if (e.key == NULL)
			continue;
		while (m->slots[slot] != 0)
			slot = (slot + 1) & mask(m);
		entries[kept++] = e;
		m->slots[slot] = (uint32_t)kept;
	}
	if (entries != m->entries)
		map_free(m->arena, m->entries);
	m->entries = entries;
	m->used = kept;
}

void *
pv_map_find(const pv_map *m, const char *key, size_t len)
{
	size_t slot;

	if (m->live == 0)
		return NULL;
	slot = find_slot(m, key, len, pv_hash(key, len));
	return m->slots[slot] == 0 ? NULL : m->entries[m->slots[slot] - 1].value;
}

static char *
copy_key(pv_arena *arena, const char *key, size_t len)
{
	char *copy = arena != NULL ? pv_alloc(arena, len + 1) : malloc(len + 1);

	PV_ASSERT(copy != NULL);
	if (len > 0)
		memcpy(copy, key, len);
	copy[len] = '\0';
	return copy;
}

void *
pv_map_put(pv_map *m, const char *key, size_t len, void *value)
{
	uint64_t hash = pv_hash(key, len);
	size_t slot;
	void *old;

	if (m->cap == 0)
		make_room(m);
	slot = find_slot(m, key, len, hash);
	if (m->slots[slot] != 0) {
		entry *e = &m->entries[m->slots[slot] - 1];
		old = e->value;
		e->value = value;
		return old;
	}
	if (m->used == m->cap) {
		make_room(m);
		slot = find_slot(m, key, len, hash);
	}
	m->entries[m->used++] = (entry){copy_key(m->arena, key, len), len, hash, value};
	m->slots[slot] = (uint32_t)m->used;
	m->live++;
	return NULL;
}

/* Frees a slot and moves back those that probed past it (Knuth 6.4, algorithm R). */
static void
free_slot(pv_map *m, size_t hole)
{
	size_t i = hole;

	for (;;) {
		size_t home;

		i = (i + 1) & mask(m);
		if (m->slots[i] == 0)
			break;
		home = m->entries[m->slots[i] - 1].hash & mask(m);
		if (((i - home) & mask(m)) < ((i - hole) & mask(m)))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = 0;
}

void *
pv_map_del(pv_map *m, const char *key, size_t len)
{
	size_t slot;
	entry *e;
	void *old;

	if (m->live == 0)
		return NULL;
	slot = find_slot(m, key, len, pv_hash(key, len));
	if (m->slots[slot] == 0)
		return NULL;
	e = &m->entries[m->slots[slot] - 1];
	old = e->value;
	free_slot(m, slot);
	map_free(m->arena, e->key);
	*e = (entry){0};
	m->live--;
	while (m->used > 0 && m->entries[m->used - 1].key == NULL)
		m->used--;
	return old;
}

size_t
pv_map_len(const pv_map *m)
{
	return m->live;
}

bool
pv_map_each(const pv_map *m, size_t *pos, pv_str *ret_key, void **ret_value)
{
	while (*pos < m->used && m->entries[*pos].key == NULL)
		++*pos;
	if (*pos >= m->used)
		return false;
	if (ret_key != NULL)
		*ret_key = (pv_str){m->entries[*pos].key, m->entries[*pos].len};
	if (ret_value != NULL)
		*ret_value = m->entries[*pos].value;
	++*pos;
	return true;
}

void *
pv_map_finds(const pv_map *m, const char *key)
{
	return pv_map_find(m, key, strlen(key));
}

void *
pv_map_puts(pv_map *m, const char *key, void *value)
{
	return pv_map_put(m, key, strlen(key), value);
}
