/* What the status of built-in kinds cannot say (kubernetes pkg/apis/<group>/validation); of Jobs: jobstatus.c, of
 * Pods: podstatus.c. */
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include <string.h>

#define MESSAGE_MOST 32768

/* ---- conditions ---- */

static const char *
reason_fault(pv_str reason)
{
	bool good = reason.len > 0;

	for (size_t i = 0; i < reason.len; i++) {
		char c = reason.s[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'),
		     inner = (c >= '0' && c <= '9') || c == '_',
		     between = (c == ',' || c == ':') && i + 1 < reason.len;

		good &= letter || (i > 0 && (inner || between));
	}
	return good ? NULL
		    : "a condition reason must start with alphabetic character, optionally followed by a string "
		      "of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' "
		      "(e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or "
		      "'ReasonA:ReasonB', regex used for validation is "
		      "'[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";
}

static void
check_status_word(pv_faults *f, const pv_val *condition, const char *path)
{
	const pv_val *v = pv_get(condition, "status");
	const char *text = pv_text(v, "");
	pv_val none = pv_string_ref("");

	if (!pv_streq(text, "True") && !pv_streq(text, "False") && !pv_streq(text, "Unknown"))
		pv_unsupported(f, pv_below(f, path, "status"), v ? v : &none,
			       "\"False\", \"True\", \"Unknown\"");
}

static void
check_condition(pv_faults *f, const pv_val *v, const char *path)
{
	const pv_val *type = pv_get(v, "type"), *generation = pv_get(v, "observedGeneration");
	const char *why = pv_name_qualified(pv_strv(type));
	pv_val none = pv_string_ref("");

	if (why)
		pv_fault_value(f, pv_below(f, path, "type"), type ? type : &none, why);
	check_status_word(f, v, path);
	if (pv_i64(generation, 0) < 0)
		pv_fault_value(f, pv_below(f, path, "observedGeneration"), generation,
			       "must be greater than or equal to zero");
	if (!*pv_text(pv_get(v, "lastTransitionTime"), ""))
		pv_required(f, pv_below(f, path, "lastTransitionTime"), NULL);
	pv_check_name(f, pv_get(v, "reason"), pv_below(f, path, "reason"), reason_fault);
	if (pv_is(pv_get(v, "message"), PV_STRING) && pv_get(v, "message")->len > MESSAGE_MOST)
		pv_too_long(f, pv_below(f, path, "message"), MESSAGE_MOST);
}

void
pv_conditions_check(pv_faults *f, const pv_val *list, const char *path)
{
	pv_check_once(f, list, path, "type");
	for (size_t i = 0; i < pv_count(list); i++)
		check_condition(f, pv_item(list, i), pv_nth(f, path, i));
}

size_t
pv_conditions_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	(void)old;
	pv_conditions_check(f, pv_at(object, "status.conditions"), "status.conditions");
	return f->n;
}

/* What was measured is told as it is: the rules are those of what is asked for. */
size_t
pv_hpa_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	(void)object, (void)old;
	pv_faults_drop(f, "status.currentMetrics");
	return f->n;
}

/* Of flow control: conditions of which each type is there once. */
size_t
pv_typed_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	(void)old;
	pv_check_once(f, pv_at(object, "status.conditions"), "status.conditions", "type");
	return f->n;
}

size_t
pv_apiservice_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *list = pv_at(object, "status.conditions");

	(void)old;
	for (size_t i = 0; i < pv_count(list); i++)
		check_status_word(f, pv_item(list, i), pv_nth(f, "status.conditions", i));
	return f->n;
}

/* ---- how many Pods ---- */

/* It counts how often a name was taken, so it only grows. */
static void
check_collisions(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char path[] = "status.collisionCount";

	if (old && pv_at(old, path) && pv_i64_at(object, path, 0) < pv_i64_at(old, path, 0)) {
		pv_val now = pv_int(pv_i64_at(object, path, 0));

		pv_fault_value(f, path, &now, "cannot be decremented");
	}
}

size_t
pv_daemonset_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	check_collisions(f, object, old);
	return f->n;
}

