/* Every kind in one OpenAPI v2 document, from the parts of v3: what v2 cannot say is
 * left out, and what kubectl's own v2 validation would refuse wrongly becomes open.
 * A kind at a time, so that what is made on the way costs one kind's memory. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "core/api/gnostic.h"
#include "core/api/openapi_parts.h"
#include "lang/json/json.h"

#define DEPTH 100
#define V3_REF "#/components/schemas/"

/* ---- schemas ---- */

/* The reference of a node that is one, or one with words beside it. */
static const char *
reference(const pv_val *v3)
{
	const pv_val *all = pv_get(v3, "allOf"), *ref = pv_get(v3, "$ref");

	if (!ref && pv_count(all) == 1)
		ref = pv_get(pv_item(all, 0), "$ref");
	return ref && pv_starts_with(pv_text(ref, ""), V3_REF) ? ref->s + strlen(V3_REF) : NULL;
}

static bool
is_one_of(const char *key, const char *const *list)
{
	for (; *list; list++)
		if (pv_streq(*list, key))
			return true;
	return false;
}

/* Is there anything that v2 does not know how to restrict? */
static bool
is_open(const pv_val *v3)
{
	return pv_truth(pv_get(v3, "x-kubernetes-preserve-unknown-fields"), false) ||
	       pv_truth(pv_get(v3, "x-kubernetes-int-or-string"), false) ||
	       pv_truth(pv_get(v3, "nullable"), false) ||
	       (pv_streq(pv_text(pv_get(v3, "type"), ""), "array") && !pv_get(v3, "items"));
}

static pv_val schema2(pv_arena *arena, const pv_val *v3, int depth);

static pv_val
properties2(pv_arena *arena, const pv_val *v3, int depth)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	for (size_t i = 0; i < pv_member_count(v3); i++)
		pv_objb_add(&b, v3->members[i].key, schema2(arena, &v3->members[i].val, depth));
	return pv_objb_end(&b);
}

/* Without the fields that may be null: they may be there and say nothing. */
static pv_val
required2(pv_arena *arena, const pv_val *v3)
{
	const pv_val *names = pv_get(v3, "required"), *props = pv_get(v3, "properties");
	pv_listb list;

	pv_listb_init(&list, arena);
	for (size_t i = 0; i < pv_count(names); i++)
		if (!pv_truth(pv_get(pv_getv(props, &names->items[i]), "nullable"), false))
			pv_listb_add(&list, names->items[i]);
	return pv_listb_end(&list);
}

static pv_val
schema2(pv_arena *arena, const pv_val *v3, int depth)
{
	static const char *const words[] = {"description", "title", NULL};
	static const char *const facets[] = {"format",
					     "multipleOf",
					     "maximum",
					     "exclusiveMaximum",
					     "minimum",
					     "exclusiveMinimum",
					     "maxLength",
					     "minLength",
					     "pattern",
					     "maxItems",
					     "minItems",
					     "uniqueItems",
					     "enum",
					     "type",
					     "maxProperties",
					     "minProperties",
					     NULL};
	static const char *const closes[] = {"type", "properties", "items", NULL};
	const char *ref = reference(v3);
	bool open = is_open(v3) || depth > DEPTH;
	pv_objb b;

	pv_objb_init(&b, arena);
	if (ref)
		pv_objb_put(&b, "$ref", pv_stringf(arena, "#/definitions/%s", ref));
	else if (!open && !pv_get(v3, "type") && pv_count(pv_get(v3, "oneOf")) == 2)
		pv_objb_puts(&b, "type", "string"); /* quantities, integers or strings */
	for (size_t i = 0; i < pv_member_count(v3); i++) {
		const char *key = v3->members[i].key.s;
		const pv_val *v = &v3->members[i].val;

		if (is_one_of(key, words) || pv_starts_with(key, "x-"))
			pv_objb_put(&b, key, *v);
		else if (ref || (open && is_one_of(key, closes)))
			continue;
		else if (is_one_of(key, facets))
			pv_objb_put(&b, key, *v);
		else if (pv_streq(key, "required"))
			pv_objb_put(&b, key, open ? *v : required2(arena, v3));
		else if (pv_streq(key, "properties"))
			pv_objb_put(&b, key, properties2(arena, v, depth + 1));
		else if (pv_streq(key, "items") || pv_streq(key, "additionalProperties"))
			pv_objb_put(&b, key, v->type == PV_OBJECT ? schema2(arena, v, depth + 1) : *v);
	}
	return pv_objb_end(&b);
}

/* ---- the document ---- */

