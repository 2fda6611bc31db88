/* `pave why`: what others did to an object, what is gone, what stands in the way, and who may know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "base/heap.h"
#include "base/str.h"
#include "base/time.h"
#include "core/reconcile/fold.h"
#include "core/reconcile/gone.h"
#include "lang/json/json.h"
#include "unit/core/controllers.h"

static const char deployment[] =
	"{\"apiVersion\":\"apps/"
	"v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\"},"
	"\"spec\":{\"replicas\":1,\"progressDeadlineSeconds\":1,\"selector\":{\"matchLabels\":{\"app\":\"%"
	"s\"}},\"template\":{\"metadata\":"
	"{\"labels\":{\"app\":\"%s\"},\"annotations\":{%s}},\"spec\":{\"containers\":[{\"name\":\"c\","
	"\"image\":\"nginx:1\"}]}}}}";

static void
deploy(running *r, const char *name, const char *annotations)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), deployment, name, name, name, annotations);
	assert_true(n > 0 && (size_t)n < sizeof(text));
	world_create(r->w, text);
}

static pv_val
why(running *r, const char *type, const char *name)
{
	pv_val v;
	if (pv_runtime_why(&r->w->cx, r->runtime, type, "default", name, &v) < 0)
		fail_msg("%s", pv_error_text(&r->w->cx));
	return v;
}

/* A write is told of after it is published: whoever saw it by the store may be a moment early. */
static void
first_line_has(running *r, const char *type, const char *name, const char *part)
{
	struct timespec pause = {0, 5 * PV_MS};
	int64_t end = pv_mono() + 120 * PV_SEC;
	for (;;) {
		pv_val v;
		const char *line = "";
		if (pv_runtime_why(&r->w->cx, r->runtime, type, "default", name, &v) < 0)
			pv_recover(&r->w->cx);
		else
			line = pv_strdup(r->w->cx.arena, pv_text_at(&v, "summary", ""));
		if (strstr(line, part))
			return;
		if (pv_mono() > end)
			fail_msg("\"%s\" is not in: %s", part, line);
		nanosleep(&pause, NULL); /* sleeps: between looks at what another thread does */
	}
}

static size_t
count_deeds(const pv_val *why_val)
{
	const pv_val *plans = pv_get(why_val, "plans");
	size_t n = 0;
	for (size_t i = 0; i < pv_count(plans); i++)
		n += pv_get(pv_item(plans, i), "deed") != NULL;
	return n;
}

static void
patch_kind(running *r, const char *version, const char *kind, const char *name, const char *json,
	   const pv_val *by, const char *reason)
{
	pv_call call = world_call(r->w, version, kind, "default", name);
	const pv_val *now;
	bool created;
	call.manager = by ? "argocd-controller" : "kubectl-edit";
	call.by = by;
	call.reason = reason;
	if (pv_api_patch(&r->w->cx, r->w->api, &call, PV_PATCH_MERGE, world_json(r->w, json), &now,
			 &created) < 0)
		fail_msg("%s", pv_error_text(&r->w->cx));
}

static void
patch(running *r, const char *name, const char *json, const pv_val *by, const char *reason)
{
	patch_kind(r, "v1", "ConfigMap", name, json, by, reason);
}

static void
be_admin(running *r, const char *user)
{
	static const char *const groups[] = {"system:masters", NULL};
	world_be(r->w, user, groups);
}

static const char application[] =
	"{\"apiVersion\":\"argoproj.io/"
	"v1alpha1\",\"kind\":\"Application\",\"namespace\":\"argocd\",\"name\":\"loc\"}";

static void
make_map(running *r, const char *name)
{
	char text[256];
	snprintf(text, sizeof(text),
		 "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"%s\",\"namespace\":"
		 "\"default\"},"
		 "\"data\":{\"image\":\"good\"}}",
		 name);
	world_create(r->w, text);
}

static void
a_hand_edit_and_who_undid_it(void **state)
{
	running *r = *state;
	const pv_val *app = world_json(r->w, application);
	pv_val v;
	be_admin(r, "eve");
	make_map(r, "edited");
	patch(r, "edited", "{\"data\":{\"image\":\"hack\"}}", NULL, NULL);
	first_line_has(r, "/ConfigMap", "edited", "changed by eve (kubectl-edit)");
	first_line_has(r, "/ConfigMap", "edited", "data.image \"good\" -> \"hack\"");
	patch(r, "edited", "{\"data\":{\"image\":\"good\"}}", app, "selfHeal holds it to commit 1234567");
	first_line_has(r, "/ConfigMap", "edited", "put back by Application argocd/loc");
	first_line_has(r, "/ConfigMap", "edited", "data.image \"hack\" -> \"good\"");
	first_line_has(r, "/ConfigMap", "edited",
		       "against a hand edit by eve (kubectl-edit), because selfHeal holds it to");
	/* A write that changes nothing is no deed. */
	patch(r, "edited", "{\"data\":{\"image\":\"good\"}}", NULL, NULL);
	v = why(r, "/ConfigMap", "edited");
	assert_int_equal(count_deeds(&v), 2);
}

