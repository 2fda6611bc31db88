/* mail: one message by SMTP, over libcurl (wrapped in base only).  Blocks its thread; any thread.
 * Port 465 speaks TLS from the first byte; on others TLS begins as soon as the server offers it, and a password is
 * said only to a server that does, or to this machine. */
#pragma once
#include <sys/socket.h>

#include "base/ctx.h"

typedef struct pv_mail_conf {
	const char *host;
	int port;
	const char *user, *password;                                /* or NULL */
	const char *ca_pem;                                         /* NULL: the system's authorities */
	bool insecure;                                              /* do not verify the server */
	bool (*permits)(void *arg, const struct sockaddr *address); /* NULL: any */
	void *permits_arg;
	int64_t timeout_ns; /* of the whole; 0: 30 s */
} pv_mail_conf;

typedef struct pv_mail {
	const char *from, *to; /* addresses, "Name <a@b>" or several with commas */
	const char *subject, *body;
	bool html;
	const char *id; /* the same for each attempt: becomes the Message-ID */
} pv_mail;

/* The message as it is sent (RFC 5322). */
char *pv_mail_text(pv_arena *arena, const pv_mail *mail, int64_t now);
/* -PV_EUNAVAILABLE, -PV_ETIMEOUT, -PV_EUNAUTHORIZED: credentials or TLS trust, -PV_EINVALID: an address. */
PV_MUST_USE int pv_mail_send(pv_ctx *cx, const pv_mail_conf *conf, const pv_mail *mail);
