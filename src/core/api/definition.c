/* definition: what the API server does for CustomResourceDefinitions beyond their schema: the registry
 * follows them, and one that is deleted takes its objects along.  In this order, so that nothing is lost by
 * a deletion that somebody refuses and nothing stays behind after a crash: admission is asked of the
 * definition alone; it is marked, and kept by a finalizer while it has objects; they go, past admission;
 * the last one takes the definition along. */
#include "base/map.h"
#include "core/api/builtin.h"
#include "core/fields/fields.h"

#define FINALIZER "customresourcecleanup.apiextensions.k8s.io"
#define CLEANER "system:pave:customresourcecleanup"

bool
definition_is(const pv_resource *res)
{
	return pv_streq(res->type, "apiextensions.k8s.io/CustomResourceDefinition");
}

/* ---- formats that nobody checks ---- */

#define MOST_DEEP 200

static void formats_of(const pv_val *schema, pv_map *seen, pv_vec *order, size_t depth);

static void
formats_of_each(const pv_val *schemas, pv_map *seen, pv_vec *order, size_t depth)
{
	for (size_t i = 0; pv_is(schemas, PV_OBJECT) && i < pv_count(schemas); i++)
		formats_of(&pv_sorted(schemas, i)->val, seen, order, depth);
}

/* Formats of texts that are not known, each once. */
static void
formats_of(const pv_val *schema, pv_map *seen, pv_vec *order, size_t depth)
{
	const char *format = pv_text(pv_get(schema, "format"), "");

	if (!pv_is(schema, PV_OBJECT) || depth > MOST_DEEP)
		return;
	if (*format && pv_streq(pv_text(pv_get(schema, "type"), ""), "string") &&
	    !pv_format_is_known(format) && !pv_map_puts(seen, format, seen))
		pv_vec_push(order, &format);
	formats_of_each(pv_get(schema, "properties"), seen, order, depth + 1);
	formats_of(pv_get(schema, "additionalProperties"), seen, order, depth + 1);
	formats_of(pv_get(schema, "items"), seen, order, depth + 1);
}

static void
formats_of_crd(const pv_val *crd, pv_map *seen, pv_vec *order)
{
	const pv_val *versions = pv_at(crd, "spec.versions");

	for (size_t i = 0; i < pv_count(versions); i++)
		formats_of(pv_at(pv_item(versions, i), "schema.openAPIV3Schema"), seen, order, 0);
}

static void
warn_of_formats(pv_ctx *cx, const write_op *w, const pv_val *crd)
{
	pv_map *seen = pv_map_new(cx->arena);
	pv_vec old, new;

	if (w->old && pv_eq(pv_get(crd, "spec"), pv_get(w->old, "spec")))
		return;
	pv_vec_init(&old, cx->arena, sizeof(const char *));
	pv_vec_init(&new, cx->arena, sizeof(const char *));
	formats_of_crd(w->old, seen, &old);
	formats_of_crd(crd, seen, &new);
	for (size_t i = 0; i < new.len; i++)
		api_warn(cx, w->warnings, "unrecognized format \"%s\"", *PV_AT(const char *, &new, i));
}

int
definition_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const pv_val *asked = *object;
	pv_fields_write by = {
		.resource = w->res, .subresource = "status", .manager = "kube-apiserver", .now_ns = w->now};
	int r;

	if (w->sub[0] || meta_deleting(*object))
		return 0;
	warn_of_formats(cx, w, *object);
	r = pv_registry_crd_status(cx, w->api->registry, *object, w->old, object);
	return r == 0 && meta_get(asked, "managedFields") ? pv_fields_update(cx, &by, asked, object) : r;
}

/* Its kind; NULL if that is another's, for its names were not accepted. */
static const pv_resource *
kind_of(pv_ctx *cx, pv_api *api, const pv_val *crd)
{
	const char *type = pv_printf(cx->arena, "%s/%s", pv_text_at(crd, "spec.group", ""),
				     pv_text_at(crd, "spec.names.kind", ""));
	const pv_resource *res = pv_resource_of_type(cx, api->registry, type);

	return res && res->crd && pv_streq(meta_text(res->crd, "uid"), meta_text(crd, "uid")) ? res : NULL;
}

/* ---- its end ---- */

const pv_val *
definition_keep(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const pv_resource *res = definition_is(w->res) ? kind_of(cx, w->api, object) : NULL;

	if (!res || pv_store_count(w->api->store, res->type) == 0)
		return object;
	return meta_with_finalizer(cx, object, FINALIZER, true);
}

/* Takes the finalizer off, which deletes the definition. */
static int
uncleaned(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret)
{
	(void)arg;
	*ret = meta_with_finalizer(cx, w->old, FINALIZER, false);
	return 0;
}

static int
let_go(pv_ctx *cx, pv_api *api, const char *name)
{
	pv_call call = {.ns = "", .name = name, .subresource = "", .manager = "pave", .past_admission = true};
	outcome out;
	write_op end;
	int r;

	call.resource =
		pv_resource_of_kind(cx, api->registry, "apiextensions.k8s.io/v1", "CustomResourceDefinition");
	r = write_begin(cx, api, &call, PV_OP_UPDATE, "update", PV_V_UPDATE, &end);
	if (r == 0)
		r = write_load(cx, &end);
	if (r == 0 && meta_deleting(end.old) && meta_has_finalizer(end.old, FINALIZER))
		r = op_change(cx, &end, uncleaned, NULL, &out);
	if (r == -PV_ENOTFOUND) { /* somebody was faster */
		(void)pv_recover(cx);
		r = 0;
	}
	return r;
}

