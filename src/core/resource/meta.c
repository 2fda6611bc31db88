/* Faults of metadata (apimachinery validation, objectmeta). */
#include "base/map.h"
#include "base/vec.h"
#include "core/kinds/names.h"
#include "core/resource/impl.h"
#include <string.h>

#define ANNOTATIONS_MAX (256 * 1024)

static const char *
name_fault(pv_arena *arena, enum pv_name_rule rule, pv_str name)
{
	switch (rule) {
	case PV_NAME_SUBDOMAIN: return pv_name_subdomain(name);
	case PV_NAME_LABEL: return pv_name_label(name);
	case PV_NAME_LABEL1035: return pv_name_label1035(name);
	case PV_NAME_PATH: return pv_name_path_segment(name);
	case PV_NAME_ADDRESS: return pv_name_address_form(arena, name);
	case PV_NAME_BACKSTAGE: return pv_name_backstage(name);
	}
	return NULL;
}

/* Kinds whose updates upstream asks nothing of what once made their name; of the others it asks it again. */
static bool
names_no_more(const pv_resource *res)
{
	static const char *const kinds[] = {
		"/Event",
		"/PodTemplate",
		"/ResourceQuota",
		"/Service",
		"apiextensions.k8s.io/CustomResourceDefinition",
		"apps/DaemonSet",
		"apps/Deployment",
		"apps/ReplicaSet",
		"apps/StatefulSet",
		"autoscaling/HorizontalPodAutoscaler",
		"batch/CronJob",
		"coordination.k8s.io/Lease",
		"networking.k8s.io/ServiceCIDR",
		"resource.k8s.io/ResourceSlice",
		"scheduling.k8s.io/PriorityClass",
		"storage.k8s.io/CSIDriver",
	};

	for (size_t i = 0; i < PV_LEN(kinds); i++)
		if (pv_streq(kinds[i], res->type))
			return true;
	return false;
}

/* old: it is an update. */
static void
check_name(pv_faults *f, const pv_resource *res, const pv_val *meta, bool old)
{
	const pv_val *name = pv_get(meta, "name"), *prefix = pv_get(meta, "generateName");
	pv_arena *arena = f->cx->arena;
	const char *why;

	if (pv_is(prefix, PV_STRING) && prefix->len && old) {
		why = pv_name_path_segment(pv_str_of(pv_printf(arena, "%sa", prefix->s)));
		if (why)
			pv_fault_value(f, "metadata.generateName", prefix, why);
	}
	if (pv_is(prefix, PV_STRING) && prefix->len && !(old && names_no_more(res))) {
		/* The name that comes of it: a dash at the end is followed by more. */
		const char *sample =
			pv_ends_with(prefix->s, "-") ? pv_printf(arena, "%sa", prefix->s) : prefix->s;

		why = name_fault(arena, res->name_rule, pv_str_of(sample));
		if (why)
			pv_fault_value(f, "metadata.generateName", prefix, why);
	}
	if (!pv_is(name, PV_STRING) || !name->len) {
		if (!pv_is(prefix, PV_STRING) || !prefix->len)
			pv_required(f, "metadata.name", "name or generateName is required");
		return;
	}
	why = name_fault(arena, res->name_rule, pv_strv(name));
	if (why)
		pv_fault_value(f, "metadata.name", name, why);
}

void
pv_labels_check(pv_faults *f, const pv_val *labels, const char *path)
{
	for (size_t i = 0; pv_is(labels, PV_OBJECT) && i < labels->len; i++) {
		const pv_member *m = pv_sorted(labels, i);
		const char *why = pv_name_qualified(pv_strv(&m->key));

		if (why)
			pv_fault_value(f, path, &m->key, why);
		if (pv_is(&m->val, PV_STRING)) {
			why = pv_name_label_value(pv_strv(&m->val));
			if (why)
				pv_fault_value(f, path, &m->val, why);
		}
	}
}

