/* ordinal: one Pod of a StatefulSet: its name, its claims, its revision.
 * Source: k8s.io/kubernetes/pkg/controller/statefulset/stateful_set_utils.go. */
#include "base/str.h"
#include "infrastructure/workloads/statefulset.h"

#define NAME_LABEL "statefulset.kubernetes.io/pod-name"
#define INDEX_LABEL "apps.kubernetes.io/pod-index"

int64_t
ordinal_of(pv_ctx *cx, const pv_val *set, const pv_val *pod)
{
	const char *prefix = pv_printf(cx->arena, "%s-", meta_name(set)), *name = meta_name(pod);
	int64_t n;

	if (!pv_starts_with(name, prefix) || !pv_parse_int(pv_str_of(name + pv_str_of(prefix).len), &n))
		return -1;
	return n;
}

/* ---- claims ---- */

static pv_val
claim_labels(struct set *s, const pv_val *tmpl)
{
	const pv_val *match = pv_at(s->object, "spec.selector.matchLabels");
	pv_objb b;

	pv_objb_from(&b, s->cx->arena, pv_at(tmpl, "metadata.labels"));
	for (size_t i = 0; i < pv_member_count(match); i++)
		pv_objb_putv(&b, match->members[i].key, match->members[i].val);
	return pv_objb_end(&b);
}

static void
make_claim(struct set *s, const pv_val *tmpl, const char *claim, pv_val owners)
{
	pv_arena *arena = s->cx->arena;
	pv_val meta = pv_with(arena, pv_get(tmpl, "metadata"), "name", pv_string(arena, claim)), object;

	meta = pv_with(arena, &meta, "namespace", pv_string(arena, meta_ns(s->object)));
	meta = pv_with(arena, &meta, "labels", claim_labels(s, tmpl));
	if (pv_count(&owners))
		meta = pv_with(arena, &meta, "ownerReferences", owners);
	object = pv_with(arena, tmpl, "metadata", meta);
	object = pv_with(arena, &object, "apiVersion", pv_string_ref("v1"));
	object = pv_with(arena, &object, "kind", pv_string_ref("PersistentVolumeClaim"));
	object = pv_without(arena, &object, "status");
	pv_plan_apply(s->cx, s->plan, pv_box(arena, object));
}

static bool
is_policy(const struct set *s, const char *when)
{
	const pv_val *policy = pv_at(s->object, "spec.persistentVolumeClaimRetentionPolicy");

	return pv_streq(pv_text(pv_get(policy, when), "Retain"), "Delete");
}

static bool
refers_to(const pv_val *ref, const pv_val *owner)
{
	return owner && pv_streq(pv_text_at(ref, "uid", ""), pv_text_at(owner, "metadata.uid", NULL));
}

/* Whose end is the claim's end, by the policy; others' references stay.  *ret_same: it is so. */
static pv_val
owners_of(struct set *s, const pv_val *claim, const pv_val *pod, bool condemned, bool *ret_same)
{
	bool with_pod = condemned && is_policy(s, "whenScaled"),
	     with_set = !with_pod && is_policy(s, "whenDeleted");
	const pv_val *wanted = with_pod ? pod : with_set ? s->object : NULL;
	const pv_val *refs = pv_at(claim, "metadata.ownerReferences");
	pv_listb b;

	pv_listb_init(&b, s->cx->arena);
	*ret_same = true;
	for (size_t i = 0; i < pv_count(refs); i++) {
		const pv_val *ref = pv_item(refs, i);

		if (refers_to(ref, wanted))
			wanted = NULL;
		else if (refers_to(ref, s->object) || refers_to(ref, pod)) {
			*ret_same = false;
			continue;
		}
		pv_listb_add(&b, *ref);
	}
	if (wanted) {
		*ret_same = false;
		pv_listb_add(&b, pv_owner_ref(s->cx->arena, wanted));
	}
	return pv_listb_end(&b);
}

