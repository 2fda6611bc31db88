/* review: an AdmissionReview of another cluster, asked of the same hooks as a write of our own.  What the
 * cluster has and we do not (kinds, namespaces) is taken from the review. */
#include <string.h>

#include "base/str.h"
#include "core/auth/auth.h"
#include "governance/webhook/webhook.h"
#include "lang/diff/diff.h"
#include "lang/json/json.h"

#define DEPTH 200
#define WARNINGS_MOST 100

typedef struct review {
	pv_ctx *cx;
	pv_api *api;
	const pv_val *request;
	pv_admit admit;
	pv_vec warnings, notes;
} review;

/* ---- what is asked about ---- */

static const char *
text(const review *v, const char *path)
{
	return pv_text_at(v->request, path, "");
}

/* A kind that this server does not have. */
static const pv_resource *
foreign(review *v, const char *group, const char *version, const char *kind, const char *plural)
{
	pv_resource *res = pv_new(v->cx->arena, pv_resource);

	*res = (pv_resource){.group = group,
			     .version = version,
			     .kind = kind,
			     .list_kind = pv_printf(v->cx->arena, "%sList", kind),
			     .plural = plural,
			     .singular = pv_str_lower(v->cx->arena, kind),
			     .type = pv_printf(v->cx->arena, "%s/%s", group, kind),
			     .api_version =
				     *group ? pv_printf(v->cx->arena, "%s/%s", group, version) : version,
			     .namespaced = *text(v, "namespace") != '\0',
			     .storage = true};
	return res;
}

static void
read_kind(review *v)
{
	const char *group = text(v, "resource.group"), *version = text(v, "resource.version"),
		   *plural = text(v, "resource.resource"), *kind = text(v, "kind.kind"),
		   *of_group = text(v, "kind.group"), *of_version = text(v, "kind.version");
	pv_registry *registry = pv_api_registry(v->api);
	const pv_resource *res = pv_resource_find(v->cx, registry, group, version, plural);
	const char *of = *of_group ? pv_printf(v->cx->arena, "%s/%s", of_group, of_version) : of_version;

	if (!res)
		res = foreign(v, group, version, kind, plural);
	v->admit.resource = res;
	v->admit.subresource = text(v, "subResource");
	if (pv_streq(res->kind, kind) && pv_streq(res->group, of_group))
		return;
	v->admit.of = pv_resource_of_kind(v->cx, registry, of, kind);
	if (!v->admit.of)
		v->admit.of = foreign(v, of_group, of_version, kind, plural);
}

/* Who writes there; what they may here is none of our business. */
static const pv_identity *
identity_of(review *v)
{
	const pv_val *user = pv_get(v->request, "userInfo"), *groups = pv_get(user, "groups"),
		     *extra = pv_get(user, "extra");
	const char **names = pv_new_array(v->cx->arena, const char *, pv_count(groups) + 1);
	pv_identity *who = pv_new(v->cx->arena, pv_identity);
	pv_vec pairs;

	pv_vec_init(&pairs, v->cx->arena, sizeof(const char *));
	for (size_t i = 0; i < pv_count(groups); i++)
		names[i] = pv_text(pv_item(groups, i), "");
	for (size_t i = 0; i < pv_member_count(extra); i++) {
		const char *key = pv_text(&extra->members[i].key, "");

		for (size_t k = 0; k < pv_count(&extra->members[i].val); k++) {
			const char *value = pv_text(pv_item(&extra->members[i].val, k), "");

			pv_vec_push(&pairs, &key);
			pv_vec_push(&pairs, &value);
		}
	}
	*who = (pv_identity){.user = pv_text_at(user, "username", ""),
			     .uid = pv_text_at(user, "uid", ""),
			     .groups = names,
			     .how = "review"};
	if (pairs.len) {
		const char *end = NULL;

		pv_vec_push(&pairs, &end);
		who->extra = (const char *const *)PV_AT(const char *, &pairs, 0);
	}
	return who;
}

/* Of a namespace that is not ours no more is known than its name; the label every namespace has. */
static const pv_val *
namespace_of(review *v)
{
	pv_objb labels, meta, b;

	pv_objb_init(&labels, v->cx->arena);
	pv_objb_puts(&labels, "kubernetes.io/metadata.name", text(v, "namespace"));
	pv_objb_init(&meta, v->cx->arena);
	pv_objb_puts(&meta, "name", text(v, "namespace"));
	pv_objb_put(&meta, "labels", pv_objb_end(&labels));
	pv_objb_init(&b, v->cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "Namespace");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	return pv_box(v->cx->arena, pv_objb_end(&b));
}

static const pv_val *
object_at(const review *v, const char *name)
{
	const pv_val *object = pv_get(v->request, name);

	return pv_is(object, PV_OBJECT) ? object : NULL;
}

