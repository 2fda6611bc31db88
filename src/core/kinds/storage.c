/* Volumes, claims and the classes of them (kubernetes pkg/apis/core/validation, pkg/apis/storage/validation). */
#include "base/map.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"

/* ---- filling ---- */

const pv_val *
pv_claim_fill(pv_ctx *cx, const pv_val *claim)
{
	return pv_fill_text(cx, claim, "status.phase", "Pending");
}

static bool
is_legacy_source(const pv_val *source)
{
	const char *group = pv_text(pv_get(source, "apiGroup"), ""),
		   *kind = pv_text(pv_get(source, "kind"), "");

	return (!*group && pv_streq(kind, "PersistentVolumeClaim")) ||
	       (pv_streq(group, "snapshot.storage.k8s.io") && pv_streq(kind, "VolumeSnapshot"));
}

/* What either of the two fields says, both say; the old one alone knows claims and snapshots, and nobody sees
 * what lies in another namespace. */
const pv_val *
pv_claim_give(pv_ctx *cx, const pv_val *claim, const pv_val *old, const pv_val *sent PV_UNUSED)
{
	const pv_val *source = pv_at(claim, "spec.dataSource"), *ref = pv_at(claim, "spec.dataSourceRef");
	bool had = pv_at(old, "spec.dataSource") || pv_at(old, "spec.dataSourceRef");

	if (*pv_text(pv_get(ref, "namespace"), "") && !pv_at(old, "spec.dataSourceRef")) {
		claim = pv_box(cx->arena, pv_without_at(cx->arena, claim, "spec.dataSourceRef"));
		ref = NULL;
	}
	if (!had && !ref && source && !is_legacy_source(source))
		return pv_box(cx->arena, pv_without_at(cx->arena, claim, "spec.dataSource"));
	if (source && !ref)
		return pv_fill_at(cx, claim, "spec.dataSourceRef", *source);
	if (ref && !source && !*pv_text(pv_get(ref, "namespace"), ""))
		return pv_fill_at(cx, claim, "spec.dataSource", *ref);
	return claim;
}

const pv_val *
pv_volume_fill(pv_ctx *cx, const pv_val *volume)
{
	return pv_fill_text(cx, volume, "status.phase", "Pending");
}

/* ---- claims ---- */

static bool
is_bound(const pv_val *claim)
{
	return pv_streq(pv_text_at(claim, "status.phase", ""), "Bound");
}

/* A claim's spec without what may change after it was made: once a volume or a class is named ("" is a class: none),
 * it stays; a bound claim may ask for another size and other attributes. */
static const pv_val *
fixed_claim(pv_ctx *cx, const pv_val *spec, const pv_val *old)
{
	pv_val v = *spec;

	if (!*pv_text_at(old, "spec.volumeName", ""))
		v = pv_without(cx->arena, &v, "volumeName");
	if (!pv_is(pv_at(old, "spec.storageClassName"), PV_STRING))
		v = pv_without(cx->arena, &v, "storageClassName");
	if (!is_bound(old))
		return pv_box(cx->arena, v);
	v = pv_without(cx->arena, &v, "volumeAttributesClassName");
	v = pv_with_at(cx->arena, &v, "resources.requests.storage", pv_null());
	return pv_box(cx->arena, v);
}

/* A claim that has its volume can ask for less again, but not for what it has or less. */
static void
check_shrinking(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char size[] = "spec.resources.requests.storage";
	pv_quantity now = {0}, was, has;

	(void)pv_quantity_of(pv_at(object, size), &now);
	if (!pv_quantity_of(pv_at(old, size), &was) || now.nano >= was.nano)
		return;
	if (!pv_quantity_of(pv_at(old, "status.capacity.storage"), &has) || now.nano <= has.nano)
		pv_forbidden(f, size, "field can not be less than status.capacity");
}

static void
check_modes(pv_faults *f, const pv_val *modes, const char *path)
{
	static const char *const known[] = {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce",
					    "ReadWriteOncePod"};
	bool alone = false, shared = false;

	for (size_t i = 0; i < pv_count(modes); i++) {
		const char *mode = pv_text(pv_item(modes, i), "");
		bool found = false;

		for (size_t k = 0; k < PV_LEN(known); k++)
			found |= pv_streq(mode, known[k]);
		if (!found)
			pv_unsupported(f, path, pv_item(modes, i),
				       "\"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", "
				       "\"ReadWriteOncePod\"");
		alone |= pv_streq(mode, "ReadWriteOncePod");
		shared |= found && !pv_streq(mode, "ReadWriteOncePod");
	}
	if (alone && shared)
		pv_forbidden(f, path, "may not use ReadWriteOncePod with other access modes");
}

