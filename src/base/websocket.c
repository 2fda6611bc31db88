#include "base/websocket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hashing.h"
#include "base/str.h"
#include "base/time.h"

#define READ_BYTES 16384
#define SEND_PATIENCE (30 * PV_SEC)
#define CLOSE_PATIENCE (2 * PV_SEC)

enum opcode { CONTINUED = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

struct pv_ws {
	int fd;
	size_t limit;
	pv_buf in;      /* bytes that are not yet frames */
	pv_buf message; /* of frames so far, or the one that was handed out */
	bool partial;   /* more frames of it are to come */
	bool gone;      /* no message will come any more */
	bool over;      /* and no byte, or none that matters */
	pthread_mutex_t sending;
	bool closed; /* a close was sent: nothing may follow.  Under sending */
};

typedef struct frame {
	bool last;
	enum opcode opcode;
	size_t head, len; /* bytes in front, and of the payload */
	const char *mask;
} frame;

char *
pv_ws_accept(pv_arena *arena, const char *key)
{
	const char *text = pv_printf(arena, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key),
		   *hex = pv_hash_hex(arena, "sha1", pv_str_of(text));
	char raw[20];

	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (char)(pv_hex_digit(hex[2 * i]) << 4 | pv_hex_digit(hex[2 * i + 1]));
	return pv_base64(arena, raw, sizeof raw, false);
}

pv_ws *
pv_ws_new(int fd, pv_str early, size_t limit)
{
	pv_ws *ws = calloc(1, sizeof *ws);

	PV_ASSERT(ws);
	ws->fd = fd;
	ws->limit = limit;
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	pv_buf_init(&ws->in, NULL);
	pv_buf_init(&ws->message, NULL);
	pv_buf_add(&ws->in, early.s, early.len);
	pthread_mutex_init(&ws->sending, NULL);
	return ws;
}

pv_ws *
pv_ws_free(pv_ws *ws)
{
	if (ws) {
		pv_buf_done(&ws->in);
		pv_buf_done(&ws->message);
		pthread_mutex_destroy(&ws->sending);
		free(ws);
	}
	return NULL;
}

/* ---- sending ---- */

static bool
send_all(pv_ws *ws, pv_str bytes)
{
	int64_t until = pv_mono() + SEND_PATIENCE;

	while (bytes.len) {
		ssize_t n = send(ws->fd, bytes.s, bytes.len, MSG_NOSIGNAL);
		struct pollfd p = {ws->fd, POLLOUT, 0};

		if (n > 0) {
			bytes.s += n;
			bytes.len -= (size_t)n;
			until = pv_mono() + SEND_PATIENCE;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return false;
		} else if (pv_mono() > until || poll(&p, 1, 1000) < 0) {
			return false;
		}
	}
	return true;
}

static bool
send_frame(pv_ws *ws, enum opcode opcode, pv_str head, pv_str body)
{
	size_t len = head.len + body.len;
	char start[10] = {(char)(0x80 | opcode)};
	size_t n = 2;
	pv_buf whole;
	bool sent;

	if (len < 126) {
		start[1] = (char)len;
	} else {
		size_t width = len < 65536 ? 2 : 8;

		start[1] = width == 2 ? 126 : 127;
		for (size_t i = 0; i < width; i++)
			start[n++] = (char)((uint64_t)len >> (8 * (width - 1 - i)));
	}
	pv_buf_init(&whole, NULL); /* one write: what is small goes out in one packet, at once */
	pv_buf_add(&whole, start, n);
	pv_buf_add(&whole, head.s, head.len);
	pv_buf_add(&whole, body.s, body.len);
	pthread_mutex_lock(&ws->sending);
	sent = !ws->closed && send_all(ws, (pv_str){whole.s, whole.len});
	ws->closed = ws->closed || !sent || opcode == CLOSE;
	pthread_mutex_unlock(&ws->sending);
	pv_buf_done(&whole);
	return sent;
}

bool
pv_ws_send(pv_ws *ws, pv_str head, pv_str body)
{
	return send_frame(ws, BINARY, head, body);
}

static void
send_close(pv_ws *ws, enum pv_ws_code code, const char *reason)
{
	char bytes[2] = {(char)(code >> 8), (char)(code & 0xff)};
	size_t len = strlen(reason);

	(void)send_frame(ws, CLOSE, (pv_str){bytes, 2}, (pv_str){reason, len < 123 ? len : 123});
}

static int
violated(pv_ws *ws, enum pv_ws_code code, const char *reason)
{
	send_close(ws, code, reason);
	ws->gone = true;
	return -1;
}

/* ---- reading ---- */

/* 1: *ret is a frame, all of which is there; 0: more bytes are needed; -1: a violation. */
static int
parse(pv_ws *ws, frame *ret)
{
	const unsigned char *s = (const unsigned char *)ws->in.s;
	uint64_t len;
	size_t width, at = 2;

	if (ws->in.len < 2)
		return 0;
	*ret = (frame){.last = s[0] & 0x80, .opcode = s[0] & 15};
	len = s[1] & 127;
	if ((ret->opcode > BINARY && ret->opcode < CLOSE) || ret->opcode > PONG)
		return violated(ws, PV_WS_PROTOCOL, "an unknown kind of frame");
	if (s[0] & 0x70)
		return violated(ws, PV_WS_PROTOCOL, "an extension that was not agreed on");
	if (!(s[1] & 0x80))
		return violated(ws, PV_WS_PROTOCOL, "a client's frames are masked (RFC 6455, 5.1)");
	if (ret->opcode >= CLOSE && (len > 125 || !ret->last))
		return violated(ws, PV_WS_PROTOCOL, "a control frame is short and whole (RFC 6455, 5.5)");
	width = len == 126 ? 2 : len == 127 ? 8 : 0;
	if (ws->in.len < at + width + 4)
		return 0;
	if (width)
		len = 0;
	for (size_t i = 0; i < width; i++)
		len = len << 8 | s[at++];
	if (len > ws->limit || ws->message.len + len > ws->limit)
		return ret->opcode < CLOSE && !(ret->opcode != CONTINUED && len <= ws->limit)
			       ? violated(ws, PV_WS_TOO_BIG, "the message is larger than the server takes")
			       : violated(ws, PV_WS_PROTOCOL, "a frame is out of place");
	ret->mask = (const char *)s + at;
	ret->head = at + 4;
	ret->len = (size_t)len;
	return ws->in.len >= ret->head + ret->len;
}

static void
unmask(pv_ws *ws, const frame *f, pv_buf *out)
{
	for (size_t i = 0; i < f->len; i++)
		pv_buf_addc(out, (char)(ws->in.s[f->head + i] ^ f->mask[i & 3]));
}

static int
control(pv_ws *ws, const frame *f)
{
	pv_buf body;
	int r = 0;

	pv_buf_init(&body, NULL);
	unmask(ws, f, &body);
	if (f->opcode == PING) {
		(void)send_frame(ws, PONG, (pv_str){body.s, body.len}, PV_STR(""));
	} else if (f->opcode == CLOSE) {
		(void)send_frame(ws, CLOSE, (pv_str){body.s, body.len < 2 ? 0 : 2}, PV_STR(""));
		ws->gone = ws->over = true;
		r = -1;
	}
	pv_buf_done(&body);
	return r;
}

/* 1: it ends a message. */
static int
data(pv_ws *ws, const frame *f)
{
	if ((f->opcode == CONTINUED) != ws->partial)
		return violated(ws, PV_WS_PROTOCOL, "a frame is out of place");
	unmask(ws, f, &ws->message);
	ws->partial = !f->last;
	return f->last;
}

static void
drop(pv_ws *ws, size_t n)
{
	memmove(ws->in.s, ws->in.s + n, ws->in.len - n);
	ws->in.len -= n;
}

/* 1: bytes came; 0: none now; -1: the end. */
static int
receive(pv_ws *ws)
{
	char bytes[READ_BYTES];
	ssize_t n = recv(ws->fd, bytes, sizeof bytes, 0);

	if (n > 0) {
		pv_buf_add(&ws->in, bytes, (size_t)n);
		return 1;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	ws->gone = ws->over = true;
	return -1;
}

int
pv_ws_next(pv_ws *ws, pv_str *ret)
{
	frame f;
	int r;

	if (!ws->partial)
		pv_buf_clear(&ws->message);
	while (!ws->gone) {
		r = parse(ws, &f);
		if (r == 0) {
			r = receive(ws);
			if (r <= 0)
				return r;
			continue;
		}
		if (r > 0) {
			r = f.opcode >= CLOSE ? control(ws, &f) : data(ws, &f);
			drop(ws, f.head + f.len);
		}
		if (r < 0)
			return r;
		if (r > 0) {
			*ret = (pv_str){ws->message.s ? ws->message.s : "", ws->message.len};
			return 1;
		}
	}
	return -1;
}

void
pv_ws_close(pv_ws *ws, enum pv_ws_code code, const char *reason)
{
	int64_t until = pv_mono() + CLOSE_PATIENCE;
	pv_str late;

	send_close(ws, code, reason);
	while (!ws->over && pv_mono() < until) { /* else what lies unread would take our last words along */
		struct pollfd p = {ws->fd, POLLIN, 0};
		int r;

		if (poll(&p, 1, 100) < 0)
			return;
		do {
			r = ws->gone ? receive(ws) : pv_ws_next(ws, &late);
			if (ws->gone)
				pv_buf_clear(&ws->in);
		} while (r > 0 && pv_mono() < until);
	}
}
