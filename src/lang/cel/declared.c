/* Functions that the caller declares: their types are texts, their calls are checked only. */
#include "lang/cel/check.h"
#include <string.h>

#define DEPTH 100
#define PARAMS 8 /* more than any function of a policy has */

typedef struct reader {
	pv_arena *arena;
	const char *p;
	const type *letters[26]; /* what capital letters stand for; NULL: not met yet */
} reader;

static void
blanks(reader *r)
{
	r->p += strspn(r->p, " ");
}

static bool
take(reader *r, char c)
{
	blanks(r);
	if (*r->p != c)
		return false;
	r->p++;
	return true;
}

static const type *
named(reader *r, pv_str name, size_t n)
{
	const type *t = pv_str_is(name, "timestamp")  ? type_simple(T_TIMESTAMP)
			: pv_str_is(name, "duration") ? type_simple(T_DURATION)
						      : type_named(name);
	if (t && (t->n == n || !n))
		return t;
	if (t || !name.len)
		return NULL;
	return type_new(r->arena, T_OPAQUE, pv_strndup(r->arena, name.s, name.len), NULL, NULL);
}

/* NULL: it is none. */
static const type *
read_type(reader *r, unsigned depth)
{
	const type *args[PV_LEN(((type *)0)->args)] = {NULL};
	size_t n = 0;
	blanks(r);
	pv_str name = {r->p, strcspn(r->p, "(), ")};
	r->p += name.len;
	if (name.len == 1 && name.s[0] >= 'A' && name.s[0] <= 'Z') {
		const type **letter = &r->letters[name.s[0] - 'A'];
		return *letter = *letter ? *letter : type_var(r->arena);
	}
	if (take(r, '(')) {
		do {
			if (n == PV_LEN(args) || depth > DEPTH || !(args[n++] = read_type(r, depth + 1)))
				return NULL;
		} while (take(r, ','));
		if (!take(r, ')'))
			return NULL;
	}
	const type *base = named(r, name, n);
	if (!base || !n)
		return base;
	type *own = pv_new(r->arena, type);
	*own = *base;
	memcpy(own->args, args, sizeof args);
	own->n = (uint8_t)n;
	return own;
}

/* The parameters and the result; false: the text is no type of a function. */
static bool
read_function(reader *r, const type **params, size_t *ret_n, const type **ret_result)
{
	*ret_n = 0;
	if (!take(r, '('))
		return false;
	while (!take(r, ')')) {
		if (*ret_n == PARAMS || (*ret_n && !take(r, ',')))
			return false;
		params[*ret_n] = read_type(r, 0);
		if (!params[(*ret_n)++])
			return false;
	}
	if (!take(r, ':'))
		return false;
	*ret_result = read_type(r, 0);
	blanks(r);
	return *ret_result && !*r->p;
}

int
pv_cel_function_check(pv_ctx *cx, const char *text)
{
	reader r = {.arena = cx->arena, .p = text};
	const type *params[PARAMS], *result;
	size_t n;
	if (read_function(&r, params, &n, &result))
		return 0;
	return pv_fail(cx, PV_EINVALID,
		       "expected \"(TYPES): TYPE\" with at most %d parameters, as \"(string, list(T)): T\", "
		       "found %s at byte %zu",
		       PARAMS, *r.p ? r.p : "its end", (size_t)(r.p - text));
}

static bool
fits(check *c, const node *n, const char *text, const type **ret)
{
	reader r = {.arena = c->arena, .p = text};
	const type *params[PARAMS];
	size_t count;
	bool ok = read_function(&r, params, &count, ret) && count == n->n;
	for (size_t i = 0; ok && i < count; i++)
		ok = type_assign(&c->trail, params[i], n->args[i]->type, 0);
	return ok;
}

const type *
check_declared(check *c, const node *n)
{
	const type *found = NULL, *result;
	const char *first = NULL;
	size_t mark = c->trail.len;
	bool known = false;
	if (n->flags & F_MEMBER)
		return NULL;
	for (size_t i = 0; i < c->env->n_functions; i++) {
		const pv_cel_function *fn = &c->env->functions[i];
		if (!pv_str_is(n->name, fn->name))
			continue;
		known = true;
		if (fits(c, n, fn->type, &result)) {
			found = found && !type_same(found, result) ? &type_dyn : result;
			first = first ? first : fn->type;
		}
		type_undo(&c->trail, mark);
	}
	if (!known)
		return NULL;
	if (!found)
		return check_no_overload(c, n);
	fits(c, n, first, &result); /* what the first binds stays bound */
	return found == &type_dyn ? found : result;
}
