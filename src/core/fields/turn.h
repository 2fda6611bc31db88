/* turn: one write, and what it changes as each version of its kind sees it (turn.c); what an apply
 * takes away (prune.c).  A turn belongs to one thread and lives in its arena.  Internal to core/fields. */
#pragma once
#include "core/fields/fields.h"
#include "core/fields/managers.h"
#include "core/fields/typed.h"

typedef struct turn {
	const pv_fields_write *by;
	const pv_resource *res;
	const char *sub, *manager, *now; /* now: "" of a scale, whose entries have no time */
	pv_vec managers;                 /* of fmanager */
	pv_vec sights;                   /* of tsight: by version, of one pair of objects */
} turn;

typedef struct tsight {
	const char *api_version;
	bool gone; /* the kind has no such version any more */
	tdiff diff;
} tsight;

/* managed: the object's managedFields, or NULL. */
PV_MUST_USE int turn_begin(pv_ctx *cx, const pv_fields_write *by, const pv_val *managed, turn *ret);

const fset *turn_servers(pv_arena *arena); /* what nobody owns and no apply takes away: the server's fields */
/* What of the set a write to this subresource of the kind can own. */
const fset *turn_owned(pv_ctx *cx, const turn *t, const pv_resource *res, const fset *set);

/* What of the set is the number that a Scale of the kind writes. */
const fset *turn_replicas(pv_arena *arena, const pv_resource *res, const fset *set);

/* The object as a manager of api_version sees it, and its kind there; *ret_res NULL: gone. */
PV_MUST_USE int turn_as(pv_ctx *cx, const turn *t, const char *api_version, const pv_val *object,
			const pv_resource **ret_res, const pv_val **ret);

/* What differs between the objects (live may be NULL), in every manager's version.  Managers of versions that are
 * gone own nothing any more. */
PV_MUST_USE int turn_look(pv_ctx *cx, turn *t, const pv_val *live, const pv_val *wished);
const tdiff *turn_sight(const turn *t, const char *api_version); /* after turn_look() */

/* Fields of the manager's last intent, of `version`, that nobody owns go. */
PV_MUST_USE int turn_prune(pv_ctx *cx, const turn *t, const fmanager *mine, const fset *last,
			   const char *version, const pv_val *merged, const pv_val **ret);
