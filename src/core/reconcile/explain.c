/* explain: the answer to "why is it as it is?": what the controllers planned, what others did, in
 * one order, and above it one sentence.  Who may not read the object for whose sake something was
 * done is told its kind, and what was done, no more. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/module.h"
#include "core/reconcile/cause.h"
#include "core/reconcile/deed.h"

static bool
may_read(pv_ctx *cx, pv_runtime *rt, const pv_val *ref)
{
	const pv_resource *res = pv_resource_of_kind(
		cx, pv_api_registry(rt->api), pv_text_at(ref, "apiVersion", ""), pv_text_at(ref, "kind", ""));
	const pv_identity *who = pv_auth_identity(cx);
	pv_attributes what;
	if (!res || !who)
		return false;
	what = (pv_attributes){"get",
			       res->group,
			       res->plural,
			       "",
			       pv_text_at(ref, "namespace", ""),
			       pv_text_at(ref, "name", ""),
			       NULL,
			       NULL};
	return pv_auth_allows(cx, pv_api_auth(rt->api), who, &what, NULL);
}

/* The deed without what tells of an object that the caller may not read. */
static pv_val
guarded(pv_ctx *cx, pv_runtime *rt, const pv_val *plan)
{
	const pv_val *by = pv_get(plan, "by");
	pv_objb ref, b;
	if (!by || may_read(cx, rt, by))
		return *plan;
	pv_objb_init(&ref, cx->arena);
	pv_objb_puts(&ref, "kind", pv_text_at(by, "kind", ""));
	pv_objb_put(&ref, "hidden", pv_bool(true));
	pv_objb_from(&b, cx->arena, plan);
	pv_objb_put(&b, "by", pv_objb_end(&ref));
	pv_objb_del(&b, "reason");
	return pv_objb_end(&b);
}

/* Both lists are newest first. */
static pv_val
in_order(pv_ctx *cx, pv_runtime *rt, const pv_listb *plans, const pv_listb *deeds)
{
	size_t i = 0, k = 0;
	pv_listb all;
	pv_listb_init(&all, cx->arena);
	while (i < plans->len || k < deeds->len)
		if (k == deeds->len || (i < plans->len && pv_time_at(&plans->items[i], "at") >=
								  pv_time_at(&deeds->items[k], "at")))
			pv_listb_add(&all, plans->items[i++]);
		else
			pv_listb_add(&all, guarded(cx, rt, &deeds->items[k++]));
	return pv_listb_end(&all);
}

/* ---- the first line ---- */

static const char *
ago(pv_ctx *cx, const pv_val *v, const char *key)
{
	return pv_printf(cx->arena, "%s ago", pv_age_format(cx->arena, pv_now() - pv_time_at(v, key)));
}

/* " (11 times since ...)" of what fails again and again. */
static const char *
repeated(pv_ctx *cx, const pv_val *plan)
{
	int64_t times = pv_i64_at(plan, "times", 1);
	return pv_get(plan, "error") && times > 1 ? pv_printf(cx->arena, " (%lld times since %s)",
							      (long long)times, pv_text_at(plan, "since", ""))
						  : "";
}

static const char *
told_failure(pv_ctx *cx, const pv_val *plan)
{
	return pv_printf(cx->arena, "the %s controller failed: %s%s", pv_text_at(plan, "controller", ""),
			 pv_text_at(plan, "error", ""), repeated(cx, plan));
}

static bool
is_edit(pv_ctx *cx, const pv_edit_name *name, const pv_val *d)
{
	const char *path = pv_text_at(d, "path", "");
	const pv_val *to = pv_get(d, "to");
	if (!to)
		return false;
	if (!name->key)
		return pv_streq(path, name->field) ||
		       pv_starts_with(path, pv_printf(cx->arena, "%s.", name->field));
	return pv_streq(path, pv_printf(cx->arena, "%s[%s]", name->field, name->key)) ||
	       (pv_streq(path, name->field) && pv_get(to, name->key));
}

