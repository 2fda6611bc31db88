/* What admission is set up with: webhooks, and which writes policies speak of (apiserver
 * pkg/apis/admissionregistration/validation). */
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"

#include <string.h>

/* ---- rules ---- */

static void
check_list(pv_faults *f, const pv_val *rule, const char *field, const char *path, bool alone)
{
	const pv_val *list = pv_get(rule, field);
	const char *at = pv_below(f, path, field);

	if (!pv_count(list))
		pv_required(f, at, NULL);
	else if (alone && pv_count(list) > 1 && pv_list_has_text(list, "*"))
		pv_fault_value(f, at, list, "if '*' is present, must not specify other values");
}

/* Does one of those seen before it speak of it, too? */
static void
check_covered(pv_faults *f, const pv_val *list, size_t i, const pv_map *seen, const char *path)
{
	const char *one = pv_text(pv_item(list, i), ""), *slash = strchr(one, '/');
	const char *covers[] = {pv_printf(f->cx->arena, "%.*s/*", (int)(slash - one), one),
				pv_printf(f->cx->arena, "*%s", slash)};

	for (size_t c = 0; c < PV_LEN(covers); c++)
		if (pv_map_finds(seen, covers[c]))
			pv_fault_value(f, pv_nth(f, path, i), pv_item(list, i),
				       pv_printf(f->cx->arena, "if '%s' is present, must not specify %s",
						 covers[c], one));
}

static void
check_resources(pv_faults *f, const pv_val *list, const char *path)
{
	pv_map *seen = pv_map_new(f->cx->arena);
	bool all = false, star = false, whole = false;

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *one = pv_text(pv_item(list, i), "");

		all = all || pv_streq(one, "*/*");
		star = star || pv_streq(one, "*");
		if (!*one)
			pv_required(f, pv_nth(f, path, i), NULL);
		else if (strchr(one, '/'))
			check_covered(f, list, i, seen, path);
		else
			whole = !pv_streq(one, "*"); /* the last of them, as upstream has it */
		pv_map_puts(seen, one, f);
	}
	if (all && pv_count(list) > 1)
		pv_fault_value(f, path, list, "if '*/*' is present, must not specify other resources");
	if (star && whole)
		pv_fault_value(f, path, list,
			       "if '*' is present, must not specify other resources without subresources");
}

static void
check_operations(pv_faults *f, const pv_val *list, const char *path)
{
	static const char *const known[] = {"*", "CREATE", "UPDATE", "DELETE", "CONNECT"};

	for (size_t i = 0; i < pv_count(list); i++) {
		bool found = false;

		for (size_t k = 0; k < PV_LEN(known); k++)
			found = found || pv_streq(pv_text(pv_item(list, i), ""), known[k]);
		if (!found)
			pv_unsupported(f, pv_nth(f, path, i), pv_item(list, i),
				       "\"*\", \"CONNECT\", \"CREATE\", \"DELETE\", \"UPDATE\"");
	}
}

static void
check_rule(pv_faults *f, const pv_val *rule, const char *path)
{
	static const char *const scopes[] = {"*", "Cluster", "Namespaced"};
	const char *scope = pv_text(pv_get(rule, "scope"), "*");
	bool known = false;

	check_list(f, rule, "operations", path, true);
	check_operations(f, pv_get(rule, "operations"), pv_below(f, path, "operations"));
	check_list(f, rule, "apiGroups", path, true);
	check_list(f, rule, "apiVersions", path, true);
	for (size_t i = 0; i < pv_count(pv_get(rule, "apiVersions")); i++)
		if (!*pv_text(pv_item(pv_get(rule, "apiVersions"), i), ""))
			pv_required(f, pv_nth(f, pv_below(f, path, "apiVersions"), i), NULL);
	check_list(f, rule, "resources", path, false);
	check_resources(f, pv_get(rule, "resources"), pv_below(f, path, "resources"));
	for (size_t i = 0; i < PV_LEN(scopes); i++)
		known = known || pv_streq(scope, scopes[i]);
	if (!known)
		pv_unsupported(f, pv_below(f, path, "scope"), pv_get(rule, "scope"),
			       "\"*\", \"Cluster\", \"Namespaced\"");
}

/* ---- where a webhook is ---- */

