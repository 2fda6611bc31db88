/* set: the objects of a build in their order; texts read into them. */
#include <string.h>

#include "delivery/kustomize/impl.h"
#include "lang/yaml/yaml.h"

static size_t
having(const pv_vec *set, const kust_id *id, kust_res **ret)
{
	size_t n = 0;
	for (size_t i = 0; i < set->len; i++) {
		kust_res *r = KUST_RES(set, i);
		if (r->v && kust_id_equal(&r->id, id)) {
			n++;
			*ret = r;
		}
	}
	return n;
}

/* Those that have or had it; *ret: the first. */
static size_t
having_ever(const pv_vec *set, const kust_id *id, kust_res **ret)
{
	size_t n = 0;
	for (size_t i = 0; i < set->len; i++) {
		kust_res *r = KUST_RES(set, i);
		bool is = false;
		for (size_t k = 0; r->v && !is && k < kust_ids(r); k++) {
			kust_id one = kust_id_at(r, k);
			is = kust_id_equal(&one, id);
		}
		if (is && n++ == 0)
			*ret = r;
	}
	return n;
}

int
kust_append(kust_state *s, pv_vec *set, kust_res *r)
{
	kust_res *other;
	if (having(set, &r->id, &other) > 0)
		return pv_fail(s->cx, PV_EINVALID, "may not add resource with an already registered id: %s",
			       kust_id_text(s->cx->arena, &r->id));
	pv_vec_push(set, &r);
	return 0;
}

int
kust_append_all(kust_state *s, pv_vec *set, const pv_vec *more)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < more->len; i++)
		r = kust_append(s, set, KUST_RES(more, i));
	return r;
}

int
kust_find(kust_state *s, const pv_vec *set, const kust_id *id, kust_res **ret)
{
	size_t n = having_ever(set, id, ret);
	if (n == 1)
		return 0;
	return pv_fail(s->cx, PV_EINVALID, "%s matches for Id %s; failed to find unique target for patch %s",
		       n ? "multiple" : "no", kust_id_text(s->cx->arena, id), kust_id_text(s->cx->arena, id));
}

void
kust_drop_empty(pv_vec *set)
{
	size_t kept = 0;
	for (size_t i = 0; i < set->len; i++) {
		kust_res *r = KUST_RES(set, i);
		if (r->v && pv_count(r->v) > 0)
			*PV_AT(kust_res *, set, kept++) = r;
	}
	set->len = kept;
}

/* ---- generated ones ---- */

/* The id as Go prints it with %#v. */
static const char *
go_id(pv_arena *arena, const kust_id *id)
{
	return pv_printf(arena,
			 "resid.ResId{Gvk:resid.Gvk{Group:\"%s\", Version:\"%s\", Kind:\"%s\", "
			 "isClusterScoped:%s}, Name:\"%s\", Namespace:\"%s\"}",
			 id->group, id->version, id->kind, id->cluster ? "true" : "false", id->name, id->ns);
}

static pv_val
merged_map(pv_arena *arena, const pv_val *old, const pv_val *now)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < pv_member_count(old); i++)
		pv_objb_put(&b, pv_text(&old->members[i].key, ""),
			    pv_string(arena, pv_scalar_text(arena, &old->members[i].val)));
	for (size_t i = 0; i < pv_member_count(now); i++)
		pv_objb_put(&b, pv_text(&now->members[i].key, ""),
			    pv_string(arena, pv_scalar_text(arena, &now->members[i].val)));
	return pv_objb_end(&b);
}

static pv_val
with_map(pv_arena *arena, const pv_val *object, const char *key, const pv_val *old, const pv_val *now)
{
	pv_val map = merged_map(arena, old, now);
	return map.len > 0 ? pv_with(arena, object, key, map) : pv_without(arena, object, key);
}

/* The new one in the place of the old: names, marks and history are the old one's, and for a merge the data too. */
static void
take_over(pv_arena *arena, kust_res *r, const kust_res *old, bool merge)
{
	const pv_val *meta = pv_get(r->v, "metadata"), *was = pv_get(old->v, "metadata"),
		     *ns = pv_get(was, "namespace");
	pv_val m = with_map(arena, meta, "labels", pv_get(was, "labels"), pv_get(meta, "labels"));
	m = with_map(arena, &m, "annotations", pv_get(was, "annotations"), pv_get(meta, "annotations"));
	m = pv_with(arena, &m, "name", pv_string(arena, old->id.name));
	m = ns ? pv_with(arena, &m, "namespace", *ns) : pv_without(arena, &m, "namespace");
	pv_val v = pv_with(arena, r->v, "metadata", m);
	if (merge) {
		v = with_map(arena, &v, "data", pv_get(old->v, "data"), pv_get(r->v, "data"));
		v = with_map(arena, &v, "binaryData", pv_get(old->v, "binaryData"),
			     pv_get(r->v, "binaryData"));
	}
	r->hashed = r->hashed && old->hashed;
	r->behavior = old->behavior;
	r->past = old->past;
	r->prefixes = old->prefixes;
	r->suffixes = old->suffixes;
	r->vars = old->vars;
	if (merge && old->origin)
		r->origin = old->origin;
	kust_res_set(r, arena, pv_box(arena, v));
}

