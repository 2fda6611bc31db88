/* Quantities as Kubernetes writes them, and their canonical form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ctx.h"
#include "base/str.h"
#include "lang/quantity/quantity.h"

static void
reads_quantities(void **state)
{
	static const struct {
		const char *text, *canonical; /* NULL: refused */
	} cases[] = {
		{"0", "0"},
		{"1", "1"},
		{"1.5", "1500m"},
		{"100m", "100m"},
		{"1000m", "1"},
		{"0.1", "100m"},
		{"1Gi", "1Gi"},
		{"1.5Gi", "1536Mi"},
		{"1024Ki", "1Mi"},
		{"512", "512"},
		{"1k", "1k"},
		{"1000k", "1M"},
		{"1e3", "1e3"},
		{"9E", "9E"},
		{"-5", "-5"},
		{"+3", "3"},
		{"1u", "1u"},
		{".5", "500m"},
		{"5.", "5"},
		{"1Ki", "1Ki"},
		{"1000Ki", "1000Ki"},
		{"9999999999999999999999", "9223372036854775807"},
		{"0.0000000001", "1n"},
		{"10000000000.000000001", "10000000000000000001n"},
		{"-20000000000000000.001e0", "-20000000000000000001e-3"},
		{"", NULL},
		{"abc", NULL},
		{"1 Gi", NULL},
		{"1Kib", NULL},
		{"1.2.3", NULL},
		{"m", NULL},
		{"1e", NULL},
		{"--1", NULL},
		{".", NULL},
	};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "quantities");
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_quantity q;
		bool ok = pv_quantity_parse(pv_str_of(cases[i].text), &q);

		if (ok != (cases[i].canonical != NULL))
			fail_msg("%s: %s", cases[i].text, ok ? "accepted" : "refused");
		if (ok)
			assert_string_equal(pv_quantity_format(cx.arena, &q), cases[i].canonical);
	}
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_quantities)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