static void
wrong_part(pv_faults *f, const char *path, const char *part, size_t len, const char *why)
{
	pv_val v = pv_string_ref(pv_strndup(f->cx->arena, part, len));

	pv_fault_value(f, path, &v, why);
}

/* https://host[/path], and of anything else the part that is wrong. */
static void
check_url(pv_faults *f, const pv_val *v, const char *path)
{
	const char *url = pv_text(v, ""), *colon = strstr(url, "://"), *host = colon ? colon + 3 : url;
	size_t scheme = colon ? (size_t)(colon - url) : 0, n = colon ? strcspn(host, "/?#") : 0;
	const char *at = memchr(host, '@', n), *question, *hash = strchr(url, '#');
	size_t len = hash ? (size_t)(hash - url) : strlen(url);

	if (scheme != 5 || strncmp(url, "https", 5) != 0)
		wrong_part(f, path, url, scheme,
			   "'https' is the only allowed URL scheme; desired format: https://host[/path]");
	if (!n)
		wrong_part(f, path, "", 0, "host must be specified; desired format: https://host[/path]");
	if (at)
		wrong_part(f, path, host, (size_t)(at - host),
			   "user information is not permitted in the URL");
	if (hash && hash[1])
		wrong_part(f, path, hash + 1, strlen(hash + 1), "fragments are not permitted in the URL");
	question = memchr(url, '?', len);
	if (question && question + 1 < url + len)
		wrong_part(f, path, question + 1, (size_t)(url + len - question - 1),
			   "query parameters are not permitted in the URL");
}

static void
check_service_path(pv_faults *f, const pv_val *v, const char *path)
{
	pv_str rest = pv_strv(v), step;

	if (!rest.len || pv_str_is(rest, "/"))
		return;
	if (rest.s[0] != '/')
		pv_fault_value(f, path, v, "must start with a '/'");
	rest = (pv_str){rest.s + 1, rest.len - 1};
	if (rest.len > 1 && rest.s[rest.len - 1] == '/')
		rest.len--;
	for (size_t i = 0; i == 0 || rest.len; i++) {
		const char *why;

		(void)pv_str_next(&rest, '/', &step);
		why = step.len ? pv_name_subdomain(step) : NULL;
		if (why || !step.len)
			pv_fault_value(f, path, v,
				       why ? pv_printf(f->cx->arena, "segment[%zu]: %s", i, why)
					   : pv_printf(f->cx->arena, "segment[%zu] may not be empty", i));
	}
}

static void
check_service(pv_faults *f, const pv_val *service, const char *path)
{
	bool swapped = pv_starts_with(path, "webhooks"); /* upstream names each by the other */
	int64_t port = pv_i64(pv_get(service, "port"), 443);

	if (!*pv_text(pv_get(service, "name"), ""))
		pv_required(f, pv_below(f, path, swapped ? "namespace" : "name"), NULL);
	if (!*pv_text(pv_get(service, "namespace"), ""))
		pv_required(f, pv_below(f, path, swapped ? "name" : "namespace"), NULL);
	if (port < 1 || port > 65535)
		pv_fault_value(f, pv_below(f, path, "port"), pv_get(service, "port"),
			       "port is not valid: must be between 1 and 65535, inclusive");
	if (pv_is(pv_get(service, "path"), PV_STRING))
		check_service_path(f, pv_get(service, "path"), pv_below(f, path, "path"));
}

void
pv_webhook_client_check(pv_faults *f, const pv_val *client, const char *path)
{
	const pv_val *url = pv_get(client, "url"), *service = pv_get(client, "service");

	if (!url == !service)
		pv_required(f, path, "exactly one of url or service is required");
	else if (url)
		check_url(f, url, pv_below(f, path, "url"));
	else
		check_service(f, service, pv_below(f, path, "service"));
}

/* ---- one webhook ---- */

static void
check_versions(pv_faults *f, const pv_val *list, const char *path)
{
	pv_map *seen = pv_map_new(f->cx->arena);
	bool speaks = false;

	if (!pv_count(list))
		pv_required(f, path, "must specify one of v1, v1beta1");
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_seen(f, seen, pv_item(list, i)))
			pv_fault_value(f, pv_nth(f, path, i), pv_item(list, i), "duplicate version");
	for (size_t i = 0; i < pv_count(list); i++)
		speaks = speaks || pv_streq(pv_text(pv_item(list, i), ""), "v1") ||
			 pv_streq(pv_text(pv_item(list, i), ""), "v1beta1");
	if (pv_count(list) && !speaks)
		pv_fault_value(f, path, list, "must include at least one of v1, v1beta1");
}

