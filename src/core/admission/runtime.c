/* What a new Pod tolerates of its node, and what its RuntimeClass adds to it (upstream
 * plugin/pkg/admission/defaulttolerationseconds and runtimeclass). */
#include "base/str.h"
#include "core/admission/pod.h"
#include "core/api/api.h"

#define CLASS "node.k8s.io/RuntimeClass"
#define PATIENCE 300 /* seconds on a node that is not ready, or not reached */

/* ---- tolerations ---- */

static bool
tolerates(const pv_val *tolerations, const char *taint)
{
	for (size_t i = 0; i < pv_count(tolerations); i++) {
		const pv_val *one = pv_item(tolerations, i);
		const char *key = pv_text_at(one, "key", ""), *effect = pv_text_at(one, "effect", "");

		if ((!*key || pv_streq(key, taint)) && (!*effect || pv_streq(effect, "NoExecute")))
			return true;
	}
	return false;
}

static pv_val
with_patience(pv_arena *arena, const pv_val *pod)
{
	static const char *const taints[] = {"node.kubernetes.io/not-ready",
					     "node.kubernetes.io/unreachable"};
	const pv_val *have = pv_at(pod, "spec.tolerations");
	pv_listb more;
	pv_val all;

	pv_listb_init(&more, arena);
	for (size_t i = 0; i < PV_LEN(taints); i++) {
		pv_objb b;

		if (tolerates(have, taints[i]))
			continue;
		pv_objb_init(&b, arena);
		pv_objb_puts(&b, "key", taints[i]);
		pv_objb_puts(&b, "operator", "Exists");
		pv_objb_puts(&b, "effect", "NoExecute");
		pv_objb_put(&b, "tolerationSeconds", pv_int(PATIENCE));
		pv_listb_add(&more, pv_objb_end(&b));
	}
	all = pv_listb_end(&more);
	return pv_count(&all) ? pv_with_at(arena, pod, "spec.tolerations", pv_list_union(arena, have, &all))
			      : *pod;
}

/* ---- RuntimeClass ---- */

static const pv_val *
class_of(pv_ctx *cx, const pv_admit *admit, const char **ret_name)
{
	const pv_rec *rec;

	*ret_name = pv_text_at(admit->object, "spec.runtimeClassName", "");
	if (!**ret_name)
		return NULL;
	rec = pv_store_find(cx, pv_api_store(admit->serving), &(pv_key){CLASS, "", *ret_name});
	return rec ? pv_rec_val(rec) : NULL;
}

static pv_val
with_class(pv_arena *arena, const pv_val *pod, const pv_val *class)
{
	const pv_val *overhead = pv_at(class, "overhead.podFixed"),
		     *where = pv_at(class, "scheduling.nodeSelector"),
		     *more = pv_at(class, "scheduling.tolerations");
	pv_val v = *pod;
	pv_objb b;

	if (overhead && !pv_at(pod, "spec.overhead"))
		v = pv_with_at(arena, &v, "spec.overhead", *overhead);
	if (pv_count(where)) {
		pv_objb_from(&b, arena, pv_at(pod, "spec.nodeSelector"));
		for (size_t i = 0; i < pv_member_count(where); i++)
			if (!pv_getv(pv_at(pod, "spec.nodeSelector"), &where->members[i].key))
				pv_objb_putv(&b, where->members[i].key, where->members[i].val);
		v = pv_with_at(arena, &v, "spec.nodeSelector", pv_objb_end(&b));
	}
	if (pv_count(more))
		v = pv_with_at(arena, &v, "spec.tolerations",
			       pv_list_union(arena, pv_at(&v, "spec.tolerations"), more));
	return v;
}

static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	const pv_val *class;
	const char *name;
	pv_val v;

	if (pod_is_update(admit))
		admit->object = pv_box(cx->arena, with_patience(cx->arena, admit->object));
	if (!pod_is_new(admit))
		return 0;
	v = with_patience(cx->arena, admit->object);
	class = class_of(cx, admit, &name);
	if (class)
		v = with_class(cx->arena, &v, class);
	admit->object = pv_box(cx->arena, v);
	return 0;
}

static void
check_place(pv_ctx *cx, const pv_val *pod, const pv_val *class, pv_vec *denials)
{
	const pv_val *where = pv_at(class, "scheduling.nodeSelector"),
		     *wanted = pv_at(pod, "spec.nodeSelector");

	for (size_t i = 0; i < pv_member_count(where); i++) {
		const char *key = pv_text(&where->members[i].key, ""),
			   *mine = pv_text(&where->members[i].val, ""),
			   *theirs = pv_text(pv_get(wanted, key), "");

		if (!pv_streq(mine, theirs))
			pod_deny(denials, pv_printf(cx->arena,
						    "conflict: runtimeClass.scheduling.nodeSelector[%s] = "
						    "%s; pod.spec.nodeSelector[%s] = %s",
						    key, mine, key, theirs));
	}
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const pv_val *class, *has, *wants;
	const char *name;

	if (!pod_is_new(admit) || pod_is_prediction(admit))
		return 0;
	class = class_of(cx, admit, &name);
	has = pv_at(admit->object, "spec.overhead");
	wants = pv_at(class, "overhead.podFixed");
	if (*name && !class)
		pod_deny(denials, pv_printf(cx->arena, "pod rejected: RuntimeClass \"%s\" not found", name));
	else if (has && !wants)
		pod_deny(denials, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined "
				  "Overhead");
	else if (has && !pv_eq(has, wants))
		pod_deny(denials,
			 "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
	check_place(cx, admit->object, class, denials);
	return 0;
}

const pv_admission runtime_admission = {.name = "pod-runtime", .mutate = mutate, .validate = validate};
