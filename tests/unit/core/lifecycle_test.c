/* Garbage collection and the life of namespaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "unit/core/controllers.h"

#define CM "/ConfigMap"

/* A ConfigMap with owners: names of ConfigMaps that are there; finalizers may be NULL. */
static void
make(running *r, const char *name, const char *owner, const char *second, const char *finalizers)
{
	pv_arena *arena = r->w->cx.arena;
	const char *refs = "";
	const char *const owners[] = {owner, second};
	for (size_t i = 0; i < PV_LEN(owners); i++) {
		if (!owners[i])
			continue;
		refs = pv_printf(
			arena,
			"%s%s{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"%s\",\"uid\":\"%s\",\"blockOwnerDeletion\":true}",
			refs, *refs ? "," : "", owners[i],
			pv_text_at(running_find(r, CM, "default", owners[i]), "metadata.uid",
				   "00000000-0000-4000-8000-000000000000"));
	}
	world_create(
		r->w,
		pv_printf(
			arena,
			"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\","
			"\"ownerReferences\":[%s],\"finalizers\":[%s]}}",
			name, refs, finalizers ? finalizers : ""));
}

static void
there(running *r, const char *name)
{
	assert_non_null(running_find(r, CM, "default", name));
}

static void
gone(running *r, const char *name)
{
	running_wait(r, CM, "default", name, NULL, NULL);
}

static void
background_takes_the_whole_tree(void **state)
{
	running *r = *state;
	make(r, "bg-root", NULL, NULL, NULL);
	make(r, "bg-child", "bg-root", NULL, NULL);
	make(r, "bg-grandchild", "bg-child", NULL, NULL);
	running_delete(r, "v1", "ConfigMap", "bg-root", "Background");
	gone(r, "bg-root");
	gone(r, "bg-child");
	gone(r, "bg-grandchild");
}

static void
orphans_stay_without_their_owner(void **state)
{
	running *r = *state;
	make(r, "or-root", NULL, NULL, NULL);
	make(r, "or-child", "or-root", NULL, NULL);
	running_delete(r, "v1", "ConfigMap", "or-root", "Orphan");
	gone(r, "or-root");
	there(r, "or-child");
	assert_int_equal(
		pv_count(pv_at(running_find(r, CM, "default", "or-child"), "metadata.ownerReferences")), 0);
}

static void
foreground_waits_for_what_blocks(void **state)
{
	running *r = *state;
	pv_call call = world_call(r->w, "v1", "ConfigMap", "default", "fg-child");
	const pv_val *left;
	bool created;
	make(r, "fg-root", NULL, NULL, NULL);
	make(r, "fg-child", "fg-root", NULL, "\"test.dev/hold\"");
	running_delete(r, "v1", "ConfigMap", "fg-root", "Foreground");
	running_wait(r, CM, "default", "fg-child", "metadata.finalizers", "[\"test.dev/hold\"]");
	running_wait(r, CM, "default", "fg-child", "metadata.deletionGracePeriodSeconds", "0");
	there(r, "fg-root");
	if (pv_api_patch(&r->w->cx, r->w->api, &call, PV_PATCH_MERGE,
			 world_json(r->w, "{\"metadata\":{\"finalizers\":null}}"), &left, &created) < 0)
		fail_msg("%s", pv_error_text(&r->w->cx));
	gone(r, "fg-child");
	gone(r, "fg-root");
}

static void
own(running *r, const char *name, const char *owner)
{
	pv_call call = world_call(r->w, "v1", "ConfigMap", "default", name);
	const char *patch = pv_printf(
		r->w->cx.arena,
		"{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"%s\","
		"\"uid\":\"%s\",\"blockOwnerDeletion\":true}]}}",
		owner, pv_text_at(running_find(r, CM, "default", owner), "metadata.uid", ""));
	const pv_val *left;
	bool created;
	if (pv_api_patch(&r->w->cx, r->w->api, &call, PV_PATCH_MERGE, world_json(r->w, patch), &left,
			 &created) < 0)
		fail_msg("%s", pv_error_text(&r->w->cx));
}

