/* The constructors of mutating policies (apiserver pkg/cel/mutation): Object{} and what is below
 * it, named by the path of fields, holds anything; JSONPatch{} is one operation. */
#include "lang/cel/check.h"
#include <string.h>

#define DEPTH 500
#define PATCH "JSONPatch"

/* ---- types ---- */

static const type *
part_type(check *c, const type *of, pv_str field, uint32_t pos)
{
	if (!pv_streq(of->name, PATCH) || pv_str_is(field, "value"))
		return &type_dyn;
	if (pv_str_is(field, "op") || pv_str_is(field, "path") || pv_str_is(field, "from"))
		return type_simple(T_STRING);
	issue(c->is, pos, "undefined field '%.*s'", (int)field.len, field.s);
	return &type_error;
}

const type *
check_part(check *c, const node *n, const type *of)
{
	return part_type(c, of, n->name, n->pos);
}

const type *
check_struct(check *c, node *n)
{
	const type *made =
		c->env->mutation && type_is_made(n->name) ? type_made(c->is->arena, n->name) : NULL;
	if (!made && !c->env->unchecked)
		check_unknown(c, n);
	for (size_t i = 0; i + 1 < n->n; i += 2) {
		pv_str field = v_strv(&n->args[i]->value);
		const type *t = check_element(c, n, i + 1, check_node(c, n->args[i + 1]));
		const type *want = made ? part_type(c, made, field, n->args[i]->pos) : &type_dyn;
		n->args[i]->type = type_simple(T_STRING);
		if (!type_assign(&c->trail, want, t, 0) && !c->env->unchecked)
			issue(c->is, n->args[i]->pos,
			      "expected type of field '%.*s' is '%s' but provided type is '%s'",
			      (int)field.len, field.s, check_show(c, want), check_show(c, t));
	}
	if (!made)
		return &type_error;
	n->name = pv_str_of(made->name); /* ends with a NUL: the value's name */
	n->flags |= F_TRUSTED;
	return made;
}

/* ---- values ---- */

val
cel_run_struct(run *r, const node *n)
{
	pv_vec pairs;
	r->at = n;
	if (!(n->flags & F_TRUSTED))
		return v_error(r, "unknown type: %.*s", (int)n->name.len, n->name.s);
	pv_vec_init(&pairs, r->arena, sizeof(val));
	v_spend(r, 40);
	for (size_t i = 0; i + 1 < n->n; i += 2) {
		val value;
		if (!cel_run_element(r, n, i + 1, &value))
			continue;
		if (is_error(&value))
			return value;
		pv_vec_push(&pairs, &n->args[i]->value);
		pv_vec_push(&pairs, &value);
	}
	val v = v_map(r, &pairs);
	if (is_error(&v))
		return v;
	v.kind = PV_CEL_STRUCT;
	v.node = n->name.s;
	return v;
}

static int check_names(pv_ctx *cx, run *r, const val *v, const char *path, unsigned depth);

/* Lists and maps have no name: what is in them stands at their own place. */
static int
check_items(pv_ctx *cx, run *r, const val *v, const char *path, unsigned depth)
{
	int e = 0;
	for (size_t i = 0; e == 0 && i < v->len; i++) {
		val key, item;
		if (v->kind == PV_CEL_LIST)
			item = v_item(r, v, i);
		else
			v_entry(r, v, i, &key, &item);
		e = check_names(cx, r, &item, path, depth);
	}
	return e;
}

/* path NULL: at the root, which names the place itself. */
static int
check_names(pv_ctx *cx, run *r, const val *v, const char *path, unsigned depth)
{
	bool patch = v->kind == PV_CEL_STRUCT && pv_streq(v->node, PATCH);
	int e = 0;
	if (depth > DEPTH)
		return pv_fail(cx, PV_EINVALID, "the value is nested more than %d deep", DEPTH);
	if (v->native)
		return 0;
	if (v->kind == PV_CEL_LIST || v->kind == PV_CEL_MAP)
		return check_items(cx, r, v, path, depth + 1);
	if (v->kind != PV_CEL_STRUCT)
		return 0;
	if (path && !pv_streq(path, v->node))
		return pv_fail(cx, PV_EINVALID,
			       "type mismatch: unexpected type name \"%s\", expected \"%s\", which matches "
			       "field name path from root Object type",
			       (const char *)v->node, path);
	for (size_t i = 0; e == 0 && i < v->len; i++) {
		pv_str field = v_strv(&v->items[2 * i]);
		const char *at = patch ? NULL
				       : pv_printf(cx->arena, "%s.%.*s", (const char *)v->node,
						   (int)field.len, field.s);
		e = check_names(cx, r, &v->items[2 * i + 1], at, depth + 1);
	}
	return e;
}

int
pv_cel_object(pv_ctx *cx, const pv_cel_val *v, pv_val *ret)
{
	run r = {.cx = cx, .arena = cx->arena};
	int e = check_names(cx, &r, v, NULL, 0);
	return e < 0 ? e : pv_cel_json(cx, v, ret);
}
