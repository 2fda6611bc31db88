/* values: what stands between operators: literals, lists, maps, names, calls, members.
 * https://expr-lang.org/docs/language-definition */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/expr/inside.h"

/* ---- tokens ---- */

bool
ex_is(const ex_parser *p, const char *sign)
{
	return (p->l.type == T_SIGN || p->l.type == T_WORD) && pv_str_is(p->l.token, sign);
}

int
ex_step(ex_parser *p)
{
	return ex_next(&p->l);
}

int
ex_unexpected(ex_parser *p, const char *expected)
{
	if (p->l.type == T_END)
		return ex_fail(&p->l, "unexpected end: expected %s", expected);
	return ex_fail(&p->l, "unexpected token %.*s: expected %s",
		       PV_CLIP(pv_strndup(p->l.arena, p->l.token.s, p->l.token.len)), expected);
}

int
ex_expect(ex_parser *p, const char *sign)
{
	return ex_is(p, sign) ? ex_step(p) : ex_unexpected(p, sign);
}

pv_ex *
ex_node(ex_parser *p, enum ex_op op, size_t room)
{
	pv_ex *e = pv_new(p->l.arena, pv_ex);
	*e = (pv_ex){.op = (uint8_t)op, .line = p->l.line, .column = p->l.column, .value = pv_tv_nil()};
	e->kids = room ? pv_new_array(p->l.arena, const pv_ex *, room) : NULL;
	for (size_t i = 0; i < room; i++)
		e->kids[i] = NULL;
	e->n = room;
	return e;
}

void
ex_set_kids(ex_parser *p, pv_ex *e, const pv_vec *kids)
{
	e->kids = kids->len ? pv_vec_copy(kids, p->l.arena) : NULL;
	e->n = kids->len;
}

/* ---- what stands alone ---- */

/* A condition of each item: {..}, or without the braces. */
static int
closure(ex_parser *p, const pv_ex **ret)
{
	pv_ex *e = ex_node(p, X_CLOSURE, 1);
	bool braces = ex_is(p, "{");
	int r = braces ? ex_step(p) : 0;
	p->closures++;
	r = r < 0 ? r : ex_expression(p, 0, &e->kids[0]);
	p->closures--;
	*ret = e;
	return r < 0 || !braces ? r : ex_expect(p, "}");
}

/* Values with commas between them, up to the sign that closes; fn: they are its arguments. */
static int
values(ex_parser *p, const char *close, const ex_builtin *fn, pv_vec *ret)
{
	size_t before = ret->len;
	int r = 0;
	while (r == 0 && !ex_is(p, close)) {
		const pv_ex *one;
		if (ret->len > before && (r = ex_expect(p, ",")) < 0)
			break;
		if (ex_is(p, close)) /* a comma behind the last */
			break;
		r = fn && fn->closure == ret->len + 1 ? closure(p, &one) : ex_expression(p, 0, &one);
		if (r == 0)
			pv_vec_push(ret, &one);
	}
	return r;
}

static int
list(ex_parser *p, const pv_ex **ret)
{
	pv_ex *e = ex_node(p, X_LIST, 0);
	pv_vec kids;
	int r = ex_step(p);
	pv_vec_init(&kids, p->l.arena, sizeof(const pv_ex *));
	r = r < 0 ? r : values(p, "]", NULL, &kids);
	ex_set_kids(p, e, &kids);
	*ret = e;
	return r < 0 ? r : ex_expect(p, "]");
}

static int
map_key(ex_parser *p, const pv_ex **ret)
{
	pv_ex *e = ex_node(p, X_VALUE, 0);
	*ret = e;
	if (ex_is(p, "(")) {
		int r = ex_step(p);
		r = r < 0 ? r : ex_expression(p, 0, ret);
		return r < 0 ? r : ex_expect(p, ")");
	}
	if (p->l.type == T_TEXT)
		e->value = p->l.value;
	else if (p->l.type == T_WORD || p->l.type == T_NUMBER)
		e->value = pv_tv_str(p->l.token);
	else
		return ex_unexpected(p, "a key");
	return ex_step(p);
}

static int
map(ex_parser *p, const pv_ex **ret)
{
	pv_ex *e = ex_node(p, X_MAP, 0);
	pv_vec kids;
	int r = ex_step(p);
	pv_vec_init(&kids, p->l.arena, sizeof(const pv_ex *));
	while (r == 0 && !ex_is(p, "}")) {
		const pv_ex *key, *value;
		if (kids.len && (r = ex_expect(p, ",")) < 0)
			break;
		if (ex_is(p, "}"))
			break;
		r = map_key(p, &key);
		r = r < 0 ? r : ex_expect(p, ":");
		r = r < 0 ? r : ex_expression(p, 0, &value);
		if (r == 0) {
			pv_vec_push(&kids, &key);
			pv_vec_push(&kids, &value);
		}
	}
	ex_set_kids(p, e, &kids);
	*ret = e;
	return r < 0 ? r : ex_expect(p, "}");
}

/* The reader is behind the name; first: what a pipe gives, or NULL. */
int
ex_builtin_call(ex_parser *p, pv_ex *e, const ex_builtin *fn, const pv_ex *first, const pv_ex **ret)
{
	pv_vec kids;
	int r = ex_expect(p, "(");
	pv_vec_init(&kids, p->l.arena, sizeof(const pv_ex *));
	if (first)
		pv_vec_push(&kids, &first);
	r = r < 0 ? r : values(p, ")", fn, &kids);
	if (r == 0 && (kids.len < fn->least || kids.len > fn->most))
		return ex_fail(&p->l, "%s: expected %s%u arguments, found %zu", fn->name,
			       fn->least == fn->most  ? ""
			       : kids.len < fn->least ? "at least "
						      : "at most ",
			       kids.len < fn->least ? fn->least : fn->most, kids.len);
	e->op = X_BUILTIN;
	e->fn = fn;
	ex_set_kids(p, e, &kids);
	*ret = e;
	return r < 0 ? r : ex_expect(p, ")");
}

