/* crd: the kind that a template makes (frameworks/constraint: pkg/client/crds). */
#include "base/str.h"
#include "core/embed.h"
#include "governance/gatekeeper/template.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define DEPTH 100 /* of a schema */

static pv_val
json(pv_ctx *cx, const char *text)
{
	const pv_val *v;

	return pv_json_parse(cx, pv_str_of(text), NULL, &v) < 0 ? pv_null() : *v;
}

/* Constraints and mutators have the same match: it stands in the mutators' kinds. */
static pv_val
match_schema(pv_ctx *cx)
{
	const pv_embed *file = pv_embed_find("governance/gatekeeper/crds/assignmetadata.yaml");
	const pv_val *crd;

	if (!file || pv_yaml_parse(cx, (pv_str){(const char *)file->bytes, file->len}, NULL, &crd) < 0)
		return json(cx, "{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}");
	return *pv_at(crd, "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.match");
}

static pv_val preserving(pv_ctx *cx, const pv_val *schema, int depth);

static pv_val
all_preserving(pv_ctx *cx, const pv_val *properties, int depth)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(properties); i++)
		pv_objb_add(&b, properties->members[i].key,
			    preserving(cx, &properties->members[i].val, depth));
	return pv_objb_end(&b);
}

/* What a legacy schema does not name is kept: at every level that may be an object. */
static pv_val
preserving(pv_ctx *cx, const pv_val *schema, int depth)
{
	const char *type = pv_text_at(schema, "type", "");
	const pv_val *items = pv_get(schema, "items"), *rest = pv_get(schema, "additionalProperties");
	const pv_val *properties = pv_get(schema, "properties");
	pv_objb b;

	if (depth > DEPTH || !pv_is(schema, PV_OBJECT))
		return *schema;
	pv_objb_from(&b, cx->arena, schema);
	if (!*type || pv_streq(type, "object"))
		pv_objb_put(&b, "x-kubernetes-preserve-unknown-fields", pv_bool(true));
	if (pv_is(items, PV_OBJECT))
		pv_objb_put(&b, "items", preserving(cx, items, depth + 1));
	else if (pv_streq(type, "array") && !items)
		pv_objb_put(&b, "items", json(cx, "{\"x-kubernetes-preserve-unknown-fields\":true}"));
	if (pv_is(properties, PV_OBJECT))
		pv_objb_put(&b, "properties", all_preserving(cx, properties, depth + 1));
	if (pv_is(rest, PV_OBJECT))
		pv_objb_put(&b, "additionalProperties", preserving(cx, rest, depth + 1));
	return pv_objb_end(&b);
}

/* v1 keeps what its schema names; before, everything was kept. */
static bool
is_legacy(const pv_val *template)
{
	const pv_val *said = pv_at(template, "spec.crd.spec.validation.legacySchema");

	return said ? pv_truth(said, false)
		    : !pv_streq(pv_text_at(template, "apiVersion", ""), GK_TEMPLATES "/v1");
}

pv_val
gk_spec_schema(pv_ctx *cx, const pv_val *template)
{
	const pv_val *parameters = pv_at(template, "spec.crd.spec.validation.openAPIV3Schema");
	bool legacy = is_legacy(template);
	pv_val none = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	pv_objb properties, b;

	if (!parameters && legacy)
		parameters = &none;
	pv_objb_init(&properties, cx->arena);
	pv_objb_put(&properties, "match", match_schema(cx));
	pv_objb_put(&properties, "enforcementAction", json(cx, "{\"type\":\"string\",\"default\":\"deny\"}"));
	pv_objb_put(
		&properties, "scopedEnforcementActions",
		json(cx,
		     "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
		     "\"action\":{\"type\":\"string\"},\"enforcementPoints\":{\"type\":\"array\",\"items\":"
		     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}}}}}}}"));
	if (parameters)
		pv_objb_put(&properties, "parameters", legacy ? preserving(cx, parameters, 0) : *parameters);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "type", "object");
	pv_objb_put(&b, "properties", pv_objb_end(&properties));
	return pv_objb_end(&b);
}

