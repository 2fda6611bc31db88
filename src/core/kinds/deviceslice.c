/* ResourceSlices: what devices a driver has (upstream pkg/apis/resource/validation, pkg/registry/resource). */
#include "base/buf.h"
#include "core/kinds/device.h"
#include "core/kinds/names.h"
#include "lang/semver/semver.h"

#define DEVICES_MOST 128
#define FACTS_MOST 32 /* attributes and capacities of a device */
#define TEXT_MOST 64
#define ONE_NODE "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"

/* ---- devices ---- */

static void
check_text(pv_faults *f, const pv_val *text, const char *path)
{
	if (pv_strv(text).len > TEXT_MOST)
		pv_too_long(f, path, TEXT_MOST);
}

static void
check_attribute(pv_faults *f, const pv_val *v, const char *path)
{
	static const char *const kinds[] = {"bool", "int", "string", "version"};
	const pv_val *version = pv_get(v, "version");
	pv_semver parsed;
	size_t n = 0;

	for (size_t i = 0; i < PV_LEN(kinds); i++)
		n += pv_get(v, kinds[i]) != NULL;
	check_text(f, pv_get(v, "string"), pv_below(f, path, "string"));
	check_text(f, version, pv_below(f, path, "version"));
	if (version && !pv_semver_parse(pv_strv(version), &parsed))
		pv_fault_value(f, pv_below(f, path, "version"), version,
			       "must be a string compatible with semver.org spec 2.0.0");
	if (!n)
		pv_required(f, path, "exactly one value must be specified");
	else if (n > 1)
		pv_fault_value(f, path, v, "exactly one value must be specified");
}

static void
check_keys(pv_faults *f, const pv_val *map, const char *path, bool of_attributes)
{
	for (size_t i = 0; i < pv_count(map); i++) {
		const pv_member *m = pv_sorted(map, i);
		const char *at = pv_path_key(f->cx->arena, path, m->key.s);

		pv_device_qualified_check(f, pv_strv(&m->key), at);
		if (of_attributes)
			check_attribute(f, &m->val, at);
	}
}

static void
check_device(pv_faults *f, const pv_val *device, const char *path)
{
	const pv_val *attributes = pv_get(device, "attributes"), *capacity = pv_get(device, "capacity");
	pv_val n = pv_int((int64_t)(pv_count(attributes) + pv_count(capacity)));

	if (n.i > FACTS_MOST)
		pv_fault_value(f, path, &n,
			       "the total number of attributes and capacities must not exceed 32");
	check_keys(f, attributes, pv_below(f, path, "attributes"), true);
	check_keys(f, capacity, pv_below(f, path, "capacity"), false);
}

/* ---- where they are ---- */

static void
check_nodes(pv_faults *f, const pv_val *spec)
{
	const pv_val *name = pv_get(spec, "nodeName"), *selector = pv_get(spec, "nodeSelector"),
		     *all = pv_get(spec, "allNodes"), *terms = pv_get(selector, "nodeSelectorTerms");
	const char *set[] = {*pv_text(name, "") ? "`nodeName`" : NULL, selector ? "`nodeSelector`" : NULL,
			     pv_truth(all, false) ? "`allNodes`" : NULL};
	pv_val shown;
	size_t n = 0;
	pv_buf b;

	pv_buf_init(&b, f->cx->arena);
	for (size_t i = 0; i < PV_LEN(set); i++)
		if (set[i])
			pv_buf_printf(&b, "%s%s", n++ ? ", " : "", set[i]);
	if (name && !*pv_text(name, ""))
		pv_fault_value(f, "spec.nodeName", name, "must be either unset or set to a non-empty string");
	else if (name && pv_name_subdomain(pv_strv(name)))
		pv_fault_value(f, "spec.nodeName", name, pv_name_subdomain(pv_strv(name)));
	if (selector)
		pv_node_selector_check(f, selector, "spec.nodeSelector");
	if (selector && pv_count(terms) != 1)
		pv_fault_value(f, "spec.nodeSelector.nodeSelectorTerms", terms,
			       "must have exactly one node selector term");
	if (all && !pv_truth(all, false))
		pv_fault_value(f, "spec.allNodes", all, "must be either unset or set to true");
	shown = pv_stringf(f->cx->arena, "{%s}", n ? b.s : "");
	if (!n)
		pv_required(f, "spec", ONE_NODE);
	else if (n > 1)
		pv_fault_value(f, "spec", &shown, ONE_NODE ", but multiple fields are set");
}

size_t
pv_device_slice_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *devices = pv_get(spec, "devices");

	pv_device_pool_check(f, pv_at(spec, "pool.name"), "spec.pool.name");
	pv_check_same(f, object, old, "spec.pool.name");
	pv_check_same(f, object, old, "spec.driver");
	pv_check_same(f, object, old, "spec.nodeName");
	check_nodes(f, spec);
	pv_device_list_check(f, devices, "spec.devices", DEVICES_MOST, "name");
	for (size_t i = 0; i < pv_count(devices); i++)
		check_device(f, pv_item(devices, i), pv_nth(f, "spec.devices", i));
	return f->n;
}
