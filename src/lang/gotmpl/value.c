/* value: making and asking values; maps are in map.c, documents in document.c. */
#include "lang/gotmpl/value.h"

#include <string.h>

#include "base/arena.h"

#define DEPTH 1000 /* of what is compared or copied */

pv_tv
pv_tv_invalid(void)
{
	return (pv_tv){.kind = PV_T_INVALID};
}

pv_tv
pv_tv_nil(void)
{
	return (pv_tv){.kind = PV_T_NIL};
}

pv_tv
pv_tv_bool(bool b)
{
	return (pv_tv){.kind = PV_T_BOOL, .b = b};
}

pv_tv
pv_tv_int(int64_t i)
{
	return (pv_tv){.kind = PV_T_INT, .i = i};
}

pv_tv
pv_tv_int64(int64_t i)
{
	return (pv_tv){.kind = PV_T_INT, .type = PV_TY_INT64, .i = i};
}

pv_tv
pv_tv_float(double d)
{
	return (pv_tv){.kind = PV_T_FLOAT, .d = d};
}

pv_tv
pv_tv_str(pv_str s)
{
	return (pv_tv){.kind = PV_T_STRING, .len = (uint32_t)s.len, .s = s.s};
}

pv_tv
pv_tv_text(const char *s)
{
	return pv_tv_str(pv_str_of(s));
}

pv_tv
pv_tv_buf(const pv_buf *b)
{
	return pv_tv_str((pv_str){b->len ? b->s : "", b->len});
}

pv_tv
pv_tv_object(pv_arena *arena, const pv_tclass *class, void *of)
{
	pv_tobject *o = pv_new(arena, pv_tobject);
	o->class = class;
	o->of = of;
	return (pv_tv){.kind = PV_T_OBJECT, .object = o};
}

pv_tv
pv_tv_list(pv_arena *arena, const pv_tv *items, size_t n, enum pv_ttype type)
{
	pv_tlist *l = pv_new(arena, pv_tlist);
	l->items = items;
	l->len = n;
	return (pv_tv){.kind = PV_T_LIST, .type = (uint8_t)type, .list = l};
}

pv_tv
pv_tv_map(pv_tmap *map)
{
	return (pv_tv){.kind = PV_T_MAP, .map = map};
}

/* ---- asking ---- */

pv_str
pv_tv_strv(const pv_tv *v)
{
	return v->kind == PV_T_STRING ? (pv_str){v->s, v->len} : (pv_str){"", 0};
}

const char *
pv_tv_type(const pv_tv *v)
{
	switch ((enum pv_tkind)v->kind) {
	case PV_T_INVALID: return "<nil>";
	case PV_T_NIL: return "interface {}";
	case PV_T_BOOL: return "bool";
	case PV_T_INT: return v->type == PV_TY_INT64 ? "int64" : "int";
	case PV_T_UINT: return "uint64";
	case PV_T_FLOAT: return "float64";
	case PV_T_COMPLEX: return "complex128";
	case PV_T_STRING: return v->type == PV_TY_BYTES ? "[]uint8" : "string";
	case PV_T_LIST:
		return v->list->named             ? v->list->named->type
		       : v->type == PV_TY_STRINGS ? "[]string"
		       : v->type == PV_TY_INTS    ? "[]int"
		       : v->type == PV_TY_LISTS   ? "[][]interface {}"
						  : "[]interface {}";
	case PV_T_MAP:
		return v->map->named                 ? v->map->named->type
		       : v->type == PV_TY_STRING_MAP ? "map[string]string"
		       : v->type == PV_TY_VALUES     ? "common.Values"
						     : "map[string]interface {}";
	case PV_T_OBJECT: return v->object->class->type;
	}
	return "";
}

const char *
pv_tv_kind(const pv_tv *v)
{
	switch ((enum pv_tkind)v->kind) {
	case PV_T_INVALID:
	case PV_T_NIL: return "invalid";
	case PV_T_STRING: return v->type == PV_TY_BYTES ? "slice" : "string";
	case PV_T_LIST: return "slice";
	case PV_T_MAP: return "map";
	case PV_T_OBJECT: return *v->object->class->type == '*' ? "ptr" : "struct";
	default: return pv_tv_type(v);
	}
}

