/* parse: what the parser sees and how it goes on behind an error, in the words and the way of
 * cel-go's (ANTLR 4: one token is left out or taken as given, else all up to what may follow);
 * private to lang/cel.  One thread, one text. */
#pragma once
#include "lang/cel/lex.h"

typedef uint64_t kinds; /* a set of enum token_kind */

#define K(kind) (UINT64_C(1) << (kind))
#define K_MEMBERS \
	(K(K_LBRACKET) | K(K_LBRACE) | K(K_LPAREN) | K(K_DOT) | K(K_TRUE) | K(K_FALSE) | K(K_NULL) | \
	 K(K_DOUBLE) | K(K_INT) | K(K_UINT) | K(K_STRING) | K(K_BYTES) | K(K_IDENT))
#define K_STARTS (K_MEMBERS | K(K_MINUS) | K(K_NOT)) /* of an expression */
#define K_NAMES (K(K_IDENT) | K(K_QUOTED))
#define K_ENTRIES (K_NAMES | K(K_QUESTION)) /* of a structure */

typedef struct parser {
	issues *is;
	token t, ahead;
	uint32_t next, end; /* bytes: behind the one ahead, behind the last one that was taken */
	unsigned depth, attempts;
	kinds after, follow; /* what stands behind this expression; behind it and all around it */
	bool recovering;     /* nothing fitted since the last error: the next one is not told */
	bool failed, stopped;
} parser;

void parser_init(parser *p, issues *is);
bool parser_sees(const parser *p, kinds among);
void parser_step(parser *p); /* takes the token, which fits */
bool parser_take(parser *p, enum token_kind kind);

/* `selects`: a selection may follow what ends here. */
/* Leaves out a token that does not fit if the one behind it does; false: neither, which is told, and all is
 * left out up to what may follow. */
bool parser_sync(parser *p, kinds among, bool selects);
/* Takes the token; or goes on as if it had stood there, if one of `behind` comes; false: as above. */
bool parser_need(parser *p, enum token_kind kind, kinds behind, bool selects);
kinds parser_behind(const parser *p); /* what may stand behind a bracket that ends a primary expression */
/* What does not fit is not left out. */
void parser_refuse(parser *p, kinds among);
/* What comes behind the token does not fit. */
void parser_refuse_next(parser *p);
void parser_stop(parser *p, const char *why, int limit); /* for good */
