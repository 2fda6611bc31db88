/* net: networks as people write them (CIDR), and whether an address is in one.
 * Values; any thread. */
#pragma once
#include <stdint.h>
#include <sys/socket.h>

#include "base/ctx.h"
#include "base/str.h"
#include "base/vec.h"

typedef struct pv_net {
	uint8_t address[16]; /* IPv4 as ::ffff:0:0/96 */
	int prefix;          /* of 128 bits */
} pv_net;

/* "10.0.0.0/8", "fe80::/10", or an address for that one alone.  -PV_EINVALID says what is wrong. */
PV_MUST_USE int pv_net_parse(pv_ctx *cx, pv_str text, pv_net *ret);
/* An IPv4 address in the clothes of IPv6 (mapped, or of NAT64) is that IPv4 address. */
bool pv_net_has(const pv_net *net, const struct sockaddr *address);
/* Link-local addresses, where clouds hand out credentials; fd00:ec2::254 is 169.254.169.254 over IPv6. */
#define PV_NETS_LINK_LOCAL "169.254.0.0/16,fe80::/10,fd00:ec2::254"
/* Adds those of "a,b,c"; none of "". */
PV_MUST_USE int pv_nets_parse(pv_ctx *cx, const char *text, pv_vec *nets /* pv_net */);
bool pv_nets_have(const pv_vec *nets, const struct sockaddr *address); /* any of them */
/* "169.254.169.254", "fe80::1"; "?" for what is no address of the internet. */
char *pv_net_text(pv_arena *arena, const struct sockaddr *address);
/* Adds this machine's own addresses, as texts, but for those of loopback and of single links; at most 64. */
PV_MUST_USE int pv_net_own(pv_ctx *cx, pv_vec *texts /* const char * */);
/* The first address of a name, as text.  Blocks.  -PV_ENOTFOUND: it has none. */
PV_MUST_USE int pv_net_resolve(pv_ctx *cx, const char *name, const char **ret);
