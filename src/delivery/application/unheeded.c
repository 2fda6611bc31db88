/* unheeded: what Argo CD would act on and Pave does not, where leaving it out limits nothing and
 * undoes nothing: the condition NotSupportedWarning names it.  What would is refused (desired.c,
 * project.c). */
#include "base/near.h"
#include "base/str.h"
#include "delivery/application/app.h"
#include "delivery/application/application.h"
#include "delivery/application/hook.h"
#include "delivery/application/project.h"
#include "delivery/application/sources.h"

static const struct {
	const char *begins, *why;
} annotations[] = {
	{"argocd-image-updater.argoproj.io/", "images are not updated yet"},
};

static void
of_what_is_held(app *a)
{
	if (a->held)
		app_condition(
			a, "RolledBackWarning",
			"it is kept at %s, which was gone back to, and not at what its source names: `pave app sync %s` "
			"goes on, or removing the annotation " APPLICATION_HELD,
			app_revision(a->cx->arena, sources_revisions(a)), a->name);
}

/* One condition a prefix: they come in dozens. */
static void
of_annotations(app *a)
{
	const pv_val *all = pv_at(a->object, "metadata.annotations");
	for (size_t i = 0; i < PV_LEN(annotations); i++)
		for (size_t k = 0; k < pv_count(all); k++) {
			const char *key = pv_text(&pv_sorted(all, k)->key, "");
			if (!pv_starts_with(key, annotations[i].begins))
				continue;
			app_condition(a, "NotSupportedWarning", "annotation %s is not acted on: %s", key,
				      annotations[i].why);
			break;
		}
}

/* A hook of no kind that is known is never run, and not applied with the rest. */
static void
of_hooks(app *a)
{
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		const char *unknown = it->hook ? hook_unknown(a->cx->arena, it->want) : NULL;
		if (unknown)
			app_condition(
				a, "NotSupportedWarning",
				"%s/%s: hook \"%s\" is not known and never runs: expected PreSync, Sync, PostSync, "
				"SyncFail, PreDelete, PostDelete or Skip",
				it->kind, it->name, unknown);
	}
}

/* A misspelt one looks like one that is not kept to. */
static void
of_options(app *a, pv_str options, const char *where)
{
	static const char *const known[] = {"ApplyOutOfSyncOnly",
					    "ClientSideApplyMigration",
					    "CreateNamespace",
					    "Delete",
					    "FailOnSharedResource",
					    "Force",
					    "IgnoreDependencies",
					    "Prune",
					    "PruneLast",
					    "PrunePropagationPolicy",
					    "Replace",
					    "RespectIgnoreDifferences",
					    "ServerSideApply",
					    "SkipDryRunOnMissingResource",
					    "Validate"};
	pv_str option, name;
	while (pv_str_next(&options, ',', &option)) {
		bool found = false;
		pv_near near;
		option = pv_str_trim(option);
		if (!option.len || !pv_str_next(&option, '=', &name))
			continue;
		near = (pv_near){.word = pv_strndup(a->cx->arena, name.s, name.len)};
		for (size_t i = 0; i < PV_LEN(known); i++) {
			found = found || pv_streq(known[i], near.word);
			pv_near_try(&near, known[i]);
		}
		if (!found)
			app_condition(a, "NotSupportedWarning",
				      "%s: sync option \"%s\" is not known and does nothing%s%s%s", where,
				      near.word, near.best ? "; did you mean \"" : "",
				      near.best ? near.best : "", near.best ? "\"?" : "");
	}
}

static void
of_all_options(app *a)
{
	const pv_val *list = pv_at(a->spec, "syncPolicy.syncOptions");
	for (size_t i = 0; i < pv_count(list); i++)
		of_options(a, pv_strv(pv_item(list, i)), "spec.syncPolicy.syncOptions");
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		const pv_val *own = pv_get(pv_at(it->want, "metadata.annotations"), SYNC_OPTIONS);
		if (own)
			of_options(a, pv_strv(own),
				   pv_printf(a->cx->arena, "%s/%s, annotation " SYNC_OPTIONS, it->kind,
					     it->name));
	}
}

void
app_unheeded(app *a)
{
	of_what_is_held(a);
	of_all_options(a);
	of_annotations(a);
	of_hooks(a);
	if (a->dest.secret && pv_truth_at(pv_at(project_of(a), "spec.orphanedResources"), "warn", false))
		app_condition(
			a, "NotSupportedWarning",
			"the project's spec.orphanedResources are counted of this server only, not of \"%s\" yet",
			a->dest.server);
}
