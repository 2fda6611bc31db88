/* rego/compile: between syntax tree and bytecode.  A body becomes goals: small
 * steps over patterns, with every nested call, reference and comprehension a goal
 * of its own.  lower.c makes them, order.c puts them into an order in which every
 * variable is bound before it is used, gen.c writes the code.
 * Private to this folder. */
#pragma once
#include "lang/rego/errors.h"
#include "lang/rego/program.h"

enum rg_pat_kind { PAT_CONST, PAT_VAR, PAT_ARRAY, PAT_OBJECT, PAT_SET };
typedef struct rg_pat {
	uint8_t kind;
	uint32_t n;   /* args */
	int32_t slot; /* PAT_VAR */
	union {
		pv_val val;           /* PAT_CONST */
		struct rg_pat **args; /* objects: key, value, ... */
	};
} rg_pat;

typedef uint64_t *rg_bits; /* a set of slots */

enum rg_goal_kind {
	GOAL_UNIFY, /* a = b */
	GOAL_REF,   /* out = base[path...] */
	GOAL_CALL,  /* out = f(path...) */
	GOAL_TRUE,  /* a is not false */
	GOAL_NOT,   /* body has no solution */
	GOAL_EVERY, /* for each key, val of a: body has a solution */
	GOAL_COMPR, /* out = collection of a (or a: b) for each solution of body */
	GOAL_WITH,  /* body under replaced documents */
	GOAL_FAIL,
};
enum rg_base {
	BASE_PAT,
	BASE_INPUT,
	BASE_DATA,  /* base documents only: no rule lies on the way */
	BASE_NODE,  /* rules and base documents */
	BASE_GROUP, /* a rule's document */
};

typedef struct rg_goal rg_goal;
typedef struct rg_goals {
	pv_vec list; /* rg_goal * */
} rg_goals;

struct rg_goal {
	uint8_t kind, base, compr; /* compr: enum pv_type */
	bool closed, unchecked;   /* NOT: unbound variables inside are its own; of `and` and `or`: no types */
	bool compares, statement; /* UNIFY: ==, which binds nothing; CALL: nobody takes its value */
	uint16_t step;
	const rg_loc *loc;
	rg_pat *a, *b, *out;
	rg_pat **path;
	uint32_t npath;
	rg_node *node;
	rg_group *group;
	const rg_builtin *builtin;
	rg_goals body;
	rg_mock *mocks;
	rg_pat **values;
	uint32_t nmocks;
	rg_bits vars;  /* used here */
	rg_bits inner; /* used within closures */
};

typedef struct rg_var {
	const char *name; /* NULL: made by the compiler */
	bool wildcard, declared, used, assigned, argument;
	const rg_loc *loc;
} rg_var;

typedef struct rg_binding {
	const char *name;
	int32_t slot;
	uint32_t level; /* body in which it was declared */
} rg_binding;

/* One clause (rule body, else branch, query) being compiled. */
typedef struct rg_unit {
	rg_program *program;
	pv_arena *arena;
	pv_arena *scratch; /* what only ordering or coding wants: until the next body */
	rg_errors *errors;
	const rg_module *module; /* NULL: query */
	const pv_vec *imports;   /* rg_import: the module's, or those of a query; may be NULL */
	rg_node *package;        /* names resolve here first */
	rg_group *group;         /* NULL: query */
	pv_vec *deps;            /* rg_dep: what is read is noted here */
	const rg_rule *rule;
	pv_vec vars;    /* rg_var by slot */
	bool full;      /* there are RG_VARS: an error, and no code */
	pv_vec scope;   /* rg_binding, innermost last */
	pv_vec seen;    /* rg_binding: undeclared names used, per body level */
	uint32_t level; /* of the body being lowered */
	int depth;
	rg_goals *out; /* where goals go now */
	pv_vec steps;  /* const rg_expr * */
	uint16_t step;
	uint32_t words;      /* length of bit sets */
	rg_pat **capture;    /* query: where the value of the statement goes, or NULL */
	bool lenient;        /* query: the value may be false */
	bool offline;        /* no builtin that opens network connections is called here */
	const pv_val *chain; /* rego.metadata.chain(), once it was called */
} rg_unit;

void rg_unit_init(rg_unit *u, rg_program *p, pv_arena *arena, rg_errors *e, const rg_module *m, rg_group *g,
		  const rg_rule *rule);
void rg_unit_error(rg_unit *u, const rg_loc *loc, const char *code, const char *fmt, ...) PV_PRINTF(4, 5);

