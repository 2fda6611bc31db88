/* Another cluster that answers badly, or not at all: nothing of an Application's is taken for gone that was only not
 * seen, nobody is kept from asking for others, and what is large is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"
#include "core/module.h"
#include "delivery/clusters/impl.h"
#include "delivery/clusters/table.h"
#include "lang/json/json.h"
#include "unit/core/world.h"
#include "unit/delivery/fake_cluster.h"
#include "unit/folder.h"

#define PATIENCE (120 * PV_SEC)
#define MAPS "/api/v1/namespaces/a/configmaps"

typedef struct hub {
	world *w;
	pv_facts *facts;
	fake_cluster *fake;
	spoke *s;
	char dir[FOLDER_SIZE];
} hub;

static const pv_fact_kind *const kinds_of_facts[] = {&serves_fact, &look_fact, &deed_effect, NULL};
static const pv_module test_module = {.name = "test", .facts = kinds_of_facts};
const pv_module *const pv_modules[] = {&test_module, NULL}; /* the build's begin before there are facts */

static int
begin(void **state)
{
	hub *h = calloc(1, sizeof(*h));
	void *w = NULL;

	*state = h;
	if (world_open(&w) != 0)
		return -1;
	h->w = w;
	h->fake = fake_cluster_open();
	folder_make(h->dir);
	if (pv_facts_open(&h->w->cx, h->dir, 1, &h->facts) < 0)
		return -1;
	pv_facts_set_api(h->facts, h->w->api);
	world_create(
		h->w,
		"{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"argocd\"}}");
	return table_start(&h->w->cx, h->w->api);
}

static int
end(void **state)
{
	hub *h = *state;
	void *w = h->w;
	int r;

	spoke_let_go(h->s);
	pv_facts_close(h->facts);
	h->fake = fake_cluster_close(h->fake);
	r = world_close(&w);
	folder_remove(h->dir);
	free(h);
	return r;
}

/* ---- asking ---- */

static void
doze(void)
{
	struct timespec pause = {0, 5 * PV_MS};
	nanosleep(&pause, NULL); /* sleeps: between looks at what another thread does */
}

/* The cluster, once it is known; namespaces: "" all. */
static void
meet(hub *h, const char *namespaces)
{
	char *text =
		pv_printf(h->w->cx.arena,
			  "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"edge\", "
			  "\"namespace\": \"argocd\", \"labels\": {\"argocd.argoproj.io/secret-type\": "
			  "\"cluster\"}}, \"stringData\": {\"name\": \"edge\", \"namespaces\": \"%s\", "
			  "\"clusterResources\": \"true\", \"server\": \"http://127.0.0.1:%d\"}}",
			  namespaces, fake_cluster_port(h->fake));

	world_create(h->w, text);
	for (int64_t until = pv_mono() + PATIENCE; spoke_hold(&h->w->cx, h->w->api, "edge", &h->s) < 0;
	     doze()) {
		if (pv_mono() > until)
			fail_msg("%s", pv_error_text(&h->w->cx));
		pv_recover(&h->w->cx);
	}
}

/* What a look finds for the wants ("[..]"); what is shop's is marked so. */
static int
look(hub *h, const char *wants, pv_val *ret)
{
	pv_val args = *world_json(
		       h->w, "{\"cluster\": \"edge\", \"asker\": \"shop\", \"index\": \"tracking\", \"key\": "
			     "\"shop\", \"manager\": \"argocd-controller\"}"),
	       payload = pv_with(h->w->cx.arena, NULL, "wants", *world_json(h->w, wants));

	args = pv_with(h->w->cx.arena, &args, "payload", payload);
	return look_fact.find(&h->w->cx, h->facts, pv_box(h->w->cx.arena, args), NULL, ret);
}

static const char *
found(hub *h, const char *wants, const char *path)
{
	pv_val answer;
	const pv_val *v;

	if (look(h, wants, &answer) < 0)
		fail_msg("%s", pv_error_text(&h->w->cx));
	v = pv_at(&answer, path);
	return v ? pv_json_text(h->w->cx.arena, v) : "";
}

static void
finds_no_more_than(hub *h, const char *wants, int code, const char *text)
{
	pv_val answer;
	int r = look(h, wants, &answer);

	if (r != -code || !strstr(pv_error_text(&h->w->cx), text))
		fail_msg("wanted %d %s, found %d %s", code, text, -r, pv_error_text(&h->w->cx));
	pv_recover(&h->w->cx);
}

