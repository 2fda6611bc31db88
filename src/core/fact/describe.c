/* describe: a fact as `pave why` shows it. */
#include "base/str.h"
#include "base/time.h"
#include "core/fact/table.h"

static const char *
state_of(const struct fact *f)
{
	if (!f)
		return "forgotten";
	if (f->error)
		return "failed";
	if (!f->value)
		return "pending";
	return f->stale ? "stale" : "fresh";
}

pv_val
pv_facts_describe(pv_arena *arena, pv_facts *facts, const char *key)
{
	const struct fact *f;
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_put(&b, "key", pv_string(arena, key));
	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key);
	pv_objb_put(&b, "state", pv_string_ref(state_of(f)));
	if (f && f->at)
		pv_objb_put(&b, "at", pv_string(arena, pv_time_format(arena, f->at)));
	if (f && f->error)
		pv_objb_put(&b, "error", pv_string(arena, pv_text_at(f->error, "message", "")));
	pthread_mutex_unlock(&facts->lock);
	return pv_objb_end(&b);
}
