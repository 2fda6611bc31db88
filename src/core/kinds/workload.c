/* Deployments and their kin: what upstream fills in and refuses. */
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include "lang/selector/selector.h"
#include <string.h>

#define GENERATION "deprecated.daemonset.template.generation"

/* ---- filling ---- */

static bool
is_rolling(const pv_val *object, const char *path)
{
	return pv_streq(pv_text_at(object, path, ""), "RollingUpdate");
}

const pv_val *
pv_deployment_fill(pv_ctx *cx, const pv_val *object)
{
	object = pv_template_fill(cx, object);
	if (!is_rolling(object, "spec.strategy.type"))
		return object;
	object = pv_fill_text(cx, object, "spec.strategy.rollingUpdate.maxUnavailable", "25%");
	return pv_fill_text(cx, object, "spec.strategy.rollingUpdate.maxSurge", "25%");
}

/* How many templates there have been; what a client says of it does not count. */
static const pv_val *
with_generation(pv_ctx *cx, const pv_val *object, int64_t generation)
{
	const pv_val *notes = pv_at(object, "metadata.annotations");
	pv_val none = pv_object_of(cx->arena, NULL, 0, NULL, NULL), v;

	v = pv_with(cx->arena, pv_is(notes, PV_OBJECT) ? notes : &none, GENERATION,
		    pv_stringf(cx->arena, "%lld", (long long)generation));
	return pv_box(cx->arena, pv_with_at(cx->arena, object, "metadata.annotations", v));
}

const pv_val *
pv_daemonset_fill(pv_ctx *cx, const pv_val *object)
{
	object = pv_template_fill(cx, object);
	if (!pv_get(pv_at(object, "metadata.annotations"), GENERATION))
		object = with_generation(cx, object, 0); /* so Go writes it before anything is counted */
	if (!is_rolling(object, "spec.updateStrategy.type"))
		return object;
	object = pv_fill_at(cx, object, "spec.updateStrategy.rollingUpdate.maxUnavailable", pv_int(1));
	return pv_fill_at(cx, object, "spec.updateStrategy.rollingUpdate.maxSurge", pv_int(0));
}

const pv_val *
pv_daemonset_give(pv_ctx *cx, const pv_val *object, const pv_val *old, const pv_val *sent PV_UNUSED)
{
	const char *was = pv_text(pv_get(pv_at(old, "metadata.annotations"), GENERATION), "1");
	int64_t generation = 1;

	if (old && !pv_parse_int(pv_str_of(was), &generation))
		generation = 1;
	if (old && !pv_eq(pv_at(old, "spec.template"), pv_at(object, "spec.template")))
		generation++;
	return with_generation(cx, object, generation);
}

static const pv_val *
fill_claims(pv_ctx *cx, const pv_val *object)
{
	const pv_val *list = pv_at(object, "spec.volumeClaimTemplates");
	pv_listb out;

	if (!pv_count(list))
		return object;
	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *claim = pv_item(list, i);

		claim = pv_fill_text(cx, claim, "apiVersion", "v1");
		claim = pv_fill_text(cx, claim, "kind", "PersistentVolumeClaim");
		claim = pv_fill_text(cx, claim, "status.phase", "Pending");
		pv_listb_add(&out, *claim);
	}
	return pv_box(cx->arena,
		      pv_with_at(cx->arena, object, "spec.volumeClaimTemplates", pv_listb_end(&out)));
}

const pv_val *
pv_statefulset_fill(pv_ctx *cx, const pv_val *object)
{
	object = fill_claims(cx, pv_template_fill(cx, object));
	if (pv_text_at(object, "spec.updateStrategy.type", "")[0])
		return object; /* whoever says the type says the rest of it */
	object = pv_fill_text(cx, object, "spec.updateStrategy.type", "RollingUpdate");
	return pv_fill_at(cx, object, "spec.updateStrategy.rollingUpdate.partition", pv_int(0));
}