static void
check_positive(pv_faults *f, const pv_val *amount, const char *path)
{
	pv_quantity q;

	if (pv_quantity_of(amount, &q) && q.nano <= 0)
		pv_fault_value(f, path, amount, "must be greater than zero");
}

/* What a claim is filled from: of the core group only another claim. */
static void
check_data_source(pv_faults *f, const pv_val *v, const char *path)
{
	static const char *const fields[] = {"kind", "name"};
	const pv_val *group = pv_get(v, "apiGroup"), *kind = pv_get(v, "kind"), *ns = pv_get(v, "namespace");
	pv_val none = pv_string_ref("");

	for (size_t i = 0; v && i < PV_LEN(fields); i++)
		if (!*pv_text(pv_get(v, fields[i]), ""))
			pv_required(f, pv_below(f, path, fields[i]), NULL);
	if (!v)
		return;
	if (*pv_text(group, ""))
		pv_check_name(f, group, pv_below(f, path, "apiGroup"), pv_name_subdomain);
	else if (!pv_streq(pv_text(kind, ""), "PersistentVolumeClaim"))
		pv_fault_value(f, path, kind ? kind : &none,
			       "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
	if (*pv_text(ns, ""))
		pv_check_name(f, ns, pv_below(f, path, "namespace"), pv_name_label);
}

void
pv_claim_spec_check(pv_faults *f, const pv_val *spec, const char *path)
{
	const pv_val *modes = pv_get(spec, "accessModes"), *size = pv_at(spec, "resources.requests.storage");
	const pv_val *class = pv_get(spec, "volumeAttributesClassName");
	const char *at = pv_below(f, path, "accessModes"), *amount = pv_below(f, path, "resources[storage]");

	if (!pv_count(modes))
		pv_required(f, at, "at least 1 access mode is required");
	check_modes(f, modes, at);
	pv_selector_check(f, pv_get(spec, "selector"), pv_below(f, path, "selector"));
	if (!size)
		pv_required(f, amount, NULL);
	check_positive(f, size, amount);
	check_data_source(f, pv_get(spec, "dataSource"), pv_below(f, path, "dataSource"));
	check_data_source(f, pv_get(spec, "dataSourceRef"), pv_below(f, path, "dataSourceRef"));
	if (*pv_text(class, ""))
		pv_check_name(f, class, pv_below(f, path, "volumeAttributesClassName"), pv_name_subdomain);
}

size_t
pv_claim_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char class[] = "spec.volumeAttributesClassName";
	const pv_val *spec = pv_get(object, "spec");

	pv_claim_spec_check(f, spec, "spec");
	if (pv_get(spec, "dataSource") && !pv_eq(pv_get(spec, "dataSource"), pv_get(spec, "dataSourceRef")))
		pv_fault_value(f, "spec", spec, "must match dataSourceRef");
	if (spec && pv_get(old, "spec") &&
	    !pv_eq(fixed_claim(f->cx, spec, old), fixed_claim(f->cx, pv_get(old, "spec"), old)))
		pv_forbidden(f, "spec",
			     "spec is immutable after creation except resources.requests and "
			     "volumeAttributesClassName for bound "
			     "claims");
	if (!old)
		return f->n;
	check_shrinking(f, object, old);
	if (!pv_eq(pv_get(spec, "volumeMode"), pv_at(old, "spec.volumeMode")))
		pv_fault_value(f, "volumeMode", pv_get(spec, "volumeMode"), "field is immutable");
	if (pv_at(old, "status.currentVolumeAttributesClassName") && *pv_text_at(old, class, "") &&
	    !*pv_text_at(object, class, ""))
		pv_forbidden(f, class,
			     "update to nil is forbidden when status.currentVolumeAttributesClassName is not "
			     "nil");
	return f->n;
}

/* ---- volumes ---- */

/* What a volume's spec holds beside its source. */
static pv_val
source_of(pv_ctx *cx, const pv_val *spec)
{
	static const char *const others[] = {
		"accessModes",
		"capacity",
		"claimRef",
		"mountOptions",
		"nodeAffinity",
		"volumeMode",
		"storageClassName",
		"persistentVolumeReclaimPolicy",
		"volumeAttributesClassName",
	};
	pv_val v = *spec;

	for (size_t i = 0; i < PV_LEN(others); i++)
		v = pv_without(cx->arena, &v, others[i]);
	return v;
}

static void
check_capacity(pv_faults *f, const pv_val *capacity)
{
	if (!pv_count(capacity))
		pv_required(f, "spec.capacity", NULL);
	if (!pv_get(capacity, "storage") || pv_count(capacity) > 1)
		pv_unsupported(f, "spec.capacity", capacity, "\"storage\"");
	for (size_t i = 0; i < pv_count(capacity); i++)
		check_positive(f, &pv_sorted(capacity, i)->val,
			       pv_path_key(f->cx->arena, "spec.capacity", pv_sorted(capacity, i)->key.s));
}

