/* What a refusal must not say, for whoever may look at events sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/ctx.h"
#include "base/str.h"
#include "core/enforcement/untold.h"
#include "core/enforcement/why.h"
#include "lang/json/json.h"

static void
credentials_are_not_told(void **state)
{
	static const char *const rows[][2] = {
		{"spec.containers[0].env[2].value", "anything"},
		{"spec.template.spec.initContainers[1].env[0].value", "x"},
		{"data.password", "hunter2"},
		{"metadata.annotations.example.org/api-key", "1"},
		{"spec.clientSecret", "x"},
		{"data.TOKEN", "x"},
		{"spec.containers[0].args[1]", "--db-password=x"},
		{"data.settings", "user: a\npassword: b"},
		{"spec.url", "https://user:word@example.org/x"},
		{"data.aws", "AKIAABCDEFGHIJKLMNOP"},
		{"data.key", "-----BEGIN RSA PRIVATE KEY-----\nAA"},
		{"data.x", "eyJhbGciOiJIUzI1NiJ9.e30.x"},
		{"data.y", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const pv_val value = pv_string_ref(rows[i][1]);

		if (!untold(rows[i][0], &value))
			fail_msg("told: %s %s", rows[i][0], rows[i][1]);
	}
}

/* A policy may read more than a text: count(container.args) > 3. */
static void
nor_what_has_one_in_it(void **state)
{
	static const char *const rows[][2] = {
		{"spec.containers[0].args", "[\"--port=80\", \"--db-password=x\"]"},
		{"spec.containers[0].env", "[{\"name\": \"A\", \"value\": \"x\"}]"},
		{"spec.containers[0].env[1]", "{\"name\": \"A\", \"value\": \"x\"}"},
		{"spec.containers[0]", "{\"name\": \"web\", \"env\": [{\"name\": \"A\", \"value\": \"x\"}]}"},
		{"data", "{\"password\": \"hunter2\"}"},
	};
	const pv_val *value;
	pv_ctx cx;
	(void)state;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pv_json_parse(&cx, pv_str_of(rows[i][1]), NULL, &value), 0);
		if (!untold(rows[i][0], value))
			fail_msg("told: %s %s", rows[i][0], rows[i][1]);
	}
	assert_int_equal(pv_json_parse(&cx, pv_str_of("[\"--port=80\", \"--v=2\"]"), NULL, &value), 0);
	assert_false(untold("spec.containers[0].args", value));
	pv_ctx_done(&cx);
}

static void
what_offends_is_told(void **state)
{
	static const char *const rows[][2] = {
		{"spec.containers[0].image", "registry.example.org/token-service:1.2"},
		{"spec.containers[0].image",
		 "a@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
		{"spec.volumes[0].secret.secretName", "db"},
		{"spec.replicas", ""},
		{"metadata.name", "a-name-that-is-long-but-of-one-case-1"},
		{"spec.env", "prod"},
		{"metadata.labels.env", "prod"},
		{"spec.url", "https://example.org/a:b@c"},
		{"spec.containers[0].args[1]", "--port=80"},
	};
	const pv_val number = pv_int(9);
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const pv_val value = pv_string_ref(rows[i][1]);

		if (untold(rows[i][0], &value))
			fail_msg("not told: %s %s", rows[i][0], rows[i][1]);
	}
	assert_false(untold("spec.tokens", &number));
	assert_false(untold("spec.password", NULL));
}

/* Whether a Secret's word is one of a constraint's list: the entry that it met is the word. */
static void
both_sides_of_a_comparison_are_not_told(void **state)
{
	const pv_val word = pv_string_ref("hunter2");
	pv_rego_held held = {.rule = "data.a.violation", .file = "template", .line = 3};
	pv_why_reader how = pv_why_of_reviews;
	pv_ctx cx;
	(void)state;
	pv_ctx_init(&cx, "test");
	pv_vec_init(&held.statements, cx.arena, sizeof(pv_rego_expr));
	pv_vec_init(&held.reads, cx.arena, sizeof(pv_rego_read));
	*(pv_rego_read *)pv_vec_add(&held.reads) = (pv_rego_read){"review.object.data.word", &word};
	*(pv_rego_read *)pv_vec_add(&held.reads) = (pv_rego_read){"parameters.words[0]", &word};
	for (int i = 0; i < 3; i++) {
		how.hides = i == 1;
		how.hides_params = i == 2;
		const pv_val why = pv_why_rego(&cx, &held, &how);

		assert_int_equal(strstr(pv_json_text(cx.arena, &why), "hunter2") == NULL, i > 0);
	}
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials_are_not_told),
		cmocka_unit_test(nor_what_has_one_in_it),
		cmocka_unit_test(what_offends_is_told),
		cmocka_unit_test(both_sides_of_a_comparison_are_not_told),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
