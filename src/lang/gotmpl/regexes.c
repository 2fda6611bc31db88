/* regexes: sprig's functions of regular expressions, over RE2. */
#include "base/arena.h"
#include "base/regex.h"
#include "lang/gotmpl/impl.h"

#define MADE_MAX ((size_t)64 << 20) /* bytes that one call may make */
#define REFUSED 1000000             /* steps: it may have been as large as the largest */

/* Compiling takes the longer the larger a program is, and the cache holds only so many. */
static int
pay(pv_trun *r, const pv_re *re)
{
	return pv_trun_spend(r, re ? 10 + 20 * (uint64_t)pv_re_size(re) : REFUSED);
}

/* Before it is searched: a search is not broken off. */
static int
pay_search(pv_trun *r, const pv_re *re, const pv_tv *text)
{
	return pv_trun_spend(r, pv_re_cost(re, text->len));
}

/* What ran out of steps while it searched for all matches. */
static int
settle(pv_trun *r)
{
	return pv_trun_spend(r, r->steps ? 0 : 1);
}

static int
compiled(pv_trun *r, pv_str pattern, const char *panic, const pv_re **ret)
{
	if (pv_re_cached(r->cx, pattern, NULL, ret) == 0)
		return pay(r, *ret);
	pv_error *err = pv_take_error(r->cx);
	const char *why = err ? err->message : "";
	if (panic == NULL)
		return pv_trun_fail(r, "%s", why);
	return pv_trun_fail(r, "regexp: Compile(`%.*s`): %s", (int)pattern.len, pattern.s, why);
}

static int
matched(pv_trun *r, const pv_tv *args, bool must, pv_tv *ret)
{
	const pv_re *re;
	*ret = pv_tv_bool(false);
	if (pv_re_cached(r->cx, targ(args, 0), NULL, &re) < 0) {
		if (must)
			return pv_trun_fail_ctx(r);
		(void)pv_recover(r->cx);
		return pay(r, NULL);
	}
	if (pay(r, re) < 0 || pay_search(r, re, &args[1]) < 0)
		return -PV_EINVALID;
	*ret = pv_tv_bool(pv_re_match(re, targ(args, 1)));
	return 0;
}

TFN(fn_match)
{
	return matched(r, args, false, ret);
}

TFN(fn_must_match)
{
	return matched(r, args, true, ret);
}

static int
found_all(pv_trun *r, const pv_tv *args, const char *panic, pv_tv *ret)
{
	const pv_re *re;
	pv_vec spans, texts;
	int code = compiled(r, targ(args, 0), panic, &re);
	if (code < 0 || pay_search(r, re, &args[1]) < 0)
		return -PV_EINVALID;
	int64_t limit = args[2].i;
	size_t each = 1 + (size_t)pv_re_groups(re);
	pv_vec_init(&spans, r->arena, sizeof(pv_span));
	if (limit != 0 &&
	    !pv_re_find_all(re, r->arena, targ(args, 1), limit < 0 || limit > INT32_MAX ? -1 : (int)limit,
			    &r->steps, &spans))
		return settle(r);
	pv_vec_init(&texts, r->arena, sizeof(pv_str));
	for (size_t i = 0; i < spans.len; i += each) {
		const pv_span *at = PV_AT(pv_span, &spans, i);
		pv_str s = {args[1].s + at->begin, (size_t)(at->end - at->begin)};
		pv_vec_push(&texts, &s);
	}
	*ret = list_of_texts(r, &texts);
	return 0;
}

TFN(fn_find_all)
{
	return found_all(r, args, "", ret);
}

TFN(fn_must_find_all)
{
	return found_all(r, args, NULL, ret);
}

static int
found(pv_trun *r, const pv_tv *args, const char *panic, pv_tv *ret)
{
	const pv_re *re;
	pv_span at;
	int code = compiled(r, targ(args, 0), panic, &re);
	*ret = pv_tv_text("");
	if (code < 0 || pay_search(r, re, &args[1]) < 0)
		return -PV_EINVALID;
	if (pv_re_find(re, targ(args, 1), 0, &at, 1))
		*ret = pv_tv_str((pv_str){args[1].s + at.begin, (size_t)(at.end - at.begin)});
	return 0;
}

