/* bi_regex: regex.* over base/regex.h (RE2: linear time, Go's syntax). */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/regex.h"
#include "lang/rego/builtin.h"

#define ELEMENT (4 * sizeof(pv_val)) /* bytes of a text in a list that grows, beside its own */
#define WORK (UINT64_C(1) << 19)     /* of a first try, as pv_re_cost() counts: some 10 ms at most */

static int
compiled(rg_vm *vm, const pv_val *pattern, const pv_re **ret)
{
	if (pv_re_cached(vm->cx, pv_strv(pattern), &vm->regex, ret) == 0)
		return 0;
	const char *text = vm->cx->err ? vm->cx->err->message : "error parsing regexp";
	pv_recover(vm->cx);
	return rg_builtin_error(vm, "%s", text);
}

static pv_val
slice(rg_vm *vm, const pv_val *text, pv_span s)
{
	return s.begin < 0 ? pv_string_ref("")
			   : pv_stringn(vm->arena, text->s + s.begin, (size_t)(s.end - s.begin));
}

static int
bi_match(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_re *re;
	int r = compiled(vm, a[0], &re);
	return r < 0 ? r : rg_ret_bool(pv_re_match(re, pv_strv(a[1])), ret);
}

static int
bi_is_valid(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_re *re;
	if (a[0]->type != PV_STRING)
		return rg_ret_bool(false, ret);
	int r = pv_re_cached(vm->cx, pv_strv(a[0]), &vm->regex, &re);
	if (r < 0)
		pv_recover(vm->cx);
	return rg_ret_bool(r == 0, ret);
}

/* Searching for all matches may take as long as the text squared, and looks at no clock: it is tried with twice
 * the work as long as there is time, and memory, for what each try found stays in it.  *most is that of the last
 * try, at first 0. */
static int
more_work(rg_vm *vm, uint64_t *most, uint64_t *ret_work)
{
	int r = *most ? rg_vm_check(vm, 0) : 0;
	if (r == 0 && *most)
		r = rg_vm_check_time(vm);
	*most = !vm->eval->cpu_ns ? UINT64_MAX : *most ? *most * 2 : WORK;
	*ret_work = *most;
	return r;
}

static int
find_all(rg_vm *vm, const pv_re *re, const pv_val *text, int limit, pv_vec *ret)
{
	uint64_t most = 0, work;
	int r;
	do
		r = more_work(vm, &most, &work);
	while (r == 0 && !pv_re_find_all(re, vm->arena, pv_strv(text), limit, &work, ret));
	return r;
}

static int
bi_split(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_re *re;
	pv_vec pieces;
	pv_listb b;
	uint64_t most = 0, work;
	int r = compiled(vm, a[0], &re);
	if (r < 0)
		return r;
	do
		r = more_work(vm, &most, &work);
	while (r == 0 && !pv_re_split(re, vm->arena, pv_strv(a[1]), -1, &work, &pieces));
	if (r < 0)
		return r;
	r = rg_vm_check(vm, pieces.len * ELEMENT + a[1]->len);
	if (r < 0)
		return r;
	pv_listb_init(&b, vm->arena);
	for (size_t i = 0; i < pieces.len; i++) {
		const pv_str *s = PV_AT(pv_str, &pieces, i);
		pv_listb_add(&b, pv_stringn(vm->arena, s->s, s->len));
	}
	return rg_ret(vm, pv_listb_end(&b), ret);
}

/* Has the list of the matches, or of their groups too, room? */
static int
check_found(rg_vm *vm, const pv_vec *spans, size_t step)
{
	size_t bytes = 0;
	for (size_t i = 0; i < spans->len; i += step) {
		const pv_span *s = PV_AT(pv_span, spans, i);
		bytes += ELEMENT + (size_t)(s->end - s->begin);
	}
	return rg_vm_check(vm, bytes);
}

