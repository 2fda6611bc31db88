/* rego_options: options that many of the commands share with opa's. */
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cmd/rego_eval.h"
#include "lang/json/json.h"

#define CAPABILITIES_LIMIT ((size_t)16 << 20)
#define OURS "v1.20.2" /* what pv_rego_capabilities() tells */

int
rego_target_check(pv_ctx *cx, const pv_args *args)
{
	if (!pv_streq(pv_args_text(args, "target", "rego"), "rego"))
		return pv_fail(cx, PV_EUNSUPPORTED, "--target: not supported: %s; expected rego",
			       pv_args_text(args, "target", ""));
	return 0;
}

static bool
has_feature(const pv_val *capabilities, const char *name)
{
	const pv_val *features = pv_get(capabilities, "features");
	for (uint32_t i = 0; features && features->type == PV_LIST && i < features->len; i++)
		if (pv_streq(pv_text(&features->items[i], NULL), name))
			return true;
	return false;
}

/* "v1.20.2", "v0.30" */
static bool
is_version(const char *text)
{
	return text[0] == 'v' && text[1] != '\0' && strspn(text + 1, "0123456789.") == strlen(text + 1);
}

int
rego_capabilities_read(pv_ctx *cx, const char *option, const char *named, const pv_val **ret)
{
	pv_str text;
	if (pv_streq(named, OURS)) {
		*ret = pv_box(cx->arena, pv_rego_capabilities(cx->arena));
		return 0;
	}
	if (is_version(named))
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "--%s: expected a file, or " OURS
			       ", found %s: those of other versions are not "
			       "held here",
			       option, named);
	int r = pv_file_load(cx, named, CAPABILITIES_LIMIT, &text);
	if (r == 0)
		r = pv_json_parse(cx, text, &(pv_json_opts){.file = named}, ret);
	if (r == 0) {
		const pv_val *builtins = pv_get(*ret, "builtins");
		if ((*ret)->type != PV_OBJECT || (builtins && builtins->type != PV_LIST))
			r = pv_fail(cx, PV_EUSAGE,
				    "expected an object with a list of builtins, found another document");
	}
	return r < 0 ? pv_wrap(cx, r, "--%s %s", option, named) : 0;
}

int
rego_capabilities_load(pv_ctx *cx, const pv_args *args, const pv_val **ret)
{
	static const pv_val none = {.type = PV_LIST};
	const char *named = pv_args_text(args, "capabilities", NULL);
	pv_objb o;
	*ret = NULL;
	if (!named)
		return 0;
	int r = rego_capabilities_read(cx, "capabilities", named, ret);
	if (r < 0)
		return r;
	if (!rego_source_opts(args).v0 && !has_feature(*ret, "rego_v1"))
		return pv_fail(cx, PV_EUSAGE,
			       "illegal capabilities: rego_v1 feature required for parsing v1 Rego");
	if (pv_get(*ret, "builtins"))
		return 0;
	pv_objb_init(&o, cx->arena); /* a list that is not there names none */
	pv_objb_put(&o, "builtins", none);
	*ret = pv_box(cx->arena, pv_objb_end(&o));
	return 0;
}
