/* Git as facts over real repositories (made with the git command), and how URLs, Secrets and
 * known hosts are matched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"
#include "core/git/access.h"
#include "core/git/git.h"
#include "core/module.h"
#include "lang/json/json.h"
#include "unit/core/git_place.h"

static const char *
names(git_place *p, const pv_val *tree)
{
	const pv_val *files = pv_get(tree, "files");
	const char *all = "";
	if (pv_is(tree, PV_STRING))
		return pv_text(tree, "");
	for (size_t i = 0; i < pv_count(files); i++)
		all = pv_printf(p->w->cx.arena, "%s %s", all, pv_text_at(pv_item(files, i), "path", ""));
	return all;
}

static void
revisions_of_every_sort(void **state)
{
	git_place *p = *state;
	const pv_val *head = git_place_know(p, "repo", "HEAD", "deploy", "");
	const char *id = pv_text_at(head, "commit", "");
	const char *same[] = {"main",
			      "light",
			      "annotated",
			      "refs/heads/main",
			      "refs/tags/annotated",
			      id,
			      pv_strndup(p->w->cx.arena, id, 8)};
	assert_string_equal(names(p, head), " deploy/a.yaml deploy/sub/b.yaml"); /* no symbolic link */
	assert_string_equal(pv_text_at(head, "author", ""), "Mara <mara@example.org>");
	assert_string_equal(pv_text_at(head, "message", ""), "First words\n\nbody\n");
	for (size_t i = 0; i < PV_LEN(same); i++)
		assert_string_equal(
			pv_text_at(git_place_know(p, "repo", same[i], "deploy", ""), "commit", same[i]), id);
	assert_string_equal(names(p, git_place_know(p, "repo", "other", "./deploy//", "")),
			    " deploy/a.yaml deploy/c.yaml deploy/sub/b.yaml");
	assert_string_equal(names(p, git_place_know(p, "repo", "main", ".", "")),
			    " deploy/a.yaml deploy/sub/b.yaml docs/read.md");
}

/* https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/#git */
static void
a_range_is_the_highest_tag_in_it(void **state)
{
	static const char *const rows[][2] = {
		{"1.*", "v1.10.0"}, {"^1.2", "v1.10.0"}, {">=1.0.0 <1.10", "1.9.0"},   {"*", "2.0.0"},
		{"1.9.x", "1.9.0"}, {"1.9", "Second"},   {">=2.1.0-0", "v2.1.0-rc.1"},
	};
	git_place *p = *state;
	git_place_shell(p, "cd repo; for t in 1.9.0 v1.10.0 2.0.0 v2.1.0-rc.1 latest; do git commit -q "
			   "--allow-empty -m $t; git tag $t; done; git branch 1.9 other");
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *text =
			pv_text_at(git_place_know(p, "repo", rows[i][0], "", ""), "message", "none");
		assert_string_equal(pv_strndup(p->w->cx.arena, text, strcspn(text, "\n")), rows[i][1]);
	}
	assert_non_null(
		strstr(names(p, git_place_know(p, "repo", ">=3", "", "")), "has no revision \">=3\""));
}

static void
faults_have_their_own_words(void **state)
{
	git_place *p = *state;
	assert_non_null(strstr(names(p, git_place_know(p, "nowhere", "HEAD", "", "")),
			       "/nowhere: No such file or directory"));
	git_place_shell(p, "git init -q empty");
	assert_non_null(strstr(names(p, git_place_know(p, "empty", "HEAD", "", "")),
			       "is empty: it has no commit yet"));
	assert_non_null(strstr(names(p, git_place_know(p, "repo", "v9", "", "")), "has no revision \"v9\""));
	assert_non_null(strstr(names(p, git_place_know(p, "repo", "deadbeef", "", "")),
			       "has no revision \"deadbeef\""));
	assert_non_null(strstr(names(p, git_place_know(p, "repo", "main", "deploy/nothing", "")),
			       "deploy/nothing: app path does not exist"));
	assert_non_null(strstr(names(p, git_place_know(p, "repo", "main", "deploy/a.yaml", "")),
			       "app path does not exist"));
	assert_non_null(strstr(names(p, git_place_know(p, "http://u:pw@127.0.0.1:1/x", "main", "", "")),
			       "http://127.0.0.1:1/x cannot be reached"));
}

