/* desired: from the source in Git to the objects that shall be, placed in the
 * destination's namespace and marked as this Application's. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/application/app.h"
#include "delivery/application/application.h"
#include "delivery/application/chart.h"
#include "delivery/application/desired.h"
#include "delivery/application/destination.h"
#include "delivery/application/hook.h"
#include "delivery/application/hydrate.h"
#include "delivery/application/ignore.h"
#include "delivery/application/integrity.h"
#include "delivery/application/kustomization.h"
#include "delivery/application/manifests.h"
#include "delivery/application/operation.h"
#include "delivery/application/plugin.h"
#include "delivery/application/project.h"
#include "delivery/application/settings.h"
#include "delivery/application/sources.h"
#include "delivery/application/tracking.h"

/* What a source may have that is not carried out yet: named, not ignored. */
static const struct {
	const char *field, *works;
} unsupported[] = {
	{"tagPrefix", "name the tag whole in targetRevision"},
};

#define IMPERSONATION "application.sync.impersonation.enabled"

static bool
supported_source(app *a, const pv_val *spec)
{
	for (size_t i = 0; i < PV_LEN(unsupported); i++)
		if (pv_at(spec, unsupported[i].field)) {
			app_condition(a, "ComparisonError", "spec.source.%s is not supported yet: %s",
				      unsupported[i].field, unsupported[i].works);
			return false;
		}
	return true;
}

#define PARAMETERS "argocd-cmd-params-cm"
#define NAMESPACES "application.namespaces"

static bool
is_admitted(app *a)
{
	const pv_val *map = pv_plan_find(a->cx, a->plan, "v1/ConfigMap", CUSTOM_NS, PARAMETERS);
	if (application_admits_namespace(a->cx->arena, pv_text(pv_get(pv_get(map, "data"), NAMESPACES), NULL),
					 a->ns))
		return true;
	app_condition(a, "InvalidSpecError",
		      "namespace '%s' is not permitted: " NAMESPACES " of ConfigMap " CUSTOM_NS "/" PARAMETERS
		      " does not name it",
		      a->ns);
	return false;
}

static bool
supported(app *a)
{
	if (!is_admitted(a) || !destination_resolve(a))
		return false;
	for (size_t i = 0; i < a->sources.len; i++)
		if (!supported_source(a, PV_AT(app_source, &a->sources, i)->spec))
			return false;
	if (!supported_source(a, pv_at(a->spec, "sourceHydrator.drySource")))
		return false;
	if (pv_streq(setting(a, IMPERSONATION, ""), "true")) {
		app_condition(
			a, "InvalidSpecError",
			"ConfigMap argocd/argocd-cm: " IMPERSONATION
			" is not supported yet, and a sync would not be limited to a ServiceAccount's rights");
		return false;
	}
	return true;
}

static int
failed(app *a)
{
	size_t n = (size_t)(a->from - PV_AT(app_source, &a->sources, 0)) + 1;
	const char *which = a->many ? pv_printf(a->cx->arena, "source %zu of %zu: ", n, a->sources.len) : "";
	app_condition(a, "ComparisonError", "Failed to load target state: %s%s", which, pv_error_text(a->cx));
	pv_plan_fail(a->cx, a->plan, "ComparisonError");
	return -1;
}

static int
ask_tree(app *a, const char *revision, const pv_val **ret)
{
	pv_val args;
	pv_objb b;
	a->from->found_by = revision;
	if (chart_is_packed(a->from))
		return chart_version(a, revision, ret);
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "repo", a->from->repo);
	pv_objb_puts(&b, "revision", revision);
	pv_objb_puts(&b, "path", a->from->path);
	pv_objb_put(&b, "names", pv_bool(false));
	args = pv_objb_end(&b);
	return pv_plan_fact_since(a->cx, a->plan, "git-tree", &args, a->since, ret);
}

/* While an operation runs, what it began with counts, not what was committed since.  One that
 * waits to be tried again gives way to a newer commit if it was automated or says refresh. */
static int
settle_tree(app *a, const pv_val **ret)
{
	const pv_val *state = pv_get(a->status, "operationState");
	bool waits = pv_get(state, "finishedAt") != NULL;
	int r = ask_tree(a, a->from->target, ret);
	if (r == 0 || !a->from->pinned ||
	    (r == 1 && pv_streq(pv_text_at(*ret, "commit", ""), a->from->pinned)))
		return r;
	if (r == 1 && waits) {
		a->moved_on = pv_truth_at(state, "operation.initiatedBy.automated", false) ||
			      pv_truth_at(state, "operation.retry.refresh", false);
		if (a->moved_on || op_waits(a, state))
			return r;
	}
	if (r < 0)
		pv_recover(a->cx);
	return ask_tree(a, a->from->pinned, ret);
}

