/* Kubernetes' IP and CIDR libraries. */
#include "lang/cel/func.h"
#include <arpa/inet.h>
#include <string.h>

typedef struct net {   /* an address, or a network with its prefix */
	uint8_t b[16]; /* IPv4 in the first four */
	bool v4;
	int prefix;
} net;

static const net *
net_of(const val *v)
{
	return v->p;
}

/* A mapped IPv6 address is the IPv4 address that it maps. */
static net
unmapped(const net *n)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	net own = *n;
	if (!n->v4 && !memcmp(n->b, mapped, sizeof mapped)) {
		own.v4 = true;
		memset(own.b, 0, sizeof own.b);
		memcpy(own.b, n->b + 12, 4);
	}
	return own;
}

bool
net_equal(const val *a, const val *b)
{
	net x = unmapped(net_of(a)), y = unmapped(net_of(b));
	return x.v4 == y.v4 && x.prefix == y.prefix && !memcmp(x.b, y.b, sizeof x.b);
}

static const char *
read_address(pv_arena *arena, pv_str s, net *ret, const char *zone_error)
{
	char *text = pv_strndup(arena, s.s, s.len);
	*ret = (net){0};
	if (memchr(s.s, '%', s.len))
		return zone_error;
	ret->v4 = strchr(text, ':') == NULL;
	if (!ret->v4 && strchr(text, '.'))
		return "IPv4-mapped IPv6 address is not allowed";
	if (strlen(text) != s.len || inet_pton(ret->v4 ? AF_INET : AF_INET6, text, ret->b) != 1)
		return pv_printf(arena, "ParseAddr(\"%s\"): unable to parse IP", text);
	return NULL;
}

/* The error's text, or NULL. */
static const char *
read_ip(run *r, pv_str s, net *ret)
{
	const char *bad = read_address(r->arena, s, ret, "IP Address with zone value is not allowed");
	if (bad)
		return pv_printf(r->arena,
				 "IP Address \"%.*s\" parse error during conversion from string: %s",
				 (int)s.len, s.s, bad);
	ret->prefix = -1;
	return NULL;
}

static const char *
read_cidr(run *r, pv_str s, net *ret)
{
	const char *slash = s.len ? memchr(s.s, '/', s.len) : NULL, *bad = "no '/'";
	int64_t prefix = -1;
	*ret = (net){0};
	if (slash) {
		pv_str bits = {slash + 1, s.len - (size_t)(slash + 1 - s.s)};
		bad = read_address(r->arena, (pv_str){s.s, (size_t)(slash - s.s)}, ret,
				   "CIDR with zone value is not allowed");
		if (!bad &&
		    (!bits.len || bits.s[0] < '0' || bits.s[0] > '9' || (bits.len > 1 && bits.s[0] == '0') ||
		     !pv_parse_int(bits, &prefix) || prefix > (ret->v4 ? 32 : 128)))
			bad = "prefix length out of range";
	}
	if (bad)
		return pv_printf(r->arena,
				 "network address parse error during conversion from string: %s: %.*s", bad,
				 (int)s.len, s.s);
	ret->prefix = (int)prefix;
	return NULL;
}

static val
boxed(run *r, const net *n)
{
	net *own = pv_new(r->arena, net);
	*own = *n;
	return v_opaque(n->prefix < 0 ? O_IP : O_CIDR, own);
}

char *
net_text(pv_arena *arena, const val *v)
{
	const net *n = net_of(v);
	char room[INET6_ADDRSTRLEN];
	inet_ntop(n->v4 ? AF_INET : AF_INET6, n->b, room, sizeof room);
	return n->prefix < 0 ? pv_strdup(arena, room) : pv_printf(arena, "%s/%d", room, n->prefix);
}

/* ---- addresses ---- */

static val
ip(run *r, const val *a, size_t count)
{
	net n;
	(void)count;
	if (a[0].kind == PV_CEL_OPAQUE) { /* cidr.ip() */
		n = *net_of(&a[0]);
		n.prefix = -1;
		return boxed(r, &n);
	}
	const char *bad = read_ip(r, v_strv(&a[0]), &n);
	return bad ? v_error(r, "%s", bad) : boxed(r, &n);
}

static val
is_ip(run *r, const val *a, size_t count)
{
	net n;
	(void)count;
	return v_bool(!read_ip(r, v_strv(&a[0]), &n));
}

static val
is_canonical(run *r, const val *a, size_t count)
{
	net n;
	const char *bad = read_ip(r, v_strv(&a[0]), &n);
	(void)count;
	if (bad)
		return v_error(r, "%s", bad);
	val v = boxed(r, &n);
	return v_bool(pv_str_is(v_strv(&a[0]), net_text(r->arena, &v)));
}

static val
family(run *r, const val *a, size_t count)
{
	(void)r;
	(void)count;
	return v_int(net_of(&a[0])->v4 ? 4 : 6);
}

