/* Authorisation: RBAC's answer in Kubernetes' words, and the rule that nobody
 * grants more than they hold. */
#include <string.h>

#include "base/str.h"
#include "core/auth/impl.h"
#include "lang/json/json.h"

bool
pv_auth_allows(pv_ctx *cx, pv_auth *auth, const pv_identity *who, const pv_attributes *what,
	       const char **ret_why)
{
	if (ret_why)
		*ret_why = NULL;
	if (who->internal || identity_in(who, "system:masters"))
		return true;
	return rbac_allows(cx, auth->rbac, who, what, ret_why);
}

static const char *
scope_text(pv_ctx *cx, const char *ns)
{
	if (ns[0] == '\0')
		return "at the cluster scope";
	return pv_printf(cx->arena, "in the namespace \"%s\"", ns);
}

static int
refuse(pv_ctx *cx, const pv_identity *who, const pv_attributes *what)
{
	const char *sub = what->subresource[0] ? pv_printf(cx->arena, "/%s", what->subresource) : "";
	const char *named = what->name[0] ? pv_printf(cx->arena, " \"%s\"", what->name) : "";
	const char *dot = what->group[0] ? "." : "";
	int r;

	r = pv_fail(cx, PV_EFORBIDDEN,
		    "%s%s%s%s is forbidden: User \"%s\" cannot %s resource \"%s%s\" in API group \"%s\" %s",
		    what->resource, dot, what->group, named, who->user, what->verb, what->resource, sub,
		    what->group, scope_text(cx, what->ns));
	cx->err->group = pv_strdup(cx->arena, what->group);
	cx->err->kind = pv_strdup(cx->arena, what->resource);
	cx->err->name = what->name[0] ? pv_strdup(cx->arena, what->name) : NULL;
	return r;
}

int
pv_auth_check(pv_ctx *cx, pv_auth *auth, const pv_attributes *what)
{
	const pv_identity *who = pv_auth_identity(cx);

	if (pv_auth_allows(cx, auth, who, what, NULL))
		return 0;
	if (what->url)
		return pv_fail(cx, PV_EFORBIDDEN, "forbidden: User \"%s\" cannot %s path \"%s\"", who->user,
			       what->verb, what->url);
	return refuse(cx, who, what);
}

void
pv_auth_rules(pv_ctx *cx, pv_auth *auth, const char *ns, pv_val *ret_resource, pv_val *ret_url)
{
	const pv_identity *who = pv_auth_identity(cx);
	pv_listb resource, url;

	pv_listb_init(&resource, cx->arena);
	pv_listb_init(&url, cx->arena);
	if (who->internal || identity_in(who, "system:masters")) {
		pv_val star = pv_string_ref("*");
		pv_val stars = pv_list_of(cx->arena, &star, 1);
		pv_objb rule;

		pv_objb_init(&rule, cx->arena);
		pv_objb_put(&rule, "verbs", stars);
		pv_objb_put(&rule, "apiGroups", stars);
		pv_objb_put(&rule, "resources", stars);
		pv_listb_add(&resource, pv_objb_end(&rule));
		pv_objb_init(&rule, cx->arena);
		pv_objb_put(&rule, "verbs", stars);
		pv_objb_put(&rule, "nonResourceURLs", stars);
		pv_listb_add(&url, pv_objb_end(&rule));
	}
	rbac_rules(cx, auth->rbac, who, ns, &resource, &url);
	*ret_resource = pv_listb_end(&resource);
	*ret_url = pv_listb_end(&url);
}

/* ---- escalation ---- */

static bool
holds_urls(pv_ctx *cx, pv_auth *auth, const pv_identity *who, const char *verb, const pv_val *urls)
{
	for (size_t i = 0; i < pv_count(urls); i++) {
		pv_attributes what = {verb, "", "", "", "", "", pv_text(pv_item(urls, i), "")};

		if (!pv_auth_allows(cx, auth, who, &what, NULL))
			return false;
	}
	return true;
}

static bool
holds_resource(pv_ctx *cx, pv_auth *auth, const pv_identity *who, pv_attributes *what, const pv_val *names,
	       const char *resource)
{
	const char *slash = strchr(resource, '/');

	what->resource = slash ? pv_strndup(cx->arena, resource, (size_t)(slash - resource)) : resource;
	what->subresource = slash ? slash + 1 : "";
	what->name = "";
	if (pv_count(names) == 0)
		return pv_auth_allows(cx, auth, who, what, NULL);
	for (size_t i = 0; i < pv_count(names); i++) {
		what->name = pv_text(pv_item(names, i), "");
		if (!pv_auth_allows(cx, auth, who, what, NULL))
			return false;
	}
	return true;
}

/* Every combination of the rule is asked as a question of its own; a "*" in the
 * rule is only matched by a "*" of the holder (rbac/validation.Covers). */
