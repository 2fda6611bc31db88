/* label: a Secret whose label is no type that Argo CD knows is read by nobody, and its author is told.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/ */
#include <stdarg.h>
#include <strings.h>

#include "base/near.h"
#include "base/str.h"
#include "core/git/access.h"

static const char *const types[] = {"repository",       "repo-creds", "repository-write",
				    "repo-write-creds", "scm-creds",  "cluster"};

PV_PRINTF(3, 4)
static void
warn(pv_ctx *cx, const pv_admit *admit, const char *fmt, ...)
{
	const char *text;
	va_list ap;
	va_start(ap, fmt);
	text = pv_vprintf(cx->arena, fmt, ap);
	va_end(ap);
	pv_vec_push(admit->warnings, &text);
}

/* ", did you mean "x"?" or nothing. */
static const char *
meant(pv_ctx *cx, const pv_near *near)
{
	return near->best ? pv_printf(cx->arena, "; did you mean \"%s\"?", near->best) : "";
}

static bool
is_known(pv_ctx *cx, const pv_admit *admit, const char *type)
{
	pv_near near = {.word = type};
	for (size_t i = 0; i < PV_LEN(types); i++) {
		if (pv_streq(type, types[i]))
			return true;
		pv_near_try(&near, types[i]);
	}
	warn(cx, admit,
	     "metadata.labels[" GIT_SECRET_TYPE
	     "]: nothing reads a Secret of type \"%s\": expected \"repository\" or \"repo-creds\"%s",
	     type, meant(cx, &near));
	return false;
}

/* Its keys are case-sensitive, as Argo CD's are. */
static bool
names_address(pv_ctx *cx, const pv_admit *admit, const char *key, const char *whose)
{
	static const char *const places[] = {"data", "stringData"};
	const char *found = "";
	for (size_t i = 0; i < PV_LEN(places); i++) {
		const pv_val *data = pv_get(admit->object, places[i]);
		if (pv_get(data, key))
			return true;
		for (size_t k = 0; k < pv_count(data); k++)
			if (strcasecmp(pv_text(&pv_sorted(data, k)->key, ""), key) == 0)
				found = pv_printf(cx->arena, "; did you mean \"%s\" by \"%s\"?", key,
						  pv_text(&pv_sorted(data, k)->key, ""));
	}
	warn(cx, admit, "data.%s: nothing reads this Secret: expected the %s's address there, found none%s",
	     key, whose, found);
	return false;
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials PV_UNUSED)
{
	const char *type = pv_text(pv_get(pv_at(admit->object, "metadata.labels"), GIT_SECRET_TYPE), NULL);
	bool cluster = pv_streq(type, "cluster");
	if (!type || !admit->warnings || !pv_streq(admit->resource->type, "/Secret") ||
	    !is_known(cx, admit, type) ||
	    !names_address(cx, admit, cluster ? "server" : "url", cluster ? "cluster" : "repository"))
		return 0;
	if (cluster ? !pv_streq(admit->ns, "argocd") : !git_access_in(admit->ns))
		warn(cx, admit,
		     "metadata.namespace: nothing reads a Secret of type \"%s\" in namespace \"%s\": expected it in "
		     "namespace \"argocd\"%s",
		     type, admit->ns, cluster ? "" : " or \"pave-system\"");
	return 0;
}

const pv_admission git_label_admission = {.name = "git-credentials", .validate = validate};
