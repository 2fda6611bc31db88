/* Any bytes of a client's are messages, each within the limit, or the end. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/websocket.h"

#define LIMIT 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t early = size ? data[0] % size : 0;
	const char *bytes = (const char *)data;
	int fd[2], r, messages = 0;
	pv_str message;
	pv_ws *ws;

	if (size > 4096 || socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0)
		return 0;
	PV_ASSERT(send(fd[1], bytes + early, size - early, 0) == (ssize_t)(size - early));
	shutdown(fd[1], SHUT_WR);
	ws = pv_ws_new(fd[0], (pv_str){bytes, early}, LIMIT);
	while ((r = pv_ws_next(ws, &message)) > 0) {
		PV_ASSERT(message.len <= LIMIT && ++messages <= 4096);
	}
	PV_ASSERT(r == -1); /* nothing comes behind the end */
	pv_ws_close(ws, PV_WS_NORMAL, "");
	pv_ws_free(ws);
	close(fd[0]);
	close(fd[1]);
	return 0;
}
