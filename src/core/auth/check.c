/* Authorisation: RBAC's answer in Kubernetes' words, and the rule that nobody
 * grants more than they hold. */
#include <string.h>

#include "base/turn.h"
#include "base/buf.h"
#include "base/str.h"
#include "core/auth/breakdown.h"
#include "core/auth/impl.h"
#include "core/auth/node.h"
#include "lang/json/json.h"

/* What two authorizers have to say, either NULL for nothing. */
static const char *
both(pv_ctx *cx, const char *a, const char *b)
{
	return a && b ? pv_printf(cx->arena, "%s\n%s", a, b) : a ? a : b;
}

bool
pv_auth_allows(pv_ctx *cx, pv_auth *auth, const pv_identity *who, const pv_attributes *what,
	       const char **ret_why)
{
	if (ret_why)
		*ret_why = NULL;
	if (who->internal || identity_in(who, "system:masters"))
		return true;
	if (node_allows(cx, auth, who, what, ret_why) || rbac_allows(cx, auth->rbac, who, what, ret_why))
		return true;
	if (ret_why)
		*ret_why = both(cx, *ret_why, rbac_lost(cx, auth->rbac, who, what));
	return false;
}

static const char *
scope_text(pv_ctx *cx, const char *ns)
{
	if (ns[0] == '\0')
		return "at the cluster scope";
	return pv_printf(cx->arena, "in the namespace \"%s\"", ns);
}

static int
refuse(pv_ctx *cx, const pv_identity *who, const pv_attributes *what, const char *why)
{
	const char *sub = what->subresource[0] ? pv_printf(cx->arena, "/%s", what->subresource) : "";
	const char *named = what->name[0] ? pv_printf(cx->arena, " \"%s\"", what->name) : "";
	const char *dot = what->group[0] ? "." : "";
	int r;

	r = pv_fail(cx, PV_EFORBIDDEN,
		    "%s%s%s%s is forbidden: User \"%s\" cannot %s resource \"%s%s\" in API group \"%s\" %s%s",
		    what->resource, dot, what->group, named, who->user, what->verb, what->resource, sub,
		    what->group, scope_text(cx, what->ns), why);
	cx->err->group = pv_strdup(cx->arena, what->group);
	cx->err->kind = pv_strdup(cx->arena, what->resource);
	cx->err->name = what->name[0] ? pv_strdup(cx->arena, what->name) : NULL;
	return r;
}

