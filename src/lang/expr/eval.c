/* eval: a walk over the tree. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/expr/inside.h"

#define DEPTH_MOST 400
#define STEPS 1000000

int
ex_error(ex_state *s, const pv_ex *at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *what = pv_vprintf(pv_trun_arena(s->r), fmt, ap);
	va_end(ap);
	return pv_trun_fail(s->r, "%u:%u: %s", at->line, at->column, what);
}

/* ---- members ---- */

static const pv_tfunc *
method_of(const pv_tv *v, pv_str name)
{
	const pv_tfunc *m = v->kind == PV_T_OBJECT                 ? v->object->class->methods
			    : v->kind == PV_T_MAP && v->map->named ? v->map->named->methods
								   : NULL;
	for (; m && m->name; m++)
		if (pv_str_is(name, m->name))
			return m;
	return NULL;
}

static int
list_item(ex_state *s, const pv_ex *at, const pv_tlist *list, const pv_tv *key, pv_tv *ret)
{
	int64_t i = key->i, n = (int64_t)list->len;
	if (key->kind != PV_T_INT)
		return ex_error(s, at, "cannot use %s as index of a list: expected a whole number",
				pv_tv_type(key));
	if (i < 0)
		i += n;
	if (i < 0 || i >= n)
		return ex_error(s, at, "index out of range: %lld (array length is %lld)", (long long)key->i,
				(long long)n);
	*ret = list->items[i];
	return 0;
}

int
ex_fetch(ex_state *s, const pv_ex *at, const pv_tv *from, const pv_tv *key, pv_tv *ret)
{
	pv_str name = pv_tv_strv(key);
	const pv_tv *found;
	*ret = pv_tv_nil();
	if (from->kind == PV_T_LIST)
		return list_item(s, at, from->list, key, ret);
	if (from->kind == PV_T_MAP && key->kind == PV_T_STRING) {
		found = pv_tmap_find(from->map, name);
		if (found)
			*ret = *found;
		return 0;
	}
	if (from->kind == PV_T_OBJECT && from->object->class->field &&
	    from->object->class->field(from->object, name, ret))
		return 0;
	return ex_error(s, at, "cannot fetch %.*s from %s",
			PV_CLIP(key->kind == PV_T_STRING ? pv_strndup(pv_trun_arena(s->r), name.s, name.len)
							 : pv_tv_type(key)),
			ex_is_nil(from) ? "<nil>" : pv_tv_type(from));
}

static int
fetch(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	pv_tv from, key = pv_tv_str(e->name);
	int r = ex_eval(s, e->kids[0], &from);
	if (r < 0 || s->gave_up)
		return r;
	if (e->optional && ex_is_nil(&from)) {
		s->gave_up = true;
		*ret = pv_tv_nil();
		return 0;
	}
	if (e->op == X_INDEX)
		r = ex_eval(s, e->kids[1], &key);
	return r < 0 ? r : ex_fetch(s, e, &from, &key, ret);
}

/* a?.b.c: nil as a whole where a is. */
static int
chain(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	bool before = s->gave_up;
	int r;
	s->gave_up = false;
	r = ex_eval(s, e->kids[0], ret);
	if (s->gave_up)
		*ret = pv_tv_nil();
	s->gave_up = before;
	return r;
}

/* What a slice begins or ends with, counted from the end where it is negative. */
static int
bound(ex_state *s, const pv_ex *e, int64_t n, int64_t otherwise, int64_t *ret)
{
	pv_tv v = pv_tv_int(otherwise);
	int r = e ? ex_eval(s, e, &v) : 0;
	if (r == 0 && v.kind != PV_T_INT)
		return ex_error(s, e, "expected a whole number in a slice, found %s", pv_tv_type(&v));
	*ret = v.i < 0 ? v.i + n : v.i;
	*ret = *ret < 0 ? 0 : *ret > n ? n : *ret;
	return r;
}

static int
slice(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	int64_t from, to, n;
	pv_tv of;
	int r = ex_eval(s, e->kids[0], &of);
	if (r < 0 || s->gave_up)
		return r;
	if (of.kind != PV_T_STRING && of.kind != PV_T_LIST)
		return ex_error(s, e, "cannot slice %s", pv_tv_type(&of));
	n = of.kind == PV_T_STRING ? (int64_t)of.len : (int64_t)of.list->len;
	r = bound(s, e->kids[1], n, 0, &from);
	r = r < 0 ? r : bound(s, e->kids[2], n, n, &to);
	if (r < 0)
		return r;
	to = to < from ? from : to;
	*ret = of.kind == PV_T_STRING ? pv_tv_str((pv_str){of.s + from, (size_t)(to - from)})
				      : pv_tv_list(pv_trun_arena(s->r), of.list->items + from,
						   (size_t)(to - from), PV_TY_PLAIN);
	return 0;
}

