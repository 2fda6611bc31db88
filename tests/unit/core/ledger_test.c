/* The ledger of quotas against a count of everything: after any writes in any namespaces, what it
 * keeps up is what there is. */
#include "unit/core/store_case.h"

#include <stdlib.h>

#include "core/admission/quota/ledger.h"
#include "lang/json/json.h"

#define STEPS 3000
#define NAMES 12
#define SPACES 3

static store_case c;
static const char *const spaces[SPACES] = {"a", "b", "c"};
static const quota_kind pods = {"", "pods"};

static const pv_val *
read_json(const char *text)
{
	const pv_val *v;

	assert_int_equal(pv_json_parse(&c.cx, pv_str_of(text), NULL, &v), 0);
	return v;
}

static const pv_val *
quota_of(const char *ns, int which)
{
	static const char *const specs[] = {
		"\"hard\":{\"pods\":\"5\",\"requests.cpu\":\"5\",\"memory\":\"1Gi\",\"count/pods\":\"9\"}",
		"\"hard\":{\"pods\":\"5\"},\"scopes\":[\"Terminating\"]",
		"\"hard\":{\"limits.cpu\":\"5\",\"services\":\"3\"},\"scopes\":[\"NotTerminating\"]"};

	return read_json(pv_printf(
		c.cx.arena,
		"{\"metadata\":{\"name\":\"q\",\"namespace\":\"%s\",\"uid\":\"%s%d\"},\"spec\":{%s}}", ns, ns,
		which, specs[which]));
}

/* A Pod that asks for something, ends, has ended, or not. */
static const pv_val *
any_pod(const char *ns, const char *name)
{
	static const char *const amounts[] = {"100m", "1", "2500m"}, *const sizes[] = {"64Mi", "1G", "3Ki"},
				 *const phases[] = {"Pending", "Running", "Succeeded", "Failed"};

	return read_json(pv_printf(
		c.cx.arena,
		"{\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\"},\"spec\":{%s\"containers\":[{"
		"\"name\":\"c\",\"resources\":{\"requests\":{\"cpu\":\"%s\",\"memory\":\"%s\"},\"limits\":{\"cpu\":\"%s\"}"
		"}}]},\"status\":{\"phase\":\"%s\"}}",
		name, ns, rand() % 2 ? "\"activeDeadlineSeconds\":5," : "", amounts[rand() % 3],
		sizes[rand() % 3], amounts[rand() % 3], phases[rand() % 4]));
}

static void
write_any(void)
{
	const char *ns = spaces[rand() % SPACES], *name = pv_printf(c.cx.arena, "p%d", rand() % NAMES);
	pv_write write = {.key = KEY("/Pod", ns, name), .expect = PV_REV_ANY};

	if (rand() % 3)
		write.doc = any_pod(ns, name);
	if (pv_store_write(&c.cx, c.store, &write, 1) < 0)
		(void)pv_recover(&c.cx); /* deleted already */
}

/* As the ledger would say it if it counted all. */
static void
count_all(const pv_val *quota, const char *ns, pv_vec *ret)
{
	pv_list_query query = {.type = "/Pod", .ns = ns};
	pv_listing all;

	assert_int_equal(pv_store_list(&c.cx, c.store, &query, &all), 0);
	for (size_t i = 0; i < all.len; i++)
		if (quota_in_scope(pv_get(quota, "spec"), &pods, pv_rec_val(all.recs[i])))
			quota_usage(&c.cx, &pods, pv_rec_val(all.recs[i]), ret);
}

static void
compare(ledger *l, const char *ns, int which)
{
	static const pv_quantity none;
	const pv_val *quota = quota_of(ns, which), *hard = pv_at(quota, "spec.hard");
	const ledger_place at = {"/Pod", ns, pods};
	pv_vec kept, counted;

	pv_vec_init(&kept, c.cx.arena, sizeof(quota_amount));
	pv_vec_init(&counted, c.cx.arena, sizeof(quota_amount));
	assert_int_equal(ledger_used(&c.cx, l, &at, quota, &kept), 0);
	count_all(quota, ns, &counted);
	for (size_t i = 0; i < pv_count(hard); i++) {
		const char *name = hard->members[i].key.s;
		const pv_quantity *a = quota_find(&kept, name), *b = quota_find(&counted, name);

		assert_int_equal(a != NULL, quota_counts(name, &pods));
		if (a)
			assert_string_equal(pv_quantity_format(c.cx.arena, a),
					    pv_quantity_format(c.cx.arena, b ? b : &none));
	}
}

static void
it_is_what_there_is(void **state)
{
	ledger *l = ledger_new(c.store);

	(void)state;
	srand(7);
	for (int step = 0; step < STEPS; step++) {
		const char *ns = spaces[rand() % SPACES];

		write_any();
		if (rand() % 4 == 0)
			compare(l, ns, rand() % 3);
		if (rand() % 200 == 0) /* a quota goes; another may come */
			ledger_forget(l, ns, pv_printf(c.cx.arena, "%s%d", ns, rand() % 3));
		pv_arena_reset(c.cx.arena);
	}
	for (int i = 0; i < SPACES * 3; i++)
		compare(l, spaces[i / 3], i % 3);
	assert_null(ledger_free(l));
}

/* Whoever asks about a write takes out what is counted of the same object. */
static void
it_knows_what_it_counted(void **state)
{
	ledger *l = ledger_new(c.store);
	const ledger_place at = {"/Pod", "a", pods};
	pv_write write = {.key = KEY("/Pod", "a", "x"), .doc = any_pod("a", "x"), .expect = PV_REV_ANY};

	(void)state;
	assert_null(ledger_find(l, &at, "x"));
	compare(l, "a", 0);
	assert_int_equal(pv_store_write(&c.cx, c.store, &write, 1), 0);
	assert_null(ledger_find(l, &at, "x")); /* not counted yet */
	compare(l, "a", 0);
	assert_non_null(ledger_find(l, &at, "x"));
	write.doc = NULL;
	assert_int_equal(pv_store_write(&c.cx, c.store, &write, 1), 0);
	compare(l, "a", 0);
	assert_null(ledger_find(l, &at, "x"));
	assert_null(ledger_free(l));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE_WITH(it_is_what_there_is, case_opened),
		CASE_WITH(it_knows_what_it_counted, case_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
