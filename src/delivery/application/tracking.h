/* tracking: how an object says whose it is: by annotation, by label, or both (argocd-cm:
 * application.resourceTrackingMethod, application.instanceLabelKey, installationID).  Private to this folder. */
#pragma once
#include "delivery/application/app.h"

/* Reads the settings. */
void tracking_init(app *a);
/* False: a condition says which of the settings is not understood. */
bool tracking_is_understood(app *a);
/* The object with the marks of this Application; name: what it is called when it is applied. */
pv_val tracking_marked(const app *a, const item *it, const char *name, const pv_val *object);
/* The objects that are this Application's, of const pv_val *. */
void tracking_objects(app *a, pv_vec *ret);
