/* chart: an Application whose source is a Helm chart, in Git or from a repository of charts.
 * Private to this folder. */
#pragma once
#include "delivery/application/app.h"
#include "lang/gotmpl/gotmpl.h"

/* Is its source a packed chart, of a repository or registry, and no commit? */
bool chart_is_packed(const app_source *from);
/* The version that `revision` means: as ask_tree() has a commit, {commit: version, tree: digest}. */
PV_MUST_USE int chart_version(app *a, const char *revision, const pv_val **ret);
/* The objects that the chart renders to at the source's tree: 1 and *ret {manifests}, 0 not known yet,
 * negative with cx->err set. */
PV_MUST_USE int chart_manifests(app *a, const pv_val **ret);

/* What $ARGOCD_APP_.. and $KUBE_VERSION stand for, and a text with that in their places. */
pv_val chart_environment(app *a);
const char *chart_substituted(pv_arena *arena, const pv_val *environment, const char *text);
/* {valueFile: [{path, text}]} of those that other sources lend; NULL: it names none.  1, 0: not known yet,
 * or negative. */
PV_MUST_USE int chart_lent(app *a, const pv_val **ret);

/* ---- what a chart looks up ---- */
typedef struct chart_lookups {
	const pv_val *answers; /* {wish: object, or null} */
	pv_objb wishes;        /* those that have no answer yet */
} chart_lookups;
/* For the child: pv_tmpl_run.lookup; of: chart_lookups *. */
int chart_lookup(pv_trun *r, void *of, const pv_tv *args, pv_tv *ret);
/* For the controller: the answers, and a digest of the state that each is of: 1, or 0: not known yet, or negative. */
PV_MUST_USE int chart_look(app *a, const pv_val *wishes, pv_val *ret_states, pv_val *ret_answers);