static void
check_full_name(pv_faults *f, const pv_val *v, const char *path)
{
	const char *name = pv_text(v, ""), *wrong = pv_name_subdomain(pv_strv(v)), *dot = strchr(name, '.');

	if (!*name)
		pv_required(f, path, NULL);
	else if (wrong)
		pv_fault_value(f, path, v, wrong);
	else if (!dot || !strchr(dot + 1, '.'))
		pv_fault_value(f, path, v,
			       "should be a domain with at least three segments separated by dots");
}

static void
check_condition_names(pv_faults *f, const pv_val *list, const char *path)
{
	pv_map *seen = pv_map_new(f->cx->arena);

	if (pv_count(list) > 64)
		pv_too_many(f, path, pv_count(list), 64);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *name = pv_get(pv_item(list, i), "name");
		const char *at = pv_below(f, pv_nth(f, path, i), "name");
		const char *wrong = pv_name_qualified(pv_strv(name));

		if (!*pv_text(name, ""))
			pv_required(f, at, NULL);
		else if (wrong)
			pv_fault_value(f, at, name, wrong);
		if (!*pv_text_at(pv_item(list, i), "expression", ""))
			pv_required(f, pv_below(f, pv_nth(f, path, i), "expression"), NULL);
		if (*pv_text(name, "") && pv_map_puts(seen, name->s, f))
			pv_duplicate(f, at, name);
	}
}

static void
check_conditions(pv_faults *f, const pv_val *list, const char *path)
{
	check_condition_names(f, list, path);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_condition_check(f, pv_get(pv_item(list, i), "expression"),
				   pv_below(f, pv_nth(f, path, i), "expression"));
}

static void
check_webhook(pv_faults *f, const pv_val *hook, const char *path)
{
	const pv_val *rules = pv_get(hook, "rules"), *seconds = pv_get(hook, "timeoutSeconds");

	check_full_name(f, pv_get(hook, "name"), pv_below(f, path, "name"));
	for (size_t i = 0; i < pv_count(rules); i++)
		check_rule(f, pv_item(rules, i), pv_nth(f, pv_below(f, path, "rules"), i));
	if (!pv_get(hook, "sideEffects"))
		pv_required(f, pv_below(f, path, "sideEffects"), "must specify one of None, NoneOnDryRun");
	if (seconds && (pv_i64(seconds, 0) < 1 || pv_i64(seconds, 0) > 30))
		pv_fault_value(f, pv_below(f, path, "timeoutSeconds"), seconds,
			       "the timeout value must be between 1 and 30 seconds");
	if (pv_get(hook, "namespaceSelector"))
		pv_selector_check(f, pv_get(hook, "namespaceSelector"),
				  pv_below(f, path, "namespaceSelector"));
	if (pv_get(hook, "objectSelector"))
		pv_selector_check(f, pv_get(hook, "objectSelector"), pv_below(f, path, "objectSelector"));
	pv_webhook_client_check(f, pv_get(hook, "clientConfig"), pv_below(f, path, "clientConfig"));
	check_versions(f, pv_get(hook, "admissionReviewVersions"),
		       pv_below(f, path, "admissionReviewVersions"));
	check_conditions(f, pv_get(hook, "matchConditions"), pv_below(f, path, "matchConditions"));
}

size_t
pv_webhooks_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *list = pv_get(object, "webhooks");
	pv_map *names = pv_map_new(f->cx->arena);

	(void)old;
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *name = pv_get(pv_item(list, i), "name");

		check_webhook(f, pv_item(list, i), pv_nth(f, "webhooks", i));
		if (*pv_text(name, "") && pv_map_puts(names, name->s, f))
			pv_duplicate(f, pv_below(f, pv_nth(f, "webhooks", i), "name"), name);
	}
	return f->n;
}

/* ---- policies: their expressions are core/policy's business ---- */