static void
a_commit_shows_by_itself(void **state)
{
	git_place *p = *state;
	const pv_val *deploy = git_place_know(p, "repo", "main", "deploy", ""),
		     *docs = git_place_know(p, "repo", "main", "docs", ""), *now;
	const char *before = pv_text_at(deploy, "commit", "");
	git_place_shell(p, "cd repo; echo changed >docs/read.md; git commit -qam Third");
	now = git_place_know(p, "repo", "main", "deploy", before);
	assert_string_equal(pv_text_at(now, "message", ""), "Third\n");
	assert_string_equal(pv_text_at(now, "tree", ""),
			    pv_text_at(deploy, "tree", "?")); /* untouched: the same directory */
	now = git_place_know(p, "repo", "main", "docs", before);
	assert_string_not_equal(pv_text_at(now, "tree", ""), pv_text_at(docs, "tree", ""));
}

/* A fetch that was killed in the middle leaves files behind that say somebody is writing. */
static void
a_fetch_that_was_killed_stops_no_other(void **state)
{
	git_place *p = *state;
	const pv_val *tree = git_place_know(p, "repo", "main", "docs", "");
	const char *before = pv_text_at(tree, "commit", "");
	git_place_shell(p, pv_printf(p->w->cx.arena,
				     "cd '%s/git'; for m in */; do touch $m/HEAD.lock $m/config.lock "
				     "$m/packed-refs.lock $m/refs/heads/main.lock; done",
				     pv_facts_dir(p->facts)));
	git_place_shell(p, "cd repo; echo changed >docs/read.md; git commit -qam Third");
	tree = git_place_know(p, "repo", "main", "docs", before);
	assert_string_equal(pv_text_at(tree, "message", ""), "Third\n");
}

static int
texts(git_place *p, const char *repo, const char *glob, pv_val *ret)
{
	pv_val list = pv_list_of(p->w->cx.arena, &(pv_val[]){pv_string(p->w->cx.arena, glob)}[0], 1);
	const pv_val *tree = git_place_know(p, repo, "HEAD", "", "");
	if (pv_is(tree, PV_STRING))
		return pv_fail(&p->w->cx, PV_EINVALID, "%s", pv_text(tree, ""));
	return pv_git_files(&p->w->cx, p->facts, pv_printf(p->w->cx.arena, "%s/%s", p->dir, repo),
			    pv_text_at(tree, "commit", ""), &list, ret);
}

static void
texts_of_files_within_limits(void **state)
{
	git_place *p = *state;
	pv_val found;
	if (texts(p, "repo", "deploy/**", &found) < 0)
		fail_msg("%s", pv_error_text(&p->w->cx));
	assert_int_equal(pv_count(pv_get(&found, "files")), 2);
	assert_string_equal(pv_text_at(pv_item(pv_get(&found, "files"), 0), "text", ""), "one\n");
	git_place_shell(
		p,
		"git init -q -b main big; cd big; head -c 1048577 /dev/zero | tr '\\0' x >large.yaml; head "
		"-c 1048576 large.yaml >fits.yaml; "
		"printf '\\377' >odd.yaml; git add .; git commit -qm Big");
	assert_int_equal(texts(p, "big", "fits.yaml", &found), 0);
	assert_int_equal(texts(p, "big", "odd.yaml", &found), 0);
	assert_string_equal(pv_text_at(pv_item(pv_get(&found, "files"), 0), "error", ""), "not UTF-8 text");
	assert_int_equal(texts(p, "big", "*.yaml", &found), -PV_ETOOLARGE);
	assert_non_null(strstr(pv_error_text(&p->w->cx), "a file is larger than 1 MiB (at large.yaml)"));
	pv_recover(&p->w->cx);
}

