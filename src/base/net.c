#include "base/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#define OWN_MOST 64

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

int
pv_nets_parse(pv_ctx *cx, const char *text, pv_vec *nets)
{
	pv_str rest = pv_str_of(text), piece;
	int r = 0;
	while (r == 0 && *text && pv_str_next(&rest, ',', &piece))
		r = pv_net_parse(cx, piece, pv_vec_add(nets));
	return r;
}

bool
pv_nets_have(const pv_vec *nets, const struct sockaddr *address)
{
	for (size_t i = 0; i < nets->len; i++)
		if (pv_net_has(PV_AT(pv_net, nets, i), address))
			return true;
	return false;
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

static bool
is_local(const struct sockaddr *address)
{
	static const pv_net local[] = {
		{{[10] = 0xff, 0xff, 127}, 96 + 8},       /* 127.0.0.0/8 */
		{{[10] = 0xff, 0xff, 169, 254}, 96 + 16}, /* 169.254.0.0/16 */
		{{[15] = 1}, 128},
		{{0xfe, 0x80}, 10}, /* ::1, fe80::/10 */
	};
	for (size_t i = 0; i < PV_LEN(local); i++)
		if (pv_net_has(&local[i], address))
			return true;
	return false;
}

int
pv_net_own(pv_ctx *cx, pv_vec *texts)
{
	struct ifaddrs *all = NULL;
	size_t n = 0;
	if (getifaddrs(&all) != 0)
		return pv_fail(cx, PV_EUNAVAILABLE, "the addresses of this machine: %s", strerror(errno));
	for (const struct ifaddrs *one = all; one && n < OWN_MOST; one = one->ifa_next) {
		const struct sockaddr *a = one->ifa_addr;
		const char *text;
		if (!a || (a->sa_family != AF_INET && a->sa_family != AF_INET6) || is_local(a))
			continue;
		text = pv_net_text(cx->arena, a);
		pv_vec_push(texts, &text);
		n++;
	}
	freeifaddrs(all);
	return 0;
}

int
pv_net_resolve(pv_ctx *cx, const char *name, const char **ret)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	int e = getaddrinfo(name, NULL, &hints, &found);
	if (e != 0)
		return pv_fail(cx, PV_ENOTFOUND, "%s: %s", name, gai_strerror(e));
	*ret = pv_net_text(cx->arena, found->ai_addr);
	freeaddrinfo(found);
	return 0;
}
