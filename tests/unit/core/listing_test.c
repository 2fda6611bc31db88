/* Lists, watches and deletecollection against the documented table of their options
 * (kubernetes.io/docs/reference/using-api/api-concepts: "Resource versions"), and over compaction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/http.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"
#include "unit/core/world.h"

#define MAPS "/api/v1/namespaces/default/configmaps"

static pv_http *http;
static char *token;

static int
setup(void **state)
{
	pv_http_conf conf = {.host = "127.0.0.1",
			     .body_limit = 1 << 20,
			     .threads = 1,
			     .workers = 2,
			     .handle = pv_api_handle,
			     .fail = pv_api_fail,
			     .blocks = pv_api_blocks};
	const char *text = NULL;
	const pv_val *sa;
	int64_t ends;
	world *w;

	world_open(state);
	w = *state;
	conf.arg = w->api;
	sa = world_create(
		w,
		"{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"a\",\"namespace\":\"default\"}}");
	world_create(
		w,
		"{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRoleBinding\",\"metadata\":{\"name\":\"a\"},"
		"\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"cluster-admin\"},"
		"\"subjects\":[{\"kind\":\"ServiceAccount\",\"namespace\":\"default\",\"name\":\"a\"}]}");
	assert_int_equal(pv_auth_sa_token(&w->cx, w->auth, "default", "a", pv_text_at(sa, "metadata.uid", ""),
					  3600 * PV_SEC, NULL, NULL, &text, &ends),
			 0);
	token = strdup(text);
	for (int i = 0; i < 5; i++)
		world_create(
			w,
			pv_printf(
				w->cx.arena,
				"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m%d\","
				"\"namespace\":\"default\",\"labels\":{\"odd\":\"%d\"}}}",
				i, i % 2));
	assert_int_equal(pv_http_open(&w->cx, &conf, &http), 0);
	return 0;
}

static int
teardown(void **state)
{
	http = pv_http_close(http);
	free(token);
	return world_close(state);
}

/* The body of the answer, chunks put together; *ret_code its status. */
static const char *
ask(world *w, const char *method, const char *path, int *ret_code)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)pv_http_port(http))};
	const char *head = pv_printf(
		w->cx.arena,
		"%s %s HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", method,
		path, token);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char bytes[4096];
	const char *body;
	ssize_t n;
	pv_buf in;

	pv_buf_init(&in, w->cx.arena);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (const void *)&to, sizeof to), 0);
	assert_int_equal(send(fd, head, strlen(head), 0), strlen(head));
	while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
		pv_buf_add(&in, bytes, (size_t)n);
	close(fd);
	body = strstr(in.s, "\r\n\r\n");
	assert_non_null(body);
	*ret_code = atoi(in.s + strlen("HTTP/1.1 "));
	return body + 4;
}

static const pv_val *
list(world *w, const char *query)
{
	int code;
	const char *text = ask(w, "GET", pv_printf(w->cx.arena, MAPS "?%s", query), &code);

	if (code != 200)
		fail_msg("%s: %d %s", query, code, text);
	return world_json(w, text);
}

/* "m0 m1": the names of a list. */
static const char *
names(world *w, const pv_val *v)
{
	const char *out = "";

	for (size_t i = 0; i < pv_count(pv_get(v, "items")); i++)
		out = pv_printf(w->cx.arena, "%s%s%s", out, i ? " " : "",
				pv_text_at(pv_item(pv_get(v, "items"), i), "metadata.name", ""));
	return out;
}

/* "ADDED m0, BOOKMARK": the events of a watch of one second. */
static const char *
events(world *w, const char *query)
{
	int code;
	pv_str rest = pv_str_of(ask(
		       w, "GET", pv_printf(w->cx.arena, MAPS "?watch=1&timeoutSeconds=1&%s", query), &code)),
	       line;
	const char *out = "";

	assert_int_equal(code, 200);
	while (pv_str_next(&rest, '\n', &line)) {
		const pv_val *v = line.len ? world_json(w, pv_strndup(w->cx.arena, line.s, line.len)) : NULL;
		const char *name = pv_text_at(v, "object.metadata.name", pv_text_at(v, "object.reason", ""));

		if (v)
			out = pv_printf(w->cx.arena, "%s%s%s%s%s", out, out[0] ? ", " : "",
					pv_text_at(v, "type", ""), name[0] ? " " : "", name);
	}
	return out;
}

/* ---- which combinations there are ---- */

