/* vm_fail: what ends an evaluation, or is noted on its way. */
#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/rego/vm.h"

#define CHECKS_EACH 32

/* Where it is; NULL: nowhere in a policy. */
static const rg_loc *
place(const rg_vm *vm)
{
	const rg_code *c = vm->code;
	if (c && vm->at && vm->at->step < c->nsteps)
		return &c->steps[vm->at->step]->loc;
	return c ? c->head : NULL;
}

int(rg_vm_fail)(rg_vm *vm, const char *code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = pv_vprintf(vm->arena, fmt, ap);
	va_end(ap);
	vm->fatal = true;
	return rg_fail_eval(vm->cx, vm->code ? vm->code->file : NULL, place(vm), code, text);
}

void
rg_vm_note(rg_vm *vm, const char *code, const char *text)
{
	rg_error_each(vm->faults, vm->code ? vm->code->file : NULL, place(vm), code, text);
}

int
rg_vm_check_time(rg_vm *vm)
{
	if (!vm->eval->cpu_ns)
		return 0;
	int64_t now = pv_cpu();
	if (!vm->cpu_end)
		vm->cpu_end = now + vm->eval->cpu_ns;
	if (now < vm->cpu_end)
		return 0;
	return rg_vm_fail(vm, "eval_cancel_error",
			  "time limit reached: the policy takes more than %s of a processor",
			  pv_duration_format(vm->arena, vm->eval->cpu_ns));
}

/* The clock costs more than most steps: it is read at every CHECKS_EACH-th, first to know when it began. */
int
rg_vm_check(rg_vm *vm, size_t more)
{
	size_t used = pv_arena_used(vm->arena);
	if (used > vm->memory || more > vm->memory - used)
		return rg_vm_fail(vm, "eval_cancel_error", "memory limit reached: more than %zu MiB",
				  vm->memory >> 20);
	return ++vm->checks % CHECKS_EACH ? 0 : rg_vm_check_time(vm);
}
