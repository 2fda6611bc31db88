/* Subresources that do something of their own: binding (binding.c), eviction (eviction.c), tokens, those that need
 * a node's containers (connect.c) and those that go on to them (proxy.c). */
#include <string.h>

#include "base/time.h"
#include "core/api/http.h"
#include "core/kinds/kinds.h"

#define TOKEN_MIN 600 /* seconds, as Kubernetes */
#define TOKEN_VERSION "authentication.k8s.io/v1"
#define TOKEN_DEFAULT 3600
#define TOKEN_MAX (48 * 3600)
#define TOKEN_ASKED_MAX (INT64_C(1) << 32) /* more than that is no wish for a long life but a mistake */

static int
load(request *q, const pv_rec **ret)
{
	pv_key key = {q->t.res->type, q->t.ns, q->t.name};

	*ret = pv_store_find(q->cx, q->api->store, &key);
	return *ret ? 0 : api_not_found(q->cx, q->t.res, q->t.name);
}

/* ---- what is posted, at admission ---- */

static const pv_resource *
type_of(request *q, const char *api_version, const char *kind)
{
	const char *slash = strchr(api_version, '/');
	pv_resource *res = pv_new(q->cx->arena, pv_resource);

	*res = (pv_resource){
		.group = slash ? pv_strndup(q->cx->arena, api_version, (size_t)(slash - api_version)) : "",
		.version = slash ? slash + 1 : api_version,
		.kind = kind,
		.plural = "",
		.type = "",
		.api_version = api_version,
		.schema =
			pv_registry_type(q->api->registry, pv_protobuf_type(q->cx->arena, api_version, kind)),
		.meta = pv_registry_type(q->api->registry, "meta.v1.ObjectMeta")};
	return res;
}

pv_admit
posted(request *q, const pv_call *call, enum pv_operation operation, const char *api_version,
       const char *kind, const pv_val *object)
{
	const write_op w = {.api = q->api,
			    .call = call,
			    .res = q->t.res,
			    .operation = operation,
			    .ns = q->t.ns,
			    .name = q->t.name,
			    .sub = q->t.sub,
			    .warnings = &q->warnings,
			    .now = pv_now()};
	pv_val v = pv_with(q->cx->arena, object, "kind", pv_string_ref(kind));
	pv_admit admit;

	v = pv_with(q->cx->arena, &v, "apiVersion", pv_string_ref(api_version));
	admit = write_admission(q->cx, &w, object_ordered(q->cx, &v));
	admit.of = type_of(q, api_version, kind);
	return admit;
}

int
posted_admit(request *q, const pv_call *call, const char *api_version, const char *kind,
	     const pv_val **object)
{
	pv_admit admit = posted(q, call, PV_OP_CREATE, api_version, kind, *object);
	int r = pv_admission_mutate(q->cx, &admit);

	*object = admit.object;
	return r < 0 ? r : pv_admission_validate(q->cx, &admit);
}

/* ---- serviceaccounts/token ---- */

static const char *const *
audiences_of(pv_ctx *cx, const pv_val *body)
{
	const pv_val *list = pv_at(body, "spec.audiences");
	const char **out = pv_new_array(cx->arena, const char *, pv_count(list) + 1);

	for (size_t i = 0; i < pv_count(list); i++)
		out[i] = pv_text(pv_item(list, i), "");
	return (const char *const *)out;
}

/* spec.boundObjectRef: the object is there, and may be bound to.  In upstream's words
 * (registry/core/serviceaccount/storage/token.go). */
