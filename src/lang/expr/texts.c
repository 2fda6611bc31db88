/* texts: built-in functions of texts, numbers and times. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "lang/expr/inside.h"
#include "lang/go/layout.h"
#include "lang/json/json.h"

static int
text_at(ex_call *c, size_t i, pv_str *ret)
{
	*ret = PV_STR("");
	if (c->args[i].kind != PV_T_STRING)
		return ex_wrong(c, i, "a text");
	if (c->args[i].len)
		*ret = pv_tv_strv(&c->args[i]);
	return pv_trun_spend(c->s->r, ret->len / 16);
}

/* The text, and a second one where there is one. */
static int
two(ex_call *c, const char *otherwise, pv_str *a, pv_str *b)
{
	int r = text_at(c, 0, a);
	*b = pv_str_of(otherwise);
	return r < 0 || c->n < 2 ? r : text_at(c, 1, b);
}

static int
give(ex_call *c, const pv_buf *b, pv_tv *ret)
{
	*ret = pv_tv_buf(b);
	return pv_trun_spend(c->s->r, b->len / 16);
}

/* ---- texts ---- */

/* As sprig's functions of the name do it, which take the text last. */
static int
sprigs(ex_call *c, pv_tv *ret)
{
	const char *name = c->n > 1 && pv_streq(c->e->fn->name, "trim") ? "trimAll" : c->e->fn->name;
	const pv_tv args[] = {c->args[c->n - 1], c->args[0]};
	for (const pv_tfunc *f = pv_tmpl_strings; f->name; f++)
		if (pv_streq(f->name, name))
			return ex_error_of(c->s, c->e, pv_trun_call(c->s->r, f, NULL, args, c->n, ret));
	return ex_error(c->s, c->e, "%s: unknown", name);
}

enum { BETWEEN, AFTER };

/* AFTER: each piece ends with what it was cut at. */
static int
cut_up(ex_call *c, pv_tv *ret)
{
	pv_str s, by;
	pv_vec pieces;
	pv_tv *items;
	int r = two(c, "", &s, &by);
	if (r == 0 && c->n > 2 && c->args[2].kind != PV_T_INT)
		return ex_wrong(c, 2, "a whole number");
	r = r < 0 ? r
		  : pv_trun_split(c->s->r, s, by, c->e->fn->which == AFTER, c->n > 2 ? c->args[2].i : -1,
				  &pieces);
	if (r < 0)
		return r;
	items = ex_room(c, pieces.len);
	for (size_t i = 0; i < pieces.len; i++)
		items[i] = pv_tv_str(*PV_AT(pv_str, &pieces, i));
	*ret = ex_list_of(c, items, pieces.len);
	return 0;
}

static int
join(ex_call *c, pv_tv *ret)
{
	pv_str between = PV_STR("");
	pv_buf b;
	int r = 0;
	pv_buf_init(&b, ex_arena(c));
	if (c->args[0].kind != PV_T_LIST)
		return ex_wrong(c, 0, "a list");
	r = c->n > 1 ? text_at(c, 1, &between) : 0;
	for (size_t i = 0; r == 0 && i < c->args[0].list->len; i++) {
		const pv_tv *item = &c->args[0].list->items[i];
		if (item->kind != PV_T_STRING)
			return ex_error(c->s, c->e, "join: expected texts, found %s", pv_tv_type(item));
		if (i)
			pv_buf_add(&b, between.s, between.len);
		pv_buf_add(&b, item->s, item->len);
		r = pv_trun_spend(c->s->r, 1 + (item->len + between.len) / 16);
	}
	return r < 0 ? r : give(c, &b, ret);
}

