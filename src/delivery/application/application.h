/* application: what other modules may ask about Applications.  Any thread. */
#pragma once
#include "base/vec.h"
#include "core/admission/admission.h"
#include "core/reconcile/reconcile.h"
#include "lang/value/value.h"

struct clusters_place;
struct pv_api;
struct pv_plan;

/* The annotation that keeps an Application at the commits (of several sources with commas between them) of a deployment
 * that was gone back to, whatever its sources name: automated sync and selfHeal go on, about those. */
#define APPLICATION_HELD "pave.dev/rolled-back-to"

/* Is a jq expression one that is understood, a path such as .spec.source.helm.values? */
bool application_is_path(const char *jq);
/* `want` with what `live` has where rules of ignored differences (jsonPointers, jqPathExpressions; of const pv_val *)
 * point; NULL: they mean too much in it. */
const pv_val *application_respecting(pv_ctx *cx, const pv_vec *rules, const pv_val *want, const pv_val *live);
/* Why whoever writes (an Application, or what makes Applications in its namespace) may not deploy with that
 * project; NULL: they may.  what: "Application". */
const char *application_refused(pv_ctx *cx, const pv_admit *admit, const char *what, const char *project);
/* The one place that it is synced from: spec.source, or the branch that spec.sourceHydrator has written; NULL: it
 * has none, or several. */
const pv_val *application_source(pv_arena *arena, const pv_val *application);
/* May Applications lie in that namespace, as application.namespaces of ConfigMap argocd-cmd-params-cm says (patterns with
 * commas between them)?  NULL: nobody says, then in any. */
bool application_admits_namespace(pv_arena *arena, const char *patterns, const char *ns);
/* Why an Application is not to be built upon yet ("it is Synced and Progressing"): it is not Synced and Healthy at
 * what its repository says now (known no earlier than `since`, wall clock; 0: any); NULL: it is. */
const char *application_unready(pv_ctx *cx, struct pv_plan *plan, const pv_val *application, int64_t since);
/* Why a sync window of its project prevents that it is synced by itself now; NULL: none does. */
const char *application_prevented(pv_ctx *cx, struct pv_plan *plan, const pv_val *application);
/* Does the project that limits the Application permit the repository?  Who writes it decides what it names. */
bool application_may_read(pv_ctx *cx, struct pv_api *api, const pv_val *application, const char *repo);
/* Does it permit what the Application has at the place, an object of that kind, namespace and name? */
bool application_may_reach(pv_ctx *cx, struct pv_api *api, const pv_val *application,
			   const struct clusters_place *place, const char *group, const char *kind,
			   const char *ns, const char *object_name);
/* Is there a project of that name for what lies in the namespace (home, own: as below)? */
bool application_has_project(const pv_val *home, const pv_val *own, const char *ns, const char *name);
/* May what lies in the namespace and deploys with the project of that name read the repository?  home, own: that
 * project of namespace argocd and the one beside it; NULL: there is none. */
bool application_permits_repo(pv_arena *arena, const pv_val *home, const pv_val *own, const char *ns,
			      const char *name, const char *repo);
/* May it deploy to that namespace of the cluster (its address, its name)?  The same otherwise. */
bool application_permits_destination(const pv_val *home, const pv_val *own, const char *ns, const char *name,
				     const char *server, const char *cluster, const char *namespace);

/* What the Application would come to: {revision, sourceType (or revisions, sourceTypes), conditions, objects: [{group,
 * version, kind, namespace, name, status: Synced|OutOfSync|Missing|Extra, hook, place, problem, warnings, live, target,
 * normalizedLive, predicted, diff}]}.  live, target: as it is and as Git says; normalizedLive, predicted: as it is and
 * would be after a sync, without what does not count; diff: of those, as text.  problem: why it could not be applied, a
 * policy's refusal included; warnings: of admission.  What Secrets hold is hidden.  Blocks; who calls has asked for the
 * right to it.  -PV_EINVALID: what keeps it from being compared; -PV_ENOTFOUND: there is no such revision. */
PV_MUST_USE int application_preview(pv_ctx *cx, struct pv_api *api, const pv_val *object, pv_val *ret);
/* Of its objects those that the caller may not get keep their names only. */
pv_val application_preview_limited(pv_ctx *cx, struct pv_api *api, const pv_val *object, const pv_val *found);
/* The Application with its sources of that repository (NULL: of any) at another revision. */
pv_val application_at(pv_arena *arena, const pv_val *object, const char *repo, const char *revision);
/* With the i-th of its several sources there. */
pv_val application_source_at(pv_arena *arena, const pv_val *object, size_t i, const char *revision);

/* A change of a repository that is not merged yet. */
typedef struct application_change {
	const pv_val *repositories; /* its addresses, of which any will do */
	const char *base,
		*head;       /* revisions: the branch that it is for (or a commit), and what it comes to */
	const pv_val *paths; /* only what lies there; NULL: anywhere */
	int64_t since;       /* what is known of the repository must be no older; 0: any */
	bool (*admits)(void *arg, const pv_val *application); /* NULL: any */
	void *arg;
} application_change;
/* {base, head, followed: how many follow the branch, applications: [{namespace, name, project, destination, automated,
 * changed, objects} or {.., error}], more}: 1; 0: not known yet; or negative.  For a turn.  base: where the two parted.
 * error: it could be rendered before.  objects: as of application_preview, without states, those that the change says
 * something else of, with `drifted` (as it is, it is not what the branch says) and `rendered` (the difference of both
 * renderings, where there is none to what is live). */
PV_MUST_USE int application_changes(pv_ctx *cx, pv_plan *plan, const application_change *change, pv_val *ret);
