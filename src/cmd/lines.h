/* lines: of what is read piece by piece.  Private to cmd. */
#pragma once
#include <stdio.h>

#include "base/buf.h"
#include "base/ctx.h"

typedef struct lines {
	/* At most cap bytes; *ret 0 at the end. */
	int (*read)(pv_ctx *cx, void *from, char *out, size_t cap, size_t *ret);
	void *from;
	const char *name; /* of a file, for errors */
	pv_buf buf;
	size_t at; /* what is not told yet begins here */
	bool ended;
} lines;

void lines_init(lines *l); /* read and from are the caller's to fill */
void lines_done(lines *l);
/* Of a file, "-" being standard input; lines_done() leaves it open. */
PV_MUST_USE int lines_of_file(pv_ctx *cx, lines *l, const char *path, FILE **ret);
/* 1 and *ret, without its end, valid until the next call; 0 at the end; or -PV_E*. */
PV_MUST_USE int lines_next(pv_ctx *cx, void *lines, pv_str *ret);
