/* Events of a watch whose objects a webhook converts: collected by the loop thread, converted and written by one
 * that may wait, in their order (errand.h). */
#include <stdlib.h>

#include "core/api/errand.h"

#define MOST_OBJECTS 500 /* in one ConversionReview */

enum how { CONVERTED, MADE, ERROR };

typedef struct item {
	const char *type; /* a literal */
	const pv_val *object;
	enum how how;
} item;

struct watch_batch {
	pv_ctx cx;
	errand errand;
	target t;
	pv_vec items;
};

watch_batch *
watch_batch_new(const scribe *style, const target *t, void (*wake)(void *arg), void *arg)
{
	watch_batch *b = calloc(1, sizeof *b);

	PV_ASSERT(b);
	pv_ctx_init(&b->cx, "watch");
	errand_init(&b->errand, style, wake, arg);
	b->t = (target){.group = pv_strdup(b->cx.arena, t->group),
			.version = pv_strdup(b->cx.arena, t->version),
			.plural = pv_strdup(b->cx.arena, t->plural)};
	pv_vec_init(&b->items, b->cx.arena, sizeof(item));
	return b;
}

static void
batch_free(watch_batch *b)
{
	errand_done(&b->errand);
	pv_ctx_done(&b->cx);
	free(b);
}

pv_ctx *
watch_batch_cx(watch_batch *b)
{
	return &b->cx;
}

bool
watch_batch_full(const watch_batch *b)
{
	return b->items.len >= MOST_OBJECTS;
}

static void
add(watch_batch *b, const char *type, const pv_val *object, enum how how)
{
	item one = {type, object, how};

	pv_vec_push(&b->items, &one);
}

void
watch_batch_add(watch_batch *b, const char *type, const pv_val *object)
{
	add(b, type, object, CONVERTED);
}

void
watch_batch_made(watch_batch *b, const char *type, const pv_val *object)
{
	add(b, type, object, MADE);
}

void
watch_batch_end(watch_batch *b)
{
	pv_val status = pv_api_status(b->cx.arena, b->cx.err);

	(void)pv_recover(&b->cx);
	add(b, "ERROR", pv_box(b->cx.arena, status), ERROR);
}

/* All objects in one call; none is written if one fails, and the watch ends: its client lists again. */
static int
convert(watch_batch *b)
{
	scribe *s = &b->errand.scribe;
	pv_vec objects;
	size_t next = 0;
	int r;

	pv_vec_init(&objects, b->cx.arena, sizeof(const pv_val *));
	for (size_t i = 0; i < b->items.len; i++)
		if (PV_AT(item, &b->items, i)->how == CONVERTED)
			pv_vec_push(&objects, &PV_AT(item, &b->items, i)->object);
	s->res = pv_resource_find(&b->cx, s->api->registry, b->t.group, b->t.version, b->t.plural);
	if (!s->res)
		return pv_fail(&b->cx, PV_EGONE, "%s are not served any more", b->t.plural);
	r = api_convert_all(&b->cx, s->api, s->res, &objects);
	for (size_t i = 0; r == 0 && i < b->items.len; i++)
		if (PV_AT(item, &b->items, i)->how == CONVERTED)
			PV_AT(item, &b->items, i)->object = *PV_AT(const pv_val *, &objects, next++);
	return r;
}

static void
run(void *arg)
{
	watch_batch *b = arg;

	if (convert(b) < 0) {
		b->items.len = 0;
		watch_batch_end(b);
	}
	for (size_t i = 0; i < b->items.len; i++) {
		const item *one = PV_AT(item, &b->items, i);

		if (one->how == ERROR)
			scribe_status(&b->cx, &b->errand.scribe, one->object);
		else
			scribe_val(&b->cx, &b->errand.scribe, one->type, one->object);
	}
	if (!errand_over(&b->errand))
		batch_free(b);
}

bool
watch_batch_run(watch_batch *b)
{
	if (!b->items.len) {
		batch_free(b);
		return false;
	}
	if (errand_run(&b->errand, b->errand.scribe.api->converters, run, b))
		return true;
	b->items.len = 0;
	(void)pv_fail(&b->cx, PV_EUNAVAILABLE,
		      "too many watches wait for conversion webhooks: watch again later");
	scribe_status(&b->cx, &b->errand.scribe, pv_box(b->cx.arena, pv_api_status(b->cx.arena, b->cx.err)));
	(void)pv_recover(&b->cx);
	b->errand.written = true;
	return true;
}

bool
watch_batch_take(watch_batch *b, scribe *s)
{
	if (!errand_take(&b->errand, s))
		return false;
	batch_free(b);
	return true;
}

void
watch_batch_drop(watch_batch *b)
{
	if (b && errand_drop(&b->errand))
		batch_free(b);
}
