/* Source: k8s.io/kubernetes/pkg/controller/history. */
#include "infrastructure/workloads/revision.h"

#include "base/str.h"

#define KIND "apps/v1/ControllerRevision"

const char *
revision_label(const pv_val *pod)
{
	return pv_text(pv_get(pv_at(pod, "metadata.labels"), REVISION_LABEL), "");
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = pv_i64_at(*(const pv_val *const *)a, "revision", 0);
	int64_t y = pv_i64_at(*(const pv_val *const *)b, "revision", 0);

	return x < y ? -1 : x > y;
}

/* What the owner says of itself (kubernetes.io/change-cause) goes into the history. */
static pv_val
annotations(pv_ctx *cx, const pv_val *owner)
{
	const pv_val *own = pv_at(owner, "metadata.annotations");
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(own); i++)
		if (!pv_starts_with(pv_text(&own->members[i].key, ""), "kubectl.kubernetes.io/"))
			pv_objb_putv(&b, own->members[i].key, own->members[i].val);
	return pv_objb_end(&b);
}

/* What it keeps of its owner.  The template replaces the owner's, whole, when kubectl sends this as a
 * strategic patch. */
static pv_val
data_of(pv_ctx *cx, const pv_val *owner)
{
	pv_val tmpl = pv_with(cx->arena, pv_at(owner, "spec.template"), "$patch", pv_string_ref("replace"));

	return object2(cx->arena, "spec", "template", tmpl);
}

static void
create(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const struct revision *r, int64_t number, pv_val data)
{
	const pv_val *labels = pv_at(owner, "spec.template.metadata.labels");
	pv_val said = annotations(cx, owner);
	pv_objb meta, b;

	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", r->name);
	pv_objb_puts(&meta, "namespace", meta_ns(owner));
	pv_objb_put(&meta, "labels",
		    pv_with(cx->arena, labels, REVISION_LABEL, pv_string(cx->arena, r->hash)));
	if (pv_count(&said))
		pv_objb_put(&meta, "annotations", said);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "apps/v1");
	pv_objb_puts(&b, "kind", "ControllerRevision");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "data", data);
	pv_objb_put(&b, "revision", pv_int(number));
	pv_plan_create(cx, plan, pv_box(cx->arena, pv_objb_end(&b)));
	pv_plan_reason(cx, plan, "new template: revision %lld, %s", (long long)number, r->name);
}

/* A name that nobody else has: a StatefulSet and a DaemonSet may share name and template. */
static struct revision
name_of(pv_ctx *cx, pv_plan *plan, const pv_val *owner, struct revision r)
{
	for (;; r.collisions++) {
		r.hash = template_hash(cx->arena, pv_at(owner, "spec.template"), r.collisions);
		r.name = pv_printf(cx->arena, "%s-%s", meta_name(owner), r.hash);
		if (!pv_plan_find(cx, plan, KIND, meta_ns(owner), r.name))
			return r;
	}
}

/* The newest that says the same, whatever its name: somebody may have made it by hand. */
static const pv_val *
same_of(const pv_vec *kept, const pv_val *data)
{
	for (size_t i = kept->len; i-- > 0;) {
		const pv_val *revision = *PV_AT(const pv_val *, kept, i);

		if (pv_eq(pv_get(revision, "data"), data))
			return revision;
	}
	return NULL;
}

static bool
in_use(const pv_val *owner, const pv_val *revision, const pv_vec *pods)
{
	const char *name = meta_name(revision), *hash = revision_label(revision);

	if (pv_streq(pv_text_at(owner, "status.currentRevision", ""), name) ||
	    pv_streq(pv_text_at(owner, "status.updateRevision", ""), name))
		return true;
	for (size_t i = 0; i < pods->len; i++) {
		const char *label = revision_label(*PV_AT(const pv_val *, pods, i));

		if (pv_streq(label, name) || pv_streq(label, hash))
			return true;
	}
	return false;
}

static void
forget_old(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const pv_vec *kept, const pv_val *ours,
	   const pv_vec *pods)
{
	int64_t limit = pv_i64_at(owner, "spec.revisionHistoryLimit", 10);
	pv_vec idle;

	pv_vec_init(&idle, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < kept->len; i++) {
		const pv_val *revision = *PV_AT(const pv_val *, kept, i);

		if (revision != ours && !in_use(owner, revision, pods))
			pv_vec_push(&idle, &revision);
	}
	for (size_t i = 0; (int64_t)(idle.len - i) > limit; i++)
		pv_plan_delete(cx, plan, *PV_AT(const pv_val *, &idle, i), NULL);
}

struct revision
revision_keep(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const pv_vec *pods)
{
	struct revision r = {.collisions = pv_i64_at(owner, "status.collisionCount", 0)};
	pv_val data = data_of(cx, owner);
	const pv_val *ours;
	int64_t highest = 0;
	pv_vec kept;

	pv_plan_owned(cx, plan, KIND, &kept);
	pv_vec_sort(&kept, by_number);
	if (kept.len)
		highest = pv_i64_at(*PV_AT(const pv_val *, &kept, kept.len - 1), "revision", 0);
	ours = same_of(&kept, &data);
	if (ours) {
		r.name = meta_name(ours);
		r.hash = revision_label(ours);
		r.hash = *r.hash ? r.hash : r.name;
	} else {
		r = name_of(cx, plan, owner, r);
	}
	if (is_deleting(owner))
		return r;
	if (!ours)
		create(cx, plan, owner, &r, highest + 1, data);
	else if (pv_i64_at(ours, "revision", 0) < highest) /* an old template is wanted again */
		pv_plan_patch(cx, plan, ours, "", object1(cx->arena, "revision", pv_int(highest + 1)));
	forget_old(cx, plan, owner, &kept, ours, pods);
	return r;
}

const pv_val *
revision_template(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const char *name)
{
	const pv_val *revision = pv_plan_find(cx, plan, KIND, meta_ns(owner), name);
	const pv_val *tmpl = pv_at(revision, "data.spec.template");

	if (!tmpl)
		return pv_at(owner, "spec.template");
	return pv_box(cx->arena, pv_without(cx->arena, tmpl, "$patch"));
}
