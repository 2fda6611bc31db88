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

/* What ?ref= (or ?version=) says. */
static const char *
revision_of(pv_arena *arena, const char *query)
{
	const char *ref = "", *version = "";
	pv_str rest = pv_str_of(query), one;
	while (pv_str_next(&rest, '&', &one)) {
		const char *pair = pv_strndup(arena, one.s, one.len);
		const char *value = cut(&pair, "ref=") ? pair : NULL;
		if (value && *value)
			ref = pv_percent_decode(arena, value);
		else if (!value && cut(&pair, "version="))
			version = pv_percent_decode(arena, pair);
	}
	return ref && *ref ? ref : version ? version : "";
}

/* Where the repository ends in what stands behind the host: at _git/NAME, "//", ".git", or behind two names. */
static bool
repository_length(const char *rest, bool whole, size_t *ret_repo, size_t *ret_path)
{
	const char *azure = strstr(rest, "_git/"), *slashes = strstr(rest, "//"), *git = strstr(rest, ".git");
	if (azure)
		*ret_repo = *ret_path = (size_t)(azure + 5 - rest) + strcspn(azure + 5, "/");
	else if (slashes) {
		*ret_repo = (size_t)(slashes - rest);
		*ret_path = *ret_repo + 2;
	} else if (git)
		*ret_repo = *ret_path = (size_t)(git + 4 - rest);
	else if (whole)
		*ret_repo = *ret_path = strlen(rest);
	else {
		const char *first = strchr(rest, '/');
		if (first == NULL)
			return false;
		*ret_repo = *ret_path = (size_t)(first + 1 - rest) + strcspn(first + 1, "/");
	}
	return *ret_repo > 0;
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

bool
kust_remote_parse(pv_arena *arena, const char *text, kust_remote *ret)
{
	static const char *const schemes[] = {"ssh://", "https://", "http://", "file://"};
	const char *scheme = "", *query = strchr(text, '?'), *user;
	if (*text == '/')
		return false;
	const char *p = query ? pv_strndup(arena, text, (size_t)(query - text)) : text;
	(void)cut(&p, "git::");
	for (size_t i = 0; i < PV_LEN(schemes) && !*scheme; i++)
		if (cut(&p, schemes[i]))
			scheme = schemes[i];
	size_t n = user_length(p), host = 0, repo, path;
	user = pv_strndup(arena, p, n);
	p += n;
	bool github = strncasecmp(p, "github.com/", 11) == 0 || strncasecmp(p, "github.com:", 11) == 0,
	     scp = !*scheme && (*user || github), file = pv_streq(scheme, "file://");
	if (!*scheme && !scp)
		return false;
	if (!file) {
		const char *slash = strchr(p, '/'), *colon = scp ? strchr(p, ':') : NULL;
		const char *end = colon && colon > p && (slash == NULL || colon < slash) ? colon : slash;
		host = end ? (size_t)(end - p) + 1 : strlen(p);
	}
	const char *name = pv_strndup(arena, p, host), *rest = p + host;
	if (github) {
		bool ssh = pv_streq(scheme, "ssh://") || *user;
		name = ssh ? "github.com:" : "github.com/";
		scheme = ssh ? "" : "https://";
		user = ssh ? user : "";
	}
	if (!repository_length(rest, file, &repo, &path) || leaves(rest + path))
		return false;
	*ret = (kust_remote){.repo = pv_printf(arena, "%s%s%s%.*s", scheme, user, name, (int)repo, rest),
			     .path = rest[path] == '/' ? rest + path + 1 : rest + path,
			     .revision = query ? revision_of(arena, query + 1) : ""};
	return true;
}
