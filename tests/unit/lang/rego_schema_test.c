/* `schemas:` of METADATA, held to what OPA 1.20.2's `check` says of the same modules. */
#include "rego_case.h"

#include "base/arena.h"
#include "base/str.h"

#define M "package p\n# METADATA\n# schemas:\n# - "
#define OBJECT(props) "{type: object, properties: {" props "}}"
#define USER \
	"{\"type\":\"object\",\"properties\":{\"user\":{\"type\":\"string\"},\"n\":{\"type\":\"integer\"}}}"

/* {"a.b": SCHEMA, "": the input's} -> {[a, b]: SCHEMA, []: ..}; NULL: null */
static const pv_val *
set_of(const char *text)
{
	static const pv_val none = {.type = PV_NULL};
	const pv_val *named = json_of(text);
	pv_objb o;
	pv_objb_init(&o, cx.arena);
	for (size_t i = 0; i < pv_member_count(named); i++) {
		pv_listb path;
		pv_str rest = pv_strv(&named->members[i].key), one;
		pv_listb_init(&path, cx.arena);
		while (pv_str_next(&rest, '.', &one))
			if (one.len)
				pv_listb_add(&path, pv_stringn(cx.arena, one.s, one.len));
		pv_objb_putv(&o, pv_listb_end(&path), named->members[i].val);
	}
	return text ? pv_box(cx.arena, pv_objb_end(&o)) : &none;
}

/* "7 message|8 message": the rows and the first lines; "": taken. */
static const char *
verdict(const char *const *modules, const pv_val *schemas)
{
	pv_rego_module m[3];
	pv_rego_opts opts = {.schemas = schemas, .max_errors = -1};
	pv_rego *rego = NULL;
	pv_buf b;
	size_t n = 0;
	for (; n < PV_LEN(m) && modules[n]; n++)
		m[n] = (pv_rego_module){.name = pv_printf(cx.arena, "%zu", n), .text = pv_str_of(modules[n])};
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, "");
	int r = pv_rego_compile(&cx, m, n, &opts, &rego);
	pv_rego_unref(rego);
	if (r == 0)
		return b.s;
	for (const pv_cause *e = cx.err->causes; e; e = e->next) {
		const char *row = strchr(e->field, ':'), *end = strchr(e->message, '\n');
		int len = end ? (int)(end - e->message) : (int)strlen(e->message);
		pv_buf_printf(&b, "%s%.*s %.*s", b.len ? "|" : "", (int)strcspn(row + 1, ":"), row + 1, len,
			      e->message);
	}
	pv_recover(&cx);
	return b.s;
}

typedef struct row {
	const char *modules[4], *schemas, *want;
} row;

static void
hold(const row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *found = verdict(rows[i].modules, set_of(rows[i].schemas));
		if (!pv_streq(found, rows[i].want))
			fail_msg("%s\nwanted: %s\nfound: %s", rows[i].modules[0], rows[i].want, found);
	}
}

static void
inline_schemas_are_checked(void **state)
{
	static const row rows[] = {
		{{M "input: " OBJECT("zzz: {type: string}") "\nr if input.zzz == 1"}, NULL, "5 match error"},
		{{M "input: " OBJECT("a: {type: string}") "\nr if input.zz\ns if input.zz"},
		 NULL,
		 "5 undefined ref: input.zz"},
		{{M "input: {properties: {a: {type: string}}}\nr if input.zz"},
		 NULL,
		 "5 undefined ref: input.zz"},
		{{M "input: {}\nr if input.a == 1"}, NULL, ""},
		{{M "input[\"a-b\"]: {type: string}\nr if input[\"a-b\"] == 1"}, NULL, "5 match error"},
		{{M "input[0]: {type: string}\nr if input[0] == 1"}, NULL, "5 match error"},
		{{M "data.a[0]: {type: string}\nr if data.a[0] == 1"}, NULL, "5 match error"},
		{{M "foo.bar: {type: string}\nr if input.zz"}, NULL, ""},
		{{M "input: " OBJECT("a: {type: string}") "\nr(x) := input.b if x"},
		 NULL,
		 "5 undefined ref: input.b"},
		{{M "input: " OBJECT("a: {type: string}") "\nr := input.a\ns if r == 1"},
		 NULL,
		 "6 match error"},
	};
	(void)state;
	hold(rows, PV_LEN(rows));
}