static int
replace(ex_call *c, pv_tv *ret)
{
	pv_str s, old, new;
	pv_buf b;
	int r = two(c, "", &s, &old);
	int64_t most = c->n > 3 && c->args[3].kind == PV_T_INT ? c->args[3].i : -1;
	if (r == 0 && !old.len)
		return ex_error(c->s, c->e->kids[1], "replace: expected a text that is not empty");
	r = r < 0 ? r : text_at(c, 2, &new);
	pv_buf_init(&b, ex_arena(c));
	while (r == 0 && most--) {
		const char *at = memmem(s.s, s.len, old.s, old.len);
		size_t n = at ? (size_t)(at - s.s) : 0;
		if (!at)
			break;
		pv_buf_add(&b, s.s, n);
		pv_buf_add(&b, new.s, new.len);
		s = (pv_str){s.s + n + old.len, s.len - n - old.len};
		r = pv_trun_spend(c->s->r, 1 + new.len / 16);
	}
	if (r < 0)
		return r;
	pv_buf_add(&b, s.s, s.len);
	return give(c, &b, ret);
}

static int
repeat(ex_call *c, pv_tv *ret)
{
	pv_str s;
	pv_buf b;
	int r = text_at(c, 0, &s);
	if (r == 0 && (c->args[1].kind != PV_T_INT || c->args[1].i < 0 || c->args[1].i > 100000))
		return ex_wrong(c, 1, "a whole number from 0 to 100000");
	pv_buf_init(&b, ex_arena(c));
	for (int64_t i = 0; r == 0 && i < c->args[1].i; i++) {
		pv_buf_add(&b, s.s, s.len);
		r = pv_trun_spend(c->s->r, 1 + s.len / 16);
	}
	return r < 0 ? r : give(c, &b, ret);
}

static int
index_of(ex_call *c, pv_tv *ret)
{
	pv_str s, what;
	int r = two(c, "", &s, &what);
	const char *at = what.len ? memmem(s.s, s.len, what.s, what.len) : s.s;
	*ret = pv_tv_int(at ? at - s.s : -1);
	return r;
}

static int
last_index_of(ex_call *c, pv_tv *ret)
{
	pv_str s, what;
	int r = two(c, "", &s, &what);
	int64_t at = r == 0 && s.len >= what.len ? (int64_t)(s.len - what.len) : -1;
	if (at >= 0)
		r = pv_trun_spend(c->s->r, (uint64_t)(at + 1) * (1 + what.len / 16));
	while (r == 0 && at >= 0 && what.len && memcmp(s.s + at, what.s, what.len) != 0)
		at--;
	*ret = pv_tv_int(at);
	return r;
}

/* ---- from one type to another ---- */

static int
to_int(ex_call *c, pv_tv *ret)
{
	const pv_tv *v = &c->args[0];
	int64_t n;
	double d;
	if (v->kind == PV_T_STRING && pv_parse_int(pv_tv_strv(v), &n))
		*ret = pv_tv_int(n);
	else if (v->kind == PV_T_INT)
		*ret = pv_tv_int(v->i);
	else if (ex_number(v, &d) && fabs(d) < 9.2e18)
		*ret = pv_tv_int((int64_t)d);
	else
		return ex_error(c->s, c->e, "invalid operation: int(%s)", pv_tv_type(v));
	return 0;
}

static int
to_float(ex_call *c, pv_tv *ret)
{
	double d;
	if (!ex_number(&c->args[0], &d) &&
	    !(c->args[0].kind == PV_T_STRING && pv_parse_double(pv_tv_strv(&c->args[0]), &d)))
		return ex_error(c->s, c->e, "invalid operation: float(%s)", pv_tv_type(&c->args[0]));
	*ret = pv_tv_float(d);
	return 0;
}

/* Pays for all that is written of a value: what is shared, each time, and what it is indented by. */
static int
pay(ex_call *c, const pv_tv *v, size_t depth)
{
	int r = pv_trun_spend(c->s->r, 1 + (pv_tv_strv(v).len + 2 * depth) / 16);
	if (depth > 1000) /* as deep as a value is written */
		return r;
	for (size_t i = 0; v->kind == PV_T_LIST && r == 0 && i < v->list->len; i++)
		r = pay(c, &v->list->items[i], depth + 1);
	for (uint32_t i = 0; v->kind == PV_T_MAP && r == 0 && i < v->map->len; i++) {
		r = pv_trun_spend(c->s->r, v->map->at[i].key.len / 16);
		r = r < 0 ? r : pay(c, &v->map->at[i].val, depth + 1);
	}
	return r;
}

