#include "core/enforcement/untold.h"

#include <ctype.h>

#include "base/str.h"

#define RANDOM_LEAST 32 /* characters of a key that looks like one */

static const char *const words[] = {"password",   "passwd",     "passphrase",  "secret",
				    "token",      "apikey",     "api_key",     "api-key",
				    "credential", "privatekey", "private_key", "private-key"};

/* The first of the words in s, of any case; NULL: none. */
static const char *
first_word(const char *s, size_t *len)
{
	for (; *s; s++)
		for (size_t i = 0; i < PV_LEN(words); i++)
			if (strncasecmp(s, words[i], strlen(words[i])) == 0) {
				*len = strlen(words[i]);
				return s;
			}
	return NULL;
}

/* Not of those that only name another object: secretName, tokenRef. */
static bool
is_named_so(const char *path)
{
	const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;
	size_t len;

	return first_word(name, &len) && !pv_ends_with(name, "Name") && !pv_ends_with(name, "Ref");
}

/* The value of a variable of a container: spec.containers[0].env[2].value. */
static bool
is_variable(const char *path)
{
	const char *env = strstr(path, "env[");

	return env && (env == path || env[-1] == '.') && pv_ends_with(path, "].value");
}

/* "--password=x", "token: y". */
static bool
assigns_one(const char *s)
{
	size_t len;

	while ((s = first_word(s, &len)) != NULL) {
		s += len;
		if (*s == '=' || *s == ':')
			return true;
	}
	return false;
}

/* "https://user:word@host". */
static bool
has_userinfo(const char *s)
{
	const char *host = strstr(s, "://"), *at = host ? strchr(host, '@') : NULL;

	return at && memchr(host + 3, ':', (size_t)(at - host - 3)) &&
	       !memchr(host + 3, '/', (size_t)(at - host - 3));
}

static bool
begins_as_one(const char *s)
{
	static const char *const begins[] = {"AKIA",        "ASIA",   "ghp_",  "gho_",  "ghs_",
					     "github_pat_", "glpat-", "xoxb-", "xoxp-", "eyJ"};

	for (size_t i = 0; i < PV_LEN(begins); i++)
		if (pv_starts_with(s, begins[i]))
			return true;
	return strstr(s, "PRIVATE KEY-----") != NULL;
}

/* Long, of one piece, with letters of both cases and digits. */
static bool
is_random(const char *s)
{
	bool upper = false, lower = false, digit = false;
	size_t n = 0;

	for (; s[n]; n++) {
		unsigned char c = (unsigned char)s[n];

		if (!isalnum(c) && !strchr("+/=_-", c))
			return false;
		upper |= isupper(c) != 0;
		lower |= islower(c) != 0;
		digit |= isdigit(c) != 0;
	}
	return n >= RANDOM_LEAST && upper && lower && digit;
}

/* "spec.containers[0].env", and one of them. */
static bool
is_of_variables(const char *path)
{
	const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;

	return strncmp(name, "env", 3) == 0 && (name[3] == '\0' || name[3] == '[');
}

static bool
is_one(const char *path, const char *s)
{
	return *s && (is_variable(path) || is_named_so(path) || assigns_one(s) || has_userinfo(s) ||
		      begins_as_one(s) || is_random(s));
}

bool
untold(const char *path, const pv_val *value)
{
	bool part = pv_count(value) && is_of_variables(path);

	for (size_t i = 0; !part && i < pv_member_count(value); i++)
		part = untold(pv_text(&value->members[i].key, ""), &value->members[i].val);
	for (size_t i = 0; !part && pv_is(value, PV_LIST) && i < pv_count(value); i++)
		part = untold(path, pv_item(value, i));
	return part || is_one(path, pv_text(value, ""));
}
