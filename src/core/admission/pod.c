/* What a Pod names must be there when it is made: its account and its priority class (upstream
 * plugin/pkg/admission/serviceaccount and priority). */
#include "base/str.h"
#include "core/admission/pod.h"
#include "core/api/api.h"

#define CLASS "scheduling.k8s.io/PriorityClass"

static bool
is_new_pod(const pv_admit *admit)
{
	return pv_streq(admit->resource->type, "/Pod") && admit->operation == PV_OP_CREATE &&
	       !admit->subresource[0];
}

/* What a controller tries dry may be made just before it in the same sync. */
static bool
is_prediction(const pv_admit *admit)
{
	return admit->dry_run && admit->identity->internal;
}

/* ---- priority ---- */

static const pv_val *
class_named(pv_ctx *cx, const pv_admit *admit, const char *name)
{
	const pv_rec *rec = pv_store_find(cx, pv_api_store(admit->serving), &(pv_key){CLASS, "", name});

	return rec ? pv_rec_val(rec) : NULL;
}

static int
usual_class(pv_ctx *cx, const pv_admit *admit, const pv_val **ret)
{
	pv_store *store = pv_api_store(admit->serving);
	pv_list_query query = {.type = CLASS};
	pv_listing all = {0};
	int r = pv_store_count(store, query.type) ? pv_store_list(cx, store, &query, &all) : 0;

	*ret = NULL;
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const pv_val *one = pv_rec_val(all.recs[i]);

		if (pv_truth(pv_get(one, "globalDefault"), false) &&
		    (!*ret || pv_i64(pv_get(one, "value"), 0) < pv_i64(pv_get(*ret, "value"), 0)))
			*ret = one;
	}
	return r;
}

static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	const char *name = is_new_pod(admit) ? pv_text_at(admit->object, "spec.priorityClassName", "") : NULL;
	const pv_val *class = NULL;
	pv_val v;
	int r = 0;

	if (!name)
		return 0;
	if (*name)
		class = class_named(cx, admit, name);
	else
		r = usual_class(cx, admit, &class);
	v = *admit->object;
	if (!pv_i64_at(&v, "spec.priority", 0)) /* else validate() compares what was sent */
		v = pv_with_at(cx->arena, &v, "spec.priority", pv_int(pv_i64(pv_get(class, "value"), 0)));
	if (class) {
		v = pv_with_at(cx->arena, &v, "spec.priorityClassName", *pv_at(class, "metadata.name"));
		if (pv_get(class, "preemptionPolicy"))
			v = pv_with_at(cx->arena, &v, "spec.preemptionPolicy",
				       *pv_get(class, "preemptionPolicy"));
	}
	admit->object = pv_eq(&v, admit->object) ? admit->object : pv_box(cx->arena, v);
	return r;
}

/* ---- what is not there ---- */

static void
deny(pv_vec *denials, const char *message)
{
	pv_denial *d = pv_vec_add(denials);

	d->message = message;
	d->reason = "Forbidden";
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const char *class, *account;
	int64_t sent, computed;
	bool known;

	if (!is_new_pod(admit) || is_prediction(admit))
		return 0;
	class = pv_text_at(admit->object, "spec.priorityClassName", "");
	account = pv_text_at(admit->object, "spec.serviceAccountName", "");
	known = !*class || class_named(cx, admit, class);
	if (!known)
		deny(denials, pv_printf(cx->arena, "no PriorityClass with name %s was found", class));
	sent = pv_i64_at(admit->object, "spec.priority", 0);
	computed = *class ? pv_i64(pv_get(class_named(cx, admit, class), "value"), 0) : 0;
	if (known && sent != computed)
		deny(denials,
		     pv_printf(
			     cx->arena,
			     "the integer value of priority (%lld) must not be provided in pod spec; priority "
			     "admission controller computed %lld from the given PriorityClass name",
			     (long long)sent, (long long)computed));
	/* Every namespace has its "default", if a moment later than itself. */
	if (*account && !pv_streq(account, "default") &&
	    !pv_store_find(cx, pv_api_store(admit->serving),
			   &(pv_key){"/ServiceAccount", admit->ns, account}))
		deny(denials,
		     pv_printf(cx->arena,
			       "error looking up service account %s/%s: serviceaccount \"%s\" not found",
			       admit->ns, account, account));
	return 0;
}

/* The classes of every cluster are there for good. */
static int
validate_class(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	if (pv_streq(admit->resource->type, CLASS) && admit->operation == PV_OP_DELETE &&
	    pv_starts_with(admit->name, "system-"))
		deny(denials, "this is a system priority class and cannot be deleted");
	(void)cx;
	return 0;
}

const pv_admission class_admission = {.name = "priority-class", .validate = validate_class};
const pv_admission pod_admission = {.name = "pod", .mutate = mutate, .validate = validate};
