/* chart_lent: value files that lie with another source of the Application: "$name/path", where that source
 * says `ref: name`.  Their texts are part of what a chart is asked for, so a commit of that repository which
 * leaves them alone renders nothing. */
#include <string.h>

#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/chart.h"
#include "delivery/application/sources.h"

/* The texts that the file, or pattern, means there: 1, or 0, or negative. */
static int
lend(app *a, const app_source *from, const char *path, const pv_val **ret)
{
	pv_val args;
	pv_listb paths;
	pv_objb b;
	int r;
	if (chart_is_packed(from) || pv_starts_with(from->repo, "oci://"))
		return pv_fail(
			a->cx, PV_EINVALID,
			"source ref \"%s\" is a chart or an image: expected a Git repository, whose files it lends",
			pv_text_at(from->spec, "ref", ""));
	pv_listb_init(&paths, a->cx->arena);
	pv_listb_add(&paths, pv_string_ref(path));
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "repo", from->repo);
	pv_objb_puts(&b, "commit", from->revision);
	pv_objb_put(&b, "paths", pv_listb_end(&paths));
	args = pv_objb_end(&b);
	r = pv_plan_fact(a->cx, a->plan, "git-files", &args, ret);
	if (r == 1)
		*ret = pv_get(*ret, "files");
	return r;
}

int
chart_lent(app *a, const pv_val **ret)
{
	const pv_val *files = pv_at(a->from->spec, "helm.valueFiles"), *found;
	pv_val environment = pv_null();
	int all = 1;
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	for (size_t i = 0; i < pv_count(files); i++) {
		const char *text = pv_text(pv_item(files, i), ""), *path;
		const app_source *from = source_lending(a, text, &path);
		int r;
		if (!from)
			continue;
		if (strchr(path, '$'))
			environment = chart_environment(a);
		path = pv_git_path(a->cx->arena, chart_substituted(a->cx->arena, &environment, path));
		r = lend(a, from, path, &found);
		if (r < 0)
			return pv_wrap(a->cx, r, "spec.sources: helm.valueFiles[%zu]", i);
		all &= r == 1;
		if (r == 1)
			pv_objb_put(&b, text, *found);
	}
	*ret = b.len ? pv_box(a->cx->arena, pv_objb_end(&b)) : NULL;
	return all;
}
