/* Request bodies: JSON or YAML by Content-Type; patches by theirs. */
#include <string.h>
#include <strings.h>

#include "core/api/http.h"
#include "core/kinds/kinds.h"
#include "core/kinds/names.h"
#include "lang/json/go.h"
#include "lang/yaml/yaml.h"

static bool
is_type(const char *type, const char *wanted)
{
	size_t len = strlen(wanted);

	return strncasecmp(type, wanted, len) == 0 &&
	       (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

static const char *
content_type(request *q)
{
	const char *type = pv_http_header(q->http, "Content-Type");

	return type && type[0] ? type : "application/json";
}

/* Where a text was broken is part of the message: a Status has no place for it. */
static int
located(request *q, int r)
{
	if (q->cx->err->line)
		q->cx->err->message = pv_printf(q->cx->arena, "line %d, column %d: %s", q->cx->err->line,
						q->cx->err->column, q->cx->err->message);
	return r;
}

/* The beginning of a body, as upstream shows one that it cannot read: in hexadecimal unless it looks like JSON. */
static const char *
shown(request *q)
{
	pv_str body = pv_http_body(q->http), head = {body.s, body.len < 30 ? body.len : 30};
	const char *more = head.len < body.len ? " ..." : "";
	pv_buf hex;

	if (!body.len)
		return "<empty>";
	if (body.s[0] == '{')
		return pv_printf(q->cx->arena, "%.*s%s", (int)head.len, head.s, more);
	pv_buf_init(&hex, q->cx->arena);
	for (size_t i = 0; i < head.len; i++)
		pv_buf_printf(&hex, "%02x", (unsigned char)head.s[i]);
	pv_buf_adds(&hex, more);
	return hex.s;
}

static int
parse_json(request *q, bool patch, const pv_val **ret, pv_vec *duplicates)
{
	pv_json_opts opts = {.duplicates = duplicates};
	int r = pv_json_parse(q->cx, pv_http_body(q->http), &opts, ret);
	const char *fault;

	if (r == 0)
		q->audit.sent = *ret;
	if (r >= 0 || r != -PV_EBADREQUEST)
		return r;
	fault = pv_json_go_fault(q->cx->arena, q->cx->err->message);
	if (q->cx->err->line > 1) { /* upstream does not say where: in a text of many lines a warning does */
		(void)located(q, r);
		api_warn(q->cx, &q->warnings, "%s", q->cx->err->message);
	}
	(void)pv_recover(q->cx);
	if (patch)
		return pv_fail(q->cx, PV_EBADREQUEST, "error decoding patch: %s", fault);
	return pv_fail(
		q->cx, PV_EBADREQUEST,
		"the object provided is unrecognized (must be of type %s): couldn't get version/kind; json "
		"parse error: %s (%s)",
		q->t.res ? q->t.res->kind : "", fault, shown(q));
}

static int
parse_yaml(request *q, const pv_val **ret, pv_vec *duplicates)
{
	pv_yaml_opts opts = {.duplicates = duplicates};
	pv_val none = pv_null();
	size_t given = 0;
	pv_vec docs;
	int r = pv_yaml_parse_all(q->cx, pv_http_body(q->http), &opts, &docs);

	if (r < 0)
		return pv_wrap(q->cx, located(q, r), "the body of the request is not YAML");
	*ret = pv_box(q->cx->arena, none);
	for (size_t i = 0; i < docs.len; i++) {
		const pv_yaml_doc *doc = PV_AT(pv_yaml_doc, &docs, i);

		if (pv_is(doc->val, PV_NULL) || given++)
			continue;
		*ret = doc->val;
		duplicates->len = doc->repeats; /* what others repeat is not read */
	}
	if (given > 1) /* as upstream reads it, which does not say so */
		api_warn(q->cx, &q->warnings, "the body has %zu YAML documents: only the first was read",
			 given);
	q->audit.sent = *ret;
	return 0;
}

/* An intent is YAML, and what it repeats is told as go-yaml tells it. */
static int
parse_intent(request *q, const pv_val **ret, pv_vec *duplicates)
{
	int r = parse_yaml(q, ret, duplicates);

	if (r == 0 && duplicates->len) {
		duplicates->len = 0;
		pv_yaml_repeats(q->cx, pv_http_body(q->http), duplicates);
	}
	return r;
}

/* kubectl's typed commands (`kubectl create deployment`, `auth can-i`) send these from
 * 1.32 on, and have no other try when they are refused. */
static int
parse_protobuf(request *q, const pv_val **ret)
{
	const pv_schema *schema;
	pv_protobuf envelope;
	int r;

	if (q->t.res && q->t.res->crd)
		return pv_fail(q->cx, PV_EMEDIA,
			       "%s is a custom kind and has no protobuf form: send application/json",
			       api_qualified(q->cx->arena, q->t.res));
	r = pv_protobuf_envelope(q->cx, pv_http_body(q->http), &envelope);
	if (r < 0)
		return r;
	if (!envelope.kind[0] && !envelope.api_version[0] && q->t.res) { /* it is what is asked for */
		envelope.kind = q->t.res->kind;
		envelope.api_version = q->t.res->api_version;
	}
	schema = pv_registry_type(q->api->registry,
				  pv_protobuf_type(q->cx->arena, envelope.api_version, envelope.kind));
	if (!schema)
		return pv_fail(q->cx, PV_EBADREQUEST, "no kind \"%s\" is registered for version \"%s\"",
			       envelope.kind, envelope.api_version);
	r = pv_protobuf_parse(q->cx, &envelope, schema, ret);
	if (r == 0)
		q->audit.sent = *ret;
	return r;
}

static int
check_size(request *q)
{
	if (pv_http_body(q->http).len > PV_BODY_LIMIT)
		return pv_fail(q->cx, PV_ETOOLARGE, "Request entity too large: limit is %u", PV_BODY_LIMIT);
	return 0;
}

int
body_object(request *q, const pv_val **ret, pv_vec *duplicates)
{
	const char *type = content_type(q);
	int r = check_size(q);

	if (r < 0)
		return r;
	pv_vec_init(duplicates, q->cx->arena, sizeof(const char *));
	if (is_type(type, "application/json"))
		return parse_json(q, false, ret, duplicates);
	if (is_type(type, "application/yaml") || is_type(type, "application/x-yaml") ||
	    is_type(type, "text/yaml"))
		return parse_yaml(q, ret, duplicates);
	if (is_type(type, "application/vnd.kubernetes.protobuf"))
		return parse_protobuf(q, ret);
	return pv_fail(q->cx, PV_EMEDIA,
		       "the body of the request was in an unknown format - accepted media types include: "
		       "application/json, "
		       "application/yaml, application/vnd.kubernetes.protobuf");
}

static int
check_nul(request *q, const char *kind, const pv_val *body)
{
	const char *path = pv_nul_find(q->cx->arena, body);

	return path ? api_bad_option(q->cx, kind, path, "FieldValueInvalid", "Invalid value: " PV_NUL_FAULT)
		    : 0;
}

/* Unknown and repeated fields: refused, told, or nothing, as the query wants it. */
static int
check_fields(request *q, const char *api_version, const char *kind, const pv_schema *schema,
	     const pv_val *body, const pv_vec *twice)
{
	const char *mode = pv_http_query(q->http, "fieldValidation"), *slash = strchr(api_version, '/');
	const pv_resource res = {.kind = kind,
				 .api_version = api_version,
				 .schema = schema,
				 .meta = pv_registry_type(q->api->registry, "meta.v1.ObjectMeta")};
	pv_vec unknown;

	pv_vec_init(&unknown, q->cx->arena, sizeof(const char *));
	(void)pv_schema_prune(q->cx, schema, body, &unknown);
	if (mode && pv_streq(mode, "Ignore"))
		return 0;
	if (mode && pv_streq(mode, "Strict") && (unknown.len || twice->len))
		return api_strict(q->cx, &res, slash ? slash + 1 : api_version, &unknown, twice);
	for (size_t i = 0; i < unknown.len; i++)
		api_warn(q->cx, &q->warnings, "unknown field \"%s\"", *PV_AT(const char *, &unknown, i));
	for (size_t i = 0; i < twice->len; i++)
		api_warn(q->cx, &q->warnings, "duplicate field \"%s\"", *PV_AT(const char *, twice, i));
	return 0;
}

int
body_of_kind(request *q, const char *api_version, const char *kind, const pv_val **ret)
{
	const pv_schema *schema =
		pv_registry_type(q->api->registry, pv_protobuf_type(q->cx->arena, api_version, kind));
	pv_vec duplicates;
	int r = body_object(q, ret, &duplicates);

	if (r == 0 && !pv_is(*ret, PV_OBJECT))
		r = pv_fail(q->cx, PV_EBADREQUEST, "%s: expected an object, found a %s", kind,
			    pv_type_name(*ret));
	if (r == 0)
		r = api_is_kind(q->cx, *ret, api_version, kind);
	if (r == 0)
		r = api_check_types(q->cx, schema, *ret, "", api_version, kind);
	if (r == 0 && schema)
		r = check_fields(q, api_version, kind, schema, *ret, &duplicates);
	return r == 0 ? check_nul(q, kind, *ret) : r;
}

int
body_of_here(request *q, const pv_val *body)
{
	const char *ns = meta_text(body, "namespace");

	return ns[0] && q->t.ns[0] && !pv_streq(ns, q->t.ns)
		       ? pv_fail(q->cx, PV_EBADREQUEST,
				 "the namespace of the provided object does not match the namespace sent on the request")
		       : 0;
}

int
body_patch(request *q, enum pv_patch_kind *ret_kind, const pv_val **ret, pv_vec *duplicates)
{
	static const struct {
		const char *type;
		enum pv_patch_kind kind;
	} kinds[] = {{"application/json-patch+json", PV_PATCH_JSON},
		     {"application/merge-patch+json", PV_PATCH_MERGE},
		     {"application/strategic-merge-patch+json", PV_PATCH_STRATEGIC},
		     {"application/apply-patch+yaml", PV_PATCH_APPLY}};
	const char *type = content_type(q);
	int r = check_size(q);

	pv_vec_init(duplicates, q->cx->arena, sizeof(const char *));
	for (size_t i = 0; r == 0 && i < PV_LEN(kinds); i++) {
		if (!is_type(type, kinds[i].type))
			continue;
		*ret_kind = kinds[i].kind;
		return kinds[i].kind == PV_PATCH_APPLY ? parse_intent(q, ret, duplicates)
						       : parse_json(q, true, ret, duplicates);
	}
	if (r < 0)
		return r;
	return pv_fail(
		q->cx, PV_EMEDIA,
		"the body of the request was in an unknown format - accepted media types include: "
		"application/json-patch+json, application/merge-patch+json, %sapplication/apply-patch+yaml",
		q->t.res && q->t.res->crd ? "" : "application/strategic-merge-patch+json, ");
}

/* ---- DeleteOptions ---- */

static int
check_propagation(request *q, const pv_call *call)
{
	const char *how = call->propagation;

	if (!how || pv_streq(how, "Background") || pv_streq(how, "Foreground") || pv_streq(how, "Orphan"))
		return 0;
	return api_bad_option(q->cx, "DeleteOptions", "propagationPolicy", "FieldValueNotSupported",
			      "Unsupported value: \"%s\": supported values: \"Foreground\", \"Background\", "
			      "\"Orphan\", \"nil\"",
			      how);
}

/* orphanDependents is what propagationPolicy was before there was that. */
static int
set_orphans(request *q, bool orphans, pv_call *call)
{
	if (call->propagation)
		return api_bad_option(
			q->cx, "DeleteOptions", "propagationPolicy", "FieldValueInvalid",
			"Invalid value: \"%s\": orphanDependents and deletionPropagation cannot "
			"be both set",
			call->propagation);
	call->propagation = orphans ? "Orphan" : "Background";
	call->orphans = orphans ? "true" : "false";
	return 0;
}

/* Less than nothing is a second, as upstream has it: the shortest time that is one. */
static void
set_grace(int64_t seconds, pv_call *call)
{
	call->grace_seconds = seconds < 0 ? 1 : seconds;
}

/* "abc" and "0" are versions that no object has. */
static void
expect_version(const char *text, pv_call *call)
{
	int64_t rev;

	call->expect_rev = 0;
	if (!text)
		return;
	if (pv_parse_int(pv_str_of(text), &rev) && rev > 0) {
		call->expect_rev = rev;
		return;
	}
	call->expect_rev = -1;
	call->expect_text = text;
}

static int
read_options(request *q, const pv_val *o, pv_call *call)
{
	const pv_val *dry = pv_get(o, "dryRun");

	call->propagation = pv_text_at(o, "propagationPolicy", call->propagation);
	if (pv_get(o, "gracePeriodSeconds"))
		set_grace(pv_i64_at(o, "gracePeriodSeconds", 0), call);
	call->expect_uid = pv_text_at(o, "preconditions.uid", NULL);
	expect_version(pv_text_at(o, "preconditions.resourceVersion", NULL), call);
	if (pv_is(pv_get(o, "orphanDependents"), PV_BOOL) &&
	    set_orphans(q, pv_truth_at(o, "orphanDependents", false), call) < 0)
		return -PV_EINVALID;
	for (size_t i = 0; i < pv_count(dry); i++) {
		if (!pv_streq(pv_text(pv_item(dry, i), ""), "All"))
			return api_bad_option(q->cx, "DeleteOptions", "dryRun", "FieldValueNotSupported",
					      "Unsupported value: %s: supported values: \"All\"",
					      pv_json_text(q->cx->arena, dry));
		call->dry_run = true;
	}
	return 0;
}

/* Clients send these options in the version of what they delete, in that of the options, or in any other. */
int
body_delete_options(request *q, const pv_val *options, pv_call *call)
{
	const char *kind = pv_text_at(options, "kind", "DeleteOptions"),
		   *version = pv_text_at(options, "apiVersion", "v1");
	int r = 0;

	if (pv_is(options, PV_NULL))
		options = NULL;
	if (options && !pv_is(options, PV_OBJECT))
		r = pv_fail(q->cx, PV_EBADREQUEST, "DeleteOptions: expected an object, found a %s",
			    pv_type_name(options));
	if (r == 0 && !pv_streq(kind, "DeleteOptions"))
		r = pv_fail(q->cx, PV_EBADREQUEST,
			    "decoded object cannot be converted to DeleteOptions: found the kind %.*s",
			    PV_CLIP(kind));
	if (r == 0)
		r = api_check_types(q->cx, pv_registry_type(q->api->registry, "meta.v1.DeleteOptions"),
				    options, "", version, "DeleteOptions");
	if (r == 0 && options)
		r = read_options(q, options, call);
	return r == 0 ? check_propagation(q, call) : r;
}

/* Without a body the query says them; an empty one says nothing. */
static void
query_preconditions(request *q, pv_call *call)
{
	const char *uid = pv_http_query(q->http, "uid"), *rev = pv_http_query(q->http, "resourceVersion");

	call->expect_uid = uid && uid[0] ? uid : NULL;
	expect_version(rev && rev[0] ? rev : NULL, call);
}

int
body_options(request *q, pv_call *call)
{
	const char *grace = pv_http_query(q->http, "gracePeriodSeconds");
	const pv_val *o = NULL;
	pv_vec duplicates;
	int64_t seconds = 0;
	int r = query_write(q, "DeleteOptions", call);

	call->propagation = pv_http_query(q->http, "propagationPolicy");
	if (r == 0 && pv_http_query(q->http, "orphanDependents"))
		r = set_orphans(q, query_flag(q, "orphanDependents"), call);
	if (r == 0 && grace && !pv_parse_int(pv_str_of(grace), &seconds))
		r = pv_fail(q->cx, PV_EBADREQUEST,
			    "gracePeriodSeconds: Invalid value: \"%s\": expected seconds", grace);
	else if (grace)
		set_grace(seconds, call);
	if (r == 0 && !pv_http_body(q->http).len)
		query_preconditions(q, call);
	if (r == 0 && pv_http_body(q->http).len)
		r = body_object(q, &o, &duplicates);
	if (r == 0)
		r = body_delete_options(q, o, call);
	call->unsaid = !call->propagation;
	return r;
}
