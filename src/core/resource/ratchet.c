/* Ratcheting: an update is not refused for what it leaves as it was (KEP-4008).
 * Faults of a custom resource whose value is the same in the old object go. */
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/resource/impl.h"
#include <string.h>

/* One step of "spec.a[0].b" or "spec.m[key]"; false at the end. */
static bool
step(const char **path, pv_str *ret, bool *ret_index)
{
	const char *p = *path, *end;

	if (*p == '.')
		p++;
	if (!*p)
		return false;
	*ret_index = *p == '[';
	if (*ret_index) {
		end = strchr(++p, ']');
		*ret = (pv_str){p, end ? (size_t)(end - p) : strlen(p)};
		*path = end ? end + 1 : p + ret->len;
		return true;
	}
	ret->len = strcspn(p, ".[");
	ret->s = p;
	*path = p + ret->len;
	return true;
}

typedef struct ratchet {
	pv_ctx *cx;
	const pv_schema *schema;
	const pv_val *object, *old;
	pv_map *lists;           /* that were looked into, by their addresses: the items by their keys */
	const pv_val *now, *was; /* that were compared last */
	bool same;               /* and what came of it */
	bool asked, had;         /* had_list_faults(), once */
} ratchet;

/* The item of an old list that this one was.  Only lists of the type map tell their items apart. */
static const pv_val *
item_before(ratchet *r, const pv_schema *s, const pv_val *item, const pv_val *list)
{
	const char *key = s && pv_is(list, PV_LIST) ? pv_schema_item_key(r->cx, s, item) : NULL;
	pv_map *items = key ? pv_map_find(r->lists, (const char *)&list, sizeof(list)) : NULL;

	if (key && !items) {
		items = pv_schema_keyed(r->cx, s, list);
		pv_map_put(r->lists, (const char *)&list, sizeof(list), items);
	}
	return key ? pv_map_finds(items, key) : NULL;
}

static const pv_schema *
below(const pv_schema *s, const pv_val *v, pv_str name)
{
	const pv_prop *prop = v->type == PV_OBJECT ? pv_schema_prop(s, name.s, name.len) : NULL;

	return prop ? prop->schema : s ? (v->type == PV_LIST ? s->items : s->rest) : NULL;
}

/* The innermost values on a fault's path that are there, and were before: below a list whose items cannot
 * be told apart that is the list. */
static void
find(ratchet *r, const char *path, const pv_schema **ret_s, const pv_val **ret_now, const pv_val **ret_was)
{
	const pv_schema *s = r->schema;
	const pv_val *now = r->object, *was = r->old;
	pv_str piece;
	bool index;

	*ret_now = *ret_was = NULL;
	while (step(&path, &piece, &index)) {
		const pv_val *next = NULL, *before = NULL;
		int64_t i;

		if (index && pv_is(now, PV_LIST)) {
			next = pv_parse_int(piece, &i) && i >= 0 ? pv_item(now, (size_t)i) : NULL;
			before = next ? item_before(r, s, next, was) : NULL;
			if (!before)
				break;
		} else {
			next = pv_getn(now, piece.s, piece.len);
			before = pv_is(was, PV_OBJECT) ? pv_getn(was, piece.s, piece.len) : NULL;
		}
		if (!next) /* something is missing: its parent says whether that is new */
			break;
		s = below(s, now, piece);
		now = next;
		was = before;
	}
	*ret_s = s;
	*ret_now = now;
	*ret_was = was;
}

/* Faults of combined schemas say their path in the message. */
static const char *
path_of(pv_arena *arena, const pv_cause *cause)
{
	static const char begin[] = "Invalid value: \"\": \"";
	const char *path, *end;

	if (*cause->field != '<' || !pv_starts_with(cause->message, begin))
		return cause->field;
	path = cause->message + sizeof(begin) - 1;
	end = strchr(path, '"');
	return end ? pv_strndup(arena, path, (size_t)(end - path)) : cause->field;
}

/* What kind of object an embedded one is has to be known, however long it was not. */
static bool
is_identity(const pv_schema *s, const pv_val *now, const char *path)
{
	return s && s->flags & PV_S_EMBEDDED && pv_is(now, PV_OBJECT) &&
	       (pv_ends_with(path, ".apiVersion") || pv_ends_with(path, ".kind"));
}

static bool
is_unchanged(ratchet *r, const char *path)
{
	const pv_val *now, *was;
	const pv_schema *s;

	if (*path == '<')
		return false;
	find(r, path, &s, &now, &was);
	if (is_identity(s, now, path))
		return false;
	if (now != r->now || was != r->was) { /* many faults lie in one list */
		r->now = now;
		r->was = was;
		r->same = now && was && pv_schema_same(r->cx, s, now, was);
	}
	return r->same;
}

/* Had any list of the old object items that are there twice, or have no keys?  Then the new one may. */
static bool
had_list_faults(ratchet *r)
{
	pv_vec causes;

	pv_vec_init(&causes, r->cx->arena, sizeof(pv_cause));
	(void)pv_schema_validate(r->cx, r->schema, r->old, "", &causes);
	for (size_t i = 0; i < causes.len; i++)
		if (pv_schema_is_list_fault(PV_AT(pv_cause, &causes, i)))
			return true;
	return false;
}

static bool
is_forgiven(ratchet *r, const pv_cause *cause)
{
	if (!pv_schema_is_list_fault(cause))
		return is_unchanged(r, path_of(r->cx->arena, cause));
	if (!r->asked)
		r->had = had_list_faults(r);
	r->asked = true;
	return r->had;
}

size_t
pv_ratchet(pv_ctx *cx, const pv_schema *schema, pv_vec *causes, size_t from, const pv_val *object,
	   const pv_val *old)
{
	ratchet r = {
		.cx = cx, .schema = schema, .object = object, .old = old, .lists = pv_map_new(cx->arena)};
	size_t kept = from;

	for (size_t i = from; i < causes->len; i++) {
		const pv_cause *cause = PV_AT(pv_cause, causes, i);

		if (is_forgiven(&r, cause))
			continue;
		if (kept != i)
			*PV_AT(pv_cause, causes, kept) = *cause;
		kept++;
	}
	while (causes->len > kept)
		pv_vec_pop(causes);
	return kept - from;
}
