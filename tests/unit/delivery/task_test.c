/* The order of a sync: phases, waves, kinds, pruning in mirrored waves, hooks and their
 * policies, and the pauses between attempts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "delivery/application/operation.h"
#include "delivery/application/task.h"
#include "lang/yaml/yaml.h"

static pv_ctx cx;

static const pv_val *
yaml(const char *text)
{
	pv_vec docs;
	if (pv_yaml_parse_all(&cx, pv_str_of(text), &(pv_yaml_opts){.file = "test"}, &docs) < 0)
		fail_msg("%s", pv_error_text(&cx));
	return PV_AT(pv_yaml_doc, &docs, 0)->val;
}

/* An Application with items: `what` is "kind name [prune] [annotations as flow YAML]". */
static app
application(const char *spec)
{
	static app_source from = {.revision = "0123456789abcdef"};
	app a = {.cx = &cx, .name = "a", .ns = "argocd", .key = "a", .from = &from};
	a.spec = yaml(spec);
	a.options = pv_at(a.spec, "syncPolicy.syncOptions");
	pv_vec_init(&a.items, cx.arena, sizeof(item));
	return a;
}

static void
add(app *a, const char *kind, const char *name, const char *ns, bool prune, const char *annotations)
{
	pv_val object = pv_with_at(cx.arena,
				   yaml(pv_printf(cx.arena, "{metadata: {annotations: {%s}}}", annotations)),
				   "kind", pv_string_ref(kind));
	item *it = pv_vec_add(&a->items);
	const char *named = *name ? "metadata.name" : "metadata.generateName";
	object = pv_with_at(cx.arena, &object, named, pv_string_ref(*name ? name : "hook-"));
	*it = (item){.group = "", .version = "v1", .kind = kind, .ns = ns, .name = name};
	if (prune)
		it->live = pv_box(cx.arena, object);
	else
		it->want = pv_box(cx.arena, object);
	it->hook = !prune && hook_is(it->want);
}

/* "phase/wave/name" of every task in order. */
static const char *
order(app *a, const char *state)
{
	const char *all = "";
	pv_vec tasks;
	tasks_build(a, yaml(state), &tasks);
	for (size_t i = 0; i < tasks.len; i++) {
		const task *t = PV_AT(task, &tasks, i);
		all = pv_printf(cx.arena, "%s%s%s/%d/%s%s", all, i ? " " : "", phase_name(t->phase),
				(int)t->wave, t->prune ? "-" : "", t->name);
	}
	return all;
}

static void
kinds_then_names(void **state PV_UNUSED)
{
	app a = application("{}");
	add(&a, "Widget", "z", "default", false, "");
	add(&a, "Deployment", "b", "default", false, "");
	add(&a, "Deployment", "a", "default", false, "");
	add(&a, "Service", "s", "default", false, "");
	add(&a, "Secret", "t", "default", false, "");
	add(&a, "Namespace", "n", "", false, "");
	assert_string_equal(order(&a, "{}"), "Sync/0/n Sync/0/t Sync/0/s Sync/0/a Sync/0/b Sync/0/z");
}

static void
phases_then_waves(void **state PV_UNUSED)
{
	app a = application("{}");
	add(&a, "ConfigMap", "late", "default", false, "argocd.argoproj.io/sync-wave: '5'");
	add(&a, "ConfigMap", "early", "default", false, "argocd.argoproj.io/sync-wave: '-3'");
	add(&a, "Job", "after", "default", false, "argocd.argoproj.io/hook: PostSync");
	add(&a, "Job", "before", "default", false,
	    "argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/sync-wave: '9'");
	add(&a, "Job", "sorry", "default", false, "argocd.argoproj.io/hook: SyncFail");
	add(&a, "Job", "helm", "default", false,
	    "helm.sh/hook: 'pre-install,pre-upgrade', helm.sh/hook-weight: '-1'");
	add(&a, "Job", "tests", "default", false, "helm.sh/hook: test");
	assert_string_equal(order(&a, "{}"), "PreSync/-1/helm PreSync/9/before Sync/-3/early Sync/5/late "
					     "PostSync/0/after SyncFail/0/sorry");
	/* Chosen resources and a plain apply leave hooks out. */
	assert_string_equal(order(&a, "{operation: {sync: {resources: [{kind: ConfigMap, name: late}]}}}"),
			    "Sync/5/late");
	assert_string_equal(order(&a, "{operation: {sync: {syncStrategy: {apply: {}}}}}"),
			    "Sync/-3/early Sync/5/late");
}

