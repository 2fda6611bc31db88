/* Templates, against what Go 1.26's text/template (with sprig 3.3) gives for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lang/gotmpl/gotmpl.h"
#include "lang/json/json.h"

static const pv_tfunc *const all[] = {PV_TMPL_SPRIG, pv_tmpl_documents, pv_tmpl_include, pv_tmpl_lookup,
				      NULL};

#define DATA \
	"{\"s\": \"text\", \"n\": 1000000, \"f\": 1.5, \"t\": true, \"nil\": null, \"l\": [1, \"b\", null]," \
	" \"m\": {\"b\": 2, \"a\": {\"x\": \"deep\"}}, \"e\": {}, \"name\": \"World\"}"

/* What the template gives, or its error. */
static const char *
run(pv_ctx *cx, const char *text, const pv_tmpl_run *how)
{
	pv_tmpl *t = pv_tmpl_new(cx->arena, &(pv_tmpl_opts){.funcs = all});
	const pv_val *data;
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	pv_buf_adds(&b, "");
	assert_int_equal(pv_json_parse(cx, pv_str_of(DATA), NULL, &data), 0);
	if (pv_tmpl_parse(cx, t, PV_STR("t"), pv_str_of(text)) < 0 ||
	    pv_tmpl_execute(cx, t, how, PV_STR("t"), pv_tv_from(cx->arena, data, true), &b) < 0)
		return pv_take_error(cx)->message;
	return b.len ? b.s : "";
}

struct sample {
	const char *text, *want;
};

