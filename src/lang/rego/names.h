/* rego/names: what names in a syntax tree stand for, for who works on trees and not on code (dependencies,
 * partial evaluation): locals, or references that begin with input or data.
 * One thread; private to this folder. */
#pragma once
#include "lang/rego/program.h"

typedef struct rg_names {
	const rg_program *program;
	const rg_module *module; /* NULL: of a query */
	pv_arena *arena;
	pv_map *declared; /* names that the rule or query declares: they are local whatever else they name */
} rg_names;

void rg_names_of_rule(rg_names *ret, const rg_program *p, pv_arena *arena, const rg_rule *rule);
void rg_names_of_query(rg_names *ret, const rg_program *p, pv_arena *arena, const rg_body *body);
/* A variable or a reference as one from input or data; NULL: its head is local, or no name at all. */
rg_term *rg_names_absolute(const rg_names *n, const rg_term *t);
/* The operator of a call: a function's document, or NULL and the name of what must be a builtin. */
const rg_group *rg_names_function(const rg_names *n, const rg_term *op, const char **ret_builtin);

/* How far into the tree of rules a reference leads: by *ret_used of its elements, at most to a rule. */
const rg_node *rg_names_node(const rg_program *p, const rg_term *ref, uint32_t *ret_used);

/* Every absolute reference and function below, in order. */
typedef struct rg_seen {
	void (*ref)(void *arg, const rg_term *absolute);
	void (*function)(void *arg, const rg_group *g); /* not builtins */
	void (*builtin)(void *arg, const char *name);
	void *arg;
} rg_seen;
void rg_names_term(const rg_names *n, const rg_term *t, const rg_seen *seen);
void rg_names_expr(const rg_names *n, const rg_expr *e, const rg_seen *seen);
void rg_names_body(const rg_names *n, const rg_body *b, const rg_seen *seen);
void rg_names_rule(const rg_program *p, pv_arena *arena, const rg_rule *rule, const rg_seen *seen);
