/* typing: the static type checker.  It walks a body's goals in their final order, as OPA's
 * checker walks expressions, and notes what each variable can be.  An error is what can
 * never hold: operands that a builtin does not take, members that a value cannot have,
 * sides of = that never meet. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/builtin.h"
#include "lang/rego/compile.h"
#include "lang/rego/types.h"
#include "lang/rego/typing_schema.h"

enum { KNOWN = 64 };
typedef struct signature { /* what a signature says, read once for all bodies */
	const rg_builtin *of;
	const rg_type *const *types;
} signature;

typedef struct typing {
	rg_unit *u;
	pv_arena *arena;
	pv_str text;           /* of the source */
	const rg_type **slots; /* by variable; NULL: not known yet */
	signature *known;      /* KNOWN of them, by the builtin's place */
	rg_docs docs;
} typing;

static void check_goals(typing *t, const rg_goals *goals);

/* ---- errors ---- */

static const char *
shown(typing *t, const rg_type *type)
{
	pv_buf b;
	pv_buf_init(&b, t->arena);
	rg_type_write(&b, type);
	return b.s;
}

static pv_str
source(const typing *t, const rg_loc *loc)
{
	bool known = loc->end > loc->off && loc->end <= t->text.len;
	return known ? (pv_str){t->text.s + loc->off, loc->end - loc->off} : (pv_str){"", 0};
}

static void
mismatch(typing *t, const rg_goal *g, const rg_type *a, const rg_type *b)
{
	rg_unit_error(t->u, g->loc, "rego_type_error", "match error\n\tleft  : %s\n\tright : %s", shown(t, a),
		      shown(t, b));
}

/* Under the path element that is wrong: what it is, and what it could be. */
static void
undefined(typing *t, const rg_goal *g, const rg_pat *p, const rg_type *of)
{
	pv_buf b;
	pv_str ref = source(t, g->loc);
	const rg_type *keys = rg_type_keys(t->arena, of);
	const char *sep = "";
	pv_buf_init(&b, t->arena);
	pv_buf_printf(&b, "undefined ref: %.*s", (int)ref.len, ref.s);
	if (keys && p->kind == PAT_CONST) {
		pv_buf_adds(&b, "\n\thave: ");
		rg_write_term(&b, &p->val);
	} else if (!keys) {
		pv_buf_printf(&b, "\n\thave: %s", shown(t, of));
	}
	if (keys && of->kind == TYPE_OBJECT && of->n) {
		pv_buf_adds(&b, "\n\twant (one of): [");
		for (uint32_t i = 0; i < of->n; i++, sep = " ") {
			pv_buf_adds(&b, sep);
			rg_write_term(&b, &of->keys[i]);
		}
		pv_buf_addc(&b, ']');
	} else if (keys) {
		pv_buf_printf(&b, "\n\twant (type): %s", shown(t, keys));
	}
	rg_unit_error(t->u, g->loc, "rego_type_error", "%s", b.s);
}

static void
bad_operands(typing *t, const rg_goal *g, const char *name, const rg_type *const *have, const char *want)
{
	pv_buf b;
	pv_buf_init(&b, t->arena);
	for (uint32_t i = 0; i < g->npath; i++) {
		pv_buf_adds(&b, i ? ", " : "");
		rg_type_write(&b, have[i]);
	}
	if (g->out && !g->statement)
		pv_buf_adds(&b, g->npath ? ", ???" : "???");
	rg_unit_error(t->u, g->loc, "rego_type_error", "%s: invalid argument(s)\n\thave: (%s)\n\twant: %s",
		      name, b.len ? b.s : "", want);
}

/* ---- patterns ---- */

/* NULL: a variable about which nothing is known yet. */
static const rg_type *
type_of(typing *t, const rg_pat *p)
{
	const rg_type **args, *key = NULL, *of = NULL;
	pv_val *keys;
	uint32_t n = 0;
	switch ((enum rg_pat_kind)p->kind) {
	case PAT_CONST: return rg_type_of(t->arena, &p->val);
	case PAT_VAR: return t->slots[p->slot];
	case PAT_SET:
		for (uint32_t i = 0; i < p->n; i++) {
			const rg_type *x = type_of(t, p->args[i]);
			of = rg_type_or(t->arena, of, x ? x : &rg_type_any);
		}
		return rg_type_set(t->arena, of);
	case PAT_ARRAY:
	case PAT_OBJECT: break;
	}
	args = pv_new_array(t->arena, const rg_type *, p->n);
	keys = pv_new_array(t->arena, pv_val, p->n);
	for (uint32_t i = p->kind == PAT_OBJECT; i < p->n; i += p->kind == PAT_OBJECT ? 2 : 1) {
		const rg_type *x = type_of(t, p->args[i]), *k;
		x = x ? x : &rg_type_any;
		if (p->kind == PAT_OBJECT && p->args[i - 1]->kind == PAT_CONST)
			keys[n] = p->args[i - 1]->val;
		else if (p->kind == PAT_OBJECT) {
			k = type_of(t, p->args[i - 1]);
			key = rg_type_or(t->arena, key, k ? k : &rg_type_any);
			of = rg_type_or(t->arena, of, x);
			continue;
		}
		args[n++] = x;
	}
	return p->kind == PAT_ARRAY ? rg_type_array(t->arena, args, n, NULL)
				    : rg_type_object(t->arena, keys, args, n, key, of);
}