static int
delete_each(pv_ctx *cx, pv_api *api, const pv_resource *res, const pv_listing *all)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < all->len; i++) {
		const pv_key *key = pv_rec_key(all->recs[i]);
		pv_call call = {.resource = res,
				.ns = key->ns,
				.name = key->name,
				.subresource = "",
				.grace_seconds = -1,
				.past_admission = true,
				.reason = "its kind is being deleted"};
		outcome out;

		r = op_delete(cx, api, &call, &out);
		if (r == -PV_ENOTFOUND) {
			(void)pv_recover(cx);
			r = 0;
		}
	}
	return r;
}

/* The objects of res go, and then its definition, if there is still one. */
static int
empty(pv_ctx *cx, pv_api *api, const pv_resource *res)
{
	const pv_identity *caller = pv_auth_identity(cx);
	pv_list_query query = {.type = res->type};
	pv_listing all;
	int r = pv_store_list(cx, api->store, &query, &all);

	pv_auth_internal(cx, CLEANER);
	if (r == 0)
		r = delete_each(cx, api, res, &all);
	if (r == 0 && pv_store_count(api->store, res->type) == 0)
		r = let_go(cx, api, meta_text(res->crd, "name"));
	cx->identity = (void *)(uintptr_t)caller;
	return r;
}

static int
empty_of(pv_ctx *cx, pv_api *api, const pv_val *crd)
{
	const pv_resource *res = kind_of(cx, api, crd);

	return res ? empty(cx, api, res) : 0;
}

int
definition_empty(pv_ctx *cx, const write_op *w)
{
	return definition_is(w->res) && !w->call->dry_run ? empty_of(cx, w->api, w->old) : 0;
}

/* ---- after a write ---- */

/* Who was let in before the kind went must not stay when it has gone. */
static int
object_made(pv_ctx *cx, const write_op *w)
{
	const pv_resource *now = pv_resource_of_type(cx, w->api->registry, w->res->type);

	return now && !(now->crd && meta_deleting(now->crd)) ? 0 : empty(cx, w->api, w->res);
}

static int
unchanged(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret)
{
	(void)cx;
	(void)arg;
	*ret = w->old;
	return 0;
}

/* Names are free again: the status of those that wanted them says so, and their kinds are served. */
static int
names_freed(pv_ctx *cx, const write_op *w)
{
	const pv_identity *caller = pv_auth_identity(cx);
	pv_list_query query = {.type = w->res->type};
	pv_listing all;
	int r = pv_store_list(cx, w->api->store, &query, &all);

	pv_auth_internal(cx, CLEANER);
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		pv_call call = {.resource = w->res,
				.ns = "",
				.name = pv_rec_key(all.recs[i])->name,
				.subresource = "",
				.past_admission = true};
		write_op again;
		outcome out;

		if (pv_crd_established(pv_rec_val(all.recs[i])) &&
		    pv_crd_has_condition(pv_rec_val(all.recs[i]), "NamesAccepted"))
			continue;
		r = write_begin(cx, w->api, &call, PV_OP_UPDATE, "update", PV_V_UPDATE, &again);
		if (r == 0)
			r = op_change(cx, &again, unchanged, NULL, &out);
		if (r == -PV_ENOTFOUND) {
			(void)pv_recover(cx);
			r = 0;
		}
	}
	cx->identity = (void *)(uintptr_t)caller;
	return r;
}

/* Until the revision of now objects were shaped as the schema was before. */
static const pv_val *
in_force_from_now(pv_ctx *cx, const write_op *w, const pv_val *crd)
{
	pv_val now = pv_stringf(cx->arena, "%lld", (long long)pv_store_rev(w->api->store));

	return pv_box(cx->arena, meta_with(cx, crd, "resourceVersion", now));
}

int
definition_stored(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const pv_val *serves = object && pv_crd_established(object) ? object : NULL;
	int r;

	if (w->res->crd)
		return object && w->operation == PV_OP_CREATE ? object_made(cx, w) : 0;
	if (!definition_is(w->res) || (object && w->sub[0]))
		return 0;
	if (serves)
		serves = in_force_from_now(cx, w, serves);
	r = pv_registry_put_crd(cx, w->api->registry, w->name, serves);
	if (r < 0 || (object && (!w->old || pv_eq(pv_at(object, "status.acceptedNames"),
						  pv_at(w->old, "status.acceptedNames")))))
		return r;
	return names_freed(cx, w);
}

int
definition_gone(pv_ctx *cx, const write_op *w)
{
	const pv_identity *caller = pv_auth_identity(cx);
	int r;

	if (!w->res->crd || pv_store_count(w->api->store, w->res->type) > 0)
		return 0;
	pv_auth_internal(cx, CLEANER);
	r = let_go(cx, w->api, meta_text(w->res->crd, "name"));
	cx->identity = (void *)(uintptr_t)caller;
	return r;
}

int
definition_open(pv_ctx *cx, const write_op *w)
{
	if (!w->res->crd || !meta_deleting(w->res->crd))
		return 0;
	return pv_fail(cx, PV_EMETHOD, "create not allowed while custom resource definition is terminating");
}

int
pv_api_resume(pv_ctx *cx, pv_api *api)
{
	pv_list_query query = {.type = "apiextensions.k8s.io/CustomResourceDefinition"};
	pv_listing all;
	int r = pv_store_list(cx, api->store, &query, &all);

	for (size_t i = 0; r == 0 && i < all.len; i++) {
		pv_str text = pv_rec_json(all.recs[i]);
		const pv_val *crd;

		if (!memmem(text.s, text.len, "deletionTimestamp", strlen("deletionTimestamp")))
			continue; /* nearly all of them: none is parsed for that */
		crd = pv_rec_val(all.recs[i]);
		if (meta_deleting(crd) && meta_has_finalizer(crd, FINALIZER))
			r = empty_of(cx, api, crd);
	}
	return r;
}