static int
to_string(ex_call *c, pv_tv *ret)
{
	int r = pay(c, &c->args[0], 0);
	return r < 0 ? r : ex_error_of(c->s, c->e, pv_trun_print(c->s->r, &c->args[0], ret));
}

static int
type(ex_call *c, pv_tv *ret)
{
	static const char *const names[] = {
		[PV_T_INVALID] = "nil", [PV_T_NIL] = "nil",       [PV_T_BOOL] = "bool",
		[PV_T_INT] = "int",     [PV_T_UINT] = "uint",     [PV_T_FLOAT] = "float",
		[PV_T_COMPLEX] = "",    [PV_T_STRING] = "string", [PV_T_LIST] = "array",
		[PV_T_MAP] = "map",     [PV_T_OBJECT] = NULL};
	const pv_tv *v = &c->args[0];
	*ret = pv_tv_text(names[v->kind]           ? names[v->kind]
			  : v->object->class->call ? "func"
						   : v->object->class->type);
	return 0;
}

static int
to_json(ex_call *c, pv_tv *ret)
{
	pv_val v;
	pv_buf b;
	int r = pay(c, &c->args[0], 0);
	if (r < 0)
		return r;
	pv_buf_init(&b, ex_arena(c));
	if (!pv_tv_to(ex_arena(c), &c->args[0], &v))
		return ex_wrong(c, 0, "what JSON can say");
	pv_json_write_sorted_pretty(&b, &v, 2);
	return give(c, &b, ret);
}

static int
from_json(ex_call *c, pv_tv *ret)
{
	const pv_val *v;
	pv_str s;
	int r = text_at(c, 0, &s);
	if (r < 0)
		return r;
	if (pv_json_parse(c->s->cx, s, NULL, &v) < 0)
		return ex_error_of(c->s, c->e, pv_trun_fail_ctx(c->s->r));
	*ret = pv_tv_from(ex_arena(c), v, true);
	return 0;
}

static int
to_base64(ex_call *c, pv_tv *ret)
{
	pv_str s;
	int r = text_at(c, 0, &s);
	if (r == 0)
		*ret = pv_tv_text(pv_base64(ex_arena(c), s.s, s.len, false));
	return r;
}

static int
from_base64(ex_call *c, pv_tv *ret)
{
	pv_str s;
	size_t len;
	const uint8_t *bytes;
	int r = text_at(c, 0, &s);
	if (r < 0)
		return r;
	bytes = pv_unbase64(ex_arena(c), s, false, &len);
	if (!bytes)
		return ex_wrong(c, 0, "base64");
	*ret = pv_tv_str((pv_str){(const char *)bytes, len});
	return 0;
}

/* ---- numbers ---- */

enum { UP, DOWN, NEAR, AWAY };

static int
rounded(ex_call *c, pv_tv *ret)
{
	static double (*const by[])(double) = {[UP] = ceil, [DOWN] = floor, [NEAR] = round, [AWAY] = fabs};
	double d;
	if (!ex_number(&c->args[0], &d))
		return ex_wrong(c, 0, "a number");
	*ret = pv_tv_float(by[c->e->fn->which](d));
	return 0;
}

static int
absolute(ex_call *c, pv_tv *ret)
{
	if (c->args[0].kind == PV_T_INT) {
		int64_t i = c->args[0].i;
		*ret = pv_tv_int(i < 0 ? (int64_t)(0 - (uint64_t)i) : i);
		return 0;
	}
	return rounded(c, ret);
}

/* ---- times ---- */

static int
now(ex_call *c, pv_tv *ret)
{
	if (c->s->how->ret_clock)
		*c->s->how->ret_clock = true;
	*ret = pv_tv_time(ex_arena(c), c->s->how->now);
	return 0;
}