/* Each would wait for the next to go first. */
static void
a_circle_of_owners_goes(void **state)
{
	running *r = *state;
	make(r, "ring-a", NULL, NULL, NULL);
	make(r, "ring-b", "ring-a", NULL, NULL);
	make(r, "ring-c", "ring-b", NULL, NULL);
	own(r, "ring-a", "ring-c");
	running_delete(r, "v1", "ConfigMap", "ring-a", "Foreground");
	gone(r, "ring-a");
	gone(r, "ring-b");
	gone(r, "ring-c");
}

static void
one_of_two_owners_is_enough(void **state)
{
	running *r = *state;
	make(r, "two-a", NULL, NULL, NULL);
	make(r, "two-b", NULL, NULL, NULL);
	make(r, "two-child", "two-a", "two-b", NULL);
	running_delete(r, "v1", "ConfigMap", "two-a", "Background");
	running_wait(r, CM, "default", "two-child", "metadata.ownerReferences.0.name", "\"two-b\"");
	running_delete(r, "v1", "ConfigMap", "two-b", "Background");
	gone(r, "two-child");
}

/* Who waits for what it owns lets go of what another owns, too. */
static void
an_owner_that_waits_lets_go_of_what_another_owns(void **state)
{
	running *r = *state;
	make(r, "some-a", NULL, NULL, NULL);
	make(r, "some-b", NULL, NULL, NULL);
	make(r, "some-child", "some-a", "some-b", NULL);
	running_delete(r, "v1", "ConfigMap", "some-a", "Foreground");
	gone(r, "some-a");
	running_wait(r, CM, "default", "some-child", "metadata.ownerReferences.0.name", "\"some-b\"");
}

static void
an_owner_that_never_was_takes_its_child_along(void **state)
{
	running *r = *state;
	make(r, "lost-child", "no-such-map", NULL, NULL);
	gone(r, "lost-child");
}

/* kind: of no namespace, or "ConfigMap" in the namespace "elsewhere". */
static void
make_owned_from_default(running *r, const char *kind, const char *name, const char *owner, const char *second)
{
	pv_arena *arena = r->w->cx.arena;
	bool map = pv_streq(kind, "ConfigMap");
	const char *const owners[] = {owner, second};
	const char *refs = "";
	for (size_t i = 0; i < PV_LEN(owners) && owners[i]; i++)
		refs = pv_printf(
			arena,
			"%s%s{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"%s\",\"uid\":\"%s\",\"blockOwnerDeletion\":true}",
			refs, *refs ? "," : "", owners[i],
			pv_text_at(running_find(r, CM, "default", owners[i]), "metadata.uid",
				   "00000000-0000-4000-8000-000000000000"));
	world_create(r->w, pv_printf(arena,
				     "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\"%s,"
				     "\"ownerReferences\":[%s]}}",
				     map ? "v1" : "rbac.authorization.k8s.io/v1", kind, name,
				     map ? ",\"namespace\":\"elsewhere\"" : "", refs));
}

static void
warned(running *r, const char *ns, const char *name, const char *text)
{
	const pv_val *event = running_event(r, ns, name);
	assert_string_equal(pv_text_at(event, "reason", ""), "OwnerRefInvalidNamespace");
	assert_string_equal(pv_text_at(event, "type", ""), "Warning");
	assert_non_null(strstr(pv_text_at(event, "message", ""), text));
}

static void
a_dependent_of_no_namespace_is_never_collected(void **state)
{
	running *r = *state;
	make(r, "cs-owner", NULL, NULL, NULL);
	make_owned_from_default(r, "ClusterRole", "cs-child", "cs-owner", NULL);
	make_owned_from_default(r, "ClusterRole", "cs-gone", "cs-owner", "no-such-map");
	warned(r, "default", "cs-child", "ownerRef [v1/ConfigMap, namespace: , name: cs-owner, uid: ");
	warned(r, "default", "cs-gone", "does not exist in namespace \"\"");
	running_delete(r, "v1", "ConfigMap", "cs-owner", "Foreground"); /* nor is it waited for */
	gone(r, "cs-owner");
	make(r, "cs-after", "no-such-map", NULL, NULL);
	gone(r, "cs-after"); /* what is above had its turn before this */
	assert_non_null(running_find(r, "rbac.authorization.k8s.io/ClusterRole", "", "cs-child"));
	assert_non_null(running_find(r, "rbac.authorization.k8s.io/ClusterRole", "", "cs-gone"));
}

