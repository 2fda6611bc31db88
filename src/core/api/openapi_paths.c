/* The paths of a kind: its collection, in a namespace and in all, its objects, what lies below them, and the old
 * paths of watches.  Operations have Kubernetes' names, so that clients generated from its documents and from these
 * are the same. */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "core/api/builtin.h"
#include "core/api/openapi_parts.h"
#include "core/kinds/kinds.h"

/* ---- what there is to do ---- */

#define LISTING \
	(P_BIT(P_BOOKMARKS) | P_BIT(P_CONTINUE) | P_BIT(P_FIELDS) | P_BIT(P_LABELS) | P_BIT(P_LIMIT) | \
	 P_BIT(P_PRETTY) | P_BIT(P_REVISION) | P_BIT(P_REVISION_MATCH) | P_BIT(P_INITIAL) | \
	 P_BIT(P_TIMEOUT) | P_BIT(P_WATCH))
#define WRITING (P_BIT(P_DRY_RUN) | P_BIT(P_MANAGER) | P_BIT(P_VALIDATION) | P_BIT(P_PRETTY))
#define PATCHING \
	(P_BIT(P_DRY_RUN) | P_BIT(P_MANAGER_PATCH) | P_BIT(P_VALIDATION) | P_BIT(P_PRETTY) | P_BIT(P_FORCE))
#define DELETING \
	(P_BIT(P_DRY_RUN) | P_BIT(P_GRACE) | P_BIT(P_UNREADABLE) | P_BIT(P_ORPHANS) | P_BIT(P_PRETTY) | \
	 P_BIT(P_PROPAGATION))
#define SELECTING (LISTING & ~(P_BIT(P_BOOKMARKS) | P_BIT(P_WATCH)))

enum body_kind { NO_BODY, OBJECT, PATCH, OPTIONS };
enum answer_kind { ITS_OBJECT, ITS_LIST, STATUS, EVENT };

static const struct op {
	const char *method, *action, *word,
		*about; /* word, about: what its name and description begin with */
	unsigned verb;
	bool named, below;       /* of /{name}, and of what lies below it, too */
	uint64_t params, custom; /* of built-in kinds; of others */
	enum body_kind body;
	enum answer_kind answer;
	bool created, created_custom, accepted;
} ops[] = {
	{"get", "list", "list", "List or watch objects", PV_V_LIST, false, false, LISTING, LISTING, NO_BODY,
	 ITS_LIST, false, false, false},
	{"post", "post", "create", "Create an object", PV_V_CREATE, false, true, WRITING, WRITING, OBJECT,
	 ITS_OBJECT, true, true, true},
	{"delete", "deletecollection", "delete", "Delete the selected objects", PV_V_DELETECOLLECTION, false,
	 false, SELECTING | DELETING, LISTING, OPTIONS, STATUS, false, false, false},
	{"get", "get", "read", "Read an object", PV_V_GET, true, true, P_BIT(P_PRETTY),
	 P_BIT(P_PRETTY) | P_BIT(P_REVISION), NO_BODY, ITS_OBJECT, false, false, false},
	{"put", "put", "replace", "Replace an object", PV_V_UPDATE, true, true, WRITING, WRITING, OBJECT,
	 ITS_OBJECT, true, true, false},
	{"delete", "delete", "delete", "Delete an object", PV_V_DELETE, true, false, DELETING, DELETING,
	 OPTIONS, STATUS, false, false, true},
	{"patch", "patch", "patch", "Change an object", PV_V_PATCH, true, true, PATCHING, PATCHING, PATCH,
	 ITS_OBJECT, true, false, false},
};
/* The old paths of watches: of many objects, and (named) of one. */
static const struct op watches[] = {
	{.method = "get",
	 .action = "watchlist",
	 .word = "watch",
	 .about = "Deprecated, list with watch=true: watch objects",
	 .verb = PV_V_WATCH,
	 .params = LISTING,
	 .answer = EVENT},
	{.method = "get",
	 .action = "watch",
	 .word = "watch",
	 .about = "Deprecated, list with watch=true: watch one object",
	 .verb = PV_V_WATCH,
	 .named = true,
	 .params = LISTING,
	 .answer = EVENT},
};

