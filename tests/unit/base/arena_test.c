#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"

static void
pieces_are_aligned_and_apart(void **state)
{
	pv_arena *a = pv_arena_new("test");
	unsigned char *piece[500];
	size_t total = 0;

	(void)state;
	for (size_t i = 0; i < PV_LEN(piece); i++) {
		piece[i] = pv_alloc(a, i * 7);
		assert_int_equal((uintptr_t)piece[i] % 16, 0);
		memset(piece[i], (int)(i % 251), i * 7);
		total += i * 7;
	}
	for (size_t i = 0; i < PV_LEN(piece); i++)
		for (size_t k = 0; k < i * 7; k++)
			assert_int_equal(piece[i][k], i % 251);
	assert_true(pv_arena_used(a) >= total);
	assert_int_equal(pv_arena_peak(a), pv_arena_used(a));
	assert_null(pv_arena_free(a));
}

static void
large_pieces_leave_the_block_in_use(void **state)
{
	pv_arena *a = pv_arena_new("test");

	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		char *small = pv_strdup(a, "small");
		char *large = pv_alloc0(a, 3 << 20);
		char *next = pv_strdup(a, "next");

		assert_int_equal(large[(3 << 20) - 1], 0);
		assert_string_equal(small, "small");
		assert_string_equal(next, "next");
		pv_arena_reset(a);
		assert_int_equal(pv_arena_used(a), 0);
		assert_true(pv_arena_peak(a) > 3 << 20);
	}
	pv_arena_free(a);
}

/* A block is brought in in parts: pieces, and one that grows, go on over their borders. */
static void
pieces_go_on_where_more_is_brought_in(void **state)
{
	pv_arena *a = pv_arena_new("test");
	size_t total = 0;
	pv_buf b;

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		size_t size = i * 7919 % 9973;
		memset(pv_alloc(a, size), 1, size);
		total += size;
	}
	assert_true(pv_arena_used(a) >= total && pv_arena_used(a) <= total + 400 * 16);
	pv_buf_init(&b, a);
	for (int i = 0; i < 300000; i++)
		pv_buf_addc(&b, (char)('a' + i % 26));
	for (int i = 0; i < 300000; i++)
		assert_int_equal(b.s[i], 'a' + i % 26);
	pv_arena_free(a);
}

static char order[8];

static void
note(void *arg)
{
	char letter[2] = {*(const char *)arg, 0};
	size_t n = strlen(order);

	order[n] = letter[0];
	order[n + 1] = 0;
}

static void
deferred_calls_run_newest_first_and_once(void **state)
{
	static char a_[] = "a", b_[] = "b", c_[] = "c";
	pv_arena *a = pv_arena_new("test");

	(void)state;
	order[0] = 0;
	pv_arena_defer(a, note, a_);
	pv_arena_defer(a, note, b_);
	pv_arena_reset(a);
	assert_string_equal(order, "ba");
	pv_arena_defer(a, note, c_);
	pv_arena_free(a);
	assert_string_equal(order, "bac");
	assert_null(pv_arena_free(NULL));
}

static void
printf_of_any_length(void **state)
{
	pv_arena *a = pv_arena_new("test");
	char *s;

	(void)state;
	for (int n = 0; n < 600; n += 1) {
		s = pv_printf(a, "%0*d", n, 7);
		assert_int_equal(strlen(s), n == 0 ? 1 : n);
	}
	assert_string_equal(pv_strndup(a, "abcdef", 3), "abc");
	assert_string_equal(pv_strndup(a, "", 0), "");
	pv_arena_free(a);
}

static void
buffers_grow_in_arena_and_on_heap(void **state)
{
	pv_arena *a = pv_arena_new("test");

	(void)state;
	for (int heap = 0; heap < 2; heap++) {
		pv_buf b;

		pv_buf_init(&b, heap ? NULL : a);
		assert_string_equal(b.s, "");
		for (int i = 0; i < 10000; i++) {
			pv_buf_add_int(&b, i % 10);
			if (i % 1000 == 0)
				pv_alloc(a, 8); /* so that it cannot always grow in place */
		}
		assert_int_equal(b.len, 10000);
		assert_int_equal(strlen(b.s), 10000);
		for (int i = 0; i < 10000; i++)
			assert_int_equal(b.s[i], '0' + i % 10);
		pv_buf_clear(&b);
		assert_string_equal(b.s, "");
		pv_buf_printf(&b, "%0300d|", 5);
		assert_int_equal(b.len, 301);
		pv_buf_done(&b);
		assert_string_equal(b.s, "");
	}
	pv_arena_free(a);
}

static void
buffers_write_numbers(void **state)
{
	pv_buf b;

	(void)state;
	pv_buf_init(&b, NULL);
	pv_buf_add_int(&b, INT64_MIN);
	pv_buf_addc(&b, ' ');
	pv_buf_add_int(&b, INT64_MAX);
	pv_buf_addc(&b, ' ');
	pv_buf_add_int(&b, 0);
	assert_string_equal(b.s, "-9223372036854775808 9223372036854775807 0");
	pv_buf_done(&b);
}

static void
buffers_write_json_strings(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *want;
	} cases[] = {
		{"", 0, "\"\""},
		{"plain", 5, "\"plain\""},
		{"a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\""},
		{"\b\f\n\r\t\x01\x1f", 7, "\"\\b\\f\\n\\r\\t\\u0001\\u001f\""},
		{"nul\0in", 6, "\"nul\\u0000in\""},
		{"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", 11, "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\""},
		{"bad\xff\xc3", 5, "\"bad\xef\xbf\xbd\xef\xbf\xbd\""},
		{"<&>'", 4, "\"<&>'\""},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_buf b;

		pv_buf_init(&b, NULL);
		pv_buf_add_json(&b, cases[i].in, cases[i].len);
		assert_string_equal(b.s, cases[i].want);
		pv_buf_done(&b);
	}
}

static int
by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
vectors_grow_and_sort(void **state)
{
	pv_arena *a = pv_arena_new("test");
	pv_vec v;

	(void)state;
	pv_vec_init(&v, a, sizeof(int));
	for (int i = 0; i < 1000; i++) {
		int n = i * 7919 % 1000;
		assert_int_equal(*(int *)pv_vec_add(&v), 0);
		*PV_AT(int, &v, v.len - 1) = n;
		if (i % 100 == 0)
			pv_alloc(a, 1);
	}
	pv_vec_sort(&v, by_value);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(*PV_AT(int, &v, (size_t)i), i);
	pv_vec_pop(&v);
	assert_int_equal(v.len, 999);
	pv_arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_aligned_and_apart),
		cmocka_unit_test(large_pieces_leave_the_block_in_use),
		cmocka_unit_test(pieces_go_on_where_more_is_brought_in),
		cmocka_unit_test(deferred_calls_run_newest_first_and_once),
		cmocka_unit_test(printf_of_any_length),
		cmocka_unit_test(buffers_grow_in_arena_and_on_heap),
		cmocka_unit_test(buffers_write_numbers),
		cmocka_unit_test(buffers_write_json_strings),
		cmocka_unit_test(vectors_grow_and_sort),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
