/* document: documents (pv_val) to a template's values and back. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/value.h"

#define DEPTH 1000 /* as deep as a document may be */

static pv_tv
number(const pv_val *v, bool floats)
{
	double d = 0;
	if (v->num == PV_INT)
		return floats ? pv_tv_float((double)v->i) : pv_tv_int64(v->i);
	if (v->num == PV_DOUBLE)
		return pv_tv_float(v->d);
	(void)pv_parse_double((pv_str){v->s, v->len}, &d);
	return pv_tv_float(d);
}

static pv_str
key_text(pv_arena *arena, const pv_val *key)
{
	char room[PV_NUMBER_ROOM];
	if (key->type == PV_STRING)
		return (pv_str){key->s, key->len};
	if (key->type != PV_NUMBER)
		return pv_str_of(key->type == PV_BOOL ? (key->b ? "true" : "false") : "null");
	pv_str s = pv_number_text(key, room);
	return (pv_str){pv_strndup(arena, s.s, s.len), s.len};
}

static pv_tv
from(pv_arena *arena, const pv_val *v, bool floats, unsigned depth)
{
	if (v == NULL || depth > DEPTH)
		return pv_tv_nil();
	switch ((enum pv_type)v->type) {
	case PV_NULL: return pv_tv_nil();
	case PV_BOOL: return pv_tv_bool(v->b);
	case PV_NUMBER: return number(v, floats);
	case PV_STRING: return pv_tv_str((pv_str){v->s, v->len});
	case PV_LIST:
	case PV_SET: {
		pv_tv *items = pv_new_array(arena, pv_tv, v->len);
		for (uint32_t i = 0; i < v->len; i++)
			items[i] = from(arena, &v->items[i], floats, depth + 1);
		return pv_tv_list(arena, items, v->len, PV_TY_PLAIN);
	}
	case PV_OBJECT: {
		pv_tmap *m = pv_tmap_new(arena);
		for (uint32_t i = 0; i < v->len; i++)
			pv_tmap_put(m, key_text(arena, &v->members[i].key),
				    from(arena, &v->members[i].val, floats, depth + 1));
		return pv_tv_map(m);
	}
	}
	return pv_tv_nil();
}

pv_tv
pv_tv_from(pv_arena *arena, const pv_val *v, bool floats)
{
	return from(arena, v, floats, 0);
}

/* ---- back ---- */

static bool to(pv_arena *arena, const pv_tv *v, pv_val *ret, unsigned depth);

static bool
list_to(pv_arena *arena, const pv_tlist *l, pv_val *ret, unsigned depth)
{
	pv_listb b;
	pv_listb_init(&b, arena);
	for (size_t i = 0; i < l->len; i++) {
		pv_val item;
		if (!to(arena, &l->items[i], &item, depth + 1))
			return false;
		pv_listb_add(&b, item);
	}
	*ret = pv_listb_end(&b);
	return true;
}

static bool
map_to(pv_arena *arena, pv_tmap *m, pv_val *ret, unsigned depth)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_tmap_sort(m);
	for (uint32_t i = 0; i < m->len; i++) {
		pv_val val, key = pv_stringn(arena, m->at[i].key.s, m->at[i].key.len);
		if (!to(arena, &m->at[i].val, &val, depth + 1))
			return false;
		pv_objb_add(&b, key, val);
	}
	*ret = pv_objb_end(&b);
	return true;
}

static bool
unsigned_to(pv_arena *arena, uint64_t u, pv_val *ret)
{
	const char *text = pv_printf(arena, "%llu", (unsigned long long)u);
	return pv_number(arena, text, strlen(text), ret);
}

static bool
to(pv_arena *arena, const pv_tv *v, pv_val *ret, unsigned depth)
{
	pv_tv data;
	if (depth > DEPTH || !pv_tv_fits(arena))
		return false;
	*ret = pv_null();
	switch ((enum pv_tkind)v->kind) {
	case PV_T_INVALID:
	case PV_T_NIL: return true;
	case PV_T_BOOL: *ret = pv_bool(v->b); return true;
	case PV_T_INT: *ret = pv_int(v->i); return true;
	case PV_T_UINT: return unsigned_to(arena, v->u, ret);
	case PV_T_FLOAT:
		if (isnan(v->d) || isinf(v->d))
			return false;
		*ret = pv_double(v->d);
		return true;
	case PV_T_COMPLEX: return false;
	case PV_T_STRING:
		*ret = v->type == PV_TY_BYTES ? pv_string_ref(pv_base64(arena, v->s, v->len, false))
					      : pv_stringn(arena, v->s, v->len);
		return true;
	case PV_T_LIST: return list_to(arena, v->list, ret, depth);
	case PV_T_MAP: return map_to(arena, v->map, ret, depth);
	case PV_T_OBJECT:
		if (v->object->class->data == NULL)
			return true;
		return v->object->class->data(arena, v->object, &data) && to(arena, &data, ret, depth + 1);
	}
	return false;
}

bool
pv_tv_to(pv_arena *arena, const pv_tv *v, pv_val *ret)
{
	return to(arena, v, ret, 0);
}
