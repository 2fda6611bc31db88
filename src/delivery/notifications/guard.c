/* guard: a Notification says what is told in the platform's name, with its Secret: nobody else writes one. */
#include "delivery/notifications/inside.h"

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const pv_denial denial = {
		.message = pv_printf(cx->arena,
				     "Notifications are made by Pave out of subscriptions (annotation " PREFIX
				     "subscribe.TRIGGER.SERVICE of an Application): they can be read "
				     "and deleted"),
		.reason = "Forbidden"};
	if (!pv_streq(admit->resource->type, TYPE) || admit->operation == PV_OP_DELETE ||
	    (admit->identity && admit->identity->internal))
		return 0;
	pv_vec_push(denials, &denial);
	return 0;
}

const pv_admission notification_admission = {.name = "notifications", .validate = validate};
