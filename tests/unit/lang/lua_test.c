/* Scripts as Argo CD's users write them: what goes in, what comes out, and what they cannot do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"
#include "lang/lua/lua.h"

/* What the script makes of the document in so much time of the processor, as JSON, or "error: ..". */
static const char *
run_within(pv_ctx *cx, int64_t cpu_ns, const char *document, const char *script, bool open)
{
	const pv_val *obj = NULL;
	pv_val ret;
	pv_lua_run how = {.name = "health.lua",
			  .open = open,
			  .now = 1700000000 * PV_SEC,
			  .cpu_ns = cpu_ns,
			  .n_globals = 1};
	if (pv_json_parse(cx, pv_str_of(document), NULL, &obj) < 0)
		fail_msg("%s", pv_error_text(cx));
	how.globals = &(pv_lua_global){"obj", obj};
	if (pv_lua_eval(cx, &how, pv_str_of(script), &ret) < 0) {
		const char *text = pv_printf(cx->arena, "error: %s", pv_error_text(cx));
		pv_recover(cx);
		return text;
	}
	ret = pv_lua_restore(cx->arena, &ret, obj);
	return pv_json_text(cx->arena, &ret);
}

static const char *
run(pv_ctx *cx, const char *document, const char *script, bool open)
{
	return run_within(cx, 0, document, script, open);
}

struct row {
	const char *document, *script, *want;
};

static void
check(const struct row *rows, size_t n, bool open)
{
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < n; i++) {
		const char *have = run(&cx, rows[i].document, rows[i].script, open);
		if (!pv_streq(have, rows[i].want))
			fail_msg("%s\nexpected %s\nfound    %s", rows[i].script, rows[i].want, have);
	}
	pv_ctx_done(&cx);
}

static void
documents_go_through(void **state PV_UNUSED)
{
	static const struct row rows[] = {
		{"{\"b\":1,\"a\":{},\"c\":[],\"d\":[{}]}", "return obj",
		 "{\"a\":{},\"b\":1,\"c\":[],\"d\":[{}]}"},
		{"{\"n\":9007199254740993,\"f\":1.50,\"x\":null}", "obj.y = 2/4 return obj",
		 "{\"f\":1.5,\"n\":9007199254740993,\"y\":0.5}"},
		{"{\"n\":1}", "obj.n = obj.n + 1 obj.big = 2^53 return obj",
		 "{\"big\":9007199254740992,\"n\":2}"},
		{"{}", "return {status = 'Healthy', message = 'ok'}",
		 "{\"message\":\"ok\",\"status\":\"Healthy\"}"},
		{"{\"l\":[1,null,3]}", "return {n = obj.l[3], l = {[1] = 'a', [2] = 'b'}}",
		 "{\"l\":[\"a\",\"b\"],\"n\":3}"},
		{"{}", "", "null"},
		{"{}", "return nil", "null"},
		{"{}", "return 'text'", "\"text\""},
		{"{\"l\":[1,2,3]}", "return {table.getn(obj.l), #obj.l, obj.absent == nil}", "[3,3,true]"},
		{"{}", "for i = 1, 3 do if i == 2 then goto done end end ::done:: return {}", "{}"},
		{"{\"a\":1}", "local os = require('os') return {os.date('!%Y-%m-%dT%XZ', 0), os.time()}",
		 "[\"1970-01-01T00:00:00Z\",1700000000]"},
		{"{}", "return {os.time{year=2026, month=11, day=26, hour=20}, os.date('*t', 86400).day}",
		 "[1795723200,2]"},
		{"{}", "return {pcall(function() error('x', 0) end)}", "[false,\"x\"]"},
		{"{}", "return {pcall(function(a, b) return b, a end, 1, 2)}", "[true,2,1]"},
		{"{}", "return {xpcall(function() error('x', 0) end, function(e) return e .. '!' end)}",
		 "[false,\"x!\"]"},
		{"{}", "return {xpcall(function() return 1, 2 end, print)}", "[true,1,2]"},
		{"{}", "return loadstring('return {1}')()", "[1]"},
	};
	check(rows, PV_LEN(rows), false);
}

