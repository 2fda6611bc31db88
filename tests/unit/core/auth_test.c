#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <cmocka.h>

#include "base/digest.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"
#include "unit/core/world.h"
#include <string.h>

static const char *const authenticated[] = {"dev", "system:authenticated", NULL};
static const char *const masters[] = {"system:masters", NULL};

static bool
may(world *w, const char *verb, const char *group, const char *resource, const char *ns, const char *name)
{
	pv_attributes what = {verb, group, resource, "", ns, name, NULL, NULL};

	return pv_auth_allows(&w->cx, w->auth, pv_auth_identity(&w->cx), &what, NULL);
}

static void
bind(world *w)
{
	world_create(w, "{\"apiVersion\":\"rbac.authorization.k8s.io/"
			"v1\",\"kind\":\"Role\",\"metadata\":{\"name\":\"r\"},\"rules\":["
			"{\"apiGroups\":[\"\"],\"resources\":[\"configmaps\"],\"verbs\":[\"get\",\"list\"],"
			"\"resourceNames\":[\"only\"]},"
			"{\"apiGroups\":[\"\"],\"resources\":[\"pods\",\"pods/log\"],\"verbs\":[\"*\"]}]}");
	world_create(
		w,
		"{\"apiVersion\":\"rbac.authorization.k8s.io/"
		"v1\",\"kind\":\"RoleBinding\",\"metadata\":{\"name\":\"b\"},"
		"\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Role\",\"name\":\"r\"},"
		"\"subjects\":[{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"User\",\"name\":"
		"\"alice\"}]}");
}

static void
a_binding_allows_what_its_role_says(void **state)
{
	world *w = *state;
	pv_attributes log = {"get", "", "pods", "log", "default", "x", NULL, NULL},
		      exec = {"get", "", "pods", "exec", "default", "x", NULL, NULL};
	const char *why;

	bind(w);
	world_be(w, "alice", authenticated);
	assert_true(may(w, "list", "", "pods", "default", ""));
	assert_false(may(w, "list", "", "pods", "kube-system", ""));
	assert_false(may(w, "list", "apps", "pods", "default", ""));
	assert_true(may(w, "get", "", "configmaps", "default", "only"));
	assert_false(may(w, "get", "", "configmaps", "default", "other"));
	assert_false(may(w, "list", "", "configmaps", "default", ""));
	assert_true(pv_auth_allows(&w->cx, w->auth, pv_auth_identity(&w->cx), &log, &why));
	assert_string_equal(why,
			    "RBAC: allowed by RoleBinding \"b/default\" of Role \"r\" to User \"alice\"");
	assert_false(pv_auth_allows(&w->cx, w->auth, pv_auth_identity(&w->cx), &exec, NULL));
}

static void
a_deleted_binding_allows_nothing(void **state)
{
	world *w = *state;
	pv_call call = world_call(w, "rbac.authorization.k8s.io/v1", "RoleBinding", "default", "b");

	bind(w);
	assert_int_equal(pv_api_delete(&w->cx, w->api, &call, NULL), 0);
	world_be(w, "alice", authenticated);
	assert_false(may(w, "list", "", "pods", "default", ""));
}

static void
refusals_have_kubernetes_words(void **state)
{
	world *w = *state;
	pv_attributes list = {"list", "apps", "deployments", "", "default", "", NULL, NULL};
	pv_attributes url = {"get", "", "", "", "", "", "/metrics", NULL};

	world_be(w, "alice", authenticated);
	assert_int_equal(pv_auth_check(&w->cx, w->auth, &list), -PV_EFORBIDDEN);
	assert_string_equal(
		w->cx.err->message,
		"deployments.apps is forbidden: User \"alice\" cannot list resource \"deployments\" "
		"in API group \"apps\" in the namespace \"default\"");
	pv_recover(&w->cx);
	assert_int_equal(pv_auth_check(&w->cx, w->auth, &url), -PV_EFORBIDDEN);
	assert_string_equal(w->cx.err->message, "forbidden: User \"alice\" cannot get path \"/metrics\"");
	pv_recover(&w->cx);
}