static void
the_later_one_wins(void **state)
{
	static const row rows[] = {
		{{M "input: " OBJECT(
			 "a: {type: string}") "\n# - input.b: {type: number}\n"
					      "# - input.a: {type: number}\nr if {\n\tinput.zz\n\tinput.b == \"x\"\n\tinput.a == \"y\"\n}"},
		 NULL,
		 "8 undefined ref: input.zz|9 match error|10 match error"},
		{{M "input.b.c: {type: number}\n# - input.b: " OBJECT(
			 "d: {type: string}") "\nr if {\n\tinput.zz\n\tinput.b.c\n\tinput.b.d == 1\n}"},
		 NULL,
		 "8 undefined ref: input.b.c|9 match error"},
	};
	(void)state;
	hold(rows, PV_LEN(rows));
}

static void
documents_of_data_have_schemas(void **state)
{
#define ACL M "data.acl: " OBJECT("alice: {type: array, items: {type: string}}") "\nr if {\n\t"
	static const row rows[] = {
		{{ACL "data.acl.alice[_] == 7\n}"}, NULL, "6 match error"},
		{{ACL "some x\n\tdata.acl[x][_] == 7\n}"}, NULL, "7 match error"},
		{{ACL "data.acl == 3\n\tdata[_].alice == 1\n}"}, NULL, "6 match error"},
		{{ACL "[y | y := data.acl.bob]\n\tnot data.acl.mike\n}"},
		 NULL,
		 "6 undefined ref: data.acl.bob|7 undefined ref: data.acl.mike"},
		{{M "data.acl.alice: {type: array, items: {type: string}}\nr if {\n\tdata.acl[_][_] == 7\n"
		    "\tdata.acl.bob == 1\n\tdata.acl.alice == 1\n}"},
		 NULL,
		 "8 match error"},
		{{M "data.p.q: {type: number}\nr if q == \"y\"\nq := \"x\""}, NULL, "5 match error"},
		{{M "data.p.q.a: {type: number}\nr if {\n\tq.a == \"y\"\n\tq.b == 1\n\tq.c\n}\n"
		    "q := {\"a\": \"x\", \"b\": \"z\"}"},
		 NULL,
		 "6 match error|7 match error|8 undefined ref: q.c"},
		{{M "data: " OBJECT("a: {type: string}") "\nr if {\n\tq.a\n\tdata.b\n\tdata.a == 1\n}\n"
							 "q := {\"a\": \"x\"}"},
		 NULL,
		 "6 undefined ref: q.a|7 undefined ref: data.b|8 match error"},
	};
	(void)state;
	hold(rows, PV_LEN(rows));
}

static void
scopes_add_up(void **state)
{
	static const row rows[] = {
		{{M "input: " OBJECT("a: {type: string}") "\nr if input.zz\nelse if input.yy"},
		 NULL,
		 "5 undefined ref: input.zz"},
		{{"package p\n# METADATA\n# scope: document\n# schemas:\n# - input: " OBJECT(
			 "a: {type: string}") "\nr if input.zz\nelse if input.yy\nr if input.bb\ns if input.cc"},
		 NULL,
		 "6 undefined ref: input.zz|7 undefined ref: input.yy|8 undefined ref: input.bb"},
		{{"package p\n# METADATA\n# scope: document\n# schemas:\n# - input: " OBJECT(
			 "c: {type: string}") "\nt[x] := 1 if {\n\tinput.zz\n\tx := 1\n}\nt.e := 1 if input.zz"},
		 NULL,
		 "7 undefined ref: input.zz"},
		{{"# METADATA\n# scope: subpackages\n# schemas:\n# - input: " OBJECT(
			  "top: {type: string}") "\npackage p",
		  "# METADATA\n# scope: subpackages\n# schemas:\n# - input: " OBJECT(
			  "a: {type: string}") "\npackage p.q\nr if input.top\ns if input.pk == 1",
		  "# METADATA\n# schemas:\n# - input.pk: {type: string}\npackage p.q"},
		 NULL,
		 "6 undefined ref: input.top|7 match error"},
		{{"# METADATA\n# schemas:\n# - input: " OBJECT("a: {type: string}") "\npackage p",
		  "package p.q\nr if input.zz", "package p\nr if input.zz"},
		 NULL,
		 "2 undefined ref: input.zz"},
	};
	(void)state;
	hold(rows, PV_LEN(rows));
}

