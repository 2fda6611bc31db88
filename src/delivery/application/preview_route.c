/* preview_route: previews over HTTP, for whoever may get the Application; of an object that they may not get they learn
 * that it is touched, and no more. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/api/api.h"
#include "core/auth/auth.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "delivery/application/preview.h"
#include "lang/json/json.h"

#define ADDRESSES_MOST 20

/* ---- what the caller may see ---- */

static bool
may_get(pv_ctx *cx, pv_api *api, const pv_val *application, const pv_val *object)
{
	const pv_resource *res =
		pv_resource_of_type(cx, pv_api_registry(api),
				    pv_printf(cx->arena, "%s/%s", pv_text_at(object, "group", ""),
					      pv_text_at(object, "kind", "")));
	pv_attributes what = {.verb = "get", .subresource = ""};
	if (pv_auth_holds_all(cx, pv_api_auth(api), cx->identity))
		return true;
	if (!res || !clusters_is_here(cx, api, pv_at(application, "spec.destination")))
		return false; /* another cluster has rights of its own */
	what.group = res->group;
	what.resource = res->plural;
	what.ns = pv_text_at(object, "namespace", "");
	what.name = pv_text_at(object, "name", "");
	return pv_auth_allows(cx, pv_api_auth(api), cx->identity, &what, NULL);
}

static pv_val
limited(pv_ctx *cx, pv_api *api, const pv_val *application, const pv_val *object)
{
	static const char *const shown[] = {"group", "version", "kind", "namespace",
					    "name",  "status",  "hook"};
	pv_objb b;
	if (may_get(cx, api, application, object))
		return *object;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < PV_LEN(shown); i++)
		if (pv_get(object, shown[i]))
			pv_objb_put(&b, shown[i], *pv_get(object, shown[i]));
	pv_objb_put(&b, "hidden", pv_bool(true));
	return pv_objb_end(&b);
}

pv_val
application_preview_limited(pv_ctx *cx, pv_api *api, const pv_val *application, const pv_val *found)
{
	const pv_val *all = pv_get(found, "objects");
	pv_listb list;
	if (!all)
		return *found;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(all); i++)
		pv_listb_add(&list, limited(cx, api, application, pv_item(all, i)));
	return pv_with(cx->arena, found, "objects", pv_listb_end(&list));
}

static int
answer(pv_ctx *cx, pv_http_req *req, pv_val v)
{
	pv_http_set(req, "Cache-Control", "no-cache, private");
	pv_http_reply(req, 200, "application/json", pv_str_of(pv_json_text(cx->arena, &v)), NULL, NULL);
	return 0;
}

/* ---- one Application ---- */

static bool
parse(pv_ctx *cx, const char *path, pv_call *ret)
{
	pv_str rest = pv_str_of(path + strlen(PREVIEW_ROUTE)), ns;
	if (!pv_str_next(&rest, '/', &ns) || !ns.len || !rest.len || memchr(rest.s, '/', rest.len))
		return false;
	ret->ns = pv_percent_decode(cx->arena, pv_strndup(cx->arena, ns.s, ns.len));
	ret->name = pv_percent_decode(cx->arena, pv_strndup(cx->arena, rest.s, rest.len));
	return ret->ns && ret->name;
}

int
app_preview(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	const char *revision = pv_http_query(req, "revision");
	pv_call call = {.subresource = ""};
	const pv_val *object;
	pv_val found;
	int r;
	call.resource = pv_resource_find(cx, pv_api_registry(api), "argoproj.io", "v1alpha1", "applications");
	if (!call.resource || !parse(cx, pv_http_path(req), &call))
		return pv_fail(cx, PV_ENOTFOUND,
			       "expected " PREVIEW_ROUTE "NAMESPACE/NAME of an Application, found %s",
			       pv_http_path(req));
	r = pv_api_get(cx, api, &call, &object);
	if (r == 0 && revision && *revision)
		object = pv_box(cx->arena, application_at(cx->arena, object, NULL, revision));
	if (r == 0)
		r = application_preview(cx, api, object, &found);
	return r < 0 ? r : answer(cx, req, application_preview_limited(cx, api, object, &found));
}

/* ---- a change ---- */

struct asker {
	pv_ctx *cx;
	pv_api *api;
	void *identity;
	application_change change;
	pv_val *ret;
};

static bool
may_get_application(void *arg, const pv_val *object)
{
	struct asker *asker = arg;
	pv_attributes what = {.verb = "get",
			      .group = "argoproj.io",
			      .resource = "applications",
			      .subresource = "",
			      .ns = pv_text_at(object, "metadata.namespace", ""),
			      .name = pv_text_at(object, "metadata.name", "")};
	return pv_auth_allows(asker->cx, pv_api_auth(asker->api), asker->identity, &what, NULL);
}

static int
look(pv_ctx *cx, pv_plan *plan, void *arg)
{
	struct asker *asker = arg;
	return application_changes(cx, plan, &asker->change, asker->ret);
}

static int
check_texts(pv_ctx *cx, const pv_val *list, const char *field, size_t least)
{
	bool good = pv_is(list, PV_LIST) || (!list && !least);
	for (size_t i = 0; good && i < pv_count(list); i++)
		good = pv_is(pv_item(list, i), PV_STRING);
	if (good && pv_count(list) >= least && pv_count(list) <= ADDRESSES_MOST)
		return 0;
	return pv_fail(cx, PV_EBADREQUEST, "%s: expected a list of %zu to %d texts", field, least,
		       ADDRESSES_MOST);
}

static int
read_change(pv_ctx *cx, pv_http_req *req, application_change *ret)
{
	const pv_val *body;
	int r = pv_json_parse(cx, pv_http_body(req), NULL, &body);
	if (r < 0)
		return pv_wrap(cx, r, "the body");
	ret->repositories = pv_get(body, "repositories");
	ret->paths = pv_get(body, "paths");
	ret->base = pv_text_at(body, "base", "HEAD");
	ret->head = pv_text_at(body, "head", "");
	r = check_texts(cx, ret->repositories, "repositories", 1);
	if (r == 0)
		r = check_texts(cx, ret->paths, "paths", 0);
	if (r == 0 && !*ret->head)
		r = pv_fail(cx, PV_EBADREQUEST, "head: expected a commit, branch or tag");
	return r;
}

static pv_val
limited_all(pv_ctx *cx, pv_api *api, const pv_val *found)
{
	const pv_val *all = pv_get(found, "applications");
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(all); i++) {
		const pv_val *one = pv_item(all, i);
		const pv_val *where = pv_get(one, "destination");
		pv_val of = where ? pv_with_at(cx->arena, NULL, "spec.destination", *where) : pv_null();
		pv_listb_add(&list, application_preview_limited(cx, api, &of, one));
	}
	return pv_with(cx->arena, found, "applications", pv_listb_end(&list));
}

int
app_changes(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	pv_val found = pv_null(), empty = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	struct asker asker = {.cx = cx, .api = api, .identity = cx->identity, .ret = &found};
	pv_look ask = {&application_controller, &empty, look, &asker, PREVIEW_PATIENCE};
	int r;
	asker.change = (application_change){.admits = may_get_application, .arg = &asker};
	r = read_change(cx, req, &asker.change);
	if (r == 0)
		r = preview_wait(cx, api, &ask);
	if (r == -PV_ENOTFOUND) {
		pv_recover(cx); /* what is known of the repository may be older than what is asked for */
		asker.change.since = pv_now();
		r = preview_wait(cx, api, &ask);
	}
	return r < 0 ? r : answer(cx, req, limited_all(cx, api, &found));
}
