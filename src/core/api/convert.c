/* Objects as another version of their kind.  Without a webhook this is core/resource's; with one
 * all objects of an answer go out in one ConversionReview (apiextensions.k8s.io/v1; upstream
 * pkg/apiserver/conversion/webhook_converter.go).  No lock is held meanwhile. */
#include "base/time.h"
#include "core/admission/webhook/webhook.h"
#include "core/api/impl.h"
#include "core/schema/node.h"
#include "lang/go/fmt.h"

#define PATIENCE (30 * PV_SEC)

bool
api_converts(const pv_resource *res)
{
	return res->crd && pv_streq(pv_text_at(res->crd, "spec.conversion.strategy", ""), "Webhook");
}

static const char *
version_of(const pv_val *object)
{
	return pv_text(pv_get(object, "apiVersion"), "");
}

static const char *
kind_of(pv_ctx *cx, const pv_val *object)
{
	return pv_printf(cx->arena, "%s, Kind=%s", version_of(object), pv_text(pv_get(object, "kind"), ""));
}

static const char *
review_version(pv_ctx *cx, const pv_resource *to)
{
	return pv_printf(cx->arena, "apiextensions.k8s.io/%s",
			 webhook_version(pv_at(to->crd, "spec.conversion.webhook.conversionReviewVersions")));
}

static pv_val
review_of(pv_ctx *cx, const pv_resource *to, const char *uid, const pv_vec *objects)
{
	pv_objb request, review;
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < objects->len; i++)
		pv_listb_add(&list, **PV_AT(const pv_val *, objects, i));
	pv_objb_init(&request, cx->arena);
	pv_objb_puts(&request, "uid", uid);
	pv_objb_puts(&request, "desiredAPIVersion", to->api_version);
	pv_objb_put(&request, "objects", pv_listb_end(&list));
	pv_objb_init(&review, cx->arena);
	pv_objb_puts(&review, "kind", "ConversionReview");
	pv_objb_puts(&review, "apiVersion", review_version(cx, to));
	pv_objb_put(&review, "request", pv_objb_end(&request));
	return pv_objb_end(&review);
}

/* ---- what comes back ---- */

static int
read_answer(pv_ctx *cx, const char *version, const pv_val *review, const char *uid,
	    const pv_val **ret_objects)
{
	const pv_val *response = pv_get(review, "response");
	const char *status = pv_text_at(response, "result.status", ""),
		   *why = pv_text_at(response, "result.message", "");

	if (!pv_streq(version_of(review), version) ||
	    !pv_streq(pv_text(pv_get(review, "kind"), ""), "ConversionReview"))
		return pv_fail(cx, PV_EINTERNAL,
			       "expected webhook response of %s, Kind=ConversionReview, got %s", version,
			       kind_of(cx, review));
	if (!response)
		return pv_fail(cx, PV_EINTERNAL, "no response provided");
	if (!pv_streq(pv_text(pv_get(response, "uid"), ""), uid))
		return pv_fail(cx, PV_EINTERNAL, "expected response.uid=\"%s\", got \"%.*s\"", uid,
			       PV_CLIP(pv_text(pv_get(response, "uid"), "")));
	if (!pv_streq(status, "Success") && why[0])
		return pv_fail(cx, PV_EINTERNAL, "%s", why);
	if (!pv_streq(status, "Success"))
		return pv_fail(cx, PV_EINTERNAL, "response.result.status was '%s', not 'Success'", status);
	*ret_objects = pv_get(response, "convertedObjects");
	return 0;
}

/* What names the object must come back as it was. */
static const char *
changed_identity(pv_ctx *cx, const pv_val *was, const pv_val *now)
{
	static const struct {
		const char *path, *words;
	} rows[] = {{"metadata.name", "name"}, {"metadata.namespace", "namespace"}, {"metadata.uid", "UID"}};

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *a = pv_text_at(was, rows[i].path, ""), *b = pv_text_at(now, rows[i].path, "");

		if (!pv_streq(a, b))
			return pv_printf(cx->arena, "must have the same %s: %s != %.*s", rows[i].words, a,
					 PV_CLIP(b));
	}
	return NULL;
}

/* That what the webhook changed can be labels, or annotations. */
static int
check_texts(pv_ctx *cx, const char *name, const pv_val *texts)
{
	bool labels = pv_streq(name, "labels");
	pv_vec causes;
	pv_faults faults = {.cx = cx, .causes = &causes};

	if (texts && !pv_is(texts, PV_OBJECT))
		return pv_fail(cx, PV_EINTERNAL, "metadata.%s must be a map, but is %s in converted object",
			       name, pv_go_type(texts));
	for (size_t i = 0; i < pv_member_count(texts); i++)
		if (!pv_is(&texts->members[i].val, PV_STRING))
			return pv_fail(cx, PV_EINTERNAL,
				       "metadata.%s[%.*s] must be a string, but is %s in converted object",
				       name, PV_CLIP(texts->members[i].key.s),
				       pv_go_type(&texts->members[i].val));
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	if (labels)
		pv_labels_check(&faults, texts, "metadata.labels");
	else
		pv_annotations_check(&faults, texts, "metadata.annotation");
	return causes.len ? pv_fail(cx, PV_EINTERNAL, "%s", api_causes_text(cx, &causes)) : 0;
}

