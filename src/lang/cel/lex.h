/* lex: text -> tokens; private to lang/cel.  Pure; tokens point into the text. */
#pragma once
#include "lang/cel/ast.h"

/* In the order of the grammar's vocabulary, in which sets of them are shown. */
enum token_kind {
	K_END,
	K_EQ,
	K_NE,
	K_IN,
	K_LT,
	K_LE,
	K_GE,
	K_GT,
	K_AND,
	K_OR,
	K_LBRACKET,
	K_RBRACKET,
	K_LBRACE,
	K_RBRACE,
	K_LPAREN,
	K_RPAREN,
	K_DOT,
	K_COMMA,
	K_MINUS,
	K_NOT,
	K_QUESTION,
	K_COLON,
	K_PLUS,
	K_STAR,
	K_SLASH,
	K_PERCENT,
	K_TRUE,
	K_FALSE,
	K_NULL,
	K_DOUBLE,
	K_INT,
	K_UINT,
	K_STRING,
	K_BYTES,
	K_IDENT,
	K_QUOTED, /* `a.b` */
	K_BAD,
};

typedef struct token {
	enum token_kind kind;
	uint32_t pos, end; /* bytes: its first, and behind it */
	pv_str text;
	val value; /* literals; an error: there is no such number or text */
} token;

/* The next token from *pos on; a K_BAD's text is what could not be read.  A literal's value is
 * made in is->arena. */
token cel_lex(issues *is, uint32_t *pos);
extern const char *const cel_token_names[K_BAD]; /* as sets of them are shown */
bool cel_reserved(pv_str name);