static const struct lane { /* a subresource that is a conversation, or text */
	const char *type, *sub;
	bool text;
	uint64_t params;
} lanes[] = {
	{"/Pod", "attach", false,
	 P_BIT(P_CONTAINER_ATTACH) | P_BIT(P_STDERR_ATTACH) | P_BIT(P_STDIN_ATTACH) | P_BIT(P_STDOUT_ATTACH) |
		 P_BIT(P_TTY_ATTACH)},
	{"/Pod", "exec", false,
	 P_BIT(P_COMMAND) | P_BIT(P_CONTAINER_EXEC) | P_BIT(P_STDERR_EXEC) | P_BIT(P_STDIN_EXEC) |
		 P_BIT(P_STDOUT_EXEC) | P_BIT(P_TTY_EXEC)},
	{"/Pod", "log", true,
	 P_BIT(P_CONTAINER_LOG) | P_BIT(P_FOLLOW) | P_BIT(P_INSECURE) | P_BIT(P_LIMIT_BYTES) |
		 P_BIT(P_PRETTY) | P_BIT(P_PREVIOUS) | P_BIT(P_SINCE) | P_BIT(P_STREAM) | P_BIT(P_TAIL) |
		 P_BIT(P_TIMESTAMPS)},
	{"/Pod", "portforward", false, P_BIT(P_PORTS)},
	{"/Node", "proxy", false, P_BIT(P_PATH_NODE)},
	{"/Pod", "proxy", false, P_BIT(P_PATH_POD)},
	{"/Service", "proxy", false, P_BIT(P_PATH_SERVICE)},
};
static const char *const talked[] = {"get", "post", "put", "patch", "delete", "head", "options"};

/* ---- media types, in the order of Kubernetes' v2 ---- */

#define JSON_AND_YAML "application/json", "application/yaml"
#define PROTOBUF "application/vnd.kubernetes.protobuf"
static const char *const custom[] = {JSON_AND_YAML, NULL};
static const char *const objects[] = {JSON_AND_YAML, PROTOBUF, NULL};
static const char *const lists[] = {JSON_AND_YAML, PROTOBUF, "application/json;stream=watch",
				    PROTOBUF ";stream=watch", NULL};
static const char *const patches[] = {"application/json-patch+json", "application/merge-patch+json",
				      "application/strategic-merge-patch+json",
				      "application/apply-patch+yaml", NULL};
static const char *const custom_patches[] = {"application/json-patch+json", "application/merge-patch+json",
					     "application/apply-patch+yaml", NULL};
static const char *const anything[] = {"*/*", NULL};
static const char *const logs[] = {"text/plain", JSON_AND_YAML, PROTOBUF, NULL};

/* ---- names ---- */

/* "cert-manager.io": "CertManagerIo"; without ".k8s.io", and "" is Core. */
static const char *
camel(pv_arena *arena, const char *group)
{
	pv_str rest = pv_str_of(group);
	bool first = true;
	pv_buf b;

	if (!*group)
		return "Core";
	if (pv_ends_with(group, ".k8s.io"))
		rest.len -= strlen(".k8s.io");
	pv_buf_init(&b, arena);
	for (size_t i = 0; i < rest.len; i++) {
		char c = rest.s[i];

		if (isalnum((unsigned char)c))
			pv_buf_addc(&b, first ? (char)toupper((unsigned char)c) : c);
		first = !isalnum((unsigned char)c);
	}
	return pv_strndup(arena, b.s, b.len);
}

static const char *
with_first(pv_arena *arena, const char *word, int (*change)(int))
{
	char *copy = pv_strdup(arena, word);

	copy[0] = (char)change((unsigned char)copy[0]);
	return copy;
}

const char *
openapi_tag(pv_arena *arena, const char *group, const char *version)
{
	const char *name = with_first(arena, camel(arena, group), tolower);

	return version ? pv_printf(arena, "%s_%s", name, version) : name;
}

/* "apps", "v1": "AppsV1" */
const char *
openapi_gv_word(pv_arena *arena, const char *group, const char *version)
{
	return pv_printf(arena, "%s%s", camel(arena, group),
			 version ? with_first(arena, version, toupper) : "");
}

/* ---- operations ---- */

