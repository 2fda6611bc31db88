/* bi_template: strings.render_template: Go's text/template over a document. */
#include "base/arena.h"
#include "lang/gotmpl/gotmpl.h"
#include "lang/rego/builtin.h"

static int
failed(rg_vm *vm)
{
	const pv_error *e = pv_take_error(vm->cx);
	return rg_builtin_error(vm, "%s", e ? e->message : "the template cannot be rendered");
}

static int
bi_render(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_tmpl_run how = {.absent = "<undefined>", .steps = vm->steps};
	pv_tmpl *set = pv_tmpl_new(vm->arena, &(pv_tmpl_opts){0});
	pv_str name = pv_str_of("template");
	pv_val vars = pv_rego_json(vm->arena, a[1]);
	pv_buf out;
	if (pv_tmpl_parse(vm->cx, set, name, pv_strv(a[0])) < 0)
		return failed(vm);
	if (vm->memory > pv_arena_used(vm->arena))
		how.output = vm->memory - pv_arena_used(vm->arena);
	pv_buf_init(&out, vm->arena);
	if (pv_tmpl_execute(vm->cx, set, &how, name, pv_tv_from(vm->arena, &vars, false), &out) < 0)
		return failed(vm);
	return rg_ret_buf(vm, &out, ret);
}

static const rg_builtin rows[] = {
	{"strings.render_template", "s o", bi_render, 2, 0},
};
RG_FAMILY(template);
