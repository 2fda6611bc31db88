#include "core/admission/request.h"

#include "base/str.h"
#include "core/api/api.h"
#include "lang/selector/selector.h"

static const char *const operations[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};

static pv_val
triple(pv_ctx *cx, const pv_resource *res, const char *key, const char *value)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "group", pv_string_ref(res->group));
	pv_objb_put(&b, "version", pv_string_ref(res->version));
	pv_objb_put(&b, key, pv_string_ref(value));
	return pv_objb_end(&b);
}

static pv_val
user_info(pv_ctx *cx, const pv_identity *id)
{
	pv_listb groups;
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_listb_init(&groups, cx->arena);
	for (size_t i = 0; id && id->groups && id->groups[i]; i++)
		pv_listb_add(&groups, pv_string_ref(id->groups[i]));
	pv_objb_puts(&b, "username", id ? id->user : "");
	if (id)
		pv_objb_puts(&b, "uid", id->uid);
	pv_objb_put(&b, "groups", pv_listb_end(&groups));
	return pv_objb_end(&b);
}

pv_val
pv_admission_request(pv_ctx *cx, const pv_admit *a)
{
	pv_val kind = triple(cx, a->resource, "kind", a->resource->kind);
	pv_val resource = triple(cx, a->resource, "resource", a->resource->plural);
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "uid", a->uid);
	pv_objb_put(&b, "kind", kind);
	pv_objb_put(&b, "resource", resource);
	pv_objb_put(&b, "requestKind", kind);
	pv_objb_put(&b, "requestResource", resource);
	if (a->subresource && *a->subresource)
		pv_objb_puts(&b, "subResource", a->subresource);
	pv_objb_puts(&b, "name", a->name);
	if (a->ns && *a->ns)
		pv_objb_puts(&b, "namespace", a->ns);
	pv_objb_puts(&b, "operation", operations[a->operation]);
	pv_objb_put(&b, "userInfo", user_info(cx, a->identity));
	pv_objb_put(&b, "object", a->object ? *a->object : pv_null());
	pv_objb_put(&b, "oldObject", a->old ? *a->old : pv_null());
	pv_objb_put(&b, "dryRun", pv_bool(a->dry_run));
	return pv_objb_end(&b);
}

/* The options of the call, as far as they are known here. */
static pv_val
options(pv_ctx *cx, const pv_admit *a)
{
	static const char *const kinds[] = {"CreateOptions", "UpdateOptions", "DeleteOptions"};
	pv_val all = pv_string_ref("All");
	pv_objb b;

	if (a->operation == PV_OP_CONNECT)
		return pv_null();
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", kinds[a->operation]);
	pv_objb_puts(&b, "apiVersion", "meta.k8s.io/v1");
	if (a->dry_run)
		pv_objb_put(&b, "dryRun", pv_list_of(cx->arena, &all, 1));
	return pv_objb_end(&b);
}

int
pv_admission_as(pv_ctx *cx, const pv_admit *a, const pv_resource *as, pv_admit *ret)
{
	int r = 0;

	*ret = *a;
	ret->resource = as;
	if (as == a->resource)
		return 0;
	if (a->object)
		r = pv_api_convert(cx, a->serving, as, a->object, &ret->object);
	if (r == 0 && a->old)
		r = pv_api_convert(cx, a->serving, as, a->old, &ret->old);
	return r;
}

pv_val
pv_admission_call(pv_ctx *cx, const pv_admit *a, const pv_admit *seen)
{
	pv_val request = pv_admission_request(cx, seen);
	pv_objb b;

	pv_objb_from(&b, cx->arena, &request);
	pv_objb_puts(&b, "uid", pv_uuid(cx->arena));
	pv_objb_put(&b, "requestKind", triple(cx, a->resource, "kind", a->resource->kind));
	pv_objb_put(&b, "requestResource", triple(cx, a->resource, "resource", a->resource->plural));
	if (a->subresource && *a->subresource)
		pv_objb_puts(&b, "requestSubResource", a->subresource);
	if (pv_streq(a->resource->type, "/Namespace"))
		pv_objb_puts(&b, "namespace", a->name);
	pv_objb_put(&b, "options", options(cx, a));
	return pv_objb_end(&b);
}

/* ---- rules ---- */

static bool
has(const pv_val *list, const char *text)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text(pv_item(list, i), ""), text) ||
		    pv_streq(pv_text(pv_item(list, i), ""), "*"))
			return true;
	return false;
}

