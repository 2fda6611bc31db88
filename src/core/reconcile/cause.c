/* cause: from an object down to the Pods that stand in its way; of other objects, what their conditions
 * say is wrong. */
#include "core/reconcile/cause.h"

#include <string.h>

#include "base/str.h"
#include "base/time.h"

#define CAUSES_MOST 5
#define OWNED_MOST 1000 /* objects looked at */
#define WARNINGS_MOST 3

static const char *const owned_types[] = {"apps/ReplicaSet", "batch/Job",        "/Pod",
					  "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet"};

struct search {
	pv_ctx *cx;
	pv_runtime *rt;
	pv_vec objects; /* const pv_val *: the object and what it owns, level by level */
	pv_listb causes;
};

static bool
may_list(struct search *s, const char *group, const char *plural, const char *ns)
{
	pv_attributes what = {"list", group, plural, "", ns, "", NULL, NULL};
	const pv_identity *who = pv_auth_identity(s->cx);
	return who && pv_auth_allows(s->cx, pv_api_auth(s->rt->api), who, &what, NULL);
}

static void
gather(struct search *s, const pv_val *root)
{
	struct world world = live_world(s->rt);
	pv_vec_push(&s->objects, &root);
	for (size_t i = 0; i < s->objects.len && s->objects.len < OWNED_MOST; i++) {
		const char *uid = pv_text_at(*PV_AT(const pv_val *, &s->objects, i), "metadata.uid", "");
		for (size_t k = 0; k < PV_LEN(owned_types); k++)
			world.owned(s->cx, s->rt, owned_types[k], uid, &s->objects);
	}
}

static void
add(struct search *s, const pv_val *object, const char *reason, const char *message, int64_t count,
    const char *at)
{
	pv_objb b;
	if (s->causes.len == CAUSES_MOST + WARNINGS_MOST)
		return;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_put(&b, "object", object_ref(s->cx->arena, object));
	pv_objb_puts(&b, "reason", reason);
	pv_objb_puts(&b, "message", message);
	if (count > 1)
		pv_objb_put(&b, "count", pv_int(count));
	pv_objb_puts(&b, "at", at);
	pv_listb_add(&s->causes, pv_objb_end(&b));
}

/* ---- Pods ---- */

static bool
add_container(struct search *s, const pv_val *pod, const pv_val *status)
{
	const pv_val *state = pv_at(status, "state.waiting");
	const char *reason;
	if (!state && pv_i64_at(status, "state.terminated.exitCode", 0))
		state = pv_at(status, "state.terminated");
	reason = pv_text_at(state, "reason", "");
	if (!state || pv_streq(reason, "ContainerCreating") || pv_streq(reason, "PodInitializing"))
		return false;
	add(s, pod, reason,
	    pv_printf(s->cx->arena, "container %s%s%s", pv_text_at(status, "name", ""),
		      pv_get(state, "message") ? ": " : "", pv_text_at(state, "message", "")),
	    pv_i64_at(status, "restartCount", 0), NULL);
	return true;
}

static void
add_pod(struct search *s, const pv_val *pod)
{
	static const char *const lists[] = {"status.initContainerStatuses", "status.containerStatuses"};
	const pv_val *conditions = pv_at(pod, "status.conditions"),
		     *scheduled = pv_condition_find(conditions, "PodScheduled");
	bool found = false;
	for (size_t l = 0; l < PV_LEN(lists); l++) {
		const pv_val *list = pv_at(pod, lists[l]);
		for (size_t i = 0; i < pv_count(list); i++)
			found = add_container(s, pod, pv_item(list, i)) || found;
	}
	if (!found && pv_streq(pv_text_at(scheduled, "status", ""), "False"))
		add(s, pod, pv_text_at(scheduled, "reason", "Unschedulable"),
		    pv_text_at(scheduled, "message", NULL), 0, NULL);
	else if (!found && pv_streq(pv_text_at(pod, "status.phase", ""), "Failed"))
		add(s, pod, pv_text_at(pod, "status.reason", "Failed"),
		    pv_text_at(pod, "status.message", NULL), 0, NULL);
}

/* ---- what could not even be made, and what events warn of ---- */