static void
check(const struct sample *cases, size_t n, const pv_tmpl_run *how)
{
	pv_ctx cx;

	pv_ctx_init(&cx, "gotmpl");
	for (size_t i = 0; i < n; i++) {
		const char *got = run(&cx, cases[i].text, how);

		if (!pv_streq(got, cases[i].want))
			print_message("# %s\n", cases[i].text);
		assert_string_equal(got, cases[i].want);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
}
#define CHECK(cases, how) check(cases, PV_LEN(cases), how)

static void
actions_write_what_they_give(void **state)
{
	static const struct sample cases[] = {
		{"a {{- /* c */ -}} b", "ab"},
		{"{{ .s }} {{ .n }} {{ .f }} {{ .t }} {{ .l }} {{ .m }}",
		 "text 1e+06 1.5 true [1 b <nil>] map[a:map[x:deep] b:2]"},
		{"{{ .nope }}|{{ .nil }}|{{ .m.nope }}", "<no value>|<no value>|<no value>"},
		{"{{ 1_000 }} {{ 0x1F }} {{ 'a' }} {{ 1e3 }} {{ 1.0 }} {{ 1+2i }} {{ -0b11 }}",
		 "1000 31 97 1000 1 (1+2i) -3"},
		{"{{ \"q\\u00e9\\x41\" }} {{ `r\\n` }}", "q\xc3\xa9"
							 "A r\\n"},
		{"{{ if and .t .s }}yes{{ else if .f }}no{{ end }}", "yes"},
		{"{{ if not .e }}empty{{ end }}{{ with .m.a }}{{ .x }}{{ $.s }}{{ end }}", "emptydeeptext"},
		{"{{ with .nil }}x{{ else with .s }}{{ . }}{{ else }}y{{ end }}", "text"},
		{"{{ range $i, $x := .l }}{{ $i }}={{ $x }};{{ end }}", "0=1;1=b;2=<no value>;"},
		{"{{ range $k, $v := .m }}{{ $k }}={{ $v }};{{ end }}", "a=map[x:deep];b=2;"},
		{"{{ range 3 }}{{ . }}{{ end }}{{ range .e }}x{{ else }}none{{ end }}", "012none"},
		{"{{ range until 9 }}{{ if eq . 2 }}{{ continue }}{{ end }}{{ if gt . 4 }}{{ break }}{{ end }}{{ . }}"
		 "{{ end }}",
		 "0134"},
		{"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ $x = 4 }}{{ end }}{{ $x }}", "2"},
		{"{{ define \"d\" }}<{{ .x }}>{{ end }}{{ template \"d\" .m.a }}{{ block \"b\" 5 }}{{ . }}{{ end }}",
		 "<deep>5"},
		{"{{ printf \"%05d|%-6s|%q|%v|%T|%.2f|%x\" 42 \"ab\" \"c\" .l .m 2.0 \"hi\" }}",
		 "00042|ab    |\"c\"|[1 b <nil>]|map[string]interface {}|2.00|6869"},
		{"{{ print 1 2 \"a\" \"b\" 3 }}{{ println .t }}", "1 2ab3true\n"},
		{"{{ html \"<a&'>\" }} {{ js \"'<\\n\" }} {{ urlquery \"a b&\" }}",
		 "&lt;a&amp;&#39;&gt; \\'\\u003C\\u000A a+b%26"},
		{"{{ index .l 1 }}{{ index .m \"a\" \"x\" }}{{ len .l }}{{ slice .l 1 2 }}", "bdeep3[b]"},
		{"{{ eq 1 2 1 }}{{ ne 1 2 }}{{ lt 1.5 2.0 }}{{ le 2 2 }}{{ gt \"b\" \"a\" }}{{ eq .nil nil }}",
		 "truetruetruetruetruetrue"},
		{"{{ (printf \"%s\" .s) | len }}{{ .s | printf \"%s-%s\" \"a\" }}", "4a-text"},
	};

	(void)state;
	CHECK(cases, NULL);
}

static void
errors_are_gos(void **state)
{
	static const struct sample cases[] = {
		{"{{ .s.x }}",
		 "template: t:1:5: executing \"t\" at <.s.x>: can't evaluate field x in type interface {}"},
		{"\n  {{ .m.a.x.y }}",
		 "template: t:2:7: executing \"t\" at <.m.a.x.y>: can't evaluate field y in type interface {}"},
		{"{{ index .l 7 }}",
		 "template: t:1:3: executing \"t\" at <index .l 7>: error calling index: index out of range: 7"},
		{"{{ template \"no\" . }}",
		 "template: t:1:12: executing \"t\" at <{{template \"no\" .}}>: template \"no\" not defined"},
		{"{{ lower 1 }}", "template: t:1:9: executing \"t\" at <1>: expected string; found 1"},
		{"{{ .f | lower }}",
		 "template: t:1:8: executing \"t\" at <lower>: wrong type for value; expected string; got float64"},
		{"{{ lower }}",
		 "template: t:1:3: executing \"t\" at <lower>: wrong number of args for lower: want 1 got 0"},
		{"{{ include \"x\" . }}{{ define \"x\" }}{{ fail \"no\" }}{{ end }}",
		 "template: t:1:3: executing \"t\" at <include \"x\" .>: error calling include: template: t:1:38: "
		 "executing \"x\" at <fail \"no\">: error calling fail: HELM_ERR_STARTnoHELM_ERR_END"},
		{"{{ nope }}", "template: t:1: function \"nope\" not defined"},
		{"{{ if }}{{ end }}", "template: t:1: missing value for if"},
		{"a\n{{ range .l }}", "template: t:2: unexpected EOF"},
		{"{{ $x }}", "template: t:1: undefined variable \"$x\""},
		{"{{ .s", "template: t:1: unclosed action"},
		{"{{ \"a }}", "template: t:1: unterminated quoted string"},
		{"{{ break }}", "template: t:1: {{break}} outside {{range}}"},
		{"{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}",
		 "template: t:1: template: multiple definition of template \"a\""},
	};

	(void)state;
	CHECK(cases, NULL);
}

static void
missing_keys_are_as_asked(void **state)
{
	static const struct sample zero[] = {
		{"{{ .nope }}", "<no value>"},
		{"{{ .nope.x }}",
		 "template: t:1:8: executing \"t\" at <.nope.x>: nil pointer evaluating interface {}.x"},
	};
	static const struct sample error[] = {
		{"{{ .nope }}",
		 "template: t:1:3: executing \"t\" at <.nope>: map has no entry for key \"nope\""},
	};

	(void)state;
	CHECK(zero, &(pv_tmpl_run){.missing = PV_T_MISSING_ZERO});
	CHECK(error, &(pv_tmpl_run){.missing = PV_T_MISSING_ERROR});
}

static void
sprig_and_helm_have_their_functions(void **state)
{
	static const struct sample cases[] = {
		{"{{ .s | upper | quote | nindent 2 }}", "\n  \"TEXT\""},
		{"{{ trunc 2 .s }}{{ trunc -2 .s }}{{ trimSuffix \"t\" .s }}{{ replace \"t\" \"T\" .s }}",
		 "texttexTexT"},
		{"{{ snakecase \"HTTPServer2xx\" }} {{ kebabcase \"FooBar\" }} {{ camelcase \"foo-bar_baz\" }}",
		 "http_server_2xx foo-bar FooBarBaz"},
		{"{{ list 3 1 2 | sortAlpha | join \",\" }}{{ uniq (list 1 1 2) }}{{ until 3 }}",
		 "1,2,3[1 2][0 1 2]"},
		{"{{ $d := dict \"a\" 1 }}{{ $_ := set $d \"b\" 2 }}{{ keys $d }}{{ hasKey $d \"b\" }}{{ $d }}",
		 "[a b]truemap[a:1 b:2]"},
		{"{{ merge (dict \"a\" 1) (dict \"a\" 2 \"b\" (dict \"c\" 3)) }}", "map[a:1 b:map[c:3]]"},
		{"{{ mergeOverwrite (dict \"a\" 1) (dict \"a\" 2) }}{{ dig \"a\" \"x\" \"no\" .m }}",
		 "map[a:2]deep"},
		{"{{ add 1 2 3 }} {{ div 7 2 }} {{ mulf 1.1 3 }} {{ addf 0.1 0.2 }} {{ round 2.567 2 }}",
		 "6 3 3.3 0.3 2.57"},
		{"{{ divf 10 3 }} {{ int \"12.0\" }} {{ int .n }} {{ atoi \"x\" }} {{ ceil 1.1 }}",
		 "3.3333333333333335 12 1000000 0 2"},
		{"{{ default 5 .nil }}{{ coalesce .nil \"\" 7 }}{{ ternary 1 2 .t }}{{ empty .e }}",
		 "571true"},
		{"{{ typeOf .m }} {{ kindOf .l }} {{ typeOf .n }} {{ kindIs \"string\" .s }}",
		 "map[string]interface {} slice float64 true"},
		{"{{ regexReplaceAll \"t(.)\" .s \"<${1}>\" }}{{ regexFind \"[a-e]\" .s }}", "<e>xte"},
		{"{{ semverCompare \">=1.2.0-0\" \"v1.3.4-gke.1\" }}{{ semverCompare \"^1.2 || 3.x\" \"3.1\" }}"
		 "{{ (semver \"1.2.3-a+b\").Prerelease }}",
		 "truetruea"},
		{"{{ sha256sum \"abc\" | trunc 8 }} {{ b64enc \"hi\" }} {{ b64dec \"aGk=\" }} {{ b32enc \"hi\" }}",
		 "ba7816bf aGk= hi NBUQ===="},
		{"{{ toYaml .m }}|{{ toJson .l }}|{{ toJson \"<a>\" }}|{{ toRawJson \"<a>\" }}",
		 "a:\n  x: deep\nb: 2|[1,\"b\",null]|\"\\u003ca\\u003e\"|\"<a>\""},
		{"{{ (fromYaml \"a: [1, x]\").a }}{{ fromYamlArray \"- 1\" }}{{ (fromJson \"[]\").Error }}",
		 "[1 x][1]json: cannot unmarshal array into Go value of type map[string]interface {}"},
		{"{{ toToml (dict \"a\" 1 \"t\" (dict \"x\" \"y\")) }}", "a = 1\n\n[t]\n  x = \"y\"\n"},
		{"{{ tpl \"{{ .name }}{{ include \\\"i\\\" . }}\" . }}{{ define \"i\" }}!{{ .s }}{{ end }}",
		 "World!text"},
		{"{{ tpl \"{{ define \\\"own\\\" }}own{{ end }}{{ include \\\"own\\\" . }}\" . }}", "own"},
		{"{{ toDate \"2006-01-02\" \"2017-12-31\" | date \"02 Jan 06\" }} {{ duration \"95\" }}",
		 "31 Dec 17 1m35s"},
		{"{{ urlParse \"https://u@h:8/p?q#f\" | toJson }}",
		 "{\"fragment\":\"f\",\"host\":\"h:8\",\"hostname\":\"h\",\"opaque\":\"\",\"path\":\"/p\",\"query\":\"q\","
		 "\"scheme\":\"https\",\"userinfo\":\"u\"}"},
		{"{{ base \"a/b.c\" }} {{ dir \"a/b.c\" }} {{ ext \"a/b.c\" }} {{ clean \"a//../b\" }}",
		 "b.c a .c b"},
		{"{{ derivePassword 1 \"pin\" \"password\" \"user\" \"example.com\" }}", "6685"},
		{"{{ lookup \"v1\" \"Pod\" \"\" \"\" }}", "map[]"},
		{"{{ range list \"a\" }}{{ required \"no\" . }}{{ end }}", "a"},
	};

	(void)state;
	CHECK(cases, &(pv_tmpl_run){.missing = PV_T_MISSING_ZERO});
}

#define DOUBLED \
	"{{ $a := list 1 }}{{ $b := list 1 }}{{ range until 60 }}{{ $a = list $a $a }}{{ $b = list $b $b }}{{ end }}"

static const struct sample limits[] = {
	{"{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}", "the limit of steps is met"},
	{"{{ range until 100000 }}{{ repeat 1000 \"x\" }}{{ end }}", "the limit of output is met"},
	{"{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}",
	 "exceeded maximum template depth"},
	{"{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}", "depth"},
	{"{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d }}", "deep within one another"},
	{"{{ $d := dict }}{{ $_ := set $d \"d\" $d }}[{{ toYaml $d }}]", "[]"},
	{"{{ range list \"x\" \"\" \"[1\" \"{\\\"a\\\" 1}\" \"{1\" \"{}x\" \"[1 2]\" }}{{ (fromJson .).Error }};{{ end }}",
	 "invalid character 'x' looking for beginning of value;unexpected end of JSON input;unexpected end of JSON input;"
	 "invalid character '1' after object key;invalid character '1' looking for beginning of object key string;"
	 "invalid character 'x' after top-level value;invalid character '2' after array element;"},
	{"{{ range 1000000000 }}{{ end }}", "the limit of steps is met"},
	{"{{ replace \"\" (repeat 100000 \"x\") (repeat 100000 \"y\") }}",
	 "replace: expected at most 67108864 bytes"},
	{"[{{ repeat 100000000000 \"\" }}]", "[]"},
	{"{{ regexReplaceAll \"a\" (repeat 5000 \"a\") (repeat 20000 \"b\") }}",
	 "regexReplaceAll: expected at most 67108864 bytes"},
	{"{{ regexReplaceAll \"(a+)\" (repeat 20000 \"a\") (repeat 9000 \"$1\") }}",
	 "regexReplaceAll: expected at most 67108864 bytes"},
	{"{{ regexReplaceAll \"x\" (repeat 20000 \"a\") (repeat 20000 \"b\") | len }}", "20000"},
	{"{{ range until 50 }}{{ $x := regexMatch (print \"[\\\\p{L}]{1,300}\" .) \"a\" }}{{ end }}",
	 "the limit of steps is met"},
	{"{{ $x := repeat 20000 \"a\" }}{{ range until 20 }}{{ $z := regexMatch \"(a{1,100}){1,10}b\" $x }}{{ end }}",
	 "the limit of steps is met"},
	{"{{ regexFindAll \"a*b|a\" (repeat 20000 \"a\") -1 | len }}", "the limit of steps is met"},
	{"{{ regexReplaceAll \"a*b|a\" (repeat 20000 \"a\") \"\" }}", "the limit of steps is met"},
	{"{{ regexReplaceAllLiteral \"a*b|a\" (repeat 20000 \"a\") \"\" }}", "the limit of steps is met"},
	{"{{ regexSplit \"a*b|a\" (repeat 20000 \"a\") -1 | len }}", "the limit of steps is met"},
	{"{{ regexFindAll \"a*b|a\" (repeat 2000 \"a\") -1 | len }}", "2000"},
	{"{{ $x := repeat 1000000 \"a\" }}{{ range until 20 }}{{ $z := clean $x }}{{ end }}",
	 "the limit of steps is met"},
	{"{{ $x := repeat 1000000 \"a\" }}{{ range until 20 }}{{ $z := osExt $x }}{{ end }}",
	 "the limit of steps is met"},
	{"{{ join (repeat 600000 \"a\") (until 8000) }}", "the limit of steps is met"},
	{"{{ wrapWith 1 (repeat 100000 \"b\") (repeat 100000 \"a\") }}", "the limit of steps is met"},
	{DOUBLED "{{ deepEqual $a $b }}", "the limit of steps is met"},
	{DOUBLED "{{ has $a (list $b) }}", "the limit of steps is met"},
	{"{{ seq 9223372036854775806 9223372036854775807 }}", ""},
	{"{{ ago (toDate \"2006\" \"9999\") }} {{ durationRound (toDate \"2006\" \"9999\") }}",
	 "-2562047h47m16.854775808s 292y"},
	{"{{ $t := toDate \"2006-01-02\" \"2020-03-04\" }}{{ $t.Month }} {{ $t.Weekday }} {{ $t.IsZero }} {{ $t.UnixMilli }} "
	 "{{ ($t.Sub now).Hours }} {{ $t.After now }} {{ now.Sub $t }} {{ mustToYaml (dict \"d\" ($t.Sub now)) }}",
	 "March Wednesday false 1583280000000 439800 true -439800h0m0s d: 1583280000000000000"},
	{"{{ now }} {{ now.Year }} {{ toString now | len }}", "1970-01-01 00:00:00 +0000 UTC 1970 29"},
	{"{{ toYamlPretty .m }}|{{ toYamlPretty (dict \"k\" (list 1 (list \"y\")) \"n\" .n) }}",
	 "a:\n  x: deep\nb: 2|k:\n  - 1\n  - - \"y\"\n\"n\": 1e+06"},
	{"{{ repeat 30 \"word \" | toYamlPretty | len }} {{ repeat 30 \"word \" | toYaml | splitList \"\\n\" | len }}",
	 "152 2"},
};

#define OFTEN(call) "{{ $x := repeat 100000 \"a/\" }}{{ range until 1000 }}{{ $y := " call " }}{{ end }}"

#define SORT \
	"{{ $l := splitList \",\" (repeat 1000 (print (repeat 1000 \"a\") \",\")) }}" \
	"{{ range until 4 }}{{ $y := sortAlpha $l }}{{ end }}"

/* A function that reads a text, or makes one, pays for it. */
static void
functions_cost_what_they_do(void **state)
{
	static const char *const cases[] = {
		OFTEN("clean $x"),
		OFTEN("dir $x"),
		OFTEN("osBase $x"),
		OFTEN("ext $x"),
		OFTEN("html $x"),
		OFTEN("js $x"),
		OFTEN("urlquery $x"),
		OFTEN("print $x 1"),
		OFTEN("printf \"%q\" $x"),
		OFTEN("trim $x"),
		OFTEN("trimAll $x $x"),
		OFTEN("contains \"b\" $x"),
		OFTEN("eq $x $x"),
		OFTEN("hasPrefix $x $x"),
		OFTEN("upper $x"),
		OFTEN("initials $x"),
		OFTEN("nospace $x"),
		OFTEN("urlParse $x"),
		OFTEN("b64enc $x"),
		OFTEN("b32enc $x"),
		OFTEN("sha1sum $x"),
		OFTEN("kebabcase $x"),
		OFTEN("regexQuoteMeta $x"),
		OFTEN("toJson $x"),
		OFTEN("fromJson $x"),
		OFTEN("repeat 100000 \"ab\""),
		SORT,
	};
	const pv_tmpl_run how = {.steps = 1000000};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "gotmpl");
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		const char *got = run(&cx, cases[i], &how);

		if (!strstr(got, "the limit of steps is met"))
			fail_msg("%s: %.300s", cases[i], got);
		pv_ctx_reset(&cx);
	}
	assert_non_null(strstr(run(&cx, "{{ until 9000000 | len }}", &how), "the limit of steps is met"));
	assert_true(pv_arena_used(cx.arena) < ((size_t)100 << 20));
	pv_ctx_done(&cx);
}

