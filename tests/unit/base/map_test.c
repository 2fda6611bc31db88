#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

enum { KEYS = 2000 };

static int values[KEYS];

static const char *
key_of(int i)
{
	static char key[32];

	snprintf(key, sizeof key, "key-%d", i);
	return key;
}

static void
check_order(const pv_map *m, const bool *there, const int *sequence, size_t n)
{
	size_t pos = 0, at = 0;
	pv_str key;
	void *value;

	while (pv_map_each(m, &pos, &key, &value)) {
		while (at < n && !there[sequence[at]])
			at++;
		assert_true(at < n);
		assert_ptr_equal(value, &values[sequence[at]]);
		assert_true(pv_str_is(key, key_of(sequence[at])));
		at++;
	}
	while (at < n && !there[sequence[at]])
		at++;
	assert_int_equal(at, n);
}

/* Random puts and deletes against a plain array. */
static void
behaves_like_an_array_of_pairs(void **state)
{
	pv_arena *arena = pv_arena_new("test");
	uint32_t random = 1;

	(void)state;
	for (int heap = 0; heap < 2; heap++) {
		pv_map *m = pv_map_new(heap ? NULL : arena);
		static bool there[KEYS];
		static int sequence[KEYS];
		size_t live = 0;

		memset(there, 0, sizeof there);
		for (int i = 0; i < 20000; i++) {
			random = random * 1103515245 + 12345;
			int k = (int)(random >> 8) % KEYS;
			if (random >> 28 < 10) {
				void *old = pv_map_puts(m, key_of(k), &values[k]);
				assert_ptr_equal(old, there[k] ? &values[k] : NULL);
				live += !there[k];
				there[k] = true;
			} else {
				void *old = pv_map_del(m, key_of(k), strlen(key_of(k)));
				assert_ptr_equal(old, there[k] ? &values[k] : NULL);
				live -= there[k];
				there[k] = false;
			}
			assert_int_equal(pv_map_len(m), live);
		}
		for (int k = 0; k < KEYS; k++) {
			assert_ptr_equal(pv_map_finds(m, key_of(k)), there[k] ? &values[k] : NULL);
			pv_map_del(m, key_of(k), strlen(key_of(k)));
			sequence[k] = (k * 7 + 3) % KEYS;
			there[k] = false;
		}
		for (int i = 0; i < KEYS; i++) {
			pv_map_puts(m, key_of(sequence[i]), &values[sequence[i]]);
			there[sequence[i]] = true;
		}
		for (int k = 0; k < KEYS; k += 3) {
			pv_map_del(m, key_of(k), strlen(key_of(k)));
			there[k] = false;
		}
		check_order(m, there, sequence, KEYS);
		assert_null(pv_map_free(m));
	}
	pv_arena_free(arena);
}

static void
keys_are_bytes_and_copied(void **state)
{
	pv_map *m = pv_map_new(NULL);
	char key[] = {'a', 0, 'b'};

	(void)state;
	pv_map_put(m, key, 3, &values[1]);
	pv_map_put(m, key, 1, &values[2]);
	pv_map_put(m, "", 0, &values[3]);
	key[0] = 'x';
	assert_ptr_equal(pv_map_find(m, "a\0b", 3), &values[1]);
	assert_ptr_equal(pv_map_find(m, "a", 1), &values[2]);
	assert_ptr_equal(pv_map_find(m, "", 0), &values[3]);
	assert_null(pv_map_find(m, "x\0b", 3));
	pv_map_free(m);
	assert_null(pv_map_free(NULL));
}

static void
the_current_one_may_be_deleted(void **state)
{
	pv_map *m = pv_map_new(NULL);
	size_t pos = 0, seen = 0;
	pv_str key;
	void *value;

	(void)state;
	for (int i = 0; i < 100; i++)
		pv_map_puts(m, key_of(i), &values[i]);
	while (pv_map_each(m, &pos, &key, &value)) {
		assert_ptr_equal(value, &values[seen++]);
		pv_map_del(m, key.s, key.len);
	}
	assert_int_equal(seen, 100);
	assert_int_equal(pv_map_len(m), 0);
	pv_map_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behaves_like_an_array_of_pairs),
		cmocka_unit_test(keys_are_bytes_and_copied),
		cmocka_unit_test(the_current_one_may_be_deleted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
