/* fetch: brings a mirror up to its remote: all branches and tags, and which branch is
 * the default.  Runs in a child that may write the mirror and nothing else. */
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "core/git/remote.h"
#include "core/git/repo.h"
#include "core/git/view.h"

/* Files that a reference or the configuration was being written to when a fetch was killed: the library
 * takes each for somebody who is still writing, for ever.  Nobody is: a mirror has one fetch at a time, and
 * no reference may have such a name (git-check-ref-format). */
static int
unlock(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_F && pv_ends_with(path, ".lock"))
		(void)unlink(path);
	return 0;
}

int
git_open_or_make(pv_ctx *cx, const char *mirror, const char *url, git_repository **ret)
{
	int code;

	(void)nftw(mirror, unlock, 8, FTW_PHYS);
	code = git_repository_open_bare(ret, mirror);
	if (code == GIT_ENOTFOUND)
		code = git_repository_init(ret, mirror, 1);
	return code < 0 ? git_fail(cx, url, code) : 0;
}

/* The remote's default branch becomes HEAD of the mirror. */
static void
follow_head(git_repository *repo, git_remote *remote)
{
	git_buf branch = {0};
	if (git_remote_default_branch(&branch, remote) == 0)
		git_repository_set_head(repo, branch.ptr);
	git_buf_dispose(&branch);
}

/* The library looks for ~/.ssh/known_hosts, to ask the host for the kind of key that is known;
 * it fails if it may not look.  The judgement is ours (remote.c). */
static int
settle_home(pv_ctx *cx, const char *mirror, const char *known_hosts)
{
	const char *folder = pv_printf(cx->arena, "%s/.ssh", mirror);
	int r = pv_dir_make(cx, folder, 0700);
	if (r == 0 && setenv("HOME", mirror, 1) < 0)
		r = pv_fail(cx, PV_EINTERNAL, "cannot set HOME: %s", strerror(errno));
	return r < 0 ? r
		     : pv_file_save(cx, pv_printf(cx->arena, "%s/known_hosts", folder),
				    pv_str_of(known_hosts ? known_hosts : ""), 0600);
}

static int
fetch_from(git_repository *repo, const char *url, struct remote *m)
{
	static char heads[] = "+refs/heads/*:refs/heads/*", tags[] = "+refs/tags/*:refs/tags/*";
	char *specs[] = {heads, tags};
	git_strarray refspecs = {specs, 2};
	git_fetch_options opts;
	git_remote *remote = NULL;
	int code = git_fetch_options_init(&opts, GIT_FETCH_OPTIONS_VERSION);
	if (code == 0)
		code = git_remote_create_anonymous(&remote, repo, url);
	remote_callbacks(m, &opts.callbacks);
	opts.prune = GIT_FETCH_PRUNE;
	opts.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_ALL;
	opts.follow_redirects = remote_headers(m, &opts.custom_headers) ? GIT_REMOTE_REDIRECT_NONE
									: GIT_REMOTE_REDIRECT_INITIAL;
	remote_proxy(m, url, &opts.proxy_opts);
	remote_use_tunnel(m);
	remote_use_sockets(m);
	if (code == 0)
		code = git_remote_fetch(remote, &refspecs, &opts, NULL);
	if (code == 0)
		follow_head(repo, remote);
	git_remote_free(remote);
	return code;
}

/* Is it one of a local repository's refs that stands in the way of all? */
static bool
is_of_refs(const char *url, int code)
{
	const git_error *e = git_error_last();
	return code < 0 && *url == '/' && e && e->klass == GIT_ERROR_REFERENCE;
}

static int
fetch(git_repository *repo, const char *mirror, const char *url, const char *plain, struct remote *m)
{
	int code = fetch_from(repo, url, m), r;
	if (is_of_refs(url, code)) {
		r = git_view_make(m->cx, mirror, url, plain, &url);
		if (r < 0)
			return r;
		code = fetch_from(repo, url, m);
	}
	return code < 0 ? remote_fault(m, plain, code) : 0;
}

/* A digest of every ref and what it points to. */
static int
digest(pv_ctx *cx, git_repository *repo, const char *plain, pv_val *ret)
{
	git_reference_iterator *it = NULL;
	git_reference *ref;
	git_oid oid;
	pv_buf text;
	pv_objb b;
	int code = git_reference_iterator_new(&it, repo);
	pv_buf_init(&text, cx->arena);
	while (code == 0 && git_reference_next(&ref, it) == 0) {
		if (git_reference_target(ref))
			pv_buf_printf(&text, "%s %s\n", git_reference_name(ref),
				      git_oid_tostr_s(git_reference_target(ref)));
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	if (code == 0 && git_reference_lookup(&ref, repo, "HEAD") == 0) {
		pv_buf_printf(&text, "HEAD %s\n", git_reference_symbolic_target(ref));
		git_reference_free(ref);
	}
	if (code == 0)
		code = git_odb_hash(&oid, text.s, text.len, GIT_OBJECT_BLOB);
	if (code < 0)
		return git_fail(cx, plain, code);
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "refs", pv_string(cx->arena, git_oid_tostr_s(&oid)));
	*ret = pv_objb_end(&b);
	return 0;
}

int
git_fetch_into(const pv_val *request, struct remote *m, git_repository **ret)
{
	const char *plain = pv_text_at(request, "name", ""), *mirror = pv_text_at(request, "mirror", "");
	int r = settle_home(m->cx, mirror, m->known_hosts);
	git_start();
	if (r == 0)
		r = git_open_or_make(m->cx, mirror, plain, ret);
	return r < 0 ? r : fetch(*ret, mirror, pv_text_at(request, "url", ""), plain, m);
}

int
repo_fetch(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	const char *plain = pv_text_at(request, "name", "");
	git_repository *repo = NULL;
	struct remote m;
	int r = remote_init(cx, request, &m);
	if (r < 0)
		return pv_wrap(cx, r, "repository %s", plain);
	r = git_fetch_into(request, &m, &repo);
	if (r == 0)
		r = digest(cx, repo, plain, ret);
	git_repository_free(repo);
	return r;
}
