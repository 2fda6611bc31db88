/* What forges send: which repository, and what proves it.  The payloads of ../shared, when it
 * is there, are real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/git/git.h"
#include "delivery/webhook/webhook.h"
#include "lang/json/json.h"

#define SAMPLES PAVE_SOURCE_DIR "/../shared/conformance/delivery/webhooks/argocd"

static pv_ctx cx;

static const pv_val *
parse(pv_str text)
{
	const pv_val *v;
	if (pv_json_parse(&cx, text, NULL, &v) < 0)
		fail_msg("%s", pv_error_text(&cx));
	return v;
}

static bool
names(const pv_val *payload, const char *repo)
{
	pv_vec urls;
	webhook_repositories(cx.arena, payload, &urls);
	for (size_t i = 0; i < urls.len; i++)
		if (pv_git_same(cx.arena, *PV_AT(const char *, &urls, i), repo))
			return true;
	return false;
}

static void
each_forge_names_its_repository(void **state PV_UNUSED)
{
	static const struct {
		const char *payload, *repo;
	} cases[] = {
		{"{\"repository\":{\"clone_url\":\"https://github.com/o/r.git\"}}", "git@github.com:o/r"},
		{"{\"project\":{\"git_http_url\":\"https://gitlab.example/g/s/r.git\"}}",
		 "https://gitlab.example/g/s/r"},
		{"{\"repository\":{\"links\":{\"clone\":[{\"href\":\"ssh://git@bb.example:7999/p/"
		 "r.git\"}]}}}",
		 "https://bb.example/p/r.git"},
		{"{\"resource\":{\"repository\":{\"remoteUrl\":\"https://dev.azure.com/o/p/_git/r\"}}}",
		 "https://dev.azure.com/o/p/_git/r"},
	};
	for (size_t i = 0; i < PV_LEN(cases); i++)
		assert_true(names(parse(pv_str_of(cases[i].payload)), cases[i].repo));
	assert_false(names(parse(pv_str_of("{\"zen\":\"Keep it simple\"}")), ""));
	assert_false(names(parse(pv_str_of("[1,2]")), "https://x/y"));
}

static void
real_payloads(void **state PV_UNUSED)
{
	static const struct {
		const char *file, *repo;
	} cases[] = {
		{"github-commit-event.json", "https://github.com/jessesuen/test-repo"},
		{"github-tag-event.json", "https://github.com/jessesuen/test-repo"},
		{"gitlab-event.json", "https://gitlab.com/group/name"},
		{"gogs-event.json", "http://gogs-server/john/repo-test"},
		{"bitbucket-server-event.json", "https://bitbucketserver/scm/myproject/test-repo.git"},
	};
	if (access(SAMPLES, R_OK) < 0)
		skip();
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_str text;
		if (pv_file_load(&cx, pv_printf(cx.arena, SAMPLES "/%s", cases[i].file), 1 << 20, &text) < 0)
			fail_msg("%s", pv_error_text(&cx));
		if (!names(parse(text), cases[i].repo))
			fail_msg("%s does not name %s", cases[i].file, cases[i].repo);
	}
}

/* Headers as "Name: value" lines. */
static const char *
header(const void *arg, const char *name)
{
	for (const char *const *h = arg; *h; h += 2)
		if (pv_streq(h[0], name))
			return h[1];
	return NULL;
}

static void
proofs(void **state PV_UNUSED)
{
	static const char body[] = "{\"ref\":\"refs/heads/main\"}";
	pv_str text = {body, sizeof(body) - 1};
	uint8_t mac[32];
	const char *hex, *signature;
	struct webhook_proof p;
	pv_hmac_sha256(pv_str_of("s3cret"), text.s, text.len, mac);
	hex = pv_hex(cx.arena, mac, 32);
	signature = pv_printf(cx.arena, "sha256=%s", hex);
	const char *github[] = {"X-GitHub-Event", "push", "X-Hub-Signature-256", signature, NULL};
	const char *gitea[] = {
		"X-GitHub-Event", "push", "X-Gitea-Event", "push", "X-Gitea-Signature", hex, NULL};
	const char *gitlab[] = {"X-Gitlab-Event", "Push Hook", "X-Gitlab-Token", "s3cret", NULL};
	const char *azure[] = {"X-Vss-Activityid", "1", "Authorization", "Basic dXNlcjpzM2NyZXQ=", NULL};
	const char *unsigned_one[] = {"X-GitHub-Event", "push", NULL};
	const char *stranger[] = {"User-Agent", "curl", NULL};
	const char *const *all[] = {github, gitea, gitlab, azure};
	static const char *const keys[] = {"webhook.github.secret", "webhook.gogs.secret",
					   "webhook.gitlab.secret", "webhook.azuredevops.password"};
	for (size_t i = 0; i < PV_LEN(all); i++) {
		assert_true(webhook_proof_of(header, all[i], &p));
		assert_string_equal(p.key, keys[i]);
		assert_true(webhook_proven(cx.arena, &p, "s3cret", text));
		assert_false(webhook_proven(cx.arena, &p, "another", text));
	}
	assert_true(webhook_proof_of(header, github, &p));
	assert_false(webhook_proven(cx.arena, &p, "s3cret", pv_str_of("{}"))); /* another body */
	assert_true(webhook_proof_of(header, unsigned_one, &p));
	assert_false(webhook_proven(cx.arena, &p, "s3cret", text));
	assert_false(webhook_proof_of(header, stranger, &p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_forge_names_its_repository),
		cmocka_unit_test(real_payloads),
		cmocka_unit_test(proofs),
	};
	int r;
	pv_ctx_init(&cx, "test");
	r = cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
	pv_ctx_done(&cx);
	return r;
}
