/* CustomResourceDefinition: defaults and faults (apiextensions.k8s.io/v1). */
#include "base/map.h"
#include "base/vec.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include <string.h>

const pv_val *
pv_crd_fill(pv_ctx *cx, const pv_val *object)
{
	const pv_val *names = pv_at(object, "spec.names");
	const char *kind = pv_text(pv_get(names, "kind"), "");
	pv_objb b;

	if (!names || !*kind)
		return object;
	pv_objb_from(&b, cx->arena, names);
	if (!*pv_text(pv_get(names, "singular"), ""))
		pv_objb_puts(&b, "singular", pv_str_lower(cx->arena, kind));
	if (!*pv_text(pv_get(names, "listKind"), ""))
		pv_objb_puts(&b, "listKind", pv_printf(cx->arena, "%sList", kind));
	return pv_box(cx->arena, pv_with_at(cx->arena, object, "spec.names", pv_objb_end(&b)));
}

static void
required(pv_faults *f, const char *path, const char *why)
{
	pv_fault(f, "FieldValueRequired", path, why ? "Required value: %s" : "Required value%s",
		 why ? why : "");
}

static void
need_label(pv_faults *f, const pv_val *v, const char *path, const char *prefix)
{
	const char *lower = pv_str_lower(f->cx->arena, pv_text(v, "")),
		   *why = pv_name_label1035(pv_str_of(lower));

	if (why)
		pv_fault_value(f, path, v, pv_printf(f->cx->arena, "%s%s", prefix, why));
}

static void
check_names(pv_faults *f, const pv_val *names)
{
	static const char mixed[] = "may have mixed case, but should otherwise match: ";
	const pv_val *shorts = pv_get(names, "shortNames"), *categories = pv_get(names, "categories");
	const char *const plain[] = {"plural", "singular"}, *const kinds[] = {"kind", "listKind"};

	for (size_t i = 0; i < 2; i++) {
		const pv_val *v = pv_get(names, plain[i]);
		const char *path = pv_path_field(f->cx->arena, "spec.names", plain[i]), *why;

		if (!v && i == 0)
			required(f, path, NULL);
		why = v ? pv_name_label1035(pv_strv(v)) : NULL;
		if (why)
			pv_fault_value(f, path, v, why);
	}
	for (size_t i = 0; i < 2; i++) {
		const pv_val *v = pv_get(names, kinds[i]);

		if (v || i == 0)
			need_label(f, v, pv_path_field(f->cx->arena, "spec.names", kinds[i]), mixed);
	}
	for (size_t i = 0; i < pv_count(shorts); i++) {
		const char *why = pv_name_label1035(pv_strv(pv_item(shorts, i)));

		if (why)
			pv_fault_value(f, pv_path_index(f->cx->arena, "spec.names.shortNames", i),
				       pv_item(shorts, i), why);
	}
	for (size_t i = 0; i < pv_count(categories); i++) {
		const char *why = pv_name_label1035(pv_strv(pv_item(categories, i)));

		if (why)
			pv_fault_value(f, pv_path_index(f->cx->arena, "spec.names.categories", i),
				       pv_item(categories, i), why);
	}
	if (pv_eq(pv_get(names, "kind"), pv_get(names, "listKind")))
		pv_fault_value(f, "spec.names.listKind", pv_get(names, "listKind"),
			       "kind and listKind may not be the same");
}