TFN(fn_find)
{
	return found(r, args, "", ret);
}

TFN(fn_must_find)
{
	return found(r, args, NULL, ret);
}

/* May the result be made?  Groups of one match have no more than its text. */
static bool
is_small(pv_trun *r, const pv_re *re, pv_str text, pv_str with)
{
	size_t groups = 0;
	pv_vec spans;
	if ((text.len + 1) <= MADE_MAX / (with.len + 1))
		return true;
	for (size_t i = 0; i < with.len; i++)
		groups += with.s[i] == '$';
	pv_vec_init(&spans, r->arena, sizeof(pv_span));
	if (!pv_re_find_all(re, r->arena, text, -1, &r->steps, &spans))
		return true; /* it is not made either */
	return spans.len / (1 + (size_t)pv_re_groups(re)) <= MADE_MAX / (with.len + 1) &&
	       (text.len + 1) <= MADE_MAX / (groups + 1);
}

static int
replaced(pv_trun *r, const pv_tv *args, const char *panic, bool literal, pv_tv *ret)
{
	const pv_re *re;
	int code = compiled(r, targ(args, 0), panic, &re);
	if (code < 0 || pay_search(r, re, &args[1]) < 0)
		return -PV_EINVALID;
	if (!is_small(r, re, targ(args, 1), targ(args, 2)))
		return pv_trun_fail(r, "regexReplaceAll: expected at most %zu bytes", MADE_MAX);
	*ret = pv_tv_str(
		literal ? pv_re_replace_literal(re, r->arena, targ(args, 1), targ(args, 2), &r->steps)
			: pv_re_replace(re, r->arena, targ(args, 1), targ(args, 2), &r->steps));
	return settle(r) < 0 ? -PV_EINVALID : pv_trun_spend(r, ret->len);
}

TFN(fn_replace)
{
	return replaced(r, args, "", false, ret);
}

TFN(fn_must_replace)
{
	return replaced(r, args, NULL, false, ret);
}

TFN(fn_replace_literal)
{
	return replaced(r, args, "", true, ret);
}

TFN(fn_must_replace_literal)
{
	return replaced(r, args, NULL, true, ret);
}

static int
cut(pv_trun *r, const pv_tv *args, const char *panic, pv_tv *ret)
{
	const pv_re *re;
	pv_vec pieces;
	int64_t limit = args[2].i;
	int code = compiled(r, targ(args, 0), panic, &re);
	if (code < 0 || pay_search(r, re, &args[1]) < 0)
		return -PV_EINVALID;
	pv_vec_init(&pieces, r->arena, sizeof(pv_str));
	if (!pv_re_split(re, r->arena, targ(args, 1), limit < 0 || limit > INT32_MAX ? -1 : (int)limit,
			 &r->steps, &pieces))
		return settle(r);
	*ret = list_of_texts(r, &pieces);
	return 0;
}

TFN(fn_split)
{
	return cut(r, args, "", ret);
}

TFN(fn_must_split)
{
	return cut(r, args, NULL, ret);
}

TFN(fn_quote_meta)
{
	*ret = pv_tv_text(pv_re_quote(r->arena, targ(args, 0)));
	return 0;
}

/* clang-format off */
const pv_tfunc pv_tmpl_regex[] = {
	{"regexMatch", "ss", fn_match}, {"mustRegexMatch", "ss", fn_must_match},
	{"regexFindAll", "ssi", fn_find_all}, {"mustRegexFindAll", "ssi", fn_must_find_all},
	{"regexFind", "ss", fn_find}, {"mustRegexFind", "ss", fn_must_find},
	{"regexReplaceAll", "sss", fn_replace}, {"mustRegexReplaceAll", "sss", fn_must_replace},
	{"regexReplaceAllLiteral", "sss", fn_replace_literal},
	{"mustRegexReplaceAllLiteral", "sss", fn_must_replace_literal}, {"regexSplit", "ssi", fn_split},
	{"mustRegexSplit", "ssi", fn_must_split}, {"regexQuoteMeta", "s", fn_quote_meta}, {NULL, NULL, NULL},
};
/* clang-format on */
