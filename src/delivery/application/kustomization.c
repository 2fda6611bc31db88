/* kustomization: what is asked of one: its folder, the folders of its bases as they are at the commit, what
 * spec.source.kustomize changes in it, and the build options of argocd-cm. */
#include "delivery/application/kustomization.h"

#include <string.h>

#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/chart.h"
#include "delivery/application/settings.h"

#define TURNS 30
#define OPTIONS "ConfigMap " CUSTOM_NS "/" CUSTOM_NAME ": kustomize.buildOptions"

/* ---- options ---- */

static bool
next_word(pv_str *rest, pv_str *ret)
{
	while (pv_str_next(rest, ' ', ret))
		if (ret->len > 0)
			return true;
	return false;
}

/* kustomize.buildOptions: *b gets {anywhere} of what a build here knows; the rest is refused by name. */
static int
build_options(app *a, pv_objb *b)
{
	pv_str rest = pv_str_of(setting(a, "kustomize.buildOptions", "")), word;
	bool anywhere = false;
	while (next_word(&rest, &word)) {
		pv_str rule = word, name;
		if (pv_str_is(word, "--enable-helm")) {
			pv_val environment = chart_environment(a);
			pv_objb_put(b, "helm", pv_bool(true));
			pv_objb_puts(b, "kubeVersion", pv_text_at(&environment, "KUBE_VERSION", ""));
			continue;
		}
		(void)pv_str_next(&rule, '=', &name);
		if (!pv_str_is(name, "--load-restrictor"))
			return pv_fail(a->cx, PV_EUNSUPPORTED,
				       OPTIONS ": %.*s is not supported: expected --load-restrictor",
				       (int)word.len, word.s);
		if (name.len == word.len && !next_word(&rest, &rule))
			rule = (pv_str){"", 0};
		anywhere = pv_str_is(rule, "LoadRestrictionsNone");
		if (!anywhere && !pv_str_is(rule, "LoadRestrictionsRootOnly"))
			return pv_fail(a->cx, PV_EINVALID,
				       OPTIONS ": --load-restrictor is \"%.*s\": expected "
					       "LoadRestrictionsRootOnly or LoadRestrictionsNone",
				       (int)rule.len, rule.s);
	}
	if (anywhere)
		pv_objb_put(b, "anywhere", pv_bool(true));
	return 0;
}

/* Does something in it stand for the commit or the Application? */
static bool
has_dollar(const pv_val *v)
{
	bool found = v && v->type == PV_STRING && strchr(v->s, '$') != NULL;
	for (size_t i = 0; !found && i < pv_count(v); i++)
		found = has_dollar(pv_item(v, i));
	return found;
}

static bool
wants_environment(const pv_val *kustomize)
{
	return has_dollar(pv_get(kustomize, "images")) || has_dollar(pv_get(kustomize, "commonLabels")) ||
	       (pv_truth_at(kustomize, "commonAnnotationsEnvsubst", false) &&
		has_dollar(pv_get(kustomize, "commonAnnotations")));
}

/* ---- folders ---- */

/* The id that a folder has at the commit; "" if there is none. */
static int
folder_id(app *a, const char *path, const char **ret)
{
	const pv_val *tree;
	pv_val args;
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "repo", a->from->repo);
	pv_objb_puts(&b, "revision", a->from->revision);
	pv_objb_puts(&b, "path", path);
	pv_objb_put(&b, "names", pv_bool(false));
	args = pv_objb_end(&b);
	int r = pv_plan_fact(a->cx, a->plan, "git-tree", &args, &tree);
	*ret = r == 1 ? pv_text_at(tree, "tree", "") : "";
	if (r == -PV_ENOTFOUND)
		return pv_recover(a->cx), 1;
	return r;
}

static int
add_folders(app *a, const pv_val *wanted, pv_objb *folders)
{
	bool all = true;
	for (size_t i = 0; i < pv_count(wanted); i++) {
		const char *path = pv_text(pv_item(wanted, i), ""), *id;
		int r = folder_id(a, path, &id);
		if (r < 0)
			return r;
		all &= r == 1;
		pv_objb_puts(folders, pv_strdup(a->cx->arena, path), id);
	}
	return all;
}

static pv_val
with(app *a, const pv_val *args, const char *key, const pv_val *found)
{
	return pv_count(found) ? pv_with(a->cx->arena, args, key, *found) : *args;
}

/* Asked again while the answer is which other folders it is made of: a commit that leaves alone what it
 * is made of costs nothing. */
int
kustomization_manifests(app *a, const pv_val **ret)
{
	const pv_val *kustomize = pv_get(a->from->spec, "kustomize");
	pv_objb b, folders, remotes, charts;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_init(&folders, a->cx->arena);
	pv_objb_init(&remotes, a->cx->arena);
	pv_objb_init(&charts, a->cx->arena);
	if (*pv_text_at(kustomize, "version", ""))
		return pv_fail(
			a->cx, PV_EUNSUPPORTED,
			"spec.source.kustomize.version is not supported: kustomizations are built in process");
	pv_objb_puts(&b, "repo", a->from->repo);
	pv_objb_puts(&b, "path", a->from->path);
	if (kustomize)
		pv_objb_put(&b, "kustomize", *kustomize);
	if (wants_environment(kustomize))
		pv_objb_put(&b, "environment", chart_environment(a));
	int r = build_options(a, &b);
	if (r < 0)
		return r;
	pv_objb_puts(&folders, pv_git_path(a->cx->arena, a->from->path),
		     pv_text_at(a->from->tree, "tree", ""));
	for (int turn = 0; turn < TURNS; turn++) {
		pv_val args = pv_objb_end(&b), known = pv_objb_end(&folders), trees = pv_objb_end(&remotes),
		       archives = pv_objb_end(&charts);
		args = with(a, &args, "folders", &known);
		args = with(a, &args, "remotes", &trees);
		args = with(a, &args, "charts", &archives);
		r = pv_plan_fact_since(a->cx, a->plan, "kustomization-manifests", &args, a->since, ret);
		if (r != 1 || pv_get(*ret, "manifests"))
			return r;
		pv_objb_from(&folders, a->cx->arena, &known);
		pv_objb_from(&remotes, a->cx->arena, &trees);
		pv_objb_from(&charts, a->cx->arena, &archives);
		r = add_folders(a, pv_get(*ret, "folders"), &folders);
		if (r == 1)
			r = kustomization_add(a, pv_get(*ret, "remotes"), false, &remotes);
		if (r == 1)
			r = kustomization_add(a, pv_get(*ret, "charts"), true, &charts);
		if (r != 1)
			return r;
	}
	return pv_fail(a->cx, PV_ETOOLARGE, "bases lie within bases more than %d deep", TURNS);
}

/* ---- the fact ---- */

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	if (previous) {
		*ret = *previous;
		return 0;
	}
	return kustomization_run(cx, facts, args, ret);
}

const pv_fact_kind kustomization_fact = {.name = "kustomization-manifests", .find = find};