/* Of a change that its kind's controller takes for a command; NULL: it is an edit. */
static const char *
command_of(pv_ctx *cx, const pv_val *change)
{
	const char *type = type_of_object(cx->arena, pv_get(change, "object"));
	const pv_val *diff = pv_get(change, "diff");
	for (const pv_module *const *m = pv_modules; *m; m++)
		for (size_t i = 0; (*m)->controllers && (*m)->controllers[i]; i++) {
			const pv_controller *c = (*m)->controllers[i];
			if (!c->edits || !kind_is_of(c->kind, type))
				continue;
			for (const pv_edit_name *e = c->edits; e->field; e++)
				for (size_t k = 0; k < pv_count(diff); k++)
					if (is_edit(cx, e, pv_item(diff, k)))
						return e->done;
		}
	return NULL;
}

static const char *
told_deed(pv_ctx *cx, const pv_val *deed)
{
	const pv_val *change = pv_at(deed, "changes.0");
	const char *action = pv_text_at(change, "action", ""), *undid = pv_text_at(deed, "undid", NULL),
		   *reason = pv_text_at(deed, "reason", NULL), *command = command_of(cx, change),
		   *fields = command ? NULL : deed_fields(cx, change);
	const char *what = command                      ? command
			   : pv_streq(action, "delete") ? "deleted"
			   : undid                      ? "put back"
			   : pv_streq(action, "create") ? "made"
							: "changed";
	return pv_printf(cx->arena, "%s by %s %s%s%s%s%s%s%s", what, deed_doer(cx, deed), ago(cx, deed, "at"),
			 fields ? ": " : "", fields ? fields : "", undid ? ", against " : "",
			 undid ? undid : "", reason ? ", because " : "", reason ? reason : "");
}

static bool
wrote_content(const pv_val *entry)
{
	const pv_val *fields = pv_get(entry, "fieldsV1");
	for (size_t i = 0; i < pv_count(fields); i++) {
		const char *field = pv_text(&pv_sorted(fields, i)->key, "");
		if (!pv_streq(field, "f:metadata") && !pv_streq(field, "f:status"))
			return true;
	}
	return false;
}

static bool
was_before(const pv_val *a, const pv_val *b)
{
	int64_t then = pv_time_at(a, "time"), than = pv_time_at(b, "time");
	return then != than ? then < than : wrote_content(a) && !wrote_content(b);
}

/* " with kubectl apply": a tool is nobody, and who used it is not in the object; " by argocd-controller". */
static const char *
told_manager(pv_ctx *cx, const char *manager)
{
	static const char *const tools[][2] = {{"kubectl-client-side-apply", "kubectl apply"},
					       {"kubectl", "kubectl apply --server-side"},
					       {"kubectl-create", "kubectl create"},
					       {"kubectl-run", "kubectl run"},
					       {"kubectl-expose", "kubectl expose"}};
	for (size_t i = 0; i < PV_LEN(tools); i++)
		if (pv_streq(manager, tools[i][0]))
			return pv_printf(cx->arena, " with %s", tools[i][1]);
	return pv_printf(cx->arena, " by %s", manager);
}

/* managedFields say in whole seconds when which manager wrote; the first that wrote more than a
 * subresource made it, of one second the one that wrote more than metadata. */
static const char *
told_maker(pv_ctx *cx, const pv_val *object)
{
	const pv_val *fields = pv_at(object, "metadata.managedFields"),
		     *owners = pv_at(object, "metadata.ownerReferences"), *first = NULL;
	for (size_t i = 0; i < pv_count(owners); i++)
		if (pv_truth_at(pv_item(owners, i), "controller", false))
			return pv_printf(cx->arena, "made %s by its owner, %s/%s",
					 ago(cx, object, "metadata.creationTimestamp"),
					 pv_text_at(pv_item(owners, i), "kind", ""),
					 pv_text_at(pv_item(owners, i), "name", ""));
	for (size_t i = 0; i < pv_count(fields); i++)
		if (!*pv_text_at(pv_item(fields, i), "subresource", "") &&
		    (!first || was_before(pv_item(fields, i), first)))
			first = pv_item(fields, i);
	return pv_printf(cx->arena, "made %s%s", ago(cx, object, "metadata.creationTimestamp"),
			 first ? told_manager(cx, pv_text_at(first, "manager", "")) : "");
}