/* lower.c */
/* The last one again where there are RG_VARS. */
int32_t rg_var_new(rg_unit *u, const char *name, const rg_loc *loc);
int32_t rg_var_declare(rg_unit *u, const char *name, const rg_loc *loc); /* shadows */
int32_t rg_var_find(rg_unit *u, const char *name);                       /* declared in scope; -1 */
int32_t rg_var_use(rg_unit *u, const rg_term *t);                        /* declared, or the clause's own */
void rg_lower_body(rg_unit *u, const rg_body *body, rg_goals *out, bool new_scope);
rg_pat *rg_lower_term(rg_unit *u, const rg_term *t); /* goals for its parts go to u->out */
void rg_lower_unify(rg_unit *u, const rg_loc *loc, rg_pat *a, rg_pat *b);
rg_goal *rg_goal_new(rg_unit *u, int kind, const rg_loc *loc);
rg_pat *rg_pat_var(rg_unit *u, int32_t slot);
rg_pat *rg_pat_temp(rg_unit *u);
rg_pat *rg_pat_const(rg_unit *u, pv_val v);
void rg_scope_enter(rg_unit *u);
void rg_scope_leave(rg_unit *u);
/* lower_ref.c */
rg_pat *rg_lower_ref(rg_unit *u, const rg_term *t, rg_pat *out); /* out NULL: a new one */
rg_pat *rg_lower_call(rg_unit *u, const rg_term *t, rg_pat *out, bool as_expr);
void rg_check_network(rg_unit *u, const rg_loc *loc, const rg_builtin *b); /* NULL: it is none */
rg_pat *rg_lower_comprehension(rg_unit *u, const rg_term *t);
bool rg_resolves(rg_unit *u, const char *name); /* a rule, import, input or data */
/* What a reference names, if it is a function: its group or builtin. */
bool rg_resolve_function(rg_unit *u, const rg_term *t, rg_group **ret_group, const rg_builtin **ret_builtin);
void rg_note_dependency(rg_unit *u, rg_node *node, rg_term *const *rest, uint32_t n);
const rg_term *rg_resolve_ref(rg_unit *u, const rg_term *t); /* imports and rule names made absolute */
/* lower_meta.c */
const char *rg_dotted_name(pv_arena *arena, const rg_term *ref); /* "a.b" */
rg_pat *rg_lower_metadata(rg_unit *u, const char *name);         /* NULL: no such function */
/* lower_expr.c */
void rg_lower_expr(rg_unit *u, const rg_expr *e);
rg_pat *rg_lower_arg(rg_unit *u, const rg_term *t);
/* lower_logical.c */
void rg_lower_logical(rg_unit *u, const rg_expr *e); /* and, or */

/* typing.c */
void rg_type_program(rg_program *p); /* all groups, in the order of p->order: types, and their errors */
void rg_type_body(rg_unit *u, pv_str text, const rg_goals *goals); /* of a query */

/* order.c */
rg_bits rg_bits_new(rg_unit *u);
void rg_analyse(rg_unit *u, rg_goals *goals); /* fills vars and inner */
/* Orders in place; false if stuck (errors are reported if `report`). */
bool rg_order(rg_unit *u, rg_goals *goals, rg_bits bound, bool report);
bool rg_pat_ground(const rg_pat *p, rg_bits bound);
bool rg_pat_matchable(const rg_pat *p, rg_bits bound); /* against a value: sets and keys must be known */
void rg_pat_bind(const rg_pat *p, rg_bits bound);

/* gen.c */
typedef struct rg_head { /* what to do with a solution */
	uint8_t kind;    /* OP_RETURN, OP_RETSET, OP_RETPATH, OP_SOLUTION */
	bool into_set;   /* RETPATH */
	bool final;      /* RETURN: no other solution can differ */
	rg_pat **pats;
	uint32_t n;     /* RETURN, RETSET: one; RETPATH: path, then value */
	uint32_t nargs; /* registers 0.. hold arguments */
} rg_head;
rg_code rg_code_of(const rg_unit *u); /* what code says of its source: none yet */
void rg_generate(rg_unit *u, const rg_goals *goals, const rg_head *head, rg_code *ret);

/* write.c */
void rg_write_reached(rg_program *p, const pv_vec *deps); /* the code of all that they lead to */
/* index.c */
void rg_find_guards(rg_unit *u, const rg_goals *goals, rg_clause *c);
void rg_index_clauses(pv_arena *arena, rg_group *g);
/* The comprehension as an index, where the variables of `bound` are known: *ret_keys are those
 * that it answers for.  NULL if it must be evaluated each time. */
rg_index *rg_index_comprehension(rg_unit *u, const rg_goal *g, rg_bits bound, rg_pat ***ret_keys);

/* tree.c: a query's tree, compiled and run at once. */
int rg_run_body(pv_ctx *cx, pv_rego *rego, const rg_body *body, const pv_rego_eval *eval,
		pv_rego_result *ret);
void rg_tree_build(rg_program *p, rg_errors *e);
void rg_tree_check(rg_program *p, rg_errors *e); /* recursion; after rg_compile_group */
rg_node *rg_tree_package(rg_program *p, const rg_module *m);
void rg_conflicts_check(const rg_program *p, rg_errors *e);     /* conflicts.c */
void rg_metadata_check_once(const rg_program *p, rg_errors *e); /* metadata_check.c */

/* clause.c */
void rg_compile_group(rg_program *p, rg_errors *e, rg_group *g);
typedef struct rg_query_code {
	rg_code code;
	const char **names;
	uint32_t n;          /* of the bindings: first operands of OP_SOLUTION */
	uint32_t nexprs;     /* values of statements: the operands behind them */
	const rg_loc **locs; /* of the statements */
} rg_query_code;
/* within: whose package and imports its names may mean; NULL: nobody's. */
PV_MUST_USE int rg_compile_query(pv_ctx *cx, rg_program *p, pv_arena *arena, const rg_body *body, pv_str text,
				 const rg_module *within, rg_query_code *ret);
