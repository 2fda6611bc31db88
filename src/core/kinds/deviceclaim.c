/* Classes of devices, claims of them and their templates (upstream pkg/apis/resource/v1/defaults.go,
 * validation, pkg/registry/resource). */
#include "core/kinds/device.h"
#include "lang/json/json.h"
#include <string.h>

#define CONFIGS_MOST 32
#define REQUESTS_MOST 32
#define CONSTRAINTS_MOST 32
#define CHOICES_MOST 8
#define RESULTS_MOST 32
#define RESERVED_MOST 256

/* ---- filling ---- */

/* A request for an exact number is for one. */
static pv_val
counted(pv_ctx *cx, const pv_val *request)
{
	const char *mode = pv_text_at(request, "allocationMode", "ExactCount");

	if (!pv_is(request, PV_OBJECT) || !pv_streq(mode, "ExactCount") || pv_i64_at(request, "count", 0))
		return *request;
	return pv_with(cx->arena, request, "count", pv_int(1));
}

static pv_val
filled_request(pv_ctx *cx, const pv_val *request)
{
	const pv_val *exactly = pv_get(request, "exactly"), *choices = pv_get(request, "firstAvailable");
	pv_val v = *request;
	pv_listb list;

	if (exactly)
		v = pv_with(cx->arena, &v, "exactly", counted(cx, exactly));
	if (!pv_count(choices))
		return v;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(choices); i++)
		pv_listb_add(&list, counted(cx, pv_item(choices, i)));
	return pv_with(cx->arena, &v, "firstAvailable", pv_listb_end(&list));
}

static const pv_val *
filled(pv_ctx *cx, const pv_val *object, const char *path)
{
	const pv_val *requests = pv_at(object, path);
	pv_listb list;

	if (!pv_is(requests, PV_LIST))
		return object;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(requests); i++)
		pv_listb_add(&list, filled_request(cx, pv_item(requests, i)));
	return pv_box(cx->arena, pv_with_at(cx->arena, object, path, pv_listb_end(&list)));
}

const pv_val *
pv_device_claim_fill(pv_ctx *cx, const pv_val *object)
{
	return filled(cx, object, "spec.devices.requests");
}

const pv_val *
pv_device_template_fill(pv_ctx *cx, const pv_val *object)
{
	return filled(cx, object, "spec.spec.devices.requests");
}

/* ---- requests ---- */

static void
check_wanted(pv_faults *f, const pv_val *v, const char *path)
{
	const char *mode = pv_text_at(v, "allocationMode", ""), *at = pv_below(f, path, "count");
	pv_val count = pv_int(pv_i64_at(v, "count", 0));

	pv_device_selectors_check(f, pv_get(v, "selectors"), pv_below(f, path, "selectors"));
	pv_device_tolerations_check(f, pv_get(v, "tolerations"), pv_below(f, path, "tolerations"));
	if (pv_streq(mode, "All") && count.i)
		pv_fault_value(f, at, &count, "must not be specified when allocationMode is 'All'");
	else if (pv_streq(mode, "ExactCount") && count.i <= 0)
		pv_fault_value(f, at, &count, "must be greater than zero");
}

static void
check_request(pv_faults *f, const pv_val *request, const char *path)
{
	static const char *const one = "exactly one of `exactly` or `firstAvailable` is required";
	const pv_val *exactly = pv_get(request, "exactly"), *choices = pv_get(request, "firstAvailable");
	const char *at = pv_below(f, path, "firstAvailable");

	pv_device_list_check(f, choices, at, CHOICES_MOST, "name");
	for (size_t i = 0; i < pv_count(choices); i++)
		check_wanted(f, pv_item(choices, i), pv_nth(f, at, i));
	if (exactly)
		check_wanted(f, exactly, pv_below(f, path, "exactly"));
	if (!exactly && !pv_count(choices))
		pv_required(f, path, one);
	else if (exactly && pv_count(choices))
		pv_fault(f, "FieldValueInvalid", path, "Invalid value: null: %s, but multiple fields are set",
			 one);
}

