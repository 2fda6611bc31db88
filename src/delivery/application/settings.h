/* settings: ConfigMap argocd-cm of namespace argocd, as far as it is about Applications.  Private to this
 * folder. */
#pragma once
#include "delivery/application/app.h"

/* The text of a key, `otherwise` if there is none. */
const char *setting(app *a, const char *key, const char *otherwise);
/* What it says of kinds; NULL: nothing. */
const custom *settings_custom(app *a);
/* What resource.exclusions and resource.inclusions keep Applications from looking at.  False: a condition
 * says what is not understood. */
bool settings_exclusions(app *a);
bool settings_exclude(const app *a, const item *it);
