/* remote: how a fetch gets to its remote.  Private to this folder; one fetch a process. */
#pragma once
#include "base/ctx.h"
#include "core/git/inside.h"
#include "core/git/reach.h"

/* What the request says about access; never printed. */
struct remote {
	pv_ctx *cx;
	const char *host, *port; /* of the URL, "" if it has none */
	const char *secret;      /* NAMESPACE/NAME of the Secret that the following come from, or NULL */
	const char *username, *password, *token, *ssh_key, *known_hosts, *ca, *cert, *key, *proxy;
	bool insecure;
	struct reach reach;
	unsigned tries;
	int code; /* the error that cx holds when a callback failed, or 0 */
};

/* Fills ret from the request {url, username, ...}: texts live as long as it. */
PV_MUST_USE int remote_init(pv_ctx *cx, const pv_val *request, struct remote *ret);
/* HTTPS goes through base/tunnel from now on, as `remote` says (which must outlive the fetch):
 * the library has no client certificates, no TLS 1.3 and few words on what is wrong. */
void remote_use_tunnel(struct remote *remote);
/* Plain connections (http, git, ssh) go through ours, likewise. */
void remote_use_sockets(struct remote *remote);
/* The error that the host's address was not to be connected to. */
int remote_out_of_reach(struct remote *remote, const char *host);
/* Callbacks of the library; payload: the struct remote. */
int remote_credentials(git_credential **out, const char *url, const char *user_in_url, unsigned allowed,
		       void *payload);
int remote_certificate(git_cert *cert, int valid, const char *host, void *payload);
