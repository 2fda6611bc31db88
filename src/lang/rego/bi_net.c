/* bi_net: net.cidr_*: IPv4 and IPv6 networks.  Names are looked up by
 * whoever lets the evaluation ask the network (outside.h). */
#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/time.h"
#include "lang/rego/builtin.h"
#include "lang/rego/outside.h"

#define EXPAND_MAX 65536 /* addresses of net.cidr_expand */

typedef struct net { /* first and last address, as 128-bit numbers */
	unsigned __int128 first, last;
	int bits; /* 32 or 128 */
} net;

static unsigned __int128
number_of(const uint8_t *b, int n)
{
	unsigned __int128 v = 0;
	for (int i = 0; i < n; i++)
		v = v << 8 | b[i];
	return v;
}

static bool
read_numbers(const char *s, net *ret)
{
	uint8_t b[16];
	*ret = (net){0};
	if (inet_pton(AF_INET, s, b) == 1)
		ret->bits = 32;
	else if (inet_pton(AF_INET6, s, b) == 1)
		ret->bits = 128;
	else
		return false;
	ret->first = ret->last = number_of(b, ret->bits / 8);
	return true;
}

/* What is IPv4 in the clothes of IPv6 (::ffff:10.0.0.1) is IPv4, as to Go. */
static void
undress(net *n)
{
	if (n->bits == 128 && n->first >> 32 == 0xffff && n->last >> 32 == 0xffff)
		*n = (net){(uint32_t)n->first, (uint32_t)n->last, 32};
}

static bool
read_address(const char *s, net *ret)
{
	bool fits = read_numbers(s, ret);
	undress(ret);
	return fits;
}

static void
apply_prefix(net *n, int prefix)
{
	int host = n->bits - prefix;
	unsigned __int128 mask = host >= 128 ? ~(unsigned __int128)0 : (((unsigned __int128)1 << host) - 1);
	n->first &= ~mask;
	n->last = n->first | mask;
}

/* "10.0.0.0/8". */
static bool
read_cidr(rg_vm *vm, const pv_val *v, net *ret)
{
	const char *slash = v->type == PV_STRING ? strchr(v->s, '/') : NULL;
	int64_t prefix;
	if (!slash || strlen(v->s) != v->len)
		return false;
	if (!read_numbers(pv_strndup(vm->arena, v->s, (size_t)(slash - v->s)), ret))
		return false;
	if (!pv_parse_int(pv_str_of(slash + 1), &prefix) || prefix < 0 || prefix > ret->bits ||
	    slash[1] == '+' || slash[1] == '-')
		return false;
	apply_prefix(ret, (int)prefix);
	undress(ret);
	return true;
}

static pv_val
address_text(rg_vm *vm, unsigned __int128 v, int bits)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t b[16];
	for (int i = bits / 8; i > 0; i--, v >>= 8)
		b[i - 1] = (uint8_t)v;
	inet_ntop(bits == 32 ? AF_INET : AF_INET6, b, text, sizeof text);
	return pv_string(vm->arena, text);
}

static int
bad_cidr(rg_vm *vm, const pv_val *v)
{
	return rg_builtin_error(vm, "invalid CIDR address: %s", pv_text(v, "?"));
}

static bool
within(const net *outer, const net *inner)
{
	return outer->bits == inner->bits && outer->first <= inner->first && inner->last <= outer->last;
}

/* ---- contains, intersects ---- */

static int
contains(rg_vm *vm, const pv_val *cidr, const pv_val *what, bool *ret)
{
	net a, b;
	if (!read_cidr(vm, cidr, &a))
		return bad_cidr(vm, cidr);
	if (what->type != PV_STRING || (!read_address(what->s, &b) && !read_cidr(vm, what, &b)))
		return bad_cidr(vm, what);
	*ret = within(&a, &b);
	return 0;
}

static int
bi_contains(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	bool yes;
	int r = contains(vm, a[0], a[1], &yes);
	return r < 0 ? r : rg_ret_bool(yes, ret);
}

static int
bi_intersects(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	net x, y;
	for (int i = 0; i < 2; i++)
		if (!read_cidr(vm, a[i], i ? &y : &x))
			return bad_cidr(vm, a[i]);
	return rg_ret_bool(within(&x, &y) || within(&y, &x), ret);
}