static void
add_replica_failure(struct search *s, const pv_val *object)
{
	const pv_val *c = pv_condition_find(pv_at(object, "status.conditions"), "ReplicaFailure");
	if (pv_streq(pv_text_at(c, "status", ""), "True"))
		add(s, object, pv_text_at(c, "reason", ""), pv_text_at(c, "message", NULL), 0,
		    pv_text_at(c, "lastTransitionTime", NULL));
}

static const pv_val *
involved(struct search *s, const pv_val *event)
{
	const char *uid = pv_text_at(event, "involvedObject.uid", NULL);
	for (size_t i = 0; uid && i < s->objects.len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &s->objects, i);
		if (pv_streq(pv_text_at(object, "metadata.uid", ""), uid))
			return object;
	}
	return NULL;
}

static int
newest_first(const void *a, const void *b)
{
	int64_t x = pv_time_at(*(const pv_val *const *)a, "lastTimestamp"),
		y = pv_time_at(*(const pv_val *const *)b, "lastTimestamp");
	return x < y ? 1 : x > y ? -1 : 0;
}

/* Of a Pod that says itself what is wrong, a warning says it a second time (CrashLoopBackOff, BackOff). */
static bool
is_told(const struct search *s, const pv_val *object)
{
	pv_val ref = object_ref(s->cx->arena, object);
	if (!pv_streq(pv_text_at(object, "kind", ""), "Pod"))
		return false;
	for (size_t i = 0; i < s->causes.len; i++)
		if (pv_eq(pv_get(&s->causes.items[i], "object"), &ref))
			return true;
	return false;
}

static void
add_warnings(struct search *s, const char *ns)
{
	struct world world = live_world(s->rt);
	pv_vec events, warnings;
	size_t added = 0;
	pv_vec_init(&events, s->cx->arena, sizeof(const pv_val *));
	pv_vec_init(&warnings, s->cx->arena, sizeof(const pv_val *));
	world.list(s->cx, s->rt, "/Event", ns, &events);
	for (size_t i = 0; i < events.len; i++) {
		const pv_val *event = *PV_AT(const pv_val *, &events, i);
		if (pv_streq(pv_text_at(event, "type", ""), "Warning") && involved(s, event))
			pv_vec_push(&warnings, &event);
	}
	pv_vec_sort(&warnings, newest_first);
	for (size_t i = 0; i < warnings.len && added < WARNINGS_MOST; i++) {
		const pv_val *event = *PV_AT(const pv_val *, &warnings, i);
		if (is_told(s, involved(s, event)))
			continue;
		added++;
		add(s, involved(s, event), pv_text_at(event, "reason", ""),
		    pv_text_at(event, "message", NULL), pv_i64_at(event, "count", 1),
		    pv_text_at(event, "lastTimestamp", NULL));
	}
}

/* Warnings (Argo CD's conditions have no status: they are there when something is wrong; its errors are
 * what the first line tells), and those that say how the whole is doing, unless the first line does. */
static void
add_conditions(struct search *s, const pv_val *object, const char *summary)
{
	static const char *const whole[] = {"Ready",     "Synced",      "Healthy",
					    "Available", "Established", "NamesAccepted"};
	const pv_val *list = pv_at(object, "status.conditions");
	for (size_t i = 0; i < pv_count(list) && s->causes.len < CAUSES_MOST; i++) {
		const pv_val *c = pv_item(list, i);
		const char *type = pv_text_at(c, "type", ""), *status = pv_text_at(c, "status", NULL),
			   *message = pv_text_at(c, "message", "");
		bool wrong = !status && pv_ends_with(type, "Warning");
		for (size_t k = 0; k < PV_LEN(whole); k++)
			wrong = wrong || (pv_streq(type, whole[k]) && pv_streq(status, "False"));
		if (wrong && (!*message || !strstr(summary, message)))
			add(s, object, status ? pv_text_at(c, "reason", type) : type, message, 0,
			    pv_text_at(c, "lastTransitionTime", NULL));
	}
}

/* What a namespace that is being deleted waits for: objects in it that have finalizers. */
static void
add_held(struct search *s, const char *ns)
{
	struct world world = live_world(s->rt);
	pv_vec objects;
	pv_vec_init(&objects, s->cx->arena, sizeof(const pv_val *));
	world.within(s->cx, s->rt, ns, &objects);
	for (size_t i = 0; i < objects.len && s->causes.len < CAUSES_MOST; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &objects, i);
		const pv_val *list = pv_at(object, "metadata.finalizers");
		const pv_resource *res = pv_resource_of_kind(s->cx, pv_api_registry(s->rt->api),
							     pv_text_at(object, "apiVersion", ""),
							     pv_text_at(object, "kind", ""));
		if (pv_count(list) && res && may_list(s, res->group, res->plural, ns))
			add(s, object, "SomeFinalizersRemain",
			    pv_printf(s->cx->arena, "waits for finalizer %s", finalizers_text(s->cx, list)),
			    0, pv_text_at(object, "metadata.deletionTimestamp", NULL));
	}
}

