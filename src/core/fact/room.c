/* room: how much memory the answers take, and who may have more of it.  What one namespace asks for may be
 * large and much: it may have half of the room, and once there is none left, an equal share with the others,
 * so that those with little are never refused for what others have. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/fact/table.h"

/* What the asker of a fact would have with so many bytes as its answer, and what it may have. */
struct share {
	size_t has, may;
};

static size_t
size_of(const struct fact *f)
{
	return pv_frozen_size(f->args) + pv_frozen_size(f->value) + pv_frozen_size(f->error);
}

static size_t
askers(pv_facts *facts, const char *asker)
{
	pv_map *seen = pv_map_new(NULL);
	size_t pos = 0, n;
	pv_str key;
	void *p;
	pv_map_puts(seen, asker, facts);
	while (pv_map_each(facts->table, &pos, &key, &p))
		pv_map_puts(seen, ((struct fact *)p)->asker, p);
	n = pv_map_len(seen);
	pv_map_free(seen);
	return n;
}

static struct share
share_of(pv_facts *facts, const struct fact *f, const char *asker, size_t size)
{
	struct share s = {.has = size + pv_frozen_size(f->args)};
	size_t pos = 0, all = s.has;
	pv_str key;
	void *p;
	while (pv_map_each(facts->table, &pos, &key, &p)) {
		const struct fact *other = p;
		size_t n = other == f ? 0 : size_of(other);
		all += n;
		s.has += pv_streq(other->asker, asker) ? n : 0;
	}
	s.may = facts->room / (all <= facts->room ? 2 : askers(facts, asker));
	return s;
}

static bool
fits(pv_facts *facts, const struct fact *f, const char *asker, size_t size)
{
	struct share s = share_of(facts, f, asker, size);
	return s.has <= s.may;
}

void
room_admit(pv_ctx *cx, pv_facts *facts, struct fact *f, const pv_val **value, const pv_val **error)
{
	size_t size;
	struct share s;
	f->wants = 0;
	if (!*value || f->kind->effect)
		return;
	size = pv_frozen_size(*value);
	s = share_of(facts, f, f->asker, size);
	if (s.has <= s.may)
		return;
	f->wants = size;
	*value = pv_unref(*value);
	(void)pv_fail(
		cx, PV_ETOOLARGE,
		"there is no room for the answer of %zu KiB: with it the namespace that asked for it first "
		"would have %zu KiB of memory for what it asks, and it may have %zu KiB: expected fewer or "
		"smaller sources; it is tried again when there is room",
		size >> 10, s.has >> 10, s.may >> 10);
	*error = fact_error(cx);
}

bool
room_again(const struct fact *f, pv_facts *facts)
{
	return f->wants == 0 || f->stale || fits(facts, f, f->asker, f->wants);
}

void
room_hand_over(pv_facts *facts, struct fact *f, const char *key, const char *asker)
{
	if (!f->wants || pv_streq(f->asker, asker) || !fits(facts, f, asker, f->wants))
		return;
	free(f->asker);
	f->asker = strdup(asker);
	PV_ASSERT(f->asker);
	f->error = pv_unref(f->error);
	if (!f->value)
		f->at = 0; /* as if nobody had asked yet */
	pv_keyq_add(facts->queue, key, 0);
}
