/* The checker: names get their variables, calls their functions, nodes their types.
 * Unchecked, it only resolves names, and types are found at run time.  Rules: the
 * specification's "Type Checking" and "Name Resolution". */
#include "lang/cel/check.h"
#include <string.h>

#define DEPTH 600

/* ---- names ---- */

static const node *
root_of(const node *n)
{
	while (n->kind == N_SELECT)
		n = n->args[0];
	return n;
}

static const local *
find_local(const check *c, pv_str name)
{
	for (size_t i = c->locals.len; i > 0; i--)
		if (pv_str_eq(PV_AT(local, &c->locals, i - 1)->name, name))
			return PV_AT(local, &c->locals, i - 1);
	return NULL;
}

/* Is the chain's first name a comprehension's variable? */
static bool
is_shadowed(const check *c, const node *n)
{
	const node *root = root_of(n);
	return root->kind == N_IDENT && !(root->flags & F_ROOTED) && find_local(c, root->name);
}

/* `name` in the container and each outer one: "a.b.x", "a.x", "x". */
static const char *
candidate(const check *c, pv_str container, pv_str name)
{
	return container.len ? pv_printf(c->is->cx->arena, "%.*s.%.*s", (int)container.len, container.s,
					 (int)name.len, name.s)
			     : pv_strndup(c->is->cx->arena, name.s, name.len);
}

static bool
outer(pv_str *container)
{
	if (!container->len)
		return false;
	while (container->len && container->s[container->len - 1] != '.')
		container->len--;
	container->len -= container->len > 0;
	return true;
}

static int
find_var(const check *c, pv_str name, bool rooted)
{
	pv_str container = rooted ? PV_STR("") : pv_str_of(c->env->container);
	do {
		const char *full = candidate(c, container, name);
		for (size_t i = 0; i < c->env->n_vars; i++)
			if (pv_streq(c->env->vars[i].name, full))
				return (int)i;
	} while (outer(&container));
	return -1;
}

static const type *
var_type(check *c, const pv_cel_var *var)
{
	const type *t = var->type   ? type_parse(c->arena, var->type)
			: var->node ? type_of_shape(c->arena, c->env->shapes, var->node)
				    : &type_dyn;
	if (!t)
		t = &type_dyn;
	return var->optional ? type_new(c->arena, T_OPAQUE, "optional_type", t, NULL) : t;
}

/* A variable or a type by its qualified name; NULL if there is none. */
static const type *
resolve(check *c, node *n)
{
	pv_str name;
	if (is_shadowed(c, n) || !cel_path(c->is->cx->arena, n, &name))
		return NULL;
	bool rooted = root_of(n)->flags & F_ROOTED;
	int i = find_var(c, name, rooted);
	if (i >= 0) {
		n->kind = N_VAR;
		n->slot = (uint32_t)i;
		c->program->used[i / 64] |= (uint64_t)1 << i % 64;
		return n->type = var_type(c, &c->env->vars[i]);
	}
	const type *t = type_named(name);
	if (!t)
		return NULL;
	n->kind = N_LITERAL;
	n->value = v_type(t->name);
	return n->type = type_new(c->arena, T_TYPE, "type", t, NULL);
}

void
check_unknown(check *c, const node *n)
{
	issue(c->is, n->pos, "undeclared reference to '%s%.*s' (in container '%s')",
	      n->flags & F_ROOTED ? "." : "", (int)n->name.len, n->name.s,
	      c->env->container ? c->env->container : "");
}

static const type *
check_ident(check *c, node *n)
{
	const local *l = n->flags & F_ROOTED ? NULL : find_local(c, n->name);
	if (l) {
		n->kind = N_LOCAL;
		n->slot = l->slot;
		return l->type;
	}
	const type *t = resolve(c, n);
	if (t)
		return t;
	if (!c->env->unchecked)
		check_unknown(c, n);
	return &type_error;
}

/* ---- selections ---- */

/* Names that are no identifiers are written with __dash__ and the like (apiserver's cel.Escape); "" is
 * what no name is written as. */
static pv_str
unescape(check *c, pv_str name)
{
	static const struct {
		const char *from, *to;
	} rows[] = {{"__underscores__", "__"}, {"__dot__", "."}, {"__dash__", "-"}, {"__slash__", "/"}};
	pv_buf b;
	if (name.len > 4 && !memcmp(name.s, "__", 2) && !memcmp(name.s + name.len - 2, "__", 2)) {
		pv_str word = {name.s + 2, name.len - 4};
		if (cel_reserved(word) || pv_str_is(word, "true") || pv_str_is(word, "false") ||
		    pv_str_is(word, "null") || pv_str_is(word, "in"))
			return word;
	}
	if (name.len < 2 || !memmem(name.s, name.len, "__", 2))
		return name;
	pv_buf_init(&b, c->is->arena);
	for (size_t i = 0; i < name.len;) {
		size_t k = 0;
		while (k < PV_LEN(rows) && (name.len - i < strlen(rows[k].from) ||
					    memcmp(name.s + i, rows[k].from, strlen(rows[k].from)) != 0))
			k++;
		if (k < PV_LEN(rows)) {
			pv_buf_adds(&b, rows[k].to);
			i += strlen(rows[k].from);
		} else if (i + 1 < name.len && name.s[i] == '_' && name.s[i + 1] == '_') {
			return PV_STR(""); /* it would have been written otherwise */
		} else {
			pv_buf_addc(&b, name.s[i++]);
		}
	}
	return (pv_str){b.s, b.len};
}

