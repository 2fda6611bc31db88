/* apply: the driver of syncs: carries out one group's orders through the API and says
 * object by object what came of it.  Every order can be repeated. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/api/api.h"
#include "delivery/application/app.h"
#include "delivery/application/images.h"
#include "delivery/application/operation.h"
#include "delivery/application/outlet.h"

struct run {
	pv_ctx *cx;
	outlet outlet;
	bool dry;
	int away;           /* what reaching the cluster failed with: nothing more is tried */
	const pv_val *by;   /* the Application */
	const char *reason; /* of this sync */
	pv_listb results;
	pv_vec namespaces; /* of const pv_val *: a dry run's, which the sync makes before what is in them */
	bool failed;
};

static const char *
qualified(pv_ctx *cx, const pv_resource *res, const char *name)
{
	return *res->group ? pv_printf(cx->arena, "%s.%s/%s", res->singular, res->group, name)
			   : pv_printf(cx->arena, "%s/%s", res->singular, name);
}

static void
report(struct run *run, const pv_val *order, const char *status, const char *message)
{
	static const char *const keys[] = {"group", "version", "kind", "namespace", "name", "syncPhase"};
	bool hook = pv_truth_at(order, "hook", false), bad = pv_streq(status, "SyncFailed");
	const char *place = bad ? pv_text_at(order, "place", NULL) : NULL;
	pv_val images;
	pv_objb b;
	pv_objb_init(&b, run->cx->arena);
	for (size_t i = 0; i < PV_LEN(keys); i++)
		pv_objb_puts(&b, keys[i], pv_text_at(order, keys[i], NULL));
	pv_objb_puts(&b, "status", status);
	pv_objb_puts(&b, "message", place ? pv_printf(run->cx->arena, "%s: %s", place, message) : message);
	images = images_of(run->cx->arena, pv_get(order, "object"));
	if (pv_count(&images))
		pv_objb_put(&b, "images", images);
	if (hook)
		pv_objb_puts(&b, "hookType", pv_text_at(order, "syncPhase", NULL));
	pv_objb_puts(&b, "hookPhase",
		     bad                                  ? "Failed"
		     : hook                               ? "Running"
		     : pv_truth_at(order, "prune", false) ? "Succeeded"
							  : "Running");
	pv_listb_add(&run->results, pv_objb_end(&b));
	run->failed = run->failed || bad;
}

static void
report_error(struct run *run, const pv_val *order)
{
	const char *message = pv_strdup(run->cx->arena, pv_error_text(run->cx));
	int r = -pv_recover(run->cx);
	if (outlet_is_away(&run->outlet, r)) {
		run->away = pv_fail(run->cx, -r, "%s", message);
		return;
	}
	report(run, order, "SyncFailed", message);
}

/* NULL: the sync makes none of that name. */
static const pv_val *
namespace_to_come(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->namespaces.len; i++) {
		const pv_val *ns = *PV_AT(const pv_val *, &run->namespaces, i);
		if (pv_streq(pv_text_at(ns, "metadata.name", ""), name))
			return ns;
	}
	return NULL;
}

static int
call_of(struct run *run, const pv_val *order, pv_call *ret)
{
	*ret = (pv_call){
		.ns = pv_text_at(order, "namespace", ""),
		.name = pv_text_at(order, "name", ""),
		.subresource = "",
		.manager = APP_MANAGER,
		.takes_over = pv_text_at(order, "takesOver", NULL),
		.force = true,
		.dry_run = run->dry,
		.ns_to_come = namespace_to_come(run, pv_text_at(order, "namespace", "")),
		.by = run->by,
		.reason = pv_truth_at(order, "prune", false)
				  ? pv_printf(run->cx->arena, "it is not in Git any more, %s", run->reason)
				  : run->reason,
		.grace_seconds = -1};
	return outlet_resource(run->cx, &run->outlet, pv_text_at(order, "object.apiVersion", ""),
			       pv_text_at(order, "kind", ""), &ret->resource);
}

/* ---- orders ---- */

static int
delete_object(struct run *run, pv_call *call, const char *propagation)
{
	call->propagation = pv_streq(propagation, "background") ? "Background"
			    : pv_streq(propagation, "orphan")   ? "Orphan"
								: "Foreground";
	return outlet_delete(run->cx, &run->outlet, call);
}

