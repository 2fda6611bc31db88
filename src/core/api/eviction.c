/* eviction: a Pod is asked to go, which its PodDisruptionBudget may refuse.
 * Rules and words: k8s.io/kubernetes/pkg/registry/core/pod/storage/eviction.go. */
#include "base/time.h"
#include "core/api/http.h"
#include "lang/selector/selector.h"

#define TRIES 16
#define MOST_DISRUPTED 2000 /* evictions that no controller has confirmed yet */
#define WHY_NOT "Cannot evict pod as it would violate the pod's disruption budget."

struct eviction {
	request *q;
	const pv_resource *pods;
	pv_call call;      /* what the client wants of the delete */
	const pv_rec *rec; /* the Pod */
	const pv_val *pod;
};

static const pv_val *
condition_of(const pv_val *object, const char *type)
{
	const pv_val *list = pv_at(object, "status.conditions");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "type", ""), type))
			return pv_item(list, i);
	return NULL;
}

static pv_val
condition(pv_ctx *cx, const char *type, const char *status, const char *reason, const char *message,
	  int64_t since)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "type", type);
	pv_objb_puts(&b, "status", status);
	pv_objb_puts(&b, "lastTransitionTime", pv_time_format(cx->arena, since));
	pv_objb_puts(&b, "reason", reason);
	pv_objb_puts(&b, "message", message);
	return pv_objb_end(&b);
}

/* ---- budgets ---- */

static int
busy(pv_ctx *cx, const char *budget)
{
	int r = pv_fail(cx, PV_ETOOMANY, WHY_NOT);

	pv_add_cause(cx, "DisruptionBudget", "",
		     "The disruption budget %s is still being processed by the server.", budget);
	return r;
}

static int
exhausted(pv_ctx *cx, const pv_val *pdb)
{
	const pv_val *allowed = condition_of(pdb, "DisruptionAllowed");
	const char *name = meta_text(pdb, "name");
	int r = pv_fail(cx, PV_ETOOMANY, WHY_NOT);

	if (pv_streq(pv_text_at(allowed, "reason", ""), "SyncFailed"))
		pv_add_cause(cx, "DisruptionBudget", "",
			     "The disruption budget %s does not allow evicting pods currently because it "
			     "failed sync: %s",
			     name, pv_text_at(allowed, "message", ""));
	else
		pv_add_cause(cx, "DisruptionBudget", "",
			     "The disruption budget %s needs %lld healthy pods and has %lld currently", name,
			     (long long)pv_i64_at(pdb, "status.desiredHealthy", 0),
			     (long long)pv_i64_at(pdb, "status.currentHealthy", 0));
	return r;
}

/* The budget with one disruption fewer, and the Pod that it is spent on. */
static int
spend(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret)
{
	const pv_val *pdb = w->old, *generation = meta_get(pdb, "generation");
	int64_t allowed = pv_i64_at(pdb, "status.disruptionsAllowed", 0);
	pv_objb disrupted;
	pv_val v;

	if (pv_i64_at(pdb, "status.observedGeneration", 0) < pv_i64(generation, 0))
		return busy(cx, w->name);
	if (allowed < 0)
		return api_forbidden(cx, w->res, w->name, "pdb disruptions allowed is negative");
	if (pv_count(pv_at(pdb, "status.disruptedPods")) > MOST_DISRUPTED)
		return api_forbidden(cx, w->res, w->name,
				     "DisruptedPods map too big - too many evictions not confirmed by PDB "
				     "controller");
	if (allowed == 0)
		return exhausted(cx, pdb);
	pv_objb_from(&disrupted, cx->arena, pv_at(pdb, "status.disruptedPods"));
	pv_objb_put(&disrupted, pv_strdup(cx->arena, arg), pv_string_ref(pv_time_format(cx->arena, w->now)));
	v = pv_with_at(cx->arena, pdb, "status.disruptionsAllowed", pv_int(allowed - 1));
	v = pv_with_at(cx->arena, &v, "status.disruptedPods", pv_objb_end(&disrupted));
	if (allowed == 1) {
		pv_val none = condition(cx, "DisruptionAllowed", "False", "InsufficientPods", "", w->now);

		if (generation)
			none = pv_with(cx->arena, &none, "observedGeneration", *generation);
		v = object_with_condition(cx, &v, "DisruptionAllowed", none);
	}
	*ret = pv_box(cx->arena, v);
	return 0;
}

