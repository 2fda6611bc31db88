/* kinds: in tools nobody has looked at Gatekeeper's own objects: their fields must be of the types that
 * their CustomResourceDefinitions say. */
#include "governance/gatekeeper/kinds.h"

#include "base/str.h"
#include "core/embed.h"
#include "core/schema/schema.h"
#include "governance/gatekeeper/match.h"
#include "lang/yaml/yaml.h"

/* The schema of a version of the kind; NULL: it is none of ours. */
static int
schema_of(pv_ctx *cx, const pv_val *object, pv_schema **ret)
{
	const char *kind = pv_str_lower(cx->arena, pv_text_at(object, "kind", ""));
	const pv_embed *file =
		pv_embed_find(pv_printf(cx->arena, "governance/gatekeeper/crds/%s.yaml", kind));
	const pv_val *crd, *versions;
	int r;

	*ret = NULL;
	if (!file)
		return 0;
	r = pv_yaml_parse(cx, (pv_str){(const char *)file->bytes, file->len}, NULL, &crd);
	if (r < 0)
		return r;
	if (!pv_streq(pv_text_at(crd, "spec.group", ""),
		      gk_group(cx->arena, pv_text_at(object, "apiVersion", ""))))
		return 0;
	versions = pv_at(crd, "spec.versions");
	return pv_schema_from_crd(cx, pv_at(pv_item(versions, 0), "schema.openAPIV3Schema"), "schema", ret);
}

int
gk_check_types(pv_ctx *cx, const pv_val *object)
{
	pv_schema *schema;
	pv_vec causes;
	int r = schema_of(cx, object, &schema);

	if (r < 0 || !schema)
		return r;
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	(void)pv_schema_validate(cx, schema, object, "", &causes);
	pv_schema_unref(schema);
	for (size_t i = 0; r == 0 && i < causes.len; i++) {
		const pv_cause *c = PV_AT(pv_cause, &causes, i);

		if (pv_streq(c->reason, "FieldValueTypeInvalid"))
			r = pv_fail(cx, PV_EINVALID, "%s %s: %s: %s", pv_text_at(object, "kind", ""),
				    pv_text_at(object, "metadata.name", ""), c->field, c->message);
	}
	return r;
}
