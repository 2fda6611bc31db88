/* vm_build: objects from solutions: keys must be unique, or agree. */
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "lang/rego/vm.h"

#define DEPTH_SHIFT 4
#define DEPTH_MOST 0xfffu

/* ---- how deep, how large ---- */

/* A size in eight bits, to the nearest eighth of a power of two. */
static uint8_t
pack(uint64_t w)
{
	if (w < 16)
		return (uint8_t)w;
	if (w >= UINT64_C(1) << 32)
		return UINT8_MAX;
	w += UINT64_C(1) << (63 - __builtin_clzll(w)) >> 4; /* rounds */
	unsigned e = 63 - (unsigned)__builtin_clzll(w);
	return (uint8_t)((e - 2) << 3 | (w >> (e - 3) & 7));
}

static uint64_t
unpack(uint8_t packed)
{
	return packed < 16 ? packed : (UINT64_C(8) + (packed & 7)) << ((packed >> 3) - 1);
}

/* In parts of sixteen bytes, each as often as it is written out: what is shared counts
 * every time.  Values from a reader are not noted: they are as deep as it allows. */
static uint64_t
size_of(const pv_val *v)
{
	uint64_t size = 1;
	if (v->type == PV_STRING)
		return 1 + v->len / 16;
	if (v->type < PV_LIST || v->flags >> DEPTH_SHIFT)
		return v->type < PV_LIST ? 1 : unpack(v->num);
	for (uint32_t i = 0; i < v->len; i++)
		size += v->type == PV_OBJECT ? size_of(&v->members[i].key) + size_of(&v->members[i].val)
					     : size_of(&v->items[i]);
	return size;
}

static unsigned
depth_of(const pv_val *v)
{
	return v->type < PV_LIST ? 0 : v->flags >> DEPTH_SHIFT;
}

pv_val
rg_deep(pv_val v)
{
	unsigned most = 0;
	uint64_t size = 1;
	if (v.type < PV_LIST)
		return v;
	for (uint32_t i = 0; i < v.len; i++) {
		unsigned d = v.type == PV_OBJECT ? depth_of(&v.members[i].val) : depth_of(&v.items[i]);
		unsigned k = v.type == PV_OBJECT ? depth_of(&v.members[i].key) : 0;
		d = k > d ? k : d;
		most = d > most ? d : most;
		size += v.type == PV_OBJECT ? size_of(&v.members[i].key) + size_of(&v.members[i].val)
					    : size_of(&v.items[i]);
	}
	most = most < DEPTH_MOST ? most + 1 : most;
	v.num = pack(size); /* numbers alone have another use for it */
	v.flags = (uint16_t)((v.flags & ((1u << DEPTH_SHIFT) - 1)) | most << DEPTH_SHIFT);
	return v;
}

int
rg_box(rg_vm *vm, pv_val v, const pv_val **ret)
{
	v = rg_deep(v);
	if (depth_of(&v) > RG_VALUE_DEPTH)
		return rg_vm_fail(vm, "eval_cancel_error", "values are nested more than %d deep",
				  RG_VALUE_DEPTH);
	if (unpack(v.num) > vm->memory / 4 / 16)
		return rg_vm_fail(vm, "eval_cancel_error",
				  "memory limit reached: a value that takes more than %zu MiB",
				  vm->memory >> 22);
	*ret = pv_box(vm->arena, v);
	return 0;
}

static void
note_repeated(void *arg, const pv_val *key)
{
	(void)key;
	*(bool *)arg = true;
}

int
rg_finish_object(rg_vm *vm, pv_objb *b, const pv_val **ret)
{
	bool repeated = false;
	pv_val object = pv_object_of(vm->arena, b->members, b->len, note_repeated, &repeated);
	for (size_t i = 0; repeated && i < b->len; i++)
		if (!pv_eq(pv_getv(&object, &b->members[i].key), &b->members[i].val))
			return rg_vm_fail(vm, "eval_conflict_error", "object keys must be unique");
	return rg_box(vm, object, ret);
}

/* ---- literals ---- */

static const pv_val *
operand(const rg_code *code, const pv_val **regs, int32_t x)
{
	return x >= 0 ? regs[x] : &code->consts[~x];
}

int
rg_make(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val **regs, const pv_val **ret)
{
	const int32_t *ops = code->operands + ip->c;
	pv_listb list = {.arena = vm->arena, .cap = (size_t)ip->b};
	pv_objb object;
	if (ip->op == OP_OBJECT) {
		pv_objb_init(&object, vm->arena);
		for (int32_t i = 0; i < ip->b; i++)
			pv_objb_add(&object, *operand(code, regs, ops[2 * i]),
				    *operand(code, regs, ops[2 * i + 1]));
		return rg_finish_object(vm, &object, ret);
	}
	if (ip->b)
		list.items = pv_alloc(vm->arena, (size_t)ip->b * sizeof *list.items);
	for (int32_t i = 0; i < ip->b; i++)
		pv_listb_add(&list, *operand(code, regs, ops[i]));
	return rg_box(vm, ip->op == OP_SET ? pv_listb_end_set(&list) : pv_listb_end(&list), ret);
}

