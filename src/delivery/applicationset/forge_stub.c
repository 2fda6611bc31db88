#include "delivery/applicationset/appset.h"
static int nofind(appset *s, const pv_val *of PV_UNUSED, const char *field, int depth PV_UNUSED, pv_vec *ret PV_UNUSED)
{ return pv_fail(s->cx, PV_EUNSUPPORTED, "%s is not supported yet", field); }
const generator  plugin_generator = {"plugin", nofind}, scm_generator={"scmProvider", nofind}, pull_generator={"pullRequest", nofind};
