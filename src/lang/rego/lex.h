/* rego/lex: source text -> tokens.  Pure; copying the struct saves a position.
 * Private to this folder. */
#pragma once
#include "base/base.h"
#include "lang/rego/ast.h"

/* clang-format off */
enum rg_tok {
	RG_T_EOF, RG_T_ERROR, RG_T_IDENT, RG_T_NUMBER, RG_T_STRING, RG_T_RAW, RG_T_TEMPLATE,
	RG_T_RAWTEMPLATE, RG_T_DOT, RG_T_COMMA, RG_T_COLON, RG_T_SEMI, RG_T_LBRACK, RG_T_RBRACK,
	RG_T_LBRACE, RG_T_RBRACE, RG_T_LPAREN, RG_T_RPAREN, RG_T_OR, RG_T_AND, RG_T_UNIFY,
	RG_T_ASSIGN, RG_T_EQ, RG_T_NE, RG_T_LT, RG_T_LE, RG_T_GT, RG_T_GE, RG_T_ADD, RG_T_SUB,
	RG_T_MUL, RG_T_DIV, RG_T_MOD,
};

/* Identifiers that may mean more than a name. */
enum rg_word {
	RG_WORD_NONE, RG_WORD_AND, RG_WORD_AS, RG_WORD_CONTAINS, RG_WORD_DEFAULT, RG_WORD_ELSE, RG_WORD_EVERY,
	RG_WORD_FALSE, RG_WORD_IF, RG_WORD_IMPORT, RG_WORD_IN, RG_WORD_NOT, RG_WORD_NULL, RG_WORD_OR,
	RG_WORD_PACKAGE, RG_WORD_SOME, RG_WORD_TRUE, RG_WORD_WITH,
};
/* clang-format on */

typedef struct rg_lex {
	const char *s;
	uint32_t len, pos;
	int row;
	uint32_t line; /* offset of the line's first byte */
	/* the current token */
	enum rg_tok tok;
	enum rg_word word; /* RG_T_IDENT: which it is */
	rg_loc loc;
	bool space;        /* space, newline or comment before it */
	int prev_row;      /* row on which the token before it ended */
	const char *error; /* RG_T_ERROR: what is wrong */
	pv_vec *comments;  /* rg_loc of each comment, or NULL */
} rg_lex;

void rg_lex_init(rg_lex *l, pv_str text);
void rg_lex_next(rg_lex *l);
bool rg_is_name(pv_str s); /* letters and digits, such as a word, too; a byte of 0 behind it */
enum rg_word rg_word_of(const char *s, size_t len);
const char *rg_tok_text(enum rg_tok tok); /* "}" or "ident" for messages */
/* The value of a string or raw string token (between from and to: without quotes).
 * NULL with *ret_error set if an escape is wrong. */
const char *rg_unquote(pv_arena *arena, const char *s, size_t len, bool raw, size_t *ret_len,
		       const char **ret_error);
