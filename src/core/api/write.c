/* The steps that every write goes through. */
#include <math.h>
#include <string.h>

#include "base/turn.h"
#include "base/time.h"
#include "core/api/builtin.h"
#include "lang/json/go.h"
#include "lang/json/json.h"

int
write_begin(pv_ctx *cx, pv_api *api, const pv_call *call, enum pv_operation operation, const char *verb,
	    unsigned bit, write_op *ret)
{
	write_op w = {
		.api = api, .call = call, .res = call->resource, .operation = operation, .now = pv_now()};
	pv_attributes what;

	w.ns = call->ns ? call->ns : "";
	w.name = call->name ? call->name : "";
	w.sub = call->subresource ? call->subresource : "";
	w.warnings = call->warnings;
	if (!w.warnings) {
		w.warnings = pv_new(cx->arena, pv_vec);
		pv_vec_init(w.warnings, cx->arena, sizeof(const char *));
	}
	what = (pv_attributes){verb, w.res->group, w.res->plural, w.sub, w.ns, w.name, NULL, NULL};
	what.ns = api_place(what.group, what.resource, w.ns, w.name);
	*ret = w;
	if (w.sub[0] == '\0' && !(w.res->verbs & bit))
		return pv_fail(
			cx, PV_EMETHOD,
			"the server does not allow this method on the requested resource: %s cannot %s",
			api_qualified(cx->arena, w.res), verb);
	return call->permitted ? 0 : pv_auth_check(cx, api->auth, &what);
}

/* Of what is posted to a subresource, clients still send the first versions: their shape is the same. */
static bool
is_older(const char *version, const char *kind)
{
	return (pv_streq(version, "policy/v1beta1") && pv_streq(kind, "Eviction")) ||
	       (pv_streq(version, "extensions/v1beta1") && pv_streq(kind, "Scale"));
}

static int
check_envelope(pv_ctx *cx, const pv_val *object, const char *kind)
{
	static const char *const keys[] = {"apiVersion", "kind"};

	for (size_t i = 0; i < PV_LEN(keys); i++) {
		const pv_val *v = pv_get(object, keys[i]);

		if (v && !pv_is(v, PV_STRING) && !pv_is(v, PV_NULL))
			return pv_fail(
				cx, PV_EBADREQUEST,
				"the object provided is unrecognized (must be of type %s): %s: expected a string, "
				"found a %s",
				kind, keys[i], pv_type_name(v));
	}
	return 0;
}

int
api_is_kind(pv_ctx *cx, const pv_val *object, const char *api_version, const char *kind)
{
	const char *found = pv_text_at(object, "kind", ""),
		   *version = pv_text_at(object, "apiVersion", api_version);
	const char *slash = strchr(version, '/');
	int r = check_envelope(cx, object, kind);

	if (r < 0)
		return r;
	if (*version && !pv_streq(version, api_version) && !is_older(version, kind))
		return pv_fail(
			cx, PV_EBADREQUEST,
			"the API version in the data (%.*s) does not match the expected API version (%s)",
			PV_CLIP(version), api_version);
	if (*found && !pv_streq(found, kind))
		return pv_fail(
			cx, PV_EBADREQUEST,
			"%.*s in version \"%s\" cannot be handled as a %s: expected kind \"%s\", letter for letter",
			PV_CLIP(found), slash ? slash + 1 : version, kind, kind);
	return 0;
}

static int
identify_kind(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const char *kind = pv_text_at(*object, "kind", ""), *version = pv_text_at(*object, "apiVersion", "");
	int r = check_envelope(cx, *object, w->res->kind);

	if (r < 0)
		return r;
	if (!kind[0] && !w->res->crd)
		*object = pv_box(cx->arena, pv_with(cx->arena, *object, "kind", pv_string_ref(w->res->kind)));
	else if (!kind[0])
		return pv_fail(
			cx, PV_EBADREQUEST,
			"the object provided is unrecognized (must be of type %s): Object 'Kind' is missing",
			w->res->kind);
	if (!version[0] && !w->res->crd)
		*object = pv_box(cx->arena, pv_with(cx->arena, *object, "apiVersion",
						    pv_string_ref(w->res->api_version)));
	if (!w->res->crd || !pv_streq(version, w->res->api_version))
		return api_is_kind(cx, *object, w->res->api_version, w->res->kind);
	if (!pv_streq(kind, w->res->kind)) {
		pv_resource claimed = *w->res; /* the text names what the object says it is */
		pv_vec causes;

		pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
		api_cause(cx, &causes, "FieldValueInvalid", "kind", "Invalid value: \"%s\": must be %s", kind,
			  w->res->kind);
		claimed.kind = kind;
		return api_invalid(cx, &claimed, meta_text(*object, "name"), &causes);
	}
	return 0;
}

