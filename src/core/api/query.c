/* Query parameters: ListOptions, CreateOptions and their kin, with selectors and
 * continue tokens ({"v":"meta.k8s.io/v1","rv":N,"start":"ns/name\0"}, base64). */
#include <string.h>

#include "base/time.h"
#include "core/api/http.h"
#include "core/kinds/names.h"
#include "lang/json/go.h"
#include "lang/selector/selector.h"

#define MANAGER_LIMIT 128 /* bytes of a field manager's name, as upstream */

bool
query_flag(request *q, const char *name)
{
	const char *v = pv_http_query(q->http, name);

	return v && !pv_streq(v, "0") && !pv_streq(v, "false") && !pv_streq(v, "False") &&
	       !pv_streq(v, "FALSE");
}

/* ---- writes ---- */

static int
check_validation(request *q, const char *kind, pv_call *call)
{
	const char *mode = pv_http_query(q->http, "fieldValidation");

	if (!mode || !mode[0])
		return 0;
	call->validation = mode;
	if (pv_streq(mode, "Strict") || pv_streq(mode, "Warn") || pv_streq(mode, "Ignore"))
		return 0;
	return api_bad_option(
		q->cx, kind, "fieldValidation", "FieldValueNotSupported",
		"Unsupported value: \"%s\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"", mode);
}

/* The part of User-Agent before the slash names those who do not say. */
static const char *
manager_of(request *q)
{
	const char *asked = pv_http_query(q->http, "fieldManager"),
		   *agent = pv_http_header(q->http, "User-Agent");

	if (asked && asked[0])
		return asked;
	if (!agent || !agent[0])
		return "unknown";
	agent = pv_strndup(q->cx->arena, agent, strcspn(agent, "/"));
	return pv_strndup(q->cx->arena, agent, pv_str_clip(agent, MANAGER_LIMIT).len);
}

/* Each of them, the empty one too, must be All. */
static int
query_dry_run(request *q, const char *kind, pv_call *call)
{
	const char *one;
	bool fine = true;
	pv_listb all;
	pv_val list;

	pv_listb_init(&all, q->cx->arena);
	for (int i = 0; (one = pv_http_query_at(q->http, "dryRun", i)) != NULL; i++) {
		pv_listb_add(&all, pv_string_ref(one));
		fine = fine && pv_streq(one, "All");
	}
	list = pv_listb_end(&all);
	call->dry_run = pv_count(&list) > 0;
	return fine ? 0
		    : api_bad_option(q->cx, kind, "dryRun", "FieldValueNotSupported",
				     "Unsupported value: %s: supported values: \"All\"",
				     pv_json_text(q->cx->arena, &list));
}

int
query_write(request *q, const char *kind, pv_call *call)
{
	const char *asked = pv_http_query(q->http, "fieldManager"), *why;
	int r;

	call->resource = q->t.res;
	call->ns = q->t.ns;
	call->name = q->t.name;
	call->subresource = q->t.sub;
	call->manager = manager_of(q);
	call->asked = asked && asked[0] ? asked : NULL;
	call->warnings = &q->warnings;
	call->notes = &q->notes;
	call->grace_seconds = -1;
	r = query_dry_run(q, kind, call);
	if (r < 0)
		return r;
	if (asked && strlen(asked) > MANAGER_LIMIT)
		return api_bad_option(q->cx, kind, "fieldManager", "FieldValueTooLong",
				      "Too long: may not be more than %d bytes", MANAGER_LIMIT);
	why = asked ? pv_name_manager(q->cx->arena, pv_str_of(asked)) : NULL;
	if (why)
		return api_bad_option(
			q->cx, kind, "fieldManager", "FieldValueInvalid", "Invalid value: %s: %s",
			pv_json_text(q->cx->arena, pv_box(q->cx->arena, pv_string_ref(asked))), why);
	return check_validation(q, kind, call);
}

/* ---- field selectors ---- */

/* The watch of one object is that of a list of one.  selected: there is a selector, which must say the same. */
static int
select_named(request *q, bool selected, fields_query *ret)
{
	pv_field_term term = {"metadata.name", pv_strdup(q->cx->arena, q->t.name), true};

	if (!q->t.watched || !q->t.name[0])
		return 0;
	if (selected && !pv_streq(ret->name, q->t.name))
		return pv_fail(q->cx, PV_EBADREQUEST,
			       "fieldSelector metadata.name doesn't match requested name");
	if (!selected)
		pv_vec_push(&ret->terms, &term);
	ret->name = term.value;
	return 0;
}

/* A built-in kind without fields of its own has other words. */
static int
unknown_field(request *q, const char *field)
{
	const pv_resource *res = q->t.res;

	if (pv_streq(res->type, "batch/Job"))
		return pv_fail(q->cx, PV_EBADREQUEST, "field label \"%s\" not supported for Job", field);
	if (pv_streq(res->type, "resource.k8s.io/ResourceSlice"))
		return pv_fail(q->cx, PV_EBADREQUEST, "field label not supported for %s, Kind=%s: %s",
			       res->api_version, res->kind, field);
	if (res->crd || (res->selectable && res->selectable[0]))
		return pv_fail(q->cx, PV_EBADREQUEST, "field label not supported: %s", field);
	return pv_fail(q->cx, PV_EBADREQUEST,
		       "\"%s\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
		       field);
}

static int
parse_fields(request *q, const char *text, fields_query *ret)
{
	int r;

	ret->res = q->t.res;
	pv_vec_init(&ret->terms, q->cx->arena, sizeof(pv_field_term));
	if (!text || !text[0])
		return select_named(q, false, ret);
	r = pv_field_selector_parse(q->cx, text, &ret->terms);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ret->terms.len; i++) {
		const pv_field_term *term = PV_AT(pv_field_term, &ret->terms, i);
		const char *const *known = q->t.res->selectable;

		if (pv_streq(term->field, "metadata.name")) {
			if (term->equal)
				ret->name = term->value;
			continue;
		}
		if (pv_streq(term->field, "metadata.namespace")) {
			if (term->equal)
				ret->ns = term->value;
			continue;
		}
		while (known && *known && !pv_streq(*known, term->field))
			known++;
		if (!known || !*known)
			return unknown_field(q, term->field);
		if (api_converts(q->t.res) && !q->t.res->storage)
			return pv_fail(
				q->cx, PV_EUNSUPPORTED,
				"fieldSelector %s: objects are selected as they are stored, and a webhook "
				"makes version %s of them: select by label or metadata.name, or in the "
				"version that is stored",
				term->field, q->t.res->version);
	}
	return select_named(q, true, ret);
}