/* A plural, a plural and a subresource, or a star for either half. */
static bool
names_resource(const pv_val *list, const pv_admit *a)
{
	const char *plural = a->resource->plural, *sub = a->subresource ? a->subresource : "";

	for (size_t i = 0; i < pv_count(list); i++) {
		pv_str rest = pv_str_of(pv_text(pv_item(list, i), "")), head;

		if (!pv_str_next(&rest, '/', &head) || (!pv_str_is(head, "*") && !pv_str_is(head, plural)))
			continue;
		if (!rest.s || !rest.len) {
			if (!*sub)
				return true;
		} else if (pv_str_is(rest, "*") || (*sub && pv_str_is(rest, sub))) {
			return true;
		}
	}
	return false;
}

static bool
is_in_scope(const pv_val *rule, const pv_admit *a)
{
	const char *scope = pv_text_at(rule, "scope", "*");

	return pv_streq(scope, "*") || pv_streq(scope, a->resource->namespaced ? "Namespaced" : "Cluster");
}

static bool
any_names(const pv_val *rules, const pv_admit *a, const pv_resource *as)
{
	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *rule = pv_item(rules, i), *names = pv_get(rule, "resourceNames");

		if (has(pv_get(rule, "operations"), operations[a->operation]) &&
		    has(pv_get(rule, "apiGroups"), as->group) &&
		    has(pv_get(rule, "apiVersions"), as->version) &&
		    names_resource(pv_get(rule, "resources"), a) && is_in_scope(rule, a) &&
		    (!pv_count(names) || has(names, a->name)))
			return true;
	}
	return false;
}

const pv_resource *
pv_admission_named(pv_ctx *cx, const pv_admit *a, const pv_val *rules, bool equivalent)
{
	const pv_resource *const *all;
	size_t n;

	if (any_names(rules, a, a->resource))
		return a->resource;
	if (!equivalent || !a->serving || !pv_count(rules))
		return NULL;
	all = pv_resource_all(cx, pv_api_registry(a->serving), &n);
	for (size_t i = 0; i < n; i++)
		if (pv_streq(all[i]->type, a->resource->type) && any_names(rules, a, all[i]))
			return all[i];
	return NULL;
}

/* ---- selectors ---- */

const pv_val *
pv_admission_namespace(pv_ctx *cx, const pv_admit *a)
{
	pv_key key = {"/Namespace", "", a->ns};
	const pv_rec *rec;

	if (pv_streq(a->resource->type, "/Namespace"))
		return a->object ? a->object : a->old;
	if (!a->ns || !*a->ns || !a->serving)
		return NULL;
	rec = pv_store_find(cx, pv_api_store(a->serving), &key);
	return rec ? pv_rec_val(rec) : NULL;
}

static bool
is_open(const pv_val *selector)
{
	return !selector || (!pv_count(pv_get(selector, "matchLabels")) &&
			     !pv_count(pv_get(selector, "matchExpressions")));
}

static int
selects_namespace(pv_ctx *cx, const pv_admit *a, const pv_val *selector, bool *ret)
{
	pv_selector *s;
	int r;

	*ret = true;
	if (is_open(selector) || (!a->resource->namespaced && !pv_streq(a->resource->type, "/Namespace")))
		return 0;
	r = pv_selector_from(cx, selector, &s);
	if (r == 0)
		*ret = pv_selector_match(s, pv_at(pv_admission_namespace(cx, a), "metadata.labels"));
	return r;
}

static int
selects_object(pv_ctx *cx, const pv_admit *a, const pv_val *selector, bool *ret)
{
	pv_selector *s;
	int r;

	*ret = true;
	if (is_open(selector))
		return 0;
	r = pv_selector_from(cx, selector, &s);
	if (r == 0)
		*ret = (a->object && pv_selector_match(s, pv_at(a->object, "metadata.labels"))) ||
		       (a->old && pv_selector_match(s, pv_at(a->old, "metadata.labels")));
	return r;
}

int
pv_admission_matches(pv_ctx *cx, const pv_admit *a, const pv_val *match, bool *ret)
{
	const pv_val *rules = pv_get(match, "resourceRules");
	bool equivalent = !pv_streq(pv_text_at(match, "matchPolicy", "Equivalent"), "Exact"), ours, labelled;
	int r;

	*ret = false;
	if ((pv_count(rules) && !pv_admission_named(cx, a, rules, equivalent)) ||
	    pv_admission_named(cx, a, pv_get(match, "excludeResourceRules"), equivalent))
		return 0;
	r = selects_namespace(cx, a, pv_get(match, "namespaceSelector"), &ours);
	if (r == 0)
		r = selects_object(cx, a, pv_get(match, "objectSelector"), &labelled);
	if (r == 0)
		*ret = ours && labelled;
	return r;
}
