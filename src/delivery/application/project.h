/* project: what an AppProject permits.  Private. */
#pragma once
#include "delivery/application/app.h"

/* False: a condition says what is not permitted. */
bool project_allows_app(app *a);
bool project_allows_items(app *a);