static int
bi_is_valid(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	net n;
	return rg_ret_bool(read_cidr(vm, a[0], &n), ret);
}

/* ---- contains_matches ---- */

typedef struct side { /* an operand: one string, or a collection with its keys */
	const pv_val *v;
	uint32_t n;
	int operand;
} side;

static int
side_at(rg_vm *vm, const side *s, uint32_t i, const pv_val **ret_text, pv_val *ret_key)
{
	const pv_val *v = s->v;
	if (v->type == PV_STRING) {
		*ret_text = v;
		*ret_key = *v;
		return 0;
	}
	const pv_member *m = v->type == PV_OBJECT ? pv_sorted(v, i) : NULL;
	const pv_val *item = m ? &m->val : &v->items[i];
	*ret_key = m ? m->key : v->type == PV_SET ? *item : pv_int(i);
	*ret_text = item->type == PV_LIST ? pv_item(item, 0) : item;
	if (!pv_is(*ret_text, PV_STRING))
		return rg_builtin_error(vm, "operand %d: element must be string or non-empty array",
					s->operand);
	return 0;
}

static int
bi_contains_matches(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	side x = {a[0], a[0]->type == PV_STRING ? 1 : a[0]->len, 1},
	     y = {a[1], a[1]->type == PV_STRING ? 1 : a[1]->len, 2};
	pv_listb out;
	pv_listb_init(&out, vm->arena);
	for (uint32_t i = 0; i < x.n; i++)
		for (uint32_t k = 0; k < y.n; k++) {
			const pv_val *cidr, *what;
			pv_val pair[2];
			bool yes = false;
			int r = side_at(vm, &x, i, &cidr, &pair[0]);
			if (r == 0)
				r = side_at(vm, &y, k, &what, &pair[1]);
			if (r == 0)
				r = contains(vm, cidr, what, &yes);
			if (r == 0) /* pairs are many, of two long lists */
				r = rg_vm_check(vm, 0);
			if (r < 0)
				return r;
			if (yes)
				pv_listb_add(&out, pv_list_of(vm->arena, pair, 2));
		}
	return rg_ret(vm, pv_listb_end_set(&out), ret);
}

/* ---- expand, merge ---- */

static int
bi_expand(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	net n;
	pv_listb out;
	if (!read_cidr(vm, a[0], &n))
		return bad_cidr(vm, a[0]);
	if (n.last - n.first >= EXPAND_MAX)
		return rg_builtin_error(vm, "%s has more than %d addresses", a[0]->s, EXPAND_MAX);
	pv_listb_init(&out, vm->arena);
	for (unsigned __int128 v = n.first;; v++) {
		pv_listb_add(&out, address_text(vm, v, n.bits));
		if (v == n.last)
			break;
	}
	return rg_ret(vm, pv_listb_end_set(&out), ret);
}

static int
by_first(const void *a, const void *b)
{
	const net *x = a, *y = b;
	if (x->bits != y->bits)
		return x->bits < y->bits ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->last < y->last ? -1 : x->last > y->last;
}

/* A range as the fewest networks. */
static void
put_range(rg_vm *vm, pv_listb *out, const net *range)
{
	unsigned __int128 at = range->first, one = 1;
	for (;;) {
		int host = 0;
		while (host < range->bits && !(at & (one << host))) {
			unsigned __int128 wider =
				host + 1 >= 128 ? ~(unsigned __int128)0 : (one << (host + 1)) - 1;
			if (range->last - at < wider)
				break;
			host++;
		}
		pv_val text = address_text(vm, at, range->bits);
		pv_listb_add(out, pv_stringf(vm->arena, "%s/%d", text.s, range->bits - host));
		unsigned __int128 size = host >= 128 ? 0 : one << host;
		if (size == 0 || range->last - at < size)
			break;
		at += size;
	}
}

/* An IPv4 address alone stands for its class' network (Go's DefaultMask). */
static int
read_merged(rg_vm *vm, const pv_val *v, net *ret)
{
	if (v->type != PV_STRING)
		return rg_type_error(vm, "operand 1 must be array or set of strings");
	if (read_cidr(vm, v, ret))
		return 0;
	if (!read_address(v->s, ret))
		return bad_cidr(vm, v);
	if (ret->bits == 128)
		return rg_builtin_error(vm, "IPv6 invalid: needs prefix length");
	unsigned top = (unsigned)(ret->first >> 24);
	apply_prefix(ret, top < 128 ? 8 : top < 192 ? 16 : 24);
	return 0;
}

