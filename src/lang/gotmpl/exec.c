/* exec: walks the tree of a template and writes what its actions give. */
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/impl.h"

static void
push(pv_trun *r, pv_str name, pv_tv val)
{
	if (r->nvars == r->cvars) {
		size_t cap = r->cvars ? r->cvars * 2 : 64;
		binding *vars = pv_new_array(r->arena, binding, cap);
		if (r->nvars)
			memcpy(vars, r->vars, r->nvars * sizeof *vars);
		r->vars = vars;
		r->cvars = cap;
	}
	r->vars[r->nvars++] = (binding){name, val};
}

static int
assign(pv_trun *r, pv_str name, const pv_tv *val)
{
	for (size_t i = r->nvars; i > r->base; i--)
		if (r->vars[i - 1].name.s == name.s) {
			r->vars[i - 1].val = *val;
			return 0;
		}
	return run_fail(r, "undefined variable: %.*s", (int)name.len, name.s);
}

int
eval_pipe(pv_trun *r, const pv_tv *dot, const node *pipe, pv_tv *ret)
{
	pv_tv val = pv_tv_invalid();
	int code = run_step(r);
	r->node = pipe;
	for (uint32_t i = pipe->ndecl; code == 0 && i < pipe->n; i++) {
		pv_tv final = val;
		code = eval_command(r, dot, pipe->kids[i], i > pipe->ndecl ? &final : NULL, &val);
		val.boxed = false;
		if (val.kind == PV_T_NIL)
			val.kind = PV_T_INVALID;
	}
	for (uint32_t i = 0; code == 0 && i < pipe->ndecl; i++) {
		pv_str name = pipe->kids[i]->names[0];
		if (pipe->flag)
			code = assign(r, name, &val);
		else
			push(r, name, val);
	}
	*ret = val;
	return code;
}

static int
action(pv_trun *r, const pv_tv *dot, const node *n)
{
	pv_tv val;
	int code = eval_pipe(r, dot, n->pipe, &val);
	if (code < 0 || n->pipe->ndecl)
		return code;
	r->node = n;
	if (val.kind == PV_T_STRING && val.type == PV_TY_PLAIN)
		return run_write(r, val.s, val.len);
	size_t before = r->out->len;
	code = print_value(r, r->out, &val);
	size_t wrote = r->out->len - before;
	if (code < 0)
		return code;
	if (wrote > r->room)
		return run_too_large(r, "output");
	r->room -= wrote;
	return 0;
}

static int
if_or_with(pv_trun *r, const pv_tv *dot, const node *n)
{
	size_t mark = r->nvars;
	pv_tv val;
	int code = eval_pipe(r, dot, n->pipe, &val);
	if (code == 0 && pv_tv_truth(&val))
		code = walk(r, n->type == N_WITH ? &val : dot, n->list);
	else if (code == 0 && n->other != NULL)
		code = walk(r, dot, n->other);
	r->nvars = mark;
	return code;
}

/* ---- range ---- */

static int
iterate(pv_trun *r, const node *n, const pv_tv *index, const pv_tv *elem)
{
	const node *pipe = n->pipe;
	size_t mark = r->nvars;
	int code = run_step(r);
	if (code < 0)
		return code;
	if (pipe->ndecl > 0 && pipe->flag) {
		code = assign(r, pipe->kids[0]->names[0], pipe->ndecl > 1 ? index : elem);
		if (code == 0 && pipe->ndecl > 1)
			code = assign(r, pipe->kids[1]->names[0], elem);
	} else if (pipe->ndecl > 0) {
		r->vars[mark - 1].val = *elem;
		if (pipe->ndecl > 1)
			r->vars[mark - 2].val = *index;
	}
	if (code == 0)
		code = walk(r, elem, n->list);
	r->nvars = mark;
	return code == WALK_CONTINUE ? 0 : code;
}

static int
range_int(pv_trun *r, const node *n, const pv_tv *val)
{
	int code = 0;
	if (n->pipe->ndecl > 1)
		return run_fail(r, "can't use %lld to iterate over more than one variable",
				(long long)val->i);
	for (int64_t i = 0; code == 0 && i < val->i; i++) {
		pv_tv none = pv_tv_invalid(), elem = {.kind = val->kind, .type = val->type, .i = i};
		code = iterate(r, n, &none, &elem);
	}
	return code;
}

