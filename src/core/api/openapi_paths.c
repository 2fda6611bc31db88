/* The paths of a kind as OpenAPI v3 values: its collection, in a namespace and in all, its objects, and what lies
 * below them. */
#include "base/str.h"
#include "core/api/openapi_parts.h"
#include "core/kinds/kinds.h"
#include "core/schema/openapi.h"

/* ---- parameters ---- */

#define LISTING \
	"allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "pretty", \
		"resourceVersion", "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch"
#define WRITING "dryRun", "fieldManager", "fieldValidation", "pretty"
#define DELETING "dryRun", "gracePeriodSeconds", "orphanDependents", "pretty", "propagationPolicy"

static const struct op {
	const char *method, *action;
	unsigned verb;
	bool named; /* /{name} */
	const char *params[16];
} ops[] = {
	{"get", "list", PV_V_LIST, false, {LISTING}},
	{"post", "post", PV_V_CREATE, false, {WRITING}},
	{"delete",
	 "deletecollection",
	 PV_V_DELETECOLLECTION,
	 false,
	 {"continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch",
	  "sendInitialEvents", "timeoutSeconds", DELETING}},
	{"get", "get", PV_V_GET, true, {"pretty"}},
	{"put", "put", PV_V_UPDATE, true, {WRITING}},
	{"delete", "delete", PV_V_DELETE, true, {DELETING}},
	{"patch", "patch", PV_V_PATCH, true, {WRITING, "force"}},
};
static const struct op post_below = {"post", "post", PV_V_CREATE, true, {WRITING}};

#define STREAMS "container", "stderr", "stdin", "stdout", "tty"
static const struct lane { /* a subresource that is a conversation, or text */
	const char *type, *sub;
	bool text;
	const char *params[12];
} lanes[] = {
	{"/Pod", "attach", false, {STREAMS}},
	{"/Pod", "exec", false, {"command", STREAMS}},
	{"/Pod",
	 "log",
	 true,
	 {"container", "follow", "limitBytes", "pretty", "previous", "sinceSeconds", "stream", "tailLines",
	  "timestamps"}},
	{"/Pod", "portforward", false, {"ports"}},
	{"/Node", "proxy", false, {"path"}},
	{"/Pod", "proxy", false, {"path"}},
	{"/Service", "proxy", false, {"path"}},
};
static const char *const talked[] = {"get", "post", "put", "patch", "delete", "head", "options"};

static const char *
param_type(const char *name)
{
	static const char *const flags[] = {"watch",    "allowWatchBookmarks",
					    "force",    "sendInitialEvents",
					    "follow",   "orphanDependents",
					    "stderr",   "stdin",
					    "previous", "stdout",
					    "tty",      "timestamps"};
	static const char *const numbers[] = {"limit",      "gracePeriodSeconds", "timeoutSeconds",
					      "limitBytes", "sinceSeconds",       "tailLines",
					      "ports"};

	for (size_t i = 0; i < PV_LEN(flags); i++)
		if (pv_streq(flags[i], name))
			return "boolean";
	for (size_t i = 0; i < PV_LEN(numbers); i++)
		if (pv_streq(numbers[i], name))
			return "integer";
	return "string";
}

static void
add_param(pv_listb *list, const char *in, const char *name)
{
	pv_objb b, schema;

	pv_objb_init(&schema, list->arena);
	pv_objb_puts(&schema, "type", param_type(name));
	pv_objb_put(&schema, "uniqueItems", pv_bool(true));
	pv_objb_init(&b, list->arena);
	pv_objb_puts(&b, "name", name);
	pv_objb_puts(&b, "in", in);
	if (pv_streq(in, "path"))
		pv_objb_put(&b, "required", pv_bool(true));
	pv_objb_put(&b, "schema", pv_objb_end(&schema));
	pv_listb_add(list, pv_objb_end(&b));
}

static void
put_params(pv_objb *b, const char *const *names)
{
	pv_listb list;

	pv_listb_init(&list, b->arena);
	for (; *names; names++)
		add_param(&list, "query", *names);
	pv_objb_put(b, "parameters", pv_listb_end(&list));
}

/* ---- bodies ---- */

