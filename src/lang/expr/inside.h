/* expr: expressions as they are read.  Private. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "base/vec.h"
#include "lang/expr/expr.h"

enum ex_op {
	X_VALUE,
	X_NAME,    /* of the environment, or of `let` */
	X_ENV,     /* $env: [name] */
	X_MEMBER,  /* a.b: kids[0]; name */
	X_INDEX,   /* a[b] */
	X_SLICE,   /* a[b:c]: kids[1], kids[2] may be NULL */
	X_CHAIN,   /* where a?.b in it gives up */
	X_CALL,    /* kids[0] is what is called */
	X_BUILTIN, /* fn */
	X_POINTER, /* # #index #acc, by name */
	X_LIST,
	X_MAP, /* keys and values in turn */
	X_NOT,
	X_MINUS,
	X_PLUS,
	X_AND,
	X_OR,
	X_BINARY, /* two */
	X_COALESCE,
	X_CHOICE, /* a ? b : c */
	X_LET,    /* name = kids[0]; kids[1] */
	X_CLOSURE,
};

enum ex_two {
	TWO_EQ,
	TWO_NE,
	TWO_LT,
	TWO_GT,
	TWO_LE,
	TWO_GE,
	TWO_ADD,
	TWO_SUB,
	TWO_MUL,
	TWO_DIV,
	TWO_MOD,
	TWO_POW,
	TWO_RANGE,
	TWO_IN,
	TWO_MATCHES,
	TWO_CONTAINS,
	TWO_STARTS,
	TWO_ENDS,
};

struct pv_ex {
	uint8_t op;
	uint8_t two;   /* X_BINARY */
	bool optional; /* X_MEMBER, X_INDEX: ?. */
	uint32_t line, column;
	pv_str name;
	pv_tv value;
	const pv_ex **kids;
	size_t n;
	const struct ex_builtin *fn;
};

/* ---- tokens ---- */

enum ex_token { T_END, T_NUMBER, T_TEXT, T_WORD, T_SIGN };
typedef struct ex_lex {
	pv_ctx *cx;
	pv_arena *arena;
	pv_str text;
	size_t at;     /* next byte */
	size_t placed; /* where line and column are of */
	enum ex_token type;
	pv_str token;          /* as it stands */
	pv_tv value;           /* of T_NUMBER and T_TEXT */
	uint32_t line, column; /* of the token */
	bool dotted;           /* behind a dot words are names, whatever they say */
} ex_lex;
PV_MUST_USE int ex_next(ex_lex *l);
int ex_fail(const ex_lex *l, const char *fmt, ...) PV_PRINTF(2, 3);

/* ---- reading ---- */

typedef struct ex_parser {
	ex_lex l;
	int depth;
	int closures; /* we are in so many: # means an item */
} ex_parser;
bool ex_is(const ex_parser *p, const char *sign);
bool ex_is_operator(const ex_parser *p);
PV_MUST_USE int ex_step(ex_parser *p);
PV_MUST_USE int ex_expect(ex_parser *p, const char *sign);
int ex_unexpected(ex_parser *p, const char *expected);
pv_ex *ex_node(ex_parser *p, enum ex_op op, size_t room);
void ex_set_kids(ex_parser *p, pv_ex *e, const pv_vec *kids);
PV_MUST_USE int ex_expression(ex_parser *p, int least, const pv_ex **ret);
PV_MUST_USE int ex_primary(ex_parser *p, const pv_ex **ret);
PV_MUST_USE int ex_postfix(ex_parser *p, const pv_ex *of,
			   const pv_ex **ret); /* members and calls behind it */
/* The arguments of a function whose name was read; first: what a pipe gives, or NULL. */
PV_MUST_USE int ex_builtin_call(ex_parser *p, pv_ex *e, const struct ex_builtin *fn, const pv_ex *first,
				const pv_ex **ret);

/* ---- evaluating ---- */

typedef struct ex_scope {
	const struct ex_scope *up;
	pv_str name; /* of let; empty: a closure's */
	pv_tv value; /* of let; # */
	pv_tv acc;
	int64_t index;
} ex_scope;

typedef struct ex_state {
	pv_trun *r;
	pv_ctx *cx;
	const pv_ex_run *how;
	pv_tv env;
	const ex_scope *scope;
	bool gave_up; /* an a?.b in the chain that is evaluated met nil */
	unsigned depth;
} ex_state;

PV_MUST_USE int ex_eval(ex_state *s, const pv_ex *e, pv_tv *ret);
int ex_error(ex_state *s, const pv_ex *at, const char *fmt, ...) PV_PRINTF(3, 4);
/* The error of a function, with its place. */
int ex_error_of(ex_state *s, const pv_ex *at, int code);
PV_MUST_USE int ex_binary(ex_state *s, const pv_ex *e, const pv_tv *a, const pv_tv *b, pv_tv *ret);
PV_MUST_USE int ex_equal(ex_state *s, const pv_tv *a, const pv_tv *b, bool *ret);
/* -1, 0, 1 of numbers, texts, times and durations; false: they do not compare. */
bool ex_compare(const pv_tv *a, const pv_tv *b, int *ret);
PV_MUST_USE int ex_fetch(ex_state *s, const pv_ex *at, const pv_tv *from, const pv_tv *key, pv_tv *ret);
static inline bool
ex_is_nil(const pv_tv *v)
{
	return v->kind == PV_T_INVALID || v->kind == PV_T_NIL;
}
bool ex_number(const pv_tv *v, double *ret);

/* ---- built-in functions ---- */

typedef struct ex_call {
	ex_state *s;
	const pv_ex *e; /* X_BUILTIN: kids may be closures */
	pv_tv args[4];  /* values of those that are none */
	size_t n;
} ex_call;
typedef struct ex_builtin {
	const char *name;
	uint8_t least, most;
	uint8_t closure; /* 1 + which argument may be a condition of each item; 0: none */
	int (*fn)(ex_call *c, pv_tv *ret);
	uint8_t which; /* of several that fn is */
} ex_builtin;
extern const ex_builtin ex_list_builtins[], ex_part_builtins[],
	ex_text_builtins[]; /* by name, each ended by a NULL one */
const ex_builtin *ex_builtin_find(pv_str name);
/* The closure that is the argument, asked of an item. */
PV_MUST_USE int ex_ask(ex_call *c, size_t argument, const pv_tv *item, size_t index, pv_tv *ret);
int ex_wrong(ex_call *c, size_t argument, const char *expected);
/* What functions of lists share: items in the arena of the run. */
static inline pv_arena *
ex_arena(const ex_call *c)
{
	return pv_trun_arena(c->s->r);
}
static inline pv_tv *
ex_room(const ex_call *c, size_t n)
{
	return pv_new_array(ex_arena(c), pv_tv, n + 1);
}
static inline pv_tv
ex_list_of(const ex_call *c, const pv_tv *items, size_t n)
{
	return pv_tv_list(ex_arena(c), items, n, PV_TY_PLAIN);
}
/* The argument, if it is a list, whose items are paid for. */
PV_MUST_USE int ex_list_at(ex_call *c, size_t argument, const pv_tlist **ret);