static bool bind(typing *t, const rg_pat *p, const rg_type *type);

/* Every variable inside that is not known yet can be anything. */
static void
bind_any(typing *t, const rg_pat *p)
{
	if (p->kind == PAT_VAR && !t->slots[p->slot])
		t->slots[p->slot] = &rg_type_any;
	for (uint32_t i = 0; i < p->n; i++)
		bind_any(t, p->args[i]);
}

static bool
bind_parts(typing *t, const rg_pat *p, const rg_type *type)
{
	if (type->kind == TYPE_ARRAY && (type->of ? p->n < type->n : p->n != type->n))
		return false;
	for (uint32_t i = p->kind == PAT_OBJECT; i < p->n; i += p->kind == PAT_OBJECT ? 2 : 1) {
		const rg_pat *key = p->kind == PAT_OBJECT ? p->args[i - 1] : NULL;
		pv_val at = pv_int(i);
		const rg_type *x = key && key->kind != PAT_CONST
					   ? rg_type_values(t->arena, type)
					   : rg_type_select(t->arena, type, key ? &key->val : &at);
		if (!x || !bind(t, p->args[i], x))
			return false;
	}
	return true;
}

/* The pattern's value is of that type; false: it cannot be. */
static bool
bind(typing *t, const rg_pat *p, const rg_type *type)
{
	bool any = type->kind == TYPE_ANY && type->n == 0;
	const rg_type *known;
	if (p->kind == PAT_VAR && !t->slots[p->slot]) {
		t->slots[p->slot] = type;
		return true;
	}
	if (p->kind == PAT_CONST)
		return rg_type_fits(&p->val, type);
	if ((p->kind == PAT_ARRAY && type->kind == TYPE_ARRAY) ||
	    (p->kind == PAT_OBJECT && type->kind == TYPE_OBJECT))
		return bind_parts(t, p, type);
	if (p->kind == PAT_ARRAY || p->kind == PAT_OBJECT)
		for (uint32_t i = 0; type->kind == TYPE_ANY && i < type->n; i++)
			if (type->args[i]->kind == (p->kind == PAT_ARRAY ? TYPE_ARRAY : TYPE_OBJECT) &&
			    bind_parts(t, p, type->args[i]))
				return true;
	if (p->n && any) {
		bind_any(t, p);
		return true;
	}
	known = type_of(t, p);
	return rg_type_meets(known ? known : &rg_type_any, type);
}

/* ---- references ---- */

/* One step of the path; NULL: it leads nowhere, and the error is noted. */
static const rg_type *
step(typing *t, const rg_goal *g, const rg_type *type, const rg_pat *p)
{
	const rg_type *keys = rg_type_keys(t->arena, type), *next = NULL, *known;
	if (p->kind == PAT_CONST) {
		next = rg_type_select(t->arena, type, &p->val);
	} else if (keys && p->kind == PAT_VAR) {
		known = t->slots[p->slot];
		if (!known)
			t->slots[p->slot] = keys;
		if (!known || rg_type_meets(known, keys))
			next = rg_type_values(t->arena, type);
	} else if (keys && bind(t, p, keys)) {
		next = rg_type_values(t->arena, type);
	}
	if (!next)
		undefined(t, g, p, type);
	return next;
}

static const rg_type *
base_of(typing *t, const rg_goal *g)
{
	const rg_type *type = NULL;
	if (g->base == BASE_PAT)
		type = type_of(t, g->a);
	else if (g->base == BASE_GROUP && !g->group->inner) /* of which not all may be known yet */
		type = g->group->type;
	else if (g->base == BASE_INPUT)
		type = t->docs.input;
	return type ? type : &rg_type_any;
}

