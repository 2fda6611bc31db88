/* Where a Pod may run, what holds it back, and how it finds others (kubernetes pkg/apis/core/validation). */
#include "core/kinds/podspec.h"
#include "core/kinds/names.h"

/* ---- nodes ---- */

static void
check_requirement(pv_faults *f, const pv_val *term, const char *path, bool of_fields, bool strict)
{
	const pv_val *values = pv_get(term, "values"), *op = pv_get(term, "operator");
	const char *name = pv_text(op, ""), *at = pv_below(f, path, "values");
	bool listed = pv_streq(name, "In") || pv_streq(name, "NotIn"),
	     of_name = pv_streq(pv_text(pv_get(term, "key"), ""), "metadata.name");
	size_t n = pv_count(values);

	if (of_fields && !listed)
		pv_fault_value(f, pv_below(f, path, "operator"), op, "not a valid selector operator");
	else if (of_fields && n != 1)
		pv_required(
			f, at,
			"must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
	else if (listed && !n)
		pv_required(f, at, "must be specified when `operator` is 'In' or 'NotIn'");
	else if ((pv_streq(name, "Exists") || pv_streq(name, "DoesNotExist")) && n)
		pv_forbidden(f, at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
	else if ((pv_streq(name, "Gt") || pv_streq(name, "Lt")) && n != 1)
		pv_required(f, at, "must be specified single value when `operator` is 'Lt' or 'Gt'");
	if (of_fields && !of_name) { /* nor is it asked how it is written */
		pv_faults_withdraw(f, pv_below(f, path, "key"));
		pv_fault_value(f, pv_below(f, path, "key"), pv_get(term, "key"),
			       "not a valid field selector key");
	}
	for (size_t i = 0; (of_fields ? of_name : strict) && i < n; i++) {
		const pv_val *value = pv_item(values, i);
		const char *why =
			of_fields ? pv_name_subdomain(pv_strv(value)) : pv_name_label_value(pv_strv(value));

		if (why)
			pv_fault_value(f, pv_nth(f, at, i), value, why);
	}
}

/* strict: values are label values; what is only preferred may name any. */
static void
check_term(pv_faults *f, const pv_val *term, const char *path, bool strict)
{
	static const char *const lists[] = {"matchExpressions", "matchFields"};

	for (size_t l = 0; l < PV_LEN(lists); l++) {
		const pv_val *list = pv_get(term, lists[l]);

		for (size_t i = 0; i < pv_count(list); i++)
			check_requirement(f, pv_item(list, i), pv_nth(f, pv_below(f, path, lists[l]), i),
					  l == 1, strict);
	}
}

void
pv_node_selector_check(pv_faults *f, const pv_val *selector, const char *path)
{
	const pv_val *terms = pv_get(selector, "nodeSelectorTerms");

	for (size_t i = 0; i < pv_count(terms); i++)
		check_term(f, pv_item(terms, i), pv_nth(f, pv_below(f, path, "nodeSelectorTerms"), i), true);
}

static void
check_preferred(pv_faults *f, const pv_val *list, const char *path)
{
	for (size_t i = 0; i < pv_count(list); i++)
		check_term(f, pv_get(pv_item(list, i), "preference"),
			   pv_below(f, pv_nth(f, path, i), "preference"), false);
}

/* ---- other Pods ---- */

/* Keys that a selector names. */
static pv_map *
selected_keys(pv_faults *f, const pv_val *selector)
{
	const pv_val *terms = pv_get(selector, "matchExpressions"), *labels = pv_get(selector, "matchLabels");
	pv_map *keys = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < pv_count(terms); i++)
		pv_map_puts(keys, pv_text(pv_get(pv_item(terms, i), "key"), ""), f);
	for (size_t i = 0; i < pv_member_count(labels); i++)
		pv_map_puts(keys, labels->members[i].key.s, f);
	return keys;
}

/* Label keys whose values come from the Pod itself; a selector that names them already leaves no room. */
static void
check_keys(pv_faults *f, const pv_val *owner, const char *field, const char *path, bool once)
{
	const pv_val *keys = pv_get(owner, field), *selector = pv_get(owner, "labelSelector");
	const char *at = pv_below(f, path, field);
	const pv_map *selected = selected_keys(f, once ? selector : NULL);

	if (pv_count(keys) && !selector) {
		pv_forbidden(f, at, "must not be specified when labelSelector is not set");
		return;
	}
	for (size_t i = 0; i < pv_count(keys); i++) {
		const pv_val *key = pv_item(keys, i);
		const char *why = pv_name_qualified(pv_strv(key));

		if (why)
			pv_fault_value(f, pv_nth(f, at, i), key, why);
		if (pv_map_finds(selected, pv_text(key, "")))
			pv_fault_value(f, pv_nth(f, at, i), key,
				       pv_printf(f->cx->arena, "exists in both %s and labelSelector", field));
	}
}

static void
check_pod_term(pv_faults *f, const pv_val *term, const char *path)
{
	const pv_val *keys = pv_get(term, "matchLabelKeys"), *others = pv_get(term, "mismatchLabelKeys");
	pv_map *seen = pv_map_new(f->cx->arena);

	pv_selector_check(f, pv_get(term, "labelSelector"), pv_below(f, path, "labelSelector"));
	pv_selector_check(f, pv_get(term, "namespaceSelector"), pv_below(f, path, "namespaceSelector"));
	check_keys(f, term, "matchLabelKeys", path, false);
	check_keys(f, term, "mismatchLabelKeys", path, false);
	for (size_t i = 0; i < pv_count(others); i++)
		pv_map_puts(seen, pv_text(pv_item(others, i), ""), f);
	for (size_t i = 0; i < pv_count(keys); i++)
		if (pv_map_finds(seen, pv_text(pv_item(keys, i), "")))
			pv_fault_value(f, pv_nth(f, pv_below(f, path, "matchLabelKeys"), i), pv_item(keys, i),
				       "exists in both matchLabelKeys and mismatchLabelKeys");
}

static void
check_pod_affinity(pv_faults *f, const pv_val *affinity, const char *path)
{
	static const char *const fields[] = {"requiredDuringSchedulingIgnoredDuringExecution",
					     "preferredDuringSchedulingIgnoredDuringExecution"};

	for (size_t k = 0; k < PV_LEN(fields); k++) {
		const pv_val *list = pv_get(affinity, fields[k]);

		for (size_t i = 0; i < pv_count(list); i++) {
			const char *at = pv_nth(f, pv_below(f, path, fields[k]), i);

			if (k == 0)
				check_pod_term(f, pv_item(list, i), at);
			else
				check_pod_term(f, pv_get(pv_item(list, i), "podAffinityTerm"),
					       pv_below(f, at, "podAffinityTerm"));
		}
	}
}

static void
check_affinity(podspec *s)
{
	const char *path = pv_below(s->f, s->path, "affinity");
	const pv_val *affinity = pv_get(s->v, "affinity"), *node = pv_get(affinity, "nodeAffinity");
	const char *at = pv_below(s->f, path, "nodeAffinity");

	pv_node_selector_check(s->f, pv_get(node, "requiredDuringSchedulingIgnoredDuringExecution"),
			       pv_below(s->f, at, "requiredDuringSchedulingIgnoredDuringExecution"));
	check_preferred(s->f, pv_get(node, "preferredDuringSchedulingIgnoredDuringExecution"),
			pv_below(s->f, at, "preferredDuringSchedulingIgnoredDuringExecution"));
	check_pod_affinity(s->f, pv_get(affinity, "podAffinity"), pv_below(s->f, path, "podAffinity"));
	check_pod_affinity(s->f, pv_get(affinity, "podAntiAffinity"),
			   pv_below(s->f, path, "podAntiAffinity"));
}

static void
check_spread(podspec *s)
{
	const pv_val *list = pv_get(s->v, "topologySpreadConstraints");
	pv_map *seen = pv_map_new(s->f->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *c = pv_item(list, i);
		const char *at = pv_nth(s->f, pv_below(s->f, s->path, "topologySpreadConstraints"), i),
			   *when = pv_text(pv_get(c, "whenUnsatisfiable"), "");
		const char *pair =
			pv_printf(s->f->cx->arena, "{%s, %s}", pv_text(pv_get(c, "topologyKey"), ""), when);
		pv_val shown = pv_string_ref(pair);

		if (pv_get(c, "minDomains") && !pv_streq(when, "DoNotSchedule"))
			pv_fault_value(
				s->f, pv_below(s->f, at, "minDomains"), pv_get(c, "minDomains"),
				pv_printf(
					s->f->cx->arena,
					"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not %s",
					when));
		if (pv_map_puts(seen, pair, s))
			pv_duplicate(s->f, pv_below(s->f, at, "{topologyKey, whenUnsatisfiable}"), &shown);
		pv_selector_check(s->f, pv_get(c, "labelSelector"), pv_below(s->f, at, "labelSelector"));
		check_keys(s->f, c, "matchLabelKeys", at, true);
	}
}

/* ---- taints ---- */

void
pv_tolerations_check(pv_faults *f, const pv_val *list, const char *path)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *t = pv_item(list, i), *op = pv_get(t, "operator"), *value = pv_get(t, "value");
		const char *at = pv_nth(f, path, i);
		const char *operator= pv_below(f, at, "operator"), *why = pv_name_label_value(pv_strv(value));
		bool exists = pv_streq(pv_text(op, ""), "Exists");
		pv_val none = pv_string_ref("");

		if (!*pv_text(pv_get(t, "key"), "") && !exists)
			pv_fault_value(f, operator, op ? op : & none,
				       "operator must be Exists when `key` is empty, which means \"match all "
				       "values and all keys\"");
		if (pv_get(t, "tolerationSeconds") &&
		    !pv_streq(pv_text(pv_get(t, "effect"), ""), "NoExecute"))
			pv_fault_value(f, pv_below(f, at, "effect"), pv_get(t, "effect"),
				       "effect must be 'NoExecute' when `tolerationSeconds` is set");
		if (exists && *pv_text(value, ""))
			pv_fault_value(f, operator, value, "value must be empty when `operator` is 'Exists'");
		else if (!exists && why)
			pv_fault_value(f, operator, value, why);
	}
}

