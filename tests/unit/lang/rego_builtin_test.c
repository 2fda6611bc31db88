/* What builtins say beyond OPA's own cases: GraphQL's rules one by one, JSON Schema's faults, keys,
 * certificates, templates, URIs, trees. */
#include "rego_case.h"

#include "base/arena.h"
#include "base/keygen.h"
#include "base/time.h"

/* The value of one expression, as JSON; NULL and the error's text in *ret_error if it fails. */
static const char *
value_of(const char *expression, const char *input, const char **ret_error)
{
	pv_rego_result result = {0};
	rego_case c = {.query = pv_printf(cx.arena, "x := %s", expression), .input = input, .strict = true};
	*ret_error = NULL;
	if (rego_run(&c, &result) < 0) {
		const char *text = pv_take_error(&cx)->message, *code = strstr(text, "_error: ");
		*ret_error = code ? code + strlen("_error: ") : text;
		return NULL;
	}
	if (result.sets.len == 0)
		return "undefined";
	const pv_val *x = pv_get(*PV_AT(const pv_val *, &result.sets, 0), "x");
	return pv_json_text(cx.arena, pv_box(cx.arena, pv_rego_json(cx.arena, x)));
}

static void
is(const char *expression, const char *want)
{
	const char *error, *have = value_of(expression, NULL, &error);
	if (!have)
		fail_msg("%s: %s", expression, error);
	assert_string_equal(have, want);
}

static void
fails(const char *expression, const char *want)
{
	const char *error, *have = value_of(expression, NULL, &error);
	if (have)
		fail_msg("%s: expected a failure, got %s", expression, have);
	assert_string_equal(error, want);
}

static const char pets[] =
	"interface Named { name: String! }"
	"type Dog implements Named { name: String! barks(loud: Boolean = true): Boolean }"
	"type Cat implements Named { name: String! lives: Int owner(id: ID!): Cat }"
	"union Pet = Dog | Cat enum Size { SMALL LARGE }"
	"input Filter { size: Size! limit: Int = 3 names: [String!] }"
	"type Query { pet(filter: Filter, size: Size): Pet cat: Cat dog: Dog named: Named }"
	"type Subscription { a: Int b: Int }";

/* What graphql.parse says of a query, without the name and the place. */
static const char *
graphql(const char *query)
{
	const char *error;
	pv_buf b;
	pv_buf_init(&b, cx.arena);
	pv_val both[] = {pv_string(cx.arena, query), pv_string(cx.arena, pets)};
	pv_val list = pv_list_of(cx.arena, both, 2);
	pv_json_write(&b, &list);
	if (value_of("graphql.parse(input[0], input[1])", b.s, &error))
		return "";
	const char *at = strstr(error, " in GraphQL string at location ");
	assert_true(pv_starts_with(error, "graphql.parse: "));
	return pv_strndup(cx.arena, error + 15, at ? (size_t)(at - error) - 15 : strlen(error) - 15);
}

