/* rego/registry: the builtins by name.  Constant; any thread.  Private to this folder. */
#pragma once
#include "base/base.h"

typedef struct rg_builtin rg_builtin;
typedef struct rg_vm rg_vm;
/* Returns 0 (with *ret NULL: undefined) or what rg_builtin_error returned. */
typedef int (*rg_builtin_fn)(rg_vm *vm, const pv_val *const *args, const pv_val **ret);
struct rg_builtin {
	const char *name;
	const char *types; /* one word per operand: see builtin.h */
	rg_builtin_fn fn;
	uint8_t arity;
	uint8_t flags; /* RG_B_* */
};
enum {
	RG_B_RELATION = 1,
	RG_B_VOLATILE = 2,
	RG_B_DEPRECATED = 4,
	RG_B_VOID = 8,
	RG_B_NETWORK = 16,
	RG_B_LENT = 32
};
const rg_builtin *rg_builtin_find(const char *name);
const char *rg_builtin_near(const char *name); /* which a mistyped one may have meant; NULL */
