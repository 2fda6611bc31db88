/* Events are news: they go when nothing was written to them for the server's event
 * lifetime, as they do upstream with their lease.  What their authors say of times is not
 * asked: only what the server wrote itself. */
#include "base/time.h"
#include "core/lifecycle/inside.h"
#include "lang/value/value.h"

static int64_t
later(const pv_val *text, int64_t than)
{
	int64_t at;

	return pv_is(text, PV_STRING) && pv_time_parse(pv_strv(text), &at) && at > than ? at : than;
}

int64_t
expire_at(const pv_val *event, int64_t ttl)
{
	const pv_val *fields = pv_at(event, "metadata.managedFields");
	int64_t written = later(pv_at(event, "metadata.creationTimestamp"), 0);

	for (size_t i = 0; i < pv_count(fields); i++)
		written = later(pv_get(pv_item(fields, i), "time"), written);
	return written + ttl;
}

int
expire_event(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *event, int64_t ttl)
{
	int64_t left = expire_at(event, ttl) - pv_now();
	pv_call call = place_call(cx, t->api, place);
	const pv_val *last;

	if (left > 0) {
		pv_keyq_add(t->queue, place, pv_mono() + left);
		return 0;
	}
	call.expect_uid = pv_text_at(event, "metadata.uid", NULL);
	call.propagation = "Background";
	call.past_admission = true; /* its time is over, whoever would keep it */
	return pv_api_delete(cx, t->api, &call, &last);
}
