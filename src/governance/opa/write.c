/* write: PUT, PATCH and DELETE of /v1/data/PATH. */
#include <string.h>

#include "base/str.h"
#include "governance/opa/documents.h"
#include "governance/opa/serve.h"

typedef struct change {
	opa_call *c;
	const pv_val *value; /* of PUT, or the operations of PATCH */
	const pv_val *bundles;
	bool unchanged;
} change;

static int
check_path(pv_ctx *cx, const char *path, void *arg)
{
	return opa_check_owner(cx, arg, path);
}

static int
put(pv_ctx *cx, opa_draft *d, change *w, const pv_vec *parts)
{
	const char *match = pv_http_header(w->c->http, "if-none-match");
	bool there = opa_document_find(d->data, parts) != NULL;
	if (there && pv_streq(match, "*")) {
		w->unchanged = true;
		return 0;
	}
	return opa_document_write(cx, d->data, parts, OPA_UPSERT, w->value,
				  &d->data); /* into a list: before its item */
}

static int
make(pv_ctx *cx, opa_draft *d, void *arg)
{
	change *w = arg;
	pv_vec parts;
	int r;
	if (pv_streq(w->c->method, "PATCH"))
		return opa_document_patch(cx, d->data, w->c->rest, w->value, false, check_path,
					  (void *)(uintptr_t)d->bundles, &d->data);
	r = opa_path_parts(cx, w->c->rest, false, &parts);
	if (r == 0)
		r = opa_check_owner(cx, d->bundles, opa_path_join(cx, &parts, parts.len));
	if (r < 0)
		return r;
	if (pv_streq(w->c->method, "PUT"))
		return put(cx, d, w, &parts);
	return opa_document_write(cx, d->data, &parts, OPA_REMOVE, NULL, &d->data);
}

int
opa_change(opa_call *c)
{
	change w = {.c = c};
	int r = 0;
	if (c->server->read_only)
		return opa_refuse(c, 400, "invalid_parameter", "%s", c->server->owner);
	if (pv_streq(c->method, "DELETE") && c->rest[strspn(c->rest, "/")] == '\0')
		return opa_refuse(c, 405, "invalid_operation",
				  "expected DELETE /v1/data/PATH: all data is not deleted at once");
	if (!pv_streq(c->method, "DELETE"))
		r = opa_read_body(c, false, &w.value);
	if (r == 0 && !w.value && !pv_streq(c->method, "DELETE"))
		r = pv_fail(c->cx, PV_EBADREQUEST, "expected a document, found an empty body");
	if (r == 0 && pv_streq(c->method, "PATCH") && w.value->type != PV_LIST && w.value->type != PV_NULL)
		r = pv_fail(c->cx, PV_EBADREQUEST, "expected a list of patch operations, found %s",
			    pv_type_name(w.value));
	if (r == 0)
		r = opa_engine_change(c->cx, c->server->engine, make, &w);
	if (r < 0 && pv_rego_error_code(c->cx)) /* there is a rule */
		return opa_refuse_text(c, 400, "invalid_parameter");
	if (r < 0)
		return opa_refuse_error(c);
	if (w.unchanged)
		return opa_reply_nothing(c, 304);
	if (!c->metrics)
		return opa_reply_nothing(c, 204);
	pv_objb o;
	pv_objb_init(&o, c->cx->arena);
	pv_objb_put(&o, "metrics", opa_metrics(c, NULL));
	pv_val all = pv_objb_end(&o);
	return opa_reply(c, 200, &all);
}
