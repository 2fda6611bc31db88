/* lua: what the files of this folder share.  Private. */
#pragma once
#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <luajit-2.1/lualib.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/lua/lua.h"

typedef struct run {
	pv_ctx *cx;
	const pv_lua_run *how;
	pv_str script;
	lua_Alloc alloc; /* the library's own, which counts through ours */
	void *alloc_of;
	size_t held, most; /* bytes */
	uint64_t steps, limit;
	int64_t until; /* pv_cpu() */
	bool late;
	int line;   /* where it last was */
	int code;   /* of the ctx, if it says that the turn is over */
	int nested; /* pcalls in pcalls */
	pv_val *ret;
} run;

run *run_of(lua_State *L);
/* Charges work; raises when the limit is met, and again at every step after, so that pcall cannot go on. */
void run_spend(lua_State *L, uint64_t steps);
bool run_is_over(const run *r); /* a limit is met: nothing may go on */
/* The base functions that reach outside are taken away, the rest of the library is put in. */
void library_open(lua_State *L);
void library_patterns(lua_State *L); /* string.find, match, gmatch and gsub, in counted steps */
void value_push(lua_State *L, const pv_val *v);
pv_val value_at(lua_State *L, int index);
