/* combine: matrix and merge: generators out of generators.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Matrix/ */
#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "delivery/applicationset/appset.h"
#include "lang/json/json.h"

struct child {
	appset *s;
	size_t kinds;
	pv_vec found;
};

static int
take(void *arg, const pv_val *of PV_UNUSED, const char *field, const pv_vec *found)
{
	struct child *c = arg;
	if (c->kinds++ > 0)
		return pv_fail(c->s->cx, PV_EINVALID,
			       "%s: found more than one generator in one item: expected one", field);
	c->found = *found;
	return 0;
}

static int
child(appset *s, const pv_val *list, size_t i, const char *field, int depth, params *with, pv_vec *ret)
{
	struct child c = {.s = s};
	const char *at = pv_printf(s->cx->arena, "%s.generators[%zu]", field, i);
	int r;
	pv_vec_init(&c.found, s->cx->arena, sizeof(params *));
	r = appset_generate(s, pv_item(list, i), at, depth + 1, with, take, &c);
	*ret = c.found;
	return r;
}

/* ---- matrix ---- */

/* Where both say something the first one wins, but for flat ones, which must not. */
static int
pair(appset *s, const char *field, const params *first, const params *second, pv_vec *ret)
{
	pv_val both;
	int r = 0;
	if (s->go)
		both = appset_params_merge(s->cx->arena, &second->val, &first->val, true);
	else
		r = appset_params_combine(s, &first->val, &second->val, &both);
	return r < 0 ? pv_wrap(s->cx, r, "%s", field) : appset_params_push(s, ret, both);
}

static int
matrix(appset *s, const pv_val *of, const char *field, int depth, pv_vec *ret)
{
	const pv_val *list = pv_get(of, "generators");
	pv_vec first, second;
	int r;
	if (pv_count(list) != 2)
		return pv_fail(s->cx, PV_EINVALID,
			       "%s.generators: found %s than two generators, Matrix support only two", field,
			       pv_count(list) < 2 ? "less" : "more");
	r = child(s, list, 0, field, depth, NULL, &first);
	for (size_t i = 0; r == 0 && i < first.len; i++) {
		params *p = *PV_AT(params *, &first, i);
		r = child(s, list, 1, field, depth, p, &second);
		for (size_t k = 0; r == 0 && k < second.len; k++)
			r = pair(s, field, p, *PV_AT(params *, &second, k), ret);
	}
	return r;
}

/* ---- merge ---- */

/* Of the merge keys what the set says, as JSON. */
static const char *
key_of(appset *s, const pv_val *keys, const pv_val *val)
{
	pv_objb b;
	pv_buf text;
	pv_val key;
	pv_objb_init(&b, s->cx->arena);
	for (size_t i = 0; i < pv_count(keys); i++) {
		const pv_val *v = pv_getv(val, pv_item(keys, i));
		pv_objb_putv(&b, *pv_item(keys, i), v ? *v : pv_null());
	}
	key = pv_objb_end(&b);
	pv_buf_init(&text, s->cx->arena);
	pv_json_write(&text, &key);
	return text.s;
}

static int
by_key(appset *s, const pv_val *keys, const char *field, const pv_vec *sets, pv_map **ret)
{
	int r = 0;
	*ret = pv_map_new(s->cx->arena);
	for (size_t i = 0; r == 0 && i < sets->len; i++) {
		params *p = *PV_AT(params *, sets, i);
		const char *key = key_of(s, keys, &p->val);
		r = appset_goes_on(s);
		if (r == 0 && pv_map_puts(*ret, key, p))
			return pv_fail(
				s->cx, PV_EINVALID,
				"%s: the parameters from a generator were not unique by the given mergeKeys, Merge "
				"requires all param sets to be unique. Duplicate key was %.*s",
				field, PV_CLIP(key));
	}
	return r;
}

static int
override(appset *s, const pv_val *keys, const char *field, pv_vec *base, const pv_vec *sets)
{
	pv_map *by;
	int r = by_key(s, keys, field, sets, &by);
	for (size_t i = 0; r == 0 && i < base->len; i++) {
		params *p = *PV_AT(params *, base, i), *with = pv_map_finds(by, key_of(s, keys, &p->val));
		pv_objb b;
		r = appset_goes_on(s);
		if (r < 0 || !with)
			continue;
		if (s->go) {
			p->val = appset_params_merge(s->cx->arena, &p->val, &with->val, true);
			continue;
		}
		pv_objb_from(&b, s->cx->arena, &p->val);
		for (size_t k = 0; k < pv_member_count(&with->val); k++)
			pv_objb_putv(&b, with->val.members[k].key, with->val.members[k].val);
		p->val = pv_objb_end(&b);
	}
	return r;
}

static int
merge(appset *s, const pv_val *of, const char *field, int depth, pv_vec *ret)
{
	const pv_val *list = pv_get(of, "generators"), *keys = pv_get(of, "mergeKeys");
	pv_vec base, sets;
	pv_map *by;
	int r;
	if (pv_count(list) < 2)
		return pv_fail(s->cx, PV_EINVALID,
			       "%s.generators: found less than two generators, Merge requires two or more",
			       field);
	if (pv_count(keys) == 0)
		return pv_fail(s->cx, PV_EINVALID,
			       "%s.mergeKeys: no merge keys were specified, Merge requires at least one",
			       field);
	r = child(s, list, 0, field, depth, NULL, &base);
	if (r == 0)
		r = by_key(s, keys, field, &base, &by);
	for (size_t i = 1; r == 0 && i < pv_count(list); i++) {
		r = child(s, list, i, field, depth, NULL, &sets);
		if (r == 0)
			r = override(s, keys, field, &base, &sets);
	}
	for (size_t i = 0; r == 0 && i < base.len; i++)
		r = appset_params_push(s, ret, (*PV_AT(params *, &base, i))->val);
	return r;
}

const generator matrix_generator = {"matrix", matrix};
const generator merge_generator = {"merge", merge};
