/* settings: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/ */
#include "delivery/application/settings.h"

#include "base/str.h"
#include "delivery/application/project.h"
#include "lang/glob/glob.h"
#include "lang/yaml/yaml.h"

static void
look_up(app *a)
{
	const pv_val *configmap;
	if (a->settings_known)
		return;
	configmap = pv_plan_find(a->cx, a->plan, "v1/ConfigMap", CUSTOM_NS, CUSTOM_NAME);
	a->settings = pv_get(configmap, "data");
	a->custom = custom_of(a->cx, configmap, pv_plan_now(a->plan));
	a->settings_known = true;
}

const char *
setting(app *a, const char *key, const char *otherwise)
{
	const char *text;
	look_up(a);
	text = pv_text(pv_get(a->settings, key), "");
	return *text ? text : otherwise;
}

const custom *
settings_custom(app *a)
{
	look_up(a);
	return a->custom;
}

/* ---- exclusions ---- */

static bool
read_list(app *a, const char *key, const pv_val **ret)
{
	const char *text = setting(a, key, NULL);
	pv_yaml_opts opts = {.file = key};
	const pv_val *list = NULL;
	if (text && pv_yaml_parse(a->cx, pv_str_of(text), &opts, &list) < 0) {
		app_condition(a, "ComparisonError", "ConfigMap " CUSTOM_NS "/" CUSTOM_NAME ": %s",
			      pv_error_text(a->cx));
		pv_recover(a->cx);
		return false;
	}
	if (list && !pv_is(list, PV_LIST) && !pv_is(list, PV_NULL)) {
		app_condition(a, "ComparisonError",
			      "ConfigMap " CUSTOM_NS "/" CUSTOM_NAME
			      ": %s: expected a list of {apiGroups, kinds, clusters}, found %s",
			      key, pv_type_name(list));
		return false;
	}
	*ret = list;
	return true;
}

bool
settings_exclusions(app *a)
{
	return read_list(a, "resource.exclusions", &a->excluded) &&
	       read_list(a, "resource.inclusions", &a->included);
}

/* Without patterns a row is for all. */
static bool
fits(const pv_val *patterns, const char *text)
{
	bool found = !pv_count(patterns);
	for (size_t i = 0; !found && i < pv_count(patterns); i++)
		found = pv_glob_spans(pv_text(pv_item(patterns, i), ""), text);
	return found;
}

static bool
named(const app *a, const pv_val *rows, const item *it)
{
	for (size_t i = 0; i < pv_count(rows); i++) {
		const pv_val *row = pv_item(rows, i);
		if (fits(pv_get(row, "apiGroups"), it->group) && fits(pv_get(row, "kinds"), it->kind) &&
		    fits(pv_get(row, "clusters"), a->dest.server))
			return true;
	}
	return false;
}

/* What tells of others and comes by the thousands is never looked at. */
static bool
is_news(const item *it)
{
	return (!*it->group && pv_streq(it->kind, "Event")) || pv_streq(it->group, "events.k8s.io") ||
	       pv_streq(it->group, "metrics.k8s.io") ||
	       (pv_streq(it->group, "coordination.k8s.io") && pv_streq(it->kind, "Lease"));
}

bool
settings_exclude(const app *a, const item *it)
{
	return is_news(it) || (pv_count(a->included) && !named(a, a->included, it)) ||
	       named(a, a->excluded, it);
}
