/* access: URLs, credentials as Argo CD keeps them in Secrets, and refs of local
 * repositories seen from outside.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories */
#include "core/git/access.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "base/time.h"
#include "core/api/api.h"
#include "core/git/git.h"

#define POLL_DEFAULT (180 * PV_SEC)
#define POLL_LEAST (5 * PV_SEC)
#define REF_DEPTH 16
#define TYPE_LABEL "metadata.labels"
#define KNOWN_HOSTS "argocd-ssh-known-hosts-cm"
#define AUTHORITIES "argocd-tls-certs-cm"
#define SIGNERS "argocd-gpg-keys-cm"

static char *
without_user(pv_arena *arena, const char *repo)
{
	const char *scheme = strstr(repo, "://"), *host = scheme ? scheme + 3 : repo;
	const char *at = memrchr(host, '@', strcspn(host, "/"));
	return scheme && at ? pv_printf(arena, "%.*s%s", (int)(host - repo), repo, at + 1)
			    : pv_strdup(arena, repo);
}

char *
pv_git_plain_url(pv_arena *arena, const char *repo)
{
	char *plain = without_user(arena, repo);
	if (strstr(plain, "://") && !pv_starts_with(plain, "file://"))
		plain[strcspn(plain, "?#")] = '\0';
	return plain;
}

char *
pv_git_path(pv_arena *arena, const char *path)
{
	char *out = pv_strdup(arena, path), *end = out;
	pv_str rest = pv_str_of(path), piece;
	while (pv_str_next(&rest, '/', &piece)) {
		if (!piece.len || pv_str_is(piece, "."))
			continue;
		if (end > out)
			*end++ = '/';
		memmove(end, piece.s, piece.len);
		end += piece.len;
	}
	*end = '\0';
	return out;
}

bool
pv_git_local(pv_arena *arena, const char *repo, const char **ret_path)
{
	if (pv_starts_with(repo, "file://"))
		*ret_path = pv_strdup(arena, repo + 7);
	else if (*repo == '/')
		*ret_path = pv_strdup(arena, repo);
	else
		return false;
	return true;
}

/* The library and we must read the same host out of it, for a password goes there: nothing
 * that one of the two may take for the end of the host or for another address. */
int
git_check_url(pv_ctx *cx, const char *repo)
{
	static const char *const schemes[] = {"https://", "http://", "ssh://", "git://"};
	const char *path, *host = repo, *plain = pv_git_plain_url(cx->arena, repo);
	bool known = false;
	if (pv_git_local(cx->arena, repo, &path))
		return 0;
	for (size_t i = 0; i < PV_LEN(schemes); i++)
		if (strncasecmp(repo, schemes[i], strlen(schemes[i])) == 0) {
			host = repo + strlen(schemes[i]);
			known = true;
		}
	if (!known && (strstr(repo, "://") || !strchr(repo, ':') || *repo == ':' || strstr(repo, "::")))
		return pv_fail(cx, PV_EINVALID,
			       "repository %s: expected https://HOST/PATH, ssh://HOST/PATH, USER@HOST:PATH "
			       "or a path that "
			       "begins with /",
			       plain);
	for (const char *c = repo; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("\\?#", *c))
			return pv_fail(cx, PV_EINVALID,
				       "repository %s: a space, control character, \\, ? or # is not "
				       "permitted in the address",
				       plain);
	if (!*host || *host == '/')
		return pv_fail(cx, PV_EINVALID, "repository %s: the address has no host", plain);
	return 0;
}

/* Up to the slashes and the ".git" at its end. */
static size_t
length_without_ending(const char *url)
{
	size_t len = strlen(url);
	while (len && url[len - 1] == '/')
		len--;
	return len >= 4 && strncasecmp(url + len - 4, ".git", 4) == 0 ? len - 4 : len;
}

struct place {
	pv_str host, path;
};

/* Without scheme, user, port, slashes around the path and ".git"; scp-like forms too. */
static struct place
place_of(const char *repo)
{
	const char *scheme = strstr(repo, "://"), *host = scheme ? scheme + 3 : repo,
		   *path = strchr(host, '/'), *colon = strchr(host, ':'), *at;
	size_t len;
	if (!scheme && colon && (!path || colon < path))
		path = colon; /* git@host:org/repo */
	if (!path)
		path = host + strlen(host);
	at = memrchr(host, '@', (size_t)(path - host));
	host = at ? at + 1 : host;
	colon = memchr(host, ':', (size_t)(path - host));
	len = (size_t)((colon ? colon : path) - host);
	while (*path == '/' || *path == ':')
		path++;
	return (struct place){{host, len}, {path, length_without_ending(path)}};
}

