/* index: sets of askers, objects and what they asked for. */
#include "core/reconcile/index.h"

#include <string.h>

#include "base/heap.h"
#include "base/sets.h"
#include "base/str.h"
#include "core/reconcile/turn.h"

struct pv_index {
	pv_sets *askers; /* dep -> askers */
	pv_sets *asked;  /* asker -> deps */
	pv_sets *owned;  /* dep_owned(type, uid) -> "ns name" */
	pv_sets *rows;   /* dep_indexed(index, key) -> "type ns name" */
};

pv_index *
index_new(void)
{
	pv_index *ix = pv_heap_new(sizeof(*ix));
	ix->askers = pv_sets_new();
	ix->asked = pv_sets_new();
	ix->owned = pv_sets_new();
	ix->rows = pv_sets_new();
	return ix;
}

pv_index *
index_free(pv_index *ix)
{
	if (ix) {
		pv_sets_free(ix->askers);
		pv_sets_free(ix->asked);
		pv_sets_free(ix->owned);
		pv_sets_free(ix->rows);
		pv_heap_free(ix);
	}
	return NULL;
}

bool
index_asked(pv_index *ix, const char *asker, const pv_vec *deps,
	    void (*forget)(void *arg, const char *fact_key), void *arg)
{
	pv_map *before = pv_sets_take(ix->asked, asker);
	bool fresh = false;
	size_t pos = 0;
	pv_str dep;
	for (size_t i = 0; i < deps->len; i++) {
		const char *key = *PV_AT(const char *, deps, i);
		pv_sets_add(ix->askers, key, asker);
		pv_sets_add(ix->asked, asker, key);
		if (!before || !pv_map_del(before, key, strlen(key)))
			fresh = true;
	}
	while (before && pv_map_each(before, &pos, &dep, NULL))
		if (pv_sets_remove(ix->askers, dep.s, asker) && pv_starts_with(dep.s, "f "))
			forget(arg, dep.s + 2);
	pv_map_free(before);
	return fresh;
}

void
index_each_asker(pv_index *ix, const char *dep, void (*again)(void *arg, const char *asker), void *arg)
{
	const pv_map *set = pv_sets_find(ix->askers, dep);
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
			pv_sets_add(ix->owned, dep, place);
		else
			pv_sets_remove(ix->owned, dep, place);
	}
}

void
index_owner(pv_index *ix, pv_arena *arena, const pv_rec *prev, const pv_rec *rec)
{
	each_owner(ix, arena, prev, false);
	each_owner(ix, arena, rec, true);
}

void
index_owned(pv_index *ix, pv_arena *arena, const char *type, const char *uid, pv_vec *ret)
{
	pv_sets_list(ix->owned, arena, dep_owned(arena, type, uid), ret);
}

static void
each_row(pv_ctx *cx, pv_index *ix, const pv_rec *rec, bool add)
{
	const pv_key *key = rec ? pv_rec_key(rec) : NULL;
	const char *place;
	pv_vec keys;
	if (!rec || !index_covers(key->type, pv_rec_json(rec)))
		return;
	place = pv_printf(cx->arena, "%s %s %s", key->type, key->ns, key->name);
	index_keys(cx, key->type, pv_rec_val(rec), &keys);
	for (size_t i = 0; i < keys.len; i++)
		if (add)
			pv_sets_add(ix->rows, *PV_AT(const char *, &keys, i), place);
		else
			pv_sets_remove(ix->rows, *PV_AT(const char *, &keys, i), place);
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
	pv_sets_list(ix->rows, arena, dep_indexed(arena, index, key), ret);
}