static const char *const queries[][2] = {
	{"{ cat { name owner(id: 1) { name } } }", ""},
	{"{ __typename __schema { types { name } } __type(name: \"Cat\") { kind } }", ""},
	{"query Q($s: Size!) { pet(filter: {size: $s}) { ... on Named { name } } }", ""},
	{"{ fish }", "Cannot query field \"fish\" on type \"Query\""},
	{"{ cat { __schema { types { name } } } }", "Cannot query field \"__schema\" on type \"Cat\""},
	{"{ cat }", "Field \"cat\" of type \"Cat\" must have a selection of subfields. Did you mean "
		    "\"cat { ... }\"?"},
	{"{ cat { name { x } } }",
	 "Field \"name\" must not have a selection since type \"String!\" has no subfields"},
	{"{ cat(a: 1) { name } }", "Unknown argument \"a\" on field \"Query.cat\""},
	{"{ cat { owner { name } } }",
	 "Field \"owner\" argument \"id\" of type \"ID!\" is required, but it was not provided"},
	{"{ dog { barks(loud: 1) } }", "Boolean cannot represent a non boolean value: 1"},
	{"{ dog { barks(loud: true, loud: true) } }", "There can be only one argument named \"loud\""},
	{"{ pet(size: HUGE) { __typename } }", "Value \"HUGE\" does not exist in \"Size\" enum"},
	{"{ pet(size: \"SMALL\") { __typename } }",
	 "Enum \"Size\" cannot represent non-enum value: \"SMALL\""},
	{"{ pet(filter: {limit: 1}) { __typename } }",
	 "Field \"Filter.size\" of required type \"Size!\" was not provided"},
	{"{ pet(filter: {size: SMALL, x: 1}) { __typename } }",
	 "Field \"x\" is not defined by type \"Filter\""},
	{"{ pet(filter: {size: SMALL, names: [null]}) { __typename } }",
	 "Expected value of type \"String!\", found null"},
	{"{ pet(filter: {size: SMALL, limit: 3000000000}) { __typename } }",
	 "Int cannot represent non-integer value: 3000000000"},
	{"{ cat @loud { name } }", "Unknown directive \"@loud\""},
	{"{ cat @deprecated { name } }", "Directive \"@deprecated\" may not be used on FIELD"},
	{"{ cat @skip(if: true) @skip(if: true) { name } }",
	 "The directive \"@skip\" can only be used once at this location"},
	{"{ cat @skip { name } }",
	 "Directive \"@skip\" argument \"if\" of type \"Boolean!\" is required, but it was not provided"},
	{"{ cat { ...F } }", "Unknown fragment \"F\""},
	{"{ cat { ...F } } fragment F on Dog { name }",
	 "Fragment \"F\" cannot be spread here as objects of type \"Cat\" can never be of type \"Dog\""},
	{"{ cat { ... on Size { x } } }", "Fragment cannot condition on non composite type \"Size\""},
	{"{ cat { ... on Fish { x } } }", "Unknown type \"Fish\""},
	{"{ cat { name } } fragment F on Cat { name }", "Fragment \"F\" is never used"},
	{"{ cat { ...A } } fragment A on Cat { ...B } fragment B on Cat { ...A }",
	 "Cannot spread fragment \"A\" within itself via \"B\""},
	{"{ cat { name } } { dog { name } }", "This anonymous operation must be the only defined operation"},
	{"query A { cat { name } } query A { dog { name } }", "There can be only one operation named \"A\""},
	{"mutation { x }", "Schema does not support operation type \"mutation\""},
	{"subscription { a b }", "Anonymous Subscription must select only one top level field"},
	{"query Q($a: Int) { cat { name } }", "Variable \"$a\" is never used in operation \"Q\""},
	{"{ dog { barks(loud: $x) } }", "Variable \"$x\" is not defined"},
	{"query Q($a: Cat) { dog { barks(loud: $a) } }", "Variable \"$a\" cannot be non-input type \"Cat\""},
	{"query Q($a: Int) { dog { barks(loud: $a) } }",
	 "Variable \"$a\" of type \"Int\" used in position expecting type \"Boolean\""},
	{"query Q($a: ID) { cat { owner(id: $a) { name } } }",
	 "Variable \"$a\" of type \"ID\" used in position expecting type \"ID!\""},
	{"query Q($a: ID = 1) { cat { owner(id: $a) { name } } }", ""},
	{"{ x: cat { name } x: dog { name } }",
	 "Fields \"x\" conflict because cat and dog are different fields. Use different aliases on the "
	 "fields to fetch both if this was intentional"},
	{"{ cat { owner(id: 1) { name } owner(id: 2) { name } } }",
	 "Fields \"owner\" conflict because they have differing arguments. Use different aliases on the "
	 "fields to fetch both if this was intentional"},
	{"{ pet { ... on Dog { x: barks } ... on Cat { x: lives } } }",
	 "Fields \"x\" conflict because they return conflicting types Boolean and Int. Use different "
	 "aliases on the fields to fetch both if this was intentional"},
	{"{ pet { ... on Dog { x: name } ... on Cat { x: name } } }", ""},
};

static void
a_query_is_held_against_its_schema(void **state)
{
	(void)state;
	for (size_t i = 0; i < PV_LEN(queries); i++) {
		const char *have = graphql(queries[i][0]);
		if (!pv_streq(have, queries[i][1]))
			fail_msg("%s\nexpected: %s\nfound:    %s", queries[i][0], queries[i][1], have);
	}
}

