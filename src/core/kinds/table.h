/* table: kinds while the embedded tables are read; private to core/kinds. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "core/kinds/kinds.h"
#include "core/table.h"

struct pv_kinds {
	pv_arena *arena;
	pv_map *types;     /* name -> pv_schema * (mutable while building) */
	pv_map *by_plural; /* group/plural -> pv_vec of pv_kind * */
	pv_vec kinds;      /* pv_kind * */
	pv_vec nodes;      /* pv_schema *: everything that can hold another node */
};

PV_MUST_USE int pv_kinds_facts(pv_ctx *cx, pv_kinds *kinds, const char *path); /* facts.c */
PV_MUST_USE int pv_kinds_rules(pv_ctx *cx, pv_kinds *kinds);                   /* rules.c */
/* A `rule` row's word and arguments (syntax.c); false: there is no such word, or not with these. */
bool pv_syntax_row(const pv_table_row *row, pv_syntax *ret);
