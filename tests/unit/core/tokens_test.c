/* Tokens of ServiceAccounts: whose they are, and when they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <cmocka.h>
#include "base/digest.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"
#include "unit/core/world.h"
#include <string.h>

/* Good while it is there and the same one, and a minute into its end. */
static void
tokens_die_with_what_they_are_bound_to(void **state)
{
	static const char held[] =
		"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"leash\","
		"\"finalizers\":[\"example.com/hold\"]}}";
	world *w = *state;
	pv_call call = world_call(w, "v1", "Secret", "default", "leash");
	const char *token;
	int64_t expires;
	const pv_val *account = world_create(
		w, "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"robot\"}}");
	const pv_val *secret = world_create(w, held), *left;
	const pv_bound bound = {"Secret", "leash", pv_text_at(secret, "metadata.uid", "")};
	bool created;

	assert_int_equal(pv_auth_sa_token(&w->cx, w->auth, "default", "robot",
					  pv_text_at(account, "metadata.uid", ""), 3600 * PV_SEC, NULL,
					  &bound, &token, &expires),
			 0);
	assert_non_null(pv_auth_token(&w->cx, w->auth, token));
	assert_int_equal(pv_api_delete(&w->cx, w->api, &call, NULL), 0);
	assert_non_null(pv_auth_token(&w->cx, w->auth, token));
	assert_int_equal(pv_api_patch(&w->cx, w->api, &call, PV_PATCH_MERGE,
				      world_json(w, "{\"metadata\":{\"finalizers\":null}}"), &left, &created),
			 0);
	assert_null(pv_auth_token(&w->cx, w->auth, token));
	world_create(w, held);
	assert_null(pv_auth_token(&w->cx, w->auth, token));
}

/* A finalizer may hold an account for ever; who speaks for it has a minute. */
static void
tokens_of_an_account_that_goes_end(void **state)
{
	world *w = *state;
	const pv_val *account = world_create(
		w, "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"robot\","
		   "\"finalizers\":[\"example.com/hold\"]}}");
	static const struct {
		int64_t ago;
		bool good;
	} rows[] = {{0, true}, {90 * PV_SEC, false}};
	const char *token, *cookie;
	int64_t expires;

	assert_int_equal(pv_auth_sa_token(&w->cx, w->auth, "default", "robot",
					  pv_text_at(account, "metadata.uid", ""), 3600 * PV_SEC, NULL, NULL,
					  &token, &expires),
			 0);
	assert_int_equal(pv_auth_session_open(&w->cx, w->auth, NULL, token, &cookie, &expires), 0);
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_val going = pv_with_at(w->cx.arena, account, "metadata.deletionTimestamp",
					  pv_string_ref(pv_time_format(w->cx.arena, pv_now() - rows[i].ago)));
		pv_write write = {
			.key = {"/ServiceAccount", "default", "robot"}, .doc = &going, .expect = PV_REV_ANY};

		assert_int_equal(pv_store_write(&w->cx, w->store, &write, 1), 0);
		assert_int_equal(pv_auth_token(&w->cx, w->auth, token) != NULL, rows[i].good);
		assert_int_equal(pv_auth_session(&w->cx, w->auth, cookie) != NULL, rows[i].good);
	}
}

static void
a_token_for_others_is_not_for_us(void **state)
{
	world *w = *state;
	const pv_val *account = world_create(
		w, "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"robot\"}}");
	const char *const other[] = {"vault", NULL};
	const char *token;
	int64_t expires;

	assert_int_equal(pv_auth_sa_token(&w->cx, w->auth, "default", "robot",
					  pv_text_at(account, "metadata.uid", ""), 3600 * PV_SEC, other, NULL,
					  &token, &expires),
			 0);
	assert_null(pv_auth_token(&w->cx, w->auth, token));
}

static void
an_expired_token_is_nobodys(void **state)
{
	world *w = *state;
	const pv_val *account = world_create(
		w, "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"robot\"}}");
	const char *token;
	int64_t expires;

	assert_int_equal(pv_auth_sa_token(&w->cx, w->auth, "default", "robot",
					  pv_text_at(account, "metadata.uid", ""), -5 * PV_SEC, NULL, NULL,
					  &token, &expires),
			 0);
	assert_null(pv_auth_token(&w->cx, w->auth, token));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tokens_die_with_what_they_are_bound_to, world_open,
						world_close),
		cmocka_unit_test_setup_teardown(tokens_of_an_account_that_goes_end, world_open, world_close),
		cmocka_unit_test_setup_teardown(a_token_for_others_is_not_for_us, world_open, world_close),
		cmocka_unit_test_setup_teardown(an_expired_token_is_nobodys, world_open, world_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