static void
an_owner_in_another_namespace_does_not_count(void **state)
{
	running *r = *state;
	world_create(r->w,
		     "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"elsewhere\"}}");
	make(r, "ns-owner", NULL, NULL, NULL);
	make_owned_from_default(r, "ConfigMap", "ns-child", "ns-owner", NULL);
	running_wait(r, CM, "elsewhere", "ns-child", NULL, NULL);
	warned(r, "elsewhere", "ns-child", "name: ns-owner");
	there(r, "ns-owner");
}

static void
a_namespace_is_furnished_and_emptied(void **state)
{
	running *r = *state;
	pv_call call = world_call(r->w, "v1", "Namespace", "", "short-lived");
	const pv_val *left;
	world_create(
		r->w,
		"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"short-lived\"}}");
	running_wait(r, "/ServiceAccount", "short-lived", "default", "metadata.name", "\"default\"");
	running_wait(r, CM, "short-lived", "kube-root-ca.crt", "metadata.name", "\"kube-root-ca.crt\"");
	call.grace_seconds = -1;
	if (pv_api_delete(&r->w->cx, r->w->api, &call, &left) < 0)
		fail_msg("%s", pv_error_text(&r->w->cx));
	running_wait(r, "/Namespace", "", "short-lived", NULL, NULL);
	assert_null(running_find(r, CM, "short-lived", "kube-root-ca.crt"));
	assert_null(running_find(r, "/ServiceAccount", "short-lived", "default"));
}

static const char secret_of[] =
	"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"type\":\"kubernetes.io/service-account-token\","
	"\"metadata\":{\"name\":\"%s\",\"annotations\":{\"kubernetes.io/service-account.name\":\"%s\"}}}";

static void
make_secret(running *r, const char *name, const char *account)
{
	world_create(r->w, pv_printf(r->w->cx.arena, secret_of, name, account));
}

/* It has no end of its own: it dies with its Secret, and that with its account. */
static void
a_secret_gets_its_accounts_token(void **state)
{
	running *r = *state;
	world *w = r->w;
	const pv_val *secret;
	const char *token;
	uint8_t *bytes;
	size_t len = 0;

	world_create(w, "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"ci\"}}");
	make_secret(r, "ci-token", "ci");
	make_secret(r, "other", "ci");
	make_secret(r, "nobodys", "nobody");
	running_wait(r, "/Secret", "default", "nobodys", NULL, NULL);
	running_wait(r, "/Secret", "default", "ci-token", "data.namespace", "\"ZGVmYXVsdA==\"");
	running_wait(r, "/Secret", "default", "other", "data.namespace", "\"ZGVmYXVsdA==\"");
	secret = running_find(r, "/Secret", "default", "ci-token");
	assert_true(pv_text(pv_get(pv_get(secret, "data"), "ca.crt"), "")[0] != '\0');
	bytes = pv_unbase64(w->cx.arena, pv_str_of(pv_text_at(secret, "data.token", "")), false, &len);
	assert_non_null(bytes);
	token = pv_strndup(w->cx.arena, (const char *)bytes, len);
	assert_string_equal(pv_auth_token(&w->cx, w->auth, token)->user, "system:serviceaccount:default:ci");
	running_delete(r, "v1", "Secret", "ci-token", "Background");
	assert_null(pv_auth_token(&w->cx, w->auth, token));
	running_delete(r, "v1", "ServiceAccount", "ci", "Background");
	running_wait(r, "/Secret", "default", "other", NULL, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(background_takes_the_whole_tree),
		cmocka_unit_test(orphans_stay_without_their_owner),
		cmocka_unit_test(foreground_waits_for_what_blocks),
		cmocka_unit_test(a_circle_of_owners_goes),
		cmocka_unit_test(one_of_two_owners_is_enough),
		cmocka_unit_test(an_owner_that_waits_lets_go_of_what_another_owns),
		cmocka_unit_test(an_owner_that_never_was_takes_its_child_along),
		cmocka_unit_test(a_dependent_of_no_namespace_is_never_collected),
		cmocka_unit_test(an_owner_in_another_namespace_does_not_count),
		cmocka_unit_test(a_namespace_is_furnished_and_emptied),
		cmocka_unit_test(a_secret_gets_its_accounts_token),
	};
	return cmocka_run_group_tests(tests, running_open, running_close);
}
