/* vm_index: a comprehension that closes over variables is evaluated without them, once in
 * a scope of `with`, and its solutions are kept by their values: n evaluations of n
 * elements cost n, not n * n.  What it would find for values that nobody asks for may be
 * much, or an error: so the first evaluations run as written, and an index that takes much
 * longer than they did, or fails, is given up. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "lang/rego/index.h"
#include "lang/rego/vm.h"

#define ASKED_FIRST 2 /* evaluations as written */
#define TIMES 64      /* of what they took, and */
#define STEPS 4096

typedef struct entry {
	uint64_t hash;
	const pv_val *const *row; /* one of its rows: its values are the first */
	uint32_t first, last;     /* rows, + 1; 0: free */
	const pv_val *made;
} entry;

typedef struct rg_indexed {
	const rg_index *index;
	uint32_t asked;
	uint64_t since; /* steps left when it was asked first */
	bool given_up;
	pv_vec rows;    /* const pv_val *const * */
	uint32_t *then; /* by row: the next of the same values, + 1 */
	entry *entries;
	size_t size; /* a power of two; 0: not built */
	const pv_val *none;
} rg_indexed;

static rg_indexed *
state_of(rg_vm *vm, const rg_index *ix)
{
	if (!vm->env->indexed)
		vm->env->indexed = pv_map_new(vm->arena);
	rg_indexed *s = pv_map_find(vm->env->indexed, (const char *)&ix, sizeof ix);
	if (s)
		return s;
	s = pv_new(vm->arena, rg_indexed);
	s->index = ix;
	s->since = vm->steps;
	pv_map_put(vm->env->indexed, (const char *)&ix, sizeof ix, s);
	return s;
}

static entry *
find(const rg_indexed *s, const pv_val *const *keys)
{
	uint64_t hash = 0;
	uint32_t n = s->index->nkeys;
	for (uint32_t i = 0; i < n; i++)
		hash = (hash ^ pv_val_hash(keys[i])) * UINT64_C(0x9e3779b97f4a7c15);
	for (size_t at = (hash >> 32) & (s->size - 1);; at = (at + 1) & (s->size - 1)) {
		entry *e = &s->entries[at];
		bool same = e->first != 0 && e->hash == hash;
		for (uint32_t i = 0; same && i < n; i++)
			same = pv_eq(e->row[i], keys[i]);
		if (same)
			return e;
		if (e->first == 0) {
			e->hash = hash;
			return e;
		}
	}
}

static int
enter_rows(rg_vm *vm, rg_indexed *s)
{
	int r = 0;
	s->size = 16;
	while (s->size < 2 * s->rows.len)
		s->size *= 2;
	s->entries = pv_alloc0_array(vm->arena, s->size, sizeof *s->entries);
	s->then = pv_alloc0_array(vm->arena, s->rows.len + 1, sizeof *s->then);
	for (size_t i = 0; r == 0 && i < s->rows.len; i++) {
		const pv_val *const *row = *PV_AT(const pv_val *const *, &s->rows, i);
		entry *e = find(s, row);
		if (e->first == 0) {
			e->row = row;
			e->first = (uint32_t)i + 1;
		} else {
			s->then[e->last - 1] = (uint32_t)i + 1;
		}
		e->last = (uint32_t)i + 1;
		r = rg_vm_check(vm, 0);
	}
	return r;
}

/* Its steps count, as far as they go; its errors are those of nobody.  Half of what is left, of
 * steps and of memory, stays for evaluations as written. */
static int
build(rg_vm *vm, rg_indexed *s)
{
	uint64_t spare = (s->since - vm->steps) * TIMES + STEPS, left = vm->steps;
	uint64_t budget = spare < left / 2 ? spare : left / 2;
	size_t memory = vm->memory, used = pv_arena_used(vm->arena);
	bool fatal = vm->fatal;
	int depth = vm->depth;
	rg_env *env = vm->env;
	const pv_val **saved;
	rg_acc acc = {0};
	pv_vec_init(&acc.rows, vm->arena, sizeof(const pv_val *const *));
	const pv_val **regs = rg_regs_take(vm, s->index->code.nregs, &saved);
	vm->steps = budget;
	vm->memory = used < memory ? used + (memory - used) / 2 : memory;
	int r = rg_exec(vm, &s->index->code, regs, &acc);
	vm->steps = left - (budget - vm->steps);
	vm->memory = memory;
	vm->regs = saved;
	if (r < 0) {
		pv_recover(vm->cx);
		vm->fatal = fatal;
		vm->depth = depth;
		vm->env = env;
		s->given_up = true;
		return 0;
	}
	s->rows = acc.rows;
	return enter_rows(vm, s);
}

static int
make(rg_vm *vm, const rg_indexed *s, uint32_t first, const pv_val **ret)
{
	uint32_t n = s->index->nkeys;
	const pv_val *made = rg_build(vm, s->index->type);
	for (uint32_t i = first; i != 0; i = s->then[i - 1]) {
		const pv_val *const *row = *PV_AT(const pv_val *const *, &s->rows, i - 1);
		int r = 0;
		if (s->index->type == PV_OBJECT)
			r = rg_build_put(vm, made, row[n], row[n + 1]);
		else
			rg_build_add(made, row[n]);
		if (r < 0)
			return r;
	}
	return rg_build_end(vm, made, ret);
}

int
rg_index_ask(rg_vm *vm, const rg_index *ix, const pv_val *const *keys, const pv_val **ret)
{
	rg_indexed *s = state_of(vm, ix);
	*ret = NULL;
	if (s->given_up || s->asked++ < ASKED_FIRST)
		return 0;
	int r = s->size == 0 ? build(vm, s) : 0;
	if (r < 0 || s->given_up)
		return r;
	entry *e = find(s, keys);
	const pv_val **known = e->first ? &e->made : &s->none;
	r = *known ? 0 : make(vm, s, e->first, known);
	*ret = r == 0 ? *known : NULL;
	return r;
}