/* A scalar of the wrong type is told as Go's decoder tells it. */
static int
identify_text(pv_ctx *cx, const write_op *w, const pv_val *object, const char *key)
{
	const pv_val *v = meta_get(object, key);

	if (!v || pv_is(v, PV_STRING) || pv_is(v, PV_NULL))
		return 0;
	(void)pv_fail(
		cx, PV_EBADREQUEST,
		"%s in version \"%s\" cannot be handled as a %s: json: cannot unmarshal %s into Go struct field "
		"ObjectMeta.%s%s of type string",
		w->res->kind, w->res->version, w->res->kind, pv_json_go_kind(v),
		w->res->crd ? "" : "metadata.", key);
	pv_add_cause(cx, "FieldValueTypeInvalid", pv_printf(cx->arena, "metadata.%s", key),
		     "expected a string, found a %s", pv_type_name(v));
	return -PV_EBADREQUEST;
}

static int
identify_map(pv_ctx *cx, const write_op *w, const pv_val *object, const char *key)
{
	const pv_val *v = meta_get(object, key);

	if (!v || pv_is(v, PV_OBJECT) || pv_is(v, PV_NULL))
		return 0;
	return pv_fail(cx, PV_EBADREQUEST,
		       "%s in version \"%s\" cannot be handled as a %s: metadata.%s: expected an object of "
		       "strings, found a %s",
		       w->res->kind, w->res->version, w->res->kind, key, pv_type_name(v));
}

/* The first number that no float64 is; NULL: there is none.  As deep as values may nest. */
static const pv_val *
beyond(const pv_val *v)
{
	const pv_val *found = NULL;

	if (v->type == PV_NUMBER)
		return v->num == PV_DECIMAL && isinf(pv_f64(v, HUGE_VAL)) ? v : NULL;
	if (v->type != PV_OBJECT && v->type != PV_LIST)
		return NULL;
	for (size_t i = 0; !found && i < v->len; i++)
		found = beyond(v->type == PV_OBJECT ? &v->members[i].val : &v->items[i]);
	return found;
}

/* As upstream's decoder refuses it: a maximum or a policy would let it pass. */
static int
identify_numbers(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const pv_val *found = beyond(object);

	return found ? pv_fail(cx, PV_EBADREQUEST,
			       "%s in version \"%s\" cannot be handled as a %s: json: cannot unmarshal number "
			       "%.100s into Go value of type float64",
			       w->res->kind, w->res->version, w->res->kind, pv_json_text(cx->arena, found))
		     : 0;
}

int
write_unnamed(pv_ctx *cx, const write_op *w)
{
	return pv_fail(cx, PV_EBADREQUEST,
		       "the name of the object (%s based on URL) was undeterminable: name must be provided",
		       w->name);
}

