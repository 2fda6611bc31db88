/* rego/vm: the state of one evaluation.  One thread; everything it makes lies in
 * the ctx's arena.  Choices are kept on a stack of their own, so iteration and
 * backtracking use no C stack; calls of rules do, up to RG_CALL_DEPTH. */
#pragma once
#include "base/buf.h"
#include "lang/rego/errors.h"
#include "lang/rego/program.h"

#define RG_CALL_DEPTH 1000
#define RG_VALUE_DEPTH 2000 /* of values that rules nest; those of input come on top */
#define RG_STEPS UINT64_C(50000000)
#define RG_MEMORY ((size_t)1 << 30) /* far below what the arena stops the process at */
#define RG_REGS 1024                /* registers before frames come from the arena */

typedef struct rg_mocked { /* a function replaced by `with` */
	const rg_mock *mock;
	const pv_val *value; /* if not by a function */
	const struct rg_mocked *next;
} rg_mocked;

typedef struct rg_masked { /* a path of data replaced by `with`: no rule counts there */
	const pv_val *path;
	uint32_t n;
	const struct rg_masked *next;
} rg_masked;

typedef struct rg_env { /* what `with` replaces; immutable but for the caches */
	const struct rg_env *parent;
	const pv_val *input, *data;
	const rg_mocked *mocks;
	const rg_masked *masks;
	const pv_val **cache; /* documents by group id; NULL: not yet, &rg_undefined */
	struct rg_memo *memo; /* results of functions */
	uint8_t *asked;       /* members asked for, by group id */
	pv_map *indexed;      /* comprehensions, by index (vm_index.c) */
} rg_env;
extern const pv_val rg_undefined;

typedef struct rg_choice {
	uint8_t kind;
	uint32_t pos, n;
	const rg_insn *ip; /* the instruction that made it */
	rg_env *env;
	const pv_val *coll;
	const pv_val *const *keys; /* cursors */
} rg_choice;

typedef struct rg_entry { /* a leaf of a partial object */
	const pv_val *const *path;
	uint32_t n;
	bool into_set;
	const pv_val *value;
	const rg_clause *clause; /* whose */
	size_t at;               /* how many were found before */
} rg_entry;

typedef struct rg_why rg_why; /* vm_why.c */
typedef struct rg_since {     /* what was known when a body began */
	uint32_t held, missing;
} rg_since;

typedef struct rg_acc { /* where solutions of a clause go */
	const rg_group *group;
	const rg_clause *clause;
	const pv_val *value;
	bool found; /* by any clause so far */
	bool hit;   /* by the clause that runs */
	pv_listb set;
	pv_vec entries;    /* rg_entry */
	pv_vec rows;       /* query: const pv_val *const * */
	uint32_t furthest; /* trace: the last step reached */
	rg_since since;    /* of the clause that runs, if somebody asks why */
	const rg_insn *at; /* the instruction that is running, for errors */
} rg_acc;

struct rg_vm {
	pv_ctx *cx;
	pv_arena *arena;
	const rg_program *program;
	const pv_rego_eval *eval;
	uint64_t steps;  /* left */
	size_t memory;   /* bytes that the arena may come to */
	int64_t cpu_end; /* of this thread's processor time, ns; 0: no limit */
	uint32_t checks;
	struct pv_re_slot *regex; /* the pattern that was used last */
	rg_errors *faults;        /* of builtins that end nothing; NULL: nobody asks */
	bool strict, tracing;     /* tracing: no index, and every rule is tried */
	int depth;
	rg_env *env;
	rg_choice *choices;
	uint32_t nchoices, cap;
	const pv_val **regs, **regs_end; /* free registers */
	const rg_code *code;             /* running, for errors */
	const rg_insn *at;
	pv_vec *trace;       /* struct pv_rego_step */
	rg_why *why;         /* NULL: nobody asks */
	pv_vec *cases;       /* const pv_val *: of tests */
	const char *builtin; /* name of the running builtin, for errors */
	pv_map *cache;       /* of builtins: compiled patterns, random numbers, ... */
	pv_buf *print;       /* the line of print() */
	int64_t now_ns;
	int64_t waited_ns; /* for answers of the network */
	bool fatal;        /* an error that strictness does not soften */
};