static void
pruning_swaps_waves(void **state PV_UNUSED)
{
	app a = application("{}");
	add(&a, "ConfigMap", "zero", "default", true, "");
	add(&a, "ConfigMap", "one", "default", true, "argocd.argoproj.io/sync-wave: '1'");
	add(&a, "ConfigMap", "four", "default", true, "argocd.argoproj.io/sync-wave: '4'");
	assert_string_equal(order(&a, "{}"), "Sync/0/-four Sync/1/-one Sync/4/-zero");
	a = application("{}");
	add(&a, "ConfigMap", "wanted", "default", false, "argocd.argoproj.io/sync-wave: '7'");
	add(&a, "ConfigMap", "old", "default", true, "argocd.argoproj.io/sync-options: PruneLast=true");
	assert_string_equal(order(&a, "{}"), "Sync/7/wanted Sync/8/-old");
	a = application("{syncPolicy: {syncOptions: [PruneLast=true]}}");
	add(&a, "ConfigMap", "wanted", "default", false, "");
	add(&a, "ConfigMap", "old", "default", true, "");
	assert_string_equal(order(&a, "{}"), "Sync/0/wanted Sync/1/-old");
}

static void
namespaces_come_before_what_needs_them(void **state PV_UNUSED)
{
	app a = application("{}");
	add(&a, "Job", "first", "team", false, "argocd.argoproj.io/hook: PreSync");
	add(&a, "Namespace", "team", "", false, "argocd.argoproj.io/sync-wave: '3'");
	add(&a, "Namespace", "other", "", false, "argocd.argoproj.io/sync-wave: '3'");
	assert_string_equal(order(&a, "{}"), "PreSync/0/team PreSync/0/first Sync/3/other");
}

static void
hooks_without_a_name_get_one_of_the_sync(void **state PV_UNUSED)
{
	app a = application("{}");
	add(&a, "Job", "", "default", false, "argocd.argoproj.io/hook: PreSync");
	assert_string_equal(order(&a, "{startedAt: '2026-01-02T03:04:05Z'}"),
			    "PreSync/0/hook-0123456-presync-1767323045");
}

static void
what_is_done_is_linked(void **state PV_UNUSED)
{
	app a = application("{}");
	pv_vec tasks;
	add(&a, "ConfigMap", "x", "default", false, "");
	add(&a, "ConfigMap", "z", "default", false, "");
	tasks_build(&a,
		    yaml("{syncResult: {resources: [{kind: ConfigMap, namespace: default, name: z, "
			 "syncPhase: Sync, status: Synced}]}}"),
		    &tasks);
	assert_null(PV_AT(task, &tasks, 0)->result);
	assert_string_equal(pv_text_at(PV_AT(task, &tasks, 1)->result, "status", ""), "Synced");
}

static void
policies(void **state PV_UNUSED)
{
	const pv_val *plain = yaml("{metadata: {annotations: {argocd.argoproj.io/hook: Sync}}}");
	const pv_val *two = yaml("{metadata: {annotations: {argocd.argoproj.io/hook-delete-policy: "
				 "'HookSucceeded, HookFailed'}}}");
	const pv_val *helm = yaml("{metadata: {annotations: {helm.sh/hook-delete-policy: "
				  "'before-hook-creation,hook-succeeded'}}}");
	assert_true(hook_policy(plain, "BeforeHookCreation"));
	assert_false(hook_policy(plain, "HookSucceeded"));
	assert_true(hook_policy(two, "HookFailed"));
	assert_false(hook_policy(two, "BeforeHookCreation"));
	assert_true(hook_policy(helm, "BeforeHookCreation"));
	assert_true(hook_policy(helm, "HookSucceeded"));
	assert_false(hook_policy(helm, "HookFailed"));
	assert_false(hook_is(yaml("{metadata: {annotations: {helm.sh/hook: crd-install}}}")));
}

static void
pauses_between_attempts(void **state PV_UNUSED)
{
	static const int64_t usual[] = {5, 10, 20, 40, 80, 160, 180, 180};
	const pv_val *own = yaml("{retry: {backoff: {duration: 1s, factor: 3, maxDuration: 10s}}}");
	const pv_val *flat = yaml("{retry: {backoff: {duration: 2s, factor: 1}}}");
	for (size_t i = 0; i < PV_LEN(usual); i++)
		assert_int_equal(op_backoff(yaml("{}"), (int64_t)i), usual[i] * PV_SEC);
	assert_int_equal(op_backoff(own, 0), PV_SEC);
	assert_int_equal(op_backoff(own, 2), 9 * PV_SEC);
	assert_int_equal(op_backoff(own, 3), 10 * PV_SEC);
	assert_int_equal(op_backoff(own, 1000000), 10 * PV_SEC);
	assert_int_equal(op_backoff(flat, 50), 2 * PV_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_then_names),
		cmocka_unit_test(phases_then_waves),
		cmocka_unit_test(pruning_swaps_waves),
		cmocka_unit_test(namespaces_come_before_what_needs_them),
		cmocka_unit_test(hooks_without_a_name_get_one_of_the_sync),
		cmocka_unit_test(what_is_done_is_linked),
		cmocka_unit_test(policies),
		cmocka_unit_test(pauses_between_attempts),
	};
	int r;
	pv_ctx_init(&cx, "test");
	r = cmocka_run_group_tests_name("task", tests, NULL, NULL);
	pv_ctx_done(&cx);
	return r;
}
