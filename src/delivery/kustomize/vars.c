/* vars: $(NAME) in fields, replaced by what another object's field has in the end. */
#include <string.h>

#include "delivery/kustomize/path.h"

/* ---- gathering ---- */

static kust_id
target_of(pv_arena *arena, const pv_val *var)
{
	const pv_val *ref = pv_get(var, "objref");
	const char *api = pv_text_at(ref, "apiVersion", ""), *slash = strchr(api, '/');
	kust_id id = {.group = slash ? pv_strndup(arena, api, (size_t)(slash - api))
				     : pv_text_at(ref, "group", ""),
		      .version = slash  ? slash + 1
				 : *api ? api
					: pv_text_at(ref, "version", ""),
		      .kind = pv_text_at(ref, "kind", ""),
		      .name = pv_text_at(ref, "name", ""),
		      .ns = pv_text_at(ref, "namespace", "")};
	id.cluster = kust_is_cluster(id.group, id.version, id.kind);
	return id;
}

static bool
is_target(const kust_id *target, const kust_res *r)
{
	for (size_t k = 0; k < kust_ids(r); k++) {
		kust_id id = kust_id_at(r, k);
		bool ns = (!*target->ns && !target->cluster) || kust_same_ns(target, &id);
		if (ns && pv_streq(id.name, target->name) && pv_streq(id.kind, target->kind) &&
		    pv_streq(id.group, target->group) && pv_streq(id.version, target->version))
			return true;
	}
	return false;
}

static const char *
var_text(pv_arena *arena, const pv_val *v)
{
	kust_id id = target_of(arena, v);
	return pv_printf(arena, "{%s %s {%s}}", pv_text_at(v, "name", ""),
			 kust_kind_text(arena, id.group, id.version, id.kind),
			 pv_text_at(v, "fieldref.fieldPath", "metadata.name"));
}

static int
add(kust_state *s, kust_accumulated *a, const kust_var *v)
{
	for (size_t i = 0; i < a->vars.len; i++)
		if (pv_streq(PV_AT(kust_var, &a->vars, i)->name, v->name))
			return pv_fail(s->cx, PV_EINVALID, "var '%s' already encountered", v->name);
	pv_vec_push(&a->vars, v);
	return 0;
}

int
kust_vars_merge(kust_state *s, kust_accumulated *a, const pv_vec *more)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < more->len; i++)
		r = add(s, a, PV_AT(kust_var, more, i));
	return r;
}

/* The object is found now: its name may be another's later. */
static int
bind(kust_state *s, kust_accumulated *a, const pv_val *v)
{
	kust_id target = target_of(s->cx->arena, v);
	const char *name = pv_text_at(v, "name", "");
	kust_res *found = NULL;
	size_t n = 0;
	for (size_t i = 0; i < a->set.len; i++)
		if (is_target(&target, KUST_RES(&a->set, i))) {
			found = KUST_RES(&a->set, i);
			n++;
		}
	if (n > 1)
		return pv_fail(s->cx, PV_EINVALID,
			       "found %zu resId matches for var %s (unable to disambiguate)", n,
			       var_text(s->cx->arena, v));
	if (n == 1)
		pv_vec_push(&found->vars, &name);
	return 0;
}

static int
merging(kust_state *s, int r, const pv_val *vars)
{
	pv_buf b;
	pv_buf_init(&b, s->cx->arena);
	for (size_t i = 0; i < pv_count(vars); i++)
		pv_buf_printf(&b, "%s%s", i ? " " : "", var_text(s->cx->arena, pv_item(vars, i)));
	return pv_wrap(s->cx, r, "merging vars [%s]", b.len ? b.s : "");
}

int
kust_vars_add(kust_state *s, kust_accumulated *a, const pv_val *vars)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(vars); i++)
		r = bind(s, a, pv_item(vars, i));
	for (size_t i = 0; r == 0 && i < pv_count(vars); i++) {
		kust_var v = {.v = pv_item(vars, i), .name = pv_text_at(pv_item(vars, i), "name", "")};
		r = add(s, a, &v);
	}
	return r < 0 ? merging(s, r, vars) : 0;
}

/* ---- replacing ---- */

static const char *
wrapped(pv_arena *arena, pv_str name)
{
	return pv_printf(arena, "$(%.*s)", (int)name.len, name.s);
}

