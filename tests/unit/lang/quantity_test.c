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

/* Each row as apimachinery 0.34 answers it: ParseQuantity, String; and RoundUp(Milli) between them. */
static const struct written {
	const char *text, *written, *milli; /* milli NULL: the same */
} written[] = {
	{"0", "0", NULL},
	{"0Ki", "0", NULL},
	{"0m", "0", NULL},
	{"1000", "1k", NULL},
	{"1000k", "1M", NULL},
	{"1000m", "1", NULL},
	{"0.1", "100m", NULL},
	{"0.25", "250m", NULL},
	{".5", "500m", NULL},
	{"1.5", "1500m", NULL},
	{"-0.5", "-500m", NULL},
	{"1000000n", "1m", NULL},
	/* exponents stay exponents */
	{"1e3", "1e3", NULL},
	{"1E3", "1E3", NULL},
	{"1e2", "100", NULL},
	{"1e-3", "1e-3", NULL},
	{"12e6", "12e6", NULL},
	{"1500e-3", "1500e-3", NULL},
	/* powers of two stay powers of two, but for fractions and what is below 1024 */
	{"1024", "1024", NULL},
	{"1Ki", "1Ki", NULL},
	{"1024Ki", "1Mi", NULL},
	{"1024Mi", "1Gi", NULL},
	{"65536Ki", "64Mi", NULL},
	{"1000Ki", "1000Ki", NULL},
	{"5000Ki", "5000Ki", NULL},
	{"1.5Gi", "1536Mi", NULL},
	{"4.8828125Ki", "5000", NULL},
	{"0.5Ki", "512", NULL},
	{"0.5Mi", "512Ki", NULL},
	{"1.2Ki", "1228800m", NULL},
	{"-1024Ki", "-1Mi", NULL},
	{"8Ei", "9223372036854775807", NULL},
	/* too fine: away from zero */
	{"0.0000000001", "1n", "1m"},
	{"-0.0000000001", "-1n", "-1m"},
	{"100u", "100u", "1m"},
	{"0.0001", "100u", "1m"},
	/* what looks canonical to it is left alone */
	{"1.500", "1.500", NULL},
	{"1.001", "1.001", NULL},
	{"+3", "+3", NULL},
	{"007", "007", NULL},
	{"5.", "5.", NULL},
	{"10E", "10E", NULL},
	{"9999999999999999999999", "9999999999999999999999", NULL},
};

static void
keeps_what_upstream_keeps(void **state)
{
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "quantities");
	for (size_t i = 0; i < PV_LEN(written); i++) {
		pv_str text = pv_str_of(written[i].text);
		const char *milli = written[i].milli ? written[i].milli : written[i].written;

		assert_string_equal(pv_quantity_text(cx.arena, text, false), written[i].written);
		assert_string_equal(pv_quantity_text(cx.arena, text, true), milli);
	}
	assert_null(pv_quantity_text(cx.arena, PV_STR("1 Gi"), false));
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_quantities),
					   cmocka_unit_test(keeps_what_upstream_keeps)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