static bool
term_matches(pv_ctx *cx, const fields_query *f, const pv_field_term *term, const pv_key *key,
	     const pv_val *object)
{
	const char *value;

	if (pv_streq(term->field, "metadata.name"))
		value = key->name;
	else if (pv_streq(term->field, "metadata.namespace"))
		value = key->ns;
	else
		value = pv_resource_field(cx, f->res, object, term->field);
	return pv_streq(value ? value : "", term->value) == term->equal;
}

static bool
matches(pv_ctx *cx, const list_options *o, const pv_key *key, const pv_val *object, const pv_rec *rec)
{
	for (size_t i = 0; i < o->fields.terms.len; i++) {
		const pv_field_term *term = PV_AT(pv_field_term, &o->fields.terms, i);
		bool meta = pv_starts_with(term->field, "metadata.name");

		if (!object && !meta)
			object = pv_rec_val(rec);
		if (!term_matches(cx, &o->fields, term, key, object))
			return false;
	}
	if (!o->labels)
		return true;
	if (!object)
		object = pv_rec_val(rec);
	return pv_selector_match(o->labels, pv_at(object, "metadata.labels"));
}

bool
query_matches(pv_ctx *cx, const list_options *o, const pv_rec *rec)
{
	return !o->selective || matches(cx, o, pv_rec_key(rec), NULL, rec);
}

bool
query_matches_val(pv_ctx *cx, const list_options *o, const pv_val *object)
{
	pv_key key = {"", meta_text(object, "namespace"), meta_text(object, "name")};

	return !o->selective || matches(cx, o, &key, object, NULL);
}

/* ---- lists ---- */

char *
query_continue(pv_arena *arena, int64_t rev, const char *ns, const char *name)
{
	char *start = pv_printf(arena, "%s%s%s", ns, ns[0] ? "/" : "", name);
	pv_objb b;
	pv_val token;
	char *text;

	pv_objb_init(&b, arena);
	pv_objb_put(&b, "v", pv_string_ref("meta.k8s.io/v1"));
	pv_objb_put(&b, "rv", pv_int(rev));
	pv_objb_put(&b, "start", pv_string_ref(start));
	token = pv_objb_end(&b);
	text = pv_json_text(arena, &token);
	return pv_base64(arena, text, strlen(text), true);
}