/* Of metadata a webhook changes labels and annotations only. */
static int
with_metadata(pv_ctx *cx, const pv_val *was, const pv_val *now, const pv_val **ret)
{
	static const char *const free[] = {"labels", "annotations"};
	pv_val meta = pv_get(was, "metadata") ? *pv_get(was, "metadata")
					      : pv_object_of(cx->arena, NULL, 0, NULL, NULL);

	for (size_t i = 0; i < PV_LEN(free); i++) {
		const pv_val *v = meta_get(now, free[i]), *before = meta_get(was, free[i]);

		v = pv_is(v, PV_NULL) ? NULL : v;
		if (v && before && pv_eq(v, before))
			continue;
		if (check_texts(cx, free[i], v) < 0)
			return -PV_EINTERNAL;
		meta = v ? pv_with(cx->arena, &meta, free[i], *v) : pv_without(cx->arena, &meta, free[i]);
	}
	*ret = pv_box(cx->arena, pv_with(cx->arena, now, "metadata", meta));
	return 0;
}

static int
accept(pv_ctx *cx, const pv_resource *to, size_t i, const pv_val *was, const pv_val *now, const pv_val **ret)
{
	const char *from = kind_of(cx, was), *kind = pv_text(pv_get(now, "kind"), ""), *wrong;

	if (!pv_is(now, PV_OBJECT) || !pv_streq(version_of(now), to->api_version))
		return pv_fail(
			cx, PV_EINTERNAL,
			"conversion webhook for %s returned invalid object at index %zu: invalid groupVersion (expected %s, "
			"received %.*s)",
			from, i, to->api_version, PV_CLIP(version_of(now)));
	if (!pv_streq(kind, to->kind))
		return pv_fail(
			cx, PV_EINTERNAL,
			"conversion webhook for %s returned invalid object at index %zu: invalid kind (expected %s, received %.*s)",
			from, i, to->kind, PV_CLIP(kind));
	wrong = changed_identity(cx, was, now);
	if (wrong)
		return pv_fail(cx, PV_EINTERNAL, "conversion webhook for %s returned invalid object: %s",
			       from, wrong);
	if (with_metadata(cx, was, now, &now) < 0) {
		wrong = cx->err->message;
		(void)pv_recover(cx);
		return pv_fail(cx, PV_EINTERNAL, "conversion webhook for %s returned invalid metadata: %s",
			       from, wrong);
	}
	*ret = pv_resource_default(cx, to, pv_resource_prune(cx, to, now, NULL));
	return 0;
}

static int
ask(pv_ctx *cx, pv_api *api, const pv_resource *to, const pv_vec *objects, const pv_val **ret)
{
	const char *from = kind_of(cx, *PV_AT(const pv_val *, objects, 0)), *uid = pv_uuid(cx->arena), *why;
	webhook_target target = {.client = pv_at(to->crd, "spec.conversion.webhook.clientConfig"),
				 .timeout_ns = PATIENCE,
				 .timeout_in_url = true};
	pv_val review = review_of(cx, to, uid, objects);
	const pv_val *answer;
	int r = webhook_post(cx, api, &target, &review, &answer);

	if (r == 0)
		r = read_answer(cx, review_version(cx, to), answer, uid, ret);
	if (r < 0) {
		why = cx->err->message;
		(void)pv_recover(cx);
		return pv_fail(cx, PV_EINTERNAL, "conversion webhook for %s failed: %s", from, why);
	}
	if (pv_count(*ret) == objects->len)
		return 0;
	return pv_fail(cx, PV_EINTERNAL, "conversion webhook for %s returned %zu objects, expected %zu", from,
		       pv_count(*ret), objects->len);
}

int
api_convert_all(pv_ctx *cx, pv_api *api, const pv_resource *to, pv_vec *objects)
{
	const pv_val *answers = NULL;
	pv_vec wanting, places;
	int r;

	pv_vec_init(&wanting, cx->arena, sizeof(const pv_val *));
	pv_vec_init(&places, cx->arena, sizeof(const pv_val **));
	for (size_t i = 0; i < objects->len; i++) {
		const pv_val **at = PV_AT(const pv_val *, objects, i);

		if (pv_streq(version_of(*at), to->api_version))
			continue;
		if (!api_converts(to)) {
			*at = pv_resource_as(cx, to, *at);
			continue;
		}
		pv_vec_push(&wanting, at);
		pv_vec_push(&places, &at);
	}
	if (!wanting.len)
		return 0;
	r = ask(cx, api, to, &wanting, &answers);
	for (size_t i = 0; r == 0 && i < wanting.len; i++)
		r = accept(cx, to, i, *PV_AT(const pv_val *, &wanting, i), pv_item(answers, i),
			   *PV_AT(const pv_val **, &places, i));
	return r;
}

int
pv_api_convert(pv_ctx *cx, pv_api *api, const pv_resource *to, const pv_val *object, const pv_val **ret)
{
	pv_vec one;
	int r;

	pv_vec_init(&one, cx->arena, sizeof(const pv_val *));
	pv_vec_push(&one, &object);
	r = api_convert_all(cx, api, to, &one);
	if (r == 0)
		*ret = *PV_AT(const pv_val *, &one, 0);
	return r;
}
