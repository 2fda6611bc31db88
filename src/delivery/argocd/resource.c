/* resource: one object of an Application: read, patched, deleted; here, or in the cluster that it is deployed to. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "delivery/actions/actions.h"
#include "delivery/argocd/far.h"
#include "lang/json/json.h"

struct object {
	target app;
	const node *node;
	clusters_place at;
	pv_call call; /* as the caller may */
	spoke *spoke; /* NULL: it is here */
	const pv_val *live;
};

static int
not_found(call *c, const struct object *o)
{
	return pv_fail(c->cx, PV_EBADREQUEST, "%s %s %s not found as part of application %s",
		       call_query(c, "kind"), call_query(c, "group"), call_query(c, "resourceName"),
		       o->app.name);
}

/* action: "get", or what goes before "/GROUP/KIND/NAMESPACE/NAME". */
static int
find_object(call *c, const char *action, struct object *ret)
{
	const char *group = call_query(c, "group"), *kind = call_query(c, "kind"),
		   *ns = call_query(c, "namespace"), *name = call_query(c, "resourceName"),
		   *version = call_query(c, "version");
	pv_vec *nodes = pv_new(c->cx->arena, pv_vec);
	const char *full = pv_streq(action, "get")
				   ? action
				   : pv_printf(c->cx->arena, "%s/%s/%s/%s/%s", action, group, kind, ns, name);
	int r;
	*ret = (struct object){0};
	r = application_find(c, c->part[0], full, &ret->app);
	if (r == 0)
		r = clusters_which(c->cx, c->api, pv_at(ret->app.object, "spec.destination"), &ret->at);
	if (r == 0)
		r = tree_of(c, &ret->app, nodes);
	if (r < 0)
		return r;
	ret->node = tree_find(nodes, group, kind, ns, name);
	ret->call = (pv_call){.ns = ret->node ? ret->node->ns : "",
			      .name = name,
			      .subresource = "",
			      .manager = "argocd-server",
			      .permitted = ret->app.right == RIGHT_POLICY,
			      .grace_seconds = -1};
	if (ret->at.secret) {
		r = far_find(c, &ret->app, &ret->at, ret->node, &ret->call, &ret->spoke, &ret->live);
		return r == 0 && !ret->live ? not_found(c, ret) : r;
	}
	if (!ret->node || !ret->node->rec)
		return not_found(c, ret);
	ret->live = pv_rec_val(ret->node->rec);
	ret->call.resource = pv_resource_of_kind(
		c->cx, pv_api_registry(c->api),
		*group ? pv_printf(c->cx->arena, "%s/%s", group, *version ? version : ret->node->version)
		       : (*version ? version : ret->node->version),
		kind);
	return ret->call.resource
		       ? 0
		       : pv_fail(c->cx, PV_EBADREQUEST, "%s %s/%s is not served here", kind, group, version);
}

#define HIDDEN "++++++++"
#define APPLIED "kubectl.kubernetes.io/last-applied-configuration"

static pv_val
hidden_members(pv_arena *arena, const pv_val *v)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < pv_member_count(v); i++)
		pv_objb_add(&b, v->members[i].key, pv_string_ref(HIDDEN));
	return pv_objb_end(&b);
}

/* All of what kubectl applied, and what argocd-cm calls sensitive. */
static pv_val
hidden_notes(call *c, const pv_val *notes)
{
	pv_str rest = pv_str_of(
		       settings_text(c->cx, c->api, "argocd-cm", "resource.sensitive.mask.annotations", "")),
	       one;
	pv_val v = pv_without(c->cx->arena, notes, APPLIED);
	while (pv_str_next(&rest, ',', &one)) {
		const char *key = pv_strndup(c->cx->arena, pv_str_trim(one).s, pv_str_trim(one).len);
		if (pv_get(&v, key))
			v = pv_with(c->cx->arena, &v, key, pv_string_ref(HIDDEN));
	}
	return v;
}

