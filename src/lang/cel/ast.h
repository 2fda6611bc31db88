/* ast: expressions as they are parsed, checked and evaluated; private to lang/cel.
 * Built in the program's arena, changed by the checker, then immutable. */
#pragma once
#include "lang/cel/func.h"

enum node_kind {
	N_LITERAL,
	N_IDENT, /* name; flag ROOTED */
	N_LOCAL, /* slot */
	N_VAR,   /* slot: index of the variable */
	N_SELECT,
	N_HAS,
	N_OPT_SELECT,
	N_CALL, /* flag MEMBER: args[0] is the receiver */
	N_INDEX,
	N_OPT_INDEX,
	N_LIST,
	N_MAP,
	N_STRUCT,
	N_COND,
	N_AND,
	N_OR,
	N_FOLD,
};
enum node_flag { F_ROOTED = 1, F_MEMBER = 2, F_TRUSTED = 4 };
enum fold {
	FOLD_ALL,
	FOLD_EXISTS,
	FOLD_ONE,
	FOLD_MAP, /* args: range, body[, filter] */
	FOLD_FILTER,
	FOLD_TO_LIST, /* transformList: args as FOLD_MAP */
	FOLD_TO_MAP,
	FOLD_TO_ENTRY,
	FOLD_BIND, /* args: value, body */
	FOLD_OPT_MAP,
	FOLD_OPT_FLAT,
};

typedef struct type type;
typedef struct node node;
struct node {
	uint8_t kind, flags, fold;
	bool *optional;    /* list and map: which elements are [?x]; NULL: none */
	uint32_t pos;      /* byte in the text */
	uint32_t from, to; /* bytes of the whole expression in it; of a part that a macro made, none */
	uint32_t n;
	uint32_t slot;
	union {
		struct {
			pv_str name, plain; /* plain: the field's own name, unescaped */
		};
		struct {
			pv_str var, var2; /* of a fold; var2.s NULL: one variable */
		};
	};
	const cel_fn *fn;
	node **args;
	val value;
	const type *type; /* of the check: gone when the compilation is over */
};

struct pv_cel {
	pv_str text;
	const node *root;
	const pv_cel_shapes *shapes;
	const type *type;
	const void *node; /* shape of the result */
	uint32_t slots;   /* deepest nesting of comprehensions */
	uint64_t estimate;
	uint64_t *used; /* a bit for each variable */
	const pv_cel_var *vars;
	size_t n_vars;
	bool kubernetes; /* values are written as its servers do */
};

/* All that is wrong with a text. */
typedef struct issues {
	pv_ctx *cx;
	pv_arena *arena;
	pv_str text;
	bool kubernetes; /* nothing that a server of Kubernetes has not */
	bool binds;      /* cel.bind is a macro */
	pv_vec list;     /* of those that are kept, in the order in which they were found */
	size_t n;
} issues;
void issues_init(issues *is, pv_ctx *cx, pv_arena *arena);
const char *issues_text(issues *is); /* by their place */
void issue(issues *is, uint32_t pos, const char *fmt, ...) PV_PRINTF(3, 4);

node *cel_parse(issues *is, pv_str text); /* NULL: issues were found */
node *cel_node(pv_arena *arena, enum node_kind kind, uint32_t pos, size_t n);
/* "a.b.c" of an identifier and plain selections; false: it is something else. */
bool cel_path(pv_arena *arena, const node *n, pv_str *ret);

/* macros.c: the macro that a call is, or NULL if it is none; issues may be added. */
node *cel_macro(issues *is, node *call);

void cel_check(issues *is, const pv_cel_env *env, node *root, pv_cel *program);
/* A run in which nothing has been spent. */
run cel_run_of(pv_ctx *cx, const pv_cel *program, const pv_cel_run *with);
val cel_run_node(run *r, const node *n);
/* The error of a node that wants another type. */
val cel_run_misfit(run *r, const node *n, const char *wanted, const val *found);
val cel_run_fold(run *r, const node *n);   /* fold.c */
val cel_run_struct(run *r, const node *n); /* structs.c */
/* The element i of a literal, or nothing (false) if it is an empty optional; an error is an element. */
bool cel_run_element(run *r, const node *n, size_t i, val *ret);
uint64_t cel_estimate(const pv_cel *program, pv_arena *scratch);
