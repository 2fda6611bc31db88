/* push: files on a branch as a commit.  Runs in a child that may write the mirror, which it brings up to its
 * remote first, and push from there; or, of a repository of this machine, write that. */
#include <string.h>

#include "base/str.h"
#include "core/git/git.h"
#include "core/git/remote.h"
#include "core/git/repo.h"

#define SENT "refs/pave/sent" /* of the mirror: what is pushed, while it is */

struct push {
	pv_ctx *cx;
	const pv_val *request;
	const char *name, *branch, *ref; /* name: of the repository, for people; ref: refs/heads/.. */
	git_repository *repo;
	git_commit *tip,
		*onto; /* tip: of the branch, NULL: it is new; onto: what the commit follows, NULL: nothing */
	git_oid tree;
	bool same; /* the file that counts is there already as it shall be */
};

static int
fault(struct push *p, int code)
{
	return git_fail(p->cx, p->name, code);
}

static int
look_up(struct push *p, const char *ref, git_commit **ret)
{
	git_oid id;
	int code = git_reference_name_to_id(&id, p->repo, ref);
	if (code == GIT_ENOTFOUND)
		return 0;
	if (code == 0)
		code = git_commit_lookup(ret, p->repo, &id);
	return code < 0 ? fault(p, code) : 0;
}

static int
find_tip(struct push *p)
{
	const char *from = pv_text_at(p->request, "from", "");
	int r;
	p->ref = pv_printf(p->cx->arena, "refs/heads/%s", p->branch);
	if (git_reference_is_valid_name(p->ref) != 1 || *p->branch == '-')
		return pv_fail(p->cx, PV_EINVALID, "repository %s: \"%s\" is no name of a branch", p->name,
			       p->branch);
	r = look_up(p, p->ref, &p->tip);
	if (r == 0 && p->tip == NULL && *from)
		r = look_up(p, pv_printf(p->cx->arena, "refs/heads/%s", from), &p->onto);
	if (p->tip)
		p->onto = p->tip;
	return r;
}

/* ---- the tree ---- */

static bool
leaves(const char *path)
{
	pv_str rest = pv_str_of(path), one;
	while (pv_str_next(&rest, '/', &one))
		if (pv_str_is(one, "..") || pv_str_is(one, ".git"))
			return true;
	return !*path || *path == '/';
}

static int
check_path(struct push *p, const char *path)
{
	return !leaves(path)
		       ? 0
		       : pv_fail(p->cx, PV_EINVALID,
				 "repository %s: \"%s\" is no path of a file in it: expected one without "
				 "\"..\" and \".git\"",
				 p->name, path);
}

/* Not the folders in a folder: they may be somebody else's. */
static int
drop(struct push *p, git_index *index, const char *path)
{
	const char *folder = pv_printf(p->cx->arena, "%s/", path);
	int r = check_path(p, path);
	if (r < 0)
		return r;
	for (size_t i = git_index_entrycount(index); i-- > 0;) {
		const char *at = git_index_get_byindex(index, i)->path;
		if (pv_streq(at, path) || (pv_starts_with(at, folder) && !strchr(at + strlen(folder), '/')))
			(void)git_index_remove(index, at, 0);
	}
	return 0;
}

static int
put(struct push *p, git_index *index, const pv_val *file, size_t *bytes)
{
	pv_str text = pv_strv(pv_get(file, "text"));
	git_index_entry entry = {.mode = GIT_FILEMODE_BLOB, .path = pv_text_at(file, "path", "")};
	int code, r = check_path(p, entry.path);
	*bytes += text.len;
	if (r == 0 && *bytes > BYTES_MOST)
		r = pv_fail(p->cx, PV_ETOOLARGE,
			    "repository %s: the files of one commit come to more than %d MiB", p->name,
			    BYTES_MOST >> 20);
	if (r < 0)
		return r;
	code = git_blob_create_from_buffer(&entry.id, p->repo, text.s, text.len);
	if (code == 0)
		code = git_index_add(index, &entry);
	return code < 0 ? fault(p, code) : 0;
}

/* The id of the file that says whether anything is new; zeros: there is none. */
static git_oid
key_in(struct push *p, git_index *index)
{
	const git_index_entry *found = git_index_get_bypath(index, pv_text_at(p->request, "key", ""), 0);
	return found ? found->id : (git_oid){{0}};
}

static int
fill(struct push *p, git_index *index)
{
	const pv_val *gone = pv_get(p->request, "drop"), *files = pv_get(p->request, "files");
	git_oid before = key_in(p, index), after;
	size_t bytes = 0;
	int code, r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(gone); i++)
		r = drop(p, index, pv_text(pv_item(gone, i), ""));
	for (size_t i = 0; r == 0 && i < pv_count(files); i++)
		r = put(p, index, pv_item(files, i), &bytes);
	if (r == 0)
		r = git_revise(p->cx, p->repo, index, p->name, pv_get(p->request, "edits"));
	if (r < 0)
		return r;
	after = key_in(p, index);
	p->same = !git_oid_is_zero(&before) && git_oid_equal(&before, &after);
	code = git_index_write_tree_to(&p->tree, index, p->repo);
	return code < 0 ? fault(p, code) : 0;
}

static int
make_tree(struct push *p)
{
	git_index *index = NULL;
	git_tree *tree = NULL;
	int code = git_index_new(&index), r;
	if (code == 0 && p->onto)
		code = git_commit_tree(&tree, p->onto);
	if (code == 0 && tree)
		code = git_index_read_tree(index, tree);
	r = code < 0 ? fault(p, code) : fill(p, index);
	git_tree_free(tree);
	git_index_free(index);
	return r;
}

