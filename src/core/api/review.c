/* Reviews: questions about access and identity, posted and answered, never stored. */
#include "base/time.h"
#include "core/api/http.h"
#include "lang/selector/selector.h"

static pv_val
strings(pv_arena *arena, const char *const *list)
{
	pv_listb b;

	pv_listb_init(&b, arena);
	for (size_t i = 0; list && list[i]; i++)
		pv_listb_add(&b, pv_string(arena, list[i]));
	return pv_listb_end(&b);
}

static int
answer(request *q, const pv_val *body, pv_val status)
{
	pv_val v = pv_with(q->cx->arena, body, "kind", pv_string_ref(q->t.res->kind));

	v = pv_with(q->cx->arena, &v, "apiVersion", pv_string_ref(q->t.res->api_version));
	v = pv_with(q->cx->arena, &v, "status", status);
	q->form = form_whole(q->form);
	return answer_val(q, 201, object_ordered(q->cx, &v));
}

/* The question without what its asker sent of the object itself. */
static const pv_val *
bare(request *q, pv_val spec, pv_val meta)
{
	pv_objb b;

	pv_objb_init(&b, q->cx->arena);
	pv_objb_put(&b, "metadata", meta);
	if (spec.type == PV_OBJECT)
		pv_objb_put(&b, "spec", spec);
	return pv_box(q->cx->arena, pv_objb_end(&b));
}

/* ---- access ---- */

/* A selector as its text, whichever way it is given; NULL: none that can be understood. */
static const char *
fields_of(pv_ctx *cx, const pv_val *res)
{
	const pv_val *selector = pv_get(res, "fieldSelector"), *list = pv_get(selector, "requirements");
	const char *raw = pv_text_at(selector, "rawSelector", "");
	pv_buf text;

	if (*raw)
		return raw;
	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i), *values = pv_get(one, "values");
		const char *operator= pv_text_at(one, "operator", "");

		if (pv_count(values) == 1 && pv_streq(operator, "In"))
			pv_field_selector_add(&text, pv_text_at(one, "key", ""),
					      pv_text(pv_item(values, 0), ""));
	}
	return text.len ? text.s : NULL;
}

static void
attributes_of(pv_ctx *cx, const pv_val *spec, pv_attributes *ret)
{
	const pv_val *res = pv_get(spec, "resourceAttributes"), *url = pv_get(spec, "nonResourceAttributes");

	if (url)
		*ret = (pv_attributes){pv_text_at(url, "verb", ""), "",  "", "", "", "",
				       pv_text_at(url, "path", ""), NULL};
	else
		*ret = (pv_attributes){pv_text_at(res, "verb", ""),
				       pv_text_at(res, "group", ""),
				       pv_text_at(res, "resource", ""),
				       pv_text_at(res, "subresource", ""),
				       pv_text_at(res, "namespace", ""),
				       pv_text_at(res, "name", ""),
				       NULL,
				       fields_of(cx, res)};
}

static void
subject_of(request *q, const pv_val *spec, pv_identity *ret, pv_vec *causes)
{
	const pv_val *groups = pv_get(spec, "groups");
	const char **list = pv_new_array(q->cx->arena, const char *, pv_count(groups) + 1);

	for (size_t i = 0; i < pv_count(groups); i++)
		list[i] = pv_text(pv_item(groups, i), "");
	*ret = (pv_identity){.user = pv_text_at(spec, "user", ""),
			     .uid = pv_text_at(spec, "uid", ""),
			     .groups = (const char *const *)list,
			     .how = "review"};
	if (!ret->user[0] && !pv_count(groups))
		api_cause(q->cx, causes, "FieldValueInvalid", "spec.user",
			  "Invalid value: \"\": at least one of user or group must be specified");
}

static int
review_access(request *q, const pv_val *body)
{
	const pv_val *spec = pv_get(body, "spec");
	pv_identity who = *pv_auth_identity(q->cx);
	pv_resource nameless = *q->t.res; /* upstream does not know any more what it refuses */
	pv_attributes what = {0};
	const char *why = NULL;
	pv_objb status;
	pv_vec causes;
	bool allowed;
	int r = 0;

	pv_vec_init(&causes, q->cx->arena, sizeof(pv_cause));
	review_check_meta(q, pv_get(body, "metadata"), &causes);
	review_check(q, spec, &causes);
	attributes_of(q->cx, spec, &what);
	if (!pv_starts_with(q->t.plural, "self"))
		subject_of(q, spec, &who, &causes);
	nameless.kind = "";
	if (causes.len)
		r = api_invalid(q->cx, &nameless, "", &causes);
	if (r < 0)
		return r;
	allowed = pv_auth_allows(q->cx, q->api->auth, &who, &what, &why);
	pv_objb_init(&status, q->cx->arena);
	pv_objb_put(&status, "allowed", pv_bool(allowed));
	pv_objb_puts(&status, "reason", why);
	pv_objb_puts(&status, "evaluationError", review_ignored(q->cx, spec));
	return answer(q, body, pv_objb_end(&status));
}

