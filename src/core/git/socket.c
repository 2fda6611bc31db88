/* socket: the library's plain connections (http, git and ssh), by way of what may be reached. */
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <git2/sys/stream.h>

#include "base/str.h"
#include "core/git/remote.h"

/* The library's SSH takes the descriptor out of its own stream (git_socket_stream of its
 * streams/socket.h), so ours begins as that does. */
struct plain {
	git_stream parent;
	char *host, *port;
	int fd;
	struct remote *remote;
};

static struct remote *the_remote; /* this process fetches once */

static struct plain *
plain_of(git_stream *parent)
{
	return (struct plain *)(void *)parent;
}

/* In the library's way: repo.c has the words around it. */
static int
fault(struct plain *s, const char *what, const char *why)
{
	git_error_set_str(GIT_ERROR_NET, pv_printf(s->remote->cx->arena, "%s %s: %s", what, s->host, why));
	return -1;
}

static int
out_of_reach(struct plain *s)
{
	s->remote->code = remote_out_of_reach(s->remote, s->host);
	git_error_set_str(GIT_ERROR_NET, pv_error_text(s->remote->cx));
	return -1;
}

static int
connect_any(struct plain *s, const struct addrinfo *all)
{
	struct remote *m = s->remote;
	int why = ENOENT;
	for (const struct addrinfo *a = all; a; a = a->ai_next) {
		if (!reach_permits(&m->reach, a->ai_addr))
			continue;
		s->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (s->fd >= 0 && connect(s->fd, a->ai_addr, a->ai_addrlen) == 0)
			return 0;
		why = errno;
		if (s->fd >= 0)
			close(s->fd);
		s->fd = -1;
	}
	return why == ENOENT ? out_of_reach(s) : fault(s, "no connection to", strerror(why));
}

static int
connect_plain(git_stream *parent)
{
	struct plain *s = plain_of(parent);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC}, *all;
	int e = getaddrinfo(s->host, s->port, &hints, &all), r;
	if (e != 0)
		return fault(s, "no address of", gai_strerror(e));
	r = connect_any(s, all);
	freeaddrinfo(all);
	return r;
}

static ssize_t
read_plain(git_stream *parent, void *bytes, size_t len)
{
	struct plain *s = plain_of(parent);
	ssize_t n;
	do
		n = recv(s->fd, bytes, len, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? fault(s, "broken connection to", strerror(errno)) : n;
}

static ssize_t
write_plain(git_stream *parent, const char *bytes, size_t len, int flags)
{
	struct plain *s = plain_of(parent);
	ssize_t n;
	do
		n = send(s->fd, bytes, len, flags | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? fault(s, "broken connection to", strerror(errno)) : n;
}

static int
close_plain(git_stream *parent)
{
	struct plain *s = plain_of(parent);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	return 0;
}

static void
free_plain(git_stream *parent)
{
	(void)close_plain(parent); /* the rest lies in the arena */
}

static int
new_plain(git_stream **ret, const char *host, const char *port)
{
	pv_arena *arena = the_remote->cx->arena;
	struct plain *s = pv_new(arena, struct plain);
	*s = (struct plain){
		.parent = {.version = GIT_STREAM_VERSION,
			   .connect = connect_plain,
			   .read = read_plain,
			   .write = write_plain,
			   .close = close_plain,
			   .free = free_plain},
		.host = pv_strdup(arena, host),
		.port = pv_strdup(arena, port),
		.fd = -1,
		.remote = the_remote,
	};
	*ret = &s->parent;
	return 0;
}

void
remote_use_sockets(struct remote *remote)
{
	git_stream_registration way = {.version = GIT_STREAM_VERSION, .init = new_plain};
	the_remote = remote;
	git_stream_register(GIT_STREAM_STANDARD, &way);
}
