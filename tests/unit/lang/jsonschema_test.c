/* Faults against schemas, as santhosh-tekuri/jsonschema v6 words them (by helm 4.1.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "lang/json/json.h"
#include "lang/jsonschema/jsonschema.h"

static const pv_val *
parse(pv_ctx *cx, const char *text)
{
	const pv_val *v = NULL;

	assert_int_equal(pv_json_parse(cx, pv_str_of(text), NULL, &v), 0);
	return v;
}

static const struct {
	const char *schema, *value, *want; /* NULL: none */
} cases[] = {
	{"true", "1", NULL},
	{"false", "1", "- at '': false schema"},
	{"{\"type\":[\"string\",\"null\"]}", "1", "- at '': got number, want null or string"},
	{"{\"type\":\"integer\"}", "1.0", NULL},
	{"{\"properties\":{\"a\":{\"minimum\":2000}}}", "{\"a\":5}", "- at '/a': minimum: got 5, want 2,000"},
	{"{\"maximum\":5}", "1234567",
	 "- at '': maximum: got 1.234567\xc3\x97"
	 "10\xe2\x81\xb0\xe2\x81\xb6, want 5"},
	{"{\"enum\":[\"p\",1,null]}", "\"z\"", "- at '': value must be one of 'p', 1, <nil>"},
	{"{\"const\":\"k\"}", "\"l\"", "- at '': value must be 'k'"},
	{"{\"required\":[\"x\",\"y'z\"]}", "{}", "- at '': missing properties 'x', 'y\\'z'"},
	{"{\"additionalProperties\":false,\"properties\":{\"q\":true}}", "{\"z\":1,\"y\":2,\"q\":3}",
	 "- at '': additional properties 'y', 'z' not allowed"},
	{"{\"anyOf\":[{\"type\":\"string\"},{\"$ref\":\"#/$defs/n\"}],\"$defs\":{\"n\":{\"type\":\"number\"}}}",
	 "true",
	 "- at '': 'anyOf' failed\n  - at '': got boolean, want string\n  - at '': got boolean, want number"},
	{"{\"oneOf\":[{\"type\":\"number\"},{\"type\":\"integer\"}]}", "4",
	 "- at '': 'oneOf' failed, subschemas 0, 1 matched"},
	{"{\"not\":{}}", "4", "- at '': 'not' failed"},
	{"{\"allOf\":[{\"minLength\":4}]}", "\"abc\"",
	 "- at '': 'allOf' failed\n  - at '': minLength: got 3, want 4"},
	{"{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":3},\"else\":{\"minimum\":1}}", "0",
	 "- at '': minimum: got 0, want 1"},
	{"{\"uniqueItems\":true,\"items\":{\"type\":\"string\"}}", "[\"a\",1,\"a\"]",
	 "- at '': items at 0 and 2 are equal\n- at '/1': got number, want string"},
	{"{\"prefixItems\":[true,{\"type\":\"null\"}],\"items\":false}", "[1,2,3]",
	 "- at '/1': got number, want null\n- at '/2': false schema"},
	{"{\"pattern\":\"^a\"}", "\"x\"", "- at '': 'x' does not match pattern '^a'"},
	{"{\"propertyNames\":{\"maxLength\":1}}", "{\"long\":1}",
	 "- at '': invalid propertyName 'long'\n  - at '': maxLength: got 4, want 1"},
	{"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}",
	 "- at '': properties 'b' required, if 'a' exists"},
	{"{\"allOf\":[{\"properties\":{\"a\":true}}],\"unevaluatedProperties\":false}", "{\"a\":1,\"b\":2}",
	 "- at '/b': false schema"},
	{"{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"minimum\":1,\"exclusiveMinimum\":true}",
	 "1", "- at '': exclusiveMinimum: got 1, want 1"},
	{"{\"multipleOf\":0.5}", "1.5", NULL},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"email\"}",
	 "\"a.b@c.example\"", NULL},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"email\"}", "\"a b@c\"",
	 "- at '': 'a b@c' is not valid email: expected NAME@HOST"},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"date\"}", "\"2024-02-29\"",
	 NULL},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"date\"}", "\"2023-02-29\"",
	 "- at '': '2023-02-29' is not valid date: expected YYYY-MM-DD"},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"date-time\"}",
	 "\"2024-02-29T10:00:00Z\"", NULL},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"date-time\"}",
	 "\"2024-02-29 10:00:00\"",
	 "- at '': '2024-02-29 10:00:00' is not valid date-time: expected YYYY-MM-DDTHH:MM:SS and Z or an offset"},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"ipv4\"}", "\"10.0.0.255\"",
	 NULL},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"ipv4\"}", "\"10.0.0.256\"",
	 "- at '': '10.0.0.256' is not valid ipv4: expected four decimals"},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"ipv6\"}", "\"::1\"", NULL},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"ipv6\"}", "\"1\"",
	 "- at '': '1' is not valid ipv6: no IPv6 address"},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"duration\"}", "\"P1DT2H\"",
	 NULL},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"duration\"}", "\"P\"",
	 "- at '': 'P' is not valid duration: expected P and years to seconds, as in P1DT12H"},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"uri\"}", "\"https://x/y\"",
	 NULL},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"uri\"}", "\"x/y\"",
	 "- at '': 'x/y' is not valid uri: relative url"},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"regex\"}", "\"a+\"", NULL},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"format\":\"regex\"}", "\"a(\"",
	 "- at '': 'a(' is not valid regex: no regular expression"},
	{"{\"format\":\"email\"}", "\"no\"", NULL}, /* 2020-12 */
	{"{\"prefixItems\":[true],\"unevaluatedItems\":false}", "[1,2]", "- at '/1': false schema"},
	{"{\"anyOf\":[{\"items\":{\"type\":\"number\"}}],\"unevaluatedItems\":false}", "[1,2]", NULL},
	{"{\"contains\":{\"type\":\"number\"},\"maxContains\":1}", "[1,\"a\",2]",
	 "- at '': max 1 items required to match contains schema, but matched 2 items at 0 2"},
	{"{\"properties\":{\"l\":{\"items\":{\"type\":\"string\"}}}}", "{\"l\":[1,2]}",
	 "- at '/l/0': got number, want string\n- at '/l/1': got number, want string"},
	{"{\"patternProperties\":{\"^x\":{\"type\":\"null\"}}}", "{\"x/y\":1}",
	 "- at '/x~1y': got number, want null"},
};

