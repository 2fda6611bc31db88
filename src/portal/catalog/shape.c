/* shape: https://backstage.io/docs/features/software-catalog/descriptor-format, as the
 * running product decides, which is not always what that page says. */
#include "portal/catalog/shape.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

#define LONGEST 63
#define LONGEST_PREFIX 253

static bool
alnum(char c)
{
	return isalnum((unsigned char)c) && (unsigned char)c < 128;
}

static bool
lower_alnum(char c)
{
	return alnum(c) && !isupper((unsigned char)c);
}

static bool
all(pv_str s, bool (*is)(char), const char *also)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is(s.s[i]) && !(s.s[i] && strchr(also, s.s[i])))
			return false;
	return true;
}

static bool
framed(pv_str s, bool (*is)(char), const char *also)
{
	return s.len > 0 && is(s.s[0]) && is(s.s[s.len - 1]) && all(s, is, also);
}

bool
shape_name(pv_str s)
{
	return s.len <= LONGEST && framed(s, alnum, "-_.");
}

bool
shape_namespace(pv_str s)
{
	return s.len <= LONGEST && framed(s, lower_alnum, "-");
}

static bool
tag_char(char c)
{
	return lower_alnum(c) || (c && strchr(":+#", c));
}

bool
shape_tag(pv_str s)
{
	for (size_t i = 1; i < s.len; i++)
		if (s.s[i] == '-' && s.s[i - 1] == '-')
			return false;
	return s.len <= LONGEST && framed(s, tag_char, "-");
}

bool
shape_kind(pv_str s)
{
	return s.len > 0 && s.len <= LONGEST && isalpha((unsigned char)s.s[0]) && all(s, alnum, "");
}

static bool
dns_subdomain(pv_str s)
{
	pv_str piece;
	if (s.len == 0 || s.len > LONGEST_PREFIX || s.s[s.len - 1] == '.')
		return false;
	while (pv_str_next(&s, '.', &piece))
		if (!shape_namespace(piece))
			return false;
	return true;
}

/* Splits at the only slash; *ret_prefix is empty if there is none.  False if there are more. */
static bool
split(pv_str s, pv_str *ret_prefix, pv_str *ret_rest)
{
	const char *slash = s.len ? memchr(s.s, '/', s.len) : NULL;
	*ret_prefix = (pv_str){NULL, 0};
	*ret_rest = s;
	if (!slash)
		return true;
	*ret_prefix = (pv_str){s.s, (size_t)(slash - s.s)};
	*ret_rest = (pv_str){slash + 1, s.len - ret_prefix->len - 1};
	return dns_subdomain(*ret_prefix) && !memchr(ret_rest->s, '/', ret_rest->len);
}

bool
shape_api_version(pv_str s)
{
	pv_str prefix, rest;
	return split(s, &prefix, &rest) && rest.len > 0 && rest.len <= LONGEST && all(rest, alnum, "");
}

bool
shape_key(pv_str s)
{
	pv_str prefix, rest;
	return split(s, &prefix, &rest) && shape_name(rest);
}

bool
shape_url(pv_str s)
{
	static const char *const with_host[] = {"http", "https", "ws", "wss", "ftp"};
	const char *colon = s.len ? memchr(s.s, ':', s.len) : NULL;
	pv_str scheme, rest;
	if (!colon || !isalpha((unsigned char)s.s[0]))
		return false;
	scheme = (pv_str){s.s, (size_t)(colon - s.s)};
	rest = (pv_str){colon + 1, s.len - scheme.len - 1};
	if (!all(scheme, alnum, "+-."))
		return false;
	for (size_t i = 0; i < PV_LEN(with_host); i++) {
		size_t start = 0;
		if (!pv_str_is(scheme, with_host[i]))
			continue;
		while (start < rest.len && (rest.s[start] == '/' || rest.s[start] == '\\'))
			start++;
		rest = (pv_str){rest.s + start, rest.len - start};
		return rest.len > 0 && !memchr(" ?#:/", rest.s[0], 5) &&
		       !memchr(rest.s, ' ', strcspn(rest.s, "/?#"));
	}
	return true;
}