static int
wrong(pv_ctx *cx, const char *field, const char *expected, const pv_val *found)
{
	return pv_fail(cx, PV_EBADREQUEST, "AdmissionReview: %s: expected %s, found %s", field, expected,
		       found ? pv_json_text(cx->arena, found) : "nothing");
}

static int
read_operation(review *v)
{
	static const char *const names[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};

	for (size_t i = 0; i < PV_LEN(names); i++)
		if (pv_streq(text(v, "operation"), names[i])) {
			v->admit.operation = (enum pv_operation)i;
			return 0;
		}
	return wrong(v->cx, "request.operation", "CREATE, UPDATE, DELETE or CONNECT",
		     pv_get(v->request, "operation"));
}

/* What the hooks take for granted, as every API server sends it. */
static int
check_shapes(const review *v)
{
	static const char *const words[] = {[PV_BOOL] = "true or false",
					    [PV_STRING] = "a text",
					    [PV_LIST] = "a list",
					    [PV_OBJECT] = "an object"};
	static const struct shape {
		const char *path;
		enum pv_type type;
	} shapes[] = {
		{"name", PV_STRING},
		{"namespace", PV_STRING},
		{"subResource", PV_STRING},
		{"dryRun", PV_BOOL},
		{"userInfo", PV_OBJECT},
		{"userInfo.groups", PV_LIST},
		{"userInfo.extra", PV_OBJECT},
		{"object", PV_OBJECT},
		{"object.metadata", PV_OBJECT},
		{"object.metadata.labels", PV_OBJECT},
		{"object.metadata.annotations", PV_OBJECT},
		{"oldObject", PV_OBJECT},
		{"oldObject.metadata", PV_OBJECT},
		{"oldObject.metadata.labels", PV_OBJECT},
		{"oldObject.metadata.annotations", PV_OBJECT},
		{"options", PV_OBJECT},
	};

	for (size_t i = 0; i < PV_LEN(shapes); i++) {
		const pv_val *found = pv_at(v->request, shapes[i].path);

		if (found && found->type != PV_NULL && found->type != shapes[i].type)
			return wrong(v->cx, pv_printf(v->cx->arena, "request.%s", shapes[i].path),
				     words[shapes[i].type], found);
	}
	return 0;
}

static int
read_review(review *v, pv_str body)
{
	static const char *const needed[] = {"uid", "resource.resource", "resource.version", "kind.kind",
					     "kind.version"};
	const pv_json_opts opts = {.file = "body", .depth = DEPTH};
	const pv_val *whole;
	int r = pv_json_parse(v->cx, body, &opts, &whole);

	if (r < 0)
		return r;
	if (!pv_streq(pv_text_at(whole, "apiVersion", ""), "admission.k8s.io/v1"))
		return wrong(v->cx, "apiVersion", "\"admission.k8s.io/v1\"", pv_get(whole, "apiVersion"));
	if (!pv_streq(pv_text_at(whole, "kind", ""), "AdmissionReview"))
		return wrong(v->cx, "kind", "\"AdmissionReview\"", pv_get(whole, "kind"));
	v->request = pv_get(whole, "request");
	if (!pv_is(v->request, PV_OBJECT))
		return wrong(v->cx, "request", "an object", v->request);
	for (size_t i = 0; i < PV_LEN(needed); i++)
		if (!*text(v, needed[i]))
			return wrong(v->cx, pv_printf(v->cx->arena, "request.%s", needed[i]), "a text",
				     pv_at(v->request, needed[i]));
	r = check_shapes(v);
	return r < 0 ? r : read_operation(v);
}

static int
begin(pv_ctx *cx, pv_api *api, pv_str body, review *v)
{
	int r;

	*v = (review){.cx = cx, .api = api};
	r = read_review(v, body);
	if (r < 0)
		return r;
	pv_vec_init(&v->warnings, cx->arena, sizeof(const char *));
	pv_vec_init(&v->notes, cx->arena, sizeof(const char *));
	read_kind(v);
	v->admit.ns = text(v, "namespace");
	v->admit.name = text(v, "name");
	v->admit.object = object_at(v, "object");
	v->admit.old = object_at(v, "oldObject");
	v->admit.options = object_at(v, "options");
	v->admit.dry_run = pv_truth_at(v->request, "dryRun", false);
	v->admit.uid = text(v, "uid");
	v->admit.ns_to_come = *v->admit.ns ? namespace_of(v) : NULL;
	v->admit.identity = identity_of(v);
	v->admit.warnings = &v->warnings;
	v->admit.notes = &v->notes;
	v->admit.serving = api;
	return 0;
}

/* ---- the hooks ---- */

