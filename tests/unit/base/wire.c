#include "unit/base/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/time.h"

int
wire_open(int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = 120};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	PV_ASSERT(fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return fd;
}

void
wire_send(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* the server closed; the test sees it when reading */
		p += n;
		len -= (size_t)n;
	}
}

void
wire_sends(int fd, const char *text)
{
	wire_send(fd, text, strlen(text));
}

/* One byte; -1 at the end. */
static int
take(int fd)
{
	unsigned char c;
	ssize_t n = recv(fd, &c, 1, 0);

	PV_ASSERT(n >= 0 || errno == ECONNRESET);
	return n == 1 ? c : -1;
}

size_t
wire_until(int fd, char *buf, size_t cap, const char *mark)
{
	size_t len = 0, n = strlen(mark);

	for (;;) {
		int c = take(fd);
		PV_ASSERT(c >= 0 && len + 1 < cap);
		buf[len++] = (char)c;
		buf[len] = '\0';
		if (len >= n && memcmp(buf + len - n, mark, n) == 0)
			return len;
	}
}

static size_t
take_bytes(int fd, char *out, size_t n)
{
	for (size_t i = 0; i < n;) {
		ssize_t got = recv(fd, out + i, n - i, 0);
		PV_ASSERT(got > 0);
		i += (size_t)got;
	}
	return n;
}

int
wire_answer(int fd, char *body, size_t cap, size_t *ret_len)
{
	char head[32768], line[64];
	const char *length;
	size_t n, len = 0;
	int status;

	wire_until(fd, head, sizeof head, "\r\n\r\n");
	PV_ASSERT(strncmp(head, "HTTP/1.1 ", 9) == 0);
	status = (int)strtol(head + 9, NULL, 10);
	length = strcasestr(head, "\r\ncontent-length: ");
	if (length != NULL) {
		n = strtoul(length + 18, NULL, 10);
		PV_ASSERT(n < cap);
		len = take_bytes(fd, body, n);
	} else if (strcasestr(head, "\r\ntransfer-encoding: chunked") != NULL) {
		for (;;) {
			wire_until(fd, line, sizeof line, "\r\n");
			n = strtoul(line, NULL, 16);
			PV_ASSERT(len + n < cap);
			len += take_bytes(fd, body + len, n);
			wire_until(fd, line, sizeof line, "\r\n");
			if (n == 0)
				break;
		}
	}
	body[len] = '\0';
	if (ret_len != NULL)
		*ret_len = len;
	return status;
}

bool
wire_at_end(int fd)
{
	return take(fd) < 0;
}

int
wire_ask(int fd, const char *request, char *body, size_t cap)
{
	wire_sends(fd, request);
	return wire_answer(fd, body, cap, NULL);
}

void
wire_wait_for(atomic_int *what, int value)
{
	int64_t until = pv_mono() + 120 * PV_SEC;

	while (atomic_load(what) != value) {
		PV_ASSERT(pv_mono() < until);
		sched_yield();
	}
}