/* A volume's secrets may lie in any namespace, so they say which. */
static void
check_secrets(pv_faults *f, const pv_val *csi, const char *path)
{
	static const char *const refs[] = {"controllerPublishSecretRef", "controllerExpandSecretRef",
					   "nodePublishSecretRef", "nodeExpandSecretRef"};

	for (size_t i = 0; i < PV_LEN(refs); i++) {
		const pv_val *ref = pv_get(csi, refs[i]);
		const char *at = pv_below(f, path, refs[i]);

		if (!ref)
			continue;
		pv_check_name(f, pv_get(ref, "name"), pv_below(f, at, "name"), pv_name_subdomain);
		pv_check_name(f, pv_get(ref, "namespace"), pv_below(f, at, "namespace"), pv_name_label);
	}
}

/* inside: of a VolumeAttachment, which attaches what no volume of its own stands for. */
static void
check_volume_spec(pv_faults *f, const pv_val *spec, const char *path, bool inside)
{
	static const char *const unset[] = {"claimRef", "storageClassName", "volumeMode",
					    "persistentVolumeReclaimPolicy"};
	const pv_val *node = pv_at(spec, "nodeAffinity.required"),
		     *attributes = pv_get(spec, "volumeAttributesClassName");

	for (size_t i = 0; inside && i < PV_LEN(unset); i++)
		if (pv_get(spec, unset[i]))
			pv_forbidden(f, pv_below(f, path, unset[i]),
				     pv_printf(f->cx->arena, "may not be specified in the context of inline "
							     "volumes"));
	if (!pv_count(pv_get(spec, "accessModes")))
		pv_required(f, pv_below(f, path, "accessModes"), NULL);
	check_modes(f, pv_get(spec, "accessModes"), pv_below(f, path, "accessModes"));
	if (!inside)
		check_capacity(f, pv_get(spec, "capacity"));
	pv_node_selector_check(f, node, pv_below(f, path, "nodeAffinity.required"));
	pv_volume_source_check(f, spec, path, true);
	check_secrets(f, pv_get(spec, "csi"), pv_below(f, path, "csi"));
	if (pv_get(spec, "local") && !node)
		pv_required(f, pv_below(f, path, "nodeAffinity"), "Local volume requires node affinity");
	if (pv_streq(pv_text_at(spec, "hostPath.path", ""), "/") &&
	    pv_streq(pv_text(pv_get(spec, "persistentVolumeReclaimPolicy"), ""), "Recycle"))
		pv_forbidden(f, pv_below(f, path, "persistentVolumeReclaimPolicy"),
			     "may not be 'recycle' for a hostPath mount of '/'");
	if (attributes && !attributes->len)
		pv_required(f, pv_below(f, path, "volumeAttributesClassName"),
			    "an empty string is disallowed");
	if (attributes && !pv_get(spec, "csi"))
		pv_required(f, pv_below(f, path, "csi"),
			    "has to be specified when using volumeAttributesClassName");
}

size_t
pv_volume_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *before = pv_get(old, "spec");

	if (!pv_is(spec, PV_OBJECT)) {
		pv_required(f, "spec", NULL);
		return f->n;
	}
	check_volume_spec(f, spec, "spec", false);
	if (before && !pv_eq(pv_get(spec, "volumeMode"), pv_get(before, "volumeMode")))
		pv_fault_value(f, "volumeMode", pv_get(spec, "volumeMode"), "field is immutable");
	if (pv_get(before, "nodeAffinity") &&
	    !pv_eq(pv_get(spec, "nodeAffinity"), pv_get(before, "nodeAffinity")))
		pv_fault_value(f, "nodeAffinity", pv_get(spec, "nodeAffinity"),
			       "field is immutable, except for updating from beta label to GA");
	if (before) {
		pv_val now = source_of(f->cx, spec), was = source_of(f->cx, before);

		if (!pv_eq(&now, &was))
			pv_forbidden(f, "spec.persistentvolumesource",
				     "spec.persistentvolumesource is immutable after creation");
	}
	return f->n;
}

/* ---- classes ---- */

static void
check_kept(pv_faults *f, const pv_val *object, const pv_val *old, const char *const *fields, size_t n)
{
	for (size_t i = 0; old && i < n; i++)
		if (!pv_eq(pv_get(object, fields[i]), pv_get(old, fields[i])))
			pv_forbidden(f, fields[i],
				     pv_printf(f->cx->arena, "updates to %s are forbidden.", fields[i]));
}

