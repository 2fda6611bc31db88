/* rollout: the arithmetic of a Deployment's strategy over its ReplicaSets.  Private. */
#pragma once
#include "infrastructure/workloads/pods.h"

struct rs { /* a ReplicaSet and what it shall have */
	const pv_val *object;
	int64_t have, available, want; /* .spec.replicas, .status.availableReplicas */
	int64_t created, revision;
	int64_t max_before; /* replicas and maxSurge when it was last sized; 0: unknown */
};

struct rollout {
	int64_t replicas, max_surge, max_unavailable;
	int64_t reported;   /* .status.replicas */
	int64_t collisions; /* of the newest's name, .status.collisionCount */
	bool recreate;
	struct rs *newest;   /* of the current template; NULL if there is none yet */
	const char *created; /* its name, if this turn makes it */
	struct rs *all;      /* oldest first, the newest of the template among them */
	size_t n;
};

/* maxSurge and maxUnavailable of the Deployment, rounded as upstream rounds them. */
void rollout_limits(const pv_val *deployment, struct rollout *r);
/* What a ReplicaSet made now may start with. */
int64_t rollout_first_size(const struct rollout *r);
/* One step of the rollout: sets `want` of each; true if anything shall change. */
bool rollout_step(struct rollout *r, bool old_pods_running);
/* Scaling is not a rollout: what runs is scaled as it is.  Several ReplicaSets share the
 * difference in proportion to what they have; all goes to the newest once it is complete. */
void rollout_scale(pv_ctx *cx, struct rollout *r);
int64_t rollout_total(const struct rollout *r);
