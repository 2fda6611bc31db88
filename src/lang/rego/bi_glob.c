/* bi_glob: glob.match (gobwas' syntax, turned into a regular expression) and
 * regex.globs_match (do two simple patterns have a text in common?). */
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "lang/rego/builtin.h"

/* ---- glob.match ---- */

typedef struct glob {
	const char *s, *end;
	pv_buf out;
	const char *any; /* class of what * and ? match */
	int depth;       /* of { } */
} glob;

static void
add_literal(pv_buf *b, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] && strchr("\\.+*?()|[]{}^$", s[i]))
			pv_buf_addc(b, '\\');
		pv_buf_addc(b, s[i]);
	}
}

/* [abc] [!a-z]: from behind the bracket; false if it does not end. */
static bool
add_class(glob *g)
{
	const char *end = memchr(g->s, ']', (size_t)(g->end - g->s));
	if (!end || end == g->s)
		return false;
	pv_buf_addc(&g->out, '[');
	if (*g->s == '!') {
		pv_buf_addc(&g->out, '^');
		g->s++;
	}
	for (; g->s < end; g->s++) {
		if (*g->s == '^' || *g->s == '[' || *g->s == '\\')
			pv_buf_addc(&g->out, '\\');
		pv_buf_addc(&g->out, *g->s);
	}
	pv_buf_addc(&g->out, ']');
	g->s++;
	return true;
}

static bool
add_token(glob *g)
{
	char c = *g->s++;
	switch (c) {
	case '*':
		if (g->s < g->end && *g->s == '*') {
			while (g->s < g->end && *g->s == '*')
				g->s++;
			pv_buf_adds(&g->out, ".*");
		} else {
			pv_buf_printf(&g->out, "%s*", g->any);
		}
		return true;
	case '?': pv_buf_adds(&g->out, g->any); return true;
	case '[': return add_class(g);
	case '{':
		g->depth++;
		pv_buf_adds(&g->out, "(?:");
		return true;
	case '}': pv_buf_addc(&g->out, ')'); return g->depth-- > 0;
	case ',': pv_buf_addc(&g->out, g->depth ? '|' : ','); return true;
	case '\\':
		if (g->s == g->end)
			return false;
		c = *g->s++;
		add_literal(&g->out, &c, 1);
		return true;
	default: add_literal(&g->out, &c, 1); return true;
	}
}

static const char *
any_class(rg_vm *vm, const pv_val *delimiters)
{
	pv_buf b;
	if (delimiters->type == PV_NULL)
		return ".";
	pv_buf_init(&b, vm->arena);
	pv_buf_adds(&b, "[^");
	if (delimiters->len == 0)
		pv_buf_adds(&b, "\\.");
	for (uint32_t i = 0; i < delimiters->len; i++) {
		const pv_val *d = &delimiters->items[i];
		if (d->type != PV_STRING)
			return NULL;
		for (uint32_t k = 0; k < d->len; k++) {
			if (strchr("\\]^-[", d->s[k]) && d->s[k])
				pv_buf_addc(&b, '\\');
			pv_buf_addc(&b, d->s[k]);
		}
	}
	pv_buf_addc(&b, ']');
	return b.s;
}

static int
bi_match(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_re *re;
	glob g = {.s = a[0]->s, .end = a[0]->s + a[0]->len, .any = any_class(vm, a[1])};
	if (!g.any)
		return rg_type_error(vm, "operand 2 must be array of strings");
	pv_buf_init(&g.out, vm->arena);
	pv_buf_adds(&g.out, "(?s)^(?:");
	while (g.s < g.end)
		if (!add_token(&g))
			return rg_builtin_error(vm, "syntax error in pattern %s", a[0]->s);
	pv_buf_adds(&g.out, ")$");
	int r = g.depth ? -1 : pv_re_cached(vm->cx, (pv_str){g.out.s, g.out.len}, &vm->regex, &re);
	if (r < 0 && !g.depth)
		pv_recover(vm->cx);
	if (r < 0)
		return rg_builtin_error(vm, "syntax error in pattern %s", a[0]->s);
	return rg_ret_bool(pv_re_match(re, pv_strv(a[2])), ret);
}

static int
bi_quote_meta(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++) {
		if (a[0]->s[i] && strchr("*?\\[]{}", a[0]->s[i]))
			pv_buf_addc(&b, '\\');
		pv_buf_addc(&b, a[0]->s[i]);
	}
	return rg_ret_buf(vm, &b, ret);
}

/* ---- regex.globs_match ---- */

