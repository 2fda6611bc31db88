/* Calls and folds in the checker: which function a name means, and which of its
 * signatures fit. */
#include "lang/cel/check.h"

/* ---- signatures ---- */

typedef struct match {
	const type *result;
	unsigned n; /* signatures that fit */
} match;

static bool
fits(check *c, const char *sig, const node *n, const type **ret)
{
	type *vars[2] = {type_var(c->arena), type_var(c->arena)};
	bool member = false, ok = true;
	size_t i = 0;
	while (*sig != ':') {
		if (*sig == '.') {
			member = i == 1;
			sig++;
			continue;
		}
		const type *want = type_of_sig(c->arena, &sig, vars);
		ok = ok && i < n->n && type_assign(&c->trail, want, n->args[i]->type, 0);
		i++;
	}
	sig++;
	*ret = type_of_sig(c->arena, &sig, vars);
	return ok && i == n->n && member == ((n->flags & F_MEMBER) != 0);
}

static bool
all_known(const node *n)
{
	for (size_t i = 0; i < n->n; i++)
		if (type_is_dyn(n->args[i]->type))
			return false;
	return true;
}

static match
overloads(check *c, const node *n)
{
	match m = {NULL, 0};
	const char *sig = n->fn->sigs;
	size_t mark = c->trail.len;
	const char *first = NULL;
	while (*sig) {
		const type *result;
		const char *end = sig;
		while (*end && *end != ' ')
			end++;
		if (fits(c, sig, n, &result)) {
			m.result = m.n && !type_same(m.result, result) ? &type_dyn : result;
			if (!m.n++)
				first = sig;
		}
		type_undo(&c->trail, mark);
		sig = *end ? end + 1 : end;
	}
	if (m.n) /* what the first binds stays bound, as in cel-go */
		fits(c, first, n, m.n == 1 ? &m.result : &(const type *){NULL});
	return m;
}

const type *
check_no_overload(check *c, const node *n)
{
	pv_buf b;
	size_t from = n->flags & F_MEMBER ? 1 : 0;
	pv_buf_init(&b, c->is->cx->arena);
	if (from)
		pv_buf_printf(&b, "%s.", check_show(c, n->args[0]->type));
	pv_buf_addc(&b, '(');
	for (size_t i = from; i < n->n; i++)
		pv_buf_printf(&b, "%s%s", i > from ? ", " : "", check_show(c, n->args[i]->type));
	issue(c->is, n->pos, "found no matching overload for '%.*s' applied to '%s)'", (int)n->name.len,
	      n->name.s, b.s);
	return &type_error;
}

/* ---- names of functions ---- */

static bool
is_local(const check *c, const node *n)
{
	while (n->kind == N_SELECT)
		n = n->args[0];
	for (size_t i = 0; i < c->locals.len; i++)
		if (n->kind == N_IDENT && pv_str_eq(PV_AT(local, &c->locals, i)->name, n->name))
			return true;
	return false;
}

/* math.abs(x): a member call whose receiver is a namespace. */
static bool
namespaced(check *c, node *n)
{
	pv_str space;
	if (!(n->flags & F_MEMBER) || is_local(c, n->args[0]) || !cel_path(c->arena, n->args[0], &space))
		return false;
	const cel_fn *fn = cel_fn_find(pv_str_of(pv_printf(c->arena, "%.*s.%.*s", (int)space.len, space.s,
							   (int)n->name.len, n->name.s)),
				       c->env);
	if (!fn)
		return false;
	n->fn = fn;
	n->name = pv_str_of(fn->name);
	n->flags &= (uint8_t)~F_MEMBER;
	n->args++;
	n->n--;
	return true;
}

const type *
check_call(check *c, node *n)
{
	if (!namespaced(c, n))
		n->fn = cel_fn_find(n->name, c->env);
	bool mixed = c->mixed;
	c->mixed |= n->flags & F_MEMBER && pv_str_is(n->name, "format");
	for (size_t i = 0; i < n->n; i++)
		check_node(c, n->args[i]);
	c->mixed = mixed;
	if (c->env->unchecked)
		return &type_dyn;
	if (!n->fn) {
		const type *t = check_declared(c, n);
		if (t)
			return t;
		check_unknown(c, n);
		return &type_error;
	}
	match m = overloads(c, n);
	if (!m.n)
		return check_no_overload(c, n);
	if (m.n == 1 && all_known(n))
		n->flags |= F_TRUSTED;
	return m.result;
}

/* ---- folds ---- */

