/* Go's fmt, its quoted strings and URLs, against what Go 1.26 printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ctx.h"
#include "lang/go/fmt.h"
#include "lang/go/url.h"

struct operand {
	enum { BOOL, INT, FLOAT, STRING } kind;
	union {
		bool b;
		int64_t i;
		double d;
		const char *s;
	};
};

static bool
size(void *of, size_t i, int64_t *ret)
{
	struct operand *o = (struct operand *)of + i;

	*ret = o->i;
	return o->kind == INT;
}

static const char *
type(void *of, size_t i)
{
	static const char *const names[] = {"bool", "int", "float64", "string"};

	return names[((struct operand *)of + i)->kind];
}

static bool
print(struct operand *o, const pv_verb *v, pv_buf *b)
{
	switch (o->kind) {
	case BOOL: return pv_verb_bool(b, v, o->b);
	case INT: return pv_verb_int(b, v, o->i);
	case FLOAT: return pv_verb_float(b, v, o->d);
	default: return pv_verb_string(b, v, pv_str_of(o->s));
	}
}

static int
put(void *of, size_t i, const pv_verb *v, pv_buf *b)
{
	if (!print((struct operand *)of + i, v, b)) {
		pv_verb_bad(b, v, type(of, i));
		print((struct operand *)of + i, &(pv_verb){.width = -1, .precision = -1, .verb = 'v'}, b);
		pv_buf_addc(b, ')');
	}
	return 0;
}

#define I(n) \
	{ \
		.kind = INT, .i = (n) \
	}
#define F(n) \
	{ \
		.kind = FLOAT, .d = (n) \
	}
#define S(n) \
	{ \
		.kind = STRING, .s = (n) \
	}
#define B(n) \
	{ \
		.kind = BOOL, .b = (n) \
	}

static void
prints_as_go(void **state)
{
	static const struct {
		const char *format, *want;
		size_t n;
		struct operand of[12];
	} cases[] = {
		{"%v %v %v %v %v %v",
		 "1e+06 123456 1.234567e+06 1e+20 0.0001 1e-05",
		 6,
		 {F(1e6), F(123456), F(1234567), F(1e20), F(0.0001), F(0.00001)}},
		{"%g %G %e %08.3f|%-8.2f|%+g|%x|%b",
		 "1.234567e+06 1E+07 1.500000e+00 -003.142|2.50    |+1|0x1.8p+00|6755399441055744p-52",
		 8,
		 {F(1234567), F(1e7), F(1.5), F(-3.14159), F(2.5), F(1), F(1.5), F(1.5)}},
		{"%06s|%-06s|%6q|%#q|%x|% x|%#x",
		 "000abc|abc   |   \"a\"|\"a`b\"|6869|68 69|0x6869",
		 7,
		 {S("abc"), S("abc"), S("a"), S("a`b"), S("hi"), S("hi"), S("hi")}},
		{"%q|%c|%U|%#U",
		 "'x'|\xf0\x9f\x98\x80|U+0078|U+0078 'x'",
		 4,
		 {I('x'), I(0x1f600), I('x'), I('x')}},
		{"%#o %O %#b %#x %+d % d %05d %-5d| %.3d %8.3d %x",
		 "010 0o10 0b101 0xff +3  3 -0042 42   | 005      005 -ff",
		 11,
		 {I(8), I(8), I(5), I(255), I(3), I(3), I(-42), I(42), I(5), I(5), I(-255)}},
		{"%5t %s %!", " true %!s(int=5) %!!(MISSING)", 2, {B(true), I(5)}},
		{"%[2]*[1]d %[3]d %d %z", "    1 %!d(BADINDEX) 5 %!z(MISSING)", 2, {I(1), I(5)}},
		{"%d %s\n", "%!d(string=a) %!s(float64=1.5)\n%!(EXTRA int=3)", 3, {S("a"), F(1.5), I(3)}},
		{"%6.2f%% %3c|%-3c| %5.1s|",
		 " 12.35%   a|b  |     x|",
		 4,
		 {F(12.345), I('a'), I('b'), S("xyz")}},
		{"%e %.3g %g %.10g",
		 "1.234568e+05 1.23e+05 1e-07 1",
		 4,
		 {F(123456.789), F(123456.789), F(1e-7), F(1)}},
		{"%", "%!(NOVERB)", 0, {{0}}},
	};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "go");
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		struct operand of[12];
		pv_buf b;

		for (size_t k = 0; k < 12; k++)
			of[k] = cases[i].of[k];
		pv_buf_init(&b, cx.arena);
		assert_int_equal(pv_fmt(&b, pv_str_of(cases[i].format),
					&(pv_operands){of, cases[i].n, size, put, type}),
				 0);
		assert_string_equal(b.s, cases[i].want);
	}
	pv_ctx_done(&cx);
}

static void
quotes_both_ways(void **state)
{
	static const struct {
		const char *plain, *quoted;
	} cases[] = {
		{"a\tb\xc3\xa9", "\"a\\tb\xc3\xa9\""},
		{"\xe2\x80\x8b\xff\xf0\x9f\x98\x80", "\"\\u200b\\xff\xf0\x9f\x98\x80\""},
		{"say \"hi\" \\", "\"say \\\"hi\\\" \\\\\""},
		{"", "\"\""},
	};
	static const char *const broken[] = {"\"a",      "\"\\q\"", "'",          "`a`b`",
					     "\"a\nb\"", "\"\\'\"", "\"\\ud800\""};
	pv_ctx cx;
	size_t len;

	(void)state;
	pv_ctx_init(&cx, "go");
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_buf b;

		pv_buf_init(&b, cx.arena);
		pv_go_quote(&b, pv_str_of(cases[i].plain), false);
		assert_string_equal(b.s, cases[i].quoted);
		assert_string_equal(pv_go_unquote(cx.arena, pv_str_of(cases[i].quoted), &len),
				    cases[i].plain);
	}
	assert_string_equal(pv_go_unquote(cx.arena, PV_STR("`a\\n\"`"), &len), "a\\n\"");
	assert_string_equal(pv_go_unquote(cx.arena, PV_STR("\"\\x41\\102\\u00e9\""), &len), "AB\xc3\xa9");
	for (size_t i = 0; i < PV_LEN(broken); i++)
		assert_null(pv_go_unquote(cx.arena, pv_str_of(broken[i]), &len));
	pv_ctx_done(&cx);
}

/* What url.ParseRequestURI of Go 1.26 took, and what it did not. */
static void
takes_requests(void **state)
{
	static const char *const good[] = {"*",
					   "/",
					   "/a/b",
					   "/a:b",
					   "//a/b",
					   "//a b/c",
					   "http:",
					   "http:a",
					   "mailto:a@b.c",
					   "http://",
					   "http://a",
					   "http://a/b c",
					   "http://a:80",
					   "http://a:",
					   "http://[::1]:8/x",
					   "http://u:p@a/",
					   "http://u@v@a/",
					   "http://a%e4/",
					   "http://a/%41?x=%zz",
					   "http://a/b#c",
					   "http://a<b/",
					   "http://a\"b/",
					   "http://\xc3\xa4/",
					   "http:/a b",
					   "http:?a",
					   "a1+-.:x",
					   "http:///x"};
	static const char *const bad[] = {"",
					  "a/b",
					  "?a",
					  ":a",
					  "1a:b",
					  "/%",
					  "http:/%z",
					  "http://a b",
					  "http://a:8x",
					  "http://[::1",
					  "http://[::1]x",
					  "http://u p@a/",
					  "http://u%zz@a/",
					  "http://a%41/",
					  "http://a/%zz",
					  "http://a/b#%zz",
					  "http://a{b/",
					  "http://a^b/",
					  "http://a\\b/",
					  "http://a/\x01"};

	(void)state;
	for (size_t i = 0; i < PV_LEN(good); i++)
		if (!pv_go_url_is_request(pv_str_of(good[i])))
			fail_msg("%s is not taken", good[i]);
	for (size_t i = 0; i < PV_LEN(bad); i++)
		if (pv_go_url_is_request(pv_str_of(bad[i])))
			fail_msg("%s is taken", bad[i]);
}

static void
tells_errors(void **state)
{
	static const char *const texts[] = {"a", "a", "b", "a"};
	static const char *const wanted[] = {"a", "a", "[a, b]", "[a, b]"};
	pv_ctx cx;
	pv_vec list;

	(void)state;
	pv_ctx_init(&cx, "go");
	pv_vec_init(&list, cx.arena, sizeof(const char *));
	for (size_t i = 0; i < PV_LEN(texts); i++) {
		pv_vec_push(&list, &texts[i]);
		assert_string_equal(pv_go_errors(cx.arena, &list), wanted[i]);
	}
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_as_go),
		cmocka_unit_test(quotes_both_ways),
		cmocka_unit_test(takes_requests),
		cmocka_unit_test(tells_errors),
	};

	return cmocka_run_group_tests_name("lang/go", tests, NULL, NULL);
}