static void
a_fault_of_a_query_has_its_place(void **state)
{
	(void)state;
	fails("graphql.parse(\"query {\\n  dog { barks(loud: 7) }\\n}\", \"type Dog { barks(loud: Boolean): Int } "
	      "type Query { dog: Dog }\")",
	      "graphql.parse: Boolean cannot represent a non boolean value: 7 in GraphQL string at location 2:21");
	is("graphql.parse_and_verify(\"{ a }\", \"type Query { b: Int }\")", "[false,{},{}]");
	is("graphql.is_valid({}, {})", "true");
	is("graphql.is_valid({\"Operations\": [{\"SelectionSet\": 7}]}, {})", "false");
}

static void
a_schema_names_what_does_not_fit(void **state)
{
	static const char *const rows[][3] = {
		{"{\"a\": 1}", "{\"type\": \"object\", \"properties\": {\"a\": {\"minimum\": 2}}}",
		 "a|number_gte|Must be greater than or equal to 2"},
		{"{}", "{\"required\": [\"id\"]}", "(root)|required|id is required"},
		{"{\"id\": \"x\"}", "{\"properties\": {\"id\": {\"type\": \"integer\"}}}",
		 "id|invalid_type|Invalid type. Expected: integer, given: string"},
		{"{\"b\": {\"c\": 1}}", "{\"properties\": {\"b\": {\"additionalProperties\": false}}}",
		 "b|additional_property_not_allowed|Additional property c is not allowed"},
		{"[1, 1]", "{\"uniqueItems\": true}", "(root)|unique|array items[0,1] must be unique"},
		{"[1, \"a\"]", "{\"items\": {\"type\": \"number\"}}",
		 "1|invalid_type|Invalid type. Expected: number, given: string"},
		{"[1.5]", "{\"items\": {\"type\": [\"integer\", \"null\"]}}",
		 "0|invalid_type|Invalid type. Expected: [integer,null], given: number"},
		{"[\"ab\"]", "{\"items\": {\"pattern\": \"^a$\"}}", "0|pattern|Does not match pattern '^a$'"},
		{"[\"ab\"]", "{\"items\": {\"maxLength\": 1}}",
		 "0|string_lte|String length must be less than or equal to 1"},
		{"[\"nope\"]", "{\"items\": {\"format\": \"ipv4\"}}",
		 "0|format|Does not match format 'ipv4'"},
		{"[\"2024-02-30\"]", "{\"items\": {\"format\": \"date\"}}",
		 "0|format|Does not match format 'date'"},
		{"[1]", "{\"items\": {\"enum\": [2, \"a\"]}}",
		 "0|enum|0 must be one of the following: 2, \"a\""},
		{"[7]", "{\"items\": {\"multipleOf\": 2}}", "0|multiple_of|Must be a multiple of 2"},
		{"[7]", "{\"contains\": {\"const\": 8}}",
		 "(root)|contains|At least one of the items must match"},
		{"{\"a\": 1}", "{\"dependencies\": {\"a\": [\"b\"]}}",
		 "(root)|missing_dependency|Has a dependency on b"},
		{"{\"a\": 1}", "{\"not\": {\"required\": [\"a\"]}}",
		 "(root)|number_not|Must not validate the schema (not)"},
		{"{\"a\": 1}", "{\"oneOf\": [{\"required\": [\"a\"]}, {\"minProperties\": 1}]}",
		 "(root)|number_one_of|Must validate one and only one schema (oneOf)"},
		{"{\"a\": 1}", "{\"if\": {\"required\": [\"a\"]}, \"then\": {\"required\": [\"b\"]}}",
		 "(root)|condition_then|Must validate \"then\" as \"if\" was valid"},
		{"{\"a\": {\"a\": {\"a\": 1}}}",
		 "{\"definitions\": {\"n\": {\"type\": \"object\", \"properties\": {\"a\": {\"$ref\": "
		 "\"#/definitions/n\"}}}}, \"$ref\": \"#/definitions/n\"}",
		 "a.a.a|invalid_type|Invalid type. Expected: object, given: integer"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *error;
		const char *have = value_of(
			pv_printf(
				cx.arena,
				"[e | some f in json.match_schema(json.marshal(input[0]), input[1])[1]; e := sprintf("
				"\"%%s|%%s|%%s\", [f.field, f.type, f.desc])][0]"),
			pv_printf(cx.arena, "[%s, %s]", rows[i][0], rows[i][1]), &error);
		pv_val want = pv_string(cx.arena, rows[i][2]);
		if (!have || !pv_streq(have, pv_json_text(cx.arena, &want)))
			fail_msg("%s\nexpected: %s\nfound:    %s", rows[i][1], rows[i][2],
				 have ? have : error);
	}
}

static void
what_is_no_schema_is_refused(void **state)
{
	(void)state;
	is("json.verify_schema({\"minLength\": -1})",
	   "[false,\"jsonschema: minLength must be greater than or equal to 0\"]");
	is("json.verify_schema({\"items\": [{\"pattern\": \"(\"}]})",
	   "[false,\"jsonschema: pattern must be a valid regex\"]");
	is("json.verify_schema({\"$ref\": \"#/nowhere\"})",
	   "[false,\"jsonschema: Object has no key '/nowhere'\"]");
	is("json.verify_schema({\"$ref\": \"https://example.com/x\"})",
	   "[false,\"jsonschema: remote reference loading disabled: https://example.com/x: references stay within "
	   "the document\"]");
	is("json.verify_schema(\"{\")", "[false,\"jsonschema: invalid JSON string\"]");
	fails("json.match_schema({}, \"{\")", "json.match_schema: invalid JSON string");
	fails("json.match_schema({}, {\"$ref\": \"#\"})",
	      "json.match_schema: schemas are nested more than 200 deep");
}

static void
templates_and_uris_are_go_s(void **state)
{
	(void)state;
	is("strings.render_template(`{{range .xs}}<{{.}}>{{end}}{{.gone.too}}`, {\"xs\": [1, \"b\"]})",
	   "\"<1><b><undefined>\"");
	fails("strings.render_template(`{{`, {})",
	      "strings.render_template: template: template:1: unclosed action");
	is("uri.parse(\"HTTPS://u:p@[::1]:8443/a%20b?q=1#f\")",
	   "{\"scheme\":\"https\",\"hostname\":\"::1\",\"port\":\"8443\",\"path\":\"/a b\",\"raw_path\":"
	   "\"/a%20b\",\"raw_query\":\"q=1\",\"fragment\":\"f\"}");
	fails("uri.parse(\"http://a:b/\")",
	      "uri.parse: parse \"http://a:b/\": invalid port \":b\" after host");
	fails("uri.parse(\":x\")", "uri.parse: parse \":x\": missing protocol scheme");
	is("[uri.is_valid(\"/a/b\"), uri.is_valid(\"\"), uri.is_valid(\"a%zz\"), uri.is_valid(\"a b:c\")]",
	   "[true,false,false,false]");
}

static void
keys_are_shown_with_their_numbers(void **state)
{
	static const struct {
		enum pv_key_kind kind;
		const char *query, *want;
	} rows[] = {
		{PV_KEY_RSA,
		 "[k | k := crypto.parse_private_keys(input)[0]; k.E == 65537; k.Primes[0] * k.Primes[1] == k.N][0].Precomputed.CRTValues",
		 "[]"},
		{PV_KEY_RSA, "object.keys(crypto.x509.parse_rsa_private_key(input))",
		 "[\"d\",\"dp\",\"dq\",\"e\",\"kty\",\"n\",\"p\",\"q\",\"qi\"]"},
		{PV_KEY_ECDSA, "object.keys(crypto.parse_private_keys(input)[0])",
		 "[\"Curve\",\"D\",\"X\",\"Y\"]"},
		{PV_KEY_ECDSA,
		 "[[k.kty, k.crv, count(k.x)] | k := crypto.x509.parse_rsa_private_key(input)][0]",
		 "[\"EC\",\"P-256\",43]"},
		{PV_KEY_ED25519, "type_name(crypto.parse_private_keys(input)[0])", "\"string\""},
		{PV_KEY_ED25519, "crypto.x509.parse_rsa_private_key(input).crv", "\"Ed25519\""},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *pem, *error, *query = rows[i].query;
		assert_int_equal(pv_key_new(&cx, rows[i].kind, 2048, &pem), 0);
		pv_val text = pv_string(cx.arena, pem);
		const char *have = value_of(query, pv_json_text(cx.arena, &text), &error);
		if (!have)
			fail_msg("%s: %s", query, error);
		assert_string_equal(have, rows[i].want);
	}
	is("crypto.parse_private_keys(\"\")", "null");
	is("crypto.parse_private_keys(\"-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\")",
	   "[]");
}

/* An authority, a server's certificate under it, and another key. */
static const char *
chain(const char **ret_other)
{
	pv_pem ca, leaf;
	pv_cert_wish wish = {.cn = "ca", .days = 10, .is_ca = true};
	const char *names[] = {"web.example.com", NULL};
	assert_int_equal(pv_key_new(&cx, PV_KEY_ECDSA, 0, &wish.key), 0);
	assert_int_equal(pv_cert_new(&cx, &wish, &ca), 0);
	wish = (pv_cert_wish){.cn = "web", .dns = names, .days = 5, .issuer = &ca};
	assert_int_equal(pv_key_new(&cx, PV_KEY_ECDSA, 0, &wish.key), 0);
	assert_int_equal(pv_cert_new(&cx, &wish, &leaf), 0);
	*ret_other = ca.key;
	pv_objb o;
	pv_objb_init(&o, cx.arena);
	pv_objb_put(&o, "chain", pv_stringf(cx.arena, "%s%s", ca.cert, leaf.cert));
	pv_objb_put(&o, "leaf", pv_string(cx.arena, leaf.cert));
	pv_objb_put(&o, "key", pv_string(cx.arena, leaf.key));
	pv_objb_put(&o, "other", pv_string(cx.arena, ca.key));
	pv_objb_put(&o, "now", pv_int(pv_now()));
	pv_val v = pv_objb_end(&o);
	return pv_json_text(cx.arena, &v);
}

static void
a_chain_is_verified(void **state)
{
	static const char *const rows[][2] = {
		{"[c.Subject.CommonName | some c in "
		 "crypto.x509.parse_and_verify_certificates_with_options(input.chain, {\"CurrentTime\": input.now})[1]]",
		 "[\"web\",\"ca\"]"},
		{"crypto.x509.parse_and_verify_certificates_with_options(input.chain, {\"CurrentTime\": input.now, "
		 "\"DNSName\": \"web.example.com\", \"KeyUsages\": [\"KeyUsageAny\"]})[0]",
		 "true"},
		{"crypto.x509.parse_and_verify_certificates_with_options(input.chain, {\"CurrentTime\": input.now, "
		 "\"DNSName\": \"example.org\"})",
		 "[false,[]]"},
		{"crypto.x509.parse_and_verify_certificates_with_options(input.chain, {\"CurrentTime\": 1})[0]",
		 "false"},
		{"crypto.x509.parse_and_verify_certificates_with_options(input.chain, {\"CurrentTime\": input.now, "
		 "\"KeyUsages\": [\"KeyUsageCodeSigning\"]})[0]",
		 "false"},
		{"crypto.x509.parse_and_verify_certificates(input.leaf)", "[false,[]]"},
		{"crypto.x509.parse_keypair(input.leaf, input.key).Leaf.Subject.CommonName", "\"web\""},
	};
	const char *other, *error, *input = chain(&other);
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *have = value_of(rows[i][0], input, &error);
		if (!have || !pv_streq(have, rows[i][1]))
			fail_msg("%s\nexpected: %s\nfound:    %s", rows[i][0], rows[i][1],
				 have ? have : error);
	}
	assert_null(value_of("crypto.x509.parse_keypair(input.leaf, input.other)", input, &error));
	assert_string_equal(error, "crypto.x509.parse_keypair: tls: private key does not match public key");
	assert_null(value_of("crypto.x509.parse_keypair(input.key, input.leaf)", input, &error));
	assert_string_equal(
		error, "crypto.x509.parse_keypair: tls: failed to find certificate PEM data in certificate "
		       "input, but did find a private key; PEM inputs may have been switched");
	assert_null(value_of(
		"crypto.x509.parse_and_verify_certificates_with_options(input.chain, {\"KeyUsages\": "
		"[\"x\"]})",
		input, &error));
	assert_string_equal(error,
			    "crypto.x509.parse_and_verify_certificates_with_options: invalid entries for "
			    "'KeyUsages' found: [x]");
}

