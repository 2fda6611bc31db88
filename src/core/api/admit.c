/* admit: a write before the hooks of admission: what they are told, who owns what in the object that they
 * are shown, and what is looked at between those that change and those that judge. */
#include <string.h>

#include "base/map.h"
#include "base/turn.h"
#include "core/api/builtin.h"
#include "core/api/change.h"
#include "core/fields/fields.h"
#include "core/kinds/kinds.h"

/* As upstream hands them on: of a patch those of the create or update that it comes to. */
static const pv_val *
options_of(pv_ctx *cx, const write_op *w)
{
	static const char *const kinds[] = {"CreateOptions", "UpdateOptions", "DeleteOptions"};
	const pv_call *call = w->call;
	pv_val all = pv_string_ref("All");
	pv_objb b, conditions;

	if (w->operation == PV_OP_CONNECT)
		return NULL;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", kinds[w->operation]);
	pv_objb_puts(&b, "apiVersion", "meta.k8s.io/v1");
	if (w->operation == PV_OP_DELETE) {
		pv_objb_init(&conditions, cx->arena);
		if (call->grace_seconds >= 0)
			pv_objb_put(&b, "gracePeriodSeconds", pv_int(call->grace_seconds));
		pv_objb_puts(&conditions, "uid", call->expect_uid);
		if (call->expect_rev)
			pv_objb_put(&conditions, "resourceVersion",
				    pv_stringf(cx->arena, "%lld", (long long)call->expect_rev));
		if (call->expect_uid || call->expect_rev)
			pv_objb_put(&b, "preconditions", pv_objb_end(&conditions));
		if (call->orphans)
			pv_objb_put(&b, "orphanDependents", pv_bool(pv_streq(call->orphans, "true")));
		else
			pv_objb_puts(&b, "propagationPolicy", call->propagation);
	}
	if (call->dry_run)
		pv_objb_put(&b, "dryRun", pv_list_of(cx->arena, &all, 1));
	if (w->operation != PV_OP_DELETE) {
		pv_objb_puts(&b, "fieldManager", call->asked);
		pv_objb_puts(&b, "fieldValidation", call->validation);
	}
	return pv_box(cx->arena, pv_objb_end(&b));
}

pv_admit
write_admission(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	pv_admit admit = {.operation = w->operation,
			  .resource = w->res,
			  .subresource = w->sub,
			  .ns = w->ns,
			  .name = w->name,
			  .object = object,
			  .old = w->old,
			  .dry_run = w->call->dry_run,
			  .options = options_of(cx, w),
			  .ns_to_come = w->call->ns_to_come,
			  .identity = pv_auth_identity(cx),
			  .uid = pv_uuid(cx->arena),
			  .warnings = w->warnings,
			  .notes = w->call->notes,
			  .serving = w->api};

	scale_ask(cx, w, &admit);
	return admit;
}

/* Of custom kinds, and only those that this write adds. */
static void
warn_of_finalizers(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	static const char *const known[] = {"orphan", "foregroundDeletion", "kubernetes"};
	const pv_val *list = meta_get(object, "finalizers"),
		     *old = w->old ? meta_get(w->old, "finalizers") : NULL;

	for (size_t i = 0; w->res->crd && i < pv_count(list); i++) {
		const char *name = pv_text(pv_item(list, i), "");
		bool fine = strchr(name, '/') != NULL || pv_list_has(old, pv_item(list, i));

		for (size_t k = 0; k < PV_LEN(known); k++)
			fine = fine || pv_streq(name, known[k]);
		if (!fine)
			api_warn(cx, w->warnings,
				 "metadata.finalizers: \"%s\": prefer a domain-qualified finalizer name %sto "
				 "avoid accidental conflicts with other finalizer writers",
				 name, strchr(name, '.') ? "including a path (/) " : "");
	}
}

