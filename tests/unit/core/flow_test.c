/* Seats, queues and borrowing, without a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/flow/flow.h"
#include "lang/json/json.h"
#include "unit/core/world.h"

#define SEATS 10

typedef struct fixture {
	world *w;
	pv_metrics *metrics;
	pv_flow *flow;
	pv_flow_ticket *ran[200]; /* in the order of their turns */
	size_t n;
} fixture;

static fixture *now; /* of the running test */

static void
ran(void *arg)
{
	now->ran[now->n++] = arg;
}

static void
put(fixture *f, const char *type, const char *name, const char *spec)
{
	pv_write write = {.key = {type, "", name}, .expect = PV_REV_ANY};
	char *text = pv_printf(f->w->cx.arena,
			       "{\"metadata\":{\"name\":\"%s\",\"uid\":\"uid-of-%s\"},\"spec\":%s}", name,
			       name, spec);

	if (pv_json_parse(&f->w->cx, pv_str_of(text), NULL, &write.doc) < 0 ||
	    pv_store_write(&f->w->cx, f->w->store, &write, 1) < 0)
		fail_msg("%s", pv_error_text(&f->w->cx));
}

static void
schema_by(fixture *f, const char *name, const char *level, int precedence, const char *user, const char *by)
{
	put(f, "flowcontrol.apiserver.k8s.io/FlowSchema", name,
	    pv_printf(
		    f->w->cx.arena,
		    "{\"matchingPrecedence\":%d,\"priorityLevelConfiguration\":{\"name\":\"%s\"},\"distinguisherMethod\":{\"type\":"
		    "\"%s\"},\"rules\":[{\"subjects\":[{\"kind\":\"User\",\"user\":{\"name\":\"%s\"}}],\"resourceRules\":[{"
		    "\"verbs\":[\"*\"],\"apiGroups\":[\"\"],\"resources\":[\"pods\",\"nodes/status\"],\"clusterScope\":false,"
		    "\"namespaces\":[\"*\"]}],\"nonResourceRules\":[{\"verbs\":[\"get\"],\"nonResourceURLs\":[\"/a/*\"]}]}]}",
		    precedence, level, by, user));
}

static void
schema(fixture *f, const char *name, const char *level, int precedence, const char *user)
{
	schema_by(f, name, level, precedence, user, "ByUser");
}

static void
level(fixture *f, const char *name, int shares, int lendable, const char *more)
{
	put(f, "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration", name,
	    pv_printf(
		    f->w->cx.arena,
		    "{\"type\":\"Limited\",\"limited\":{\"nominalConcurrencyShares\":%d,\"lendablePercent\":%d,%s}}",
		    shares, lendable, more));
}

static int
setup(void **state)
{
	fixture *f = calloc(1, sizeof *f);

	if (world_open((void **)&f->w) != 0)
		return -1;
	f->metrics = pv_metrics_new();
	now = f;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	fixture *f = *state;

	pv_flow_close(f->flow);
	world_close((void **)&f->w);
	pv_metrics_free(f->metrics);
	free(f);
	return 0;
}

static void
open_flow_of(fixture *f, int most)
{
	if (pv_flow_open(&f->w->cx, f->w->store, f->metrics, SEATS, most, &f->flow) < 0)
		fail_msg("%s", pv_error_text(&f->w->cx));
}

static void
open_flow(fixture *f)
{
	open_flow_of(f, 2 * SEATS);
}

static pv_flow_ticket *
classify(fixture *f, const char *user, const char *verb, const char *resource, const char *sub,
	 const char *ns, bool hold)
{
	static const char *const groups[] = {"system:authenticated", NULL};
	pv_identity *who = pv_new(f->w->cx.arena, pv_identity);
	pv_attributes *what = pv_new(f->w->cx.arena, pv_attributes);
	pv_flow_ticket *t = pv_new(f->w->cx.arena, pv_flow_ticket);

	*who = (pv_identity){.user = user, .uid = "", .groups = groups};
	*what = (pv_attributes){verb, "", resource, sub, ns, "", NULL, NULL};
	pv_flow_classify(&f->w->cx, f->flow, who, what, hold, t);
	t->run = ran;
	t->arg = t;
	return t;
}

/* 0, 1, or -1 for a refusal */
static int
enter(fixture *f, const char *user, pv_flow_ticket **ret)
{
	pv_flow_ticket *t = classify(f, user, "create", "pods", "", "x", true);
	int r = pv_flow_enter(&f->w->cx, f->flow, t);

	*ret = t;
	if (r >= 0)
		return r;
	assert_int_equal(f->w->cx.err->retry_after, 1);
	assert_int_equal(pv_recover(&f->w->cx), PV_ETOOMANY);
	return -1;
}