static int
duration(ex_call *c, pv_tv *ret)
{
	pv_str s;
	int64_t ns;
	int r = text_at(c, 0, &s);
	if (r < 0)
		return r;
	if (!pv_duration_parse(s, &ns))
		return ex_error(c->s, c->e, "time: invalid duration \"%.*s\"",
				PV_CLIP(pv_strndup(ex_arena(c), s.s, s.len)));
	*ret = pv_tv_duration(ex_arena(c), ns);
	return 0;
}

/* With a layout by that, else by those that expr tries. */
static int
date(ex_call *c, pv_tv *ret)
{
	static const char *const layouts[] = {"2006-01-02",
					      "15:04:05",
					      "2006-01-02 15:04:05",
					      "2006-01-02T15:04:05Z07:00",
					      "02 Jan 06 15:04 MST",
					      "Monday, 02-Jan-06 15:04:05 MST",
					      "Mon, 02 Jan 2006 15:04:05 MST"};
	const char *why = NULL;
	pv_civil civil;
	pv_str s, layout;
	bool known = false;
	int r = two(c, "", &s, &layout);
	if (r < 0)
		return r;
	if (layout.len)
		known = pv_layout_parse(ex_arena(c), pv_strndup(ex_arena(c), layout.s, layout.len), s, &civil,
					&why);
	for (size_t i = 0; !layout.len && !known && i < PV_LEN(layouts); i++)
		known = pv_layout_parse(ex_arena(c), layouts[i], s, &civil, &why);
	if (!known)
		return ex_error(c->s, c->e, "invalid date %.*s",
				PV_CLIP(pv_strndup(ex_arena(c), s.s, s.len)));
	*ret = pv_tv_instant(ex_arena(c), pv_civil_seconds(&civil), civil.nanos);
	return 0;
}

/* clang-format off */
const ex_builtin ex_text_builtins[] = {
	{"lower", 1, 1, 0, sprigs, 0}, {"upper", 1, 1, 0, sprigs, 0}, {"trim", 1, 2, 0, sprigs, 0},
	{"trimPrefix", 2, 2, 0, sprigs, 0}, {"trimSuffix", 2, 2, 0, sprigs, 0},
	{"hasPrefix", 2, 2, 0, sprigs, 0}, {"hasSuffix", 2, 2, 0, sprigs, 0},
	{"split", 2, 3, 0, cut_up, BETWEEN}, {"splitAfter", 2, 3, 0, cut_up, AFTER},
	{"join", 1, 2, 0, join, 0}, {"replace", 3, 4, 0, replace, 0}, {"repeat", 2, 2, 0, repeat, 0},
	{"indexOf", 2, 2, 0, index_of, 0}, {"lastIndexOf", 2, 2, 0, last_index_of, 0},
	{"int", 1, 1, 0, to_int, 0}, {"float", 1, 1, 0, to_float, 0}, {"string", 1, 1, 0, to_string, 0},
	{"type", 1, 1, 0, type, 0}, {"toJSON", 1, 1, 0, to_json, 0}, {"fromJSON", 1, 1, 0, from_json, 0},
	{"toBase64", 1, 1, 0, to_base64, 0}, {"fromBase64", 1, 1, 0, from_base64, 0},
	{"ceil", 1, 1, 0, rounded, UP}, {"floor", 1, 1, 0, rounded, DOWN}, {"round", 1, 1, 0, rounded, NEAR},
	{"abs", 1, 1, 0, absolute, AWAY}, {"now", 0, 0, 0, now, 0}, {"duration", 1, 1, 0, duration, 0},
	{"date", 1, 2, 0, date, 0}, {0},
};
/* clang-format on */

const ex_builtin *
ex_builtin_find(pv_str name)
{
	static const ex_builtin *const sets[] = {ex_list_builtins, ex_part_builtins, ex_text_builtins};
	for (size_t i = 0; i < PV_LEN(sets); i++)
		for (const ex_builtin *b = sets[i]; b->name; b++)
			if (pv_str_is(name, b->name))
				return b;
	return NULL;
}
