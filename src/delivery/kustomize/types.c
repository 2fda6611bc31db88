/* types: which lists are merged and by which keys: of built-in kinds, and of an OpenAPI document
 * that a kustomization brings. */
#include <string.h>

#include "core/kinds/kinds.h"
#include "delivery/kustomize/merge.h"
#include "lang/yaml/yaml.h"

static const pv_val *
resolved(kust_state *s, const pv_val *schema)
{
	for (unsigned i = 0; i < KUST_DEPTH; i++) {
		const char *ref = pv_text(pv_get(schema, "$ref"), NULL);
		if (ref == NULL)
			return schema;
		if (!pv_starts_with(ref, "#/definitions/"))
			return NULL;
		schema = pv_get(pv_get(s->openapi, "definitions"), ref + strlen("#/definitions/"));
	}
	return NULL;
}

int
kust_type_of(kust_state *s, const pv_val *object, kust_type *ret)
{
	/* versions that the facts have no more, whose lists were merged by the same keys */
	static const char *const old[][2] = {
		{"batch/v1beta1", "batch/v1"},
		{"admissionregistration.k8s.io/v1beta1", "admissionregistration.k8s.io/v1"}};
	const char *version = pv_text_at(object, "apiVersion", ""), *kind = pv_text_at(object, "kind", "");
	*ret = (kust_type){0};
	if (!*version || !*kind)
		return 0;
	if (s->openapi) {
		ret->api = pv_map_finds(s->openapi_kinds, pv_printf(s->cx->arena, "%s/%s", version, kind));
		return 0;
	}
	if (s->kinds == NULL) {
		pv_kinds *kinds;
		int r = pv_kinds_new(s->cx, &kinds);
		if (r < 0)
			return r;
		s->kinds = kinds;
	}
	for (size_t i = 0; i < PV_LEN(old); i++)
		if (pv_streq(version, old[i][0]))
			version = old[i][1];
	ret->schema = pv_kinds_of(s->kinds, version, kind);
	return 0;
}

static void
keys_of_schema(const pv_schema *list, const pv_smp_field *f, kust_type *ret)
{
	const char *const *keys;
	size_t n = 0;
	ret->merge = f->merge;
	if (list && pv_schema_list(list, &keys, &n) == PV_LIST_MAP)
		for (size_t i = 0; i < n && i < KUST_KEYS; i++)
			ret->keys[ret->n++] = keys[i];
	if (ret->n == 0 && f->merge_key)
		ret->keys[ret->n++] = f->merge_key;
}

static void
keys_of_openapi(const pv_val *property, kust_type *ret)
{
	const pv_val *keys = pv_get(property, "x-kubernetes-list-map-keys");
	const char *one = pv_text(pv_get(property, "x-kubernetes-patch-merge-key"), NULL);
	ret->merge = strstr(pv_text(pv_get(property, "x-kubernetes-patch-strategy"), ""), "merge") != NULL;
	for (size_t i = 0; i < pv_count(keys) && i < KUST_KEYS; i++)
		ret->keys[ret->n++] = pv_text(pv_item(keys, i), "");
	if (ret->n == 0 && one)
		ret->keys[ret->n++] = one;
}

kust_type
kust_type_field(kust_state *s, const kust_type *of, const char *name)
{
	kust_type t = {0};
	if (of->schema) {
		pv_smp_field f = pv_schema_smp(of->schema, name);
		t.schema = f.type;
		if (f.known)
			keys_of_schema(pv_schema_field(of->schema, name), &f, &t);
	} else if (of->api) {
		const pv_val *own = pv_get(pv_get(of->api, "properties"), name),
			     *property = resolved(s, own ? own : pv_get(of->api, "additionalProperties"));
		if (own)
			keys_of_openapi(own, &t);
		const pv_val *items = resolved(s, pv_get(property, "items"));
		t.api = items ? items : property;
	}
	return t;
}

/* ---- a kustomization's own ---- */

static void
index_kinds(kust_state *s)
{
	const pv_val *definitions = pv_get(s->openapi, "definitions");
	s->openapi_kinds = pv_map_new(s->cx->arena);
	for (size_t i = 0; i < pv_member_count(definitions); i++) {
		const pv_val *one = &definitions->members[i].val,
			     *kinds = pv_get(one, "x-kubernetes-group-version-kind");
		for (size_t k = 0; k < pv_count(kinds); k++) {
			const char *group = pv_text_at(pv_item(kinds, k), "group", "");
			pv_map_puts(s->openapi_kinds,
				    pv_printf(s->cx->arena, "%s%s%s/%s", group, *group ? "/" : "",
					      pv_text_at(pv_item(kinds, k), "version", ""),
					      pv_text_at(pv_item(kinds, k), "kind", "")),
				    (void *)(uintptr_t)one);
		}
	}
}

/* The first kustomization that says something decides; the outermost one is asked first. */
int
kust_openapi_set(kust_target *t, bool again)
{
	kust_state *s = t->s;
	const pv_val *field = pv_get(t->k, "openapi");
	const char *path = pv_text_at(field, "path", NULL), *version = pv_text_at(field, "version", "");
	pv_str text;
	int r = path ? kust_load(s, t->loader, path, &text) : 0;
	if (r < 0 || (s->openapi_set && !again))
		return r;
	if (path && *version)
		return pv_fail(s->cx, PV_EINVALID,
			       "builtin version and custom schema provided, cannot use both");
	if (*version && !pv_streq(version, "v1.21.2") && !pv_streq(version, "v1212"))
		return pv_fail(s->cx, PV_EINVALID, "the specified OpenAPI version is not built in");
	s->openapi_set = path || *version;
	if (path == NULL)
		return 0;
	r = pv_yaml_parse(s->cx, text, &(pv_yaml_opts){.file = path}, &s->openapi);
	if (r == 0)
		index_kinds(s);
	return r;
}
