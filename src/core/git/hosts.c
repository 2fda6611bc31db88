/* hosts: known_hosts as sshd(8) describes it: names, patterns, ports, hashed names, @revoked. */
#include <string.h>

#include "base/hashing.h"
#include "base/str.h"
#include "core/git/access.h"
#include "lang/glob/glob.h"

/* |1|salt|HMAC-SHA1 of the name */
static bool
is_hash_of(pv_arena *arena, pv_str text, const char *name)
{
	pv_str rest = {text.s + 3, text.len - 3}, salt;
	size_t salt_len, len;
	const uint8_t *key, *want;
	if (!pv_str_next(&rest, '|', &salt))
		return false;
	key = pv_unbase64(arena, salt, false, &salt_len);
	if (!key)
		return false;
	want = pv_hmac(arena, "sha1", (pv_str){(const char *)key, salt_len}, pv_str_of(name), &len);
	return want && pv_str_is(rest, pv_base64(arena, want, len, false));
}

static bool
names_host(pv_arena *arena, pv_str names, const char *name)
{
	bool match = false;
	pv_str pattern;
	if (names.len > 3 && memcmp(names.s, "|1|", 3) == 0)
		return is_hash_of(arena, names, name);
	while (pv_str_next(&names, ',', &pattern)) {
		bool not = pattern.len && *pattern.s == '!';
		char *text = pv_strndup(arena, pattern.s + not, pattern.len - not );
		bool is = strcasecmp(text, name) == 0 ||
			  (*text != '[' && strpbrk(text, "*?") && pv_glob_match(text, name));
		if (is && not )
			return false;
		match = match || is;
	}
	return match;
}

enum git_host
git_host_find(pv_arena *arena, const char *known_hosts, const char *host, const char *port, const char *key)
{
	pv_str rest = pv_str_of(known_hosts), line;
	const char *name = *port && !pv_streq(port, "22") ? pv_printf(arena, "[%s]:%s", host, port) : host;
	enum git_host found = GIT_HOST_UNKNOWN;
	while (pv_str_next(&rest, '\n', &line)) {
		pv_str names, type, text;
		bool revoked, marked;
		line = pv_str_trim(line);
		if (!line.len || *line.s == '#' || !pv_str_next(&line, ' ', &names))
			continue;
		revoked = pv_str_is(names, "@revoked");
		marked = *names.s == '@';
		if ((marked && !pv_str_next(&line, ' ', &names)) || !pv_str_next(&line, ' ', &type) ||
		    !pv_str_next(&line, ' ', &text) || !names_host(arena, names, name) ||
		    (marked && !revoked))
			continue;
		if (revoked && pv_str_is(text, key))
			return GIT_HOST_REVOKED;
		if (!revoked && found != GIT_HOST_KNOWN)
			found = pv_str_is(text, key) ? GIT_HOST_KNOWN : GIT_HOST_OTHER_KEY;
	}
	return found;
}