/* What a right object's writer should know all the same; before admission judges, as upstream's strategies. */
static void
warn_of_object(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	pv_write_told told = {.object = object,
			      .old = w->old,
			      .subresource = pv_streq(w->sub, "scale") ? "" : w->sub,
			      .renewed = w->old && builtin_is_new(w, object)};

	warn_of_finalizers(cx, w, object);
	if (w->res->kind_facts)
		pv_kind_warnings(cx, w->res->kind_facts, &told, w->warnings);
}

/* What admission made of the object, completed; a new Pod's class follows from its resources. */
static const pv_val *
changed(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	if (!w->old && pv_streq(w->res->type, "/Pod"))
		object = pv_box(cx->arena, pv_without_at(cx->arena, object, "status.qosClass"));
	return pv_resource_default(cx, w->res, pv_resource_prune(cx, w->res, object, NULL));
}

/* The references without those that are there already; the uids of these in `twice`. */
static pv_val
once(pv_ctx *cx, const pv_val *refs, pv_buf *twice)
{
	pv_map *known = pv_map_new(cx->arena), *told = pv_map_new(cx->arena);
	pv_listb out;

	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < pv_count(refs); i++) {
		const char *uid = pv_text(pv_get(pv_item(refs, i), "uid"), "");
		pv_buf text;

		pv_buf_init(&text, cx->arena);
		pv_json_write_sorted(&text, pv_item(refs, i));
		if (!pv_map_puts(known, text.s, known))
			pv_listb_add(&out, *pv_item(refs, i));
		else if (!pv_map_puts(told, uid, told))
			pv_buf_printf(twice, "%s%s", twice->len ? ", " : "", uid);
	}
	return pv_listb_end(&out);
}

const pv_val *
write_owners(pv_ctx *cx, const write_op *w, const pv_val *object, const char *when)
{
	const pv_val *refs = meta_get(object, "ownerReferences");
	pv_buf twice;
	pv_val left;

	if (!pv_is(refs, PV_LIST) || pv_count(refs) < 2)
		return object;
	pv_buf_init(&twice, cx->arena);
	left = once(cx, refs, &twice);
	if (!twice.len)
		return object;
	api_warn(cx, w->warnings,
		 ".metadata.ownerReferences contains duplicate entries%s; API server dedups owner references "
		 "in 1.20+, and may reject such requests as early as 1.24; please fix your requests; "
		 "duplicate UID(s) observed: %s",
		 when, twice.s);
	return pv_box(cx->arena, meta_with(cx, object, "ownerReferences", left));
}

static void
warn_of_eased(pv_ctx *cx, const write_op *w, const pv_vec *eased)
{
	for (size_t i = 0; i < eased->len; i++) {
		const pv_cause *cause = PV_AT(pv_cause, eased, i);

		api_warn(cx, w->warnings, "%s: %s", cause->field, cause->message);
	}
}

int
write_judge(pv_ctx *cx, const write_op *w, const pv_admit *asked, const pv_val *object)
{
	pv_admit admit = *asked;
	pv_vec reasons;
	int r;

	if (w->call->past_admission)
		return 0;
	pv_vec_init(&reasons, cx->arena, sizeof(const pv_val *));
	admit.reasons = &reasons;
	r = pv_admission_validate(cx, &admit);
	if (r < 0)
		write_tell_refusal(cx, w, object, &reasons);
	return r;
}

/* Before it is given what the server says of it. */
static int
may_be_made(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const char *version = meta_text(object, "resourceVersion");

	if (w->old)
		return change_mutated(cx, w, object);
	if (!version[0] || pv_streq(version, "0"))
		return 0;
	return pv_fail(cx, PV_EINTERNAL,
		       "resourceVersion should not be set on objects to be created, found \"%s\" behind "
		       "those who mutate",
		       version);
}

static int
take_changes(pv_ctx *cx, const write_op *w, const pv_admit *admit, const pv_val **object)
{
	const pv_val *part;
	int r;

	if (admit->of) {
		r = scale_take(cx, w, admit->object, object);
	} else {
		r = may_be_made(cx, w, admit->object);
		part = write_part(cx, w, admit->object, *object);
		*object = changed(cx, w, change_servers(cx, part, *object));
	}
	return r < 0 ? r : builtin_settle(cx, w, object);
}

