/* impl: what the files of lang/gotmpl share about sets and executions.
 * Private to this folder. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "lang/gotmpl/ast.h"
#include "lang/gotmpl/lex.h"

struct pv_tmpl {
	pv_arena *arena;
	pv_map *funcs; /* name -> const pv_tfunc * */
	pv_map *trees; /* name -> tree * */
	pv_str left, right;
};

/* What `tpl` sees: the templates it defines itself, before those around it. */
typedef struct scope {
	const struct scope *up;
	pv_map *trees;
} scope;

typedef struct binding {
	pv_str name;
	pv_tv val;
} binding;

struct pv_trun {
	pv_ctx *cx;
	pv_arena *arena;
	pv_arena *scratch; /* for documents on their way to text; reset after each */
	const pv_tmpl *set;
	const pv_tmpl_run *how;
	const scope *scope; /* NULL: the set's */
	pv_buf *out;
	binding *vars; /* a stack; those of the template that runs start at `base` */
	size_t nvars, cvars, base;
	const tree *tree;
	const node *node;  /* where errors happen */
	const char *error; /* the text so far */
	pv_vec tails;      /* size_t: how long each wrapped error's text is */
	int code;          /* of the error, PV_EINVALID if 0 */
	uint64_t steps;    /* left */
	uint64_t seen;     /* how many were left when the turn was last asked */
	size_t room;       /* bytes of output left */
	const char *floor; /* of the stack */
	pv_map *includes;  /* name -> how often it is being included */
	pv_map *parsed;    /* text -> what `tpl` parsed: pv_vec of tree * */
};

enum { WALK_BREAK = 1, WALK_CONTINUE = 2 };

/* Values of expressions; 0, negative, or for walk() one of the above. */
int walk(pv_trun *r, const pv_tv *dot, const node *n);
int eval_pipe(pv_trun *r, const pv_tv *dot, const node *pipe, pv_tv *ret);
/* `final`: from the stage before, or NULL. */
int eval_command(pv_trun *r, const pv_tv *dot, const node *cmd, const pv_tv *final, pv_tv *ret);
int eval_call(pv_trun *r, const pv_tv *dot, const pv_tfunc *fn, const node *at, node *const *args, size_t n,
	      const pv_tv *self, const pv_tv *final, pv_tv *ret);
int eval_field(pv_trun *r, const pv_tv *dot, pv_str name, const node *at, node *const *args, size_t n,
	       const pv_tv *final, const pv_tv *receiver, pv_tv *ret);
int eval_field_node(pv_trun *r, const pv_tv *dot, const node *n, node *const *args, size_t nargs,
		    const pv_tv *final, pv_tv *ret);
int eval_variable(pv_trun *r, const pv_tv *dot, const node *n, node *const *args, size_t nargs,
		  const pv_tv *final, pv_tv *ret);
int eval_chain(pv_trun *r, const pv_tv *dot, const node *n, node *const *args, size_t nargs,
	       const pv_tv *final, pv_tv *ret);
int eval_ident(pv_trun *r, const pv_tv *dot, const node *n, const node *at, node *const *args, size_t nargs,
	       const pv_tv *final, pv_tv *ret);
/* A value for a parameter of the type; an argument likewise. */
int check_type(pv_trun *r, char type, pv_tv *v);
int eval_arg(pv_trun *r, const pv_tv *dot, char type, node *n, pv_tv *ret);
int eval_constant(pv_trun *r, const node *n, pv_tv *ret);

/* "template: NAME:LINE:COL: executing .. at <..>: " and the text.  Always negative. */
int run_fail(pv_trun *r, const char *fmt, ...) PV_PRINTF(2, 3);
/* A function failed: its error is wrapped. */
int run_fail_call(pv_trun *r, const node *at, pv_str name);
int run_too_large(pv_trun *r, const char *what);
int run_step(pv_trun *r);
int run_write(pv_trun *r, const char *s, size_t n);
const tree *run_find(const pv_trun *r, pv_str name);
/* Executes a tree with variables of its own. */
int run_tree(pv_trun *r, const tree *t, const pv_tv *dot, pv_buf *out);

/* As fmt.Sprint, Sprintf and Sprintln print them. */
int print_sprint(pv_trun *r, pv_buf *b, const pv_tv *args, size_t n, bool lines);
int print_sprintf(pv_trun *r, pv_buf *b, pv_str format, const pv_tv *args, size_t n);
int print_value(pv_trun *r, pv_buf *b, const pv_tv *v);
/* The text of a value, without a copy if it is a string. */
int text_of(pv_trun *r, const pv_tv *v, pv_str *ret);

/* A function of a set. */
#define TFN(name) \
	static int name(__attribute__((unused)) pv_trun *r, __attribute__((unused)) const pv_tv *args, \
			__attribute__((unused)) size_t n, pv_tv *ret)
static inline pv_str
targ(const pv_tv *args, size_t i)
{
	return pv_tv_strv(&args[i]);
}
/* A text that was built is the result. */
static inline int
tret_buf(pv_trun *r, const pv_buf *b, pv_tv *ret)
{
	*ret = pv_tv_buf(b);
	return pv_trun_spend(r, b->len / 16);
}
/* spf13/cast, as sprig's numbers use it. */
int64_t cast_int(pv_trun *r, const pv_tv *v);
double cast_float(const pv_tv *v);
int case_snake(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret);
int case_kebab(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret);
int case_pascal(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret);
/* A list of texts: nil ones are left out. */
int texts_of(pv_trun *r, const pv_tv *v, pv_vec *ret); /* of pv_str */
pv_tv list_of_texts(pv_trun *r, const pv_vec *texts);
/* NULL, or what is wrong. */
const char *toml_write(pv_arena *arena, pv_buf *b, const pv_tv *v);
#define ZERO_TIME INT64_C(-62135596800) /* 0001-01-01, Go's time.Time{} */
/* In a zone of that name, else in UTC. */
int time_formatted(pv_trun *r, pv_str layout, int64_t seconds, int64_t nanos, const char *zone, pv_tv *ret);

extern const pv_tfunc builtin_funcs[];
extern const pv_tfunc func_and, func_or, func_call;