static void
check_ref(typing *t, const rg_goal *g)
{
	rg_pat *const *path = g->path;
	uint32_t n = g->npath;
	const rg_type *type = rg_schemas_at(t->arena, &t->docs, g, &path, &n);
	type = type ? type : base_of(t, g);
	for (uint32_t i = 0; i < n && type; i++)
		type = step(t, g, type, path[i]);
	for (uint32_t i = 0; i < g->npath; i++)
		bind_any(t, g->path[i]);
	if (type && !bind(t, g->out, type))
		mismatch(t, g, type_of(t, g->out), type);
	bind_any(t, g->out);
}

/* ---- calls ---- */

/* "number, any": what a function takes, before its result. */
static void
write_params(pv_buf *b, const rg_group *g)
{
	for (uint32_t i = 0; i < g->arity; i++) {
		pv_buf_adds(b, i ? ", " : "");
		rg_type_write(b, g->params[i] ? g->params[i] : &rg_type_any);
	}
}

static void
not_called(typing *t, const rg_goal *g)
{
	const char *name = rg_node_name(t->arena, g->group->node);
	pv_buf b;
	pv_buf_init(&b, t->arena);
	pv_buf_printf(&b, "function %s used as reference, not called\n\thave: (", name);
	write_params(&b, g->group);
	pv_buf_adds(&b, ") => ");
	rg_type_write(&b, g->group->type ? g->group->type : &rg_type_any);
	rg_unit_error(t->u, g->loc, "rego_type_error", "%s", b.s);
	for (uint32_t i = 0; i < g->npath; i++)
		bind_any(t, g->path[i]);
	bind_any(t, g->out);
}

/* Operands as OPA declares them, and the result; NULL: a builtin that OPA does not have. */
static const rg_type *const *
declared(typing *t, const rg_builtin *b)
{
	signature *k = &t->known[(uintptr_t)b / sizeof *b % KNOWN];
	if (k->of == b)
		return k->types;
	const char *text = rg_signature(b->name);
	const rg_type **types = text ? pv_new_array(t->arena, const rg_type *, (size_t)b->arity + 2) : NULL;
	if (text)
		(void)rg_signature_types(t->arena, text, types, (uint32_t)b->arity + 1);
	*k = (signature){b, types};
	return types;
}

static void
check_call(typing *t, const rg_goal *g)
{
	const rg_type *const *want = g->group ? g->group->params : declared(t, g->builtin);
	const rg_type **have = pv_new_array(t->arena, const rg_type *, (size_t)g->npath + 1), *result;
	bool fits = true;
	for (uint32_t i = 0; i < g->npath; i++) {
		const rg_type *type = want ? want[i] : NULL;
		have[i] = type_of(t, g->path[i]);
		fits = bind(t, g->path[i], type ? type : &rg_type_any) && fits;
		bind_any(t, g->path[i]);
	}
	if (!fits && g->group) {
		pv_buf b;
		pv_buf_init(&b, t->arena);
		pv_buf_addc(&b, '(');
		write_params(&b, g->group);
		pv_buf_adds(&b, ", ");
		rg_type_write(&b, g->group->type ? g->group->type : &rg_type_any);
		pv_buf_addc(&b, ')');
		bad_operands(t, g, rg_node_name(t->arena, g->group->node), have, b.s);
	} else if (!fits) {
		bad_operands(t, g, g->builtin->name, have, rg_signature(g->builtin->name));
	}
	result = g->group ? g->group->type : want ? want[g->npath] : NULL;
	result = result ? result : &rg_type_any;
	if (g->out && fits && !bind(t, g->out, result))
		mismatch(t, g, type_of(t, g->out), result);
	if (g->out)
		bind_any(t, g->out);
}

/* ---- goals ---- */

/* a = b: what is known of one side is known of the other.  a == b too, but a query may compare anything. */
static void
check_unify(typing *t, const rg_goal *g)
{
	bool free = g->compares && !t->u->group;
	const rg_type *a = type_of(t, g->a), *b = type_of(t, g->b);
	bool meet = true;
	if (!free && b && !(a && g->a->kind == PAT_VAR))
		meet = bind(t, g->a, b);
	else if (!free && a)
		meet = bind(t, g->b, a);
	if (!meet)
		mismatch(t, g, a, b);
	bind_any(t, g->a);
	bind_any(t, g->b);
}

