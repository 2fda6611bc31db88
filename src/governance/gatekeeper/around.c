/* around: who sees in another way what did not change itself: all in a namespace, and who reads the changed
 * object in data.inventory. */
#include <string.h>

#include "base/turn.h"
#include "governance/gatekeeper/round.h"
#include "governance/gatekeeper/set.h"

#define CHANGES_MOST 8 /* of one kind in one round: with more, all who read it are asked */

/* ---- who sees what changed in data.inventory ---- */

typedef struct seen {                         /* a change, as its readers see it */
	const gatekeeper_audit *before, *now; /* they, shown that one object only; NULL: nothing */
} seen;

/* Rules whose findings are those that each object of the inventory gives them by itself: only who has something
 * against an object because of the one that changed, or will have, is to be asked again. */
static int
those_concerned(gk_round *t, pv_ctx *cx, const pv_resource *res, const pv_listing *listing, void *arg)
{
	const seen *s = arg;
	pv_ctx scratch;
	int r = 0;

	pv_ctx_init(&scratch, "audit");
	for (size_t i = 0; r == 0 && i < listing->len; i++) {
		const pv_key *key = pv_rec_key(listing->recs[i]);
		const pv_val *object = pv_rec_val(listing->recs[i]);
		bool known = pv_map_finds(t->a->found[GK_REFERENTIAL], gk_round_key(cx->arena, key)) != NULL;
		pv_vec found;

		pv_vec_init(&found, scratch.arena, sizeof(gatekeeper_finding));
		if (known && s->before)
			r = gatekeeper_audit_object(&scratch, s->before, res, object, &found);
		if (r == 0 && !found.len && s->now)
			r = gatekeeper_audit_object(&scratch, s->now, res, object, &found);
		if (r < 0)
			r = pv_fail(t->cx, PV_EUNAVAILABLE, "%s", pv_error_text(&scratch));
		else if (found.len)
			r = gk_round_judge(t, &scratch, GK_REFERENTIAL, res, key, object);
		pv_ctx_reset(&scratch);
		r = r < 0 ? r : pv_ctx_check(t->cx);
	}
	pv_ctx_done(&scratch);
	return r;
}

static int
shown(gk_round *t, const gatekeeper_audit *readers, const pv_rec *rec, const gatekeeper_audit **ret)
{
	const pv_val *data = NULL;
	int r = rec ? gk_sync_one(t->cx, t->a->api, rec, &data) : 0;

	*ret = data ? gatekeeper_audit_shown(t->cx, readers, data) : NULL;
	return r;
}

static int
judge_readers(gk_round *t, const gatekeeper_audit *readers, const pv_vec *changes)
{
	int r = 0;

	if (changes->len > CHANGES_MOST || !gatekeeper_audit_parts(readers))
		return gk_round_judge_each(t, GK_REFERENTIAL, readers, NULL);
	for (size_t i = 0; r == 0 && i < changes->len; i++) {
		const gk_change *c = *PV_AT(const gk_change *, changes, i);
		seen s;

		r = shown(t, readers, c->before, &s.before);
		if (r == 0)
			r = shown(t, readers, c->now, &s.now);
		if (r == 0 && (s.before || s.now))
			r = gk_round_read_each(t, readers, NULL, those_concerned, &s);
	}
	return r;
}

/* The changes by type: pv_vec * of gk_change *. */
static pv_map *
by_type(gk_round *t)
{
	pv_map *types = pv_map_new(t->cx->arena);
	size_t pos = 0;
	pv_str key;
	void *c;

	while (pv_map_each(t->dirty, &pos, &key, &c)) {
		const char *end = memchr(key.s, '\n', key.len);
		pv_vec *list = pv_map_find(types, key.s, (size_t)(end - key.s));

		if (!list) {
			list = pv_new(t->cx->arena, pv_vec);
			pv_vec_init(list, t->cx->arena, sizeof(gk_change *));
			pv_map_put(types, key.s, (size_t)(end - key.s), list);
		}
		pv_vec_push(list, &c);
	}
	return types;
}

/* What is seen in another way, without having changed itself. */
int
gk_round_judge_around(gk_round *t)
{
	pv_registry *registry = pv_api_registry(t->a->api);
	size_t pos = 0;
	pv_map *types;
	pv_str name;
	void *list;
	int r = 0;

	while (r == 0 && pv_map_each(t->spaces, &pos, &name, NULL))
		for (int part = 0; r == 0 && part < GK_PARTS; part++)
			r = gk_round_judge_each(t, part, t->rules[part],
						pv_strndup(t->cx->arena, name.s, name.len));
	types = by_type(t);
	pos = 0;
	while (r == 0 && pv_map_each(types, &pos, &name, &list)) {
		const char *type = pv_strndup(t->cx->arena, name.s, name.len), *slash = strchr(type, '/');
		const pv_resource *res = pv_resource_of_type(t->cx, registry, type);
		const gatekeeper_audit *readers = gatekeeper_audit_readers(t->cx, t->rules[GK_REFERENTIAL],
									   res     ? res->kind
									   : slash ? slash + 1
										   : type);

		if (readers)
			r = judge_readers(t, readers, list);
	}
	return r;
}
