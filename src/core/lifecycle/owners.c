/* owners: kept as the store's events say. */
#include "core/lifecycle/owners.h"

#include <string.h>

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
each(pv_sets *owners, pv_arena *arena, const pv_rec *rec, bool add)
{
	const pv_val *refs;
	const char *place;
	if (!owners_any(rec))
		return;
	refs = pv_at(pv_rec_val(rec), "metadata.ownerReferences");
	place = owners_place(arena, pv_rec_key(rec));
	for (size_t i = 0; i < pv_count(refs); i++) {
		const char *uid = pv_text_at(pv_item(refs, i), "uid", NULL);
		if (uid && add)
			pv_sets_add(owners, uid, place);
		else if (uid)
			pv_sets_remove(owners, uid, place);
	}
}

void
owners_update(pv_sets *owners, pv_arena *arena, const pv_rec *prev, const pv_rec *rec)
{
	each(owners, arena, prev, false);
	each(owners, arena, rec, true);
}