static void
edit_is_aggregated_from_its_parts(void **state)
{
	world *w = *state;

	world_create(w, "{\"apiVersion\":\"rbac.authorization.k8s.io/"
			"v1\",\"kind\":\"ClusterRoleBinding\",\"metadata\":{\"name\":\"e\"},"
			"\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\","
			"\"name\":\"edit\"},"
			"\"subjects\":[{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Group\","
			"\"name\":\"dev\"}]}");
	world_be(w, "bob", authenticated);
	assert_true(may(w, "patch", "apps", "deployments", "kube-system", "x"));
	assert_true(may(w, "watch", "", "pods", "default", ""));
	assert_false(may(w, "create", "rbac.authorization.k8s.io", "roles", "default", ""));
	assert_false(may(w, "get", "", "nodes", "", "n"));
}

static void
masters_and_pave_itself_may_all(void **state)
{
	world *w = *state;

	world_be(w, "root", masters);
	assert_true(may(w, "delete", "any.dev", "things", "default", "x"));
	pv_auth_internal(&w->cx, "system:pave:test");
	assert_true(may(w, "delete", "any.dev", "things", "default", "x"));
	world_be(w, "system:anonymous", NULL);
	assert_false(may(w, "get", "", "namespaces", "", "default"));
}

static void
nobody_grants_more_than_they_hold(void **state)
{
	static const char role[] =
		"{\"apiVersion\":\"rbac.authorization.k8s.io/"
		"v1\",\"kind\":\"Role\",\"metadata\":{\"name\":\"n\","
		"\"namespace\":\"default\"},\"rules\":[{\"apiGroups\":[\"\"],\"resources\":[\"secrets\"],"
		"\"verbs\":[\"get\"]}]}";
	world *w = *state;
	pv_call call = world_call(w, "rbac.authorization.k8s.io/v1", "Role", "default", "");
	const pv_val *made;

	world_create(w, "{\"apiVersion\":\"rbac.authorization.k8s.io/"
			"v1\",\"kind\":\"Role\",\"metadata\":{\"name\":\"maker\"},\"rules\":["
			"{\"apiGroups\":[\"rbac.authorization.k8s.io\"],\"resources\":[\"roles\"],\"verbs\":["
			"\"create\"]}]}");
	world_create(w, "{\"apiVersion\":\"rbac.authorization.k8s.io/"
			"v1\",\"kind\":\"RoleBinding\",\"metadata\":{\"name\":\"maker\"},"
			"\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Role\",\"name\":"
			"\"maker\"},"
			"\"subjects\":[{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"User\","
			"\"name\":\"eve\"}]}");
	world_be(w, "eve", authenticated);
	assert_int_equal(pv_api_create(&w->cx, w->api, &call, world_json(w, role), &made), -PV_EFORBIDDEN);
	assert_non_null(strstr(w->cx.err->message,
			       "is attempting to grant RBAC permissions not currently held:\n"
			       "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}"));
	pv_recover(&w->cx);
}

static void
tokens_die_with_their_account(void **state)
{
	world *w = *state;
	pv_call call = world_call(w, "v1", "ServiceAccount", "default", "robot");
	const pv_identity *who;
	const char *token;
	int64_t expires;
	const pv_val *account = world_create(
		w, "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"robot\"}}");

	assert_int_equal(pv_auth_sa_token(&w->cx, w->auth, "default", "robot",
					  pv_text_at(account, "metadata.uid", ""), 3600 * PV_SEC, NULL, NULL,
					  &token, &expires),
			 0);
	who = pv_auth_token(&w->cx, w->auth, token);
	assert_non_null(who);
	assert_string_equal(who->user, "system:serviceaccount:default:robot");
	assert_string_equal(who->groups[1], "system:serviceaccounts:default");
	assert_null(pv_auth_token(&w->cx, w->auth, "a.b.c"));
	assert_int_equal(pv_api_delete(&w->cx, w->api, &call, NULL), 0);
	assert_null(pv_auth_token(&w->cx, w->auth, token));
}

