/* bi_string: searching, cutting and joining.  Positions count runes. */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "lang/rego/builtin.h"

static const pv_val *
piece(rg_vm *vm, const char *s, size_t len)
{
	return pv_box(vm->arena, pv_stringn(vm->arena, s, len));
}

static int
ret_piece(rg_vm *vm, const char *s, size_t len, const pv_val **ret)
{
	*ret = piece(vm, s, len);
	return 0;
}

/* ---- tests ---- */

static bool
has_prefix(const pv_val *s, const pv_val *p)
{
	return s->len >= p->len && memcmp(s->s, p->s, p->len) == 0;
}

static bool
has_suffix(const pv_val *s, const pv_val *p)
{
	return s->len >= p->len && memcmp(s->s + s->len - p->len, p->s, p->len) == 0;
}

static int
bi_contains(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(memmem(a[0]->s, a[0]->len, a[1]->s, a[1]->len) != NULL, ret);
}

static int
bi_startswith(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(has_prefix(a[0], a[1]), ret);
}

static int
bi_endswith(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(has_suffix(a[0], a[1]), ret);
}

/* A string, or every string of a collection; all must be strings. */
static int
strings_of(rg_vm *vm, const pv_val *v, int operand, const pv_val **ret_items, uint32_t *ret_n)
{
	*ret_items = v->type == PV_STRING ? v : v->items;
	*ret_n = v->type == PV_STRING ? 1 : v->len;
	for (uint32_t i = 0; i < *ret_n; i++)
		if ((*ret_items)[i].type != PV_STRING)
			return rg_type_error(vm, "operand %d must be %s of strings but got %s containing %s",
					     operand, pv_type_name(v), pv_type_name(v),
					     pv_type_name(&(*ret_items)[i]));
	return 0;
}

static int
any_match(rg_vm *vm, const pv_val *const *a, bool (*test)(const pv_val *, const pv_val *), const pv_val **ret)
{
	const pv_val *texts, *bases;
	uint32_t n, m;
	bool any = false;
	int r = strings_of(vm, a[0], 1, &texts, &n);
	if (r == 0)
		r = strings_of(vm, a[1], 2, &bases, &m);
	if (r != 0)
		return r;
	for (uint32_t i = 0; r == 0 && !any && i < n; i++) {
		for (uint32_t k = 0; !any && k < m; k++)
			any = test(&texts[i], &bases[k]);
		r = rg_vm_check(vm, 0);
	}
	return r < 0 ? r : rg_ret_bool(any, ret);
}

static int
bi_any_prefix(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return any_match(vm, a, has_prefix, ret);
}

static int
bi_any_suffix(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return any_match(vm, a, has_suffix, ret);
}

/* ---- positions ---- */

static int64_t
runes_before(const char *s, size_t bytes)
{
	return (int64_t)pv_utf8_count((pv_str){s, bytes});
}

/* Bytes of the first n runes, at most len. */
static size_t
bytes_of(const char *s, size_t len, int64_t n)
{
	return n > 0 ? pv_utf8_prefix((pv_str){s, len}, (size_t)n) : 0;
}

static int
bi_indexof(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	if (a[1]->len == 0)
		return rg_builtin_error(vm, "empty search character");
	const char *at = memmem(a[0]->s, a[0]->len, a[1]->s, a[1]->len);
	return rg_ret(vm, pv_int(at ? runes_before(a[0]->s, (size_t)(at - a[0]->s)) : -1), ret);
}

static int
bi_indexof_n(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	if (a[1]->len == 0)
		return rg_builtin_error(vm, "empty search character");
	const char *from = a[0]->s, *end = a[0]->s + a[0]->len, *at, *counted = from;
	int64_t n = 0;
	while ((at = memmem(from, (size_t)(end - from), a[1]->s, a[1]->len)) != NULL) {
		n += runes_before(counted, (size_t)(at - counted));
		counted = at;
		pv_listb_add(&b, pv_int(n));
		from = at + bytes_of(at, (size_t)(end - at), 1);
	}
	return rg_ret(vm, pv_listb_end(&b), ret);
}

