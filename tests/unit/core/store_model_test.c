/* Listings against a model that is too simple to be wrong: after random writes and
 * deletes, every stretch, page, count and older revision must be the same. */
#include "unit/core/store_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACES 3
#define NAMES 1200 /* in all some 14 leaves of the index */
#define PICTURES 8

static store_case c;
static uint32_t seed = 20261125;

/* n of each key, -1 if absent; the index of a key is its place in the order. */
typedef struct picture {
	int64_t rev;
	int32_t n[SPACES * NAMES];
} picture;
static picture now, older[PICTURES];

static uint32_t
dice(uint32_t sides)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % sides;
}

static const char *const spaces[SPACES] = {"a", "a-b", "b"};

static pv_key
key_at(int i)
{
	return KEY("/T", spaces[i / NAMES], pv_printf(c.cx.arena, "n%05d", i % NAMES));
}

static int
place(const pv_key *key)
{
	int64_t at;

	assert_true(pv_parse_int(pv_str_of(key->name + 1), &at));
	for (int s = 0; s < SPACES; s++)
		if (strcmp(spaces[s], key->ns) == 0)
			return s * NAMES + (int)at;
	fail();
	return 0;
}

static void
change(int i, bool away)
{
	if (away && now.n[i] < 0)
		return;
	now.n[i] = away ? -1 : (int32_t)dice(1000000);
	now.rev = away ? del(&c, key_at(i), PV_REV_ANY) : put(&c, key_at(i), now.n[i], PV_REV_ANY);
	assert_true(now.rev > 0);
}

static bool
is_odd(const pv_rec *rec, void *arg)
{
	(void)arg;
	return doc_n(rec) % 2 != 0;
}

/* What the model says to a query: checks the listing record by record. */
static void
check(const picture *p, const pv_list_query *q)
{
	size_t seen = 0, behind = 0;
	int after = q->after_name == NULL ? -1 : place(&KEY("/T", q->after_ns, q->after_name));
	pv_listing list;

	assert_int_equal(pv_store_list(&c.cx, c.store, q, &list), 0);
	assert_int_equal(list.rev, p->rev);
	for (int i = after + 1; i < SPACES * NAMES; i++) {
		if (p->n[i] < 0 || (q->ns != NULL && strcmp(spaces[i / NAMES], q->ns) != 0) ||
		    (q->keep != NULL && p->n[i] % 2 == 0))
			continue;
		if (q->limit > 0 && seen == q->limit) {
			behind++;
			continue;
		}
		assert_true(seen < list.len);
		assert_int_equal(place(pv_rec_key(list.recs[seen])), i);
		assert_int_equal(doc_n(list.recs[seen]), p->n[i]);
		seen++;
	}
	assert_int_equal(list.len, seen);
	assert_int_equal(list.more, behind > 0);
	if (q->keep == NULL)
		assert_int_equal(list.remaining, behind);
}

static void
check_at_random(void)
{
	const picture *p = dice(2) == 0 ? &now : &older[dice(PICTURES)];
	pv_list_query q = {.type = "/T", .rev = p == &now && dice(2) == 0 ? 0 : p->rev};

	if (p->rev == 0)
		return;
	if (dice(2) == 0)
		q.ns = spaces[dice(SPACES)];
	if (dice(2) == 0) {
		pv_key key = key_at((int)dice(SPACES * NAMES));

		q.after_ns = q.ns == NULL || dice(4) == 0 ? key.ns : q.ns;
		q.after_name = key.name;
	}
	if (dice(2) == 0)
		q.limit = 1 + dice(600);
	if (dice(3) == 0)
		q.keep = is_odd;
	check(p, &q);
}

/* Grows, churns, shrinks to nothing, grows again. */
static void
listings_are_as_the_model_says(void **state)
{
	static const int away_of_ten[] = {0, 1, 5, 9, 10, 2};

	(void)state;
	for (size_t phase = 0; phase < PV_LEN(away_of_ten); phase++) {
		for (int i = 0; i < 3000; i++) {
			int at = (int)dice(SPACES * NAMES);

			if (phase == 2 && i % 3 == 0)
				at = (int)dice(50); /* some change often */
			change(at, (int)dice(10) < away_of_ten[phase]);
			if (i % 20 == 0)
				check_at_random();
			if (i % 500 == 499)
				older[dice(PICTURES)] = now;
			if (i % 100 == 0)
				pv_ctx_reset(&c.cx);
		}
		for (int i = 0; phase == 4 && i < SPACES * NAMES; i++)
			change(i, true);
		check(&now, &(pv_list_query){.type = "/T"});
	}
}

static int
setup(void **state)
{
	int r = case_opened(state);

	now.rev = 1;
	for (int i = 0; i < SPACES * NAMES; i++)
		now.n[i] = -1;
	return r;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(listings_are_as_the_model_says, setup),
	};
	return cmocka_run_group_tests_name("store model", tests, NULL, NULL);
}