static const char *const objects[] = {"application/json", "application/yaml",
				      "application/vnd.kubernetes.protobuf", NULL};
static const char *const custom[] = {"application/json", "application/yaml", NULL};
static const char *const lists[] = {"application/json",
				    "application/yaml",
				    "application/vnd.kubernetes.protobuf",
				    "application/json;stream=watch",
				    "application/vnd.kubernetes.protobuf;stream=watch",
				    NULL};
static const char *const custom_lists[] = {"application/json", "application/yaml",
					   "application/json;stream=watch", NULL};
static const char *const patches[] = {"application/apply-patch+yaml", "application/json-patch+json",
				      "application/merge-patch+json",
				      "application/strategic-merge-patch+json", NULL};
static const char *const custom_patches[] = {"application/apply-patch+yaml", "application/json-patch+json",
					     "application/merge-patch+json", NULL};
static const char *const anything[] = {"*/*", NULL};
static const char *const plain_text[] = {"text/plain", NULL};

/* component NULL: a string. */
static pv_val
content(pv_arena *arena, const char *const *types, const char *component)
{
	pv_objb b, media, string;

	pv_objb_init(&string, arena);
	pv_objb_puts(&string, "type", "string");
	pv_objb_init(&b, arena);
	for (size_t i = 0; types[i]; i++) {
		pv_objb_init(&media, arena);
		pv_objb_put(&media, "schema",
			    component ? pv_openapi_ref(arena, component) : pv_objb_end(&string));
		pv_objb_put(&b, types[i], pv_objb_end(&media));
	}
	pv_objb_init(&media, arena);
	pv_objb_put(&media, "content", pv_objb_end(&b));
	return pv_objb_end(&media);
}

static void
put_response(pv_objb *b, const char *code, const char *const *types, const char *component)
{
	pv_objb responses;

	pv_objb_init(&responses, b->arena);
	pv_objb_put(&responses, code, content(b->arena, types, component));
	pv_objb_put(b, "responses", pv_objb_end(&responses));
}

/* ---- operations ---- */

typedef struct spot { /* a path */
	const pv_resource *res;
	const char *sub, *component, *list;
	pv_val gvk;
	bool named, everywhere; /* everywhere: the objects of all namespaces */
	bool onward;            /* with a path behind it */
} spot;

static pv_val
operation(openapi_parts *p, const spot *at, const struct op *op)
{
	bool builtin = at->res->kind_facts != NULL, list = op->verb == PV_V_LIST;
	const char *answer = list ? at->list : at->component;
	pv_objb b;

	if (op->verb == PV_V_DELETE || op->verb == PV_V_DELETECOLLECTION)
		answer = OPENAPI_META "Status";
	pv_objb_init(&b, p->arena);
	put_params(&b, op->params);
	if (op->verb == PV_V_PATCH)
		pv_objb_put(&b, "requestBody",
			    content(p->arena, builtin ? patches : custom_patches, OPENAPI_META "Patch"));
	else if (op->verb == PV_V_CREATE || op->verb == PV_V_UPDATE)
		pv_objb_put(&b, "requestBody", content(p->arena, builtin ? objects : custom, at->component));
	else if (op->verb == PV_V_DELETE || op->verb == PV_V_DELETECOLLECTION)
		pv_objb_put(&b, "requestBody",
			    content(p->arena, builtin ? objects : custom, OPENAPI_META "DeleteOptions"));
	put_response(&b, op->verb == PV_V_CREATE ? "201" : "200",
		     list ? (builtin ? lists : custom_lists) : (builtin ? objects : custom), answer);
	pv_objb_puts(&b, "x-kubernetes-action", op->action);
	pv_objb_put(&b, "x-kubernetes-group-version-kind", at->gvk);
	return pv_objb_end(&b);
}

static pv_val
conversation(openapi_parts *p, const spot *at, const struct lane *lane)
{
	pv_objb b;

	pv_objb_init(&b, p->arena);
	put_params(&b, lane->params);
	put_response(&b, "200", lane->text ? plain_text : anything, NULL);
	pv_objb_puts(&b, "x-kubernetes-action", lane->text ? "get" : "connect");
	pv_objb_put(&b, "x-kubernetes-group-version-kind", at->gvk);
	return pv_objb_end(&b);
}

