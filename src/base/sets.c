/* sets: a map of maps without values. */
#include "base/sets.h"

#include <string.h>

#include "base/arena.h"
#include "base/heap.h"

struct pv_sets {
	pv_map *by_key; /* of pv_map */
};

static char present; /* the value of every member */

pv_sets *
pv_sets_new(void)
{
	pv_sets *sets = pv_heap_new(sizeof *sets);

	sets->by_key = pv_map_new(NULL);
	return sets;
}

pv_sets *
pv_sets_free(pv_sets *sets)
{
	size_t pos = 0;
	void *set;

	if (sets == NULL)
		return NULL;
	while (pv_map_each(sets->by_key, &pos, NULL, &set))
		pv_map_free(set);
	pv_map_free(sets->by_key);
	pv_heap_free(sets);
	return NULL;
}

void
pv_sets_add(pv_sets *sets, const char *key, const char *member)
{
	pv_map *set = pv_map_finds(sets->by_key, key);

	if (set == NULL) {
		set = pv_map_new(NULL);
		pv_map_puts(sets->by_key, key, set);
	}
	pv_map_puts(set, member, &present);
}

bool
pv_sets_remove(pv_sets *sets, const char *key, const char *member)
{
	pv_map *set = pv_map_finds(sets->by_key, key);

	if (set == NULL)
		return false;
	pv_map_del(set, member, strlen(member));
	if (pv_map_len(set) > 0)
		return false;
	pv_map_free(pv_sets_take(sets, key));
	return true;
}

pv_map *
pv_sets_take(pv_sets *sets, const char *key)
{
	return pv_map_del(sets->by_key, key, strlen(key));
}

const pv_map *
pv_sets_find(const pv_sets *sets, const char *key)
{
	return pv_map_finds(sets->by_key, key);
}

void
pv_sets_list(const pv_sets *sets, pv_arena *arena, const char *key, pv_vec *ret)
{
	const pv_map *set = pv_sets_find(sets, key);
	size_t pos = 0;
	pv_str member;

	pv_vec_init(ret, arena, sizeof(const char *));
	while (set != NULL && pv_map_each(set, &pos, &member, NULL))
		pv_vec_push(ret, &(const char *){pv_strndup(arena, member.s, member.len)});
}
