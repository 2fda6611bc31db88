/* project: what an AppProject permits.  Private. */
#pragma once
#include "delivery/application/app.h"

/* Where administrators keep the AppProjects that limit what other people deploy. */
#define PROJECT_HOME "argocd"

/* May Applications of this namespace use an AppProject of PROJECT_HOME?  NULL: no. */
bool project_admits_namespace(pv_arena *arena, const pv_val *project, const char *ns);
/* False: a condition says what is not permitted. */
bool project_allows_app(app *a);
bool project_allows_items(app *a);