static void
a_module_is_a_document(void **state)
{
	(void)state;
	is("rego.parse_module(\"a.rego\", \"package a.b\\nimport data.x as y\\np contains v if { not input.x; v := "
	   "y[_] with input as 1 }\")",
	   "{\"package\":{\"path\":[{\"type\":\"var\",\"value\":\"data\"},{\"type\":\"string\",\"value\":\"a\"},{"
	   "\"type\":\"string\",\"value\":\"b\"}]},\"imports\":[{\"path\":{\"type\":\"ref\",\"value\":[{\"type\":"
	   "\"var\",\"value\":\"data\"},{\"type\":\"string\",\"value\":\"x\"}]},\"alias\":\"y\"}],\"rules\":[{"
	   "\"head\":{\"name\":\"p\",\"key\":{\"type\":\"var\",\"value\":\"v\"},\"ref\":[{\"type\":\"var\","
	   "\"value\":\"p\"}]},\"body\":[{\"index\":0,\"negated\":true,\"terms\":{\"type\":\"ref\",\"value\":[{"
	   "\"type\":\"var\",\"value\":\"input\"},{\"type\":\"string\",\"value\":\"x\"}]}},{\"index\":1,\"terms\":["
	   "{\"type\":\"ref\",\"value\":[{\"type\":\"var\",\"value\":\"assign\"}]},{\"type\":\"var\",\"value\":"
	   "\"v\"},{\"type\":\"ref\",\"value\":[{\"type\":\"var\",\"value\":\"y\"},{\"type\":\"var\",\"value\":"
	   "\"$0\"}]}],\"with\":[{\"target\":{\"type\":\"ref\",\"value\":[{\"type\":\"var\",\"value\":\"input\"}]},"
	   "\"value\":{\"type\":\"number\",\"value\":1}}]}]}]}");
	fails("rego.parse_module(\"a.rego\", \"package\")",
	      "rego.parse_module: 1 error occurred: a.rego:1: rego_parse_error: unexpected eof token: expected the "
	      "package's path\n\tpackage\n\t      ^");
}

