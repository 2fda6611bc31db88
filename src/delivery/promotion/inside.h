/* promotion: one turn of a Promotion.  Private to this folder; a turn belongs to one thread. */
#pragma once
#include "core/module.h"
#include "core/reconcile/reconcile.h"

#define PROMOTION_GROUP "delivery.pave.dev"
#define APPLICATION "argoproj.io/v1alpha1/Application"

typedef struct turn {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *object, *spec, *status;
	const char *ns, *name;
	const pv_val *from, *to; /* the Applications */
	const pv_val *
		values; /* [{what, name, file, field, text}]: what would be carried; NULL: it cannot be said */
	const char *id; /* of that */
	pv_vec waits;   /* const char * */
} turn;

void turn_waits(turn *t, const char *fmt, ...) PV_PRINTF(2, 3);

/* What is to be carried of what runs in `from`, as values and id; waits say what is not there. */
void carry_collect(turn *t);
/* Are the values that go into the spec of `to` there? */
bool carry_is_there(const turn *t, const pv_val *values);
/* The patch of `to` that writes them; -PV_E*: it has no place for one. */
PV_MUST_USE int carry_patch(turn *t, const pv_val *values, pv_val *ret);
/* Does one of them go into a file? */
bool carry_commits(const pv_val *values);
/* {path, field, text} of each that does. */
pv_val carry_edits(const turn *t, const pv_val *values);

/* What keeps the candidate, beside that `from` is not well.  since: when it came to be Healthy there. */
void gates_look(turn *t, int64_t since);
/* Who let it through; "": nobody has to; NULL: nobody has. */
const char *gates_approval(turn *t);

/* How many approvals of it there are. */
size_t gates_count(const turn *t, const char *id);

/* Writes the values to where they go: 1: they are there (*ret_commit: "" without files), 0: not yet. */
int write_values(turn *t, const pv_val *values, int64_t entry, const char **ret_commit);

extern const pv_controller promotion_controller;
extern const pv_admission promotion_admission;
extern const pv_fact_kind promotion_commit;
extern const pv_verb promotion_verbs[];
