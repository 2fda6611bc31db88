/* run: one script in one state, within its limits. */
#include <luajit-2.1/luajit.h>
#include <string.h>

#include "base/time.h"
#include "base/turn.h"
#include "lang/lua/impl.h"

#define STEPS UINT64_C(50000000)
#define MEMORY (32u << 20)
#define EVERY 1000 /* instructions between two looks at the limits */
#define GRAIN 64   /* bytes of memory that cost one step */

static const char run_key = 0; /* its address is where the state keeps the run */

run *
run_of(lua_State *L)
{
	run *r;
	lua_pushlightuserdata(L, (void *)(uintptr_t)&run_key);
	lua_rawget(L, LUA_REGISTRYINDEX);
	r = lua_touserdata(L, -1);
	lua_pop(L, 1);
	return r;
}

bool
run_is_over(const run *r)
{
	return r->steps > r->limit || r->code != 0 || r->late;
}

static void hook(lua_State *L, lua_Debug *at);

/* The line of the script that called what is in C here. */
static void
find_line(run *r, lua_State *L)
{
	lua_Debug at;
	for (int level = 0; lua_getstack(L, level, &at); level++)
		if (lua_getinfo(L, "l", &at) && at.currentline > 0) {
			r->line = at.currentline;
			return;
		}
}

void
run_spend(lua_State *L, uint64_t steps)
{
	run *r = run_of(L);
	uint64_t before = r->steps;
	r->steps += steps;
	if (r->steps / EVERY != before / EVERY) /* what runs in C meets no hook */
		r->late = r->late || pv_cpu() > r->until;
	if (!run_is_over(r))
		return;
	find_line(r, L);
	lua_sethook(L, hook, LUA_MASKCOUNT, 1);
	luaL_error(L, "the limit is met");
}

static void
hook(lua_State *L, lua_Debug *at)
{
	run *r = run_of(L);
	lua_getinfo(L, "l", at);
	r->line = at->currentline;
	if (r->code == 0)
		r->code = pv_ctx_check(r->cx);
	run_spend(L, EVERY);
}

/* Long texts and tables cost steps too: one instruction can make one of megabytes. */
static void *
counted(void *of, void *bytes, size_t have, size_t want)
{
	run *r = of;
	size_t more = want > have ? want - have : 0;
	void *to;
	r->steps += want / GRAIN;
	if (more > 0 && (r->held + more > r->most || r->steps > r->limit))
		return NULL;
	to = r->alloc(r->alloc_of, bytes, have, want);
	if (to || want == 0)
		r->held = r->held - have + want;
	return to;
}

static int protected(lua_State *L)
{
	run *r = lua_touserdata(L, 1);
	lua_pushlightuserdata(L, (void *)(uintptr_t)&run_key);
	lua_pushlightuserdata(L, r);
	lua_rawset(L, LUA_REGISTRYINDEX);
	library_open(L);
	for (size_t i = 0; i < r->how->n_globals; i++) {
		value_push(L, r->how->globals[i].value);
		lua_setglobal(L, r->how->globals[i].name);
	}
	lua_pushfstring(L, "=%s", r->how->name);
	if (luaL_loadbufferx(L, r->script.s, r->script.len, lua_tostring(L, -1), "t") != 0)
		return lua_error(L);
	lua_sethook(L, hook, LUA_MASKCOUNT, EVERY);
	lua_call(L, 0, 1);
	lua_sethook(L, NULL, 0, 0);
	*r->ret = value_at(L, -1);
	return 0;
}

static int
say(run *r, lua_State *L, int how)
{
	const char *said =
		lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "it failed, and not with a text";
	const char *name = r->how->name, *place = name;
	bool placed = pv_starts_with(said, name);
	if (r->code < 0)
		return pv_wrap(r->cx, r->code, "%s", name);
	if (r->line > 0)
		place = pv_printf(r->cx->arena, "%s:%d", name, r->line);
	if (r->late)
		return pv_fail(r->cx, PV_ETOOLARGE, "%s: it takes more than %s", place,
			       r->how->cpu_ns ? pv_duration_format(r->cx->arena, r->how->cpu_ns)
					      : "a second");
	if (how == LUA_ERRMEM && r->steps <= r->limit)
		return pv_fail(r->cx, PV_ETOOLARGE, "%s: it holds more than %zu bytes of memory", name,
			       r->most);
	if (r->steps > r->limit)
		return pv_fail(r->cx, PV_ETOOLARGE, "%s: it takes more than %llu steps", place,
			       (unsigned long long)r->limit);
	return pv_fail(r->cx, PV_EINVALID, "%s%s%.*s", placed ? "" : name, placed ? "" : ": ", PV_CLIP(said));
}

int
pv_lua_eval(pv_ctx *cx, const pv_lua_run *how, pv_str script, pv_val *ret)
{
	run r = {.cx = cx, .how = how, .script = script, .ret = ret};
	lua_State *L = luaL_newstate();
	int failed, result = 0;
	PV_ASSERT(L != NULL);
	*ret = pv_null();
	r.limit = how->steps ? how->steps : STEPS;
	r.most = how->memory ? how->memory : MEMORY;
	r.until = pv_cpu() + (how->cpu_ns ? how->cpu_ns : PV_SEC);
	r.alloc = lua_getallocf(L, &r.alloc_of);
	r.held = (size_t)lua_gc(L, LUA_GCCOUNT, 0) << 10;
	lua_setallocf(L, counted, &r);
	luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF); /* compiled code would not count */
	failed = lua_cpcall(L, protected, &r);
	if (failed)
		result = say(&r, L, failed);
	r.limit = UINT64_MAX; /* closing is free of charge */
	lua_close(L);
	return result;
}
