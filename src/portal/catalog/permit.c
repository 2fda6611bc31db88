/* permit: a CatalogSource shows what a repository holds to all who read the catalog, so a
 * path of the server's own disk may only be named by who holds every right anyway. */
#include "base/str.h"
#include "core/api/api.h"
#include "core/git/git.h"
#include "portal/catalog/catalog.h"
#include "portal/catalog/entity.h"

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const char *path, *repo = pv_text_at(admit->object, "spec.repoURL", "");
	if (!admit->object || admit->identity->internal ||
	    !pv_streq(admit->resource->group, "portal.pave.dev") ||
	    !pv_streq(admit->resource->kind, "CatalogSource") || !pv_git_local(cx->arena, repo, &path))
		return 0;
	if (admit->old && pv_streq(pv_text_at(admit->old, "spec.repoURL", ""), repo))
		return 0;
	if (!pv_auth_holds_all(cx, pv_api_auth(admit->serving), admit->identity)) {
		pv_denial *d = pv_vec_add(denials);
		*d = (pv_denial){
			.policy = "catalog-sources",
			.message =
				"a path of the server's machine may only be named by who holds every right: give "
				"the address of a Git server",
			.field = "spec.repoURL"};
	}
	return 0;
}

const pv_admission catalog_source_admission = {.name = "catalog-sources", .validate = validate};
