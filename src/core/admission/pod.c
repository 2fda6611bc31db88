/* The priority class of a new Pod (upstream plugin/pkg/admission/priority). */
#include "base/str.h"
#include "core/admission/pod.h"
#include "core/api/api.h"

#define CLASS "scheduling.k8s.io/PriorityClass"

bool
pod_is_update(const pv_admit *admit)
{
	return pv_streq(admit->resource->type, "/Pod") && admit->operation == PV_OP_UPDATE &&
	       !admit->subresource[0];
}

bool
pod_is_new(const pv_admit *admit)
{
	return pv_streq(admit->resource->type, "/Pod") && admit->operation == PV_OP_CREATE &&
	       !admit->subresource[0];
}

bool
pod_is_prediction(const pv_admit *admit)
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

static pv_val
preemption_of(const pv_val *class)
{
	return pv_string_ref(pv_text_at(class, "preemptionPolicy", "PreemptLowerPriority"));
}

/* What an update says nothing of stays. */
static void
keep_values(pv_ctx *cx, pv_admit *admit)
{
	static const char *const kept[] = {"spec.priority", "spec.preemptionPolicy"};

	for (size_t i = 0; i < PV_LEN(kept); i++) {
		const pv_val *was = pv_at(admit->old, kept[i]);

		if (was && !pv_at(admit->object, kept[i]))
			admit->object =
				pv_box(cx->arena, pv_with_at(cx->arena, admit->object, kept[i], *was));
	}
}

static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	const char *name = pod_is_new(admit) ? pv_text_at(admit->object, "spec.priorityClassName", "") : NULL;
	const pv_val *class = NULL;
	pv_val v;
	int r = 0;

	if (pod_is_update(admit))
		keep_values(cx, admit);
	if (!name)
		return 0;
	if (*name)
		class = class_named(cx, admit, name);
	else
		r = usual_class(cx, admit, &class);
	v = *admit->object;
	if (!pv_i64_at(&v, "spec.priority", 0)) /* else validate() compares what was sent */
		v = pv_with_at(cx->arena, &v, "spec.priority", pv_int(pv_i64(pv_get(class, "value"), 0)));
	if (class)
		v = pv_with_at(cx->arena, &v, "spec.priorityClassName", *pv_at(class, "metadata.name"));
	if (!pv_at(&v, "spec.preemptionPolicy"))
		v = pv_with_at(cx->arena, &v, "spec.preemptionPolicy", preemption_of(class));
	admit->object = pv_eq(&v, admit->object) ? admit->object : pv_box(cx->arena, v);
	return r;
}

/* ---- what is not there ---- */

void
pod_deny(pv_vec *denials, const char *message)
{
	pv_denial *d = pv_vec_add(denials);

	d->message = message;
	d->reason = "Forbidden";
}

/* What was sent is what the class says, or the answer says which. */
static void
check_values(pv_ctx *cx, const pv_val *pod, const pv_val *class, pv_vec *denials)
{
	static const char tail[] = "must not be provided in pod spec; priority admission controller computed";
	int64_t sent = pv_i64_at(pod, "spec.priority", 0), value = pv_i64(pv_get(class, "value"), 0);
	pv_val policy = preemption_of(class);
	const char *asked = pv_text_at(pod, "spec.preemptionPolicy", policy.s);

	if (sent != value)
		pod_deny(denials, pv_printf(cx->arena,
					    "the integer value of priority (%lld) %s %lld from the given "
					    "PriorityClass name",
					    (long long)sent, tail, (long long)value));
	if (!pv_streq(asked, policy.s))
		pod_deny(
			denials,
			pv_printf(
				cx->arena,
				"the string value of PreemptionPolicy (%s) %s %s from the given PriorityClass "
				"name",
				asked, tail, policy.s));
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const pv_val *class;
	const char *name;

	if (!pod_is_new(admit) || pod_is_prediction(admit))
		return 0;
	name = pv_text_at(admit->object, "spec.priorityClassName", "");
	class = *name ? class_named(cx, admit, name) : NULL;
	if (*name && !class)
		pod_deny(denials, pv_printf(cx->arena, "no PriorityClass with name %s was found", name));
	else
		check_values(cx, admit->object, class, denials);
	return 0;
}

/* The classes of every cluster are there for good. */
static int
validate_class(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	if (pv_streq(admit->resource->type, CLASS) && admit->operation == PV_OP_DELETE &&
	    pv_starts_with(admit->name, "system-"))
		pod_deny(denials, "this is a system priority class and cannot be deleted");
	(void)cx;
	return 0;
}

const pv_admission class_admission = {.name = "priority-class", .validate = validate_class};
const pv_admission pod_admission = {.name = "pod", .mutate = mutate, .validate = validate};
