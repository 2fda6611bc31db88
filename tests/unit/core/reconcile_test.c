/* The runtime over real controllers: Deployments to Pods, entities to relations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"
#include "unit/core/controllers.h"

static const char deployment[] =
	"{\"apiVersion\":\"apps/"
	"v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\"},"
	"\"spec\":{\"replicas\":2,\"selector\":{\"matchLabels\":{\"app\":\"%s\"}},\"template\":{\"metadata\":"
	"{\"labels\":{\"app\":\"%s\"},"
	"\"annotations\":{%s}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"%s\"}]}}}}";

static void
deploy(running *r, const char *name, const char *annotations, const char *image)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), deployment, name, name, name, annotations, image);
	assert_true(n > 0 && (size_t)n < sizeof(text));
	world_create(r->w, text);
}

static void
a_deployment_comes_up_and_rolls_out(void **state)
{
	running *r = *state;
	pv_call call = world_call(r->w, "apps/v1", "Deployment", "default", "web");
	const pv_val *now, *d;
	bool created;
	deploy(r, "web", "", "nginx:1");
	running_wait(r, "apps/Deployment", "default", "web", "status.availableReplicas", "2");
	assert_string_equal(pv_text(pv_get(pv_at(running_find(r, "apps/Deployment", "default", "web"),
						 "metadata.annotations"),
					   "deployment.kubernetes.io/revision"),
				    ""),
			    "1");
	if (pv_api_patch(&r->w->cx, r->w->api, &call, PV_PATCH_STRATEGIC,
			 world_json(r->w, "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":"
					  "\"c\",\"image\":\"nginx:2\"}]}}}}"),
			 &now, &created) < 0)
		fail_msg("%s", pv_error_text(&r->w->cx));
	running_wait(r, "apps/Deployment", "default", "web", "status.observedGeneration", "2");
	running_wait(r, "apps/Deployment", "default", "web", "status.updatedReplicas", "2");
	running_wait(r, "apps/Deployment", "default", "web", "status.replicas", "2");
	d = running_find(r, "apps/Deployment", "default", "web");
	assert_string_equal(
		pv_text(pv_get(pv_at(d, "metadata.annotations"), "deployment.kubernetes.io/revision"), ""),
		"2");
}

static void
a_turn_without_room_goes_on_in_the_next(void **state)
{
	running *r = *state;
	size_t room = pv_turn_room;

	pv_turn_room = 1;
	deploy(r, "bit-by-bit", "", "nginx:1");
	running_wait(r, "apps/Deployment", "default", "bit-by-bit", "status.availableReplicas", "2");
	pv_turn_room = room;
}

static void
a_crashing_one_never_becomes_available(void **state)
{
	running *r = *state;
	deploy(r, "sick", "\"pave.dev/simulate\":\"crash\"", "nginx:1");
	running_wait(r, "apps/Deployment", "default", "sick", "status.replicas", "2");
	running_wait(r, "apps/Deployment", "default", "sick", "status.conditions.0.reason",
		     "\"MinimumReplicasUnavailable\"");
	assert_int_equal(pv_i64_at(running_find(r, "apps/Deployment", "default", "sick"),
				   "status.availableReplicas", 0),
			 0);
}

/* What is remembered of the object's turns, as JSON; "" of nothing. */
static const char *
why_of(running *r, const char *type, const char *ns, const char *name)
{
	pv_val v;
	if (pv_runtime_why(&r->w->cx, r->runtime, type, ns, name, &v) < 0) {
		pv_recover(&r->w->cx);
		return "";
	}
	return pv_json_text(r->w->cx.arena, &v);
}

static const char *
why(running *r, const char *name)
{
	return why_of(r, "apps/Deployment", "default", name);
}

/* A turn is remembered only when it has ended: a moment after what it wrote can be read. */
static void
wait_until_remembered(running *r, const char *type, const char *ns, const char *name, const char *text)
{
	struct timespec pause = {0, 5 * PV_MS};
	for (int64_t end = pv_mono() + 120 * PV_SEC; !strstr(why_of(r, type, ns, name), text);) {
		if (pv_mono() > end)
			fail_msg("why of %s %s/%s: wanted %s", type, ns, name, text);
		nanosleep(&pause, NULL); /* sleeps: between looks at what another thread does */
	}
}

static void
why_tells_the_reason_and_the_change(void **state)
{
	running *r = *state;
	pv_val none;
	deploy(r, "asked", "", "nginx:1");
	running_wait(r, "apps/Deployment", "default", "asked", "status.availableReplicas", "2");
	assert_non_null(strstr(why(r, "asked"), "new template: replica set asked-"));
	assert_non_null(strstr(why(r, "asked"), "\"action\":\"create\""));
	assert_int_equal(pv_runtime_why(&r->w->cx, r->runtime, "apps/Deployment", "default", "nobody", &none),
			 -PV_ENOTFOUND);
	pv_recover(&r->w->cx);
}

static void
restart(running *r)
{
	pv_api_set_runtime(r->w->api, NULL);
	r->runtime = pv_runtime_close(r->runtime);
	if (pv_runtime_open(&r->w->cx, r->w->api, r->facts, 2, &r->runtime) < 0)
		fail_msg("%s", pv_error_text(&r->w->cx));
	pv_api_set_runtime(r->w->api, r->runtime);
}