static void
prune(struct run *run, const pv_val *order)
{
	const char *skip = pv_text_at(order, "skip", NULL);
	pv_call call;
	if (skip)
		report(run, order, "PruneSkipped", skip);
	else if (call_of(run, order, &call) < 0)
		report_error(run, order);
	else if (!call.resource)
		report(run, order, "Pruned", "its kind is gone");
	else if (run->dry)
		report(run, order, "Pruned", "pruned (dry run)");
	else if (delete_object(run, &call, pv_text_at(order, "propagation", "")) < 0)
		report_error(run, order);
	else
		report(run, order, "Pruned", "pruned");
}

static int
replace(struct run *run, pv_call *call, const pv_val *object, const pv_val *live, const pv_val **ret)
{
	pv_val next;
	if (!live)
		return outlet_create(run->cx, &run->outlet, call, object, ret);
	next = pv_with_at(run->cx->arena, object, "metadata.resourceVersion",
			  pv_string(run->cx->arena, pv_text_at(live, "metadata.resourceVersion", "")));
	return outlet_update(run->cx, &run->outlet, call, &next, ret);
}

static bool
made_by_us(const pv_val *live, const pv_val *object)
{
	const pv_val *mark = pv_get(pv_at(live, "metadata.annotations"), MADE_BY);
	return mark && pv_eq(mark, pv_get(pv_at(object, "metadata.annotations"), MADE_BY));
}

static int
replace_or_apply(struct run *run, const pv_val *order, pv_call *call, const pv_val *live, const pv_val **ret)
{
	const pv_val *object = pv_get(order, "object");
	if (pv_truth(pv_get(order, "Replace=true"), false))
		return replace(run, call, object, live, ret);
	return outlet_apply(run->cx, &run->outlet, call, object, ret);
}

/* A hook that is deleted before it is made anew: what is there now does not count.  It is tried under
 * another name, for that object cannot be thought away. */
static int
try_anew(struct run *run, const pv_val *order, const pv_call *call, const pv_val **ret)
{
	pv_call other = *call;
	pv_val object, anew;
	char *name = pv_strndup(run->cx->arena, call->name, strnlen(call->name, 50));
	for (size_t n = strlen(name); n && (name[n - 1] == '.' || name[n - 1] == '-'); n--)
		name[n - 1] = '\0';
	other.name = pv_printf(run->cx->arena, "%s-anew", name);
	object = pv_with_at(run->cx->arena, pv_get(order, "object"), "metadata.name",
			    pv_string_ref(other.name));
	anew = pv_with(run->cx->arena, order, "object", object);
	return replace_or_apply(run, &anew, &other, NULL, ret);
}

/* What was deleted for a new one that cannot be made, as kubectl does; the error stays what it was. */
static void
put_back(struct run *run, const pv_call *call, const pv_val *live)
{
	const pv_error *why = pv_take_error(run->cx);
	pv_val was = pv_without_at(run->cx->arena, live, "metadata.resourceVersion");
	const pv_val *made;
	if (outlet_create(run->cx, &run->outlet, call, &was, &made) < 0)
		pv_recover(run->cx);
	(void)pv_fail(run->cx, why->code, "%s", why->message);
}

/* Force=true: what cannot become what it shall be is deleted and made anew; with Replace=true
 * always.  Tried dry, that is all that can be said of it. */
static int
by_force(struct run *run, const pv_val *order, pv_call *call, const pv_val **live, const pv_val **ret)
{
	bool anew = pv_truth(pv_get(order, "Replace=true"), false);
	int r = anew ? -PV_EINVALID : replace_or_apply(run, order, call, *live, ret);
	if (r != -PV_EINVALID && r != -PV_ECONFLICT)
		return r;
	if (!anew)
		pv_recover(run->cx);
	*ret = *live;
	if (run->dry)
		return 0;
	r = delete_object(run, call, "background");
	call->propagation = NULL;
	if (r == 0)
		r = replace_or_apply(run, order, call, NULL, ret);
	if (r < 0)
		put_back(run, call, *live);
	else
		*live = NULL;
	return r;
}

static int
put(struct run *run, const pv_val *order, pv_call *call, const pv_val **ret_live, const pv_val **ret)
{
	const pv_val *object = pv_get(order, "object");
	int r = outlet_find(run->cx, &run->outlet, call, ret_live);
	bool fresh =
		r == 0 && pv_truth_at(order, "fresh", false) && *ret_live && !made_by_us(*ret_live, object);
	if (fresh && !run->dry) {
		call->grace_seconds = 0;
		r = delete_object(run, call, "background");
		call->propagation = NULL;
		*ret_live = NULL;
	}
	if (r < 0)
		return r;
	call->validation = pv_truth(pv_get(order, "Validate=false"), false) ? "Ignore" : "Strict";
	if (fresh && run->dry)
		return try_anew(run, order, call, ret);
	if (pv_truth(pv_get(order, "Force=true"), false) && *ret_live)
		return by_force(run, order, call, ret_live, ret);
	return replace_or_apply(run, order, call, *ret_live, ret);
}