/* What a Secret holds stays here: its keys are told. */
static pv_val
without_secrets(call *c, const pv_val *object)
{
	static const char *const parts[] = {"data", "stringData"};
	pv_arena *arena = c->cx->arena;
	pv_val v = *object;
	if (!pv_streq(pv_text_at(object, "kind", ""), "Secret") ||
	    !pv_streq(pv_text_at(object, "apiVersion", ""), "v1"))
		return v;
	for (size_t i = 0; i < PV_LEN(parts); i++)
		if (pv_get(object, parts[i]))
			v = pv_with(arena, &v, parts[i], hidden_members(arena, pv_get(object, parts[i])));
	v = pv_without_at(arena, &v, "metadata.managedFields"); /* which name keys, and by whom */
	if (pv_at(&v, "metadata.annotations"))
		v = pv_with_at(arena, &v, "metadata.annotations",
			       hidden_notes(c, pv_at(&v, "metadata.annotations")));
	return v;
}

static int
answer_manifest(call *c, const pv_val *object)
{
	pv_val v = without_secrets(c, object);
	return call_answer(
		c, pv_with(c->cx->arena, NULL, "manifest", pv_string_ref(pv_json_text(c->cx->arena, &v))));
}

static int
read_object(call *c, const struct object *o, const pv_val **ret)
{
	*ret = o->live;
	return o->spoke ? 0 : pv_api_get(c->cx, c->api, &o->call, ret);
}

static int
get(call *c)
{
	const pv_val *object;
	struct object o;
	int r = find_object(c, "get", &o);
	if (r == 0)
		r = read_object(c, &o, &object);
	return r < 0 ? r : answer_manifest(c, object);
}

/* The body is a JSON string that holds the patch, or the patch. */
static int
read_patch(call *c, enum pv_patch_kind *ret_kind, const pv_val **ret)
{
	static const struct {
		const char *name;
		enum pv_patch_kind kind;
	} kinds[] = {{"application/merge-patch+json", PV_PATCH_MERGE},
		     {"application/json-patch+json", PV_PATCH_JSON},
		     {"application/strategic-merge-patch+json", PV_PATCH_STRATEGIC}};
	const char *type = call_query(c, "patchType");
	size_t i = 0;
	while (i < PV_LEN(kinds) && !pv_streq(kinds[i].name, type))
		i++;
	if (i == PV_LEN(kinds))
		return pv_fail(
			c->cx, PV_EBADREQUEST,
			"patchType: expected application/merge-patch+json, application/json-patch+json or "
			"application/strategic-merge-patch+json, found \"%s\"",
			type);
	*ret_kind = kinds[i].kind;
	*ret = c->body;
	return pv_is(c->body, PV_STRING) ? pv_json_parse(c->cx, pv_strv(c->body), NULL, ret) : 0;
}

static int
patch(call *c)
{
	enum pv_patch_kind kind = PV_PATCH_MERGE;
	const pv_val *doc, *now;
	struct object o;
	bool created;
	int r = find_object(c, "update", &o);
	if (r == 0)
		r = read_patch(c, &kind, &doc);
	if (r == 0)
		r = o.spoke ? spoke_patch(c->cx, o.spoke, &o.call, call_query(c, "patchType"), doc, &now)
			    : pv_api_patch(c->cx, c->api, &o.call, kind, doc, &now, &created);
	return r < 0 ? r : answer_manifest(c, now);
}

static int
remove_it(call *c)
{
	const pv_val *left;
	struct object o;
	int r = find_object(c, "delete", &o);
	if (r < 0)
		return r;
	o.call.propagation = pv_streq(call_query(c, "orphan"), "true") ? "Orphan" : "Foreground";
	if (pv_streq(call_query(c, "force"), "true")) {
		o.call.propagation = "Background";
		o.call.grace_seconds = 0;
	}
	r = o.spoke ? spoke_delete(c->cx, o.spoke, &o.call) : pv_api_delete(c->cx, c->api, &o.call, &left);
	return r < 0 ? r : call_answer_nothing(c);
}

/* ---- actions ---- */

static const custom *
rules_of(call *c)
{
	return custom_of(c->cx, settings_stored(c->cx, c->api, "/ConfigMap", CUSTOM_NS, CUSTOM_NAME),
			 pv_now());
}

