/* The schema of a custom kind as Kubernetes publishes it: the author's words, with what every whole object has, at
 * the root and where one is embedded, and without what only says more. */
#include "base/str.h"
#include "core/api/openapi_parts.h"
#include "core/schema/openapi.h"

/* With the fields of every whole object, whatever the author said of them. */
static pv_val
identified(openapi_parts *p, const pv_val *props)
{
	pv_objb b;

	pv_objb_from(&b, p->arena, props);
	pv_objb_put(&b, "apiVersion", openapi_identity(p, "apiVersion"));
	pv_objb_put(&b, "kind", openapi_identity(p, "kind"));
	pv_objb_put(&b, "metadata", openapi_metadata(p, "meta.v1.ObjectMeta", "*", false));
	return pv_objb_end(&b);
}

static void
add_name(pv_listb *names, const char *name)
{
	for (size_t i = 0; i < names->len; i++)
		if (pv_streq(pv_text(&names->items[i], ""), name))
			return;
	pv_listb_add(names, pv_string_ref(name));
}

static pv_val
embedded(openapi_parts *p, const pv_val *v)
{
	const pv_val *required = pv_get(v, "required");
	pv_val props = identified(p, pv_get(v, "properties")), out;
	pv_listb names;

	pv_listb_init(&names, p->arena);
	for (size_t i = 0; i < pv_count(required); i++)
		pv_listb_add(&names, required->items[i]);
	add_name(&names, "kind");
	add_name(&names, "apiVersion");
	out = pv_with(p->arena, v, "properties", props);
	return pv_with(p->arena, &out, "required", pv_listb_end(&names));
}

static bool
is_aside(const char *key)
{
	return pv_streq(key, "example") || pv_streq(key, "externalDocs");
}

static pv_val node(openapi_parts *p, const pv_val *v);

static pv_val
properties(openapi_parts *p, const pv_val *v)
{
	pv_objb b;

	pv_objb_init(&b, p->arena);
	for (size_t i = 0; i < pv_member_count(v); i++)
		pv_objb_add(&b, v->members[i].key, node(p, &v->members[i].val));
	return pv_objb_end(&b);
}

/* As deep as JSON is parsed.  In v2 nothing is said of what is in an open object. */
static pv_val
node(openapi_parts *p, const pv_val *v)
{
	pv_objb b;
	pv_val out;

	if (v->type != PV_OBJECT)
		return *v;
	pv_objb_init(&b, p->arena);
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const char *key = v->members[i].key.s;
		const pv_val *one = &v->members[i].val;

		if (pv_streq(key, "properties"))
			pv_objb_put(&b, key, properties(p, one));
		else if (pv_streq(key, "items") || pv_streq(key, "additionalProperties"))
			pv_objb_put(&b, key, node(p, one));
		else if (!is_aside(key))
			pv_objb_put(&b, key, *one);
	}
	out = pv_objb_end(&b);
	if (!pv_truth(pv_get(v, "x-kubernetes-embedded-resource"), false) ||
	    (p->v2 && pv_truth(pv_get(v, "x-kubernetes-preserve-unknown-fields"), false)))
		return out;
	return embedded(p, &out);
}

pv_val
openapi_custom(openapi_parts *p, const pv_val *schema)
{
	pv_val v = node(p, schema);

	return pv_with(p->arena, &v, "properties", identified(p, pv_get(&v, "properties")));
}

/* ".spec.color" as x-kubernetes-selectable-fields has it. */
pv_val
openapi_selectable(openapi_parts *p, const pv_resource *res, pv_val schema)
{
	pv_listb list;
	pv_objb b;

	if (res->kind_facts || !res->selectable || !res->selectable[0])
		return schema;
	pv_listb_init(&list, p->arena);
	for (size_t i = 0; res->selectable[i]; i++) {
		pv_objb_init(&b, p->arena);
		pv_objb_put(&b, "fieldPath", pv_string(p->arena, res->selectable[i]));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_with(p->arena, &schema, "x-kubernetes-selectable-fields", pv_listb_end(&list));
}
