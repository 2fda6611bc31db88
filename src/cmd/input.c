/* Read as a whole: what it is is known at its end. */
#include "cmd/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#define LIMIT ((size_t)1 << 30)

int
input_load(pv_ctx *cx, pv_str *ret)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (;;) {
		char *to = pv_buf_grow(&b, 65536);
		ssize_t n = read(STDIN_FILENO, to, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pv_fail(cx, PV_EINTERNAL, "standard input cannot be read: %s",
				       strerror(errno));
		if (n == 0)
			break;
		b.len += (size_t)n;
		if (b.len > LIMIT)
			return pv_fail(cx, PV_ETOOLARGE, "standard input is larger than %zu bytes", LIMIT);
	}
	*ret = (pv_str){b.len ? b.s : "", b.len};
	return 0;
}