static int
actions(call *c)
{
	pv_val list;
	struct object o;
	int r = find_object(c, "get", &o);
	if (r == 0)
		r = actions_list(c->cx, rules_of(c), o.live, pv_now(), &list);
	return r < 0 ? r : call_answer(c, pv_with(c->cx->arena, NULL, "actions", list));
}

static int
resource_of(call *c, const struct object *o, const char *api_version, const char *kind,
	    const pv_resource **ret)
{
	if (o->spoke)
		return spoke_resource(c->cx, o->spoke, api_version, kind, ret);
	*ret = pv_resource_of_kind(c->cx, pv_api_registry(c->api), api_version, kind);
	return 0;
}

/* What an action changes of the object, and what it makes beside it, in the object's namespace. */
static int
carry_out(call *c, struct object *o, const pv_val *deed)
{
	const pv_val *object = pv_get(deed, "resource"), *unused;
	pv_call to = o->call;
	int r;
	bool created = pv_streq(pv_text_at(deed, "operation", ""), "create");
	if (!created && !pv_streq(pv_text_at(object, "metadata.name", ""), o->node->name))
		return pv_fail(c->cx, PV_EINVALID, "the action changes another object than %s",
			       o->node->name);
	if (!created)
		return o->spoke ? spoke_update(c->cx, o->spoke, &to, object, &unused)
				: pv_api_update(c->cx, c->api, &to, object, &unused);
	r = resource_of(c, o, pv_text_at(object, "apiVersion", ""), pv_text_at(object, "kind", ""),
			&to.resource);
	if (r < 0)
		return r;
	to.ns = pv_text_at(object, "metadata.namespace", o->node->ns);
	to.name = pv_text_at(object, "metadata.name", "");
	if (!to.resource || !pv_streq(to.ns, o->node->ns))
		return pv_fail(c->cx, PV_EINVALID,
			       "the action makes what is not served, or is of another namespace");
	if (o->spoke)
		r = far_permitted(c, &o->app, &o->at, to.resource->group, to.resource->kind, to.ns, to.name);
	if (r < 0)
		return r;
	return o->spoke ? spoke_create(c->cx, o->spoke, &to, object, &unused)
			: pv_api_create(c->cx, c->api, &to, object, &unused);
}

static pv_val
params_of(call *c)
{
	const pv_val *list = pv_get(c->body, "resourceActionParameters");
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_objb_puts(&b, pv_text_at(pv_item(list, i), "name", ""),
			     pv_text_at(pv_item(list, i), "value", ""));
	return pv_objb_end(&b);
}

static int
act(call *c, const char *name)
{
	pv_val params = params_of(c), made;
	const pv_val *live;
	struct object o;
	const char *action = pv_printf(c->cx->arena, "action/%s/%s/%s", call_query(c, "group"),
				       call_query(c, "kind"), name);
	int r = *name ? find_object(c, action, &o)
		      : pv_fail(c->cx, PV_EBADREQUEST, "action: expected its name");
	if (r == 0)
		r = read_object(c, &o, &live);
	if (r == 0)
		r = actions_run(c->cx, rules_of(c), live, name, &params, pv_now(), &made);
	for (size_t i = 0; r == 0 && i < pv_count(&made); i++)
		r = carry_out(c, &o, pv_item(&made, i));
	return r < 0 ? r : call_answer_nothing(c);
}

/* The body is the action's name as a JSON string. */
static int
run_action(call *c)
{
	return act(c, pv_text(c->body, ""));
}

/* All of it in the body: which object, which action, with what. */
static int
run_action_v2(call *c)
{
	return act(c, pv_text_at(c->body, "action", ""));
}

const struct path application_resource_paths[] = {
	{"GET", "v1/applications/{}/resource/actions", actions, 0},
	{"POST", "v1/applications/{}/resource/actions", run_action, 0},
	{"POST", "v1/applications/{}/resource/actions/v2", run_action_v2, PATH_MESSAGE},
	{"GET", "v1/applications/{}/resource", get, 0},
	{"POST", "v1/applications/{}/resource", patch, 0},
	{"DELETE", "v1/applications/{}/resource", remove_it, 0},
	{NULL, NULL, NULL, 0},
};
