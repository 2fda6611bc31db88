/* type: static types; private to lang/cel.  Immutable but for inference variables,
 * which one check binds.  In the program's arena. */
#pragma once
#include "lang/cel/ast.h"

enum type_kind {
	T_DYN,
	T_ERROR, /* of what is wrong already: fits everything, says nothing */
	T_NULL,
	T_BOOL,
	T_INT,
	T_UINT,
	T_DOUBLE,
	T_STRING,
	T_BYTES,
	T_DURATION,
	T_TIMESTAMP,
	T_LIST,
	T_MAP,
	T_OBJECT, /* node: a shape with declared fields */
	T_OPAQUE, /* name, args: optional_type(int), net.IP */
	T_STRUCT, /* name: Object.spec, JSONPatch */
	T_TYPE,
	T_VAR,
};
#define TYPE_BIT(kind) (1u << (kind)) /* in a set of kinds */

struct type {
	uint8_t kind, n;
	const char *name;
	const type *args[3];
	const void *node;  /* shape that it came from: limits for costs */
	const type *bound; /* variable */
	const type *next;  /* variable: of the same check */
};

extern const type type_dyn, type_error, type_bool, type_null;

const type *type_simple(enum type_kind kind);
const type *type_new(pv_arena *arena, enum type_kind kind, const char *name, const type *a, const type *b);
type *type_var(pv_arena *arena);
const type *type_of_shape(pv_arena *arena, const pv_cel_shapes *shapes,
			  const void *node); /* NULL: it has none */
bool type_is_made(pv_str name);              /* by a constructor of env->mutation */
const type *type_made(pv_arena *arena, pv_str name);
const type *type_parse(pv_arena *arena, const char *text); /* "map(string, int)"; NULL: unknown */
/* One type of a signature; a and b: what its parameters stand for. */
const type *type_of_sig(pv_arena *arena, const char **sig, type *const vars[2]);

const type *type_resolved(const type *t); /* behind bound variables, outermost only */
const type *type_final(pv_arena *arena, const type *t, unsigned depth); /* free variables are dyn */
/* Into another arena, shapes forgotten. */
const type *type_copy(pv_arena *arena, const type *t, unsigned depth);
/* May a value of `from` stand where `to` is wanted?  Binds variables; each binding
 * is pushed to trail. */
bool type_assign(pv_vec *trail, const type *to, const type *from, unsigned depth);
void type_undo(pv_vec *trail, size_t to);
bool type_same(const type *a, const type *b);
/* Of two that fit each other: does a hold all that b holds? */
bool type_is_general(const type *a, const type *b, unsigned depth);
bool type_is_dyn(const type *t);
bool type_is_optional(const type *t);
void type_write(pv_buf *b, const type *t);
void type_show(pv_buf *b, const type *t); /* as errors have it: timestamp, duration */
/* The value that a type's name stands for ("int"), or NULL. */
const type *type_named(pv_str name);
