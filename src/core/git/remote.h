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
	int code;            /* the error that cx holds when a callback failed, or 0 */
	const char *refused; /* why the remote did not take what was pushed; NULL: it did */
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
/* What a connection of the library's says and asks: who we are, and whether the other side is who it should be. */
void remote_callbacks(struct remote *remote, git_remote_callbacks *ret);
/* The token's header, if there is one: then it goes to nobody else. */
bool remote_headers(struct remote *remote, git_strarray *ret);
void remote_proxy(const struct remote *remote, const char *url, git_proxy_options *ret);
/* The error of a call that failed: what a callback found out says more than the library does. */
int remote_fault(struct remote *remote, const char *plain, int code);
/* Brings the request's mirror up to its url: {mirror, name, url}. */
PV_MUST_USE int git_fetch_into(const pv_val *request, struct remote *remote, git_repository **ret);