typedef struct sink {
	void (*definition)(struct sink *sink, const char *name, const pv_val *v);
	void (*path)(struct sink *sink, const char *path, const pv_val *v);
	pv_buf *out, *paths;
} sink;

/* Of a kind that is open at its root clients learn nothing: they would refuse what it does not name. */
static pv_val
definition2(pv_arena *arena, const pv_val *v3)
{
	const pv_val *kind = pv_get(v3, "x-kubernetes-group-version-kind");
	pv_objb b;

	if (!kind || !pv_truth(pv_get(v3, "x-kubernetes-preserve-unknown-fields"), false))
		return schema2(arena, v3, 0);
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "type", "object");
	pv_objb_put(&b, "x-kubernetes-group-version-kind", *kind);
	return pv_objb_end(&b);
}

static void
write_parts(openapi_parts *p, sink *to)
{
	pv_val v;

	for (size_t i = 0; i < p->schemas.len; i++) {
		v = definition2(p->arena, &p->schemas.members[i].val);
		to->definition(to, p->schemas.members[i].key.s, &v);
	}
	for (size_t i = 0; i < p->paths.len; i++)
		to->path(to, p->paths.members[i].key.s, &p->paths.members[i].val);
}

static int
write_kinds(pv_ctx *cx, pv_registry *registry, sink *to)
{
	pv_map *done = pv_map_new(cx->arena);
	openapi_parts p;
	pv_words *words;
	pv_ctx one;
	size_t n;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);
	int r = pv_words_open(cx, false, &words);

	pv_ctx_init(&one, "openapi v2");
	for (size_t i = 0; i <= n && r == 0; i++) {
		openapi_parts_begin(&p, &one, registry, words, done);
		p.v2 = true;
		if (i < n)
			r = openapi_parts_add(&p, all[i]);
		else
			openapi_roots_all(&p);
		if (r == 0) {
			openapi_parts_end(&p);
			write_parts(&p, to);
			pv_ctx_reset(&one);
		}
	}
	if (r < 0)
		r = pv_fail(cx, PV_EINTERNAL, "OpenAPI v2: %s", pv_error_text(&one));
	pv_ctx_done(&one);
	return r;
}

static pv_val
head(pv_arena *arena)
{
	pv_objb b, need;
	pv_val one;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "swagger", "2.0");
	pv_objb_put(&b, "info", openapi_info(arena));
	pv_objb_put(&b, "parameters", openapi_params_shared(arena));
	pv_objb_put(&b, "securityDefinitions", openapi_security(arena));
	pv_objb_init(&need, arena);
	pv_objb_put(&need, "BearerToken", pv_list_of(arena, NULL, 0));
	one = pv_objb_end(&need);
	pv_objb_put(&b, "security", pv_list_of(arena, &one, 1));
	return pv_objb_end(&b);
}

static void
protobuf_definition(sink *to, const char *name, const pv_val *v)
{
	gnostic_definition(to->out, name, v);
}

static void
protobuf_path(sink *to, const char *path, const pv_val *v)
{
	gnostic_path(to->out, path, v);
}

int
openapi2_protobuf(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	sink to = {protobuf_definition, protobuf_path, out, NULL};
	pv_val v = head(cx->arena);

	(void)key;
	gnostic_head(out, &v);
	return write_kinds(cx, registry, &to);
}

static void
json_member(pv_buf *b, const char *key, const pv_val *v)
{
	if (b->len && b->s[b->len - 1] != '{')
		pv_buf_addc(b, ',');
	pv_buf_add_json(b, key, strlen(key));
	pv_buf_addc(b, ':');
	if (v)
		pv_json_write(b, v);
	else
		pv_buf_addc(b, '{');
}

static void
json_definition(sink *to, const char *name, const pv_val *v)
{
	json_member(to->out, name, v);
}

static void
json_path(sink *to, const char *path, const pv_val *v)
{
	json_member(to->paths, path, v);
}

int
openapi2_json(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	pv_buf paths;
	sink to = {json_definition, json_path, out, &paths};
	pv_val v = head(cx->arena);
	int r;

	(void)key;
	pv_buf_init(&paths, NULL);
	pv_buf_addc(out, '{');
	for (size_t i = 0; i < pv_member_count(&v); i++)
		json_member(out, v.members[i].key.s, &v.members[i].val);
	json_member(out, "definitions", NULL);
	r = write_kinds(cx, registry, &to);
	pv_buf_addc(out, '}');
	json_member(out, "paths", NULL);
	pv_buf_add(out, paths.s, paths.len);
	pv_buf_adds(out, "}}");
	pv_buf_done(&paths);
	return r;
}