/* What the edits made of the image, as told: one entry or, had the machine slept between them, several;
 * a controller's plan may stand anywhere beside them. */
static const char *
edits_told(running *r, const pv_val *why_val)
{
	const pv_val *plans = pv_get(why_val, "plans");
	const char *text = "";
	for (size_t i = 0; i < pv_count(plans); i++) {
		const pv_val *plan = pv_item(plans, i), *changes = pv_get(plan, "changes");
		for (size_t k = 0; pv_get(plan, "deed") && k < pv_count(changes); k++)
			text = pv_printf(r->w->cx.arena, "%s%s ", text,
					 pv_text_at(pv_item(changes, k), "diff.0.to", ""));
	}
	return text;
}

static void
of_edits_in_a_row_the_newest_leads(void **state)
{
	running *r = *state;
	const pv_val *app = world_json(r->w, application);
	pv_val v;
	be_admin(r, "eve");
	make_map(r, "row");
	patch(r, "row", "{\"data\":{\"image\":\"a\"}}", NULL, NULL);
	patch(r, "row", "{\"data\":{\"image\":\"b\"}}", NULL, NULL);
	patch(r, "row", "{\"data\":{\"image\":\"c\"}}", NULL, NULL);
	first_line_has(r, "/ConfigMap", "row", "changed by eve (kubectl-edit)");
	first_line_has(r, "/ConfigMap", "row", "data.image \"b\" -> \"c\"");
	v = why(r, "/ConfigMap", "row");
	assert_string_equal(edits_told(r, &v), "c b a ");
	/* Any of them may be what is put back. */
	patch(r, "row", "{\"data\":{\"image\":\"good\"}}", app, "selfHeal");
	first_line_has(r, "/ConfigMap", "row", "against a hand edit by eve");
}

static void
an_edit_that_is_a_command_is_called_by_its_name(void **state)
{
	running *r = *state;
	be_admin(r, "eve");
	deploy(r, "again", "\"team\":\"x\"");
	running_wait(r, "apps/Deployment", "default", "again", "status.availableReplicas", "1");
	first_line_has(r, "apps/Deployment", "again", "; made ");
	first_line_has(r, "apps/Deployment", "again", " ago by ");
	patch_kind(r, "apps/v1", "Deployment", "again",
		   "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{"
		   "\"kubectl.kubernetes.io/restartedAt\":\"2026-01-01T00:00:00Z\"}}}}}",
		   NULL, NULL);
	first_line_has(r, "apps/Deployment", "again", "; restarted by eve (kubectl-edit) ");
}

static void
who_may_not_read_the_application_is_told_no_more_than_its_kind(void **state)
{
	running *r = *state;
	const pv_val *app = world_json(r->w, application);
	const char *text;
	pv_val v;
	be_admin(r, "eve");
	make_map(r, "guarded");
	patch(r, "guarded", "{\"data\":{\"image\":\"new\"}}", app, "commit 1234567 \"A secret subject\"");
	v = why(r, "/ConfigMap", "guarded");
	assert_non_null(strstr(pv_json_text(r->w->cx.arena, &v), "A secret subject"));
	world_be(r->w, "mallory", NULL);
	v = why(r, "/ConfigMap", "guarded");
	text = pv_json_text(r->w->cx.arena, &v);
	assert_non_null(strstr(text, "changed by an object you may not read (Application)"));
	assert_null(strstr(text, "A secret subject"));
	assert_null(strstr(text, "loc"));
	be_admin(r, "eve");
}