static int
range_list(pv_trun *r, const node *n, const pv_tlist *list, bool boxed)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < list->len; i++) {
		pv_tv index = pv_tv_int((int64_t)i), elem = list->items[i];
		elem.boxed = boxed;
		code = iterate(r, n, &index, &elem);
	}
	return code;
}

/* Over what the map was when it began: the body may change it. */
static int
range_map(pv_trun *r, const node *n, pv_tmap *map, bool boxed)
{
	int code = pv_trun_spend(r, map->len);
	uint32_t len = map->len;
	if (code < 0)
		return code;
	pv_tmap_sort(map);
	pv_tentry *at = pv_new_array(r->arena, pv_tentry, len);
	memcpy(at, map->at, len * sizeof *at);
	for (uint32_t i = 0; code == 0 && i < len; i++) {
		pv_tv key = pv_tv_str(at[i].key);
		at[i].val.boxed = boxed;
		code = iterate(r, n, &key, &at[i].val);
	}
	return code;
}

static int
cannot_range(pv_trun *r, const pv_tv *val)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	int code = print_value(r, &b, val);
	return code < 0 ? code : run_fail(r, "range can't iterate over %.*s", (int)b.len, b.len ? b.s : "");
}

static int
range(pv_trun *r, const pv_tv *dot, const node *n)
{
	size_t mark = r->nvars;
	pv_tv val;
	int code = eval_pipe(r, dot, n->pipe, &val);
	bool some = false;
	if (code < 0)
		return code;
	if (val.kind == PV_T_INT) {
		some = val.i > 0;
		code = range_int(r, n, &val);
	} else if (val.kind == PV_T_LIST) {
		some = val.list->len > 0;
		code = range_list(r, n, val.list, val.type == PV_TY_PLAIN);
	} else if (val.kind == PV_T_MAP) {
		some = val.map->len > 0;
		code = some ? range_map(r, n, val.map, val.type != PV_TY_STRING_MAP) : 0;
	} else if (val.kind > PV_T_NIL) {
		code = cannot_range(r, &val);
	}
	if (code == WALK_BREAK)
		code = 0;
	else if (code == 0 && !some && n->other != NULL)
		code = walk(r, dot, n->other);
	r->nvars = mark;
	return code;
}

/* ---- templates ---- */

static int
call_template(pv_trun *r, const pv_tv *dot, const node *n)
{
	const tree *t = run_find(r, n->name);
	pv_tv val = pv_tv_invalid();
	r->node = n;
	if (t == NULL)
		return run_fail(r, "template \"%.*s\" not defined", (int)n->name.len, n->name.s);
	if (n->with != NULL) {
		int code = eval_pipe(r, dot, n->with, &val);
		if (code < 0)
			return code;
	}
	r->node = n;
	return run_tree(r, t, &val, r->out);
}

int
run_tree(pv_trun *r, const tree *t, const pv_tv *dot, pv_buf *out)
{
	const tree *caller = r->tree;
	const node *at = r->node;
	pv_buf *before = r->out;
	size_t mark = r->nvars, base = r->base;
	if ((const char *)__builtin_frame_address(0) < r->floor)
		return run_fail(r, "exceeded maximum template depth");
	r->tree = t;
	r->out = out;
	r->base = mark;
	pv_tv self = *dot;
	if (self.kind == PV_T_NIL)
		self.kind = PV_T_INVALID;
	push(r, PV_STR("$"), self);
	int code = t->root ? walk(r, &self, t->root) : 0;
	r->nvars = mark;
	r->base = base;
	r->out = before;
	r->tree = caller;
	r->node = at;
	return code < 0 ? code : 0;
}

static int
walk_list(pv_trun *r, const pv_tv *dot, const node *n)
{
	int code = 0;
	for (uint32_t i = 0; code == 0 && i < n->n; i++)
		code = walk(r, dot, n->kids[i]);
	return code;
}

int
walk(pv_trun *r, const pv_tv *dot, const node *n)
{
	r->node = n;
	switch ((enum node_type)n->type) {
	case N_TEXT: return run_write(r, n->text.s, n->text.len);
	case N_ACTION: return action(r, dot, n);
	case N_IF:
	case N_WITH: return if_or_with(r, dot, n);
	case N_RANGE: return range(r, dot, n);
	case N_TEMPLATE: return call_template(r, dot, n);
	case N_BREAK: return WALK_BREAK;
	case N_CONTINUE: return WALK_CONTINUE;
	case N_LIST: return walk_list(r, dot, n);
	default: return 0;
	}
}
