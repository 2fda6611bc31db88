/* vm_with: the scope that `with` opens: input and data with parts replaced, and
 * functions replaced.  A scope has caches of its own. */
#include "base/arena.h"
#include "lang/rego/vm.h"

rg_env *
rg_env_new(rg_vm *vm, const rg_env *from)
{
	rg_env *e = pv_alloc(vm->arena, sizeof *e);
	*e = (rg_env){.parent = from,
		      .input = from->input,
		      .data = from->data,
		      .mocks = from->mocks,
		      .masks = from->masks};
	return e;
}

/* The document with the value at the path; what is no object on the way goes. */
static const pv_val *
replaced(rg_vm *vm, const pv_val *doc, const pv_val *path, uint32_t n, const pv_val *value)
{
	pv_objb b;
	if (n == 0)
		return value;
	bool object = pv_is(doc, PV_OBJECT);
	const pv_val *old = object ? pv_getv(doc, path) : NULL;
	const pv_val *inner = replaced(vm, old, path + 1, n - 1, value);
	pv_objb_init(&b, vm->arena);
	for (uint32_t i = 0; object && i < doc->len; i++)
		if (!pv_eq(&doc->members[i].key, path))
			pv_objb_add(&b, doc->members[i].key, doc->members[i].val);
	pv_objb_add(&b, *path, *inner);
	return pv_box(vm->arena, rg_deep(pv_objb_end(&b)));
}

static void
mask(rg_vm *vm, rg_env *env, const rg_mock *m)
{
	rg_masked *x = pv_alloc(vm->arena, sizeof *x);
	*x = (rg_masked){.path = m->path, .n = m->npath, .next = env->masks};
	env->masks = x;
}

int
rg_with_enter(rg_vm *vm, const rg_frame *f, const pv_val *const *values)
{
	rg_env *env = rg_env_new(vm, vm->env);
	for (uint32_t i = 0; i < f->n; i++) {
		const rg_mock *m = &f->mocks[i];
		if (m->target == RG_W_INPUT) {
			env->input = replaced(vm, env->input, m->path, m->npath, values[i]);
		} else if (m->target == RG_W_DATA) {
			env->data = replaced(vm, env->data, m->path, m->npath, values[i]);
			mask(vm, env, m);
		} else {
			rg_mocked *x = pv_alloc(vm->arena, sizeof *x);
			bool by_value = !m->by_group && !m->by_builtin;
			*x = (rg_mocked){.mock = m, .value = by_value ? values[i] : NULL, .next = env->mocks};
			env->mocks = x;
		}
	}
	vm->env = env;
	return 0;
}
