/* text: values as Rego prints them, and as JSON has them. */
#include "base/arena.h"
#include "base/str.h"
#include "lang/json/json.h"
#include "lang/rego/builtin.h"
#include "lang/rego/compile.h"

static void
write_items(pv_buf *b, const pv_val *v)
{
	for (uint32_t i = 0; i < v->len; i++) {
		if (i)
			pv_buf_adds(b, ", ");
		rg_write_term(b, &v->items[i]);
	}
}

/* Values are as deep as their readers allow (JSON: 1000) or rules nest them. */
void
rg_write_term(pv_buf *b, const pv_val *v)
{
	switch ((enum pv_type)v->type) {
	case PV_LIST:
		pv_buf_addc(b, '[');
		write_items(b, v);
		pv_buf_addc(b, ']');
		break;
	case PV_SET:
		if (v->len == 0) {
			pv_buf_adds(b, "set()");
			break;
		}
		pv_buf_addc(b, '{');
		write_items(b, v);
		pv_buf_addc(b, '}');
		break;
	case PV_OBJECT:
		pv_buf_addc(b, '{');
		for (uint32_t i = 0; i < v->len; i++) {
			const pv_member *m = pv_sorted(v, i);
			if (i)
				pv_buf_adds(b, ", ");
			rg_write_term(b, &m->key);
			pv_buf_adds(b, ": ");
			rg_write_term(b, &m->val);
		}
		pv_buf_addc(b, '}');
		break;
	default: pv_json_write(b, v); break;
	}
}

static bool
is_json(const pv_val *v)
{
	if (v->type == PV_SET)
		return false;
	for (uint32_t i = 0; v->type == PV_LIST && i < v->len; i++)
		if (!is_json(&v->items[i]))
			return false;
	for (uint32_t i = 0; v->type == PV_OBJECT && i < v->len; i++)
		if (v->members[i].key.type != PV_STRING || !is_json(&v->members[i].val))
			return false;
	return true;
}

static pv_val
json_key(pv_arena *arena, const pv_val *key)
{
	if (key->type == PV_STRING)
		return *key;
	pv_val v = pv_rego_json(arena, key);
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_json_write_sorted(&b, &v);
	return pv_stringn(arena, b.s, b.len);
}

pv_val
pv_rego_json(pv_arena *arena, const pv_val *v)
{
	if (is_json(v))
		return *v;
	if (v->type == PV_OBJECT) {
		pv_objb o;
		pv_objb_init(&o, arena);
		for (uint32_t i = 0; i < v->len; i++) {
			const pv_member *m = pv_sorted(v, i);
			pv_objb_add(&o, json_key(arena, &m->key), pv_rego_json(arena, &m->val));
		}
		return pv_objb_end(&o);
	}
	pv_listb list;
	pv_listb_init(&list, arena);
	for (uint32_t i = 0; i < v->len; i++)
		pv_listb_add(&list, pv_rego_json(arena, &v->items[i]));
	return pv_listb_end(&list);
}

/* ---- ground terms ---- */

static int
ground(pv_ctx *cx, const rg_term *t, pv_val *ret)
{
	pv_listb list;
	pv_objb object;
	pv_val *parts = pv_new_array(cx->arena, pv_val, t->n);
	for (uint32_t i = 0; i < t->n; i++) {
		int r = ground(cx, t->args[i], &parts[i]);
		if (r < 0)
			return r;
	}
	switch (t->kind) {
	case RG_CONST: *ret = t->val; return 0;
	case RG_ARRAY:
	case RG_SET:
		pv_listb_init(&list, cx->arena);
		for (uint32_t i = 0; i < t->n; i++)
			pv_listb_add(&list, parts[i]);
		*ret = t->kind == RG_SET ? pv_listb_end_set(&list) : pv_listb_end(&list);
		return 0;
	case RG_OBJECT:
		pv_objb_init(&object, cx->arena);
		for (uint32_t i = 0; i + 1 < t->n; i += 2)
			pv_objb_add(&object, parts[i], parts[i + 1]);
		*ret = pv_objb_end(&object);
		return 0;
	default:
		return rg_fail(cx, NULL, &t->loc, "rego_parse_error",
			       "expected a ground term (no variables, references or calls)");
	}
}

int
pv_rego_term(pv_ctx *cx, const char *text, const pv_val **ret)
{
	rg_term *t;
	pv_val v;
	int r = rg_parse_term(cx, cx->arena, pv_str_of(text), &t);
	if (r == 0)
		r = ground(cx, t, &v);
	if (r == 0)
		*ret = pv_box(cx->arena, v);
	return r;
}
