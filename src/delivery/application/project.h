/* project: what an AppProject permits.  Private. */
#pragma once
#include "delivery/application/app.h"

/* Where administrators keep the AppProjects that limit what other people deploy. */
#define PROJECT_HOME "argocd"

/* May Applications of this namespace use an AppProject of PROJECT_HOME?  NULL: no. */
bool project_admits_namespace(const pv_val *project, const char *ns);
/* False: a condition says what is not permitted. */
bool project_allows_app(app *a);
bool project_allows_destination(app *a); /* which is resolved; the same */
bool project_allows_items(app *a);
/* The AppProject that counts; NULL: there is none. */
const pv_val *project_of(app *a);
bool project_permits_repo(pv_arena *arena, const pv_val *project, const char *repo);
bool project_permits_place(const pv_val *project, const clusters_place *dest, const char *ns);
bool project_permits_kind(const pv_val *project, const item *it);
/* Why the Application may not deploy that object; NULL: it may. */
const char *project_refuses(app *a, const item *it);
/* Why CreateNamespace=true must not make that namespace; NULL: it may. */
const char *project_refuses_namespace(app *a, const char *name);
