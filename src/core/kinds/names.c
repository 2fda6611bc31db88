#include "core/kinds/names.h"
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static const char subdomain_text[] =
	"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
	"must start and "
	"end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
	"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
static const char label_text[] = "a lowercase RFC 1123 label must consist of lower case alphanumeric "
				 "characters or '-', and must start and end with an "
				 "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
				 "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
static const char label1035_text[] =
	"a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
	"alphabetic character, and "
	"end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
	"'[a-z]([-a-z0-9]*[a-z0-9])?')";
static const char value_text[] = "a valid label must be an empty string or consist of alphanumeric "
				 "characters, '-', '_' or '.', and must start and end "
				 "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
				 "'12345', regex used for validation is "
				 "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
static const char qualified_text[] =
	"name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
	"alphanumeric "
	"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
	"'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
static const char key_text[] = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
			       "(e.g. 'key.name',  or 'KEY_NAME',  or "
			       "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
static const char too_long_63[] = "must be no more than 63 characters";
static const char too_long_253[] = "must be no more than 253 characters";

static bool
in(char c, const char *set)
{
	return c && strchr(set, c);
}

/* First and last from `edge`, all from `edge` or `middle`; not empty. */
static bool
shaped(pv_str s, const char *first, const char *edge, const char *middle)
{
	if (!s.len || !in(s.s[0], first) || !in(s.s[s.len - 1], edge))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!in(s.s[i], edge) && !in(s.s[i], middle))
			return false;
	return true;
}

const char *
pv_name_subdomain(pv_str s)
{
	pv_str rest = s, piece;

	if (s.len > 253)
		return too_long_253;
	if (!s.len || s.s[s.len - 1] == '.')
		return subdomain_text;
	while (pv_str_next(&rest, '.', &piece))
		if (!shaped(piece, LOWER DIGIT, LOWER DIGIT, "-"))
			return subdomain_text;
	return NULL;
}

const char *
pv_name_label(pv_str s)
{
	return s.len > 63 ? too_long_63 : pv_name_label_form(s);
}

const char *
pv_name_label_form(pv_str s)
{
	if (shaped(s, LOWER DIGIT, LOWER DIGIT, "-"))
		return NULL;
	return s.len <= 253 && !pv_name_subdomain(s) ? "must not contain dots" : label_text;
}

const char *
pv_name_label1035(pv_str s)
{
	if (s.len > 63)
		return too_long_63;
	return shaped(s, LOWER, LOWER DIGIT, "-") ? NULL : label1035_text;
}

const char *
pv_name_path_segment(pv_str s)
{
	if (pv_str_is(s, "."))
		return "may not be '.'";
	if (pv_str_is(s, ".."))
		return "may not be '..'";
	if (memchr(s.s, '/', s.len))
		return "may not contain '/'";
	if (memchr(s.s, '%', s.len))
		return "may not contain '%'";
	return NULL;
}

const char *
pv_name_backstage(pv_str s)
{
	if (s.len <= 63 && shaped(s, LOWER UPPER DIGIT, LOWER UPPER DIGIT, "-_."))
		return NULL;
	return "must be 1 to 63 characters of [a-zA-Z0-9], with any of [-_.] between them (the name rule of "
	       "the Backstage "
	       "catalog)";
}

const char *
pv_name_label_value(pv_str s)
{
	return s.len > 63 ? too_long_63 : pv_name_label_value_form(s);
}

const char *
pv_name_label_value_form(pv_str s)
{
	return !s.len || shaped(s, LOWER UPPER DIGIT, LOWER UPPER DIGIT, "-_.") ? NULL : value_text;
}

const char *
pv_name_qualified(pv_str s)
{
	const char *slash = memchr(s.s, '/', s.len);
	pv_str prefix = {s.s, slash ? (size_t)(slash - s.s) : 0}, name = s;

	if (slash) {
		name = (pv_str){slash + 1, s.len - prefix.len - 1};
		if (memchr(name.s, '/', name.len))
			return "a qualified name must consist of alphanumeric characters, '-', '_' or '.', "
			       "and must start and end with "
			       "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
			       "regex used for validation is "
			       "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain "
			       "prefix and '/' (e.g. "
			       "'example.com/MyName')";
		if (!prefix.len)
			return "prefix part must be non-empty";
		if (pv_name_subdomain(prefix))
			return "prefix part a lowercase RFC 1123 subdomain must consist of lower case "
			       "alphanumeric characters, '-' or "
			       "'.', and must start and end with an alphanumeric character (e.g. "
			       "'example.com', regex used for "
			       "validation is "
			       "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
	}
	if (!name.len)
		return "name part must be non-empty";
	if (name.len > 63)
		return "name part must be no more than 63 characters";
	return shaped(name, LOWER UPPER DIGIT, LOWER UPPER DIGIT, "-_.") ? NULL : qualified_text;
}

const char *
pv_name_finalizer(pv_str s)
{
	static const char *const known[] = {"orphan", "foregroundDeletion", "kubernetes"};

	if (memchr(s.s, '/', s.len))
		return NULL;
	for (size_t i = 0; i < PV_LEN(known); i++)
		if (pv_str_eq(s, pv_str_of(known[i])))
			return NULL;
	return "name is neither a standard finalizer name nor is it fully qualified";
}

const char *
pv_name_config_key(pv_str s)
{
	if (s.len > 253)
		return too_long_253;
	if (pv_str_is(s, "."))
		return "must not be '.'";
	if (pv_str_is(s, ".."))
		return "must not be '..'";
	if (s.len > 1 && s.s[0] == '.' && s.s[1] == '.')
		return "must not start with '..'";
	return shaped(s, LOWER UPPER DIGIT "-_.", LOWER UPPER DIGIT "-_.", "") ? NULL : key_text;
}

const char *
pv_name_env(pv_str s)
{
	if (!s.len)
		return "environment variable name must not be empty";
	for (size_t i = 0; i < s.len; i++) /* printable ASCII except '=' (relaxed rule, Kubernetes 1.34) */
		if (s.s[i] < ' ' || s.s[i] > '~' || s.s[i] == '=')
			return "a valid environment variable name must consist only of printable ASCII "
			       "characters other than '='";
	return NULL;
}

const char *
pv_name_port(pv_str s)
{
	bool letter = false;

	if (s.len > 15)
		return "must be no more than 15 characters";
	if (!shaped(s, LOWER DIGIT "-", LOWER DIGIT "-", ""))
		return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
	for (size_t i = 0; i < s.len; i++) {
		letter |= in(s.s[i], LOWER);
		if (s.s[i] == '-' && i + 1 < s.len && s.s[i + 1] == '-')
			return "must not contain consecutive hyphens";
	}
	if (!letter)
		return "must contain at least one letter (a-z)";
	if (s.s[0] == '-' || s.s[s.len - 1] == '-')
		return "must not begin or end with a hyphen";
	return NULL;
}

const char *
pv_name_driver(pv_str s)
{
	char room[64];

	if (s.len > 63)
		return "may not be more than 63 bytes";
	for (size_t i = 0; i < s.len; i++)
		room[i] = (char)(s.s[i] >= 'A' && s.s[i] <= 'Z' ? s.s[i] + 32 : s.s[i]);
	return pv_name_subdomain((pv_str){room, s.len});
}

const char *
pv_name_manager(pv_arena *arena, pv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.s[i] < ' ' || s.s[i] == 0x7f)
			return pv_printf(arena, "invalid character U+%04X (at position %zu)",
					 (unsigned)(unsigned char)s.s[i], i);
	return NULL;
}