/* A part of the Pods is not more than all of them. */
size_t
pv_replicas_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const struct {
		const char *name, *kinds;
	} parts[] = {{"fullyLabeledReplicas", "ReplicaSet ReplicationController"},
		     {"readyReplicas", ""},
		     {"currentReplicas", "StatefulSet"},
		     {"updatedReplicas", "Deployment StatefulSet"},
		     {"availableReplicas", ""}};
	const char *kind = pv_text(pv_get(object, "kind"), "");
	int64_t all = pv_i64_at(object, "status.replicas", 0);
	pv_val available = pv_int(pv_i64_at(object, "status.availableReplicas", 0));

	for (size_t i = 0; i < PV_LEN(parts); i++) {
		const char *path = pv_below(f, "status", parts[i].name);
		pv_val n = pv_int(pv_i64_at(object, path, 0));

		if (*parts[i].kinds && !strstr(parts[i].kinds, kind))
			continue;
		if (pv_i64(&n, 0) > all)
			pv_fault_value(f, path, &n, "cannot be greater than status.replicas");
	}
	if (available.i > pv_i64_at(object, "status.readyReplicas", 0))
		pv_fault_value(f, "status.availableReplicas", &available,
			       pv_streq(kind, "StatefulSet") ? "cannot be greater than status.readyReplicas"
							     : "cannot be greater than readyReplicas");
	if (!pv_streq(kind, "ReplicaSet"))
		check_collisions(f, object, old);
	return f->n;
}

/* ---- addresses from outside ---- */

size_t
pv_balanced_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char path[] = "status.loadBalancer.ingress";
	const pv_val *list = pv_at(object, path);
	bool of_service = pv_streq(pv_text(pv_get(object, "kind"), ""), "Service");

	if (of_service && pv_count(list) && !pv_eq(list, pv_at(old, path)) &&
	    !pv_streq(pv_text_at(object, "spec.type", ""), "LoadBalancer"))
		pv_forbidden(f, path, "may only be used when `spec.type` is 'LoadBalancer'");
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i), *host = pv_get(one, "hostname");
		const char *at = pv_nth(f, path, i);

		if (!*pv_text(pv_get(one, "ip"), "") && pv_get(one, "ipMode")) {
			pv_faults_withdraw(f, pv_below(f, at, "ipMode"));
			pv_forbidden(f, pv_below(f, at, "ipMode"),
				     "may not be specified when `ip` is not set");
		}
		if (*pv_text(host, "") && !pv_name_address(pv_strv(host)))
			pv_fault_value(f, pv_below(f, at, "hostname"), host,
				       "must be a DNS name, not an IP address");
	}
	return f->n;
}

/* ---- claims ---- */

/* What a claim has of a volume is its size, or what somebody else counts under a name of their own. */
static bool
is_of_claims(pv_str name)
{
	return !pv_name_qualified(name) && (pv_str_is(name, "storage") || !pv_resource_is_native(name.s));
}

static bool
is_any(pv_str name)
{
	(void)name;
	return true;
}

static void
check_allocated(pv_faults *f, const pv_val *map, const char *path)
{
	for (size_t i = 0; i < pv_member_count(map); i++) {
		const pv_val *key = &map->members[i].key;
		const char *why = pv_name_qualified(pv_strv(key));

		if (why)
			pv_fault_value(f, path, key, why);
		else if (!is_of_claims(pv_strv(key)))
			pv_unsupported(f, path, key, "\"storage\"");
	}
}

static void
check_amounts(pv_faults *f, const pv_val *amounts, const char *path, bool (*is_meant)(pv_str name))
{
	for (size_t i = 0; i < pv_count(amounts); i++) {
		const pv_member *m = pv_sorted(amounts, i);
		pv_quantity q;

		if (pv_quantity_of(&m->val, &q) && q.nano < 0 && is_meant(pv_strv(&m->key))) {
			pv_val units = pv_int(pv_quantity_milli(&q) / 1000);

			pv_fault_value(f, pv_path_key(f->cx->arena, path, m->key.s), &units,
				       "must be a valid resource quantity");
		}
	}
}

size_t
pv_claim_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const steps[] = {"ControllerResizeInProgress", "ControllerResizeInfeasible",
					    "NodeResizeInProgress", "NodeResizeInfeasible",
					    "NodeResizePending"};
	static const char states_at[] = "status.allocatedResourceStatuses";
	const pv_val *states = pv_at(object, states_at);

	(void)old;
	check_amounts(f, pv_at(object, "status.capacity"), "status.capacity", is_any);
	check_allocated(f, pv_at(object, "status.allocatedResources"), "status.allocatedResources");
	check_amounts(f, pv_at(object, "status.allocatedResources"), "status.allocatedResources",
		      is_of_claims);
	check_allocated(f, states, states_at);
	for (size_t i = 0; i < pv_member_count(states); i++) {
		bool known = false;

		for (size_t k = 0; k < PV_LEN(steps); k++)
			known |= pv_streq(pv_text(&states->members[i].val, ""), steps[k]);
		if (!known)
			pv_unsupported(f, states_at, &states->members[i].key,
				       "\"ControllerResizeInProgress\", \"ControllerResizeInfeasible\", "
				       "\"NodeResizeInProgress\", \"NodeResizeInfeasible\", "
				       "\"NodeResizePending\"");
	}
	return f->n;
}
