/* rollout: RollingUpdate and Recreate, a step at a time.
 * Source: k8s.io/kubernetes/pkg/controller/deployment (rolling.go, recreate.go, sync.go). */
#include "infrastructure/workloads/rollout.h"

#include "base/str.h"
#include "infrastructure/workloads/workloads.h"

/* `kubectl rollout restart` */
const pv_edit_name workload_edits[] = {
	{"spec.template.metadata.annotations", "kubectl.kubernetes.io/restartedAt", "restarted"}, {0}};

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
rollout_limits(const pv_val *d, struct rollout *r)
{
	const pv_val *rolling = pv_at(d, "spec.strategy.rollingUpdate");
	static const pv_val quarter = {.type = PV_STRING, .len = 3, .s = "25%"};
	const pv_val *surge = pv_get(rolling, "maxSurge"), *unavailable = pv_get(rolling, "maxUnavailable");
	r->replicas = replicas_of(d, 1);
	r->recreate = pv_streq(pv_text_at(d, "spec.strategy.type", ""), "Recreate");
	r->reported = pv_i64_at(d, "status.replicas", 0);
	r->collisions = pv_i64_at(d, "status.collisionCount", 0);
	if (r->recreate) /* its end is at hand when all are available, and it bears none missing */
		return;
	r->max_surge = scaled(surge ? surge : &quarter, r->replicas, true, 0);
	r->max_unavailable = scaled(unavailable ? unavailable : &quarter, r->replicas, false, 0);
	/* Both zero would never move: a percentage rounded to nothing still lets one go. */
	if (r->max_surge == 0 && r->max_unavailable == 0)
		r->max_unavailable = 1;
	r->max_unavailable = least(r->max_unavailable, r->replicas);
}

int64_t
rollout_total(const struct rollout *r)
{
	int64_t total = 0;
	for (size_t i = 0; i < r->n; i++)
		total += r->all[i].have;
	return total;
}

static int64_t
available(const struct rollout *r)
{
	int64_t total = 0;
	for (size_t i = 0; i < r->n; i++)
		total += r->all[i].available;
	return total;
}

/* How large the newest may be, now that `have` of it exist. */
static int64_t
new_size(const struct rollout *r, int64_t have)
{
	int64_t room = r->replicas + r->max_surge - rollout_total(r);
	if (r->recreate)
		return r->replicas;
	if (room <= 0)
		return have;
	return have + least(room, r->replicas - have);
}

int64_t
rollout_first_size(const struct rollout *r)
{
	if (r->recreate && rollout_total(r) > 0)
		return 0;
	return new_size(r, 0);
}

static bool
grow_new(struct rollout *r)
{
	struct rs *rs = r->newest;
	if (rs->have == r->replicas)
		return false;
	rs->want = rs->have > r->replicas ? r->replicas : new_size(r, rs->have);
	return rs->want != rs->have;
}

/* First the Pods that do not work anyway. */
static int64_t
drop_unhealthy(struct rollout *r, int64_t most)
{
	int64_t dropped = 0;
	for (size_t i = 0; i < r->n && dropped < most; i++) {
		struct rs *rs = &r->all[i];
		int64_t sick = rs->have - rs->available;
		if (rs == r->newest || rs->have == 0 || sick <= 0)
			continue;
		sick = least(sick, most - dropped);
		rs->want -= sick;
		dropped += sick;
	}
	return dropped;
}

static int64_t
drop_healthy(struct rollout *r, int64_t spare)
{
	int64_t dropped = 0;
	for (size_t i = 0; i < r->n && dropped < spare; i++) {
		struct rs *rs = &r->all[i];
		int64_t some = least(rs->want, spare - dropped);
		if (rs == r->newest || rs->want == 0)
			continue;
		rs->want -= some;
		dropped += some;
	}
	return dropped;
}