const pv_val *
pv_rc_fill(pv_ctx *cx, const pv_val *object)
{
	const pv_val *labels = pv_at(object, "spec.template.metadata.labels");

	object = pv_template_fill(cx, object);
	if (!pv_count(labels))
		return object;
	object = pv_fill_at(cx, object, "spec.selector", *labels);
	return pv_fill_at(cx, object, "metadata.labels", *labels);
}

/* ---- checking ---- */

void
pv_template_check(pv_faults *f, const pv_val *template, const char *path, const pv_val *claims)
{
	/* So upstream names them, as if they stood in the template itself. */
	pv_labels_check(f, pv_at(template, "metadata.labels"), pv_below(f, path, "labels"));
	pv_annotations_check(f, pv_at(template, "metadata.annotations"), pv_below(f, path, "annotations"));
	pv_podspec_check(f, pv_get(template, "spec"), pv_below(f, path, "spec"), claims, false);
}

/* The template of a controller that keeps Pods running; of a Deployment: of its ReplicaSets. */
static void
check_running_template(pv_faults *f, const pv_val *template, const char *kind, const pv_val *claims)
{
	static const char path[] = "spec.template";
	const pv_val *policy = pv_at(template, "spec.restartPolicy");

	pv_template_check(f, template, path, claims);
	if (policy && !pv_streq(pv_text(policy, ""), "Always"))
		pv_unsupported(f, pv_below(f, path, "spec.restartPolicy"), policy, "\"Always\"");
	if (pv_at(template, "spec.activeDeadlineSeconds"))
		pv_forbidden(f, pv_below(f, path, "spec.activeDeadlineSeconds"),
			     pv_printf(f->cx->arena, "activeDeadlineSeconds in %s is not Supported", kind));
}

bool
pv_selects(pv_faults *f, const pv_val *selector, const pv_val *labels)
{
	pv_selector *s;
	static const pv_val none = {.type = PV_OBJECT};

	if (pv_selector_from(f->cx, selector, &s) < 0) {
		pv_recover(f->cx); /* its faults have been said */
		return true;
	}
	return pv_selector_match(s, labels ? labels : &none);
}

static void
check_selector(pv_faults *f, const pv_val *object, const pv_val *old, const char *what)
{
	const pv_val *selector = pv_at(object, "spec.selector"),
		     *labels = pv_at(object, "spec.template.metadata.labels");

	bool lenient = pv_streq(what, "daemonset"); /* it is asked for its labels alone */

	if (!selector && !lenient)
		pv_required(f, "spec.selector", NULL);
	if (pv_selector_check(f, selector, "spec.selector") && !lenient)
		pv_fault_value(f, "spec.selector", selector, "invalid label selector");
	if (selector && !pv_count(pv_get(selector, "matchLabels")) &&
	    !pv_count(pv_get(selector, "matchExpressions")))
		pv_fault_value(f, "spec.selector", selector,
			       pv_printf(f->cx->arena, "empty selector is invalid for %s", what));
	if (!selector || !pv_selects(f, selector, labels))
		pv_fault_value(f, "spec.template.metadata.labels", labels,
			       "`selector` does not match template `labels`");
	pv_check_same(f, object, old, "spec.selector");
}

/* What is no percentage counts as none. */
static bool
is_zero(const pv_val *v)
{
	int64_t n = 0;
	pv_str s = pv_strv(v);

	if (pv_is(v, PV_NUMBER))
		return pv_i64(v, 0) == 0;
	return !s.len || s.s[s.len - 1] != '%' || !pv_parse_int((pv_str){s.s, s.len - 1}, &n) || n == 0;
}

