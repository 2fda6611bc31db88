/* emptying: deletes what is in a namespace that is being deleted, and says in its conditions what is
 * left and why, in upstream's words (pkg/controller/namespace/deletion/status_condition_utils.go). */
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "core/lifecycle/inside.h"
#include "core/reconcile/reconcile.h"

#define AGAIN (5 * PV_SEC) /* after a deletion that was refused */
#define PASS_MOST 500      /* deletions, then what is left is told, and others have their turn */

struct emptying {
	const lifecycle_turn *t;
	const char *ns;
	size_t found;      /* what was there before this pass */
	size_t deleted;    /* by this pass */
	pv_vec left;       /* const char *: "pods. has 2 resource instances" */
	pv_vec finalizers; /* struct holding */
	pv_vec refused;    /* const char *: texts of errors */
};

struct holding {
	const char *finalizer;
	size_t n;
};

static void
count_finalizers(struct emptying *e, const pv_val *object)
{
	const pv_val *list = pv_at(object, "metadata.finalizers");

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *name = pv_text(pv_item(list, i), "");
		struct holding *h = NULL;

		for (size_t k = 0; k < e->finalizers.len && !h; k++) {
			h = PV_AT(struct holding, &e->finalizers, k);
			h = pv_streq(h->finalizer, name) ? h : NULL;
		}
		if (!h) {
			h = pv_vec_add(&e->finalizers);
			*h = (struct holding){name, 0};
		}
		h->n++;
	}
}

static void
delete_one(pv_ctx *cx, struct emptying *e, const pv_resource *res, const pv_rec *rec)
{
	pv_call call = {.resource = res,
			.ns = e->ns,
			.name = pv_rec_key(rec)->name,
			.subresource = "",
			.manager = "namespace",
			.grace_seconds = 0,
			.reason = "its namespace is being deleted"};
	const pv_val *last;
	const char *text;
	int r;

	if (e->deleted == PASS_MOST || pv_at(pv_rec_val(rec), "metadata.deletionTimestamp"))
		return;
	r = pv_api_delete(cx, e->t->api, &call, &last);
	if (r < 0 && r != -PV_ENOTFOUND) {
		text = pv_strdup(cx->arena, pv_error_text(cx));
		pv_vec_push(&e->refused, &text);
	}
	if (r < 0)
		pv_recover(cx);
	else
		e->deleted++;
}

static int
empty_type(pv_ctx *cx, struct emptying *e, const pv_resource *res)
{
	pv_list_query query = {.type = res->type, .ns = e->ns};
	pv_listing listing;
	size_t left = 0;
	const char *text;
	int r = pv_store_list(cx, pv_api_store(e->t->api), &query, &listing);

	for (size_t i = 0; r == 0 && i < listing.len; i++) {
		const pv_rec *rec;

		e->found++;
		delete_one(cx, e, res, listing.recs[i]);
		rec = pv_store_find(cx, pv_api_store(e->t->api), pv_rec_key(listing.recs[i]));
		if (!rec)
			continue;
		left++;
		count_finalizers(e, pv_rec_val(rec));
	}
	if (!left)
		return r;
	text = pv_printf(cx->arena, "%s.%s has %zu resource instances", res->plural, res->group, left);
	pv_vec_push(&e->left, &text);
	return r;
}

/* ---- what is said of it ---- */

static int
by_text(const void *a, const void *b)
{
	return pv_str_cmp(pv_str_of(*(const char *const *)a), pv_str_of(*(const char *const *)b));
}

static const char *
joined(pv_ctx *cx, pv_vec *texts)
{
	pv_buf b;

	pv_vec_sort(texts, by_text);
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < texts->len; i++)
		pv_buf_printf(&b, "%s%s", i ? ", " : "", *PV_AT(const char *, texts, i));
	return b.s;
}

static const char *
told_refusals(pv_ctx *cx, struct emptying *e)
{
	size_t n = e->refused.len;

	if (!n)
		return NULL;
	return pv_printf(cx->arena, "Failed to delete all resource types, %zu remaining: %s%s%s", n,
			 n > 1 ? "[" : "", joined(cx, &e->refused), n > 1 ? "]" : "");
}

static const char *
told_left(pv_ctx *cx, struct emptying *e)
{
	return e->left.len ? pv_printf(cx->arena, "Some resources are remaining: %s", joined(cx, &e->left))
			   : NULL;
}

static const char *
told_finalizers(pv_ctx *cx, struct emptying *e)
{
	pv_vec texts;

	if (!e->finalizers.len)
		return NULL;
	pv_vec_init(&texts, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < e->finalizers.len; i++) {
		const struct holding *h = PV_AT(struct holding, &e->finalizers, i);
		const char *text = pv_printf(cx->arena, "%s in %zu resource instances", h->finalizer, h->n);

		pv_vec_push(&texts, &text);
	}
	return pv_printf(cx->arena, "Some content in the namespace has finalizers remaining: %s",
			 joined(cx, &texts));
}

