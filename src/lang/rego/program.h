/* rego/program: the compiled form of a policy: the tree of documents, its rule
 * groups, and the bytecode of each clause.  Immutable after compilation, but for
 * the bytecode: that of what a query reaches is written while the first such query
 * is compiled, under the program's lock, and stays. */
#pragma once
#include <pthread.h>

#include "base/vec.h"
#include "lang/rego/ast.h"
#include "lang/rego/registry.h"

typedef struct rg_node rg_node;
typedef struct rg_group rg_group;
typedef struct rg_clause rg_clause;
typedef struct rg_program rg_program;
typedef struct rg_index rg_index;
typedef struct rg_guard rg_guard;
typedef struct rg_row rg_row;

/* Registers hold `const pv_val *`.  An operand >= 0 is a register, < 0 the constant
 * ~operand.  "Fails" means: back to the latest choice. */
enum rg_op {
	OP_MOVE,               /* a = b */
	OP_GET,                /* a = b[c]; fails if undefined */
	OP_GETS,               /* a = b[constant string c] */
	OP_ITER,               /* a, c = value, key of each of b (registers, c -1: not wanted) */
	OP_EQ,                 /* fails unless b == c */
	OP_TRUE,               /* fails if b is false */
	OP_ISARRAY,            /* fails unless b is an array of c items */
	OP_ISCOLL,             /* fails unless b is an array, object or set */
	OP_ISOBJECT,           /* fails unless b is an object of c members */
	OP_ITEM,               /* a = b[c-th] */
	OP_CONTROL,            /* those above read b first */
	OP_INPUT = OP_CONTROL, /* a = input; fails if undefined */
	OP_DATA,               /* a = root of the base documents */
	OP_NODE,               /* a = cursor at node b: rules and base documents together */
	OP_VGET,               /* as GET and ITER, where b may be a cursor */
	OP_VITER,
	OP_FORCE,   /* a = b, a cursor made a whole document */
	OP_RULE,    /* a = the document of group d; fails if undefined */
	OP_RULEKEY, /* a = member c of that document */
	OP_RULEAT, /* a = what lies below it at the first b of the keys at c, of rules that can be at all of them */
	OP_CALL,    /* a = group d (operands at c) */
	OP_BUILTIN, /* a = builtin d (operands at c, b of them); fails if undefined */
	OP_ARRAY,   /* a = array of b operands at c */
	OP_SET,     /* a = set of b operands at c */
	OP_OBJECT,  /* a = object of b members, keys and values at c */
	OP_BARRIER, /* a = mark; when all that follows has failed: jump to d */
	OP_CUTFAIL, /* drops the choices since (and with) mark a, then fails */
	OP_FAIL,
	OP_BUILD,    /* a = empty collection (b: enum pv_type) */
	OP_ADD,      /* collection a += b */
	OP_PUT,      /* collection a[b] = c */
	OP_BUILT,    /* a = the finished collection b */
	OP_INDEXED,  /* a = what index b has for the operands at c, and on at d; nothing if it is not used */
	OP_WITH,     /* opens a scope: d-th with-frame of the code (values at c) */
	OP_UNWITH,   /* leaves it */
	OP_RETURN,   /* a solution of the clause: value b; c: no other can differ */
	OP_RETSET,   /* an element b of the group's set */
	OP_RETPATH,  /* a leaf of the group's object: b operands at c: path, then value */
	OP_SOLUTION, /* query: a row of bindings (operands at c, b of them) */
};

typedef struct rg_insn {
	uint8_t op;
	bool flag;     /* RETPATH: into a set; GET: a number may name a string key */
	uint16_t step; /* index of the source expression, for traces and errors */
	int32_t a, b, c, d;
} rg_insn;

enum rg_target { RG_W_INPUT, RG_W_DATA, RG_W_BUILTIN, RG_W_GROUP };
typedef struct rg_mock { /* one `with` of a frame */
	uint8_t target;
	const pv_val *path;
	uint32_t npath;            /* below input or data: keys */
	const rg_builtin *builtin; /* what is replaced */
	const rg_group *group;
	const rg_builtin *by_builtin; /* by what; else by the value operand */
	const rg_group *by_group;
} rg_mock;
typedef struct rg_frame {
	rg_mock *mocks;
	uint32_t n;
} rg_frame;

typedef struct rg_code {
	rg_insn *ins;
	uint32_t n;
	const pv_val *consts;
	const int32_t *operands;
	const rg_frame *frames;
	rg_index *const *indexes;
	const rg_expr *const *steps; /* source expressions by index */
	uint32_t nsteps;
	uint32_t nregs;
	const rg_loc *head; /* the rule, NULL: a query */
	const char *file;
	pv_str text; /* of the source, for traces */
} rg_code;

