/* orphan: what is in the destination's namespace and belongs to no Application, where the project
 * asks for it.  https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/ */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "delivery/application/app.h"
#include "delivery/application/project.h"
#include "lang/glob/glob.h"

#define OWNERS_DEEP 32 /* a longer chain of owners is a circle */

/* Kinds that Argo CD does not look at by itself, for controllers make them of other objects. */
static bool
is_derived(const item *it)
{
	static const char *const kinds[][2] = {{"", "Endpoints"},
					       {"discovery.k8s.io", "EndpointSlice"},
					       {"certificates.k8s.io", "CertificateSigningRequest"},
					       {"cert-manager.io", "CertificateRequest"},
					       {"wgpolicyk8s.io", "PolicyReport"},
					       {"governance.pave.dev", "PolicyFinding"}};
	for (size_t i = 0; i < PV_LEN(kinds); i++)
		if (pv_streq(it->group, kinds[i][0]) && pv_streq(it->kind, kinds[i][1]))
			return true;
	return false;
}

/* What is in every namespace. */
static bool
is_of_the_cluster(const item *it)
{
	if (*it->group)
		return false;
	return (pv_streq(it->kind, "ServiceAccount") && pv_streq(it->name, "default")) ||
	       (pv_streq(it->kind, "ConfigMap") && pv_streq(it->name, "kube-root-ca.crt")) ||
	       (pv_streq(it->kind, "Service") && pv_streq(it->ns, "default") &&
		pv_streq(it->name, "kubernetes"));
}

/* Globs; without a kind or a name a row is for any, without a group for the core group. */
static bool
is_ignored(const pv_val *ignore, const item *it)
{
	for (size_t i = 0; i < pv_count(ignore); i++) {
		const pv_val *row = pv_item(ignore, i);
		const char *kind = pv_text_at(row, "kind", ""), *name = pv_text_at(row, "name", "");
		if ((!*kind || pv_glob_spans(kind, it->kind)) &&
		    pv_glob_spans(pv_text_at(row, "group", ""), it->group) &&
		    (!*name || pv_glob_spans(name, it->name)))
			return true;
	}
	return false;
}

/* Is it of an Application that is there?  One that is gone owns nothing. */
static bool
is_managed(app *a, const item *it, const pv_val *object)
{
	const char *key = item_tracked_by(a, it, object);
	return key && (pv_streq(key, a->key) || app_tracked(a, key));
}

/* The claim TEMPLATE-SET-NUMBER is its StatefulSet's, without saying so. */
static bool
is_claim_of_a_set(const item *it, const pv_vec *all)
{
	for (size_t i = 0; pv_streq(it->kind, "PersistentVolumeClaim") && i < all->len; i++) {
		const pv_val *set = *PV_AT(const pv_val *, all, i), *list;
		const char *rest;
		size_t len = strlen(pv_text_at(set, "metadata.name", ""));
		list = pv_streq(pv_text_at(set, "kind", ""), "StatefulSet")
			       ? pv_at(set, "spec.volumeClaimTemplates")
			       : NULL;
		for (size_t k = 0; k < pv_count(list); k++) {
			const char *template = pv_text_at(pv_item(list, k), "metadata.name", "");
			if (!pv_starts_with(it->name, template) || it->name[strlen(template)] != '-')
				continue;
			rest = it->name + strlen(template) + 1;
			if (pv_starts_with(rest, pv_text_at(set, "metadata.name", "")) && rest[len] == '-' &&
			    rest[len + 1] && !rest[len + 1 + strspn(rest + len + 1, "0123456789")])
				return true;
		}
	}
	return false;
}

static const pv_map *
wanted(const app *a)
{
	pv_map *map = pv_map_new(a->cx->arena);
	for (size_t i = 0; i < a->items.len; i++)
		if (!PV_AT(item, &a->items, i)->hook)
			pv_map_puts(map, item_key(a, PV_AT(item, &a->items, i)), PV_AT(item, &a->items, i));
	return map;
}

static bool
is_orphan(app *a, const pv_val *project, const pv_map *own, const pv_vec *all, const pv_val *object)
{
	item it = {0};
	if (pv_count(pv_at(object, "metadata.ownerReferences")))
		return false;
	item_identify(a, object, &it);
	return !is_derived(&it) && !is_of_the_cluster(&it) && project_permits_kind(project, &it) &&
	       !is_ignored(pv_at(project, "spec.orphanedResources.ignore"), &it) &&
	       !pv_streq(pv_text_at(object, "metadata.uid", ""), pv_text_at(a->object, "metadata.uid", "")) &&
	       !pv_map_finds(own, item_key(a, &it)) && !is_managed(a, &it, object) &&
	       !is_claim_of_a_set(&it, all);
}

/* The object at the end of its owners; NULL: they are not all in the namespace. */
static const pv_val *
root_of(const pv_map *by_uid, const pv_val *object)
{
	for (int deep = 0; object && deep < OWNERS_DEEP; deep++) {
		const pv_val *owner = pv_item(pv_at(object, "metadata.ownerReferences"), 0);
		if (!owner)
			return object;
		object = pv_map_finds(by_uid, pv_text_at(owner, "uid", ""));
	}
	return NULL;
}

void
app_orphans(app *a)
{
	const pv_val *project = project_of(a), *asked = pv_at(project, "spec.orphanedResources");
	const pv_map *own;
	pv_map *by_uid, *orphans;
	pv_vec all;
	size_t n = 0;
	if (!asked || !pv_truth_at(asked, "warn", true) || !*a->dest_ns || a->dest.secret)
		return;
	own = wanted(a);
	by_uid = pv_map_new(a->cx->arena);
	orphans = pv_map_new(a->cx->arena);
	pv_plan_within(a->cx, a->plan, a->dest_ns, &all);
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &all, i);
		const char *uid = pv_text_at(object, "metadata.uid", "");
		pv_map_puts(by_uid, uid, (void *)(uintptr_t)object);
		if (is_orphan(a, project, own, &all, object))
			pv_map_puts(orphans, uid, a);
	}
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *root = root_of(by_uid, *PV_AT(const pv_val *, &all, i));
		n += root && pv_map_finds(orphans, pv_text_at(root, "metadata.uid", ""));
	}
	if (n)
		app_condition(a, "OrphanedResourceWarning", "Application has %zu orphaned resources", n);
}
