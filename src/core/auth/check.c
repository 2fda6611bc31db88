/* Authorisation: RBAC's answer in Kubernetes' words, and the rule that nobody
 * grants more than they hold. */
#include <string.h>

#include "base/turn.h"
#include "base/buf.h"
#include "base/str.h"
#include "core/auth/breakdown.h"
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

#define COMBINATIONS ((size_t)100000) /* that one role, or one binding, may ask about */
#define LOOK 1024                     /* questions between two looks at whether the turn may go on */

/* Every combination of the rule is asked as a question of its own; a "*" in the
 * rule is only matched by a "*" of the holder (rbac/validation.Covers).  *left: how many more may be asked. */
static int
holds_rule(pv_ctx *cx, pv_auth *auth, const char *ns, const pv_val *rule, size_t *left, bool *ret)
{
	const pv_identity *who = pv_auth_identity(cx);
	breakdown b = breakdown_of(cx, rule);
	size_t n = breakdown_size(&b);

	*ret = false;
	if (n > *left)
		return pv_fail(
			cx, PV_EFORBIDDEN,
			"granting it needs a look at each combination of a verb, a group, a resource and a "
			"name in its rules, and those are more than %zu: grant fewer at a time",
			COMBINATIONS);
	*left -= n;
	for (size_t i = 0; i < n; i++) {
		pv_attributes what = breakdown_question(cx, &b, ns, i);

		if (!pv_auth_allows(cx, auth, who, &what, NULL))
			return 0;
		if (i % LOOK == LOOK - 1 && pv_ctx_check(cx) < 0)
			return -cx->err->code;
	}
	*ret = true;
	return 0;
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
	pv_buf out;

	pv_buf_init(&out, cx->arena);
	for (size_t i = 0; i < PV_LEN(fields); i++) {
		const pv_val *list = pv_get(rule, fields[i][0]);

		if (pv_count(list))
			pv_buf_printf(&out, "%s%s:%s", out.len ? ", " : "{", fields[i][1],
				      pv_json_text(cx->arena, list));
	}
	pv_buf_adds(&out, out.len ? "}" : "{}");
	return out.s;
}

int
pv_auth_check_grant(pv_ctx *cx, pv_auth *auth, const char *plural, const char *ns, const char *name,
		    const pv_val *object)
{
	const pv_identity *who = pv_auth_identity(cx);
	const char *kind = pv_text_at(object, "roleRef.kind", "");
	const char *ref = pv_text_at(object, "roleRef.name", "");
	bool binding = pv_ends_with(plural, "bindings"), found = true, holds;
	size_t left = COMBINATIONS;
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
	for (size_t i = 0; pv_is(&rules, PV_LIST) && i < pv_count(&rules); i++) {
		r = holds_rule(cx, auth, ns, pv_item(&rules, i), &left, &holds);
		if (r < 0)
			return pv_wrap(cx, r, "%s.rbac.authorization.k8s.io \"%s\" is forbidden", plural,
				       name);
		if (!holds)
			pv_buf_printf(&missing, "\n%s", rule_text(cx, pv_item(&rules, i)));
	}
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
