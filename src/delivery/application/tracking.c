/* tracking: https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ */
#include "delivery/application/tracking.h"

#include <string.h>

#include "base/str.h"
#include "delivery/application/depends.h"
#include "delivery/application/destination.h"
#include "delivery/application/hydrate.h"
#include "delivery/application/project.h"
#include "delivery/application/settings.h"

#define ANNOTATION "argocd.argoproj.io/tracking-id"
#define INSTALLATION "argocd.argoproj.io/installation-id"
#define LABEL "app.kubernetes.io/instance"
#define OTHER_LABEL "argocd.argoproj.io/instance"
#define LABEL_MOST 63

void
tracking_init(app *a)
{
	a->tracking = (app_tracking){.method = setting(a, "application.resourceTrackingMethod", "annotation"),
				     .label = setting(a, "application.instanceLabelKey", LABEL),
				     .installation = setting(a, "installationID", "")};
	a->tracking.by_label = pv_streq(a->tracking.method, "label");
}

bool
tracking_is_understood(app *a)
{
	const app_tracking *t = &a->tracking;
	if (!pv_streq(t->method, "annotation") && !t->by_label && !pv_streq(t->method, "annotation+label")) {
		app_condition(a, "ComparisonError",
			      "ConfigMap " PROJECT_HOME
			      "/argocd-cm: application.resourceTrackingMethod is \"%s\": "
			      "expected annotation, label or annotation+label",
			      t->method);
		return false;
	}
	if (t->by_label && !pv_streq(t->label, LABEL) && !pv_streq(t->label, OTHER_LABEL)) {
		app_condition(a, "ComparisonError",
			      "ConfigMap " PROJECT_HOME
			      "/argocd-cm: application.instanceLabelKey is \"%s\": tracking "
			      "by label is supported by " LABEL " and " OTHER_LABEL " only",
			      t->label);
		return false;
	}
	return true;
}

/* ---- marks ---- */

static pv_val
with(const app *a, const pv_val *object, const char *place, const char *key, pv_val v)
{
	pv_objb b;
	pv_objb_from(&b, a->cx->arena, pv_at(object, place));
	pv_objb_put(&b, key, v);
	return pv_with_at(a->cx->arena, object, place, pv_objb_end(&b));
}

/* A label's value ends where it is too long, and with a letter or a digit. */
static pv_val
label_value(const app *a)
{
	size_t n = strnlen(a->key, LABEL_MOST);
	while (a->key[n] && n && strchr("-_.", a->key[n - 1]))
		n--;
	return a->tracking.by_label ? pv_string_ref(a->key) : pv_stringn(a->cx->arena, a->key, n);
}

pv_val
tracking_marked(const app *a, const item *it, const char *name, const pv_val *object)
{
	pv_val v = *object;
	if (!pv_streq(a->tracking.method, "annotation"))
		v = with(a, &v, "metadata.labels", a->tracking.label, label_value(a));
	if (!a->tracking.by_label)
		v = with(a, &v, "metadata.annotations", ANNOTATION,
			 pv_stringf(a->cx->arena, "%s:%s/%s:%s/%s", a->key, it->group, it->kind, it->ns,
				    name));
	if (*a->tracking.installation && !a->tracking.by_label)
		v = with(a, &v, "metadata.annotations", INSTALLATION,
			 pv_string_ref(a->tracking.installation));
	return v;
}

/* ---- whose it is ---- */

static const char *
note(const pv_val *object, const char *place, const char *key)
{
	return pv_text(pv_get(pv_at(object, place), key), "");
}

/* What an owner made of an object has that one's labels. */
static const char *
by_label(const app *a, const pv_val *object)
{
	const char *key = note(object, "metadata.labels", a->tracking.label);
	return *key && !pv_count(pv_at(object, "metadata.ownerReferences")) ? key : NULL;
}

/* "app:group/Kind:ns/name"; the part behind the application must be its own. */
const char *
item_tracked_by(const app *a, const item *it, const pv_val *object)
{
	const char *own = pv_printf(a->cx->arena, ":%s/%s:%s/%s", it->group, it->kind, it->ns, it->name);
	const char *id = note(object, "metadata.annotations", ANNOTATION), *colon = strchr(id, ':');
	if (a->tracking.by_label)
		return by_label(a, object);
	if (*a->tracking.installation &&
	    !pv_streq(note(object, "metadata.annotations", INSTALLATION), a->tracking.installation))
		return NULL;
	return colon && pv_streq(colon, own) ? pv_strndup(a->cx->arena, id, (size_t)(colon - id)) : NULL;
}

void
tracking_objects(app *a, pv_vec *ret)
{
	pv_vec all;
	pv_vec_init(ret, a->cx->arena, sizeof(const pv_val *));
	destination_tracked(a, &all);
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &all, i);
		item it = {0};
		item_identify(a, object, &it);
		if (pv_streq(item_tracked_by(a, &it, object), a->key))
			pv_vec_push(ret, &object);
	}
}

const pv_val *
app_tracked(const app *a, const char *key)
{
	const char *bar = strchr(key, '_');
	const char *ns = bar ? pv_strndup(a->cx->arena, key, (size_t)(bar - key)) : PROJECT_HOME;
	return pv_plan_find(a->cx, a->plan, "argoproj.io/v1alpha1/Application", ns, bar ? bar + 1 : key);
}

const char *
item_held_by(const app *a, const item *it)
{
	const char *key = it->live ? item_tracked_by(a, it, it->live) : NULL;
	const pv_val *list =
		key && !pv_streq(key, a->key) ? pv_at(app_tracked(a, key), "status.resources") : NULL;
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *r = pv_item(list, i);
		if (pv_streq(pv_text_at(r, "kind", ""), it->kind) &&
		    pv_streq(pv_text_at(r, "name", ""), it->name) &&
		    pv_streq(pv_text_at(r, "namespace", ""), it->ns) &&
		    pv_streq(pv_text_at(r, "group", ""), it->group))
			return pv_truth_at(r, "requiresPruning", false) ? NULL : key;
	}
	return NULL;
}

/* ---- indexes ---- */

static void
annotation_keys(pv_ctx *cx, const pv_val *object, pv_vec *ret)
{
	const char *id = note(object, "metadata.annotations", ANNOTATION), *key;
	if (!*id)
		return;
	key = pv_strndup(cx->arena, id, strcspn(id, ":"));
	pv_vec_push(ret, &key);
}

static void
label_keys(const pv_val *object, const char *label, pv_vec *ret)
{
	const char *key = note(object, "metadata.labels", label);
	if (*key)
		pv_vec_push(ret, &key);
}

static void
instance_keys(pv_ctx *cx PV_UNUSED, const pv_val *object, pv_vec *ret)
{
	label_keys(object, LABEL, ret);
}

static void
other_instance_keys(pv_ctx *cx PV_UNUSED, const pv_val *object, pv_vec *ret)
{
	label_keys(object, OTHER_LABEL, ret);
}

const pv_index_row application_indexes[] = {
	{"tracking", "*", ANNOTATION, annotation_keys},
	{"instance", "*", LABEL, instance_keys},
	{"instance", "*", OTHER_LABEL, other_instance_keys},
	{DEPENDS_INDEX, "argoproj.io/v1alpha1/Application", DEPENDS_ON, depends_keys},
	{HYDRATE_INDEX, "argoproj.io/v1alpha1/Application", "sourceHydrator", hydrate_keys},
	{0}};
