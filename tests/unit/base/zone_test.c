/* Offsets as the tz database has them (Debian's tzdata), and beyond its table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hashing.h"
#include "base/str.h"
#include "base/time.h"
#include "base/zone.h"
#include "unit/context.h"

static int64_t
seconds(const char *text)
{
	int64_t ns;
	assert_true(pv_time_parse(pv_str_of(text), &ns));
	return ns / PV_SEC;
}

static void
offsets_follow_daylight_saving_time(void **state)
{
	static const struct {
		const char *zone, *at;
		int offset;
		const char *name;
	} rows[] = {
		{"UTC", "2026-07-01T00:00:00Z", 0, "UTC"},
		{"", "2026-07-01T00:00:00Z", 0, "UTC"},
		{"Europe/Berlin", "2026-01-15T12:00:00Z", 3600, "CET"},
		{"Europe/Berlin", "2026-07-15T12:00:00Z", 7200, "CEST"},
		{"Europe/Berlin", "2026-03-29T00:59:59Z", 3600, "CET"},
		{"Europe/Berlin", "2026-03-29T01:00:00Z", 7200, "CEST"},
		{"Europe/Berlin", "2026-10-25T00:59:59Z", 7200, "CEST"},
		{"Europe/Berlin", "2026-10-25T01:00:00Z", 3600, "CET"},
		{"America/New_York", "2060-07-04T12:00:00Z", -14400, "EDT"},
		{"America/New_York", "2060-12-24T12:00:00Z", -18000, "EST"},
		{"Australia/Sydney", "2060-01-01T00:00:00Z", 39600, "AEDT"},
		{"Australia/Sydney", "2060-07-01T00:00:00Z", 36000, "AEST"},
		{"Asia/Kolkata", "2022-12-02T18:40:53Z", 19800, "IST"},
		{"Asia/Kolkata", "2060-12-02T18:40:53Z", 19800, "IST"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_zone *zone;
		const char *name;
		if (pv_zone_load(&cx, rows[i].zone, &zone) < 0)
			fail_msg("%s", pv_error_text(&cx));
		int offset = pv_zone_offset(zone, seconds(rows[i].at), &name);
		if (offset != rows[i].offset || !pv_streq(name, rows[i].name))
			fail_msg("%s at %s: wanted %d %s, got %d %s", rows[i].zone, rows[i].at,
				 rows[i].offset, rows[i].name, offset, name);
	}
}

static void
a_local_time_leads_back_to_its_instant(void **state)
{
	const pv_zone *zone;
	(void)state;
	assert_int_equal(pv_zone_load(&cx, "Europe/Berlin", &zone), 0);
	assert_int_equal(pv_zone_instant(zone, seconds("2026-07-15T14:00:00Z")),
			 seconds("2026-07-15T12:00:00Z"));
	assert_int_equal(pv_zone_instant(zone, seconds("2026-01-15T13:00:00Z")),
			 seconds("2026-01-15T12:00:00Z"));
}

static void
only_zones_are_read(void **state)
{
	static const char *const names[] = {"Nowhere/Else", "../../../etc/passwd", "/etc/passwd", "Europe",
					    "zone.tab",     "Europe//Berlin"};
	(void)state;
	for (size_t i = 0; i < PV_LEN(names); i++) {
		const pv_zone *zone;
		if (pv_zone_load(&cx, names[i], &zone) == 0)
			fail_msg("accepted: %s", names[i]);
		assert_int_equal(pv_recover(&cx), PV_ENOTFOUND);
	}
}

static void
a_zone_is_read_once(void **state)
{
	const pv_zone *first, *again;
	(void)state;
	assert_int_equal(pv_zone_load(&cx, "Europe/Berlin", &first), 0);
	pv_ctx_reset(&cx);
	assert_int_equal(pv_zone_load(&cx, "Europe/Berlin", &again), 0);
	assert_ptr_equal(first, again);
	assert_int_equal(pv_zone_offset(first, 0, NULL), 3600);
}

/* RFC 1321, FIPS 180 and RFC 4231 test vectors. */
static void
hashes_are_those_of_their_standards(void **state)
{
	(void)state;
	assert_string_equal(pv_hash_hex(cx.arena, "md5", PV_STR("abc")), "900150983cd24fb0d6963f7d28e17f72");
	assert_string_equal(pv_hash_hex(cx.arena, "sha1", PV_STR("abc")),
			    "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_string_equal(pv_hash_hex(cx.arena, "sha256", PV_STR("abc")),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(
		pv_hmac_hex(cx.arena, "sha256", PV_STR("Jefe"), PV_STR("what do ya want for nothing?")),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_null(pv_hash_hex(cx.arena, "crc32", PV_STR("abc")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(offsets_follow_daylight_saving_time, context_begin,
						context_end),
		cmocka_unit_test_setup_teardown(a_local_time_leads_back_to_its_instant, context_begin,
						context_end),
		cmocka_unit_test_setup_teardown(a_zone_is_read_once, context_begin, context_end),
		cmocka_unit_test_setup_teardown(only_zones_are_read, context_begin, context_end),
		cmocka_unit_test_setup_teardown(hashes_are_those_of_their_standards, context_begin,
						context_end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