static void
a_code_opens_one_session(void **state)
{
	world *w = *state;
	const char *code, *cookie, *other;
	int64_t ends, expires;

	assert_int_equal(pv_auth_code_new(&w->cx, w->auth, pv_auth_identity(&w->cx), &code, &ends), 0);
	assert_int_equal(pv_auth_session_open(&w->cx, w->auth, code, NULL, &cookie, &expires), 0);
	assert_true(expires > pv_now());
	assert_int_equal(pv_auth_session_open(&w->cx, w->auth, code, NULL, &other, &expires),
			 -PV_EUNAUTHORIZED);
	pv_recover(&w->cx);
}

/* Whoever has too many loses their own oldest, and nobody is signed out by somebody else. */
static void
nobody_signs_others_out(void **state)
{
	static const char *const none[] = {NULL};
	struct world *w = *state;
	pv_identity alice = {.user = "alice", .uid = "", .groups = none, .how = "test"}, crowd = alice;
	const char *first, *code = NULL, *cookie, *hers, *oldest = NULL;
	int64_t ends;
	assert_int_equal(pv_auth_code_new(&w->cx, w->auth, &alice, &first, &ends), 0);
	assert_int_equal(pv_auth_session_open(&w->cx, w->auth, first, NULL, &hers, &ends), 0);
	assert_int_equal(pv_auth_code_new(&w->cx, w->auth, &alice, &first, &ends), 0);
	for (int i = 0; i < 2500; i++) { /* one namespace's accounts count as one */
		crowd.user = pv_printf(w->cx.arena, "system:serviceaccount:dev:robot-%d", i);
		assert_int_equal(pv_auth_code_new(&w->cx, w->auth, &crowd, &code, &ends), 0);
		assert_int_equal(pv_auth_session_open(&w->cx, w->auth, code, NULL, &cookie, &ends), 0);
		assert_int_equal(pv_auth_code_new(&w->cx, w->auth, &crowd, &code, &ends), 0);
	}
	assert_non_null(pv_auth_session(&w->cx, w->auth, hers));
	crowd.user = "carol";
	for (int i = 0; i < 21; i++) {
		assert_int_equal(pv_auth_code_new(&w->cx, w->auth, &crowd, &code, &ends), 0);
		assert_int_equal(pv_auth_session_open(&w->cx, w->auth, code, NULL, &cookie, &ends), 0);
		oldest = oldest ? oldest : cookie;
	}
	assert_null(pv_auth_session(&w->cx, w->auth, oldest));
	assert_non_null(pv_auth_session(&w->cx, w->auth, cookie));
	for (int i = 0; i < 100; i++) { /* guesses keep nobody out */
		assert_int_equal(pv_auth_session_open(&w->cx, w->auth, "guess", NULL, &cookie, &ends),
				 -PV_EUNAUTHORIZED);
		pv_recover(&w->cx);
	}
	for (int i = 0; i < 3; i++)
		assert_int_equal(pv_auth_code_new(&w->cx, w->auth, &alice, &code, &ends), 0);
	assert_int_equal(pv_auth_session_open(&w->cx, w->auth, first, NULL, &cookie, &ends), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(pv_auth_code_new(&w->cx, w->auth, &alice, i ? &code : &first, &ends), 0);
	assert_int_equal(pv_auth_session_open(&w->cx, w->auth, first, NULL, &cookie, &ends),
			 -PV_EUNAUTHORIZED);
	pv_recover(&w->cx);
}

static void
a_code_gives_no_more_than_its_maker_has(void **state)
{
	pv_identity who = {.user = "alice",
			   .uid = "",
			   .groups = authenticated,
			   .how = "token",
			   .expires = pv_now() + 60 * PV_SEC};
	world *w = *state;
	const char *code, *cookie;
	int64_t ends;

	assert_int_equal(pv_auth_code_new(&w->cx, w->auth, &who, &code, &ends), 0);
	assert_int_equal(pv_auth_session_open(&w->cx, w->auth, code, NULL, &cookie, &ends), 0);
	assert_true(ends == who.expires);
	assert_string_equal(pv_auth_identity(&w->cx)->groups[0], "dev");
	who.how = "impersonation";
	assert_int_equal(pv_auth_code_new(&w->cx, w->auth, &who, &code, &ends), -PV_EFORBIDDEN);
	pv_recover(&w->cx);
	who.how = "anonymous";
	assert_int_equal(pv_auth_code_new(&w->cx, w->auth, &who, &code, &ends), -PV_EUNAUTHORIZED);
	pv_recover(&w->cx);
}

/* Eve may write ClusterRoles and holds nothing else: neither gathering roles nor being
 * gathered makes her more. */
static void
aggregation_grants_nothing_unheld(void **state)
{
	static const char gather[] =
		"{\"metadata\":{\"name\":\"own\"},\"aggregationRule\":{\"clusterRoleSelectors\":[{\"matchLabels\":"
		"{\"kubernetes.io/bootstrapping\":\"rbac-defaults\"}}]}}";
	static const char label[] =
		"{\"metadata\":{\"labels\":{\"rbac.authorization.k8s.io/aggregate-to-view\":\"true\"}}}";
	world *w = *state;
	pv_call own = world_call(w, "rbac.authorization.k8s.io/v1", "ClusterRole", "", "own"), other = own;
	const pv_val *made;
	bool created;

	world_create(
		w,
		"{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRole\",\"metadata\":{\"name\":\"own\"},\"rules\":["
		"{\"apiGroups\":[\"rbac.authorization.k8s.io\"],\"resources\":[\"clusterroles\"],\"verbs\":[\"patch\"]}]}");
	world_create(
		w,
		"{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRoleBinding\",\"metadata\":{\"name\":\"own\"},"
		"\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"own\"},"
		"\"subjects\":[{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"User\",\"name\":\"eve\"}]}");
	world_be(w, "eve", authenticated);
	assert_int_equal(
		pv_api_patch(&w->cx, w->api, &own, PV_PATCH_MERGE, world_json(w, gather), &made, &created),
		-PV_EFORBIDDEN);
	pv_recover(&w->cx);
	other.name = "cluster-admin";
	assert_int_equal(
		pv_api_patch(&w->cx, w->api, &other, PV_PATCH_MERGE, world_json(w, label), &made, &created),
		-PV_EFORBIDDEN);
	pv_recover(&w->cx);
	assert_int_equal(
		pv_api_patch(&w->cx, w->api, &own, PV_PATCH_MERGE, world_json(w, label), &made, &created), 0);
}

static void
a_session_ends_with_its_token_and_account(void **state)
{
	world *w = *state;
	pv_call call = world_call(w, "v1", "ServiceAccount", "default", "robot");
	const char *token, *cookie;
	int64_t token_ends, session_ends;
	const pv_val *account = world_create(
		w, "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"robot\"}}");

	assert_int_equal(pv_auth_sa_token(&w->cx, w->auth, "default", "robot",
					  pv_text_at(account, "metadata.uid", ""), 600 * PV_SEC, NULL, NULL,
					  &token, &token_ends),
			 0);
	assert_int_equal(pv_auth_session_open(&w->cx, w->auth, NULL, token, &cookie, &session_ends), 0);
	assert_true(session_ends == token_ends);
	assert_string_equal(pv_auth_session(&w->cx, w->auth, cookie)->user,
			    "system:serviceaccount:default:robot");
	world_be(w, "admin", masters); /* signing in made the caller the robot */
	assert_int_equal(pv_api_delete(&w->cx, w->api, &call, NULL), 0);
	assert_null(pv_auth_session(&w->cx, w->auth, cookie));
	world_create(w,
		     "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"robot\"}}");
	assert_null(pv_auth_session(&w->cx, w->auth, cookie));
}

/* Signs in, and out of the session before. */
struct visitor {
	world *w;
	char cookie[64];
	pthread_t thread;
};

static void *
come_again(void *arg)
{
	struct visitor *v = arg;
	pv_identity who = {.user = "", .uid = "", .groups = authenticated, .how = "token"};
	const char *code, *cookie;
	int64_t ends;
	pv_ctx cx;

	pv_ctx_init(&cx, "visitor");
	who.user = pv_printf(cx.arena, "visitor-%p", arg);
	PV_ASSERT(pv_auth_code_new(&cx, v->w->auth, &who, &code, &ends) == 0);
	PV_ASSERT(pv_auth_session_open(&cx, v->w->auth, code, NULL, &cookie, &ends) == 0);
	pv_auth_session_close(v->w->auth, v->cookie);
	PV_ASSERT(strlen(cookie) < sizeof v->cookie);
	memcpy(v->cookie, cookie, strlen(cookie) + 1);
	pv_ctx_done(&cx);
	return NULL;
}

static void
what_is_kept_is_what_is_open(void **state)
{
	world *w = *state;
	struct visitor visitors[4] = {{w, "", 0}, {w, "", 0}, {w, "", 0}, {w, "", 0}};

	for (int round = 0; round < 100; round++) {
		const pv_val *kept;
		pv_str text;

		for (size_t i = 0; i < PV_LEN(visitors); i++)
			assert_int_equal(pthread_create(&visitors[i].thread, NULL, come_again, &visitors[i]),
					 0);
		for (size_t i = 0; i < PV_LEN(visitors); i++)
			pthread_join(visitors[i].thread, NULL);
		assert_int_equal(pv_store_meta_get(&w->cx, w->store, "auth/sessions", &text), 0);
		assert_int_equal(pv_json_parse(&w->cx, text, NULL, &kept), 0);
		for (size_t i = 0; i < PV_LEN(visitors); i++) {
			const char *cookie = visitors[i].cookie;
			const char *hash = pv_sha256_hex(w->cx.arena, cookie, strlen(cookie));
			bool found = false;

			for (size_t k = 0; k < pv_count(kept); k++)
				found |= pv_streq(pv_text_at(pv_item(kept, k), "hash", ""), hash);
			assert_true(found);
		}
		assert_int_equal(pv_count(kept), PV_LEN(visitors));
	}
}

/* The clock was set back by a year since: a session lasts no longer from now on than any other. */
static void
a_session_of_a_time_to_come_ends_with_the_others(void **state)
{
	world *w = *state;
	const char *hash = pv_sha256_hex(w->cx.arena, "cookie", 6);
	const char *kept = pv_printf(
		w->cx.arena,
		"[{\"hash\":\"%s\",\"who\":{\"user\":\"alice\",\"groups\":[],\"uid\":\"\"},\"expires\":%lld}]",
		hash, (long long)(pv_now() + 365 * 86400 * PV_SEC));
	const pv_identity *who;

	assert_int_equal(pv_store_meta_put(&w->cx, w->store, "auth/sessions", pv_str_of(kept)), 0);
	world_restart(w);
	who = pv_auth_session(&w->cx, w->auth, "cookie");
	assert_non_null(who);
	assert_true(who->expires <= pv_now() + 12 * 3600 * PV_SEC);
}

#define T(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_binding_allows_what_its_role_says),
		T(a_deleted_binding_allows_nothing),
		T(refusals_have_kubernetes_words),
		T(edit_is_aggregated_from_its_parts),
		T(masters_and_pave_itself_may_all),
		T(nobody_grants_more_than_they_hold),
		T(tokens_die_with_their_account),
		T(a_code_opens_one_session),
		T(nobody_signs_others_out),
		T(a_code_gives_no_more_than_its_maker_has),
		T(aggregation_grants_nothing_unheld),
		T(a_session_ends_with_its_token_and_account),
		T(what_is_kept_is_what_is_open),
		T(a_session_of_a_time_to_come_ends_with_the_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