static void
an_address_in_the_clothes_of_ipv6_is_ipv4(void **state)
{
	(void)state;
	is("net.cidr_contains(\"10.0.0.0/8\", \"::ffff:10.1.1.1\")", "true");
	is("net.cidr_contains(\"::ffff:0:0/96\", \"10.0.0.1\")", "true");
	is("net.cidr_contains(\"::/0\", \"::ffff:10.1.1.1\")", "false");
	is("net.cidr_contains(\"10.0.0.0/8\", \"fd00::10.1.1.1\")", "false");
	is("net.cidr_intersects(\"10.0.0.0/8\", \"::ffff:10.1.0.0/120\")", "true");
	is("net.cidr_contains_matches(\"10.0.0.0/8\", [\"::ffff:10.1.1.1\"])", "[[\"10.0.0.0/8\",0]]");
}

static void
base64_is_read_as_go_does(void **state)
{
	(void)state;
	is("base64.decode(\"YQ==\\n\")", "\"a\"");
	is("base64.decode(\"Y\\r\\nWI=\")", "\"ab\"");
	is("base64.is_valid(\"YQ==\\n\")", "true");
	is("base64.is_valid(\"YQ=\")", "false");
	fails("base64.decode(\"YW*j\")", "base64.decode: illegal base64 data at input byte 2");
	is("base64url.decode(\"YWI\")", "\"ab\"");
	fails("base64url.decode(\"YW+j\")", "base64url.decode: illegal base64 data at input byte 2");
}

