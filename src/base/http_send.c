/* What comes and leaves over TLS.  microhttpd sends the head of an answer and its body as two records, each with a call
 * of its own; here the head waits for the body, which follows at once, and both go out in one: half the calls, and the
 * client is woken once. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/http_priv.h"

#define HEAD_MOST 2048 /* bytes of a record that may wait */
#define PIECES 32      /* of a record; more are sent behind what waits, not with it */

static ssize_t
send_pieces(const http_conn *conn, struct iovec *pieces, size_t n)
{
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = n};

	return sendmsg(conn->fd, &message, MSG_NOSIGNAL);
}

static void
keep(http_conn *conn, const giovec_t *pieces, size_t n, size_t len)
{
	size_t at = 0;

	conn->head = malloc(len);
	PV_ASSERT(conn->head != NULL);
	for (size_t i = 0; i < n; at += pieces[i++].iov_len)
		memcpy(conn->head + at, pieces[i].iov_base, pieces[i].iov_len);
	conn->head_len = len;
}

/* Of `sent` bytes the head's come first; how many are left for the record behind it, or -1 if it must be tried
 * again. */
static ssize_t
behind_head(http_conn *conn, ssize_t sent)
{
	size_t len = conn->head_len;

	if (sent < 0)
		return -1;
	if ((size_t)sent < len) {
		memmove(conn->head, conn->head + sent, len - (size_t)sent);
		conn->head_len -= (size_t)sent;
		errno = EAGAIN;
		return -1;
	}
	http_send_done(conn);
	errno = EAGAIN;
	return (size_t)sent == len ? -1 : sent - (ssize_t)len;
}

static ssize_t
push(gnutls_transport_ptr_t arg, const giovec_t *record, int n)
{
	struct iovec pieces[PIECES + 1];
	http_conn *conn = arg;
	size_t len = 0, count = (size_t)n;

	for (size_t i = 0; i < count; i++)
		len += record[i].iov_len;
	if (conn->body_follows && len <= HEAD_MOST && conn->head == NULL) {
		conn->body_follows = false;
		keep(conn, record, count, len);
		return (ssize_t)len;
	}
	conn->body_follows = false;
	count = count > PIECES ? PIECES : count;
	pieces[0] = (struct iovec){conn->head, conn->head_len};
	for (size_t i = 0; i < count; i++)
		pieces[i + 1] = (struct iovec){record[i].iov_base, record[i].iov_len};
	if (conn->head == NULL)
		return send_pieces(conn, pieces + 1, count);
	return behind_head(conn, send_pieces(conn, pieces, count + 1));
}

/* Whoever speaks HTTP here is told so in HTTP: all that they would see is a connection that ends. */
static void
tell_plain(const http_conn *conn)
{
	static const char text[] =
		"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Connection: close\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
	char rest[4096];

	/* What is left unread would reset the connection before they have read it. */
	for (int i = 0; i < 16 && recv(conn->fd, rest, sizeof rest, MSG_DONTWAIT) > 0; i++)
		continue;
	(void)send(conn->fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(conn->fd, SHUT_WR);
}

/* TLS begins with a byte that is no letter. */
static ssize_t
pull(gnutls_transport_ptr_t arg, void *out, size_t cap)
{
	http_conn *conn = arg;
	ssize_t n = recv(conn->fd, out, cap, 0);
	bool first = !conn->spoke && n > 0;

	conn->spoke = conn->spoke || first;
	if (!first || (*(unsigned char *)out | 32u) - 'a' >= 26u)
		return n;
	tell_plain(conn);
	return 0; /* the end */
}

void
http_send_init(http_conn *conn, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	if (info == NULL || info->tls_session == NULL)
		return; /* plain HTTP: microhttpd sends both at once by itself */
	gnutls_transport_set_ptr(info->tls_session, conn);
	gnutls_transport_set_pull_function(info->tls_session, pull);
	gnutls_transport_set_vec_push_function(info->tls_session, push);
}

void
http_send_done(http_conn *conn)
{
	free(conn->head);
	conn->head = NULL;
	conn->head_len = 0;
}