static void
check_constraint(pv_faults *f, const pv_map *names, const pv_val *c, const char *path)
{
	const char *key = pv_get(c, "matchAttribute") || !pv_get(c, "distinctAttribute")
				  ? "matchAttribute"
				  : "distinctAttribute";
	const pv_val *name = pv_get(c, key);
	const char *at = pv_below(f, path, key), *text = pv_text(name, "");

	pv_device_requests_check(f, names, pv_get(c, "requests"), pv_below(f, path, "requests"));
	if (!name) {
		pv_required(f, at, NULL);
		return;
	}
	pv_device_qualified_check(f, pv_strv(name), at);
	if (*text && !strchr(text, '/'))
		pv_fault_value(f, at, name, "must include a domain");
}

static void
check_devices(pv_faults *f, const pv_val *devices, const char *path)
{
	const pv_val *requests = pv_get(devices, "requests"), *constraints = pv_get(devices, "constraints"),
		     *configs = pv_get(devices, "config");
	const pv_map *names = pv_device_requests(f, devices);
	const char *at = pv_below(f, path, "requests");

	pv_device_list_check(f, requests, at, REQUESTS_MOST, "name");
	for (size_t i = 0; i < pv_count(requests); i++)
		check_request(f, pv_item(requests, i), pv_nth(f, at, i));
	at = pv_below(f, path, "constraints");
	pv_device_list_check(f, constraints, at, CONSTRAINTS_MOST, NULL);
	for (size_t i = 0; i < pv_count(constraints); i++)
		check_constraint(f, names, pv_item(constraints, i), pv_nth(f, at, i));
	at = pv_below(f, path, "config");
	pv_device_configs_check(f, configs, at, CONFIGS_MOST);
	for (size_t i = 0; i < pv_count(configs); i++)
		pv_device_requests_check(f, names, pv_get(pv_item(configs, i), "requests"),
					 pv_below(f, pv_nth(f, at, i), "requests"));
}

/* ---- what became of a claim ---- */

/* What tells one device from another. */
static pv_val
device_id(pv_faults *f, const pv_val *device)
{
	static const char *const fields[] = {"driver", "pool", "device"};
	pv_listb id;

	pv_listb_init(&id, f->cx->arena);
	for (size_t i = 0; i < PV_LEN(fields); i++)
		pv_listb_add(&id, pv_string_ref(pv_text_at(device, fields[i], "")));
	return pv_listb_end(&id);
}

static void
check_allocation(pv_faults *f, const pv_val *devices, const pv_val *allocation, const char *path)
{
	const pv_val *results = pv_at(allocation, "devices.results"),
		     *configs = pv_at(allocation, "devices.config");
	const pv_map *names = pv_device_requests(f, devices);
	const char *at = pv_below(f, path, "devices.results");

	pv_device_list_check(f, results, at, RESULTS_MOST, NULL);
	for (size_t i = 0; i < pv_count(results); i++) {
		const char *one = pv_nth(f, at, i);

		pv_device_request_check(f, names, pv_get(pv_item(results, i), "request"),
					pv_below(f, one, "request"));
		pv_device_pool_check(f, pv_get(pv_item(results, i), "pool"), pv_below(f, one, "pool"));
	}
	at = pv_below(f, path, "devices.config");
	pv_device_configs_check(f, configs, at, 2 * (size_t)CONFIGS_MOST); /* of the class and of the claim */
	for (size_t i = 0; i < pv_count(configs); i++)
		pv_device_requests_check(f, names, pv_get(pv_item(configs, i), "requests"),
					 pv_below(f, pv_nth(f, at, i), "requests"));
	pv_node_selector_check(f, pv_get(allocation, "nodeSelector"), pv_below(f, path, "nodeSelector"));
}