static void
options_are_checked_as_documented(void **state)
{
	static const struct {
		const char *query;
		int code;
		const char *text;
	} rows[] = {
		{"", 200, ""},
		{"resourceVersion=0", 200, ""},
		{"resourceVersion=1", 200, ""},
		{"resourceVersion=0&resourceVersionMatch=NotOlderThan", 200, ""},
		{"resourceVersion=1&resourceVersionMatch=NotOlderThan&limit=2", 200, ""},
		{"resourceVersionMatch=NotOlderThan", 422, "unless resourceVersion is provided"},
		{"resourceVersionMatch=Exact", 422, "unless resourceVersion is provided"},
		{"resourceVersion=0&resourceVersionMatch=Exact", 422,
		 "\\\"exact\\\" is forbidden for resourceVersion \\\"0\\\""},
		{"resourceVersion=1&resourceVersionMatch=Newest", 422,
		 "supported values: \\\"Exact\\\", \\\"NotOlderThan\\\", \\\"\\\""},
		{"resourceVersionMatch=Newest", 422,
		 "is invalid: [resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, "
		 "resourceVersionMatch: Unsupported value"},
		{"resourceVersion=1&resourceVersionMatch=Exact&continue=x", 422,
		 "is forbidden when continue is provided"},
		{"sendInitialEvents=true", 422,
		 "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"},
		{"sendInitialEvents=false", 422, "sendInitialEvents is forbidden for list"},
		{"resourceVersion=x", 400, "invalid resource version"},
		{"resourceVersion=99999", 504, "Too large resource version: 99999"},
		{"resourceVersion=99999&resourceVersionMatch=Exact", 504, "ResourceVersionTooLarge"},
		{"limit=x", 400, "limit: Invalid value"},
		{"continue=x", 400, "invalid continue token"},
		{"continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MCwic3RhcnQiOiJhIn0", 400,
		 "incorrect encoded start resourceVersion"},
		{"watch=1&resourceVersionMatch=NotOlderThan", 422,
		 "is forbidden for watch unless sendInitialEvents is provided"},
		{"watch=1&sendInitialEvents=true", 422,
		 "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"},
		{"watch=1&sendInitialEvents=false", 422,
		 "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"},
		{"watch=1&sendInitialEvents=true&resourceVersionMatch=Exact", 422,
		 "supported values: \\\"NotOlderThan\\\""},
		{"watch=1&timeoutSeconds=x", 400, "timeoutSeconds"},
		{"watch=1&resourceVersion=99999", 504, "Too large resource version"},
		{"fieldSelector=data.x%3D1", 400, "data.x\\\" is not a known field selector: only"},
	};
	world *w = *state;

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		int code;
		const char *text = ask(w, "GET", pv_printf(w->cx.arena, MAPS "?%s", rows[i].query), &code);

		if (code != rows[i].code || !strstr(text, rows[i].text))
			fail_msg("%s: wanted %d with %s, found %d: %s", rows[i].query, rows[i].code,
				 rows[i].text, code, text);
	}
}

static void
a_get_may_say_what_it_has_seen(void **state)
{
	static const struct {
		const char *query;
		int code;
	} rows[] = {{"0", 200}, {"1", 200}, {"", 200}, {"99999", 504}, {"x", 400}};
	world *w = *state;

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		int code;

		ask(w, "GET", pv_printf(w->cx.arena, MAPS "/m0?resourceVersion=%s", rows[i].query), &code);
		assert_int_equal(code, rows[i].code);
	}
}

/* ---- what a watch begins with ---- */

