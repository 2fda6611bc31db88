/* gone: a ring of keys.  One that came back leaves its place in the ring, which then means nothing. */
#include "core/reconcile/gone.h"

#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"

struct pv_gone {
	char *ring[GONE_MOST]; /* oldest at `first`; NULL: it came back */
	size_t first, len;
	pv_map *places; /* key -> where it is in the ring */
};

pv_gone *
gone_new(void)
{
	pv_gone *g = pv_heap_new(sizeof(*g));
	g->places = pv_map_new(NULL);
	return g;
}

pv_gone *
gone_free(pv_gone *g)
{
	for (size_t i = 0; i < GONE_MOST; i++)
		pv_heap_free(g->ring[i]);
	pv_map_free(g->places);
	pv_heap_free(g);
	return NULL;
}

bool
gone_remove(pv_gone *g, const char *key)
{
	char **place = pv_map_del(g->places, key, pv_str_of(key).len);
	if (!place)
		return false;
	pv_heap_free(*place);
	*place = NULL;
	return true;
}

static char *
drop_oldest(pv_gone *g)
{
	char *key = g->ring[g->first];
	g->ring[g->first] = NULL;
	g->first = (g->first + 1) % GONE_MOST;
	g->len--;
	if (key)
		pv_map_del(g->places, key, pv_str_of(key).len);
	return key;
}

char *
gone_add(pv_gone *g, const char *key)
{
	pv_str text = pv_str_of(key);
	char *forget = NULL, **place, *copy;
	(void)gone_remove(g, key);
	if (g->len == GONE_MOST)
		forget = drop_oldest(g);
	place = &g->ring[(g->first + g->len++) % GONE_MOST];
	copy = pv_heap_new(text.len + 1);
	for (size_t i = 0; i < text.len; i++)
		copy[i] = text.s[i];
	*place = copy;
	pv_map_puts(g->places, key, place);
	return forget;
}

pv_val
gone_list(pv_arena *arena, const pv_gone *g)
{
	pv_listb b;
	pv_listb_init(&b, arena);
	for (size_t i = 0; i < g->len; i++) {
		const char *key = g->ring[(g->first + i) % GONE_MOST];
		if (key)
			pv_listb_add(&b, pv_string(arena, key));
	}
	return pv_listb_end(&b);
}
