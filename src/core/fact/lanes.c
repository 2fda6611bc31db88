/* lanes: who of many has how many of the threads that find out.  What one namespace asks for may be slow
 * (a chart that loops, a Git server that hangs) and much: it must not stand in front of everybody else's. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/fact/table.h"

void
lanes_open(struct lanes *lanes, size_t n)
{
	*lanes = (struct lanes){.n = n};
	lanes->last = &lanes->first;
}

void
lanes_close(struct lanes *lanes)
{
	struct parked *next;
	for (struct parked *p = lanes->first; p; p = next) {
		next = p->next;
		free(p->asker);
		free(p->key);
		free(p);
	}
	lanes->first = NULL;
}

/* Who has k already needs more than k free ones. */
static bool
may_enter(const struct lanes *lanes, const char *asker)
{
	size_t has = 0;
	for (size_t i = 0; i < lanes->n; i++)
		has += pv_streq(lanes->of[i], asker);
	return lanes->n - lanes->taken > has;
}

bool
lanes_enter(struct lanes *lanes, const char *asker, const char *key)
{
	struct parked *p;
	if (may_enter(lanes, asker)) {
		size_t i = 0;
		while (lanes->of[i])
			i++;
		lanes->of[i] = strdup(asker);
		PV_ASSERT(lanes->of[i]);
		lanes->taken++;
		return true;
	}
	p = calloc(1, sizeof(*p));
	PV_ASSERT(p);
	p->asker = strdup(asker);
	p->key = strdup(key);
	PV_ASSERT(p->asker && p->key);
	*lanes->last = p;
	lanes->last = &p->next;
	return false;
}

void
lanes_leave(struct lanes *lanes, const char *asker)
{
	size_t i = 0;
	while (!pv_streq(lanes->of[i], asker))
		i++;
	free(lanes->of[i]);
	lanes->of[i] = NULL;
	lanes->taken--;
}

char *
lanes_next(struct lanes *lanes)
{
	struct parked **at = &lanes->first, *p;
	char *key;
	while (*at && !may_enter(lanes, (*at)->asker))
		at = &(*at)->next;
	p = *at;
	if (!p)
		return NULL;
	*at = p->next;
	if (lanes->last == &p->next)
		lanes->last = at;
	key = p->key;
	free(p->asker);
	free(p);
	return key;
}