/* groups: lists of the match and its groups; else the matches alone. */
static int
find(rg_vm *vm, const pv_val *const *a, bool groups, const pv_val **ret)
{
	const pv_re *re;
	pv_vec spans;
	pv_listb b, inner;
	int64_t n;
	int r = compiled(vm, a[0], &re);
	if (r == 0)
		r = rg_operand_int(vm, a[2], 3, &n);
	if (r == 0)
		r = find_all(vm, re, a[1], n < 0 || n > INT32_MAX ? -1 : (int)n, &spans);
	size_t width = r < 0 ? 1 : (size_t)pv_re_groups(re) + 1;
	if (r == 0)
		r = check_found(vm, &spans, groups ? 1 : width);
	if (r < 0)
		return r;
	pv_listb_init(&b, vm->arena);
	for (size_t i = 0; i < spans.len; i += width) {
		if (!groups) {
			pv_listb_add(&b, slice(vm, a[1], *PV_AT(pv_span, &spans, i)));
			continue;
		}
		pv_listb_init(&inner, vm->arena);
		for (size_t k = 0; k < width; k++)
			pv_listb_add(&inner, slice(vm, a[1], *PV_AT(pv_span, &spans, i + k)));
		pv_listb_add(&b, pv_listb_end(&inner));
	}
	return rg_ret(vm, pv_listb_end(&b), ret);
}

static int
bi_find_n(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return find(vm, a, false, ret);
}

static int
bi_find_submatch(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return find(vm, a, true, ret);
}

/* Has the result of replacing room?  Matches are counted only where the most would not have; what one '$' stands
 * for in all of them is no more than the text. */
static int
check_replaced(rg_vm *vm, const pv_re *re, const pv_val *text, pv_str with)
{
	size_t groups = 0;
	pv_vec spans;
	if (((size_t)text->len + 1) * with.len <= vm->memory / 16)
		return 0;
	for (size_t i = 0; i < with.len; i++)
		groups += with.s[i] == '$';
	int r = find_all(vm, re, text, -1, &spans);
	return r < 0 ? r
		     : rg_vm_check(vm, spans.len / ((size_t)pv_re_groups(re) + 1) * with.len +
					       groups * text->len);
}

static int
bi_replace(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_re *re;
	pv_vec spans;
	uint64_t work = WORK;
	int r = compiled(vm, a[1], &re);
	if (r == 0)
		r = check_replaced(vm, re, a[0], pv_strv(a[2]));
	if (r < 0)
		return r;
	pv_str text = pv_strv(a[0]), with = pv_strv(a[2]);
	pv_str s = pv_re_replace(re, vm->arena, text, with, vm->eval->cpu_ns ? &work : NULL);
	if (work == 0) { /* is there time to find them all? */
		r = find_all(vm, re, a[0], -1, &spans);
		if (r < 0)
			return r;
		s = pv_re_replace(re, vm->arena, text, with, NULL);
	}
	return rg_ret(vm, pv_stringn(vm->arena, s.s, s.len), ret);
}

/* "urn:<.*>": regular expressions between the delimiters, plain text around. */
static int
bi_template_match(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	const pv_re *re;
	if (a[2]->len != 1 || a[3]->len != 1)
		return rg_builtin_error(vm, "delimiters must be one byte long");
	char open = a[2]->s[0], close = a[3]->s[0];
	pv_buf_init(&b, vm->arena);
	pv_buf_addc(&b, '^');
	for (size_t i = 0, from = 0; i <= a[0]->len; i++) {
		if (i < a[0]->len && a[0]->s[i] != open)
			continue;
		pv_buf_adds(&b, pv_re_quote(vm->arena, (pv_str){a[0]->s + from, i - from}));
		if (i == a[0]->len)
			break;
		int depth = 1;
		size_t start = ++i;
		for (; i < a[0]->len && depth; i++)
			depth += a[0]->s[i] == close ? -1 : a[0]->s[i] == open;
		if (depth)
			return rg_builtin_error(vm, "unbalanced braces in \"%s\"", a[0]->s);
		pv_buf_printf(&b, "(%.*s)", (int)(i - 1 - start), a[0]->s + start);
		from = i--;
	}
	pv_buf_addc(&b, '$');
	pv_val pattern = {.type = PV_STRING, .len = (uint32_t)b.len, .s = b.s};
	int r = compiled(vm, &pattern, &re);
	return r < 0 ? r : rg_ret_bool(pv_re_match(re, pv_strv(a[1])), ret);
}

static const rg_builtin rows[] = {
	{"regex.match", "s s", bi_match, 2, 0},
	{"re_match", "s s", bi_match, 2, RG_B_DEPRECATED},
	{"regex.is_valid", "*", bi_is_valid, 1, 0},
	{"regex.split", "s s", bi_split, 2, 0},
	{"regex.find_n", "s s n", bi_find_n, 3, 0},
	{"regex.find_all_string_submatch_n", "s s n", bi_find_submatch, 3, 0},
	{"regex.replace", "s s s", bi_replace, 3, 0},
	{"regex.template_match", "s s s s", bi_template_match, 4, 0},
};
RG_FAMILY(regex);
