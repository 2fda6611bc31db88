/* words: what documents say of types beyond what servers act on: words for people (words.tsv: ours), and published
 * enums, defaults and unions (openapi.tsv).  Read when a document is made, into its turn's arena; one thread. */
#pragma once
#include "base/ctx.h"
#include "lang/value/value.h"

typedef struct pv_words pv_words;

/* custom: for a document of custom kinds, whose options belong to fewer groups. */
PV_MUST_USE int pv_words_open(pv_ctx *cx, bool custom, pv_words **ret);
/* field: NULL of the type ("core.v1.Pod") itself.  NULL: nothing is said. */
const char *pv_words_about(const pv_words *words, const char *type, const char *field);
/* What is published there is put.  items: of what the field holds, a list's items or a map's values. */
void pv_words_put(const pv_words *words, const char *type, const char *field, bool items, pv_objb *b);