static void
check_group(pv_faults *f, const pv_val *object)
{
	const char *group = pv_text_at(object, "spec.group", ""),
		   *plural = pv_text_at(object, "spec.names.plural", "");
	const pv_val *name = pv_at(object, "metadata.name");
	bool is_protected = pv_streq(group, "k8s.io") || pv_streq(group, "kubernetes.io") ||
			    pv_ends_with(group, ".k8s.io") || pv_ends_with(group, ".kubernetes.io");

	/* A name that is no subdomain has been said already. */
	if (!pv_name_subdomain(pv_strv(name)) &&
	    !pv_streq(pv_text(name, ""), pv_printf(f->cx->arena, "%s.%s", plural, group)))
		pv_fault_value(f, "metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
	if (!*group) {
		required(f, "spec.group", NULL);
		return;
	}
	if (pv_name_subdomain(pv_str_of(group)))
		pv_fault_value(f, "spec.group", pv_at(object, "spec.group"),
			       pv_name_subdomain(pv_str_of(group)));
	else if (!strchr(group, '.'))
		pv_fault_value(f, "spec.group", pv_at(object, "spec.group"),
			       "should be a domain with at least one dot");
	if (is_protected && !pv_get(pv_at(object, "metadata.annotations"), "api-approved.kubernetes.io"))
		required(f, "metadata.annotations[api-approved.kubernetes.io]",
			 "protected groups must have approval annotation \"api-approved.kubernetes.io\", see "
			 "https://github.com/kubernetes/enhancements/pull/1111");
}

static void
check_columns(pv_faults *f, const pv_val *version, const char *path)
{
	static const char *const types[] = {"integer", "number", "string", "boolean", "date"};
	const pv_val *list = pv_get(version, "additionalPrinterColumns");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *c = pv_item(list, i);
		const char *at = pv_path_index(
			f->cx->arena, pv_path_field(f->cx->arena, path, "additionalPrinterColumns"), i);
		const char *type = pv_text(pv_get(c, "type"), "");
		bool known = false;

		for (size_t k = 0; k < PV_LEN(types); k++)
			known |= pv_streq(type, types[k]);
		if (!*pv_text(pv_get(c, "name"), ""))
			required(f, pv_path_field(f->cx->arena, at, "name"), NULL);
		if (!known)
			pv_fault(f, "FieldValueInvalid", pv_path_field(f->cx->arena, at, "type"),
				 "Invalid value: \"%s\": must be one of boolean,date,integer,number,string",
				 type);
		if (!*pv_text(pv_get(c, "jsonPath"), ""))
			required(f, pv_path_field(f->cx->arena, at, "jsonPath"), NULL);
	}
}

static void
check_subresources(pv_faults *f, const pv_val *version, const char *path)
{
	static const struct {
		const char *name, *root;
	} paths[] = {{"specReplicasPath", ".spec."}, {"statusReplicasPath", ".status."}};
	const pv_val *scale = pv_at(version, "subresources.scale");

	for (size_t i = 0; scale && i < PV_LEN(paths); i++) {
		const pv_val *v = pv_get(scale, paths[i].name);
		const char *at = pv_printf(f->cx->arena, "%s.subresources.scale.%s", path, paths[i].name);

		if (!*pv_text(v, ""))
			required(f, at, NULL);
		else if (!pv_starts_with(v->s, paths[i].root))
			pv_fault_value(f, at, v,
				       pv_printf(f->cx->arena, "should be a json path under %.*s",
						 (int)strlen(paths[i].root) - 1, paths[i].root));
	}
	if (pv_count(pv_get(version, "selectableFields")) > 8)
		pv_fault(f, "FieldValueTooMany", pv_path_field(f->cx->arena, path, "selectableFields"),
			 "Too many: %zu: must have at most 8 items",
			 pv_count(pv_get(version, "selectableFields")));
}

static void
check_version(pv_faults *f, const pv_val *version, size_t i)
{
	const char *path = pv_path_index(f->cx->arena, "spec.versions", i);
	const pv_val *openapi = pv_at(version, "schema.openAPIV3Schema"), *name = pv_get(version, "name");
	const char *why = pv_name_label1035(pv_strv(name));

	if (why)
		pv_fault_value(f, pv_path_field(f->cx->arena, path, "name"), name, why);
	if (!pv_is(openapi, PV_OBJECT))
		required(f, pv_printf(f->cx->arena, "%s.schema.openAPIV3Schema", path),
			 "schemas are required");
	else
		pv_schema_unref(pv_schema_build(
			f->cx, openapi, pv_printf(f->cx->arena, "%s.schema.openAPIV3Schema", path), f));
	check_columns(f, version, path);
	check_subresources(f, version, path);
}