bool
ordinal_claims(struct set *s, const char *name, const pv_val *pod, bool condemned)
{
	const pv_val *templates = pv_at(s->object, "spec.volumeClaimTemplates");
	bool all = true;

	for (size_t i = 0; i < pv_count(templates); i++) {
		const pv_val *tmpl = pv_item(templates, i), *there;
		const char *claim =
			pv_printf(s->cx->arena, "%s-%s", pv_text_at(tmpl, "metadata.name", ""), name);
		pv_val owners;
		bool same;

		there = pv_plan_find(s->cx, s->plan, "v1/PersistentVolumeClaim", meta_ns(s->object), claim);
		owners = owners_of(s, there, pod, condemned, &same);
		if (!there && !condemned)
			make_claim(s, tmpl, claim, owners);
		else if (there && !same)
			pv_plan_patch(s->cx, s->plan, there, "",
				      object2(s->cx->arena, "metadata", "ownerReferences", owners));
		all &= there ? same : condemned;
	}
	return all;
}

static pv_val
claim_volume(struct set *s, const char *volume, const char *claim)
{
	pv_objb b;

	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "name", volume);
	pv_objb_put(&b, "persistentVolumeClaim",
		    object1(s->cx->arena, "claimName", pv_string(s->cx->arena, claim)));
	return pv_objb_end(&b);
}

static bool
is_claim(const pv_val *templates, const char *volume)
{
	for (size_t i = 0; i < pv_count(templates); i++)
		if (pv_streq(pv_text_at(pv_item(templates, i), "metadata.name", ""), volume))
			return true;
	return false;
}

/* A claim stands in for the template's volume of its name. */
static pv_val
with_volumes(struct set *s, pv_val pod, const char *name)
{
	const pv_val *templates = pv_at(s->object, "spec.volumeClaimTemplates"),
		     *own = pv_at(&pod, "spec.volumes");
	pv_listb b;

	if (!pv_count(templates))
		return pod;
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; i < pv_count(own); i++)
		if (!is_claim(templates, pv_text_at(pv_item(own, i), "name", "")))
			pv_listb_add(&b, *pv_item(own, i));
	for (size_t i = 0; i < pv_count(templates); i++) {
		const char *volume = pv_text_at(pv_item(templates, i), "metadata.name", "");

		pv_listb_add(&b, claim_volume(s, volume, pv_printf(s->cx->arena, "%s-%s", volume, name)));
	}
	return pv_with_at(s->cx->arena, &pod, "spec.volumes", pv_listb_end(&b));
}

/* ---- Pods ---- */

void
ordinal_make(struct set *s, int64_t n)
{
	pv_arena *arena = s->cx->arena;
	const char *number = pv_printf(arena, "%lld", (long long)(n + s->start));
	const char *name = pv_printf(arena, "%s-%s", meta_name(s->object), number);
	const char *revision = n < s->partition && s->current ? s->current : s->update.name;
	const char *service = pv_text_at(s->object, "spec.serviceName", "");
	const pv_val *tmpl = revision_template(s->cx, s->plan, s->object, revision);
	pv_objb labels;
	pv_val extra, pod;

	pv_objb_init(&labels, arena);
	pv_objb_puts(&labels, REVISION_LABEL, revision);
	pv_objb_puts(&labels, NAME_LABEL, name);
	pv_objb_puts(&labels, INDEX_LABEL, number);
	extra = pv_objb_end(&labels);
	pod = pod_of_template(s->cx, s->object, tmpl, name, NULL, &extra);
	pod = pv_with_at(arena, &pod, "spec.hostname", pv_string(arena, name));
	if (*service)
		pod = pv_with_at(arena, &pod, "spec.subdomain", pv_string(arena, service));
	pv_plan_create(s->cx, s->plan, pv_box(arena, with_volumes(s, pod, name)));
	pv_plan_reason(s->cx, s->plan, "Pod %s is missing", name);
}