typedef struct spot { /* a path */
	openapi_parts *p;
	const pv_resource *res;
	const char *sub, *component, *list, *tag, *gv;
	pv_val gvk;
	bool named, everywhere; /* everywhere: the objects of all namespaces */
	bool watched;           /* below watch/ */
	bool onward;            /* with a path behind it */
} spot;

static bool
is_inside(const spot *at)
{
	return at->res->namespaced && !at->everywhere;
}

/* before: what stands between the group-version and the kind; tail: behind the kind. */
static const char *
operation_id(const spot *at, const char *word, const char *before, const char *tail)
{
	return pv_printf(at->p->arena, "%s%s%s%s%s%s%s", word, at->gv, before,
			 is_inside(at) ? "Namespaced" : "", at->res->kind,
			 *at->sub ? with_first(at->p->arena, at->sub, toupper) : "", tail);
}

static const char *
description(const spot *at, const char *about)
{
	return pv_printf(at->p->arena, "%s of kind %s%s%s.", about, at->res->kind, *at->sub ? ": its " : "",
			 at->sub);
}

static uint64_t
path_params(const spot *at)
{
	return (at->named ? P_BIT(P_NAME) : 0) | (is_inside(at) ? P_BIT(P_NAMESPACE) : 0) |
	       (at->onward ? P_BIT(P_PATH) : 0);
}

static const char *
answer_of(const spot *at, const struct op *op)
{
	if (op->answer == ITS_LIST)
		return at->list;
	if (op->answer == EVENT) {
		openapi_parts_want(at->p, "meta.v1.WatchEvent");
		return OPENAPI_META "WatchEvent";
	}
	if (op->answer == ITS_OBJECT)
		return at->component;
	if (op->verb == PV_V_DELETE && builtin_returns_deleted(at->res))
		return at->component;
	openapi_parts_want(at->p, "meta.v1.Status");
	return OPENAPI_META "Status";
}

static const char *
tail_of(const spot *at, const struct op *op)
{
	if (op->answer == EVENT && !op->named)
		return at->everywhere ? "ListForAllNamespaces" : "List";
	return at->everywhere ? "ForAllNamespaces" : "";
}

static openapi_op
operation(const spot *at, const struct op *op)
{
	bool builtin = at->res->kind_facts != NULL, many = op->answer == ITS_LIST || op->answer == EVENT;
	openapi_op o = {.method = op->method,
			.action = op->action,
			.tag = at->tag,
			.about = description(at, op->about),
			.id = operation_id(at, op->word,
					   op->verb == PV_V_DELETECOLLECTION ? "Collection" : "",
					   tail_of(at, op)),
			.params = (builtin ? op->params : op->custom) | path_params(at),
			.consumes = builtin ? anything : custom,
			.produces = !builtin ? custom
				    : many   ? lists
					     : objects,
			.answer = answer_of(at, op),
			.gvk = &at->gvk,
			.created = builtin ? op->created : op->created_custom,
			.accepted = op->accepted};

	if (op->body == PATCH) {
		at->p->patched = true;
		o.body = OPENAPI_META "Patch";
		o.consumes = builtin ? patches : custom_patches;
		o.needs_body = true;
	} else if (op->body == OBJECT) {
		o.body = at->component;
		o.needs_body = true;
	} else if (op->body == OPTIONS && (builtin || op->named)) {
		openapi_parts_want(at->p, "meta.v1.DeleteOptions");
		o.body = OPENAPI_META "DeleteOptions";
	}
	return o;
}

static openapi_op
conversation(const spot *at, const struct lane *lane, const char *method)
{
	const char *word = with_first(at->p->arena, method, toupper);

	return (openapi_op){
		.method = method,
		.action = lane->text ? "get" : "connect",
		.tag = at->tag,
		.about = description(at, lane->text ? "Read text of an object" : "Talk to an object"),
		.id = operation_id(at, lane->text ? "read" : "connect", lane->text ? "" : word,
				   at->onward ? "WithPath" : ""),
		.params = lane->params | path_params(at),
		.consumes = anything,
		.produces = lane->text ? logs : anything,
		.gvk = &at->gvk};
}

/* ---- paths ---- */

