/* admit: what a Pod or a template asks of the simulated node in words that it does not know is told to
 * the writer: a failure that is rehearsed with a slip of the pen would pass as success. */
#include "base/str.h"
#include "core/admission/admission.h"
#include "infrastructure/node/act.h"

static int
warn(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	static const char *const paths[] = {
		"metadata.annotations",
		"spec.template.metadata.annotations",
		"template.metadata.annotations",
		"spec.jobTemplate.spec.template.metadata.annotations",
	};

	(void)denials;
	if (!admit->warnings || !admit->object || admit->resource->crd || *admit->subresource)
		return 0;
	for (size_t i = 0; i < PV_LEN(paths); i++)
		if (i > 0 || pv_streq(admit->resource->kind, "Pod"))
			act_doubts(cx, pv_at(admit->object, paths[i]), paths[i], admit->warnings);
	return 0;
}

const pv_admission doubt_admission = {.name = "simulated-node", .validate = warn};
