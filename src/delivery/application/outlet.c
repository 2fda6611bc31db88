#include "delivery/application/outlet.h"

int
outlet_open(pv_ctx *cx, pv_api *api, const char *cluster, outlet *ret)
{
	*ret = (outlet){.api = api};
	return cluster ? spoke_hold(cx, api, cluster, &ret->spoke) : 0;
}

void
outlet_close(outlet *d)
{
	spoke_let_go(d->spoke);
}

int
outlet_resource(pv_ctx *cx, const outlet *d, const char *api_version, const char *kind,
		const pv_resource **ret)
{
	if (d->spoke)
		return spoke_resource(cx, d->spoke, api_version, kind, ret);
	*ret = pv_resource_of_kind(cx, pv_api_registry(d->api), api_version, kind);
	return 0;
}

const pv_resource *
outlet_meant(pv_ctx *cx, const outlet *d, const char *kind)
{
	if (d->spoke)
		return spoke_resource_meant(cx, d->spoke, kind);
	return pv_resource_meant(cx, pv_api_registry(d->api), kind);
}

int
outlet_find(pv_ctx *cx, const outlet *d, const pv_call *call, const pv_val **ret)
{
	pv_key key = {call->resource->type, call->ns, call->name};
	const pv_rec *rec;
	if (d->spoke)
		return spoke_find(cx, d->spoke, call, ret);
	rec = pv_store_find(cx, pv_api_store(d->api), &key);
	*ret = rec ? pv_rec_val(rec) : NULL;
	return 0;
}

int
outlet_create(pv_ctx *cx, const outlet *d, const pv_call *call, const pv_val *object, const pv_val **ret)
{
	return d->spoke ? spoke_create(cx, d->spoke, call, object, ret)
			: pv_api_create(cx, d->api, call, object, ret);
}

int
outlet_update(pv_ctx *cx, const outlet *d, const pv_call *call, const pv_val *object, const pv_val **ret)
{
	return d->spoke ? spoke_update(cx, d->spoke, call, object, ret)
			: pv_api_update(cx, d->api, call, object, ret);
}

int
outlet_apply(pv_ctx *cx, const outlet *d, const pv_call *call, const pv_val *object, const pv_val **ret)
{
	bool created;
	return d->spoke ? spoke_apply(cx, d->spoke, call, object, ret)
			: pv_api_patch(cx, d->api, call, PV_PATCH_APPLY, object, ret, &created);
}

int
outlet_delete(pv_ctx *cx, const outlet *d, const pv_call *call)
{
	const pv_val *left;
	int r;
	if (d->spoke)
		return spoke_delete(cx, d->spoke, call);
	r = pv_api_delete(cx, d->api, call, &left);
	if (r == -PV_ENOTFOUND) {
		pv_recover(cx);
		r = 0;
	}
	return r;
}

bool
outlet_is_away(const outlet *d, int r)
{
	return d->spoke && r < 0 && clusters_is_away(-r) && !spoke_is_there(d->spoke);
}
