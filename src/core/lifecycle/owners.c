/* owners: a map from uid to the set of places of its dependents. */
#include "core/lifecycle/owners.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

struct owners {
	pv_map *by_uid; /* uid -> set of "type ns name" */
};

static char present;

owners *
owners_new(void)
{
	owners *o = calloc(1, sizeof(*o));
	PV_ASSERT(o);
	o->by_uid = pv_map_new(NULL);
	return o;
}

owners *
owners_free(owners *o)
{
	size_t pos = 0;
	void *set;
	if (o) {
		while (pv_map_each(o->by_uid, &pos, NULL, &set))
			pv_map_free(set);
		pv_map_free(o->by_uid);
		free(o);
	}
	return NULL;
}

char *
owners_place(pv_arena *arena, const pv_key *key)
{
	return pv_printf(arena, "%s %s %s", key->type, key->ns, key->name);
}

bool
owners_any(const pv_rec *rec)
{
	static const char word[] = "\"ownerReferences\"";
	pv_str json = rec ? pv_rec_json(rec) : (pv_str){NULL, 0};
	return json.len && memmem(json.s, json.len, word, sizeof(word) - 1);
}

static void
put(owners *o, const char *uid, const char *place)
{
	pv_map *set = pv_map_finds(o->by_uid, uid);
	if (!set) {
		set = pv_map_new(NULL);
		pv_map_puts(o->by_uid, uid, set);
	}
	pv_map_puts(set, place, &present);
}

static void
del(owners *o, const char *uid, const char *place)
{
	pv_map *set = pv_map_finds(o->by_uid, uid);
	if (!set)
		return;
	pv_map_del(set, place, strlen(place));
	if (pv_map_len(set) == 0)
		pv_map_free(pv_map_del(o->by_uid, uid, strlen(uid)));
}

static void
each(owners *o, pv_arena *arena, const pv_rec *rec, void (*act)(owners *, const char *, const char *))
{
	const pv_val *refs;
	const char *place;
	if (!owners_any(rec))
		return;
	refs = pv_at(pv_rec_val(rec), "metadata.ownerReferences");
	place = owners_place(arena, pv_rec_key(rec));
	for (size_t i = 0; i < pv_count(refs); i++) {
		const char *uid = pv_text_at(pv_item(refs, i), "uid", NULL);
		if (uid)
			act(o, uid, place);
	}
}

void
owners_update(owners *o, pv_arena *arena, const pv_rec *prev, const pv_rec *rec)
{
	each(o, arena, prev, del);
	each(o, arena, rec, put);
}

void
owners_dependents(const owners *o, pv_arena *arena, const char *uid, pv_vec *ret)
{
	const pv_map *set = pv_map_finds(o->by_uid, uid);
	size_t pos = 0;
	pv_str place;
	pv_vec_init(ret, arena, sizeof(const char *));
	while (set && pv_map_each(set, &pos, &place, NULL)) {
		const char *copy = pv_strndup(arena, place.s, place.len);
		pv_vec_push(ret, &copy);
	}
}
