/* outlet: the API that a sync writes to, this server's own or another cluster's, in the calls of core/api.  Private. */
#pragma once
#include "core/api/api.h"
#include "delivery/clusters/clusters.h"

typedef struct outlet {
	pv_api *api;
	spoke *spoke; /* NULL: this server */
} outlet;

PV_MUST_USE int outlet_open(pv_ctx *cx, pv_api *api, const char *cluster /* NULL: this server */,
			    outlet *ret);
void outlet_close(outlet *d);

PV_MUST_USE int outlet_resource(pv_ctx *cx, const outlet *d, const char *api_version, const char *kind,
				const pv_resource **ret); /* *ret NULL: it is not served */
/* The kind that such a one may have meant; NULL: none. */
const pv_resource *outlet_meant(pv_ctx *cx, const outlet *d, const char *kind);
PV_MUST_USE int outlet_find(pv_ctx *cx, const outlet *d, const pv_call *call,
			    const pv_val **ret); /* NULL: none */
PV_MUST_USE int outlet_create(pv_ctx *cx, const outlet *d, const pv_call *call, const pv_val *object,
			      const pv_val **ret);
PV_MUST_USE int outlet_update(pv_ctx *cx, const outlet *d, const pv_call *call, const pv_val *object,
			      const pv_val **ret);
PV_MUST_USE int outlet_apply(pv_ctx *cx, const outlet *d, const pv_call *call, const pv_val *object,
			     const pv_val **ret);
PV_MUST_USE int outlet_delete(pv_ctx *cx, const outlet *d, const pv_call *call);
/* Was it for not reaching the cluster that a call returned r?  Then all others would fail alike. */
bool outlet_is_away(const outlet *d, int r);