/* The address as Argo CD compares those of Secrets: scheme, host, port and path count. */
char *
git_address(pv_arena *arena, const char *repo)
{
	char *out = pv_str_lower(arena, without_user(arena, repo));
	if (!strstr(out, "://") && strchr(out, ':') && *out != '/') { /* git@host:org/repo */
		*strchr(out, ':') = '/';
		out = pv_printf(arena, "ssh://%s", out);
	}
	if (pv_starts_with(out, "ssh://") && strchr(out + 6, '@') &&
	    strchr(out + 6, '@') < out + 6 + strcspn(out + 6, "/"))
		out = pv_printf(arena, "ssh://%s", strchr(out + 6, '@') + 1);
	out[length_without_ending(out)] = '\0';
	return out;
}

static bool
is_same_text(pv_str a, pv_str b)
{
	return a.len == b.len && strncasecmp(a.s, b.s, a.len) == 0;
}

bool
pv_git_same(const char *a, const char *b)
{
	struct place of_a = place_of(a), of_b = place_of(b);
	return is_same_text(of_a.host, of_b.host) && is_same_text(of_a.path, of_b.path);
}

char *
git_mirror_name(pv_arena *arena, const char *repo)
{
	uint8_t digest[32];
	const char *path;
	char *name = pv_git_local(arena, repo, &path) ? pv_printf(arena, "file %s", path)
						      : git_address(arena, repo);
	pv_sha256(name, strlen(name), digest);
	return pv_hex(arena, digest, 20);
}

/* ---- refs of a local repository, from outside ---- */

static void
stamp_file(pv_buf *b, const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0)
		pv_buf_printf(b, "%s %lld.%09ld %lld %llu\n", path, (long long)st.st_mtim.tv_sec,
			      st.st_mtim.tv_nsec, (long long)st.st_size, (unsigned long long)st.st_ino);
}

