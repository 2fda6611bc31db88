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
#include "base/buf.h"
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
		if (pv_git_same(*PV_AT(const char *, &urls, i), repo))
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

static webhook_request
request(const char *const *headers, const char *body)
{
	webhook_request q = {header, headers, pv_str_of(body), NULL};
	q.payload = parse(q.body);
	return q;
}

/* By the secrets; "" is a secret that is not set. */
static bool
proven(const webhook_request *q, const char *one, const char *two)
{
	const char *const secrets[2] = {*one ? one : NULL, *two ? two : NULL};
	return webhook_proven(cx.arena, webhook_sender_of(q), q, secrets);
}

static void
proofs(void **state PV_UNUSED)
{
	static const char body[] = "{\"ref\":\"refs/heads/main\"}";
	uint8_t mac[32];
	const char *hex, *signature;
	pv_hmac_sha256(pv_str_of("s3cret"), body, sizeof(body) - 1, mac);
	hex = pv_hex(cx.arena, mac, 32);
	signature = pv_printf(cx.arena, "sha256=%s", hex);
	const char *github[] = {"X-GitHub-Event", "push", "X-Hub-Signature-256", signature, NULL};
	const char *gitea[] = {
		"X-GitHub-Event", "push", "X-Gitea-Event", "push", "X-Gitea-Signature", hex, NULL};
	const char *gogs[] = {"X-Gogs-Event", "push", "X-Gogs-Signature", hex, NULL};
	const char *gitlab[] = {"X-Gitlab-Event", "Push Hook", "X-Gitlab-Token", "s3cret", NULL};
	const char *cloud[] = {"X-Event-Key", "repo:push", "X-Hook-UUID", "s3cret", NULL};
	const char *server[] = {"X-Event-Key", "repo:refs_changed", "X-Hub-Signature", signature, NULL};
	const struct {
		const char *const *headers, *name, *secret;
	} rows[] = {
		{github, "GitHub", "webhook.github.secret"},
		{gitea, "Gitea", "webhook.gogs.secret"},
		{gogs, "Gogs", "webhook.gogs.secret"},
		{gitlab, "GitLab", "webhook.gitlab.secret"},
		{cloud, "Bitbucket", "webhook.bitbucket.uuid"},
		{server, "Bitbucket Server", "webhook.bitbucketserver.secret"},
	};
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		webhook_request q = request(rows[i].headers, body), other = request(rows[i].headers, "{}");
		const char *event;
		assert_string_equal(webhook_sender_of(&q)->name, rows[i].name);
		assert_string_equal(webhook_sender_of(&q)->secrets[0], rows[i].secret);
		assert_int_equal(webhook_kind_of(webhook_sender_of(&q), &q, &event), WEBHOOK_REPOSITORY);
		assert_true(proven(&q, "s3cret", ""));
		assert_false(proven(&q, "another", ""));
		assert_true(proven(&q, "", ""));
		assert_int_equal(proven(&other, "s3cret", ""),
				 webhook_sender_of(&q)->proof == PROOF_TOKEN); /* another body */
	}
}

static void
logins(void **state PV_UNUSED)
{
	static const char body[] = "{\"eventType\":\"git.pullrequest.created\"}";
	const char *azure[] = {"X-Vss-Activityid", "1", "Authorization", "Basic dXNlcjpzM2NyZXQ=", NULL};
	const char *broken[] = {"X-Vss-Activityid", "1", "Authorization", "Basic dXNlcg==", NULL};
	webhook_request q = request(azure, body), half = request(broken, body);
	const char *event;
	assert_string_equal(webhook_sender_of(&q)->name, "Azure DevOps");
	assert_int_equal(webhook_kind_of(webhook_sender_of(&q), &q, &event), WEBHOOK_REPOSITORY);
	assert_string_equal(event, "git.pullrequest.created");
	assert_true(proven(&q, "user", "s3cret"));
	assert_true(proven(&q, "", "s3cret"));
	assert_true(proven(&q, "user", ""));
	assert_false(proven(&q, "another", "s3cret"));
	assert_false(proven(&q, "user", "another"));
	assert_false(proven(&half, "user", "s3cret"));
}

