/* The slowest and the largest requests since the start, for /debug/turns: where a developer looks when something
 * feels slow or takes much memory. */
#include <string.h>

#include "base/time.h"
#include "core/api/http.h"

static int64_t
time_of(const struct turn *t)
{
	return t->took;
}

static int64_t
memory_of(const struct turn *t)
{
	return (int64_t)t->arena;
}

static struct turn *
least_of(struct turns *turns, int64_t (*weight)(const struct turn *))
{
	struct turn *least = &turns->of[0];
	for (size_t i = 1; i < PV_LEN(turns->of); i++)
		if (weight(&turns->of[i]) < weight(least))
			least = &turns->of[i];
	return least;
}

static void
note(request *q, struct turns *turns, int64_t (*weight)(const struct turn *), int64_t took)
{
	struct turn t = {
		.took = took, .at = q->received, .arena = pv_arena_peak(q->cx->arena), .status = q->status};
	struct turn *least;
	if (weight(&t) <= atomic_load_explicit(&turns->least, memory_order_relaxed))
		return;
	snprintf(t.name, sizeof t.name, "%s %s", q->method, q->path);
	pthread_mutex_lock(&q->api->turns_lock);
	least = least_of(turns, weight);
	if (weight(&t) > weight(least)) /* the least gives way */
		*least = t;
	atomic_store(&turns->least, weight(least_of(turns, weight)));
	pthread_mutex_unlock(&q->api->turns_lock);
}

void
turns_note(request *q)
{
	int64_t took = pv_mono() - q->began;
	if (pv_streq(q->verb, "watch"))
		return;
	note(q, &q->api->slowest, time_of, took);
	note(q, &q->api->largest, memory_of, took);
}

static int
slowest_first(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;
	return x->took < y->took ? 1 : x->took > y->took ? -1 : 0;
}

static int
largest_first(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;
	return x->arena < y->arena ? 1 : x->arena > y->arena ? -1 : 0;
}

static pv_val
told(request *q, const struct turns *turns, int (*order)(const void *, const void *))
{
	pv_listb list;
	pv_objb b;
	pv_vec all;
	pv_vec_init(&all, q->cx->arena, sizeof(struct turn));
	pthread_mutex_lock(&q->api->turns_lock);
	for (size_t i = 0; i < PV_LEN(turns->of); i++)
		if (turns->of[i].took)
			pv_vec_push(&all, &turns->of[i]);
	pthread_mutex_unlock(&q->api->turns_lock);
	pv_vec_sort(&all, order);
	pv_listb_init(&list, q->cx->arena);
	for (size_t i = 0; i < all.len; i++) {
		const struct turn *one = PV_AT(struct turn, &all, i);
		pv_objb_init(&b, q->cx->arena);
		pv_objb_put(&b, "request", pv_string(q->cx->arena, one->name));
		pv_objb_put(&b, "status", pv_int(one->status));
		pv_objb_put(&b, "took", pv_string_ref(pv_duration_format(q->cx->arena, one->took)));
		pv_objb_put(&b, "at", pv_string_ref(pv_time_format_micro(q->cx->arena, one->at)));
		pv_objb_put(&b, "arenaBytes", pv_int((int64_t)one->arena));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

int
handle_turns(request *q)
{
	pv_objb b;
	pv_val v;
	pv_objb_init(&b, q->cx->arena);
	pv_objb_put(&b, "kind", pv_string_ref("Turns"));
	pv_objb_put(&b, "slowest", told(q, &q->api->slowest, slowest_first));
	pv_objb_put(&b, "largest", told(q, &q->api->largest, largest_first));
	v = pv_objb_end(&b);
	return answer_val(q, 200, &v);
}
