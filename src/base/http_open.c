/* Opening and closing the server. */
#include "base/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/http_priv.h"
#include "base/log.h"
#include "base/time.h"

/* AES-128 first, as Go's servers have it: of all the time that a long list takes, the cipher's is the most. */
#define PRIORITIES \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:" \
	"+AES-128-CCM:+AES-256-CCM:%SERVER_PRECEDENCE"
#define POOL_BYTES (32 << 10) /* a connection's buffers; 16 kB of headers fit; over half is touched */
#define IDLE_SECONDS 120      /* of a connection that is not suspended */
#define MOST_CONNECTIONS 20000
#define OTHERS_MOST 128 /* descriptors of files, databases, children: half of all, within these */
#define OTHERS_LEAST 40
#define CONNECTIONS_LEAST 8
#define QUEUE_PER_WORKER 64
#define CLOSE_PATIENCE (2 * PV_SEC) /* for answers that clients are still reading */

static size_t
keep_raw(void *arg, struct MHD_Connection *mhd, char *text)
{
	(void)arg, (void)mhd;
	return strlen(text);
}

PV_PRINTF(2, 0) static void on_log(void *arg, const char *fmt, va_list ap)
{
	char line[512];

	(void)arg;
	if (!pv_trace_on("http"))
		return;
	vsnprintf(line, sizeof line, fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	pv_log(PV_INFO, "http", line, NULL);
}

static int
bound_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} sa = {.in6 = {0}};
	socklen_t len = sizeof sa;

	if (getsockname(fd, &sa.any, &len) < 0)
		return -1;
	return ntohs(sa.any.sa_family == AF_INET6 ? sa.in6.sin6_port : sa.in.sin_port);
}

static int
listen_on(pv_ctx *cx, const pv_http_conf *conf, int *ret_fd, int *ret_family)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *ai = NULL;
	char port[12];
	int fd, error = 0, one = 1;

	snprintf(port, sizeof port, "%d", conf->port);
	if (getaddrinfo(conf->host, port, &hints, &ai) != 0)
		return pv_fail(cx, PV_EBADREQUEST,
			       "listen address %s:%d: expected an IP address and a port such as "
			       "127.0.0.1:6443 or [::1]:0",
			       conf->host, conf->port);
	*ret_family = ai->ai_family;
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (fd < 0 || bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, 1024) < 0)
		error = errno;
	freeaddrinfo(ai);
	if (error == 0) {
		*ret_fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	if (error == EADDRINUSE)
		return pv_fail(cx, PV_EUNAVAILABLE,
			       "port %d on %s is in use by another program; stop it or choose another "
			       "port (0 picks a free one)",
			       conf->port, conf->host);
	return pv_fail(cx, PV_EUNAVAILABLE, "listening on %s:%d: %s", conf->host, conf->port,
		       strerror(error));
}

int
pv_http_try(pv_ctx *cx, const char *host, int port)
{
	const pv_http_conf conf = {.host = host, .port = port};
	int fd = -1, family, r = listen_on(cx, &conf, &fd, &family);

	if (fd >= 0)
		close(fd);
	return r;
}

/* As many as there are descriptors for; fewer than CONNECTIONS_LEAST if there are too few.  The
 * soft limit is usually 1,024, for the sake of programs that use select(2); a thousand
 * watchers need more. */
static size_t
connections_most(void)
{
	struct rlimit files = {0};
	rlim_t others;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return MOST_CONNECTIONS;
	if (files.rlim_cur < files.rlim_max) {
		rlim_t soft = files.rlim_cur;
		files.rlim_cur = files.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &files) < 0)
			files.rlim_cur = soft;
	}
	if (files.rlim_cur >= MOST_CONNECTIONS + OTHERS_MOST)
		return MOST_CONNECTIONS;
	others = files.rlim_cur / 2;
	others = others > OTHERS_MOST ? OTHERS_MOST : others < OTHERS_LEAST ? OTHERS_LEAST : others;
	return files.rlim_cur > others ? files.rlim_cur - others : 0;
}

static int
fail_descriptors(pv_ctx *cx)
{
	return pv_fail(cx, PV_EUNAVAILABLE,
		       "the limit of open files is too low to serve: expected at least %d (ulimit -n)",
		       OTHERS_LEAST + CONNECTIONS_LEAST);
}

static unsigned
loop_threads(const pv_http_conf *conf)
{
	long n = conf->threads > 0 ? conf->threads : sysconf(_SC_NPROCESSORS_ONLN);

	return n > 1 ? (unsigned)n : 0; /* 0: one thread, no pool */
}

static struct MHD_Daemon *
start_daemon(pv_http *http)
{
	const pv_http_conf *conf = &http->conf;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE |
			 MHD_USE_ERROR_LOG | MHD_USE_TURBO;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)conf->cert_pem},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)conf->key_pem},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES},
		{conf->client_ca_pem != NULL ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0,
		 (void *)(uintptr_t)conf->client_ca_pem},
		{MHD_OPTION_END, 0, NULL},
	};

	if (http->family == AF_INET6)
		flags |= MHD_USE_IPv6;
	if (conf->cert_pem != NULL)
		flags |= MHD_USE_TLS;
	else
		tls[0].option = MHD_OPTION_END;
	http_refuse_ready();
	return MHD_start_daemon(
		flags, 0, NULL, NULL, http_on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, http->fd, MHD_OPTION_THREAD_POOL_SIZE, loop_threads(conf),
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)http->most, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)POOL_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
		MHD_OPTION_STRICT_FOR_CLIENT, 0, /* we look for Host: an answer of ours can say so */
		MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, http, MHD_OPTION_NOTIFY_CONNECTION,
		http_on_connection, http, MHD_OPTION_URI_LOG_CALLBACK, http_on_target, http,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_raw, NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

