/* formats: what `format` asserts, in the drafts in which it asserts anything (4, 6 and 7). */
#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "base/time.h"
#include "lang/jsonschema/impl.h"

#define LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define HOST LABEL "(\\." LABEL ")*"
#define OCTET "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define IPV4 OCTET "(\\." OCTET "){3}"
#define CLOCK \
	"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
#define PART "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"

static const struct {
	const char *name, *pattern, *why;
} formats[] = {
	{"email", "(" PART "(\\." PART ")*|\"[^\"\\\\]*\")@(" HOST "|\\[(" IPV4 "|IPv6:[0-9A-Fa-f:.]+)\\])",
	 "expected NAME@HOST"},
	{"hostname", HOST "\\.?", "expected labels of letters, digits and - with dots between them"},
	{"ipv4", IPV4, "expected four decimals"},
	{"uuid", "[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
	 "must have 5 elements of hexadecimal digits"},
	{"date", "[0-9]{4}-[0-9]{2}-[0-9]{2}", "expected YYYY-MM-DD"},
	{"time", CLOCK, "expected HH:MM:SS and Z or an offset"},
	{"date-time", "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]" CLOCK,
	 "expected YYYY-MM-DDTHH:MM:SS and Z or an offset"},
	{"duration", "P([0-9]+W|([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?)",
	 "expected P and years to seconds, as in P1DT12H"},
	{"json-pointer", "(/([^~/]|~[01])*)*", "not starting with /, or ~ not followed by 0 or 1"},
	{"relative-json-pointer", "(0|[1-9][0-9]*)(#|(/([^~/]|~[01])*)*)",
	 "must start with non-negative integer"},
	{"uri", "[A-Za-z][A-Za-z0-9+.-]*:[^\\s\"<>\\\\^`{|}]*", "relative url"},
	{"iri", "[A-Za-z][A-Za-z0-9+.-]*:[^\\s\"<>\\\\^`{|}]*", "relative url"},
	{"uri-reference", "[^\\s\"<>\\\\^`{|}]*", "a character that no URI has"},
	{"iri-reference", "[^\\s\"<>\\\\^`{|}]*", "a character that no URI has"},
	{"regex", NULL, "no regular expression"},
	{"ipv6", NULL, "no IPv6 address"},
};

static bool
is_regex(validator *v, pv_str text)
{
	const pv_re *re;
	if (pv_re_cached(v->cx, text, NULL, &re) == 0)
		return true;
	pv_recover(v->cx);
	return false;
}

static bool
is_ipv6(validator *v, pv_str text)
{
	struct in6_addr address;
	return inet_pton(AF_INET6, pv_strndup(v->cx->arena, text.s, text.len), &address) == 1;
}

/* The calendar knows which days there are. */
static bool
is_day(validator *v, pv_str text)
{
	int64_t seconds, ns;
	return text.len >= 10 &&
	       pv_time_parse_parts(pv_str_of(pv_printf(v->cx->arena, "%.10sT00:00:00Z", text.s)), &seconds,
				   &ns);
}

static bool
holds(validator *v, size_t i, pv_str text)
{
	const char *name = formats[i].name;
	const pv_re *re;
	if (pv_streq(name, "regex"))
		return is_regex(v, text);
	if (pv_streq(name, "ipv6"))
		return is_ipv6(v, text);
	if (pv_re_cached(v->cx, pv_str_of(pv_printf(v->cx->arena, "^(?:%s)$", formats[i].pattern)), NULL,
			 &re) < 0) {
		v->failed = -PV_EINVALID;
		return true;
	}
	if (!pv_re_match(re, text))
		return false;
	if (pv_streq(name, "duration"))
		return text.len > 1 && text.s[text.len - 1] != 'T';
	return !pv_starts_with(name, "date") || is_day(v, text);
}

void
schema_format(validator *v, const char *format, const pv_val *value, const char *at, pv_vec *faults)
{
	pv_str text = pv_strv(value);
	for (size_t i = 0; v->draft < 2019 && i < PV_LEN(formats); i++)
		if (pv_streq(format, formats[i].name) && !holds(v, i, text))
			fault_add(faults,
				  fault_new(v, at, "%s is not valid %s: %s", fault_quote(v, text), format,
					    pv_streq(format, "email") && !memchr(text.s, '@', text.len)
						    ? "missing @"
						    : formats[i].why));
}
