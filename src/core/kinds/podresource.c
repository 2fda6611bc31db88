/* What containers, Pods, quotas and limits ask for: names of resources and amounts
 * (kubernetes pkg/apis/core/validation, pkg/apis/core/helper). */
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include <string.h>

#define BILLION ((__int128)1000000000)

static bool
is_huge(const char *name)
{
	return pv_starts_with(name, "hugepages-");
}

bool
pv_resource_is_native(const char *name)
{
	return !strchr(name, '/') || strstr(name, "kubernetes.io/");
}

bool
pv_resource_is_shared(const char *name)
{
	return pv_resource_is_native(name) && !is_huge(name);
}

static bool
is_extended(pv_ctx *cx, const char *name)
{
	return !pv_resource_is_native(name) && !pv_starts_with(name, "requests.") &&
	       !pv_name_qualified(pv_str_of(pv_printf(cx->arena, "requests.%s", name)));
}

/* Things that come in pieces: no halves of them. */
static const char *const counted[] = {
	"pods",       "resourcequotas",         "services",           "replicationcontrollers", "secrets",
	"configmaps", "persistentvolumeclaims", "services.nodeports", "services.loadbalancers", NULL};
static const char *const measured[] = {"cpu",          "memory",           "ephemeral-storage",
				       "requests.cpu", "requests.memory",  "requests.ephemeral-storage",
				       "limits.cpu",   "limits.memory",    "limits.ephemeral-storage",
				       "storage",      "requests.storage", NULL};

static bool
is_among(const char *const *names, const char *name)
{
	while (*names && !pv_streq(*names, name))
		names++;
	return *names != NULL;
}

bool
pv_resource_is_standard(const char *name)
{
	return is_among(counted, name) || is_among(measured, name) || is_huge(name) ||
	       pv_starts_with(name, "requests.hugepages-");
}

static bool
is_known(const char *name)
{
	return strchr(name, '/') || pv_resource_is_standard(name);
}

static bool
is_container_resource(const char *name)
{
	return pv_streq(name, "cpu") || pv_streq(name, "memory") || pv_streq(name, "ephemeral-storage") ||
	       is_huge(name);
}

/* "hugepages-2Mi": whole pages only. */
static void
check_pages(pv_faults *f, const char *name, const pv_val *amount, const pv_quantity *q, const char *at)
{
	const char *text = name + strlen("hugepages-");
	pv_quantity page;

	if (!pv_quantity_parse(pv_str_of(text), &page) || page.nano <= 0 || q->nano % page.nano != 0)
		pv_fault_value(f, at, amount,
			       pv_printf(f->cx->arena, "%s is not positive integer multiple of %s",
					 pv_quantity_format(f->cx->arena, q), name));
}

static void
check_name(pv_faults *f, const char *name, const char *at, bool of_pod)
{
	pv_val shown = pv_string_ref(name);

	if (of_pod && is_known(name) && (!is_container_resource(name) || pv_streq(name, "ephemeral-storage")))
		pv_unsupported(f, at, &shown, "\"cpu\", \"hugepages-\", \"memory\"");
	else if (of_pod)
		return;
	else if (!strchr(name, '/') && !is_container_resource(name))
		pv_fault_value(f, at, &shown, "must be a standard resource for containers");
	else if (!pv_resource_is_native(name) && !is_extended(f->cx, name))
		pv_fault_value(f, at, &shown, "doesn't follow extended resource name standard");
}

void
pv_resource_name_check(pv_faults *f, pv_str name, const char *at, bool of_container)
{
	pv_val shown = pv_stringn(f->cx->arena, name.s, name.len);
	const char *text = pv_text(&shown, ""), *why = pv_name_qualified(name);

	if (why)
		pv_fault_value(f, at, &shown, why);
	else if (!is_known(text))
		pv_fault_value(f, at, &shown, "must be a standard resource type or fully qualified");
	if (of_container)
		check_name(f, text, at, false);
}