/* Is there anything to find a cause of? */
static bool
is_well(const pv_val *object)
{
	const pv_val *status = pv_get(object, "status"), *wanted = pv_at(object, "spec.replicas");
	int64_t ready = pv_i64_at(status, "availableReplicas", pv_i64_at(status, "readyReplicas", 0));
	if (pv_get(status, "desiredNumberScheduled"))
		return pv_i64_at(status, "numberAvailable", 0) >=
		       pv_i64_at(status, "desiredNumberScheduled", 0);
	if (wanted)
		return ready >= pv_i64(wanted, 0) &&
		       pv_i64_at(status, "updatedReplicas", pv_i64(wanted, 0)) >= pv_i64(wanted, 0);
	return pv_streq(pv_text_at(pv_condition_find(pv_get(status, "conditions"), "Ready"), "status", ""),
			"True") ||
	       pv_streq(pv_text_at(status, "phase", ""), "Succeeded") || pv_get(status, "completionTime");
}

/* Only what runs Pods, or is one, can be unwell in this way. */
static bool
runs_pods(const pv_val *object)
{
	return pv_at(object, "spec.template.spec.containers") || pv_at(object, "spec.containers") ||
	       pv_at(object, "spec.jobTemplate");
}

const char *
finalizers_text(pv_ctx *cx, const pv_val *list)
{
	pv_buf text;
	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_buf_printf(&text, "%s%s", i ? ", " : "", pv_text(pv_item(list, i), ""));
	return text.s;
}

static void
search_pods(struct search *s, const pv_val *object)
{
	const char *ns = pv_text_at(object, "metadata.namespace", "");
	if (is_well(object))
		return;
	pv_vec_init(&s->objects, s->cx->arena, sizeof(const pv_val *));
	gather(s, object);
	for (size_t i = 0; i < s->objects.len && s->causes.len < CAUSES_MOST; i++) {
		const pv_val *o = *PV_AT(const pv_val *, &s->objects, i);
		if (pv_streq(pv_text_at(o, "kind", ""), "Pod") && may_list(s, "", "pods", ns))
			add_pod(s, o);
		else if (pv_eq(o, object))
			add_replica_failure(s, o);
	}
	if (may_list(s, "", "events", ns))
		add_warnings(s, ns);
}

/* What an Application lists in .status.resources is looked into where it is not well. */
static void
search_resources(struct search *s, const pv_val *list)
{
	for (size_t i = 0; i < pv_count(list) && s->causes.len < CAUSES_MOST; i++) {
		const pv_val *r = pv_item(list, i), *object;
		const char *health = pv_text_at(r, "health.status", ""),
			   *type = pv_printf(s->cx->arena, "%s/%s", pv_text_at(r, "group", ""),
					     pv_text_at(r, "kind", ""));
		if (!pv_streq(health, "Degraded") && !pv_streq(health, "Progressing"))
			continue;
		object = live_find(s->cx, s->rt, type, pv_text_at(r, "namespace", ""),
				   pv_text_at(r, "name", ""));
		if (object && runs_pods(object) &&
		    may_list(s, "", "pods", pv_text_at(object, "metadata.namespace", "")))
			search_pods(s, object);
	}
}

pv_val
cause_list(pv_ctx *cx, pv_runtime *rt, const pv_val *object, const char *summary)
{
	struct search s = {.cx = cx, .rt = rt};
	pv_listb_init(&s.causes, cx->arena);
	if (object && pv_streq(pv_text_at(object, "kind", ""), "Namespace") &&
	    pv_at(object, "metadata.deletionTimestamp")) {
		add_held(&s, pv_text_at(object, "metadata.name", ""));
	} else if (object && runs_pods(object)) {
		search_pods(&s, object);
	} else if (object) {
		add_conditions(&s, object, summary);
		search_resources(&s, pv_at(object, "status.resources"));
	}
	return pv_listb_end(&s.causes);
}