/* ---- comprehensions ---- */

typedef struct builder {
	pv_val head; /* so that it can sit in a register */
	int32_t type;
	pv_listb list;
	pv_objb object;
} builder;

static builder *
builder_of(const pv_val *v)
{
	return (builder *)(uintptr_t)v;
}

const pv_val *
rg_build(rg_vm *vm, int32_t type)
{
	builder *b = pv_alloc(vm->arena, sizeof *b);
	b->head = pv_null();
	b->type = type;
	pv_listb_init(&b->list, vm->arena);
	pv_objb_init(&b->object, vm->arena);
	return &b->head;
}

void
rg_build_add(const pv_val *b, const pv_val *v)
{
	pv_listb_add(&builder_of(b)->list, *v);
}

int
rg_build_put(rg_vm *vm, const pv_val *to, const pv_val *key, const pv_val *val)
{
	pv_objb *b = &builder_of(to)->object;
	for (size_t i = b->len; i > 0 && b->len - i < 8; i--) {
		if (!pv_eq(&b->members[i - 1].key, key))
			continue;
		return pv_eq(&b->members[i - 1].val, val)
			       ? 0
			       : rg_vm_fail(vm, "eval_conflict_error", "object keys must be unique");
	}
	pv_objb_add(b, *key, *val);
	return 0;
}

/* Ended once: whoever comes back to it starts it anew. */
int
rg_build_end(rg_vm *vm, const pv_val *from, const pv_val **ret)
{
	builder b = *builder_of(from);
	if (b.type == PV_OBJECT)
		return rg_finish_object(vm, &b.object, ret);
	return rg_box(vm, b.type == PV_SET ? pv_listb_end_set(&b.list) : pv_listb_end(&b.list), ret);
}

/* ---- partial objects ---- */

static int
by_path(const void *a, const void *b)
{
	const rg_entry *x = a, *y = b;
	for (uint32_t i = 0; i < x->n && i < y->n; i++) {
		int r = pv_cmp(x->path[i], y->path[i]);
		if (r != 0)
			return r;
	}
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* At the first of them that does not go with what was found before it. */
static int
conflict(rg_vm *vm, const rg_entry *e, size_t n)
{
	const rg_entry *first = e, *at = NULL;
	for (size_t i = 1; i < n; i++)
		first = e[i].at < first->at ? &e[i] : first;
	for (size_t i = 0; i < n; i++) {
		bool same = e[i].n == first->n && e[i].into_set && first->into_set;
		same = same || (e[i].n == first->n && !e[i].into_set && !first->into_set &&
				pv_eq(e[i].value, first->value));
		if (!same && (!at || e[i].at < at->at))
			at = &e[i];
	}
	vm->code = at ? &at->clause->code : NULL;
	vm->at = NULL;
	return rg_vm_fail(vm, "eval_conflict_error", "object keys must be unique");
}

/* Entries [0,n) agree in their first `depth` path elements; recursion is as deep as
 * the rule head is long. */
static int
collect(rg_vm *vm, const rg_entry *e, size_t n, uint32_t depth, const pv_val **ret)
{
	pv_objb object;
	if (e[0].n == depth && e[0].into_set) {
		pv_listb set;
		pv_listb_init(&set, vm->arena);
		for (size_t i = 0; i < n; i++) {
			if (e[i].n != depth || !e[i].into_set)
				return conflict(vm, e, n);
			pv_listb_add(&set, *e[i].value);
		}
		return rg_box(vm, pv_listb_end_set(&set), ret);
	}
	if (e[0].n == depth) {
		for (size_t i = 1; i < n; i++)
			if (e[i].n != depth || e[i].into_set || !pv_eq(e[0].value, e[i].value))
				return conflict(vm, e, n);
		*ret = e[0].value;
		return 0;
	}
	pv_objb_init(&object, vm->arena);
	for (size_t i = 0, end; i < n; i = end) {
		const pv_val *val;
		for (end = i + 1; end < n && pv_cmp(e[i].path[depth], e[end].path[depth]) == 0;)
			end++;
		int r = collect(vm, e + i, end - i, depth + 1, &val);
		if (r < 0)
			return r;
		pv_objb_add(&object, *e[i].path[depth], *val);
	}
	return rg_box(vm, pv_objb_end(&object), ret);
}

int
rg_collect_object(rg_vm *vm, pv_vec *entries, const pv_val **ret)
{
	pv_objb empty;
	if (entries->len == 0) {
		pv_objb_init(&empty, vm->arena);
		*ret = pv_box(vm->arena, pv_objb_end(&empty));
		return 0;
	}
	pv_vec_sort(entries, by_path);
	return collect(vm, entries->data, entries->len, 0, ret);
}