/* Kinds are known here without being asked for: the first two never fail. */
static pv_val
conditions(pv_ctx *cx, struct emptying *e, const pv_val *old)
{
	static const struct row {
		const char *type, *good, *good_text, *bad;
		const char *(*fault)(pv_ctx *cx, struct emptying *e);
	} rows[] = {
		{"NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered",
		 "All resources successfully discovered", NULL, NULL},
		{"NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions",
		 "All legacy kube types successfully parsed", NULL, NULL},
		{"NamespaceDeletionContentFailure", "ContentDeleted",
		 "All content successfully deleted, may be waiting on finalization", "ContentDeletionFailed",
		 told_refusals},
		{"NamespaceContentRemaining", "ContentRemoved", "All content successfully removed",
		 "SomeResourcesRemain", told_left},
		{"NamespaceFinalizersRemaining", "ContentHasNoFinalizers",
		 "All content-preserving finalizers finished", "SomeFinalizersRemain", told_finalizers},
	};
	pv_val list = old ? *old : pv_null();

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *fault = rows[i].fault ? rows[i].fault(cx, e) : NULL;

		list = pv_condition_set(cx, &list, rows[i].type, fault ? "True" : "False",
					fault ? rows[i].bad : rows[i].good, fault ? fault : rows[i].good_text,
					pv_now());
	}
	return list;
}

static int
tell(pv_ctx *cx, struct emptying *e, const pv_val *object)
{
	pv_call call = {.resource = pv_resource_of_kind(cx, pv_api_registry(e->t->api), "v1", "Namespace"),
			.ns = "",
			.name = e->ns,
			.subresource = "status",
			.manager = "namespace",
			.expect_uid = pv_text_at(object, "metadata.uid", NULL)};
	const pv_val *old = pv_at(object, "status.conditions"), *made;
	pv_val list = conditions(cx, e, old), patch = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	bool created;

	if (pv_eq(old, &list))
		return 0;
	patch = pv_with_at(cx->arena, &patch, "status.conditions", list);
	return pv_api_patch(cx, e->t->api, &call, PV_PATCH_MERGE, &patch, &made, &created);
}

/* Gives up our own hold on it; others of spec.finalizers are their owners' to give up. */
static int
finalize(pv_ctx *cx, struct emptying *e, const pv_val *object)
{
	pv_call call = {.resource = pv_resource_of_kind(cx, pv_api_registry(e->t->api), "v1", "Namespace"),
			.ns = "",
			.name = e->ns,
			.subresource = "finalize",
			.manager = "namespace"};
	const pv_val *holds = pv_at(object, "spec.finalizers"), *last;
	pv_listb others;
	pv_val bare;

	pv_listb_init(&others, cx->arena);
	for (size_t i = 0; i < pv_count(holds); i++)
		if (!pv_streq(pv_text(pv_item(holds, i), ""), "kubernetes"))
			pv_listb_add(&others, *pv_item(holds, i));
	bare = pv_with_at(cx->arena, object, "spec.finalizers", pv_listb_end(&others));
	if (pv_count(holds) && pv_count(pv_at(&bare, "spec.finalizers")) == pv_count(holds))
		return 0;
	return pv_api_update(cx, e->t->api, &call, &bare, &last);
}

/* Pods go first, so that nothing they run by (policies, credentials) goes before they have ended: KEP 5080. */
static int
empty_all(pv_ctx *cx, struct emptying *e)
{
	pv_registry *registry = pv_api_registry(e->t->api);
	const pv_resource *pods = pv_resource_of_kind(cx, registry, "v1", "Pod"), *res;
	size_t pos = 0;
	int r = empty_type(cx, e, pods);

	if (e->left.len)
		return r;
	while (r == 0 && pv_resource_each(cx, registry, &pos, &res))
		if (res != pods && res->namespaced && res->storage && !res->view)
			r = empty_type(cx, e, res);
	return r;
}

/* It goes when a pass finds nothing: what was on its way when the last one began is found by the next. */
int
namespace_empty(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object)
{
	struct emptying e = {.t = t, .ns = pv_text_at(object, "metadata.name", "")};
	const char *place = pv_printf(cx->arena, "/Namespace  %s", e.ns);
	int r;

	pv_vec_init(&e.left, cx->arena, sizeof(const char *));
	pv_vec_init(&e.finalizers, cx->arena, sizeof(struct holding));
	pv_vec_init(&e.refused, cx->arena, sizeof(const char *));
	r = empty_all(cx, &e);
	if (r < 0)
		return r;
	if (e.found == 0)
		return finalize(cx, &e, object);
	if (e.deleted == PASS_MOST || !e.left.len)
		pv_keyq_add(t->queue, place, pv_mono());
	else if (e.refused.len)
		pv_keyq_add(t->queue, place, pv_mono() + AGAIN);
	return e.left.len ? tell(cx, &e, object) : 0;
}