static const pv_val *
first_with(const pv_val *plans, const char *key, bool there)
{
	for (size_t i = 0; i < pv_count(plans); i++)
		if ((pv_get(pv_item(plans, i), key) != NULL) == there)
			return pv_item(plans, i);
	return NULL;
}

/* Was it done to what bore the name before? */
static bool
was_another(const pv_val *deed, const pv_val *object)
{
	bool deleted = pv_streq(pv_text_at(deed, "changes.0.action", ""), "delete");

	return object && ((deleted && !pv_at(object, "metadata.deletionTimestamp")) ||
			  pv_time_at(deed, "at") < pv_time_at(object, "metadata.creationTimestamp"));
}

/* The newest deed that was done to the object itself; NULL: it is as it was made. */
static const pv_val *
done_to(const pv_val *plans, const pv_val *live, const char *kind, const char *name)
{
	for (size_t i = 0; i < pv_count(plans); i++) {
		const pv_val *plan = pv_item(plans, i), *object = pv_at(plan, "changes.0.object");
		if (pv_get(plan, "deed") && !pv_get(plan, "refused") &&
		    pv_streq(pv_text_at(object, "kind", ""), kind) &&
		    pv_streq(pv_text_at(object, "name", ""), name))
			return was_another(plan, live) ? NULL : plan;
	}
	return NULL;
}

/* A namespace's conditions say what in it has to go first. */
static const char *
waited_for(pv_ctx *cx, const pv_val *object)
{
	static const char *const told[] = {"NamespaceDeletionContentFailure", "NamespaceFinalizersRemaining",
					   "NamespaceContentRemaining"};
	const pv_val *list = pv_at(object, "metadata.finalizers");
	if (pv_count(list))
		return pv_printf(cx->arena, "finalizer %s", finalizers_text(cx, list));
	if (!pv_streq(pv_text_at(object, "kind", ""), "Namespace"))
		return "its grace period";
	for (size_t i = 0; i < PV_LEN(told); i++) {
		const pv_val *c = pv_condition_find(pv_at(object, "status.conditions"), told[i]);
		if (pv_streq(pv_text_at(c, "status", ""), "True"))
			return pv_printf(cx->arena, "what is in it: %s", pv_text_at(c, "message", ""));
	}
	return "what is in it";
}

/* "a change by mara (kubectl) was refused 2m ago"; NULL: the newest was let. */
static const char *
told_refusal(pv_ctx *cx, const pv_val *plans)
{
	const pv_val *newest = pv_item(plans, 0);
	const char *action = pv_text_at(newest, "changes.0.action", "");

	if (!pv_get(newest, "refused"))
		return NULL;
	return pv_printf(cx->arena, "a%s by %s was refused %s%s",
			 pv_streq(action, "create")   ? " creation"
			 : pv_streq(action, "delete") ? " deletion"
						      : " change",
			 deed_doer(cx, newest), ago(cx, newest, "at"),
			 pv_get(newest, "times") ? ", again" : "");
}