static void
stamp_tree(pv_arena *arena, pv_buf *b, const char *dir, int depth)
{
	struct dirent **names;
	int n = depth < REF_DEPTH ? scandir(dir, &names, NULL, alphasort) : -1;
	for (int i = 0; i < n; i++) {
		char *path = pv_printf(arena, "%s/%s", dir, names[i]->d_name);
		struct stat st;
		if (names[i]->d_name[0] != '.' && lstat(path, &st) == 0) {
			if (S_ISDIR(st.st_mode))
				stamp_tree(arena, b, path, depth + 1);
			else
				stamp_file(b, path);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

const char *
git_local_stamp(pv_arena *arena, const char *path)
{
	struct stat st;
	uint8_t digest[32];
	pv_buf b;
	char *git = pv_printf(arena, "%s/.git", path);
	if (stat(git, &st) < 0)
		git = pv_strdup(arena, path);
	pv_buf_init(&b, arena);
	stamp_file(&b, pv_printf(arena, "%s/HEAD", git));
	stamp_file(&b, pv_printf(arena, "%s/packed-refs", git));
	stamp_tree(arena, &b, pv_printf(arena, "%s/refs", git), 0);
	pv_sha256(b.s, b.len, digest);
	return pv_hex(arena, digest, 20);
}

/* ---- what the cluster says ---- */

/* Only who may write here gives credentials: a Secret of any other namespace is not looked at. */
static const char *const namespaces[] = {"argocd", "pave-system"};

static const pv_val *
settings(pv_ctx *cx, pv_facts *facts, const char *ns, const char *map)
{
	pv_key key = {"/ConfigMap", ns, map};
	const pv_rec *rec =
		pv_facts_api(facts) ? pv_store_find(cx, pv_api_store(pv_facts_api(facts)), &key) : NULL;
	return rec ? pv_get(pv_rec_val(rec), "data") : NULL;
}

static const char *
setting(pv_ctx *cx, pv_facts *facts, const char *ns, const char *map, const char *name)
{
	return pv_text(pv_get(settings(cx, facts, ns, map), name), NULL);
}

int64_t
git_poll_period(pv_ctx *cx, pv_facts *facts)
{
	int64_t period;
	for (size_t i = 0; i < PV_LEN(namespaces); i++) {
		const char *text = setting(cx, facts, namespaces[i], "argocd-cm", "timeout.reconciliation");
		if (text && pv_duration_parse(pv_str_of(text), &period) && period > 0)
			return period > POLL_LEAST ? period : POLL_LEAST;
	}
	return POLL_DEFAULT;
}

const char *const git_signers_types[] = {"/ConfigMap", NULL};

bool
git_signers_heed(pv_ctx *cx PV_UNUSED, const pv_val *args PV_UNUSED, const pv_rec *rec)
{
	return pv_streq(pv_rec_key(rec)->name, SIGNERS) && pv_streq(pv_rec_key(rec)->ns, namespaces[0]);
}

void
git_signers(pv_ctx *cx, pv_facts *facts, pv_vec *ret)
{
	const pv_val *keys = settings(cx, facts, namespaces[0], SIGNERS);
	pv_vec_init(ret, cx->arena, sizeof(pv_str));
	for (size_t i = 0; i < pv_member_count(keys); i++) {
		pv_str text = pv_strv(&pv_sorted(keys, i)->val);
		pv_vec_push(ret, &text);
	}
}

static const char *
secret_field(pv_ctx *cx, const pv_val *secret, const char *name)
{
	const char *encoded = pv_text(pv_get(pv_get(secret, "data"), name), NULL);
	size_t len;
	return encoded ? (const char *)pv_unbase64(cx->arena, pv_str_of(encoded), false, &len) : NULL;
}

/* A prefix that is a whole host is not the prefix of a longer host's name. */
static bool
begins_with(const char *repo, const char *prefix)
{
	const char *scheme = strstr(prefix, "://"), *host = scheme ? scheme + 3 : prefix, *rest;
	if (!pv_starts_with(repo, prefix))
		return false;
	rest = repo + strlen(prefix);
	return strchr(host, '/') || !*rest || *rest == '/';
}

/* How well a Secret fits: 0 not at all, SIZE_MAX a repository's own, else the length of the prefix. */
static size_t
fit(pv_ctx *cx, const pv_val *secret, const char *repo, enum git_use use)
{
	static const char *const types[][2] = {{"repository", "repo-creds"},
					       {"repository-write", "repo-write-creds"}};
	const char *type = pv_text(pv_get(pv_at(secret, TYPE_LABEL), GIT_SECRET_TYPE), "");
	const char *url = secret_field(cx, secret, "url");
	if (!url)
		return 0;
	if (!strstr(url, "://") && pv_streq(secret_field(cx, secret, "enableOCI"), "true"))
		url = pv_printf(cx->arena, "oci://%s", url); /* as Argo CD wants them written */
	if (pv_streq(type, types[use][0]) &&
	    pv_streq(git_address(cx->arena, url), git_address(cx->arena, repo)))
		return SIZE_MAX;
	return pv_streq(type, types[use][1]) &&
			       begins_with(git_address(cx->arena, repo), git_address(cx->arena, url))
		       ? strlen(url)
		       : 0;
}

const char *const git_access_types[] = {"/Secret", "/ConfigMap", NULL};

bool
git_access_in(const char *ns)
{
	for (size_t i = 0; i < PV_LEN(namespaces); i++)
		if (pv_streq(ns, namespaces[i]))
			return true;
	return false;
}

static bool
labelled(const pv_rec *rec, void *arg PV_UNUSED)
{
	pv_str json = pv_rec_json(rec);
	return git_access_in(pv_rec_key(rec)->ns) &&
	       memmem(json.s, json.len, GIT_SECRET_TYPE, sizeof(GIT_SECRET_TYPE) - 1) != NULL;
}

bool
git_access_heeds(pv_ctx *cx, const pv_val *args, const pv_rec *rec)
{
	const char *name = pv_rec_key(rec)->name;
	if (pv_streq(pv_rec_key(rec)->type, "/ConfigMap"))
		return git_access_in(pv_rec_key(rec)->ns) &&
		       (pv_streq(name, KNOWN_HOSTS) || pv_streq(name, AUTHORITIES));
	return labelled(rec, NULL) && (fit(cx, pv_rec_val(rec), pv_text_at(args, "repo", ""), GIT_READ) > 0 ||
				       fit(cx, pv_rec_val(rec), pv_text_at(args, "repo", ""), GIT_WRITE) > 0);
}

const char *
git_url_named(pv_ctx *cx, pv_facts *facts, const char *type, const char *name)
{
	pv_list_query query = {.type = "/Secret", .keep = labelled};
	pv_listing listing;
	if (!pv_facts_api(facts) ||
	    pv_store_list(cx, pv_api_store(pv_facts_api(facts)), &query, &listing) < 0)
		return pv_recover(cx), NULL;
	for (size_t i = 0; i < listing.len; i++) {
		const pv_val *secret = pv_rec_val(listing.recs[i]);
		if (pv_streq(pv_text(pv_get(pv_at(secret, TYPE_LABEL), GIT_SECRET_TYPE), ""), "repository") &&
		    pv_streq(secret_field(cx, secret, "type"), type) &&
		    pv_streq(secret_field(cx, secret, "name"), name))
			return secret_field(cx, secret, "url");
	}
	return NULL;
}

/* The first namespace that has the setting counts. */
static void
add_setting(pv_ctx *cx, pv_facts *facts, const char *map, const char *name, const char *as, pv_objb *request)
{
	for (size_t i = 0; i < PV_LEN(namespaces); i++) {
		const char *text = setting(cx, facts, namespaces[i], map, name);
		if (text) {
			pv_objb_puts(request, as, text);
			return;
		}
	}
}

static bool
is_set(pv_ctx *cx, const pv_val *secret, const char *name)
{
	const char *text = secret_field(cx, secret, name);
	return text && *text && !pv_streq(text, "false");
}

static const char *const credentials[] = {"username",      "password",          "bearerToken",
					  "sshPrivateKey", "tlsClientCertData", "tlsClientCertKey"};
static const char *const ways[] = {"proxy", "noProxy"};
static const char *const refused[] = {"githubAppID", "githubAppPrivateKey", "gcpServiceAccountKey",
				      "useAzureWorkloadIdentity", "enableLfs"};

static bool
has_one(pv_ctx *cx, const pv_val *secret, const char *const *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_set(cx, secret, fields[i]))
			return true;
	return false;
}

static void
add_fields(pv_ctx *cx, const pv_val *secret, const char *const *fields, size_t n, pv_objb *request)
{
	for (size_t i = 0; i < n; i++)
		if (is_set(cx, secret, fields[i]))
			pv_objb_puts(request, fields[i], secret_field(cx, secret, fields[i]));
}

static int
add_credentials(pv_ctx *cx, const pv_val *secret, const char *repo, pv_objb *request)
{
	const char *name = pv_printf(cx->arena, "%s/%s", pv_text_at(secret, "metadata.namespace", ""),
				     pv_text_at(secret, "metadata.name", ""));
	for (size_t i = 0; i < PV_LEN(refused); i++)
		if (is_set(cx, secret, refused[i]))
			return pv_fail(cx, PV_EUNSUPPORTED,
				       "repository %s: %s of Secret %s is not supported yet; give "
				       "username and password, "
				       "bearerToken, sshPrivateKey or a client certificate",
				       pv_git_plain_url(cx->arena, repo), refused[i], name);
	pv_objb_puts(request, "secret", name);
	add_fields(cx, secret, credentials, PV_LEN(credentials), request);
	return 0;
}

static void
add_way(pv_ctx *cx, const pv_val *secret, pv_objb *request)
{
	add_fields(cx, secret, ways, PV_LEN(ways), request);
	if (pv_streq(secret_field(cx, secret, "insecure"), "true") ||
	    pv_streq(secret_field(cx, secret, "insecureIgnoreHostKey"), "true"))
		pv_objb_put(request, "insecure", pv_bool(true));
	if (pv_streq(secret_field(cx, secret, "insecureOCIForceHttp"), "true"))
		pv_objb_put(request, "plainHttp", pv_bool(true));
}

/* A repository's own Secret says how it is got at; credentials that it has not are those of many (prefix). */
static int
add_secrets(pv_ctx *cx, const pv_val *own, const pv_val *prefix, const char *repo, pv_objb *request)
{
	bool has = has_one(cx, own, credentials, PV_LEN(credentials)) ||
		   has_one(cx, own, refused, PV_LEN(refused));
	const pv_val *of = has || !prefix ? own : prefix;
	int r = of ? add_credentials(cx, of, repo, request) : 0;
	if (r == 0 && (own || prefix)) {
		add_way(cx, own ? own : prefix, request);
		pv_objb_puts(request, "ofProject", secret_field(cx, own ? own : prefix, "project"));
	}
	return r;
}

/* The name of the server in an address that git_address made. */
static char *
server_of(pv_arena *arena, const char *address)
{
	const char *scheme = strstr(address, "://"), *host = scheme ? scheme + 3 : address;
	return pv_strndup(arena, host, *host == '[' ? strcspn(host, "]/") + 1 : strcspn(host, ":/"));
}

int
git_add_access(pv_ctx *cx, pv_facts *facts, const char *repo, enum git_use use, pv_objb *request)
{
	pv_list_query query = {.type = "/Secret", .keep = labelled};
	const pv_val *own = NULL, *prefix = NULL;
	pv_listing listing;
	size_t longest = 0;
	int r;
	if (!pv_facts_api(facts))
		return 0;
	r = pv_store_list(cx, pv_api_store(pv_facts_api(facts)), &query, &listing);
	for (size_t i = 0; r == 0 && i < listing.len; i++) {
		const pv_val *secret = pv_rec_val(listing.recs[i]);
		size_t f = fit(cx, secret, repo, use);
		if (f == SIZE_MAX)
			own = own ? own : secret;
		else if (f > longest) {
			longest = f;
			prefix = secret;
		}
	}
	if (r == 0)
		r = add_secrets(cx, own, prefix, repo, request);
	add_setting(cx, facts, KNOWN_HOSTS, "ssh_known_hosts", "knownHosts", request);
	add_setting(cx, facts, AUTHORITIES, server_of(cx->arena, git_address(cx->arena, repo)), "authorities",
		    request);
	return r;
}
