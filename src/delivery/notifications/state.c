/* state: what was told already, in the annotation that Argo CD keeps: {"key": seconds, ..}. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "delivery/notifications/inside.h"
#include "lang/json/json.h"

#define ENTRIES_MOST 100 /* besides those that hold now: when one of these is forgotten, it is told again */
#define ALL_MOST 2000

const char *
state_key(const config *c, const condition *cond, const destination *to)
{
	const char *key =
		pv_printf(c->cx->arena, "%s:%s:%s:%s", to->trigger, cond->key, to->service, to->recipient);
	if (*cond->once_per)
		key = pv_printf(c->cx->arena, "%s:%s", cond->once_per, key);
	return c->self_service ? pv_printf(c->cx->arena, "%s:%s", c->ns, key) : key;
}

typedef struct entry {
	const pv_member *member;
	bool held;
} entry;

static int
held_then_newest(const void *a, const void *b)
{
	const entry *x = a, *y = b;
	int64_t s = pv_i64(&x->member->val, 0), t = pv_i64(&y->member->val, 0);
	if (x->held != y->held)
		return x->held ? -1 : 1;
	return s != t ? (s < t) - (s > t)
		      : strcmp(pv_text(&x->member->key, ""), pv_text(&y->member->key, ""));
}

/* held NULL: nobody has looked, so all may be. */
static pv_val
kept(pv_arena *arena, const pv_val *state, const pv_map *held)
{
	pv_vec entries;
	pv_objb b;
	pv_vec_init(&entries, arena, sizeof(entry));
	for (size_t i = 0; i < pv_member_count(state); i++) {
		const pv_member *m = &state->members[i];
		const entry one = {m, !held || pv_map_finds(held, pv_text(&m->key, ""))};
		pv_vec_push(&entries, &one);
	}
	pv_vec_sort(&entries, held_then_newest);
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < entries.len && i < ALL_MOST; i++) {
		const entry *one = PV_AT(entry, &entries, i);
		if (i < ENTRIES_MOST || one->held)
			pv_objb_add(&b, one->member->key, one->member->val);
	}
	return pv_objb_end(&b);
}

pv_val
state_of(pv_arena *arena, const pv_val *app)
{
	const char *text = pv_text(pv_get(pv_at(app, "metadata.annotations"), NOTIFIED), NULL);
	const pv_val *found = NULL;
	pv_val state;
	pv_objb b;
	pv_ctx cx;
	pv_ctx_init_small(&cx, "notified");
	pv_objb_init(&b, arena);
	if (text && pv_json_parse(&cx, pv_str_of(text), NULL, &found) < 0)
		pv_recover(&cx);
	for (size_t i = 0; i < pv_member_count(found); i++)
		if (pv_is(&found->members[i].val, PV_NUMBER))
			pv_objb_put(&b, pv_strdup(arena, pv_text(&found->members[i].key, "")),
				    pv_int(pv_i64(&found->members[i].val, 0)));
	pv_ctx_done(&cx);
	state = pv_objb_end(&b);
	return kept(arena, &state, NULL);
}

const char *
state_text(pv_arena *arena, const pv_val *state, const pv_map *held)
{
	const pv_val left = kept(arena, state, held);
	pv_buf b;
	if (!pv_member_count(&left))
		return NULL;
	pv_buf_init(&b, arena);
	pv_json_write_sorted(&b, &left);
	return b.s;
}