/* Mutate, then the schema, then judge: from outside too, so no lock is held meanwhile.  Who mutates sees all that was
 * sent, and changes what is written. */
static int
admit_and_check(pv_ctx *cx, const write_op *w, const pv_cause *refused, const pv_val **object)
{
	bool asks = !w->call->past_admission;
	pv_admit admit = write_admission(cx, w, asks ? write_part(cx, w, *object, w->sent) : *object);
	const pv_val *shown = admit.object;
	pv_vec causes, eased;
	int r = asks ? pv_admission_mutate(cx, &admit) : 0;

	if (r == 0)
		r = pv_ctx_check(cx);
	if (r == 0 && admit.object != shown)
		r = take_changes(cx, w, &admit, object);
	if (r < 0)
		return r;
	r = w->old ? change_finalizers(cx, w, *object) : 0;
	if (r < 0)
		return r;
	*object = write_owners(cx, w, *object, " after mutating admission happens");
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_vec_init(&eased, cx->arena, sizeof(pv_cause));
	(void)pv_resource_validate(cx, w->res, *object, w->old, w->sub, &causes, &eased);
	for (; refused; refused = refused->next)
		pv_vec_push(&causes, refused);
	builtin_judge(cx, w, *object, &causes);
	warn_of_eased(cx, w, &eased);
	if (causes.len)
		return api_invalid(cx, w->res, meta_text(*object, "name"), &causes);
	warn_of_object(cx, w, *object);
	r = builtin_check(cx, w, *object);
	if (r < 0)
		return r;
	admit.object = scale_shown(cx, w, *object);
	return write_judge(cx, w, &admit, *object);
}

/* NULL: it cannot be said of an object that validation will refuse. */
static const pv_val *
owned_by_writer(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const pv_val *sent = *object;

	if (w->skip_fields || write_fields(cx, w, w->old, object) == 0)
		return *object;
	(void)pv_recover(cx);
	*object = sent;
	return NULL;
}

/* One fault among the others, not in front of them. */
static int
put_off(pv_ctx *cx, int r, const pv_cause **refused)
{
	if (r != -PV_EINVALID || !cx->err->causes)
		return r;
	*refused = pv_take_error(cx)->causes;
	return 0;
}

/* What admission says of the owners holds, if it can be read. */
static const pv_val *
with_owners(pv_ctx *cx, const write_op *w, const pv_val *object, const pv_val *owned)
{
	const pv_val *before = owned ? meta_get(owned, "managedFields") : NULL,
		     *after = meta_get(object, "managedFields");

	if (!after || pv_eq(before, after) || pv_fields_readable(cx, after))
		return object;
	api_warn(
		cx, w->warnings,
		".metadata.managedFields was in an invalid state after admission; this could be caused by an "
		"outdated mutating admission controller; please fix your requests");
	return pv_box(cx->arena, before ? meta_with(cx, object, "managedFields", *before)
					: meta_without(cx, object, "managedFields"));
}

/* Who owns what is said of what the client sent, before admission and the server's own strategies: what
 * these change is nobody's. */
int
write_admit(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const pv_cause *refused = NULL;
	const pv_val *owned;
	bool chosen = !pv_text_at(*object, "spec.clusterIP", "")[0];
	int r = put_off(cx, builtin_complete(cx, w, object), &refused);

	if (r < 0)
		return r;
	owned = owned_by_writer(cx, w, object);
	*object = pv_resource_settle(cx, w->res, *object);
	r = put_off(cx, builtin_prepare(cx, w, object), &refused);
	if (r < 0)
		return r;
	service_lock(w, false);
	r = admit_and_check(cx, w, refused, object);
	service_lock(w, true);
	if (r == 0)
		r = service_keep(cx, w, chosen, object);
	if (r == 0 && !owned)
		r = write_fields(cx, w, w->old, object); /* says why not */
	if (r == 0)
		*object = builtin_finish(cx, w, with_owners(cx, w, *object, owned));
	return r;
}
