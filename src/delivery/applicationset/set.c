/* set: the turn of an ApplicationSet: what generators find, the Applications of it, what is done about them.
 * An error in one generator is one of all: what cannot be found is not taken for what is not there. */
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/applicationset/appset.h"
#include "delivery/application/application.h"

size_t appset_room = (size_t)512 << 20;
int64_t appset_patience = 60 * PV_SEC;

void
appset_init(pv_ctx *cx, pv_plan *plan, const pv_val *object, appset *ret)
{
	*ret = (appset){.cx = cx,
			.plan = plan,
			.object = object,
			.spec = pv_get(object, "spec"),
			.status = pv_get(object, "status"),
			.ns = pv_text_at(object, "metadata.namespace", ""),
			.name = pv_text_at(object, "metadata.name", ""),
			.go = pv_truth_at(object, "spec.goTemplate", false),
			.parsed = pv_map_new(cx->arena),
			.until = pv_mono() + appset_patience};
	pv_vec_init(&ret->made, cx->arena, sizeof(made));
	pv_vec_init(&ret->children, cx->arena, sizeof(const pv_val *));
}

int
appset_goes_on(appset *s)
{
	if (pv_arena_used(s->cx->arena) > appset_room)
		return pv_fail(
			s->cx, PV_ETOOLARGE,
			"what the generators find and the templates make of it takes more than %zu MB: "
			"make several ApplicationSets, or shorter texts",
			appset_room >> 20);
	if (!s->alone && pv_mono() > s->until)
		return pv_fail(s->cx, PV_ETIMEOUT,
			       "its generators and templates take more than a minute: make several "
			       "ApplicationSets, or simpler texts");
	return 0;
}

/* ---- what of the spec must be as it is ---- */

int
appset_check_options(appset *s)
{
	static const struct {
		const char *option;
		enum pv_tmissing means;
	} known[] = {{"missingkey=default", PV_T_MISSING_DEFAULT},
		     {"missingkey=invalid", PV_T_MISSING_DEFAULT},
		     {"missingkey=zero", PV_T_MISSING_ZERO},
		     {"missingkey=error", PV_T_MISSING_ERROR}};
	const pv_val *options = pv_get(s->spec, "goTemplateOptions");
	for (size_t i = 0; i < pv_count(options); i++) {
		size_t k = 0;
		while (k < PV_LEN(known) && !pv_streq(known[k].option, pv_text(pv_item(options, i), "")))
			k++;
		if (k == PV_LEN(known))
			return pv_fail(
				s->cx, PV_EINVALID,
				"spec.goTemplateOptions[%zu]: expected missingkey=error, default, invalid or zero, found "
				"\"%.*s\"",
				i, PV_CLIP(pv_text(pv_item(options, i), "")));
		s->missing = known[k].means;
	}
	return 0;
}

static int
check_paths(appset *s)
{
	const pv_val *rules = pv_get(s->spec, "ignoreApplicationDifferences");
	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *paths = pv_get(pv_item(rules, i), "jqPathExpressions");
		for (size_t k = 0; k < pv_count(paths); k++)
			if (!application_is_path(pv_text(pv_item(paths, k), "")))
				return pv_fail(
					s->cx, PV_EUNSUPPORTED,
					"spec.ignoreApplicationDifferences[%zu].jqPathExpressions[%zu]: \"%.*s\" is not "
					"supported yet: expected a path such as .spec.source.helm.values",
					i, k, PV_CLIP(pv_text(pv_item(paths, k), "")));
	}
	return 0;
}

static int
check_strategy(appset *s)
{
	const char *type = pv_text_at(s->spec, "strategy.type", ""),
		   *order = pv_text_at(s->spec, "strategy.deletionOrder", "");
	const pv_val *steps = pv_at(s->spec, "strategy.rollingSync.steps");
	if (*type && !pv_streq(type, "AllAtOnce") && !pv_streq(type, "RollingSync"))
		return pv_fail(s->cx, PV_EINVALID,
			       "spec.strategy.type: expected AllAtOnce or RollingSync, found \"%.*s\"",
			       PV_CLIP(type));
	if (*order && strcasecmp(order, "AllAtOnce") != 0 && strcasecmp(order, "Reverse") != 0)
		return pv_fail(s->cx, PV_EUNSUPPORTED,
			       "spec.strategy.deletionOrder: expected AllAtOnce or Reverse, found \"%.*s\"",
			       PV_CLIP(order));
	if (!pv_streq(type, "RollingSync"))
		return 0;
	if (pv_count(steps) == 0)
		return pv_fail(
			s->cx, PV_EINVALID,
			"spec.strategy.rollingSync.steps: expected at least one step, found none: no Application would "
			"ever be synced");
	for (size_t i = 0; i < pv_count(steps); i++) {
		const pv_val *list = pv_get(pv_item(steps, i), "matchExpressions");
		for (size_t k = 0; k < pv_count(list); k++) {
			const char *op = pv_text_at(pv_item(list, k), "operator", "");
			if (!pv_streq(op, "In") && !pv_streq(op, "NotIn"))
				return pv_fail(
					s->cx, PV_EINVALID,
					"spec.strategy.rollingSync.steps[%zu].matchExpressions[%zu].operator: expected In "
					"or NotIn, found \"%.*s\"",
					i, k, PV_CLIP(op));
		}
	}
	return 0;
}

