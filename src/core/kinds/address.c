/* IP addresses as Kubernetes reads, judges and writes them (apimachinery pkg/util/validation, ip.go). */
#include "core/kinds/address.h"
#include "base/str.h"
#include "core/kinds/names.h"
#include <arpa/inet.h>
#include <string.h>

static const uint8_t four_in_six[12] = {[10] = 0xff, [11] = 0xff};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
pv_address_read(pv_str s, pv_address *ret)
{
	char room[64];
	const char *colon = s.len ? memrchr(s.s, ':', s.len) : NULL;
	size_t n = 0, after = colon ? (size_t)(colon + 1 - s.s) : 0;
	size_t dotted = !colon || memchr(colon, '.', s.len - after + 1) ? after : s.len; /* IPv4 from there */

	*ret = (pv_address){0};
	for (size_t i = 0; i < s.len; i++) {
		bool first = !n || room[n - 1] == '.' || room[n - 1] == ':';

		if (n + 1 >= sizeof room)
			return false;
		if (i >= dotted && first && s.s[i] == '0' && i + 1 < s.len && is_digit(s.s[i + 1]))
			ret->old = true;
		else
			room[n++] = s.s[i];
	}
	room[n] = 0;
	if (!colon) {
		memcpy(ret->bytes, four_in_six, sizeof four_in_six);
		ret->four = true;
		return inet_pton(AF_INET, room, ret->bytes + 12) == 1;
	}
	if (inet_pton(AF_INET6, room, ret->bytes) != 1)
		return false;
	ret->four = ret->mapped = memcmp(ret->bytes, four_in_six, sizeof four_in_six) == 0;
	return true;
}

/* RFC 5952, as inet_ntop has it but for the deprecated form of ::1.2.3.4. */
const char *
pv_address_text(pv_arena *arena, const pv_address *a)
{
	char room[INET6_ADDRSTRLEN] = "";

	if (a->four)
		inet_ntop(AF_INET, a->bytes + 12, room, sizeof room);
	else
		inet_ntop(AF_INET6, a->bytes, room, sizeof room);
	if (!a->four && strchr(room, '.'))
		return pv_printf(arena, "::%x:%x", a->bytes[12] << 8 | a->bytes[13],
				 a->bytes[14] << 8 | a->bytes[15]);
	return pv_strdup(arena, room);
}

void
pv_special_address_check(pv_faults *f, const pv_val *address, const char *path)
{
	static const uint8_t zeros[16] = {0};
	pv_address a;
	const uint8_t *b = a.bytes, *four = a.bytes + 12;
	size_t begin;

	if (!pv_address_read(pv_strv(address), &a))
		return;
	begin = a.four ? 12 : 0; /* where the address itself begins */
	if (memcmp(b + begin, zeros, sizeof zeros - begin) == 0)
		pv_fault_value(f, path, address,
			       pv_printf(f->cx->arena, "may not be unspecified (%s)", pv_text(address, "")));
	if (a.four ? four[0] == 127 : memcmp(b, zeros, 15) == 0 && b[15] == 1)
		pv_fault_value(f, path, address, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
	if (a.four ? four[0] == 169 && four[1] == 254 : b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
		pv_fault_value(f, path, address,
			       "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
	if (a.four ? four[0] == 224 && !four[1] && !four[2] : b[0] == 0xff && (b[1] & 0x0f) == 2)
		pv_fault_value(f, path, address,
			       "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
}

const char *
pv_name_address(pv_str s)
{
	pv_address a;

	return pv_address_read(s, &a) ? NULL
				      : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
}

const char *
pv_name_cidr(pv_str s)
{
	return pv_format_valid("cidr", s) ? NULL
					  : "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
}

const char *
pv_name_address_form(pv_arena *arena, pv_str s)
{
	const char *text;
	pv_address a;

	if (!pv_address_read(s, &a))
		return pv_name_address(s);
	if (a.old)
		return "must not have leading 0s";
	if (a.mapped)
		return "must not be an IPv4-mapped IPv6 address";
	text = pv_address_text(arena, &a);
	return pv_str_is(s, text) ? NULL : pv_printf(arena, "must be in canonical form (\"%s\")", text);
}

void
pv_family_address_check(pv_faults *f, const pv_val *address, const char *list, const char *path, bool six)
{
	pv_str s = pv_strv(address);
	const char *why = six ? pv_name_address_form(f->cx->arena, s) : pv_name_address(s);
	pv_address a;

	if (why) {
		pv_fault_value(f, path, address, why);
		return;
	}
	if (pv_address_read(s, &a) && a.four == six)
		pv_fault_value(f, list, address, six ? "must be an IPv6 address" : "must be an IPv4 address");
	pv_special_address_check(f, address, path);
}