static void
put_path(const spot *at, const openapi_op *list, size_t n)
{
	const pv_resource *res = at->res;

	openapi_path_add(at->p,
			 pv_printf(at->p->arena, "%s/%s/%s%s%s%s%s%s%s", *res->group ? "/apis" : "/api",
				   res->api_version, at->watched ? "watch/" : "",
				   is_inside(at) ? "namespaces/{namespace}/" : "", res->plural,
				   at->named ? "/{name}" : "", at->sub[0] ? "/" : "", at->sub,
				   at->onward ? "/{path}" : ""),
			 list, n);
}

static void
add_path(const spot *at, unsigned verbs)
{
	openapi_op list[PV_LEN(ops)];
	size_t n = 0;

	for (size_t i = 0; i < PV_LEN(ops); i++)
		if ((at->sub[0] ? ops[i].below : ops[i].named == at->named) && verbs & ops[i].verb)
			list[n++] = operation(at, &ops[i]);
	put_path(at, list, n);
}

static void
put_lane(const spot *at, const struct lane *lane)
{
	size_t n = lane->text ? 1 : pv_streq(lane->sub, "proxy") ? PV_LEN(talked) : 2;
	openapi_op list[PV_LEN(talked)];

	for (size_t i = 0; i < n; i++)
		list[i] = conversation(at, lane, talked[i]);
	put_path(at, list, n);
}

static bool
add_lane(const spot *at)
{
	spot onward = *at;

	for (size_t i = 0; i < PV_LEN(lanes); i++) {
		if (!pv_streq(lanes[i].type, at->res->type) || !pv_streq(lanes[i].sub, at->sub))
			continue;
		put_lane(at, &lanes[i]);
		onward.onward = true;
		if (pv_streq(at->sub, "proxy"))
			put_lane(&onward, &lanes[i]);
		return true;
	}
	return false;
}

static void
add_sub(const spot *of, size_t i)
{
	const pv_resource *res = of->res;
	pv_arena *arena = of->p->arena;
	pv_subresource sub = pv_resource_sub(res, i);
	const char *version = sub.group[0] ? pv_printf(arena, "%s/%s", sub.group, sub.version) : sub.version;
	const char *type = pv_protobuf_type(arena, version, sub.kind);
	spot at = *of;

	at.sub = sub.name;
	at.named = true;
	if (res->kind_facts) /* what another kind lies below is not said of others */
		at.gvk = openapi_gvk(arena, sub.group, sub.version, sub.kind);
	if (add_lane(&at))
		return;
	if (!pv_streq(sub.kind, res->kind) || !pv_streq(sub.group, res->group)) {
		if (!pv_registry_type(of->p->registry, type))
			return;
		openapi_parts_want(of->p, type);
		at.component = pv_kinds_openapi_name(arena, type);
	}
	add_path(&at, sub.verbs);
}

/* The paths of before there was ?watch=. */
static void
add_watches(const spot *of)
{
	spot at = *of;
	openapi_op op;

	at.watched = true;
	for (int named = 0; named < 2; named++) {
		at.named = named;
		op = operation(&at, &watches[named]);
		put_path(&at, &op, 1);
	}
	at.named = false;
	at.everywhere = at.res->namespaced;
	op = operation(&at, &watches[0]);
	if (at.everywhere)
		put_path(&at, &op, 1);
}

void
openapi_paths_add(openapi_parts *p, const pv_resource *res)
{
	spot at = {.p = p,
		   .res = res,
		   .sub = "",
		   .component = openapi_component(p->arena, res, res->kind),
		   .list = openapi_component(p->arena, res, res->list_kind),
		   .tag = openapi_tag(p->arena, res->group, res->version),
		   .gv = openapi_gv_word(p->arena, res->group, res->version),
		   .gvk = openapi_gvk(p->arena, res->group, res->version, res->kind)};

	add_path(&at, res->verbs);
	at.named = true;
	add_path(&at, res->verbs);
	at.named = false;
	for (size_t i = 0; res->subresources && res->subresources[i]; i++)
		add_sub(&at, i);
	if (res->kind_facts && res->verbs & PV_V_WATCH)
		add_watches(&at);
	at.everywhere = res->namespaced;
	if (at.everywhere)
		add_path(&at, res->verbs & PV_V_LIST);
}