static void
names_are_looked_up_in_the_set(void **state)
{
	static const char set[] = "{\"input\": " USER ", \"acl.roles\": {\"type\": \"array\"}}";
	const row rows[] = {
		{{M "input: schema.input\nr if input.usr"}, set, "5 undefined ref: input.usr"},
		{{M "input: schema.input\nr if input.usr"}, NULL, ""},
		{{M "input: schema.none\nr if input.usr"}, set, "5 undefined schema: schema.none"},
		{{M "input: schema\nr if input.usr"}, set, "5 undefined schema: schema"},
		{{M "input: schema.none\ndefault r := false"}, set, "5 undefined schema: schema.none"},
		{{M "input: schema[\"acl\"].roles\nr if input == 1"}, set, "5 match error"},
		{{M "input: schema.input\nr if input.usr"},
		 "{\"\": " USER "}",
		 "5 undefined schema: schema.input|5 undefined ref: input.usr"},
		{{M "input: schema\nr if input.n == \"a\"\ns if input.usr"},
		 "{\"\": " USER "}",
		 "5 match error|6 undefined ref: input.usr"},
	};
	(void)state;
	hold(rows, PV_LEN(rows));
}

static void
what_is_no_schema_is_refused(void **state)
{
	static const row rows[] = {
		{{M "input: scheme.a\nr if input.zz"}, NULL, "2 invalid schema reference"},
		{{M "input: ''\nr if input.zz"}, NULL, "2 invalid schema reference"},
		{{M "\"input[\": {}\nr if input.zz"}, NULL, "2 invalid document reference"},
		{{M "\"input + 1\": {}\nr if input.zz"}, NULL, "2 invalid document reference"},
		{{M "foo: {}\nr if input.zz"}, NULL, "2 invalid document reference"},
		{{M "{}\nr if input.zz"}, NULL, "2 invalid document reference"},
		{{M "input: 5\nr if input.zz"}, NULL, "2 invalid schema declaration for path \"input\""},
		{{M "input:\nr if input.zz"}, NULL, "2 invalid schema declaration for path \"input\""},
		{{M "input[x]: {type: string}\nr if input.a"},
		 NULL,
		 "5 error getting key from value: var requires evaluation"},
		{{M "input: {type: 5}\nr if input.a"},
		 NULL,
		 "5 unable to compile the schema: Invalid type. Expected: type, given: string/Array Of Strings"},
		{{M "input: {$ref: 'http://example.com/x'}\nr if input.a"},
		 NULL,
		 "5 unable to compile the schema: remote reference loading disabled: http://example.com/x: "
		 "references stay within the document"},
		{{M "input: schema.a\nr if input.a"},
		 "{\"a\": {\"type\": 5}}",
		 "5 unable to compile the schema: schema.a: Invalid type. Expected: type, given: string/Array "
		 "Of Strings"},
		{{M "input: schema.a\nr if input.a"},
		 "{\"a\": [1]}",
		 "5 unable to compile the schema: schema.a: schema is invalid"},
		{{"package p"}, "{\"\": [1]}", "0 unable to compile the schema: schema is invalid"},
	};
	(void)state;
	hold(rows, PV_LEN(rows));
}