/* ---- paths ---- */

static void
put_path(openapi_parts *p, const spot *at, pv_objb *b)
{
	const pv_resource *res = at->res;
	bool inside = res->namespaced && !at->everywhere;
	pv_listb params;

	if (!b->len)
		return;
	pv_listb_init(&params, p->arena);
	if (at->named)
		add_param(&params, "path", "name");
	if (inside)
		add_param(&params, "path", "namespace");
	if (at->onward)
		add_param(&params, "path", "path");
	if (params.len)
		pv_objb_put(b, "parameters", pv_listb_end(&params));
	pv_objb_add(&p->paths,
		    pv_stringf(p->arena, "%s/%s/%s%s%s%s%s%s", *res->group ? "/apis" : "/api",
			       res->api_version, inside ? "namespaces/{namespace}/" : "", res->plural,
			       at->named ? "/{name}" : "", at->sub[0] ? "/" : "", at->sub,
			       at->onward ? "/{path}" : ""),
		    pv_objb_end(b));
}

static void
add_path(openapi_parts *p, const spot *at, unsigned verbs)
{
	pv_objb b;

	pv_objb_init(&b, p->arena);
	for (size_t i = 0; i < PV_LEN(ops); i++)
		if (ops[i].named == at->named && verbs & ops[i].verb)
			pv_objb_put(&b, ops[i].method, operation(p, at, &ops[i]));
	if (at->sub[0] && verbs & PV_V_CREATE)
		pv_objb_put(&b, "post", operation(p, at, &post_below));
	put_path(p, at, &b);
}

static void
put_lane(openapi_parts *p, const spot *at, const struct lane *lane)
{
	size_t n = lane->text ? 1 : pv_streq(lane->sub, "proxy") ? PV_LEN(talked) : 2;
	pv_objb b;

	pv_objb_init(&b, p->arena);
	for (size_t i = 0; i < n; i++)
		pv_objb_put(&b, talked[i], conversation(p, at, lane));
	put_path(p, at, &b);
}

static bool
add_lane(openapi_parts *p, const spot *at)
{
	spot onward = *at;

	for (size_t i = 0; i < PV_LEN(lanes); i++) {
		if (!pv_streq(lanes[i].type, at->res->type) || !pv_streq(lanes[i].sub, at->sub))
			continue;
		put_lane(p, at, &lanes[i]);
		onward.onward = true;
		if (pv_streq(at->sub, "proxy"))
			put_lane(p, &onward, &lanes[i]);
		return true;
	}
	return false;
}

static void
add_sub(openapi_parts *p, const pv_resource *res, size_t i)
{
	pv_subresource sub = pv_resource_sub(res, i);
	const char *version =
		sub.group[0] ? pv_printf(p->arena, "%s/%s", sub.group, sub.version) : sub.version;
	const char *type = pv_protobuf_type(p->arena, version, sub.kind);
	spot at = {.res = res,
		   .sub = sub.name,
		   .named = true,
		   .gvk = openapi_gvk(p->arena, sub.group, sub.version, sub.kind)};

	if (add_lane(p, &at))
		return;
	if (pv_streq(sub.kind, res->kind) && pv_streq(sub.group, res->group)) {
		at.component = openapi_component(p->arena, res, res->kind);
	} else if (pv_registry_type(p->registry, type)) {
		openapi_parts_want(p, type);
		at.component = pv_kinds_openapi_name(p->arena, type);
	} else {
		return;
	}
	add_path(p, &at, sub.verbs);
}

void
openapi_paths_add(openapi_parts *p, const pv_resource *res)
{
	spot at = {.res = res,
		   .sub = "",
		   .component = openapi_component(p->arena, res, res->kind),
		   .list = openapi_component(p->arena, res, res->list_kind),
		   .gvk = openapi_gvk(p->arena, res->group, res->version, res->kind)};

	add_path(p, &at, res->verbs);
	at.named = true;
	add_path(p, &at, res->verbs);
	at.named = false;
	at.everywhere = res->namespaced;
	if (at.everywhere)
		add_path(p, &at, res->verbs & PV_V_LIST);
	for (size_t i = 0; res->subresources && res->subresources[i]; i++)
		add_sub(p, res, i);
}
