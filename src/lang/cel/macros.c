/* Macros: calls that take names and bodies, turned into folds.  A call of the same
 * name with another number of arguments stays a call. */
#include "lang/cel/ast.h"

static bool
has_target(const node *call, const char *name)
{
	const node *of = call->flags & F_MEMBER ? call->args[0] : NULL;
	return of && of->kind == N_IDENT && pv_str_is(of->name, name);
}

static node *
has(issues *is, node *call)
{
	node *of = call->args[0];
	if (of->kind != N_SELECT) {
		issue(is, of->pos, "invalid argument to has() macro");
		return call;
	}
	of->kind = N_HAS;
	of->pos = call->pos;
	return of;
}

static bool
take_name(issues *is, const node *from, pv_str *ret)
{
	if (from->kind != N_IDENT || from->flags & F_ROOTED) {
		issue(is, from->pos, "argument must be a simple name");
		return false;
	}
	*ret = from->name;
	return true;
}

/* args: receiver, names, [filter,] body -> range, body[, filter]. */
static node *
fold(issues *is, node *call, enum fold kind, size_t names, bool filtered)
{
	node *x = cel_node(is->arena, N_FOLD, call->pos, filtered ? 3 : 2);
	x->fold = (uint8_t)kind;
	if (!take_name(is, call->args[1], &x->var) || (names == 2 && !take_name(is, call->args[2], &x->var2)))
		return call;
	if (names == 2 && pv_str_eq(x->var, x->var2)) {
		issue(is, call->args[2]->pos, "duplicate variable name: %.*s", (int)x->var.len, x->var.s);
		return call;
	}
	x->args[0] = call->args[0];
	x->args[1] = call->args[call->n - 1];
	if (filtered)
		x->args[2] = call->args[1 + names];
	return x;
}

static node *
bind(issues *is, node *call)
{
	node *x = cel_node(is->arena, N_FOLD, call->pos, 2);
	x->fold = FOLD_BIND;
	if (!take_name(is, call->args[1], &x->var))
		return call;
	x->args[0] = call->args[2];
	x->args[1] = call->args[3];
	return x;
}

/* math.greatest and math.least: three and more arguments are a list. */
static node *
extreme(issues *is, node *call, bool greatest)
{
	node *x = cel_node(is->arena, N_CALL, call->pos, call->n == 3 ? 2 : 1);
	if (call->n < 2) {
		issue(is, call->pos, "math.%s() requires at least one argument",
		      greatest ? "greatest" : "least");
		return call;
	}
	x->name = greatest ? PV_STR("math.@max") : PV_STR("math.@min");
	x->args[0] = call->args[1];
	if (call->n == 3)
		x->args[1] = call->args[2];
	if (call->n > 3) {
		node *all = cel_node(is->arena, N_LIST, call->pos, 0);
		all->n = call->n - 1;
		all->args = call->args + 1;
		x->args[0] = all;
	}
	return x;
}

node *
cel_macro(issues *is, node *call)
{
	static const struct {
		const char *name;
		uint32_t n; /* arguments, the receiver with them */
		enum fold fold;
		uint8_t names;
		bool filtered;
	} rows[] = {
		{"all", 3, FOLD_ALL, 1, false},
		{"all", 4, FOLD_ALL, 2, false},
		{"exists", 3, FOLD_EXISTS, 1, false},
		{"exists", 4, FOLD_EXISTS, 2, false},
		{"exists_one", 3, FOLD_ONE, 1, false},
		{"exists_one", 4, FOLD_ONE, 2, false},
		{"existsOne", 3, FOLD_ONE, 1, false},
		{"existsOne", 4, FOLD_ONE, 2, false},
		{"filter", 3, FOLD_FILTER, 1, false},
		{"map", 3, FOLD_MAP, 1, false},
		{"map", 4, FOLD_MAP, 1, true},
		{"transformList", 4, FOLD_TO_LIST, 2, false},
		{"transformList", 5, FOLD_TO_LIST, 2, true},
		{"transformMap", 4, FOLD_TO_MAP, 2, false},
		{"transformMap", 5, FOLD_TO_MAP, 2, true},
		{"transformMapEntry", 4, FOLD_TO_ENTRY, 2, false},
		{"transformMapEntry", 5, FOLD_TO_ENTRY, 2, true},
		{"optMap", 3, FOLD_OPT_MAP, 1, false},
		{"optFlatMap", 3, FOLD_OPT_FLAT, 1, false},
	};
	if (!(call->flags & F_MEMBER))
		return pv_str_is(call->name, "has") && call->n == 1 ? has(is, call) : NULL;
	if (is->binds && has_target(call, "cel") && pv_str_is(call->name, "bind") && call->n == 4)
		return bind(is, call);
	if (is->kubernetes && has_target(call, "math"))
		return NULL;
	if (has_target(call, "math") && pv_str_is(call->name, "greatest"))
		return extreme(is, call, true);
	if (has_target(call, "math") && pv_str_is(call->name, "least"))
		return extreme(is, call, false);
	if (is->kubernetes && pv_str_is(call->name, "existsOne") && call->n == 3)
		return NULL; /* the standard's is exists_one */
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (call->n == rows[i].n && pv_str_is(call->name, rows[i].name))
			return fold(is, call, rows[i].fold, rows[i].names, rows[i].filtered);
	return NULL;
}
