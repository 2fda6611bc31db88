#include "core/schema/format.h"
#include "base/time.h"
#include "base/utf8.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- addresses of people, as Go's mail.ParseAddress: "a@b.c", "Name <a@b.c>" ---- */

static bool
is_atom_char(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 ||
	       (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static size_t
quoted(pv_str s, size_t from) /* behind it; 0 if it does not end */
{
	for (size_t i = from + 1; i < s.len; i++) {
		if (s.s[i] == '\\')
			i++;
		else if (s.s[i] == '"')
			return i + 1;
	}
	return 0;
}

static bool
is_dotted(pv_str s)
{
	bool atom = false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] == '.' ? !atom : !is_atom_char(s.s[i]))
			return false;
		atom = s.s[i] != '.';
	}
	return atom;
}

static bool
is_spec(pv_str s)
{
	const char *at = s.len ? memrchr(s.s, '@', s.len) : NULL;
	pv_str local, domain;

	if (!at)
		return false;
	local = (pv_str){s.s, (size_t)(at - s.s)};
	domain = (pv_str){at + 1, s.len - local.len - 1};
	if (!(local.len > 1 && local.s[0] == '"' ? quoted(local, 0) == local.len : is_dotted(local)))
		return false;
	if (domain.len > 2 && domain.s[0] == '[')
		return domain.s[domain.len - 1] == ']';
	return is_dotted(domain);
}

static bool
is_phrase(pv_str s)
{
	for (size_t i = 0; i < s.len;) {
		if (s.s[i] == '"')
			i = quoted(s, i);
		else if (is_atom_char(s.s[i]) || s.s[i] == ' ' || s.s[i] == '\t' || s.s[i] == '.')
			i++;
		else
			return false;
		if (!i)
			return false;
	}
	return true;
}

bool
format_email(pv_str s)
{
	const char *open;

	s = pv_str_trim(s);
	open = s.len && s.s[s.len - 1] == '>' ? memrchr(s.s, '<', s.len) : NULL;
	if (!open)
		return is_spec(s);
	return is_phrase((pv_str){s.s, (size_t)(open - s.s)}) &&
	       is_spec((pv_str){open + 1, (size_t)(s.s + s.len - open - 2)});
}

/* ---- names ---- */

/* Letters and symbols of any script count as letters. */
static bool
is_host_char(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || (c && strchr("$+<=>^`|~", c));
}

static bool
is_host_label(pv_str s, bool last)
{
	for (size_t i = 0; i < s.len; i++)
		if (last ? !isalpha((unsigned char)s.s[i]) && (unsigned char)s.s[i] < 0x80
			 : !is_host_char(s.s[i]) && (s.s[i] != '-' || !i || i + 1 == s.len))
			return false;
	return s.len && s.len <= 63 && (!last || pv_utf8_count(s) >= 2);
}

/* Upstream takes a dash in a name without dots only behind its first letter. */
bool
format_hostname(pv_str s)
{
	const char *dot = s.len ? memchr(s.s, '.', s.len) : NULL;
	pv_str rest = s, label;

	if (!s.len || s.len > 255)
		return false;
	if (!dot) {
		for (size_t i = 0; i < s.len; i++)
			if (!is_host_char(s.s[i]) && (s.s[i] != '-' || i != 1))
				return false;
		return s.len <= 63;
	}
	while (pv_str_next(&rest, '.', &label))
		if (!is_host_label(label, label.s + label.len == s.s + s.len))
			return false;
	return s.s[s.len - 1] != '.';
}

bool
format_short_name(pv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!islower((unsigned char)s.s[i]) && !isdigit((unsigned char)s.s[i]) &&
		    (s.s[i] != '-' || !i || i + 1 == s.len))
			return false;
	return s.len && s.len <= 63;
}

bool
format_long_name(pv_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		bool edge = !i || i + 1 == s.len || s.s[i - 1] == '.' || s.s[i + 1] == '.';

		if (!islower((unsigned char)s.s[i]) && !isdigit((unsigned char)s.s[i]) &&
		    ((s.s[i] != '-' && s.s[i] != '.') || edge))
			return false;
	}
	return s.len && s.len <= 253;
}

