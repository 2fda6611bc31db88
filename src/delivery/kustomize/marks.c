/* marks: labels and annotations, replicas, images: a value put where field specs say. */
#include <string.h>

#include "base/regex.h"
#include "delivery/kustomize/impl.h"

static int
each(kust_work *w, const kust_change *change)
{
	pv_vec specs;
	int r = 0;
	kust_specs_of(w->t->s->cx->arena, pv_get(w->config, "fieldSpecs"), &specs);
	for (size_t i = 0; r == 0 && i < w->set->len; i++) {
		kust_res *one = KUST_RES(w->set, i);
		const pv_val *now;
		r = kust_specs_apply(w->t->s, &specs, change, one->v, &now);
		if (r == 0)
			kust_res_set(one, w->t->s->cx->arena, now);
	}
	return r;
}

/* ---- labels and annotations ---- */

static int
put_entries(kust_state *s, void *of, const pv_val *v, pv_val *ret)
{
	const pv_val *entries = of;
	*ret = *v;
	if (v->type == PV_NULL)
		*ret = pv_object_of(s->cx->arena, NULL, 0, NULL, NULL);
	else if (v->type != PV_OBJECT)
		return pv_fail(s->cx, PV_EINVALID, "wrong node kind: expected MappingNode but got %s",
			       v->type == PV_LIST ? "SequenceNode" : "ScalarNode");
	for (size_t i = 0; i < pv_count(entries); i++) {
		const pv_member *m = pv_sorted(entries, i);
		*ret = pv_with(s->cx->arena, ret, pv_text(&m->key, ""),
			       pv_string(s->cx->arena, pv_scalar_text(s->cx->arena, &m->val)));
	}
	return 0;
}

static int
put_map(kust_work *w, const char *field)
{
	const pv_val *entries = pv_get(w->config, field);
	kust_change change = {.leaf = put_entries, .of = (void *)(uintptr_t)entries, .made = KUST_MAKE_MAP};
	return pv_count(entries) == 0 ? 0 : each(w, &change);
}

int
kust_label(kust_work *w)
{
	return put_map(w, "labels");
}

int
kust_annotate(kust_work *w)
{
	return put_map(w, "annotations");
}

/* ---- replicas ---- */

static int
put_value(kust_state *s, void *of, const pv_val *v, pv_val *ret)
{
	if (v->type == PV_OBJECT || v->type == PV_LIST)
		return pv_fail(s->cx, PV_EINVALID, "wrong node kind: expected ScalarNode but got %s",
			       v->type == PV_LIST ? "SequenceNode" : "MappingNode");
	*ret = *(const pv_val *)of;
	return 0;
}

static bool
was_called(const kust_res *one, const char *name, const kust_spec *spec)
{
	for (size_t k = 0; k < kust_ids(one); k++) {
		kust_id id = kust_id_at(one, k);
		if (pv_streq(id.name, name) && kust_selected(&id, spec->group, spec->version, spec->kind))
			return true;
	}
	return false;
}

static int
no_such(kust_work *w, const char *name, const pv_vec *specs)
{
	pv_buf b;
	pv_buf_init(&b, w->t->s->cx->arena);
	for (size_t i = 0; i < specs->len; i++) {
		const kust_spec *s = PV_AT(kust_spec, specs, i);
		pv_buf_printf(&b, "%s%s", i ? " " : "",
			      kust_kind_text(b.arena, s->group, s->version, s->kind));
	}
	return pv_fail(w->t->s->cx, PV_EINVALID,
		       "resource with name %s does not match a config with the following GVK [%s]", name,
		       b.len ? b.s : "");
}

int
kust_replica(kust_work *w)
{
	kust_state *s = w->t->s;
	const pv_val *replica = pv_get(w->config, "replica");
	const char *name = pv_text_at(replica, "name", "");
	pv_val count = pv_int(pv_i64_at(replica, "count", 0));
	kust_change change = {.leaf = put_value, .of = &count, .made = KUST_MAKE_SCALAR};
	bool found = false;
	pv_vec specs;
	int r = 0;
	kust_specs_of(s->cx->arena, pv_get(w->config, "fieldSpecs"), &specs);
	for (size_t k = 0; r == 0 && k < specs.len; k++)
		for (size_t i = 0; r == 0 && i < w->set->len; i++) {
			kust_res *one = KUST_RES(w->set, i);
			const kust_spec *spec = PV_AT(kust_spec, &specs, k);
			const pv_val *now;
			if (!was_called(one, name, spec))
				continue;
			found = true;
			r = kust_spec_apply(s, spec, &change, one->v, &now);
			if (r == 0)
				kust_res_set(one, s->cx->arena, now);
		}
	return r < 0 || found ? r : no_such(w, name, &specs);
}

/* ---- images ---- */

typedef struct image_change {
	const pv_val *image;
	const pv_re *re; /* of its name, with any tag and digest */
} image_change;

