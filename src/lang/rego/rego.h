/* rego: the policy language (OPA; v0 and v1 syntax): modules -> a compiled,
 * immutable policy -> evaluations.  A policy is shared by any number of threads;
 * an evaluation belongs to one.  No clock but what pv_rego_eval gives, no I/O but by its callbacks.
 * Errors carry file:line:column and OPA's codes (rego_parse_error,
 * rego_compile_error, rego_type_error, rego_unsafe_var_error, eval_conflict_error,
 * eval_builtin_error, ...). */
#pragma once
#include "base/buf.h"
#include "base/vec.h"
#include "lang/value/value.h"

typedef struct pv_rego pv_rego;             /* compiled policy: heap, counted */
typedef struct pv_rego_query pv_rego_query; /* a compiled query over it */

typedef struct pv_rego_module {
	const char *name; /* file name for errors */
	pv_str text;
	bool v1; /* Rego v1 syntax, whatever the options say */
	bool v0; /* Rego v0 syntax, whatever they say */
} pv_rego_module;

typedef struct pv_rego_opts {
	bool v0;      /* default syntax of modules is Rego v0 */
	bool strict;  /* unused and repeated imports, unused assigned variables are errors */
	bool prints;  /* keep the calls of print(); without it they cost nothing */
	bool untyped; /* no static type checker: what can never hold is found out when it runs */
	bool tests; /* each rule test_x is one of its own, the second named test_x#01, and tells its cases */
	int max_errors;             /* 0: 10; -1: all */
	const pv_val *schemas;      /* {[a, b]: schema.a.b, []: the input's}, null; NULL: no METADATA */
	const pv_val *capabilities; /* an OPA's, as pv_rego_capabilities(): no other builtins; NULL: any */
	bool alone, offline;        /* no builtin opens connections: none at all; no http.send of queries */
	bool external;              /* external_data() is known: pv_rego_eval.external answers it */
} pv_rego_opts;

/* Every error found is a cause of the one error, in file order. */
PV_MUST_USE int pv_rego_compile(pv_ctx *cx, const pv_rego_module *modules, size_t n, const pv_rego_opts *opts,
				pv_rego **ret);
pv_rego *pv_rego_ref(pv_rego *rego);
pv_rego *pv_rego_unref(pv_rego *rego);

/* The package that a module says it is of, as a path: "kubernetes.admission". */
PV_MUST_USE int pv_rego_package(pv_ctx *cx, const pv_rego_module *module, const pv_rego_opts *opts,
				const char **ret);

/* A query such as "data.kubernetes.admission.deny" or "x := data.p; x > 1".
 * Compile once, evaluate often. */
PV_MUST_USE int pv_rego_prepare(pv_ctx *cx, pv_rego *rego, const char *query, pv_rego_query **ret);
/* The same by the names of a module's head: its package and its imports; NULL: none. */
PV_MUST_USE int pv_rego_prepare_in(pv_ctx *cx, pv_rego *rego, const pv_rego_module *head, const char *query,
				   pv_rego_query **ret);
pv_rego_query *pv_rego_query_free(pv_rego_query *query);

/* The statements of the query, in order, without declarations (`some x`): what
 * `opa eval` prints beside values. */
typedef struct pv_rego_expr {
	pv_str text;
	int row, column;
} pv_rego_expr;
size_t pv_rego_query_exprs(const pv_rego_query *query);
pv_rego_expr pv_rego_query_expr(const pv_rego_query *query, size_t i); /* i < pv_rego_query_exprs() */

typedef struct pv_rego_eval {
	const pv_val *input; /* NULL = undefined */
	const pv_val *data;  /* base documents, never copied; NULL = {} */
	int64_t now_ns;      /* time.now_ns() of the whole query */
	uint64_t steps;      /* instruction limit, 0 = 50,000,000 */
	size_t memory;       /* bytes that cx->arena may come to, 0 = 1 GiB */
	int64_t cpu_ns;      /* limit of the thread's processor time, 0 = none */
	int64_t cpu_from;    /* the pv_cpu() it counts from, 0 = when it is first looked at */
	bool strict_builtin_errors;
	bool tells_builtin_errors;                  /* in the result; they end nothing */
	struct pv_rego_cover *cover;                /* NULL, or notes which rules and statements ran */
	struct pv_rego_watch *watch;                /* NULL, or notes what the machine does */
	bool explains;                              /* record what rule bodies that held stand on */
	bool trace;                                 /* record which rule bodies failed at which expression */
	void (*print)(void *arg, const char *line); /* of print(); NULL: nobody listens */
	void *print_arg;
	/* Of external_data(request): the response, in the arena of cx.  NULL, here and below: a call ends the evaluation. */
	pv_val (*external)(void *arg, pv_ctx *cx, const pv_val *request);
	void *external_arg;
	const struct pv_rego_outside *outside; /* of http.send and net.lookup_ip_addr */
} pv_rego_eval;

typedef struct pv_rego_result {
	pv_vec sets;        /* elements: const pv_val *, one object of bindings per result */
	pv_vec expressions; /* per result: const pv_val * list of the values of the query's expressions */
	pv_vec trace;       /* elements: struct pv_rego_step */
	pv_vec held;        /* pv_rego_held (held.h), each solution of a rule body (pv_rego_eval.explains) */
	pv_vec cases;   /* const pv_val *: keys of a test's cases that ran, as lists (pv_rego_opts.tests) */
	uint64_t steps; /* spent */
	struct rg_errors *faults; /* pv_rego_eval.tells_builtin_errors; else NULL */
} pv_rego_result;

