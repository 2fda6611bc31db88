/* build: a kustomization from its folder to the objects that it stands for. */
#include <string.h>

#include "core/kinds/kinds.h"
#include "delivery/kustomize/impl.h"
#include "lang/yaml/yaml.h"

/* ---- small things for all files here ---- */

const char *
kust_go_list(pv_arena *arena, const pv_val *list)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_addc(&b, '[');
	for (size_t i = 0; i < pv_count(list); i++)
		pv_buf_printf(&b, "%s%s", i ? " " : "", pv_scalar_text(arena, pv_item(list, i)));
	pv_buf_addc(&b, ']');
	return b.s;
}

/* ---- the end of a build ---- */

static bool
wants(const kust_target *t, const char *what)
{
	return pv_list_has_text(pv_get(t->k, "buildMetadata"), what);
}

/* Objects that are there for this build only. */
static void
drop_local(pv_vec *set)
{
	size_t n = 0;
	for (size_t i = 0; i < set->len; i++) {
		kust_res *one = KUST_RES(set, i);
		const pv_val *mark =
			pv_get(pv_at(one->v, "metadata.annotations"), "config.kubernetes.io/local-config");
		bool local = mark && !pv_streq(pv_text(mark, ""), "false") &&
			     !(mark->type == PV_BOOL && !pv_truth(mark, true));
		if (!local)
			*PV_AT(kust_res *, set, n++) = one;
	}
	set->len = n;
}

/* Annotations are texts, and those of a build are no part of its result; a map of none is none. */
static void
clean_annotations(kust_res *one, pv_arena *arena)
{
	const pv_val *have = pv_at(one->v, "metadata.annotations");
	pv_objb b;
	if (have == NULL)
		return;
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < pv_member_count(have); i++) {
		const char *key = pv_text(&have->members[i].key, "");
		if (!pv_starts_with(key, "internal.config.kubernetes.io/") &&
		    !pv_streq(key, "config.kubernetes.io/origin") &&
		    !pv_streq(key, "alpha.config.kubernetes.io/transformations") &&
		    !pv_streq(key, "config.kubernetes.io/index") &&
		    !pv_streq(key, "config.kubernetes.io/path"))
			pv_objb_put(&b, key, pv_string(arena, pv_scalar_text(arena, &have->members[i].val)));
	}
	const pv_val *meta = pv_get(one->v, "metadata");
	pv_val now = b.len ? pv_with(arena, meta, "annotations", pv_objb_end(&b))
			   : pv_without(arena, meta, "annotations");
	kust_res_set(one, arena, pv_box(arena, pv_with(arena, one->v, "metadata", now)));
}

static int
sorted(kust_target *t, pv_vec *set)
{
	pv_arena *arena = t->s->cx->arena;
	const pv_val *options = pv_get(t->k, "sortOptions");
	pv_val config = {.type = PV_OBJECT},
	       legacy = pv_with(arena, &config, "order", pv_string_ref("legacy"));
	kust_work w = {.t = t, .set = set, .config = &config};
	if (options == NULL && t->s->options->order == KUST_ORDER_NONE)
		return 0;
	config = pv_with(arena, &config, "sortOptions", options ? *options : legacy);
	return kust_sort(&w);
}

static int
managed_by(kust_target *t, pv_vec *set)
{
	static const kust_spec own = {
		.group = "", .version = "", .kind = "", .path = "metadata/labels", .create = true};
	pv_arena *arena = t->s->cx->arena;
	pv_vec specs;
	pv_val empty = {.type = PV_OBJECT}, config = empty;
	kust_work w = {.t = t, .set = set, .config = &config};
	if (!t->s->options->managed_by && !wants(t, "managedByLabel"))
		return 0;
	pv_vec_init(&specs, arena, sizeof own);
	pv_vec_push(&specs, &own);
	config = pv_with(arena, &config, "labels",
			 pv_with(arena, &empty, "app.kubernetes.io/managed-by",
				 pv_string_ref("kustomize-" KUST_VERSION)));
	config = pv_with(arena, &config, "fieldSpecs", kust_specs_value(arena, &specs));
	return kust_label(&w);
}

static int
finish(kust_target *t, kust_accumulated *a)
{
	pv_arena *arena = t->s->cx->arena;
	kust_work w = {.t = t, .set = &a->set};
	int r = kust_hash(&w);
	if (r == 0)
		r = kust_references(t->s, &a->set, &a->config);
	if (r == 0)
		r = kust_vars_resolve(t->s, a);
	if (r < 0)
		return r;
	drop_local(&a->set);
	r = sorted(t, &a->set);
	if (r == 0)
		r = managed_by(t, &a->set);
	for (size_t i = 0; r == 0 && i < a->set.len; i++) {
		clean_annotations(KUST_RES(&a->set, i), arena);
		kust_origin_put(KUST_RES(&a->set, i), arena, wants(t, "originAnnotations"),
				wants(t, "transformerAnnotations"));
	}
	return r;
}

int
kust_build(pv_ctx *cx, const kust_files *files, const char *folder, const kust_options *options, pv_vec *ret)
{
	static const kust_origin here = {.path = ""};
	kust_state s = {.cx = cx, .options = options};
	kust_loader *loader;
	kust_target t;
	kust_accumulated a;
	kust_accumulated_init(&a, cx->arena);
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	int r = kust_loader_top(&s, files, folder, &loader);
	if (r == 0)
		r = kust_read(&s, loader, &t);
	if (r == 0 && options->edit)
		r = kust_edit(&s, &t, options->edit);
	if (r == 0)
		r = kust_openapi_set(&t, true);
	if (r == 0) {
		t.origin = pv_count(pv_get(t.k, "buildMetadata")) > 0 ? &here : NULL;
		r = kust_accumulate(&t, &a);
	}
	if (r == 0)
		r = finish(&t, &a);
	for (size_t i = 0; r == 0 && i < a.set.len; i++)
		pv_vec_push(ret, &KUST_RES(&a.set, i)->v);
	if (s.kinds)
		pv_kinds_free((pv_kinds *)(uintptr_t)s.kinds);
	return r;
}

void
kust_print(pv_buf *b, const pv_vec *objects)
{
	for (size_t i = 0; i < objects->len; i++) {
		if (i > 0)
			pv_buf_adds(b, "---\n");
		pv_yaml_write(b, *PV_AT(const pv_val *, objects, i));
	}
}
