/* widths: sprig's texts cut or wrapped to a width. */
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/impl.h"

static int
abbreviated(pv_trun *r, pv_str s, int64_t offset, int64_t width, pv_tv *ret)
{
	int64_t len = (int64_t)s.len;
	pv_buf b;
	pv_buf_init(&b, r->arena);
	*ret = pv_tv_str(s);
	if (len <= width || len == 0)
		return 0;
	if (offset > len)
		offset = len;
	if (len - offset < width - 3)
		offset = len - (width - 3);
	if (offset <= 4) {
		pv_buf_add(&b, s.s, (size_t)width - 3);
		pv_buf_adds(&b, "...");
		return tret_buf(r, &b, ret);
	}
	pv_buf_adds(&b, "...");
	if (offset + width - 3 < len && width >= 7) {
		pv_buf_add(&b, s.s + offset, (size_t)width - 6);
		pv_buf_adds(&b, "...");
	} else {
		pv_buf_add(&b, s.s + len - (width - 3), (size_t)width - 3);
	}
	return tret_buf(r, &b, ret);
}

TFN(fn_abbrev)
{
	*ret = args[1];
	return args[0].i < 4 ? 0 : abbreviated(r, targ(args, 1), 0, args[0].i, ret);
}

TFN(fn_abbrevboth)
{
	int64_t left = args[0].i, right = args[1].i;
	*ret = args[2];
	if (right < 4 || (left > 0 && right < 7))
		return 0;
	return abbreviated(r, targ(args, 2), left, right, ret);
}

static int
wrapped(pv_trun *r, pv_str s, int64_t width, pv_str line, bool long_words, pv_tv *ret)
{
	size_t at = 0, most = width < 1 ? 1 : (size_t)width;
	pv_buf b;
	pv_buf_init(&b, r->arena);
	if (line.len == 0)
		line = PV_STR("\n");
	while (s.len - at > most) {
		if (s.s[at] == ' ') {
			at++;
			continue;
		}
		size_t end = at + most, skip = 1;
		const char *space = memrchr(s.s + at, ' ', most + 1);
		if (space != NULL) {
			end = (size_t)(space - s.s);
		} else if (long_words) {
			skip = 0;
		} else {
			space = memchr(s.s + end, ' ', s.len - end);
			if (space == NULL)
				break;
			end = (size_t)(space - s.s);
		}
		if (pv_trun_spend(r, (end - at + line.len) / 16) < 0)
			return -PV_EINVALID;
		pv_buf_add(&b, s.s + at, end - at);
		pv_buf_add(&b, line.s, line.len);
		at = end + skip;
	}
	pv_buf_add(&b, s.s + at, s.len - at);
	return tret_buf(r, &b, ret);
}

TFN(fn_wrap)
{
	return wrapped(r, targ(args, 1), args[0].i, PV_STR("\n"), false, ret);
}

TFN(fn_wrap_with)
{
	return wrapped(r, targ(args, 2), args[0].i, targ(args, 1), true, ret);
}

/* clang-format off */
const pv_tfunc pv_tmpl_widths[] = {
	{"abbrev", "is", fn_abbrev}, {"abbrevboth", "iis", fn_abbrevboth}, {"wrap", "is", fn_wrap},
	{"wrapWith", "iss", fn_wrap_with}, {NULL, NULL, NULL},
};
/* clang-format on */
