/* What came with each of several commits that followed one another, out of a mirror. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "core/git/git.h"
#include "unit/core/git_place.h"

static const char *
first_line(git_place *p, const char *file)
{
	char line[64] = "";
	FILE *f = fopen(pv_printf(p->w->cx.arena, "%s/%s", p->dir, file), "r");
	if (!f || !fgets(line, sizeof(line), f))
		fail_msg("%s cannot be read", file);
	fclose(f);
	return pv_strndup(p->w->cx.arena, line, strcspn(line, "\n"));
}

/* The commit that main is at, once it is known. */
static const char *
head_of(git_place *p, const char *repo)
{
	const char *head, *at = "";
	git_place_shell(p, pv_printf(p->w->cx.arena, "cd %s; git rev-parse main >../head", repo));
	head = first_line(p, "head");
	while (!pv_streq(at, head))
		at = pv_text_at(git_place_know(p, repo, "main", "", at), "commit", "");
	return head;
}

static pv_val
log_of(git_place *p, const char *repo, const char *path, const char *const *revisions, size_t n)
{
	pv_arena *arena = p->w->cx.arena;
	const char *before = NULL;
	pv_listb list;
	pv_val steps, told;
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < n; i++) {
		pv_objb b;
		pv_objb_init(&b, arena);
		pv_objb_puts(&b, "commit", revisions[i]);
		pv_objb_puts(&b, "before", before);
		pv_objb_puts(&b, "path", path);
		pv_listb_add(&list, pv_objb_end(&b));
		before = revisions[i];
	}
	steps = pv_listb_end(&list);
	if (pv_git_log(&p->w->cx, p->facts, pv_printf(arena, "%s/%s", p->dir, repo), &steps, &told) < 0)
		fail_msg("%s", pv_error_text(&p->w->cx));
	assert_int_equal(pv_count(pv_get(&told, "steps")), n);
	return *pv_get(&told, "steps");
}

static const char *
changes(git_place *p, const pv_val *step)
{
	const pv_val *files = pv_get(step, "files");
	const char *all = "";
	for (size_t i = 0; i < pv_count(files); i++)
		all = pv_printf(p->w->cx.arena, "%s %s:%s", all, pv_text_at(pv_item(files, i), "change", ""),
				pv_text_at(pv_item(files, i), "path", ""));
	return all;
}

static void
what_came_with_each_deployment(void **state)
{
	git_place *p = *state;
	const char *at[5] = {head_of(p, "repo")};
	pv_val steps;
	git_place_shell(
		p,
		"cd repo; echo x >docs/more.md; git add .; git commit -qm 'Only docs'; echo two >deploy/a.yaml; "
		"git rm -q deploy/sub/b.yaml; mkdir deploy/sub; echo n >deploy/sub/n.yaml; git add .; "
		"git -c user.name='J\303\266rg' commit -q --author 'Noor <noor@example.org>' -m 'Two lines\nof it\n\nbody'");
	at[1] = head_of(p, "repo");
	at[2] = at[0];
	at[3] = "0000000000000000000000000000000000000001";
	at[4] = "1.2.3";
	steps = log_of(p, "repo", "./deploy/", at, PV_LEN(at));
	assert_string_equal(pv_text_at(pv_item(&steps, 0), "subject", ""), "First words");
	assert_string_equal(pv_text_at(pv_item(&steps, 0), "author", ""), "Mara");
	assert_null(pv_get(pv_item(&steps, 0), "files")); /* nothing was before */
	assert_string_equal(pv_text_at(pv_item(&steps, 1), "author", ""), "Noor");
	assert_string_equal(pv_text_at(pv_item(&steps, 1), "email", ""), "noor@example.org");
	assert_int_equal(pv_i64_at(pv_item(&steps, 1), "commits", 0), 2);
	assert_string_equal(pv_text(pv_item(pv_get(pv_item(&steps, 1), "others"), 0), ""), "Only docs");
	assert_string_equal(changes(p, pv_item(&steps, 1)),
			    " changed:deploy/a.yaml added:deploy/sub/n.yaml removed:deploy/sub/b.yaml");
	assert_int_equal(pv_i64_at(pv_item(&steps, 2), "back", 0), 2);
	assert_string_equal(changes(p, pv_item(&steps, 2)),
			    " changed:deploy/a.yaml added:deploy/sub/b.yaml removed:deploy/sub/n.yaml");
	for (size_t i = 3; i < 5; i++) { /* not there, and no commit at all */
		assert_null(pv_get(pv_item(&steps, i), "subject"));
		assert_string_equal(pv_text_at(pv_item(&steps, i), "commit", ""), at[i]);
	}
}

