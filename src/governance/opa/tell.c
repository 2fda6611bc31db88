/* tell: what Rego policies decide at admission, in the decision log: as a webhook's decision would be, with the
 * AdmissionReview that came and the one that was answered. */
#include "base/log.h"
#include "base/str.h"
#include "governance/opa/documents.h"
#include "governance/opa/log.h"
#include "governance/opa/platform.h"
#include "governance/rego/rego.h"

#define DECISION "kubernetes/admission"

/* What a Secret holds is in no log, whatever policies say of masks. */
static int
erase_secret(pv_ctx *cx, const pv_val **input, pv_listb *erased)
{
	static const char *const pointers[] = {
		"/request/object/data",
		"/request/object/stringData",
		"/request/object/metadata/annotations",
		"/request/oldObject/data",
		"/request/oldObject/stringData",
		"/request/oldObject/metadata/annotations",
	};
	int r = 0;
	for (size_t i = 0; r == 0 && i < PV_LEN(pointers); i++) {
		pv_vec parts;
		r = opa_path_parts(cx, pointers[i], true, &parts);
		if (r < 0 || !opa_document_find(*input, &parts))
			continue;
		r = opa_document_write(cx, *input, &parts, OPA_REMOVE, NULL, input);
		pv_listb_add(erased, pv_stringf(cx->arena, "/input%s", pointers[i]));
	}
	return r;
}

static pv_val
status_of(pv_ctx *cx, const rego_decision *d)
{
	pv_objb o;
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (size_t i = d->first; i < d->denials->len; i++) {
		const pv_denial *one = PV_AT(pv_denial, d->denials, i);
		pv_buf_printf(&b, "%s[%s] %s", b.len ? "\n" : "", one->policy, one->message);
	}
	pv_objb_init(&o, cx->arena);
	pv_objb_put(&o, "message", pv_stringn(cx->arena, b.s, b.len));
	return pv_objb_end(&o);
}

static pv_val
result_of(pv_ctx *cx, const rego_decision *d)
{
	bool allowed = d->first == d->denials->len;
	pv_objb o, response;
	pv_objb_init(&response, cx->arena);
	pv_objb_puts(&response, "uid", pv_text_at(d->review, "request.uid", ""));
	pv_objb_put(&response, "allowed", pv_bool(allowed));
	if (!allowed)
		pv_objb_put(&response, "status", status_of(cx, d));
	if (pv_count(d->warnings))
		pv_objb_put(&response, "warnings", *d->warnings);
	pv_objb_init(&o, cx->arena);
	pv_objb_puts(&o, "apiVersion", "admission.k8s.io/v1");
	pv_objb_puts(&o, "kind", "AdmissionReview");
	pv_objb_put(&o, "response", pv_objb_end(&response));
	return pv_objb_end(&o);
}

static int
tell(pv_ctx *cx, pv_api *api, opa_server *server, const rego_decision *d)
{
	opa_call c = {.cx = cx, .server = server};
	opa_decision decision = {.path = DECISION, .input = d->review, .by = d->admit->identity->user};
	pv_val result = result_of(cx, d), list;
	pv_listb erased;
	pv_listb_init(&erased, cx->arena);
	int r = opa_platform_freshen(cx, api); /* what masks is as it was written last */
	if (r == 0 && pv_streq(d->admit->resource->type, "/Secret"))
		r = erase_secret(cx, &decision.input, &erased);
	if (r < 0)
		return r;
	list = pv_listb_end(&erased);
	decision.erased = list.len ? &list : NULL;
	decision.result = &result;
	c.id = pv_uuid(cx->arena);
	c.number = atomic_fetch_add(&server->requests, 1) + 1;
	c.state = opa_engine_state(cx, server->engine);
	return opa_note(&c, &decision);
}

/* The write goes on if the log cannot be written: the log's own counts and errors say so. */
void
opa_tell_admission(pv_ctx *cx, pv_api *api, const rego_decision *d)
{
	opa_setup *setup = opa_platform_setup(cx, api);
	pv_ctx own;
	if (!setup->log)
		return;
	pv_ctx_init(&own, "decision-event");
	if (tell(&own, api, &setup->server, d) < 0)
		pv_log(PV_ERROR, "opa", "a decision at admission was not logged", "why", pv_error_text(&own),
		       NULL);
	pv_recover(&own);
	pv_ctx_done(&own);
}