static void
strangers(void **state PV_UNUSED)
{
	const char *nobody[] = {"User-Agent", "curl", NULL};
	const char *unsigned_one[] = {"X-GitHub-Event", "issues", NULL};
	const char *mine[] = {"Authorization", "s3cret", NULL};
	static const char pushed[] =
		"{\"type\":\"PUSH_ARTIFACT\",\"event_data\":{\"repository\":{\"name\":\"web\"},\"resources\":["
		"{\"tag\":\"1.0\",\"resource_url\":\"harbor.example:8443/shop/web:1.0\"},"
		"{\"tag\":\"\",\"resource_url\":\"harbor.example/shop/web@sha256:ab\"},{\"resource_url\":7}]}}";
	webhook_request q = request(nobody, "{\"ref\":\"refs/heads/main\"}"), harbor = request(mine, pushed),
			github = request(unsigned_one, "{}");
	const char *event;
	pv_vec urls, tags;
	assert_null(webhook_sender_of(&q));
	assert_false(proven(&github, "s3cret", ""));
	assert_int_equal(webhook_kind_of(webhook_sender_of(&github), &github, &event), WEBHOOK_UNKNOWN);
	assert_string_equal(event, "issues");
	assert_string_equal(webhook_sender_of(&harbor)->name, "Harbor");
	assert_int_equal(webhook_kind_of(webhook_sender_of(&harbor), &harbor, &event), WEBHOOK_PACKAGE);
	assert_true(proven(&harbor, "s3cret", ""));
	assert_false(proven(&harbor, "another", ""));
	webhook_repositories(cx.arena, harbor.payload, &urls);
	assert_int_equal(urls.len, 2);
	assert_string_equal(*PV_AT(const char *, &urls, 0), "oci://harbor.example:8443/shop/web");
	assert_string_equal(*PV_AT(const char *, &urls, 1), "oci://harbor.example/shop/web");
	webhook_revisions(cx.arena, harbor.payload, &tags);
	assert_int_equal(tags.len, 1);
	assert_string_equal(*PV_AT(const char *, &tags, 0), "1.0");
}

static void
what_came(void **state PV_UNUSED)
{
	static const struct {
		const char *payload, *revision; /* NULL: none */
	} rows[] = {
		{"{\"ref\":\"refs/heads/env/dev\"}", "env/dev"},
		{"{\"ref\":\"refs/tags/v1.0\"}", "v1.0"},
		{"{\"resource\":{\"refUpdates\":[{\"name\":\"refs/heads/main\"}]}}", "main"},
		{"{\"changes\":[{\"ref\":{\"id\":\"refs/heads/main\"}}]}", "main"},
		{"{\"changes\":{\"ref\":{\"id\":\"refs/heads/main\"}}}",
		 NULL}, /* GitLab's are what changed */
		{"{\"push\":{\"changes\":[{\"new\":null},{\"new\":{\"name\":\"main\"}}]}}", "main"},
		{"{\"ref\":[]}", NULL},
		{"7", NULL},
	};
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_vec found;
		webhook_revisions(cx.arena, parse(pv_str_of(rows[i].payload)), &found);
		assert_int_equal(found.len, rows[i].revision != NULL);
		if (rows[i].revision)
			assert_string_equal(*PV_AT(const char *, &found, 0), rows[i].revision);
	}
}

static void
how_a_forge_calls_it(void **state)
{
	static const struct {
		const char *payload, *names;
	} rows[] = {
		{"{\"repository\": {\"full_name\": \"shop/web\"}}", "shop/web shop "},
		{"{\"project\": {\"id\": 12, \"path_with_namespace\": \"a/b/c\"}}", "a/b/c a/b a 12 "},
		{"{\"repository\": {\"full_name\": 7}}", ""},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *payload;
		pv_vec names;
		pv_buf b;

		assert_int_equal(pv_json_parse(&cx, pv_str_of(rows[i].payload), NULL, &payload), 0);
		webhook_names(cx.arena, payload, &names);
		pv_buf_init(&b, cx.arena);
		pv_buf_adds(&b, "");
		for (size_t k = 0; k < names.len; k++)
			pv_buf_printf(&b, "%s ", *PV_AT(const char *, &names, k));
		assert_string_equal(b.s, rows[i].names);
	}
}

/* Anybody may send an event, so what it names is not more than a forge's would. */
static void
no_more_than_a_forge_says(void **state)
{
	size_t before, n = 200000;
	char *slashes = pv_alloc(cx.arena, n + 1);
	pv_listb list;
	pv_vec found;
	pv_val payload;

	(void)state;
	memset(slashes, '/', n);
	slashes[n] = '\0';
	payload = pv_with_at(cx.arena, NULL, "repository.full_name", pv_string_ref(slashes));
	payload = pv_with_at(cx.arena, &payload, "repository.clone_url", pv_string_ref(slashes));
	before = pv_arena_used(cx.arena);
	webhook_names(cx.arena, &payload, &found);
	assert_int_equal(found.len, 64);
	assert_true(pv_arena_used(cx.arena) - before < (1 << 20));
	webhook_repositories(cx.arena, &payload, &found);
	assert_int_equal(found.len, 0);

	pv_listb_init(&list, cx.arena);
	for (size_t i = 0; i < 1000; i++)
		pv_listb_add(&list, pv_with(cx.arena, NULL, "href", pv_string_ref("https://bb.example/p/r")));
	payload = pv_with_at(cx.arena, NULL, "repository.links.clone", pv_listb_end(&list));
	webhook_repositories(cx.arena, &payload, &found);
	assert_int_equal(found.len, 64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_a_forge_calls_it),
		cmocka_unit_test(each_forge_names_its_repository),
		cmocka_unit_test(real_payloads),
		cmocka_unit_test(proofs),
		cmocka_unit_test(logins),
		cmocka_unit_test(strangers),
		cmocka_unit_test(what_came),
		cmocka_unit_test(no_more_than_a_forge_says),
	};
	int r;
	pv_ctx_init(&cx, "test");
	r = cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
	pv_ctx_done(&cx);
	return r;
}
