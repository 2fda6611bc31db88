/* stream: the library's HTTPS over base/tunnel. */
#include <stdlib.h>

#include <git2/sys/stream.h>

#include "base/str.h"
#include "base/tunnel.h"
#include "core/git/remote.h"

struct stream {
	git_stream parent;
	pv_tunnel *tunnel;
	const char *host, *port;
	struct remote *remote;
};

/* The library makes streams without saying for whom: this process fetches once. */
static struct remote *the_remote;

static struct stream *
stream_of(git_stream *parent)
{
	return (struct stream *)(void *)parent;
}

static int
fault(struct stream *s, int code)
{
	s->remote->code = code;
	git_error_set_str(GIT_ERROR_SSL, pv_error_text(s->remote->cx));
	return -1;
}

static int
connect_stream(git_stream *parent)
{
	struct stream *s = stream_of(parent);
	struct remote *m = s->remote;
	pv_httpc_conf conf = {.ca_pem = m->ca,
			      .cert_pem = m->cert,
			      .key_pem = m->key,
			      .proxy = m->proxy,
			      .insecure = m->insecure,
			      .permits = reach_permits,
			      .permits_arg = &m->reach};
	int r;
	m->reach.refused = NULL;
	if (m->proxy && !reach_permits_literal(&m->reach, s->host)) /* after a redirect */
		return fault(s, remote_out_of_reach(m, s->host));
	r = pv_tunnel_open(m->cx, s->host, s->port, &conf, &s->tunnel);
	if (r < 0 && m->reach.refused) {
		pv_recover(m->cx);
		r = remote_out_of_reach(m, m->proxy ? "the proxy" : s->host);
	}
	return r < 0 ? fault(s, r) : 0;
}

static int
certificate_of(git_cert **ret, git_stream *parent PV_UNUSED)
{
	static git_cert_x509 judged = {.parent = {GIT_CERT_X509}};
	*ret = &judged.parent;
	return 0;
}

static ssize_t
read_stream(git_stream *parent, void *bytes, size_t len)
{
	struct stream *s = stream_of(parent);
	ssize_t n = pv_tunnel_read(s->remote->cx, s->tunnel, bytes, len);
	return n < 0 ? fault(s, (int)n) : n;
}

static ssize_t
write_stream(git_stream *parent, const char *bytes, size_t len, int flags PV_UNUSED)
{
	struct stream *s = stream_of(parent);
	ssize_t n = pv_tunnel_write(s->remote->cx, s->tunnel, bytes, len);
	return n < 0 ? fault(s, (int)n) : n;
}

static int
close_stream(git_stream *parent)
{
	struct stream *s = stream_of(parent);
	s->tunnel = pv_tunnel_close(s->tunnel);
	return 0;
}

static void
free_stream(git_stream *parent)
{
	(void)close_stream(parent); /* the rest lies in the arena */
}

static int
new_stream(git_stream **ret, const char *host, const char *port)
{
	pv_arena *arena = the_remote->cx->arena;
	struct stream *s = pv_new(arena, struct stream);
	*s = (struct stream){
		.parent = {.version = GIT_STREAM_VERSION,
			   .encrypted = 1,
			   .connect = connect_stream,
			   .certificate = certificate_of,
			   .read = read_stream,
			   .write = write_stream,
			   .close = close_stream,
			   .free = free_stream},
		.host = pv_strdup(arena, host),
		.port = pv_strdup(arena, port),
		.remote = the_remote,
	};
	*ret = &s->parent;
	return 0;
}

void
remote_use_tunnel(struct remote *remote)
{
	git_stream_registration way = {.version = GIT_STREAM_VERSION, .init = new_stream};
	the_remote = remote;
	git_stream_register(GIT_STREAM_TLS, &way);
}
