/* params: sets of parameters: flattened, chosen, merged. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "delivery/applicationset/appset.h"

#define SETS_MOST 50000
#define DEPTH_MOST 100

/* ---- flat ---- */

/* A long name above many others comes into each of theirs. */
static int
flatten(appset *s, pv_objb *out, const pv_val *v, const char *prefix, int depth)
{
	int r = 0;
	for (size_t i = 0; r == 0 && depth < DEPTH_MOST && i < pv_count(v); i++) {
		const pv_val *item = pv_item(v, i);
		const char *name =
			pv_is(v, PV_LIST) ? pv_printf(out->arena, "%zu", i) : pv_text(&v->members[i].key, "");
		const char *path = *prefix ? pv_printf(out->arena, "%s.%s", prefix, name) : name;
		r = appset_goes_on(s);
		if (r == 0 && (pv_is(item, PV_OBJECT) || pv_is(item, PV_LIST)))
			r = flatten(s, out, item, path, depth + 1);
		else if (r == 0)
			pv_objb_put(out, path, pv_string_ref(appset_template_plain(out->arena, item)));
	}
	return r;
}

int
appset_params_flat(appset *s, const pv_val *v, pv_val *ret)
{
	pv_objb b;
	int r;
	pv_objb_init(&b, s->cx->arena);
	r = flatten(s, &b, v, "", 0);
	*ret = pv_objb_end(&b);
	return r;
}

/* ---- chosen: a label selector whose values may be any text (addresses of clusters are) ---- */

static int
bad_operator(appset *s, const char *field, const char *operator)
{
	return pv_fail(s->cx, PV_EINVALID,
		       "%s.selector: expected the operator In, NotIn, Exists or DoesNotExist, found \"%.*s\"",
		       field, PV_CLIP(operator));
}

static int
expression_fits(appset *s, const pv_val *e, const char *field, const pv_val *flat, bool *ret)
{
	const char *operator= pv_text_at(e, "operator", "");
	const pv_val *have = pv_get(flat, pv_text_at(e, "key", ""));
	bool in = have && pv_list_has(pv_get(e, "values"), have);
	if (pv_streq(operator, "In"))
		*ret = in;
	else if (pv_streq(operator, "NotIn"))
		*ret = !in;
	else if (pv_streq(operator, "Exists") || pv_streq(operator, "DoesNotExist"))
		*ret = (have != NULL) == pv_streq(operator, "Exists");
	else
		return bad_operator(s, field, operator);
	return 0;
}

int
appset_params_selected(appset *s, const pv_val *selector, const char *field, const pv_val *val, bool *ret)
{
	const pv_val *labels = pv_get(selector, "matchLabels"), *list = pv_get(selector, "matchExpressions");
	pv_val flat;
	int r = 0;
	*ret = true;
	if (!selector)
		return 0;
	r = appset_params_flat(s, val, &flat);
	for (size_t i = 0; r == 0 && *ret && i < pv_member_count(labels); i++) {
		const pv_val *have = pv_getv(&flat, &labels->members[i].key);
		*ret = have && pv_eq(have, &labels->members[i].val);
	}
	for (size_t i = 0; r == 0 && *ret && i < pv_count(list); i++)
		r = expression_fits(s, pv_item(list, i), field, &flat, ret);
	return r;
}

/* ---- merged, as mergo does ---- */

static bool
is_empty(const pv_val *v)
{
	if (!v)
		return true;
	switch ((enum pv_type)v->type) {
	case PV_NULL: return true;
	case PV_BOOL: return !v->b;
	case PV_NUMBER: return pv_f64(v, 1) == 0;
	default: return v->len == 0;
	}
}

static pv_val
merge(pv_arena *arena, const pv_val *dst, const pv_val *src, bool over, int depth)
{
	pv_objb b;
	pv_objb_from(&b, arena, dst);
	for (size_t i = 0; depth < DEPTH_MOST && i < pv_member_count(src); i++) {
		const pv_member *m = &src->members[i];
		const pv_val *have = pv_getv(dst, &m->key);
		if (pv_is(have, PV_OBJECT) && pv_is(&m->val, PV_OBJECT))
			pv_objb_putv(&b, m->key, merge(arena, have, &m->val, over, depth + 1));
		else if (is_empty(have) || (over && !is_empty(&m->val)))
			pv_objb_putv(&b, m->key, m->val);
	}
	return pv_objb_end(&b);
}

pv_val
appset_params_merge(pv_arena *arena, const pv_val *dst, const pv_val *src, bool over)
{
	return merge(arena, dst, src, over, 0);
}

int
appset_params_combine(appset *s, const pv_val *a, const pv_val *b, pv_val *ret)
{
	pv_objb out;
	pv_objb_from(&out, s->cx->arena, a);
	for (size_t i = 0; i < pv_member_count(b); i++) {
		const pv_member *m = &b->members[i];
		const pv_val *have = pv_getv(a, &m->key);
		if (have && !pv_eq(have, &m->val))
			return pv_fail(
				s->cx, PV_EINVALID,
				"found duplicate key %s with different value, a: %.*s ,b: %.*s: give a git generator a "
				"pathParamPrefix",
				pv_text(&m->key, ""), PV_CLIP(appset_template_plain(s->cx->arena, have)),
				PV_CLIP(appset_template_plain(s->cx->arena, &m->val)));
		pv_objb_putv(&out, m->key, m->val);
	}
	*ret = pv_objb_end(&out);
	return 0;
}

/* ---- values ---- */

/* None of them sees another: they are made of what was there before. */
int
appset_params_add_values(appset *s, const pv_val *values, pv_val *val)
{
	params *p = appset_params_new(s, *val);
	pv_objb out, own;
	int r = 0;
	if (!pv_count(values))
		return 0;
	pv_objb_from(&out, s->cx->arena, val);
	pv_objb_init(&own, s->cx->arena);
	for (size_t i = 0; r == 0 && i < pv_member_count(values); i++) {
		const pv_member *m = &values->members[i];
		pv_str text;
		r = appset_template_text(s, pv_strv(&m->val), p, &text);
		if (r < 0)
			return pv_wrap(s->cx, r, "values.%s", pv_text(&m->key, ""));
		if (s->go)
			pv_objb_putv(&own, m->key, pv_stringn(s->cx->arena, text.s, text.len));
		else
			pv_objb_put(&out, pv_printf(s->cx->arena, "values.%s", pv_text(&m->key, "")),
				    pv_stringn(s->cx->arena, text.s, text.len));
	}
	if (s->go)
		pv_objb_put(&out, "values", pv_objb_end(&own));
	*val = pv_objb_end(&out);
	return 0;
}

int
appset_params_push(appset *s, pv_vec *ret, pv_val val)
{
	params *p = appset_params_new(s, val);
	if (++s->sets > SETS_MOST)
		return pv_fail(
			s->cx, PV_ETOOLARGE,
			"the generators make more than %d sets of parameters: choose fewer, or make several "
			"ApplicationSets",
			SETS_MOST);
	pv_vec_push(ret, &p);
	return appset_goes_on(s);
}