static bool
all_zero(const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (b[i])
			return false;
	return true;
}

static bool
unspecified(const net *n)
{
	return all_zero(n->b, 16);
}

static bool
loopback(const net *n)
{
	return n->v4 ? n->b[0] == 127 : all_zero(n->b, 15) && n->b[15] == 1;
}

static bool
local_unicast(const net *n)
{
	return n->v4 ? n->b[0] == 169 && n->b[1] == 254 : n->b[0] == 0xfe && (n->b[1] & 0xc0) == 0x80;
}

static bool
local_multicast(const net *n)
{
	return n->v4 ? n->b[0] == 224 && !n->b[1] && !n->b[2] : n->b[0] == 0xff && (n->b[1] & 0x0f) == 2;
}

static bool
global_unicast(const net *n)
{
	bool multicast = n->v4 ? (n->b[0] & 0xf0) == 224 : n->b[0] == 0xff;
	bool broadcast = n->v4 && n->b[0] == 255 && n->b[1] == 255 && n->b[2] == 255 && n->b[3] == 255;
	return !unspecified(n) && !loopback(n) && !multicast && !broadcast && !local_unicast(n);
}

#define OF_IP(name, test) \
	static val name(run *r, const val *a, size_t count) \
	{ \
		net n = unmapped(net_of(&a[0])); \
		(void)r; \
		(void)count; \
		return v_bool(test(&n)); \
	}
OF_IP(is_unspecified, unspecified)
OF_IP(is_loopback, loopback)
OF_IP(is_local_unicast, local_unicast)
OF_IP(is_local_multicast, local_multicast)
OF_IP(is_global_unicast, global_unicast)

/* ---- networks ---- */

static val
cidr(run *r, const val *a, size_t count)
{
	net n;
	const char *bad = read_cidr(r, v_strv(&a[0]), &n);
	(void)count;
	return bad ? v_error(r, "%s", bad) : boxed(r, &n);
}

static val
is_cidr(run *r, const val *a, size_t count)
{
	net n;
	(void)count;
	return v_bool(!read_cidr(r, v_strv(&a[0]), &n));
}

static net
masked(const net *n)
{
	net own = *n;
	for (int i = 0; i < 128; i++)
		if (i >= n->prefix)
			own.b[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
	return own;
}

static bool
covers(const net *outer, const net *inner)
{
	net a = masked(outer), b = *inner;
	b.prefix = outer->prefix;
	b = masked(&b);
	return outer->v4 == inner->v4 && !memcmp(a.b, b.b, sizeof a.b) &&
	       (inner->prefix < 0 || inner->prefix >= outer->prefix);
}

static val
contains(run *r, const val *a, const char *(*read)(run *, pv_str, net *))
{
	net n;
	const char *bad = NULL;
	if (a[1].kind == PV_CEL_STRING)
		bad = read(r, v_strv(&a[1]), &n);
	else
		n = *net_of(&a[1]);
	return bad ? v_error(r, "%s", bad) : v_bool(covers(net_of(&a[0]), &n));
}

static val
contains_ip(run *r, const val *a, size_t count)
{
	(void)count;
	return contains(r, a, read_ip);
}

static val
contains_cidr(run *r, const val *a, size_t count)
{
	(void)count;
	return contains(r, a, read_cidr);
}

static val
cidr_masked(run *r, const val *a, size_t count)
{
	net n = masked(net_of(&a[0]));
	(void)count;
	return boxed(r, &n);
}

static val
prefix_length(run *r, const val *a, size_t count)
{
	(void)r;
	(void)count;
	return v_int(net_of(&a[0])->prefix);
}

const cel_fn cel_net[] = {
	{"ip", "s:I C.:I", ip, COST_FIRST},
	{"isIP", "s:b", is_ip, COST_FIRST},
	{"ip.isCanonical", "s:b", is_canonical, COST_FIRST},
	{"family", "I.:i", family, COST_ONE},
	{"isUnspecified", "I.:b", is_unspecified, COST_ONE},
	{"isLoopback", "I.:b", is_loopback, COST_ONE},
	{"isLinkLocalUnicast", "I.:b", is_local_unicast, COST_ONE},
	{"isLinkLocalMulticast", "I.:b", is_local_multicast, COST_ONE},
	{"isGlobalUnicast", "I.:b", is_global_unicast, COST_ONE},
	{"cidr", "s:C", cidr, COST_FIRST},
	{"isCIDR", "s:b", is_cidr, COST_FIRST},
	{"containsIP", "C.I:b C.s:b", contains_ip, COST_ONE},
	{"containsCIDR", "C.C:b C.s:b", contains_cidr, COST_ONE},
	{"masked", "C.:C", cidr_masked, COST_ONE},
	{"prefixLength", "C.:i", prefix_length, COST_ONE},
	{0},
};