static void
what_is_gone_is_explained(void **state)
{
	running *r = *state;
	const pv_val *app = world_json(r->w, application);
	pv_call call = world_call(r->w, "v1", "ConfigMap", "default", "pruned");
	const pv_val *left;
	pv_val v;
	be_admin(r, "eve");
	make_map(r, "by-hand");
	running_delete(r, "v1", "ConfigMap", "by-hand", NULL);
	first_line_has(r, "/ConfigMap", "by-hand", "gone: deleted by eve (");
	make_map(r, "pruned");
	call.by = app;
	call.manager = "argocd-controller";
	call.reason = "it is not in Git any more, commit 1234567";
	call.grace_seconds = -1;
	assert_int_equal(pv_api_delete(&r->w->cx, r->w->api, &call, &left), 0);
	first_line_has(r, "/ConfigMap", "pruned", "gone: deleted by Application argocd/loc");
	first_line_has(r, "/ConfigMap", "pruned", "because it is not in Git any more, commit 1234567");
	/* Back again: it is not gone, and what happened is still known. */
	make_map(r, "by-hand");
	v = why(r, "/ConfigMap", "by-hand");
	assert_non_null(pv_get(&v, "object"));
	assert_ptr_equal(strstr(pv_text_at(&v, "summary", ""), "made "), pv_text_at(&v, "summary", ""));
	assert_true(count_deeds(&v) > 0);
	patch(r, "by-hand", "{\"data\":{\"image\":\"new\"}}", NULL, NULL);
	first_line_has(r, "/ConfigMap", "by-hand", "changed by eve (kubectl-edit)");
	assert_int_equal(pv_runtime_why(&r->w->cx, r->runtime, "/ConfigMap", "default", "never", &v),
			 -PV_ENOTFOUND);
	pv_recover(&r->w->cx);
}

static void
garbage_collection_names_the_owner(void **state)
{
	running *r = *state;
	char text[512];
	const char *uid;
	be_admin(r, "eve");
	make_map(r, "owner");
	uid = pv_text_at(running_find(r, "/ConfigMap", "default", "owner"), "metadata.uid", "");
	snprintf(text, sizeof(text),
		 "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"owned\","
		 "\"namespace\":\"default\","
		 "\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"owner\","
		 "\"uid\":\"%s\"}]}}",
		 uid);
	world_create(r->w, text);
	running_delete(r, "v1", "ConfigMap", "owner", "Background");
	running_wait(r, "/ConfigMap", "default", "owned", NULL, NULL);
	first_line_has(r, "/ConfigMap", "owned", "gone: deleted by the garbage-collector");
	first_line_has(r, "/ConfigMap", "owned", "because its owner ConfigMap/owner is gone");
}

static void
what_is_gone_outlives_the_process(void **state)
{
	running *r = *state;
	be_admin(r, "eve");
	make_map(r, "outlives");
	running_delete(r, "v1", "ConfigMap", "outlives", NULL);
	pv_api_set_runtime(r->w->api, NULL);
	r->runtime = pv_runtime_close(r->runtime);
	if (pv_runtime_open(&r->w->cx, r->w->api, r->facts, 2, &r->runtime) < 0)
		fail_msg("%s", pv_error_text(&r->w->cx));
	pv_api_set_runtime(r->w->api, r->runtime);
	first_line_has(r, "/ConfigMap", "outlives", "gone: deleted by eve (");
}

static void
wait_cause(running *r, const char *name, const char *kind, const char *part)
{
	struct timespec pause = {0, 5 * PV_MS};
	int64_t end = pv_mono() + 120 * PV_SEC;
	for (;;) {
		pv_val v = why(r, "apps/Deployment", name);
		const pv_val *object = pv_at(&v, "causes.0.object");
		if (pv_streq(pv_text_at(object, "kind", ""), kind) &&
		    strstr(pv_text_at(object, "name", ""), part))
			return;
		if (pv_mono() > end)
			fail_msg("no cause of kind %s: %s", kind, pv_json_text(r->w->cx.arena, &v));
		nanosleep(&pause, NULL); /* sleeps: between looks at what another thread does */
	}
}

static void
a_stuck_deployment_leads_to_its_pods(void **state)
{
	running *r = *state;
	pv_val v;
	be_admin(r, "eve");
	deploy(r, "sick", "\"pave.dev/simulate\":\"crash\"");
	running_wait(r, "apps/Deployment", "default", "sick", "status.conditions.1.reason",
		     "\"ProgressDeadlineExceeded\"");
	wait_cause(r, "sick", "Pod", "sick-");
	world_be(r->w, "mallory", NULL); /* may read neither Pods nor Events */
	v = why(r, "apps/Deployment", "sick");
	assert_null(pv_get(&v, "causes"));
	be_admin(r, "eve");
	deploy(r, "fine", "");
	running_wait(r, "apps/Deployment", "default", "fine", "status.availableReplicas", "1");
	v = why(r, "apps/Deployment", "fine");
	assert_null(pv_get(&v, "causes"));
}