static void
check_resource_names(pv_faults *f, const pv_val *names, const char *path)
{
	for (size_t i = 0; i < pv_count(names); i++) {
		const char *why = pv_name_path_segment(pv_strv(pv_item(names, i)));

		if (why)
			pv_fault_value(f, pv_nth(f, path, i), pv_item(names, i), why);
	}
	pv_check_once(f, names, path, "");
}

static void
check_matched(pv_faults *f, const pv_val *match, const char *path)
{
	static const char *const lists[] = {"resourceRules", "excludeResourceRules"},
				 *const selectors[] = {"namespaceSelector", "objectSelector"};

	for (size_t i = 0; i < PV_LEN(lists); i++) {
		const pv_val *rules = pv_get(match, lists[i]);

		for (size_t k = 0; k < pv_count(rules); k++) {
			const char *at = pv_nth(f, pv_below(f, path, lists[i]), k);

			check_rule(f, pv_item(rules, k), at);
			check_resource_names(f, pv_get(pv_item(rules, k), "resourceNames"),
					     pv_below(f, at, "resourceNames"));
		}
	}
	for (size_t i = 0; i < PV_LEN(selectors); i++)
		if (pv_get(match, selectors[i]))
			pv_selector_check(f, pv_get(match, selectors[i]), pv_below(f, path, selectors[i]));
}

static void
check_group_version(pv_faults *f, const pv_val *v, const char *path)
{
	const char *text = pv_text(v, ""), *slash = strchr(text, '/'), *version = slash ? slash + 1 : text;
	pv_str group = {text, slash ? (size_t)(slash - text) : 0};
	const char *why = group.len ? pv_name_subdomain(group) : NULL;

	if (!*text)
		return;
	if (strchr(version, '/')) {
		pv_fault_value(f, path, v,
			       pv_printf(f->cx->arena, "unexpected GroupVersion string: %s", text));
		return;
	}
	if (why)
		wrong_part(f, path, group.s, group.len, why);
	if (!*version)
		pv_fault_value(f, path, v, "version must be specified");
	else if (pv_name_label1035(pv_str_of(version)))
		wrong_part(f, path, version, strlen(version), pv_name_label1035(pv_str_of(version)));
}

static void
check_param_kind(pv_faults *f, const pv_val *v)
{
	const pv_val *kind = pv_get(v, "kind");
	const char *why;

	check_group_version(f, pv_get(v, "apiVersion"), "spec.paramKind.apiVersion");
	why = pv_name_label1035(pv_str_of(pv_str_lower(f->cx->arena, pv_text(kind, ""))));
	if (*pv_text(kind, "") && why)
		pv_fault_value(
			f, "spec.paramKind.kind", kind,
			pv_printf(f->cx->arena, "may have mixed case, but should otherwise match: %s", why));
}

size_t
pv_policies_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *conditions = pv_get(spec, "matchConditions"),
		     *ref = pv_get(spec, "paramRef"), *name = pv_get(ref, "name"),
		     *kind = pv_get(spec, "paramKind");

	(void)old;
	if (kind)
		check_param_kind(f, kind);
	check_matched(f, pv_get(spec, "matchConstraints"), "spec.matchConstraints");
	check_matched(f, pv_get(spec, "matchResources"), "spec.matchResources");
	check_condition_names(f, conditions, "spec.matchConditions");
	if (*pv_text(pv_get(spec, "policyName"), ""))
		pv_check_name(f, pv_get(spec, "policyName"), "spec.policyName", pv_name_subdomain);
	if (*pv_text(name, ""))
		pv_check_name(f, name, "spec.paramRef.name", pv_name_path_segment);
	pv_check_once(f, pv_get(spec, "validationActions"), "spec.validationActions", "");
	if (!ref)
		return f->n;
	if (pv_get(ref, "selector"))
		pv_selector_check(f, pv_get(ref, "selector"), "spec.paramRef.selector");
	if (*pv_text(name, "") && pv_get(ref, "selector")) {
		pv_forbidden(f, "spec.paramRef.name", "name and selector are mutually exclusive");
		pv_forbidden(f, "spec.paramRef.selector", "name and selector are mutually exclusive");
	} else if (!*pv_text(name, "") && !pv_get(ref, "selector")) {
		pv_required(f, "spec.paramRef", "one of name or selector must be specified");
	}
	return f->n;
}
