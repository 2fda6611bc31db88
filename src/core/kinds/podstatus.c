/* What the status of a Pod cannot say (kubernetes pkg/apis/core/validation, ValidatePodStatusUpdate). */
#include "base/map.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include <string.h>

/* ---- addresses ---- */

/* One of each family; upstream tells of what is no address that it could not ask. */
static void
check_two(pv_faults *f, const pv_val *list, const char *path)
{
	bool four = false, six = false, twice = pv_count(list) > 2;

	for (size_t i = 0; i < pv_count(list); i++) {
		pv_str ip = pv_strv(pv_get(pv_item(list, i), "ip"));
		bool *family = ip.len && memchr(ip.s, ':', ip.len) ? &six : &four;

		if (pv_name_address(ip)) {
			pv_fault(
				f, "InternalError", path,
				"Internal error: failed to check for dual stack with error:invalid IP[%zu]: %.*s",
				i, PV_CLIP(pv_text(pv_get(pv_item(list, i), "ip"), "")));
			twice = true;
			break;
		}
		twice |= *family;
		*family = true;
	}
	if (twice)
		pv_fault_value(f, path, list, "may specify no more than one IP for each IP family");
}

static void
check_addresses(pv_faults *f, const pv_val *list, const char *path)
{
	pv_val none = pv_string_ref("");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *ip = pv_get(pv_item(list, i), "ip");
		const char *why = pv_name_address(pv_strv(ip));

		if (why)
			pv_fault_value(f, pv_nth(f, path, i), ip ? ip : &none, why);
	}
	if (pv_count(list) > 1)
		check_two(f, list, path);
}

/* ---- containers ---- */

/* What ended and is not started again does not run again. */
static void
check_ended(pv_faults *f, const pv_val *pod, const pv_val *old, const char *path, const char *containers)
{
	const char *policy = pv_text_at(pod, "spec.restartPolicy", "Always");
	const pv_val *now = pv_at(pod, path);
	const pv_map *had, *all;

	if (pv_streq(policy, "Always"))
		return;
	had = pv_list_index(f, pv_at(old, path), "name");
	all = pv_list_index(f, pv_at(pod, containers), "name");
	for (size_t i = 0; i < pv_count(now); i++) {
		const char *name = pv_text_at(pv_item(now, i), "name", "");
		const pv_val *end = pv_at(pv_map_finds(had, name), "state.terminated"),
			     *container = pv_map_finds(all, name);
		bool again = pv_streq(policy, "OnFailure") && pv_i64_at(end, "exitCode", 0) != 0;

		if (end && !again && !pv_streq(pv_text_at(container, "restartPolicy", ""), "Always") &&
		    !pv_at(pv_item(now, i), "state.terminated"))
			pv_forbidden(f, pv_below(f, pv_nth(f, path, i), "state"),
				     "may not be transitioned to non-terminated state");
	}
}

/* ---- the whole ---- */

static void
check_condition_types(pv_faults *f, const pv_val *list)
{
	pv_val none = pv_string_ref("");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *type = pv_get(pv_item(list, i), "type");
		const char *why = pv_name_qualified(pv_strv(type));

		if (why)
			pv_fault_value(f, pv_below(f, pv_nth(f, "status.conditions", i), "Type"),
				       type ? type : &none, why);
	}
}

/* What containers have is told as it is: the rules are those of what they ask for. */
static void
drop_amounts(pv_faults *f)
{
	pv_faults_drop(f, "status.containerStatuses[*].resources");
	pv_faults_drop(f, "status.initContainerStatuses[*].resources");
	pv_faults_drop(f, "status.ephemeralContainerStatuses[*].resources");
}

size_t
pv_pod_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *status = pv_get(object, "status"), *hosts = pv_get(status, "hostIPs"),
		     *host = pv_get(status, "hostIP"), *claims = pv_get(status, "resourceClaimStatuses");
	const pv_map *wanted = pv_list_index(f, pv_at(object, "spec.resourceClaims"), "name");

	if (*pv_text_at(old, "status.qosClass", ""))
		pv_check_same(f, object, old, "status.qosClass");
	check_condition_types(f, pv_get(status, "conditions"));
	check_addresses(f, pv_get(status, "podIPs"), "status.podIPs");
	check_addresses(f, hosts, "status.hostIPs");
	if (pv_count(hosts) && !pv_streq(pv_text_at(pv_item(hosts, 0), "ip", ""), pv_text(host, "")))
		pv_fault_value(f, "status.hostIPs[0].ip", pv_get(pv_item(hosts, 0), "ip"),
			       "must be equal to `hostIP`");
	for (size_t i = 0; i < pv_count(claims); i++)
		if (!pv_map_finds(wanted, pv_text_at(pv_item(claims, i), "name", "")))
			pv_fault_value(f, pv_below(f, pv_nth(f, "status.resourceClaimStatuses", i), "name"),
				       pv_get(pv_item(claims, i), "name"),
				       "must match the name of an entry in `spec.resourceClaims`");
	drop_amounts(f);
	check_ended(f, object, old, "status.containerStatuses", "spec.containers");
	check_ended(f, object, old, "status.initContainerStatuses", "spec.initContainers");
	return f->n;
}
