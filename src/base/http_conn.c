/* Connections: there are only so many descriptors.  When nearly all are taken, who comes
 * takes the place of the connection that has been idle the longest: one that waits for
 * its next request, or has not sent the whole of its first.  Requests that are being
 * answered keep theirs. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/http_priv.h"

#define SPARE 2 /* places that are kept free: an idle connection takes a moment to close */

static void
unlink_idle(http_conn *conn)
{
	pv_http *http = conn->http;

	*(conn->prev != NULL ? &conn->prev->next : &http->idle) = conn->next;
	*(conn->next != NULL ? &conn->next->prev : &http->idle_last) = conn->prev;
	conn->next = conn->prev = NULL;
}

void
http_conn_busy(http_conn *conn)
{
	if (!conn->busy)
		unlink_idle(conn);
	conn->busy = true;
}

void
http_conn_idle(http_conn *conn)
{
	pv_http *http = conn->http;

	if (!conn->busy)
		unlink_idle(conn);
	conn->busy = false;
	conn->prev = http->idle_last;
	*(conn->prev != NULL ? &conn->prev->next : &http->idle) = conn;
	http->idle_last = conn;
}

/* What is in the list has not been closed: its descriptor is no one else's yet.  Its loop
 * thread sees the end of it and does the rest. */
static void
make_room(pv_http *http)
{
	http_conn *oldest = http->idle;

	if (http->connections + SPARE <= http->most || oldest == NULL)
		return;
	http_conn_busy(oldest); /* not twice */
	shutdown(oldest->fd, SHUT_RDWR);
}

static http_conn *
conn_new(pv_http *http, struct MHD_Connection *mhd)
{
	http_conn *conn = calloc(1, sizeof *conn);

	PV_ASSERT(conn != NULL);
	conn->http = http;
	conn->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	conn->busy = true; /* in no list yet */
	pthread_mutex_lock(&http->mutex);
	http->connections++;
	make_room(http);
	http_conn_idle(conn);
	pthread_mutex_unlock(&http->mutex);
	http_tls_show(http, mhd);
	http_send_init(conn, mhd);
	return conn;
}

static void
conn_free(http_conn *conn)
{
	pv_http *http = conn->http;

	pthread_mutex_lock(&http->mutex);
	http->connections--;
	http_conn_busy(conn);
	pthread_mutex_unlock(&http->mutex);
	http_send_done(conn);
	free(conn->target);
	if (conn->cx.arena != NULL)
		pv_ctx_done(&conn->cx);
	free(conn);
}

void
http_on_connection(void *arg, struct MHD_Connection *mhd, void **socket_context,
		   enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*socket_context = conn_new(arg, mhd);
	} else if (*socket_context != NULL) {
		conn_free(*socket_context);
		*socket_context = NULL;
	}
}

/* The request target before microhttpd cuts it up in place. */
void *
http_on_target(void *arg, const char *target, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	http_conn *conn = info->socket_context;

	(void)arg;
	free(conn->target);
	conn->target = strdup(target);
	PV_ASSERT(conn->target != NULL);
	return NULL; /* the request starts in http_on_request */
}
