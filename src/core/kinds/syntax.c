/* What a single value of a built-in kind must be like: the `rule` rows of rules.tsv, with
 * upstream's words (apimachinery's util/validation, kubernetes pkg/apis/core/validation). */
#include "base/str.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include "core/kinds/table.h"
#include "lang/quantity/quantity.h"
#include <string.h>

typedef const char *wrong(pv_ctx *cx, const pv_val *v, const pv_syntax *s);

/* ---- numbers ---- */

static const char *
range(pv_ctx *cx, const pv_val *v, const pv_syntax *s)
{
	int64_t n = pv_i64(v, 0);

	if (!pv_is(v, PV_NUMBER) || (n >= s->least && n <= s->most))
		return NULL;
	return s->words ? s->words
			: pv_printf(cx->arena, "must be between %lld and %lld, inclusive",
				    (long long)s->least, (long long)s->most);
}

static const char *
least(pv_ctx *cx, const pv_val *v, const pv_syntax *s)
{
	if (!pv_is(v, PV_NUMBER) || pv_i64(v, 0) >= s->least)
		return NULL;
	return s->words ? s->words
			: pv_printf(cx->arena, "must be greater than or equal to %lld", (long long)s->least);
}

static const char *
over(pv_ctx *cx, const pv_val *v, const pv_syntax *s)
{
	if (!pv_is(v, PV_NUMBER) || pv_i64(v, 0) > s->least)
		return NULL;
	return s->words ? s->words : pv_printf(cx->arena, "must be greater than %lld", (long long)s->least);
}

/* 0 is what Go has for none. */
static const char *
port(pv_ctx *cx, const pv_val *v, const pv_syntax *s)
{
	(void)cx, (void)s;
	if (!pv_is(v, PV_NUMBER) || (pv_i64(v, 0) >= 0 && pv_i64(v, 0) <= 65535))
		return NULL;
	return "must be between 1 and 65535, inclusive";
}

static const char *
not_negative(pv_ctx *cx, const pv_val *v, const pv_syntax *s)
{
	pv_quantity q;

	(void)cx;
	return pv_quantity_of(v, &q) && q.nano < 0
		       ? s->words ? s->words : "must be greater than or equal to 0"
		       : NULL;
}

/* ---- paths ---- */

static bool
has_backstep(pv_str path)
{
	pv_str piece;

	while (pv_str_next(&path, '/', &piece))
		if (pv_str_is(piece, ".."))
			return true;
	return false;
}

static const char *
no_backsteps(pv_ctx *cx, const pv_val *v, const pv_syntax *s)
{
	(void)cx;
	if (!has_backstep(pv_strv(v)))
		return NULL;
	return s->words ? s->words : "must not contain '..'";
}

static const char *
relative(pv_ctx *cx, const pv_val *v, const pv_syntax *s)
{
	if (pv_starts_with(pv_text(v, ""), "/"))
		return "must be a relative path";
	return no_backsteps(cx, v, s);
}

/* A name that a volume's own files could have is not for the user's. */
static const char *
unreserved(pv_ctx *cx, const pv_val *v, const pv_syntax *s)
{
	const char *why = relative(cx, v, s);

	return !why && pv_starts_with(pv_text(v, ""), "..") ? "must not start with '..'" : why;
}

static const char *
absolute(pv_ctx *cx, const pv_val *v, const pv_syntax *s)
{
	(void)cx, (void)s;
	return pv_starts_with(pv_text(v, ""), "/") ? NULL : "must be an absolute path";
}

/* ---- names ---- */

static const char *
header(pv_str name)
{
	for (size_t i = 0; i < name.len || !i; i++)
		if (!name.len ||
		    !strchr("-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", name.s[i]))
			return "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. "
			       "'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
	return NULL;
}

static const char *
sysctl(pv_str name)
{
	pv_str rest = name;
	bool good = name.len <= 253;

	while (good && rest.len) {
		size_t n = 0;

		while (n < rest.len && rest.s[n] != '.' && rest.s[n] != '/')
			n++;
		for (size_t i = 0; i < n; i++) {
			char c = rest.s[i];
			bool inner = i > 0 && i + 1 < n && (c == '-' || c == '_');

			good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || inner;
		}
		good &= n > 0 && n + 1 != rest.len;
		rest = n < rest.len ? (pv_str){rest.s + n + 1, rest.len - n - 1} : (pv_str){NULL, 0};
	}
	return good ? NULL
		    : "must have at most 253 characters and match regex "
		      "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
}

