/* What Kubernetes' servers look at beside types: arguments that are literals are what the function takes
 * (cel-go's ValidateRegexLiterals and its kin). */
#include "lang/cel/check.h"
#include "lang/cel/func.h"
#include "base/regex.h"

static const node *
literal_text(const node *n, size_t i)
{
	const node *arg = i < n->n ? n->args[i] : NULL;
	return arg && arg->kind == N_LITERAL && arg->value.kind == PV_CEL_STRING ? arg : NULL;
}

/* NULL: it can be read, or is no literal. */
static const char *
misread_pattern(issues *is, const node *arg)
{
	const char *why = NULL;
	const pv_re *re;
	pv_re_slot *slot = NULL;
	if (!arg || pv_re_cached(is->cx, (pv_str){arg->value.s, arg->value.len}, &slot, &re) == 0)
		return NULL;
	why = pv_strdup(is->cx->arena, pv_error_text(is->cx));
	(void)pv_recover(is->cx);
	return why;
}

/* Does the function take it? */
static bool
is_taken(issues *is, const node *call)
{
	run r = {.cx = is->cx, .arena = is->cx->arena};
	val v = cel_run_node(&r, call);
	return !is_error(&v);
}

static void
look(issues *is, const node *n)
{
	static const char *const times[] = {"duration", "timestamp"};
	const node *pattern = pv_str_is(n->name, "matches") ? literal_text(n, 1) : NULL,
		   *text = n->n == 1 ? literal_text(n, 0) : NULL;
	if (misread_pattern(is, pattern))
		issue(is, pattern->pos, "invalid matches argument");
	for (size_t i = 0; text && i < PV_LEN(times); i++)
		if (pv_str_is(n->name, times[i]) && !is_taken(is, n))
			issue(is, text->pos, "invalid %s argument", times[i]);
	if (pv_str_is(n->name, "format") && n->flags & F_MEMBER)
		cel_check_format(is, n);
}

/* Conversions of literals are made once, when the program is, and so are patterns that are literals. */
const char *
cel_misconverted(issues *is, const node *n)
{
	static const char *const to[] = {"int", "uint", "double", "bool"};
	const char *why = NULL;
	run r = {.cx = is->cx, .arena = is->cx->arena};
	for (size_t i = 0; n->kind == N_CALL && n->n == 1 && literal_text(n, 0) && i < PV_LEN(to); i++) {
		if (!pv_str_is(n->name, to[i]))
			continue;
		val v = cel_run_node(&r, n);
		why = is_error(&v) ? v.s : NULL;
	}
	if (n->kind == N_CALL && (pv_str_is(n->name, "find") || pv_str_is(n->name, "findAll")))
		why = misread_pattern(is, literal_text(n, 1));
	for (size_t i = 0; !why && i < n->n; i++)
		why = n->args[i] ? cel_misconverted(is, n->args[i]) : NULL;
	return why;
}

/* The tree is no deeper than the checker let it be. */
void
cel_check_literals(issues *is, const node *n)
{
	if (n->kind == N_CALL && n->fn)
		look(is, n);
	for (size_t i = 0; i < n->n; i++)
		if (n->args[i])
			cel_check_literals(is, n->args[i]);
}