const char *
check_show(check *c, const type *t)
{
	pv_buf b;
	pv_buf_init(&b, c->is->cx->arena);
	type_show(&b, t);
	return b.s;
}

static const type *
field_type(check *c, node *n, const type *of)
{
	const type *t;
	of = type_resolved(of);
	if (of->kind == T_MAP)
		return of->args[1];
	if (type_is_dyn(of))
		return &type_dyn;
	if (of->kind == T_STRUCT)
		return check_part(c, n, of);
	if (of->kind != T_OBJECT) {
		issue(c->is, n->pos, "type '%s' does not support field selection", check_show(c, of));
		return &type_error;
	}
	PV_ASSERT(c->env->shapes); /* there are objects only of shapes */
	t = type_of_shape(c->arena, c->env->shapes,
			  c->env->shapes->field(of->node, n->plain.s, n->plain.len));
	if (!t)
		issue(c->is, n->pos, "undefined field '%.*s'", (int)n->name.len, n->name.s);
	return t ? t : &type_error;
}

static const type *
optional_of(check *c, const type *t)
{
	return type_new(c->arena, T_OPAQUE, "optional_type", t, NULL);
}

/* has(variables.x) of a declared variable: it is there, whatever its value turns out to be. */
static const type *
has_variable(check *c, node *n)
{
	pv_str name;
	bool is;

	n->kind = N_SELECT;
	is = !is_shadowed(c, n) && cel_path(c->is->cx->arena, n, &name) &&
	     find_var(c, name, root_of(n)->flags & F_ROOTED) >= 0;
	n->kind = N_HAS;
	if (!is)
		return NULL;
	n->kind = N_LITERAL;
	n->value = v_bool(true);
	return n->type = &type_bool;
}

static const type *
check_select(check *c, node *n)
{
	const type *t = n->kind == N_SELECT ? resolve(c, n) : n->kind == N_HAS ? has_variable(c, n) : NULL;
	if (t)
		return t;
	n->plain = c->env->shapes ? unescape(c, n->name) : n->name;
	const type *of = check_node(c, n->args[0]);
	bool optional = type_is_optional(of);
	t = field_type(c, n, optional ? type_resolved(of)->args[0] : of);
	if (n->kind == N_HAS)
		return &type_bool;
	return optional || n->kind == N_OPT_SELECT ? optional_of(c, t) : t;
}

static const type *
check_index(check *c, node *n)
{
	const type *of = type_resolved(check_node(c, n->args[0])), *key = check_node(c, n->args[1]),
		   *t = &type_dyn;
	bool optional = type_is_optional(of);
	if (optional)
		of = type_resolved(of->args[0]);
	if (of->kind == T_LIST && (type_is_dyn(key) || type_assign(&c->trail, type_simple(T_INT), key, 0)))
		t = of->args[0];
	else if (of->kind == T_MAP && type_assign(&c->trail, of->args[0], key, 0))
		t = of->args[1];
	else if (!type_is_dyn(of) && !c->env->unchecked) {
		issue(c->is, n->pos, "found no matching overload for '%s' applied to '(%s, %s)'",
		      n->kind == N_OPT_INDEX ? "_[?_]" : "_[_]", check_show(c, n->args[0]->type),
		      check_show(c, key));
		t = &type_error;
	}
	return optional || n->kind == N_OPT_INDEX ? optional_of(c, t) : t;
}

/* ---- literals ---- */

/* The type that holds both, or NULL; what was bound on the way is the caller's to undo. */
static const type *
both(check *c, const type *a, const type *b)
{
	if (type_is_dyn(b) && type_resolved(b)->kind != T_VAR)
		return b;
	if (type_resolved(a)->kind == T_NULL && type_assign(&c->trail, b, a, 0))
		return b;
	if (type_assign(&c->trail, a, b, 0))
		return type_is_general(a, b, 0) ? a : b;
	return NULL;
}

/* The type of a literal's elements so far, and of one more. */
static const type *
join(check *c, const type *a, const type *b, uint32_t pos)
{
	size_t mark = c->trail.len;
	if (!a || a == b)
		return b;
	if (type_is_dyn(a) && type_resolved(a)->kind != T_VAR)
		return a;
	const type *t = both(c, a, b);
	if (t)
		return t;
	type_undo(&c->trail, mark);
	if (c->env->homogeneous && !c->mixed && !c->env->unchecked)
		issue(c->is, pos, "expected type '%s' but found '%s'", check_show(c, a), check_show(c, b));
	return &type_dyn;
}

