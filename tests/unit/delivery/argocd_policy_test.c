/* Argo CD's RBAC: what lines let whom do what, and which lines are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "delivery/argocd/policy.h"
#include "lang/yaml/yaml.h"

static pv_ctx cx;

static policy *
lines(bool regex, const char *csv)
{
	policy *p = policy_new(&cx, regex);
	policy_add_builtin(p);
	if (policy_add(&cx, p, "policy.csv", pv_str_of(csv)) < 0)
		fail_msg("%s", pv_error_text(&cx));
	return p;
}

/* "SUBJECT[,SUBJECT] RESOURCE ACTION OBJECT" */
static bool
may(const policy *p, const char *question)
{
	pv_str rest = pv_str_of(question), word[4], one;
	const char *subjects[5] = {0}, *texts[4];
	policy_question *q;
	size_t n = 0;
	for (size_t i = 0; i < 4; i++) {
		assert_true(pv_str_next(&rest, ' ', &word[i]));
		texts[i] = pv_strndup(cx.arena, word[i].s, word[i].len);
	}
	while (pv_str_next(&word[0], ',', &one))
		subjects[n++] = pv_strndup(cx.arena, one.s, one.len);
	if (policy_ask(&cx, p, subjects, texts[1], texts[2], &q) < 0)
		fail_msg("%s", pv_error_text(&cx));
	return policy_permits(q, texts[3]);
}

struct row {
	const char *question;
	bool may;
};

static void
check(const policy *p, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (may(p, rows[i].question) != rows[i].may)
			fail_msg("%s: expected %s", rows[i].question, rows[i].may ? "yes" : "no");
}

static void
the_built_in_roles(void **state PV_UNUSED)
{
	static const struct row rows[] = {
		{"admin applications get default/shop", true},
		{"admin applications sync default/team/shop", true},
		{"admin applications delete/apps/Deployment/ns/web default/shop", true},
		{"admin applications action/apps/Deployment/restart default/shop", true},
		{"admin exec create default/shop", true},
		{"role:readonly applications get default/shop", true},
		{"role:readonly applications sync default/shop", false},
		{"role:readonly logs get default/shop", true},
		{"role:readonly exec create default/shop", false},
		{"role:readonly clusters get https://kubernetes.default.svc", true},
		{"role:admin gpgkeys delete ABC", true},
		{"role:admin gpgkeys update ABC", false},
		{"alice applications get default/shop", false},
	};
	const policy *p = lines(false, "");
	check(p, rows, PV_LEN(rows));
	check(lines(true, ""), rows, PV_LEN(rows)); /* they are globs whatever the others are */
}

static void
lines_of_users_and_groups(void **state PV_UNUSED)
{
	static const struct row rows[] = {
		{"alice applications sync shop/front", true},
		{"alice applications sync shop/ns/front", true},
		{"alice applications sync store/front", false},
		{"alice applications get shop/front", false},
		{"alice applications delete shop/front", false},    /* denied, whatever else allows it */
		{"alice,ops applications delete shop/front", true}, /* but each subject is judged alone */
		{"ops applications delete shop/front", true},
		{"bob applications get shop/front", true}, /* quoted, with a comma */
		{"bob applications get shop/frond", false},
		{"carol applications get a-1/x", true},
		{"carol applications get a-7/x", false},
		{"dave applications action/apps/Deployment/restart x/y", true},
		{"dave applications action/apps/StatefulSet/restart x/y", false},
		{"deep applications get shop/x", true},
		{"x,role:readonly projects get shop", true},
	};
	const policy *p =
		lines(false, "# a comment, and an empty line\n\n"
			     "p, alice, applications, sync, shop/*, allow\n"
			     "  p, alice, applications, delete, */*, allow\n"
			     "p, alice, applications, delete, shop/*, deny\n"
			     "g, ops, role:admin\n"
			     "p, bob, applications, \"get\", \"shop/{front,back}\", allow\n"
			     "p, carol, applications, get, a-[0-5]/?, allow\n"
			     "p, dave, applications, action/apps/Deployment/*, */*, allow\n"
			     "g, deep, r1\ng, r1, r2\ng, r2, r3\ng, r3, role:readonly\ng, r3, r1\n");
	check(p, rows, PV_LEN(rows));
}

static void
expressions_are_not_anchored(void **state PV_UNUSED)
{
	static const struct row rows[] = {
		{"alice applications get shop/front", true},   {"alice applications get my-shop/front", true},
		{"alice applications sync shop/front", false}, {"bob applications get shop/front", true},
		{"bob applications get shop/front2", false},
	};
	check(lines(true, "p, alice, applications, ^(get|list)$, shop/.*, allow\n"
			  "p, bob, applications, get, ^shop/front$, allow\n"),
	      rows, PV_LEN(rows));
}

