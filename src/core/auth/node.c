/* The Node authorizer: conditions of what a node asks for, and the rules of system:node (upstream
 * plugin/pkg/auth/authorizer/node). */
#include "core/auth/node.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/auth/impl.h"
#include "core/auth/nodepods.h"
#include "core/auth/rbac_impl.h"
#include "core/auth/roles.h"
#include "lang/selector/selector.h"

#define NODE_PREFIX "system:node:"
#define LEASES "kube-node-lease"
#define NAMELESS "No Object name found"

struct node_rules {
	pv_arena *arena;
	pv_vec rules; /* of rule */
};

int
node_rules_open(pv_ctx *cx, node_rules **ret)
{
	node_rules *made = calloc(1, sizeof *made);
	pv_vec roles;
	int r = roles_wanted(cx, &roles);

	PV_ASSERT(made);
	made->arena = pv_arena_new_small("node rules");
	pv_vec_init(&made->rules, made->arena, sizeof(rule));
	for (size_t i = 0; r == 0 && i < roles.len; i++) {
		const pv_val *one = PV_AT(pv_val, &roles, i);

		if (pv_streq(pv_text_at(one, "metadata.name", ""), "system:node") &&
		    pv_streq(pv_text_at(one, "kind", ""), "ClusterRole"))
			rbac_add_rules(made->arena, pv_get(one, "rules"), &made->rules);
	}
	*ret = made;
	return r;
}

node_rules *
node_rules_close(node_rules *rules)
{
	if (rules)
		pv_arena_free(rules->arena);
	free(rules);
	return NULL;
}

const char *
pv_auth_node(const pv_identity *who)
{
	return pv_starts_with(who->user, NODE_PREFIX) && identity_in(who, "system:nodes")
		       ? who->user + strlen(NODE_PREFIX)
		       : NULL;
}

/* ---- conditions: why not, or NULL ---- */

typedef struct question {
	pv_ctx *cx;
	pv_auth *auth;
	const char *node;
	const pv_attributes *what;
} question;

static bool
is_verb(const question *q, const char *verbs)
{
	pv_str rest = pv_str_of(verbs), piece;

	while (pv_str_next(&rest, ' ', &piece))
		if (pv_str_is(piece, q->what->verb))
			return true;
	return false;
}

static const char *
unrelated(const question *q)
{
	return pv_printf(q->cx->arena, "no relationship found between node '%s' and this object", q->node);
}

static const char *
ask_use(const question *q, enum node_thing thing)
{
	if (!*q->what->name)
		return NAMELESS;
	return node_uses(q->cx, q->auth->node_pods, q->node, thing, q->what->ns, q->what->name)
		       ? NULL
		       : unrelated(q);
}

/* An object that says itself which node it is of. */
static const char *
ask_own(const question *q, const char *type)
{
	const pv_rec *rec;

	if (!*q->what->name)
		return NAMELESS;
	rec = pv_store_find(q->cx, q->auth->store, &(pv_key){type, "", q->what->name});
	return rec && pv_streq(pv_text_at(pv_rec_val(rec), "spec.nodeName", ""), q->node) ? NULL
											  : unrelated(q);
}

/* Does the selector have only what is on this node? */
static bool
selects_own(const question *q)
{
	bool own = false;
	pv_vec terms;

	if (!q->what->fields)
		return false;
	if (pv_field_selector_parse(q->cx, q->what->fields, &terms) < 0) {
		(void)pv_recover(q->cx);
		return false;
	}
	for (size_t i = 0; i < terms.len; i++) {
		const pv_field_term *term = PV_AT(pv_field_term, &terms, i);

		own = own || (term->equal && pv_streq(term->field, "spec.nodeName") &&
			      pv_streq(term->value, q->node));
	}
	return own;
}

static const char *
ask_read(const question *q, enum node_thing thing)
{
	if (!is_verb(q, "get list watch"))
		return "can only read resources of this type";
	if (*q->what->subresource)
		return "cannot read subresource";
	if (!*q->what->ns)
		return "can only read namespaced object of this type";
	return ask_use(q, thing);
}

static const char *
ask_get(const question *q)
{
	if (!is_verb(q, "get"))
		return "can only get individual resources of this type";
	return *q->what->subresource ? "cannot get subresource" : NULL;
}

static const char *
ask_secret(const question *q)
{
	return ask_read(q, NODE_SECRET);
}

static const char *
ask_config(const question *q)
{
	return ask_read(q, NODE_CONFIG);
}

static const char *
ask_claim(const question *q)
{
	const char *why;

	if (pv_streq(q->what->subresource, "status"))
		why = is_verb(q, "update patch") ? NULL : "can only get/update/patch this type";
	else
		why = ask_get(q);
	return why ? why : ask_use(q, NODE_CLAIM);
}

static const char *
ask_volume(const question *q)
{
	const char *why = ask_get(q);

	return why ? why : ask_use(q, NODE_VOLUME);
}