static void
push(check *c, pv_str name, const type *t)
{
	local l = {name, t, (uint32_t)c->locals.len};
	pv_vec_push(&c->locals, &l);
	if (c->locals.len > c->program->slots)
		c->program->slots = (uint32_t)c->locals.len;
}

/* The types of the variables that go over a range. */
static bool
elements(check *c, const node *n, const type **ret_first, const type **ret_second)
{
	const type *range = type_resolved(n->args[0]->type);
	bool two = n->var2.s != NULL;
	*ret_first = *ret_second = &type_dyn;
	if (range->kind == T_LIST) {
		*ret_first = two ? type_simple(T_INT) : range->args[0];
		*ret_second = range->args[0];
	} else if (range->kind == T_MAP) {
		*ret_first = range->args[0];
		*ret_second = range->args[1];
	} else if (!type_is_dyn(range) && !c->env->unchecked) {
		issue(c->is, n->args[0]->pos,
		      "expression of type '%s' cannot be range of a comprehension (must be list, map, or dynamic)",
		      check_show(c, range));
		*ret_first = *ret_second = &type_error;
		return false;
	}
	return true;
}

static bool
is_bool(check *c, const node *n)
{
	return type_assign(&c->trail, &type_bool, n->type, 0) || c->env->unchecked;
}

/* What is taken only if it is true is a conditional to cel-go; `made`: what the fold adds it to. */
static void
refuse_test(check *c, const node *n, const node *test, const type *made)
{
	const char *text = check_show(c, made);

	issue(c->is, n->pos, "found no matching overload for '_?_:_' applied to '(%s, %s, %s)'",
	      check_show(c, test->type), text, text);
}

static const type *
fold_result(check *c, const node *n)
{
	const type *range = type_resolved(n->args[0]->type), *body = n->args[1]->type;
	switch ((enum fold)n->fold) {
	case FOLD_ALL:
	case FOLD_EXISTS:
		if (!is_bool(c, n->args[1]))
			issue(c->is, n->args[1]->pos, "expected type 'bool' but found '%s'",
			      check_show(c, body));
		return &type_bool;
	case FOLD_ONE:
		if (!is_bool(c, n->args[1]))
			refuse_test(c, n, n->args[1], type_simple(T_INT));
		return &type_bool;
	case FOLD_FILTER:
		return type_new(c->arena, T_LIST, "list",
				range->kind == T_LIST || range->kind == T_MAP ? range->args[0] : &type_dyn,
				NULL);
	case FOLD_MAP:
	case FOLD_TO_LIST: return type_new(c->arena, T_LIST, "list", body, NULL);
	case FOLD_TO_MAP:
		return type_new(c->arena, T_MAP, "map",
				range->kind == T_MAP    ? range->args[0]
				: range->kind == T_LIST ? type_simple(T_INT)
							: &type_dyn,
				body);
	case FOLD_TO_ENTRY: return type_is_dyn(body) ? type_named(PV_STR("map")) : body;
	case FOLD_BIND:
	case FOLD_OPT_FLAT: return body;
	case FOLD_OPT_MAP: return type_new(c->arena, T_OPAQUE, "optional_type", body, NULL);
	}
	return &type_dyn;
}

const type *
check_fold(check *c, node *n)
{
	const type *first, *second, *of = type_resolved(check_node(c, n->args[0]));
	size_t mark = c->locals.len;
	if (n->fold == FOLD_BIND) {
		first = second = of;
	} else if (n->fold == FOLD_OPT_MAP || n->fold == FOLD_OPT_FLAT) {
		if (!type_is_optional(of) && !type_is_dyn(of))
			issue(c->is, n->pos, "found no matching overload for '%s' applied to '%s.(dyn)'",
			      n->fold == FOLD_OPT_MAP ? "optMap" : "optFlatMap", check_show(c, of));
		first = second = type_is_optional(of) ? of->args[0] : &type_dyn;
	} else {
		elements(c, n, &first, &second);
	}
	n->slot = (uint32_t)mark;
	push(c, n->var, first);
	if (n->var2.s)
		push(c, n->var2, second);
	bool good = true;
	if (n->n == 3) { /* the filter binds types first */
		check_node(c, n->args[2]);
		good = is_bool(c, n->args[2]);
	}
	check_node(c, n->args[1]);
	if (n->fold == FOLD_FILTER)
		good = is_bool(c, n->args[1]);
	while (c->locals.len > mark)
		pv_vec_pop(&c->locals);
	const type *result = fold_result(c, n);
	if (!good)
		refuse_test(c, n, n->args[n->n - 1], result);
	return result;
}