static int
bad_continue(request *q, const char *why)
{
	return pv_fail(q->cx, PV_EBADREQUEST, "invalid continue token: continue key is not valid: %s", why);
}

static int
parse_continue(request *q, const char *text, list_options *o)
{
	size_t len = 0;
	uint8_t *bytes = pv_unbase64(q->cx->arena, pv_str_of(text), true, &len);
	const pv_val *token = NULL;
	const char *start, *slash;

	if (!bytes)
		return bad_continue(q, "illegal base64 data");
	if (pv_json_parse(q->cx, (pv_str){(const char *)bytes, len}, NULL, &token) < 0) {
		const char *fault = pv_json_go_fault(q->cx->arena, q->cx->err->message);

		(void)pv_recover(q->cx);
		return bad_continue(q, fault);
	}
	start = pv_text_at(token, "start", "");
	if (!pv_streq(pv_text_at(token, "v", ""), "meta.k8s.io/v1") || !start[0])
		return bad_continue(q, pv_printf(q->cx->arena,
						 "server does not recognize this encoded version %.*s",
						 PV_CLIP(pv_text_at(token, "v", ""))));
	o->rev = pv_i64_at(token, "rv", 0);
	if (o->rev == 0)
		return pv_fail(q->cx, PV_EBADREQUEST,
			       "invalid continue token: continue key is not valid: incorrect encoded start "
			       "resourceVersion (version meta.k8s.io/v1)");
	o->exact = o->rev > 0;
	if (o->rev < 0)
		o->rev = 0; /* the rest of an expired list, as it is now */
	slash = strchr(start, '/');
	o->after_ns = slash ? pv_strndup(q->cx->arena, start, (size_t)(slash - start)) : "";
	o->after_name = slash ? slash + 1 : start;
	return 0;
}

static int
parse_rev(request *q, const char *text, bool listed, int64_t *ret)
{
	if (pv_parse_int(pv_str_of(text), ret) && *ret >= 0)
		return 0;
	return pv_fail(q->cx, PV_EBADREQUEST,
		       "%sresourceVersion: Invalid value: \"%s\": strconv.ParseUint: parsing \"%s\": %s",
		       listed ? "invalid resource version: " : "", text, text,
		       text[strspn(text, "0123456789")] ? "invalid syntax" : "value out of range");
}

#define FORBIDDEN "FieldValueForbidden", "resourceVersionMatch", "Forbidden: resourceVersionMatch "

