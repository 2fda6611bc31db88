/* rego/ast: what the parser makes and the compiler reads.  Everything lives in
 * the arena of the policy (or query) that is being compiled; nothing is freed
 * alone.  Operators are calls by OPA's names for them (eq, assign, plus, ...).
 * Private to this folder. */
#pragma once
#include "base/vec.h"
#include "lang/rego/rego.h"

#define RG_TEXT_MAX (64 << 20)     /* bytes of one module */
#define RG_TREES ((size_t)1 << 30) /* bytes of the trees of all modules: a byte of text takes up to 90 */
#define RG_DEPTH 500               /* nesting of terms and bodies in source text; names in a path */
#define RG_HEIGHT 1000 /* terms and statements in each other: a + b + c is two high, and nests nowhere */
#define RG_AGAIN \
	(1 << 20) /* bytes that may be read again in another way, beside the length of the text: all stays */
#define RG_VARS 10000 /* in one body, with the compiler's own: order.c weighs all against all */

typedef struct rg_errors rg_errors; /* errors.h */

typedef struct rg_loc {
	int row, col;      /* 1-based; col counts bytes */
	uint32_t off, end; /* bytes in the text: [off, end) */
} rg_loc;

enum rg_term_kind {
	RG_CONST,     /* val: null, bool, number, string */
	RG_VAR,       /* name */
	RG_REF,       /* args: head, then path elements */
	RG_CALL,      /* args: operator (var or ref), then operands */
	RG_ARRAY,     /* args: elements */
	RG_SET,       /* args: elements */
	RG_OBJECT,    /* args: key, value, key, value ... */
	RG_ARRAYCOMP, /* args: head; body */
	RG_SETCOMP,   /* args: head; body */
	RG_OBJCOMP,   /* args: key, value; body */
	RG_TEMPLATE,  /* args: constant strings and RG_SETCOMP for {expr} */
};

typedef struct rg_term rg_term;
typedef struct rg_expr rg_expr;
typedef struct rg_body rg_body;

struct rg_body {
	rg_expr **exprs;
	uint32_t n;
	uint16_t height; /* of its highest statement, as read */
};

struct rg_term {
	uint8_t kind;
	bool generated : 1; /* made by the parser (wildcards, implied true) */
	bool dotted : 1;    /* a path element written .name */
	uint16_t height;    /* as read: 1 above what is in it, at most RG_HEIGHT */
	uint32_t n;         /* args */
	rg_loc loc;
	pv_val val;
	const char *name; /* NUL-terminated */
	rg_term **args;
	rg_body *body; /* of comprehensions; else NULL */
};

typedef struct rg_with {
	rg_term *target, *value;
	rg_loc loc;
} rg_with;

typedef struct rg_side { /* what `and` or `or` joins */
	rg_body body;
	bool braced; /* { ... }: names in it are its own */
	rg_loc loc;
} rg_side;

enum rg_expr_kind { RG_E_TERM, RG_E_SOME, RG_E_EVERY, RG_E_BODY, RG_E_OR, RG_E_AND };
struct rg_expr {
	uint8_t kind;
	bool negated;
	bool closed; /* negation closes over its operands (future.keywords.not) */
	bool braced; /* RG_E_BODY: not { ... }, and not `not ( ... )` */
	uint16_t height;
	rg_loc loc;
	rg_term *term;  /* RG_E_TERM; RG_E_SOME "some x in xs": the membership call */
	rg_term **vars; /* RG_E_SOME without `in`: declared; RG_E_EVERY: key (or NULL), value */
	uint32_t nvars;
	rg_term *domain; /* RG_E_EVERY */
	rg_body body;    /* RG_E_EVERY, RG_E_BODY (not { ... }) */
	rg_side *sides;  /* RG_E_OR, RG_E_AND: two; else NULL */
	rg_with *with;
	uint32_t nwith;
};

enum rg_rule_kind { RG_COMPLETE, RG_MULTI };
typedef struct rg_rule rg_rule;
struct rg_rule {
	rg_loc loc;
	bool is_default, is_func, implied_value, has_body;
	uint8_t kind;
	rg_term *ref;   /* head reference: RG_REF, or RG_VAR */
	rg_term **args; /* functions */
	uint32_t nargs;
	rg_term *key;   /* RG_MULTI: the element */
	rg_term *value; /* RG_COMPLETE */
	rg_body body;
	rg_rule *orelse; /* else chain */
	struct rg_module *module;
	struct rg_group *part; /* program.h: the rules whose names are the same up to the first variable */
	struct rg_note *notes; /* its annotations, as written; NULL: none */
};

typedef struct rg_note {    /* an annotation */
	const pv_val *says; /* {scope, title, ...} */
	const char *scope;  /* rule, document; package, subpackages */
	rg_loc loc;
	struct rg_note *next; /* of the same rule */
} rg_note;

typedef struct rg_import {
	rg_loc loc;
	rg_term *path;
	const char *alias;
	bool used;      /* noted while compiling */
	bool is_switch; /* rego.v1, future.keywords: changes the syntax, names nothing */
	bool renamed;   /* `as` */
} rg_import;

typedef struct rg_module {
	const char *name; /* file */
	pv_str text;
	bool v1;           /* v1 rules of syntax apply */
	uint32_t keywords; /* RG_KW_* in force */
	rg_loc loc;
	rg_term *package; /* RG_REF: data, then strings */
	pv_vec imports;   /* rg_import */
	pv_vec rules;     /* rg_rule * */
	pv_vec notes;     /* rg_note: the annotations of the package */
} rg_module;

enum {
	RG_KW_IN = 1,
	RG_KW_EVERY = 2,
	RG_KW_CONTAINS = 4,
	RG_KW_IF = 8,
	RG_KW_NOT = 16,
	RG_KW_AND = 32,
	RG_KW_OR = 64
};
#define RG_KW_V1 (RG_KW_IN | RG_KW_EVERY | RG_KW_CONTAINS | RG_KW_IF)

/* Parses a module's text; the error is in cx (rego_parse_error). */
PV_MUST_USE int rg_parse_module(pv_ctx *cx, pv_arena *arena, const pv_rego_module *src, bool v0,
				rg_module **ret);
/* Into the places of comments, in order (rg_loc), and the errors; NULL: there are some. */
rg_module *rg_parse_module_in(rg_errors *errors, pv_arena *arena, const pv_rego_module *src, bool v0,
			      pv_vec *comments);
const char *rg_infix(const char *name); /* "plus" -> "+"; NULL: no operator */
/* Parses a query; keywords: those of v1 unless v0. */
PV_MUST_USE int rg_parse_query(pv_ctx *cx, pv_arena *arena, pv_str text, bool v0, rg_body *ret);
/* A single ground term ("input_term", data for tests); the error is in cx. */
PV_MUST_USE int rg_parse_term(pv_ctx *cx, pv_arena *arena, pv_str text, rg_term **ret);