static pv_val
whole_schema(pv_ctx *cx, const pv_val *template)
{
	pv_objb properties, b;

	pv_objb_init(&properties, cx->arena);
	pv_objb_put(
		&properties, "metadata",
		json(cx,
		     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":63}}}"));
	pv_objb_put(&properties, "spec", gk_spec_schema(cx, template));
	pv_objb_put(&properties, "status", json(cx, "{\"x-kubernetes-preserve-unknown-fields\":true}"));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "type", "object");
	pv_objb_put(&b, "properties", pv_objb_end(&properties));
	return pv_objb_end(&b);
}

static pv_val
version_of(pv_ctx *cx, const char *name, bool storage, const pv_val *schema)
{
	pv_objb holder, b;

	pv_objb_init(&holder, cx->arena);
	pv_objb_put(&holder, "openAPIV3Schema", *schema);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "name", name);
	pv_objb_put(&b, "served", pv_bool(true));
	pv_objb_put(&b, "storage", pv_bool(storage));
	pv_objb_put(&b, "subresources", json(cx, "{\"status\":{}}"));
	pv_objb_put(&b, "additionalPrinterColumns",
		    json(cx,
			 "[{\"name\":\"enforcement-action\",\"description\":\"Type of enforcement action\","
			 "\"jsonPath\":\".spec.enforcementAction\",\"type\":\"string\"},"
			 "{\"name\":\"total-violations\",\"description\":\"Total number of violations\","
			 "\"jsonPath\":\".status.totalViolations\",\"type\":\"integer\"}]"));
	pv_objb_put(&b, "schema", pv_objb_end(&holder));
	return pv_objb_end(&b);
}

static pv_val
names_of(pv_ctx *cx, const pv_val *template, const char *kind)
{
	const pv_val *short_names = pv_at(template, "spec.crd.spec.names.shortNames");
	const char *plural = pv_str_lower(cx->arena, kind);
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", kind);
	pv_objb_puts(&b, "listKind", pv_printf(cx->arena, "%sList", kind));
	pv_objb_puts(&b, "plural", plural);
	pv_objb_puts(&b, "singular", plural);
	if (short_names)
		pv_objb_put(&b, "shortNames", *short_names);
	pv_objb_put(&b, "categories", json(cx, "[\"constraint\",\"constraints\"]"));
	return pv_objb_end(&b);
}

static pv_val
metadata_of(pv_ctx *cx, const pv_val *template, const char *kind)
{
	const pv_val *labels = pv_at(template, "metadata.labels");
	pv_objb all, b;

	pv_objb_init(&all, cx->arena);
	if (labels)
		pv_objb_from(&all, cx->arena, labels);
	pv_objb_puts(&all, "gatekeeper.sh/constraint", "yes");
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "name", pv_printf(cx->arena, "%s." GK_CONSTRAINTS, pv_str_lower(cx->arena, kind)));
	pv_objb_put(&b, "labels", pv_objb_end(&all));
	return pv_objb_end(&b);
}

pv_val
gk_constraint_crd(pv_ctx *cx, const pv_val *template)
{
	const char *kind = pv_text_at(template, "spec.crd.spec.names.kind", "");
	pv_val schema = whole_schema(cx, template), versions[2];
	pv_objb spec, b;

	versions[0] = version_of(cx, "v1beta1", true, &schema);
	versions[1] = version_of(cx, "v1alpha1", false, &schema);
	pv_objb_init(&spec, cx->arena);
	pv_objb_puts(&spec, "group", GK_CONSTRAINTS);
	pv_objb_put(&spec, "names", names_of(cx, template, kind));
	pv_objb_puts(&spec, "scope", "Cluster");
	pv_objb_put(&spec, "versions", pv_list_of(cx->arena, versions, 2));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "apiextensions.k8s.io/v1");
	pv_objb_puts(&b, "kind", "CustomResourceDefinition");
	pv_objb_put(&b, "metadata", metadata_of(cx, template, kind));
	pv_objb_put(&b, "spec", pv_objb_end(&spec));
	return pv_objb_end(&b);
}