bool
pv_tv_truth(const pv_tv *v)
{
	switch ((enum pv_tkind)v->kind) {
	case PV_T_INVALID:
	case PV_T_NIL: return false;
	case PV_T_BOOL: return v->b;
	case PV_T_INT: return v->i != 0;
	case PV_T_UINT: return v->u != 0;
	case PV_T_FLOAT: return v->d != 0;
	case PV_T_COMPLEX: return v->complex[0] != 0 || v->complex[1] != 0;
	case PV_T_STRING: return v->len > 0;
	case PV_T_LIST: return v->list->len > 0;
	case PV_T_MAP: return v->map->len > 0;
	case PV_T_OBJECT: return true;
	}
	return false;
}

/* What is shared can be seen more often than there are things. */
static bool
spend(uint64_t *steps, uint64_t more)
{
	*steps -= *steps > more ? more + 1 : *steps;
	return *steps > 0;
}

static bool equal(const pv_tv *a, const pv_tv *b, unsigned depth, uint64_t *steps);

static bool
equal_lists(const pv_tlist *a, const pv_tlist *b, unsigned depth, uint64_t *steps)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		if (!equal(&a->items[i], &b->items[i], depth + 1, steps))
			return false;
	return true;
}

static bool
equal_maps(const pv_tmap *a, const pv_tmap *b, unsigned depth, uint64_t *steps)
{
	if (a == b)
		return true;
	if (a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++) {
		const pv_tv *other = pv_tmap_find(b, a->at[i].key);
		if (other == NULL || !equal(&a->at[i].val, other, depth + 1, steps))
			return false;
	}
	return true;
}

static bool
equal(const pv_tv *a, const pv_tv *b, unsigned depth, uint64_t *steps)
{
	if (!spend(steps, a->kind == PV_T_STRING ? a->len / 64 : 0))
		return false;
	if (a->kind <= PV_T_NIL && b->kind <= PV_T_NIL)
		return true;
	if (a->kind != b->kind || a->type != b->type || depth > DEPTH)
		return false;
	switch ((enum pv_tkind)a->kind) {
	case PV_T_BOOL: return a->b == b->b;
	case PV_T_INT: return a->i == b->i;
	case PV_T_UINT: return a->u == b->u;
	case PV_T_FLOAT: return a->d == b->d;
	case PV_T_COMPLEX: return a->complex[0] == b->complex[0] && a->complex[1] == b->complex[1];
	case PV_T_STRING: return a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
	case PV_T_LIST: return equal_lists(a->list, b->list, depth, steps);
	case PV_T_MAP: return equal_maps(a->map, b->map, depth, steps);
	case PV_T_OBJECT:
		return a->object == b->object ||
		       (a->object->class == b->object->class && a->object->of == b->object->of &&
			a->object->a == b->object->a && a->object->b == b->object->b);
	default: return true;
	}
}

bool
pv_tv_equal(const pv_tv *a, const pv_tv *b, uint64_t *steps)
{
	uint64_t many = UINT64_MAX;
	return equal(a, b, 0, steps ? steps : &many);
}

#define MEMORY ((size_t)768 << 20) /* of an arena */

bool
pv_tv_fits(const pv_arena *arena)
{
	return pv_arena_used(arena) < MEMORY;
}

static pv_tv
copy(pv_arena *arena, const pv_tv *v, unsigned depth)
{
	if (depth > DEPTH || !pv_tv_fits(arena))
		return *v;
	if (v->kind == PV_T_LIST) {
		pv_tv *items = pv_new_array(arena, pv_tv, v->list->len);
		for (size_t i = 0; i < v->list->len; i++)
			items[i] = copy(arena, &v->list->items[i], depth + 1);
		return pv_tv_list(arena, items, v->list->len, v->type);
	}
	if (v->kind == PV_T_MAP) {
		pv_tmap *m = pv_tmap_new(arena);
		for (uint32_t i = 0; i < v->map->len; i++)
			pv_tmap_put(m, v->map->at[i].key, copy(arena, &v->map->at[i].val, depth + 1));
		pv_tv ret = pv_tv_map(m);
		ret.type = v->type;
		return ret;
	}
	return *v;
}

pv_tv
pv_tv_copy(pv_arena *arena, const pv_tv *v)
{
	return copy(arena, v, 0);
}