static int
bi_substring(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	int64_t start, n;
	int r = rg_operand_int(vm, a[1], 2, &start);
	if (r == 0)
		r = rg_operand_int(vm, a[2], 3, &n);
	if (r < 0)
		return r;
	if (start < 0)
		return rg_builtin_error(vm, "negative offset");
	size_t from = bytes_of(a[0]->s, a[0]->len, start), rest = a[0]->len - from;
	return ret_piece(vm, a[0]->s + from, n < 0 ? rest : bytes_of(a[0]->s + from, rest, n), ret);
}

static int
bi_count(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	int64_t n = 0;
	const char *s = a[0]->s, *end = s + a[0]->len;
	if (a[1]->len == 0)
		return rg_ret(vm, pv_int(runes_before(s, a[0]->len) + 1), ret);
	while ((s = memmem(s, (size_t)(end - s), a[1]->s, a[1]->len)) != NULL) {
		n++;
		s += a[1]->len;
	}
	return rg_ret(vm, pv_int(n), ret);
}

/* ---- splitting and joining ---- */

/* limit: pieces at most, -1: all. */
static int
split(rg_vm *vm, const pv_val *text, const pv_val *by, int64_t limit, pv_listb *b)
{
	const char *s = text->s, *end = s + text->len, *at;
	while (limit < 0 || (int64_t)b->len + 1 < limit) {
		size_t skip = by->len;
		if (by->len == 0) {
			at = s + bytes_of(s, (size_t)(end - s), 1);
			if (at >= end)
				break;
		} else if ((at = memmem(s, (size_t)(end - s), by->s, by->len)) == NULL) {
			break;
		}
		pv_listb_add(b, *piece(vm, s, (size_t)(at - s)));
		s = at + skip;
		if (rg_vm_check(vm, 0) < 0)
			return -PV_EINVALID;
	}
	if (by->len || s < end || text->len)
		pv_listb_add(b, *piece(vm, s, (size_t)(end - s)));
	return 0;
}

static int
bi_split(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	int r = split(vm, a[0], a[1], -1, &b);
	return r < 0 ? r : rg_ret(vm, pv_listb_end(&b), ret);
}

/* n > 0: at most n pieces; n < 0: the last -n of all. */
static int
bi_split_n(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	int64_t n;
	pv_listb b;
	int r = rg_operand_int(vm, a[2], 3, &n);
	if (r < 0)
		return r;
	pv_listb_init(&b, vm->arena);
	if (n != 0)
		r = split(vm, a[0], a[1], n > 0 ? n : -1, &b);
	if (r < 0)
		return r;
	pv_val v = pv_listb_end(&b);
	if (n < 0 && n > -(int64_t)v.len) {
		v.items += (int64_t)v.len + n;
		v.len = (uint32_t)-n;
	}
	return rg_ret(vm, v, ret);
}

static int
bi_concat(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[1]->len; i++) {
		const pv_val *x = &a[1]->items[i];
		if (x->type != PV_STRING)
			return rg_type_error(vm, "operand 2 must be %s of strings but got %s containing %s",
					     pv_type_name(a[1]), pv_type_name(a[1]), pv_type_name(x));
		if (rg_vm_check(vm, (size_t)a[0]->len + x->len) < 0)
			return -PV_EINVALID;
		if (i)
			pv_buf_add(&b, a[0]->s, a[0]->len);
		pv_buf_add(&b, x->s, x->len);
	}
	return rg_ret_buf(vm, &b, ret);
}

