/* fetch: brings a mirror up to its remote: all branches and tags, and which branch is
 * the default.  Runs in a child that may write the mirror and nothing else. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "core/git/access.h"
#include "core/git/inside.h"
#include "core/git/repo.h"

struct access { /* from the request; never printed */
	pv_arena *arena;
	const char *username, *password, *ssh_key, *known_hosts;
	bool insecure;
	unsigned tries;
};

static int
credentials(git_credential **out, const char *url, const char *user_in_url, unsigned allowed, void *arg)
{
	struct access *a = arg;
	const char *user = a->username ? a->username : user_in_url ? user_in_url : "git";
	(void)url;
	if (a->tries++ > 2) /* the server says no each time */
		return GIT_EAUTH;
	if ((allowed & GIT_CREDENTIAL_SSH_MEMORY) && a->ssh_key)
		return git_credential_ssh_key_memory_new(out, user, NULL, a->ssh_key, a->password);
	if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) && a->password)
		return git_credential_userpass_plaintext_new(out, user, a->password);
	if (allowed & GIT_CREDENTIAL_USERNAME)
		return git_credential_username_new(out, user);
	return GIT_EAUTH;
}

bool
git_host_known(pv_arena *arena, const char *known_hosts, const char *host, const char *key)
{
	pv_str rest = pv_str_of(known_hosts), line;
	const char *in_brackets = pv_printf(arena, "[%s]:22", host);
	while (pv_str_next(&rest, '\n', &line)) {
		pv_str names, name, type, text;
		bool match = false;
		line = pv_str_trim(line);
		if (!line.len || *line.s == '#' || !pv_str_next(&line, ' ', &names) ||
		    !pv_str_next(&line, ' ', &type) || !pv_str_next(&line, ' ', &text))
			continue;
		while (pv_str_next(&names, ',', &name))
			match = match || pv_str_is(name, host) || pv_str_is(name, in_brackets) ||
				(name.len > strlen(host) + 2 && *name.s == '[' &&
				 strncmp(name.s + 1, host, strlen(host)) == 0 &&
				 name.s[strlen(host) + 1] == ']');
		if (match && pv_str_is(text, key))
			return true;
	}
	return false;
}

/* A TLS certificate counts as the library judged it by the system's authorities, a host's key
 * if it is a known one. */
static int
certificate(git_cert *cert, int valid, const char *host, void *arg)
{
	const struct access *a = arg;
	if (a->insecure)
		return 0;
	if (cert->cert_type == GIT_CERT_HOSTKEY_LIBSSH2) {
		const git_cert_hostkey *k = (const git_cert_hostkey *)(const void *)cert;
		valid = a->known_hosts && (k->type & GIT_CERT_SSH_RAW) &&
			git_host_known(a->arena, a->known_hosts, host,
				       pv_base64(a->arena, k->hostkey, k->hostkey_len, false));
	}
	return valid ? 0 : GIT_ECERTIFICATE;
}

static int
open_or_make(pv_ctx *cx, const char *mirror, const char *url, git_repository **ret)
{
	int code = git_repository_open_bare(ret, mirror);
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

static int
fetch(pv_ctx *cx, git_repository *repo, const char *url, const char *plain, struct access *a)
{
	static char heads[] = "+refs/heads/*:refs/heads/*", tags[] = "+refs/tags/*:refs/tags/*";
	char *specs[] = {heads, tags};
	git_strarray refspecs = {specs, 2};
	git_fetch_options opts;
	git_remote *remote = NULL;
	int code = git_fetch_options_init(&opts, GIT_FETCH_OPTIONS_VERSION);
	if (code == 0)
		code = git_remote_create_anonymous(&remote, repo, url);
	opts.callbacks.credentials = credentials;
	opts.callbacks.certificate_check = certificate;
	opts.callbacks.payload = a;
	opts.prune = GIT_FETCH_PRUNE;
	opts.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_ALL;
	opts.follow_redirects = GIT_REMOTE_REDIRECT_INITIAL;
	if (code == 0)
		code = git_remote_fetch(remote, &refspecs, &opts, NULL);
	if (code == 0)
		follow_head(repo, remote);
	git_remote_free(remote);
	return code < 0 ? git_fail(cx, plain, code) : 0;
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
repo_fetch(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	const char *plain = pv_text_at(request, "name", ""), *url = pv_text_at(request, "url", "");
	struct access a = {
		.arena = cx->arena,
		.known_hosts = pv_text_at(request, "knownHosts", NULL),
		.username = pv_text_at(request, "username", NULL),
		.password = pv_text_at(request, "password", NULL),
		.ssh_key = pv_text_at(request, "sshPrivateKey", NULL),
		.insecure = pv_truth_at(request, "insecure", false),
	};
	git_repository *repo = NULL;
	int r;
	git_start();
	r = open_or_make(cx, pv_text_at(request, "mirror", ""), plain, &repo);
	if (r == 0)
		r = fetch(cx, repo, url, plain, &a);
	if (r == 0)
		r = digest(cx, repo, plain, ret);
	git_repository_free(repo);
	return r;
}
