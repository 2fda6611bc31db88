/* tunnel: a TLS connection to a host, over libcurl: bytes in, bytes out, for what
 * speaks a protocol of its own.  One thread at a time; blocks. */
#pragma once
#include <sys/types.h>

#include "base/httpc.h"

typedef struct pv_tunnel pv_tunnel;

/* Connects and shakes hands; of conf count the trust, the client certificate and the
 * proxy.  Errors as of pv_httpc_do.  Owner: caller, pv_tunnel_close(). */
PV_MUST_USE int pv_tunnel_open(pv_ctx *cx, const char *host, const char *port, const pv_httpc_conf *conf,
			       pv_tunnel **ret);
pv_tunnel *pv_tunnel_close(pv_tunnel *tunnel); /* accepts NULL */
/* At least one byte: how many; 0: the other side has ended; < 0: -PV_EUNAVAILABLE. */
ssize_t pv_tunnel_read(pv_ctx *cx, pv_tunnel *tunnel, void *bytes, size_t len);
ssize_t pv_tunnel_write(pv_ctx *cx, pv_tunnel *tunnel, const void *bytes, size_t len);
