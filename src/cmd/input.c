/* Read as a whole: what it is is known at its end. */
#include "cmd/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

#define LIMIT ((size_t)1 << 30)
#define FILE_LIMIT ((size_t)64 << 20)

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

int
input_load_file(pv_ctx *cx, const char *file, pv_str *ret, const char **ret_name)
{
	bool standard = pv_streq(file, "-");
	*ret_name = standard ? "standard input" : file;
	return standard ? input_load(cx, ret) : pv_file_load(cx, file, FILE_LIMIT, ret);
}

bool
input_is_json(pv_str text)
{
	pv_str rest = pv_str_trim(text);
	if (!rest.len || rest.s[0] != '{')
		return false;
	rest = pv_str_trim((pv_str){rest.s + 1, rest.len - 1});
	return rest.len && (rest.s[0] == '"' || rest.s[0] == '}');
}