/* ---- calls ---- */

static int
all(ex_state *s, const pv_ex *e, size_t first, pv_tv *ret)
{
	int r = 0;
	for (size_t i = first; r == 0 && i < e->n; i++)
		r = ex_eval(s, e->kids[i], &ret[i - first]);
	return r;
}

int
ex_error_of(ex_state *s, const pv_ex *at, int code)
{
	return pv_trun_wrap(s->r, code, "%u:%u: ", at->line, at->column);
}

/* A method of a value, or a value that is a function. */
static int
call(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	const pv_ex *what = e->kids[0];
	pv_tv self = pv_tv_nil(), fn = pv_tv_nil(), *args = pv_new_array(pv_trun_arena(s->r), pv_tv, e->n);
	const pv_tfunc *m = NULL;
	int r = 0;
	if (what->op == X_MEMBER) {
		r = ex_eval(s, what->kids[0], &self);
		m = r == 0 ? method_of(&self, what->name) : NULL;
		if (r == 0 && !m && !s->gave_up) {
			pv_tv key = pv_tv_str(what->name);
			if (what->optional && ex_is_nil(&self))
				s->gave_up = true;
			else
				r = ex_fetch(s, what, &self, &key, &fn);
		}
	} else {
		r = ex_eval(s, what, &fn);
	}
	if (r < 0 || s->gave_up)
		return r;
	r = all(s, e, 1, args);
	if (r < 0)
		return r;
	if (m)
		return ex_error_of(s, e, pv_trun_call(s->r, m, &self, args, e->n - 1, ret));
	if (fn.kind != PV_T_OBJECT || !fn.object->class->call)
		return ex_error(s, what, "%.*s is not a function", (int)what->name.len, what->name.s);
	return ex_error_of(s, e, pv_trun_call(s->r, fn.object->class->call, &fn, args, e->n - 1, ret));
}

static int
builtin(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	ex_call c = {.s = s, .e = e, .n = e->n};
	int r = 0;
	for (size_t i = 0; r == 0 && i < e->n; i++)
		if (e->kids[i]->op != X_CLOSURE)
			r = ex_eval(s, e->kids[i], &c.args[i]);
	return r < 0 ? r : e->fn->fn(&c, ret);
}

int
ex_ask(ex_call *c, size_t argument, const pv_tv *item, size_t index, pv_tv *ret)
{
	ex_scope scope = {
		.up = c->s->scope, .value = *item, .index = (int64_t)index, .acc = c->args[argument]};
	int r;
	c->s->scope = &scope;
	r = ex_eval(c->s, c->e->kids[argument]->kids[0], ret);
	c->s->scope = scope.up;
	return r;
}

/* ---- names ---- */

static void
name(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	const pv_tv *found;
	for (const ex_scope *at = s->scope; at; at = at->up)
		if (at->name.len && pv_str_eq(at->name, e->name)) {
			*ret = at->value;
			return;
		}
	found = s->env.kind == PV_T_MAP ? pv_tmap_find(s->env.map, e->name) : NULL;
	*ret = found ? *found : pv_tv_nil();
}

static void
pointer(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	const ex_scope *at = s->scope;
	while (at && at->name.len)
		at = at->up;
	*ret = !at                           ? pv_tv_nil()
	       : pv_str_is(e->name, "index") ? pv_tv_int(at->index)
	       : pv_str_is(e->name, "acc")   ? at->acc
					     : at->value;
}

static int
let(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	ex_scope scope = {.up = s->scope, .name = e->name};
	int r = ex_eval(s, e->kids[0], &scope.value);
	if (r < 0)
		return r;
	s->scope = &scope;
	r = ex_eval(s, e->kids[1], ret);
	s->scope = scope.up;
	return r;
}

/* ---- made, chosen ---- */

static int
list(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	pv_tv *items = pv_new_array(pv_trun_arena(s->r), pv_tv, e->n + 1);
	int r = all(s, e, 0, items);
	*ret = pv_tv_list(pv_trun_arena(s->r), items, e->n, PV_TY_PLAIN);
	return r;
}

static int
map(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	pv_tmap *m = pv_tmap_new(pv_trun_arena(s->r));
	int r = 0;
	for (size_t i = 0; r == 0 && i + 1 < e->n; i += 2) {
		pv_tv key, value;
		r = ex_eval(s, e->kids[i], &key);
		r = r < 0 ? r : ex_eval(s, e->kids[i + 1], &value);
		if (r == 0 && key.kind != PV_T_STRING)
			return ex_error(s, e->kids[i], "expected a text as the key of a map, found %s",
					pv_tv_type(&key));
		if (r == 0)
			pv_tmap_put(m, pv_tv_strv(&key), value);
	}
	*ret = pv_tv_map(m);
	return r;
}