static int
word(ex_parser *p, const pv_ex **ret)
{
	pv_ex *e = ex_node(p, X_NAME, 0);
	const ex_builtin *fn = ex_builtin_find(p->l.token);
	int r;
	*ret = e;
	e->name = p->l.token;
	if (ex_is(p, "true") || ex_is(p, "false") || ex_is(p, "nil") || ex_is(p, "null")) {
		e->op = X_VALUE;
		e->value = ex_is(p, "true") || ex_is(p, "false") ? pv_tv_bool(ex_is(p, "true")) : pv_tv_nil();
		return ex_step(p);
	}
	if (ex_is_operator(p))
		return ex_unexpected(p, "a value");
	if (ex_is(p, "$env"))
		e->op = X_ENV;
	r = ex_step(p);
	return r == 0 && fn && ex_is(p, "(") ? ex_builtin_call(p, e, fn, NULL, ret) : r;
}

/* # #acc #index, and .name of an item. */
static int
pointer(ex_parser *p, const pv_ex **ret)
{
	pv_ex *e = ex_node(p, X_POINTER, 0);
	bool dot = ex_is(p, ".");
	int r;
	*ret = e;
	if (!p->closures)
		return ex_fail(&p->l, "cannot use pointer accessor outside closure");
	if (dot)
		return 0;
	r = ex_step(p);
	if (r == 0 && (ex_is(p, "acc") || ex_is(p, "index")) && p->l.column == e->column + 1) {
		e->name = p->l.token;
		r = ex_step(p);
	}
	return r;
}

int
ex_primary(ex_parser *p, const pv_ex **ret)
{
	pv_ex *e;
	int r;
	if (p->l.type == T_NUMBER || p->l.type == T_TEXT) {
		e = ex_node(p, X_VALUE, 0);
		e->value = p->l.value;
		*ret = e;
		return ex_step(p);
	}
	if (p->l.type == T_WORD)
		return word(p, ret);
	if (ex_is(p, "["))
		return list(p, ret);
	if (ex_is(p, "{"))
		return map(p, ret);
	if (ex_is(p, "#") || ex_is(p, "."))
		return pointer(p, ret);
	if (!ex_is(p, "("))
		return ex_unexpected(p, "a value");
	r = ex_step(p);
	r = r < 0 ? r : ex_expression(p, 0, ret);
	return r < 0 ? r : ex_expect(p, ")");
}

/* ---- what stands behind ---- */

static int
member(ex_parser *p, const pv_ex *of, bool optional, const pv_ex **ret)
{
	pv_ex *e;
	int r;
	p->l.dotted = true;
	r = ex_step(p);
	p->l.dotted = false;
	if (r < 0)
		return r;
	if (p->l.type != T_WORD)
		return ex_unexpected(p, "a name");
	e = ex_node(p, X_MEMBER, 1);
	e->kids[0] = of;
	e->name = p->l.token;
	e->optional = optional;
	*ret = e;
	return ex_step(p);
}

/* The reader is at "[". */
static int
bracket(ex_parser *p, const pv_ex *of, bool optional, const pv_ex **ret)
{
	pv_ex *e = ex_node(p, X_INDEX, 3);
	int r = ex_step(p);
	e->kids[0] = of;
	e->optional = optional;
	*ret = e;
	if (r == 0 && !ex_is(p, ":"))
		r = ex_expression(p, 0, &e->kids[1]);
	if (r == 0 && ex_is(p, ":")) {
		e->op = X_SLICE;
		r = ex_step(p);
		if (r == 0 && !ex_is(p, "]"))
			r = ex_expression(p, 0, &e->kids[2]);
	}
	return r < 0 ? r : ex_expect(p, "]");
}

static int
call(ex_parser *p, const pv_ex *of, const pv_ex **ret)
{
	pv_ex *e = ex_node(p, X_CALL, 0);
	pv_vec kids;
	int r = ex_step(p);
	pv_vec_init(&kids, p->l.arena, sizeof(const pv_ex *));
	pv_vec_push(&kids, &of);
	r = r < 0 ? r : values(p, ")", NULL, &kids);
	ex_set_kids(p, e, &kids);
	*ret = e;
	return r < 0 ? r : ex_expect(p, ")");
}

/* What a?.b gives up ends here. */
static const pv_ex *
chained(ex_parser *p, const pv_ex *of, bool *chain)
{
	pv_ex *e;
	if (!*chain)
		return of;
	e = ex_node(p, X_CHAIN, 1);
	e->kids[0] = of;
	*chain = false;
	return e;
}

int
ex_postfix(ex_parser *p, const pv_ex *of, const pv_ex **ret)
{
	bool chain = false;
	int r = 0;
	while (r == 0 && p->l.type == T_SIGN) {
		if (ex_is(p, ".")) {
			r = member(p, of, false, &of);
		} else if (ex_is(p, "?.")) {
			size_t at = p->l.at;
			chain = true;
			if (at < p->l.text.len && p->l.text.s[at] == '[') {
				r = ex_step(p);
				r = r < 0 ? r : bracket(p, of, true, &of);
			} else {
				r = member(p, of, true, &of);
			}
		} else if (ex_is(p, "[")) {
			of = chained(p, of, &chain);
			r = bracket(p, of, false, &of);
		} else if (ex_is(p, "(")) {
			r = call(p, of, &of);
		} else {
			break;
		}
	}
	*ret = chained(p, of, &chain);
	return r;
}