/* What a spec names for the first time may be younger than what is known of the repository: before it is
 * said not to be there, the repository is looked at. */
static bool
looks_first(app *a, int r)
{
	if (r != -PV_ENOTFOUND || a->asked || pv_get(a->status, LOOKING) ||
	    sources_are_of(a, pv_at(a->status, "sync.comparedTo")))
		return false;
	pv_recover(a->cx);
	pv_plan_status(a->cx, a->plan,
		       pv_with(a->cx->arena, a->status, LOOKING, pv_int(pv_plan_now(a->plan))));
	pv_plan_requeue(a->plan, PV_MS);
	return true;
}

static void
take_tree(app *a, app_source *from, const pv_val *tree)
{
	const char *message = pv_text_at(tree, "message", "");
	from->tree = tree;
	from->revision = pv_text_at(tree, "commit", "");
	from->message = pv_strndup(a->cx->arena, message, strcspn(message, "\n"));
}

static int
find_tree(app *a)
{
	const pv_val *tree;
	int r = settle_tree(a, &tree);
	if (looks_first(a, r))
		return 0;
	if (r == -PV_EUNAUTHORIZED || r == -PV_EUNAVAILABLE)
		r = pv_wrap(a->cx, r, "repository not accessible");
	if (r < 0)
		return failed(a);
	if (r == 1)
		take_tree(a, a->from, tree);
	return r;
}

/* What spec.source.directory.jsonnet says, with the environment in it. */
static pv_val
jsonnet_of(app *a, const pv_val *v)
{
	pv_val environment = chart_environment(a);
	pv_objb b;
	pv_listb list;
	if (v->type == PV_STRING)
		return pv_string_ref(chart_substituted(a->cx->arena, &environment, v->s));
	pv_objb_init(&b, a->cx->arena);
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; pv_is(v, PV_OBJECT) && i < v->len; i++)
		pv_objb_putv(&b, v->members[i].key, jsonnet_of(a, &v->members[i].val));
	for (size_t i = 0; pv_is(v, PV_LIST) && i < v->len; i++)
		pv_listb_add(&list, jsonnet_of(a, pv_item(v, i)));
	return pv_is(v, PV_OBJECT) ? pv_objb_end(&b) : pv_is(v, PV_LIST) ? pv_listb_end(&list) : *v;
}

static pv_val
manifests_args(app *a, const char *root)
{
	const pv_val *directory = pv_get(a->from->spec, "directory");
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "repo", a->from->repo);
	pv_objb_puts(&b, "tree", pv_text_at(a->from->tree, "tree", ""));
	pv_objb_puts(&b, "path", a->from->path);
	pv_objb_put(&b, "directory", pv_bool(directory != NULL));
	pv_objb_put(&b, "recurse", pv_bool(pv_truth_at(directory, "recurse", false)));
	pv_objb_puts(&b, "include", pv_text_at(directory, "include", NULL));
	pv_objb_puts(&b, "exclude", pv_text_at(directory, "exclude", NULL));
	if (pv_truth_at(directory, "disableExtensionFilter", false))
		pv_objb_put(&b, "anyName", pv_bool(true));
	if (pv_get(directory, "jsonnet"))
		pv_objb_put(&b, "jsonnet", jsonnet_of(a, pv_get(directory, "jsonnet")));
	pv_objb_puts(&b, "root", root);
	return pv_objb_end(&b);
}

/* Jsonnet may import from elsewhere in the repository, whose tree is another one with each commit: that is
 * asked for only then. */
static int
ask_manifests(app *a, const pv_val **ret)
{
	const pv_val *root;
	pv_val args = manifests_args(a, NULL);
	int r = pv_plan_fact_since(a->cx, a->plan, "manifests", &args, a->since, ret);
	if (r == 1 && pv_get(*ret, "root")) {
		r = source_root(a, &root);
		if (r == 1) {
			args = manifests_args(a, pv_text_at(root, "tree", ""));
			r = pv_plan_fact_since(a->cx, a->plan, "manifests", &args, a->since, ret);
		}
	}
	return r;
}

/* ---- placing ---- */

