/* What a webhook answered (apiserver webhook/request/admissionreview.go, webhook/errors). */
#include "base/str.h"
#include "core/admission/webhook/webhook.h"
#include "lang/json/json.h"

#define PATCH_LIMIT (3u << 20)
#define WARNING 256 /* bytes of one, as the documentation asks for */

static bool
is_given(const pv_val *v)
{
	return v && !pv_is(v, PV_NULL);
}

/* An answer to v1beta1 may leave out what it is, whose, and of what type its patch is. */
static bool
is_beta(const pv_val *asked)
{
	return pv_streq(pv_text(pv_get(asked, "apiVersion"), ""), "admission.k8s.io/v1beta1");
}

static int
read_patch(pv_ctx *cx, const pv_val *response, webhook_answer *ret)
{
	const pv_val *patch = pv_get(response, "patch");
	uint8_t *text;
	size_t len;

	if (!pv_strv(patch).len)
		return 0;
	text = pv_unbase64(cx->arena, pv_strv(patch), false, &len);
	if (!text || len > PATCH_LIMIT)
		return pv_fail(cx, PV_EINTERNAL, "webhook returned a response.patch that is %s",
			       text ? "over the limit of 3 MiB" : "no base64");
	if (pv_json_parse(cx, (pv_str){(const char *)text, len}, NULL, &ret->patch) < 0)
		return -PV_EINTERNAL;
	if (is_given(ret->patch) && !pv_is(ret->patch, PV_LIST))
		return pv_fail(cx, PV_EINTERNAL,
			       "webhook returned a response.patch that is no list of operations");
	return 0;
}

/* Both of patch and patchType, or neither. */
static int
check_patch_type(pv_ctx *cx, const pv_val *response)
{
	const pv_val *type = pv_get(response, "patchType");
	bool patch = pv_strv(pv_get(response, "patch")).len;

	if (!patch && is_given(type))
		return pv_fail(cx, PV_EINTERNAL,
			       "webhook returned response.patchType but not response.patch");
	if (patch && !is_given(type))
		return pv_fail(cx, PV_EINTERNAL,
			       "webhook returned response.patch but not response.patchType");
	if (patch && !pv_streq(pv_text(type, ""), "JSONPatch"))
		return pv_fail(cx, PV_EINTERNAL, "webhook returned invalid response.patchType of \"%.*s\"",
			       PV_CLIP(pv_text(type, "")));
	return 0;
}

/* What v1 asks of a response, and v1beta1 did not. */
static int
check_response(pv_ctx *cx, const pv_val *response, const char *uid, bool mutating)
{
	if (!pv_streq(pv_text(pv_get(response, "uid"), ""), uid))
		return pv_fail(cx, PV_EINTERNAL, "expected response.uid=\"%s\", got \"%.*s\"", uid,
			       PV_CLIP(pv_text(pv_get(response, "uid"), "")));
	if (mutating)
		return check_patch_type(cx, response);
	if (pv_strv(pv_get(response, "patch")).len)
		return pv_fail(cx, PV_EINTERNAL, "validating webhook may not return response.patch");
	if (is_given(pv_get(response, "patchType")))
		return pv_fail(cx, PV_EINTERNAL, "validating webhook may not return response.patchType");
	return 0;
}

static void
read_warnings(pv_ctx *cx, const pv_val *response, webhook_answer *ret)
{
	const pv_val *list = pv_get(response, "warnings");
	const char **texts = pv_new_array(cx->arena, const char *, pv_count(list) + 1);

	for (size_t i = 0; i < pv_count(list); i++) {
		pv_str text = pv_str_clip(pv_text(pv_item(list, i), ""), WARNING);

		texts[ret->n_warnings++] = pv_strndup(cx->arena, text.s, text.len);
	}
	ret->warnings = texts;
}

static int
read_response(pv_ctx *cx, const pv_val *asked, const pv_val *response, bool mutating, webhook_answer *ret)
{
	const char *uid = pv_text_at(asked, "request.uid", "");

	if (!is_given(response))
		return pv_fail(cx, PV_EINTERNAL, "webhook response was absent");
	if (!is_beta(asked) && check_response(cx, response, uid, mutating) < 0)
		return -PV_EINTERNAL;
	ret->allowed = pv_truth(pv_get(response, "allowed"), false);
	ret->status = pv_get(response, "status");
	ret->notes = pv_get(response, "auditAnnotations");
	read_warnings(cx, response, ret);
	return mutating ? read_patch(cx, response, ret) : 0;
}

int
webhook_read(pv_ctx *cx, const pv_val *asked, const pv_val *review, bool mutating, webhook_answer *ret)
{
	const char *wanted = pv_text(pv_get(asked, "apiVersion"), ""),
		   *version = pv_text(pv_get(review, "apiVersion"), ""),
		   *kind = pv_text(pv_get(review, "kind"), "");
	bool beta = is_beta(asked);
	int r;

	version = *version ? version : beta ? wanted : "/";
	kind = *kind || !beta ? kind : "AdmissionReview";
	*ret = (webhook_answer){0};
	if (!pv_streq(version, wanted) || !pv_streq(kind, "AdmissionReview"))
		r = pv_fail(cx, PV_EINTERNAL,
			    "expected webhook response of %s, Kind=AdmissionReview, got %.*s, Kind=%.*s",
			    wanted, PV_CLIP(version), PV_CLIP(kind));
	else if (webhook_check_types(cx, review) < 0)
		return -PV_EINTERNAL;
	else
		r = read_response(cx, asked, pv_get(review, "response"), mutating, ret);
	return r < 0 ? pv_wrap(cx, r, "received invalid webhook response") : 0;
}

/* What the webhook says besides is the client's. */
static void
pass_details(pv_ctx *cx, const pv_val *details)
{
	const pv_val *causes = pv_get(details, "causes");

	cx->err->retry_after = (int)pv_i64(pv_get(details, "retryAfterSeconds"), 0);
	for (size_t i = 0; i < pv_count(causes); i++) {
		const pv_val *one = pv_item(causes, i);

		pv_add_cause(cx, pv_strdup(cx->arena, pv_text(pv_get(one, "reason"), "")),
			     pv_strdup(cx->arena, pv_text(pv_get(one, "field"), "")), "%s",
			     pv_text(pv_get(one, "message"), ""));
	}
}

int
webhook_refuse(pv_ctx *cx, const char *name, const pv_val *status)
{
	const char *message = pv_text(pv_get(status, "message"), ""),
		   *reason = pv_text(pv_get(status, "reason"), "");
	const char *why = message[0] ? message : reason;
	int64_t code = pv_i64(pv_get(status, "code"), 0);
	int r;

	if (code < 400 || code > 599)
		code = 400;
	r = pv_fail(cx, pv_code_of_http((int)code), "admission webhook \"%s\" denied the request%s%s", name,
		    why[0] ? ": " : " without explanation", why);
	cx->err->status = (int)code;
	cx->err->reason = pv_strdup(cx->arena, reason);
	pass_details(cx, pv_get(status, "details"));
	return r;
}
