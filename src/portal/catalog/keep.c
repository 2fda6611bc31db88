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
	return pv_printf(arena, "%s:%lld: %s%s%s", pv_text_at(error, "file", ""), (long long)pv_i64_at(error, "line", 0),
	                 field ? field : "", field ? ": " : "", pv_text_at(error, "message", ""));
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
		if (!pv_map_find(k->wanted, ret_ref->s, ret_ref->len) && !pv_map_find(k->by_ref, ret_ref->s, ret_ref->len))
			return true;
	}
	return false;
}

/* May the faulty document be this entity's? */
static bool
may_mean(keep *k, const pv_val *error, const pv_val *entity)
{
	const pv_val *sure = pv_get(error, "undecided");
	const char *name = pv_text_at(sure, "name", NULL), *kind = pv_text_at(sure, "kind", NULL);
	if (kind && !pv_streq(kind, pv_text_at(entity, "kind", "")))
		return false;
	if (name)
		return pv_streq(name, pv_str_lower(k->arena, pv_text_at(entity, "metadata.name", "")));
	return pv_streq(file_of(entity), pv_text_at(error, "file", NULL));
}

static void
keep_meant(keep *k, const pv_val *error)
{
	const pv_val *entity;
	size_t pos = 0;
	pv_str ref;
	if (!pv_get(error, "undecided") || pv_map_finds(k->owned, pv_text_at(error, "ref", "")))
		return;
	while (next_open(k, &pos, &ref, &entity))
		if (may_mean(k, error, entity))
			stay(k, ref, keep_fault(k->arena, error));
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
			if (why && pv_streq(pv_text_at(location, "kind", ""), "Location") && !pv_map_find(k->wanted, ref.s, ref.len))
				more |= keep_behind(k, location, why);
		}
	}
}

void
keep_undecided(keep *k, const pv_listb *errors)
{
	const pv_val *entity;
	size_t pos = 0;
	pv_str ref;
	while (next_open(k, &pos, &ref, &entity)) {
		const char *why = pv_map_finds(k->by_file, file_of(entity));
		if (why)
			stay(k, ref, why);
	}
	for (size_t i = 0; i < errors->len; i++)
		keep_meant(k, &errors->items[i]);
	keep_located(k);
}
