/* METADATA: what OPA 1.20.2 refuses of it, and what two blocks on one rule say. */
#include "rego_case.h"

#define LOAD "1 error occurred: policy.rego:"
#define PARSE "rego_parse_error: "
#define YAML "yaml: unmarshal errors:\n  line "
#define AT "\n\t# METADATA\n\t^"

/* `said` stands in front of a rule, in the third line, or of the package, in the first. */
static void
refuse(const char *said, bool package, const char *error)
{
	pv_rego_result result;
	rego_case c = {.module = package ? pv_printf(cx.arena, "%s\npackage a\n\np := 1\n", said)
					 : pv_printf(cx.arena, "package a\n\n%s\np := 1\n", said)};
	int r = rego_run(&c, &result);
	const char *told = r < 0 ? cx.err->message : NULL;
	if (error ? !told || !strstr(told, error) : told != NULL)
		fail_msg("%s\nexpected %s\ngot %s", c.module, error ? error : "no error",
			 told ? told : "none");
	if (r < 0)
		pv_recover(&cx);
}

static void
scopes_are_of_what_follows(void **state)
{
	static const struct {
		const char *said, *of_rule, *of_package;
	} rows[] = {
		{"scope: bogus",
		 LOAD "3: " PARSE
		      "invalid annotation scope 'bogus'. Use one of 'rule', 'document', 'package', or "
		      "'subpackages'",
		 LOAD "1: " PARSE
		      "invalid annotation scope 'bogus'. Use one of 'rule', 'document', 'package', or "
		      "'subpackages'"},
		{"scope: package", "annotation scope 'package' must be applied to package (have rule)", NULL},
		{"scope: subpackages",
		 "annotation scope 'subpackages' must be applied to package (have rule)", NULL},
		{"scope: rule", NULL, "annotation scope 'rule' must be applied to rule (have package)"},
		{"scope: document", NULL,
		 "annotation scope 'document' must be applied to rule (have package)"},
		{"scope: 5", "invalid annotation scope '5'", "invalid annotation scope '5'"},
		{"scope:", NULL, NULL},
		{"entrypoint: true", NULL, NULL},
		{"entrypoint: true\n# scope: rule",
		 "annotation entrypoint applied to non-document or package scope 'rule'",
		 "2 errors occurred:\npolicy.rego:1: " PARSE
		 "annotation scope 'rule' must be applied to rule (have package)\npolicy.rego:1: " PARSE
		 "annotation entrypoint applied to non-document or package scope 'rule'"},
		{"entrypoint: true\n# scope: subpackages", "(have rule)", "scope 'subpackages'"},
		{"entrypoint: false\n# scope: rule", NULL, "(have package)"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *said = pv_printf(cx.arena, "# METADATA\n# %s", rows[i].said);
		refuse(said, false, rows[i].of_rule);
		refuse(said, true, rows[i].of_package);
	}
}

static void
members_have_types(void **state)
{
	static const char *const rows[][2] = {
		{"entrypoint: 5",
		 LOAD "4: " PARSE YAML "1: cannot unmarshal !!int `5` into bool\n\t# entrypoint: 5\n\t^"},
		{"authors: Jane",
		 YAML "1: cannot unmarshal !!str `Jane` into []interface {}\n\t# authors: Jane\n\t^"},
		{"authors: {a: b}", YAML "1: cannot unmarshal !!map into []interface {}"},
		{"title: x\n# organizations:\n# - {a: b}",
		 LOAD "6: " PARSE YAML "3: cannot unmarshal !!map into string\n\t# - {a: b}\n\t^"},
		{"organizations: x", "into []string"},
		{"organizations: 5", "cannot unmarshal !!int `5` into []string"},
		{"custom: 1.5", "cannot unmarshal !!float `1.5` into map[string]interface {}"},
		{"custom: aaaaaaaaaaaaaaaaaa",
		 "cannot unmarshal !!str `aaaaaaa...` into map[string]interface {}"},
		{"title: [a]\n# custom: 5",
		 YAML "1: cannot unmarshal !!seq into string\n  line 2: cannot unmarshal !!int `5` "
		      "into map[string]interface {}\n\t# title: [a]\n\t^"},
		{"schemas: x", "cannot unmarshal !!str `x` into []map[string]interface {}"},
		{"schemas:\n# - x", YAML "2: cannot unmarshal !!str `x` into map[string]interface {}"},
		{"schemas:\n# - {}", "invalid document reference" AT},
		{"schemas:\n# - input: foo", "invalid schema reference" AT},
		{"compile: x", "into map[string]interface {}"},
		{"compile: {unknowns: [x]}", "invalid unknowns element \"x\": expected ref but got x" AT},
		{"- a", "cannot unmarshal !!seq into ast.rawAnnotation"},
		{"title: a\n# title: b", LOAD
		 "5: " PARSE YAML "2: mapping key \"title\" already defined at line 1\n\t# title: b\n\t^"},
		{"custom:\n#   x: 1\n#   x: 2",
		 LOAD "6: " PARSE YAML "3: mapping key \"x\" already defined at line 2"},
		{"custom: {b: {c: 1, c: 1}}", YAML "1: mapping key \"c\" already defined at line 1"},
		{"scope: 1.50", "invalid annotation scope '1.50'"},
		{"entrypoint: yEs", "cannot unmarshal !!str `yEs` into bool"},
		{"title: [", LOAD "4: " PARSE "yaml: line "},
		{"", "expected METADATA block, found whitespace" AT},
		{"authors:\n# - ''", "author is an empty string" AT},
		{"authors:\n# - {foo: x}",
		 "invalid author definition {\"foo\":\"x\"}: 'name' and/or 'email' values required in object"},
		{"authors:\n# - 5", "invalid author definition 5: invalid value type, must be string or map"},
		{"related_resources:\n# - {description: d}", "'ref' value required in object"},
		{"related_resources:\n# - ''", "ref URL may not be empty string"},
		{"related_resources:\n# - '%zz'", "invalid URL escape \"%zz\""},
		{"title: 5\n# description: true\n# organizations: [5]\n# custom: ~\n# unknown: x", NULL},
		{"authors: [a, {name: J}, {email: e}, b <c>]\n# related_resources: [a, {ref: b}]", NULL},
		{"compile: {unknowns: [input.x, data.y], mask_rule: m}", NULL},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refuse(pv_printf(cx.arena, "# METADATA\n# %s", rows[i][0]), false, rows[i][1]);
}

static void
scalars_are_as_written(void **state)
{
	static const char *const rows[][2] = {
		/* a blank behind the sign counts for nothing */
		{"# title: a\n#description: b", "{\"description\":\"b\",\"scope\":\"rule\",\"title\":\"a\"}"},
		{"#title: a\n# description: b", "{\"description\":\"b\",\"scope\":\"rule\",\"title\":\"a\"}"},
		{"# description: |\n#  a\n#   b", "{\"description\":\"a\\n b\\n\",\"scope\":\"rule\"}"},
		{"# title: 1.50", "{\"scope\":\"rule\",\"title\":\"1.50\"}"},
		{"# {\"title\": 1.50}", "{\"scope\":\"rule\",\"title\":\"1.50\"}"},
		{"# title: yes", "{\"scope\":\"rule\",\"title\":\"yes\"}"},
		{"# title: 012", "{\"scope\":\"rule\",\"title\":\"012\"}"},
		{"# title: 1_000", "{\"scope\":\"rule\",\"title\":\"1_000\"}"},
		{"# title: !!int 5", "{\"scope\":\"rule\",\"title\":\"5\"}"},
		{"# title: ~", "{\"scope\":\"rule\"}"},
		{"# description: false", "{\"description\":\"false\",\"scope\":\"rule\"}"},
		{"# organizations: [1.0, no, 012, ~]",
		 "{\"organizations\":[\"1.0\",\"no\",\"012\"],\"scope\":\"rule\"}"},
		{"# organizations: [~]", "{\"scope\":\"rule\"}"},
		{"# authors: [yes]", "{\"authors\":[{\"name\":\"yes\"}],\"scope\":\"rule\"}"},
		{"# related_resources: [{ref: yes}]",
		 "{\"related_resources\":[{\"ref\":\"yes\"}],\"scope\":\"rule\"}"},
		{"# custom: {a: no, b: 1_000, c: 012, d: 1.50, e: True, yes: ~}",
		 "{\"custom\":{\"a\":\"no\",\"b\":1000,\"c\":10,\"d\":1.5,\"e\":true,\"yes\":null},"
		 "\"scope\":\"rule\"}"},
		{"# <<: {title: x}\n# title: y", "{\"scope\":\"rule\",\"title\":\"y\"}"},
		{"# entrypoint: Off", "{\"scope\":\"rule\"}"},
		{"# scope: document\n# entrypoint: 'yes'", "{}"}, /* of the document, not the rule */
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		rego_case c = {.module = pv_printf(cx.arena,
						   "package a\n\n# METADATA\n%s\np := rego.metadata.rule()",
						   rows[i][0]),
			       .query = "x = data.a.p"};
		assert_string_equal(rego_rows(&c), pv_printf(cx.arena, "[{\"x\":%s}]", rows[i][1]));
	}
}

static void
what_stands_for_nothing_is_refused(void **state)
{
	static const char *const rows[][2] = {
		{"package a\n# METADATA\n# title: x\nimport data.b\np := b",
		 "invalid annotation scope 'import'"},
		{"package a\np := 1\n# METADATA\n# title: x", "invalid annotation scope ''"},
		{"package a\np := 1\n# METADATA\n# scope: rule",
		 "annotation scope 'rule' must be applied to rule"},
		{"# METADATA\n# title: a\n\n# METADATA\n# title: b\npackage a",
		 "policy.rego:4: rego_type_error: package annotation redeclared: policy.rego:1"},
		{"package a\n# METADATA\n# scope: document\n# title: a\np if input.x\n# METADATA\n# scope: document\np if input.y",
		 "policy.rego:6: rego_type_error: document annotation redeclared: policy.rego:2"},
		{"# METADATA\n# title: a\n# METADATA\n# scope: subpackages\npackage a", NULL},
		{"package a\n  # METADATA\n  # scope: bogus\np := 1", NULL}, /* a comment like another */
		{"package a # METADATA\n# scope: bogus\np := 1", NULL},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_rego_result result;
		int r = rego_run(&(rego_case){.module = rows[i][0]}, &result);
		const char *told = r < 0 ? cx.err->message : NULL;
		if (rows[i][1] ? !told || !strstr(told, rows[i][1]) : told != NULL)
			fail_msg("%s\ngot %s", rows[i][0], told ? told : "no error");
		if (r < 0)
			pv_recover(&cx);
	}
}

static void
all_blocks_of_a_rule_count(void **state)
{
	rego_case c = {
		.module = "package a\n\n# METADATA\n# title: one\n# METADATA\n# title: 2\n# unknown: x\n"
			  "# custom: {a: 5}\n# METADATA\n# scope: document\n# title: doc\n"
			  "c := [rego.metadata.rule(), [x.annotations | some x in rego.metadata.chain()]]",
		.query = "x = data.a.c"};
	(void)state;
	assert_string_equal(
		rego_rows(&c),
		"[{\"x\":[{\"scope\":\"rule\",\"title\":\"one\"},[{\"custom\":{\"a\":5},\"scope\":\"rule\","
		"\"title\":\"2\"},{\"scope\":\"rule\",\"title\":\"one\"},{\"scope\":\"document\",\"title\":"
		"\"doc\"}]]}]");
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(scopes_are_of_what_follows), CASE(members_have_types),
		CASE(scalars_are_as_written),     CASE(what_stands_for_nothing_is_refused),
		CASE(all_blocks_of_a_rule_count),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