/* ---- times ---- */

static bool
number_at(pv_str s, size_t i, size_t n, int *ret)
{
	*ret = 0;
	for (size_t k = i; k < i + n; k++) {
		if (k >= s.len || !isdigit((unsigned char)s.s[k]))
			return false;
		*ret = *ret * 10 + (s.s[k] - '0');
	}
	return true;
}

bool
format_date(pv_str s)
{
	int year, month, day, y, m, d;

	if (s.len != 10 || s.s[4] != '-' || s.s[7] != '-' || !number_at(s, 0, 4, &year) ||
	    !number_at(s, 5, 2, &month) || !number_at(s, 8, 2, &day))
		return false;
	pv_date_of(pv_days_of(year, month, day), &y, &m, &d);
	return y == year && m == month && d == day;
}

/* Any offset, and any character before the fraction, as upstream's pattern has it. */
bool
format_date_time(pv_str s)
{
	int hour, minute, second, zone;
	size_t i = 19;

	if (s.len < 20 || tolower((unsigned char)s.s[10]) != 't' || !format_date((pv_str){s.s, 10}) ||
	    s.s[13] != ':' || s.s[16] != ':' || !number_at(s, 11, 2, &hour) ||
	    !number_at(s, 14, 2, &minute) || !number_at(s, 17, 2, &second) || hour > 23 || minute > 59 ||
	    second > 59)
		return false;
	if (i + 1 < s.len && isdigit((unsigned char)s.s[i + 1]) && s.len - i != 6)
		for (i++; i < s.len && isdigit((unsigned char)s.s[i]);)
			i++;
	if (s.len == i + 1)
		return tolower((unsigned char)s.s[i]) == 'z';
	return s.len == i + 6 && (s.s[i] == '+' || s.s[i] == '-') && s.s[i + 3] == ':' &&
	       number_at(s, i + 1, 2, &zone) && number_at(s, i + 4, 2, &zone);
}

/* A unit of Scala's durations: one of its names, or a beginning that goes on as the longest does. */
static bool
is_unit(pv_str s)
{
	static const struct {
		const char *names; /* with a blank behind each */
		const char *longest;
	} units[] = {
		{"ns ", "nano"}, {"us \xc2\xb5s ", "micro"}, {"ms ", "milli"}, {"s ", "sec"},
		{"m ", "min"},   {"h hr ", "hour"},          {"d ", "day"},    {"w wk ", "week"},
	};

	for (size_t i = 0; i < PV_LEN(units); i++) {
		pv_str rest = pv_str_of(units[i].names), name;

		if (s.len >= strlen(units[i].longest) &&
		    strncasecmp(s.s, units[i].longest, strlen(units[i].longest)) == 0)
			return true;
		while (pv_str_next(&rest, ' ', &name))
			if (name.len && name.len == s.len && strncasecmp(s.s, name.s, s.len) == 0)
				return true;
	}
	return false;
}

/* Go's durations, and numbers with units anywhere in the text. */
bool
format_duration(pv_str s)
{
	bool found = false;
	int64_t ns;

	if (pv_duration_parse(s, &ns))
		return true;
	for (size_t i = 0; i < s.len;) {
		size_t digits = i, unit;

		while (i < s.len && isdigit((unsigned char)s.s[i]))
			i++;
		unit = i;
		while (unit > digits && i < s.len && isspace((unsigned char)s.s[i]))
			i++;
		if (unit - digits > 18)
			return false;
		digits = unit - digits;
		unit = i;
		while (digits && i < s.len &&
		       (isalpha((unsigned char)s.s[i]) || s.s[i] == '\xc2' || s.s[i] == '\xb5'))
			i++;
		found |= digits && i > unit && is_unit((pv_str){s.s + unit, i - unit});
		i += !digits;
	}
	return found;
}
