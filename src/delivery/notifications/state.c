/* state: what was told already, in the annotation that Argo CD keeps: {"key": seconds, ..}. */
#include "base/arena.h"
#include "delivery/notifications/inside.h"
#include "lang/json/json.h"

#define ENTRIES_MOST 100

const char *
state_key(const config *c, const condition *cond, const destination *to)
{
	const char *key =
		pv_printf(c->cx->arena, "%s:%s:%s:%s", to->trigger, cond->key, to->service, to->recipient);
	if (*cond->once_per)
		key = pv_printf(c->cx->arena, "%s:%s", cond->once_per, key);
	return c->self_service ? pv_printf(c->cx->arena, "%s:%s", c->ns, key) : key;
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
	return state;
}

static size_t
oldest(const pv_val *state)
{
	size_t at = 0;
	for (size_t i = 1; i < pv_member_count(state); i++)
		if (pv_i64(&state->members[i].val, 0) < pv_i64(&state->members[at].val, 0))
			at = i;
	return at;
}

const char *
state_text(pv_arena *arena, const pv_val *state)
{
	pv_val left = *state;
	pv_buf b;
	while (pv_member_count(&left) > ENTRIES_MOST)
		left = pv_without(arena, &left, pv_text(&left.members[oldest(&left)].key, ""));
	if (!pv_member_count(&left))
		return NULL;
	pv_buf_init(&b, arena);
	pv_json_write_sorted(&b, &left);
	return b.s;
}