typedef struct token {   /* one character of a class, once, * or + times */
	uint64_t set[4]; /* bytes that it matches */
	char times;      /* 0, '*', '+' */
} token;

static void
allow(token *t, unsigned char c)
{
	t->set[c / 64] |= UINT64_C(1) << (c % 64);
}

static int
bad_glob(rg_vm *vm, const pv_val *s, size_t pos, const char *what)
{
	return rg_builtin_error(vm, "input:%s, pos:%zu, %s: the input provided is invalid", s->s, pos + 1,
				what);
}

static int
read_set(rg_vm *vm, const pv_val *s, size_t *pos, token *t)
{
	size_t i = *pos + 1;
	for (; i < s->len && s->s[i] != ']'; i++) {
		if (s->s[i] == '\\' && i + 1 < s->len)
			i++;
		if (i + 2 < s->len && s->s[i + 1] == '-' && s->s[i + 2] != ']') {
			for (unsigned c = (unsigned char)s->s[i]; c <= (unsigned char)s->s[i + 2]; c++)
				allow(t, (unsigned char)c);
			i += 2;
		} else {
			allow(t, (unsigned char)s->s[i]);
		}
	}
	if (i >= s->len)
		return bad_glob(vm, s, *pos, "set-open '[' with no following ']'");
	*pos = i;
	return 0;
}

static int
tokens_of(rg_vm *vm, const pv_val *s, pv_vec *ret)
{
	for (size_t i = 0; i < s->len; i++) {
		token t = {0};
		char c = s->s[i];
		int r = 0;
		if (c == ']')
			return bad_glob(vm, s, i, "set-close ']' with no preceding '['");
		if (c == '*' || c == '+')
			return bad_glob(vm, s, i, "flag with no preceding token");
		if (c == '.')
			memset(t.set, 0xff, sizeof t.set);
		else if (c == '[')
			r = read_set(vm, s, &i, &t);
		else if (c == '\\' && i + 1 < s->len)
			allow(&t, (unsigned char)s->s[++i]);
		else
			allow(&t, (unsigned char)c);
		if (r < 0)
			return r;
		if (i + 1 < s->len && (s->s[i + 1] == '*' || s->s[i + 1] == '+'))
			t.times = s->s[++i];
		pv_vec_push(ret, &t);
	}
	return 0;
}

static bool
meet(const token *a, const token *b)
{
	for (int i = 0; i < 4; i++)
		if (a->set[i] & b->set[i])
			return true;
	return false;
}

/* Reachability over pairs of positions: can[i][k] = the first i tokens of a and k
 * of b can have produced the same text.  A token with + has been used once when
 * its position was passed. */
static bool
intersect(rg_vm *vm, const pv_vec *a, const pv_vec *b)
{
	size_t w = b->len + 1;
	bool *can = pv_alloc0_array(vm->arena, (a->len + 1) * w, sizeof *can);
	can[0] = true;
	for (size_t i = 0; i <= a->len; i++)
		for (size_t k = 0; k <= b->len; k++) {
			const token *x = i < a->len ? PV_AT(token, a, i) : NULL,
				    *y = k < b->len ? PV_AT(token, b, k) : NULL;
			const token *px = i ? PV_AT(token, a, i - 1) : NULL,
				    *py = k ? PV_AT(token, b, k - 1) : NULL;
			if (!can[i * w + k])
				continue;
			if (x && x->times == '*')
				can[(i + 1) * w + k] = true;
			if (y && y->times == '*')
				can[i * w + k + 1] = true;
			if (x && y && meet(x, y))
				can[(i + 1) * w + k + 1] = true;
			if (px && px->times && y && meet(px, y))
				can[i * w + k + 1] = true;
			if (py && py->times && x && meet(x, py))
				can[(i + 1) * w + k] = true;
		}
	return can[a->len * w + b->len];
}

static int
bi_globs_match(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_vec x, y;
	pv_vec_init(&x, vm->arena, sizeof(token));
	pv_vec_init(&y, vm->arena, sizeof(token));
	if (a[0]->len > 10000 || a[1]->len > 10000)
		return rg_builtin_error(vm, "pattern is longer than 10000 bytes");
	int r = tokens_of(vm, a[0], &x);
	if (r == 0)
		r = tokens_of(vm, a[1], &y);
	return r < 0 ? r : rg_ret_bool(intersect(vm, &x, &y), ret);
}

static const rg_builtin rows[] = {
	{"glob.match", "s za s", bi_match, 3, 0},
	{"glob.quote_meta", "s", bi_quote_meta, 1, 0},
	{"regex.globs_match", "s s", bi_globs_match, 2, 0},
};
RG_FAMILY(glob);
