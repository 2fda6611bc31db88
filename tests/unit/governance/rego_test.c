/* Policies at admission and in reports, as a whole API in memory has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "governance/rego/rego.h"
#include "governance/report/report.h"
#include "lang/json/json.h"
#include "unit/core/world.h"

#define PACKAGE "package kubernetes.admission\n"
#define MANY 10000

/* ---- words of these tests ---- */

static int
open_with_namespaces(void **state)
{
	int r = world_open(state);
	world_create(
		*state,
		"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"pave-system\"}}");
	world_create(*state,
		     "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"opa\"}}");
	return r;
}

static pv_val
text_map(world *w, const char *key, const char *value)
{
	pv_objb b;
	pv_objb_init(&b, w->cx.arena);
	if (key)
		pv_objb_puts(&b, key, value);
	return pv_objb_end(&b);
}

/* A policy's ConfigMap with one module, made or replaced. */
static int
policy_try(world *w, const char *ns, const char *name, const char *mode, const char *module, pv_vec *warnings)
{
	pv_call call = world_call(w, "v1", "ConfigMap", ns, name);
	pv_objb meta, b;
	pv_val v;
	const pv_val *made;
	bool created;
	pv_objb_init(&meta, w->cx.arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_puts(&meta, "namespace", ns);
	pv_objb_put(&meta, "labels", text_map(w, "openpolicyagent.org/policy", "rego"));
	pv_objb_put(&meta, "annotations", text_map(w, mode ? "pave.dev/enforcement" : NULL, mode));
	pv_objb_init(&b, w->cx.arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "ConfigMap");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "data", text_map(w, "rules.rego", module));
	v = pv_objb_end(&b);
	call.force = true;
	call.warnings = warnings;
	return pv_api_patch(&w->cx, w->api, &call, PV_PATCH_APPLY, &v, &made, &created);
}