static void
check_device_status(pv_faults *f, const pv_val *list, const pv_val *allocated)
{
	pv_map *there = pv_map_new(f->cx->arena), *seen = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < pv_count(allocated); i++) {
		pv_val id = device_id(f, pv_item(allocated, i));

		(void)pv_seen(f, there, &id);
	}
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *device = pv_item(list, i), *ips = pv_at(device, "networkData.ips"),
			     id = device_id(f, device);
		const char *at = pv_nth(f, "status.devices", i), *ips_at = pv_below(f, at, "networkData.ips");

		pv_device_pool_check(f, pv_get(device, "pool"), pv_below(f, at, "pool"));
		if (!pv_map_finds(there, pv_json_text(f->cx->arena, &id)))
			pv_fault_value(f, at, device, "must be an allocated device in the claim");
		if (pv_seen(f, seen, &id))
			pv_duplicate(f, pv_below(f, at, "deviceID"), device);
		pv_device_object_check(f, pv_get(device, "data"), pv_below(f, at, "data"));
		pv_device_list_check(f, ips, ips_at, 16, "");
		for (size_t k = 0; k < pv_count(ips); k++)
			if (!pv_format_valid("cidr", pv_strv(pv_item(ips, k))))
				pv_fault_value(f, pv_nth(f, ips_at, k), pv_item(ips, k),
					       "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or "
					       "2001:db8::1/64)");
		pv_conditions_check(f, pv_get(device, "conditions"), pv_below(f, at, "conditions"));
	}
}

/* What is in it is not asked for then. */
static void
refuse_change(pv_faults *f, const pv_val *allocation)
{
	pv_faults_withdraw(f, "status.allocation");
	pv_fault_value(f, "status.allocation", allocation, "field is immutable");
}

static void
check_status(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *allocation = pv_at(object, "status.allocation"), *was = pv_at(old, "status.allocation"),
		     *reserved = pv_at(object, "status.reservedFor");

	pv_device_list_check(f, reserved, "status.reservedFor", RESERVED_MOST, "uid");
	if (!pv_eq(pv_at(object, "status.devices"), pv_at(old, "status.devices")))
		check_device_status(f, pv_at(object, "status.devices"), pv_at(allocation, "devices.results"));
	if (pv_count(reserved) && !allocation)
		pv_forbidden(f, "status.reservedFor", "may not be specified when `allocated` is not set");
	for (size_t i = 0; pv_at(object, "metadata.deletionTimestamp") && i < pv_count(reserved); i++)
		if (!pv_list_has(pv_at(old, "status.reservedFor"), pv_item(reserved, i))) {
			pv_forbidden(f, "status.reservedFor",
				     "new entries may not be added while `deallocationRequested` or "
				     "`deletionTimestamp` are set");
			break;
		}
	if (was && allocation && !pv_eq(was, allocation))
		refuse_change(f, allocation);
	else if (allocation && !was)
		check_allocation(f, pv_at(object, "spec.devices"), allocation, "status.allocation");
}

/* ---- checking ---- */

size_t
pv_device_claim_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	if (old && !pv_eq(pv_get(object, "status"), pv_get(old, "status")))
		check_status(f, object, old);
	if (!old || !pv_eq(pv_get(object, "spec"), pv_get(old, "spec")))
		check_devices(f, pv_at(object, "spec.devices"), "spec.devices");
	pv_check_same(f, object, old, "spec");
	return f->n;
}

size_t
pv_device_template_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *meta = pv_at(object, "spec.metadata");

	if (!old || !pv_eq(pv_get(object, "spec"), pv_get(old, "spec"))) {
		pv_embedded_meta_check(f, meta, "spec.metadata");
		check_devices(f, pv_at(object, "spec.spec.devices"), "spec.spec.devices");
	}
	pv_check_same(f, object, old, "spec");
	return f->n;
}

size_t
pv_device_class_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *selectors = pv_at(object, "spec.selectors"), *configs = pv_at(object, "spec.config");

	if (!old || !pv_eq(selectors, pv_at(old, "spec.selectors")))
		pv_device_selectors_check(f, selectors, "spec.selectors");
	if (!old || !pv_eq(configs, pv_at(old, "spec.config")))
		pv_device_configs_check(f, configs, "spec.config", CONFIGS_MOST);
	return f->n;
}