static void
check_topology(pv_faults *f, const pv_val *term, const char *path)
{
	const pv_val *list = pv_get(term, "matchLabelExpressions");
	const char *at = pv_below(f, path, "matchLabelExpressions");

	pv_check_once(f, list, at, "key");
	for (size_t i = 0; i < pv_count(list); i++)
		pv_check_once(f, pv_get(pv_item(list, i), "values"), pv_below(f, pv_nth(f, at, i), "values"),
			      "");
}

/* Keys with the values of each: two terms are the same in whatever order they say it. */
static pv_val
as_sets(pv_ctx *cx, const pv_val *terms)
{
	static const pv_val there = {.type = PV_BOOL};
	pv_listb all;

	pv_listb_init(&all, cx->arena);
	for (size_t i = 0; i < pv_count(terms); i++) {
		const pv_val *list = pv_get(pv_item(terms, i), "matchLabelExpressions");
		pv_objb term;

		pv_objb_init(&term, cx->arena);
		for (size_t k = 0; k < pv_count(list); k++) {
			const pv_val *values = pv_get(pv_item(list, k), "values");
			pv_objb set;

			pv_objb_init(&set, cx->arena);
			for (size_t n = 0; n < pv_count(values); n++)
				pv_objb_put(&set, pv_text(pv_item(values, n), ""), there);
			pv_objb_put(&term, pv_text_at(pv_item(list, k), "key", ""), pv_objb_end(&set));
		}
		pv_listb_add(&all, pv_objb_end(&term));
	}
	return pv_listb_end(&all);
}

size_t
pv_storageclass_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const fixed[] = {"provisioner", "parameters", "reclaimPolicy"};
	const pv_val *parameters = pv_get(object, "parameters"), *terms = pv_get(object, "allowedTopologies");
	pv_val none = pv_string_ref(""), sets = as_sets(f->cx, terms);
	pv_map *seen = pv_map_new(f->cx->arena);

	if (pv_count(parameters) > 512)
		pv_too_long(f, "parameters", 512);
	if (pv_get(parameters, ""))
		pv_fault_value(f, "parameters", parameters, "field can not be empty.");
	for (size_t i = 0; i < pv_count(terms); i++)
		check_topology(f, pv_item(terms, i), pv_nth(f, "allowedTopologies", i));
	for (size_t i = 0; i < pv_count(terms); i++)
		if (!pv_count(pv_item(&sets, i)) || pv_seen(f, seen, pv_item(&sets, i)))
			pv_duplicate(f,
				     pv_below(f, pv_nth(f, "allowedTopologies", i), "matchLabelExpressions"),
				     &none);
	check_kept(f, object, old, fixed, PV_LEN(fixed));
	pv_check_same(f, object, old, "volumeBindingMode");
	return f->n;
}

size_t
pv_attachment_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char path[] = "spec.source", one[] = "must specify exactly one of inlineVolumeSpec and "
							  "persistentVolumeName";
	const pv_val *source = pv_at(object, path), *inside = pv_get(source, "inlineVolumeSpec"),
		     *name = pv_get(source, "persistentVolumeName");

	if (old) { /* what stays is not asked how it is written */
		pv_faults_withdraw(f, "spec.attacher");
		pv_faults_withdraw(f, "spec.source.persistentVolumeName");
		if (!*pv_text_at(object, "spec.attacher", ""))
			pv_required(f, "spec.attacher", NULL);
	}
	if (!inside && !name) {
		pv_required(f, path, one);
	} else if (inside && name) {
		pv_faults_drop(f, path);
		pv_forbidden(f, path, one);
	} else if (name && !name->len) {
		pv_required(f, "spec.source.persistentVolumeName",
			    "must specify non empty persistentVolumeName");
	} else if (inside) {
		check_volume_spec(f, inside, "spec.source.inlineVolumeSpec", true);
	}
	if (old && !pv_eq(pv_get(object, "spec"), pv_get(old, "spec")))
		pv_fault_value(f, "spec", pv_get(object, "spec"), "field is immutable");
	return f->n;
}

size_t
pv_attributesclass_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const fixed[] = {"driverName", "parameters"};

	if (!pv_count(pv_get(object, "parameters")))
		pv_required(f, "parameters", "must contain at least one key/value pair");
	if (pv_get(pv_get(object, "parameters"), ""))
		pv_fault_value(f, "parameters", pv_get(pv_get(object, "parameters"), ""),
			       "field can not be empty.");
	if (old)
		pv_faults_withdraw(f, "driverName");
	check_kept(f, object, old, fixed, PV_LEN(fixed));
	return f->n;
}
