/* status.hard and status.used of a ResourceQuota, written right behind each write that changes what
 * is used, so who reads the quota next sees it. */
#include "base/str.h"
#include "base/time.h"
#include "core/admission/quota/quota.h"
#include "core/api/api.h"
#include "core/fields/fields.h"

#define TYPE "/ResourceQuota"
#define TRIES 8

static int
status_of(pv_ctx *cx, void *api, const pv_val *quota, pv_val *ret)
{
	const pv_val *hard = pv_at(quota, "spec.hard");
	static const pv_quantity none = {0};
	pv_objb amounts, status;
	pv_vec used;
	int r;

	pv_vec_init(&used, cx->arena, sizeof(quota_amount));
	r = quota_used(cx, api, quota, &used);
	if (r < 0)
		return r;
	pv_objb_init(&amounts, cx->arena);
	for (size_t i = 0; i < pv_member_count(hard); i++) {
		const char *name = hard->members[i].key.s;
		const pv_quantity *q = quota_find(&used, name);

		pv_objb_put(&amounts, name, pv_string_ref(pv_quantity_format(cx->arena, q ? q : &none)));
	}
	pv_objb_init(&status, cx->arena);
	if (hard)
		pv_objb_put(&status, "hard", *hard);
	pv_objb_put(&status, "used", pv_objb_end(&amounts));
	*ret = pv_objb_end(&status);
	return 0;
}

/* Not through the API: a webhook that is asked about it could write to the namespace, and would
 * wait for itself. */
static int
settle_once(pv_ctx *cx, void *api, const pv_key *key)
{
	const pv_resource *res = pv_resource_of_type(cx, pv_api_registry(api), TYPE);
	const pv_rec *rec = pv_store_find(cx, pv_api_store(api), key);
	const pv_val *was, *now;
	pv_fields_write by = {.resource = res, .subresource = "status", .manager = "resourcequota"};
	pv_write write;
	pv_val status;
	int r;

	if (!rec || !res)
		return 0;
	was = pv_rec_val(rec);
	r = status_of(cx, api, was, &status);
	if (r < 0 || pv_eq(pv_get(was, "status"), &status))
		return r;
	now = pv_box(cx->arena, pv_with(cx->arena, was, "status", status));
	by.now_ns = pv_now();
	r = pv_fields_update(cx, &by, was, &now);
	if (r < 0)
		return r;
	write = (pv_write){.key = *key, .doc = now, .expect = pv_rec_rev(rec)};
	return pv_store_write(cx, pv_api_store(api), &write, 1);
}

static int
settle(pv_ctx *cx, void *api, const pv_key *key)
{
	int r = 0;

	for (int tries = 0; tries < TRIES; tries++) {
		r = settle_once(cx, api, key);
		if (r != -PV_ECONFLICT && r != -PV_ENOTFOUND)
			return r;
		(void)pv_recover(cx); /* somebody wrote the quota meanwhile */
	}
	return pv_fail(cx, PV_ECONFLICT, "the quota %s/%s changes all the time", key->ns, key->name);
}

int
quota_settle(pv_ctx *cx, void *api, const char *ns)
{
	pv_list_query query = {.type = TYPE, .ns = ns};
	pv_listing quotas;
	int r = pv_store_list(cx, pv_api_store(api), &query, &quotas);

	if (r < 0 || !quotas.len)
		return r;
	quota_hold(api, ns, true);
	for (size_t i = 0; r == 0 && i < quotas.len; i++)
		r = settle(cx, api, pv_rec_key(quotas.recs[i]));
	quota_hold(api, ns, false);
	return r;
}

int
quota_settle_all(pv_ctx *cx, void *api)
{
	pv_list_query query = {.type = TYPE};
	pv_listing quotas;
	int r = pv_store_list(cx, pv_api_store(api), &query, &quotas);

	for (size_t i = 0; r == 0 && i < quotas.len; i++)
		r = settle(cx, api, pv_rec_key(quotas.recs[i]));
	return r;
}
