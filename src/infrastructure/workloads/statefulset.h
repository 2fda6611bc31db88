/* statefulset: one turn of a StatefulSet, between its steps (statefulset.c) and the making of
 * its Pods and claims (ordinal.c).  Lives as long as the turn.  Private. */
#pragma once
#include "infrastructure/workloads/revision.h"

struct set {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *object;
	int64_t replicas, start, partition, max_unavailable;
	bool parallel, on_delete;
	struct revision update; /* of the template now */
	const char *current;    /* name of the revision of the last finished roll-out; NULL: none yet */
	const pv_val **pods;    /* by ordinal - start, NULL: missing */
	pv_vec condemned;       /* const pv_val *: outside the ordinals, highest first */
};

/* The number in "<set>-<number>"; -1 if the name is not the set's. */
int64_t ordinal_of(pv_ctx *cx, const pv_val *set, const pv_val *pod);
/* Makes the Pod that is missing there, of its revision. */
void ordinal_make(struct set *s, int64_t n);
/* Makes the claims of a Pod that are missing, and keeps their owners as
 * persistentVolumeClaimRetentionPolicy says: what the owner's end takes along.  True if all
 * was so; `pod` may be NULL (missing), condemned: it is outside the ordinals. */
bool ordinal_claims(struct set *s, const char *name, const pv_val *pod, bool condemned);
