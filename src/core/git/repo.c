/* repo: opening a mirror and finding a commit in it. */
#include <string.h>
#include <sys/resource.h>

#include "base/near.h"
#include "base/str.h"
#include "core/git/inside.h"
#include "lang/semver/constraint.h"

#define CA_BUNDLE "/etc/ssl/certs/ca-certificates.crt"

void
git_start(void)
{
	git_libgit2_init();
	/* Mirrors are ours and local remotes are named by the administrator. */
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, CA_BUNDLE, NULL);
	/* No configuration but ours: a child must not read a person's. */
	for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "/nonexistent");
}

/* Did the network, or what is behind it, fail (rather than the repository)? */
static bool
is_of_network(const git_error *e)
{
	return e && (e->klass == GIT_ERROR_NET || e->klass == GIT_ERROR_SSH || e->klass == GIT_ERROR_SSL ||
		     e->klass == GIT_ERROR_HTTP || e->klass == GIT_ERROR_OS);
}

/* HTTP says it with a status; over SSH git itself and the forges have words for it. */
static bool
is_absent(const char *why)
{
	return strstr(why, "status code: 404") || strstr(why, "does not appear to be a git repository") ||
	       strstr(why, "epository not found");
}

/* The job's limit is this process'. */
static int
fail_memory(pv_ctx *cx, const char *what)
{
	struct rlimit memory = {0};
	getrlimit(RLIMIT_AS, &memory);
	return pv_fail(cx, PV_ETOOLARGE,
		       "repository %s: reading it needs more memory than the job's limit of %llu MiB: a "
		       "file in it, or in its history, is too large (git lfs keeps such files elsewhere)",
		       what, (unsigned long long)memory.rlim_cur >> 20);
}

int
git_fail(pv_ctx *cx, const char *what, int code)
{
	const git_error *e = git_error_last();
	const char *why = e && e->message ? e->message : "unknown fault";
	if (e && e->klass == GIT_ERROR_NOMEMORY)
		return fail_memory(cx, what);
	switch (code) {
	case GIT_EAUTH:
		return pv_fail(cx, PV_EUNAUTHORIZED,
			       "repository %s: authentication required or refused (%s); give credentials in "
			       "a Secret "
			       "labelled argocd.argoproj.io/secret-type=repository in namespace argocd",
			       what, why);
	case GIT_ECERTIFICATE:
		return pv_fail(cx, PV_EFORBIDDEN,
			       "repository %s: its certificate or host key is not trusted (%s)", what, why);
	default:
		if (is_absent(why))
			return pv_fail(
				cx, PV_ENOTFOUND,
				"repository not found: %s does not exist, or may not be seen without credentials (%.*s)",
				what, (int)strcspn(why, "\n"), why);
		if (is_of_network(e))
			return pv_fail(cx, PV_EUNAVAILABLE, "repository %s cannot be reached: %s", what, why);
		return pv_fail(cx, code == GIT_ENOTFOUND ? PV_ENOTFOUND : PV_EUNAVAILABLE,
			       "repository %s: %s", what, why);
	}
}

int
git_open(pv_ctx *cx, const char *mirror, const char *repo, git_repository **ret)
{
	int code = git_repository_open_bare(ret, mirror);
	return code < 0 ? git_fail(cx, repo, code) : 0;
}

static bool
is_commit_id(const char *s)
{
	size_t len = strlen(s);
	return len >= 4 && len <= GIT_OID_HEXSZ && strspn(s, "0123456789abcdefABCDEF") == len;
}

static int
lookup(pv_ctx *cx, git_repository *repo, const char *revision, git_object **ret)
{
	if (!*revision || pv_streq(revision, "HEAD"))
		return git_revparse_single(ret, repo, "HEAD");
	for (size_t i = 0; i < 3; i++) {
		git_oid oid;
		const char *name = i == 0   ? pv_printf(cx->arena, "refs/heads/%s", revision)
				   : i == 1 ? pv_printf(cx->arena, "refs/tags/%s", revision)
					    : revision;
		if (i == 2 && !pv_starts_with(revision, "refs/"))
			break;
		if (git_reference_name_to_id(&oid, repo, name) == 0)
			return git_object_lookup(ret, repo, &oid, GIT_OBJECT_ANY);
	}
	return is_commit_id(revision) ? git_revparse_single(ret, repo, revision) : GIT_ENOTFOUND;
}

