/* functions: what a rule can call. */
#include <string.h>

#include "base/time.h"
#include "lang/rule/inside.h"

static pv_val
arg(pv_rule_env *env, const pv_expr *e, size_t i)
{
	return i < e->n ? pv_expr_eval(env, e->args[i]) : ABSENT;
}

static pv_val
made(const char *s)
{
	return pv_string_ref(s);
}

/* count(list): its items, or an object's members; 0 of anything else. */
static pv_val
count(pv_rule_env *env, const pv_expr *e)
{
	pv_val v = arg(env, e, 0);
	return pv_int(v.type == PV_LIST || v.type == PV_OBJECT ? (int64_t)v.len : 0);
}

/* each(list, text, between): the text of each item, "" or `between` between two. */
static pv_val
each(pv_rule_env *env, const pv_expr *e)
{
	pv_val v = arg(env, e, 0);
	const char *between = e->n > 2 ? pv_expr_text(env, e->args[2]) : "";
	pv_rule_env inner = *env;
	pv_buf b;
	pv_buf_init(&b, env->arena);
	for (size_t i = 0; v.type == PV_LIST && i < v.len; i++) {
		inner.item = &v.items[i];
		inner.index = i + 1;
		if (i > 0)
			pv_buf_adds(&b, between);
		pv_buf_adds(&b, pv_expr_text(&inner, e->args[1]));
	}
	return made(b.len ? b.s : "");
}

/* numbered(list, condition, text): the text of each item for which it is so; # counts all of the list. */
static pv_val
numbered(pv_rule_env *env, const pv_expr *e)
{
	pv_val v = arg(env, e, 0);
	pv_rule_env inner = *env;
	pv_buf b;
	pv_buf_init(&b, env->arena);
	for (size_t i = 0; v.type == PV_LIST && i < v.len; i++) {
		inner.item = &v.items[i];
		inner.index = i + 1;
		if (pv_expr_is_true(&inner, e->args[1]))
			pv_buf_adds(&b, pv_expr_text(&inner, e->args[2]));
	}
	return made(b.len ? b.s : "");
}

/* join(list, between) */
static pv_val
join(pv_rule_env *env, const pv_expr *e)
{
	pv_val v = arg(env, e, 0);
	const char *between = pv_expr_text(env, e->args[1]);
	pv_buf b;
	pv_buf_init(&b, env->arena);
	for (size_t i = 0; v.type == PV_LIST && i < v.len; i++) {
		if (i > 0)
			pv_buf_adds(&b, between);
		pv_buf_adds(&b, rule_text_of(env->arena, &v.items[i]));
	}
	return made(b.len ? b.s : "");
}

/* sum(list) of numbers */
static pv_val
sum(pv_rule_env *env, const pv_expr *e)
{
	pv_val v = arg(env, e, 0);
	double d = 0;
	for (size_t i = 0; v.type == PV_LIST && i < v.len; i++)
		d += pv_f64(&v.items[i], 0);
	return pv_int(d > -9e15 && d < 9e15 ? (int64_t)d : 0);
}

/* short(text, n): its first n bytes, 7 of a commit. */
static pv_val
shortened(pv_rule_env *env, const pv_expr *e)
{
	pv_val v = arg(env, e, 0), n = arg(env, e, 1);
	size_t most = pv_is_absent(&n) ? 7 : (size_t)pv_i64(&n, 7);
	if (v.type != PV_STRING || v.len <= most)
		return v;
	return pv_stringn(env->arena, v.s, most);
}

/* before(text, sign) and after(text, sign): around the first one; all of it and nothing if there is none. */
static pv_val
before(pv_rule_env *env, const pv_expr *e)
{
	const char *s = pv_expr_text(env, e->args[0]), *at = strstr(s, pv_expr_text(env, e->args[1]));
	return pv_stringn(env->arena, s, at ? (size_t)(at - s) : strlen(s));
}

static pv_val
after(pv_rule_env *env, const pv_expr *e)
{
	const char *sign = pv_expr_text(env, e->args[1]), *at = strstr(pv_expr_text(env, e->args[0]), sign);
	return made(at ? at + strlen(sign) : "");
}

