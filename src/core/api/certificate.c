/* certificate: CertificateSigningRequests say who made them, and each of their subresources writes
 * its own part.  Rules and words: k8s.io/kubernetes/pkg/registry/certificates/certificates and
 * pkg/apis/certificates/validation. */
#include "base/time.h"
#include "core/api/builtin.h"
#include "core/kinds/kinds.h"

#define CONDITIONS "status.conditions"

/* It is what every approver and signer goes by, so nobody else says it. */
static pv_val
with_requester(pv_ctx *cx, const pv_val *object)
{
	static const char *const parts[] = {"username", "uid", "groups", "extra"};
	pv_val who = pv_auth_user_info(cx->arena, pv_auth_identity(cx)), spec = *pv_get(object, "spec");

	for (size_t i = 0; i < PV_LEN(parts); i++) {
		const pv_val *v = pv_get(&who, parts[i]);

		spec = v ? pv_with(cx->arena, &spec, parts[i], *v) : pv_without(cx->arena, &spec, parts[i]);
	}
	return pv_with(cx->arena, object, "spec", spec);
}

/* ---- conditions ---- */

static const pv_val *
condition_like(const pv_val *list, const pv_val *like)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "type", ""), pv_text_at(like, "type", "")) &&
		    pv_streq(pv_text_at(pv_item(list, i), "status", ""), pv_text_at(like, "status", "")))
			return pv_item(list, i);
	return NULL;
}

/* Times that nobody gave: of what is as it was, the old one. */
static pv_val
with_times(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const pv_val *list = pv_at(object, CONDITIONS), *old = pv_at(w->old, CONDITIONS);
	const char *now = pv_time_format(cx->arena, w->now);
	pv_listb b;

	if (!pv_is(list, PV_LIST))
		return *object;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		pv_val one = *pv_item(list, i);
		const pv_val *was = condition_like(old, &one);

		if (pv_is(&one, PV_OBJECT) && !pv_text_at(&one, "lastUpdateTime", "")[0])
			one = pv_with(cx->arena, &one, "lastUpdateTime", pv_string_ref(now));
		if (pv_is(&one, PV_OBJECT) && !pv_text_at(&one, "lastTransitionTime", "")[0])
			one = pv_with(cx->arena, &one, "lastTransitionTime",
				      pv_string_ref(pv_text_at(was, "lastTransitionTime", now)));
		pv_listb_add(&b, one);
	}
	return pv_with_at(cx->arena, object, CONDITIONS, pv_listb_end(&b));
}

int
certificate_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const pv_val *spec = pv_get(w->old, "spec");
	pv_val v = **object;

	if (w->operation == PV_OP_CREATE) {
		if (pv_is(pv_get(&v, "spec"), PV_OBJECT)) /* else the schema says so */
			v = with_requester(cx, &v);
	} else {
		v = spec ? pv_with(cx->arena, &v, "spec", *spec) : pv_without(cx->arena, &v, "spec");
		if (w->sub[0])
			v = with_times(cx, w, &v);
	}
	*object = pv_box(cx->arena, v);
	return 0;
}

/* ---- what an update may not do ---- */

static pv_val
of_type(pv_ctx *cx, const pv_val *object, const char *type)
{
	const pv_val *list = pv_at(object, CONDITIONS);
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "type", ""), type))
			pv_listb_add(&b, *pv_item(list, i));
	return pv_listb_end(&b);
}

static void
check_conditions(pv_ctx *cx, const write_op *w, const pv_val *object, pv_vec *causes)
{
	static const char *const types[] = {"Approved", "Denied", "Failed"}; /* the first two: by approval */
	bool approves = pv_streq(w->sub, "approval");

	for (size_t i = 0; i < PV_LEN(types); i++) {
		pv_val was = of_type(cx, w->old, types[i]), is = of_type(cx, object, types[i]);
		const char *what = NULL;

		if (pv_count(&is) < pv_count(&was))
			what = "remove";
		else if (approves || i == 2)
			continue;
		else if (pv_count(&is) > pv_count(&was))
			what = "add";
		else if (!pv_eq(&is, &was))
			what = "modify";
		if (what)
			api_cause(cx, causes, "FieldValueForbidden", CONDITIONS,
				  "Forbidden: updates may not %s a condition of type \"%s\"", what, types[i]);
	}
}

void
certificate_judge(pv_ctx *cx, const write_op *w, const pv_val *object, pv_vec *causes)
{
	const char *was = pv_text_at(w->old, "status.certificate", ""),
		   *is = pv_text_at(object, "status.certificate", "");

	if (!w->old)
		return;
	check_conditions(cx, w, object, causes);
	if (!pv_streq(was, is) && !pv_streq(w->sub, "status"))
		api_cause(cx, causes, "FieldValueForbidden", "status.certificate",
			  "Forbidden: updates may not set certificate content");
	else if (!pv_streq(was, is) && *was)
		api_cause(cx, causes, "FieldValueForbidden", "status.certificate",
			  "Forbidden: updates may not modify existing certificate content");
}