/* The value of a name, or what would be written for it. */
static pv_val
value_of(kust_state *s, pv_map *values, pv_str name)
{
	const pv_val *v = pv_map_find(values, name.s, name.len);
	return v && v->type != PV_OBJECT && v->type != PV_LIST ? *v
							       : pv_string_ref(wrapped(s->cx->arena, name));
}

static pv_val
expanded(kust_state *s, pv_map *values, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, s->cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		const char *end;
		if (v->s[i] != '$' || i + 1 == v->len) {
			pv_buf_addc(&b, v->s[i]);
		} else if (v->s[i + 1] == '$') {
			pv_buf_addc(&b, '$');
			i++;
		} else if (v->s[i + 1] == '(' && (end = memchr(v->s + i + 2, ')', v->len - i - 2)) != NULL) {
			pv_str name = {v->s + i + 2, (size_t)(end - v->s) - i - 2};
			pv_val value = value_of(s, values, name);
			if (name.len + 3 == v->len)
				return value;
			pv_buf_adds(&b, pv_scalar_text(s->cx->arena, &value));
			i += name.len + 2;
		} else {
			pv_buf_addc(&b, '$');
			pv_buf_addc(&b, v->s[++i]);
		}
	}
	return pv_stringn(s->cx->arena, b.len ? b.s : "", b.len);
}

static int
expand(kust_state *s, void *of, const pv_val *v, pv_val *ret)
{
	pv_listb b;
	*ret = *v;
	if (v->type == PV_STRING)
		*ret = expanded(s, of, v);
	if (v->type == PV_OBJECT)
		for (size_t i = 0; i < v->len; i++)
			if (v->members[i].val.type == PV_STRING)
				*ret = pv_with(s->cx->arena, ret, pv_text(&v->members[i].key, ""),
					       expanded(s, of, &v->members[i].val));
	if (v->type != PV_LIST)
		return 0;
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		if (v->items[i].type != PV_STRING)
			return pv_fail(s->cx, PV_EINVALID, "invalid value type expect a string");
		pv_listb_add(&b, expanded(s, of, &v->items[i]));
	}
	*ret = pv_listb_end(&b);
	return 0;
}

static int
find_value(kust_state *s, const kust_accumulated *a, const kust_var *v, const pv_val **ret)
{
	const char *path = pv_text_at(v->v, "fieldref.fieldPath", "metadata.name");
	for (size_t i = 0; i < a->set.len; i++) {
		const kust_res *one = KUST_RES(&a->set, i);
		for (size_t k = 0; k < one->vars.len; k++) {
			pv_vec parts;
			if (!pv_streq(*PV_AT(const char *, &one->vars, k), v->name))
				continue;
			kust_var_path(s->cx->arena, path, &parts);
			int r = kust_field_get(s, one->v, &parts, ret);
			if (r == 0 && *ret)
				return 0;
			if (r < 0)
				pv_recover(s->cx);
			return pv_fail(s->cx, PV_EINVALID,
				       "field specified in var '%s' not found in corresponding resource",
				       var_text(s->cx->arena, v->v));
		}
	}
	return pv_fail(s->cx, PV_EINVALID,
		       "var '%s' cannot be mapped to a field in the set of known resources",
		       var_text(s->cx->arena, v->v));
}

int
kust_vars_resolve(kust_state *s, kust_accumulated *a)
{
	pv_map *values = pv_map_new(s->cx->arena);
	kust_change change = {.leaf = expand, .of = values};
	int r = 0;
	for (size_t i = 0; r == 0 && i < a->vars.len; i++) {
		const kust_var *v = PV_AT(kust_var, &a->vars, i);
		const pv_val *value;
		r = find_value(s, a, v, &value);
		if (r == 0)
			pv_map_puts(values, v->name, (void *)(uintptr_t)value);
	}
	for (size_t i = 0; r == 0 && a->vars.len > 0 && i < a->set.len; i++) {
		const pv_val *now;
		r = kust_specs_apply(s, &a->config.lists[KUST_VARS], &change, KUST_RES(&a->set, i)->v, &now);
		if (r == 0)
			kust_res_set(KUST_RES(&a->set, i), s->cx->arena, now);
	}
	return r;
}