int
write_identify(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const char *name, *ns;
	int r;

	if (pv_is(*object, PV_NULL) && !w->res->crd) /* an object of which nothing is said */
		*object = pv_box(cx->arena, pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	if (!pv_is(*object, PV_OBJECT))
		return pv_fail(cx, PV_EBADREQUEST,
			       "the object provided is unrecognized (must be of type %s): expected an "
			       "object, found a %s",
			       w->res->kind, pv_type_name(*object));
	r = identify_kind(cx, w, object);
	if (r == 0)
		r = identify_numbers(cx, w, *object);
	if (r == 0 && pv_get(*object, "metadata") && !pv_is(pv_get(*object, "metadata"), PV_OBJECT))
		r = pv_fail(cx, PV_EBADREQUEST, "metadata: expected an object, found a %s",
			    pv_type_name(pv_get(*object, "metadata")));
	if (r == 0)
		r = identify_text(cx, w, *object, "name");
	if (r == 0)
		r = identify_text(cx, w, *object, "namespace");
	if (r == 0)
		r = identify_map(cx, w, *object, "labels");
	if (r == 0)
		r = identify_map(cx, w, *object, "annotations");
	if (r == 0 && w->res->crd) /* the schema's faults are told one with the other, later */
		r = api_check_types(cx, w->res->meta, pv_get(*object, "metadata"), "metadata",
				    w->res->api_version, w->res->kind);
	else if (r == 0)
		r = api_check_types(cx, w->res->schema, *object, "", w->res->api_version, w->res->kind);
	if (r < 0)
		return r;
	name = meta_text(*object, "name");
	ns = meta_text(*object, "namespace");
	if (w->name[0] && name[0] && !pv_streq(name, w->name))
		return pv_fail(cx, PV_EBADREQUEST,
			       "the name of the object (%s) does not match the name on the URL (%s)", name,
			       w->name);
	if (w->name[0] && !name[0] && w->operation == PV_OP_UPDATE && !w->skip_fields)
		return write_unnamed(cx, w);
	if (w->name[0] && !name[0])
		*object = pv_box(cx->arena, meta_with(cx, *object, "name", pv_string(cx->arena, w->name)));
	if (ns[0] && !w->res->namespaced) /* it has none, whatever it says */
		*object = pv_box(cx->arena, meta_without(cx, *object, "namespace"));
	else if (ns[0] && !pv_streq(ns, w->ns))
		return pv_fail(cx, PV_EBADREQUEST,
			       "the namespace of the provided object does not match the namespace sent on "
			       "the request");
	if (w->res->namespaced && !ns[0])
		*object = pv_box(cx->arena, meta_with(cx, *object, "namespace", pv_string(cx->arena, w->ns)));
	return 0;
}

/* Its causes say the fields, by which clients find their lines; upstream has them in the text only. */
int
api_strict(pv_ctx *cx, const pv_resource *res, const char *version, const pv_vec *unknown,
	   const pv_vec *twice)
{
	return pv_resource_strict(cx, res,
				  pv_printf(cx->arena, "%s in version \"%s\" cannot be handled as a %s: ",
					    res->kind, version, res->kind),
				  unknown, twice);
}

int
write_prune(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const char *mode = w->call->exact                                  ? "Ignore"
			   : w->call->validation && w->call->validation[0] ? w->call->validation
									   : "Warn";
	const pv_vec *twice = w->call->duplicates;
	pv_vec unknown;

	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	*object = pv_resource_prune(cx, w->res, *object, &unknown);
	if (pv_streq(mode, "Strict") && (unknown.len || (twice && twice->len)))
		return api_strict(cx, w->res, w->res->version, &unknown, twice);
	if (pv_streq(mode, "Warn")) {
		for (size_t i = 0; i < unknown.len && w->warnings->len < API_WARNED_MOST; i++)
			api_warn(cx, w->warnings, "unknown field \"%s\"", *PV_AT(const char *, &unknown, i));
		for (size_t i = 0; twice && i < twice->len; i++)
			api_warn(cx, w->warnings, "duplicate field \"%s\"", *PV_AT(const char *, twice, i));
	}
	return 0;
}

int
write_shape(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	int r = write_prune(cx, w, object);

	if (r == 0)
		r = pv_ctx_check(cx);
	if (r == 0)
		*object = pv_resource_said(cx, w->res, *object);
	return r;
}

_Static_assert(PV_DEFAULTS_MOST >= PV_RECORD_MOST, "an object that lacks defaults could be stored");

int
write_namespace(pv_ctx *cx, const write_op *w)
{
	const pv_rec *rec;
	const pv_val *ns;
	int r;

	if (!w->res->namespaced)
		return 0;
	rec = pv_store_find(cx, w->api->store, &(pv_key){"/Namespace", "", w->ns});
	if (!rec && w->call->dry_run && w->call->ns_to_come)
		return 0;
	if (!rec) {
		r = pv_fail(cx, PV_ENOTFOUND, "namespaces \"%s\" not found", w->ns);
		cx->err->kind = "namespaces";
		cx->err->name = pv_strdup(cx->arena, w->ns);
		return r;
	}
	ns = pv_rec_val(rec);
	if (!meta_deleting(ns) || w->operation != PV_OP_CREATE)
		return 0;
	r = api_forbidden(
		cx, w->res, w->name,
		pv_printf(cx->arena,
			  "unable to create new content in namespace %s because it is being terminated",
			  w->ns));
	pv_add_cause(cx, "NamespaceTerminating", "metadata.namespace", "namespace %s is being terminated",
		     w->ns);
	return r;
}

bool
api_plain(const pv_resource *res)
{
	return res->storage && (!res->crd || pv_count(pv_at(res->crd, "status.storedVersions")) <= 1);
}

bool
api_plain_rec(const pv_resource *res, const pv_rec *rec)
{
	return api_plain(res) && pv_rec_rev(rec) >= res->since;
}

const pv_val *
api_stored(pv_ctx *cx, const pv_resource *res, const pv_rec *rec)
{
	const pv_val *object = pv_rec_val(rec);
	const pv_resource *kept;

	if (pv_rec_rev(rec) >= res->since)
		return object;
	kept = pv_resource_version(res, pv_text_at(object, "apiVersion", ""));
	return kept ? pv_resource_default(cx, kept, pv_resource_prune(cx, kept, object, NULL)) : object;
}

int
api_as(pv_ctx *cx, pv_api *api, const pv_resource *res, const pv_rec *rec, const pv_val **ret)
{
	return pv_api_convert(cx, api, res, api_stored(cx, res, rec), ret);
}

int
write_load(pv_ctx *cx, write_op *w)
{
	pv_key key = {w->res->type, w->res->namespaced ? w->ns : "", w->name};

	w->current = pv_store_find(cx, w->api->store, &key);
	if (!w->current)
		return api_not_found(cx, w->res, w->name);
	return api_as(cx, w->api, w->res, w->current, &w->old);
}

/* The store's refusals in the API's words. */
static int
translate(pv_ctx *cx, write_op *w, const char *name, int r)
{
	if (r == -PV_EEXISTS) {
		const pv_key key = {w->res->type, w->res->namespaced ? w->ns : "", name};
		const pv_rec *rec = pv_store_find(cx, w->api->store, &key);

		(void)pv_recover(cx);
		return api_exists(cx, w->res, name, rec && meta_deleting(pv_rec_val(rec)));
	}
	if (r == -PV_ECONFLICT) {
		(void)pv_recover(cx);
		w->raced = true;
		return api_stale(cx, w->res, name);
	}
	if (r == -PV_ENOTFOUND) {
		(void)pv_recover(cx);
		w->raced = true;
		return api_not_found(cx, w->res, name);
	}
	return r;
}

/* Of a crowd that writes one object one gets through at a time, so it takes as many tries as the crowd has heads.
 * But what is large, or asks slow webhooks, keeps a worker from others: the client is told, and comes again. */
#define TRIES 512
#define PATIENCE (30 * PV_SEC)
#define SCRAPS ((size_t)128 << 20) /* bytes that its tries may leave behind */

bool
write_again(const pv_ctx *cx, write_op *w)
{
	if (w->raced && w->tries == 0)
		w->patience = pv_mono() + PATIENCE;
	return w->raced && ++w->tries < TRIES && pv_mono() < w->patience && pv_arena_used(cx->arena) < SCRAPS;
}

static const pv_val *
with_version(pv_ctx *cx, const pv_val *object, int64_t rev)
{
	return pv_box(cx->arena, meta_with(cx, object, "resourceVersion",
					   pv_stringf(cx->arena, "%lld", (long long)rev)));
}

static void
tell_admission(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const pv_admit admit = {.operation = w->operation,
				.resource = w->res,
				.subresource = w->sub,
				.ns = w->ns,
				.name = w->name,
				.object = object,
				.old = w->old,
				.serving = w->api};

	pv_admission_stored(cx, &admit);
}

int
write_commit(pv_ctx *cx, write_op *w, const pv_val *object, int64_t expect, outcome *ret)
{
	const char *name = meta_text(object, "name");
	const pv_resource *kept = w->res;
	const pv_val *shown = NULL;
	pv_write write;
	int r;

	r = pv_ctx_check(cx); /* a policy that is to be ignored when it fails was cut short, too */
	if (r < 0)
		return r;
	if (!kept->storage)
		kept = pv_resource_of_type(cx, w->api->registry, kept->type);
	if (!kept)
		return api_not_found(cx, w->res, name);
	r = pv_api_convert(cx, w->api, kept, object, &object);
	if (r == 0)
		r = pv_api_convert(cx, w->api, w->res, object,
				   &shown); /* before it is written: an error is none afterwards */
	*ret = (outcome){.val = shown};
	write = (pv_write){.key = {w->res->type, w->res->namespaced ? w->ns : "", name}, .expect = expect};
	if (r == 0 && w->call->dry_run && expect == PV_REV_ABSENT &&
	    pv_store_find(cx, w->api->store, &write.key))
		return translate(cx, w, name, pv_fail(cx, PV_EEXISTS, "%s is there", name));
	if (r < 0 || w->call->dry_run)
		return r;
	write.doc = object_ordered(cx, object);
	r = pv_store_write(cx, w->api->store, &write, 1);
	if (r < 0)
		return translate(cx, w, name, r);
	*ret = (outcome){.rec = write.ret, .doc = object};
	if (api_converts(kept) && kept != w->res)
		ret->val = with_version(cx, shown, pv_rec_rev(write.ret));
	write_tell(cx, w, object);
	tell_admission(cx, w, object);
	return definition_stored(cx, w, object);
}

int
write_delete(pv_ctx *cx, write_op *w, outcome *ret)
{
	pv_write write = {.key = {w->res->type, w->res->namespaced ? w->ns : "", w->name},
			  .expect = pv_rec_rev(w->current)};
	int r;

	*ret = (outcome){.val = w->old, .deleted = true};
	if (w->call->dry_run)
		return 0;
	r = pv_store_write(cx, w->api->store, &write, 1);
	if (r < 0)
		return translate(cx, w, w->name, r);
	write_tell(cx, w, NULL);
	tell_admission(cx, w, NULL);
	r = definition_stored(cx, w, NULL);
	return r < 0 ? r : definition_gone(cx, w);
}

const pv_val *
outcome_val(pv_ctx *cx, const write_op *w, const outcome *out)
{
	return out->val ? out->val
			: pv_resource_as(cx, w->res,
					 api_stored(cx, w->res, out->rec)); /* webhooks were asked before */
}