static int
check(appset *s)
{
	int r = appset_check_options(s);
	r = r < 0 ? r : check_paths(s);
	return r < 0 ? r : check_strategy(s);
}

/* ---- a refresh that was asked for by annotation, as Applications have it ---- */

/* False: the turn ends. */
static bool
begin_refresh(appset *s)
{
	const pv_val *asked = pv_get(pv_at(s->object, "metadata.annotations"), APPSET_REFRESH);
	s->looking = pv_i64_at(s->status, "looking", 0);
	if (!asked || s->looking)
		return true;
	pv_plan_status(s->cx, s->plan,
		       pv_with(s->cx->arena, s->status, "looking", pv_int(pv_plan_now(s->plan))));
	pv_plan_requeue(s->plan, PV_MS);
	return false;
}

static void
end_refresh(appset *s)
{
	(void)pv_plan_annotate(s->cx, s->plan, s->object, APPSET_REFRESH, NULL);
}

/* ---- the turn ---- */

static void
failed(appset *s, const char *reason)
{
	struct outcome o = {
		.reason = reason, .error = pv_strdup(s->cx->arena, pv_error_text(s->cx)), .generated = false};
	pv_plan_summary(s->cx, s->plan, "nothing is changed: %s", o.error);
	end_refresh(s);
	(void)pv_plan_fail(s->cx, s->plan, reason);
	appset_status(s, &o);
}

static const char *
faults(appset *s)
{
	const char *last = NULL;
	size_t n = 0;
	for (size_t i = 0; i < s->made.len; i++)
		if (PV_AT(made, &s->made, i)->fault) {
			last = PV_AT(made, &s->made, i)->fault;
			n++;
		}
	return n > 1 ? pv_printf(s->cx->arena, "%s (and %zu more)", last, n - 1) : last;
}

static void
explain(appset *s, size_t n, const char *error)
{
	size_t synced = 0, healthy = 0;
	for (size_t i = 0; i < s->children.len; i++) {
		const pv_val *child = *PV_AT(const pv_val *, &s->children, i);
		synced += pv_streq(pv_text_at(child, "status.sync.status", ""), "Synced");
		healthy += pv_streq(pv_text_at(child, "status.health.status", ""), "Healthy");
	}
	pv_plan_summary(s->cx, s->plan, "%s by %s: %zu Synced, %zu Healthy%s%s",
			pv_counted(s->cx->arena, n, "application"),
			pv_counted(s->cx->arena, pv_count(pv_get(s->spec, "generators")), "generator"),
			synced, healthy, error ? "; " : "", error ? error : "");
}

static void
carry(appset *s)
{
	pv_map *operations = pv_map_new(s->cx->arena);
	struct outcome o = {.generated = true};
	pv_val rolling;
	appset_validate(s);
	o.error = faults(s);
	o.reason = "ApplicationValidationError";
	if (appset_rollout_is_on(s->spec)) {
		rolling = appset_rollout_step(s, operations);
		o.application_status = &rolling;
	}
	appset_hold(s);
	appset_carry(s, operations);
	if (o.error)
		pv_plan_event(s->cx, s->plan, "Warning", o.reason, "%s", o.error);
	explain(s, s->made.len, o.error);
	end_refresh(s);
	appset_status(s, &o);
}

/* Each change of each Application starts a turn.  While many of them change, only the generators are asked, so that what
 * they know is kept, and the whole is made every two seconds. */
static int
reconcile(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	appset s;
	int64_t rest;
	int r;
	appset_init(cx, plan, object, &s);
	appset_children(&s);
	if (appset_delete(&s) || !begin_refresh(&s))
		return 0;
	rest = appset_rest(&s);
	s.rests = rest > 0;
	s.reason = "ErrorOccurred";
	r = check(&s);
	r = r < 0 ? r : appset_make(&s);
	if (s.requeue)
		pv_plan_requeue(plan, s.requeue);
	if (r < 0)
		failed(&s, s.reason);
	else if (s.waiting)
		pv_plan_reason(cx, plan, "waits for what its generators ask");
	else if (!s.rests)
		carry(&s);
	else
		explain(&s, s.children.len, NULL);
	if (s.rests)
		pv_plan_requeue(plan, rest);
	return 0;
}

const pv_controller applicationset_controller = {
	.name = APPSET_MANAGER,
	.kind = "argoproj.io/v1alpha1/ApplicationSet",
	.reconcile = reconcile,
};