static int
read_bound(request *q, const pv_val *body, pv_bound *room, const pv_bound **ret)
{
	const pv_val *ref = pv_at(body, "spec.boundObjectRef"), *object;
	const char *kind = pv_text_at(ref, "kind", ""), *name = pv_text_at(ref, "name", ""),
		   *version = pv_text_at(ref, "apiVersion", ""), *uid = pv_text_at(ref, "uid", "");
	bool node = pv_streq(kind, "Node");
	const pv_resource *res = pv_resource_of_kind(q->cx, q->api->registry, "v1", kind);
	pv_key key = {pv_printf(q->cx->arena, "/%s", kind), node ? "" : q->t.ns, name};
	const pv_rec *rec;

	*ret = NULL;
	if (!pv_is(ref, PV_OBJECT))
		return 0;
	if (!res || !pv_streq(version, "v1") ||
	    (!node && !pv_streq(kind, "Pod") && !pv_streq(kind, "Secret")))
		return pv_fail(q->cx, PV_EBADREQUEST,
			       "cannot bind token to object of type %s%s, Kind=%s: expected a Pod, Secret or "
			       "Node of v1 in spec.boundObjectRef",
			       strchr(version, '/') ? "" : "/", version, kind);
	if (!*name)
		return pv_fail(q->cx, PV_EBADREQUEST, "Name parameter required.");
	rec = pv_store_find(q->cx, q->api->store, &key);
	if (!rec)
		return api_not_found(q->cx, res, name);
	object = pv_rec_val(rec);
	if (pv_streq(kind, "Pod") &&
	    !pv_streq(pv_text_at(object, "spec.serviceAccountName", "default"), q->t.name))
		return pv_fail(q->cx, PV_EBADREQUEST,
			       "cannot bind token for serviceaccount \"%s\" to pod running with different "
			       "serviceaccount name.",
			       q->t.name);
	if (*uid && !pv_streq(uid, meta_text(object, "uid")))
		return api_precondition(
			q->cx, res, name,
			pv_printf(q->cx->arena,
				  "the UID in the bound object reference (%s) does not match the UID in "
				  "record. The object might have been deleted and then recreated",
				  uid));
	*room = (pv_bound){kind, name, meta_text(object, "uid")};
	*ret = room;
	return 0;
}

/* What the account and the server say where the client does not. */
static const pv_val *
completed(request *q, const pv_val *body)
{
	pv_listb audiences;
	pv_val v = meta_with(q->cx, body, "name", pv_string_ref(q->t.name));

	v = meta_with(q->cx, &v, "namespace", pv_string_ref(q->t.ns));
	v = meta_with(q->cx, &v, "uid", pv_string_ref(pv_uuid(q->cx->arena)));
	v = meta_with(q->cx, &v, "creationTimestamp", pv_string_ref(pv_time_format(q->cx->arena, pv_now())));
	if (!pv_at(&v, "spec.expirationSeconds"))
		v = pv_with_at(q->cx->arena, &v, "spec.expirationSeconds", pv_int(TOKEN_DEFAULT));
	pv_listb_init(&audiences, q->cx->arena);
	for (const char *const *a = pv_auth_issuers(q->api->auth); *a; a++)
		pv_listb_add(&audiences, pv_string_ref(*a));
	if (!pv_count(pv_at(&v, "spec.audiences")))
		v = pv_with_at(q->cx->arena, &v, "spec.audiences", pv_listb_end(&audiences));
	return pv_box(q->cx->arena, v);
}

static int
check_account(request *q, const pv_val *body)
{
	const char *name = meta_text(body, "name");
	int r = body_of_here(q, body);
	pv_vec causes;

	if (r < 0 || !*name || pv_streq(name, q->t.name))
		return r;
	pv_vec_init(&causes, q->cx->arena, sizeof(pv_cause));
	api_cause(q->cx, &causes, "FieldValueInvalid", "metadata.name",
		  "Invalid value: \"%s\": must match the service account name if specified", name);
	return api_invalid(q->cx, type_of(q, TOKEN_VERSION, "TokenRequest"), q->t.name, &causes);
}

static int
check_request(request *q, const pv_admit *admit, const pv_val *asked, const pv_val *account, int64_t seconds)
{
	const char *uid = meta_text(asked, "uid"), *real = meta_text(account, "uid");
	pv_vec causes;

	if (*uid && !pv_streq(uid, real))
		return api_precondition(q->cx, admit->of, q->t.name,
					pv_printf(q->cx->arena,
						  "the UID in the token request (%s) does not match the UID "
						  "of the service account (%s)",
						  uid, real));
	if (seconds >= TOKEN_MIN && seconds <= TOKEN_ASKED_MAX)
		return 0;
	pv_vec_init(&causes, q->cx->arena, sizeof(pv_cause));
	api_cause(q->cx, &causes, "FieldValueInvalid", "spec.expirationSeconds",
		  "Invalid value: %lld: may not specify a duration %s", (long long)seconds,
		  seconds < TOKEN_MIN ? "less than 10 minutes" : "larger than 2^32 seconds");
	return api_invalid(q->cx, admit->of, "", &causes);
}