typedef struct pv_rego_step {
	const char *rule, *file, *expression; /* which rule body, and the expression that decided */
	int line, column;
	bool defined;
} pv_rego_step;

/* Values of the result live until cx->arena is reset, and no longer than the input
 * and data that they share. */
PV_MUST_USE int pv_rego_run(pv_ctx *cx, const pv_rego_query *query, const pv_rego_eval *eval,
			    pv_rego_result *ret);
/* Makes the errors of builtins, if there are any, the error of the evaluation's ctx. */
PV_MUST_USE int pv_rego_faults(pv_rego_result *result);
/* OPA's error code of the error in cx ("eval_conflict_error"), or NULL. */
const char *pv_rego_error_code(const pv_ctx *cx);
/* The causes of the error in cx as OPA tells them: [{code, message, location, details}]. */
pv_val pv_rego_errors_json(pv_ctx *cx);
/* As in a reference: .name, ["a b"], ["if"], [1]. */
void pv_rego_put_key(pv_buf *b, const pv_val *key);
/* {file, row, col}; file NULL: of the query. */
pv_val pv_rego_place(pv_arena *arena, const char *file, int64_t row, int64_t col);
/* A document as JSON has it: sets become arrays, keys that are no strings their
 * JSON text.  Shares what needs no change. */
pv_val pv_rego_json(pv_arena *arena, const pv_val *v);
/* JSON text as OPA prints it: < > & escaped, keys sorted (or in the author's order);
 * indent NULL: compact.  What is no JSON goes through pv_rego_json() first. */
void pv_rego_write(pv_buf *b, const pv_val *v, const char *indent, bool sorted);
/* A ground term in Rego's syntax ("{1, 2}"): what test suites give as input. */
PV_MUST_USE int pv_rego_term(pv_ctx *cx, const char *text, const pv_val **ret);
/* ---- for tools ---- */

typedef struct pv_rego_rule {
	const char *package, *name; /* "data.a.b", "test_x"; of the policy */
	const char *package_ref;    /* as a query has it: data["a"]["b"], whatever is in the names */
	const char *file;
	int row, column;
	bool keyed; /* p[k] if .., p contains k: its document is no single value */
} pv_rego_rule;
/* The rules in the order of the modules, without their else branches.  Elements: pv_rego_rule. */
void pv_rego_rules(const pv_rego *rego, pv_vec *ret);

/* Which rules and statements of a policy ran, over any number of its evaluations. */
typedef struct pv_rego_cover pv_rego_cover;
pv_rego_cover *pv_rego_cover_new(pv_arena *arena); /* as long as the arena, one thread */
/* As `opa test --coverage` prints it: {files: {NAME: {covered, not_covered, coverage..}}, coverage ..}. */
pv_val pv_rego_cover_report(pv_arena *arena, const pv_rego_cover *cover, const pv_rego *rego);

/* What evaluations did, for --explain and --profile: one thread, as long as the arena. */
typedef struct pv_rego_watch pv_rego_watch;
pv_rego_watch *pv_rego_watch_new(pv_arena *arena, bool tells); /* tells: events too, not only costs */
enum pv_rego_event_op { PV_REGO_ENTER, PV_REGO_EVAL, PV_REGO_FAIL, PV_REGO_REDO, PV_REGO_EXIT, PV_REGO_NOTE };
typedef struct pv_rego_event {
	enum pv_rego_event_op op;
	int depth, row;
	const char *file; /* "": the query */
	pv_str text;      /* the rule, the statement, or what trace() was told */
} pv_rego_event;
const pv_vec *pv_rego_watch_events(const pv_rego_watch *w);
bool pv_rego_explain_is(const char *mode); /* off, full, notes, fails, debug (as full) */
/* The events of a mode, a line each: const char *, as long as cx. */
void pv_rego_explain_lines(pv_ctx *cx, const pv_rego_watch *watch, const char *mode, pv_vec *ret);
typedef struct pv_rego_cost { /* of the statements of one line */
	const char *file;
	int row, column;
	pv_str text; /* of a query's */
	uint64_t evals, redos, exprs;
	int64_t ns;
} pv_rego_cost;
void pv_rego_watch_costs(const pv_rego_watch *w, pv_vec *ret);

typedef struct pv_rego_form {
	bool v0;              /* the module is Rego v0, and stays so */
	bool add_v1;          /* with v0: it becomes one that both versions read, by `import rego.v1` */
	bool drop_v0_imports; /* of v1: `import rego.v1` and future.keywords, which do nothing there, go */
} pv_rego_form;
/* The module as `opa fmt` writes it.  -PV_EINVALID if it cannot be parsed. */
PV_MUST_USE int pv_rego_format(pv_ctx *cx, const pv_rego_module *module, const pv_rego_form *how,
			       pv_str *ret);

/* Which documents a query reads, by its own references and those of the rules that it asks: of pv_val, paths
 * ["input", "user"], sorted; base: up to what is not constant. */
PV_MUST_USE int pv_rego_deps(pv_ctx *cx, const pv_rego *rego, const char *query, pv_vec *ret_base,
			     pv_vec *ret_virtual);

/* What this Rego can, as OPA's capabilities file says it. */
pv_val pv_rego_capabilities(pv_arena *arena);

/* A module's tree as OPA's ast package has it (JSON).  The error is in cx. */
PV_MUST_USE int pv_rego_parse(pv_ctx *cx, const pv_rego_module *module, const pv_rego_opts *opts,
			      pv_val *ret);

/* Names of packages and rules, and where which member of input is read, for listings:
 * [{package, path, rules: [..], inputs: {name: line}}]. */
pv_val pv_rego_describe(pv_arena *arena, const pv_rego *rego);