void
pv_resource_value_check(pv_faults *f, const char *name, const pv_val *amount, const char *at)
{
	pv_quantity q;

	if (!pv_quantity_of(amount, &q))
		return;
	if (q.nano < 0)
		pv_fault_value(f, at, amount, "must be greater than or equal to 0");
	if ((is_among(counted, name) || is_extended(f->cx, name)) && q.nano % BILLION != 0)
		pv_fault_value(f, at, amount, "must be an integer");
}

void
pv_resource_amount_check(pv_faults *f, pv_str name, const pv_val *amount, const char *at)
{
	const char *text = pv_strndup(f->cx->arena, name.s, name.len);
	pv_quantity q;

	pv_resource_name_check(f, name, at, false);
	pv_resource_value_check(f, text, amount, at);
	if (is_huge(text) && pv_quantity_of(amount, &q) && q.nano >= 0)
		check_pages(f, text, amount, &q, at);
}

/* A request is not over its limit; of what cannot be shared it is its limit. */
static void
check_against_limit(pv_faults *f, const pv_member *m, const pv_val *limits, const char *path)
{
	const char *name = m->key.s, *at = pv_below(f, path, "requests");
	bool shared = pv_resource_is_shared(name);
	pv_quantity want, most;
	int order;

	if (!pv_get(limits, name)) {
		if (!shared)
			pv_required(f, pv_below(f, path, "limits"),
				    "Limit must be set for non overcommitable resources");
		return;
	}
	if (!pv_quantity_of(&m->val, &want) || !pv_quantity_of(pv_get(limits, name), &most))
		return;
	order = pv_quantity_cmp(&want, &most);
	if (shared ? order > 0 : order != 0)
		pv_fault_value(f, at, &m->val,
			       pv_printf(f->cx->arena, "must be %s %s limit of %s",
					 shared ? "less than or equal to" : "equal to", name,
					 pv_quantity_format(f->cx->arena, &most)));
}

static void
check_claims(pv_faults *f, const pv_val *list, const char *path, const pv_map *known)
{
	pv_map *seen = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *claim = pv_item(list, i), *name = pv_get(claim, "name"),
			     *request = pv_get(claim, "request");
		const char *at = pv_nth(f, path, i);
		const char *key = pv_printf(f->cx->arena, "%s/%s", pv_text(name, ""), pv_text(request, ""));
		pv_val shown = pv_string_ref(key);

		if (*pv_text(name, "") && known && !pv_map_finds(known, name->s))
			pv_not_found(f, at, name);
		else if (*pv_text(name, "") && pv_map_puts(seen, key, f))
			pv_duplicate(f, at, request ? &shown : name);
	}
}

void
pv_resources_check(pv_faults *f, const pv_val *resources, const char *path, const pv_map *claims, bool of_pod)
{
	static const char *const lists[] = {"limits", "requests"};
	const pv_val *list = pv_get(resources, "claims");
	bool huge = false, usual = false;

	for (size_t l = 0; l < PV_LEN(lists); l++) {
		const pv_val *amounts = pv_get(resources, lists[l]);

		for (size_t i = 0; i < pv_count(amounts); i++) {
			const pv_member *m = pv_sorted(amounts, i);
			const char *at = pv_path_key(f->cx->arena, pv_below(f, path, lists[l]), m->key.s);

			pv_resource_amount_check(f, pv_strv(&m->key), &m->val, at);
			check_name(f, m->key.s, at, of_pod);
			if (l == 1)
				check_against_limit(f, m, pv_get(resources, "limits"), path);
			huge |= is_huge(m->key.s);
			usual |= pv_streq(m->key.s, "cpu") || pv_streq(m->key.s, "memory");
		}
	}
	if (huge && !usual)
		pv_forbidden(f, path, "HugePages require cpu or memory");
	if (list && of_pod)
		pv_forbidden(f, pv_below(f, path, "claims"),
			     "claims may not be set for Resources at pod-level");
	check_claims(f, list, pv_below(f, path, "claims"), claims);
}

void
pv_overhead_check(pv_faults *f, const pv_val *amounts, const char *path)
{
	pv_val none = pv_object_of(f->cx->arena, NULL, 0, NULL, NULL), limits;

	if (!amounts)
		return;
	limits = pv_with(f->cx->arena, &none, "limits", *amounts);
	pv_resources_check(f, &limits, path, NULL, false);
}