static void
wrong_lines_are_named(void **state PV_UNUSED)
{
	static const struct {
		bool regex;
		const char *csv, *error;
	} rows[] = {
		{false, "p, a, applications, get, */*",
		 "policy.csv:1: invalid RBAC policy: p, a, applications, get, */*: "},
		{false, "\n# x\np, a, b, c, d, allow, more",
		 "policy.csv:3: invalid RBAC policy: p, a, b, c, d, allow, more"},
		{false, "g, a", "invalid RBAC policy: g, a"},
		{false, "q, a, b", "invalid RBAC policy: q, a, b"},
		{false, "p, a, applications, get, */*, Deny", "neither allow nor deny"},
		{false, "p, \"a, applications, get, */*, allow", "invalid RBAC policy"},
		{false, "p, a\"b, applications, get, */*, allow", "invalid RBAC policy"},
		{true, "p, a, applications, get, */*, allow", "missing argument to repetition operator"},
	};
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		policy *p = policy_new(&cx, rows[i].regex);
		assert_int_equal(policy_add(&cx, p, "policy.csv", pv_str_of(rows[i].csv)), -PV_EINVALID);
		if (!strstr(pv_error_text(&cx), rows[i].error))
			fail_msg("expected \"%s\" in \"%s\"", rows[i].error, pv_error_text(&cx));
		(void)pv_recover(&cx);
	}
}

static const pv_val *
project(const char *yaml)
{
	const pv_val *v;
	if (pv_yaml_parse(&cx, pv_str_of(yaml), NULL, &v) < 0)
		fail_msg("%s", pv_error_text(&cx));
	return v;
}

#define SHOP(line) \
	"metadata: {name: shop}\nspec: {roles: [{name: ci, groups: [builders], policies: ['" line "']}]}\n"

static void
a_project_speaks_of_its_own(void **state PV_UNUSED)
{
	static const struct row rows[] = {
		{"proj:shop:ci applications sync shop/front", true},
		{"builders applications sync shop/front", true},
		{"proj:shop:ci applications sync store/front", false},
		{"proj:shop:ci projects get shop", true},
		{"proj:shop:ci projects update shop", false},
		{"proj:shop:other applications sync shop/front", false},
	};
	static const char *const refused[] = {
		SHOP("p, alice, applications, sync, shop/*, allow"),
		SHOP("p, proj:shop:other, applications, sync, shop/*, allow"),
		SHOP("p, proj:shop:ci, applications, sync, */*, allow"),
		SHOP("p, proj:shop:ci, applications, sync, shopping/x, allow"),
		SHOP("p, proj:shop:ci, accounts, update, shop/x, allow"),
		SHOP("g, alice, role:admin"),
	};
	const policy *base = lines(false, "");
	policy *p = policy_over(&cx, base);
	policy_add_project(&cx, p, project(SHOP("p, proj:shop:ci, applications, sync, shop/*, allow")));
	check(p, rows, PV_LEN(rows));
	assert_int_equal(policy_check_project(
				 &cx, project(SHOP("p, proj:shop:ci, applications, sync, shop/*, allow"))),
			 0);
	for (size_t i = 0; i < PV_LEN(refused); i++) {
		assert_int_equal(policy_check_project(&cx, project(refused[i])), -PV_EINVALID);
		(void)pv_recover(&cx);
		p = policy_over(&cx, base);
		policy_add_project(&cx, p, project(refused[i])); /* written all the same: of no effect */
		assert_false(may(p, "alice applications sync shop/front"));
		assert_false(may(p, "alice accounts update shop/x"));
		assert_false(may(p, "proj:shop:ci applications sync store/front"));
	}
}

static void
objects_name_their_project(void **state PV_UNUSED)
{
	assert_true(pv_str_is(policy_project_of("applications", "shop/team/front"), "shop"));
	assert_true(pv_str_is(policy_project_of("projects", "shop"), "shop"));
	assert_true(pv_str_is(policy_project_of("accounts", "shop/x"), ""));
	assert_true(pv_str_is(policy_project_of("clusters", "prod"), ""));
}

static int
begin(void **state PV_UNUSED)
{
	pv_ctx_init(&cx, "test");
	return 0;
}

static int
end(void **state PV_UNUSED)
{
	pv_ctx_done(&cx);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_built_in_roles, begin, end),
		cmocka_unit_test_setup_teardown(lines_of_users_and_groups, begin, end),
		cmocka_unit_test_setup_teardown(expressions_are_not_anchored, begin, end),
		cmocka_unit_test_setup_teardown(wrong_lines_are_named, begin, end),
		cmocka_unit_test_setup_teardown(a_project_speaks_of_its_own, begin, end),
		cmocka_unit_test_setup_teardown(objects_name_their_project, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
