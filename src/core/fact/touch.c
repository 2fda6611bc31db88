/* touch: the world moved, says somebody, or a write to the store does. */
#include "base/str.h"
#include "core/fact/table.h"
#include "core/fact/touch.h"
#include "core/module.h"
#include "core/store/store.h"

/* The caller holds the lock. */
static void
touch(pv_ctx *cx, pv_facts *facts, const char *key, struct fact *f)
{
	if (f->kind->touch)
		f->kind->touch(cx, facts, f->args);
	f->stale = true;
	pv_keyq_add(facts->queue, key, 0);
}

bool
pv_facts_touch(pv_ctx *cx, pv_facts *facts, const char *key)
{
	struct fact *f;
	pthread_mutex_lock(&facts->lock);
	f = pv_map_finds(facts->table, key);
	if (f)
		touch(cx, facts, key, f);
	pthread_mutex_unlock(&facts->lock);
	return f != NULL;
}

void
pv_facts_touch_all(pv_ctx *cx, pv_facts *facts, const char *fact, const char *member, const char *text,
		   bool (*same)(const char *own, const char *text))
{
	size_t pos = 0;
	pv_str key;
	void *p;
	pthread_mutex_lock(&facts->lock);
	while (pv_map_each(facts->table, &pos, &key, &p)) {
		struct fact *f = p;
		const char *own = pv_text_at(f->args, member, "");
		if ((!fact || pv_streq(f->kind->name, fact)) &&
		    (same ? same(own, text) : pv_streq(own, text)))
			touch(cx, facts, key.s, f);
	}
	pthread_mutex_unlock(&facts->lock);
}

static bool
reads(const pv_fact_kind *kind, const char *type)
{
	for (const char *const *t = kind->reads; t && *t; t++)
		if (pv_streq(*t, type))
			return true;
	return false;
}

/* Most writes are of what no fact reads: they do not come as far as the lock. */
static bool
is_read(const char *type)
{
	for (const pv_module *const *m = pv_modules; *m; m++)
		for (const pv_fact_kind *const *k = (*m)->facts; k && *k; k++)
			if (reads(*k, type))
				return true;
	return false;
}

void
pv_facts_written(pv_ctx *cx, pv_facts *facts, const pv_rec *was, const pv_rec *is)
{
	const char *type = pv_rec_key(is ? is : was)->type;
	size_t pos = 0;
	pv_str key;
	void *p;
	if (!is_read(type))
		return;
	pthread_mutex_lock(&facts->lock);
	while (pv_map_each(facts->table, &pos, &key, &p)) {
		struct fact *f = p;
		if (!reads(f->kind, type) ||
		    !((was && f->kind->heeds(cx, f->args, was)) || (is && f->kind->heeds(cx, f->args, is))))
			continue;
		f->failures = 0; /* of another cause, if it fails again */
		touch(cx, facts, key.s, f);
	}
	pthread_mutex_unlock(&facts->lock);
}