static pv_http *
http_discard(pv_http *http)
{
	pv_pool_free(http->pool);
	pv_pool_free(http->talkers);
	pv_loop_free(http->loop);
	http_tls_done(http);
	close(http->stop);
	if (http->fd >= 0)
		close(http->fd);
	pthread_cond_destroy(&http->calm);
	pthread_mutex_destroy(&http->mutex);
	pthread_mutex_destroy(&http->streams_mutex);
	free(http);
	return NULL;
}

static void
init_sync(pv_http *http)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&http->mutex, NULL);
	pthread_mutex_init(&http->streams_mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&http->calm, &attr);
	pthread_condattr_destroy(&attr);
}

int
pv_http_start(pv_ctx *cx, pv_http *http)
{
	sigset_t all, before;

	PV_ASSERT(http->daemon == NULL);
	sigfillset(&all); /* the library's threads take no signals, SIGPIPE least of all */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	http->daemon = start_daemon(http);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (http->daemon == NULL)
		return pv_fail(cx, PV_EINTERNAL, "HTTP server on %s:%d did not start%s", http->conf.host,
			       http->port, http->conf.cert_pem ? ": are certificate and key a pair?" : "");
	http->fd = -1;
	return 0;
}

int
pv_http_open(pv_ctx *cx, const pv_http_conf *conf, pv_http **ret)
{
	int r, workers = conf->workers > 0 ? conf->workers : 64;
	pv_http *http = calloc(1, sizeof *http);

	PV_ASSERT(http != NULL && conf->handle != NULL && conf->fail != NULL);
	http->conf = *conf;
	http->fd = -1;
	http->most = connections_most();
	init_sync(http);
	http->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	PV_ASSERT(http->stop > 0);
	r = http->most < CONNECTIONS_LEAST ? fail_descriptors(cx) : 0;
	if (r == 0)
		r = pv_loop_new(cx, "pv-http-timers", &http->loop);
	if (r == 0)
		r = listen_on(cx, conf, &http->fd, &http->family);
	if (r < 0) {
		http_discard(http);
		return r;
	}
	http->port = bound_port(http->fd);
	http->talkers = pv_pool_new("pv-http-talk", HTTP_TALKS, HTTP_TALKS);
	http->pool = pv_pool_new("pv-http-work", workers, (size_t)workers * QUEUE_PER_WORKER);
	r = conf->later ? 0 : pv_http_start(cx, http);
	if (r < 0)
		http_discard(http);
	else
		*ret = http;
	return r;
}

int
pv_http_port(const pv_http *http)
{
	return http->port;
}

static void
wait_for_answers(pv_http *http)
{
	int64_t until = pv_mono() + CLOSE_PATIENCE;
	struct timespec ts = {.tv_sec = until / PV_SEC, .tv_nsec = until % PV_SEC};

	pthread_mutex_lock(&http->mutex);
	while (http->active > 0)
		if (pthread_cond_timedwait(&http->calm, &http->mutex, &ts) != 0)
			break;
	pthread_mutex_unlock(&http->mutex);
}

/* Those who are not done by then are told to give up (pv_ctx_check). */
static void
wait_for_workers(pv_http *http)
{
	int64_t until = pv_mono() + CLOSE_PATIENCE;
	struct timespec ts = {.tv_sec = until / PV_SEC, .tv_nsec = until % PV_SEC};
	bool told = false;

	pthread_mutex_lock(&http->mutex);
	while (http->waiting > 0)
		if (told)
			pthread_cond_wait(&http->calm, &http->mutex);
		else if (pthread_cond_timedwait(&http->calm, &http->mutex, &ts) != 0) {
			(void)eventfd_write(http->stop, 1);
			told = true;
		}
	pthread_mutex_unlock(&http->mutex);
	pv_pool_wait(http->pool);
}

pv_http *
pv_http_close(pv_http *http)
{
	if (http == NULL)
		return NULL;
	/* Not MHD_quiesce_daemon: in 0.9.75 it and a loop thread can both take the
	 * listening socket out of epoll, and the second one to do so aborts.  Who still
	 * comes is told that we shut down (dispatch, in http.c). */
	pthread_mutex_lock(&http->mutex);
	atomic_store(&http->closing, true);
	pthread_mutex_unlock(&http->mutex);
	pthread_mutex_lock(&http->streams_mutex); /* one that opens now sees it by itself */
	for (pv_http_stream *s = http->streams; s != NULL; s = s->next)
		pv_http_stream_wake(s);
	pthread_mutex_unlock(&http->streams_mutex);
	wait_for_workers(http);
	http_upgrades_end(http);
	wait_for_answers(http);
	if (http->daemon != NULL)
		MHD_stop_daemon(http->daemon); /* closes the listening socket too */
	return http_discard(http);
}