static void
a_schema_speaks_of_what_its_rules_say(void **state)
{
	fixture *f = *state;
	static const char *const groups[] = {NULL};
	pv_identity who = {.user = "a", .uid = "", .groups = groups};
	pv_attributes url = {"get", "", "", "", "", "", "/a/b", NULL},
		      other = {"get", "", "", "", "", "", "/b", NULL};
	pv_flow_ticket t;

	level(f, "l", 1, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	schema(f, "s", "l", 10, "a");
	schema(f, "lost", "none", 1, "a"); /* its level is not there */
	open_flow(f);
	assert_string_equal(classify(f, "a", "get", "pods", "", "x", false)->schema_uid, "uid-of-s");
	assert_string_equal(classify(f, "a", "get", "pods", "", "x", false)->level_uid, "uid-of-l");
	assert_string_equal(classify(f, "b", "get", "pods", "", "x", false)->schema_uid, "");
	assert_string_equal(classify(f, "a", "get", "pods", "log", "x", false)->schema_uid, "");
	assert_string_equal(classify(f, "a", "get", "nodes", "status", "x", false)->schema_uid, "uid-of-s");
	assert_string_equal(classify(f, "a", "get", "nodes", "", "x", false)->schema_uid, "");
	assert_string_equal(classify(f, "a", "get", "pods", "", "", false)->schema_uid,
			    ""); /* no clusterScope */
	pv_flow_classify(&f->w->cx, f->flow, &who, &url, false, &t);
	assert_string_equal(t.schema_uid, "uid-of-s");
	pv_flow_classify(&f->w->cx, f->flow, &who, &other, false, &t);
	assert_string_equal(t.schema_uid, "");
}

static void
queues_are_served_in_turn(void **state)
{
	fixture *f = *state;
	pv_flow_ticket *first, *noisy[4], *quiet, *t;

	level(f, "l", 1, 0,
	      "\"borrowingLimitPercent\":0,\"limitResponse\":{\"type\":\"Queue\",\"queuing\":{\"queues\":64,\"handSize\":1,"
	      "\"queueLengthLimit\":4}}");
	level(f, "rest", 9, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	schema(f, "n", "l", 1, "noisy");
	schema(f, "q", "l", 2, "quiet");
	open_flow(f);
	assert_int_equal(enter(f, "noisy", &first), 0); /* the one seat */
	for (int i = 0; i < 4; i++)
		assert_int_equal(enter(f, "noisy", &noisy[i]), 1);
	assert_int_equal(enter(f, "noisy", &t), -1); /* its queue is full */
	pv_flow_leave(f->flow, t);
	assert_int_equal(enter(f, "quiet", &quiet), 1); /* its own is not */
	assert_int_equal(f->n, 0);
	pv_flow_leave(f->flow, first);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(f->n, i + 1);
		assert_false(f->ran[i]->late);
		pv_flow_leave(f->flow, f->ran[i]);
	}
	assert_true(f->ran[0] == quiet || f->ran[1] == quiet); /* not behind all of the noisy one's */
	assert_int_equal(enter(f, "noisy", &t), 0);
	pv_flow_leave(f->flow, t);
}

static void
seats_are_borrowed_and_given_back(void **state)
{
	fixture *f = *state;
	pv_flow_ticket *mine[12], *theirs[12];
	int n = 0, m = 0;

	/* 5 seats each: `a` may borrow what `b` lends (60 %: three), and `b` nothing */
	level(f, "a", 1, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	level(f, "b", 1, 60, "\"borrowingLimitPercent\":0,\"limitResponse\":{\"type\":\"Reject\"}");
	level(f, "catch-all", 0, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	schema_by(f, "sa", "a", 1, "a", ""); /* a flow that shares its level with none takes all of it */
	schema_by(f, "sb", "b", 1, "b", "");
	open_flow(f);
	while (enter(f, "a", &mine[n]) == 0)
		n++;
	assert_int_equal(n, 8);
	while (enter(f, "b", &theirs[m]) == 0) /* all of its own, though three are lent */
		m++;
	assert_int_equal(m, 5);
	for (int i = 0; i <= n; i++)
		pv_flow_leave(f->flow, mine[i]);
	for (int i = 0; i <= m; i++)
		pv_flow_leave(f->flow, theirs[i]);
	assert_int_equal(enter(f, "b", &theirs[0]), 0);
	pv_flow_leave(f->flow, theirs[0]);
}

/* As many as it gets; *ret_last waits or was refused. */
static int
enter_all(fixture *f, const char *user, pv_flow_ticket **ret, pv_flow_ticket **ret_last)
{
	int n = 0;

	while (enter(f, user, &ret[n]) == 0)
		n++;
	*ret_last = ret[n];
	return n;
}

static void
a_flow_leaves_seats_to_those_that_come(void **state)
{
	fixture *f = *state;
	static const char *const users[] = {"a", "b", "c", "d"};
	static const int shares[] = {7, 2, 1, 0}; /* of 10; of the 3 left; of the 1 left */
	pv_flow_ticket *held[4][SEATS + 1], *last;

	level(f, "l", 1, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	level(f, "catch-all", 0, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	schema(f, "s", "l", 1, "*");
	open_flow(f);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(enter_all(f, users[i], held[i], &last), shares[i]);
		pv_flow_leave(f->flow, last);
	}
	for (int i = 0; i < 7; i++) /* what is given back is everybody's again */
		pv_flow_leave(f->flow, held[0][i]);
	assert_int_equal(enter_all(f, "d", held[3], &last), 5);
	pv_flow_leave(f->flow, last);
	for (int i = 0; i < 5; i++)
		pv_flow_leave(f->flow, held[3][i]);
	for (int i = 1; i < 3; i++)
		for (int k = 0; k < shares[i]; k++)
			pv_flow_leave(f->flow, held[i][k]);
}

static void
a_flow_leaves_some_of_what_it_could_borrow(void **state)
{
	fixture *f = *state;
	pv_flow_ticket *mine[SEATS + 1], *theirs[SEATS + 1], *last;

	/* 5 of its own, and 3 that `b` lends */
	level(f, "a", 1, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	level(f, "b", 1, 60, "\"limitResponse\":{\"type\":\"Reject\"}");
	level(f, "catch-all", 0, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	schema(f, "sa", "a", 2, "*");
	schema(f, "sb", "b", 1, "b");
	open_flow(f);
	assert_int_equal(enter_all(f, "noisy", mine, &last), 6);
	pv_flow_leave(f->flow, last);
	assert_int_equal(enter_all(f, "b", theirs, &last),
			 3); /* the level that lent has its own all the same */
	pv_flow_leave(f->flow, last);
	assert_int_equal(enter(f, "quiet", &last), 0);
	pv_flow_leave(f->flow, last);
	for (int i = 0; i < 6; i++)
		pv_flow_leave(f->flow, mine[i]);
	for (int i = 0; i < 3; i++)
		pv_flow_leave(f->flow, theirs[i]);
}

static void
who_waits_holds_up_no_other_flow(void **state)
{
	fixture *f = *state;
	pv_flow_ticket *noisy[SEATS + 1], *quiet[SEATS + 1], *waits, *behind, *last;

	/* one queue for all */
	level(f, "l", 1, 0,
	      "\"limitResponse\":{\"type\":\"Queue\",\"queuing\":{\"queues\":1,\"handSize\":1,\"queueLengthLimit\":4}}");
	level(f, "catch-all", 0, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	schema(f, "s", "l", 1, "*");
	open_flow(f);
	assert_int_equal(enter_all(f, "noisy", noisy, &waits), 7);
	assert_int_equal(enter_all(f, "quiet", quiet, &behind), 2); /* at once, though another waits */
	assert_int_equal(f->n, 0);
	pv_flow_leave(f->flow, noisy[0]); /* the first in the queue has enough; the one behind has not */
	assert_int_equal(f->n, 1);
	assert_ptr_equal(f->ran[0], behind);
	assert_int_equal(enter(f, "third", &last), 0);
	for (int i = 1; i < 7; i++)
		pv_flow_leave(f->flow, noisy[i]);
	assert_int_equal(f->n, 2);
	assert_ptr_equal(f->ran[1], waits);
	pv_flow_leave(f->flow, waits);
	pv_flow_leave(f->flow, behind);
	pv_flow_leave(f->flow, last);
	for (int i = 0; i < 2; i++)
		pv_flow_leave(f->flow, quiet[i]);
}

/* 8 seats of one's own and of others, and their owners want theirs: there are only so many workers. */
static void
what_is_lent_makes_no_more_seats_than_there_are(void **state)
{
	fixture *f = *state;
	pv_flow_ticket *mine[SEATS + 1], *seated, *waits[4];
	static const char queue[] =
		"\"limitResponse\":{\"type\":\"Queue\",\"queuing\":{\"queues\":1,\"handSize\":1}}";

	level(f, "a", 4, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	level(f, "b", 3, 100, queue);
	level(f, "c", 3, 100, queue);
	level(f, "catch-all", 0, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	schema_by(f, "sa", "a", 1, "a", "");
	schema_by(f, "sb", "b", 1, "b", "");
	schema_by(f, "sc", "c", 1, "c", "");
	open_flow_of(f, SEATS + 1);
	assert_int_equal(enter_all(f, "a", mine, &waits[0]), 10);
	pv_flow_leave(f->flow, waits[0]);
	assert_int_equal(enter(f, "b", &seated), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(enter(f, i < 2 ? "b" : "c", &waits[i]), 1);
	for (size_t i = 0; i < 4; i++) { /* a seat each, in turn */
		pv_flow_leave(f->flow, mine[i]);
		assert_int_equal(f->n, i + 1);
		assert_true(i == 0 || f->ran[i]->level != f->ran[i - 1]->level);
	}
	for (int i = 0; i < 4; i++)
		pv_flow_leave(f->flow, waits[i]);
	for (int i = 4; i < 10; i++)
		pv_flow_leave(f->flow, mine[i]);
	pv_flow_leave(f->flow, seated);
	assert_int_equal(f->n, 4);
}

static pv_flow_ticket *
list_all(fixture *f, const char *user, int seats)
{
	pv_flow_ticket *t = classify(f, user, "list", "pods", "", "x", true);

	t->width = 10;
	assert_int_equal(pv_flow_enter(&f->w->cx, f->flow, t), 0);
	assert_int_equal(t->seats, seats);
	return t;
}

/* What several of its seats are worth takes no more of them than as many requests of its flow would. */
static void
a_wide_request_takes_what_its_flow_may(void **state)
{
	fixture *f = *state;
	pv_flow_ticket *all[9], *last;
	int n = 0;
	pv_buf shown;

	level(f, "l", 9, 0, "\"borrowingLimitPercent\":0,\"limitResponse\":{\"type\":\"Reject\"}");
	level(f, "catch-all", 1, 0, "\"limitResponse\":{\"type\":\"Reject\"}");
	schema(f, "s", "l", 1, "*");
	open_flow(f); /* 9 seats: 15 percent of them are 2 */
	all[n++] = list_all(f, "a", 2);
	pv_buf_init(&shown, f->w->cx.arena);
	pv_flow_show(f->flow, PV_FLOW_REQUESTS, true, &shown);
	assert_non_null(
		strstr(shown.s, "l,                 s,              -1,         -1,                  a, "));
	assert_non_null(strstr(shown.s, " 2,            0,          0s, "));
	assert_non_null(
		strstr(shown.s, " a,        list, ,        x,         ,     ,           pods,     \n"));
	pv_buf_clear(&shown);
	pv_metrics_format(f->metrics, &shown);
	assert_non_null(strstr(
		shown.s,
		"apiserver_flowcontrol_current_executing_seats{flow_schema=\"s\",priority_level=\"l\"} 2\n"));
	assert_non_null(strstr(
		shown.s,
		"apiserver_flowcontrol_current_executing_requests{flow_schema=\"s\",priority_level=\"l\"} 1\n"));
	assert_non_null(
		strstr(shown.s, "apiserver_flowcontrol_nominal_limit_seats{priority_level=\"l\"} 9\n"));
	for (int i = 0; i < 3; i++) /* 2 and 4 of 9: three times what is left is not passed */
		assert_int_equal(enter(f, "a", &all[n++]), 0);
	pv_flow_leave(f->flow, list_all(f, "b", 2)); /* of the 4 that were left */
	for (int i = 0; i < 3; i++)
		assert_int_equal(enter(f, i ? "c" : "b", &all[n++]), 0);
	all[n++] = list_all(f, "d", 1); /* the last one */
	assert_int_equal(enter(f, "e", &last), -1);
	pv_flow_leave(f->flow, last);
	pv_buf_clear(&shown);
	pv_flow_show(f->flow, PV_FLOW_LEVELS, false, &shown);
	assert_non_null(strstr(
		shown.s,
		"l,                 0,            false,  false,       0,               8,                 9,                  1,                0,                0\n"));
	pv_buf_clear(&shown);
	pv_metrics_format(f->metrics, &shown);
	assert_non_null(strstr(
		shown.s,
		"apiserver_flowcontrol_rejected_requests_total{flow_schema=\"s\",priority_level=\"l\",reason=\"concurrency-limit\"} 1\n"));
	assert_non_null(strstr(
		shown.s,
		"apiserver_flowcontrol_dispatched_requests_total{flow_schema=\"s\",priority_level=\"l\"} 9\n"));
	while (n)
		pv_flow_leave(f->flow, all[--n]);
	pv_buf_clear(&shown);
	pv_metrics_format(f->metrics, &shown);
	assert_non_null(strstr(
		shown.s,
		"apiserver_flowcontrol_current_executing_seats{flow_schema=\"s\",priority_level=\"l\"} 0\n"));
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {T(a_schema_speaks_of_what_its_rules_say),
					   T(queues_are_served_in_turn),
					   T(seats_are_borrowed_and_given_back),
					   T(a_flow_leaves_seats_to_those_that_come),
					   T(a_flow_leaves_some_of_what_it_could_borrow),
					   T(who_waits_holds_up_no_other_flow),
					   T(what_is_lent_makes_no_more_seats_than_there_are),
					   T(a_wide_request_takes_what_its_flow_may)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