/* The type that a schema stands for, as `input.v == {1, 2}` shows it; NULL: any. */
static void
schemas_are_read_as_opa_reads_them(void **state)
{
	static const struct {
		const char *schema, *type;
	} rows[] = {
		{"{\"type\":\"object\"}", "object[any: any]"},
		{"{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}", "object[any: any]"},
		{"{\"type\":\"object\",\"properties\":{\"z\":{\"type\":\"number\"}},\"additionalProperties\":"
		 "true}",
		 "object<z: number>"},
		{"{\"allOf\":[{\"properties\":{\"x\":{\"type\":\"string\"}}},{\"properties\":{\"y\":{\"type\":"
		 "\"string\"}}}]}",
		 "object<x: string, y: string>"},
		{"{\"type\":\"object\",\"properties\":{\"z\":{\"type\":\"number\"}},\"anyOf\":[{\"properties\":"
		 "{\"x\":{\"type\":\"string\"}}}]}",
		 "any<object<x: string>, object<z: number>>"},
		{"{\"type\":\"object\",\"properties\":{\"z\":{\"type\":\"number\"}},\"allOf\":[{\"properties\":"
		 "{\"x\":{\"type\":\"string\"}}}]}",
		 "object<x: string, z: number>"},
		{"{\"allOf\":[{\"type\":\"object\"},{\"properties\":{\"x\":{}}}]}", "object[any: any]"},
		{"{\"allOf\":[{\"type\":\"string\"},{\"type\":\"string\"}]}", "string"},
		{"{\"allOf\":[{\"required\":[\"x\"]},{\"type\":\"string\"}]}", NULL},
		{"{\"allOf\":[{}]}", NULL},
		{"{\"items\":{\"type\":\"string\"}}", "array[string]"},
		{"{\"type\":\"array\",\"items\":[{\"type\":\"string\"},{\"type\":\"number\"}]}",
		 "array<string, number>"},
		{"{\"type\":\"array\",\"items\":[]}", "array[any]"},
		{"{\"type\":[\"number\",\"string\"]}", "string"},
		{"{\"type\":[\"array\",\"object\"],\"properties\":{\"a\":{\"type\":\"string\"}}}",
		 "object<a: string>"},
		{"{\"type\":[\"integer\",\"null\"]}", "number"},
		{"{\"type\":\"null\"}", NULL},
		{"{\"properties\":{}}", NULL},
		{"{\"oneOf\":[{\"type\":\"string\"}]}", NULL},
		{"{\"type\":\"array\",\"anyOf\":[{\"type\":\"string\"}]}", "string"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_rego_module m = {.name = "m", .text = pv_str_of("package p\nr if input.v == {1, 2}")};
		pv_rego_opts opts = {
			.schemas = set_of(pv_printf(cx.arena, "{\"\": {\"properties\": {\"v\": %s}}}",
						    rows[i].schema))};
		pv_rego *rego = NULL;
		int r = pv_rego_compile(&cx, &m, 1, &opts, &rego);
		const char *left = pv_printf(cx.arena, "left  : %s\n", rows[i].type);
		pv_rego_unref(rego);
		if (rows[i].type ? r == 0 || !strstr(cx.err->message, left) : r < 0)
			fail_msg("%s\nwanted: %s\nfound: %s", rows[i].schema, rows[i].type,
				 r < 0 ? cx.err->message : "any");
		if (r < 0)
			pv_recover(&cx);
	}
}

/* 60 members that are the whole again: 60^8 types without a limit. */
static void
schemas_of_themselves_end(void **state)
{
	pv_buf b;
	(void)state;
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, "{\"\": {\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"string\"}");
	for (int i = 0; i < 60; i++)
		pv_buf_printf(&b, ", \"m%d\": {\"$ref\": \"#\"}", i);
	pv_buf_adds(&b, "}}}");
	const char *const modules[] = {"package p\nr if input.m0.b\ns if input.a == 1", NULL};
	assert_string_equal(verdict(modules, set_of(b.s)), "2 undefined ref: input.m0.b|3 match error");
}

/* As a server reads policies: METADATA tells nothing of types. */
static void
without_a_set_nothing_is_looked_at(void **state)
{
	const char *const modules[] = {M "input: " OBJECT("a: {type: string}") "\nr if input.zz", NULL};
	(void)state;
	assert_string_equal(verdict(modules, NULL), "");
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(inline_schemas_are_checked),         CASE(the_later_one_wins),
		CASE(documents_of_data_have_schemas),     CASE(scopes_add_up),
		CASE(names_are_looked_up_in_the_set),     CASE(what_is_no_schema_is_refused),
		CASE(schemas_are_read_as_opa_reads_them), CASE(schemas_of_themselves_end),
		CASE(without_a_set_nothing_is_looked_at),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
