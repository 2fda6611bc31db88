/* Asks every module's hooks; all violations come back in one answer. */
#include "base/str.h"
#include "core/admission/admission.h"
#include "core/module.h"

int
pv_admission_mutate(pv_ctx *cx, pv_admit *admit)
{
	for (size_t i = 0; pv_modules[i]; i++) {
		const pv_admission *const *hooks = pv_modules[i]->admission;

		for (; hooks && *hooks; hooks++) {
			int r = (*hooks)->mutate ? (*hooks)->mutate(cx, admit) : 0;

			if (r < 0)
				return pv_wrap(cx, r, "admission \"%s\"", (*hooks)->name);
		}
	}
	return 0;
}

static int
deny(pv_ctx *cx, const pv_admit *admit, const pv_vec *denials)
{
	const char *text = "";

	for (size_t i = 0; i < denials->len; i++) {
		const pv_denial *one = PV_AT(pv_denial, denials, i);

		text = pv_printf(cx->arena, "%s%s[%s] %s", text, i ? "\n" : "", one->policy, one->message);
	}
	(void)pv_fail(cx, PV_EFORBIDDEN, "admission denied: %s", text);
	for (size_t i = 0; i < denials->len; i++) {
		const pv_denial *one = PV_AT(pv_denial, denials, i);

		pv_add_cause(cx, "PolicyViolation", one->field ? one->field : "", "[%s] %s", one->policy,
			     one->message);
	}
	cx->err->group = pv_strdup(cx->arena, admit->resource->group);
	cx->err->kind = pv_strdup(cx->arena, admit->resource->plural);
	cx->err->name = pv_strdup(cx->arena, admit->name);
	return -PV_EFORBIDDEN;
}

int
pv_admission_validate(pv_ctx *cx, const pv_admit *admit)
{
	pv_vec denials;

	pv_vec_init(&denials, cx->arena, sizeof(pv_denial));
	for (size_t i = 0; pv_modules[i]; i++) {
		const pv_admission *const *hooks = pv_modules[i]->admission;

		for (; hooks && *hooks; hooks++) {
			int r = (*hooks)->validate ? (*hooks)->validate(cx, admit, &denials) : 0;

			if (r < 0)
				return pv_wrap(cx, r, "admission \"%s\"", (*hooks)->name);
		}
	}
	return denials.len ? deny(cx, admit, &denials) : 0;
}
