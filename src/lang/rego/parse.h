/* rego/parse: the parser's own state, shared by its files only. */
#pragma once
#include "lang/rego/ast.h"
#include "lang/rego/errors.h"
#include "lang/rego/lex.h"

#define RG_ROOM 8 /* operands, path elements: more than most have */

typedef struct rg_parser {
	pv_ctx *cx;
	pv_arena *arena;
	rg_lex lex;
	const char *file;
	rg_errors *errors; /* where the one goes that ends it */
	rg_errors *names,
		*later;       /* those of rules that can be read all the same: told if all can, names first */
	bool by_words, by_v1; /* v0: who brought the keywords of v1 */
	bool v1;              /* v1 syntax: `if` and `contains` required */
	uint32_t keywords;    /* RG_KW_* in force */
	int depth;            /* nesting now */
	int wildcards;        /* made so far */
	int64_t again;        /* left: bytes that may be read once more, in another way */
	int trying;           /* >0: errors are dropped, the caller tries something else */
	bool failed;          /* an error was found; all functions return NULL or false */
	uint32_t last_end;    /* where the token before the current one ended */
	int last_row;
} rg_parser;

/* comments: gets their places (rg_loc), in order; or NULL. */
void rg_parser_init(rg_parser *p, rg_errors *errors, pv_arena *arena, const char *file, pv_str text,
		    pv_vec *comments);
void rg_advance(rg_parser *p);
/* Reports at the current token: "unexpected X token: expected ...".  Returns NULL. */
void *rg_unexpected(rg_parser *p, const char *fmt, ...) PV_PRINTF(2, 3);
void *rg_unexpected_here(rg_parser *p); /* and nothing else would do, either */
void *rg_syntax(rg_parser *p, const rg_loc *loc, const char *fmt, ...) PV_PRINTF(3, 4);
bool rg_expect(rg_parser *p, enum rg_tok tok, const char *what); /* consumes it */
/* The keyword, and not a name that is followed by a dot (refs may hold keywords). */
bool rg_at_word(const rg_parser *p, enum rg_word word);
bool rg_accept_word(rg_parser *p, enum rg_word word);
bool rg_is_keyword(const rg_parser *p); /* is the current identifier reserved? */
/* Back to where it was saved, to read that in another way; false and an error if too much was read again. */
bool rg_go_back(rg_parser *p, const rg_parser *saved);
bool rg_enter(rg_parser *p); /* false and an error past RG_DEPTH */
void rg_leave(rg_parser *p);

rg_term *rg_term_new(rg_parser *p, int kind, const rg_loc *loc);
rg_term *rg_term_args(rg_parser *p, rg_term *t, const pv_vec *args); /* vec of rg_term * */
/* Says how high it is, which all its parts say; NULL or false and an error: too high to be walked. */
rg_term *rg_term_grown(rg_parser *p, rg_term *t);
bool rg_expr_grow(rg_parser *p, rg_expr *e);
rg_term *rg_term_string(rg_parser *p, const rg_loc *loc, const char *s, size_t len);
rg_term *rg_term_call(rg_parser *p, const char *op, rg_term *a, rg_term *b, rg_term *c);
rg_term *rg_term_wildcard(rg_parser *p, const rg_loc *loc);
rg_term *rg_term_bool(rg_parser *p, const rg_loc *loc, bool b);

rg_term *rg_parse_primary(rg_parser *p);               /* with .name, [x] and (args) behind it */
rg_term *rg_parse_infix(rg_parser *p, bool key_value); /* key_value: "k, v in xs" allowed */
rg_term *rg_parse_relation(rg_parser *p);              /* infix without `in` */
/* Elements up to `end` (consumed); a trailing comma is allowed. */
bool rg_parse_list(rg_parser *p, enum rg_tok end, pv_vec *args);
rg_term *rg_parse_path(rg_parser *p, rg_term *head, bool calls); /* refs behind a head */
rg_term *rg_parse_template(rg_parser *p);

bool rg_parse_rule(rg_parser *p, rg_module *m);
rg_term *rg_as_ref(rg_parser *p, rg_term *t); /* a name as a reference */
rg_expr *rg_parse_expr(rg_parser *p);
bool rg_parse_term_expr(rg_parser *p, rg_expr *e);               /* a term, or two with := or = between */
rg_expr *rg_parse_logical(rg_parser *p);                         /* statements that `and` and `or` join */
bool rg_parse_body(rg_parser *p, enum rg_tok end, rg_body *ret); /* up to `end`, not consumed */
bool rg_parse_braced(rg_parser *p, rg_body *ret);                /* { ... } */