int
kust_absorb(kust_state *s, pv_vec *set, kust_res *r)
{
	static const char *const names[] = {"unspecified", "create", "replace", "merge"};
	pv_arena *arena = s->cx->arena;
	kust_res *old = NULL;
	size_t n = having_ever(set, &r->id, &old);
	bool merges = r->behavior == KUST_MERGE || r->behavior == KUST_REPLACE;
	if (n == 0 && !merges)
		return kust_append(s, set, r);
	if (n == 0)
		return pv_fail(s->cx, PV_EINVALID, "id %s does not exist; cannot merge or replace",
			       go_id(arena, &r->id));
	if (n > 1)
		return pv_fail(s->cx, PV_EINVALID, "found multiple objects that could accept merge of %s",
			       kust_id_text(arena, &r->id));
	if (!merges)
		return pv_fail(s->cx, PV_EINVALID,
			       "id %s exists; can not use behavior: '%s', behavior must be merge or replace",
			       go_id(arena, &r->id), names[r->behavior]);
	take_over(arena, r, old, r->behavior == KUST_MERGE);
	for (size_t i = 0; i < set->len; i++)
		if (KUST_RES(set, i) == old)
			*PV_AT(kust_res *, set, i) = r;
	return 0;
}

/* ---- reading ---- */

static int
check(kust_state *s, const pv_val *v)
{
	kust_id id = kust_id_of(s->cx->arena, v);
	if (!*id.kind)
		return pv_fail(s->cx, PV_EINVALID, "missing kind in object {{%s } {%s %s}}",
			       pv_text_at(v, "apiVersion", ""), id.name, id.ns);
	if (!pv_ends_with(id.kind, "List") && !*id.name)
		return pv_fail(s->cx, PV_EINVALID,
			       "missing metadata.name in object {{%s %s} {{ %s} map[] map[]}}",
			       pv_text_at(v, "apiVersion", ""), id.kind, id.ns);
	return 0;
}

static int
add(kust_state *s, const pv_val *v, pv_vec *lists, pv_vec *ret)
{
	if (pv_is(v, PV_NULL) || (pv_is(v, PV_OBJECT) && pv_count(v) == 0))
		return 0;
	if (!pv_is(v, PV_OBJECT))
		return pv_fail(s->cx, PV_EINVALID, "missing kind in object: expected a mapping, found %s",
			       pv_type_name(v));
	int r = check(s, v);
	if (r < 0)
		return r;
	if (pv_ends_with(pv_text_at(v, "kind", ""), "List") && pv_get(v, "items")) {
		pv_vec_push(lists, &v);
		return 0;
	}
	if (++s->resources > KUST_RESOURCES)
		return pv_fail(s->cx, PV_ETOOLARGE, "more than %d objects in one build", KUST_RESOURCES);
	kust_res *one = kust_res_new(s, v);
	pv_vec_push(ret, &one);
	return 0;
}

int
kust_parse(kust_state *s, const char *file, pv_str text, pv_vec *ret)
{
	pv_vec docs, lists; /* what lists hold comes behind the documents */
	pv_vec_init(ret, s->cx->arena, sizeof(kust_res *));
	pv_vec_init(&lists, s->cx->arena, sizeof(const pv_val *));
	pv_vec_init(&s->repeats, s->cx->arena, sizeof(const char *));
	pv_yaml_opts opts = {.file = file, .core = true, .duplicates = &s->repeats};
	int r = pv_yaml_parse_all(s->cx, text, &opts, &docs);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < docs.len; i++)
		r = add(s, PV_AT(pv_yaml_doc, &docs, i)->val, &lists, ret);
	for (size_t i = 0; r == 0 && i < lists.len; i++) {
		const pv_val *items = pv_get(*PV_AT(const pv_val *, &lists, i), "items");
		if (!pv_is(items, PV_LIST) && !pv_is(items, PV_NULL))
			return pv_fail(s->cx, PV_EINVALID, "expected array in %s/items, but found %s",
				       pv_text_at(*PV_AT(const pv_val *, &lists, i), "kind", ""),
				       pv_type_name(items));
		for (size_t k = 0; r == 0 && k < pv_count(items); k++)
			r = add(s, pv_item(items, k), &lists, ret);
	}
	return r;
}