static void
ten_thousand_files_and_no_more(void **state)
{
	git_place *p = *state;
	const pv_val *before;
	git_place_shell(p, "git init -q -b main big; cd big; b=$(echo x | git hash-object -w --stdin); "
			   "seq 10000 | awk -v b=$b '{print \"100644 \" b \"\\tf\" $1}' | git update-index "
			   "--index-info; git commit -qm Many");
	before = git_place_know(p, "big", "main", "", "");
	assert_int_equal(pv_count(pv_get(before, "files")), 10000);
	git_place_shell(p, "cd big; git update-index --add --cacheinfo 100644,$(echo x | git hash-object -w "
			   "--stdin),z; git commit -qm More");
	assert_non_null(
		strstr(names(p, git_place_know(p, "big", "main", "", pv_text_at(before, "commit", ""))),
		       "more than 10,000 files"));
}

/* ---- names ---- */

/* 10 files, 9 levels of 10 times the same directory: 10^10 files in a repository of 11 objects. */
static void
a_tree_bomb_is_told_its_limit(void **state)
{
	git_place *p = *state;
	git_place_shell(
		p,
		"git init -q -b main big; cd big; b=$(echo x | git hash-object -w --stdin); "
		"t=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '100644 blob %s\\tf%s\\n' $b $i; done | git mktree); "
		"for l in 1 2 3 4 5 6 7 8 9; do t=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree "
		"%s\\td%s\\n' $t $i; done | git mktree); done; "
		"git update-ref refs/heads/main $(git commit-tree $t -m bomb)");
	git_place_shell(
		p,
		"cd big; t=$(git mktree </dev/null); for l in 1 2 3 4 5 6 7; do t=$(for i in 0 1 2 3 4 5 6 7 8 9; "
		"do printf '040000 tree %s\\td%s\\n' $t $i; done | git mktree); done; "
		"git update-ref refs/heads/empty $(git commit-tree $t -m bomb)");
	assert_non_null(
		strstr(names(p, git_place_know(p, "big", "main", "", "")), "more than 10,000 files (at d"));
	assert_non_null(strstr(names(p, git_place_know(p, "big", "empty", "", "")),
			       "more than 1,000,000 files and directories (at d"));
}

static void
refs_that_are_broken_hide_no_others(void **state)
{
	git_place *p = *state;
	git_place_shell(
		p, "cd repo/.git/refs; cp heads/main 'heads/a b'; : >heads/torn; echo nothing >tags/nothing; "
		   "printf '%040d\\n' 7 >heads/missing");
	assert_string_equal(names(p, git_place_know(p, "repo", "other", "docs", "")), " docs/read.md");
	assert_string_equal(names(p, git_place_know(p, "repo", "HEAD", "docs", "")), " docs/read.md");
	assert_non_null(
		strstr(names(p, git_place_know(p, "repo", "torn", "docs", "")), "has no revision \"torn\""));
}

