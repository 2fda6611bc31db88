/* chart_fact: what a chart renders to, as a fact: the archive of a packed chart and the dependencies that
 * are not in charts/ are brought first (delivery/charts), the rest is the child's (chart_render.c). */
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/git/access.h"
#include "core/git/git.h"
#include "delivery/application/app.h"
#include "delivery/charts/charts.h"

/* The child may read the files of the archives, what it needs of a mirror, and which time it is where. */
static int
run_job(pv_ctx *cx, pv_facts *facts, const pv_val *request, pv_val *ret)
{
	const pv_val *archives = pv_get(request, "archives");
	const char *own = pv_text_at(request, "file", NULL), *zones = "/usr/share/zoneinfo", *end = NULL;
	pv_vec reads;
	pv_vec_init(&reads, cx->arena, sizeof(const char *));
	if (own)
		pv_vec_push(&reads, &own);
	for (size_t i = 0; i < pv_count(archives); i++) {
		const char *file = pv_text_at(pv_item(archives, i), "file", "");
		pv_vec_push(&reads, &file);
	}
	if (access(zones, R_OK) == 0)
		pv_vec_push(&reads, &zones);
	pv_vec_push(&reads, &end);
	if (own)
		return pv_job_run(cx, "render-chart", request, reads.data, NULL, ret);
	return pv_git_job_run(cx, facts, "render-chart", pv_text_at(request, "repo", ""), request, reads.data,
			      ret);
}

/* Where a dependency is from: "@name" and "alias:name" are repositories that a Secret gives this name. */
static int
bring_one(pv_ctx *cx, pv_facts *facts, const pv_val *need, pv_val *ret)
{
	const char *repo = pv_text_at(need, "repo", ""), *url = repo,
		   *name = *repo == '@'                     ? repo + 1
			   : pv_starts_with(repo, "alias:") ? repo + strlen("alias:")
							    : NULL;
	pv_val from;
	if (name)
		url = git_url_named(cx, facts, "helm", name);
	if (url == NULL)
		return pv_fail(
			cx, PV_ENOTFOUND,
			"dependency %s: no repository is called \"%s\": expected a Secret labelled " GIT_SECRET_TYPE
			"=repository in namespace argocd with type helm and this name, or an "
			"address with https:// or oci:// in Chart.yaml",
			pv_text_at(need, "chart", ""), name);
	from = pv_with(cx->arena, need, "repo", pv_string_ref(charts_address(cx->arena, url)));
	int r = charts_get(cx, facts, &from, ret);
	return r < 0 ? pv_wrap(cx, r, "dependency %s", pv_text_at(need, "chart", "")) : 0;
}

static int
bring(pv_ctx *cx, pv_facts *facts, const pv_val *needs, pv_val *request)
{
	pv_listb b;
	pv_val one;
	int r = 0;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; r == 0 && i < pv_count(needs); i++) {
		r = bring_one(cx, facts, pv_item(needs, i), &one);
		pv_listb_add(&b, one);
	}
	*request = pv_with(cx->arena, request, "archives", pv_listb_end(&b));
	return r;
}

/* The archive of a packed chart, anew if it went meanwhile. */
static int
find_archive(pv_ctx *cx, pv_facts *facts, const pv_val *args, pv_val *request)
{
	const char *digest = pv_text_at(args, "tree", ""), *file = charts_kept(cx, facts, digest);
	pv_val found;
	int r = file ? 0 : charts_get(cx, facts, args, &found);
	if (r == 0 && !file && !pv_streq(pv_text_at(&found, "digest", ""), digest))
		return pv_fail(cx, PV_ECONFLICT, "chart %s %s is another one now than a moment ago",
			       pv_text_at(args, "chart", ""), pv_text_at(args, "revision", ""));
	if (r == 0)
		*request = pv_with(cx->arena, request, "file",
				   pv_string_ref(file ? file : pv_text_at(&found, "file", "")));
	return r;
}

/* The key is the tree of the chart, what is asked of it, and what the cluster has. */
static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	pv_val request = *args;
	int r = 0;
	if (previous) {
		*ret = *previous;
		return 0;
	}
	if (pv_get(args, "chart"))
		r = find_archive(cx, facts, args, &request);
	if (r == 0)
		r = run_job(cx, facts, &request, ret);
	if (r == 0 && pv_get(ret, "needs")) {
		r = bring(cx, facts, pv_get(ret, "needs"), &request);
		if (r == 0)
			r = run_job(cx, facts, &request, ret);
	}
	return r;
}

const pv_fact_kind chart_fact = {.name = "chart-manifests", .find = find};