static void
check_rolling(pv_faults *f, const pv_val *object, const char *strategy)
{
	const char *path = pv_below(f, strategy, "rollingUpdate");
	const pv_val *rolling = pv_at(object, path), *surge = pv_get(rolling, "maxSurge"),
		     *less = pv_get(rolling, "maxUnavailable");
	const char *type = pv_text_at(object, pv_below(f, strategy, "type"), "");
	bool of_deployment = pv_streq(strategy, "spec.strategy");

	if (!rolling)
		return;
	if (pv_streq(type, "Recreate"))
		pv_forbidden(f, path, "may not be specified when strategy `type` is 'Recreate'");
	if (!pv_streq(type, "RollingUpdate"))
		return;
	pv_check_percent(f, less, pv_below(f, path, "maxUnavailable"), true);
	pv_check_percent(f, surge, pv_below(f, path, "maxSurge"), !of_deployment);
	if (of_deployment && less && surge && is_zero(less) && is_zero(surge))
		pv_fault_value(f, pv_below(f, path, "maxUnavailable"), less,
			       "may not be 0 when `maxSurge` is 0");
}

size_t
pv_deployment_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *deadline = pv_get(spec, "progressDeadlineSeconds");

	check_selector(f, object, old, "deployment");
	check_running_template(f, pv_get(spec, "template"), "ReplicaSet", NULL);
	check_rolling(f, object, "spec.strategy");
	if (deadline && pv_i64(deadline, 0) <= pv_i64(pv_get(spec, "minReadySeconds"), 0))
		pv_fault_value(f, "spec.progressDeadlineSeconds", deadline,
			       "must be greater than minReadySeconds");
	return f->n;
}

size_t
pv_replicaset_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec");

	check_selector(f, object, old, "replicaset");
	check_running_template(f, pv_get(spec, "template"), "ReplicaSet", NULL);
	return f->n;
}

/* Either the old Pod goes first or the new one comes first, not both. */
static void
check_one_way(pv_faults *f, const pv_val *rolling, const char *path)
{
	const pv_val *surge = pv_get(rolling, "maxSurge"), *less = pv_get(rolling, "maxUnavailable");

	if (rolling && !is_zero(surge) && !is_zero(less))
		pv_fault_value(f, pv_below(f, path, "maxSurge"), surge,
			       "may not be set when `maxUnavailable` is non-zero");
	else if (rolling && is_zero(surge) && is_zero(less))
		pv_required(f, pv_below(f, path, "maxUnavailable"), "cannot be 0 when maxSurge is 0");
}

size_t
pv_daemonset_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec");

	check_selector(f, object, old, "daemonset");
	check_running_template(f, pv_get(spec, "template"), "DaemonSet", NULL);
	check_rolling(f, object, "spec.updateStrategy");
	if (is_rolling(object, "spec.updateStrategy.type"))
		check_one_way(f, pv_at(spec, "updateStrategy.rollingUpdate"),
			      "spec.updateStrategy.rollingUpdate");
	return f->n;
}

/* Each claim is a volume of the Pods, and so its name is faulted. */
static void
check_claims(pv_faults *f, const pv_val *list, bool stay)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *claim = pv_item(list, i), *name = pv_at(claim, "metadata.name");
		const char *volume = pv_nth(f, "spec.template.spec.volumes", i);

		if (!stay)
			pv_claim_spec_check(f, pv_get(claim, "spec"),
					    pv_below(f, pv_nth(f, "spec.volumeClaimTemplates", i), "spec"));
		pv_check_name(f, name, pv_below(f, volume, "name"), pv_name_label);
		if (!*pv_text(name, ""))
			pv_required(f, pv_below(f, volume, "persistentVolumeClaim.claimName"), NULL);
	}
}

/* What a claim's template says of its own kind is nobody's concern. */
static bool
same_claims(pv_ctx *cx, const pv_val *spec, const pv_val *old)
{
	const pv_val *now = pv_get(spec, "volumeClaimTemplates"), *was = pv_get(old, "volumeClaimTemplates");
	bool same = pv_count(now) == pv_count(was);

	for (size_t i = 0; same && i < pv_count(now); i++) {
		pv_val one = pv_without(cx->arena, pv_item(now, i), "apiVersion"),
		       two = pv_without(cx->arena, pv_item(was, i), "apiVersion");

		one = pv_without(cx->arena, &one, "kind");
		two = pv_without(cx->arena, &two, "kind");
		same = pv_eq(&one, &two);
	}
	return same;
}