static bool
shrink_old(struct rollout *r)
{
	int64_t fewest = r->replicas - r->max_unavailable;
	int64_t new_missing = r->newest->have - r->newest->available;
	int64_t most = rollout_total(r) - fewest - new_missing;
	int64_t dropped;
	if (most <= 0)
		return false;
	dropped = drop_unhealthy(r, most);
	if (available(r) > fewest)
		dropped += drop_healthy(r, available(r) - fewest);
	return dropped > 0;
}

static bool
recreate_step(struct rollout *r, bool old_pods_running)
{
	bool shrunk = false;
	for (size_t i = 0; i < r->n; i++)
		if (&r->all[i] != r->newest && r->all[i].have > 0) {
			r->all[i].want = 0;
			shrunk = true;
		}
	if (shrunk || old_pods_running || !r->newest)
		return shrunk;
	return grow_new(r);
}

bool
rollout_step(struct rollout *r, bool old_pods_running)
{
	if (r->recreate)
		return recreate_step(r, old_pods_running);
	return r->newest && (grow_new(r) || shrink_old(r));
}

/* ---- scaling ---- */

/* A ReplicaSet's part of the difference, at most what is left of it. */
static int64_t
part_of(const struct rollout *r, const struct rs *rs, int64_t add, int64_t given)
{
	int64_t before = rs->max_before > 0 ? rs->max_before : r->reported;
	int64_t left = add - given, part = -rs->have;

	if (r->replicas > 0) {
		if (before == 0)
			return 0;
		part = (int64_t)((double)rs->have * (double)(r->replicas + r->max_surge) / (double)before +
				 0.5) -
		       rs->have;
	}
	if (add > 0)
		return least(part > 0 ? part : 0, left);
	return part < left ? left : part > 0 ? 0 : part;
}

static int
by_size_newer(const void *a, const void *b)
{
	const struct rs *x = *(struct rs *const *)a, *y = *(struct rs *const *)b;

	if (x->have != y->have)
		return x->have > y->have ? -1 : 1;
	return x > y ? -1 : x < y; /* all of them lie in one array, oldest first */
}

static int
by_size_older(const void *a, const void *b)
{
	const struct rs *x = *(struct rs *const *)a, *y = *(struct rs *const *)b;

	return x->have == y->have ? -by_size_newer(a, b) : by_size_newer(a, b);
}

/* The largest takes what rounding left over; of equals the newer grows and the older shrinks. */
static void
share(struct rollout *r, pv_vec *active)
{
	int64_t add = (r->replicas > 0 ? r->replicas + r->max_surge : 0) - rollout_total(r), given = 0;
	struct rs *first;

	pv_vec_sort(active, add > 0 ? by_size_newer : by_size_older);
	for (size_t i = 0; add != 0 && i < active->len; i++) {
		struct rs *rs = *PV_AT(struct rs *, active, i);
		int64_t part = part_of(r, rs, add, given);

		rs->want = rs->have + part;
		given += part;
	}
	first = *PV_AT(struct rs *, active, 0);
	first->want += add - given;
	if (first->want < 0)
		first->want = 0;
}

static bool
saturated(const struct rollout *r)
{
	return r->newest && r->newest->have == r->replicas && r->newest->available == r->replicas;
}

void
rollout_scale(pv_ctx *cx, struct rollout *r)
{
	pv_vec active;

	pv_vec_init(&active, cx->arena, sizeof(struct rs *));
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i].have > 0) {
			struct rs *rs = &r->all[i];

			pv_vec_push(&active, &rs);
		}
	if (active.len == 0 && r->n > 0) {
		(r->newest ? r->newest : &r->all[r->n - 1])->want = r->replicas;
	} else if (active.len == 1) {
		(*PV_AT(struct rs *, &active, 0))->want = r->replicas;
	} else if (active.len > 1 && saturated(r)) {
		for (size_t i = 0; i < r->n; i++)
			if (&r->all[i] != r->newest)
				r->all[i].want = 0;
	} else if (active.len > 1 && !r->recreate) {
		share(r, &active);
	}
}
