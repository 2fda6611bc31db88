/* parser: what parse.c (control structures) and pipe.c (pipelines) share.
 * Private to this folder. */
#pragma once
#include "base/vec.h"
#include "lang/gotmpl/impl.h"
#include "lang/gotmpl/lex.h"

#define PARSER_DEPTH 500 /* of parentheses, and of control structures */

typedef struct parser {
	pv_arena *arena;
	const pv_tmpl *set;
	lexer lex;
	token tokens[3]; /* look-ahead */
	int peeked;
	pv_str file, text;
	pv_str *vars; /* names in scope; those of this template start at `base` */
	size_t nvars, cvars, base;
	int ranges, depth, parens;
	uint32_t action_line; /* where the action began, for errors; 0: in none */
	pv_vec *trees;
	pv_vec stack; /* of node *: children that have no parent yet */
	const char *error;
} parser;

node *parser_node(parser *p, enum node_type type, uint32_t pos);
/* These return NULL: `return parser_fail(p, ..)`.  The first error stays. */
void *parser_fail(parser *p, const char *fmt, ...) PV_PRINTF(2, 3);
void *parser_unexpected(parser *p, token t, const char *context);
token parser_next(parser *p);
token parser_peek(parser *p);
token parser_word(parser *p);      /* the next that is no space */
token parser_peek_word(parser *p); /* spaces before it are gone */
pv_str parser_declare(parser *p, pv_str name);
/* The stack's nodes from `mark` on become the node's children. */
node *parser_adopt(parser *p, node *n, size_t mark);
/* Up to the token `end`; NULL after an error. */
node *parse_pipe(parser *p, const char *context, enum token_type end);
