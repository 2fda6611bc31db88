/* label: a Secret whose label is no type that Argo CD knows is read by nobody, and its author is told.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/ */
#include "base/near.h"
#include "base/str.h"
#include "core/git/access.h"

static const char *const types[] = {"repository",       "repo-creds", "repository-write",
				    "repo-write-creds", "scm-creds",  "cluster"};

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials PV_UNUSED)
{
	const char *type = pv_text(pv_get(pv_at(admit->object, "metadata.labels"), GIT_SECRET_TYPE), NULL),
		   *text;
	pv_near near = {.word = type};
	if (!type || !admit->warnings || !pv_streq(admit->resource->type, "/Secret") ||
	    !git_access_in(admit->ns))
		return 0;
	for (size_t i = 0; i < PV_LEN(types); i++) {
		if (pv_streq(type, types[i]))
			return 0;
		pv_near_try(&near, types[i]);
	}
	text = pv_printf(cx->arena,
			 "metadata.labels[" GIT_SECRET_TYPE
			 "]: nothing reads a Secret of type \"%s\": expected "
			 "\"repository\" or \"repo-creds\"%s%s%s",
			 type, near.best ? "; did you mean \"" : "", near.best ? near.best : "",
			 near.best ? "\"?" : "");
	pv_vec_push(admit->warnings, &text);
	return 0;
}

const pv_admission git_label_admission = {.name = "git-credentials", .validate = validate};