struct nearest {
	pv_near near;
	pv_arena *arena;
};

static int
try_name(const char *ref, void *arg)
{
	struct nearest *n = arg;
	const char *name = pv_starts_with(ref, "refs/heads/")  ? ref + strlen("refs/heads/")
			   : pv_starts_with(ref, "refs/tags/") ? ref + strlen("refs/tags/")
							       : "";
	pv_near_try(&n->near, pv_strdup(n->arena, name)); /* it outlives the ref */
	return 0;
}

static int
no_revision(pv_ctx *cx, git_repository *repo, const char *url, const char *revision)
{
	struct nearest n = {{.word = revision}, cx->arena};
	(void)git_reference_foreach_name(repo, try_name, &n);
	return pv_fail(
		cx, PV_ENOTFOUND,
		"repository %s has no revision \"%s\": expected a branch, a tag or a commit that exists "
		"there%s%s%s",
		url, *revision ? revision : "HEAD", n.near.best ? "; did you mean " : "",
		n.near.best ? n.near.best : "", n.near.best ? "?" : "");
}

/* A range of versions ("1.2.*", ">=1.0 <2") and not one, which is a tag's name as any other. */
static bool
is_range(pv_arena *arena, const char *revision)
{
	pv_str text = pv_str_of(revision), build;
	pv_semver v;
	bool fits;
	return text.len && !pv_semver_loose(text, &v, &build) &&
	       !pv_semver_check(arena, text, pv_str_of("1.0.0"), &fits);
}

/* The tag with the highest version that fits; NULL: none does. */
static const char *
tag_in(pv_arena *arena, git_repository *repo, const char *range)
{
	const char *best = NULL;
	pv_semver of_best = {0}, v;
	git_strarray tags = {0};
	pv_str build;
	bool fits;
	if (!is_range(arena, range) || git_tag_list(&tags, repo) < 0)
		return NULL;
	for (size_t i = 0; i < tags.count; i++) {
		pv_str name = pv_str_of(pv_strdup(arena, tags.strings[i]));
		if (pv_semver_loose(name, &v, &build) &&
		    !pv_semver_check(arena, pv_str_of(range), name, &fits) && fits &&
		    (!best || pv_semver_cmp(&v, &of_best) > 0)) {
			best = name.s;
			of_best = v;
		}
	}
	git_strarray_dispose(&tags);
	return best;
}

int
git_resolve_object(pv_ctx *cx, git_repository *repo, const char *url, const char **revision, git_object **ret)
{
	const char *tag;
	int code;
	if (git_repository_is_empty(repo) == 1)
		return pv_fail(cx, PV_ENOTFOUND, "repository %s is empty: it has no commit yet; push one",
			       url);
	tag = tag_in(cx->arena, repo, *revision);
	*revision = tag ? tag : *revision;
	code = lookup(cx, repo, tag ? pv_printf(cx->arena, "refs/tags/%s", tag) : *revision, ret);
	if (code == GIT_EAMBIGUOUS)
		return pv_fail(cx, PV_EINVALID,
			       "repository %s: revision \"%s\" is ambiguous; give more digits", url,
			       *revision);
	return code < 0 ? no_revision(cx, repo, url, *revision) : 0;
}

int
git_commit_of(pv_ctx *cx, const char *url, const char *revision, const git_object *object, git_commit **ret)
{
	git_object *commit = NULL;
	if (git_object_peel(&commit, object, GIT_OBJECT_COMMIT) < 0)
		return pv_fail(cx, PV_EINVALID, "repository %s: revision \"%s\" is not a commit", url,
			       revision);
	*ret = (git_commit *)commit;
	return 0;
}

int
git_resolve(pv_ctx *cx, git_repository *repo, const char *url, const char *revision, git_commit **ret)
{
	git_object *object = NULL;
	int r = git_resolve_object(cx, repo, url, &revision, &object);
	if (r == 0)
		r = git_commit_of(cx, url, revision, object, ret);
	git_object_free(object);
	return r;
}
