/* The slowest requests since the start, for /debug/turns: where a developer looks
 * when something feels slow. */
#include <string.h>

#include "base/time.h"
#include "core/api/http.h"

void
turns_note(request *q)
{
	pv_api *api = q->api;
	int64_t took = pv_mono() - q->began;
	struct turn *at = &api->turns[0];

	if (took <= atomic_load_explicit(&api->slow, memory_order_relaxed) || pv_streq(q->verb, "watch"))
		return;
	pthread_mutex_lock(&api->turns_lock);
	for (size_t i = 1; i < PV_LEN(api->turns); i++) /* the quickest gives way */
		if (api->turns[i].took < at->took)
			at = &api->turns[i];
	if (took > at->took) {
		snprintf(at->name, sizeof at->name, "%s %s", q->method, q->path);
		at->took = took;
		at->at = q->received;
		at->arena = pv_arena_peak(q->cx->arena);
		at->status = q->status;
	}
	at = &api->turns[0];
	for (size_t i = 1; i < PV_LEN(api->turns); i++)
		if (api->turns[i].took < at->took)
			at = &api->turns[i];
	atomic_store(&api->slow, at->took);
	pthread_mutex_unlock(&api->turns_lock);
}

static int
slowest_first(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	return x->took < y->took ? 1 : x->took > y->took ? -1 : 0;
}

int
handle_turns(request *q)
{
	pv_listb list;
	pv_objb b;
	pv_vec all;
	pv_val v;

	pv_vec_init(&all, q->cx->arena, sizeof(struct turn));
	pthread_mutex_lock(&q->api->turns_lock);
	for (size_t i = 0; i < PV_LEN(q->api->turns); i++)
		if (q->api->turns[i].took)
			pv_vec_push(&all, &q->api->turns[i]);
	pthread_mutex_unlock(&q->api->turns_lock);
	pv_vec_sort(&all, slowest_first);
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
	pv_objb_init(&b, q->cx->arena);
	pv_objb_put(&b, "kind", pv_string_ref("Turns"));
	pv_objb_put(&b, "slowest", pv_listb_end(&list));
	v = pv_objb_end(&b);
	return answer_val(q, 200, &v);
}
