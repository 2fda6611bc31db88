/* patches: strategic merge and JSON patches, each for one object or for those that a target chooses. */
#include <string.h>

#include "delivery/kustomize/impl.h"
#include "lang/json/json.h"
#include "lang/patch/patch.h"
#include "lang/yaml/yaml.h"

/* Adds the plugin's configuration, as kustomize does. */
static int
misconfigured(kust_work *w, int r, const char *plugin)
{
	pv_buf b;
	pv_buf_init(&b, w->t->s->cx->arena);
	pv_yaml_write(&b, w->config);
	return pv_wrap(w->t->s->cx, r, "trouble configuring builtin %s with config: `\n%s`", plugin, b.s);
}

/* ---- strategic merge ---- */

static int
apply_merge(kust_state *s, kust_res *target, const kust_res *patch)
{
	pv_arena *arena = s->cx->arena;
	const pv_val *was = target->v, *now, *ns = pv_at(was, "metadata.namespace");
	if (patch->rename || patch->rekind)
		kust_res_remember(target);
	int r = kust_merge(s, was, patch->v, &now);
	if (r < 0)
		return r;
	if (now == NULL || pv_count(now) == 0) {
		target->v = NULL;
		return 0;
	}
	pv_val v = *now;
	if (!patch->rekind)
		v = pv_with(arena, &v, "kind", *pv_get(was, "kind"));
	if (!patch->rename)
		v = pv_with_at(arena, &v, "metadata.name", pv_string(arena, target->id.name));
	if (ns)
		v = pv_with_at(arena, &v, "metadata.namespace", *ns);
	else if (pv_at(&v, "metadata.namespace"))
		v = pv_without_at(arena, &v, "metadata.namespace");
	kust_res_set(target, arena, pv_box(arena, v));
	return 0;
}

/* No two objects may have become one. */
static int
check_ids(kust_state *s, pv_vec *set)
{
	pv_vec all = *set;
	pv_vec_init(set, s->cx->arena, sizeof(kust_res *));
	for (size_t i = 0; i < all.len; i++) {
		kust_res *one = KUST_RES(&all, i);
		int r = one->v && pv_count(one->v) > 0 ? kust_append(s, set, one) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* Each for the object that it names itself. */
static int
apply_named(kust_work *w, const pv_vec *patches)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < patches->len; i++) {
		kust_res *patch = KUST_RES(patches, i), *target;
		r = kust_find(w->t->s, w->set, &patch->id, &target);
		if (r == 0)
			r = apply_merge(w->t->s, target, patch);
	}
	return r;
}

/* A copy of the patch that is of the object's kind and name. */
static kust_res
aimed(kust_state *s, const kust_res *patch, const kust_res *target)
{
	kust_res one = *patch;
	const pv_val *version = pv_get(target->v, "apiVersion");
	if (version)
		one.v = pv_box(s->cx->arena, pv_with(s->cx->arena, patch->v, "apiVersion", *version));
	return one;
}

static int
apply_targeted(kust_work *w, const kust_res *patch, const pv_val *target)
{
	pv_vec chosen;
	int r = kust_select(w->t->s, w->set, target, &chosen);
	if (r < 0)
		return pv_wrap(w->t->s->cx, r, "unable to find patch target \"%s\" in `resources`",
			       pv_text_at(target, "name", ""));
	for (size_t i = 0; r == 0 && i < chosen.len; i++) {
		kust_res one = aimed(w->t->s, patch, KUST_RES(&chosen, i));
		r = apply_merge(w->t->s, KUST_RES(&chosen, i), &one);
	}
	return r < 0 ? r : check_ids(w->t->s, w->set);
}

/* ---- JSON patches ---- */

static int
apply_json(kust_state *s, kust_res *target, const pv_val *ops)
{
	const pv_val *now;
	int r = pv_patch_json(s->cx, target->v, ops, &now);
	if (r == 0)
		kust_res_set(target, s->cx->arena, now);
	return r;
}

static bool
are_operations(const pv_val *doc)
{
	for (size_t i = 0; i < pv_count(doc); i++)
		if (!pv_is(pv_item(doc, i), PV_OBJECT))
			return false;
	return pv_is(doc, PV_LIST);
}