/* Within one template: after so many steps it is asked, and before nobody looks. */
static void
a_turn_that_is_over_ends_a_template(void **state)
{
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "gotmpl");
	cx.deadline_ns = 1;
	assert_string_equal(run(&cx, "{{ range until 100 }}{{ end }}x", NULL), "x");
	assert_non_null(strstr(run(&cx, "{{ range until 200000 }}{{ end }}x", NULL), "allotted timeout"));
	assert_non_null(strstr(run(&cx, "{{ $x := repeat 10000000 \"a\" }}{{ $y := clean $x }}x", NULL),
			       "error calling"));
	pv_ctx_done(&cx);
}

static void
limits_are_ordinary_errors(void **state)
{
	const pv_tmpl_run how = {.steps = 1000000, .output = 1000000, .stack = 200000};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "gotmpl");
	for (size_t i = 0; i < PV_LEN(limits); i++) {
		const char *got = run(&cx, limits[i].text, &how);

		if (!strstr(got, limits[i].want))
			fail_msg("%s: %.300s", limits[i].text, got);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
}

static void
wrapped_errors_come_in_pieces(void **state)
{
	pv_vec errors;
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "gotmpl");
	pv_vec_init(&errors, cx.arena, sizeof(const char *));
	(void)run(&cx, "{{ include \"x\" . }}{{ define \"x\" }}{{ .s.y }}{{ end }}",
		  &(pv_tmpl_run){.errors = &errors});
	assert_int_equal(errors.len, 2);
	assert_string_equal(
		*PV_AT(const char *, &errors, 1),
		"template: t:1:40: executing \"x\" at <.s.y>: can't evaluate field y in type interface {}");
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions_write_what_they_give),
		cmocka_unit_test(errors_are_gos),
		cmocka_unit_test(missing_keys_are_as_asked),
		cmocka_unit_test(sprig_and_helm_have_their_functions),
		cmocka_unit_test(functions_cost_what_they_do),
		cmocka_unit_test(a_turn_that_is_over_ends_a_template),
		cmocka_unit_test(limits_are_ordinary_errors),
		cmocka_unit_test(wrapped_errors_come_in_pieces),
	};

	return cmocka_run_group_tests_name("lang/gotmpl", tests, NULL, NULL);
}
