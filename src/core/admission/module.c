#include "core/admission/certificate.h"
#include "core/admission/classes.h"
#include "core/admission/node.h"
#include "core/admission/pod.h"
#include "core/admission/quota/quota.h"
#include "core/admission/webhook/webhook.h"
#include "core/module.h"

static const pv_admission *const admission[] = {&account_admission, &pod_admission,   &runtime_admission,
						&classes_admission, &class_admission, &certificate_admission,
						&node_admission,    &taint_admission, &limits_admission,
						&webhook_admission, &quota_admission, NULL};

static int
start(pv_ctx *cx, pv_api *api)
{
	webhook_state *webhooks = NULL;
	int r = webhook_open(cx, pv_api_store(api), &webhooks);

	if (r < 0)
		return r;
	pv_api_keep(api, &webhook_owner, webhooks, webhook_close);
	pv_api_keep(api, &quota_owner, quota_open(pv_api_store(api)), quota_close);
	return quota_settle_all(cx, api);
}

extern const pv_module core_admission_module;
const pv_module core_admission_module = {
	.name = "core/admission",
	.summary = "What new objects are given and held to: accounts, classes, limits, quotas, webhooks",
	.admission = admission,
	.start = start,
};
