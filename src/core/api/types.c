/* types: values of a wrong type are refused before anything looks at them, as a decoder into structs
 * refuses them: what reads a number for a text must not take it for no text at all. */
#include <string.h>

#include "core/api/impl.h"

#define QUOTE \
	" (quote it: YAML reads words such as yes, no, on, off and y as booleans, and digits as numbers)"

static int
refuse(pv_ctx *cx, const pv_cause *c, const char *api_version, const char *kind)
{
	const char *slash = strchr(api_version, '/');
	const char *hint = strstr(c->message, "must be of type string: \"object\"") ||
					   strstr(c->message, "must be of type string: \"array\"") ||
					   !strstr(c->message, "must be of type string")
				   ? ""
				   : QUOTE;

	(void)pv_fail(cx, PV_EBADREQUEST, "%s in version \"%s\" cannot be handled as a %s: %s: %s%s", kind,
		      slash ? slash + 1 : api_version, kind, c->field, c->message, hint);
	pv_add_cause(cx, c->reason, c->field, "%s", c->message);
	return -PV_EBADREQUEST;
}

int
api_check_types(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const char *under,
		const char *api_version, const char *kind)
{
	pv_vec causes;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	if (schema && v)
		(void)pv_schema_validate(cx, schema, v, under, &causes);
	for (size_t i = 0; i < causes.len; i++)
		if (pv_streq(PV_AT(pv_cause, &causes, i)->reason, "FieldValueTypeInvalid"))
			return refuse(cx, PV_AT(pv_cause, &causes, i), api_version, kind);
	return 0;
}
