#include "governance/gatekeeper/review.h"

#include <string.h>

#include "base/str.h"
#include "core/admission/request.h"
#include "governance/gatekeeper/match.h"

/* ---- requests ---- */

static pv_val
triple(pv_ctx *cx, const char *group, const char *version, const char *key, const char *value)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "group", group);
	pv_objb_puts(&b, "version", version);
	pv_objb_puts(&b, key, value);
	return pv_objb_end(&b);
}

/* As Go writes an admission/v1 AdmissionRequest in which only the object is known. */
gk_review
gk_review_of(pv_ctx *cx, const pv_val *object, const char *source, const pv_val *space)
{
	const char *api = pv_text_at(object, "apiVersion", ""),
		   *ns = pv_text_at(object, "metadata.namespace", "");
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "uid", "");
	pv_objb_put(&b, "kind",
		    triple(cx, gk_group(cx->arena, api), gk_version(api), "kind",
			   pv_text_at(object, "kind", "")));
	pv_objb_put(&b, "resource", triple(cx, "", "", "resource", ""));
	if (*pv_text_at(object, "metadata.name", ""))
		pv_objb_puts(&b, "name", pv_text_at(object, "metadata.name", ""));
	if (*ns)
		pv_objb_puts(&b, "namespace", ns);
	pv_objb_puts(&b, "operation", "");
	pv_objb_put(&b, "userInfo", pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	pv_objb_put(&b, "object", *object);
	pv_objb_put(&b, "oldObject", pv_null());
	pv_objb_put(&b, "options", pv_null());
	return (gk_review){.request = pv_box(cx->arena, pv_objb_end(&b)),
			   .object = object,
			   .space = space,
			   .source = source,
			   .operation = ""};
}

static const pv_val *
present(const pv_val *v)
{
	return v && v->type != PV_NULL ? v : NULL;
}

