/* websocket: the server's end of RFC 6455 over a connected descriptor.
 * One thread reads; sending is thread-safe.  Messages come whole, up to a limit. */
#pragma once
#include "base/ctx.h"

typedef struct pv_ws pv_ws;

enum pv_ws_code { /* section 7.4.1 */
		  PV_WS_NORMAL = 1000,
		  PV_WS_LEAVING = 1001,
		  PV_WS_PROTOCOL = 1002,
		  PV_WS_TOO_BIG = 1009,
		  PV_WS_BROKEN = 1011,
};

/* Sec-WebSocket-Accept for a Sec-WebSocket-Key. */
char *pv_ws_accept(pv_arena *arena, const char *key);

/* fd is borrowed and made non-blocking; `early`: bytes that were read behind the request.
 * Owner: caller, pv_ws_free(). */
pv_ws *pv_ws_new(int fd, pv_str early, size_t limit);
pv_ws *pv_ws_free(pv_ws *ws); /* accepts NULL */
/* 1: a message, valid until the next call; 0: none yet (poll the descriptor); -1: the other side is gone,
 * or broke the protocol and was told so.  Answers pings and the other's close. */
int pv_ws_next(pv_ws *ws, pv_str *ret);
/* One binary message of two parts.  false: the other side is gone, or took nothing for half a minute. */
bool pv_ws_send(pv_ws *ws, pv_str head, pv_str body);
/* Says why, and waits a moment for the other side to say so too. */
void pv_ws_close(pv_ws *ws, enum pv_ws_code code, const char *reason);