static void
faults_are_told(void **state)
{
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "schema");
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		const char *faults;

		assert_int_equal(pv_schema_faults(&cx, parse(&cx, cases[i].schema),
						  parse(&cx, cases[i].value), &faults),
				 0);
		if (cases[i].want == NULL)
			assert_null(faults);
		else
			assert_string_equal(faults, cases[i].want);
	}
	pv_ctx_done(&cx);
}

static void
what_leads_nowhere_is_an_error(void **state)
{
	static const struct {
		const char *schema, *want;
	} broken[] = {
		{"{\"$ref\":\"https://x/y\"}",
		 "$ref \"https://x/y\" is not supported: expected one within the schema"},
		{"{\"properties\":{\"a\":{\"type\":\"foo\"}}}",
		 "the schema is none: at '/properties/a/type': value must be one of 'array', 'boolean', 'integer', 'null', "
		 "'number', 'object', 'string', found 'foo'"},
		{"{\"anyOf\":[{},{\"required\":\"x\"}]}",
		 "the schema is none: at '/anyOf/1/required': got string, want array"},
		{"{\"minimum\":\"x\"}", "the schema is none: at '/minimum': got string, want number"},
		{"{\"properties\":{\"a\":5}}",
		 "the schema is none: at '/properties/a': got number, want boolean or object"},
		{"{\"$ref\":\"#/nope\"}", "$ref \"#/nope\" leads nowhere in the schema"},
		{"{\"$ref\":\"#\"}",
		 "the schema needs more than 200 levels or 2000000 steps for these values"},
	};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "schema");
	for (size_t i = 0; i < PV_LEN(broken); i++) {
		const char *faults;

		assert_true(pv_schema_faults(&cx, parse(&cx, broken[i].schema), parse(&cx, "1"), &faults) <
			    0);
		assert_string_equal(pv_take_error(&cx)->message, broken[i].want);
	}
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_told),
		cmocka_unit_test(what_leads_nowhere_is_an_error),
	};

	return cmocka_run_group_tests_name("lang/jsonschema", tests, NULL, NULL);
}