/* denials NULL: they change; else they judge. */
static int
ask(review *v, pv_vec *denials)
{
	for (size_t i = 0; pv_modules[i]; i++)
		for (const pv_admission *const *h = pv_modules[i]->admission; h && *h; h++) {
			int r = 0;

			if (!(*h)->abroad)
				continue;
			if (denials)
				r = (*h)->validate ? (*h)->validate(v->cx, &v->admit, denials) : 0;
			else
				r = (*h)->mutate ? (*h)->mutate(v->cx, &v->admit) : 0;
			if (r < 0)
				return r;
		}
	return 0;
}

/* ---- the answer ---- */

/* The API server puts the webhook's name and a slash in front, and allows no other. */
static pv_val
annotations(review *v)
{
	pv_objb b;

	pv_objb_init(&b, v->cx->arena);
	for (size_t i = 0; i + 1 < v->notes.len; i += 2) {
		char *key = pv_strdup(v->cx->arena, *PV_AT(const char *, &v->notes, i)), *slash = key;

		while ((slash = strchr(slash, '/')))
			*slash = '_';
		pv_objb_puts(&b, key, *PV_AT(const char *, &v->notes, i + 1));
	}
	return pv_objb_end(&b);
}

static pv_val
response(review *v, const pv_val *status, const pv_val *patch)
{
	pv_listb warnings;
	pv_objb b;

	pv_listb_init(&warnings, v->cx->arena);
	for (size_t i = 0; i < v->warnings.len && i < WARNINGS_MOST; i++)
		pv_listb_add(&warnings, pv_string_ref(*PV_AT(const char *, &v->warnings, i)));
	pv_objb_init(&b, v->cx->arena);
	pv_objb_puts(&b, "uid", v->admit.uid);
	pv_objb_put(&b, "allowed", pv_bool(!status));
	if (status)
		pv_objb_put(&b, "status", *status);
	if (pv_count(patch)) {
		const char *ops = pv_json_text(v->cx->arena, patch);

		pv_objb_puts(&b, "patchType", "JSONPatch");
		pv_objb_puts(&b, "patch", pv_base64(v->cx->arena, ops, strlen(ops), false));
	}
	if (v->notes.len)
		pv_objb_put(&b, "auditAnnotations", annotations(v));
	if (v->warnings.len)
		pv_objb_put(&b, "warnings", pv_listb_end(&warnings));
	return pv_objb_end(&b);
}

static pv_val
answer(review *v, const pv_val *status, const pv_val *patch)
{
	pv_objb b;

	pv_objb_init(&b, v->cx->arena);
	pv_objb_puts(&b, "apiVersion", "admission.k8s.io/v1");
	pv_objb_puts(&b, "kind", "AdmissionReview");
	pv_objb_put(&b, "response", response(v, status, patch));
	return pv_objb_end(&b);
}

static int
validate(review *v, pv_val *ret)
{
	pv_vec denials;
	int r;

	pv_vec_init(&denials, v->cx->arena, sizeof(pv_denial));
	r = ask(v, &denials);
	if (r == 0 && denials.len)
		r = pv_admission_deny(v->cx, &v->admit, &denials, true);
	if (r == 0)
		*ret = answer(v, NULL, NULL);
	return r;
}

static int
mutate(review *v, pv_val *ret)
{
	const pv_val *before = v->admit.object;
	pv_val patch;
	int r = ask(v, NULL);

	if (r < 0)
		return r;
	if (before)
		patch = pv_diff_patch(v->cx->arena, before, v->admit.object);
	*ret = answer(v, NULL, before ? &patch : NULL);
	return 0;
}

/* A refusal is an answer; what else fails is an error of the call, of which failurePolicy decides. */
int
webhook_judge(pv_ctx *cx, pv_api *api, bool mutating, pv_str body, pv_val *ret)
{
	pv_val status;
	review v;
	int r = begin(cx, api, body, &v);

	if (r < 0)
		return r;
	r = mutating ? mutate(&v, ret) : validate(&v, ret);
	if (r != -PV_EFORBIDDEN && r != -PV_EINVALID)
		return r;
	status = pv_api_status(cx->arena, cx->err);
	(void)pv_recover(cx);
	*ret = answer(&v, &status, NULL);
	return 0;
}

static int
reply(pv_ctx *cx, pv_http_req *req, pv_api *api, bool mutating)
{
	const pv_attributes what = {"post", "", "", "", "", "", pv_http_path(req), NULL};
	pv_val whole;
	int r = pv_auth_impersonate(cx, pv_api_auth(api),
				    req); /* the routes are anonymous: nobody did it before */

	if (r == 0)
		r = pv_auth_check(cx, pv_api_auth(api), &what);
	if (r == 0)
		r = webhook_judge(cx, api, mutating, pv_http_body(req), &whole);
	if (r == 0)
		pv_http_reply(req, 200, "application/json", pv_str_of(pv_json_text(cx->arena, &whole)), NULL,
			      NULL);
	return r;
}

int
webhook_validate(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	return reply(cx, req, api, false);
}

int
webhook_mutate(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	return reply(cx, req, api, true);
}