static int
truth(ex_state *s, const pv_ex *e, bool *ret)
{
	pv_tv v;
	int r = ex_eval(s, e, &v);
	*ret = r == 0 && v.kind == PV_T_BOOL && v.b;
	if (r == 0 && v.kind != PV_T_BOOL)
		return ex_error(s, e, "expected true or false, found %s", pv_tv_type(&v));
	return r;
}

/* What is right of `and` and `or` is the value, whatever it is. */
static int
logic(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	bool is, or = e->op == X_OR;
	int r = truth(s, e->kids[0], &is);
	if (r == 0 && e->op != X_NOT && is != or)
		return ex_eval(s, e->kids[1], ret);
	*ret = pv_tv_bool(e->op == X_NOT ? !is : is);
	return r;
}

static int
signed_number(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	int64_t ns;
	int r = ex_eval(s, e->kids[0], ret);
	if (r < 0 || e->op == X_PLUS)
		return r;
	if (ret->kind == PV_T_FLOAT)
		ret->d = -ret->d;
	else if (ret->kind == PV_T_INT)
		ret->i = (int64_t)(0 - (uint64_t)ret->i);
	else if (pv_tv_is_duration(ret, &ns))
		*ret = pv_tv_duration(pv_trun_arena(s->r), (int64_t)(0 - (uint64_t)ns));
	else
		return ex_error(s, e, "invalid operation: -%s", pv_tv_type(ret));
	return 0;
}

static int
choice(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	bool is;
	int r = truth(s, e->kids[0], &is);
	return r < 0 ? r : ex_eval(s, e->kids[is ? 1 : 2], ret);
}

static int
binary(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	pv_tv a, b;
	int r = ex_eval(s, e->kids[0], &a);
	if (r == 0 && e->op == X_COALESCE && !ex_is_nil(&a)) {
		*ret = a;
		return 0;
	}
	r = r < 0 ? r : ex_eval(s, e->kids[1], &b);
	if (r == 0 && e->op == X_COALESCE)
		*ret = b;
	return r < 0 || e->op == X_COALESCE ? r : ex_binary(s, e, &a, &b, ret);
}

static int
one(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	*ret = pv_tv_nil();
	switch ((enum ex_op)e->op) {
	case X_VALUE: *ret = e->value; return 0;
	case X_NAME: name(s, e, ret); return 0;
	case X_ENV: *ret = s->env; return 0;
	case X_POINTER: pointer(s, e, ret); return 0;
	case X_MEMBER:
	case X_INDEX: return fetch(s, e, ret);
	case X_SLICE: return slice(s, e, ret);
	case X_CHAIN: return chain(s, e, ret);
	case X_CALL: return call(s, e, ret);
	case X_BUILTIN: return builtin(s, e, ret);
	case X_LIST: return list(s, e, ret);
	case X_MAP: return map(s, e, ret);
	case X_NOT:
	case X_AND:
	case X_OR: return logic(s, e, ret);
	case X_MINUS:
	case X_PLUS: return signed_number(s, e, ret);
	case X_BINARY:
	case X_COALESCE: return binary(s, e, ret);
	case X_CHOICE: return choice(s, e, ret);
	case X_LET: return let(s, e, ret);
	case X_CLOSURE: return ex_error(s, e, "a condition of items stands where none may");
	}
	return ex_error(s, e, "unknown operation");
}

int
ex_eval(ex_state *s, const pv_ex *e, pv_tv *ret)
{
	int r = pv_trun_spend(s->r, 1);
	if (r == 0 && s->depth >= DEPTH_MOST)
		r = ex_error(s, e, "expressions more than %d within one another", DEPTH_MOST);
	if (r < 0)
		return r;
	s->depth++;
	r = one(s, e, ret);
	s->depth--;
	return r;
}

struct asked {
	pv_ctx *cx;
	const pv_ex *e;
	const pv_ex_run *how;
	pv_tv env, *ret;
};

static int
run(pv_trun *r, void *arg)
{
	struct asked *a = arg;
	ex_state s = {.r = r, .cx = a->cx, .how = a->how, .env = a->env};
	return ex_eval(&s, a->e, a->ret);
}

int
pv_ex_eval(pv_ctx *cx, const pv_ex *e, const pv_ex_run *how, pv_tv env, pv_tv *ret)
{
	const pv_tmpl_run limits = {.steps = how->steps ? how->steps : STEPS, .now = how->now};
	struct asked asked = {.cx = cx, .e = e, .how = how, .env = env, .ret = ret};
	return pv_trun_with(cx, &limits, run, &asked);
}
