/* lex: text -> tokens; private to lang/cel.  Pure; tokens point into the text. */
#pragma once
#include "lang/cel/ast.h"

enum token_kind {
	K_END,
	K_IDENT,
	K_QUOTED, /* `a.b` */
	K_INT,
	K_UINT,
	K_DOUBLE,
	K_STRING,
	K_BYTES,
	K_WORD, /* true false null in */
	K_OP,
	K_BAD,
};

typedef struct token {
	enum token_kind kind;
	uint32_t pos;
	pv_str text;
	val value; /* literals */
} token;

/* The next token from *pos on.  A literal's value is made in is->arena. */
token cel_lex(issues *is, uint32_t *pos);
bool cel_reserved(pv_str name);
