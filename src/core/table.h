/* table: reading an embedded table: rows of a text, cells between tabs.
 * What is read lives in the arena that it was opened with.  Any thread. */
#pragma once
#include "base/ctx.h"
#include "lang/value/value.h"

#define ROW_CELLS 8

typedef struct pv_table_row {
	const char *cell[ROW_CELLS]; /* "" when absent */
	int line;
} pv_table_row;

/* A copy of an embedded text, cut in place. */
typedef struct pv_table_text {
	const char *path;
	char *next, *end;
	int line;
} pv_table_text;
PV_MUST_USE int pv_table_text_open(pv_ctx *cx, pv_arena *arena, const char *path, pv_table_text *ret);
bool pv_table_text_row(pv_table_text *text, pv_table_row *ret); /* skips comments */

/* "a,b" -> NULL-terminated; "-" -> NULL. */
const char *const *pv_table_list(pv_arena *arena, const char *text);
/* "a b" -> ["a", "b"]; a "-" stands for "". */
pv_val pv_table_words(pv_arena *arena, const char *text);
