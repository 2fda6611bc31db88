/* CustomResourceDefinition: defaults and faults (apiextensions.k8s.io/v1). */
#include "base/map.h"
#include "base/pki.h"
#include "base/vec.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include "core/resource/resource.h"
#include <string.h>

/* A status that names no stored version has the one that writes are stored in. */
static const pv_val *
with_stored(pv_ctx *cx, const pv_val *object)
{
	const pv_val *versions = pv_at(object, "spec.versions");
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(versions); i++) {
		const pv_val *name = pv_get(pv_item(versions, i), "name");

		if (name && pv_truth(pv_get(pv_item(versions, i), "storage"), false))
			pv_listb_add(&list, *name);
	}
	return pv_box(cx->arena, pv_with_at(cx->arena, object, "status.storedVersions", pv_listb_end(&list)));
}

const pv_val *
pv_crd_fill(pv_ctx *cx, const pv_val *object)
{
	const pv_val *names = pv_at(object, "spec.names");
	const char *kind = pv_text(pv_get(names, "kind"), "");
	pv_objb b;

	if (pv_is(pv_get(object, "status"), PV_OBJECT) && !pv_count(pv_at(object, "status.storedVersions")))
		object = with_stored(cx, object);
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
need_label(pv_faults *f, const pv_val *v, const char *path, const char *prefix)
{
	const char *lower = pv_str_lower(f->cx->arena, pv_text(v, "")),
		   *why = pv_name_label1035(pv_str_of(lower));

	if (why)
		pv_fault_value(f, path, v, pv_printf(f->cx->arena, "%s%s", prefix, why));
}

static void
check_label(pv_faults *f, const pv_val *v, const char *path)
{
	const char *why = *pv_text(v, "") ? pv_name_label1035(pv_strv(v)) : NULL;

	if (why)
		pv_fault_value(f, path, v, why);
}

static void
check_given(pv_faults *f, const pv_val *names, const char *path)
{
	static const char *const keys[] = {"plural", "singular", "kind", "listKind"};

	for (size_t i = 0; i < PV_LEN(keys); i++)
		if (!*pv_text(pv_get(names, keys[i]), ""))
			pv_required(f, pv_below(f, path, keys[i]), NULL);
}

static void
check_names(pv_faults *f, const pv_val *names, const char *path)
{
	static const char mixed[] = "may have mixed case, but should otherwise match: ";
	static const char *const lists[] = {"shortNames", "categories"}, *const kinds[] = {"kind",
											   "listKind"};
	const char *kind = pv_text(pv_get(names, "kind"), "");

	check_label(f, pv_get(names, "plural"), pv_below(f, path, "plural"));
	check_label(f, pv_get(names, "singular"), pv_below(f, path, "singular"));
	for (size_t i = 0; i < PV_LEN(kinds); i++)
		if (*pv_text(pv_get(names, kinds[i]), ""))
			need_label(f, pv_get(names, kinds[i]), pv_below(f, path, kinds[i]), mixed);
	for (size_t k = 0; k < PV_LEN(lists); k++)
		for (size_t i = 0; i < pv_count(pv_get(names, lists[k])); i++) {
			const pv_val *v = pv_item(pv_get(names, lists[k]), i);
			const char *why = pv_name_label1035(pv_strv(v));

			if (why)
				pv_fault_value(f, pv_nth(f, pv_below(f, path, lists[k]), i), v, why);
		}
	if (*kind && pv_streq(kind, pv_text(pv_get(names, "listKind"), "")))
		pv_fault_value(f, pv_below(f, path, "listKind"), pv_get(names, "listKind"),
			       "kind and listKind may not be the same");
}

/* ---- whose group it is ---- */

enum approval { MISSING, WRONG, BYPASSED, APPROVED };

static const pv_val *
approval_of(const pv_val *object, enum approval *ret)
{
	const pv_val *note = pv_get(pv_at(object, "metadata.annotations"), "api-approved.kubernetes.io");
	const char *text = pv_text(note, ""), *host = strstr(text, "://");

	if (!*text)
		*ret = MISSING;
	else if (pv_starts_with(text, "unapproved"))
		*ret = BYPASSED;
	else
		*ret = host && host != text && host[3] && host[3] != '/' ? APPROVED : WRONG;
	return note;
}

static void
check_approval(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char path[] = "metadata.annotations[api-approved.kubernetes.io]",
			  where[] = "see https://github.com/kubernetes/enhancements/pull/1111";
	const char *group = pv_text_at(object, "spec.group", "");
	enum approval now, before;
	const pv_val *note = approval_of(object, &now);

	if (!pv_streq(group, "k8s.io") && !pv_streq(group, "kubernetes.io") &&
	    !pv_ends_with(group, ".k8s.io") && !pv_ends_with(group, ".kubernetes.io"))
		return;
	(void)approval_of(old, &before);
	if (old && before == now)
		return;
	if (now == MISSING)
		pv_required(f, path,
			    pv_printf(f->cx->arena,
				      "protected groups must have approval annotation "
				      "\"api-approved.kubernetes.io\", %s",
				      where));
	else if (now == WRONG)
		pv_fault_value(
			f, path, note,
			pv_printf(f->cx->arena,
				  "protected groups must have approval annotation "
				  "\"api-approved.kubernetes.io\" with either a URL or a reason starting "
				  "with \"unapproved\", %s",
				  where));
}

static void
check_group(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const char *group = pv_text_at(object, "spec.group", ""),
		   *plural = pv_text_at(object, "spec.names.plural", "");
	const pv_val *name = pv_at(object, "metadata.name");
	const char *why = pv_name_subdomain(pv_str_of(group));

	if (!old && *pv_text(name, "") && !pv_streq(name->s, pv_printf(f->cx->arena, "%s.%s", plural, group)))
		pv_fault_value(f, "metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
	if (!*group)
		pv_required(f, "spec.group", NULL);
	else if (*group && (why || !strchr(group, '.')))
		pv_fault_value(f, "spec.group", pv_at(object, "spec.group"),
			       why ? why : "should be a domain with at least one dot");
	if (!*pv_text_at(object, "spec.scope", ""))
		pv_required(f, "spec.scope", NULL);
}

/* ---- versions as a whole ---- */

static bool
is_version(const pv_val *versions, const pv_val *name)
{
	for (size_t i = 0; i < pv_count(versions); i++)
		if (pv_eq(pv_get(pv_item(versions, i), "name"), name))
			return true;
	return false;
}

static void
check_versions(pv_faults *f, const pv_val *versions)
{
	pv_map *seen = pv_map_new(f->cx->arena);
	size_t stored = 0, twice = 0;

	for (size_t i = 0; i < pv_count(versions); i++) {
		const pv_val *version = pv_item(versions, i), *name = pv_get(version, "name");
		const char *why = pv_name_label1035(pv_strv(name));
		pv_val none = pv_string_ref("");

		if (why)
			pv_fault_value(f, pv_below(f, pv_nth(f, "spec.versions", i), "name"),
				       name ? name : &none, why);
		if (why && !i && *pv_text(name, "")) /* where the first was before there were more */
			pv_fault_value(f, "spec.version", name, why);
		stored += pv_truth(pv_get(version, "storage"), false);
		twice += pv_map_puts(seen, pv_text(name, ""), f) != NULL;
	}
	if (twice)
		pv_fault_value(f, "spec.versions", versions, "must contain unique version names");
	if (stored != 1)
		pv_fault_value(f, "spec.versions", versions,
			       "must have exactly one version marked as storage version");
}

/* What is stored in a version stays readable until somebody says that there is no more of it. */
static void
check_stored(pv_faults *f, const pv_val *versions, const pv_val *old)
{
	const pv_val *was = pv_at(old, "status.storedVersions"), *first = NULL;
	pv_listb list;
	pv_val stored;

	pv_listb_init(&list, f->cx->arena);
	for (size_t i = 0; i < pv_count(was); i++)
		pv_listb_add(&list, *pv_item(was, i));
	for (size_t i = 0; i < pv_count(versions) && !first; i++)
		if (pv_truth(pv_get(pv_item(versions, i), "storage"), false))
			first = pv_get(pv_item(versions, i), "name");
	if (first && !pv_list_has(was, first))
		pv_listb_add(&list, *first);
	stored = list.len ? pv_listb_end(&list) : pv_null();
	if (!pv_count(&stored))
		pv_fault_value(f, "status.storedVersions", &stored, "must have at least one stored version");
	for (size_t i = 0; i < pv_count(versions); i++) {
		const pv_val *name = pv_get(pv_item(versions, i), "name");

		if (pv_count(&stored) && pv_truth(pv_get(pv_item(versions, i), "storage"), false) &&
		    !pv_list_has(&stored, name))
			pv_fault_value(f, "status.storedVersions", &stored,
				       pv_printf(f->cx->arena, "must have the storage version %s",
						 pv_text(name, "")));
	}
	for (size_t i = 0; i < pv_count(&stored); i++)
		if (!is_version(versions, pv_item(&stored, i))) {
			const char *name = pv_text(pv_item(&stored, i), "");

			pv_fault_value(
				f, pv_nth(f, "status.storedVersions", i), pv_item(&stored, i),
				pv_printf(f->cx->arena,
					  "missing from spec.versions; %s was previously a storage "
					  "version, and must remain in spec.versions until a storage "
					  "migration ensures no data remains persisted in %s and removes "
					  "%s from status.storedVersions",
					  name, name, name));
		}
}

/* ---- changes ---- */

static void
check_changes(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const struct {
		const char *path;
		bool established; /* only then: objects lie in the store under it */
	} fixed[] = {{"spec.scope", true},
		     {"spec.names.kind", true},
		     {"spec.group", false},
		     {"spec.names.plural", false}};

	for (size_t i = 0; i < PV_LEN(fixed); i++)
		if ((!fixed[i].established || pv_crd_has_condition(old, "Established")) &&
		    !pv_eq(pv_at(object, fixed[i].path), pv_at(old, fixed[i].path)))
			pv_fault_value(f, fixed[i].path, pv_at(object, fixed[i].path), "field is immutable");
}

/* ---- conversion ---- */

bool
pv_crd_trusts(pv_ctx *cx, const pv_val *conversion)
{
	const pv_val *bundle = pv_at(conversion, "webhook.clientConfig.caBundle");
	uint8_t *pem;
	size_t n;

	if (!pv_streq(pv_text(pv_get(conversion, "strategy"), ""), "Webhook") || !*pv_text(bundle, ""))
		return true;
	pem = pv_unbase64(cx->arena, pv_strv(bundle), false, &n);
	if (!pem)
		return false;
	if (pv_pki_check_chain(cx, (pv_str){(const char *)pem, n}) == 0)
		return true;
	(void)pv_recover(cx);
	return false;
}

static void
check_review_versions(pv_faults *f, const pv_val *versions, const char *path)
{
	pv_map *seen = pv_map_new(f->cx->arena);
	bool speaks = false;

	for (size_t i = 0; i < pv_count(versions); i++) {
		const pv_val *v = pv_item(versions, i);

		if (pv_seen(f, seen, v))
			pv_fault_value(f, pv_nth(f, path, i), v, "duplicate version");
		else if (pv_name_label1035(pv_strv(v)))
			pv_fault_value(f, pv_nth(f, path, i), v, pv_name_label1035(pv_strv(v)));
		speaks |= pv_streq(pv_text(v, ""), "v1") || pv_streq(pv_text(v, ""), "v1beta1");
	}
	if (!pv_count(versions))
		pv_required(f, path, NULL);
	else if (!speaks)
		pv_fault_value(f, path, versions, "must include at least one of v1, v1beta1");
}

/* A webhook, if that is how versions are converted, and only then.  The paths are those of the first
 * form of the kind, which is what upstream says. */
static void
check_conversion(pv_faults *f, const pv_val *conversion)
{
	static const char client[] = "spec.conversion.webhookClientConfig",
			  reviews[] = "spec.conversion.conversionReviewVersions",
			  why[] = "should not be set when strategy is not set to Webhook";
	const pv_val *hook = pv_get(conversion, "webhook"),
		     *versions = pv_get(hook, "conversionReviewVersions");
	const pv_val *strategy = pv_get(conversion, "strategy");

	if (conversion && !*pv_text(strategy, ""))
		pv_required(f, "spec.conversion.strategy", NULL);
	if (pv_streq(pv_text(strategy, "None"), "Webhook")) {
		if (!pv_get(hook, "clientConfig"))
			pv_required(f, client, "required when strategy is set to Webhook");
		else
			pv_webhook_client_check(f, pv_get(hook, "clientConfig"), client);
		check_review_versions(f, versions, reviews);
		return;
	}
	if (pv_get(hook, "clientConfig"))
		pv_forbidden(f, client, why);
	if (pv_count(versions))
		pv_forbidden(f, reviews, why);
}

/* Objects of an established kind are to be had at every time; before that, the condition
 * Established says it (core/resource). */
static void
check_authorities(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char path[] = "spec.conversion.webhook.clientConfig.caBundle";
	const pv_val *bundle = pv_at(object, path);

	if (!pv_crd_has_condition(old, "Established") || pv_eq(bundle, pv_at(old, path)) ||
	    pv_crd_trusts(f->cx, pv_at(object, "spec.conversion")))
		return;
	pv_fault_value(f, "spec.conversion.webhookClientConfig.caBundle", bundle,
		       "unable to load root certificates: unable to parse bytes as PEM block");
}

size_t
pv_crd_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *versions = pv_at(object, "spec.versions");

	check_group(f, object, old);
	check_approval(f, object, old);
	check_given(f, pv_at(object, "spec.names"), "spec.names");
	check_names(f, pv_at(object, "spec.names"), "spec.names");
	check_versions(f, versions);
	pv_crd_check_parts(f, versions);
	check_stored(f, versions, old);
	check_conversion(f, pv_at(object, "spec.conversion"));
	if (pv_truth_at(object, "spec.preserveUnknownFields", false))
		pv_fault(f, "FieldValueInvalid", "spec.preserveUnknownFields",
			 "Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields "
			 "to true in "
			 "spec.versions[*].schema instead");
	if (old) {
		check_changes(f, object, old);
		check_authorities(f, object, old);
	}
	return f->n;
}

size_t
pv_crd_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	(void)old;
	check_names(f, pv_at(object, "status.acceptedNames"), "status.acceptedNames");
	return f->n;
}
