/* gql_check: a GraphQL schema by its names, and queries held against it, as gqlparser
 * holds them (spec October 2021, sections 3 and 5).  Texts of faults are gqlparser's.
 * Everything lives in the arena of the evaluation.
 * Private to this folder. */
#pragma once
#include "base/map.h"
#include "lang/rego/gql.h"

typedef struct gql_def { /* a definition with its extensions */
	const char *kind, *name;
	pv_vec parts; /* const pv_val * */
} gql_def;

typedef struct gql_defs {
	pv_arena *arena;
	pv_map *types;                               /* gql_def by name, the built-in ones too */
	pv_map *directives;                          /* const pv_val *: definitions by name */
	const char *query, *mutation, *subscription; /* names of the root types, or NULL */
	const char *fault;                           /* the first */
	bool lenient;                                /* v0: nobody looked at a schema's own directives */
} gql_defs;

/* ret->fault is NULL if the definitions fit together, else says what does not. */
void gql_defs_load(rg_vm *vm, const pv_val *schema, gql_defs *ret);
const gql_def *gql_def_named(const gql_defs *s, const char *name); /* NULL: none */
bool gql_is_input(const gql_def *t);
bool gql_is_composite(const gql_def *t);
/* The member of that name in a list ("Fields", "EnumValues") of the definition; NULL: none. */
const pv_val *gql_def_member(const gql_def *t, const char *list, const char *name);
bool gql_def_lists(const gql_def *t, const char *list, const char *name); /* of plain names */
const char *gql_inner(const pv_val *type);                                /* [T!]! -> T */
const char *gql_type_text(pv_arena *arena, const pv_val *type);

/* ---- one walk through a query ---- */
typedef struct gql_walk {
	rg_vm *vm;
	pv_arena *arena;
	const gql_defs *s;
	pv_map *fragments;       /* const pv_val * by name */
	const pv_val *operation; /* NULL: a fragment on its own */
	const char *where;       /* of the operation, for messages */
	pv_map *used;            /* names of the operation's variables that are used */
	pv_map *seen;            /* fragments that this walk went into */
	int depth;
	uint64_t left; /* nodes that may still be looked at */
	const char *fault;
} gql_walk;

/* Notes the first fault, with the place of the node. */
void gql_fault(gql_walk *w, const pv_val *node, const char *fmt, ...) PV_PRINTF(3, 4);
bool gql_spend(gql_walk *w); /* false: there is a fault, or too much to look at */
/* gql_values.c: arguments and values against what is declared. */
void gql_check_arguments(gql_walk *w, const pv_val *node, const pv_val *declared, const char *of);
void gql_check_value(gql_walk *w, const pv_val *type, const pv_val *value, bool has_default);
void gql_check_directives(gql_walk *w, const pv_val *node, const char *location);
const pv_val *gql_variable(const gql_walk *w, const char *name); /* its definition, or NULL */
/* gql_merge.c: fields of one name in one selection set must be one field. */
void gql_check_merge(gql_walk *w, const gql_def *parent, const pv_val *set);

/* NULL if the query is as the schema says, else what is not, and where. */
const char *gql_query_fault(rg_vm *vm, const gql_defs *s, const pv_val *query);
