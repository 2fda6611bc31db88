/* sources: where an Application's objects come from: spec.source, or all of spec.sources, of which one with
 * a `ref` lends its files to the values of others.  Private to this folder. */
#pragma once
#include "delivery/application/app.h"

app_source source_of(const pv_val *spec);
/* Those of the operation that runs, or else of the spec. */
void sources_init(app *a);
/* The same of an operation that has just come. */
void sources_take(app *a, const pv_val *sync);
/* Has them looked up at what the operation names, where it has no commits yet. */
void sources_ask(app *a, const pv_val *sync);
/* Keeps them to the commits of an operation's result, if it has any. */
void sources_pin(app *a, const pv_val *result);
/* Gives it no objects: it has nothing but files that others name. */
bool source_only_lends(const app_source *from);
/* The source that "$name/path" means, and the path; NULL: it means none. */
const app_source *source_lending(const app *a, const char *text, const char **ret_path);

/* The whole repository's tree at its commit: 1, 0: not known yet, or negative. */
PV_MUST_USE int source_root(app *a, const pv_val **ret);

/* "0123..", or "0123..,4567.." of several. */
const char *sources_revisions(const app *a);
/* The same of a result of a sync, or of what was compared. */
const char *sources_revisions_of(pv_arena *arena, const pv_val *result);
/* Is it about these commits?  And about these sources? */
bool sources_are_at(const app *a, const pv_val *result);
bool sources_are_of(const app *a, const pv_val *result);
/* revision, or revisions; source, or sources; sourceType, or sourceTypes. */
void sources_put_revisions(const app *a, pv_objb *b);
void sources_put(const app *a, pv_objb *b);
void sources_put_types(const app *a, pv_objb *b);
