/* plugin: config management plugins: programs of the administrator's that make manifests.  A source names one, or a
 * plugin says by which files it knows its own.  Private to this folder.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/config-management-plugins/ */
#pragma once
#include "delivery/application/app.h"

/* The manifests that the plugin of that name ("name" or "name-version") makes of the source: 1, 0 or negative. */
PV_MUST_USE int plugin_manifests(app *a, const char *name, const pv_val **ret);

/* ---- what the administrator wrote: DATA/plugins/<any>.yaml; in a fact ---- */
/* [{name, version, ...}]: each `spec` of a ConfigManagementPlugin with its `name`, and `network`. */
PV_MUST_USE int plugins_load(pv_ctx *cx, pv_facts *facts, pv_val *ret);
const char *plugin_name(pv_arena *arena, const pv_val *plugin); /* with its version */
/* The plugin that knows a path below the source's folder by its name; NULL: none does. */
const char *plugin_of(pv_arena *arena, const pv_val *plugins, const char *path);
/* The patterns of all, below the folder, for whoever looks for such files. */
void plugin_patterns(pv_arena *arena, const pv_val *plugins, const char *folder, pv_listb *ret);
