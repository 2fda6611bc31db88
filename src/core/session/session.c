#include "core/session/session.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "base/websocket.h"
#include "core/api/api.h"
#include "lang/json/json.h"

#define MESSAGE_MOST (1u << 20)       /* bytes of one message; kubectl sends 32 KiB */
#define WRITE_MOST 32768              /* bytes of one of ours */
#define IDLE_MOST (4 * 3600 * PV_SEC) /* as a kubelet's streamingConnectionIdleTimeout */
#define SIGNAL_CLOSE 255              /* v5: the next byte names a channel that ends */
#define V5 "v5.channel.k8s.io"
#define V4 "v4.channel.k8s.io"

struct pv_session {
	pv_ctx cx;
	const pv_node *node;
	enum pv_session_kind kind;
	bool half_close; /* v5 */
	pv_session_wish wish;
	pv_ws *ws;
	int fd;
};

const char *
pv_session_protocol(pv_arena *arena, const char *offered)
{
	pv_str rest = pv_str_of(offered), one;

	while (pv_str_next(&rest, ',', &one)) {
		one = pv_str_trim(one);
		if (pv_str_is(one, V5) || pv_str_is(one, V4))
			return pv_strndup(arena, one.s, one.len);
	}
	return NULL;
}

static const char *const *
copied(pv_arena *arena, const char *const *words)
{
	size_t n = 0;
	const char **out;

	while (words && words[n])
		n++;
	out = pv_new_array(arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		out[i] = pv_strdup(arena, words[i]);
	return out;
}

pv_session *
pv_session_new(const pv_node *node, enum pv_session_kind kind, const char *protocol,
	       const pv_session_wish *wish)
{
	pv_session *s = calloc(1, sizeof *s);
	pv_arena *arena;
	int *ports;

	PV_ASSERT(s);
	pv_ctx_init(&s->cx, "session");
	arena = s->cx.arena;
	s->node = node;
	s->kind = kind;
	s->half_close = pv_streq(protocol, V5);
	s->wish = *wish;
	s->wish.pod = pv_box(arena, pv_copy(arena, wish->pod));
	s->wish.container = pv_strdup(arena, wish->container);
	s->wish.command = copied(arena, wish->command);
	ports = pv_new_array(arena, int, wish->n_ports + 1);
	for (size_t i = 0; i < wish->n_ports; i++)
		ports[i] = wish->ports[i];
	s->wish.ports = ports;
	return s;
}

/* ---- for the node ---- */

const pv_session_wish *
pv_session_wishes(const pv_session *s)
{
	return &s->wish;
}

static pv_session_news
resized(pv_session *s, pv_str bytes)
{
	pv_session_news news = {.event = PV_S_NONE};
	const pv_val *size;

	if (pv_json_parse(&s->cx, bytes, NULL, &size) < 0) {
		(void)pv_recover(&s->cx);
		return news;
	}
	news.width = (int)pv_i64(pv_get(size, "Width"), 0) & 0xffff;
	news.height = (int)pv_i64(pv_get(size, "Height"), 0) & 0xffff;
	news.event = news.width && news.height ? PV_S_RESIZED : PV_S_NONE;
	return news;
}

/* Channel and bytes.  What a client may not send there is left unheard. */
static pv_session_news
understood(pv_session *s, pv_str message)
{
	pv_session_news none = {.event = PV_S_NONE};
	unsigned char channel = (unsigned char)message.s[0];
	pv_str bytes = {message.s + 1, message.len - 1};
	bool forward = s->kind == PV_PORT_FORWARD;

	if (channel == SIGNAL_CLOSE && s->half_close && bytes.len == 1)
		return (pv_session_news){.event = PV_S_CLOSED, .channel = (unsigned char)bytes.s[0]};
	if (forward ? channel / 2 < s->wish.n_ports && channel % 2 == 0 : channel == PV_STDIN && s->wish.in)
		return (pv_session_news){.event = PV_S_DATA, .channel = channel, .bytes = bytes};
	return !forward && channel == PV_RESIZE && s->wish.tty ? resized(s, bytes) : none;
}

pv_session_news
pv_session_next(pv_session *s)
{
	pv_session_news news = {.event = PV_S_NONE};
	pv_str message;
	int r;

	while ((r = pv_ws_next(s->ws, &message)) > 0) {
		if (message.len)
			news = understood(s, message);
		if (news.event != PV_S_NONE)
			return news;
	}
	if (r < 0)
		news.event = PV_S_GONE;
	return news;
}

pv_session_news
pv_session_wait(pv_session *s, int64_t patience)
{
	int64_t until = pv_mono() + (patience < IDLE_MOST ? patience : IDLE_MOST);
	pv_session_news news = pv_session_next(s);

	while (news.event == PV_S_NONE && pv_mono() < until) {
		struct pollfd p = {s->fd, POLLIN, 0};
		int64_t left = (until - pv_mono()) / PV_MS + 1;

		(void)poll(&p, 1, left > 60000 ? 60000 : (int)left);
		news = pv_session_next(s);
	}
	return news;
}

static bool
wanted(const pv_session *s, int channel)
{
	if (s->kind == PV_PORT_FORWARD)
		return channel >= 0 && (size_t)channel < 2 * s->wish.n_ports;
	return channel == PV_FAULT || (channel == PV_STDOUT && s->wish.out) ||
	       (channel == PV_STDERR && s->wish.err && !s->wish.tty);
}

bool
pv_session_write(pv_session *s, int channel, pv_str bytes)
{
	char head = (char)channel;

	if (!wanted(s, channel))
		return true;
	while (bytes.len) {
		size_t n = bytes.len < WRITE_MOST ? bytes.len : WRITE_MOST;

		if (!pv_ws_send(s->ws, (pv_str){&head, 1}, (pv_str){bytes.s, n}))
			return false;
		bytes.s += n;
		bytes.len -= n;
	}
	return true;
}

/* ---- for the API ---- */

/* As kubelets say it (remotecommand.NonZeroExitCodeReason): kubectl makes "command terminated with exit code N". */
static pv_val
exit_status(pv_arena *arena, int code)
{
	pv_objb status, details, cause;
	pv_val one;

	pv_objb_init(&status, arena);
	pv_objb_put(&status, "metadata", pv_object_of(arena, NULL, 0, NULL, NULL));
	pv_objb_puts(&status, "status", code ? "Failure" : "Success");
	if (code) {
		pv_objb_init(&cause, arena);
		pv_objb_puts(&cause, "reason", "ExitCode");
		pv_objb_put(&cause, "message", pv_stringf(arena, "%d", code));
		one = pv_objb_end(&cause);
		pv_objb_init(&details, arena);
		pv_objb_put(&details, "causes", pv_list_of(arena, &one, 1));
		pv_objb_put(&status, "message",
			    pv_stringf(arena, "command terminated with non-zero exit code: exit status %d",
				       code));
		pv_objb_puts(&status, "reason", "NonZeroExitCode");
		pv_objb_put(&status, "details", pv_objb_end(&details));
	}
	return pv_objb_end(&status);
}

/* Every port begins with its number on both of its channels, as a kubelet says it. */
static void
announce_ports(pv_session *s)
{
	for (size_t i = 0; i < 2 * s->wish.n_ports; i++) {
		int port = s->wish.ports[i / 2];
		char bytes[2] = {(char)(port & 0xff), (char)(port >> 8)};

		(void)pv_session_write(s, (int)i, (pv_str){bytes, 2});
	}
}

static int
serve(pv_session *s)
{
	int code = 0, r;
	pv_val status;

	if (s->kind == PV_PORT_FORWARD) {
		announce_ports(s);
		return pv_checked(&s->cx, s->node->port_forward(&s->cx, s));
	}
	r = pv_checked(&s->cx, (s->kind == PV_EXEC ? s->node->exec : s->node->attach)(&s->cx, s, &code));
	status = r < 0 ? pv_api_status(s->cx.arena, s->cx.err) : exit_status(s->cx.arena, code);
	(void)pv_session_write(s, PV_FAULT, pv_str_of(pv_json_text(s->cx.arena, &status)));
	return r;
}

static void
run(void *arg, int fd, pv_str early)
{
	pv_session *s = arg;
	int r;

	s->fd = fd;
	s->ws = pv_ws_new(fd, early, MESSAGE_MOST);
	r = serve(s);
	pv_ws_close(s->ws, r < 0 ? PV_WS_BROKEN : PV_WS_NORMAL, r < 0 ? pv_error_text(&s->cx) : "");
	if (r < 0)
		(void)pv_recover(&s->cx);
	s->ws = pv_ws_free(s->ws);
}

static void
done(void *arg)
{
	pv_session *s = arg;

	pv_ctx_done(&s->cx);
	free(s);
}

pv_http_talk
pv_session_talk(pv_session *s)
{
	return (pv_http_talk){run, done, s};
}
