/* since: answers that are no older than somebody says.  Of a chain of facts the first looks at the
 * world; the others are as new as it when they were found out after its last news. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/fact/table.h"

/* Where the chain begins, and whether all behind it follow.  The caller holds the lock. */
static struct fact *
first_of(pv_facts *facts, struct fact *f, const char *key, const char **ret_key, bool *ret_follows)
{
	*ret_key = key;
	*ret_follows = true;
	while (f && f->base) {
		const struct fact *top = f;
		*ret_key = f->base;
		f = pv_map_finds(facts->table, f->base);
		*ret_follows = *ret_follows && f && f->at && top->began >= f->news_at;
	}
	return f;
}

/* A clock that was set back must not keep anybody waiting: what is yet to come was looked at. */
static bool
is_since(const struct fact *f, int64_t since)
{
	return f && (f->began_at >= since || since > pv_now());
}

bool
pv_facts_since(pv_ctx *cx, pv_facts *facts, const char *key, int64_t since)
{
	const char *first_key;
	struct fact *f, *first;
	bool follows, settled = false;
	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key);
	first = first_of(facts, f, key, &first_key, &follows);
	if (first && f->at && follows && is_since(first, since)) {
		settled = true;
	} else if (first) {
		if (!is_since(first, since)) { /* one that is under way may have begun too early */
			if (first->kind->touch)
				first->kind->touch(cx, facts, first->args);
			first->stale = true;
			pv_keyq_add(facts->queue, first_key, 0);
		}
		facts->awaited += f->awaited == 0;
		f->awaited = since > f->awaited ? since : f->awaited;
	}
	pthread_mutex_unlock(&facts->lock);
	return settled;
}

void
since_tell(pv_ctx *cx, pv_facts *facts)
{
	pv_vec ready;
	size_t pos = 0;
	pv_str key;
	void *p;
	pv_vec_init(&ready, cx->arena, sizeof(const char *));
	pthread_mutex_lock(&facts->lock);
	while (facts->awaited && pv_map_each(facts->table, &pos, &key, &p)) {
		struct fact *f = p, *first;
		const char *first_key, *copy;
		bool follows;
		if (!f->awaited)
			continue;
		first = first_of(facts, f, key.s, &first_key, &follows);
		if (!f->at || !follows || !is_since(first, f->awaited))
			continue;
		f->awaited = 0;
		f->told_at = pv_mono(); /* who waits may not be known to have asked yet */
		facts->awaited--;
		copy = pv_strndup(cx->arena, key.s, key.len);
		pv_vec_push(&ready, &copy);
	}
	pthread_mutex_unlock(&facts->lock);
	for (size_t i = 0; i < ready.len; i++)
		fact_tell(facts, *PV_AT(const char *, &ready, i));
}
