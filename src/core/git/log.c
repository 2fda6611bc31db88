/* log: commits that followed one another somewhere (the deployments of an application): what each is, and
 * what came with it since the one before.  Runs in a child that may read the mirror and nothing else. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/git/git.h"
#include "core/git/inside.h"
#include "core/git/repo.h"

#define SUBJECT_MOST 200 /* bytes */
#define COMMITS_MOST 50  /* followed, from one towards the other */
#define OTHERS_MOST 10   /* told by their subject */
#define FILES_TOLD 20
#define DIFF_ENTRIES_MOST 100000
#define DIFF_DEPTH_MOST 100

struct log {
	pv_ctx *cx;
	git_repository *repo;
	const char *url;
};

static git_commit *
find(struct log *l, const char *id)
{
	git_commit *commit = NULL;
	git_oid oid;
	if (!id || git_oid_fromstr(&oid, id) < 0 || git_commit_lookup(&commit, l->repo, &oid) < 0)
		return NULL;
	return commit;
}

static pv_val
subject_of(struct log *l, git_commit *commit)
{
	const char *text = git_commit_summary(commit);
	pv_str shown = pv_str_clip(text ? text : "", SUBJECT_MOST);

	return pv_stringf(l->cx->arena, "%.*s%s", (int)shown.len, shown.s, shown.s[shown.len] ? "…" : "");
}

/* ---- the commits between two ---- */

/* How many it is along the first parents from one to the other, 0 if it is not that near; the subjects
 * of those between go into `others`, which may be NULL. */
static int64_t
steps_between(struct log *l, const git_oid *from, const git_oid *to, pv_listb *others)
{
	git_revwalk *walk = NULL;
	git_commit *commit;
	int64_t steps = 0, found = 0;
	git_oid at;
	if (git_revwalk_new(&walk, l->repo) < 0)
		return 0;
	git_revwalk_simplify_first_parent(walk);
	if (git_revwalk_push(walk, from) == 0)
		while (!found && steps <= COMMITS_MOST && git_revwalk_next(&at, walk) == 0) {
			if (git_oid_equal(&at, to))
				found = steps;
			else if (steps && others && others->len < OTHERS_MOST &&
				 git_commit_lookup(&commit, l->repo, &at) == 0) {
				pv_listb_add(others, subject_of(l, commit));
				git_commit_free(commit);
			}
			steps++;
		}
	git_revwalk_free(walk);
	return found;
}

static void
put_commits(struct log *l, git_commit *commit, git_commit *before, pv_objb *b)
{
	const git_oid *id = git_commit_id(commit), *was = git_commit_id(before);
	pv_listb others;
	int64_t n;
	if (git_oid_equal(id, was))
		return;
	pv_listb_init(&others, l->cx->arena);
	n = steps_between(l, id, was, &others);
	if (n > 0) {
		pv_objb_put(b, "commits", pv_int(n));
		if (others.len)
			pv_objb_put(b, "others", pv_listb_end(&others));
	} else if ((n = steps_between(l, was, id, NULL)) > 0) {
		pv_objb_put(b, "back", pv_int(n));
	}
}

/* ---- the files that differ ---- */

/* The library's own diff looks at every file of both trees, whatever they have in common. */
struct diff {
	struct log *log;
	pv_listb files;
	size_t entries;
	bool more; /* there are others, or it was not looked at all */
};

static void
add_file(struct diff *d, const char *path, const char *change)
{
	pv_objb b;
	if (d->files.len >= FILES_TOLD) {
		d->more = true;
		return;
	}
	pv_objb_init(&b, d->log->cx->arena);
	pv_objb_puts(&b, "path", path);
	pv_objb_puts(&b, "change", change);
	pv_listb_add(&d->files, pv_objb_end(&b));
}

static git_tree *
tree_of(struct log *l, const git_tree_entry *entry)
{
	git_tree *tree = NULL;
	if (!entry || git_tree_entry_type(entry) != GIT_OBJECT_TREE ||
	    git_tree_lookup(&tree, l->repo, git_tree_entry_id(entry)) < 0)
		return NULL;
	return tree;
}

static bool
is_file(const git_tree_entry *entry)
{
	return entry && git_tree_entry_type(entry) == GIT_OBJECT_BLOB;
}

static void differ(struct diff *d, const git_tree *was, const git_tree *is, const char *base, int depth);

