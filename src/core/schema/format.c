/* The formats that API servers insist on (apiextensions: supported formats);
 * any other is a remark for people. */
#include "base/str.h"
#include "base/time.h"
#include "core/schema/node.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

static bool
text_in(pv_str s, char *room, size_t size)
{
	if (s.len >= size || memchr(s.s, 0, s.len))
		return false;
	memcpy(room, s.s, s.len);
	room[s.len] = 0;
	return true;
}

static bool
is_ip(pv_str s, int family)
{
	unsigned char address[16];
	char room[64];

	return text_in(s, room, sizeof(room)) && inet_pton(family, room, address) == 1;
}

static bool
is_ipv4(pv_str s)
{
	return is_ip(s, AF_INET);
}

static bool
is_ipv6(pv_str s)
{
	return is_ip(s, AF_INET6);
}

static bool
is_cidr(pv_str s)
{
	pv_str rest = s, host;
	int64_t bits;
	bool four;

	if (!pv_str_next(&rest, '/', &host) || !pv_parse_int(rest, &bits))
		return false;
	four = is_ipv4(host);
	return (four || is_ipv6(host)) && bits >= 0 && bits <= (four ? 32 : 128);
}

static bool
is_byte(pv_str s)
{
	size_t body = s.len;

	if (s.len % 4)
		return false;
	while (body && body + 2 > s.len && s.s[body - 1] == '=')
		body--;
	for (size_t i = 0; i < body; i++)
		if (!isalnum((unsigned char)s.s[i]) && s.s[i] != '+' && s.s[i] != '/')
			return false;
	return true;
}

static bool
is_digits(pv_str s, const char *shape) /* 'd': digit, others stand for themselves */
{
	if (s.len != strlen(shape))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (shape[i] == 'd' ? !isdigit((unsigned char)s.s[i]) : s.s[i] != shape[i])
			return false;
	return true;
}

static bool
is_date(pv_str s)
{
	int64_t ns;
	char room[32];

	if (!is_digits(s, "dddd-dd-dd") || !text_in(s, room, 16))
		return false;
	memcpy(room + 10, "T00:00:00Z", 11);
	return pv_time_parse(pv_str_of(room), &ns);
}

static bool
is_date_time(pv_str s)
{
	int64_t ns;

	return pv_time_parse(s, &ns);
}

static bool
is_duration(pv_str s)
{
	int64_t ns;

	return pv_duration_parse(s, &ns);
}

static bool
is_uuid_like(pv_str s, char version)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] == '-')
			continue;
		if (!isxdigit((unsigned char)s.s[i]))
			return false;
		if (++digits == 13 && version && s.s[i] != version)
			return false;
	}
	return digits == 32;
}

static bool
is_uuid(pv_str s)
{
	return is_uuid_like(s, 0);
}

static bool
is_uuid3(pv_str s)
{
	return is_uuid_like(s, '3');
}

static bool
is_uuid4(pv_str s)
{
	return is_uuid_like(s, '4');
}

static bool
is_uuid5(pv_str s)
{
	return is_uuid_like(s, '5');
}

static bool
is_uri(pv_str s)
{
	const char *colon = memchr(s.s, ':', s.len);

	if (!s.len || (s.s[0] != '/' && (!colon || colon == s.s || !isalpha((unsigned char)s.s[0]))))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.s[i] <= ' ' || s.s[i] == 0x7f)
			return false;
	return true;
}

static bool
is_email(pv_str s)
{
	const char *at = memchr(s.s, '@', s.len);

	return at && at != s.s && (size_t)(at - s.s) + 1 < s.len && !memchr(s.s, ' ', s.len);
}

static bool
is_hostname(pv_str s)
{
	pv_str rest = s, label;

	if (!s.len || s.len > 255)
		return false;
	while (pv_str_next(&rest, '.', &label)) {
		if (!label.len || label.len > 63 || label.s[0] == '-' || label.s[label.len - 1] == '-')
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!isalnum((unsigned char)label.s[i]) && label.s[i] != '-')
				return false;
	}
	return true;
}

static bool
is_mac(pv_str s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (isxdigit((unsigned char)s.s[i]))
			digits++;
		else if (s.s[i] != ':' && s.s[i] != '-' && s.s[i] != '.')
			return false;
	}
	return digits == 12 || digits == 16 || digits == 40;
}

static const struct {
	const char *name;
	bool (*valid)(pv_str s);
} formats[] = {
	{"byte", is_byte},
	{"cidr", is_cidr},
	{"date", is_date},
	{"date-time", is_date_time},
	{"datetime", is_date_time},
	{"duration", is_duration},
	{"email", is_email},
	{"hostname", is_hostname},
	{"ipv4", is_ipv4},
	{"ipv6", is_ipv6},
	{"mac", is_mac},
	{"uri", is_uri},
	{"uuid", is_uuid},
	{"uuid3", is_uuid3},
	{"uuid4", is_uuid4},
	{"uuid5", is_uuid5},
};

bool
pv_format_valid(const char *format, pv_str text)
{
	for (size_t i = 0; i < PV_LEN(formats); i++)
		if (pv_streq(formats[i].name, format))
			return formats[i].valid(text);
	return true;
}
