/* json: RFC 8259 text <-> values.  Pure; depth, size and node limits up front;
 * errors carry line and column.  Duplicate keys are reported, not hidden. */
#pragma once
#include "base/buf.h"
#include "lang/value/value.h"

#define PV_JSON_DEPTH 1000
#define PV_JSON_REPEATED 100 /* repeated keys that are reported at most */

typedef struct pv_json_opts {
	const char *file;   /* for errors, or NULL */
	const char *start;  /* where lines are counted from, if not where the text begins: a stream's */
	size_t depth;       /* 0 = PV_JSON_DEPTH */
	pv_vec *duplicates; /* const char * paths of repeated keys; NULL: last one wins silently */
} pv_json_opts;

/* One document; trailing space allowed, anything else is an error.
 * -PV_EBADREQUEST with line and column.  *ret lives in cx->arena. */
PV_MUST_USE int pv_json_parse(pv_ctx *cx, pv_str text, const pv_json_opts *opts, const pv_val **ret);
/* The next document of a stream; *text advances; *ret NULL at the end. */
PV_MUST_USE int pv_json_next(pv_ctx *cx, pv_str *text, const pv_json_opts *opts, const pv_val **ret);

void pv_json_write(pv_buf *b, const pv_val *v);                    /* compact, author's order */
void pv_json_write_pretty(pv_buf *b, const pv_val *v, int indent); /* no final newline */
void pv_json_write_sorted(pv_buf *b, const pv_val *v);             /* compact, keys sorted: canonical */
void pv_json_write_sorted_pretty(pv_buf *b, const pv_val *v, int indent); /* no final newline */
char *pv_json_text(pv_arena *arena, const pv_val *v);                     /* compact */