static bool
covers(pv_ctx *cx, const pv_val *pdb, const pv_val *pod)
{
	pv_selector *sel;

	if (pv_selector_from(cx, pv_at(pdb, "spec.selector"), &sel) == 0)
		return pv_selector_match(sel, pv_at(pod, "metadata.labels"));
	(void)pv_recover(cx); /* a selector that cannot be read selects nothing */
	return false;
}

/* *ret NULL: no budget covers the Pod. */
static int
find_budget(struct eviction *e, const pv_resource *pdbs, const pv_val **ret)
{
	pv_ctx *cx = e->q->cx;
	pv_list_query query = {.type = pdbs->type, .ns = e->call.ns};
	pv_listing found;
	int r = pv_store_list(cx, e->q->api->store, &query, &found);

	*ret = NULL;
	for (size_t i = 0; r == 0 && i < found.len; i++) {
		const pv_val *pdb = pv_rec_val(found.recs[i]);

		if (!covers(cx, pdb, e->pod))
			continue;
		if (*ret) {
			r = pv_fail(cx, PV_EINTERNAL,
				    "This pod has more than one PodDisruptionBudget, which the eviction "
				    "subresource does not support.");
			cx->err->reason = "";
		}
		*ret = pdb;
	}
	return r;
}

/* A Pod that is not ready costs nothing if the others are enough, or its budget says so. */
static bool
is_free(const struct eviction *e, const pv_val *pdb)
{
	int64_t wanted = pv_i64_at(pdb, "status.desiredHealthy", 0);

	if (pv_streq(pv_text_at(condition_of(e->pod, "Ready"), "status", ""), "True"))
		return false;
	return pv_streq(pv_text_at(pdb, "spec.unhealthyPodEvictionPolicy", ""), "AlwaysAllow") ||
	       (wanted > 0 && pv_i64_at(pdb, "status.currentHealthy", 0) >= wanted);
}

/* *ret_free: the budget that lets it go for nothing, as long as it is as it was seen. */
static int
ask_budget(struct eviction *e, const char **ret_free)
{
	const pv_resource *pdbs =
		pv_resource_of_kind(e->q->cx, e->q->api->registry, "policy/v1", "PodDisruptionBudget");
	pv_call call = e->call;
	const pv_val *pdb;
	outcome out;
	write_op w;
	int r = find_budget(e, pdbs, &pdb);

	*ret_free = NULL;
	if (r < 0 || !pdb)
		return r;
	if (is_free(e, pdb)) {
		*ret_free = meta_text(pdb, "name");
		return 0;
	}
	call.resource = pdbs;
	call.name = meta_text(pdb, "name");
	call.subresource = "status";
	call.expect_uid = NULL;
	call.expect_rev = 0;
	r = write_begin(e->q->cx, e->q->api, &call, PV_OP_UPDATE, "update", PV_V_UPDATE, &w);
	return r < 0 ? r : op_change(e->q->cx, &w, spend, (void *)(uintptr_t)e->call.name, &out);
}

/* ---- the Pod ---- */

static int
marked(pv_ctx *cx, write_op *w, void *arg PV_UNUSED, const pv_val **ret)
{
	pv_val why = condition(cx, "DisruptionTarget", "True", "EvictionByEvictionAPI",
			       "Eviction API: evicting", w->now);

	*ret = pv_box(cx->arena, object_with_condition(cx, w->old, "DisruptionTarget", why));
	return 0;
}