/* Which combinations there are: apimachinery metainternalversion/validation. */
static void
check_watch(pv_ctx *cx, const list_options *o, const char *match, bool continued, pv_vec *causes)
{
	bool newer = pv_streq(match, "NotOlderThan");

	if (o->initial_given && !newer)
		api_cause(
			cx, causes, "FieldValueForbidden", "resourceVersionMatch",
			"Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
	if (continued)
		api_cause(cx, causes, FORBIDDEN "is forbidden when continue is provided");
	if (!match[0])
		return;
	if (!o->initial_given)
		api_cause(cx, causes,
			  FORBIDDEN "is forbidden for watch unless sendInitialEvents is provided");
	if (!newer)
		api_cause(cx, causes, "FieldValueNotSupported", "resourceVersionMatch",
			  "Unsupported value: \"%s\": supported values: \"NotOlderThan\"", match);
}

static void
check_list(pv_ctx *cx, const list_options *o, const char *match, const char *rev, bool continued,
	   pv_vec *causes)
{
	if (match[0] && !rev[0])
		api_cause(cx, causes, FORBIDDEN "is forbidden unless resourceVersion is provided");
	if (match[0] && continued)
		api_cause(cx, causes, FORBIDDEN "is forbidden when continue is provided");
	if (match[0] && !pv_streq(match, "Exact") && !pv_streq(match, "NotOlderThan"))
		api_cause(cx, causes, "FieldValueNotSupported", "resourceVersionMatch",
			  "Unsupported value: \"%s\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
			  match);
	if (pv_streq(match, "Exact") && pv_streq(rev, "0"))
		api_cause(cx, causes, FORBIDDEN "\"exact\" is forbidden for resourceVersion \"0\"");
	if (o->initial_given)
		api_cause(cx, causes, "FieldValueForbidden", "sendInitialEvents",
			  "Forbidden: sendInitialEvents is forbidden for list");
}

static int
check_match(request *q, const list_options *o, const char *match, const char *rev, const char *token)
{
	bool continued = token && token[0];
	pv_vec causes;

	pv_vec_init(&causes, q->cx->arena, sizeof(pv_cause));
	if (o->watch)
		check_watch(q->cx, o, match ? match : "", continued, &causes);
	else
		check_list(q->cx, o, match ? match : "", rev ? rev : "", continued, &causes);
	return causes.len ? api_bad_options(q->cx, "ListOptions", &causes) : 0;
}

/* Nothing is ahead of this server but a client that talked to another one. */
static int
check_future(request *q, int64_t rev)
{
	int64_t now = pv_store_rev(q->api->store);
	int r;

	if (rev <= now)
		return 0;
	r = pv_fail(q->cx, PV_ETIMEOUT, "Timeout: Too large resource version: %lld, current: %lld",
		    (long long)rev, (long long)now);
	pv_add_cause(q->cx, "ResourceVersionTooLarge", "", "Too large resource version");
	q->cx->err->retry_after = 1;
	return r;
}

static int
query_revision(request *q, list_options *o)
{
	const char *match = pv_http_query(q->http, "resourceVersionMatch");
	const char *rev = pv_http_query(q->http, "resourceVersion"),
		   *token = pv_http_query(q->http, "continue");
	int r = check_match(q, o, match, rev, token);

	if (r < 0)
		return r;
	if (token && token[0] && !o->watch) {
		r = parse_continue(q, token, o);
		if (r == 0 && rev && rev[0] && !pv_streq(rev, "0"))
			r = pv_fail(q->cx, PV_EBADREQUEST,
				    "specifying resource version is not allowed when using continue");
		return r;
	}
	if (rev && rev[0]) {
		r = parse_rev(q, rev, !o->watch, &o->rev);
		if (r == 0)
			r = check_future(q, o->rev);
		o->rev_given = true;
	}
	if (r == 0 && !o->watch && pv_streq(rev, "0"))
		o->limit = 0; /* from wherever: as from upstream's cache, all at once; 00 is no such word */
	if (r == 0 && !o->watch)
		o->exact = o->rev > 0 && (pv_streq(match, "Exact") || ((!match || !match[0]) && o->limit));
	return r;
}

/* A GET may ask for an object that is not older than what its client has seen. */
int
query_get(request *q)
{
	const char *rev = pv_http_query(q->http, "resourceVersion");
	int64_t asked = 0;
	int r = rev && rev[0] ? parse_rev(q, rev, false, &asked) : 0;

	return r < 0 ? r : check_future(q, asked);
}

int
query_list(request *q, list_options *ret)
{
	const char *labels = pv_http_query(q->http, "labelSelector"),
		   *fields = pv_http_query(q->http, "fieldSelector");
	const char *limit = pv_http_query(q->http, "limit"),
		   *timeout = pv_http_query(q->http, "timeoutSeconds");
	list_options o = {.watch = q->t.watched || query_flag(q, "watch"),
			  .bookmarks = query_flag(q, "allowWatchBookmarks")};
	int64_t n = 0;
	int r = 0;

	o.initial = query_flag(q, "sendInitialEvents");
	o.initial_given = pv_http_query(q->http, "sendInitialEvents") != NULL;
	if (labels && labels[0])
		r = pv_selector_parse(q->cx, labels, &o.labels);
	if (r == 0)
		r = parse_fields(q, fields, &o.fields);
	if (r == 0 && limit && limit[0] && !pv_parse_int(pv_str_of(limit), &n))
		r = pv_fail(q->cx, PV_EBADREQUEST, "limit: Invalid value: \"%s\": expected a number", limit);
	o.limit = n > 0 ? (size_t)n : 0; /* none of less than one */
	n = 0;
	if (r == 0 && timeout && timeout[0] && (!pv_parse_int(pv_str_of(timeout), &n) || n > 1000000))
		r = pv_fail(q->cx, PV_EBADREQUEST, "timeoutSeconds: Invalid value: \"%s\": expected seconds",
			    timeout);
	o.timeout_ns = n < 0 ? 1 : pv_seconds(n); /* what has ended before it began says what there is */
	if (r == 0)
		r = query_revision(q, &o);
	o.selective = (o.labels && !pv_selector_everything(o.labels)) || o.fields.terms.len;
	if (!o.selective)
		o.labels = NULL;
	*ret = o;
	return r;
}