static int
bi_merge(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_vec nets;
	pv_listb out;
	pv_vec_init(&nets, vm->arena, sizeof(net));
	pv_listb_init(&out, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++) {
		int r = read_merged(vm, &a[0]->items[i], pv_vec_add(&nets));
		if (r < 0)
			return r;
	}
	if (nets.len)
		pv_vec_sort(&nets, by_first);
	for (size_t i = 0; i < nets.len;) {
		net range = *PV_AT(net, &nets, i++);
		for (; i < nets.len; i++) {
			const net *next = PV_AT(net, &nets, i);
			bool joins = next->bits == range.bits &&
				     (next->first <= range.last || next->first - range.last == 1);
			if (!joins)
				break;
			range.last = next->last > range.last ? next->last : range.last;
		}
		put_range(vm, &out, &range);
	}
	return rg_ret(vm, pv_listb_end_set(&out), ret);
}

/* Without a network: what is an address already, and the one name that means the same everywhere (RFC 6761). */
static int
answer_alone(rg_vm *vm, const char *name, const pv_val **ret)
{
	net n;
	pv_listb out;
	pv_listb_init(&out, vm->arena);
	if (pv_streq(name, "localhost"))
		pv_listb_add(&out, pv_string_ref("127.0.0.1"));
	else if (read_address(name, &n))
		pv_listb_add(&out, address_text(vm, n.first, n.bits));
	else
		return rg_vm_fail(
			vm, "eval_builtin_error",
			"net.lookup_ip_addr: asks the network, and no host is allowed (--allow-net): %s",
			name);
	return rg_ret(vm, pv_listb_end_set(&out), ret);
}

static int
answer_by(rg_vm *vm, const pv_rego_outside *outside, const char *name, const pv_val **ret)
{
	pv_listb out;
	pv_vec found;
	int64_t since = pv_mono();
	int r = rg_check_waited(vm);
	if (r < 0)
		return r;
	pv_vec_init(&found, vm->arena, sizeof(const char *));
	r = outside->lookup(outside->arg, vm->cx, name, &found);
	vm->waited_ns += pv_mono() - since;
	if (r < 0) {
		const char *why = pv_strdup(vm->arena, pv_error_text(vm->cx));
		(void)pv_recover(vm->cx);
		if (r == -PV_EFORBIDDEN)
			return rg_vm_fail(vm, "eval_builtin_error", "net.lookup_ip_addr: %s", why);
		return rg_builtin_error(vm, "%s", why);
	}
	pv_listb_init(&out, vm->arena);
	for (size_t i = 0; i < found.len; i++)
		pv_listb_add(&out, pv_string_ref(*PV_AT(const char *, &found, i)));
	return rg_ret(vm, pv_listb_end_set(&out), ret);
}

/* The same throughout an evaluation. */
static int
bi_lookup(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const char *key = pv_printf(vm->arena, "net.lookup_ip_addr %s", a[0]->s);
	if (!vm->eval->outside)
		return answer_alone(vm, a[0]->s, ret);
	*ret = pv_map_finds(rg_cache(vm), key);
	if (*ret)
		return 0;
	int r = answer_by(vm, vm->eval->outside, a[0]->s, ret);
	if (r == 0)
		pv_map_puts(rg_cache(vm), key, (void *)(uintptr_t)*ret);
	return r;
}

static const rg_builtin rows[] = {
	{"net.cidr_contains", "s s", bi_contains, 2, 0},
	{"net.cidr_overlap", "s s", bi_contains, 2, RG_B_DEPRECATED},
	{"net.cidr_intersects", "s s", bi_intersects, 2, 0},
	{"net.cidr_is_valid", "*", bi_is_valid, 1, 0},
	{"net.cidr_contains_matches", "saot saot", bi_contains_matches, 2, 0},
	{"net.cidr_expand", "s", bi_expand, 1, 0},
	{"net.cidr_merge", "at", bi_merge, 1, 0},
	{"net.lookup_ip_addr", "s", bi_lookup, 1, RG_B_VOLATILE | RG_B_NETWORK},
};
RG_FAMILY(net);
