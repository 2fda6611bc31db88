/* chart: what is asked of a chart: the release, its values and parameters, and what the
 * cluster has, as Argo CD gives them to helm template. */
#include "delivery/application/chart.h"
#include "delivery/application/destination.h"

#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/api/discovery.h"
#include "delivery/application/sources.h"
#include "delivery/charts/charts.h"
#include "lang/json/json.h"

#define TURNS 6
#define CRD "apiextensions.k8s.io/v1/CustomResourceDefinition"

bool
chart_is_packed(const app_source *from)
{
	return *pv_text_at(from->spec, "chart", "") != '\0';
}

/* Which chart of which repository; HEAD is no version. */
static void
put_chart(app *a, const char *revision, pv_objb *b)
{
	pv_objb_puts(b, "repo", charts_address(a->cx->arena, a->from->repo));
	pv_objb_puts(b, "chart", pv_text_at(a->from->spec, "chart", ""));
	pv_objb_puts(b, "revision", pv_streq(revision, "HEAD") ? "" : revision);
	if (pv_truth_at(a->from->spec, "helm.passCredentials", false))
		pv_objb_put(b, "passCredentials", pv_bool(true));
}

int
chart_version(app *a, const char *revision, const pv_val **ret)
{
	pv_val args;
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	put_chart(a, revision, &b);
	args = pv_objb_end(&b);
	return pv_plan_fact_since(a->cx, a->plan, CHARTS_FACT, &args, a->since, ret);
}

/* Does a file lie, or could it, outside the chart's folder?  What another source lends is brought. */
static bool
is_outside(app *a, const char *path)
{
	const char *there;
	return !source_lending(a, path, &there) && (*path == '/' || strstr(path, "..") != NULL);
}

static bool
reads_outside(app *a)
{
	const pv_val *helm = pv_get(a->from->spec, "helm");
	const pv_val *files = pv_get(helm, "valueFiles"), *params = pv_get(helm, "fileParameters");
	for (size_t i = 0; i < pv_count(files); i++)
		if (is_outside(a, pv_text(pv_item(files, i), "")))
			return true;
	for (size_t i = 0; i < pv_count(params); i++)
		if (is_outside(a, pv_text_at(pv_item(params, i), "path", "")))
			return true;
	return false;
}

/* "example.org/v1" and "example.org/v1/Widget" of every custom kind that is served. */
static pv_val
custom_apis(app *a)
{
	const pv_val *kinds = destination_kinds(a);
	pv_vec crds;
	pv_listb b;
	pv_listb_init(&b, a->cx->arena);
	for (size_t i = 0; i < pv_member_count(kinds); i++) {
		const char *name = pv_text(&kinds->members[i].key, "");
		pv_listb_add(&b, kinds->members[i].key);
		pv_listb_add(&b, pv_stringn(a->cx->arena, name, (size_t)(strrchr(name, '/') - name)));
	}
	if (kinds)
		return pv_listb_end_set(&b);
	pv_plan_list(a->cx, a->plan, CRD, NULL, NULL, &crds);
	for (size_t i = 0; i < crds.len; i++) {
		const pv_val *crd = *PV_AT(const pv_val *, &crds, i), *versions = pv_at(crd, "spec.versions");
		for (size_t k = 0; k < pv_count(versions); k++) {
			const pv_val *v = pv_item(versions, k);
			const char *name = pv_printf(a->cx->arena, "%s/%s", pv_text_at(crd, "spec.group", ""),
						     pv_text_at(v, "name", ""));
			if (!pv_truth_at(v, "served", false))
				continue;
			pv_listb_add(&b, pv_string_ref(name));
			pv_listb_add(&b, pv_stringf(a->cx->arena, "%s/%s", name,
						    pv_text_at(crd, "spec.names.kind", "")));
		}
	}
	return pv_listb_end_set(&b);
}

/* What $ARGOCD_APP_.. stands for; only if something asks, for the commit makes every key new. */
static bool
wants_environment(app *a)
{
	const char *there;
	const pv_val *helm = pv_get(a->from->spec, "helm");
	const pv_val *params = pv_get(helm, "parameters"), *files = pv_get(helm, "valueFiles"),
		     *texts = pv_get(helm, "fileParameters");
	bool found = false;
	for (size_t i = 0; i < pv_count(params); i++)
		found |= strchr(pv_text_at(pv_item(params, i), "value", ""), '$') != NULL;
	for (size_t i = 0; i < pv_count(files); i++)
		found |= !source_lending(a, pv_text(pv_item(files, i), ""), &there) &&
			 strchr(pv_text(pv_item(files, i), ""), '$') != NULL;
	for (size_t i = 0; i < pv_count(texts); i++)
		found |= strchr(pv_text_at(pv_item(texts, i), "path", ""), '$') != NULL;
	return found;
}

static const char *
kube_version_of(app *a, const pv_val *helm)
{
	const char *version = destination_version(a) ? destination_version(a) : PV_KUBERNETES;
	return pv_text_at(helm, "kubeVersion", pv_strndup(a->cx->arena, version, strcspn(version, "+")));
}

