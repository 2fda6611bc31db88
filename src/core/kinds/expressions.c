/* Conditions of webhooks must compile before they are kept: what cannot be asked later would
 * refuse every write. */
#include "core/admission/expr.h"
#include "core/kinds/behaviour.h"

void
pv_condition_check(pv_faults *f, const pv_val *v, const char *path)
{
	const pv_cel *program;
	pv_str text = pv_strv(v);
	const char *why, *type;

	if (!pv_str_trim(text).len) {
		if (text.len) /* it is needed, and said to be, if it is empty */
			pv_required(f, path, NULL);
		return;
	}
	if (expr_compile(f->cx, f->cx->arena, text, &program) < 0) {
		why = pv_printf(f->cx->arena, "compilation failed: %s", f->cx->err->message);
		(void)pv_recover(f->cx);
		pv_fault_value(f, path, v, why);
		return;
	}
	type = pv_cel_type(f->cx->arena, program);
	if (!pv_streq(type, "bool"))
		pv_fault_value(f, path, v,
			       pv_printf(f->cx->arena, "must evaluate to bool but got %s",
					 pv_streq(type, "null") ? "null_type" : type));
}
