/* call: functions, the types of their parameters, and arguments for them. */
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/impl.h"

#define ARGS 8   /* on the stack; more come from the arena */
#define BYTES 16 /* of text that a step handles */

static const char *
type_name(char type)
{
	switch (type) {
	case 's': return "string";
	case 'i': return "int";
	case 'I': return "int64";
	case 'f': return "float64";
	case 'b': return "bool";
	case 'm': return "map[string]interface {}";
	case 'l': return "[]interface {}";
	case 'S': return "[]string";
	case 't': return "time.Time";
	default: return "interface {}";
	}
}

static bool
fits(char type, const pv_tv *v)
{
	switch (type) {
	case 's': return v->kind == PV_T_STRING && v->type == PV_TY_PLAIN;
	case 'i': return v->kind == PV_T_INT && v->type == PV_TY_PLAIN;
	case 'I': return v->kind == PV_T_INT && v->type == PV_TY_INT64;
	case 'f': return v->kind == PV_T_FLOAT;
	case 'b': return v->kind == PV_T_BOOL;
	case 'm': return v->kind == PV_T_MAP && v->type != PV_TY_STRING_MAP;
	case 'l': return v->kind == PV_T_LIST && v->type == PV_TY_PLAIN;
	case 'S': return v->kind == PV_T_LIST && v->type == PV_TY_STRINGS;
	case 't': return v->kind == PV_T_OBJECT && pv_streq(v->object->class->type, "time.Time");
	default: return true;
	}
}

int
check_type(pv_trun *r, char type, pv_tv *v)
{
	if (fits(type, v) || type == 0)
		return 0;
	if (v->kind != PV_T_INVALID)
		return run_fail(r, "wrong type for value; expected %s; got %s", type_name(type),
				pv_tv_type(v));
	if (type == 'm')
		*v = pv_tv_map(pv_tmap_new(r->arena));
	else if (type == 'l' || type == 'S')
		*v = pv_tv_list(r->arena, NULL, 0, type == 'S' ? PV_TY_STRINGS : PV_TY_PLAIN);
	else
		return run_fail(r, "invalid value; expected %s", type_name(type));
	return 0;
}

static int
found(pv_trun *r, const char *expected, const node *n)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	node_print(&b, n);
	return run_fail(r, "expected %s; found %s", expected, b.s);
}

static int
nil_arg(pv_trun *r, char type, pv_tv *ret)
{
	*ret = pv_tv_invalid();
	switch (type) {
	case 'a':
	case 'v': *ret = pv_tv_nil(); return 0;
	case 'm':
	case 'l':
	case 'S': return check_type(r, type, ret);
	default: return run_fail(r, "cannot assign nil to %s", type_name(type));
	}
}

/* A literal for the parameter. */
static int
literal(pv_trun *r, char type, const node *n, pv_tv *ret)
{
	pv_buf b;
	r->node = n;
	switch (type) {
	case 's': *ret = pv_tv_str(n->value); return n->type == N_STRING ? 0 : found(r, "string", n);
	case 'b': *ret = pv_tv_bool(n->flag); return n->type == N_BOOL ? 0 : found(r, "bool", n);
	case 'i':
	case 'I':
		if (n->type != N_NUMBER || !n->num->is_int)
			return found(r, "integer", n);
		*ret = type == 'i' ? pv_tv_int(n->num->i) : pv_tv_int64(n->num->i);
		return 0;
	case 'f':
		if (n->type != N_NUMBER || !n->num->is_float)
			return found(r, "float", n);
		*ret = pv_tv_float(n->num->d);
		return 0;
	case 0:
	case 'a':
	case 'v':
		if (n->type == N_NUMBER)
			return eval_constant(r, n, ret);
		*ret = n->type == N_BOOL ? pv_tv_bool(n->flag) : pv_tv_str(n->value);
		return 0;
	default:
		pv_buf_init(&b, r->arena);
		node_print(&b, n);
		return run_fail(r, "can't handle %s for arg of type %s", b.s, type_name(type));
	}
}

int
eval_arg(pv_trun *r, const pv_tv *dot, char type, node *n, pv_tv *ret)
{
	int code = 0;
	r->node = n;
	switch (n->type) {
	case N_DOT: *ret = *dot; break;
	case N_NIL: return nil_arg(r, type, ret);
	case N_FIELD: code = eval_field_node(r, dot, n, &n, 1, NULL, ret); break;
	case N_VARIABLE: code = eval_variable(r, dot, n, NULL, 0, NULL, ret); break;
	case N_PIPE: code = eval_pipe(r, dot, n, ret); break;
	case N_IDENT: code = eval_ident(r, dot, n, n, NULL, 0, NULL, ret); break;
	case N_CHAIN: code = eval_chain(r, dot, n, NULL, 0, NULL, ret); break;
	default: return literal(r, type, n, ret);
	}
	return code < 0 ? code : check_type(r, type, ret);
}

/* ---- calls ---- */

struct call {
	const pv_tfunc *fn;
	const char *fixed; /* letters */
	size_t nfixed;
	char more;         /* of what there may be any number; 0: none */
	node *const *args; /* without the function's own node */
	size_t n;
	const pv_tv *final;
};

static void
signature(struct call *c)
{
	const char *dot = strchr(c->fn->sig, '.');
	c->fixed = c->fn->sig;
	c->nfixed = dot ? (size_t)(dot - c->fn->sig) : strlen(c->fn->sig);
	c->more = dot ? dot[1] : 0;
}

static char
letter(const struct call *c, size_t i)
{
	return i < c->nfixed ? c->fixed[i] : c->more;
}