void
pv_annotations_check(pv_faults *f, const pv_val *notes, const char *path)
{
	size_t total = 0;

	for (size_t i = 0; pv_is(notes, PV_OBJECT) && i < notes->len; i++) {
		const pv_member *m = pv_sorted(notes, i);
		const char *lower = pv_str_lower(f->cx->arena, m->key.s),
			   *why = strlen(lower) == m->key.len ? pv_name_qualified(pv_str_of(lower))
							      : PV_NUL_FAULT;

		if (why)
			pv_fault_value(f, path, &m->key, why);
		total += m->key.len + (pv_is(&m->val, PV_STRING) ? m->val.len : 0);
	}
	if (total > ANNOTATIONS_MAX)
		pv_too_long(f, path, ANNOTATIONS_MAX);
}

static void
check_owner_kind(pv_faults *f, const pv_val *owner, const char *path)
{
	const pv_val *version = pv_get(owner, "apiVersion");
	const char *text = pv_text(version, ""), *slash = strchr(text, '/');

	if (*text && slash && (!slash[1] || strchr(slash + 1, '/')))
		pv_fault_value(f, pv_path_field(f->cx->arena, path, "apiVersion"), version,
			       "version must not be empty");
	if (pv_streq(text, "v1") && pv_streq(pv_text(pv_get(owner, "kind"), ""), "Event"))
		pv_fault_value(f, path, owner, "/v1, Kind=Event is disallowed from being an owner");
}

static void
check_owners(pv_faults *f, const pv_val *owners)
{
	static const char owners_path[] = "metadata.ownerReferences";
	static const struct {
		const char *name, *why;
	} needed[] = {
		{"apiVersion", "version must not be empty"},
		{"kind", "must not be empty"},
		{"name", "must not be empty"},
		{"uid", "must not be empty"},
	};
	const char *controller = NULL;

	for (size_t i = 0; i < pv_count(owners); i++) {
		const pv_val *owner = pv_item(owners, i);
		const char *name = pv_printf(f->cx->arena, "%s/%s", pv_text(pv_get(owner, "kind"), ""),
					     pv_text(pv_get(owner, "name"), ""));

		for (size_t k = 0; k < PV_LEN(needed); k++) {
			pv_val empty = pv_string_ref("");

			if (!*pv_text(pv_get(owner, needed[k].name), ""))
				pv_fault_value(f, pv_path_field(f->cx->arena, owners_path, needed[k].name),
					       &empty, needed[k].why);
		}
		check_owner_kind(f, owner, owners_path);
		if (!pv_truth(pv_get(owner, "controller"), false))
			continue;
		if (controller)
			pv_fault_value(f, owners_path, owners,
				       pv_printf(f->cx->arena,
						 "Only one reference can have Controller set to true. Found "
						 "\"true\" in references for %s and %s",
						 controller, name));
		controller = name;
	}
}

/* These, and custom kinds, may have finalizers of any name; upstream checks the others with core's rules. */
static bool
is_free_of_standard(const pv_resource *res)
{
	static const char *const groups[] = {
		"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io",
		"coordination.k8s.io",          "node.k8s.io",          "policy"};

	for (size_t i = 0; i < PV_LEN(groups); i++)
		if (pv_streq(groups[i], res->group))
			return true;
	return !res->kind_facts || (!res->group[0] && pv_streq(res->kind, "Event"));
}

static pv_map *
names_of(pv_arena *arena, const pv_val *list)
{
	pv_map *names = pv_map_new(arena);

	for (size_t i = 0; i < pv_count(list); i++)
		pv_map_puts(names, pv_text(pv_item(list, i), ""), names);
	return names;
}

/* What an object already has may stay: the rule is newer than some objects. */
static void
check_finalizers(pv_faults *f, const pv_resource *res, const pv_val *finalizers, const pv_val *old)
{
	const char *path = "metadata.finalizers";
	bool free = is_free_of_standard(res), orphan = false, foreground = false;
	pv_map *had;

	if (!pv_count(finalizers))
		return;
	had = names_of(f->cx->arena, old);
	for (size_t i = 0; i < pv_count(finalizers); i++) {
		const pv_val *name = pv_item(finalizers, i);
		const char *why = pv_is(name, PV_STRING) ? pv_name_qualified(pv_strv(name)) : NULL;

		if (why)
			pv_fault_value(f, path, name, why);
		orphan = orphan || pv_streq(pv_text(name, ""), "orphan");
		foreground = foreground || pv_streq(pv_text(name, ""), "foregroundDeletion");
		why = !free && pv_is(name, PV_STRING) ? pv_name_finalizer(pv_strv(name)) : NULL;
		if (why && !pv_map_finds(had, name->s))
			pv_fault_value(f, pv_path_index(f->cx->arena, path, i), name, why);
	}
	if (orphan && foreground)
		pv_fault_value(f, path, finalizers,
			       "finalizer orphan and foregroundDeletion cannot be both set");
}