static void
place(app *a, const pv_val *manifest)
{
	pv_val object = *pv_get(manifest, "object");
	enum pv_scope scope =
		destination_scope(a, pv_text_at(&object, "apiVersion", ""), pv_text_at(&object, "kind", ""));
	item *it = pv_vec_add(&a->items);
	it->file = pv_text_at(manifest, "file", NULL);
	it->line = (int)pv_i64_at(manifest, "line", 0);
	if (scope == PV_SCOPE_CLUSTER)
		object = pv_without_at(a->cx->arena, &object, "metadata.namespace");
	else if (!*pv_text_at(&object, "metadata.namespace", "") && *a->dest_ns)
		object = pv_with_at(a->cx->arena, &object, "metadata.namespace", pv_string_ref(a->dest_ns));
	item_identify(a, &object, it);
	if (scope == PV_SCOPE_NAMESPACE && !*it->ns)
		it->problem = pv_printf(
			a->cx->arena,
			"Namespace for %s %s is missing: set spec.destination.namespace, or metadata.namespace in the manifest",
			it->name, it->kind);
	it->hook = hook_is(&object);
	if (!it->hook)
		object = tracking_marked(a, it, it->name, &object);
	it->want = pv_box(a->cx->arena, object);
}

/* A directory that says nothing is a mistake more often than not. */
static void
warn_if_empty(app *a)
{
	bool recurse = pv_truth_at(a->from->spec, "directory.recurse", false);
	const pv_val *include = pv_at(a->from->spec, "directory.include"),
		     *exclude = pv_at(a->from->spec, "directory.exclude");
	if (pv_streq(a->from->type, "Helm"))
		app_condition(a, "NoManifestsWarning",
			      "the chart gives no manifests at %s, with the values that it has",
			      app_revision(a->cx->arena, a->from->revision));
	else if (pv_streq(a->from->type, "Kustomize"))
		app_condition(a, "NoManifestsWarning", "the kustomization in \"%s\" gives no manifests at %s",
			      a->from->path, app_revision(a->cx->arena, a->from->revision));
	else
		app_condition(
			a, "NoManifestsWarning",
			"no manifests are in directory \"%s\" at commit %.7s: expected files *.yaml, *.yml, "
			"*.json or *.jsonnet%s%s",
			a->from->path, a->from->revision,
			recurse ? "" : "; folders below it are read with spec.source.directory.recurse: true",
			include || exclude ? "; spec.source.directory.include and exclude leave files out"
					   : "");
}

static void
drop_excluded(app *a)
{
	pv_vec left;
	pv_vec_init(&left, a->cx->arena, sizeof(item));
	for (size_t i = 0; i < a->items.len; i++) {
		item *it = PV_AT(item, &a->items, i);
		if (settings_exclude(a, it))
			app_condition(a, "ExcludedResourceWarning",
				      "Resource %s/%s %s is excluded in the settings", it->group, it->kind,
				      it->name);
		else
			pv_vec_push(&left, it);
	}
	a->items = left;
}

/* Two manifests of one object: the last one counts, and the user is told. */
static void
drop_repeats(app *a)
{
	pv_map *last = pv_map_new(a->cx->arena);
	pv_vec left;
	pv_vec_init(&left, a->cx->arena, sizeof(item));
	for (size_t i = 0; i < a->items.len; i++)
		if (*PV_AT(item, &a->items, i)->name)
			pv_map_puts(last, item_key(a, PV_AT(item, &a->items, i)), PV_AT(item, &a->items, i));
	for (size_t i = 0; i < a->items.len; i++) {
		item *it = PV_AT(item, &a->items, i);
		const item *counts = *it->name ? pv_map_finds(last, item_key(a, it)) : it;
		if (counts != it)
			app_condition(
				a, "RepeatedResourceWarning",
				"Resource %s/%s/%s/%s appeared more than once among application resources: %s and "
				"%s, which counts.",
				it->group, it->kind, it->ns, it->name, item_place(a, it),
				item_place(a, counts));
		else
			pv_vec_push(&left, it);
	}
	a->items = left;
}

static int
ask_plugin(app *a, const char *name, const pv_val **ret)
{
	a->from->type = "Plugin";
	return plugin_manifests(a, name, ret);
}