static int
count(pv_trun *r, const struct call *c)
{
	size_t have = c->n + (c->final != NULL);
	if (c->more && have < c->nfixed)
		return run_fail(r, "wrong number of args for %s: want at least %zu got %zu", c->fn->name,
				c->nfixed, c->n);
	if (!c->more && have != c->nfixed)
		return run_fail(r, "wrong number of args for %s: want %zu got %zu", c->fn->name, c->nfixed,
				have);
	return 0;
}

/* and, or: the first argument that decides, the others are not evaluated. */
static int
short_circuit(pv_trun *r, const pv_tv *dot, const struct call *c, pv_tv *ret)
{
	bool is_or = c->fn == &func_or;
	*ret = pv_tv_invalid();
	for (size_t i = 0; i < c->n; i++) {
		int code = eval_arg(r, dot, 'v', c->args[i], ret);
		if (code < 0)
			return code;
		if (pv_tv_truth(ret) == is_or)
			return 0;
	}
	if (c->final != NULL)
		*ret = *c->final;
	return 0;
}

static int
arguments(pv_trun *r, const pv_tv *dot, const struct call *c, pv_tv *argv)
{
	size_t i = 0;
	int code = 0;
	for (; code == 0 && i < c->n; i++)
		code = eval_arg(r, dot, letter(c, i), c->args[i], &argv[i]);
	if (code == 0 && c->final != NULL) {
		argv[i] = *c->final;
		code = check_type(r, letter(c, i), &argv[i]);
	}
	return code;
}

/* The name of what `call` calls, as its error gives it. */
static int
call_of(pv_trun *r, const struct call *c, const pv_tv *fn, size_t n, pv_tv *ret)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	if (fn->kind <= PV_T_NIL)
		return pv_trun_fail(r, "call of nil");
	if (fn->kind == PV_T_OBJECT && fn->object->class->call != NULL)
		return pv_trun_call(r, fn->object->class->call, fn, fn + 1, n - 1, ret);
	if (c->n > 0)
		node_print(&b, c->args[0]);
	else if (fn->kind == PV_T_STRING)
		pv_buf_add(&b, fn->s, fn->len);
	else
		pv_buf_printf(&b, "<%s Value>", pv_tv_type(fn));
	return pv_trun_fail(r, "non-function %s of type %s", b.s, pv_tv_type(fn));
}

/* For reading the texts that a function is given, or for having made one: whatever a function does that takes longer
 * than that it pays for itself. */
static int
pay(pv_trun *r, const pv_tv *texts, size_t n)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < n; i++)
		bytes += texts[i].kind == PV_T_STRING ? texts[i].len : 0;
	return bytes < BYTES ? 0 : pv_trun_spend(r, bytes / BYTES);
}

static int
apply(pv_trun *r, const struct call *c, const pv_tv *argv, size_t n, pv_tv *ret)
{
	int code = pay(r, argv, n);
	*ret = pv_tv_invalid();
	if (code < 0)
		return code;
	code = c->fn == &func_call ? call_of(r, c, argv, n, ret) : c->fn->fn(r, argv, n, ret);
	return code < 0 ? code : pay(r, ret, 1);
}

int
eval_call(pv_trun *r, const pv_tv *dot, const pv_tfunc *fn, const node *at, node *const *args, size_t n,
	  const pv_tv *self, const pv_tv *final, pv_tv *ret)
{
	struct call c = {.fn = fn, .args = n ? args + 1 : NULL, .n = n ? n - 1 : 0, .final = final};
	pv_tv room[ARGS], *argv = room;
	size_t own = self != NULL, all;
	signature(&c);
	int code = count(r, &c);
	if (code == 0)
		code = run_step(r);
	if (code < 0)
		return code;
	if (fn == &func_and || fn == &func_or)
		return short_circuit(r, dot, &c, ret);
	all = own + c.n + (final != NULL);
	if (all > ARGS)
		argv = pv_new_array(r->arena, pv_tv, all);
	if (self != NULL)
		argv[0] = *self;
	code = arguments(r, dot, &c, argv + own);
	if (code < 0)
		return code;
	code = apply(r, &c, argv, all, ret);
	return code < 0 ? run_fail_call(r, at, pv_str_of(fn->name)) : 0;
}

int
pv_trun_call(pv_trun *r, const pv_tfunc *fn, const pv_tv *self, const pv_tv *args, size_t n, pv_tv *ret)
{
	struct call c = {.fn = fn, .n = n};
	size_t own = self != NULL;
	pv_tv *argv = pv_new_array(r->arena, pv_tv, n + own + 1);
	int code;
	signature(&c);
	if (c.more ? n < c.nfixed : n != c.nfixed)
		return pv_trun_fail(r, "wrong number of args for %s: want %s%zu got %zu", fn->name,
				    c.more ? "at least " : "", c.nfixed, n);
	if (self != NULL)
		argv[0] = *self;
	for (size_t i = 0; i < n; i++) {
		char type = letter(&c, i);
		argv[own + i] = args[i];
		if (type == 'i' && args[i].kind == PV_T_INT)
			argv[own + i].type = PV_TY_PLAIN;
		if (!fits(type, &argv[own + i]))
			return pv_trun_fail(r, "wrong type for value of %s; expected %s; got %s", fn->name,
					    type_name(type), pv_tv_type(&args[i]));
	}
	code = pay(r, argv, n + own);
	if (code < 0)
		return code;
	*ret = pv_tv_invalid();
	code = fn->fn(r, argv, n + own, ret);
	return code < 0 ? code : pay(r, ret, 1);
}
