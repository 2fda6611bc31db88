/* keep: a document that is faulty names an entity as well as it can: by its reference, by a
 * name without a kind, by a kind without a name, by nothing but its file.  What it may mean
 * stays; what has another name is gone, whatever the kind was to be. */
#include "portal/catalog/keep.h"

#include "base/str.h"
#include "lang/glob/glob.h"
#include "portal/catalog/parse.h"

const char *
keep_fault(pv_arena *arena, const pv_val *error)
{
	const char *field = pv_text_at(error, "field", NULL);
	return pv_printf(arena, "%s:%lld: %s%s%s", pv_text_at(error, "file", ""),
			 (long long)pv_i64_at(error, "line", 0), field ? field : "", field ? ": " : "",
			 pv_text_at(error, "message", ""));
}

static const char *
file_of(const pv_val *entity)
{
	return pv_text(pv_get(pv_at(entity, "metadata.annotations"), KEEP_FILE), "");
}

static void
stay(keep *k, pv_str ref, const char *why)
{
	pv_map_put(k->by_ref, ref.s, ref.len, (void *)(uintptr_t)why);
}

/* The next entity that no document decides about. */
static bool
next_open(const keep *k, size_t *pos, pv_str *ret_ref, const pv_val **ret_entity)
{
	void *entity;
	while (pv_map_each(k->owned, pos, ret_ref, &entity)) {
		*ret_entity = entity;
		if (!pv_map_find(k->wanted, ret_ref->s, ret_ref->len) &&
		    !pv_map_find(k->by_ref, ret_ref->s, ret_ref->len))
			return true;
	}
	return false;
}

/* What is sure of a faulty document, with "" for what is not; a name counts in every file. */
static const char *
key_of(keep *k, const char *kind, const char *name, const char *file)
{
	return pv_printf(k->arena, "%s %s %s", kind, name, *name ? "" : file);
}

/* key -> fault, of the documents that are not sure to be any entity's. */
static pv_map *
index_undecided(keep *k, const pv_listb *errors)
{
	pv_map *map = pv_map_new(k->arena);
	for (size_t i = 0; i < errors->len; i++) {
		const pv_val *e = &errors->items[i], *sure = pv_get(e, "undecided");
		const char *key;
		if (!sure || pv_map_finds(k->owned, pv_text_at(e, "ref", "")))
			continue;
		key = key_of(k, pv_text_at(sure, "kind", ""), pv_text_at(sure, "name", ""),
			     pv_text_at(e, "file", ""));
		if (!pv_map_finds(map, key))
			pv_map_puts(map, key, (void *)(uintptr_t)keep_fault(k->arena, e));
	}
	return map;
}

/* The fault of a document that may be this entity's; NULL: there is none. */
static const char *
meant(keep *k, const pv_map *undecided, const pv_val *entity)
{
	const char *kind = pv_text_at(entity, "kind", ""), *file = file_of(entity);
	const char *name = pv_str_lower(k->arena, pv_text_at(entity, "metadata.name", ""));
	const char *const keys[] = {key_of(k, kind, name, ""), key_of(k, "", name, ""),
				    key_of(k, kind, "", file), key_of(k, "", "", file)};
	const char *why = NULL;
	for (size_t i = 0; i < PV_LEN(keys) && !why; i++)
		why = pv_map_finds(undecided, keys[i]);
	return why;
}

/* ---- Locations ---- */

static bool
leads_to(keep *k, const pv_val *location, const char *file)
{
	const pv_val *targets = pv_at(location, "spec.targets");
	const char *one = pv_text_at(location, "spec.target", NULL), *path;
	if (one && (path = parse_beside(k->arena, file_of(location), one)) && pv_glob_match(path, file))
		return true;
	for (size_t i = 0; i < pv_count(targets); i++) {
		path = parse_beside(k->arena, file_of(location), pv_text(pv_item(targets, i), ""));
		if (path && pv_glob_match(path, file))
			return true;
	}
	return false;
}

/* A Location that stays as it was still names the files it named.  True if that kept anything. */
static bool
keep_behind(keep *k, const pv_val *location, const char *why)
{
	const pv_val *entity;
	bool more = false;
	size_t pos = 0;
	pv_str ref;
	while (next_open(k, &pos, &ref, &entity))
		if (leads_to(k, location, file_of(entity))) {
			stay(k, ref, pv_printf(k->arena, "%s (its Location is faulty)", why));
			more = true;
		}
	return more;
}

static void
keep_located(keep *k)
{
	bool more = true;
	while (more) { /* each round keeps at least one entity more, or is the last */
		void *location;
		size_t pos = 0;
		pv_str ref;
		more = false;
		while (pv_map_each(k->owned, &pos, &ref, &location)) {
			const char *why = pv_map_find(k->by_ref, ref.s, ref.len);
			if (why && pv_streq(pv_text_at(location, "kind", ""), "Location") &&
			    !pv_map_find(k->wanted, ref.s, ref.len))
				more |= keep_behind(k, location, why);
		}
	}
}

void
keep_undecided(keep *k, const pv_listb *errors)
{
	const pv_map *undecided = index_undecided(k, errors);
	const pv_val *entity;
	size_t pos = 0;
	pv_str ref;
	while (next_open(k, &pos, &ref, &entity)) {
		const char *why = pv_map_finds(k->by_file, file_of(entity));
		why = why ? why : meant(k, undecided, entity);
		if (why)
			stay(k, ref, why);
	}
	keep_located(k);
}