static void
the_same_repository_or_another(void **state)
{
	git_place *p = *state;
	pv_arena *arena = p->w->cx.arena;
	assert_true(pv_git_same("https://github.com/Org/App.git", "git@github.com:org/app"));
	assert_true(pv_git_same("ssh://git@host:2222/a/b/", "https://user:pw@host/a/b.git"));
	assert_true(pv_git_same("/srv/git/App.GIT//", "file:///srv/git/app"));
	assert_false(pv_git_same("https://host/a/b", "https://host/a/bc"));
	assert_false(pv_git_same("https://host/a/b", "https://host.example/a/b"));
	/* Where secrets are at stake, scheme and port count. */
	assert_string_equal(git_address(arena, "https://u:p@Host/a/b.git/"),
			    git_address(arena, "https://host/a/b"));
	assert_string_equal(git_address(arena, "git@host:a/b.git"), git_address(arena, "ssh://git@host/a/b"));
	assert_string_not_equal(git_address(arena, "https://host/a"), git_address(arena, "http://host/a"));
	assert_string_not_equal(git_address(arena, "https://host/a"),
				git_address(arena, "https://host:8443/a"));
	assert_string_not_equal(git_mirror_name(arena, "http://host:1/a"),
				git_mirror_name(arena, "http://host:2/a"));
	assert_string_equal(pv_git_plain_url(arena, "https://u:p@w@host/a@b"), "https://host/a@b");
	assert_string_equal(pv_git_plain_url(arena, "git@host:a/b"), "git@host:a/b");
	assert_string_equal(pv_git_plain_url(arena, "https://u:p@host/a?token=p#p"), "https://host/a");
	assert_string_equal(pv_git_plain_url(arena, "file:///srv/a?b#c"), "file:///srv/a?b#c");
	assert_string_not_equal(git_address(arena, "https://host/a?b"), git_address(arena, "https://host/a"));
}

static void
secret(git_place *p, const char *ns, const char *name, const char *type, const char *url, const char *user)
{
	world_create(p->w, pv_printf(p->w->cx.arena,
				     "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"%"
				     "s\",\"namespace\":\"%s\",\"labels\":"
				     "{\"argocd.argoproj.io/"
				     "secret-type\":\"%s\"}},\"stringData\":{\"url\":\"%s\",\"username\":\"%"
				     "s\",\"password\":\"pw\"}}",
				     name, ns, type, url, user));
}

static const char *
user_for(git_place *p, const char *repo)
{
	pv_objb b;
	pv_val request;
	pv_objb_init(&b, p->w->cx.arena);
	assert_int_equal(git_add_access(&p->w->cx, p->facts, repo, GIT_READ, &b), 0);
	request = pv_objb_end(&b);
	return pv_text_at(pv_box(p->w->cx.arena, request), "username", "nobody");
}

static void
credentials_go_to_their_repository_only(void **state)
{
	git_place *p = *state;
	world_create(p->w,
		     "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"argocd\"}}");
	secret(p, "argocd", "prefix", "repo-creds", "https://host/org", "by-prefix");
	secret(p, "argocd", "longer", "repo-creds", "https://host/org/team", "by-longer-prefix");
	secret(p, "argocd", "own", "repository", "https://host/org/app.git", "own");
	secret(p, "default", "foreign", "repository", "https://host/else", "foreign");
	secret(p, "argocd", "host", "repo-creds", "https://whole.example", "by-host");
	world_create(
		p->w,
		"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"bare\",\"namespace\":"
		"\"argocd\",\"labels\":{\"argocd.argoproj.io/secret-type\":\"repository\"}},"
		"\"stringData\":{\"url\":\"https://host/org/bare\",\"insecure\":\"true\"}}");
	assert_string_equal(user_for(p, "https://host/org/bare"), "by-prefix");
	assert_string_equal(user_for(p, "https://whole.example/x"), "by-host");
	assert_string_equal(user_for(p, "https://whole.example.evil/x"), "nobody");
	assert_string_equal(user_for(p, "https://host/org/app"), "own");
	assert_string_equal(user_for(p, "https://host/org/other"), "by-prefix");
	assert_string_equal(user_for(p, "https://host/org/team/x"), "by-longer-prefix");
	assert_string_equal(user_for(p, "http://host/org/app"), "nobody");
	assert_string_equal(user_for(p, "https://host:444/org/app"), "nobody");
	assert_string_equal(user_for(p, "https://host/else"),
			    "nobody"); /* a Secret of any namespace is not enough */
}

