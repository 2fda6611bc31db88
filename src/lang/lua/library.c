/* library: what a script can call.  Upstream opens base, table, package and a safe os; string, math and
 * coroutine only where an administrator says so.  What reaches outside is not there. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "lang/lua/impl.h"

#define NESTED_MOST 100 /* pcalls in pcalls */

/* ---- os: times are UTC ---- */

static int64_t
integer(lua_State *L, int index)
{
	double d = luaL_checknumber(L, index);
	if (!(fabs(d) < 1e11))
		luaL_error(L, "a time must lie within 3000 years of 1970");
	return (int64_t)d;
}

static int64_t
field(lua_State *L, const char *name, int64_t otherwise)
{
	int64_t n = otherwise;
	lua_getfield(L, 1, name);
	if (!lua_isnil(L, -1))
		n = integer(L, -1);
	else if (otherwise < 0)
		luaL_error(L, "field '%s' missing in date table", name);
	lua_pop(L, 1);
	return n;
}

static int
os_time(lua_State *L)
{
	int64_t days;
	if (lua_isnoneornil(L, 1)) {
		lua_pushnumber(L, (double)(run_of(L)->how->now / PV_SEC));
		return 1;
	}
	luaL_checktype(L, 1, LUA_TTABLE);
	days = pv_days_of(field(L, "year", -1), field(L, "month", -1), field(L, "day", -1));
	lua_pushnumber(L, (double)(days * 86400 + field(L, "hour", 12) * 3600 + field(L, "min", 0) * 60 +
				   field(L, "sec", 0)));
	return 1;
}

static void
put(lua_State *L, const char *name, int n)
{
	lua_pushinteger(L, n);
	lua_setfield(L, -2, name);
}

static void
date_table(lua_State *L, const struct tm *tm)
{
	lua_createtable(L, 0, 9);
	put(L, "year", tm->tm_year + 1900);
	put(L, "month", tm->tm_mon + 1);
	put(L, "day", tm->tm_mday);
	put(L, "hour", tm->tm_hour);
	put(L, "min", tm->tm_min);
	put(L, "sec", tm->tm_sec);
	put(L, "wday", tm->tm_wday + 1);
	put(L, "yday", tm->tm_yday + 1);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "isdst");
}

static void
add_part(lua_State *L, luaL_Buffer *b, const struct tm *tm, const char *part)
{
	char room[64], format[3] = {'%', *part, 0};
	size_t n;
	if (!*part || !strchr("aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%", *part))
		luaL_error(L, "os.date: the format has a %% without a known letter behind it");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = strftime(room, sizeof room, format, tm);
#pragma GCC diagnostic pop
	luaL_addlstring(b, room, n);
}

static int
os_date(lua_State *L)
{
	const char *format = luaL_optstring(L, 1, "%c");
	time_t at = (time_t)(lua_isnoneornil(L, 2) ? run_of(L)->how->now / PV_SEC : integer(L, 2));
	struct tm tm;
	luaL_Buffer b;
	if (!gmtime_r(&at, &tm))
		return luaL_error(L, "os.date: no such time");
	if (*format == '!')
		format++;
	if (strncmp(format, "*t", 2) == 0) {
		date_table(L, &tm);
		return 1;
	}
	luaL_buffinit(L, &b);
	for (; *format; format++)
		if (*format == '%')
			add_part(L, &b, &tm, ++format);
		else
			luaL_addchar(&b, *format);
	luaL_pushresult(&b);
	return 1;
}

/* Seconds that the script took: a step is about ten nanoseconds. */
static int
os_clock(lua_State *L)
{
	lua_pushnumber(L, (double)run_of(L)->steps / 1e8);
	return 1;
}

static int
os_difftime(lua_State *L)
{
	lua_pushnumber(L, luaL_checknumber(L, 1) - luaL_optnumber(L, 2, 0));
	return 1;
}

static const luaL_Reg os_functions[] = {
	{"time", os_time}, {"date", os_date}, {"clock", os_clock}, {"difftime", os_difftime}, {NULL, NULL}};

/* ---- base ---- */

static int
refuse(lua_State *L)
{
	return luaL_error(
		L, "%s is not there: a script has no files, no processes, no compiled code and no finalizers",
		lua_tostring(L, lua_upvalueindex(1)));
}

static int
quiet(lua_State *L PV_UNUSED)
{
	return 0;
}

/* Nothing is to be had by it here but time. */
static int
collect(lua_State *L)
{
	lua_pushinteger(L, strcmp(luaL_optstring(L, 1, "collect"), "count") == 0 ? lua_gc(L, LUA_GCCOUNT, 0)
										 : 0);
	return 1;
}

/* The function and its arguments are from `first` on; handler: where its message is made, 0: nowhere.  What a
 * limit has ended is not caught: else each of many nested ones would have to be ended for itself. */
static int
protect(lua_State *L, int first, int handler)
{
	run *r = run_of(L);
	int failed;
	if (r->nested == NESTED_MOST)
		return luaL_error(L, "more than %d calls of pcall are nested", NESTED_MOST);
	r->nested++;
	failed = lua_pcall(L, lua_gettop(L) - first, LUA_MULTRET, handler);
	r->nested--;
	if (failed && run_is_over(r))
		return lua_error(L);
	lua_pushboolean(L, !failed);
	lua_insert(L, first);
	return lua_gettop(L) - first + 1;
}