static bool
holds_rule(pv_ctx *cx, pv_auth *auth, const pv_identity *who, const char *ns, const pv_val *rule)
{
	const pv_val *verbs = pv_get(rule, "verbs"), *groups = pv_get(rule, "apiGroups");
	const pv_val *resources = pv_get(rule, "resources");

	for (size_t v = 0; v < pv_count(verbs); v++) {
		const char *verb = pv_text(pv_item(verbs, v), "");

		if (!holds_urls(cx, auth, who, verb, pv_get(rule, "nonResourceURLs")))
			return false;
		for (size_t g = 0; g < pv_count(groups); g++)
			for (size_t i = 0; i < pv_count(resources); i++) {
				pv_attributes what = {verb, pv_text(pv_item(groups, g), ""), "", "", ns, "",
						      NULL};

				if (!holds_resource(cx, auth, who, &what, pv_get(rule, "resourceNames"),
						    pv_text(pv_item(resources, i), "")))
					return false;
			}
	}
	return true;
}

bool
pv_auth_holds_all(pv_ctx *cx, pv_auth *auth, const pv_identity *who)
{
	pv_attributes what = {"*", "*", "*", "", "", "", NULL};

	return pv_auth_allows(cx, auth, who, &what, NULL);
}

/* {APIGroups:[""], Resources:["pods"], Verbs:["get"]} */
static const char *
rule_text(pv_ctx *cx, const pv_val *rule)
{
	static const char *const fields[][2] = {{"apiGroups", "APIGroups"},
						{"resources", "Resources"},
						{"resourceNames", "ResourceNames"},
						{"nonResourceURLs", "NonResourceURLs"},
						{"verbs", "Verbs"}};
	const char *out = "{", *sep = "";

	for (size_t i = 0; i < PV_LEN(fields); i++) {
		const pv_val *list = pv_get(rule, fields[i][0]);

		if (pv_count(list) == 0)
			continue;
		out = pv_printf(cx->arena, "%s%s%s:%s", out, sep, fields[i][1],
				pv_json_text(cx->arena, list));
		sep = ", ";
	}
	return pv_printf(cx->arena, "%s}", out);
}

int
pv_auth_check_grant(pv_ctx *cx, pv_auth *auth, const char *plural, const char *ns, const char *name,
		    const pv_val *object)
{
	const pv_identity *who = pv_auth_identity(cx);
	const char *kind = pv_text_at(object, "roleRef.kind", "");
	const char *ref = pv_text_at(object, "roleRef.name", "");
	bool binding = pv_ends_with(plural, "bindings"), found = true;
	pv_attributes what = {"escalate", "rbac.authorization.k8s.io", plural, "", ns, name, NULL};
	pv_val rules = pv_null();
	pv_buf missing;
	int r;

	pv_buf_init(&missing, cx->arena);
	if (who->internal || identity_in(who, "system:masters"))
		return 0;
	if (binding) {
		what = (pv_attributes){"bind",
				       "rbac.authorization.k8s.io",
				       pv_streq(kind, "Role") ? "roles" : "clusterroles",
				       "",
				       ns,
				       ref,
				       NULL};
		rules = rbac_role_rules(cx, auth->rbac, kind, ns, ref, &found);
	} else if (pv_get(object, "rules")) {
		rules = *pv_get(object, "rules");
	}
	if (pv_auth_allows(cx, auth, who, &what, NULL))
		return 0;
	if (!found) {
		r = pv_fail(cx, PV_ENOTFOUND, "%s.rbac.authorization.k8s.io \"%s\" not found", what.resource,
			    ref);
		return r;
	}
	for (size_t i = 0; pv_is(&rules, PV_LIST) && i < pv_count(&rules); i++)
		if (!holds_rule(cx, auth, who, ns, pv_item(&rules, i)))
			pv_buf_printf(&missing, "\n%s", rule_text(cx, pv_item(&rules, i)));
	if (!binding && pv_is(pv_get(object, "aggregationRule"), PV_OBJECT) &&
	    !pv_auth_holds_all(cx, auth, who))
		return pv_fail(
			cx, PV_EFORBIDDEN,
			"%s.rbac.authorization.k8s.io \"%s\" is forbidden: user \"%s\" must hold every right to use "
			"aggregationRule, which takes in roles that are written later",
			plural, name, who->user);
	if (!missing.len)
		return 0;
	r = pv_fail(cx, PV_EFORBIDDEN,
		    "%s.rbac.authorization.k8s.io \"%s\" is forbidden: user \"%s\" (groups=%s) is attempting "
		    "to grant "
		    "RBAC permissions not currently held:%s",
		    plural, name, who->user, identity_groups_text(cx->arena, who), missing.s);
	cx->err->group = "rbac.authorization.k8s.io";
	cx->err->kind = pv_strdup(cx->arena, plural);
	cx->err->name = pv_strdup(cx->arena, name);
	return r;
}
