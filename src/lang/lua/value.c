/* value: documents as Lua's values, and back.  Lua has no null and one kind of table. */
#include <math.h>

#include "lang/lua/impl.h"

#define DEPTH 200
#define NODES (1u << 20)

static void
push(lua_State *L, const pv_val *v, int depth)
{
	if (depth > DEPTH)
		luaL_error(L, "a document is nested deeper than %d", DEPTH);
	luaL_checkstack(L, 4, "a document is nested too deeply");
	switch (v ? (enum pv_type)v->type : PV_NULL) {
	case PV_NULL: lua_pushnil(L); break;
	case PV_BOOL: lua_pushboolean(L, v->b); break;
	case PV_NUMBER: lua_pushnumber(L, pv_f64(v, 0)); break;
	case PV_STRING: lua_pushlstring(L, v->s, v->len); break;
	case PV_LIST:
	case PV_SET:
		lua_createtable(L, (int)v->len, 0);
		for (uint32_t i = 0; i < v->len; i++) {
			push(L, &v->items[i], depth + 1);
			lua_rawseti(L, -2, (int)i + 1);
		}
		break;
	case PV_OBJECT:
		lua_createtable(L, 0, (int)v->len);
		for (uint32_t i = 0; i < v->len; i++) {
			push(L, &v->members[i].key, depth + 1);
			push(L, &v->members[i].val, depth + 1);
			lua_rawset(L, -3);
		}
		break;
	}
}

void
value_push(lua_State *L, const pv_val *v)
{
	push(L, v, 0);
}

/* ---- back ---- */

struct reading {
	run *r;
	size_t nodes, most;
};

static pv_val take(struct reading *rd, lua_State *L, int depth);

static pv_val
number(lua_State *L)
{
	double d = lua_tonumber(L, -1);
	if (!isfinite(d))
		luaL_error(L, "it returned a number that JSON has not");
	if (d >= -9007199254740992.0 && d <= 9007199254740992.0 && d == floor(d))
		return pv_int((int64_t)d);
	return pv_double(d);
}

static pv_val
text(struct reading *rd, lua_State *L)
{
	size_t len;
	const char *s = lua_tolstring(L, -1, &len);
	rd->nodes += len / 16;
	return pv_stringn(rd->r->cx->arena, s, len);
}

static pv_val
list(struct reading *rd, lua_State *L, int depth)
{
	size_t n = 0;
	double last = 0;
	pv_listb b;
	pv_listb_init(&b, rd->r->cx->arena);
	for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
		double key;
		if (lua_type(L, -2) != LUA_TNUMBER)
			luaL_error(L, "it returned a table whose keys are both numbers and texts");
		key = lua_tonumber(L, -2);
		last = key >= 1 && key == floor(key) ? fmax(last, key) : INFINITY;
		n++;
	}
	if (last != (double)n)
		luaL_error(L, "it returned a list with holes in it");
	for (size_t i = 1; i <= n; i++) {
		lua_rawgeti(L, -1, (int)i);
		pv_listb_add(&b, take(rd, L, depth + 1));
		lua_pop(L, 1);
	}
	return pv_listb_end(&b);
}

/* Lua's order of keys is the memory's: they are sorted, so that the same gives the same. */
static int
by_key(const void *a, const void *b)
{
	return pv_cmp(&((const pv_member *)a)->key, &((const pv_member *)b)->key);
}

static pv_val
object(struct reading *rd, lua_State *L, int depth)
{
	pv_vec members;
	pv_vec_init(&members, rd->r->cx->arena, sizeof(pv_member));
	for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
		pv_member m;
		if (lua_type(L, -2) != LUA_TSTRING)
			luaL_error(L, "it returned a table whose keys are both numbers and texts");
		m.val = take(rd, L, depth + 1);
		lua_pushvalue(L, -2);
		m.key = text(rd, L);
		lua_pop(L, 1);
		pv_vec_push(&members, &m);
	}
	pv_vec_sort(&members, by_key);
	return pv_object_of(rd->r->cx->arena, members.data, members.len, NULL, NULL);
}

static pv_val
table(struct reading *rd, lua_State *L, int depth)
{
	int first;
	if (depth > DEPTH)
		luaL_error(L, "it returned a table nested deeper than %d", DEPTH);
	luaL_checkstack(L, 6, "it returned a table nested too deeply");
	lua_pushnil(L);
	if (!lua_next(L, -2))
		return pv_list_of(rd->r->cx->arena, NULL, 0);
	first = lua_type(L, -2);
	lua_pop(L, 2);
	return first == LUA_TNUMBER ? list(rd, L, depth) : object(rd, L, depth);
}

/* The value on top of the stack, which stays. */
static pv_val
take(struct reading *rd, lua_State *L, int depth)
{
	if (++rd->nodes > rd->most)
		luaL_error(L, "it returned more than %d values", (int)rd->most);
	switch (lua_type(L, -1)) {
	case LUA_TNIL: return pv_null();
	case LUA_TBOOLEAN: return pv_bool(lua_toboolean(L, -1));
	case LUA_TNUMBER: return number(L);
	case LUA_TSTRING: return text(rd, L);
	case LUA_TTABLE: return table(rd, L, depth);
	default:
		luaL_error(L, "it returned a %s, which is no document", luaL_typename(L, -1));
		return pv_null();
	}
}

pv_val
value_at(lua_State *L, int index)
{
	run *r = run_of(L);
	struct reading rd = {.r = r, .most = r->how->nodes ? r->how->nodes : NODES};
	pv_val v;
	lua_pushvalue(L, index);
	v = take(&rd, L, 0);
	lua_pop(L, 1);
	return v;
}

/* ---- what went through ---- */

static pv_val
restore(pv_arena *arena, const pv_val *now, const pv_val *before, int depth)
{
	pv_objb o;
	pv_listb l;
	if (!before || depth > DEPTH)
		return *now;
	if (now->type == PV_NUMBER && before->type == PV_NUMBER)
		return pv_f64(now, 0) == pv_f64(before, 0) ? *before : *now;
	if (now->type == PV_LIST && now->len == 0 && before->type == PV_OBJECT)
		return pv_object_of(arena, NULL, 0, NULL, NULL);
	if (now->type == PV_LIST && before->type == PV_LIST) {
		pv_listb_init(&l, arena);
		for (size_t i = 0; i < now->len; i++)
			pv_listb_add(&l, restore(arena, &now->items[i],
						 i < before->len ? &before->items[i] : NULL, depth + 1));
		return pv_listb_end(&l);
	}
	if (now->type != PV_OBJECT || before->type != PV_OBJECT)
		return *now;
	pv_objb_init(&o, arena);
	for (size_t i = 0; i < now->len; i++)
		pv_objb_add(&o, now->members[i].key,
			    restore(arena, &now->members[i].val, pv_getv(before, &now->members[i].key),
				    depth + 1));
	return pv_objb_end(&o);
}

pv_val
pv_lua_restore(pv_arena *arena, const pv_val *now, const pv_val *before)
{
	return restore(arena, now, before, 0);
}