static void
check_comprehension(typing *t, const rg_goal *g)
{
	check_goals(t, &g->body);
	bind_any(t, g->a);
	const rg_type *head = type_of(t, g->a), *made;
	if (g->b)
		bind_any(t, g->b);
	if (g->compr == PV_OBJECT)
		made = rg_type_object(t->arena, NULL, NULL, 0, head, type_of(t, g->b));
	else
		made = g->compr == PV_SET ? rg_type_set(t->arena, head)
					  : rg_type_array(t->arena, NULL, 0, head);
	if (!bind(t, g->out, made))
		mismatch(t, g, type_of(t, g->out), made);
	bind_any(t, g->out);
}

static void
check_goals(typing *t, const rg_goals *goals)
{
	for (size_t i = 0; i < goals->list.len; i++) {
		const rg_goal *g = *PV_AT(const rg_goal *, &goals->list, i);
		switch ((enum rg_goal_kind)g->kind) {
		case GOAL_UNIFY: check_unify(t, g); break;
		case GOAL_REF:
			if (g->base == BASE_GROUP && g->group->kind == RG_G_FUNC)
				not_called(t, g);
			else
				check_ref(t, g);
			break;
		case GOAL_CALL: check_call(t, g); break;
		case GOAL_COMPR: check_comprehension(t, g); break;
		case GOAL_NOT:
		case GOAL_WITH:
			if (!g->unchecked)
				check_goals(t, &g->body);
			break;
		case GOAL_EVERY: /* OPA looks at neither its domain nor its body */
		case GOAL_TRUE:
		case GOAL_FAIL: break;
		}
	}
}

/* ---- rules ---- */

static typing
typing_of(rg_unit *u, pv_str text, signature *all)
{
	return (typing){.u = u,
			.arena = u->arena,
			.text = text,
			.known = all,
			.docs = {.input = u->program->input},
			.slots = pv_new_array(u->arena, const rg_type *, u->vars.len + 1)};
}

void
rg_type_body(rg_unit *u, pv_str text, const rg_goals *goals)
{
	signature all[KNOWN] = {0};
	typing t = typing_of(u, text, all);
	check_goals(&t, goals);
}

/* The value that the clause gives, by the kind of its group. */
static const rg_type *
head_type(typing *t, const rg_group *g, const rg_head *head)
{
	for (uint32_t i = 0; i < head->n; i++)
		bind_any(t, head->pats[i]);
	const rg_type *type = type_of(t, head->pats[head->n - 1]);
	if (g->kind == RG_G_SET || head->into_set)
		type = rg_type_set(t->arena, type);
	for (uint32_t i = head->n - 1; g->kind == RG_G_OBJECT && i-- > 0;)
		type = rg_type_object(t->arena, NULL, NULL, 0, type_of(t, head->pats[i]), type);
	return type;
}

/* Members of several clauses may lie within each other: what they nest is merged. */
static const rg_type *
merged(pv_arena *arena, const rg_type *a, const rg_type *b)
{
	if (!a || !b || a->kind != TYPE_OBJECT || b->kind != TYPE_OBJECT)
		return rg_type_or(arena, a, b);
	return rg_type_object(arena, NULL, NULL, 0, rg_type_or(arena, a->key, b->key),
			      merged(arena, a->of, b->of));
}

static void
type_clause(rg_program *p, rg_group *g, const rg_clause *c, signature *all, rg_schemas *schemas)
{
	const rg_rule *of = c ? c->rule : NULL;
	for (; c && c->draft.unit; c = c->orelse) {
		typing t = typing_of(c->draft.unit, c->draft.unit->module->text, all);
		rg_schemas_rule(schemas, t.u, of, c->rule, &t.docs);
		check_goals(&t, c->draft.goals);
		const rg_type *type = head_type(&t, g, c->draft.head);
		g->type = g->kind == RG_G_OBJECT ? merged(p->arena, g->type, type)
						 : rg_type_or(p->arena, g->type, type);
		for (uint32_t i = 0; i < g->arity; i++)
			g->params[i] =
				rg_type_or(p->arena, g->params[i], t.slots[i] ? t.slots[i] : &rg_type_any);
	}
}

void
rg_type_program(rg_program *p)
{
	signature all[KNOWN] = {0};
	rg_schemas schemas;
	rg_schemas_init(&schemas, p);
	for (size_t i = 0; i < p->order.len; i++) {
		rg_group *g = *PV_AT(rg_group *, &p->order, i);
		g->params = pv_new_array(p->arena, const rg_type *, g->arity + 1);
		for (uint32_t k = 0; k < g->n; k++)
			type_clause(p, g, g->clauses[k], all, &schemas);
		type_clause(p, g, g->otherwise, all, &schemas);
	}
}