static const char *
summed_up(pv_ctx *cx, const pv_val *object, const pv_val *plans, const char *kind, const char *name)
{
	const pv_val *plan = first_with(plans, "deed", false), *deed = done_to(plans, object, kind, name);
	const char *state = pv_text_at(plan, "summary", pv_text_at(plan, "reason", NULL)), *origin;
	if (!object && !deed && told_refusal(cx, plans))
		return pv_printf(cx->arena, "not there: %s", told_refusal(cx, plans));
	if (!object)
		return deed ? pv_printf(cx->arena, "gone: %s", told_deed(cx, deed))
			    : "gone: nothing is remembered of how";
	if (!pv_get(plan, "summary") && pv_get(plan, "error"))
		return told_failure(cx, plan);
	if (pv_at(object, "metadata.deletionTimestamp"))
		state = pv_printf(cx->arena, "being deleted, waits for %s%s%s", waited_for(cx, object),
				  state ? ": " : "", state ? state : "");
	else if (state)
		state = pv_printf(cx->arena, "%s%s", state, repeated(cx, plan));
	origin = deed ? told_deed(cx, deed) : told_maker(cx, object);
	if (told_refusal(cx, plans))
		origin = pv_printf(cx->arena, "%s; %s", told_refusal(cx, plans), origin);
	return state ? pv_printf(cx->arena, "%s; %s", state, origin) : origin;
}

/* ---- the answer ---- */

static int
remembered(pv_ctx *cx, pv_runtime *rt, const char *type, const char *ns, const char *name, pv_val *ret)
{
	const pv_module *const *m = pv_modules;
	pv_listb plans, deeds;
	int r = 0;
	pv_listb_init(&plans, cx->arena);
	pv_listb_init(&deeds, cx->arena);
	for (; r == 0 && *m; m++)
		for (size_t i = 0; r == 0 && (*m)->controllers && (*m)->controllers[i]; i++) {
			const pv_controller *c = (*m)->controllers[i];
			if (kind_is_of(c->kind, type))
				r = history_list(cx, rt->history, asker_key(cx->arena, c->name, ns, name),
						 &plans);
		}
	if (r == 0)
		r = history_list(cx, rt->history, history_object(cx->arena, type, ns, name), &deeds);
	if (r == 0)
		*ret = in_order(cx, rt, &plans, &deeds);
	return r;
}

/* What policies have against it as it is; that they cannot be asked keeps nobody from the rest. */
static pv_val
objections(pv_ctx *cx, pv_runtime *rt, const char *type, const char *ns, const char *name)
{
	const pv_key key = {type, ns, name};
	const pv_rec *rec = pv_store_find(cx, rt->store, &key);
	const pv_resource *res = pv_resource_of_type(cx, pv_api_registry(rt->api), type);
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	for (const pv_module *const *m = pv_modules; *m && rec && res; m++)
		if ((*m)->objections && (*m)->objections(cx, rt->api, res, rec, &list) < 0)
			(void)pv_recover(cx);
	return pv_listb_end(&list);
}

int
pv_runtime_why(pv_ctx *cx, pv_runtime *rt, const char *type, const char *ns, const char *name, pv_val *ret)
{
	const pv_val *object = live_find(cx, rt, type, ns, name);
	const char *kind = strchr(type, '/'), *summary;
	pv_val plans, causes, against;
	pv_objb b;
	int r = remembered(cx, rt, type, ns, name, &plans);
	if (r < 0)
		return r;
	if (!object && !pv_count(&plans))
		return pv_fail(cx, PV_ENOTFOUND, "%s \"%s\" not found", type, name);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", "Why");
	pv_objb_puts(&b, "apiVersion", "pave.dev/v1alpha1");
	if (object)
		pv_objb_put(&b, "object", object_ref(cx->arena, object));
	summary = summed_up(cx, object, &plans, kind ? kind + 1 : type, name);
	pv_objb_puts(&b, "summary", summary);
	causes = cause_list(cx, rt, object, summary);
	if (pv_count(&causes))
		pv_objb_put(&b, "causes", causes);
	against = objections(cx, rt, type, ns, name);
	if (pv_count(&against))
		pv_objb_put(&b, "policies", against);
	pv_objb_put(&b, "plans", plans);
	*ret = pv_objb_end(&b);
	return 0;
}