/* One name, in one of them or in both. */
static void
compare(struct diff *d, const git_tree_entry *was, const git_tree_entry *is, const char *base, int depth)
{
	const char *name = git_tree_entry_name(is ? is : was),
		   *path = pv_printf(d->log->cx->arena, "%s%s%s", base, *base ? "/" : "", name);
	git_tree *old = tree_of(d->log, was), *new = tree_of(d->log, is);
	if (old || new)
		differ(d, old, new, path, depth + 1);
	if (is_file(is))
		add_file(d, path, is_file(was) ? "changed" : "added");
	else if (is_file(was))
		add_file(d, path, "removed");
	git_tree_free(old);
	git_tree_free(new);
}

static bool
is_same(const git_tree_entry *a, const git_tree_entry *b)
{
	return a && b && git_oid_equal(git_tree_entry_id(a), git_tree_entry_id(b)) &&
	       git_tree_entry_filemode(a) == git_tree_entry_filemode(b);
}

/* NULL: empty.  Those of `is` first, then what only `was` has. */
static void
differ(struct diff *d, const git_tree *was, const git_tree *is, const char *base, int depth)
{
	size_t n = is ? git_tree_entrycount(is) : 0, m = was ? git_tree_entrycount(was) : 0;
	for (size_t i = 0; i < n + m && !d->more; i++) {
		const git_tree *of = i < n ? is : was, *other = i < n ? was : is;
		const git_tree_entry *one = git_tree_entry_byindex(of, i < n ? i : i - n),
				     *match = other ? git_tree_entry_byname(other, git_tree_entry_name(one))
						    : NULL;
		if (++d->entries > DIFF_ENTRIES_MOST || depth > DIFF_DEPTH_MOST)
			d->more = true;
		else if (i < n && !is_same(match, one))
			compare(d, match, one, base, depth);
		else if (i >= n && !match)
			compare(d, one, NULL, base, depth);
	}
}

/* The directory in that commit: NULL, and so empty, if it has none. */
static git_tree *
directory(struct log *l, git_commit *commit, const char *path)
{
	git_tree_entry *entry = NULL;
	git_tree *root = NULL, *tree = NULL;
	if (git_commit_tree(&root, commit) < 0 || !*path)
		return root;
	if (git_tree_entry_bypath(&entry, root, path) == 0)
		tree = tree_of(l, entry);
	git_tree_entry_free(entry);
	git_tree_free(root);
	return tree;
}

static void
put_files(struct log *l, git_commit *commit, git_commit *before, const char *path, pv_objb *b)
{
	git_tree *is = directory(l, commit, path), *was = directory(l, before, path);
	struct diff d = {.log = l};
	pv_listb_init(&d.files, l->cx->arena);
	differ(&d, was, is, path, 0);
	pv_objb_put(b, "files", pv_listb_end(&d.files));
	if (d.more)
		pv_objb_put(b, "moreFiles", pv_bool(true));
	git_tree_free(was);
	git_tree_free(is);
}

/* ---- one after another ---- */

static void
put_commit(struct log *l, git_commit *commit, pv_objb *b)
{
	const git_signature *author = git_commit_author(commit);
	pv_objb_put(b, "author", pv_string(l->cx->arena, author->name));
	pv_objb_put(b, "email", pv_string(l->cx->arena, author->email));
	pv_objb_puts(b, "date", pv_time_format(l->cx->arena, git_commit_time(commit) * PV_SEC));
	pv_objb_put(b, "subject", subject_of(l, commit));
}

static pv_val
told(struct log *l, const pv_val *step)
{
	const char *path = pv_git_path(l->cx->arena, pv_text_at(step, "path", ""));
	git_commit *commit = find(l, pv_text_at(step, "commit", NULL)),
		   *before = find(l, pv_text_at(step, "before", NULL));
	pv_objb b;
	pv_objb_init(&b, l->cx->arena);
	pv_objb_puts(&b, "commit", pv_text_at(step, "commit", ""));
	if (commit)
		put_commit(l, commit, &b);
	if (commit && before) {
		put_commits(l, commit, before, &b);
		put_files(l, commit, before, path, &b);
	}
	git_commit_free(before);
	git_commit_free(commit);
	return pv_objb_end(&b);
}

int
repo_log(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	struct log l = {.cx = cx, .url = pv_text_at(request, "name", "")};
	const pv_val *steps = pv_get(request, "steps");
	pv_listb list;
	int r;
	git_start();
	r = git_open(cx, pv_text_at(request, "mirror", ""), l.url, &l.repo);
	if (r < 0)
		return r;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(steps); i++)
		pv_listb_add(&list, told(&l, pv_item(steps, i)));
	*ret = pv_with(cx->arena, NULL, "steps", pv_listb_end(&list));
	git_repository_free(l.repo);
	return 0;
}