static void
errors_have_script_and_line(void **state PV_UNUSED)
{
	static const struct row rows[] = {
		{"{}", "\nreturn obj.status.health",
		 "error: health.lua:2: attempt to index field 'status' (a nil value)"},
		{"{}", "x = = 1", "error: health.lua:1: unexpected symbol near '='"},
		{"{}", "return {1, 2, [4] = 4, [9] = 9}",
		 "error: health.lua: it returned a list with holes in it"},
		{"{}", "return {[0.5] = 1, [2] = 2}",
		 "error: health.lua: it returned a list with holes in it"},
		{"{}", "return {[-1] = 1, [2] = 2}",
		 "error: health.lua: it returned a list with holes in it"},
		{"{}", "return {a = 1, [1] = 2}",
		 "error: health.lua: it returned a table whose keys are both numbers and texts"},
		{"{}", "return {f = print}",
		 "error: health.lua: it returned a function, which is no document"},
		{"{}", "return {n = 0/0}", "error: health.lua: it returned a number that JSON has not"},
		{"{}", "local t = {} t.t = t return t",
		 "error: health.lua: it returned a table nested deeper than 200"},
		{"{}", "local t = {1} for i = 1, 100 do t = {t, t} end return t",
		 "error: health.lua: it returned more than 1048576 values"},
		{"{}", "error({})", "error: health.lua: it failed, and not with a text"},
		{"{}", "return string.rep('x', 3)",
		 "error: health.lua:1: attempt to index global 'string' (a nil value)"},
		{"{}", "return ('x'):rep(3)", "error: health.lua:1: attempt to index a string value"},
	};
	check(rows, PV_LEN(rows), false);
}

static void
nothing_reaches_outside(void **state PV_UNUSED)
{
	static const char *const scripts[] = {
		"return os.execute('true')",
		"return os.getenv('HOME')",
		"return os.remove('x')",
		"return dofile('/etc/passwd')",
		"return loadfile('/etc/passwd')",
		"return require('ffi')",
		"return require('jit')",
		"return io.open('x')",
		"return debug.getregistry()",
		"return jit.on()",
		"return package.loadlib('x', 'y')",
		"return loadstring('\\27LJ\\2')()",
		"return string.dump(print)",
		"return os.exit(1)",
		"getmetatable(newproxy(true)).__gc = function() while true do end end",
	};
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(scripts); i++) {
		const char *have = run(&cx, "{}", scripts[i], true);
		if (!pv_starts_with(have, "error: health.lua:"))
			fail_msg("%s: %s", scripts[i], have);
	}
	assert_string_equal(run(&cx, "{}", "\33LJ\2\n", true),
			    "error: health.lua: attempt to load chunk with wrong mode");
	pv_ctx_done(&cx);
}

static void
limits_hold(void **state PV_UNUSED)
{
	static const char *const steps[] = {
		"while true do end",
		"while true do pcall(function() while true do end end) end",
		"local f f = function() return pcall(f) end while true do f() end",
		"local function f() while true do pcall(f) end end while true do pcall(f) end",
		"local function f() while true do xpcall(f, f) end end while true do xpcall(f, print) end",
		"local function g() return g() + 1 end pcall(g) while true do end",
		"while true do local s = ('x'):rep(1000000) end",
		"while true do string.find(('a'):rep(100000), 'x', 1, true) end",
		"return string.find(('a'):rep(40), ('a*'):rep(20) .. 'b')",
		"return string.find(('a'):rep(2000), ('.-'):rep(10) .. 'b')",
		"local c = coroutine.wrap(function() while true do end end) c()",
		"local t = {} for i = 1, 100000 do t[i] = i end while true do table.insert(t, 1, 1) table.remove(t, 1) end",
		"return string.gsub(('a'):rep(10), '', function() while true do end end)",
		"local t = {} for i = 1, 500000 do t[i] = -i end while true do table.sort(t) end",
		"local t = {} for i = 1, 100000 do t[i] = {} end while true do collectgarbage() end",
		"local a = ('x'):rep(1000000) while true do local b = a .. 'y' end",
	};
	static const char *const memory[] = {
		"local t = {} while true do t[#t + 1] = {} end",
		"return ('x'):rep(100000000)",
		"local function f() while true do coroutine.resume(coroutine.create(f)) end end while true do f() end",
		"local s = 'x' while true do s = s .. s end",
	};
	pv_ctx cx;
	const char *have;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(steps); i++) {
		have = run(&cx, "{}", steps[i], true);
		if (!strstr(have, "it takes more than "))
			fail_msg("%s: %s", steps[i], have);
	}
	for (size_t i = 0; i < PV_LEN(memory); i++) {
		have = run_within(&cx, 600 * PV_SEC, "{}", memory[i], true); /* however slow the machine is */
		if (!pv_ends_with(have, "it holds more than 33554432 bytes of memory"))
			fail_msg("%s: %s", memory[i], have);
	}
	have = run_within(&cx, PV_MS, "{}", steps[0], true);
	assert_non_null(strstr(have, "health.lua:1: it takes more than 1ms"));
	have = run(&cx, "{}", "local function f() return f() + 1 end return f()", false);
	assert_true(pv_ends_with(have, "stack overflow"));
	pv_ctx_done(&cx);
}