/* ---- what is bounded, and folded: pure ---- */

static void
the_oldest_that_went_is_forgotten(void **state PV_UNUSED)
{
	pv_gone *gone = gone_new();
	pv_arena *arena = pv_arena_new("gone");
	char *oldest, name[16];
	pv_val list;
	for (int i = 0; i < GONE_MOST; i++) {
		snprintf(name, sizeof(name), "@x %d", i);
		assert_null(gone_add(gone, name));
	}
	assert_true(gone_remove(gone, "@x 0"));
	assert_false(gone_remove(gone, "@x 0"));
	assert_null(gone_add(gone, "@x a")); /* takes the place of the one that came back */
	oldest = gone_add(gone, "@x b");
	assert_string_equal(oldest, "@x 1");
	pv_heap_free(oldest);
	list = gone_list(arena, gone);
	assert_int_equal(pv_count(&list), GONE_MOST);
	assert_string_equal(pv_text(pv_item(&list, 0), ""), "@x 2");
	assert_string_equal(pv_text(pv_item(&list, GONE_MOST - 1), ""), "@x b");
	gone_free(gone);
	pv_arena_free(arena);
}

static const pv_val *
json(pv_ctx *cx, const char *text)
{
	const pv_val *v;
	assert_int_equal(pv_json_parse(cx, pv_str_of(text), NULL, &v), 0);
	return v;
}

static void
turns_that_fail_alike_are_one_entry(void **state PV_UNUSED)
{
	const pv_val *first, *second, *other;
	pv_val both;
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	first = json(
		&cx,
		"{\"at\":\"2026-01-01T00:00:00Z\",\"error\":\"no\",\"changes\":[{\"action\":\"status\"}]}");
	second = json(&cx, "{\"at\":\"2026-01-01T00:01:00Z\",\"error\":\"no\",\"changes\":[]}");
	other = json(&cx, "{\"at\":\"2026-01-01T00:02:00Z\",\"error\":\"else\",\"changes\":[]}");
	assert_true(fold_alike(first, false, second, false));
	assert_false(fold_alike(second, false, first, false)); /* it changed something */
	assert_false(fold_alike(second, false, other, false));
	assert_true(fold_alike(second, true, other, true));
	both = fold_plans(cx.arena, first, second);
	both = fold_plans(cx.arena, &both, second);
	assert_int_equal(pv_i64_at(&both, "times", 0), 3);
	assert_string_equal(pv_text_at(&both, "since", ""), "2026-01-01T00:00:00Z");
	assert_int_equal(pv_count(pv_get(&both, "changes")), 1);
	pv_ctx_done(&cx);
}

static void
the_objects_of_one_sync_are_one_entry(void **state PV_UNUSED)
{
	const pv_val *deed, *later;
	pv_val all;
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	deed = json(&cx, "{\"deed\":true,\"at\":\"2026-01-01T00:00:00Z\",\"reason\":\"commit "
			 "1\",\"changes\":[{\"action\":\"create\"}]}");
	later = json(&cx, "{\"deed\":true,\"at\":\"2026-01-01T01:00:00Z\",\"reason\":\"commit "
			  "1\",\"changes\":[{\"action\":\"create\"}]}");
	assert_true(fold_one_cause(deed, deed));
	assert_false(fold_one_cause(deed, later));
	all = *deed;
	for (int i = 0; i < 20; i++)
		all = fold_deeds(cx.arena, &all, deed);
	assert_int_equal(pv_count(pv_get(&all, "changes")), 16);
	assert_int_equal(pv_i64_at(&all, "moreChanges", 0), 5);
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hand_edit_and_who_undid_it),
		cmocka_unit_test(of_edits_in_a_row_the_newest_leads),
		cmocka_unit_test(an_edit_that_is_a_command_is_called_by_its_name),
		cmocka_unit_test(who_may_not_read_the_application_is_told_no_more_than_its_kind),
		cmocka_unit_test(what_is_gone_is_explained),
		cmocka_unit_test(garbage_collection_names_the_owner),
		cmocka_unit_test(what_is_gone_outlives_the_process),
		cmocka_unit_test(a_stuck_deployment_leads_to_its_pods),
		cmocka_unit_test(the_oldest_that_went_is_forgotten),
		cmocka_unit_test(turns_that_fail_alike_are_one_entry),
		cmocka_unit_test(the_objects_of_one_sync_are_one_entry),
	};
	return cmocka_run_group_tests(tests, running_open, running_close);
}