static void
policy_put(world *w, const char *ns, const char *name, const char *mode, const char *module)
{
	if (policy_try(w, ns, name, mode, module, NULL) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
}

/* What refuses the policy. */
static const char *
policy_refusal(world *w, const char *name, const char *mode, const char *module)
{
	const char *text;
	assert_int_equal(policy_try(w, "pave-system", name, mode, module, NULL), -PV_EINVALID);
	text = pv_strdup(w->cx.arena, pv_error_text(&w->cx));
	pv_recover(&w->cx);
	return text;
}

/* What is said of a policy that is let in. */
static const char *
policy_warning(world *w, const char *name, const char *module)
{
	pv_vec list;
	pv_vec_init(&list, w->cx.arena, sizeof(const char *));
	if (policy_try(w, "pave-system", name, NULL, module, &list) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
	assert_in_range(list.len, 0, 1);
	return list.len ? *PV_AT(const char *, &list, 0) : NULL;
}

static void
policy_del(world *w, const char *ns, const char *name)
{
	pv_call call = world_call(w, "v1", "ConfigMap", ns, name);
	const pv_val *gone;
	assert_int_equal(pv_api_delete(&w->cx, w->api, &call, &gone), 0);
}

static int
try_make(world *w, pv_call *call, const char *data)
{
	const pv_val *made;
	pv_objb b;
	pv_val v;
	pv_objb_init(&b, w->cx.arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "ConfigMap");
	pv_objb_put(&b, "metadata", text_map(w, "name", call->name));
	pv_objb_put(&b, "data", text_map(w, "word", data));
	v = pv_objb_end(&b);
	return pv_api_create(&w->cx, w->api, call, &v, &made);
}

/* Makes a ConfigMap `name` with .data.word; what refused it, or NULL. */
static const char *
refusal(world *w, const char *name, const char *word)
{
	pv_call call = world_call(w, "v1", "ConfigMap", "default", name);
	const char *text;
	if (try_make(w, &call, word) == 0)
		return NULL;
	text = pv_strdup(w->cx.arena, pv_error_text(&w->cx));
	pv_recover(&w->cx);
	return text;
}

static const char *
warnings(world *w, const char *name, const char *word, const char **ret_refusal)
{
	pv_call call = world_call(w, "v1", "ConfigMap", "default", name);
	pv_vec list;
	pv_buf all;
	pv_vec_init(&list, w->cx.arena, sizeof(const char *));
	pv_buf_init(&all, w->cx.arena);
	call.warnings = &list;
	*ret_refusal = NULL;
	if (try_make(w, &call, word) < 0) {
		*ret_refusal = pv_strdup(w->cx.arena, pv_error_text(&w->cx));
		pv_recover(&w->cx);
	}
	for (size_t i = 0; i < list.len; i++)
		pv_buf_printf(&all, "%s\n", *PV_AT(const char *, &list, i));
	return all.len ? all.s : "";
}

static void
says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("expected to find \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

static const char bad_word[] =
	PACKAGE "deny[msg] { input.request.object.data.word == \"bad\"; msg := \"bad word\" }\n";

/* ---- at admission ---- */

static void
a_mode_says_what_becomes_of_a_violation(void **state)
{
	world *w = *state;
	const char *refused;
	policy_put(w, "pave-system", "p", NULL, bad_word);
	says(refusal(w, "a", "bad"), "bad word");
	assert_null(refusal(w, "b", "good"));
	policy_put(w, "pave-system", "p", "warn", bad_word);
	says(warnings(w, "c", "bad", &refused), "[pave-system/p] bad word");
	assert_null(refused);
	policy_put(w, "pave-system", "p", "audit", bad_word);
	assert_string_equal(warnings(w, "d", "bad", &refused), "");
	assert_null(refused);
	policy_put(w, "pave-system", "p", "deny", bad_word);
	says(refusal(w, "e", "bad"), "bad word");
}

static void
every_policy_is_asked(void **state)
{
	world *w = *state;
	const char *text;
	policy_put(w, "pave-system", "p", NULL, bad_word);
	policy_put(
		w, "opa", "q", NULL,
		"package kubernetes.admission.names\ndeny[msg] { input.request.name == \"a\"; msg := \"bad name\" }\n");
	policy_put(w, "default", "r", NULL, PACKAGE "deny[\"not a policy's namespace\"] { true }\n");
	text = refusal(w, "a", "bad");
	says(text, "bad word");
	says(text, "bad name");
	assert_null(strstr(text, "not a policy"));
}

static void
libraries_serve_all_policies(void **state)
{
	world *w = *state;
	policy_put(w, "opa", "lib", NULL, "package lib.words\nis_bad(x) { x == \"bad\" }\n");
	policy_put(
		w, "pave-system", "p", NULL,
		PACKAGE
		"import data.lib.words\ndeny[msg] { words.is_bad(input.request.object.data.word); msg := \"by the library\" }\n");
	says(refusal(w, "a", "bad"), "by the library");
	policy_put(w, "opa", "lib", NULL, "package lib.words\nis_bad(x) { x == \"worse\" }\n");
	assert_null(refusal(w, "a", "bad"));
	says(refusal(w, "b", "worse"), "by the library");
}

static void
results_may_be_objects_and_rules_v1(void **state)
{
	world *w = *state;
	pv_call call = world_call(w, "v1", "ConfigMap", "default", "a");
	const pv_error *e;
	policy_put(
		w, "pave-system", "p", NULL,
		PACKAGE
		"import rego.v1\ndeny contains {\"msg\": \"no\", \"field\": \"data.word\"} if input.request.object.data.word == \"bad\"\n");
	assert_int_equal(try_make(w, &call, "bad"), -PV_EFORBIDDEN);
	says(pv_error_text(&w->cx), "no");
	e = pv_take_error(&w->cx);
	assert_non_null(e);
	assert_null(strstr(e->message, "\"field\"")); /* the object itself is not shown */
}

static void
a_policy_that_does_not_load_is_refused(void **state)
{
	world *w = *state;
	const char *text;
	policy_put(w, "pave-system", "p", NULL, bad_word);
	text = policy_refusal(w, "p", NULL, PACKAGE "deny[msg] { msg := }\n");
	says(text, "rules.rego:2:");
	says(text, "rego_parse_error");
	says(policy_refusal(w, "p", "sometimes", bad_word),
	     "expected deny, warn or audit, found \"sometimes\"");
	says(policy_refusal(w, "q", NULL, PACKAGE "deny[msg] { msg := data.lib.f(1) }\n"), "data.lib.f");
	says(refusal(w, "a", "bad"), "bad word");
	policy_del(w, "pave-system", "p");
	assert_null(refusal(w, "a", "bad"));
}

static void
a_policy_that_decides_nothing_is_told_so(void **state)
{
	world *w = *state;
	const char *text = policy_warning(w, "p", "package kubernetes.admision\ndeny[\"no\"] { true }\n");
	says(text, "expected package kubernetes.admission");
	says(text, "found kubernetes.admision");
	text = policy_warning(w, "p", PACKAGE "deni[\"no\"] { true }\n");
	says(text, "expected a rule deny or warn");
	says(text, "found deni");
	assert_null(policy_warning(w, "p", PACKAGE "warn[\"no\"] { false }\n"));
}

static void
a_library_in_use_decides_nothing_and_is_fine(void **state)
{
	world *w = *state;
	says(policy_warning(w, "lib", "package lib.words\nbad := \"bad\"\n"), "which no other policy uses");
	assert_null(policy_warning(w, "masks", "package system.log\nmask[\"/input/word\"] { true }\n"));
	policy_put(w, "pave-system", "p", NULL,
		   PACKAGE "deny[\"no\"] { input.request.object.data.word == data.lib.words.bad }\n");
	assert_null(policy_warning(w, "lib", "package lib.words\nbad := \"worse\"\n"));
}

static void
a_package_is_read_as_rego_reads_it(void **state)
{
	world *w = *state;
	policy_put(
		w, "pave-system", "p", NULL,
		"# package decoy\n\tpackage\tkubernetes[\"admission\"] # here\ndeny[\"by tab\"] { input.request.object.data.word == \"bad\" }\n");
	says(refusal(w, "a", "bad"), "[pave-system/p] by tab");
}

static void
one_that_cannot_be_evaluated_hides_no_other(void **state)
{
	world *w = *state;
	const char *text;
	policy_put(
		w, "pave-system", "a", NULL,
		PACKAGE
		"f = 1 { true }\nf = 2 { input.request.object.data.word == \"bad\" }\ndeny[msg] { f == 1; msg := \"one\" }\n");
	policy_put(w, "pave-system", "b", NULL, bad_word);
	text = refusal(w, "x", "bad");
	says(text, "bad word");
	says(text, "[pave-system/a] rules.rego:3:1: could not be evaluated: eval_conflict_error: ");
	assert_null(strstr(strstr(text, "pave-system/a") + 1, "pave-system/a"));
}

#define BY_LIBRARY \
	PACKAGE "deny[msg] { data.lib.words.is_bad(input.request.object.data.word); msg := \"by the library\" }\n"

static void
a_policy_that_loses_its_library_opens_no_door(void **state)
{
	world *w = *state;
	policy_put(w, "opa", "lib", NULL, "package lib.words\nis_bad(x) { x == \"bad\" }\n");
	policy_put(w, "pave-system", "p", NULL, BY_LIBRARY);
	says(refusal(w, "a", "bad"), "by the library");
	policy_del(w, "opa", "lib");
	assert_null(refusal(w, "a", "good")); /* the last good version */
	says(refusal(w, "b", "bad"), "by the library");
	world_restart(w);
	says(refusal(w, "c", "good"), "[pave-system/p] does not load: rules.rego:2:13: rego_type_error: ");
	policy_put(w, "pave-system", "p", "deny", bad_word);
	assert_null(refusal(w, "c", "good"));
}

static void
what_cannot_be_evaluated_refuses(void **state)
{
	world *w = *state;
	const char *refused, *text;
	const char *conflict = PACKAGE
		"f = 1 { true }\nf = 2 { input.request.object.data.word == \"bad\" }\ndeny[msg] { f == 1; msg := \"one\" }\n";
	const char *endless = PACKAGE
		"deny[msg] { numbers.range(1, 2000)[i]; numbers.range(1, 2000)[k]; i * k == -1; msg := \"never\" }\n";
	const char *swelling = PACKAGE
		"deny[msg] { x := [s | numbers.range(1, 100000)[_]; s := sprintf(\"%01000000d\", [1])]; msg := x[0] }\n";
	policy_put(w, "pave-system", "p", NULL, conflict);
	text = refusal(w, "a", "bad");
	says(text, "pave-system/p");
	says(text, "rules.rego");
	policy_put(w, "pave-system", "p", "warn", conflict);
	says(warnings(w, "a", "bad", &refused), "pave-system/p");
	assert_null(refused);
	policy_put(w, "pave-system", "p", NULL, endless);
	says(refusal(w, "b", "x"), "step limit");
	policy_put(w, "pave-system", "p", NULL, swelling);
	says(refusal(w, "b", "x"), "memory limit reached: more than 256 MiB");
	/* The next write is judged as if nothing had been. */
	policy_put(w, "pave-system", "p", NULL, PACKAGE "deny[msg] { msg := sprintf(\"%050000d\", [1]) }\n");
	says(refusal(w, "b", "x"), "0000000... (cut)");
}

static void
the_input_is_an_admission_review(void **state)
{
	world *w = *state;
	pv_call call = world_call(w, "v1", "ConfigMap", "default", "a");
	const pv_val *gone;
	assert_null(refusal(w, "a", "kept"));
	policy_put(
		w, "pave-system", "p", NULL,
		PACKAGE
		"deny[msg] { input.request.operation == \"DELETE\"; input.request.oldObject.data.word == \"kept\"; msg := \"kept\" }\n"
		"deny[msg] { input.request.dryRun; msg := \"rehearsal\" }\n"
		"deny[msg] { input.request.object.data.word == \"who\"; msg := input.request.userInfo.username }\n"
		"deny[msg] { input.request.object.data.word == \"what\"; msg := sprintf(\"%v %v %v\", [input.request.kind.version,"
		" input.request.resource.resource, input.request.namespace]) }\n");
	assert_int_equal(pv_api_delete(&w->cx, w->api, &call, &gone), -PV_EFORBIDDEN);
	says(pv_error_text(&w->cx), "kept");
	pv_recover(&w->cx);
	call = world_call(w, "v1", "ConfigMap", "default", "b");
	call.dry_run = true;
	assert_int_equal(try_make(w, &call, "x"), -PV_EFORBIDDEN);
	says(pv_error_text(&w->cx), "rehearsal");
	pv_recover(&w->cx);
	says(refusal(w, "c", "what"), "v1 configmaps default");
	says(refusal(w, "c", "who"), "system:pave");
}

static void
exempt_is_what_the_readme_says(void **state)
{
	static const char *const free_namespaces[] = {"kube-system", "pave-system"};
	world *w = *state;
	pv_call call;
	policy_put(w, "pave-system", "p", NULL, PACKAGE "deny[\"nothing at all\"] { true }\n");
	says(refusal(w, "a", "x"), "nothing at all");
	for (size_t i = 0; i < PV_LEN(free_namespaces); i++) {
		call = world_call(w, "v1", "ConfigMap", free_namespaces[i], "a");
		assert_int_equal(try_make(w, &call, "x"), 0);
	}
	call = world_call(w, "v1", "ConfigMap", "opa", "a"); /* where policies may live is not exempt */
	assert_int_equal(try_make(w, &call, "x"), -PV_EFORBIDDEN);
	pv_recover(&w->cx);
}

/* ---- reports ---- */

static void
list_reports(world *w, pv_vec *ret)
{
	pv_vec_init(ret, w->cx.arena, sizeof(const pv_val *));
	if (report_reports.list(&w->cx, w->api, "default", ret) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
}

static void
reports_say_who_violates_what(void **state)
{
	world *w = *state;
	const pv_val *one, *result;
	pv_vec reports;
	assert_null(refusal(w, "old", "bad"));
	assert_null(refusal(w, "fine", "good"));
	policy_put(
		w, "pave-system", "p", "audit",
		PACKAGE
		"deny[{\"msg\": \"no\", \"field\": \"data.word\"}] { input.request.object.data.word == \"bad\" }\n");
	list_reports(w, &reports);
	assert_int_equal(reports.len, 1);
	one = *PV_AT(const pv_val *, &reports, 0);
	result = pv_item(pv_at(one, "results"), 0);
	assert_string_equal(pv_text_at(one, "scope.name", ""), "old");
	assert_string_equal(pv_text_at(result, "policy", ""), "pave-system/p");
	assert_string_equal(pv_text_at(result, "result", ""), "fail");
	assert_string_equal(pv_text_at(result, "properties.enforcement", ""), "audit");
	assert_string_equal(pv_text_at(result, "properties.field", ""), "data.word");
	assert_int_equal(pv_i64_at(one, "summary.fail", -1), 1);
	policy_put(w, "pave-system", "p", "audit",
		   PACKAGE "f = 1 { true }\nf = 2 { true }\ndeny[msg] { f == 1; msg := \"x\" }\n");
	list_reports(w, &reports);
	assert_int_equal(reports.len, 2);
	one = *PV_AT(const pv_val *, &reports, 0);
	result = pv_item(pv_at(one, "results"), 0);
	assert_string_equal(pv_text_at(result, "result", ""), "error");
	assert_int_equal(pv_i64_at(one, "summary.error", -1), 1);
	policy_del(w, "pave-system", "p");
	list_reports(w, &reports);
	assert_int_equal(reports.len, 0);
}

static void
ten_thousand_objects_are_evaluated_once(void **state)
{
	world *w = *state;
	int64_t first, second, start;
	pv_vec reports;
	for (int i = 0; i < MANY; i++)
		assert_null(refusal(w, pv_printf(w->cx.arena, "m-%d", i), i % 100 ? "good" : "bad"));
	policy_put(w, "pave-system", "p", "audit", bad_word);
	start = pv_mono();
	list_reports(w, &reports);
	first = pv_mono() - start;
	assert_int_equal(reports.len, MANY / 100);
	start = pv_mono();
	list_reports(w, &reports);
	second = pv_mono() - start;
	assert_int_equal(reports.len, MANY / 100);
	print_message("# %d objects: %.1f ms, again: %.1f ms\n", MANY, (double)first / PV_MS,
		      (double)second / PV_MS);
	assert_true(second < first / 2);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_with_namespaces, world_close)
	const struct CMUnitTest tests[] = {
		T(a_mode_says_what_becomes_of_a_violation),
		T(every_policy_is_asked),
		T(libraries_serve_all_policies),
		T(results_may_be_objects_and_rules_v1),
		T(a_policy_that_does_not_load_is_refused),
		T(a_policy_that_decides_nothing_is_told_so),
		T(a_library_in_use_decides_nothing_and_is_fine),
		T(a_package_is_read_as_rego_reads_it),
		T(one_that_cannot_be_evaluated_hides_no_other),
		T(a_policy_that_loses_its_library_opens_no_door),
		T(what_cannot_be_evaluated_refuses),
		T(the_input_is_an_admission_review),
		T(exempt_is_what_the_readme_says),
		T(reports_say_who_violates_what),
		T(ten_thousand_objects_are_evaluated_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
