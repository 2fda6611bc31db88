#include "core/resource/impl.h"
#include "base/str.h"
#include "core/module.h"
#include <stdlib.h>
#include <string.h>

pv_unit *
pv_unit_new(const char *name)
{
	pv_arena *arena = pv_arena_new("kinds");
	pv_unit *unit = pv_new(arena, pv_unit);

	unit->arena = arena;
	unit->name = name ? pv_strdup(arena, name) : NULL;
	atomic_init(&unit->refs, 1);
	return unit;
}

pv_unit *
pv_unit_ref(pv_unit *unit)
{
	atomic_fetch_add_explicit(&unit->refs, 1, memory_order_relaxed);
	return unit;
}

pv_unit *
pv_unit_unref(pv_unit *unit)
{
	if (unit && atomic_fetch_sub_explicit(&unit->refs, 1, memory_order_acq_rel) == 1)
		pv_arena_free(unit->arena); /* deferred calls let go of the schemas */
	return NULL;
}

uint64_t
pv_stable_hash(uint64_t seed, const void *bytes, size_t len)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < len; i++)
		seed = (seed ^ b[i]) * UINT64_C(1099511628211);
	return seed;
}

static uint64_t
hash_text(uint64_t seed, const char *s)
{
	return pv_stable_hash(seed, s, strlen(s) + 1);
}

static const char *
api_version(pv_arena *arena, const char *group, const char *version)
{
	return *group ? pv_printf(arena, "%s/%s", group, version) : version;
}

static const pv_column *
columns_of(pv_arena *arena, const pv_kind *kind)
{
	pv_column *columns = pv_new_array(arena, pv_column, kind->n_columns);

	for (size_t i = 0; i < kind->n_columns; i++) {
		const pv_kind_column *c = &kind->columns[i];

		columns[i] = (pv_column){c->name, c->type, c->format, c->path, c->priority};
	}
	return columns;
}

static void
subresources(pv_arena *arena, const pv_kind *kind, pv_resource *res)
{
	const char **names = pv_new_array(arena, const char *, kind->n_subs + 1);

	for (size_t i = 0; i < kind->n_subs; i++) {
		names[i] = kind->subs[i].name;
		res->has_status |= pv_streq(names[i], "status");
		res->has_scale |= pv_streq(names[i], "scale");
	}
	res->subresources = names;
	if (!res->has_scale)
		return;
	res->scale_spec = ".spec.replicas";
	res->scale_status = ".status.replicas";
	res->scale_selector = ".spec.selector";
}

/* Names that are path segments only (RBAC), or labels (namespaces, services, what Pods are named by in order). */
static enum pv_name_rule
name_rule(const pv_kind *kind)
{
	static const struct {
		const char *group, *plural;
		enum pv_name_rule rule;
	} rules[] = {
		{"", "namespaces", PV_NAME_LABEL},
		{"", "services", PV_NAME_LABEL1035},
		{"apps", "statefulsets", PV_NAME_LABEL},
		{"networking.k8s.io", "ipaddresses", PV_NAME_ADDRESS},
		{"", "events", PV_NAME_PATH},
		{"certificates.k8s.io", "certificatesigningrequests", PV_NAME_PATH},
		{"policy", "poddisruptionbudgets", PV_NAME_PATH},
		{"rbac.authorization.k8s.io", "roles", PV_NAME_PATH},
		{"rbac.authorization.k8s.io", "clusterroles", PV_NAME_PATH},
		{"rbac.authorization.k8s.io", "rolebindings", PV_NAME_PATH},
		{"rbac.authorization.k8s.io", "clusterrolebindings", PV_NAME_PATH},
	};

	for (size_t i = 0; i < PV_LEN(rules); i++)
		if (pv_streq(kind->group, rules[i].group) && pv_streq(kind->plural, rules[i].plural))
			return rules[i].rule;
	return PV_NAME_SUBDOMAIN;
}

/* Where a kind has several versions or names, the one the store keeps. */
static bool
is_storage(const pv_kind *kind)
{
	if (pv_streq(kind->group, "autoscaling"))
		return pv_streq(kind->version, "v2");
	if (pv_streq(kind->group, "admissionregistration.k8s.io"))
		return !pv_streq(kind->version, "v1alpha1");
	return !pv_streq(kind->group, "events.k8s.io");
}

