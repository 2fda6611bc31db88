/* bi_parse: rego.parse_module: a module's text as a document. */
#include "lang/rego/ast_json.h"
#include "lang/rego/builtin.h"

static int
bi_parse_module(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_rego_module src = {.name = pv_text(a[0], ""), .text = pv_strv(a[1])};
	rg_module *m;
	if (rg_parse_module(vm->cx, vm->arena, &src, vm->program->v0, &m) < 0) {
		const pv_error *e = pv_take_error(vm->cx);
		return rg_builtin_error(vm, "%s", e ? e->message : "the module cannot be parsed");
	}
	return rg_ret(vm, rg_module_json(vm->arena, m), ret);
}

static const rg_builtin rows[] = {
	{"rego.parse_module", "s s", bi_parse_module, 2, 0},
};
RG_FAMILY(parse);
