/* Does a FlowSchema's list of rules speak of this request?  (apiserver flowcontrol/rule.go) */
#include <string.h>

#include "base/str.h"
#include "core/flow/impl.h"

#define SA_PREFIX "system:serviceaccount:"

static bool
has(const pv_val *list, const char *text)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *one = pv_text(pv_item(list, i), "");

		if (pv_streq(one, "*") || pv_streq(one, text))
			return true;
	}
	return false;
}

/* ---- subjects ---- */

static flow_subject
subject(pv_arena *arena, const pv_val *from)
{
	const char *kind = pv_text_at(from, "kind", ""), *ns, *name;

	if (pv_streq(kind, "User"))
		return (flow_subject){FLOW_USER, pv_text_at(from, "user.name", ""), 0};
	if (pv_streq(kind, "Group"))
		return (flow_subject){FLOW_GROUP, pv_text_at(from, "group.name", ""), 0};
	if (!pv_streq(kind, "ServiceAccount"))
		return (flow_subject){FLOW_NOBODY, "", 0};
	ns = pv_text_at(from, "serviceAccount.namespace", "");
	name = pv_text_at(from, "serviceAccount.name", "");
	return (flow_subject){FLOW_ACCOUNT, pv_printf(arena, "%s:%s", ns, name),
			      pv_streq(name, "*") ? strlen(ns) + 1 : 0};
}

flow_rule *
flow_compile(pv_arena *arena, const pv_val *rules, size_t *ret_n)
{
	flow_rule *out = pv_new_array(arena, flow_rule, pv_count(rules) + 1);

	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *rule = pv_item(rules, i), *subjects = pv_get(rule, "subjects");

		out[i] = (flow_rule){
			.subjects = pv_new_array(arena, flow_subject, pv_count(subjects) + 1),
			.n = pv_count(subjects),
			.resources = pv_get(rule, "resourceRules"),
			.urls = pv_get(rule, "nonResourceRules"),
		};
		for (size_t j = 0; j < out[i].n; j++)
			out[i].subjects[j] = subject(arena, pv_item(subjects, j));
	}
	*ret_n = pv_count(rules);
	return out;
}

/* account: what follows "system:serviceaccount:" in a user's name, NULL for others */
static bool
is_subject(const flow_subject *s, const pv_identity *who, const char *account)
{
	switch (s->kind) {
	case FLOW_USER: return pv_streq(s->name, "*") || strcmp(s->name, who->user) == 0;
	case FLOW_GROUP:
		for (const char *const *g = who->groups; g && *g; g++)
			if (strcmp(*g, s->name) == 0)
				return true;
		return pv_streq(s->name, "*");
	case FLOW_ACCOUNT:
		return account &&
		       (s->len ? strncmp(account, s->name, s->len) == 0 : strcmp(account, s->name) == 0);
	case FLOW_NOBODY: break;
	}
	return false;
}

/* ---- what is asked ---- */

/* "pods", "pods/status", "*": a resource with a subresource is named with both */
static bool
is_resource(const pv_val *list, const pv_attributes *what)
{
	size_t len = strlen(what->resource);

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *one = pv_text(pv_item(list, i), "");

		if (pv_streq(one, "*"))
			return true;
		if (strncmp(one, what->resource, len) != 0)
			continue;
		if (what->subresource[0] ? one[len] == '/' && pv_streq(one + len + 1, what->subresource)
					 : one[len] == '\0')
			return true;
	}
	return false;
}

static bool
resource_rule(const pv_val *rule, const pv_attributes *what)
{
	bool place = what->ns[0] ? has(pv_get(rule, "namespaces"), what->ns)
				 : pv_truth(pv_get(rule, "clusterScope"), false);

	return place && has(pv_get(rule, "verbs"), what->verb) &&
	       has(pv_get(rule, "apiGroups"), what->group) && is_resource(pv_get(rule, "resources"), what);
}

/* "/healthz", "/apis/" and a star, or a star alone */
static bool
url_rule(const pv_val *rule, const pv_attributes *what)
{
	const pv_val *urls = pv_get(rule, "nonResourceURLs");

	if (!has(pv_get(rule, "verbs"), what->verb))
		return false;
	for (size_t i = 0; i < pv_count(urls); i++) {
		const char *one = pv_text(pv_item(urls, i), "");
		size_t len = strlen(one);

		if (pv_streq(one, what->url) ||
		    (len && one[len - 1] == '*' && strncmp(one, what->url, len - 1) == 0))
			return true;
	}
	return false;
}

static bool
any(const pv_val *rules, const pv_attributes *what,
    bool (*matches)(const pv_val *rule, const pv_attributes *what))
{
	for (size_t i = 0; i < pv_count(rules); i++)
		if (matches(pv_item(rules, i), what))
			return true;
	return false;
}

bool
flow_matches(const flow_rule *rules, size_t n, const pv_identity *who, const pv_attributes *what)
{
	const char *account = pv_starts_with(who->user, SA_PREFIX) ? who->user + strlen(SA_PREFIX) : NULL;

	for (size_t i = 0; i < n; i++) {
		bool mine = false;

		for (size_t j = 0; j < rules[i].n && !mine; j++)
			mine = is_subject(&rules[i].subjects[j], who, account);
		if (mine && (what->url ? any(rules[i].urls, what, url_rule)
				       : any(rules[i].resources, what, resource_rule)))
			return true;
	}
	return false;
}