/* A kind that is not served (yet): its CRD may be part of this very sync, and not as one that goes. */
static bool
crd_comes_along(const pv_val *orders, const pv_val *order)
{
	for (size_t i = 0; i < pv_count(orders); i++) {
		const pv_val *o = pv_get(pv_item(orders, i), "object");
		if (!pv_truth_at(pv_item(orders, i), "prune", false) &&
		    pv_streq(pv_text_at(o, "kind", ""), "CustomResourceDefinition") &&
		    pv_streq(pv_text_at(o, "spec.group", ""), pv_text_at(order, "group", NULL)) &&
		    pv_streq(pv_text_at(o, "spec.names.kind", ""), pv_text_at(order, "kind", NULL)))
			return true;
	}
	return false;
}

/* In Argo CD's words, and what the kind or its version may have meant. */
static const char *
unknown_kind(struct run *run, const pv_val *order)
{
	const char *group = pv_text_at(order, "group", ""), *kind = pv_text_at(order, "kind", ""),
		   *version = pv_text_at(order, "version", "");
	const pv_resource *near = outlet_meant(run->cx, &run->outlet, kind);
	const char *what = pv_printf(run->cx->arena, "%s/%s for requested resource %s/%s", group, kind,
				     pv_text_at(order, "namespace", ""), pv_text_at(order, "name", ""));
	if (near && pv_streq(near->kind, kind))
		return pv_printf(
			run->cx->arena,
			"The Kubernetes API could not find version \"%s\" of %s. Version \"%s\" of %s/%s "
			"is installed on the destination cluster.",
			version, what, near->version, near->group, kind);
	return pv_printf(
		run->cx->arena,
		"The Kubernetes API could not find %s: %s.%s \"\" not found. Make sure the \"%s\" CRD is "
		"installed on the destination cluster%s%s%s%s%s",
		what, kind, group, kind, near ? "; did you mean " : ".", near ? near->kind : "",
		near ? " of " : "", near ? near->api_version : "", near ? "?" : "");
}

/* Another cluster cannot be told of a namespace to come: what lies in it cannot be tried. */
static bool
waits_for_namespace(struct run *run, const pv_call *call)
{
	if (!run->outlet.spoke || !call->ns_to_come || run->cx->err->code != PV_ENOTFOUND ||
	    !pv_streq(run->cx->err->kind, "namespaces"))
		return false;
	pv_recover(run->cx);
	return true;
}

static void
apply(struct run *run, const pv_val *orders, const pv_val *order)
{
	const pv_val *live, *now;
	const char *what;
	pv_call call;
	if (pv_text_at(order, "problem", NULL)) {
		report(run, order, "SyncFailed", pv_text_at(order, "problem", ""));
		return;
	}
	if (call_of(run, order, &call) < 0) {
		report_error(run, order);
		return;
	}
	if (!call.resource && run->dry &&
	    (crd_comes_along(orders, order) ||
	     pv_truth(pv_get(order, "SkipDryRunOnMissingResource=true"), false))) {
		report(run, order, "Synced", "its kind is not known yet: not tried");
		return;
	}
	if (!call.resource) {
		report(run, order, "SyncFailed", unknown_kind(run, order));
		return;
	}
	if (put(run, order, &call, &live, &now) < 0) {
		if (waits_for_namespace(run, &call))
			report(run, order, "Synced", "its namespace is not there yet: not tried");
		else
			report_error(run, order);
		return;
	}
	what = !live ? "created"
	       : pv_streq(pv_text_at(live, "metadata.resourceVersion", ""),
			  pv_text_at(now, "metadata.resourceVersion", NULL))
		       ? "unchanged"
		       : "configured";
	report(run, order, "Synced",
	       pv_printf(run->cx->arena, "%s %s%s", qualified(run->cx, call.resource, call.name), what,
			 run->dry ? " (dry run)" : ""));
}

/* CreateNamespace=true: the namespace as it will be; it may be there. */
static pv_val
namespace_asked_for(struct run *run, const pv_val *payload)
{
	const pv_val *extra = pv_get(payload, "namespaceMetadata");
	pv_objb meta, b;
	pv_objb_init(&meta, run->cx->arena);
	pv_objb_puts(&meta, "name", pv_text_at(payload, "createNamespace", ""));
	if (pv_get(extra, "labels"))
		pv_objb_put(&meta, "labels", *pv_get(extra, "labels"));
	if (pv_get(extra, "annotations"))
		pv_objb_put(&meta, "annotations", *pv_get(extra, "annotations"));
	pv_objb_init(&b, run->cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "Namespace");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	return pv_objb_end(&b);
}

