/* render: a world of just the objects at hand, so that a controller can be tried
 * with a file in and a file out, and no server. */
#include "base/str.h"
#include "core/module.h"
#include "core/reconcile/turn.h"
#include "lang/json/json.h"
#include "lang/patch/patch.h"

struct scene {
	const pv_vec *objects;
	const pv_val *facts; /* [{fact, args, value}] */
};

static bool
is_at(pv_ctx *cx, const pv_val *object, const char *type, const char *ns, const char *name)
{
	return pv_streq(type_of_object(cx->arena, object), type) &&
	       (!ns || pv_streq(pv_text_at(object, "metadata.namespace", ""), ns)) &&
	       (!name || pv_streq(pv_text_at(object, "metadata.name", ""), name));
}

static const pv_val *
scene_find(pv_ctx *cx, void *arg, const char *type, const char *ns, const char *name)
{
	const struct scene *s = arg;
	for (size_t i = 0; i < s->objects->len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, s->objects, i);
		if (is_at(cx, object, type, ns, name))
			return object;
	}
	return NULL;
}

static void
scene_list(pv_ctx *cx, void *arg, const char *type, const char *ns, pv_vec *ret)
{
	const struct scene *s = arg;
	for (size_t i = 0; i < s->objects->len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, s->objects, i);
		if (is_at(cx, object, type, ns, NULL))
			pv_vec_push(ret, &object);
	}
}

static bool
has_owner(const pv_val *object, const char *uid)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences");
	for (size_t i = 0; i < pv_count(refs); i++)
		if (pv_streq(pv_text_at(pv_item(refs, i), "uid", NULL), uid))
			return true;
	return false;
}

static void
scene_owned(pv_ctx *cx, void *arg, const char *type, const char *uid, pv_vec *ret)
{
	const struct scene *s = arg;
	for (size_t i = 0; i < s->objects->len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, s->objects, i);
		if (is_at(cx, object, type, NULL, NULL) && has_owner(object, uid))
			pv_vec_push(ret, &object);
	}
}

static void
scene_indexed(pv_ctx *cx, void *arg, const char *index, const char *key, pv_vec *ret)
{
	const struct scene *s = arg;
	const char *wanted = dep_indexed(cx->arena, index, key);
	for (size_t i = 0; i < s->objects->len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, s->objects, i);
		pv_vec keys;
		index_keys(cx, type_of_object(cx->arena, object), object, &keys);
		for (size_t k = 0; k < keys.len; k++)
			if (pv_streq(*PV_AT(const char *, &keys, k), wanted)) {
				pv_vec_push(ret, &object);
				break;
			}
	}
}

static void
scene_named(pv_ctx *cx, void *arg, const char *index, const char *key, pv_vec *ret)
{
	pv_vec objects;
	pv_vec_init(&objects, cx->arena, sizeof(const pv_val *));
	scene_indexed(cx, arg, index, key, &objects);
	for (size_t i = 0; i < objects.len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &objects, i);
		pv_place *place = pv_vec_add(ret);
		place->type = type_of_object(cx->arena, object);
		place->ns = pv_text_at(object, "metadata.namespace", "");
		place->name = pv_text_at(object, "metadata.name", "");
	}
}

static void
scene_within(pv_ctx *cx PV_UNUSED, void *arg, const char *ns, pv_vec *ret)
{
	const struct scene *s = arg;
	for (size_t i = 0; i < s->objects->len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, s->objects, i);
		if (pv_streq(pv_text_at(object, "metadata.namespace", ""), ns))
			pv_vec_push(ret, &object);
	}
}

static int
scene_fact(pv_ctx *cx, void *arg, const pv_question *question, const pv_val **ret, const char **ret_key)
{
	const struct scene *s = arg;
	pv_buf key;
	pv_buf_init(&key, cx->arena);
	pv_buf_printf(&key, "%s ", question->fact);
	pv_json_write_sorted(&key, question->args);
	*ret_key = key.s;
	for (size_t i = 0; i < pv_count(s->facts); i++) {
		const pv_val *f = pv_item(s->facts, i);
		if (!pv_streq(pv_text_at(f, "fact", NULL), question->fact) ||
		    !pv_eq(pv_get(f, "args"), question->args))
			continue;
		if (pv_get(f, "error"))
			return pv_fail(cx, PV_EUNAVAILABLE, "%s", pv_text_at(f, "error", ""));
		*ret = pv_get(f, "value");
		return 1;
	}
	return 0;
}

