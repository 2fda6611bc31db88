/* check: the state of one check; private to lang/cel. */
#pragma once
#include "lang/cel/lex.h"
#include "lang/cel/type.h"

typedef struct local { /* a comprehension's variable */
	pv_str name;
	const type *type;
	uint32_t slot;
} local;

typedef struct check {
	issues *is;
	pv_arena *arena; /* of the check: types live as long as the compilation */
	const pv_cel_env *env;
	pv_cel *program;
	pv_vec locals; /* of local, the innermost last */
	pv_vec trail;  /* of type *: bound variables */
	unsigned depth;
	bool mixed; /* inside format()'s arguments, lists may hold any types */
} check;

const type *check_node(check *c, node *n);
const type *check_call(check *c, node *n); /* call.c */
const type *check_fold(check *c, node *n);
/* A call of a function that the environment declares; NULL: it declares none of that name. */
const type *check_declared(check *c, const node *n);
const type *check_struct(check *c, node *n); /* structs.c */
/* The field of a value that a constructor made. */
const type *check_part(check *c, const node *n, const type *of);
/* t, or what is in it if the element i of a literal is [?x]. */
const type *check_element(check *c, const node *n, size_t i, const type *t);
void check_unknown(check *c, const node *n);            /* nobody declares its name: told */
const type *check_no_overload(check *c, const node *n); /* told, T_ERROR */
/* literals.c: patterns, durations and times that are written in the text must be some. */
void cel_check_literals(issues *is, const node *n);
/* Why the text of a literal is not what it is converted to, or NULL. */
const char *cel_misconverted(issues *is, const node *n);
void cel_check_format(issues *is, const node *call); /* formatcall.c */
const char *check_show(check *c, const type *t);