pv_val
chart_environment(app *a)
{
	const char *tool = pv_get(a->from->spec, "kustomize") ? "kustomize" : "helm";
	pv_arena *arena = a->cx->arena;
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "ARGOCD_APP_NAME", a->name);
	pv_objb_puts(&b, "ARGOCD_APP_NAMESPACE", a->dest_ns);
	pv_objb_puts(&b, "ARGOCD_APP_PROJECT_NAME", pv_text_at(a->spec, "project", "default"));
	pv_objb_puts(&b, "ARGOCD_APP_REVISION", a->from->revision);
	pv_objb_put(&b, "ARGOCD_APP_REVISION_SHORT", pv_stringf(arena, "%.7s", a->from->revision));
	pv_objb_put(&b, "ARGOCD_APP_REVISION_SHORT_8", pv_stringf(arena, "%.8s", a->from->revision));
	pv_objb_puts(&b, "ARGOCD_APP_SOURCE_PATH", a->from->path);
	pv_objb_puts(&b, "ARGOCD_APP_SOURCE_REPO_URL", a->from->repo);
	pv_objb_puts(&b, "ARGOCD_APP_SOURCE_TARGET_REVISION", a->from->target);
	pv_objb_puts(&b, "KUBE_VERSION", kube_version_of(a, pv_get(a->from->spec, tool)));
	return pv_objb_end(&b);
}

/* What a chart is asked with beside itself: what it looked up, and files that other sources lend.  Of each
 * the key of the fact has a digest. */
struct beside {
	bool root;                      /* the whole repository, too */
	const pv_val *states, *answers; /* of what it looked up; NULL: nothing yet */
	const pv_val *lent;             /* NULL: no files */
};

static pv_val
payload_of(app *a, const struct beside *with)
{
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	if (with->answers)
		pv_objb_put(&b, "lookups", *with->answers);
	if (with->lent)
		pv_objb_put(&b, "lent", *with->lent);
	return pv_objb_end(&b);
}

/* The arguments of the fact.  1, or what source_root() returned. */
static int
args_of(app *a, const struct beside *with, pv_val *ret)
{
	const pv_val *helm = pv_get(a->from->spec, "helm"), *root;
	const char *kube_version = kube_version_of(a, helm);
	bool packed = chart_is_packed(a->from);
	pv_objb b;
	int r = with->root ? source_root(a, &root) : 1;
	if (r != 1)
		return r;
	pv_objb_init(&b, a->cx->arena);
	if (with->root)
		pv_objb_puts(&b, "root", pv_text_at(root, "tree", ""));
	if (packed)
		put_chart(a, a->from->revision, &b);
	else
		pv_objb_puts(&b, "repo", a->from->repo);
	pv_objb_puts(&b, "tree", pv_text_at(a->from->tree, "tree", ""));
	pv_objb_puts(&b, "path", packed ? "" : a->from->path);
	pv_objb_puts(&b, "release", pv_text_at(helm, "releaseName", a->name));
	pv_objb_puts(&b, "namespace", pv_text_at(helm, "namespace", a->dest_ns));
	pv_objb_puts(&b, "kubeVersion", kube_version);
	pv_objb_put(&b, "apis",
		    pv_count(pv_get(helm, "apiVersions")) ? *pv_get(helm, "apiVersions") : custom_apis(a));
	if (helm != NULL)
		pv_objb_put(&b, "helm", *helm);
	if (wants_environment(a))
		pv_objb_put(&b, "environment", chart_environment(a));
	if (with->states)
		pv_objb_put(&b, "looked", *with->states);
	if (with->lent) {
		const char *text = pv_json_text(a->cx->arena, with->lent);
		pv_objb_puts(&b, "lent", pv_sha256_hex(a->cx->arena, text, strlen(text)));
	}
	*ret = pv_objb_end(&b);
	return 1;
}

static int
ask(app *a, const struct beside *with, const pv_val **ret)
{
	pv_val args, payload;
	int r = args_of(a, with, &args);
	if (r != 1)
		return r;
	if (!with->answers && !with->lent)
		return pv_plan_fact_since(a->cx, a->plan, "chart-manifests", &args, a->since, ret);
	payload = payload_of(a, with);
	return pv_plan_effect(a->cx, a->plan, "chart-manifests", &args, &payload, ret);
}

/* Asked again while the answer is what else must be known: the whole repository, whose tree is another one
 * with each commit, and objects of the cluster. */
int
chart_manifests(app *a, const pv_val **ret)
{
	bool packed = chart_is_packed(a->from);
	struct beside with = {.root = !packed && reads_outside(a)};
	pv_val states, answers;
	int r = chart_lent(a, &with.lent);
	for (int turn = 0; r == 1 && turn < TURNS; turn++) {
		r = ask(a, &with, ret);
		if (r != 1 || (!pv_get(*ret, "root") && !pv_get(*ret, "lookups")))
			return r;
		if (pv_get(*ret, "lookups")) {
			r = chart_look(a, pv_get(*ret, "lookups"), &states, &answers);
			with.states = &states;
			with.answers = &answers;
		} else if (packed) {
			r = pv_fail(
				a->cx, PV_EUNSUPPORTED,
				"the chart has a dependency with a repository file://, which is not in its charts/: "
				"expected it packed");
		}
		with.root = with.root || pv_get(*ret, "root");
	}
	if (r != 1)
		return r;
	return pv_fail(a->cx, PV_ETOOLARGE,
		       "the chart looks up what it found out by looking up, more than %d times over",
		       TURNS - 1);
}
