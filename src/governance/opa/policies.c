/* policies: modules: GET, PUT and DELETE /v1/policies/ID. */
#include <string.h>

#include "base/str.h"
#include "governance/opa/serve.h"

typedef struct change {
	opa_call *c;
	const char *id;
	bool unchanged;
} change;

static const char *
id_of(opa_call *c)
{
	const char *id = pv_percent_decode(c->cx->arena, c->rest);
	return id ? id : c->rest;
}

/* {id, raw, ast} */
static int
policy_json(opa_call *c, const pv_member *m, pv_val *ret)
{
	const pv_rego_opts opts = {
		.v0 = pv_truth(pv_get(&m->val, "v0"), opa_engine_is_v0(c->server->engine))};
	pv_rego_module module = {.name = m->key.s, .text = pv_strv(pv_get(&m->val, "raw"))};
	pv_objb o;
	pv_val tree;
	int r = pv_rego_parse(c->cx, &module, &opts, &tree);
	if (r < 0)
		return r;
	pv_objb_init(&o, c->cx->arena);
	pv_objb_put(&o, "id", m->key);
	pv_objb_put(&o, "raw", pv_stringn(c->cx->arena, module.text.s, module.text.len));
	pv_objb_put(&o, "ast", tree);
	*ret = pv_objb_end(&o);
	return 0;
}

static int
reply_result(opa_call *c, pv_val result)
{
	pv_objb o;
	pv_objb_init(&o, c->cx->arena);
	pv_objb_put(&o, "result", result);
	pv_val all = pv_objb_end(&o);
	return opa_reply(c, 200, &all);
}

static int
get(opa_call *c, const char *id)
{
	const pv_val *all = opa_state_policies(c->state);
	pv_listb list;
	pv_val one;
	pv_listb_init(&list, c->cx->arena);
	for (size_t i = 0; i < all->len; i++) {
		const pv_member *m = pv_sorted(all, i);
		if (*id && !pv_streq(m->key.s, id))
			continue;
		if (policy_json(c, m, &one) < 0)
			return opa_refuse_error(c);
		if (*id)
			return reply_result(c, one);
		pv_listb_add(&list, one);
	}
	if (*id)
		return opa_refuse(c, 404, "resource_not_found", "storage_not_found_error: policy id \"%s\"",
				  id);
	return reply_result(c, pv_listb_end(&list));
}

/* ---- changes ---- */

/* The package of a module is of nobody's bundle. */
static int
check_package(pv_ctx *cx, const opa_draft *d, const change *w, pv_str text, bool v0)
{
	pv_rego_module m = {.name = w->id, .text = text};
	const char *package;
	int r = pv_bundle_package(cx, &m, v0, &package);
	return r < 0 ? r : opa_check_owner(cx, d->bundles, package);
}

static int
make(pv_ctx *cx, opa_draft *d, void *arg)
{
	change *w = arg;
	const pv_val *old = pv_get(d->policies, w->id);
	pv_objb o;
	bool v0 = opa_engine_is_v0(w->c->server->engine);
	int r = old ? check_package(cx, d, w, pv_strv(pv_get(old, "raw")), pv_truth(pv_get(old, "v0"), v0))
		    : 0;
	if (r < 0)
		return r;
	if (pv_streq(w->c->method, "DELETE")) {
		if (!old)
			return pv_fail(cx, PV_ENOTFOUND, "storage_not_found_error: policy id \"%s\"", w->id);
		d->policies = pv_box(cx->arena, pv_without(cx->arena, d->policies, w->id));
		return 0;
	}
	if (old && pv_str_eq(pv_strv(pv_get(old, "raw")), w->c->body)) {
		w->unchanged = true;
		return 0;
	}
	r = check_package(cx, d, w, w->c->body, v0);
	if (r < 0)
		return r;
	pv_objb_init(&o, cx->arena);
	pv_objb_put(&o, "raw", pv_stringn(cx->arena, w->c->body.s, w->c->body.len));
	d->policies = pv_box(cx->arena, pv_with(cx->arena, d->policies, w->id, pv_objb_end(&o)));
	return 0;
}

int
opa_policies(opa_call *c)
{
	change w = {.c = c, .id = id_of(c)};
	pv_objb o;
	if (pv_streq(c->method, "GET"))
		return get(c, w.id);
	if (c->server->read_only)
		return opa_refuse(c, 400, "invalid_parameter", "%s", c->server->owner);
	if (*w.id == '\0')
		return opa_refuse(c, 405, "invalid_operation", "expected /v1/policies/ID");
	if (pv_streq(c->method, "PUT") && pv_str_trim(c->body).len == 0)
		return opa_refuse(c, 400, "invalid_parameter", "empty module");
	if (opa_engine_change(c->cx, c->server->engine, make, &w) < 0)
		return opa_refuse_compiled(
			c, pv_streq(c->method, "DELETE") ? "invalid_operation" : "invalid_parameter",
			"error(s) occurred while compiling module(s)");
	pv_objb_init(&o, c->cx->arena);
	if (c->metrics)
		pv_objb_put(&o, "metrics", opa_metrics(c, NULL));
	pv_val all = pv_objb_end(&o);
	return opa_reply(c, 200, &all);
}
