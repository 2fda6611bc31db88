/* vm_memo: what functions, members and parts of documents came to, for who asks again: the last of each slot. */
#include <string.h>

#include "base/arena.h"
#include "lang/rego/vm.h"

#define RG_MEMO 256 /* slots; a power of two */

struct rg_memo {
	uint64_t used[RG_MEMO / 64]; /* which of them have been written: the rest is not even cleared */
	rg_remembered e[RG_MEMO];
};

static bool
same_arg(const pv_val *a, const pv_val *b)
{
	return a == b || (a->type == b->type && a->type <= PV_STRING && pv_eq(a, b));
}

/* Scalars by value, collections by identity: that is cheap, and they do not change. */
static uint64_t
hash_args(const void *what, uint32_t n, const pv_val *const *args)
{
	uint64_t h = (uintptr_t)what;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t x = args[i]->type <= PV_STRING ? pv_val_hash(args[i]) : (uintptr_t)args[i] >> 4;
		h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return h;
}

rg_remembered *
rg_memo_find(rg_vm *vm, const void *what, uint32_t n, const pv_val *const *args, bool *ret_hit)
{
	if (!vm->env->memo) {
		vm->env->memo = pv_alloc(vm->arena, sizeof *vm->env->memo);
		memset(vm->env->memo->used, 0, sizeof vm->env->memo->used);
	}
	struct rg_memo *memo = vm->env->memo;
	size_t at = hash_args(what, n, args) % RG_MEMO;
	rg_remembered *e = &memo->e[at];
	if (!(memo->used[at / 64] >> at % 64 & 1))
		*e = (rg_remembered){0};
	memo->used[at / 64] |= UINT64_C(1) << at % 64;
	*ret_hit = e->what == what;
	for (uint32_t i = 0; *ret_hit && i < n; i++)
		*ret_hit = same_arg(e->args[i], args[i]);
	return e;
}

void
rg_memo_put(rg_vm *vm, rg_remembered *e, const void *what, uint32_t n, const pv_val *const *args,
	    const pv_val *v)
{
	const pv_val **kept = pv_alloc(vm->arena, (n + 1) * sizeof *kept);
	if (n)
		memcpy(kept, args, n * sizeof *kept);
	*e = (rg_remembered){what, kept, v};
}
