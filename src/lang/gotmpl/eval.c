/* eval: commands, fields and variables. */
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/impl.h"

static int
not_a_function(pv_trun *r, node *const *args, size_t n, const pv_tv *final)
{
	pv_buf b;
	if (n <= 1 && final == NULL)
		return 0;
	pv_buf_init(&b, r->arena);
	if (n > 0)
		node_print(&b, args[0]);
	return run_fail(r, "can't give argument to non-function %s", n > 0 ? b.s : "%!s(<nil>)");
}

int
eval_constant(pv_trun *r, const node *n, pv_tv *ret)
{
	const number *num = n->num;
	r->node = n;
	if (num->is_complex) {
		*ret = (pv_tv){.kind = PV_T_COMPLEX, .complex = num->complex};
	} else if (num->is_float && num->looks_float) {
		*ret = pv_tv_float(num->d);
	} else if (num->is_int) {
		*ret = pv_tv_int(num->i);
	} else {
		return run_fail(r, "%.*s overflows int", (int)n->text.len, n->text.s);
	}
	return 0;
}

int
eval_command(pv_trun *r, const pv_tv *dot, const node *cmd, const pv_tv *final, pv_tv *ret)
{
	const node *first = cmd->kids[0];
	int code;
	switch (first->type) {
	case N_FIELD: return eval_field_node(r, dot, first, cmd->kids, cmd->n, final, ret);
	case N_CHAIN: return eval_chain(r, dot, first, cmd->kids, cmd->n, final, ret);
	case N_IDENT: return eval_ident(r, dot, first, cmd, cmd->kids, cmd->n, final, ret);
	case N_VARIABLE: return eval_variable(r, dot, first, cmd->kids, cmd->n, final, ret);
	case N_PIPE:
		code = not_a_function(r, cmd->kids, cmd->n, final);
		return code < 0 ? code : eval_pipe(r, dot, first, ret);
	default: break;
	}
	r->node = first;
	code = not_a_function(r, cmd->kids, cmd->n, final);
	if (code < 0)
		return code;
	switch (first->type) {
	case N_BOOL: *ret = pv_tv_bool(first->flag); return 0;
	case N_DOT: *ret = *dot; return 0;
	case N_NUMBER: return eval_constant(r, first, ret);
	case N_STRING: *ret = pv_tv_str(first->value); return 0;
	default: return run_fail(r, "nil is not a command");
	}
}

/* .X.Y.Z with what may be arguments of a method Z. */
static int
fields(pv_trun *r, const pv_tv *dot, const pv_tv *from, const node *n, uint32_t first, node *const *args,
       size_t nargs, const pv_tv *final, pv_tv *ret)
{
	pv_tv receiver = *from;
	for (uint32_t i = first; i + 1 < n->nnames; i++) {
		int code = eval_field(r, dot, n->names[i], n, NULL, 0, NULL, &receiver, &receiver);
		if (code < 0)
			return code;
	}
	return eval_field(r, dot, n->names[n->nnames - 1], n, args, nargs, final, &receiver, ret);
}

int
eval_field_node(pv_trun *r, const pv_tv *dot, const node *n, node *const *args, size_t nargs,
		const pv_tv *final, pv_tv *ret)
{
	r->node = n;
	return fields(r, dot, dot, n, 0, args, nargs, final, ret);
}

int
eval_chain(pv_trun *r, const pv_tv *dot, const node *n, node *const *args, size_t nargs, const pv_tv *final,
	   pv_tv *ret)
{
	pv_tv from;
	r->node = n;
	if (n->of->type == N_NIL)
		return run_fail(r, "indirection through explicit nil");
	int code = eval_arg(r, dot, 0, n->of, &from);
	return code < 0 ? code : fields(r, dot, &from, n, 0, args, nargs, final, ret);
}