/* What a request leaves out is there all the same, as Go's zero values. */
static pv_val
filled(pv_ctx *cx, const pv_val *request)
{
	static const char *const texts[] = {"uid", "operation"}, *const nulls[] = {"object", "oldObject",
										   "options"};
	pv_objb b;

	pv_objb_from(&b, cx->arena, request);
	for (size_t i = 0; i < PV_LEN(texts); i++)
		if (!pv_get(request, texts[i]))
			pv_objb_puts(&b, texts[i], "");
	for (size_t i = 0; i < PV_LEN(nulls); i++)
		if (!pv_get(request, nulls[i]))
			pv_objb_put(&b, nulls[i], pv_null());
	if (!pv_get(request, "kind"))
		pv_objb_put(&b, "kind", triple(cx, "", "", "kind", ""));
	if (!pv_get(request, "resource"))
		pv_objb_put(&b, "resource", triple(cx, "", "", "resource", ""));
	if (!pv_get(request, "userInfo"))
		pv_objb_put(&b, "userInfo", pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	return pv_objb_end(&b);
}

static int
check_known(pv_ctx *cx, const pv_val *request)
{
	static const char *const known[] = {"uid",
					    "kind",
					    "resource",
					    "subResource",
					    "requestKind",
					    "requestResource",
					    "requestSubResource",
					    "name",
					    "namespace",
					    "operation",
					    "userInfo",
					    "object",
					    "oldObject",
					    "dryRun",
					    "options"};

	for (size_t i = 0; i < pv_member_count(request); i++) {
		const char *key = pv_text(&request->members[i].key, "");
		bool fine = false;

		for (size_t k = 0; k < PV_LEN(known); k++)
			fine = fine || pv_streq(known[k], key);
		if (!fine)
			return pv_fail(
				cx, PV_EINVALID,
				"not a valid AdmissionReview object: unable to convert to an AdmissionReview "
				"object, error: strict decoding error: unknown field \"request.%s\"",
				key);
	}
	return 0;
}

static int
check_kind(pv_ctx *cx, const pv_val *object)
{
	if (!object || *pv_text_at(object, "kind", ""))
		return 0;
	return pv_fail(
		cx, PV_EINVALID,
		"object or oldObject cannot be unmarshalled: Object 'Kind' is missing in the object of the "
		"request");
}

int
gk_review_request(pv_ctx *cx, const pv_val *admission_review, gk_review *ret)
{
	const pv_val *request = present(pv_get(admission_review, "request"));
	const pv_val *object = present(pv_get(request, "object")),
		     *old = present(pv_get(request, "oldObject"));
	const char *operation = pv_text_at(request, "operation", "");
	pv_val whole;
	int r;

	if (!request)
		return pv_fail(cx, PV_EINVALID,
			       "missing an AdmissionRequest object: request did not actually pass in an "
			       "AdmissionRequest");
	r = check_known(cx, request);
	if (r == 0 && !object && !old)
		r = pv_fail(cx, PV_EINVALID,
			    "no object or oldObject found to review: AdmissionRequest does not contain an "
			    "\"object\" or \"oldObject\" to review");
	if (r == 0)
		r = check_kind(cx, object);
	if (r == 0)
		r = check_kind(cx, old);
	if (r == 0 && pv_streq(operation, "DELETE") && !old)
		r = pv_fail(cx, PV_EINVALID, "oldObject cannot be nil for DELETE operations");
	if (r < 0)
		return r;
	whole = filled(cx, request);
	if (pv_streq(operation, "DELETE")) {
		object = NULL;
		whole = pv_with(cx->arena, &whole, "object", *old);
	}
	*ret = (gk_review){.request = pv_box(cx->arena, whole),
			   .object = object,
			   .old = old,
			   .source = "Original",
			   .operation = operation};
	return 0;
}

gk_review
gk_review_admit(pv_ctx *cx, const pv_admit *admit, const pv_val *space)
{
	static const char *const operations[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};
	pv_val request = pv_admission_request(cx, admit);

	if (admit->operation == PV_OP_DELETE && admit->old)
		request = pv_with(cx->arena, &request, "object", *admit->old);
	if (pv_streq(admit->resource->type, "/Namespace")) /* Gatekeeper's rules see it in none */
		request = pv_without(cx->arena, &request, "namespace");
	return (gk_review){.request = pv_box(cx->arena, request),
			   .object = admit->operation == PV_OP_DELETE ? NULL : admit->object,
			   .old = admit->old,
			   .space = space,
			   .source = "Original",
			   .operation = operations[admit->operation]};
}

/* ---- data.inventory ---- */

static gk_place
place_of(const pv_val *object, size_t order)
{
	const char *ns = pv_text_at(object, "metadata.namespace", ""),
		   *api = pv_text_at(object, "apiVersion", ""), *kind = pv_text_at(object, "kind", ""),
		   *name = pv_text_at(object, "metadata.name", "");

	if (*ns)
		return (gk_place){{"namespace", ns, api, kind, name}, 5, order, object};
	return (gk_place){{"cluster", api, kind, name, ""}, 4, order, object};
}

static int
by_path(const void *a, const void *b)
{
	const gk_place *x = a, *y = b;

	for (size_t i = 0; i < GK_PLACE_MOST; i++) {
		int order = strcmp(x->path[i], y->path[i]);

		if (order)
			return order;
	}
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Sorted places [from, to) that are the same up to depth. */
static pv_val
tree(pv_arena *arena, const gk_place *places, size_t from, size_t to, size_t depth)
{
	pv_objb b;

	if (depth == places[from].n)
		return *places[to - 1].object;
	pv_objb_init(&b, arena);
	for (size_t i = from, end; i < to; i = end) {
		for (end = i + 1; end < to && pv_streq(places[end].path[depth], places[i].path[depth]);)
			end++;
		pv_objb_add(&b, pv_string(arena, places[i].path[depth]),
			    tree(arena, places, i, end, depth + 1));
	}
	return pv_objb_end(&b);
}

const pv_val *
gk_inventory_at(pv_arena *arena, pv_vec *places)
{
	pv_objb b;

	if (!places->len)
		return NULL;
	pv_vec_sort(places, by_path);
	pv_objb_init(&b, arena);
	pv_objb_put(&b, "inventory", tree(arena, places->data, 0, places->len, 0));
	return pv_box(arena, pv_objb_end(&b));
}

const pv_val *
gk_inventory(pv_ctx *cx, pv_arena *arena, const pv_vec *objects)
{
	pv_vec places;

	pv_vec_init(&places, cx->arena, sizeof(gk_place));
	for (size_t i = 0; i < objects->len; i++) {
		gk_place p = place_of(*PV_AT(const pv_val *, objects, i), i);

		pv_vec_push(&places, &p);
	}
	return gk_inventory_at(arena, &places);
}

const pv_val *
gk_inventory_namespace(const pv_val *data, const char *name)
{
	return pv_get(pv_at(data, "inventory.cluster.v1.Namespace"), name);
}
