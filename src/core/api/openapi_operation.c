/* A path with its operations, as OpenAPI v2 or v3 writes it.  Parameters that all of its operations have stand once,
 * at the path. */
#include "base/str.h"
#include "core/api/openapi_parts.h"
#include "core/schema/openapi.h"

static pv_val
reference(openapi_parts *p, const char *component)
{
	pv_objb b;

	if (component && !p->v2)
		return pv_openapi_ref(p->arena, component);
	pv_objb_init(&b, p->arena);
	if (component)
		pv_objb_put(&b, "$ref", pv_stringf(p->arena, "#/definitions/%s", component));
	else
		pv_objb_puts(&b, "type", "string");
	return pv_objb_end(&b);
}

pv_val
openapi_body2(pv_arena *arena, const char *component, bool required)
{
	openapi_parts p = {.arena = arena, .v2 = true};
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "name", "body");
	pv_objb_puts(&b, "in", "body");
	if (required)
		pv_objb_put(&b, "required", pv_bool(true));
	pv_objb_put(&b, "schema", reference(&p, component));
	return pv_objb_end(&b);
}

static pv_val
media_types(openapi_parts *p, const char *const *types)
{
	pv_listb list;

	pv_listb_init(&list, p->arena);
	for (; *types; types++)
		pv_listb_add(&list, pv_string_ref(*types));
	return pv_listb_end(&list);
}

static pv_val
content(openapi_parts *p, const char *const *types, const char *component)
{
	pv_objb b, media;

	pv_objb_init(&b, p->arena);
	for (; *types; types++) {
		pv_objb_init(&media, p->arena);
		pv_objb_put(&media, "schema", reference(p, component));
		pv_objb_put(&b, *types, pv_objb_end(&media));
	}
	return pv_objb_end(&b);
}

/* body2: v2's, which is one of them; NULL: none. */
static void
put_params(openapi_parts *p, pv_objb *b, uint64_t params, const pv_val *body2)
{
	pv_listb list;

	pv_listb_init(&list, p->arena);
	if (body2)
		pv_listb_add(&list, *body2);
	for (unsigned i = 0; i < P_COUNT; i++)
		if (params & P_BIT(i))
			pv_listb_add(&list,
				     p->v2 ? openapi_param2(p->arena, i) : openapi_param3(p->arena, i));
	if (list.len)
		pv_objb_put(b, "parameters", pv_listb_end(&list));
}

static void
put_body3(openapi_parts *p, pv_objb *b, const openapi_op *op)
{
	pv_objb body;

	pv_objb_init(&body, p->arena);
	pv_objb_put(&body, "content", content(p, op->consumes, op->body));
	if (op->needs_body)
		pv_objb_put(&body, "required", pv_bool(true));
	pv_objb_put(b, "requestBody", pv_objb_end(&body));
}

static void
put_response(openapi_parts *p, pv_objb *all, const char *code, const char *about, const openapi_op *op)
{
	pv_objb b;

	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "description", about);
	if (op && p->v2)
		pv_objb_put(&b, "schema", reference(p, op->answer));
	else if (op)
		pv_objb_put(&b, "content", content(p, op->produces, op->answer));
	pv_objb_put(all, code, pv_objb_end(&b));
}

static pv_val
operation(openapi_parts *p, const openapi_op *op, uint64_t common)
{
	pv_objb b, responses;
	pv_val tag = pv_string_ref(op->tag), https = pv_string_ref("https"), body = pv_null();

	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "description", op->about);
	if (p->v2 && op->consumes)
		pv_objb_put(&b, "consumes", media_types(p, op->consumes));
	if (p->v2) {
		pv_objb_put(&b, "produces", media_types(p, op->produces));
		pv_objb_put(&b, "schemes", pv_list_of(p->arena, &https, 1));
	}
	pv_objb_put(&b, "tags", pv_list_of(p->arena, &tag, 1));
	pv_objb_puts(&b, "operationId", op->id);
	if (op->body && p->v2) {
		body = openapi_param_body(p->arena, op->body);
		if (body.type == PV_NULL)
			body = openapi_body2(p->arena, op->body, op->needs_body);
	} else if (op->body) {
		put_body3(p, &b, op);
	}
	put_params(p, &b, op->params & ~common, body.type == PV_NULL ? NULL : &body);
	pv_objb_init(&responses, p->arena);
	put_response(p, &responses, "200", "OK", op);
	if (op->created)
		put_response(p, &responses, "201", "Created", op);
	if (op->accepted)
		put_response(p, &responses, "202", "Accepted", op);
	put_response(p, &responses, "401", "Unauthorized", NULL);
	pv_objb_put(&b, "responses", pv_objb_end(&responses));
	pv_objb_puts(&b, "x-kubernetes-action", op->action);
	if (op->gvk)
		pv_objb_put(&b, "x-kubernetes-group-version-kind", *op->gvk);
	return pv_objb_end(&b);
}

void
openapi_path_add(openapi_parts *p, const char *path, const openapi_op *ops, size_t n)
{
	uint64_t common = n ? ops[0].params : 0;
	pv_objb b;

	if (!n)
		return;
	for (size_t i = 1; i < n; i++)
		common &= ops[i].params;
	pv_objb_init(&b, p->arena);
	for (size_t i = 0; i < n; i++)
		pv_objb_put(&b, ops[i].method, operation(p, &ops[i], common));
	put_params(p, &b, common, NULL);
	pv_objb_add(&p->paths, pv_string(p->arena, path), pv_objb_end(&b));
}
