/* Faults that nobody is told cost nothing, and a turn that is to end is asked for on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/kinds/behaviour.h"
#include "core/policy/policy.h"
#include "lang/json/json.h"
#include "unit/core/refusal.h"

#define MANY 40000

/* Told at the fields spec.list[i].name, with this value. */
static void
tell(pv_faults *f, size_t n, const pv_val *v)
{
	for (size_t i = 0; i < n; i++)
		pv_fault_value(f, pv_below(f, pv_nth(f, "spec.list", i), "name"), v, "must be unique");
}

static pv_faults
faults_new(pv_ctx *cx, pv_vec *causes)
{
	pv_vec_init(causes, cx->arena, sizeof(pv_cause));
	return (pv_faults){.cx = cx, .causes = causes};
}

static void
faults_that_are_not_told_take_no_memory(void **state)
{
	pv_ctx *cx = &((registry_world *)*state)->cx;
	pv_val v = pv_string_ref("value");
	pv_vec causes;
	pv_faults f = faults_new(cx, &causes);
	size_t used, told;

	tell(&f, MANY, &v);
	used = pv_arena_used(cx->arena);
	told = causes.len;
	assert_in_range(told, 1000, MANY - 1);
	tell(&f, MANY, &v);
	pv_duplicate(&f, "a", &v);
	pv_not_found(&f, "a", &v);
	pv_unsupported(&f, "a", &v, "\"b\"");
	assert_int_equal(pv_arena_used(cx->arena), used);
	assert_int_equal(causes.len, told);
	assert_int_equal(f.n, 2 * MANY + 3);
	assert_non_null(strstr(PV_AT(pv_cause, &causes, told - 1)->message, "more errors than are told"));
	pv_faults_withdraw(&f, "spec"); /* its paths are not those of the faults any more */
	assert_int_equal(f.n, 2 * MANY + 3);
}

/* Each of some faults is told with the beginning of a value of a megabyte. */
static void
large_values_are_written_some_times_only(void **state)
{
	pv_ctx *cx = &((registry_world *)*state)->cx;
	char *text = pv_alloc(cx->arena, (1 << 20) + 1);
	size_t used;
	pv_val v;
	pv_vec causes;
	pv_faults f = faults_new(cx, &causes);

	memset(text, 'x', 1 << 20);
	text[1 << 20] = '\0';
	v = pv_string_ref(text);
	used = pv_arena_used(cx->arena);
	tell(&f, 400, &v);
	assert_int_equal(f.n, 400);
	assert_true(pv_arena_used(cx->arena) - used < (size_t)256 << 20);
}

static void
a_turn_that_is_to_end_is_one_more_fault(void **state)
{
	pv_ctx *cx = &((registry_world *)*state)->cx;
	pv_val v = pv_string_ref("value");
	pv_vec causes;
	pv_faults f = faults_new(cx, &causes);
	int stop[2];

	assert_int_equal(pipe(stop), 0);
	assert_int_equal(write(stop[1], "x", 1), 1);
	cx->stop_fd = stop[0];
	for (size_t i = 0; i < MANY; i++)
		(void)pv_nth(&f, "spec.list", i);
	tell(&f, 2, &v);
	cx->stop_fd = 0;
	close(stop[0]);
	close(stop[1]);
	assert_int_equal(causes.len, 1);
	assert_int_equal(f.n, 3);
	assert_non_null(strstr(PV_AT(pv_cause, &causes, 0)->message, "shutting down"));
}

#define POD(mounts, devices) \
	"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {volumes: [{name: v, persistentVolumeClaim: " \
	"{claimName: v}}, {name: w, persistentVolumeClaim: {claimName: w}}], containers: [{name: c, image: x, " \
	"volumeMounts: [" mounts "], volumeDevices: [" devices "]}]}\n"
#define M "spec.containers[0].volumeMounts["
#define D "spec.containers[0].volumeDevices["
#define OTHER(list) "must not already exist in " list "\n"
#define PATH(list) "must not already exist as a path in " list "\n"

/* Once each, whatever the number of pairs, and of a name that comes again the last path: asked of Kubernetes 1.34. */
static void
mounts_and_devices_are_told_apart_once(void **state)
{
	registry_world *w = *state;

	assert_true(refusal_is(
		w,
		POD("{name: v, mountPath: /m}",
		    "{name: v, devicePath: /n}, {name: v, devicePath: /m}, {name: w, devicePath: /m}"),
		NULL,
		M "0].name: Invalid value: \"v\": " OTHER("volumeDevices") M
		"0].mountPath: Invalid value: \"/m\": " PATH("volumeDevices") D
		"0].name: Invalid value: \"v\": " OTHER("volumeMounts") D
		"1].name: Invalid value: \"v\": must be unique\n" D "1].name: Invalid value: \"v\": " OTHER(
			"volumeMounts") D "1].devicePath: Invalid value: \"/m\": " PATH("volumeMounts") D
		"2].devicePath: Invalid value: \"/m\": must be unique\n" D
		"2].devicePath: Invalid value: \"/m\": must not already exist as a path in volumeMounts"));
	assert_true(
		refusal_is(w,
			   POD("{name: v, mountPath: /m}, {name: v, mountPath: /n}, {name: w, mountPath: /m}",
			       "{name: w, devicePath: /m}, {name: w, devicePath: /x}"),
			   NULL,
			   M "2].mountPath: Invalid value: \"/m\": must be unique\n" M
			     "2].name: Invalid value: \"w\": " OTHER("volumeDevices") D
			   "0].name: Invalid value: \"w\": " OTHER("volumeMounts") D
			   "0].devicePath: Invalid value: \"/m\": " PATH("volumeMounts") D
			   "1].name: Invalid value: \"w\": must be unique\n" D
			   "1].name: Invalid value: \"w\": must not already exist in volumeMounts"));
}

/* Of a policy, too: items of one key are told once each, and no more than some thousands. */
static void
keys_of_a_policy_are_told_once(void **state)
{
	pv_ctx *cx = &((registry_world *)*state)->cx;
	static const size_t counts[][2] = {
		{3, 6}, {MANY, 10000}}; /* what it matches is missing, and each expression */
	pv_buf text;
	const pv_val *v;
	pv_vec causes;

	for (size_t i = 0; i < PV_LEN(counts); i++) {
		pv_buf_init(&text, cx->arena);
		pv_buf_printf(&text, "{\"kind\":\"ValidatingAdmissionPolicy\",\"metadata\":{\"name\":\"p\"},"
				     "\"spec\":{\"auditAnnotations\":[");
		for (size_t k = 0; k < counts[i][0]; k++)
			pv_buf_printf(&text, "%s{\"key\":\"a\"}", k ? "," : "");
		pv_buf_printf(&text, "]}}");
		assert_int_equal(pv_json_parse(cx, pv_str_of(text.s), NULL, &v), 0);
		pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
		pv_policy_check(cx, v, &causes);
		assert_int_equal(causes.len, counts[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_that_are_not_told_take_no_memory),
		cmocka_unit_test(large_values_are_written_some_times_only),
		cmocka_unit_test(a_turn_that_is_to_end_is_one_more_fault),
		cmocka_unit_test(mounts_and_devices_are_told_apart_once),
		cmocka_unit_test(keys_of_a_policy_are_told_once),
	};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
