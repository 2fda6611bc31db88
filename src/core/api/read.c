/* get: one object, straight from memory. */
#include "core/api/computed.h"

static int
view_get(request *q)
{
	const pv_val *all = NULL;
	int64_t rev;
	int r = computed_list(q->cx, q->api, q->t.res, q->t.ns, &rev, &all);

	for (size_t i = 0; r == 0 && i < pv_count(all); i++) {
		const pv_val *one = pv_item(all, i);

		if (pv_streq(meta_text(one, "name"), q->t.name))
			return answer_val(q, 200, one);
	}
	return r < 0 ? r : api_not_found(q->cx, q->t.res, q->t.name);
}

int
handle_get(request *q)
{
	pv_key key = {q->t.res->type, q->t.ns, q->t.name};
	const pv_rec *rec;
	int r = may(q, "get");

	if (r < 0)
		return r;
	if (q->t.res->view)
		return view_get(q);
	r = query_get(q);
	if (r < 0)
		return r;
	rec = pv_store_find(q->cx, q->api->store, &key);
	if (!rec)
		return api_not_found(q->cx, q->t.res, q->t.name);
	r = form_fits(q, false);
	return r < 0 ? r : answer_rec(q, 200, rec);
}
