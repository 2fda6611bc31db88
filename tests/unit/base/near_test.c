#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/near.h"

static const char *
nearest(const char *word)
{
	static const char *const words[] = {"serve",      "get",           "why", "Deployment",
					    "ReplicaSet", "metadata.name", ""};
	pv_near near = {.word = word};

	for (size_t i = 0; i < PV_LEN(words); i++)
		pv_near_try(&near, words[i]);
	return near.best;
}

static void
one_mistake_in_three_is_forgiven(void **state)
{
	(void)state;
	assert_string_equal(nearest("whi"), "why");
	assert_string_equal(nearest("WHY"), "why");
	assert_string_equal(nearest("deploymnet"), "Deployment");
	assert_string_equal(nearest("replicasets"), "ReplicaSet");
	assert_string_equal(nearest("gte"), "get"); /* swapped: one mistake */
	assert_string_equal(nearest("ESrve"), "serve");
	assert_string_equal(nearest("gt"), "get");
	assert_null(nearest("wax"));
	assert_null(nearest("pods"));
	assert_null(nearest("x"));
	assert_null(nearest("metadata.name")); /* nobody is helped by the word itself */
}

static void
nonsense_is_near_nothing(void **state)
{
	char much[1000];

	(void)state;
	for (size_t i = 0; i < sizeof much; i++)
		much[i] = 'a';
	much[sizeof much - 1] = '\0';
	assert_null(nearest(much));
	assert_null(nearest(""));
	assert_null(nearest("\xff\xfe\x01"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(one_mistake_in_three_is_forgiven),
					   cmocka_unit_test(nonsense_is_near_nothing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