static void
from_kind(pv_arena *arena, const pv_kinds *kinds, const pv_kind *kind, pv_resource *res)
{
	res->group = kind->group;
	res->version = kind->version;
	res->kind = kind->kind;
	res->list_kind = pv_printf(arena, "%sList", kind->kind);
	res->plural = kind->plural;
	res->singular = kind->singular;
	res->type = pv_streq(kind->group, "events.k8s.io")
			    ? "/Event"
			    : pv_printf(arena, "%s/%s", kind->group, kind->kind);
	res->api_version = api_version(arena, kind->group, kind->version);
	res->short_names = kind->short_names;
	res->categories = kind->categories;
	res->namespaced = kind->namespaced;
	res->storage = is_storage(kind);
	res->name_rule = name_rule(kind);
	res->verbs = kind->verbs;
	res->schema = res->whole = kind->schema;
	res->meta = pv_kinds_type(kinds, "meta.v1.ObjectMeta");
	res->columns = columns_of(arena, kind);
	res->n_columns = kind->n_columns;
	res->kind_facts = kind;
	res->selectable = kind->selectable;
	res->deprecated = kind->deprecated != NULL;
	res->deprecation = kind->deprecated;
	res->hash = hash_text(hash_text(PV_HASH_SEED, PAVE_VERSION), res->type);
	subresources(arena, kind, res);
}

/* A built-in kind that a module computes. */
static const pv_view *
computed(const pv_resource *res)
{
	for (size_t m = 0; pv_modules[m]; m++)
		for (size_t v = 0; pv_modules[m]->views && pv_modules[m]->views[v]; v++) {
			const pv_view *view = pv_modules[m]->views[v];

			if (pv_streq(view->group, res->group) && pv_streq(view->version, res->version) &&
			    pv_streq(view->kind, res->kind))
				return view;
		}
	return NULL;
}

pv_unit *
pv_unit_builtin(const pv_kinds *kinds)
{
	pv_unit *unit = pv_unit_new(NULL);
	const pv_kind *kind;
	size_t n = 0;

	for (size_t pos = 0; pv_kinds_each(kinds, &pos, &kind);)
		n++;
	unit->resources = pv_new_array(unit->arena, pv_resource, n);
	for (size_t pos = 0; pv_kinds_each(kinds, &pos, &kind);) {
		pv_resource *res = &unit->resources[unit->n++];

		from_kind(unit->arena, kinds, kind, res);
		res->view = computed(res);
		res->unit = unit;
	}
	return unit;
}

static void
from_view(pv_arena *arena, const pv_view *view, pv_resource *res)
{
	static const pv_column usual[] = {
		{"Name", "string", "name", ".metadata.name", 0},
		{"Age", "date", "", ".metadata.creationTimestamp", 0},
	};

	res->group = view->group;
	res->version = view->version;
	res->kind = view->kind;
	res->list_kind = pv_printf(arena, "%sList", view->kind);
	res->plural = view->plural;
	res->singular = view->singular ? view->singular : pv_str_lower(arena, view->kind);
	res->type = pv_printf(arena, "%s/%s", view->group, view->kind);
	res->api_version = api_version(arena, view->group, view->version);
	res->short_names = view->short_names;
	res->namespaced = view->namespaced;
	res->storage = true;
	res->name_rule = PV_NAME_PATH;
	res->verbs = PV_V_GET | PV_V_LIST | (view->heeds ? PV_V_WATCH : 0u);
	res->columns = view->n_columns ? view->columns : usual;
	res->n_columns = view->n_columns ? view->n_columns : PV_LEN(usual);
	res->view = view;
	res->yields = view->yields;
	res->hash = hash_text(hash_text(PV_HASH_SEED, PAVE_VERSION), res->type);
}

pv_unit *
pv_unit_views(void)
{
	pv_unit *unit = pv_unit_new(NULL);
	size_t n = 0;

	for (size_t m = 0; pv_modules[m]; m++)
		for (size_t v = 0; pv_modules[m]->views && pv_modules[m]->views[v]; v++)
			n++;
	unit->resources = pv_new_array(unit->arena, pv_resource, n + 1);
	for (size_t m = 0; pv_modules[m]; m++) {
		for (size_t v = 0; pv_modules[m]->views && pv_modules[m]->views[v]; v++) {
			const pv_view *view = pv_modules[m]->views[v];
			pv_resource *res = &unit->resources[unit->n];

			if (!view->plural) /* of a built-in kind */
				continue;
			from_view(unit->arena, view, res);
			res->unit = unit;
			unit->n++;
		}
	}
	return unit;
}