static int
parse_json(kust_state *s, pv_str text, const pv_val **ret)
{
	bool json = text.len > 0 && *text.s == '['; /* then it is held to JSON */
	int r = json ? pv_json_parse(s->cx, text, NULL, ret) : pv_yaml_parse(s->cx, text, NULL, ret);
	if (r == 0 && !are_operations(*ret))
		return pv_fail(s->cx, PV_EINVALID,
			       "json: cannot unmarshal %s into Go value of type jsonpatch.Patch",
			       pv_type_name(*ret));
	return r;
}

int
kust_patch_json(kust_work *w)
{
	kust_state *s = w->t->s;
	const pv_val *target = pv_get(w->config, "target"), *ops;
	const char *path = pv_text_at(w->config, "path", ""), *text = pv_text_at(w->config, "jsonOp", "");
	pv_str json = pv_str_of(text);
	pv_vec chosen;
	int r = 0;
	if (!*pv_text_at(target, "name", ""))
		r = pv_fail(s->cx, PV_EINVALID, "must specify the target name");
	else if (!*path && !*text)
		r = pv_fail(s->cx, PV_EINVALID, "empty file path and empty jsonOp");
	else if (*path && *text)
		r = pv_fail(s->cx, PV_EINVALID, "must specify a file path or jsonOp, not both");
	else if (*path)
		r = kust_load(s, w->t->loader, path, &json);
	if (r == 0)
		r = parse_json(s, json, &ops);
	if (r == 0 && pv_count(ops) == 0)
		r = pv_fail(s->cx, PV_EINVALID, "patch appears to be empty; file=%s, JsonOp=%s", path, text);
	if (r < 0)
		return misconfigured(w, r, "PatchJson6902Transformer");
	r = kust_select(s, w->set, target, &chosen);
	for (size_t i = 0; r == 0 && i < chosen.len; i++)
		r = apply_json(s, KUST_RES(&chosen, i), ops);
	return r;
}

/* ---- patchesStrategicMerge ---- */

/* Each is a patch as it stands there, or else the path of a file of them. */
static int
load_patches(kust_work *w, pv_vec *ret)
{
	kust_state *s = w->t->s;
	const pv_val *paths = pv_get(w->config, "paths");
	pv_vec some;
	int r = 0;
	pv_vec_init(ret, s->cx->arena, sizeof(kust_res *));
	for (size_t i = 0; r == 0 && i < pv_count(paths); i++) {
		const char *path = pv_text(pv_item(paths, i), "");
		pv_str text;
		r = kust_parse(s, NULL, pv_str_of(path), &some);
		if (r < 0) {
			pv_recover(s->cx);
			r = kust_load(s, w->t->loader, path, &text);
			if (r == 0)
				r = kust_parse(s, path, text, &some);
		}
		for (size_t k = 0; r == 0 && k < some.len; k++)
			pv_vec_push(ret, &KUST_RES(&some, k));
	}
	if (r == 0 && pv_get(w->config, "patches")) {
		r = kust_parse(s, NULL, pv_strv(pv_get(w->config, "patches")), &some);
		for (size_t k = 0; r == 0 && k < some.len; k++)
			pv_vec_push(ret, &KUST_RES(&some, k));
	}
	if (r == 0 && ret->len == 0)
		return pv_fail(s->cx, PV_EINVALID, "patch appears to be empty; files=%s, Patch=%s",
			       kust_go_list(s->cx->arena, paths), pv_text_at(w->config, "patches", ""));
	return r;
}

int
kust_patch_merge(kust_work *w)
{
	pv_vec patches;
	int r = load_patches(w, &patches);
	if (r < 0)
		return misconfigured(w, r, "PatchStrategicMergeTransformer");
	for (size_t i = 0; r == 0 && i < patches.len; i++) {
		kust_res *patch = KUST_RES(&patches, i), *target;
		r = kust_find(w->t->s, w->set, &patch->id, &target);
		if (r < 0)
			break;
		kust_res one = aimed(w->t->s, patch, target);
		r = apply_merge(w->t->s, target, &one);
		if (r == 0)
			r = check_ids(w->t->s, w->set);
	}
	return r;
}

