#include "core/schema/format.h"
#include "core/schema/node.h"
#include "lang/go/url.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

/* As Go's parsers for old data take it: zeros may stand before a part of an IPv4 address. */
static bool
is_ip(pv_str s, int family)
{
	unsigned char address[16];
	char room[64];
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		bool first = !i || s.s[i - 1] == '.';

		if (!s.s[i] || n + 1 >= sizeof(room))
			return false;
		if (family == AF_INET && s.s[i] == '0' && (first || (n && room[n - 1] == '.')) &&
		    i + 1 < s.len && isdigit((unsigned char)s.s[i + 1]))
			continue;
		room[n++] = s.s[i];
	}
	room[n] = 0;
	return inet_pton(family, room, address) == 1;
}

static bool
is_ipv4(pv_str s)
{
	return is_ip(s, AF_INET) || (s.len && memchr(s.s, '.', s.len) && is_ip(s, AF_INET6));
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

	if (!pv_str_next(&rest, '/', &host) || !rest.len || !isdigit((unsigned char)rest.s[0]) ||
	    !pv_parse_int(rest, &bits))
		return false;
	four = is_ip(host, AF_INET);
	return (four || is_ipv6(host)) && bits <= (four ? 32 : 128);
}

static bool
is_anything(pv_str s)
{
	(void)s;
	return true;
}

static const struct {
	const char *name; /* dashes do not count */
	bool (*valid)(pv_str s);
} formats[] = {
	{"bsonobjectid", format_bson},
	{"byte", format_byte},
	{"cidr", is_cidr},
	{"creditcard", format_credit_card},
	{"date", format_date},
	{"datetime", format_date_time},
	{"duration", format_duration},
	{"email", format_email},
	{"hexcolor", format_hex_color},
	{"hostname", format_hostname},
	{"ipv4", is_ipv4},
	{"ipv6", is_ipv6},
	{"isbn", format_isbn},
	{"isbn10", format_isbn10},
	{"isbn13", format_isbn13},
	{"k8slongname", format_long_name},
	{"k8sshortname", format_short_name},
	{"mac", format_mac},
	{"password", is_anything},
	{"rgbcolor", format_rgb_color},
	{"ssn", format_ssn},
	{"uri", pv_go_url_is_request},
	{"uuid", format_uuid},
	{"uuid3", format_uuid3},
	{"uuid4", format_uuid4},
	{"uuid5", format_uuid5},
};

static bool
is_called(const char *format, const char *name)
{
	for (; *format; format++) {
		if (*format == '-')
			continue;
		if (*format != *name++)
			return false;
	}
	return !*name;
}

static size_t
find(const char *format)
{
	size_t i = 0;

	while (i < PV_LEN(formats) && !is_called(format, formats[i].name))
		i++;
	return i;
}

bool
pv_format_is_known(const char *format)
{
	return find(format) < PV_LEN(formats);
}

bool
pv_format_valid(const char *format, pv_str text)
{
	size_t i = find(format);

	return i == PV_LEN(formats) || formats[i].valid(text);
}