const type *
check_element(check *c, const node *n, size_t i, const type *t)
{
	if (!n->optional || !n->optional[i])
		return t;
	if (type_is_optional(t))
		return type_resolved(t)->args[0];
	if (!type_is_dyn(t))
		issue(c->is, n->args[i]->pos, "expected type 'optional_type(%s)' but found '%s'",
		      check_show(c, t), check_show(c, t));
	return &type_dyn;
}

static const type *
check_list(check *c, node *n)
{
	const type *t = NULL;
	for (size_t i = 0; i < n->n; i++)
		t = join(c, t, check_element(c, n, i, check_node(c, n->args[i])), n->args[i]->pos);
	return type_new(c->arena, T_LIST, "list", t ? t : type_var(c->arena), NULL);
}

static const type *
check_map(check *c, node *n)
{
	const type *k = NULL, *v = NULL;
	for (size_t i = 0; i + 1 < n->n; i += 2) {
		k = join(c, k, check_node(c, n->args[i]), n->args[i]->pos);
		v = join(c, v, check_element(c, n, i + 1, check_node(c, n->args[i + 1])),
			 n->args[i + 1]->pos);
	}
	return type_new(c->arena, T_MAP, "map", k ? k : type_var(c->arena), v ? v : type_var(c->arena));
}

static const type *
check_literal(const node *n)
{
	static const enum type_kind kinds[] = {
		[PV_CEL_NULL] = T_NULL,   [PV_CEL_BOOL] = T_BOOL,     [PV_CEL_INT] = T_INT,
		[PV_CEL_UINT] = T_UINT,   [PV_CEL_DOUBLE] = T_DOUBLE, [PV_CEL_STRING] = T_STRING,
		[PV_CEL_BYTES] = T_BYTES,
	};
	return n->value.kind == PV_CEL_NULL ? &type_null : type_simple(kinds[n->value.kind]);
}

/* ---- all nodes ---- */

static const type *
check_bools(check *c, node *n)
{
	for (size_t i = 0; i < n->n; i++) {
		const type *t = check_node(c, n->args[i]);
		if (type_assign(&c->trail, &type_bool, t, 0) || c->env->unchecked)
			continue;
		issue(c->is, n->args[i]->pos, "expected type 'bool' but found '%s'", check_show(c, t));
	}
	return &type_bool;
}

static const type *
check_cond(check *c, node *n)
{
	const type *test = check_node(c, n->args[0]), *a = check_node(c, n->args[1]),
		   *b = check_node(c, n->args[2]);
	size_t mark = c->trail.len;
	if (c->env->unchecked)
		return &type_dyn;
	const type *t = type_assign(&c->trail, &type_bool, test, 0) ? both(c, a, b) : NULL;
	if (t)
		return t;
	type_undo(&c->trail, mark);
	issue(c->is, n->pos, "found no matching overload for '_?_:_' applied to '(%s, %s, %s)'",
	      check_show(c, test), check_show(c, a), check_show(c, b));
	return &type_error;
}

const type *
check_node(check *c, node *n)
{
	const type *t = &type_error;
	if (++c->depth > DEPTH) {
		if (!c->is->n)
			issue(c->is, n->pos, "expression is nested more than %d deep", DEPTH);
		c->depth--;
		return n->type = t;
	}
	switch ((enum node_kind)n->kind) {
	case N_LITERAL: t = check_literal(n); break;
	case N_IDENT: t = check_ident(c, n); break;
	case N_SELECT:
	case N_HAS:
	case N_OPT_SELECT: t = check_select(c, n); break;
	case N_CALL: t = check_call(c, n); break;
	case N_INDEX:
	case N_OPT_INDEX: t = check_index(c, n); break;
	case N_LIST: t = check_list(c, n); break;
	case N_MAP: t = check_map(c, n); break;
	case N_STRUCT: t = check_struct(c, n); break;
	case N_COND: t = check_cond(c, n); break;
	case N_AND:
	case N_OR: t = check_bools(c, n); break;
	case N_FOLD: t = check_fold(c, n); break;
	case N_LOCAL:
	case N_VAR: t = n->type; break; /* resolved already */
	}
	c->depth--;
	return n->type = c->env->unchecked ? &type_dyn : t;
}

static void
finish(check *c, node *n)
{
	n->type = type_final(c->arena, n->type ? n->type : &type_dyn, 0);
	for (size_t i = 0; i < n->n; i++)
		if (n->args[i]->type)
			finish(c, n->args[i]);
}

void
cel_check(issues *is, const pv_cel_env *env, node *root, pv_cel *program)
{
	check c = {.is = is, .arena = is->cx->arena, .env = env, .program = program};
	pv_vec_init(&c.locals, is->cx->arena, sizeof(local));
	pv_vec_init(&c.trail, is->cx->arena, sizeof(type *));
	check_node(&c, root);
	if (!is->n && env->want && !env->unchecked &&
	    !type_assign(&c.trail, type_parse(c.arena, env->want), root->type, 0))
		issue(is, root->pos, "expected type '%s' but found '%s'", env->want,
		      check_show(&c, root->type));
	if (!is->n)
		finish(&c, root);
	program->node = is->n ? NULL : type_resolved(root->type)->node;
	program->type = is->n ? &type_error : type_copy(is->arena, root->type, 0);
}