/* ---- patches: either kind ---- */

typedef struct patch_text {
	pv_str text;
	const char *source; /* for errors */
	pv_vec merges;      /* of kust_res * */
	const pv_val *ops;  /* or these */
} patch_text;

static int
load_patch(kust_work *w, patch_text *ret)
{
	kust_state *s = w->t->s;
	const char *path = pv_text_at(w->config, "path", "");
	pv_str inlined = pv_str_trim(pv_strv(pv_get(w->config, "patch")));
	pv_buf b;
	pv_buf_init(&b, s->cx->arena);
	pv_yaml_write(&b, w->config);
	if (inlined.len == 0 && !*path)
		return pv_fail(s->cx, PV_EINVALID, "must specify one of patch and path in\n%s", b.s);
	if (inlined.len > 0 && *path)
		return pv_fail(s->cx, PV_EINVALID, "patch and path can't be set at the same time\n%s", b.s);
	pv_buf_clear(&b);
	pv_buf_add_json(&b, *path ? path : inlined.s, *path ? strlen(path) : inlined.len);
	ret->source = pv_printf(s->cx->arena, "[%s: %s]", *path ? "path" : "patch", b.s);
	ret->text = inlined;
	if (!*path)
		return 0;
	int r = kust_load(s, w->t->loader, path, &ret->text);
	return r < 0 ? pv_wrap(s->cx, r, "failed to get the patch file from path(%s)", path) : 0;
}

static int
read_patch(kust_work *w, patch_text *p)
{
	kust_state *s = w->t->s;
	const pv_val *options = pv_get(w->config, "options");
	int merges = kust_parse(s, NULL, p->text, &p->merges);
	if (merges < 0)
		pv_recover(s->cx);
	int json = p->text.len > 0 ? parse_json(s, p->text, &p->ops) : -PV_EINVALID;
	if (json < 0 && p->text.len > 0)
		pv_recover(s->cx);
	if (merges < 0 && json < 0)
		return pv_fail(s->cx, PV_EINVALID, "unable to parse SM or JSON patch from %s", p->source);
	if (json < 0)
		p->ops = NULL;
	for (size_t i = 0; merges == 0 && i < p->merges.len; i++) {
		KUST_RES(&p->merges, i)->rename = pv_truth_at(options, "allowNameChange", false);
		KUST_RES(&p->merges, i)->rekind = pv_truth_at(options, "allowKindChange", false);
	}
	if (merges < 0)
		pv_vec_init(&p->merges, s->cx->arena, sizeof(kust_res *));
	return 0;
}

static int
apply_operations(kust_work *w, const patch_text *p, const pv_val *target)
{
	kust_state *s = w->t->s;
	pv_vec chosen;
	if (target == NULL)
		return pv_fail(s->cx, PV_EINVALID, "must specify a target for JSON patch %s", p->source);
	int r = kust_select(s, w->set, target, &chosen);
	for (size_t i = 0; r == 0 && i < chosen.len; i++) {
		kust_res_remember(KUST_RES(&chosen, i));
		r = apply_json(s, KUST_RES(&chosen, i), p->ops);
	}
	return r;
}

int
kust_patch(kust_work *w)
{
	kust_state *s = w->t->s;
	const pv_val *target = pv_get(w->config, "target");
	patch_text p = {0};
	int r = load_patch(w, &p);
	if (r == 0)
		r = read_patch(w, &p);
	if (r < 0)
		return misconfigured(w, r, "PatchTransformer");
	if (p.merges.len == 0)
		return p.ops ? apply_operations(w, &p, target) : 0;
	if (target && p.merges.len > 1)
		return pv_fail(
			s->cx, PV_EINVALID,
			"Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set "
			"`patches.target` field: %s",
			p.source);
	if (target)
		return apply_targeted(w, KUST_RES(&p.merges, 0), target);
	r = apply_named(w, &p.merges);
	return r < 0 ? pv_wrap(s->cx, r, "no resource matches strategic merge patch \"%s\"",
			       kust_id_text(s->cx->arena, &KUST_RES(&p.merges, 0)->id))
		     : 0;
}