/* An address that two readers may split at different places could carry a password away. */
static void
an_address_has_one_reading(void **state)
{
	static const char *const good[] = {"https://host/a/b", "HTTPS://u:p@host:444/a.git",
					   "ssh://git@host/a", "git@host:a/b",
					   "/srv/a b",         "file:///srv/a"};
	static const char *const bad[] = {"https://evil.example?x@host/a",
					  "https://evil.example#@host/a",
					  "https://evil.example\\@host/a",
					  "https://host/a\nb",
					  "https:///a",
					  "ext::sh",
					  "ftp://host/a",
					  "../../etc",
					  "",
					  "https://ho st/a",
					  "FILE:///etc"};
	git_place *p = *state;
	for (size_t i = 0; i < PV_LEN(good); i++)
		assert_int_equal(git_check_url(&p->w->cx, good[i]), 0);
	for (size_t i = 0; i < PV_LEN(bad); i++) {
		assert_int_equal(git_check_url(&p->w->cx, bad[i]), -PV_EINVALID);
		pv_recover(&p->w->cx);
	}
}

static void
known_hosts(void **state)
{
	git_place *p = *state;
	static const char file[] =
		"# comment\nhost.example,10.0.0.1 ssh-ed25519 AAAA\n[host.example]:2222 "
		"ssh-rsa BBBB\nother ssh-rsa CCCC a comment\n*.wild.example,!no.wild.example x DDDD\n"
		"@revoked other x EEEE\n@cert-authority other x FFFF\n"
		/* ssh-keygen -H of 192.168.1.61 */
		"|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-rsa GGGG\n";
	static const struct {
		const char *host, *port, *key;
		enum git_host want;
	} rows[] = {
		{"host.example", "", "AAAA", GIT_HOST_KNOWN},
		{"10.0.0.1", "22", "AAAA", GIT_HOST_KNOWN},
		{"Host.Example", "2222", "BBBB", GIT_HOST_KNOWN},
		{"host.example", "", "BBBB", GIT_HOST_OTHER_KEY},
		{"host.example", "2222", "AAAA", GIT_HOST_OTHER_KEY},
		{"host.example", "23", "AAAA", GIT_HOST_UNKNOWN},
		{"other", "", "CCCC", GIT_HOST_KNOWN},
		{"other", "", "AAAA", GIT_HOST_OTHER_KEY},
		{"other", "", "EEEE", GIT_HOST_REVOKED},
		{"other", "", "FFFF", GIT_HOST_OTHER_KEY},
		{"host", "", "AAAA", GIT_HOST_UNKNOWN},
		{"a.wild.example", "", "DDDD", GIT_HOST_KNOWN},
		{"no.wild.example", "", "DDDD", GIT_HOST_UNKNOWN},
		{"192.168.1.61", "", "GGGG", GIT_HOST_KNOWN},
		{"192.168.1.62", "", "GGGG", GIT_HOST_UNKNOWN},
	};
	for (size_t i = 0; i < PV_LEN(rows); i++)
		assert_int_equal(git_host_find(p->w->cx.arena, file, rows[i].host, rows[i].port, rows[i].key),
				 rows[i].want);
	assert_int_equal(git_host_find(p->w->cx.arena, "", "host", "", "AAAA"), GIT_HOST_UNKNOWN);
}

int
main(int argc, char **argv)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_place_open, git_place_close)
	const struct CMUnitTest tests[] = {
		T(revisions_of_every_sort),
		T(a_range_is_the_highest_tag_in_it),
		T(faults_have_their_own_words),
		T(a_commit_shows_by_itself),
		T(a_fetch_that_was_killed_stops_no_other),
		T(texts_of_files_within_limits),
		T(ten_thousand_files_and_no_more),
		T(a_tree_bomb_is_told_its_limit),
		T(refs_that_are_broken_hide_no_others),
		T(the_same_repository_or_another),
		T(credentials_go_to_their_repository_only),
		T(an_address_has_one_reading),
		T(known_hosts),
	};
	if (argc > 1 && pv_streq(argv[1], "--job"))
		return pv_job_main(argc, argv);
	return cmocka_run_group_tests_name("git", tests, NULL, NULL);
}