static int
review_rules(request *q, const pv_val *body)
{
	const char *ns = pv_text_at(body, "spec.namespace", "");
	pv_val resource, url, none = pv_object_of(q->cx->arena, NULL, 0, NULL, NULL);
	pv_objb status;

	if (!*ns)
		return pv_fail(q->cx, PV_EBADREQUEST, "no namespace on request: expected spec.namespace");
	pv_auth_rules(q->cx, q->api->auth, ns, &resource, &url);
	pv_objb_init(&status, q->cx->arena);
	pv_objb_put(&status, "resourceRules", resource);
	pv_objb_put(&status, "nonResourceRules", url);
	pv_objb_put(&status, "incomplete", pv_bool(false));
	return answer(q, bare(q, none, none), pv_objb_end(&status));
}

/* ---- identity ---- */

static int
review_self(request *q, const pv_val *body)
{
	const char *now = pv_time_format(q->cx->arena, pv_now());
	pv_objb status, meta;

	(void)body;
	pv_objb_init(&status, q->cx->arena);
	pv_objb_put(&status, "userInfo", pv_auth_user_info(q->cx->arena, pv_auth_identity(q->cx)));
	pv_objb_init(&meta, q->cx->arena);
	pv_objb_puts(&meta, "creationTimestamp", now);
	return answer(q, bare(q, pv_null(), pv_objb_end(&meta)), pv_objb_end(&status));
}

static int
review_token(request *q, const pv_val *body)
{
	const pv_val *list = pv_at(body, "spec.audiences");
	const char *token = pv_text_at(body, "spec.token", "");
	const char **wanted = pv_new_array(q->cx->arena, const char *, pv_count(list) + 1);
	const char *const *audiences = NULL;
	const pv_identity *who;
	pv_objb status;

	if (!*token)
		return pv_fail(q->cx, PV_EBADREQUEST, "token is required for TokenReview in authentication");
	for (size_t i = 0; i < pv_count(list); i++)
		wanted[i] = pv_text(pv_item(list, i), "");
	who = pv_auth_token_for(q->cx, q->api->auth, token, (const char *const *)wanted, &audiences);
	pv_objb_init(&status, q->cx->arena);
	if (who) {
		pv_objb_put(&status, "authenticated", pv_bool(true));
		pv_objb_put(&status, "user", pv_auth_user_info(q->cx->arena, who));
		pv_objb_put(&status, "audiences", strings(q->cx->arena, audiences));
	} else {
		pv_objb_put(&status, "user", pv_object_of(q->cx->arena, NULL, 0, NULL, NULL));
		pv_objb_put(&status, "error", pv_string_ref("invalid bearer token"));
	}
	return answer(q, body, pv_objb_end(&status));
}

/* As a create has it: without what the server says, and with who said the rest. */
static int
received(request *q, const pv_val **body)
{
	static const char *const servers[] = {
		"uid",      "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
		"selfLink", "namespace"};
	pv_call call = {0};
	write_op w = {.api = q->api,
		      .call = &call,
		      .res = q->t.res,
		      .operation = PV_OP_CREATE,
		      .ns = q->t.ns,
		      .name = "",
		      .sub = "",
		      .warnings = &q->warnings,
		      .now = pv_now()};
	pv_val v = **body;
	int r = query_write(q, "CreateOptions", &call);

	for (size_t i = 0; i < PV_LEN(servers); i++)
		v = meta_without(q->cx, &v, servers[i]);
	if (q->t.ns[0])
		v = meta_with(q->cx, &v, "namespace", pv_string_ref(q->t.ns));
	*body = pv_resource_default(q->cx, q->t.res, pv_resource_prune(q->cx, q->t.res, &v, NULL));
	return r < 0 ? r : write_fields(q->cx, &w, NULL, body);
}

static int
run(request *q, int (*review)(request *q, const pv_val *body))
{
	const pv_val *body = NULL;
	int r = may(q, "create");

	if (r == 0)
		r = body_of_kind(q, q->t.res->api_version, q->t.res->kind, &body);
	if (r == 0)
		r = body_of_here(q, body);
	if (r == 0)
		r = received(q, &body);
	return r < 0 ? r : review(q, body);
}

bool
handle_review(request *q, int *ret)
{
	static const struct {
		const char *group, *plural;
		int (*review)(request *q, const pv_val *body);
	} rows[] = {
		{"authorization.k8s.io", "selfsubjectaccessreviews", review_access},
		{"authorization.k8s.io", "subjectaccessreviews", review_access},
		{"authorization.k8s.io", "localsubjectaccessreviews", review_access},
		{"authorization.k8s.io", "selfsubjectrulesreviews", review_rules},
		{"authentication.k8s.io", "selfsubjectreviews", review_self},
		{"authentication.k8s.io", "tokenreviews", review_token},
	};

	if (!pv_streq(q->method, "POST") || !q->t.collection)
		return false;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		if (!pv_streq(rows[i].group, q->t.group) || !pv_streq(rows[i].plural, q->t.plural))
			continue;
		q->verb = "create";
		*ret = run(q, rows[i].review);
		return true;
	}
	return false;
}