static int
bi_replace(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	const char *s = a[0]->s, *end = s + a[0]->len, *at;
	pv_buf_init(&b, vm->arena);
	while (s <= end) {
		if (rg_vm_check(vm, a[2]->len) < 0)
			return -PV_EINVALID;
		if (a[1]->len == 0) { /* before every rune and at the end */
			pv_buf_add(&b, a[2]->s, a[2]->len);
			at = s + bytes_of(s, (size_t)(end - s), 1);
			pv_buf_add(&b, s, (size_t)(at - s));
			if (s == end)
				break;
			s = at;
			continue;
		}
		at = memmem(s, (size_t)(end - s), a[1]->s, a[1]->len);
		pv_buf_add(&b, s, (size_t)((at ? at : end) - s));
		if (!at)
			break;
		pv_buf_add(&b, a[2]->s, a[2]->len);
		s = at + a[1]->len;
	}
	return rg_ret_buf(vm, &b, ret);
}

/* At each place the first pattern (in key order) that fits is replaced. */
static int
bi_replace_n(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	const char *s = a[1]->s, *end = s + a[1]->len;
	pv_buf_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++) {
		if (a[0]->members[i].key.type != PV_STRING)
			return rg_type_error(vm, "operand 1 non-string key found in pattern object");
		if (a[0]->members[i].val.type != PV_STRING)
			return rg_type_error(vm, "operand 1 non-string value found in pattern object");
	}
	while (s < end) {
		const pv_member *hit = NULL;
		for (uint32_t i = 0; !hit && i < a[0]->len; i++) {
			const pv_member *m = pv_sorted(a[0], i);
			if (m->key.len && m->key.len <= (size_t)(end - s) &&
			    memcmp(s, m->key.s, m->key.len) == 0)
				hit = m;
		}
		if (hit && rg_vm_check(vm, hit->val.len) < 0)
			return -PV_EINVALID;
		if (hit)
			pv_buf_add(&b, hit->val.s, hit->val.len);
		else
			pv_buf_addc(&b, *s);
		s += hit ? hit->key.len : 1;
	}
	return rg_ret_buf(vm, &b, ret);
}

static int
bi_reverse(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	for (size_t end = a[0]->len; end > 0;) {
		size_t at = end - 1;
		while (at > 0 && (a[0]->s[at] & 0xc0) == 0x80)
			at--;
		pv_buf_add(&b, a[0]->s + at, end - at);
		end = at;
	}
	return rg_ret_buf(vm, &b, ret);
}

static int
bi_template(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++) {
		const pv_val *x = &a[0]->items[i];
		if (x->type == PV_SET && x->len > 1)
			return rg_vm_fail(vm, "eval_conflict_error",
					  "template-strings must not produce multiple outputs");
		if (x->type == PV_SET && x->len == 0) {
			pv_buf_adds(&b, "<undefined>");
			continue;
		}
		x = x->type == PV_SET ? &x->items[0] : x;
		if (x->type == PV_STRING)
			pv_buf_add(&b, x->s, x->len);
		else
			rg_write_term(&b, x);
	}
	return rg_ret_buf(vm, &b, ret);
}

static const rg_builtin rows[] = {
	{"contains", "s s", bi_contains, 2, 0},
	{"startswith", "s s", bi_startswith, 2, 0},
	{"endswith", "s s", bi_endswith, 2, 0},
	{"strings.any_prefix_match", "sta sta", bi_any_prefix, 2, 0},
	{"strings.any_suffix_match", "sta sta", bi_any_suffix, 2, 0},
	{"indexof", "s s", bi_indexof, 2, 0},
	{"indexof_n", "s s", bi_indexof_n, 2, 0},
	{"substring", "s n n", bi_substring, 3, 0},
	{"strings.count", "s s", bi_count, 2, 0},
	{"split", "s s", bi_split, 2, 0},
	{"strings.split_n", "s s n", bi_split_n, 3, 0},
	{"concat", "s at", bi_concat, 2, 0},
	{"replace", "s s s", bi_replace, 3, 0},
	{"strings.replace_n", "o s", bi_replace_n, 2, 0},
	{"strings.reverse", "s", bi_reverse, 1, 0},
	{"internal.template_string", "a", bi_template, 1, 0},
};
RG_FAMILY(string);
