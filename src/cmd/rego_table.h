/* rego_table: tables as opa prints them, with lines around.  Private to cmd. */
#pragma once
#include "base/buf.h"
#include "base/vec.h"

typedef struct rego_column {
	const char *name;
	const char *const *cells; /* one a row; NULL: empty */
} rego_column;

void rego_table_put(pv_buf *b, pv_arena *arena, const rego_column *columns, size_t n, size_t rows);
/* Two columns without a head; texts may have lines. */
void rego_table_put_pairs(pv_buf *b, pv_arena *arena, const char *const *names, const char *const *texts,
			  size_t n);
/* The same to stdout; cells: all of one column, then all of the next. */
void rego_table_print(pv_ctx *cx, const char *const *names, size_t n, const char **cells, size_t rows);