typedef struct rg_draft {     /* a body in goals: what the type checker walks, and code is written of */
	struct rg_unit *unit; /* NULL: none */
	const struct rg_goals *goals;
	const struct rg_head *head;
} rg_draft;

struct rg_clause {
	rg_code code;  /* until it is written: what it says of its source */
	rg_code keyed; /* the same with the (first) key known, in register 0; n 0: none */
	const rg_rule *rule;
	rg_clause *orelse;
	rg_guard *guards;
	uint32_t nguards;
	uint32_t at; /* place among the group's clauses */
	rg_draft draft, keyed_draft;
};

typedef struct rg_dep { /* data.a.b[x].c: the node of data.a.b and what lies behind it */
	rg_node *node;
	rg_term *const *rest;
	uint32_t n;
	const rg_rule *rule; /* whose; NULL: of a query */
} rg_dep;

enum rg_group_kind { RG_G_COMPLETE, RG_G_SET, RG_G_OBJECT, RG_G_FUNC };
struct rg_group {
	uint32_t id;
	uint8_t kind;
	bool open;               /* cycles.c, while it looks for them */
	bool inner;              /* rules of its parts read other parts of it */
	bool mixed, whole;       /* its rules make no one document; one of them has no variable in its name */
	uint32_t visited, cycle; /* one number for all that read each other */
	uint32_t arity;
	rg_node *node;
	rg_clause **clauses;
	uint32_t n;
	rg_clause *otherwise;          /* default rule, or NULL */
	pv_vec rules;                  /* const rg_rule *, until compiled */
	pv_vec deps;                   /* rg_dep: documents its bodies read, but for those of its parts */
	pv_vec parts;                  /* rg_group *: rules within its document, which are its own, too */
	rg_group *into;                /* whose part this is, NULL: a document of its own */
	const struct rg_type *type;    /* of its document or results; NULL: not checked */
	const struct rg_type **params; /* of its operands */
	bool same;                     /* every clause has one and the same constant value */
	bool keyed;                    /* members can be asked for one by one */
	const rg_guard *by;            /* index: whose place it looks at; NULL: none */
	rg_row *rows;                  /* the clauses that have it, by value */
	uint32_t nrows;
	rg_clause **unguarded; /* the others */
	uint32_t n_unguarded;
};

struct rg_node {
	pv_val key;
	rg_node *parent;
	rg_node **kids;
	uint32_t n, cap;
	rg_group *group;
	bool package; /* a package's own node */
	bool rules;   /* a rule lies here or below, within its package */
	bool reached; /* a query reads it: all clauses here and below have code */
	uint32_t depth;
};

typedef struct rg_input_use { /* input.NAME stands in a module */
	const struct rg_module *module;
	const char *name;
	int row;
} rg_input_use;

struct rg_program {
	pv_arena *arena;
	rg_node *root;               /* data */
	pv_vec groups;               /* rg_group * by id */
	pv_vec modules;              /* rg_module * */
	pv_vec inputs;               /* rg_input_use */
	pv_vec order;                /* rg_group *: each behind those that it reads */
	const struct rg_type *input; /* NULL: any */
	const pv_val *schemas;       /* as pv_rego_opts */
	const pv_val *builtins;      /* of the capabilities: [{name}...]; NULL: all */
	bool v0, strict, prints, alone, offline, untyped, tests, external; /* as pv_rego_opts */
	int max_errors;
	pv_arena *scratch; /* while it is compiled */
	pthread_mutex_t writing;
	int refs; /* atomic */
};

struct pv_rego {
	rg_program p;
};

const char *rg_node_name(pv_arena *arena, const rg_node *node);         /* "data.a.b" */
const char *rg_package_ref(pv_arena *arena, const rg_term *package);    /* data["a"]["b"] */
bool rg_rule_goes(const rg_rule *r, uint32_t depth, const pv_val *key); /* may that be its key there? */
const rg_rule *rg_group_rule(const rg_group *g, size_t i);
uint32_t rg_rule_length(const rg_rule *r); /* how deep below data its path leads, and what is there */
rg_term *rg_rule_key(pv_arena *arena, const rg_rule *r, uint32_t depth);
rg_node *rg_node_child(const rg_node *node, const pv_val *key); /* NULL if absent */
rg_node *rg_node_make(pv_arena *arena, rg_node *node, const pv_val *key);