/* One step of C can compare megabytes: it costs as much. */
static void
long_texts_cost_steps(void **state PV_UNUSED)
{
	static const char *const scripts[] = {
		"local at = ('b'):rep(40):find('[' .. ('a'):rep(1000000) .. ']')",
		"local at = ('b'):rep(40):find('%f[' .. ('a'):rep(1000000) .. ']')",
		"local a, t = ('x'):rep(100000), {} for i = 1, 300 do t[i] = a .. i % 10 end table.sort(t)",
	};
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(scripts); i++) {
		pv_lua_run how = {.name = "health.lua", .open = true, .steps = 2000000};
		pv_val ret;
		assert_int_equal(pv_lua_eval(&cx, &how, pv_str_of(scripts[i]), &ret), -PV_ETOOLARGE);
		assert_string_equal(pv_error_text(&cx), "health.lua:1: it takes more than 2000000 steps");
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
}

static void
patterns_are_lua_s(void **state PV_UNUSED)
{
	static const struct row rows[] = {
		{"{}", "return {string.find('hello world', 'o w')}", "[5,7]"},
		{"{}", "return {string.find('a.b', '.', 1, true), string.find('abc', 'b', -1)}", "[2]"},
		{"{}", "return {('key = value'):match('^(%w+)%s*=%s*(%w+)$')}", "[\"key\",\"value\"]"},
		{"{}", "return {('2026-11-26'):match('(%d+)-(%d+)-(%d+)')}", "[\"2026\",\"11\",\"26\"]"},
		{"{}", "return {string.gsub('hello', 'l', 'L', 1)}", "[\"heLlo\",1]"},
		{"{}", "return {string.gsub('abc', '', '-')}", "[\"-a-b-c-\",4]"},
		{"{}", "return {string.gsub('abc', '%w', '%0%0')}", "[\"aabbcc\",3]"},
		{"{}", "return {string.gsub('a b', '(%w) (%w)', '%2 %1')}", "[\"b a\",1]"},
		{"{}", "return {string.gsub('$x $y', '%$(%w+)', {x = '1'})}", "[\"1 $y\",2]"},
		{"{}", "return {string.gsub('abc', '^a', '')}", "[\"bc\",1]"},
		{"{}",
		 "local l = {} for k, v in ('a=1,b=2'):gmatch('(%w+)=(%w+)') do l[#l + 1] = k .. v end return l",
		 "[\"a1\",\"b2\"]"},
		{"{}", "return {('f(a(b)c)d'):match('%b()'), ('THE (quick) fox'):find('%f[%a]%a+')}",
		 "[\"(a(b)c)\",1,3]"},
		{"{}", "return {('\"x\" y'):match('([\"\\'])(.-)%1')}", "[\"\\\"\",\"x\"]"},
		{"{}", "return {('abc'):find('b()')}", "[2,2,3]"},
		{"{}", "return {('ab'):find('c*', 9), ('ab'):find('', -9)}", "[3,1,0]"},
		{"{}", "return {('a]b'):match('[]]'), ('a^b'):match('[%^]'), ('x-y'):match('[a%-z]')}",
		 "[\"]\",\"^\",\"-\"]"},
		{"{}", "return {('abc'):match('[^a-b]+'), ('aXb'):match('%u'), ('a1'):match('%D')}",
		 "[\"c\",\"X\",\"a\"]"},
		{"{}", "return {('aab'):match('a-b'), ('b'):match('a?b'), ('ab'):match('a+b')}",
		 "[\"aab\",\"b\",\"ab\"]"},
		{"{}", "local s = ('x'):match('[x')", "error: health.lua:1: malformed pattern (missing ']')"},
		{"{}", "local s = ('x'):match('x%')",
		 "error: health.lua:1: malformed pattern (ends with '%')"},
		{"{}", "local s = ('x'):match('(x')", "error: health.lua:1: unfinished capture"},
		{"{}", "local s = ('x'):match('%1')", "error: health.lua:1: invalid capture index"},
	};
	check(rows, PV_LEN(rows), true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_go_through),    cmocka_unit_test(errors_have_script_and_line),
		cmocka_unit_test(nothing_reaches_outside), cmocka_unit_test(limits_hold),
		cmocka_unit_test(long_texts_cost_steps),   cmocka_unit_test(patterns_are_lua_s),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
