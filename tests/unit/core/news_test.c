/* News become Events: the same again is counted, over restarts too, and every object can have some. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "unit/core/world.h"

static const char pod[] = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s\","
			  "\"namespace\":\"default\",\"uid\":\"00000000-0000-4000-8000-000000000001\"}}";

static pv_news
news_of(world *w, const char *name)
{
	return (pv_news){.about = world_json(w, pv_printf(w->cx.arena, pod, name)),
			 .component = "node",
			 .type = "Warning",
			 .reason = "BackOff",
			 .message = "Back-off restarting failed container",
			 .at = INT64_C(1790000000) * PV_SEC};
}

static void
report(world *w, const pv_news *news)
{
	if (pv_api_report(&w->cx, w->api, news) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
}

/* All Events, in order of their names. */
static pv_listing
events(world *w)
{
	pv_list_query query = {.type = "/Event", .ns = "default"};
	pv_listing found;

	if (pv_store_list(&w->cx, w->store, &query, &found) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
	return found;
}

static const char *
name_of(const pv_listing *found, size_t i)
{
	return pv_text_at(pv_rec_val(found->recs[i]), "metadata.name", "");
}

static void
the_same_again_is_counted(void **state)
{
	world *w = *state;
	pv_news news = news_of(w, "web");
	pv_listing found;
	const pv_val *event;

	report(w, &news);
	news.at += 90 * PV_SEC;
	report(w, &news);
	found = events(w);
	assert_int_equal(found.len, 1);
	event = pv_rec_val(found.recs[0]);
	assert_int_equal(pv_i64_at(event, "count", 0), 2);
	assert_string_equal(pv_text_at(event, "firstTimestamp", ""), "2026-09-21T14:13:20Z");
	assert_string_equal(pv_text_at(event, "lastTimestamp", ""), "2026-09-21T14:14:50Z");
}

/* Hashes that begin with a seed differ in every process: this one was in an earlier one's name. */
static void
its_name_is_that_of_other_lives(void **state)
{
	world *w = *state;
	pv_news news = news_of(w, "web");
	pv_listing found;

	report(w, &news);
	found = events(w);
	assert_int_equal(found.len, 1);
	assert_string_equal(name_of(&found, 0), "web.b48fd2508a5c2afa");
}

static void
what_differs_is_other_news(void **state)
{
	world *w = *state;
	pv_news news = news_of(w, "web");

	report(w, &news);
	news.component = "scheduler";
	report(w, &news);
	news.type = "Normal";
	report(w, &news);
	news.reason = "BackOff Back-off"; /* the words of both are the same in a row */
	news.message = "restarting failed container";
	report(w, &news);
	assert_int_equal(events(w).len, 4);
}

static void
every_name_can_be_spoken_of(void **state)
{
	world *w = *state;
	pv_news news = news_of(w, "system:odd");
	char *longest = pv_alloc(w->cx.arena, 254);
	pv_listing found;

	report(w, &news);
	for (size_t i = 0; i < 253; i++)
		longest[i] = i % 64 == 63 ? '.' : 'a';
	longest[253] = '\0';
	news = news_of(w, longest);
	report(w, &news);
	report(w, &news);
	found = events(w);
	assert_int_equal(found.len, 2);
}

#define T(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_same_again_is_counted),
		T(its_name_is_that_of_other_lives),
		T(what_differs_is_other_news),
		T(every_name_can_be_spoken_of),
	};

	return cmocka_run_group_tests_name("news", tests, NULL, NULL);
}