static const char *
ask_devices(const question *q)
{
	const char *why = ask_get(q);

	return why ? why : ask_use(q, NODE_DEVICES);
}

static const char *
ask_attachment(const question *q)
{
	const char *why = ask_get(q);

	return why ? why : ask_own(q, "storage.k8s.io/VolumeAttachment");
}

static const char *
ask_account(const question *q)
{
	bool reads = is_verb(q, "get") && !*q->what->subresource;

	if (!reads && (!is_verb(q, "create") || !*q->what->name))
		return "can only create tokens for individual service accounts";
	if (!reads && !pv_streq(q->what->subresource, "token"))
		return "can only create token subresource of serviceaccount";
	return ask_use(q, NODE_ACCOUNT);
}

/* A lease and a CSINode are named as their node. */
static bool
is_named_other(const question *q)
{
	return !is_verb(q, "create") && !pv_streq(q->what->name, q->node);
}

static const char *
ask_lease(const question *q)
{
	if (!is_verb(q, "get create update patch delete"))
		return "can only get, create, update, patch, or delete a node lease";
	if (!pv_streq(q->what->ns, LEASES))
		return "can only access leases in the \"" LEASES "\" system namespace";
	return is_named_other(q) ? "can only access node lease with the same name as the requesting node"
				 : NULL;
}

static const char *
ask_csinode(const question *q)
{
	if (!is_verb(q, "get create update patch delete"))
		return "can only get, create, update, patch, or delete a CSINode";
	if (*q->what->subresource)
		return "cannot authorize CSINode subresources";
	return is_named_other(q) ? "can only access CSINode with the same name as the requesting node" : NULL;
}

static const char *
ask_slice(const question *q)
{
	if (*q->what->subresource)
		return "cannot authorize ResourceSlice subresources";
	if (is_verb(q, "get update patch delete"))
		return ask_own(q, "resource.k8s.io/ResourceSlice");
	if (is_verb(q, "list watch deletecollection") && !selects_own(q))
		return "can only list/watch/deletecollection resourceslices with nodeName field selector";
	return NULL;
}

static const char *
ask_node(const question *q)
{
	if (*q->what->subresource || !is_verb(q, "get list watch") || pv_streq(q->what->name, q->node))
		return NULL;
	if (!*q->what->name)
		return pv_printf(q->cx->arena, "node '%s' cannot read all nodes, only its own Node object",
				 q->node);
	return pv_printf(q->cx->arena, "node '%s' cannot read '%s', only its own Node object", q->node,
			 q->what->name);
}

static const char *
ask_pod(const question *q)
{
	if (*q->what->subresource || !is_verb(q, "get list watch"))
		return NULL;
	if (is_verb(q, "get") || *q->what->name)
		return ask_use(q, NODE_POD);
	return selects_own(q) ? NULL : "can only list/watch pods with spec.nodeName field selector";
}

static const struct {
	const char *group, *resource;
	const char *(*ask)(const question *q);
} conditions[] = {
	{"", "secrets", ask_secret},
	{"", "configmaps", ask_config},
	{"", "persistentvolumeclaims", ask_claim},
	{"", "persistentvolumes", ask_volume},
	{"", "serviceaccounts", ask_account},
	{"", "nodes", ask_node},
	{"", "pods", ask_pod},
	{"resource.k8s.io", "resourceclaims", ask_devices},
	{"resource.k8s.io", "resourceslices", ask_slice},
	{"storage.k8s.io", "volumeattachments", ask_attachment},
	{"storage.k8s.io", "csinodes", ask_csinode},
	{"coordination.k8s.io", "leases", ask_lease},
};

static const char *
refusal(const question *q)
{
	for (size_t i = 0; !q->what->url && i < PV_LEN(conditions); i++)
		if (pv_streq(conditions[i].group, q->what->group) &&
		    pv_streq(conditions[i].resource, q->what->resource))
			return conditions[i].ask(q);
	return NULL;
}

static bool
is_slice(const pv_attributes *what)
{
	static const char *const verbs[] = {
		"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch", NULL};

	return pv_streq(what->group, "resource.k8s.io") && pv_streq(what->resource, "resourceslices") &&
	       auth_among(verbs, what->verb);
}

bool
node_allows(pv_ctx *cx, pv_auth *auth, const pv_identity *who, const pv_attributes *what,
	    const char **ret_why)
{
	const char *node = pv_auth_node(who), *why = NULL;
	bool allowed = false;

	if (!node)
		return false;
	if (!*node)
		why = "unknown node for user \"" NODE_PREFIX "\"";
	else
		why = refusal(&(question){cx, auth, node, what});
	if (!why && *node && is_slice(what)) /* the one kind that the role leaves to the conditions */
		allowed = true;
	for (size_t i = 0; !why && !allowed && i < auth->node_rules->rules.len; i++)
		allowed = rbac_rule_matches(PV_AT(rule, &auth->node_rules->rules, i), what);
	if (ret_why)
		*ret_why = why;
	return allowed;
}
