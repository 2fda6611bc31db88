/* rego/partial: partial evaluation: a query's solutions as far as they can be known, with what depends on
 * unknown documents left over as expressions.
 *
 * Goals are solved one after another, with backtracking; variables of rules get names of their own, so terms
 * need no frame.  What is known is evaluated by the machine (vm), so it gives what evaluation gives.  A
 * document whose rules read what is unknown is solved in the place of the reference to it.
 * One thread; private to this folder. */
#pragma once
#include "lang/rego/compile.h"
#include "lang/rego/names.h"

#define PE_STEPS 1000000
#define PE_VISITS 20000000 /* of terms: what each step looks at may be twice what the one before did */
#define PE_DEPTH 3000      /* goals on the way to a solution */
#define PE_SOLUTIONS 100000
#define PE_MEMORY ((size_t)1 << 30) /* unless the caller says less */

typedef struct pe_slot { /* a variable */
	rg_term *value;  /* NULL: not bound */
	bool left;       /* bound by what is left over: its value is known only later */
	bool named;      /* of the query, by its author */
} pe_slot;

typedef struct pe_frame { /* a query or a rule's body that is being solved */
	rg_names names;
	pv_map *vars;           /* name -> rg_term *: the variable's own name */
	struct pe_frame *outer; /* of a body within: whose the names are that it does not declare */
	bool query;
} pe_frame;

enum pe_kind {
	PE_EXPR,  /* a statement of a frame */
	PE_UNIFY, /* a = b */
	PE_REF,   /* b = the absolute reference a */
	PE_GET,   /* b = a (a reference whose head is no document) */
	PE_CALL,  /* b = a (a call); b NULL: it holds */
	PE_TRUE,  /* a holds */
	PE_EVERY, /* the statement's body holds for every member of a */
};
typedef struct pe_goal {
	enum pe_kind kind;
	pe_frame *frame;
	const rg_expr *expr;
	rg_term *a, *b;
	const rg_group *function; /* of PE_CALL; NULL: a builtin's */
	const struct pe_goal *next;
} pe_goal;

typedef struct pe_left { /* what is left over on the way to a solution */
	rg_expr *expr;
	rg_term *asked; /* in its place: a reference, told only if nothing else asks whether it has a value */
} pe_left;
typedef struct pe_found { /* a solution */
	rg_body body;
	rg_term *head; /* of a rule that is kept: its keys and its value, as a list */
} pe_found;

typedef struct pe_state {
	pv_ctx *cx;
	pv_rego *rego;
	pv_rego_eval eval;
	pv_vec unknowns; /* rg_term *: input, data.a.b */
	bool volatiles;  /* builtins that may give another value each time are evaluated */
	pv_map *slots;   /* by the variable's name */
	pv_vec trail;    /* pe_slot *: bound since, or left */
	pv_vec saved;    /* pe_left */
	pv_vec *found;   /* pe_found */
	rg_term *head;   /* NULL: no rule's */
	unsigned fresh, depth, stalled, inside; /* inside: of how many `not` */
	uint64_t steps, visits;                 /* visits: of terms */
	bool spent;                             /* over the limit of memory or time */
	uint8_t *depends;                       /* of groups, by id: 0 not known, 1 no, 2 yes, 3 asked */
	uint8_t *keeps;                         /* of groups, by id: in `kept` */
	pv_vec kept;                            /* rg_module *: what goes with the queries */
	pv_vec apart;                           /* rg_term *: rules at or below are not solved in place */
	bool shallow;                           /* nor is any other */
} pe_state;

/* 0, or -PV_E*.  Solutions go to pe->found. */
int pe_run(pe_state *pe, const pe_goal *goals);
/* Solutions of goals of their own (pe_found), with the head's terms if there is one. */
int pe_inside(pe_state *pe, const pe_goal *goals, rg_term *head, pv_vec *ret);
int pe_unsupported(pe_state *pe, const char *fmt, ...) PV_PRINTF(2, 3);
int pe_check(pe_state *pe); /* -PV_ETOOLARGE: it may not go on */

/* ---- partial_term.c ---- */
/* Counts a term that is looked at: terms share parts, so what they come to can be more than was ever made.
 * True: over a limit, the walk ends as it may, and pe_check() tells. */
bool pe_visit(pe_state *pe);
bool pe_holds(pe_state *pe, rg_term *t,
	      const rg_term *var); /* is the variable in it; bound ones looked through */
