#include "base/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b}; /* RFC 6052 */

int
pv_net_parse(pv_ctx *cx, pv_str text, pv_net *ret)
{
	const char *all = pv_strndup(cx->arena, text.s, text.len), *slash = strchr(all, '/');
	const char *address = slash ? pv_strndup(cx->arena, all, (size_t)(slash - all)) : all;
	bool v4 = strchr(address, ':') == NULL;
	int most = v4 ? 32 : 128;
	int64_t prefix = most;
	*ret = (pv_net){0};
	if (v4)
		memcpy(ret->address, mapped, sizeof(mapped));
	if (inet_pton(v4 ? AF_INET : AF_INET6, address, ret->address + (v4 ? 12 : 0)) != 1 ||
	    (slash && (!pv_parse_int(pv_str_of(slash + 1), &prefix) || prefix < 0 || prefix > most)))
		return pv_fail(cx, PV_EINVALID,
			       "expected a network such as 10.0.0.0/8 or fd00::/8, found \"%s\"", all);
	ret->prefix = (int)prefix + 128 - most;
	return 0;
}

/* False: it is no address of the internet. */
static bool
bytes_of(const struct sockaddr *address, uint8_t ret[16])
{
	if (address->sa_family == AF_INET) {
		memcpy(ret, mapped, sizeof(mapped));
		memcpy(ret + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
		return true;
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(ret, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
	if (memcmp(ret, nat64, sizeof(nat64)) == 0)
		memcpy(ret, mapped, sizeof(mapped));
	return true;
}

bool
pv_net_has(const pv_net *net, const struct sockaddr *address)
{
	int whole = net->prefix / 8, rest = net->prefix % 8;
	uint8_t a[16];
	if (!bytes_of(address, a) || memcmp(a, net->address, (size_t)whole) != 0)
		return false;
	return rest == 0 || (a[whole] ^ net->address[whole]) >> (8 - rest) == 0;
}

char *
pv_net_text(pv_arena *arena, const struct sockaddr *address)
{
	char room[INET6_ADDRSTRLEN];
	uint8_t a[16];
	if (!bytes_of(address, a))
		return pv_strdup(arena, "?");
	if (memcmp(a, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, a + 12, room, sizeof(room));
	else
		inet_ntop(AF_INET6, a, room, sizeof(room));
	return pv_strdup(arena, room);
}
