#include "core/admission/webhook/webhook.h"
#include "core/module.h"

static const pv_admission *const admission[] = {&webhook_admission, NULL};

static int
start(pv_ctx *cx, pv_api *api)
{
	(void)cx;
	pv_api_keep(api, &webhook_owner, webhook_open(), webhook_close);
	return 0;
}

extern const pv_module core_admission_module;
const pv_module core_admission_module = {
	.name = "core/admission",
	.summary = "Admission from outside: webhooks",
	.admission = admission,
	.start = start,
};