/* What is given is as new as can be. */
static bool
scene_since(pv_ctx *cx PV_UNUSED, void *arg PV_UNUSED, const char *key PV_UNUSED, int64_t since PV_UNUSED)
{
	return true;
}

/* Without a registry: what has a namespace, or is not of a kind known to have none, has one. */
static enum pv_scope
scene_scope(pv_ctx *cx PV_UNUSED, void *arg PV_UNUSED, const char *api_version PV_UNUSED, const char *kind)
{
	static const char *const cluster[] = {
		"Namespace",
		"Node",
		"ClusterRole",
		"ClusterRoleBinding",
		"CustomResourceDefinition",
		"PersistentVolume",
		"StorageClass",
		"PriorityClass",
		"IngressClass",
		"APIService",
		"ValidatingWebhookConfiguration",
		"MutatingWebhookConfiguration",
	};
	for (size_t i = 0; i < PV_LEN(cluster); i++)
		if (pv_streq(kind, cluster[i]))
			return PV_SCOPE_CLUSTER;
	return PV_SCOPE_NAMESPACE;
}

/* What is there, with what is applied laid over it. */
static int
scene_predict(pv_ctx *cx, void *arg, const struct forecast *of, const pv_val **ret)
{
	const pv_val *object = of->object;
	const pv_val *there = scene_find(cx, arg, type_of_object(cx->arena, object),
					 pv_text_at(object, "metadata.namespace", ""),
					 pv_text_at(object, "metadata.name", ""));
	*ret = object;
	return there ? pv_patch_merge(cx, there, object, ret) : 0;
}

static pv_val
show_wish(pv_ctx *cx, const struct wish *w)
{
	static const char *const names[] = {"apply", "create", "delete", "patch"};
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "action", names[w->kind]);
	if (w->kind == WISH_APPLY || w->kind == WISH_CREATE) {
		pv_objb_put(&b, "object", *w->object);
		return pv_objb_end(&b);
	}
	pv_objb_put(&b, "object", object_ref(cx->arena, w->object));
	if (w->kind == WISH_PATCH)
		pv_objb_put(&b, "patch", w->patch);
	if (w->subresource && *w->subresource)
		pv_objb_puts(&b, "subresource", w->subresource);
	return pv_objb_end(&b);
}

static pv_val
show(pv_ctx *cx, const pv_plan *plan)
{
	pv_listb changes, none;
	pv_val shown;
	pv_listb_init(&changes, cx->arena);
	for (size_t i = 0; i < plan->wishes.len; i++)
		pv_listb_add(&changes, show_wish(cx, PV_AT(struct wish, &plan->wishes, i)));
	pv_listb_init(&none, cx->arena);
	shown = plan_show(cx, plan, pv_listb_end(&changes), pv_listb_end(&none));
	shown = pv_without(cx->arena, &shown, "at"); /* the same input gives the same output */
	shown = pv_without(cx->arena, &shown, "facts");
	shown = pv_with(cx->arena, &shown, "object", object_ref(cx->arena, plan->object));
	if (plan->status)
		shown = pv_with(cx->arena, &shown, "status", *plan->status);
	return shown;
}

int
pv_render(pv_ctx *cx, const pv_vec *objects, const pv_val *facts, int64_t now, pv_val *ret)
{
	struct scene scene = {objects, facts};
	const struct world world = {scene_find,  scene_list,    scene_owned, scene_indexed,
				    scene_named, scene_within,  scene_fact,  scene_since,
				    scene_scope, scene_predict, &scene};
	pv_listb plans;
	pv_listb_init(&plans, cx->arena);
	for (size_t i = 0; i < objects->len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, objects, i);
		for (const pv_module *const *m = pv_modules; *m; m++)
			for (const pv_controller *const *c = (*m)->controllers; c && *c; c++) {
				pv_plan plan;
				if (!is_at(cx, object, type_of_kind(cx->arena, (*c)->kind), NULL, NULL))
					continue;
				plan_init(cx, &plan, *c, object, &world, now);
				plan_run(cx, &plan);
				if (!plan.unconcerned)
					pv_listb_add(&plans, show(cx, &plan));
			}
	}
	*ret = pv_listb_end(&plans);
	return 0;
}
