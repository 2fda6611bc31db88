/* table: reading the embedded tables; private to core/kinds. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "core/kinds/kinds.h"

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

struct pv_kinds {
	pv_arena *arena;
	pv_map *types;     /* name -> pv_schema * (mutable while building) */
	pv_map *by_plural; /* group/plural -> pv_vec of pv_kind * */
	pv_vec kinds;      /* pv_kind * */
	pv_vec nodes;      /* pv_schema *: everything that can hold another node */
};

PV_MUST_USE int pv_kinds_facts(pv_ctx *cx, pv_kinds *kinds, const char *path); /* facts.c */
PV_MUST_USE int pv_kinds_rules(pv_ctx *cx, pv_kinds *kinds);                   /* rules.c */
PV_MUST_USE int pv_kinds_words(pv_ctx *cx, pv_kinds *kinds);                   /* words.c */
/* A `rule` row's word and arguments (syntax.c); false: there is no such word, or not with these. */
bool pv_syntax_row(const pv_table_row *row, pv_syntax *ret);
/* "a,b" -> NULL-terminated; "-" -> NULL. */
const char *const *pv_table_list(pv_arena *arena, const char *text);
