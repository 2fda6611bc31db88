#include "cmd/lines.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#define PIECE ((size_t)64 << 10)
#define LONGEST ((size_t)64 << 20)

void
lines_init(lines *l)
{
	*l = (lines){.name = ""};
	pv_buf_init(&l->buf, NULL);
}

void
lines_done(lines *l)
{
	pv_buf_done(&l->buf);
}

static int
read_file(pv_ctx *cx, void *from, char *out, size_t cap, size_t *ret)
{
	FILE *f = from;

	*ret = fread(out, 1, cap, f);
	return ferror(f) ? pv_fail(cx, PV_EUNAVAILABLE, "cannot read: %s", strerror(errno)) : 0;
}

int
lines_of_file(pv_ctx *cx, lines *l, const char *path, FILE **ret)
{
	FILE *f = pv_streq(path, "-") ? stdin : fopen(path, "re");

	lines_init(l);
	if (f == NULL)
		return pv_fail(cx, errno == ENOENT ? PV_ENOTFOUND : PV_EUNAVAILABLE, "cannot read %s: %s",
			       path, strerror(errno));
	l->read = read_file;
	l->from = *ret = f;
	l->name = path;
	return 0;
}

/* One more piece behind what is there. */
static int
more(pv_ctx *cx, lines *l)
{
	char piece[PIECE];
	size_t n;
	int r = l->read(cx, l->from, piece, sizeof piece, &n);

	if (r < 0)
		return *l->name == '\0' ? r : pv_wrap(cx, r, "%s", l->name);
	memmove(l->buf.s, l->buf.s + l->at, l->buf.len - l->at);
	l->buf.len -= l->at;
	l->at = 0;
	if (l->buf.len + n > LONGEST)
		return pv_fail(cx, PV_ETOOLARGE, "%s: a line is longer than %zu MB", l->name, LONGEST >> 20);
	pv_buf_add(&l->buf, piece, n);
	l->ended = n == 0;
	return 0;
}

int
lines_next(pv_ctx *cx, void *arg, pv_str *ret)
{
	lines *l = arg;
	size_t seen = 0; /* of the line, without an end */

	for (;;) {
		const char *from = l->buf.s + l->at, *end = NULL;
		size_t left = l->buf.len - l->at;
		int r;

		if (left > seen)
			end = memchr(from + seen, '\n', left - seen);
		if (end != NULL || (l->ended && left > 0)) {
			*ret = (pv_str){from, end != NULL ? (size_t)(end - from) : left};
			l->at += ret->len + (end != NULL ? 1 : 0);
			return 1;
		}
		if (l->ended)
			return 0;
		seen = left;
		r = more(cx, l);
		if (r < 0)
			return r;
	}
}
