/* bi_system: what depends on the evaluation: random numbers (the same for the same
 * key within a query), UUIDs, the runtime; and honest refusals. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/hashing.h"
#include "base/map.h"
#include "lang/rego/watch.h"
#include "lang/rego/num.h"

pv_map *
rg_cache(rg_vm *vm)
{
	if (!vm->cache)
		vm->cache = pv_map_new(vm->arena);
	return vm->cache;
}

static int
bi_rand_intn(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	int64_t given;
	uint64_t x;
	int r = rg_operand_int(vm, a[1], 2, &given);
	if (r < 0)
		return r;
	uint64_t n = given < 0 ? 0 - (uint64_t)given : (uint64_t)given;
	char *key = pv_printf(vm->arena, "rand.intn %llu %s", (unsigned long long)n, a[0]->s);
	*ret = pv_map_finds(rg_cache(vm), key);
	if (*ret)
		return 0;
	pv_random(&x, sizeof x);
	const pv_val *v = rg_int_val(vm, n ? (int64_t)(x % n) : 0);
	pv_map_puts(rg_cache(vm), key, (void *)(uintptr_t)v);
	*ret = v;
	return 0;
}

static int
bi_uuid(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	char *key = pv_printf(vm->arena, "uuid %s", a[0]->s);
	*ret = pv_map_finds(rg_cache(vm), key);
	if (*ret)
		return 0;
	const pv_val *v = pv_box(vm->arena, pv_string_ref(pv_uuid(vm->arena)));
	pv_map_puts(rg_cache(vm), key, (void *)(uintptr_t)v);
	*ret = v;
	return 0;
}

/* ---- uuid.parse (RFC 4122; as google/uuid reads it) ---- */

static bool
uuid_bytes(pv_str s, uint8_t out[16])
{
	size_t n = 0;
	if (s.len == 45 && strncasecmp(s.s, "urn:uuid:", 9) == 0)
		s = (pv_str){s.s + 9, 36};
	if (s.len == 38 && s.s[0] == '{' && s.s[37] == '}')
		s = (pv_str){s.s + 1, 36};
	if (s.len != 36 && s.len != 32)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.s[i];
		if (s.len == 36 && (i == 8 || i == 13 || i == 18 || i == 23)) {
			if (c != '-')
				return false;
			continue;
		}
		int d = pv_hex_digit(c);
		if (d < 0)
			return false;
		out[n / 2] = (uint8_t)(n % 2 ? out[n / 2] | d : d << 4);
		n++;
	}
	return n == 32;
}

static int64_t
bytes_int(const uint8_t *b, int n)
{
	int64_t v = 0;
	for (int i = 0; i < n; i++)
		v = v << 8 | b[i];
	return v;
}

static void
uuid_time(rg_vm *vm, const uint8_t *b, int version, pv_objb *o)
{
	static const char *const domains[] = {"Person", "Group", "Org"};
	int64_t low = version == 2 ? 0 : bytes_int(b, 4);
	int64_t ticks = low | bytes_int(b + 4, 2) << 32 | (bytes_int(b + 6, 2) & 0xfff) << 48;
	if (version == 2) { /* the low 32 bits hold the id: google/uuid reads them as time, too */
		ticks |= bytes_int(b, 4);
		pv_objb_put(o, "id", pv_int(bytes_int(b, 4)));
		pv_objb_put(o, "domain",
			    b[9] < 3 ? pv_string_ref(domains[b[9]])
				     : pv_stringf(vm->arena, "Domain%d", b[9]));
	}
	ticks -= INT64_C(122192928000000000); /* of 1582 to 1970; nanoseconds overflow as Go's do */
	pv_objb_put(o, "time", pv_int((int64_t)((uint64_t)ticks * 100)));
	pv_objb_put(o, "clocksequence", pv_int(bytes_int(b + 8, 2) & 0x3fff));
	pv_objb_put(o, "nodeid",
		    pv_stringf(vm->arena, "%02x-%02x-%02x-%02x-%02x-%02x", b[10], b[11], b[12], b[13], b[14],
			       b[15]));
	pv_objb_put(o, "macvariables",
		    pv_stringf(vm->arena, "%s:%s", b[10] & 2 ? "local" : "global",
			       b[10] & 1 ? "multicast" : "unicast"));
}

