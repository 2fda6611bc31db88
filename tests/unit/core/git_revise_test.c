/* Other values in YAML files of a branch: by a commit that the remote has, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "core/git/git.h"
#include "lang/json/json.h"
#include "unit/core/git_place.h"

#define SHOP \
	"git init -q -b main work; cd work; mkdir env; printf '# how\\nimage: {tag: one} # now\\n' >env/values.yaml; " \
	"printf 'tag: x\\n' >env/other.yaml; ln -s other.yaml env/link.yaml; git add .; git commit -qm First; cd ..; " \
	"git clone -q --bare work shop"

static const char *
told(git_place *p, const char *script)
{
	char text[256] = "";
	FILE *f;
	size_t n;
	git_place_shell(p, pv_printf(p->w->cx.arena, "(%s) >told", script));
	f = fopen(pv_printf(p->w->cx.arena, "%s/told", p->dir), "r");
	if (!f)
		fail_msg("%s told nothing", script);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	return pv_strndup(p->w->cx.arena, text, n);
}

static void
permit(git_place *p)
{
	(void)world_create(
		p->w, "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"argocd\"}}");
	(void)world_create(
		p->w, pv_printf(p->w->cx.arena,
				"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"all\","
				"\"namespace\":\"argocd\",\"labels\":{\"argocd.argoproj.io/secret-type\":"
				"\"repo-write-creds\"}},\"stringData\":{\"url\":\"file://%s\"}}",
				p->dir));
}

/* What came of it: the commit, or the error's text. */
static const char *
pushed(git_place *p, const char *repo, const char *request, bool *ret_changed)
{
	const char *url = pv_printf(p->w->cx.arena, "file://%s/%s", p->dir, repo), *text;
	pv_val done;
	*ret_changed = false;
	if (pv_git_push(&p->w->cx, p->facts, url, world_json(p->w, request), &done) == 0) {
		*ret_changed = pv_truth_at(&done, "changed", false);
		return pv_strdup(p->w->cx.arena, pv_text_at(&done, "commit", ""));
	}
	text = pv_strdup(p->w->cx.arena, pv_error_text(&p->w->cx));
	pv_recover(&p->w->cx);
	return text;
}

#define TO(tag) \
	"{\"branch\":\"main\",\"message\":\"Promote to " tag \
	"\",\"author\":{\"name\":\"Pave\",\"email\":\"pave@example.org\"}," \
	"\"edits\":[{\"path\":\"env/values.yaml\",\"field\":\"image.tag\",\"text\":\"" tag "\"}," \
	"{\"path\":\"./env/other.yaml\",\"field\":\"tag\",\"text\":\"" tag "\"}]}"

static void
one_commit_once(void **state)
{
	git_place *p = *state;
	const char *first, *again;
	bool changed;
	git_place_shell(p, SHOP);
	permit(p);
	first = pushed(p, "shop", TO("two"), &changed);
	if (!changed)
		fail_msg("%s", first);
	assert_string_equal(told(p, "git -C shop rev-parse main"), pv_printf(p->w->cx.arena, "%s\n", first));
	assert_string_equal(told(p, "git -C shop show main:env/values.yaml main:env/other.yaml"),
			    "# how\nimage: {tag: two} # now\ntag: two\n");
	assert_string_equal(told(p, "git -C shop log -1 --format='%an %ae %s' main"),
			    "Pave pave@example.org Promote to two\n");
	assert_string_equal(told(p, "git -C shop diff --stat=80 main~1 main -- env/link.yaml | wc -l"),
			    "0\n");
	again = pushed(p, "shop", TO("two"), &changed); /* the server ended before it knew */
	assert_false(changed);
	assert_string_equal(again, first);
	git_place_shell(p,
			"git clone -q shop else; cd else; git commit -q --allow-empty -m Else; git push -q");
	assert_string_equal(pushed(p, "shop", TO("two"), &changed), first);
	assert_false(changed);
	(void)pushed(p, "shop", TO("three"), &changed); /* on top of what others pushed meanwhile */
	assert_true(changed);
	assert_string_equal(told(p, "git -C shop log --format=%s main"),
			    "Promote to three\nElse\nPromote to two\nFirst\n");
}

#define WRONG(branch, path, field) \
	"{\"branch\":\"" branch \
	"\",\"message\":\"m\",\"author\":\"a\",\"email\":\"a@b\",\"edits\":[{\"path\":\"" path \
	"\",\"field\":\"" field "\",\"text\":\"x\"}]}"

static void
what_cannot_be_pushed_is_named(void **state)
{
	static const char *const rows[][2] = {
		{WRONG("away", "env/values.yaml", "image.tag"), "has no file \"env/values.yaml\""},
		{WRONG("main", "env/none.yaml", "image.tag"), "has no file \"env/none.yaml\" on that branch"},
		{WRONG("main", "env/link.yaml", "tag"), "has no file \"env/link.yaml\""},
		{WRONG("main", "../shop", "tag"), "has no file \"../shop\""},
		{WRONG("main", "env", "tag"), "has no file \"env\""},
		{WRONG("main", "env/values.yaml", "image.name"),
		 "env/values.yaml: it has no value at image.name"},
	};
	git_place *p = *state;
	const char *text;
	bool changed;
	git_place_shell(p, SHOP);
	permit(p);
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		text = pushed(p, "shop", rows[i][0], &changed);
		if (!strstr(text, rows[i][1]))
			fail_msg("expected %s, found %s", rows[i][1], text);
	}
	text = pushed(p, "work", TO("two"), &changed);
	if (!strstr(text, "it is checked out there"))
		fail_msg("a repository with a work tree: %s", text);
	assert_string_equal(told(p, "git -C shop log --format=%s main"), "First\n");
}

int
main(int argc, char **argv)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_place_open, git_place_close)
	const struct CMUnitTest tests[] = {
		T(one_commit_once),
		T(what_cannot_be_pushed_is_named),
	};
	if (argc > 1 && pv_streq(argv[1], "--job"))
		return pv_job_main(argc, argv);
	return cmocka_run_group_tests_name("git revise", tests, NULL, NULL);
}