/* Of iSCSI: text of one of three schemes. */
static const char *
iscsi(pv_str s)
{
	return s.len > 3 && (!memcmp(s.s, "iqn", 3) || !memcmp(s.s, "eui", 3) || !memcmp(s.s, "naa", 3))
		       ? NULL
		       : "must be valid format starting with iqn, eui, or naa";
}

/* host:port, several with commas between. */
static const char *
servers(pv_str s)
{
	pv_str one;

	while (pv_str_next(&s, ',', &one)) {
		const char *colon = one.len ? memchr(one.s, ':', one.len) : NULL;

		if (!colon || colon == one.s || colon + 1 == one.s + one.len ||
		    memchr(colon + 1, ':', one.len - (size_t)(colon + 1 - one.s)))
			return "must be a host:port pair or multiple pairs separated by commas";
	}
	return NULL;
}

/* A search domain: with '_', and a dot at its end or alone. */
static const char *
search(pv_str s)
{
	char room[256];

	if (!s.len)
		return pv_name_subdomain(s);
	if (s.s[s.len - 1] == '.')
		s.len--;
	if (!s.len || s.len >= sizeof room)
		return s.len ? pv_name_subdomain(s) : NULL;
	for (size_t i = 0; i < s.len; i++)
		room[i] = s.s[i] == '_' ? 'a' : s.s[i];
	return pv_name_subdomain((pv_str){room, s.len})
		       ? "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
			 "'-' or '.', and must start and end with an alphanumeric character (e.g. "
			 "'example.com', regex used for validation is "
			 "'[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')"
		       : NULL;
}

static const struct {
	const char *name;
	wrong *wrong;                /* or: */
	const char *(*text)(pv_str); /* of text */
	int numbers;                 /* that it takes: a row that gives others is a fault of the table */
	bool says;                   /* what the row says instead of its own words */
} words[] = {
	{"absolute", absolute, NULL, 0, false},
	{"bytes", NULL, NULL, 1, false},
	{"cidr", NULL, pv_name_cidr, 0, false},
	{"config-key", NULL, pv_name_config_key, 0, false},
	{"driver", NULL, pv_name_driver, 0, false},
	{"env", NULL, pv_name_env, 0, false},
	{"header", NULL, header, 0, false},
	{"ip", NULL, pv_name_address, 0, false},
	{"iscsi", NULL, iscsi, 0, false},
	{"label", NULL, pv_name_label, 0, false},
	{"label1035", NULL, pv_name_label1035, 0, false},
	{"label-value", NULL, pv_name_label_value, 0, false},
	{"least", least, NULL, 1, true},
	{"no-backsteps", no_backsteps, NULL, 0, true},
	{"not-negative", not_negative, NULL, 0, true},
	{"over", over, NULL, 1, true},
	{"path-segment", NULL, pv_name_path_segment, 0, false},
	{"port", port, NULL, 0, false},
	{"port-name", NULL, pv_name_port, 0, false},
	{"qualified", NULL, pv_name_qualified, 0, false},
	{"range", range, NULL, 2, true},
	{"relative", relative, NULL, 0, false},
	{"search", NULL, search, 0, false},
	{"servers", NULL, servers, 0, false},
	{"subdomain", NULL, pv_name_subdomain, 0, false},
	{"sysctl", NULL, sysctl, 0, false},
	{"unreserved", unreserved, NULL, 0, false},
};

/* `least` is the row of the table that knows how. */
static const char *
text_wrong(pv_ctx *cx, const pv_val *v, const pv_syntax *s)
{
	(void)cx;
	return pv_is(v, PV_STRING) ? words[s->least].text(pv_strv(v)) : NULL;
}

bool
pv_syntax_row(const pv_table_row *row, pv_syntax *ret)
{
	int64_t *const to[] = {&ret->least, &ret->most};
	pv_str rest = pv_str_of(row->cell[3]), number = {NULL, 0};
	int numbers = 0;

	ret->most = INT64_MAX;
	while (rest.len > 0 && pv_str_next(&rest, ' ', &number))
		if (numbers == PV_LEN(to) || !pv_parse_int(number, to[numbers++]))
			return false;
	ret->words = *row->cell[4] ? row->cell[4] : NULL;
	for (size_t i = 0; i < PV_LEN(words); i++) {
		if (!pv_streq(words[i].name, row->cell[2]))
			continue;
		if (!words[i].wrong && !words[i].text)
			ret->most = ret->least;
		else
			ret->wrong = words[i].wrong ? words[i].wrong : text_wrong;
		if (words[i].text)
			ret->least = (int64_t)i;
		return numbers == words[i].numbers && (words[i].says || !ret->words);
	}
	return false;
}