/* Says on the Pod why it goes, then deletes it. */
static int
mark_and_delete(struct eviction *e)
{
	pv_call call = e->call;
	outcome out;
	write_op w;
	int r;

	call.subresource = "status";
	call.past_admission = true; /* the Eviction was let do it */
	r = write_begin(e->q->cx, e->q->api, &call, PV_OP_UPDATE, "update", PV_V_UPDATE, &w);
	if (r == 0)
		r = op_change(e->q->cx, &w, marked, NULL, &out);
	if (r < 0)
		return r;
	call = e->call;
	call.past_admission = true;
	if (call.expect_rev && out.rec)
		call.expect_rev = pv_rec_rev(out.rec);
	return op_delete(e->q->cx, e->q->api, &call, &out);
}

static bool
needs_no_budget(const pv_val *pod)
{
	const char *phase = pv_text_at(pod, "status.phase", "");

	return pv_streq(phase, "Succeeded") || pv_streq(phase, "Failed") || pv_streq(phase, "Pending") ||
	       meta_deleting(pod);
}

static int
load(struct eviction *e)
{
	pv_key key = {e->pods->type, e->call.ns, e->call.name};

	e->rec = pv_store_find(e->q->cx, e->q->api->store, &key);
	e->pod = e->rec ? pv_rec_val(e->rec) : NULL;
	return e->rec ? 0 : api_not_found(e->q->cx, e->pods, e->call.name);
}

/* 1: it is deleted, 0: its budget is to be asked.  What has not started is deleted only as it was seen: it
 * may have become ready meanwhile. */
static int
delete_without_budget(struct eviction *e)
{
	const int64_t asked = e->call.expect_rev;

	for (int tries = 0;; tries++) {
		int r = load(e);

		if (r < 0 || !needs_no_budget(e->pod))
			return r;
		if (!meta_deleting(e->pod) && !asked)
			e->call.expect_rev = pv_rec_rev(e->rec);
		r = mark_and_delete(e);
		e->call.expect_rev = asked;
		if (r != -PV_ECONFLICT || asked || tries == TRIES)
			return r < 0 ? r : 1;
		(void)pv_recover(e->q->cx);
	}
}

static int
evict(struct eviction *e)
{
	bool version_given = e->call.expect_rev != 0;
	const char *budget = NULL;
	int r = delete_without_budget(e);

	if (r != 0)
		return r < 0 ? r : 0;
	r = ask_budget(e, &budget);
	if (r < 0)
		return r;
	if (budget && !version_given)
		e->call.expect_rev = pv_rec_rev(e->rec);
	r = mark_and_delete(e);
	if (r != -PV_ECONFLICT || !budget || version_given)
		return r;
	(void)pv_recover(e->q->cx);
	return busy(e->q->cx, budget);
}

static int
read_eviction(request *q, pv_call *call)
{
	const pv_val *body = NULL, *options;
	int r = query_write(q, "CreateOptions", call);

	if (r == 0)
		r = body_of_kind(q, "policy/v1", "Eviction", &body);
	if (r == 0)
		r = body_of_here(q, body);
	if (r == 0)
		r = posted_admit(q, call, "policy/v1", "Eviction", &body);
	if (r < 0)
		return r;
	if (!pv_streq(meta_text(body, "name"), q->t.name))
		return pv_fail(q->cx, PV_EBADREQUEST,
			       "name in URL does not match name in Eviction object: expected metadata.name "
			       "\"%s\", found \"%s\"",
			       q->t.name, meta_text(body, "name"));
	options = pv_get(body, "deleteOptions");
	call->subresource = "";
	return options ? body_delete_options(q, options, call) : 0;
}

int
handle_eviction(request *q)
{
	const pv_identity *caller = pv_auth_identity(q->cx);
	struct eviction e = {.q = q, .pods = q->t.res, .call = {0}};
	int r = may(q, "create");

	if (r == 0)
		r = read_eviction(q, &e.call);
	if (r < 0)
		return r;
	pv_auth_internal(q->cx, "system:pave:eviction"); /* who may evict needs no right to delete */
	r = evict(&e);
	q->cx->identity = (void *)(uintptr_t)caller;
	return r < 0 ? r : answer_success(q);
}
