/* clusters: the clusters that Secrets of namespace argocd describe, and this one.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Cluster/ */
#include "base/str.h"
#include "delivery/applicationset/appset.h"

#define SECRET_TYPE "argocd.argoproj.io/secret-type"
#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

static const char *
decoded(appset *s, const pv_val *secret, const char *key)
{
	const char *plain = pv_text(pv_get(pv_get(secret, "stringData"), key), NULL);
	const char *text = pv_text(pv_get(pv_get(secret, "data"), key), NULL);
	size_t len;
	if (plain) /* in a file, with no server */
		return plain;
	return text ? (const char *)pv_unbase64(s->cx->arena, pv_str_of(text), false, &len) : NULL;
}

/* What kubectl notes is the whole Secret. */
static void
put_notes(pv_objb *b, const char *key, const pv_val *notes)
{
	pv_val left = notes ? pv_without(b->arena, notes, LAST_APPLIED) : pv_null();
	if (pv_count(&left))
		pv_objb_put(b, key, left);
}

static pv_val
described(appset *s, const pv_val *secret)
{
	const char *server = decoded(s, secret, "server"), *name = decoded(s, secret, "name");
	pv_objb b, meta;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "name", name && *name ? name : server ? server : "");
	pv_objb_puts(&b, "server", server ? server : "");
	pv_objb_puts(&b, "project", decoded(s, secret, "project") ? decoded(s, secret, "project") : "");
	pv_objb_init(&meta, s->cx->arena);
	put_notes(&meta, "labels", pv_at(secret, "metadata.labels"));
	put_notes(&meta, "annotations", pv_at(secret, "metadata.annotations"));
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "secret", pv_bool(true));
	return pv_objb_end(&b);
}

static pv_val
here(appset *s)
{
	pv_objb b;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "name", "in-cluster");
	pv_objb_puts(&b, "server", IN_CLUSTER);
	pv_objb_puts(&b, "project", "");
	return pv_objb_end(&b);
}

static pv_val
all_known(appset *s)
{
	pv_vec secrets;
	pv_listb list;
	bool this = false;
	pv_listb_init(&list, s->cx->arena);
	pv_vec_init(&secrets, s->cx->arena, sizeof(const pv_val *));
	pv_plan_indexed(s->cx, s->plan, CLUSTERS_INDEX, "all", &secrets);
	pv_vec_sort(&secrets, appset_by_name);
	for (size_t i = 0; i < secrets.len; i++)
		this = this ||
		       pv_streq(decoded(s, *PV_AT(const pv_val *, &secrets, i), "server"), IN_CLUSTER);
	if (!this)
		pv_listb_add(&list, here(s));
	for (size_t i = 0; i < secrets.len; i++)
		pv_listb_add(&list, described(s, *PV_AT(const pv_val *, &secrets, i)));
	return pv_listb_end(&list);
}

/* Read once a turn: a generator in a matrix asks for each set of parameters that it is in. */
const pv_val *
appset_clusters_known(appset *s)
{
	if (!s->clusters)
		s->clusters = pv_box(s->cx->arena, all_known(s));
	return s->clusters;
}

bool
appset_cluster_find(appset *s, const char *name, const char *server)
{
	const pv_val *clusters = appset_clusters_known(s);
	for (size_t i = 0; i < pv_count(clusters); i++) {
		const pv_val *c = pv_item(clusters, i);
		if (*server ? pv_streq(pv_text_at(c, "server", ""), server)
			    : pv_streq(pv_text_at(c, "name", ""), name))
			return true;
	}
	return false;
}

/* The index of Secrets that are clusters: few of a thousand are. */
void
appset_clusters_keys(pv_ctx *cx PV_UNUSED, const pv_val *object, pv_vec *ret)
{
	static const char *const all = "all";
	if (pv_streq(pv_text_at(object, "metadata.namespace", ""), APPSET_HOME) &&
	    pv_streq(pv_text(pv_get(pv_at(object, "metadata.labels"), SECRET_TYPE), ""), "cluster"))
		pv_vec_push(ret, &all);
}

/* ---- the generator ---- */

static pv_val
set_of(appset *s, const pv_val *cluster)
{
	const pv_val *meta = pv_get(cluster, "metadata");
	const char *name = pv_text_at(cluster, "name", "");
	pv_objb b;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "name", name);
	pv_objb_puts(&b, "nameNormalized", appset_name_normalized(s->cx->arena, pv_str_of(name)));
	pv_objb_puts(&b, "server", pv_text_at(cluster, "server", ""));
	pv_objb_puts(&b, "project", pv_text_at(cluster, "project", ""));
	if (s->go && meta)
		pv_objb_put(&b, "metadata", *meta);
	for (size_t i = 0; !s->go && i < pv_member_count(meta); i++) {
		const pv_val *notes = &meta->members[i].val;
		for (size_t k = 0; k < pv_member_count(notes); k++)
			pv_objb_put(&b,
				    pv_printf(s->cx->arena, "metadata.%s.%s",
					      pv_text(&meta->members[i].key, ""),
					      pv_text(&notes->members[k].key, "")),
				    notes->members[k].val);
	}
	return pv_objb_end(&b);
}

static bool
selects(const pv_val *selector)
{
	return pv_count(pv_get(selector, "matchLabels")) > 0 ||
	       pv_count(pv_get(selector, "matchExpressions")) > 0;
}

/* A cluster that no Secret describes has no labels: a selector leaves it out, whatever it says. */
static int
chosen(appset *s, const pv_val *selector, const char *field, const pv_val *cluster, bool *ret)
{
	const pv_val *labels = pv_at(cluster, "metadata.labels");
	*ret = true;
	if (!selects(selector))
		return 0;
	*ret = false;
	return pv_get(cluster, "secret")
		       ? appset_params_selected(s, selector, field,
						labels ? labels : pv_box(s->cx->arena, pv_null()), ret)
		       : 0;
}

static int
find(appset *s, const pv_val *of, const char *field, int depth PV_UNUSED, pv_vec *ret)
{
	const pv_val *clusters = appset_clusters_known(s);
	pv_listb all;
	pv_objb one;
	int r = 0;
	pv_listb_init(&all, s->cx->arena);
	for (size_t i = 0; r == 0 && i < pv_count(clusters); i++) {
		const pv_val *cluster = pv_item(clusters, i);
		pv_val set;
		bool fits;
		r = chosen(s, pv_get(of, "selector"), field, cluster, &fits);
		if (r < 0 || !fits)
			continue;
		set = set_of(s, cluster);
		r = appset_params_add_values(s, pv_get(of, "values"), &set);
		if (r == 0 && pv_truth_at(of, "flatList", false))
			pv_listb_add(&all, set);
		else if (r == 0)
			r = appset_params_push(s, ret, set);
	}
	if (r < 0 || !pv_truth_at(of, "flatList", false))
		return r;
	pv_objb_init(&one, s->cx->arena);
	pv_objb_put(&one, "clusters", pv_listb_end(&all));
	return appset_params_push(s, ret, pv_objb_end(&one));
}

const generator clusters_generator = {"clusters", find};