/* name[:tag][@digest]; a host may have a port. */
static void
split_image(pv_arena *arena, const char *text, const char *ret[3])
{
	const char *slash = strchr(text, '/'), *from = slash && slash > text ? slash : text;
	const char *at = strchr(from, '@'), *colon = strchr(from, ':');
	const char *end = text + strlen(text);
	if (at && colon && at < colon)
		colon = NULL;
	ret[0] = pv_strndup(arena, text, (size_t)((colon ? colon : at ? at : end) - text));
	ret[1] = colon ? pv_strndup(arena, colon + 1, (size_t)((at ? at : end) - colon - 1)) : "";
	ret[2] = at ? at + 1 : "";
}

static int
put_image(kust_state *s, void *of, const pv_val *v, pv_val *ret)
{
	const image_change *c = of;
	const char *name = pv_text_at(c->image, "newName", ""), *tag = pv_text_at(c->image, "newTag", ""),
		   *digest = pv_text_at(c->image, "digest", ""),
		   *suffix = pv_text_at(c->image, "tagSuffix", ""), *parts[3];
	if (v->type == PV_OBJECT || v->type == PV_LIST)
		return pv_fail(s->cx, PV_EINVALID, "wrong node kind: expected ScalarNode but got %s",
			       v->type == PV_LIST ? "SequenceNode" : "MappingNode");
	*ret = *v;
	const char *text = pv_scalar_text(s->cx->arena, v);
	if (!pv_re_match(c->re, pv_str_of(text)))
		return 0;
	split_image(s->cx->arena, text, parts);
	name = *name ? name : parts[0];
	if (!*tag && !*digest) {
		tag = *suffix ? pv_printf(s->cx->arena, "%s%s", parts[1], suffix) : parts[1];
		digest = *suffix ? "" : parts[2];
	}
	*ret = pv_stringf(s->cx->arena, "%s%s%s%s%s", name, *tag ? ":" : "", tag, *digest ? "@" : "", digest);
	return 0;
}

static int images_below(kust_state *s, image_change *c, const pv_val *v, unsigned depth, pv_val *ret);

/* The items of a list named containers or initContainers, wherever it stands. */
static int
containers(kust_state *s, image_change *c, pv_val *list)
{
	pv_listb b;
	int r = 0;
	if (list->type != PV_LIST)
		return 0;
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; r == 0 && i < list->len; i++) {
		pv_val one = list->items[i], now;
		const pv_val *image = pv_get(&one, "image");
		if (image && image->type != PV_NULL) {
			r = put_image(s, c, image, &now);
			if (r == 0)
				one = pv_with(s->cx->arena, &one, "image", now);
		}
		pv_listb_add(&b, one);
	}
	if (r == 0)
		*list = pv_listb_end(&b);
	return r;
}

static int
images_in_map(kust_state *s, image_change *c, const pv_val *v, unsigned depth, pv_val *ret)
{
	*ret = *v;
	for (size_t i = 0; i < v->len; i++) {
		const char *key = pv_text(&v->members[i].key, "");
		pv_val now;
		int r = images_below(s, c, &v->members[i].val, depth + 1, &now);
		if (r == 0 && (pv_streq(key, "containers") || pv_streq(key, "initContainers")))
			r = containers(s, c, &now);
		if (r < 0)
			return r;
		if (memcmp(&now, &v->members[i].val, sizeof now) != 0)
			*ret = pv_with(s->cx->arena, ret, key, now);
	}
	return 0;
}

static int
images_below(kust_state *s, image_change *c, const pv_val *v, unsigned depth, pv_val *ret)
{
	pv_listb b;
	bool changed = false;
	*ret = *v;
	if (depth > 1000)
		return pv_fail(s->cx, PV_ETOOLARGE, "an object lies more than 1000 levels deep");
	if (v->type == PV_OBJECT)
		return images_in_map(s, c, v, depth, ret);
	if (v->type != PV_LIST)
		return 0;
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		pv_val now;
		int r = images_below(s, c, &v->items[i], depth + 1, &now);
		if (r < 0)
			return r;
		changed |= memcmp(&now, &v->items[i], sizeof now) != 0;
		pv_listb_add(&b, now);
	}
	if (changed)
		*ret = pv_listb_end(&b);
	return 0;
}

int
kust_image(kust_work *w)
{
	kust_state *s = w->t->s;
	image_change c = {.image = pv_get(w->config, "imageTag")};
	kust_change change = {.leaf = put_image, .of = &c};
	const char *pattern = pv_printf(s->cx->arena, "^%s(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$",
					pv_text_at(c.image, "name", ""));
	pv_vec specs;
	int r = pv_re_cached(s->cx, pv_str_of(pattern), NULL, &c.re);
	kust_specs_of(s->cx->arena, pv_get(w->config, "fieldSpecs"), &specs);
	for (size_t i = 0; r == 0 && i < w->set->len; i++) {
		kust_res *one = KUST_RES(w->set, i);
		const pv_val *now;
		pv_val v;
		if (pv_streq(one->id.kind, "CustomResourceDefinition"))
			continue;
		r = images_below(s, &c, one->v, 0, &v);
		if (r == 0)
			r = kust_specs_apply(s, &specs, &change, pv_box(s->cx->arena, v), &now);
		if (r == 0)
			kust_res_set(one, s->cx->arena, now);
	}
	return r;
}
