#include "infrastructure/workloads/revision.h"

#include "base/str.h"

#define KIND "apps/v1/ControllerRevision"

static int
by_number(const void *a, const void *b)
{
	int64_t x = pv_i64_at(*(const pv_val *const *)a, "revision", 0), y = pv_i64_at(*(const pv_val *const *)b, "revision", 0);
	return x < y ? -1 : x > y;
}

static bool
in_use(const pv_val *owner, const char *name)
{
	return pv_streq(pv_text_at(owner, "status.currentRevision", ""), name) ||
	       pv_streq(pv_text_at(owner, "status.updateRevision", ""), name);
}

static void
create(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const char *name, int64_t number)
{
	/* kubectl rollout undo sends the data as a patch: what was added since shall go */
	pv_val tmpl = pv_with(cx->arena, pv_at(owner, "spec.template"), "$patch", pv_string_ref("replace"));
	pv_objb meta, b;
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_puts(&meta, "namespace", meta_ns(owner));
	pv_objb_put(&meta, "labels", *pv_at(owner, "spec.template.metadata.labels"));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "apps/v1");
	pv_objb_puts(&b, "kind", "ControllerRevision");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "data", object2(cx->arena, "spec", "template", tmpl));
	pv_objb_put(&b, "revision", pv_int(number));
	pv_plan_create(cx, plan, pv_box(cx->arena, pv_objb_end(&b)));
}

const char *
revision_keep(pv_ctx *cx, pv_plan *plan, const pv_val *owner)
{
	const char *name = pv_printf(cx->arena, "%s-%s", meta_name(owner), template_hash(cx->arena, pv_at(owner, "spec.template"), 0));
	int64_t limit = pv_i64_at(owner, "spec.revisionHistoryLimit", 10), highest = 0;
	const pv_val *ours = NULL;
	pv_vec kept;
	pv_plan_owned(cx, plan, KIND, &kept);
	pv_vec_sort(&kept, by_number);
	for (size_t i = 0; i < kept.len; i++) {
		const pv_val *revision = *PV_AT(const pv_val *, &kept, i);
		highest = pv_i64_at(revision, "revision", 0);
		if (pv_streq(meta_name(revision), name))
			ours = revision;
	}
	if (!ours)
		create(cx, plan, owner, name, highest + 1);
	else if (pv_i64_at(ours, "revision", 0) < highest) /* an old template is wanted again */
		pv_plan_patch(cx, plan, ours, "", object1(cx->arena, "revision", pv_int(highest + 1)));
	for (size_t i = 0; i < kept.len && (int64_t)(kept.len - i) > limit + 2; i++) {
		const pv_val *revision = *PV_AT(const pv_val *, &kept, i);
		if (revision != ours && !in_use(owner, meta_name(revision)))
			pv_plan_delete(cx, plan, revision, NULL);
	}
	return name;
}

const pv_val *
revision_template(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const char *name)
{
	const pv_val *revision = pv_plan_find(cx, plan, KIND, meta_ns(owner), name);
	const pv_val *tmpl = pv_at(revision, "data.spec.template");
	return tmpl ? pv_box(cx->arena, pv_without(cx->arena, tmpl, "$patch")) : pv_at(owner, "spec.template");
}
