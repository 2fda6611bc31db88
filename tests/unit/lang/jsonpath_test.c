#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/jsonpath/jsonpath.h"

static pv_ctx cx;
static const pv_val *doc;

static const char text[] =
	"{\"kind\":\"List\",\"n\":null,\"f\":2.5,\"t\":true,\"s\":\"text\",\"empty\":[],\"nums\":[5,1,4,2,3],"
	"\"mix\":[1,\"a\",true,null],\"items\":["
	"{\"metadata\":{\"name\":\"a\",\"labels\":{\"app\":\"x\",\"kubernetes.io/hostname\":\"h1\"}},"
	"\"spec\":{\"replicas\":3,\"containers\":[{\"name\":\"c1\",\"ports\":[{\"p\":80},{\"p\":443}]},{"
	"\"name\":\"c2\"}]},"
	"\"ready\":true},"
	"{\"metadata\":{\"name\":\"b\",\"labels\":{\"app\":\"y\"}},"
	"\"spec\":{\"replicas\":1,\"containers\":[{\"name\":\"c3\"}]},\"ready\":false}]}";

static int
setup(void **state)
{
	(void)state;
	pv_ctx_init(&cx, "test");
	return pv_json_parse(&cx, PV_STR(text), NULL, &doc);
}

static int
teardown(void **state)
{
	(void)state;
	pv_ctx_done(&cx);
	return 0;
}

static void
prints(const char *template, bool allow_missing, const char *wanted)
{
	pv_jsonpath *path = NULL;
	pv_buf b;

	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, "");
	if (pv_jsonpath_parse(&cx, template, &path) < 0 ||
	    pv_jsonpath_print(&cx, path, doc, allow_missing, &b) < 0)
		fail_msg("%s: %s", template, pv_error_text(&cx));
	if (b.len != strlen(wanted) || memcmp(b.len > 0 ? b.s : "", wanted, b.len) != 0)
		fail_msg("%s\nwanted %s\ngot    %.*s", template, wanted, (int)b.len, b.s);
}

static void
fails(const char *template, const char *part)
{
	pv_jsonpath *path = NULL;
	pv_buf b;

	pv_buf_init(&b, cx.arena);
	if (pv_jsonpath_parse(&cx, template, &path) == 0 && pv_jsonpath_print(&cx, path, doc, false, &b) == 0)
		fail_msg("accepted: %s", template);
	if (cx.err->code != PV_EBADREQUEST || strstr(cx.err->message, part) == NULL)
		fail_msg("%s: wanted ...%s..., got %s", template, part, pv_error_text(&cx));
	assert_int_equal(b.len, 0); /* nothing half printed */
	pv_recover(&cx);
}

