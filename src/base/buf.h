/* buf: bytes that grow, in an arena or on the heap.
 * One thread at a time.  `s` is always NUL-terminated behind `len`. */
#pragma once
#include "base/base.h"

struct pv_buf {
	char *s;
	size_t len, cap;
	pv_arena *arena; /* NULL: heap, pv_buf_done() */
};

void pv_buf_init(pv_buf *b, pv_arena *arena);
void pv_buf_done(pv_buf *b);               /* frees heap bytes; fine on an arena's */
void pv_buf_clear(pv_buf *b);              /* len = 0, keeps the room */
char *pv_buf_grow(pv_buf *b, size_t more); /* room for `more`; address of the end */
void pv_buf_add(pv_buf *b, const void *bytes, size_t len);
void pv_buf_adds(pv_buf *b, const char *s);
void pv_buf_addc(pv_buf *b, char c);
void pv_buf_printf(pv_buf *b, const char *fmt, ...) PV_PRINTF(2, 3);
/* A JSON string with its quotes and escapes. */
void pv_buf_add_json(pv_buf *b, const char *s, size_t len);
void pv_buf_add_int(pv_buf *b, int64_t n);
