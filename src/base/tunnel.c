/* A connection that libcurl makes and then leaves to us (CURLOPT_CONNECT_ONLY). */
#include "base/tunnel.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/httpc_priv.h"
#include "base/str.h"

#define CONNECT_TIMEOUT_MS 10000L
#define IDLE_MS 60000

struct pv_tunnel {
	CURL *curl;
	curl_socket_t socket;
	char why[CURL_ERROR_SIZE];
};

static curl_socket_t
open_socket(void *arg, curlsocktype purpose PV_UNUSED, struct curl_sockaddr *to)
{
	const pv_httpc_conf *conf = arg;
	if (conf->permits && !conf->permits(conf->permits_arg, &to->addr))
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

void
httpc_set_reach(CURL *curl, const pv_httpc_conf *conf)
{
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, conf);
}

/* A peer that refuses us right behind its handshake may be gone before curl asks who it was,
 * and what it said of us with it. */
static const char *
words(const pv_tunnel *t, CURLcode e)
{
	if (strstr(t->why, "getpeername()"))
		return "the server closed the connection as soon as it was made (a client certificate required and not given?)";
	return *t->why ? t->why : curl_easy_strerror(e);
}

int
pv_tunnel_open(pv_ctx *cx, const char *host, const char *port, const pv_httpc_conf *conf, pv_tunnel **ret)
{
	char *url = strchr(host, ':') ? pv_printf(cx->arena, "https://[%s]:%s/", host, port)
				      : pv_printf(cx->arena, "https://%s:%s/", host, port);
	pv_tunnel *t = calloc(1, sizeof(*t));
	CURLcode e;
	PV_ASSERT(t != NULL);
	httpc_start();
	t->curl = curl_easy_init();
	PV_ASSERT(t->curl != NULL);
	curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->why);
	curl_easy_setopt(t->curl, CURLOPT_URL, url);
	curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(t->curl, CURLOPT_HTTPPROXYTUNNEL, 1L);
	httpc_set_reach(t->curl, conf);
	httpc_set_trust(t->curl, conf);
	httpc_set_proxy(t->curl, conf);
	e = curl_easy_perform(t->curl);
	if (e == CURLE_OK)
		e = curl_easy_getinfo(t->curl, CURLINFO_ACTIVESOCKET, &t->socket);
	if (e != CURLE_OK) {
		int r = pv_fail(cx, httpc_code(e), "%s", words(t, e));
		pv_tunnel_close(t);
		return r;
	}
	*ret = t;
	return 0;
}

pv_tunnel *
pv_tunnel_close(pv_tunnel *t)
{
	if (t)
		curl_easy_cleanup(t->curl);
	free(t);
	return NULL;
}

static int
failed(pv_ctx *cx, const pv_tunnel *t, CURLcode e)
{
	return pv_fail(cx, PV_EUNAVAILABLE, "%s", words(t, e));
}

/* Until the socket is ready; false: nothing came for a long time. */
static bool
await(const pv_tunnel *t, short events)
{
	struct pollfd p = {.fd = t->socket, .events = events};
	int n;
	while ((n = poll(&p, 1, IDLE_MS)) < 0 && errno == EINTR)
		;
	return n > 0;
}

ssize_t
pv_tunnel_read(pv_ctx *cx, pv_tunnel *t, void *bytes, size_t len)
{
	size_t n = 0;
	CURLcode e;
	while ((e = curl_easy_recv(t->curl, bytes, len, &n)) == CURLE_AGAIN)
		if (!await(t, POLLIN))
			return pv_fail(cx, PV_EUNAVAILABLE, "no answer for %d s", IDLE_MS / 1000);
	return e == CURLE_OK ? (ssize_t)n : failed(cx, t, e);
}

ssize_t
pv_tunnel_write(pv_ctx *cx, pv_tunnel *t, const void *bytes, size_t len)
{
	size_t n = 0;
	CURLcode e;
	while ((e = curl_easy_send(t->curl, bytes, len, &n)) == CURLE_AGAIN)
		if (!await(t, POLLOUT))
			return pv_fail(cx, PV_EUNAVAILABLE, "nothing could be sent for %d s", IDLE_MS / 1000);
	return e == CURLE_OK ? (ssize_t)n : failed(cx, t, e);
}