static int
bi_uuid_parse(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	uint8_t b[16] = {0};
	pv_objb o;
	if (!uuid_bytes(pv_strv(a[0]), b))
		return 0;
	int version = b[6] >> 4;
	const char *variant = (b[8] & 0xc0) == 0x80   ? "RFC4122"
			      : (b[8] & 0xe0) == 0xc0 ? "Microsoft"
			      : (b[8] & 0xe0) == 0xe0 ? "Future"
						      : "Reserved";
	pv_objb_init(&o, vm->arena);
	pv_objb_put(&o, "version", pv_int(version));
	pv_objb_put(&o, "variant", pv_string_ref(variant));
	if (version == 1 || version == 2)
		uuid_time(vm, b, version, &o);
	return rg_ret(vm, pv_objb_end(&o), ret);
}

/* ---- runtime ---- */

#define PRINTED_MOST 100

static int
bi_runtime(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)a;
	return rg_ret(vm, (pv_val){.type = PV_OBJECT}, ret);
}

static int
bi_trace(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	if (vm->eval->watch)
		rg_watch_note(vm->eval->watch, a[0]->s);
	return rg_ret_bool(true, ret);
}

/* One line for each combination of the sets' members; an empty set is an undefined value. */
static int
print_sets(rg_vm *vm, const pv_val *sets, uint32_t i, size_t head)
{
	static const pv_val undefined = {
		.type = PV_STRING, .s = "<undefined>", .len = sizeof("<undefined>") - 1};
	pv_buf *line = vm->print;
	const pv_val *set = i < sets->len ? &sets->items[i] : NULL;
	int r = rg_vm_check(vm, 0);
	line->len = head;
	if (r == 0 && !set)
		vm->eval->print(vm->eval->print_arg, line->s);
	for (uint32_t k = 0; r == 0 && set && k < (set->len ? set->len : 1); k++) {
		const pv_val *v = set->len ? &set->items[k] : &undefined;
		line->len = head;
		pv_buf_adds(line, i ? " " : "");
		if (v->type == PV_STRING)
			pv_buf_adds(line, v->s);
		else
			rg_write_term(line, v);
		r = print_sets(vm, sets, i + 1, line->len);
	}
	return r;
}

static int
bi_print(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf line;
	int r = 0;
	pv_buf_init(&line, vm->arena);
	vm->print = &line;
	for (uint32_t i = 0; i < a[0]->len; i++)
		if (a[0]->items[i].type != PV_SET)
			return rg_type_error(vm, "operand 1 must be array of sets");
	if (a[0]->len > PRINTED_MOST)
		return rg_type_error(vm, "more than %d values to print", PRINTED_MOST);
	if (vm->eval->print)
		r = print_sets(vm, a[0], 0, 0);
	return r < 0 ? r : rg_ret_bool(true, ret);
}

/* Gatekeeper's. */
static int
bi_external_data(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	if (!vm->eval->external)
		return rg_vm_fail(vm, "eval_builtin_error", "external_data: no Provider is asked here");
	pv_val request = pv_rego_json(vm->arena, a[0]);
	return rg_ret(vm, vm->eval->external(vm->eval->external_arg, vm->cx, &request), ret);
}

static const rg_builtin rows[] = {
	{"rand.intn", "s n", bi_rand_intn, 2, RG_B_VOLATILE},
	{"uuid.rfc4122", "s", bi_uuid, 1, RG_B_VOLATILE},
	{"uuid.parse", "*", bi_uuid_parse, 1, 0},
	{"opa.runtime", "", bi_runtime, 0, RG_B_VOLATILE},
	{"trace", "s", bi_trace, 1, 0},
	{"external_data", "o", bi_external_data, 1, RG_B_VOLATILE | RG_B_LENT},
	{"internal.print", "a", bi_print, 1, RG_B_VOLATILE},
};
RG_FAMILY(system);