int
eval_variable(pv_trun *r, const pv_tv *dot, const node *n, node *const *args, size_t nargs,
	      const pv_tv *final, pv_tv *ret)
{
	pv_str name = n->names[0];
	size_t i = r->nvars;
	r->node = n;
	if (name.len == 1)
		i = r->base + 1;
	else
		while (i > r->base && r->vars[i - 1].name.s != name.s)
			i--;
	if (i == r->base)
		return run_fail(r, "undefined variable: %.*s", (int)name.len, name.s);
	if (n->nnames > 1)
		return fields(r, dot, &r->vars[i - 1].val, n, 1, args, nargs, final, ret);
	*ret = r->vars[i - 1].val;
	return not_a_function(r, args, nargs, final);
}

int
eval_ident(pv_trun *r, const pv_tv *dot, const node *n, const node *at, node *const *args, size_t nargs,
	   const pv_tv *final, pv_tv *ret)
{
	r->node = n;
	return eval_call(r, dot, n->fn, at, args, nargs, NULL, final, ret);
}

/* ---- fields ---- */

static int
map_field(pv_trun *r, pv_str name, bool has_args, const pv_tv *map, pv_tv *ret)
{
	if (has_args)
		return run_fail(r, "%.*s is not a method but has arguments", (int)name.len, name.s);
	const pv_tv *found = pv_tmap_find(map->map, name);
	if (found != NULL) {
		*ret = *found;
		ret->boxed = map->type != PV_TY_STRING_MAP;
		return 0;
	}
	if (r->how->missing == PV_T_MISSING_ERROR)
		return run_fail(r, "map has no entry for key \"%.*s\"", (int)name.len, name.s);
	*ret = pv_tv_invalid();
	if (map->map->named != NULL && map->map->named->absent != NULL)
		*ret = *map->map->named->absent;
	else if (r->how->missing == PV_T_MISSING_ZERO)
		*ret = map->type == PV_TY_STRING_MAP ? pv_tv_str(PV_STR("")) : pv_tv_nil();
	return 0;
}

static const pv_tfunc *
method(const pv_tfunc *of, pv_str name)
{
	for (; of != NULL && of->name != NULL; of++)
		if (pv_str_is(name, of->name))
			return of;
	return NULL;
}

/* The methods of a value's type, or NULL. */
static const pv_tfunc *
methods(const pv_tv *v)
{
	switch (v->kind) {
	case PV_T_MAP: return v->map->named ? v->map->named->methods : NULL;
	case PV_T_LIST: return v->list->named ? v->list->named->methods : NULL;
	case PV_T_OBJECT: return v->object->class->methods;
	default: return NULL;
	}
}

static int
object_field(pv_trun *r, pv_str name, bool has_args, const pv_tv *o, pv_tv *ret)
{
	const pv_tclass *class = o->object->class;
	if (class->field == NULL || !class->field(o->object, name, ret))
		return run_fail(r, "can't evaluate field %.*s in type %s", (int)name.len, name.s,
				o->boxed ? "interface {}" : class->type);
	if (has_args)
		return run_fail(r, "%.*s has arguments but cannot be invoked as function", (int)name.len,
				name.s);
	return 0;
}

int
eval_field(pv_trun *r, const pv_tv *dot, pv_str name, const node *at, node *const *args, size_t n,
	   const pv_tv *final, const pv_tv *receiver, pv_tv *ret)
{
	pv_tv from = *receiver;
	bool has_args = n > 1 || final != NULL;
	const pv_tfunc *m = method(methods(&from), name);
	if (m != NULL)
		return eval_call(r, dot, m, at, args, n, &from, final, ret);
	switch (from.kind) {
	case PV_T_INVALID:
		if (r->how->missing == PV_T_MISSING_ERROR)
			return run_fail(r, "nil data; no entry for key \"%.*s\"", (int)name.len, name.s);
		*ret = from;
		return 0;
	case PV_T_NIL: return run_fail(r, "nil pointer evaluating interface {}.%.*s", (int)name.len, name.s);
	case PV_T_MAP: return map_field(r, name, has_args, &from, ret);
	case PV_T_OBJECT: return object_field(r, name, has_args, &from, ret);
	default:
		return run_fail(r, "can't evaluate field %.*s in type %s", (int)name.len, name.s,
				from.boxed ? "interface {}" : pv_tv_type(&from));
	}
}
