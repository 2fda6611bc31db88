/* depends: which Applications another one waits for: annotation delivery.pave.dev/depends-on.  Private to this
 * folder. */
#pragma once
#include "delivery/application/app.h"

#define DEPENDS_ON "delivery.pave.dev/depends-on"
#define DEPENDS_IGNORED "IgnoreDependencies=true" /* a sync option: somebody knows better */

/* Tells what is wrong with what the annotation says: the condition DependencyError. */
void depends_check(app *a);
/* Whom a sync of something new has to wait for, and why ("application shop: ..."), which a condition says, too;
 * NULL: nobody, or what Git says was let through before (state: of the last operation, or of the one that runs). */
const char *depends_wait(app *a, const pv_val *state);
/* The operation's state with what it was let through with: it is asked no more. */
const pv_val *depends_let(app *a, const pv_val *state);
/* Which Applications depend on this one and are there, so that what they need must not go; NULL: none. */
const char *depends_held(app *a);
/* The index of Applications by those that they name, "namespace/name". */
#define DEPENDS_INDEX "depends-on"
void depends_keys(pv_ctx *cx, const pv_val *application, pv_vec *ret);