static int
pcall(lua_State *L)
{
	luaL_checkany(L, 1);
	return protect(L, 1, 0);
}

static int
xpcall(lua_State *L)
{
	luaL_checkany(L, 2);
	lua_settop(L, 2);
	lua_insert(L, 1); /* the handler stands below the function */
	return protect(L, 2, 1);
}

static int
load_text(lua_State *L)
{
	size_t len;
	const char *text = luaL_checklstring(L, 1, &len);
	const char *name = luaL_optstring(L, 2, run_of(L)->how->name);
	run_spend(L, len);
	if (luaL_loadbufferx(L, text, len, name, "t") == 0)
		return 1;
	lua_pushnil(L);
	lua_insert(L, -2);
	return 2;
}

/* What is there already; nothing is read. */
static int
require(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);
	lua_getglobal(L, name);
	if (lua_istable(L, -1))
		return 1;
	return luaL_error(L, "module '%s' not found: a script has what is there and reads no other", name);
}

static void
spend_sizes(lua_State *L)
{
	uint64_t cost = 1;
	for (int i = lua_gettop(L); i > 0; i--)
		if (lua_type(L, i) == LUA_TSTRING || lua_type(L, i) == LUA_TTABLE)
			cost += lua_objlen(L, i) / 16;
	run_spend(L, cost);
}

/* The original is the first upvalue.  What it does takes as long as what it is given, and gives, is large. */
static int
charged(lua_State *L)
{
	spend_sizes(L);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
	spend_sizes(L);
	return lua_gettop(L);
}

static int
less(lua_State *L)
{
	spend_sizes(L);
	lua_pushboolean(L, lua_lessthan(L, 1, 2));
	return 1;
}

/* table.sort, its first upvalue: where the script compares nothing itself, long texts are compared in one step. */
static int
sort(lua_State *L)
{
	lua_settop(L, 2);
	if (lua_isnil(L, 2)) {
		lua_pushcfunction(L, less);
		lua_replace(L, 2);
	}
	return charged(L);
}

static void
charge_all(lua_State *L, const char *library)
{
	lua_getglobal(L, library);
	for (lua_pushnil(L); lua_next(L, -2);) { /* each is replaced in place, which lua_next allows */
		if (lua_isfunction(L, -1)) {
			lua_pushvalue(L, -2);
			lua_insert(L, -2);
			lua_pushcclosure(L, strcmp(lua_tostring(L, -2), "sort") == 0 ? sort : charged, 1);
			lua_rawset(L, -4);
		} else {
			lua_pop(L, 1);
		}
	}
	lua_pop(L, 1);
}

static void
open(lua_State *L, const char *name, lua_CFunction library)
{
	lua_pushcfunction(L, library);
	lua_pushstring(L, name);
	lua_call(L, 1, 0);
}

/* A call of it says why it is not there. */
static void
take_away(lua_State *L, const char *table, const char *name)
{
	lua_getglobal(L, table);
	lua_pushfstring(L, "%s%s%s", strcmp(table, "_G") == 0 ? "" : table,
			strcmp(table, "_G") == 0 ? "" : ".", name);
	lua_pushcclosure(L, refuse, 1);
	lua_setfield(L, -2, name);
	lua_pop(L, 1);
}

static void
set(lua_State *L, const char *name, lua_CFunction f)
{
	lua_pushcfunction(L, f);
	lua_setglobal(L, name);
}

void
library_open(lua_State *L)
{
	static const char *const outside[] = {"execute", "exit",      "getenv", "remove",
					      "rename",  "setlocale", "tmpname"};
	bool whole = run_of(L)->how->open;
	open(L, "", luaopen_base); /* brings coroutine along */
	open(L, LUA_TABLIBNAME, luaopen_table);
	if (whole) {
		open(L, LUA_STRLIBNAME, luaopen_string);
		open(L, LUA_MATHLIBNAME, luaopen_math);
		charge_all(L, LUA_STRLIBNAME);
		library_patterns(L);
		take_away(L, "string", "dump");
	} else {
		lua_pushnil(L);
		lua_setglobal(L, LUA_COLIBNAME);
	}
	charge_all(L, LUA_TABLIBNAME);
	luaL_register(L, LUA_OSLIBNAME, os_functions);
	lua_pop(L, 1);
	lua_newtable(L);
	lua_setglobal(L, LUA_LOADLIBNAME);
	set(L, "print", quiet);
	set(L, "collectgarbage", collect);
	set(L, "pcall", pcall);
	set(L, "xpcall", xpcall);
	set(L, "load", load_text);
	set(L, "loadstring", load_text);
	set(L, "require", require);
	take_away(L, "_G", "dofile");
	take_away(L, "_G", "loadfile");
	take_away(L, "_G", "newproxy"); /* what it makes runs when it is collected, where nothing counts */
	for (size_t i = 0; i < PV_LEN(outside); i++)
		take_away(L, "os", outside[i]);
}
