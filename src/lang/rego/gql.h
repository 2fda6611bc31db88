/* rego/gql: GraphQL documents (spec October 2021) -> values with the member names of
 * gqlparser's Go structs, which is what Rego's graphql.* functions show.  What is
 * empty is left out.
 * Private to this folder. */
#pragma once
#include "lang/rego/builtin.h"

#define GQL_DEPTH 200

/* clang-format off */
enum gql_tok {
	GQL_EOF, GQL_BANG, GQL_DOLLAR, GQL_AMP, GQL_LPAREN, GQL_RPAREN, GQL_SPREAD, GQL_COLON, GQL_EQUALS,
	GQL_AT, GQL_LBRACK, GQL_RBRACK, GQL_LBRACE, GQL_RBRACE, GQL_PIPE, GQL_NAME, GQL_INT, GQL_FLOAT,
	GQL_STRING, GQL_BLOCK, GQL_BAD,
};
/* clang-format on */

typedef struct gql {
	rg_vm *vm;
	pv_arena *arena;
	const char *s, *end, *p, *line; /* text, its end, where it goes on, start of the line */
	int row;
	enum gql_tok tok;
	pv_str text; /* of the token; strings without quotes, escapes undone */
	int at_row, at_col;
	int depth;
	bool places;       /* nodes say where they stand: "Position", row and column */
	const char *error; /* the first; everything stops then */
} gql;

void gql_init(gql *g, rg_vm *vm, pv_str text);
void gql_next(gql *g);
bool gql_is(const gql *g, const char *name); /* the name */
bool gql_accept(gql *g, enum gql_tok tok);
pv_val gql_name(gql *g); /* consumes a name */
void gql_expect(gql *g, enum gql_tok tok);
void gql_keyword(gql *g, const char *word);
void gql_unexpected(gql *g);
void gql_fail(gql *g, const char *fmt, ...) PV_PRINTF(2, 3);
bool gql_some(gql *g); /* false and an error if the list that was opened ends at once */
bool gql_enter(gql *g);
void gql_leave(gql *g);

void gql_put_list(pv_objb *o, const char *key, pv_listb *list); /* unless it is empty */
void gql_arguments(gql *g, pv_objb *o, bool constant);
void gql_directives(gql *g, pv_objb *o, bool constant);
pv_val gql_value(gql *g, bool constant);
pv_val gql_type(gql *g);

void gql_place(const gql *g, pv_objb *o); /* that of the token, if places are wanted */

pv_val gql_query(gql *g);  /* a whole document of operations and fragments */
pv_val gql_schema(gql *g); /* a whole document of definitions */
