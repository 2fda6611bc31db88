/* order: the order of what is built: as it came, or by kinds. */
#include <string.h>

#include "delivery/kustomize/impl.h"

static const char *const first_kinds[] = {"Namespace",
					  "ResourceQuota",
					  "StorageClass",
					  "CustomResourceDefinition",
					  "ServiceAccount",
					  "PodSecurityPolicy",
					  "Role",
					  "ClusterRole",
					  "RoleBinding",
					  "ClusterRoleBinding",
					  "ConfigMap",
					  "Secret",
					  "Endpoints",
					  "Service",
					  "LimitRange",
					  "PriorityClass",
					  "PersistentVolume",
					  "PersistentVolumeClaim",
					  "Deployment",
					  "StatefulSet",
					  "CronJob",
					  "PodDisruptionBudget"};
static const char *const last_kinds[] = {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"};

typedef struct ranked {
	kust_res *one;
	int rank;
	const char *kind, *id; /* what they are compared by */
	size_t at;
} ranked;

static int
rank_of(const pv_val *first, const pv_val *last, const char *kind)
{
	for (size_t i = pv_count(last); i-- > 0;)
		if (pv_streq(pv_text(pv_item(last, i), ""), kind))
			return (int)i + 1;
	for (size_t i = pv_count(first); i-- > 0;)
		if (pv_streq(pv_text(pv_item(first, i), ""), kind))
			return (int)i - (int)pv_count(first);
	return 0;
}

static int
by_rank(const void *a, const void *b)
{
	const ranked *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	int c = strcmp(x->kind, y->kind);
	if (c == 0)
		c = strcmp(x->id, y->id);
	return c != 0 ? c : x->at < y->at ? -1 : x->at > y->at;
}

static const char * or (const char *text, const char *none)
{
	return *text ? text : none;
}

const char *
kust_kind_key(pv_arena *arena, const char *group, const char *version, const char *kind)
{
	return pv_printf(arena, "%s_%s_%s", or (group, "~G"), or (version, "~V"), or (kind, "~K"));
}

int
kust_kind_rank(const char *kind)
{
	for (size_t i = 0; i < PV_LEN(last_kinds); i++)
		if (pv_streq(last_kinds[i], kind))
			return (int)i + 1;
	for (size_t i = 0; i < PV_LEN(first_kinds); i++)
		if (pv_streq(first_kinds[i], kind))
			return (int)i - (int)PV_LEN(first_kinds);
	return 0;
}

static void
sort(kust_state *s, pv_vec *set, const pv_val *first, const pv_val *last)
{
	pv_arena *arena = s->cx->arena;
	pv_vec all;
	pv_vec_init(&all, arena, sizeof(ranked));
	for (size_t i = 0; i < set->len; i++) {
		kust_res *one = KUST_RES(set, i);
		const kust_id *id = &one->id;
		ranked r = {.one = one, .rank = rank_of(first, last, id->kind), .at = i};
		r.kind = kust_kind_key(arena, id->group, id->version, id->kind);
		r.id = pv_printf(arena, "%s|%s", or (id->ns, "~X"), or (id->name, "~N"));
		pv_vec_push(&all, &r);
	}
	pv_vec_sort(&all, by_rank);
	for (size_t i = 0; i < all.len; i++)
		*PV_AT(kust_res *, set, i) = PV_AT(ranked, &all, i)->one;
}

static pv_val
names(pv_arena *arena, const char *const *list, size_t n)
{
	pv_listb b;
	pv_listb_init(&b, arena);
	for (size_t i = 0; i < n; i++)
		pv_listb_add(&b, pv_string_ref(list[i]));
	return pv_listb_end(&b);
}

/* config: {sortOptions}, or none. */
int
kust_sort(kust_work *w)
{
	kust_state *s = w->t->s;
	const pv_val *options = pv_get(w->config, "sortOptions"),
		     *legacy = pv_get(options, "legacySortOptions");
	const char *order = pv_text_at(options, "order", options ? "" : "fifo");
	if (!pv_streq(order, "fifo") && !pv_streq(order, "legacy"))
		return pv_fail(s->cx, PV_EINVALID,
			       "the field 'sortOptions.order' must be one of [fifo, legacy]");
	if (pv_streq(order, "fifo"))
		return legacy == NULL
			       ? 0
			       : pv_fail(s->cx, PV_EINVALID,
					 "the field 'sortOptions.legacySortOptions' is set but the selected sort order is "
					 "'fifo', not 'legacy'");
	pv_val first = names(s->cx->arena, first_kinds, PV_LEN(first_kinds)),
	       last = names(s->cx->arena, last_kinds, PV_LEN(last_kinds));
	sort(s, w->set, legacy ? pv_get(legacy, "orderFirst") : &first,
	     legacy ? pv_get(legacy, "orderLast") : &last);
	return 0;
}
