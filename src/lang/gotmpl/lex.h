/* lex: a template's text cut into tokens, as Go's text/template/parse does it: trim
 * markers and comments end here.  Tokens are slices of the text.
 * Private to this folder. */
#pragma once
#include "base/str.h"

enum token_type {
	T_ERROR,
	T_BOOL,
	T_CHAR, /* a printable character that means nothing by itself */
	T_CHAR_CONST,
	T_COMPLEX,
	T_ASSIGN,
	T_DECLARE,
	T_EOF,
	T_FIELD,
	T_IDENT,
	T_LEFT,
	T_LEFT_PAREN,
	T_NUMBER,
	T_PIPE,
	T_RAW_STRING,
	T_RIGHT,
	T_RIGHT_PAREN,
	T_SPACE,
	T_STRING,
	T_TEXT,
	T_VARIABLE,
	T_KEYWORD, /* only to part those below from those above */
	T_BLOCK,
	T_BREAK,
	T_CONTINUE,
	T_DOT,
	T_DEFINE,
	T_ELSE,
	T_END,
	T_IF,
	T_NIL,
	T_RANGE,
	T_TEMPLATE,
	T_WITH,
};

typedef struct token {
	enum token_type type;
	uint32_t pos, line; /* bytes from the start; 1-based */
	pv_str val;         /* T_ERROR: what is wrong */
} token;

typedef struct lexer {
	pv_arena *arena; /* for texts of errors */
	pv_str input, left, right;
	size_t pos, start;
	uint32_t line, start_line;
	int parens;
	bool inside;
} lexer;

void lex_init(lexer *l, pv_arena *arena, pv_str input, pv_str left, pv_str right);
token lex_next(lexer *l);
bool lex_is_letter(uint32_t rune); /* letters, digits, '_' */