#define WANT(ns) \
	"[{\"exists\": true, \"object\": {\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": " \
	"{\"namespace\": \"" ns "\", \"name\": \"x\"}}}]"
#define WANT_SECRET(more) \
	"[{\"exists\": true, " more \
	"\"object\": {\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": " \
	"{\"namespace\": \"a\", \"name\": \"x\"}}}]"
#define X(version) \
	"{\"metadata\": {\"namespace\": \"a\", \"name\": \"x\", \"resourceVersion\": \"" version \
	"\", \"annotations\": {\"argocd.argoproj.io/tracking-id\": \"shop:/ConfigMap:a/x\"}}}"
#define LIST_OF(item) \
	"{\"kind\": \"List\", \"metadata\": {\"resourceVersion\": \"7\"}, \"items\": [" item "]}"

/* ---- */

static void
what_is_no_object_is_none(void **state)
{
	hub *h = *state;

	fake_cluster_says(h->fake, "GET /api/v1/configmaps", 0, 200, LIST_OF(X("5")));
	fake_cluster_says(h->fake, "GET " MAPS "/x", 0, 200, "{}");
	meet(h, "");
	finds_no_more_than(h, "[]", PV_EINTERNAL, "expected an object, found none");
	fake_cluster_says(h->fake, "GET " MAPS "/x", 0, 200, "[1, null]");
	finds_no_more_than(h, WANT("a"), PV_EINTERNAL, "expected an object, found none");
	fake_cluster_says(h->fake, "GET " MAPS "/x", 0, 200, X("5"));
	assert_string_equal(found(h, "[]", "tracked.0.live.metadata.name"), "\"x\"");
}

static void
an_object_has_its_measure(void **state)
{
	hub *h = *state;
	size_t size = (size_t)9 << 20;
	char *large = malloc(size + 1);

	memset(large, ' ', size);
	large[size] = '\0';
	fake_cluster_says(h->fake, "GET /api/v1/configmaps", 0, 200, LIST_OF(X("5")));
	fake_cluster_says(h->fake, "GET " MAPS "/x", 0, 200, large);
	free(large);
	meet(h, "");
	finds_no_more_than(h, "[]", PV_ETOOLARGE, "over the limit of 8388608 bytes");
}

/* A list that is none says of no object that it is gone. */
static void
what_could_not_be_listed_is_asked_for(void **state)
{
	hub *h = *state;

	fake_cluster_says(h->fake, "GET /api/v1/configmaps", 0, 200, "{}");
	fake_cluster_says(h->fake, "GET " MAPS "/x", 0, 200, X("5"));
	meet(h, "");
	assert_string_equal(found(h, WANT("a"), "objects.0.live.metadata.resourceVersion"), "\"5\"");
	fake_cluster_says(h->fake, "GET " MAPS "/x", 0, 429, "{}");
	finds_no_more_than(h, WANT("a"), PV_ETOOMANY, "429");
}

static void
a_kind_is_known_by_place(void **state)
{
	hub *h = *state;

	fake_cluster_says(h->fake, "GET " MAPS, 0, 200, LIST_OF(X("5")));
	fake_cluster_says(h->fake, "GET " MAPS "/x", 0, 200, X("5"));
	fake_cluster_says(h->fake, "GET /api/v1/namespaces/b/configmaps", 0, 403, "{}");
	fake_cluster_says(h->fake, "GET /api/v1/namespaces/b/configmaps/x", 0, 200, X("6"));
	meet(h, "a,b");
	assert_string_equal(found(h, WANT("a"), "objects.0.live.metadata.resourceVersion"), "\"5\"");
	assert_string_equal(found(h, WANT("b"), "objects.0.live.metadata.resourceVersion"), "\"6\"");
	assert_int_equal(fake_cluster_heard(h->fake, "GET /api/v1/configmaps"), 0);
}

/* Where the asker says that it matters no more; else it is an error. */
static void
what_may_not_be_read_is_told(void **state)
{
	hub *h = *state;

	fake_cluster_says(h->fake, "GET /api/v1/secrets", 0, 403, "{}");
	fake_cluster_says(
		h->fake, "GET /api/v1/namespaces/a/secrets/x", 0, 403,
		"{\"kind\": \"Status\", \"reason\": \"Forbidden\", \"message\": \"secrets is forbidden\"}");
	meet(h, "");
	finds_no_more_than(h, WANT_SECRET(""), PV_EFORBIDDEN, "secrets is forbidden");
	assert_string_equal(found(h, WANT_SECRET("\"mayRefuse\": true, "), "objects.0.problem"),
			    "\"secrets is forbidden\"");
}

/* 410: what the watch missed is listed. */
static void
a_watch_that_missed_something_lists_anew(void **state)
{
	hub *h = *state;
	int64_t until = pv_mono() + PATIENCE;

	fake_cluster_says(h->fake, "GET /api/v1/configmaps", 0, 200, LIST_OF(X("9")));
	fake_cluster_says(h->fake, "GET /api/v1/configmaps", 1, 200, LIST_OF(""));
	fake_cluster_says(h->fake, "WATCH /api/v1/configmaps", 1, 200,
			  "{\"type\": \"ERROR\", \"object\": {\"kind\": \"Status\", \"code\": 410}}\n");
	fake_cluster_says(h->fake, "GET " MAPS "/x", 0, 200, X("9"));
	meet(h, "");
	while (!*found(h, WANT("a"), "objects.0.live") && pv_mono() < until)
		doze();
	assert_string_equal(found(h, WANT("a"), "objects.0.live.metadata.resourceVersion"), "\"9\"");
}

/* ---- what is done ---- */

static int
delete_one(hub *h, const char *api_version, const char *type)
{
	char *text =
		pv_printf(h->w->cx.arena,
			  "{\"cluster\": \"edge\", \"what\": \"delete\", \"apiVersion\": \"%s\", \"kind\": "
			  "\"%s\", \"namespace\": \"a\", \"name\": \"x\"}",
			  api_version, type);
	pv_val ret;

	return deed_effect.find(&h->w->cx, h->facts, world_json(h->w, text), NULL, &ret);
}

/* "Not served" is what a server says, and no error of asking it. */
static void
a_deletion_is_done_when_the_kind_is_gone_and_not_before(void **state)
{
	hub *h = *state;

	meet(h, "");
	fake_cluster_says(h->fake, "GET /apis/example.com/v1", 0, 503, "{}");
	assert_int_equal(delete_one(h, "example.com/v1", "Widget"), -PV_EUNAVAILABLE);
	pv_recover(&h->w->cx);
	fake_cluster_says(h->fake, "GET /apis/example.com/v1", 0, 200, "{}");
	assert_int_equal(delete_one(h, "example.com/v1", "Widget"), -PV_EUNAVAILABLE);
	pv_recover(&h->w->cx);
	fake_cluster_says(
		h->fake, "GET /apis/example.com/v1", 0, 200,
		"{\"resources\": [{\"name\": \"widgets\", \"kind\": \"Widget\", \"namespaced\": true}]}");
	fake_cluster_says(h->fake, "DELETE /apis/example.com/v1/namespaces/a/widgets/x", 0, 500, "{}");
	assert_int_equal(delete_one(h, "example.com/v1", "Widget"), -PV_EINTERNAL);
	pv_recover(&h->w->cx);
	fake_cluster_says(h->fake, "GET /apis/example.com/v1", 0, 404, "{}");
	assert_int_equal(delete_one(h, "example.com/v1", "Widget"), 0);
}

static int64_t
kept(hub *h)
{
	pv_val v = clusters_connection(&h->w->cx, h->w->api, "edge");

	return pv_i64_at(&v, "objects", -1);
}

/* No watch would ever say that it is gone. */
static void
what_is_not_watched_is_not_kept(void **state)
{
	hub *h = *state;
	pv_call call = {.ns = "a", .name = "x", .manager = "test", .grace_seconds = -1};
	const pv_val *now;

	meet(h, "");
	fake_cluster_says(h->fake, "PATCH /api/v1/namespaces/a/events/x", 0, 200, X("5"));
	fake_cluster_says(h->fake, "PATCH " MAPS "/x", 0, 200, X("5"));
	assert_int_equal(spoke_resource(&h->w->cx, h->s, "v1", "Event", &call.resource), 0);
	assert_int_equal(spoke_apply(&h->w->cx, h->s, &call, world_json(h->w, X("1")), &now), 0);
	assert_int_equal(kept(h), 0);
	assert_int_equal(spoke_resource(&h->w->cx, h->s, "v1", "ConfigMap", &call.resource), 0);
	assert_int_equal(spoke_apply(&h->w->cx, h->s, &call, world_json(h->w, X("1")), &now), 0);
	assert_int_equal(kept(h), 1);
}

static void
a_cluster_that_nobody_asks_for_is_let_go(void **state)
{
	hub *h = *state;
	pv_val v = pv_null();
	int64_t until = pv_mono() + PATIENCE;

	meet(h, "");
	atomic_store(&h->s->held, pv_mono() - 3600 * PV_SEC);
	while (pv_mono() < until && !strstr(pv_text_at(&v, "message", ""), "not being monitored")) {
		atomic_store(&h->s->doubted, true); /* at its next turn it looks */
		v = clusters_connection(&h->w->cx, h->w->api, "edge");
		doze();
	}
	assert_string_equal(pv_text_at(&v, "status", ""), "Unknown");
	assert_true(atomic_load(&h->s->over));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(what_is_no_object_is_none),
		TEST(an_object_has_its_measure),
		TEST(what_could_not_be_listed_is_asked_for),
		TEST(a_kind_is_known_by_place),
		TEST(what_may_not_be_read_is_told),
		TEST(a_watch_that_missed_something_lists_anew),
		TEST(a_deletion_is_done_when_the_kind_is_gone_and_not_before),
		TEST(what_is_not_watched_is_not_kept),
		TEST(a_cluster_that_nobody_asks_for_is_let_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