static int
handle_token(request *q)
{
	const pv_bound *bound = NULL;
	pv_bound room;
	int64_t seconds, expires = 0;
	const pv_val *body = NULL, *asked;
	const char *token = NULL;
	const pv_rec *rec = NULL;
	pv_call call = {0};
	pv_admit admit;
	pv_objb b;
	pv_val v;
	int r = may(q, "create");

	if (r == 0)
		r = query_write(q, "CreateOptions", &call);
	if (r == 0)
		r = body_of_kind(q, TOKEN_VERSION, "TokenRequest", &body);
	if (r < 0)
		return r;
	admit = posted(q, &call, PV_OP_CREATE, TOKEN_VERSION, "TokenRequest", body);
	r = pv_admission_mutate(q->cx, &admit);
	if (r == 0)
		r = load(q, &rec);
	asked = admit.object;
	if (r == 0)
		r = check_account(q, asked);
	if (r < 0)
		return r;
	body = admit.object = completed(q, asked);
	seconds = pv_i64_at(body, "spec.expirationSeconds", TOKEN_DEFAULT);
	r = check_request(q, &admit, asked, pv_rec_val(rec), seconds);
	if (r < 0)
		return r;
	r = pv_admission_validate(q->cx, &admit);
	if (r == 0)
		r = read_bound(q, body, &room, &bound);
	if (r < 0)
		return r;
	if (seconds > TOKEN_MAX) {
		seconds = TOKEN_MAX;
		api_warn(q->cx, &q->warnings,
			 "requested expiration is longer than this server allows: shortened to %d seconds",
			 TOKEN_MAX);
	}
	r = pv_auth_sa_token(q->cx, q->api->auth, q->t.ns, q->t.name, meta_text(pv_rec_val(rec), "uid"),
			     seconds * PV_SEC, audiences_of(q->cx, body), bound, &token, &expires);
	if (r < 0)
		return r;
	pv_objb_init(&b, q->cx->arena);
	pv_objb_put(&b, "token", pv_string_ref(token));
	pv_objb_put(&b, "expirationTimestamp", pv_string_ref(pv_time_format(q->cx->arena, expires)));
	v = pv_with(q->cx->arena, body, "status", pv_objb_end(&b));
	v = pv_with(q->cx->arena, &v, "kind", pv_string_ref("TokenRequest"));
	v = pv_with(q->cx->arena, &v, "apiVersion", pv_string_ref(TOKEN_VERSION));
	return answer_val(q, 201, &v);
}

static const struct row {
	const char *type, *sub, *method; /* method NULL: any */
	int (*handle)(request *q);
} rows[] = {
	{"/Binding", "", "POST", handle_binding},
	{"/Pod", "binding", "POST", handle_binding},
	{"/Pod", "eviction", "POST", handle_eviction},
	{"/Pod", "log", "GET", handle_log},
	{"/Pod", "exec", NULL, handle_exec},
	{"/Pod", "attach", NULL, handle_attach},
	{"/Pod", "portforward", NULL, handle_port_forward},
	{"/Node", "proxy", NULL, handle_proxy},
	{"/Pod", "proxy", NULL, handle_proxy},
	{"/Service", "proxy", NULL, handle_proxy},
	{"/ServiceAccount", "token", "POST", handle_token},
};

static const struct row *
find(const request *q)
{
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_streq(rows[i].type, q->t.res->type) && pv_streq(rows[i].sub, q->t.sub) &&
		    (!rows[i].method || pv_streq(rows[i].method, q->method)))
			return &rows[i];
	return NULL;
}

bool
handle_subresource(request *q, int *ret)
{
	const struct row *row = find(q);

	if (!row)
		return false;
	q->verb = request_verb(q);
	*ret = row->handle(q);
	return true;
}