rg_term *pe_term(pe_state *pe, uint8_t kind, uint32_t n);
rg_term *pe_fresh(pe_state *pe);
pe_slot *pe_slot_of(pe_state *pe, const rg_term *t);            /* NULL: it is no variable of ours */
rg_term *pe_deref(pe_state *pe, rg_term *t);                    /* a variable's value, as far as it has one */
bool pe_same(pe_state *pe, const rg_term *a, const rg_term *b); /* the same, as far as a goes; plugged */
#define PE_OPEN 1u                                              /* holds a variable that is not bound */
#define PE_LEFT 2u                                              /* holds what is unknown */
unsigned pe_status(pe_state *pe, rg_term *t);
rg_term *pe_value(pe_state *pe, const pv_val *v);             /* a value as a term */
bool pe_constant(pe_state *pe, rg_term *t, pv_val *ret);      /* and back, if it is known */
rg_term *pe_var(pe_state *pe, pe_frame *f, const rg_term *t); /* a local of the frame */
rg_term *pe_var_find(const pe_frame *f, const char *name);    /* NULL: none of that name yet */
/* A term of the frame as one without: nested calls and references become goals before it. */
rg_term *pe_flatten(pe_state *pe, pe_frame *f, const rg_term *t, pv_vec *before);
const pe_goal *pe_push(pe_state *pe, pe_goal g, const pe_goal *next);
const pe_goal *pe_push_all(pe_state *pe, const pv_vec *before, const pe_goal *next);
pe_frame *pe_frame_new(pe_state *pe, const rg_rule *rule, const rg_body *query);

/* ---- partial_words.c ---- */
/* A term of the frame in its own words, closures and all: for the machine, or to be left over. */
rg_term *pe_subst(pe_state *pe, pe_frame *f, const rg_term *t);
rg_expr *pe_subst_expr(pe_state *pe, pe_frame *f, const rg_expr *e);
/* The frame of a body within: names that it declares are its own, the others are shared. */
pe_frame *pe_scope(pe_state *pe, pe_frame *f, const rg_body *b);
rg_term *pe_plug(pe_state *pe, rg_term *t); /* with the values of all variables in it */
rg_expr *pe_plug_expr(pe_state *pe, const rg_expr *e);

/* ---- partial_known.c ---- */
bool pe_is_unknown(pe_state *pe, const rg_term *absolute); /* it, or what is in it */
bool pe_group_depends(pe_state *pe, const rg_group *g);
bool pe_node_depends(pe_state *pe, const rg_node *node);
bool pe_expr_depends(pe_state *pe, pe_frame *f, const rg_expr *e);
bool pe_term_depends(pe_state *pe, pe_frame *f, const rg_term *t);
bool pe_is_volatile(const char *builtin);
/* Solves a statement by the machine; each solution goes on with next.  1: not yet, a variable is missing. */
int pe_machine(pe_state *pe, rg_expr *e, const pe_goal *next);

/* ---- partial_rule.c ---- */
int pe_rules(pe_state *pe, const rg_group *g, const rg_term *ref, uint32_t used, rg_term *out,
	     const pe_goal *next);
int pe_function(pe_state *pe, const rg_group *g, const rg_term *call, rg_term *out, const pe_goal *next);
int pe_every(pe_state *pe, const pe_goal *g);
const pe_goal *pe_push_body(pe_state *pe, pe_frame *f, const rg_body *b, const pe_goal *next);
/* out = t, of the frame */
const pe_goal *pe_push_value(pe_state *pe, pe_frame *f, const rg_term *t, rg_term *out, const pe_goal *next);

/* ---- partial_keep.c ---- */
int pe_keep(pe_state *pe, const rg_group *g, rg_term **ret); /* where it is then */
bool pe_apart(pe_state *pe, const rg_node *node);            /* is it never to be solved in place? */

/* ---- partial_not.c ---- */
int pe_not(pe_state *pe, const pe_goal *g);

/* ---- partial_leave.c: what is left over; then it goes on ---- */
int pe_save(pe_state *pe, rg_expr *e, const pe_goal *next);
int pe_save_call(pe_state *pe, rg_term *op, rg_term *const *args, uint32_t n, rg_term *out,
		 const pe_goal *next);
int pe_save_builtin(pe_state *pe, const char *op, rg_term *const *args, uint32_t n, rg_term *out,
		    const pe_goal *next);
int pe_leave_ref(pe_state *pe, rg_term *ref, rg_term *out, const pe_goal *next);
int pe_leave(pe_state *pe, const pe_goal *g);            /* the statement, in its own words */
void pe_left_over(pe_state *pe, pv_vec *ret);            /* rg_expr *: all that is, but for what is asked */
void pe_left_asked(pe_state *pe, pv_vec *all);           /* the latter, as far as it is not read there */
rg_term *pe_node_ref(pe_state *pe, const rg_node *node); /* data.a.b */
rg_expr *pe_expr(pe_state *pe, rg_term *t);
rg_term *pe_eq(pe_state *pe, rg_term *a, rg_term *b); /* a = b */

/* ---- partial.c ---- */
void pe_undo(pe_state *pe, size_t trail,
	     size_t saved); /* back to where the trail and what is left over were */