static void
a_watch_begins_as_it_is_asked_to(void **state)
{
	static const char *const all = "ADDED m0, ADDED m1, ADDED m2, ADDED m3, ADDED m4";
	world *w = *state;
	const char *rev = pv_text_at(list(w, ""), "metadata.resourceVersion", "");

	assert_string_equal(events(w, ""), all);
	assert_string_equal(events(w, "resourceVersion=0"), all);
	assert_string_equal(events(w, pv_printf(w->cx.arena, "resourceVersion=%s", rev)), "");
	assert_string_equal(events(w, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan"), all);
	assert_string_equal(
		events(w, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&"
			  "labelSelector=odd%3D1"),
		"ADDED m1, ADDED m3, BOOKMARK");
	assert_string_equal(
		events(w,
		       pv_printf(
			       w->cx.arena,
			       "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=%s",
			       rev)),
		all);
	assert_string_equal(events(w, "sendInitialEvents=false&resourceVersionMatch=NotOlderThan"), "");
	assert_string_equal(
		events(w, "sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0"), "");
}

/* ---- pages ---- */

static const char *
next_of(const pv_val *page)
{
	return pv_text_at(page, "metadata.continue", "");
}

static void
pages_are_of_one_revision_until_it_is_forgotten(void **state)
{
	world *w = *state;
	const pv_val *first = list(w, "limit=2"), *page, *gone;
	const char *rev = pv_text_at(first, "metadata.resourceVersion", ""), *old = next_of(first), *fresh;
	int code;

	assert_string_equal(names(w, first), "m0 m1");
	assert_int_equal(pv_i64_at(first, "metadata.remainingItemCount", -1), 3);
	page = list(w, "limit=1&labelSelector=odd%3D0"); /* with a selector nobody counts */
	assert_null(pv_at(page, "metadata.remainingItemCount"));
	world_create(
		w,
		"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m15\",\"namespace\":\"default\"}}");
	page = list(w, pv_printf(w->cx.arena, "limit=2&continue=%s", old));
	assert_string_equal(names(w, page), "m2 m3"); /* m15 came later */
	assert_string_equal(pv_text_at(page, "metadata.resourceVersion", ""), rev);
	page = list(w, pv_printf(w->cx.arena, "limit=2&continue=%s&resourceVersion=0", next_of(page)));
	assert_string_equal(names(w, page), "m4");
	assert_string_equal(next_of(page), "");
	assert_string_equal(
		names(w,
		      list(w, pv_printf(w->cx.arena, "resourceVersion=%s&resourceVersionMatch=Exact", rev))),
		"m0 m1 m2 m3 m4");

	pv_store_compact(w->store, pv_store_rev(w->store) + 1);
	gone = world_json(w, ask(w, "GET", pv_printf(w->cx.arena, MAPS "?limit=2&continue=%s", old), &code));
	assert_int_equal(code, 410);
	assert_string_equal(pv_text_at(gone, "reason", ""), "Expired");
	fresh = next_of(gone);
	page = list(w, pv_printf(w->cx.arena, "limit=2&continue=%s", fresh));
	assert_string_equal(names(w, page), "m15 m2"); /* as it is now: inconsistent, and said so */
	assert_int_equal(pv_i64_at(page, "metadata.remainingItemCount", -1), 2);
	page = list(w, pv_printf(w->cx.arena, "limit=9&continue=%s", next_of(page)));
	assert_string_equal(names(w, page), "m3 m4");

	gone = world_json(
		w, ask(w, "GET",
		       pv_printf(w->cx.arena, MAPS "?resourceVersion=%s&resourceVersionMatch=Exact", rev),
		       &code));
	assert_int_equal(code, 410);
	assert_string_equal(pv_text_at(gone, "reason", ""), "Expired");
	assert_string_equal(events(w, pv_printf(w->cx.arena, "resourceVersion=%s", rev)), "ERROR Expired");
	assert_string_equal(names(w, list(w, pv_printf(w->cx.arena, "resourceVersion=%s", rev))),
			    "m0 m1 m15 m2 m3 m4"); /* not older */
}

static void
a_collection_goes_by_selector_and_page(void **state)
{
	world *w = *state;
	const pv_val *gone;
	int code;

	ask(w, "DELETE", MAPS "?dryRun=All", &code);
	assert_int_equal(code, 200);
	assert_string_equal(names(w, list(w, "")), "m0 m1 m15 m2 m3 m4");
	gone = world_json(w, ask(w, "DELETE", MAPS "?limit=2&labelSelector=odd", &code));
	assert_string_equal(names(w, gone), "m0 m1");
	assert_string_not_equal(next_of(gone), "");
	assert_string_equal(names(w, list(w, "")), "m15 m2 m3 m4");
	ask(w, "DELETE", MAPS "?fieldSelector=metadata.name%3Dm3", &code);
	ask(w, "DELETE", MAPS "?labelSelector=odd", &code);
	assert_string_equal(names(w, list(w, "")), "m15");
	ask(w, "DELETE", MAPS "?resourceVersionMatch=Exact", &code);
	assert_int_equal(code, 422);
	ask(w, "DELETE", MAPS "?dryRun=x", &code);
	assert_int_equal(code, 422);
}

/* ---- what an idle watch keeps ---- */

enum { IDLE = 100, KEPT_MOST = 5000 }; /* bytes of one, beside its connection's */

/* The sanitizers' allocators know; where there is none, the C library's does. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t
allocated(void)
{
	return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
						       : mallinfo2().uordblks;
}

/* The head of the answer, and behind it `mark`. */
static void
begin(int fd, const char *target, const char *mark)
{
	static char head[4096], got[64 << 10]; /* not allocated meanwhile */
	int n_head =
		snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n",
			 target, token);
	size_t len = 0;

	assert_int_equal(send(fd, head, (size_t)n_head, 0), n_head);
	do {
		ssize_t n = recv(fd, got + len, sizeof got - 1 - len, 0);

		assert_true(n > 0);
		got[len += (size_t)n] = '\0';
	} while (!strstr(got, "\r\n\r\n") || !strstr(got, mark));
}

static void
an_idle_watch_keeps_little(void **state)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)pv_http_port(http))};
	int fd[IDLE];
	size_t before, each;

	(void)state;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < IDLE; i++) { /* connections that were of use already, as clients keep them */
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect(fd[i], (const void *)&to, sizeof to), 0);
		begin(fd[i], MAPS "/m15", "\"m15\"");
	}
	before = allocated();
	for (int i = 0; i < IDLE; i++)
		begin(fd[i],
		      MAPS
		      "?watch=1&resourceVersion=0&labelSelector=!none&fieldSelector=metadata.name%3Dm15"
		      "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
		      "initial-events-end");
	each = (allocated() - before) / IDLE;
	if (each > KEPT_MOST)
		fail_msg("an idle watch keeps %zu bytes: more than %d", each, KEPT_MOST);
	for (int i = 0; i < IDLE; i++)
		close(fd[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_checked_as_documented),
		cmocka_unit_test(a_get_may_say_what_it_has_seen),
		cmocka_unit_test(a_watch_begins_as_it_is_asked_to),
		cmocka_unit_test(pages_are_of_one_revision_until_it_is_forgotten),
		cmocka_unit_test(an_idle_watch_keeps_little),
		cmocka_unit_test(a_collection_goes_by_selector_and_page),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