/* ---- names and gates ---- */

static void
check_dns(podspec *s)
{
	const pv_val *config = pv_get(s->v, "dnsConfig"), *servers = pv_get(config, "nameservers"),
		     *searches = pv_get(config, "searches");
	const char *path = pv_below(s->f, s->path, "dnsConfig");
	bool none = pv_streq(pv_text(pv_get(s->v, "dnsPolicy"), ""), "None");
	size_t chars = pv_count(searches) ? pv_count(searches) - 1 : 0;

	for (size_t i = 0; i < pv_count(searches); i++)
		chars += pv_strv(pv_item(searches, i)).len;
	if (none && !config)
		pv_required(s->f, path, "must provide `dnsConfig` when `dnsPolicy` is None");
	else if (none && !pv_count(servers))
		pv_required(s->f, pv_below(s->f, path, "nameservers"),
			    "must provide at least one DNS nameserver when `dnsPolicy` is None");
	if (pv_count(servers) > 3)
		pv_fault_value(s->f, pv_below(s->f, path, "nameservers"), servers,
			       "must not have more than 3 nameservers");
	if (pv_count(searches) > 32)
		pv_fault_value(s->f, pv_below(s->f, path, "searches"), searches,
			       "must not have more than 32 search paths");
	if (chars > 2048)
		pv_fault_value(
			s->f, pv_below(s->f, path, "searches"), searches,
			"must not have more than 2048 characters (including spaces) in the search list");
}

static void
check_gates(podspec *s)
{
	const pv_val *gates = pv_get(s->v, "schedulingGates");
	const char *path = pv_below(s->f, s->path, "schedulingGates");
	pv_map *seen = pv_map_new(s->f->cx->arena);

	for (size_t i = 0; i < pv_count(gates); i++) {
		const pv_val *name = pv_get(pv_item(gates, i), "name");

		if (*pv_text(name, "") && pv_map_puts(seen, name->s, s))
			pv_duplicate(s->f, pv_nth(s->f, path, i), name);
	}
}

void
podspec_place(podspec *s)
{
	pv_labels_check(s->f, pv_get(s->v, "nodeSelector"), pv_below(s->f, s->path, "nodeSelector"));
	check_affinity(s);
	check_spread(s);
	pv_tolerations_check(s->f, pv_get(s->v, "tolerations"), pv_below(s->f, s->path, "tolerations"));
	check_dns(s);
	check_gates(s);
	pv_overhead_check(s->f, pv_get(s->v, "overhead"), pv_below(s->f, s->path, "overhead"));
}