int
pv_auth_check(pv_ctx *cx, pv_auth *auth, const pv_attributes *what)
{
	const pv_identity *who = pv_auth_identity(cx);
	const char *why;

	if (pv_auth_allows(cx, auth, who, what, NULL) || pv_auth_allows(cx, auth, who, what, &why))
		return 0;
	why = why ? pv_printf(cx->arena, ": %s", why) : "";
	if (what->url)
		(void)pv_fail(cx, PV_EFORBIDDEN, "forbidden: User \"%s\" cannot %s path \"%s\"%s", who->user,
			      what->verb, what->url, why);
	else
		(void)refuse(cx, who, what, why);
	cx->err->reason = "Forbidden"; /* its own: it is not admission that refuses (answer_error) */
	return -PV_EFORBIDDEN;
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

/* Rights on one thing that the caller does not hold. */
typedef struct lack {
	const char *thing; /* "{APIGroups:[\"\"], Resources:[\"pods\"]" */
	pv_buf verbs;
} lack;

static const char *
quoted(pv_ctx *cx, const char *text)
{
	pv_val v = pv_string_ref(text);

	return pv_json_text(cx->arena, &v);
}

/* As Go prints a list of one text. */
static const char *
one_of(pv_ctx *cx, const char *name, const char *text)
{
	return *text ? pv_printf(cx->arena, ", %s:[%s]", name, quoted(cx, text)) : "";
}

static const char *
thing_of(pv_ctx *cx, const pv_attributes *what)
{
	const char *slash = *what->subresource ? "/" : "", *full;

	if (what->url)
		return pv_printf(cx->arena, "{%s", one_of(cx, "NonResourceURLs", what->url) + 2);
	full = pv_printf(cx->arena, "%s%s%s", what->resource, slash, what->subresource);
	return pv_printf(cx->arena, "{APIGroups:[%s]%s%s", quoted(cx, what->group),
			 one_of(cx, "Resources", full), one_of(cx, "ResourceNames", what->name));
}

static void
add_lack(pv_ctx *cx, const pv_attributes *what, pv_vec *lacks)
{
	const char *thing = thing_of(cx, what);
	lack *to = NULL;

	for (size_t i = 0; i < lacks->len && !to; i++)
		if (pv_streq(PV_AT(lack, lacks, i)->thing, thing))
			to = PV_AT(lack, lacks, i);
	if (!to) {
		to = pv_vec_add(lacks);
		to->thing = thing;
		pv_buf_init(&to->verbs, cx->arena);
	}
	pv_buf_printf(&to->verbs, "%s%s", to->verbs.len ? " " : "", quoted(cx, what->verb));
}

/* Only what roles give can be given on: what the Node authorizer lets a node do is bound to its being that node. */
static bool
holds(pv_ctx *cx, pv_auth *auth, const pv_identity *who, const pv_attributes *what)
{
	return who->internal || identity_in(who, "system:masters") ||
	       rbac_allows(cx, auth->rbac, who, what, NULL);
}

#define TOLD 100 /* lacks that an answer names */

/* Every combination of the rule is asked as a question of its own; a "*" in the
 * rule is only matched by a "*" of the holder (rbac/validation.Covers).  *left: how many more may be asked. */
static int
find_lacks(pv_ctx *cx, pv_auth *auth, const char *ns, const pv_val *rule, size_t *left, pv_vec *lacks)
{
	const pv_identity *who = pv_auth_identity(cx);
	breakdown b = breakdown_of(cx, rule);
	size_t n = breakdown_size(&b);

	if (n > *left)
		return pv_fail(
			cx, PV_EFORBIDDEN,
			"granting it needs a look at each combination of a verb, a group, a resource and a "
			"name in its rules, and those are more than %zu: grant fewer at a time",
			COMBINATIONS);
	*left -= n;
	for (size_t i = 0; i < n && lacks->len < TOLD; i++) {
		pv_attributes what = breakdown_question(cx, &b, ns, i);

		if (!holds(cx, auth, who, &what))
			add_lack(cx, &what, lacks);
		if (i % LOOK == LOOK - 1 && pv_ctx_check(cx) < 0)
			return -cx->err->code;
	}
	return 0;
}

bool
pv_auth_holds_all(pv_ctx *cx, pv_auth *auth, const pv_identity *who)
{
	pv_attributes what = {"*", "*", "*", "", "", "", NULL, NULL};

	return holds(cx, auth, who, &what);
}

static int
by_thing(const void *a, const void *b)
{
	return strcmp(((const lack *)a)->thing, ((const lack *)b)->thing);
}

/* What is refused is a write of this object. */
static int
about(pv_ctx *cx, int r, const char *plural, const char *name)
{
	cx->err->group = "rbac.authorization.k8s.io";
	cx->err->kind = pv_strdup(cx->arena, plural);
	cx->err->name = pv_strdup(cx->arena, name);
	return r;
}

static int
refuse_grant(pv_ctx *cx, const pv_identity *who, const char *plural, const char *name, pv_vec *lacks)
{
	pv_buf out;

	pv_buf_init(&out, cx->arena);
	pv_vec_sort(lacks, by_thing);
	for (size_t i = 0; i < lacks->len; i++)
		pv_buf_printf(&out, "\n%s, Verbs:[%s]}", PV_AT(lack, lacks, i)->thing,
			      PV_AT(lack, lacks, i)->verbs.s);
	if (lacks->len == TOLD)
		pv_buf_printf(&out, "\nand perhaps others: no more than %d are told at a time", TOLD);
	return about(cx,
		     pv_fail(cx, PV_EFORBIDDEN,
			     "%s.rbac.authorization.k8s.io \"%s\" is forbidden: user \"%s\" (groups=%s) is "
			     "attempting to grant RBAC permissions not currently held:%s",
			     plural, name, who->user, identity_groups_text(cx->arena, who), out.s),
		     plural, name);
}

/* What a binding refers to, or a role says; *ret_found: is there such a role? */
static pv_val
granted(pv_ctx *cx, pv_auth *auth, const char *ns, const pv_val *object, bool binding, bool *ret_found)
{
	*ret_found = true;
	if (binding)
		return rbac_role_rules(cx, auth->rbac, pv_text_at(object, "roleRef.kind", ""), ns,
				       pv_text_at(object, "roleRef.name", ""), ret_found);
	return pv_get(object, "rules") ? *pv_get(object, "rules") : pv_null();
}

int
pv_auth_check_grant(pv_ctx *cx, pv_auth *auth, const char *plural, const char *ns, const char *name,
		    const pv_val *object)
{
	const pv_identity *who = pv_auth_identity(cx);
	bool binding = pv_ends_with(plural, "bindings"), found;
	const char *ref = pv_text_at(object, "roleRef.name", ""),
		   *kind = pv_text_at(object, "roleRef.kind", "");
	const char *roles = !binding ? plural : pv_streq(kind, "Role") ? "roles" : "clusterroles";
	const pv_attributes what = {binding ? "bind" : "escalate",
				    "rbac.authorization.k8s.io",
				    roles,
				    "",
				    ns,
				    binding ? ref : name,
				    NULL,
				    NULL};
	size_t left = COMBINATIONS;
	pv_vec lacks;
	pv_val rules;
	int r = 0;

	if (who->internal || identity_in(who, "system:masters") || pv_auth_allows(cx, auth, who, &what, NULL))
		return 0;
	rules = granted(cx, auth, ns, object, binding, &found);
	if (!found)
		return about(cx,
			     pv_fail(cx, PV_ENOTFOUND, "%s.rbac.authorization.k8s.io \"%s\" not found",
				     plural, ref),
			     plural, ref);
	if (!binding && pv_is(pv_get(object, "aggregationRule"), PV_OBJECT) &&
	    !pv_auth_holds_all(cx, auth, who))
		return about(
			cx,
			pv_fail(cx, PV_EFORBIDDEN,
				"%s.rbac.authorization.k8s.io \"%s\" is forbidden: must have cluster-admin "
				"privileges to use the aggregationRule",
				plural, name),
			plural, name);
	pv_vec_init(&lacks, cx->arena, sizeof(lack));
	for (size_t i = 0; r == 0 && pv_is(&rules, PV_LIST) && i < pv_count(&rules); i++)
		r = find_lacks(cx, auth, ns, pv_item(&rules, i), &left, &lacks);
	if (r < 0)
		return pv_wrap(cx, r, "%s.rbac.authorization.k8s.io \"%s\" is forbidden", plural, name);
	return lacks.len ? refuse_grant(cx, who, plural, name, &lacks) : 0;
}