/* Checked against client-go v0.30's util/jsonpath, which gives the same. */
static void
templates_print_as_kubectl(void **state)
{
	static const char *const rows[][2] = {
		{"{.kind}", "List"},
		{"{ .kind }", "List"},
		{"{$.kind}{@.kind}", "ListList"},
		{"kind: {.kind}.", "kind: List."},
		{"{.items[*].metadata.name}", "a b"},
		{"{.items[0].metadata.name}", "a"},
		{"{.items[-1].metadata.name}", "b"},
		{"{.items[-1:].metadata.name}", "b"},
		{"{.nums[1:4]}", "1 4 2"},
		{"{.nums[::2]}", "5 4 3"},
		{"{.nums[1:4:2]}", "1 2"},
		{"{.nums[:2]}", "5 1"},
		{"{.nums[:-1]}", "5 1 4 2"},
		{"{.nums[-2:]}", "2 3"},
		{"{.nums[1:1]}", ""},
		{"{.nums[0,2]}", "5 4"},
		{"{.items[0]['metadata.name', 'spec.replicas']}", "a 3"},
		{"{.items[0]['metadata']['name']}", "a"},
		{"{.items[0].metadata.labels.kubernetes\\.io/hostname}", "h1"},
		{"{.items[0].metadata.labels['kubernetes\\.io/hostname']}", "h1"},
		{"{.items[?(@.metadata.name==\"b\")].spec.replicas}", "1"},
		{"{.items[?(@.metadata.name == 'b')].spec.replicas}", "1"},
		{"{.items[?(@.spec.replicas>1)].metadata.name}", "a"},
		{"{.items[?(@.spec.replicas<=1)].metadata.name}", "b"},
		{"{.items[?(@.ready==true)].metadata.name}", "a"},
		{"{.items[?(@.ready!=true)].metadata.name}", "b"},
		{"{.items[?(@.metadata.labels.kubernetes\\.io/hostname)].metadata.name}", "a"},
		{"{.items[?(@.nothing)].metadata.name}", ""},
		{"{.items[?(@.spec.containers[0].name==\"c3\")].metadata.name}", "b"},
		{"{.nums[?(@>2)]}", "5 4 3"},
		{"{..p}", "80 443"},
		{"{..containers[0].name}", "c1 c3"},
		{"{range .items[*]}{.metadata.name}{\"\\t\"}{.spec.replicas}{\"\\n\"}{end}", "a\t3\nb\t1\n"},
		{"{range .items[*]}{.metadata.name}:{range .spec.containers[*]}{.name},{end};{end}",
		 "a:c1,c2,;b:c3,;"},
		{"{range .empty[*]}x{end}y", "y"},
		{"{.f} {.t} {.n} {.s}", "2.5 true null text"},
		{"{.mix}", "[1,\"a\",true,null]"},
		{"{.mix[*]}", "1 a true null"},
		{"{.items[0].metadata.labels}", "{\"app\":\"x\",\"kubernetes.io/hostname\":\"h1\"}"},
		{"{.items[1].metadata.labels.*}", "y"},
		{"{\"a \\\"b\\\" \\u00e9\"}", "a \"b\" \xc3\xa9"},
		{"{'single'}", "single"},
		{"{1}{-2.5}{true}", "1-2.5true"},
		{"{\"{\"}", "{"},
		{"hello jsonpath", "hello jsonpath"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		prints(rows[i][0], false, rows[i][1]);
}

static void
relaxed_forms_are_accepted(void **state)
{
	(void)state;
	prints("kind", false, "List");
	prints(".kind", false, "List");
	prints("{kind}", false, "List");
	prints("items[0].metadata.name", false, "a");
	prints(".items[?(@.metadata.name == \"b\")].spec.replicas", false, "1");
	prints("$.kind", false, "List");
}

static void
missing_keys_are_errors_unless_allowed(void **state)
{
	(void)state;
	fails("{.nothing}", "nothing is not found");
	fails("{.items[*].metadata.nothing}", "nothing is not found");
	fails("{.kind.deeper}", "deeper is not found");
	prints("a{.nothing}b", true, "ab");
	prints("{.items[*].metadata.nothing.deeper}", true, "");
	prints("{.n.x}", true, "");
}

static void
faults_name_what_is_wrong(void **state)
{
	(void)state;
	fails("{.kind", "unclosed action");
	fails("{.items[", "unterminated array");
	fails("{.items[0", "unterminated array");
	fails("{.items[x]}", "invalid array index");
	fails("{.items[?(@.a}", "unterminated filter");
	fails("{.items[?(@.a)}", "unclosed array");
	fails("{.items[?(@.a<>1)]}", "unrecognized filter operator");
	fails("{!}", "unrecognized character in action");
	fails("{.kind\n}", "unclosed action");
	fails("{\"abc}", "unterminated quoted string");
	fails("{\"\\q\"}", "no such escape");
	fails("{1.2.3}", "cannot parse number");
	fails("{....p}", "invalid multiple recursive descent");
	fails("{end}", "not in range, nothing to end");
	fails("{range .items[*]}{end}{end}", "not in range");
	fails("{.items[*]}{frob}", "unrecognized identifier frob");
	fails("{.nums[5]}", "array index out of bounds: index 5, length 5");
	fails("{.nums[-6]}", "out of bounds");
	fails("{.nums[2:9]}", "out of bounds: index 8, length 5");
	fails("{.nums[3:1]}", "starting index 3 is greater than ending index 1");
	fails("{.nums[::0]}", "step must be > 0");
	fails("{.kind[0]}", "string is not array or slice");
	fails("{.kind[?(@.a)]}", "cannot be filtered");
	fails("{.nums[?(@==\"x\")]}", "incompatible types for comparison: number and string");
	fails("{.items[?(@.ready<true)]}", "booleans have no order");
	fails("{.nums[99999999999999999999]}", "invalid array index");
}

static void
limits_are_named(void **state)
{
	pv_jsonpath *path = NULL;
	pv_buf b, out;

	(void)state;
	pv_buf_init(&b, cx.arena);
	pv_buf_init(&out, cx.arena);
	for (int i = 0; i < 100; i++)
		pv_buf_adds(&b, "{range .items[*]}");
	fails(b.s, "limit of 64 levels");
	/* Each .. multiplies the results by the depth. */
	pv_buf_clear(&b);
	for (int i = 0; i < 500; i++)
		pv_buf_addc(&b, '[');
	for (int i = 0; i < 500; i++)
		pv_buf_addc(&b, ']');
	assert_int_equal(pv_json_parse(&cx, (pv_str){b.s, b.len}, NULL, &doc), 0);
	assert_int_equal(pv_jsonpath_parse(&cx, "{...*...*...*...*}", &path), 0);
	assert_int_equal(pv_jsonpath_print(&cx, path, doc, true, &out), -PV_EBADREQUEST);
	assert_non_null(strstr(cx.err->message, "more than the limit of 1000000 results"));
	pv_recover(&cx);
}

static void
find_gives_values(void **state)
{
	pv_jsonpath *path = NULL;
	pv_vec found;

	(void)state;
	assert_int_equal(pv_jsonpath_parse(&cx, "{.items[*].spec.replicas}{.kind}", &path), 0);
	assert_int_equal(pv_jsonpath_find(&cx, path, doc, false, &found), 0);
	assert_int_equal(found.len, 2);
	assert_ptr_equal(*PV_AT(const pv_val *, &found, 0), pv_at(doc, "items.0.spec.replicas"));
	assert_int_equal(pv_jsonpath_parse(&cx, ".nothing", &path), 0);
	assert_int_equal(pv_jsonpath_find(&cx, path, doc, true, &found), 0);
	assert_int_equal(found.len, 0);
	assert_int_equal(pv_jsonpath_find(&cx, path, NULL, true, &found), 0);
	assert_int_equal(found.len, 0);
}

/* Any template cut anywhere or with a byte changed is read or refused. */
static void
mangled_templates_never_crash(void **state)
{
	static const char good[] =
		"a{range .items[?(@.x==\"y\")]}{..z[1:2:3]['q','r']}{\"\\u00e9\"}{end}{.a\\.b}";
	pv_jsonpath *path;

	(void)state;
	for (size_t at = 0; at < sizeof(good) - 1; at++)
		for (int c = 0; c < 128; c++) {
			char *changed = pv_strndup(cx.arena, good, sizeof(good) - 1);
			pv_buf out;

			changed[at] = (char)c;
			pv_buf_init(&out, cx.arena);
			if (pv_jsonpath_parse(&cx, changed, &path) < 0 ||
			    pv_jsonpath_print(&cx, path, doc, true, &out) < 0)
				pv_recover(&cx);
		}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(templates_print_as_kubectl),
		T(relaxed_forms_are_accepted),
		T(missing_keys_are_errors_unless_allowed),
		T(faults_name_what_is_wrong),
		T(limits_are_named),
		T(find_gives_values),
		T(mangled_templates_never_crash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
