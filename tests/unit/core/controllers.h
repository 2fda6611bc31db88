/* controllers: a world whose controllers and garbage collector run, and waiting for what
 * they do. */
#pragma once
#include "core/fact/fact.h"
#include "core/lifecycle/lifecycle.h"
#include "core/reconcile/reconcile.h"
#include "unit/core/world.h"
#include "unit/folder.h"

typedef struct running {
	world *w;
	pv_facts *facts;
	pv_runtime *runtime;
	pv_lifecycle *lifecycle;
	char dir[FOLDER_SIZE];
} running;

int running_open(void **state);
int running_close(void **state);
/* Waits until the object's field has the text (of its JSON); NULL: until it is gone.  Fails the
 * test after ten seconds, with what it is. */
void running_wait(running *r, const char *type, const char *ns, const char *name, const char *path,
		  const char *json);
/* Waits for an Event about an object of that name: in its namespace, or "default". */
const pv_val *running_event(running *r, const char *ns, const char *name);
const pv_val *running_find(running *r, const char *type, const char *ns, const char *name);
void running_delete(running *r, const char *version, const char *kind, const char *name,
		    const char *propagation);