static void
why_remembers_over_a_restart(void **state)
{
	running *r = *state;
	const char *text;
	deploy(r, "kept", "", "nginx:1");
	deploy(r, "gone", "", "nginx:1");
	running_wait(r, "apps/Deployment", "default", "kept", "status.availableReplicas", "2");
	running_wait(r, "apps/Deployment", "default", "gone", "status.availableReplicas", "2");
	restart(r);
	text = strstr(why(r, "kept"), "new template: replica set kept-");
	assert_non_null(text);
	running_delete(r, "apps/v1", "Deployment", "gone", "Background");
	running_wait(r, "apps/Deployment", "default", "gone", NULL, NULL);
	restart(r);
	assert_non_null(strstr(why(r, "kept"), "new template: replica set kept-"));
	deploy(r, "gone", "", "nginx:2"); /* another one: the first one's plans are not its own */
	running_wait(r, "apps/Deployment", "default", "gone", "status.availableReplicas", "2");
	restart(r);
	text = strstr(why(r, "gone"), "new template: replica set gone-");
	assert_non_null(text);
	assert_null(strstr(text + 1, "new template: replica set gone-"));
}

/* A controller that says what text its objects have leaves the others alone. */
static void
only_what_a_controller_wants_is_turned_to(void **state)
{
	static const char map[] =
		"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"%s\","
		"\"namespace\":\"pave-system\",\"labels\":{%s}},"
		"\"data\":{\"a.rego\":\"package kubernetes.admission\\ndeny[0] { false }\"}}";
	running *r = *state;
	world_create(
		r->w,
		"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"pave-system\"}}");
	world_create(r->w, pv_printf(r->w->cx.arena, map, "plain", ""));
	world_create(r->w,
		     pv_printf(r->w->cx.arena, map, "policy", "\"openpolicyagent.org/policy\":\"rego\""));
	running_wait(r, "/ConfigMap", "pave-system", "policy", "metadata.annotations",
		     "{\"openpolicyagent.org/kube-mgmt-status\":\"{\\\"status\\\":\\\"ok\\\"}\"}");
	wait_until_remembered(r, "/ConfigMap", "pave-system", "policy", "\"controller\":\"rego-policy\"");
	assert_null(
		strstr(why_of(r, "/ConfigMap", "pave-system", "plain"), "\"controller\":\"rego-policy\""));
}

/* An index: the group is run again when somebody starts, or ceases, to name it. */
static void
relations_follow_who_names_whom(void **state)
{
	running *r = *state;
	world_create(
		r->w,
		"{\"apiVersion\":\"backstage.io/"
		"v1alpha1\",\"kind\":\"Group\",\"metadata\":{\"name\":\"Team-A\",\"namespace\":\"default\"},"
		"\"spec\":{\"type\":\"team\",\"children\":[]}}");
	running_wait(r, "backstage.io/Group", "default", "Team-A", "status.relations", "[]");
	world_create(
		r->w,
		"{\"apiVersion\":\"backstage.io/"
		"v1alpha1\",\"kind\":\"Component\",\"metadata\":{\"name\":\"api\",\"namespace\":\"default\"},"
		"\"spec\":{\"type\":\"service\",\"lifecycle\":\"production\",\"owner\":\"team-a\"}}");
	running_wait(r, "backstage.io/Group", "default", "Team-A", "status.relations",
		     "[{\"type\":\"ownerOf\",\"targetRef\":\"component:default/api\"}]");
	running_delete(r, "backstage.io/v1alpha1", "Component", "api", "Background");
	running_wait(r, "backstage.io/Group", "default", "Team-A", "status.relations", "[]");
}

static void
an_entity_that_is_wrong_is_refused_with_every_fault(void **state)
{
	running *r = *state;
	pv_call call = world_call(r->w, "backstage.io/v1alpha1", "Component", "default", "");
	const pv_val *made;
	assert_true(
		pv_api_create(&r->w->cx, r->w->api, &call,
			      world_json(r->w,
					 "{\"apiVersion\":\"backstage.io/"
					 "v1alpha1\",\"kind\":\"Component\",\"metadata\":{\"name\":\"x\"},"
					 "\"spec\":{\"type\":\"service\",\"owner\":7}}"),
			      &made) < 0);
	assert_non_null(strstr(r->w->cx.err->message, "required property 'lifecycle'"));
	assert_non_null(strstr(r->w->cx.err->message, "/spec/owner must be string"));
	pv_recover(&r->w->cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deployment_comes_up_and_rolls_out),
		cmocka_unit_test(a_turn_without_room_goes_on_in_the_next),
		cmocka_unit_test(a_crashing_one_never_becomes_available),
		cmocka_unit_test(why_tells_the_reason_and_the_change),
		cmocka_unit_test(why_remembers_over_a_restart),
		cmocka_unit_test(only_what_a_controller_wants_is_turned_to),
		cmocka_unit_test(relations_follow_who_names_whom),
		cmocka_unit_test(an_entity_that_is_wrong_is_refused_with_every_fault),
	};
	return cmocka_run_group_tests(tests, running_open, running_close);
}
