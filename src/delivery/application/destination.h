/* destination: what it holds, and what it would make of what is wanted.  This server's own store answers
 * in the turn; another cluster (delivery/clusters) once it was asked.  Private. */
#pragma once
#include "delivery/application/app.h"

/* Which cluster it is; false: a condition says why none. */
bool destination_resolve(app *a);
/* What is served there is known: 1, or 0: not yet, or -1: a condition says why not; a->away: for it cannot be asked. */
int destination_connect(app *a);
/* What is there of a->items, and what else is the Application's: as destination_connect, which comes first. */
int destination_look(app *a);

enum pv_scope destination_scope(app *a, const char *api_version, const char *kind);
const pv_val *destination_find(app *a, const item *it, const char *name); /* NULL: it is not there */
void destination_tracked(app *a, pv_vec *ret); /* const pv_val *: what may be its own */
void destination_unseen(app *a,
			pv_vec *ret); /* const char *: what may not be read of what it deployed, and why */
/* What the wanted object would be after an apply; an error is what applying would say.  Of another cluster only what
 * is there is foreseen: *ret NULL. */
int destination_predict(app *a, const item *it, const pv_val **ret);

/* Wishes: carried out by the plan, or there, once.  -PV_E..: it could not be, the last time. */
int destination_apply(app *a, const pv_val *object, const char *once);
void destination_delete(app *a, const pv_val *object, const char *propagation);

/* Is an effect's error one of reaching the destination? */
bool destination_is_away(const app *a, int r);
/* "v1.34.4" and the group/versions and kinds that are served; NULL: this server. */
const char *destination_version(const app *a);
const pv_val *destination_kinds(const app *a);
