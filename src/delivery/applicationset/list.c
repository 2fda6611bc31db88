/* list: parameters as they are written.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-List/ */
#include "base/str.h"
#include "delivery/applicationset/appset.h"
#include "lang/yaml/yaml.h"

static int
not_a_text(appset *s, const char *field, const char *name, const pv_val *v)
{
	return pv_fail(
		s->cx, PV_EINVALID,
		"%s.%s: error parsing value as string: expected a text, found %s: with goTemplate: true "
		"parameters may be anything",
		field, name, pv_type_name(v));
}

/* Without Go templates: texts, and texts in `values`. */
static int
flat_element(appset *s, const pv_val *element, const char *field, pv_val *ret)
{
	pv_objb b;
	pv_objb_init(&b, s->cx->arena);
	for (size_t i = 0; i < pv_member_count(element); i++) {
		const pv_member *m = &element->members[i];
		const char *name = pv_text(&m->key, "");
		bool values = pv_streq(name, "values");
		if (values && !pv_is(&m->val, PV_OBJECT))
			return pv_fail(s->cx, PV_EINVALID,
				       "%s.values: error parsing values map: expected a map, found %s", field,
				       pv_type_name(&m->val));
		if (!values && !pv_is(&m->val, PV_STRING))
			return not_a_text(s, field, name, &m->val);
		if (!values)
			pv_objb_putv(&b, m->key, m->val);
		for (size_t k = 0; values && k < pv_member_count(&m->val); k++) {
			const pv_member *v = &m->val.members[k];
			name = pv_printf(s->cx->arena, "values.%s", pv_text(&v->key, ""));
			if (!pv_is(&v->val, PV_STRING))
				return not_a_text(s, field, name, &v->val);
			pv_objb_put(&b, name, v->val);
		}
	}
	*ret = pv_objb_end(&b);
	return 0;
}

static int
add(appset *s, const pv_val *element, const char *field, bool flat, pv_vec *ret)
{
	pv_val val = *element;
	int r = 0;
	if (!pv_is(element, PV_OBJECT))
		return pv_fail(s->cx, PV_EINVALID, "%s: expected a map of parameters, found %s", field,
			       pv_type_name(element));
	if (flat)
		r = flat_element(s, element, field, &val);
	return r < 0 ? r : appset_params_push(s, ret, val);
}

static int
add_yaml(appset *s, const char *text, const char *field, pv_vec *ret)
{
	const char *at = pv_printf(s->cx->arena, "%s.elementsYaml", field);
	const pv_yaml_opts opts = {.file = at};
	const pv_val *list;
	int r = pv_yaml_parse(s->cx, pv_str_of(text), &opts, &list);
	if (r < 0)
		return r;
	if (!pv_is(list, PV_LIST) && !pv_is(list, PV_NULL))
		return pv_fail(s->cx, PV_EINVALID, "%s: expected a list of maps, found %s", at,
			       pv_type_name(list));
	for (size_t i = 0; r == 0 && i < pv_count(list); i++)
		r = add(s, pv_item(list, i), pv_printf(s->cx->arena, "%s[%zu]", at, i), false, ret);
	return r;
}

static int
find(appset *s, const pv_val *of, const char *field, int depth PV_UNUSED, pv_vec *ret)
{
	const pv_val *elements = pv_get(of, "elements");
	const char *text = pv_text_at(of, "elementsYaml", "");
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(elements); i++)
		r = add(s, pv_item(elements, i), pv_printf(s->cx->arena, "%s.elements[%zu]", field, i),
			!s->go, ret);
	if (r == 0 && *text)
		r = add_yaml(s, text, field, ret);
	return r;
}

const generator list_generator = {"list", find};
