/* Packed texts: whole, pulled piece by piece, and who may get them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/gzip.h"
#include "base/str.h"
#include "unit/context.h"

#define PIECES 3000

static void
what_is_packed_is_read_again(void **state)
{
	static const char *const texts[] = {"", "a", "a longer text, a longer text, a longer text"};
	pv_buf frame;
	pv_str text;

	(void)state;
	for (size_t i = 0; i < PV_LEN(texts); i++) {
		pv_buf_init(&frame, cx.arena);
		pv_buf_adds(&frame, "in front");
		assert_int_equal(pv_gzip(&cx, pv_str_of(texts[i]), PV_GZIP_SMALL, &frame), 0);
		assert_memory_equal(frame.s, "in front\x1f\x8b", 10);
		assert_int_equal(pv_gunzip(&cx, (pv_str){frame.s + 8, frame.len - 8}, &text), 0);
		assert_int_equal(text.len, strlen(texts[i]));
		assert_string_equal(text.s, texts[i]);
	}
}

static void
a_damaged_frame_is_refused(void **state)
{
	pv_buf frame;
	pv_str text;

	(void)state;
	pv_buf_init(&frame, cx.arena);
	assert_int_equal(pv_gzip(&cx, PV_STR("twelve bytes"), PV_GZIP_FAST, &frame), 0);
	assert_int_equal(pv_gunzip(&cx, (pv_str){frame.s, 17}, &text), -PV_EINTERNAL);
	pv_recover(&cx);
	frame.s[frame.len - 4]--; /* the length */
	assert_int_equal(pv_gunzip(&cx, (pv_str){frame.s, frame.len}, &text), -PV_EINTERNAL);
	pv_recover(&cx);
	frame.s[frame.len - 4]++;
	frame.s[12] ^= 1;
	assert_int_equal(pv_gunzip(&cx, (pv_str){frame.s, frame.len}, &text), -PV_EINTERNAL);
	pv_recover(&cx);
}

/* Every other time there is nothing yet. */
static ptrdiff_t
give(void *arg, char *out, size_t cap)
{
	int *turn = arg, n = (*turn)++;

	assert_true(cap >= 10);
	if (n == 2 * PIECES)
		return -1;
	return n % 2 ? snprintf(out, cap, "piece %04d", n / 2) : 0;
}

static void
end(void *arg)
{
	*(int *)arg = -1;
}

static void
a_stream_is_one_frame(void **state)
{
	int turn = 0;
	pv_http_source from = {give, end, &turn}, source = pv_gzip_source(cx.arena, &from, PV_GZIP_FAST);
	size_t waits = 0;
	char some[100];
	ptrdiff_t n;
	pv_buf frame;
	pv_str text;

	(void)state;
	pv_buf_init(&frame, cx.arena);
	while ((n = source.pull(source.arg, some, sizeof some)) >= 0) {
		pv_buf_add(&frame, some, (size_t)n);
		waits += n == 0;
	}
	assert_true(waits > 0);
	source.done(source.arg);
	assert_int_equal(turn, -1);
	assert_int_equal(pv_gunzip(&cx, (pv_str){frame.s, frame.len}, &text), 0);
	assert_int_equal(text.len, PIECES * strlen("piece 0000"));
	assert_memory_equal(text.s, "piece 0000piece 0001", 20);
	assert_string_equal(text.s + text.len - 10, "piece 2999");
}

static void
a_coding_is_taken_by_name_and_weight(void **state)
{
	(void)state;
	assert_true(pv_http_takes("deflate, GZIP;q=0.5", "gzip"));
	assert_true(pv_http_takes("br, gzip ; q=1", "gzip"));
	assert_false(pv_http_takes("gzip;q=0", "gzip"));
	assert_false(pv_http_takes("br; q=0.000, gzip", "br"));
	assert_false(pv_http_takes("xbr, identity", "br"));
	assert_false(pv_http_takes(NULL, "gzip"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_is_read_again),
		cmocka_unit_test(a_damaged_frame_is_refused),
		cmocka_unit_test(a_stream_is_one_frame),
		cmocka_unit_test(a_coding_is_taken_by_name_and_weight),
	};

	return cmocka_run_group_tests(tests, context_begin, context_end);
}
