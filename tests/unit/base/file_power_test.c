/* Names on a disk that forgets: what was said to be saved, moved or made is there when the power has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "unit/folder.h"
#include "unit/forgetful.h"

static pv_ctx cx;
static char dir[FOLDER_SIZE], left[FOLDER_SIZE];

static const char *
at(const char *name)
{
	return pv_printf(cx.arena, "%s/%s", dir, name);
}

static int
save(const char *name, const char *text)
{
	return pv_file_save(&cx, at(name), pv_str_of(text), 0600);
}

/* From now on it is the disk that forgets; it has `f`. */
static void
begin(void)
{
	pv_ctx_init(&cx, "test");
	folder_make(dir);
	folder_make(left);
	assert_int_equal(save("f", "old"), 0);
	forgetful_begin(dir);
}

static void
end(void)
{
	forgetful_end();
	folder_remove(dir);
	folder_remove(left);
	pv_ctx_done(&cx);
}

/* What the disk has in it, "none" if there is no such file. */
static const char *
left_in(const char *name)
{
	pv_str text;

	if (pv_file_load(&cx, pv_printf(cx.arena, "%s/%s", left, name), 100, &text) == 0)
		return text.s;
	assert_int_equal(pv_recover(&cx), PV_ENOTFOUND);
	return "none";
}

static void
is_old_or_new(void)
{
	if (!pv_streq(left_in("f"), "old"))
		assert_string_equal(left_in("f"), "new");
}

static void
a_fault_is_told_and_what_was_saved_stays(void **state)
{
	bool hit = true;
	int n = 0;

	(void)state;
	while (hit) {
		begin();
		forgetful_arm(++n);
		assert_int_equal(save("f", "new") < 0, forgetful_struck());
		hit = forgetful_struck();
		assert_int_equal(pv_recover(&cx), hit ? PV_EUNAVAILABLE : 0);
		forgetful_power_off(left, 0);
		is_old_or_new();
		if (!hit)
			assert_string_equal(left_in("f"), "new");
		end();
	}
	assert_int_equal(n, 4); /* the bytes, their sync, the name's */
}

static void
at_every_moment_it_is_the_old_one_or_the_new(void **state)
{
	bool hit = true;

	(void)state;
	for (unsigned dice = 0; dice < 3; dice++)
		for (int n = 1; hit || n == 1; n++) {
			begin();
			forgetful_arm_off(n, left, dice);
			assert_int_equal(save("f", "new"), 0);
			hit = forgetful_struck();
			if (hit)
				is_old_or_new();
			end();
		}
}

static void
what_was_moved_is_there_by_its_new_name(void **state)
{
	(void)state;
	begin();
	assert_int_equal(save("part", "new"), 0);
	assert_int_equal(pv_file_move(&cx, at("part"), at("f")), 0);
	forgetful_power_off(left, 0);
	assert_string_equal(left_in("f"), "new");
	assert_string_equal(left_in("part"), "none");
	end();

	begin();
	assert_int_equal(save("part", "new"), 0);
	forgetful_arm(1);
	assert_int_equal(pv_file_move(&cx, at("part"), at("f")), -PV_EUNAVAILABLE);
	pv_recover(&cx);
	assert_int_equal(pv_file_move(&cx, at("part"), at("f")), -PV_ENOTFOUND);
	pv_recover(&cx);
	end();
}

static bool
is_left(const char *name)
{
	return access(pv_printf(cx.arena, "%s/%s", left, name), F_OK) == 0;
}

/* Also behind a try that failed: it takes nothing for there that is not. */
static void
a_folder_that_was_made_is_there(void **state)
{
	(void)state;
	begin();
	assert_int_equal(pv_dir_make(&cx, at("made/in"), 0700), 0);
	forgetful_power_off(left, 0);
	assert_true(is_left("made"));
	end();

	begin();
	forgetful_arm(1);
	assert_int_equal(pv_dir_make(&cx, at("made"), 0700), -PV_EUNAVAILABLE);
	pv_recover(&cx);
	assert_int_equal(pv_dir_make(&cx, at("made"), 0700), 0);
	forgetful_power_off(left, 0);
	assert_true(is_left("made"));
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_is_told_and_what_was_saved_stays),
		cmocka_unit_test(at_every_moment_it_is_the_old_one_or_the_new),
		cmocka_unit_test(what_was_moved_is_there_by_its_new_name),
		cmocka_unit_test(a_folder_that_was_made_is_there),
	};
	return cmocka_run_group_tests_name("file power", tests, NULL, NULL);
}