#define MANAGER_MAX 128
#define SUBRESOURCE_MAX 256

static const char *
of_manager(pv_arena *arena, size_t i, const char *field)
{
	return pv_path_field(arena, pv_path_index(arena, "metadata.managedFields", i), field);
}

static void
check_managers(pv_faults *f, const pv_val *managed)
{
	for (size_t i = 0; i < pv_count(managed); i++) {
		const pv_val *manager = pv_get(pv_item(managed, i), "manager"),
			     *sub = pv_get(pv_item(managed, i), "subresource");
		const char *why =
			pv_is(manager, PV_STRING) ? pv_name_manager(f->cx->arena, pv_strv(manager)) : NULL;

		if (pv_is(manager, PV_STRING) && manager->len > MANAGER_MAX)
			pv_fault(f, "FieldValueTooLong", of_manager(f->cx->arena, i, "manager"),
				 "Too long: may not be more than %d bytes", MANAGER_MAX);
		if (why)
			pv_fault_value(f, of_manager(f->cx->arena, i, "manager"), manager, why);
		if (pv_is(sub, PV_STRING) && sub->len > SUBRESOURCE_MAX)
			pv_fault(f, "FieldValueTooLong", of_manager(f->cx->arena, i, "subresource"),
				 "Too long: may not be more than %d bytes", SUBRESOURCE_MAX);
	}
}

static void
check_generation(pv_faults *f, const pv_val *generation)
{
	if (pv_i64(generation, 0) < 0)
		pv_fault_value(f, "metadata.generation", generation, "must be greater than or equal to 0");
}

static void
check_same(pv_faults *f, const pv_val *meta, const pv_val *old)
{
	static const char *const fixed[] = {"name", "namespace", "uid", "creationTimestamp"};

	for (size_t i = 0; i < PV_LEN(fixed); i++) {
		const pv_val *now = pv_get(meta, fixed[i]), *was = pv_get(old, fixed[i]);

		if (now && was && !pv_eq(now, was))
			pv_fault_value(f, pv_path_field(f->cx->arena, "metadata", fixed[i]), now,
				       "field is immutable");
	}
}

/* Kubernetes refuses it in each of its names; here it is refused in all but free text. */
static void
check_nul(pv_faults *f, const pv_val *object)
{
	const char *path = pv_nul_find(f->cx->arena, object);

	if (path)
		pv_fault(f, "FieldValueInvalid", path, "Invalid value: " PV_NUL_FAULT);
}

void
pv_meta_check_parts(pv_faults *f, const pv_val *meta)
{
	pv_labels_check(f, pv_get(meta, "labels"), "metadata.labels");
	pv_annotations_check(f, pv_get(meta, "annotations"), "metadata.annotations");
	check_owners(f, pv_get(meta, "ownerReferences"));
}

void
pv_meta_check(pv_faults *f, const pv_resource *res, const pv_val *object, const pv_val *old)
{
	const pv_val *meta = pv_get(object, "metadata");

	if (meta && !pv_is(meta, PV_OBJECT)) {
		pv_fault(f, "FieldValueTypeInvalid", "metadata",
			 "Invalid value: \"%s\": metadata in body must be of type object: \"%s\"",
			 pv_type_name(meta), pv_type_name(meta));
		return;
	}
	if (!res->kind_facts && res->meta)
		f->n += pv_schema_validate(f->cx, res->meta, meta, "metadata", f->causes);
	check_name(f, res, meta, old != NULL);
	pv_meta_check_parts(f, meta);
	check_managers(f, pv_get(meta, "managedFields"));
	check_generation(f, pv_get(meta, "generation"));
	check_finalizers(f, res, pv_get(meta, "finalizers"), old ? pv_at(old, "metadata.finalizers") : NULL);
	if (old)
		check_same(f, meta, pv_get(old, "metadata"));
	if (f->n == 0)
		check_nul(f, object);
}
