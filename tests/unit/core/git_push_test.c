/* What Pave commits itself to a repository, and where it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "core/git/git.h"
#include "lang/json/json.h"
#include "unit/core/git_place.h"

/* A Secret that lets a project (or ""), or all, push to the repository of the folder. */
static void
permit(git_place *p, const char *repo, const char *project)
{
	(void)world_create(
		p->w, "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"argocd\"}}");
	(void)world_create(
		p->w, pv_printf(p->w->cx.arena,
				"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"%s\","
				"\"namespace\":\"argocd\",\"labels\":{\"argocd.argoproj.io/secret-type\":"
				"\"repository-write\"}},\"stringData\":{\"url\":\"file://%s/%s\","
				"\"project\":\"%s\"}}",
				repo, p->dir, repo, project));
}

/* The commit, or the error's text. */
static const char *
push(git_place *p, const char *repo, const char *change, bool *ret_changed)
{
	pv_arena *arena = p->w->cx.arena;
	pv_val done;
	if (pv_git_push(&p->w->cx, p->facts, pv_printf(arena, "file://%s/%s", p->dir, repo),
			world_json(p->w, change), &done) < 0) {
		const char *text = pv_strdup(arena, pv_error_text(&p->w->cx));
		pv_recover(&p->w->cx);
		return text;
	}
	*ret_changed = pv_truth_at(&done, "changed", false);
	return pv_strdup(arena, pv_text_at(&done, "commit", ""));
}

static const char change[] =
	"{\"branch\":\"env/test\",\"drop\":[\"web\"],\"message\":\"one\",\"author\":{\"name\":\"Ida\",\"email\":"
	"\"ida@pave.invalid\"},\"files\":[{\"path\":\"web/manifest.yaml\",\"text\":\"a: 1\\n\"},{\"path\":"
	"\"README.md\",\"text\":\"hello\\n\"}]}";

static void
a_branch_begins_at_nothing_or_where_it_is_told(void **state)
{
	git_place *p = *state;
	bool changed;
	permit(p, "repo", "");
	const char *first = push(p, "repo", change, &changed);
	assert_int_equal(strlen(first), 40);
	assert_true(changed);
	assert_string_equal(push(p, "repo", change, &changed), first); /* so already: no commit */
	assert_false(changed);
	git_place_shell(
		p, "cd repo; test \"$(git ls-tree -r --name-only env/test | tr '\\n' ' ')\" = 'README.md "
		   "web/manifest.yaml '; test \"$(git log --format='%an %ae %s' env/test)\" = 'Ida "
		   "ida@pave.invalid one'");
	assert_int_equal(
		strlen(push(
			p, "repo",
			"{\"branch\":\"next\",\"from\":\"env/test\",\"message\":\"two\",\"drop\":"
			"[\"web\"],\"files\":[{\"path\":\"web/b.yaml\",\"text\":\"b\"},{\"path\":\"web/in/c.yaml\","
			"\"text\":\"c\"}]}",
			&changed)),
		40);
	git_place_shell(
		p,
		"cd repo; test \"$(git ls-tree -r --name-only next | tr '\\n' ' ')\" = 'README.md "
		"web/b.yaml web/in/c.yaml '; test \"$(git log --format=%s next | tr '\\n' ' ')\" = 'two one '");
	assert_int_equal(
		strlen(push(
			p, "repo",
			"{\"branch\":\"next\",\"message\":\"three\",\"drop\":[\"web\"],\"files\":[{\"path\":"
			"\"web/d.yaml\",\"text\":\"d\"}]}",
			&changed)),
		40);
	git_place_shell(p, "cd repo; test \"$(git ls-tree -r --name-only next | tr '\\n' ' ')\" = 'README.md "
			   "web/d.yaml web/in/c.yaml '");
}

static void
nothing_is_written_where_nobody_said_so(void **state)
{
	git_place *p = *state;
	bool changed;
	assert_non_null(strstr(push(p, "repo", change, &changed), "Pave may not push to it"));
	permit(p, "repo", "shop");
	assert_non_null(
		strstr(push(p, "repo", change, &changed), "lets project \"shop\" push to it, and not"));
	git_place_shell(p, "cd repo; test -z \"$(git branch --list env/test)\"");
}

static void
what_would_harm_is_refused(void **state)
{
	static const char *const rows[][2] = {
		{"{\"branch\":\"main\",\"files\":[{\"path\":\"a\",\"text\":\"\"}]}",
		 "it is checked out there"},
		{"{\"branch\":\"a..b\",\"files\":[]}", "is no name of a branch"},
		{"{\"branch\":\"-x\",\"files\":[]}", "is no name of a branch"},
		{"{\"branch\":\"x\",\"files\":[{\"path\":\"../a\",\"text\":\"\"}]}",
		 "is no path of a file in it"},
		{"{\"branch\":\"x\",\"files\":[{\"path\":\"a/.git/hooks/b\",\"text\":\"\"}]}",
		 "is no path of a file in it"},
		{"{\"branch\":\"x\",\"drop\":[\"/\"],\"files\":[]}", "is no path of a file in it"},
	};
	git_place *p = *state;
	bool changed;
	permit(p, "repo", "");
	for (size_t i = 0; i < PV_LEN(rows); i++)
		assert_non_null(strstr(push(p, "repo", rows[i][0], &changed), rows[i][1]));
}

int
main(int argc, char **argv)
{
	if (argc > 1 && pv_streq(argv[1], "--job"))
		return pv_job_main(argc, argv);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_branch_begins_at_nothing_or_where_it_is_told,
						git_place_open, git_place_close),
		cmocka_unit_test_setup_teardown(nothing_is_written_where_nobody_said_so, git_place_open,
						git_place_close),
		cmocka_unit_test_setup_teardown(what_would_harm_is_refused, git_place_open, git_place_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
