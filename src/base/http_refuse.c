/* What is no HTTP request never reaches a handler: microhttpd answers it, in HTML, and
 * has no option to say otherwise.  But it does so through its own public
 * MHD_queue_response, and a symbol of the program goes before a library's: ours writes
 * the body that the server's owner wants for that status.  A library that is linked so
 * that its own calls stay inside would bring the HTML back; tests/unit/base/http_refuse_test.c
 * looks. */
#include <dlfcn.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "base/http_priv.h"
#include "base/str.h"

typedef enum MHD_Result queue(struct MHD_Connection *mhd, unsigned status, struct MHD_Response *response);

static queue *library_queue;

static void
find_library(void)
{
	void *found;

	(void)MHD_get_version(); /* loads it, if that was left to the first call (lazy.h) */
	found = dlsym(RTLD_NEXT, "MHD_queue_response");
	PV_ASSERT(found != NULL);
	memcpy(&library_queue, &found, sizeof found); /* ISO C has no cast from object to function */
}

void
http_refuse_ready(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_library);
}

enum MHD_Result
http_queue(struct MHD_Connection *mhd, unsigned status, struct MHD_Response *response)
{
	return library_queue(mhd, status, response);
}

/* microhttpd 0.9.75 sends the head of these answers twice, so that a body would be read
 * from the second one: they are sent past it, and the connection is closed. */
static bool
is_told_twice(struct MHD_Connection *mhd)
{
	const char *length = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Length");
	int64_t n;

	return length != NULL && (*length < '0' || *length > '9' || !pv_parse_int(pv_str_of(length), &n));
}

static void
send_past(pv_ctx *cx, struct MHD_Connection *mhd, int fd, unsigned status, const char *body)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	const char *text =
		pv_printf(cx->arena,
			  "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Type: application/json\r\n"
			  "Content-Length: %zu\r\n\r\n%s",
			  status, MHD_get_reason_phrase_for(status), strlen(body), body);

	/* Nothing was sent on the connection in this turn: so short a text fits, or the client reads nothing. */
	if (info != NULL && info->tls_session != NULL)
		(void)gnutls_record_send(info->tls_session, text, strlen(text));
	else
		(void)send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

enum MHD_Result __attribute__((visibility("default")))
MHD_queue_response(struct MHD_Connection *mhd, unsigned status, struct MHD_Response *html)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	const http_conn *conn = info != NULL ? info->socket_context : NULL;
	struct MHD_Response *response;
	enum MHD_Result r;
	const char *body = "";
	pv_ctx cx;

	(void)html; /* the library's to destroy */
	pv_ctx_init(&cx, "refusal");
	if (conn != NULL && conn->http->conf.refuse != NULL)
		body = conn->http->conf.refuse(&cx, (int)status, conn->http->conf.arg);
	if (conn != NULL && is_told_twice(mhd)) {
		send_past(&cx, mhd, conn->fd, status, body);
		pv_ctx_done(&cx);
		return MHD_NO; /* closes the connection */
	}
	response =
		MHD_create_response_from_buffer(strlen(body), (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
	pv_ctx_done(&cx);
	if (response == NULL)
		return MHD_NO; /* closes the connection */
	MHD_add_response_header(response, "Content-Type", "application/json");
	r = library_queue(mhd, status, response);
	MHD_destroy_response(response);
	return r;
}