/* Dry, it is noted among those to come, as the API would make it.  What is said of it is said as of an
 * object of the sync; nothing is, if it is there and fine. */
static void
make_namespace(struct run *run, const pv_val *payload)
{
	const char *name = pv_text_at(payload, "createNamespace", NULL);
	pv_call call = {.ns = "",
			.name = name,
			.subresource = "",
			.manager = APP_MANAGER,
			.force = true,
			.dry_run = run->dry};
	const pv_val *made, *live = NULL, *refused = pv_get(payload, "namespaceRefused");
	pv_val ns, order;
	int r;
	if (!name)
		return;
	r = outlet_resource(run->cx, &run->outlet, "v1", "Namespace", &call.resource);
	if (r == 0 && !call.resource)
		r = pv_fail(run->cx, PV_ENOTFOUND, "no matches for kind \"Namespace\" in version \"v1\"");
	if (r == 0)
		r = outlet_find(run->cx, &run->outlet, &call, &live);
	if (r == 0 && live && !pv_get(payload, "namespaceMetadata"))
		return;
	ns = namespace_asked_for(run, payload);
	order = pv_with(run->cx->arena, NULL, "kind", pv_string_ref("Namespace"));
	order = pv_with(run->cx->arena, &order, "version", pv_string_ref("v1"));
	order = pv_with(run->cx->arena, &order, "name", pv_string_ref(name));
	order = pv_with(run->cx->arena, &order, "syncPhase", pv_string_ref("PreSync"));
	if (refused)
		report(run, &order, "SyncFailed", pv_text(refused, ""));
	else if (r < 0 || outlet_apply(run->cx, &run->outlet, &call, &ns, &made) < 0)
		report_error(run, &order);
	else
		pv_vec_push(&run->namespaces, &made);
}

/* A dry run's: those that are themselves among what is applied. */
static void
note_namespaces(struct run *run, const pv_val *orders)
{
	for (size_t i = 0; i < pv_count(orders); i++) {
		const pv_val *object = pv_get(pv_item(orders, i), "object");
		pv_val labels, ns;
		if (!pv_streq(pv_text_at(object, "apiVersion", ""), "v1") ||
		    !pv_streq(pv_text_at(object, "kind", ""), "Namespace"))
			continue;
		labels = pv_with(run->cx->arena, pv_at(object, "metadata.labels"),
				 "kubernetes.io/metadata.name",
				 pv_string_ref(pv_text_at(object, "metadata.name", "")));
		ns = pv_with_at(run->cx->arena, object, "metadata.labels", labels);
		object = pv_box(run->cx->arena, ns);
		pv_vec_push(&run->namespaces, &object);
	}
}

static void
carry_out(struct run *run, const pv_val *payload)
{
	const pv_val *orders = pv_get(payload, "orders");
	if (run->dry)
		note_namespaces(run, orders);
	make_namespace(run, payload);
	for (size_t i = 0; run->away == 0 && i < pv_count(orders); i++) {
		const pv_val *order = pv_item(orders, i);
		if (pv_truth_at(order, "prune", false))
			prune(run, order);
		else
			apply(run, orders, order);
	}
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	const pv_val *payload = pv_get(args, "payload");
	const char *cluster = pv_text_at(args, "cluster", NULL);
	struct run run = {.cx = cx,
			  .by = pv_get(payload, "by"),
			  .reason = pv_text_at(payload, "reason", ""),
			  .dry = pv_streq(pv_text_at(args, "what", ""), "dry-run")};
	pv_objb b;
	int r;
	if (previous) { /* done is done */
		*ret = *previous;
		return 0;
	}
	r = outlet_open(cx, pv_facts_api(facts), cluster, &run.outlet);
	if (r < 0)
		return r;
	pv_listb_init(&run.results, cx->arena);
	pv_auth_internal(cx, "system:pave:application-controller");
	pv_vec_init(&run.namespaces, cx->arena, sizeof(const pv_val *));
	carry_out(&run, payload);
	outlet_close(&run.outlet);
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "failed", pv_bool(run.failed));
	if (cluster)
		pv_objb_put(&b, OP_DONE, pv_int(pv_now()));
	pv_objb_put(&b, "results", pv_listb_end(&run.results));
	*ret = pv_objb_end(&b);
	return run.away;
}

const pv_fact_kind sync_effect = {.name = "sync", .find = find, .lane = "cluster", .effect = true};