static void
numbers_are_read_as_go_does(void **state)
{
	static const char *const none[] = {".",    "_7",   "7_",  "1__0", "7._5",
					   "1.2.", "1e5.", "+-5", ".e5",  " 7"};
	(void)state;
	is("[to_number(t) | t := [\"07\", \"+7.\", \".05\", \"-00.5\", \"1_000\", \"0_7\", \"5.e3\", \"0\"][_]]",
	   "[7,7,0.05,-0.5,1000,7,5e3,0]");
	fails("format_int(1e999999999, 10)", "format_int: number out of range");
	for (size_t i = 0; i < PV_LEN(none); i++)
		fails(pv_printf(cx.arena, "to_number(\"%s\")", none[i]),
		      pv_printf(cx.arena, "to_number: operand 1 invalid syntax: %s", none[i]));
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(a_query_is_held_against_its_schema),
		CASE(a_fault_of_a_query_has_its_place),
		CASE(a_schema_names_what_does_not_fit),
		CASE(what_is_no_schema_is_refused),
		CASE(templates_and_uris_are_go_s),
		CASE(keys_are_shown_with_their_numbers),
		CASE(a_chain_is_verified),
		CASE(a_module_is_a_document),
		CASE(an_address_in_the_clothes_of_ipv6_is_ipv4),
		CASE(base64_is_read_as_go_does),
		CASE(numbers_are_read_as_go_does),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
