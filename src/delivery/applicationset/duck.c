/* duck: clusters that another controller lists in the status of its objects (a placement).  A ConfigMap says of
 * which kind they are.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Cluster-Decision-Resource/ */
#include <string.h>

#include "base/str.h"
#include "delivery/applicationset/appset.h"
#include "lang/selector/selector.h"

struct duck {
	appset *s;
	const pv_val *of;
	const char *field, *kind; /* "group/version/Kind" */
	const char *list_key, *match_key;
};

static int
read_map(struct duck *d)
{
	appset *s = d->s;
	const char *name = pv_text_at(d->of, "configMapRef", "");
	const pv_val *map = pv_plan_find(s->cx, s->plan, "v1/ConfigMap", APPSET_HOME, name),
		     *data = pv_get(map, "data"), *definition;
	const char *version = pv_text_at(data, "apiVersion", ""), *plural = pv_text_at(data, "kind", ""),
		   *slash = strchr(version, '/');
	if (!map)
		return pv_fail(s->cx, PV_ENOTFOUND,
			       "%s.configMapRef: there is no ConfigMap %s in namespace " APPSET_HOME,
			       d->field, name);
	d->list_key = pv_text_at(data, "statusListKey", "clusters");
	d->match_key = pv_text_at(data, "matchKey", "");
	if (!slash || !*plural || !*d->match_key)
		return pv_fail(s->cx, PV_EINVALID,
			       "ConfigMap " APPSET_HOME
			       "/%s: expected data with apiVersion (group/version), kind (its plural) and "
			       "matchKey",
			       name);
	definition = pv_plan_find(s->cx, s->plan, "apiextensions.k8s.io/v1/CustomResourceDefinition", "",
				  pv_printf(s->cx->arena, "%s.%s", plural,
					    pv_strndup(s->cx->arena, version, (size_t)(slash - version))));
	if (!definition)
		return pv_fail(s->cx, PV_ENOTFOUND,
			       "ConfigMap " APPSET_HOME "/%s: no resource %s of %s is served", name, plural,
			       version);
	d->kind = pv_printf(s->cx->arena, "%s/%s", version, pv_text_at(definition, "spec.names.kind", ""));
	return 0;
}

static int
find_objects(struct duck *d, pv_vec *ret)
{
	appset *s = d->s;
	const char *name = pv_text_at(d->of, "name", "");
	const pv_val *labels = pv_get(d->of, "labelSelector"), *one;
	bool selects =
		pv_count(pv_get(labels, "matchLabels")) + pv_count(pv_get(labels, "matchExpressions")) > 0;
	pv_selector *selector = NULL;
	int r = 0;
	pv_vec_init(ret, s->cx->arena, sizeof(const pv_val *));
	if (!*name == !selects)
		return pv_fail(s->cx, PV_EINVALID, "%s: expected either name or labelSelector, found %s",
			       d->field, *name ? "both" : "neither");
	if (*name) {
		one = pv_plan_find(s->cx, s->plan, d->kind, APPSET_HOME, name);
		if (one)
			pv_vec_push(ret, &one);
	} else {
		r = pv_selector_from(s->cx, labels, &selector);
		if (r == 0)
			pv_plan_list(s->cx, s->plan, d->kind, APPSET_HOME, selector, ret);
	}
	if (r == 0 && ret->len == 0)
		return pv_fail(s->cx, PV_ENOTFOUND,
			       "%s: no clusterDecisionResources found: %s %s in namespace " APPSET_HOME,
			       d->field, d->kind, *name ? name : "with these labels");
	return r;
}

static const pv_val *
cluster_called(appset *s, const char *name)
{
	const pv_val *clusters = appset_clusters_known(s);
	for (size_t i = 0; *name && i < pv_count(clusters); i++)
		if (pv_streq(pv_text_at(pv_item(clusters, i), "name", ""), name))
			return pv_item(clusters, i);
	return NULL;
}

/* A cluster that is not known here is passed over, as upstream does. */
static int
decide(struct duck *d, const pv_val *decision, pv_vec *ret)
{
	appset *s = d->s;
	const pv_val *cluster = cluster_called(s, pv_text(pv_get(decision, d->match_key), ""));
	pv_val set;
	pv_objb b;
	int r;
	if (!cluster)
		return 0;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "name", pv_text_at(cluster, "name", ""));
	pv_objb_puts(&b, "server", pv_text_at(cluster, "server", ""));
	for (size_t i = 0; i < pv_member_count(decision); i++) {
		const pv_member *m = &decision->members[i];
		pv_objb_putv(&b, m->key,
			     s->go ? m->val : pv_string_ref(appset_template_plain(s->cx->arena, &m->val)));
	}
	set = pv_objb_end(&b);
	r = appset_params_add_values(s, pv_get(d->of, "values"), &set);
	return r < 0 ? r : appset_params_push(s, ret, set);
}

static int
find(appset *s, const pv_val *of, const char *field, int depth PV_UNUSED, pv_vec *ret)
{
	struct duck d = {.s = s, .of = of, .field = field};
	pv_vec objects;
	int r = read_map(&d);
	r = r < 0 ? r : find_objects(&d, &objects);
	for (size_t i = 0; r == 0 && i < objects.len; i++) {
		const pv_val *list =
			pv_get(pv_get(*PV_AT(const pv_val *, &objects, i), "status"), d.list_key);
		for (size_t k = 0; r == 0 && k < pv_count(list); k++)
			r = decide(&d, pv_item(list, k), ret);
	}
	return r;
}

const generator duck_generator = {"clusterDecisionResource", find};