/* Of the tool that the source asks for, or that the directory is of. */
static int
find_manifests(app *a, const pv_val **ret)
{
	const pv_val *plugin = pv_get(a->from->spec, "plugin");
	bool chart = pv_get(a->from->spec, "helm") != NULL || chart_is_packed(a->from),
	     kustomization = pv_get(a->from->spec, "kustomize") != NULL;
	int r;
	if (*pv_text_at(plugin, "name", ""))
		return ask_plugin(a, pv_text_at(plugin, "name", ""), ret);
	if (!chart && !kustomization) {
		r = ask_manifests(a, ret);
		if (r == 1 && pv_get(*ret, "plugin"))
			return ask_plugin(a, pv_text_at(*ret, "plugin", ""), ret);
		if (r == 1 && plugin)
			return pv_fail(
				a->cx, PV_ENOTFOUND,
				"spec.source.plugin: no plugin knows the files in \"%s\": expected its name",
				a->from->path);
		if (r != 1 || !pv_get(*ret, "tool") || pv_get(a->from->spec, "directory")) {
			a->from->type = "Directory";
			return r;
		}
		chart = pv_truth_at(*ret, "helm", false);
	}
	a->from->type = chart ? "Helm" : "Kustomize";
	return chart ? chart_manifests(a, ret) : kustomization_manifests(a, ret);
}

static void
place_all(app *a, const pv_val *found)
{
	const pv_val *manifests = pv_get(found, "manifests"), *repeats = pv_get(found, "repeats");
	size_t before = a->items.len;
	for (size_t i = 0; i < pv_count(manifests); i++)
		if (pv_is(pv_at(pv_item(manifests, i), "object.metadata"), PV_OBJECT))
			place(a, pv_item(manifests, i));
	for (size_t i = 0; i < pv_count(repeats); i++)
		app_condition(a, "RepeatedKeyWarning", "%s", pv_text(pv_item(repeats, i), ""));
	if (a->items.len == before)
		warn_if_empty(a);
}

/* For each source, in turn; 0 if it is not known of one of them, though all were asked. */
static int
each_source(app *a, int (*what)(app *a))
{
	int r = 1, all = 1;
	for (size_t i = 0; r >= 0 && i < a->sources.len; i++) {
		a->from = PV_AT(app_source, &a->sources, i);
		r = what(a);
		all = r < all ? r : all;
	}
	a->from = PV_AT(app_source, &a->sources, 0);
	return all;
}

/* What came with the operation takes the place of what Git has: read as a file of manifests is. */
static int
add_local(app *a, const pv_val *texts)
{
	manifest_list all;
	pv_val found;
	int r = 0;
	if (a->from != PV_AT(app_source, &a->sources, 0))
		return 1;
	manifests_init(&all, a->cx);
	for (size_t i = 0; r == 0 && i < pv_count(texts); i++)
		r = manifests_add(&all, pv_printf(a->cx->arena, "operation.sync.manifests[%zu]", i),
				  pv_strv(pv_item(texts, i)));
	if (r < 0)
		return failed(a);
	found = pv_with(a->cx->arena, NULL, "manifests", pv_listb_end(&all.out));
	place_all(a, pv_box(a->cx->arena, found));
	return 1;
}

static int
add_manifests(app *a)
{
	const pv_val *found, *local = pv_get(a->asked, "manifests");
	int r;
	if (pv_count(local))
		return add_local(a, local);
	if (source_only_lends(a->from))
		return 1;
	r = find_manifests(a, &found);
	if (r == 1)
		place_all(a, found);
	return r < 0 ? failed(a) : r;
}

/* ---- one that is not synced itself ---- */

int
desired_tree(app *a, app_source *from)
{
	app_source *before = a->from;
	const pv_val *tree;
	a->from = from;
	int r = ask_tree(a, from->target, &tree);
	if (r == 1)
		take_tree(a, from, tree);
	a->from = before;
	return r;
}

int
desired_manifests(app *a, app_source *from, const pv_val **ret)
{
	app_source *before = a->from;
	a->from = from;
	int r = find_manifests(a, ret);
	a->from = before;
	return r;
}

static int
verify(app *a)
{
	int r = integrity_check(a);
	return r < 0 ? failed(a) : r;
}

int
app_desired(app *a)
{
	int r;
	if (!supported(a) || !tracking_is_understood(a) || !settings_exclusions(a) || !ignore_init(a) ||
	    !project_allows_app(a))
		return -1;
	r = destination_connect(a);
	if (r == 1)
		r = hydrate(a);
	if (r == 1)
		r = each_source(a, find_tree);
	if (r == 1)
		r = each_source(a, verify);
	if (r == 1)
		r = each_source(a, add_manifests);
	if (r != 1)
		return r;
	drop_excluded(a);
	drop_repeats(a);
	return project_allows_items(a) ? 1 : -1;
}
