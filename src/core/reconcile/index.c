/* index: three maps of sets.  A set is a map without values. */
#include "core/reconcile/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/reconcile/turn.h"

struct pv_index {
	pv_map *askers; /* dep -> set of askers */
	pv_map *asked;  /* asker -> set of deps */
	pv_map *owned;  /* dep_owned(type, uid) -> set of "ns name" */
	pv_map *rows;   /* dep_indexed(index, key) -> set of "type ns name" */
};

static char present; /* the value of every member of a set */

pv_index *
index_new(void)
{
	pv_index *ix = calloc(1, sizeof(*ix));
	PV_ASSERT(ix);
	ix->askers = pv_map_new(NULL);
	ix->asked = pv_map_new(NULL);
	ix->owned = pv_map_new(NULL);
	ix->rows = pv_map_new(NULL);
	return ix;
}

static void
free_sets(pv_map *map)
{
	size_t pos = 0;
	void *set;
	while (pv_map_each(map, &pos, NULL, &set))
		pv_map_free(set);
	pv_map_free(map);
}

pv_index *
index_free(pv_index *ix)
{
	if (ix) {
		free_sets(ix->askers);
		free_sets(ix->asked);
		free_sets(ix->owned);
		free_sets(ix->rows);
		free(ix);
	}
	return NULL;
}

static void
set_add(pv_map *map, const char *key, const char *member)
{
	pv_map *set = pv_map_finds(map, key);
	if (!set) {
		set = pv_map_new(NULL);
		pv_map_puts(map, key, set);
	}
	pv_map_puts(set, member, &present);
}

/* True if the set is gone with its last member. */
static bool
set_del(pv_map *map, const char *key, const char *member)
{
	pv_map *set = pv_map_finds(map, key);
	if (!set)
		return false;
	pv_map_del(set, member, strlen(member));
	if (pv_map_len(set) > 0)
		return false;
	pv_map_del(map, key, strlen(key));
	pv_map_free(set);
	return true;
}

bool
index_asked(pv_index *ix, const char *asker, const pv_vec *deps,
	    void (*forget)(void *arg, const char *fact_key), void *arg)
{
	pv_map *before = pv_map_del(ix->asked, asker, strlen(asker));
	bool fresh = false;
	size_t pos = 0;
	pv_str dep;
	for (size_t i = 0; i < deps->len; i++) {
		const char *key = *PV_AT(const char *, deps, i);
		set_add(ix->askers, key, asker);
		set_add(ix->asked, asker, key);
		if (!before || !pv_map_del(before, key, strlen(key)))
			fresh = true;
	}
	while (before && pv_map_each(before, &pos, &dep, NULL))
		if (set_del(ix->askers, dep.s, asker) && pv_starts_with(dep.s, "f "))
			forget(arg, dep.s + 2);
	pv_map_free(before);
	return fresh;
}

void
index_each_asker(pv_index *ix, const char *dep, void (*again)(void *arg, const char *asker), void *arg)
{
	const pv_map *set = pv_map_finds(ix->askers, dep);
	size_t pos = 0;
	pv_str asker;
	while (set && pv_map_each(set, &pos, &asker, NULL))
		again(arg, asker.s);
}

void
index_owners_of(pv_arena *arena, const pv_rec *rec, pv_vec *ret)
{
	pv_str json = rec ? pv_rec_json(rec) : (pv_str){NULL, 0};
	const pv_val *refs;
	pv_vec_init(ret, arena, sizeof(const char *));
	/* Most objects have no owner: parsing them for that would cost the start its speed. */
	if (!json.len || !memmem(json.s, json.len, "\"ownerReferences\"", 17))
		return;
	refs = pv_at(pv_rec_val(rec), "metadata.ownerReferences");
	for (size_t i = 0; i < pv_count(refs); i++) {
		const char *uid = pv_text_at(pv_item(refs, i), "uid", NULL);
		if (uid)
			pv_vec_push(ret, &uid);
	}
}

static void
each_owner(pv_index *ix, pv_arena *arena, const pv_rec *rec, bool add)
{
	const pv_key *key;
	const char *place;
	pv_vec uids;
	index_owners_of(arena, rec, &uids);
	if (!uids.len)
		return;
	key = pv_rec_key(rec);
	place = pv_printf(arena, "%s %s", key->ns, key->name);
	for (size_t i = 0; i < uids.len; i++) {
		char *dep = dep_owned(arena, key->type, *PV_AT(const char *, &uids, i));
		if (add)
			set_add(ix->owned, dep, place);
		else
			set_del(ix->owned, dep, place);
	}
}

void
index_owner(pv_index *ix, pv_arena *arena, const pv_rec *prev, const pv_rec *rec)
{
	each_owner(ix, arena, prev, false);
	each_owner(ix, arena, rec, true);
}

static void
members(pv_arena *arena, const pv_map *set, pv_vec *ret)
{
	size_t pos = 0;
	pv_str place;
	pv_vec_init(ret, arena, sizeof(const char *));
	while (set && pv_map_each(set, &pos, &place, NULL)) {
		const char *copy = pv_strndup(arena, place.s, place.len);
		pv_vec_push(ret, &copy);
	}
}

void
index_owned(pv_index *ix, pv_arena *arena, const char *type, const char *uid, pv_vec *ret)
{
	members(arena, pv_map_finds(ix->owned, dep_owned(arena, type, uid)), ret);
}

static void
each_row(pv_ctx *cx, pv_index *ix, const pv_rec *rec, bool add)
{
	const pv_key *key = rec ? pv_rec_key(rec) : NULL;
	const char *place;
	pv_vec keys;
	if (!rec || !index_covers(cx, key->type, pv_rec_json(rec)))
		return;
	place = pv_printf(cx->arena, "%s %s %s", key->type, key->ns, key->name);
	index_keys(cx, key->type, pv_rec_val(rec), &keys);
	for (size_t i = 0; i < keys.len; i++)
		if (add)
			set_add(ix->rows, *PV_AT(const char *, &keys, i), place);
		else
			set_del(ix->rows, *PV_AT(const char *, &keys, i), place);
}

void
index_rows(pv_ctx *cx, pv_index *ix, const pv_rec *prev, const pv_rec *rec)
{
	each_row(cx, ix, prev, false);
	each_row(cx, ix, rec, true);
}

void
index_match(pv_index *ix, pv_arena *arena, const char *index, const char *key, pv_vec *ret)
{
	members(arena, pv_map_finds(ix->rows, dep_indexed(arena, index, key)), ret);
}
