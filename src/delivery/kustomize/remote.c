/* remote: the forms in which a kustomization names a folder of a repository. */
#include <string.h>
#include <strings.h>

#include "delivery/kustomize/impl.h"

static bool
cut(const char **text, const char *prefix)
{
	size_t n = strlen(prefix);
	if (strncasecmp(*text, prefix, n) != 0)
		return false;
	*text += n;
	return true;
}

/* "git@": a letter, then letters, digits and dashes. */
static size_t
user_length(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
			  others[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
	if (strspn(text, letters) == 0)
		return 0;
	size_t n = strspn(text, others);
	return text[n] == '@' ? n + 1 : 0;
}

/* In what stands behind the host the repository ends at _git/NAME, "//", ".git", or behind two names; *ret_path
 * is where its folder begins. */
static bool
has_repository(const char *rest, bool whole, size_t *ret_path)
{
	const char *azure = strstr(rest, "_git/"), *slashes = strstr(rest, "//"), *git = strstr(rest, ".git"),
		   *first = strchr(rest, '/');
	if (azure) {
		*ret_path = (size_t)(azure + 5 - rest) + strcspn(azure + 5, "/");
	} else if (slashes) {
		*ret_path = (size_t)(slashes + 2 - rest);
		return slashes > rest;
	} else if (git) {
		*ret_path = (size_t)(git + 4 - rest);
	} else if (whole) {
		*ret_path = strlen(rest);
	} else {
		*ret_path = first ? (size_t)(first + 1 - rest) + strcspn(first + 1, "/") : 0;
	}
	return *ret_path > 0;
}

static bool
leaves(const char *path)
{
	int depth = 0;
	pv_str rest = pv_str_of(path), one;
	while (pv_str_next(&rest, '/', &one)) {
		if (pv_str_is(one, ".."))
			depth--;
		else if (one.len > 0 && !pv_str_is(one, "."))
			depth++;
		if (depth < 0)
			return true;
	}
	return false;
}

/* A file over HTTP is no folder: told by its name, for nobody is asked here. */
static bool
is_file(const char *path)
{
	return pv_ends_with(path, ".yaml") || pv_ends_with(path, ".yml") || pv_ends_with(path, ".json");
}

/* The member of "?ref=v1&timeout=90s", of which kustomize knows several names; "": there is none. */
static const char *
query_member(pv_arena *arena, const char *query, const char *name)
{
	pv_str rest = pv_str_of(*query ? query + 1 : ""), one, key;
	while (pv_str_next(&rest, '&', &one))
		if (pv_str_next(&one, '=', &key) && pv_str_is(key, name))
			return pv_strndup(arena, one.s, one.len);
	return "";
}

static void
put_query(pv_arena *arena, const char *query, kust_remote *ret)
{
	ret->ref = query_member(arena, query, "ref");
	if (!*ret->ref)
		ret->ref = query_member(arena, query, "version");
}

static const char *
without_slashes(pv_arena *arena, const char *text, size_t n)
{
	while (n > 0 && text[n - 1] == '/')
		n--;
	return pv_strndup(arena, text, n);
}

bool
kust_remote_parse(pv_arena *arena, const char *text, kust_remote *ret)
{
	static const char *const schemes[] = {"ssh://", "https://", "http://", "file://"};
	const char *scheme = "", *query = strchr(text, '?');
	if (*text == '/')
		return false;
	const char *p = query ? pv_strndup(arena, text, (size_t)(query - text)) : text;
	(void)cut(&p, "git::");
	for (size_t i = 0; i < PV_LEN(schemes) && !*scheme; i++)
		if (cut(&p, schemes[i]))
			scheme = schemes[i];
	const char *whole = p;
	size_t user = user_length(p), host = 0, path;
	p += user;
	bool github = strncasecmp(p, "github.com/", 11) == 0 || strncasecmp(p, "github.com:", 11) == 0,
	     scp = !*scheme && (user > 0 || github), file = pv_streq(scheme, "file://");
	if (!*scheme && !scp)
		return false;
	if (!file) {
		const char *slash = strchr(p, '/'), *colon = scp ? strchr(p, ':') : NULL;
		const char *end = colon && colon > p && (slash == NULL || colon < slash) ? colon : slash;
		host = end ? (size_t)(end - p) + 1 : strlen(p);
	}
	const char *rest = p + host;
	if (!has_repository(rest, file, &path) || leaves(rest + path) || is_file(rest + path))
		return false;
	bool bare = !*scheme && user == 0 && rest[-1] == '/'; /* github.com/org/repo */
	*ret = (kust_remote){.path = rest + path};
	ret->repo = pv_printf(arena, "%s%s", bare ? "https://" : scheme,
			      without_slashes(arena, whole, (size_t)(rest - whole) + path));
	put_query(arena, query ? query : "", ret);
	return true;
}

bool
kust_is_remote(pv_arena *arena, const char *text)
{
	kust_remote remote;
	return kust_remote_parse(arena, text, &remote);
}