size_t
pv_statefulset_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const fixed[] = {"selector", "serviceName", "podManagementPolicy"};
	const pv_val *spec = pv_get(object, "spec"),
		     *less = pv_at(spec, "updateStrategy.rollingUpdate.maxUnavailable");
	const char *name = pv_text_at(object, "metadata.name", "");
	bool changed = false;

	check_selector(f, object, NULL, "statefulset"); /* that it stays is below */
	if (old) {                                      /* what stays is not asked how it is written */
		pv_faults_withdraw(f, "spec.serviceName");
		pv_faults_withdraw(f, "spec.volumeClaimTemplates");
	}
	check_claims(f, pv_get(spec, "volumeClaimTemplates"), old != NULL);
	if (pv_at(spec, "updateStrategy.rollingUpdate") &&
	    pv_streq(pv_text_at(spec, "updateStrategy.type", ""), "OnDelete"))
		pv_fault_value(f, "spec.updateStrategy.rollingUpdate",
			       pv_at(spec, "updateStrategy.rollingUpdate"),
			       "only allowed for updateStrategy 'RollingUpdate'");
	pv_check_percent(f, less, "spec.updateStrategy.rollingUpdate.maxUnavailable", true);
	if (less && is_zero(less))
		pv_fault_value(f, "spec.updateStrategy.rollingUpdate.maxUnavailable", less, "cannot be 0");
	pv_faults_withdraw(f, "spec.template.spec.hostname"); /* its Pods are given their own */
	pv_faults_withdraw(f, "spec.template.spec.subdomain");
	check_running_template(f, pv_get(spec, "template"), "StatefulSet",
			       pv_get(spec, "volumeClaimTemplates"));
	for (size_t i = 0; old && i < PV_LEN(fixed); i++)
		changed |= !pv_eq(pv_get(spec, fixed[i]), pv_get(pv_get(old, "spec"), fixed[i]));
	changed |= old && !same_claims(f->cx, spec, pv_get(old, "spec"));
	if (!old && strchr(name, '.'))
		pv_fault_value(f, "metadata.name", pv_at(object, "metadata.name"), "must not contain dots");
	if (!old && strlen(name) > 63)
		pv_fault_value(f, "metadata.name", pv_at(object, "metadata.name"),
			       "must be no more than 63 characters");
	if (changed)
		pv_forbidden(f, "spec",
			     "updates to statefulset spec for fields other than 'replicas', 'ordinals', "
			     "'template', "
			     "'updateStrategy', 'revisionHistoryLimit', "
			     "'persistentVolumeClaimRetentionPolicy' and "
			     "'minReadySeconds' are forbidden");
	return f->n;
}

size_t
pv_rc_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *selector = pv_get(spec, "selector");
	const pv_val *labels = pv_at(spec, "template.metadata.labels");

	(void)old;
	if (!pv_count(selector))
		pv_required(f, "spec.selector", NULL);
	for (size_t i = 0; pv_get(spec, "template") && i < pv_member_count(selector); i++) {
		if (!pv_eq(&selector->members[i].val, pv_get(labels, selector->members[i].key.s))) {
			pv_fault_value(f, "spec.template.metadata.labels", labels,
				       "`selector` does not match template `labels`");
			break;
		}
	}
	if (!pv_get(spec, "template"))
		pv_required(f, "spec.template", NULL);
	else
		check_running_template(f, pv_get(spec, "template"), "ReplicationController", NULL);
	return f->n;
}

size_t
pv_revision_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	if (old && !pv_eq(pv_get(object, "data"), pv_get(old, "data")))
		pv_faults_withdraw(f, "data");
	pv_check_same(f, object, old, "data");
	return f->n;
}

size_t
pv_podtemplate_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	(void)old;
	pv_template_check(f, pv_get(object, "template"), "template", NULL);
	return f->n;
}