static void
check_versions(pv_faults *f, const pv_val *versions)
{
	pv_map *seen = pv_map_new(f->cx->arena);
	size_t stored = 0;

	for (size_t i = 0; i < pv_count(versions); i++) {
		const pv_val *version = pv_item(versions, i);
		const char *name = pv_text(pv_get(version, "name"), "");

		check_version(f, version, i);
		stored += pv_truth(pv_get(version, "storage"), false);
		if (pv_map_puts(seen, name, f))
			pv_fault(f, "FieldValueInvalid", pv_path_index(f->cx->arena, "spec.versions", i),
				 "Invalid value: \"%s\": must contain unique version names", name);
	}
	if (stored != 1)
		pv_fault(f, "FieldValueInvalid", "spec.versions",
			 "Invalid value: %zu: must have exactly one version marked as storage version",
			 stored);
}

static void
check_changes(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const fixed[] = {"spec.group", "spec.scope", "spec.names.kind",
					    "spec.names.plural"};
	const pv_val *stored = pv_at(old, "status.storedVersions"),
		     *versions = pv_at(object, "spec.versions");

	for (size_t i = 0; i < PV_LEN(fixed); i++)
		if (!pv_eq(pv_at(object, fixed[i]), pv_at(old, fixed[i])))
			pv_fault_value(f, fixed[i], pv_at(object, fixed[i]), "field is immutable");
	for (size_t i = 0; i < pv_count(stored); i++) {
		bool there = false;

		for (size_t k = 0; k < pv_count(versions); k++)
			there |= pv_eq(pv_get(pv_item(versions, k), "name"), pv_item(stored, i));
		if (!there)
			pv_fault_value(f, pv_path_index(f->cx->arena, "status.storedVersions", i),
				       pv_item(stored, i), "must appear in spec.versions");
	}
}

/* A webhook, if that is how versions are converted, and only then. */
static void
check_conversion(pv_faults *f, const pv_val *conversion)
{
	const pv_val *hook = pv_get(conversion, "webhook"),
		     *versions = pv_get(hook, "conversionReviewVersions");
	static const char path[] = "spec.conversion.webhook";
	bool speaks = false;

	if (!pv_streq(pv_text_at(conversion, "strategy", "None"), "Webhook")) {
		if (hook)
			pv_forbidden(f, path, "should not be set when strategy is not set to Webhook");
		return;
	}
	if (!pv_get(hook, "clientConfig"))
		pv_required(f, pv_below(f, path, "clientConfig"), "required when strategy is set to Webhook");
	else
		pv_webhook_client_check(f, pv_get(hook, "clientConfig"), pv_below(f, path, "clientConfig"));
	for (size_t i = 0; i < pv_count(versions); i++)
		speaks = speaks || pv_streq(pv_text(pv_item(versions, i), ""), "v1") ||
			 pv_streq(pv_text(pv_item(versions, i), ""), "v1beta1");
	if (!pv_count(versions))
		pv_required(f, pv_below(f, path, "conversionReviewVersions"), NULL);
	else if (!speaks)
		pv_fault_value(f, pv_below(f, path, "conversionReviewVersions"), versions,
			       "must include at least one of v1, v1beta1");
}

size_t
pv_crd_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	check_group(f, object);
	check_names(f, pv_at(object, "spec.names"));
	check_versions(f, pv_at(object, "spec.versions"));
	check_conversion(f, pv_at(object, "spec.conversion"));
	if (pv_truth_at(object, "spec.preserveUnknownFields", false))
		pv_fault(f, "FieldValueInvalid", "spec.preserveUnknownFields",
			 "Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields "
			 "to true in "
			 "spec.versions[*].schema instead");
	if (old)
		check_changes(f, object, old);
	return f->n;
}