static void
a_deployment_of_too_much_is_told_in_part(void **state)
{
	git_place *p = *state;
	const char *at[3];
	pv_val steps;
	git_place_shell(
		p,
		"git init -q -b main big; cd big; git commit -q --allow-empty -m \"$(head -c 1000 /dev/zero | tr '\\0' x)\"");
	at[0] = head_of(p, "big");
	git_place_shell(p,
			"cd big; for i in $(seq 60); do echo $i >f$i; done; git add .; git commit -qm Many; "
			"for i in $(seq 60); do git commit -q --allow-empty -m $i; done");
	at[1] = head_of(p, "big");
	steps = log_of(p, "big", ".", at, 2);
	assert_int_equal(strlen(pv_text_at(pv_item(&steps, 0), "subject", "")), 203); /* with the ellipsis */
	assert_int_equal(pv_count(pv_get(pv_item(&steps, 1), "files")), 20);
	assert_true(pv_truth_at(pv_item(&steps, 1), "moreFiles", false));
	assert_null(pv_get(pv_item(&steps, 1), "commits")); /* 61: further than is followed */
}

/* 10^10 files that all differ, and 10^7 directories without any: within the limits all the same. */
static void
a_tree_bomb_is_compared_in_part(void **state)
{
	git_place *p = *state;
	const char *at[4];
	pv_val steps;
	git_place_shell(
		p, "git init -q -b main big; cd big; git commit -q --allow-empty -m Nothing; "
		   "t=$(printf '100644 blob %s\\tf\\n' $(echo x | git hash-object -w --stdin) | git mktree); "
		   "for l in 1 2 3 4 5 6 7 8 9; do t=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree "
		   "%s\\td%s\\n' $t $i; done | git mktree); done; "
		   "git update-ref refs/heads/full $(git commit-tree $t -m bomb); "
		   "t=$(git mktree </dev/null); for l in 1 2 3 4 5 6 7; do t=$(for i in 0 1 2 3 4 5 6 7 8 9; "
		   "do printf '040000 tree %s\\td%s\\n' $t $i; done | git mktree); done; "
		   "git update-ref refs/heads/empty $(git commit-tree $t -m bomb)");
	at[0] = at[2] = head_of(p, "big");
	git_place_shell(p, "cd big; git rev-parse full >../full; git rev-parse empty >../empty");
	at[1] = first_line(p, "full");
	at[3] = first_line(p, "empty");
	steps = log_of(p, "big", "", at, 4);
	assert_int_equal(pv_count(pv_get(pv_item(&steps, 1), "files")), 20);
	assert_true(pv_truth_at(pv_item(&steps, 1), "moreFiles", false));
	assert_int_equal(pv_count(pv_get(pv_item(&steps, 3), "files")), 0);
	assert_true(pv_truth_at(pv_item(&steps, 3), "moreFiles", false));
}

int
main(int argc, char **argv)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_place_open, git_place_close)
	const struct CMUnitTest tests[] = {
		T(what_came_with_each_deployment),
		T(a_deployment_of_too_much_is_told_in_part),
		T(a_tree_bomb_is_compared_in_part),
	};
	if (argc > 1 && pv_streq(argv[1], "--job"))
		return pv_job_main(argc, argv);
	return cmocka_run_group_tests_name("git log", tests, NULL, NULL);
}
