/* Pull requests: what merging one would change, on the command line and on the forge. */
#include "delivery/pulls/pulls.h"

static const pv_controller *const controllers[] = {&pulls_controller, NULL};

extern const pv_module delivery_pulls_module;
const pv_module delivery_pulls_module = {
	.name = "delivery/pulls",
	.summary = "what merging a change would change, told before it is merged",
	.controllers = controllers,
	.verbs = pulls_verbs,
};
