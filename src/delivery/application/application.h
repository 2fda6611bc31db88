/* application: what other modules may ask about Applications.  Any thread. */
#pragma once
#include "base/vec.h"
#include "core/admission/admission.h"
#include "lang/value/value.h"

struct clusters_place;
struct pv_api;
struct pv_plan;

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
/* Does it permit what the Application has at the place, an object of that kind and namespace? */
bool application_may_reach(pv_ctx *cx, struct pv_api *api, const pv_val *application,
			   const struct clusters_place *place, const char *group, const char *kind,
			   const char *ns);
/* Is there a project of that name for what lies in the namespace (home, own: as below)? */
bool application_has_project(const pv_val *home, const pv_val *own, const char *ns, const char *name);
/* May what lies in the namespace and deploys with the project of that name read the repository?  home, own: that
 * project of namespace argocd and the one beside it; NULL: there is none. */
bool application_permits_repo(pv_arena *arena, const pv_val *home, const pv_val *own, const char *ns,
			      const char *name, const char *repo);
/* May it deploy to that namespace of the cluster (its address, its name)?  The same otherwise. */
bool application_permits_destination(const pv_val *home, const pv_val *own, const char *ns, const char *name,
				     const char *server, const char *cluster, const char *namespace);