static pv_val
lower(pv_rule_env *env, const pv_expr *e)
{
	return made(pv_str_lower(env->arena, pv_expr_text(env, e->args[0])));
}

/* capital(text): the first letter is one. */
static pv_val
capital(pv_rule_env *env, const pv_expr *e)
{
	char *s = pv_strdup(env->arena, pv_expr_text(env, e->args[0]));
	if (*s >= 'a' && *s <= 'z')
		*s = (char)(*s - 'a' + 'A');
	return made(s);
}

/* whole(value): a number if it, or its text, is a whole one from 0 on, else absent. */
static pv_val
whole(pv_rule_env *env, const pv_expr *e)
{
	pv_val v = arg(env, e, 0);
	int64_t n = pv_i64(&v, -1);
	if (v.type == PV_STRING && !pv_parse_int(pv_strv(&v), &n))
		n = -1;
	return n >= 0 ? pv_int(n) : ABSENT;
}

/* stale(): the controller has seen an older generation than there is. */
static pv_val
stale(pv_rule_env *env, const pv_expr *e PV_UNUSED)
{
	const pv_val *seen = pv_at(env->object, "status.observedGeneration");
	int64_t n = pv_i64(seen, -1);
	if (pv_is(seen, PV_STRING) && !pv_parse_int(pv_strv(seen), &n))
		return pv_bool(false);
	return pv_bool(n >= 0 && n != pv_i64_at(env->object, "metadata.generation", n));
}

static pv_val
now(pv_rule_env *env, const pv_expr *e PV_UNUSED)
{
	return made(pv_time_format(env->arena, env->now));
}

/* stamp(): 202611262059, for names. */
static pv_val
stamp(pv_rule_env *env, const pv_expr *e PV_UNUSED)
{
	const char *t = pv_time_format(env->arena, env->now);
	return made(pv_printf(env->arena, "%.4s%.2s%.2s%.2s%.2s", t, t + 5, t + 8, t + 11, t + 14));
}

/* list(value, ..): of those that are there. */
static pv_val
list(pv_rule_env *env, const pv_expr *e)
{
	pv_listb b;
	pv_listb_init(&b, env->arena);
	for (size_t i = 0; i < e->n; i++) {
		pv_val v = arg(env, e, i);
		if (!pv_is_absent(&v))
			pv_listb_add(&b, v);
	}
	return pv_listb_end(&b);
}

/* append(list, value): a list of the value alone if there is none. */
static pv_val
append(pv_rule_env *env, const pv_expr *e)
{
	pv_val v = arg(env, e, 0);
	pv_listb b;
	pv_listb_init(&b, env->arena);
	for (size_t i = 0; v.type == PV_LIST && i < v.len; i++)
		pv_listb_add(&b, v.items[i]);
	v = arg(env, e, 1);
	if (!pv_is_absent(&v))
		pv_listb_add(&b, v);
	return pv_listb_end(&b);
}

/* object(name, value, ..): what is absent is no member. */
static pv_val
object(pv_rule_env *env, const pv_expr *e)
{
	pv_objb b;
	pv_objb_init(&b, env->arena);
	for (size_t i = 0; i + 1 < e->n; i += 2) {
		pv_val v = arg(env, e, i + 1);
		if (!pv_is_absent(&v))
			pv_objb_put(&b, pv_expr_text(env, e->args[i]), v);
	}
	return pv_objb_end(&b);
}

const struct function rule_functions[] = {
	{"count", 1, 1, false, count},      {"each", 2, 3, true, each},        {"join", 2, 2, false, join},
	{"numbered", 3, 3, true, numbered}, {"before", 2, 2, false, before},   {"after", 2, 2, false, after},
	{"sum", 1, 1, false, sum},          {"short", 1, 2, false, shortened}, {"lower", 1, 1, false, lower},
	{"capital", 1, 1, false, capital},  {"whole", 1, 1, false, whole},     {"stale", 0, 0, false, stale},
	{"now", 0, 0, false, now},          {"stamp", 0, 0, false, stamp},     {"list", 0, 16, false, list},
	{"append", 2, 2, false, append},    {"object", 0, 32, false, object},  {0},
};
