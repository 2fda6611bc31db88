/* lua: users' scripts as Argo CD runs them: a text, documents as globals in, a document out.
 * Each run has a state of its own and nothing of the machine: no file, no process, no
 * compiled code, no clock but the one given.  Any thread; results lie in the ctx's arena. */
#pragma once
#include "lang/value/value.h"

typedef struct pv_lua_global {
	const char *name;
	const pv_val *value; /* NULL: nil */
} pv_lua_global;

typedef struct pv_lua_run {
	const char *name; /* of the script, in errors: "health.lua" */
	bool open;        /* the libraries string, math and coroutine too */
	const pv_lua_global *globals;
	size_t n_globals;
	int64_t now;    /* what os.time and os.date say: ns since 1970 */
	uint64_t steps; /* 0: 50 million instructions, or their like in long texts and tables */
	int64_t cpu_ns; /* 0: a second of the processor */
	size_t memory;  /* 0: 32 MB that the script holds at a time */
	size_t nodes;   /* 0: one million values in what it returns */
} pv_lua_run;

/* What the script returns: nothing and nil are null, a table is an object if its keys are texts and a list
 * if they are 1, 2, 3 .., an empty one a list.  -PV_EINVALID: it does not compile, it failed ("NAME:LINE:
 * .."), or what it returned is no document.  -PV_ETOOLARGE names the limit that it met. */
PV_MUST_USE int pv_lua_eval(pv_ctx *cx, const pv_lua_run *how, pv_str script, pv_val *ret);

/* A document that went through a script, beside what it was before: where an empty table stands for what was
 * an object it is one again, and a number that is still the same keeps its exact text. */
pv_val pv_lua_restore(pv_arena *arena, const pv_val *now, const pv_val *before);
