#include "core/schema/format.h"
#include <ctype.h>
#include <string.h>

/* 'd': a digit, 'x': a hexadecimal one, '?': what follows may be missing; others stand for themselves. */
static bool
has_shape(pv_str s, const char *shape)
{
	size_t i = 0;

	for (; *shape; shape++) {
		bool maybe = *shape == '?', fits;

		shape += maybe;
		fits = i < s.len && (*shape == 'd'   ? isdigit((unsigned char)s.s[i]) != 0
				     : *shape == 'x' ? isxdigit((unsigned char)s.s[i]) != 0
						     : s.s[i] == *shape);
		i += fits;
		if (!fits && !maybe)
			return false;
	}
	return i == s.len;
}

/* The text without blanks and what else may stand between its digits.  False if the room is too small. */
static bool
digits_of(pv_str s, const char *between, char *room, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (isspace((unsigned char)s.s[i]) || (s.s[i] && strchr(between, s.s[i])))
			continue;
		if (n + 1 >= size)
			return false;
		room[n++] = s.s[i];
	}
	room[n] = 0;
	return true;
}

bool
format_isbn10(pv_str s)
{
	char n[12];
	int sum = 0;

	if (!digits_of(s, "-", n, sizeof(n)) ||
	    !(has_shape(pv_str_of(n), "dddddddddd") || has_shape(pv_str_of(n), "dddddddddX")))
		return false;
	for (int i = 0; i < 10; i++)
		sum += (i + 1) * (n[i] == 'X' ? 10 : n[i] - '0');
	return sum % 11 == 0;
}

bool
format_isbn13(pv_str s)
{
	char n[15];
	int sum = 0;

	if (!digits_of(s, "-", n, sizeof(n)) || !has_shape(pv_str_of(n), "ddddddddddddd"))
		return false;
	for (int i = 0; i < 13; i++)
		sum += (n[i] - '0') * (i % 2 ? 3 : 1);
	return sum % 10 == 0;
}

bool
format_isbn(pv_str s)
{
	return format_isbn10(s) || format_isbn13(s);
}

/* The issuers' first digits and lengths. */
static bool
is_issued(const char *n)
{
	static const struct {
		const char *from, *to; /* the first digits */
		size_t least, most;    /* digits in all; either of the two */
	} issuers[] = {
		{"4", "4", 13, 16},       {"51", "55", 16, 16},     {"6011", "6011", 16, 16},
		{"6500", "6599", 16, 16}, {"34", "34", 15, 15},     {"37", "37", 15, 15},
		{"300", "305", 14, 14},   {"36", "36", 14, 14},     {"38", "38", 14, 14},
		{"2131", "2131", 15, 15}, {"1800", "1800", 15, 15}, {"35", "35", 16, 16},
	};
	size_t len = strlen(n);

	for (size_t i = 0; i < PV_LEN(issuers); i++) {
		size_t k = strlen(issuers[i].from);

		if (strncmp(n, issuers[i].from, k) >= 0 && strncmp(n, issuers[i].to, k) <= 0 &&
		    (len == issuers[i].least || len == issuers[i].most))
			return true;
	}
	return false;
}

bool
format_credit_card(pv_str s)
{
	char n[24];
	size_t len = 0;
	int sum = 0;

	for (size_t i = 0; i < s.len; i++)
		if (isdigit((unsigned char)s.s[i])) {
			if (len + 1 >= sizeof(n))
				return false;
			n[len++] = s.s[i];
		}
	n[len] = 0;
	if (!is_issued(n))
		return false;
	for (size_t i = 0; i < len; i++) {
		int d = n[len - 1 - i] - '0';

		sum += i % 2 == 0 ? d : d < 5 ? 2 * d : 2 * d - 9;
	}
	return sum % 10 == 0;
}

bool
format_ssn(pv_str s)
{
	char plain[16];

	if (s.len != 11)
		return false;
	for (size_t i = 0; i < s.len; i++)
		plain[i] = (char)(s.s[i] == ' ' ? '-' : s.s[i]);
	return has_shape((pv_str){plain, s.len}, "ddd-dd-dddd");
}

bool
format_hex_color(pv_str s)
{
	return has_shape(s, "?#xxx") || has_shape(s, "?#xxxxxx");
}

/* Up to 255, without zeros before it; moves *i behind it and the blanks around it. */
static bool
color_part(pv_str s, size_t *i)
{
	size_t start;
	int n = 0;

	while (*i < s.len && isspace((unsigned char)s.s[*i]))
		++*i;
	start = *i;
	while (*i < s.len && isdigit((unsigned char)s.s[*i]) && *i - start < 4)
		n = n * 10 + (s.s[(*i)++] - '0');
	if (*i == start || *i - start > 3 || n > 255 || (s.s[start] == '0' && *i - start > 1))
		return false;
	while (*i < s.len && isspace((unsigned char)s.s[*i]))
		++*i;
	return true;
}

bool
format_rgb_color(pv_str s)
{
	static const char between[] = {',', ',', ')'};
	size_t i = 4;

	if (s.len < 5 || memcmp(s.s, "rgb(", 4) != 0)
		return false;
	for (size_t k = 0; k < sizeof(between); k++)
		if (!color_part(s, &i) || i >= s.len || s.s[i++] != between[k])
			return false;
	return i == s.len;
}

bool
format_bson(pv_str s)
{
	return has_shape(s, "xxxxxxxxxxxxxxxxxxxxxxxx");
}

static bool
is_uuid_of(pv_str s, char version, bool variant)
{
	size_t digits = 0;

	if (!has_shape(s, "xxxxxxxx?-xxxx?-xxxx?-xxxx?-xxxxxxxxxxxx"))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		digits += s.s[i] != '-';
		if (version && digits == 13 && s.s[i] != version && s.s[i] != '-')
			return false;
		if (variant && digits == 17 && s.s[i] != '-' && !strchr("89abAB", s.s[i]))
			return false;
	}
	return true;
}

bool
format_uuid(pv_str s)
{
	return is_uuid_of(s, 0, false);
}

bool
format_uuid3(pv_str s)
{
	return is_uuid_of(s, '3', false);
}

bool
format_uuid4(pv_str s)
{
	return is_uuid_of(s, '4', true);
}

bool
format_uuid5(pv_str s)
{
	return is_uuid_of(s, '5', true);
}

static bool
is_hex(pv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isxdigit((unsigned char)s.s[i]))
			return false;
	return true;
}

/* Of 6, 8 or 20 bytes: bare, pairs between colons or dashes, fours between dots. */
bool
format_mac(pv_str s)
{
	size_t group = s.len > 4 && s.s[4] == '.' ? 4 : 2, digits = 0;
	char between = (char)(group == 4 ? '.' : s.len > 2 ? s.s[2] : 0);

	if (is_hex(s))
		return s.len == 12 || s.len == 16 || s.len == 40;
	if (group == 2 && between != ':' && between != '-')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (i % (group + 1) == group ? s.s[i] != between : !isxdigit((unsigned char)s.s[i]))
			return false;
		digits += i % (group + 1) != group;
	}
	return digits == 12 || digits == 16 || digits == 40;
}

bool
format_byte(pv_str s)
{
	size_t body = s.len;

	if (!s.len || s.len % 4)
		return false;
	while (body && body + 2 > s.len && s.s[body - 1] == '=')
		body--;
	for (size_t i = 0; i < body; i++)
		if (!isalnum((unsigned char)s.s[i]) && s.s[i] != '+' && s.s[i] != '/')
			return false;
	return true;
}
