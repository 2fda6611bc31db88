/* Faults of metadata (apimachinery validation, objectmeta). */
#include "base/vec.h"
#include "core/kinds/names.h"
#include "core/resource/impl.h"
#include <string.h>

#define ANNOTATIONS_MAX (256 * 1024)

static const char *
name_fault(enum pv_name_rule rule, pv_str name)
{
	switch (rule) {
	case PV_NAME_SUBDOMAIN: return pv_name_subdomain(name);
	case PV_NAME_LABEL: return pv_name_label(name);
	case PV_NAME_LABEL1035: return pv_name_label1035(name);
	case PV_NAME_PATH: return pv_name_path_segment(name);
	case PV_NAME_BACKSTAGE: return pv_name_backstage(name);
	}
	return NULL;
}

static void
check_name(pv_faults *f, const pv_resource *res, const pv_val *meta)
{
	const pv_val *name = pv_get(meta, "name"), *prefix = pv_get(meta, "generateName");
	pv_arena *arena = f->cx->arena;
	const char *why;

	if (pv_is(prefix, PV_STRING) && prefix->len) {
		/* The name that comes of it: a dash at the end is followed by more. */
		const char *sample =
			pv_ends_with(prefix->s, "-") ? pv_printf(arena, "%sa", prefix->s) : prefix->s;

		why = name_fault(res->name_rule, pv_str_of(sample));
		if (why)
			pv_fault_value(f, "metadata.generateName", prefix, why);
	}
	if (!pv_is(name, PV_STRING) || !name->len) {
		if (!pv_is(prefix, PV_STRING) || !prefix->len)
			pv_fault(f, "FieldValueRequired", "metadata.name",
				 "Required value: name or generateName is required");
		return;
	}
	why = name_fault(res->name_rule, pv_strv(name));
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

static void
check_annotations(pv_faults *f, const pv_val *notes)
{
	size_t total = 0;

	for (size_t i = 0; pv_is(notes, PV_OBJECT) && i < notes->len; i++) {
		const pv_member *m = pv_sorted(notes, i);
		const char *lower = pv_str_lower(f->cx->arena, m->key.s),
			   *why = strlen(lower) == m->key.len ? pv_name_qualified(pv_str_of(lower))
							      : PV_NUL_FAULT;

		if (why)
			pv_fault_value(f, "metadata.annotations", &m->key, why);
		total += m->key.len + (pv_is(&m->val, PV_STRING) ? m->val.len : 0);
	}
	if (total > ANNOTATIONS_MAX)
		pv_fault(f, "FieldValueTooLong", "metadata.annotations",
			 "Too long: may not be more than %d bytes", ANNOTATIONS_MAX);
}

static void
check_owners(pv_faults *f, const pv_val *owners)
{
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
		const char *name = pv_text(pv_get(owner, "name"), "");

		for (size_t k = 0; k < PV_LEN(needed); k++) {
			pv_val empty = pv_string_ref("");

			if (!*pv_text(pv_get(owner, needed[k].name), ""))
				pv_fault_value(f,
					       pv_path_field(f->cx->arena, "metadata.ownerReferences",
							     needed[k].name),
					       &empty, needed[k].why);
		}
		if (!pv_truth(pv_get(owner, "controller"), false))
			continue;
		if (controller)
			pv_fault(f, "FieldValueInvalid", "metadata.ownerReferences",
				 "Invalid value: Only one reference can have Controller set to true. Found "
				 "\"true\" in references for %s and %s",
				 controller, name);
		controller = name;
	}
}

static void
check_finalizers(pv_faults *f, const pv_val *finalizers)
{
	for (size_t i = 0; i < pv_count(finalizers); i++) {
		const pv_val *name = pv_item(finalizers, i);
		const char *why = pv_is(name, PV_STRING) ? pv_name_qualified(pv_strv(name)) : NULL;

		if (why)
			pv_fault_value(f, "metadata.finalizers", name, why);
	}
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
	check_name(f, res, meta);
	pv_labels_check(f, pv_get(meta, "labels"), "metadata.labels");
	check_annotations(f, pv_get(meta, "annotations"));
	check_owners(f, pv_get(meta, "ownerReferences"));
	check_finalizers(f, pv_get(meta, "finalizers"));
	if (old)
		check_same(f, meta, pv_get(old, "metadata"));
	if (f->n == 0)
		check_nul(f, object);
}
