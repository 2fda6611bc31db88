#include "core/module.h"
#include "core/podsecurity/podsecurity.h"

static const pv_admission *const admission[] = {&podsecurity_admission, NULL};

extern const pv_module core_podsecurity_module;
const pv_module core_podsecurity_module = {
	.name = "core/podsecurity",
	.summary = "Pod Security Standards, as namespaces ask for them by label",
	.admission = admission,
};