/* ---- the commit ---- */

static int
commit(struct push *p, git_oid *ret)
{
	const git_commit *parents[] = {p->onto};
	git_signature *who = NULL;
	git_tree *tree = NULL;
	int code = git_signature_now(&who, pv_text_at(p->request, "author.name", "Pave"),
				     pv_text_at(p->request, "author.email", "pave@localhost"));
	if (code == 0)
		code = git_tree_lookup(&tree, p->repo, &p->tree);
	if (code == 0)
		code = git_commit_create(ret, p->repo, NULL, who, who, "UTF-8",
					 pv_text_at(p->request, "message", "Change files\n"), tree,
					 p->onto ? 1 : 0, parents);
	git_tree_free(tree);
	git_signature_free(who);
	return code < 0 ? fault(p, code) : 0;
}

static int
conflict(struct push *p, const char *why)
{
	return pv_fail(p->cx, PV_ECONFLICT, "repository %s does not take the commit on branch \"%s\": %s",
		       p->name, p->branch, why);
}

/* Nobody's files change below their hands: as git refuses it. */
static bool
is_checked_out(struct push *p)
{
	git_reference *head = NULL;
	bool same = git_repository_is_bare(p->repo) == 0 &&
		    git_reference_lookup(&head, p->repo, "HEAD") == 0 &&
		    pv_streq(git_reference_symbolic_target(head), p->ref);
	git_reference_free(head);
	return same;
}

static int
move_here(struct push *p, const git_oid *id)
{
	git_reference *ref = NULL;
	git_oid none = {{0}};
	int code;
	if (is_checked_out(p))
		return conflict(p, "it is checked out there");
	code = git_reference_create_matching(&ref, p->repo, p->ref, id, p->tip != NULL,
					     p->tip ? git_commit_id(p->tip) : &none, "pave: push");
	git_reference_free(ref);
	return code == GIT_EMODIFIED || code == GIT_EEXISTS
		       ? conflict(p, "somebody else changed it meanwhile")
	       : code < 0 ? fault(p, code)
			  : 0;
}

static int
send_spec(struct push *p, struct remote *m, char *spec)
{
	const char *url = pv_text_at(p->request, "url", "");
	git_strarray specs = {&spec, 1};
	git_remote *remote = NULL;
	git_push_options opts;
	int code = git_push_options_init(&opts, GIT_PUSH_OPTIONS_VERSION);
	if (code == 0)
		code = git_remote_create_anonymous(&remote, p->repo, url);
	remote_callbacks(m, &opts.callbacks);
	opts.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
	(void)remote_headers(m, &opts.custom_headers);
	remote_proxy(m, url, &opts.proxy_opts);
	if (code == 0)
		code = git_remote_push(remote, &specs, &opts);
	git_remote_free(remote);
	return code;
}

/* From a name of its own: what reads the mirror meanwhile sees no commit that the remote has not taken. */
static int
send_to_remote(struct push *p, struct remote *m, const git_oid *id)
{
	git_reference *ref = NULL;
	int r, code = git_reference_create(&ref, p->repo, SENT, id, 1, NULL);
	git_reference_free(ref);
	if (code == 0)
		code = send_spec(p, m, pv_printf(p->cx->arena, SENT ":%s", p->ref));
	r = code == GIT_ENONFASTFORWARD ? conflict(p, "somebody else pushed meanwhile")
	    : code < 0                  ? remote_fault(m, p->name, code)
	    : m->refused                ? conflict(p, m->refused)
					: 0;
	(void)git_reference_remove(p->repo, SENT);
	return r;
}

static int
change(struct push *p, struct remote *m, pv_val *ret)
{
	git_oid id = {{0}};
	bool same, there;
	int r = find_tip(p);
	if (r == 0)
		r = make_tree(p);
	if (r < 0)
		return r;
	same = p->onto && (p->same || git_oid_equal(git_commit_tree_id(p->onto), &p->tree));
	there = same && p->tip;
	if (same)
		id = *git_commit_id(p->onto);
	if (same && pv_get(p->request, "edits"))
		git_find_made(p->repo, pv_text_at(p->request, "message", ""), &id);
	if (!same)
		r = commit(p, &id);
	if (r == 0 && !there)
		r = m ? send_to_remote(p, m, &id) : move_here(p, &id);
	if (r < 0)
		return r;
	*ret = pv_with(p->cx->arena, NULL, "commit", pv_string(p->cx->arena, git_oid_tostr_s(&id)));
	*ret = pv_with(p->cx->arena, ret, "changed", pv_bool(!there));
	return 0;
}

int
repo_push(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	struct push p = {.cx = cx,
			 .request = request,
			 .name = pv_text_at(request, "name", ""),
			 .branch = pv_text_at(request, "branch", "")};
	const char *url = pv_text_at(request, "url", "");
	bool local = pv_truth_at(request, "local", false);
	struct remote m;
	int code, r = local ? 0 : remote_init(cx, request, &m);
	if (r < 0)
		return pv_wrap(cx, r, "repository %s", p.name);
	if (local) {
		git_start();
		code = git_repository_open(&p.repo, url);
		r = code < 0 ? fault(&p, code) : 0;
	} else {
		r = git_fetch_into(request, &m, &p.repo);
	}
	if (r == 0)
		r = change(&p, local ? NULL : &m, ret);
	if (p.onto != p.tip)
		git_commit_free(p.onto);
	git_commit_free(p.tip);
	git_repository_free(p.repo);
	return r;
}