/* 0, or a negative code with the error set. */
int rg_exec(rg_vm *vm, const rg_code *code, const pv_val **regs, rg_acc *acc);
/* *ret NULL: undefined. */
int rg_eval_group(rg_vm *vm, const rg_group *g, const pv_val **ret);
int rg_eval_member(rg_vm *vm, const rg_group *g, const pv_val *key, const pv_val **ret);
int rg_eval_part(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val *const *R,
		 const pv_val **ret);
int rg_eval_call(rg_vm *vm, const rg_group *g, const pv_val *const *args, const pv_val **ret);
int rg_eval_builtin(rg_vm *vm, const rg_builtin *b, const pv_val *const *args, const pv_val **ret);
int rg_check_operands(rg_vm *vm, const rg_builtin *b, const pv_val *const *args);
int rg_vm_fail(rg_vm *vm, const char *code, const char *fmt, ...) PV_PRINTF(3, 4);
void rg_vm_note(rg_vm *vm, const char *code, const char *text); /* to faults */
/* Fails when memory, with `more` bytes to come, or time are over the limit. */
int rg_vm_check(rg_vm *vm, size_t more);
int rg_vm_check_time(rg_vm *vm); /* of the time alone, now: for what takes longer than a step */
const pv_val **rg_regs_take(rg_vm *vm, uint32_t n, const pv_val ***ret_saved);

/* vm_memo.c */
typedef struct rg_remembered {
	const void *what; /* a function's group, &group->keyed for its members, an instruction */
	const pv_val **args;
	const pv_val *value;
} rg_remembered;
/* The slot for that; *ret_hit: its value is known. */
rg_remembered *rg_memo_find(rg_vm *vm, const void *what, uint32_t n, const pv_val *const *args,
			    bool *ret_hit);
void rg_memo_put(rg_vm *vm, rg_remembered *e, const void *what, uint32_t n, const pv_val *const *args,
		 const pv_val *v);

/* vm_ref.c: cursors over rules and base documents */
const pv_val *rg_lookup(const pv_val *base, const pv_val *key);
const pv_val *rg_cursor(rg_vm *vm, const rg_node *node);
int rg_cursor_get(rg_vm *vm, const pv_val *cursor, const pv_val *key, const pv_val **ret);
int rg_cursor_keys(rg_vm *vm, const pv_val *cursor, const pv_val *const **ret, uint32_t *ret_n);
int rg_cursor_force(rg_vm *vm, const pv_val *cursor, const pv_val **ret);
bool rg_is_cursor(const pv_val *v);
const pv_val *rg_base_at(const rg_vm *vm, const rg_node *node); /* NULL if absent */
bool rg_is_masked(const rg_vm *vm, const rg_node *node);

/* vm_index.c: what a comprehension's index has for these values; *ret NULL: it is not used (yet) */
int rg_index_ask(rg_vm *vm, const rg_index *ix, const pv_val *const *keys, const pv_val **ret);

/* vm_why.c */
rg_why *rg_why_new(pv_arena *arena, const pv_val *input, pv_vec *held /* of pv_rego_held */);
rg_since rg_why_since(const rg_why *why);
void rg_why_missing(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val *const *regs);
void rg_why_held(rg_vm *vm, const rg_code *code, rg_acc *acc, const pv_val *const *regs, const pv_val *value);

/* vm_with.c */
int rg_with_enter(rg_vm *vm, const rg_frame *f, const pv_val *const *values);
rg_env *rg_env_new(rg_vm *vm, const rg_env *from);

/* vm_build.c.  Rules could nest values without end, and everything that walks a value
 * recurses: so the values made here carry their depth in the upper bits of flags (0:
 * not made here, as deep as a reader allows), and too deep ones are errors. */
pv_val rg_deep(pv_val v);                            /* with its depth noted, from that of its items */
int rg_box(rg_vm *vm, pv_val v, const pv_val **ret); /* noted, checked, boxed */

/* vm_build.c: collections, at once or from the solutions of a comprehension: then
 * the register holds a builder until rg_build_end() */
int rg_make(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val **regs, const pv_val **ret);
const pv_val *rg_build(rg_vm *vm, int32_t type);
void rg_build_add(const pv_val *builder, const pv_val *v);
int rg_build_put(rg_vm *vm, const pv_val *builder, const pv_val *key, const pv_val *v);
int rg_build_end(rg_vm *vm, const pv_val *builder, const pv_val **ret);
int rg_collect_object(rg_vm *vm, pv_vec *entries, const pv_val **ret);
int rg_finish_object(rg_vm *vm, pv_objb *b, const pv_val **ret); /* equal keys must agree */
