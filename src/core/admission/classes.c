/* A claim and an Ingress that name no class are given the one that says it is for them; claims and volumes are
 * kept while they are used (upstream plugin/pkg/admission/storage and network/defaultingressclass). */
#include "core/admission/classes.h"

#include "base/str.h"
#include "core/api/api.h"

#define BETA "volume.beta.kubernetes.io/storage-class"

typedef struct kind { /* whose class is chosen, and among which */
	const char *type, *field, *annotation, *classes, *marks[2];
} kind;

static const kind kinds[] = {
	{"/PersistentVolumeClaim",
	 "spec.storageClassName",
	 BETA,
	 "storage.k8s.io/StorageClass",
	 {"storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"}},
	{"networking.k8s.io/Ingress",
	 "spec.ingressClassName",
	 "kubernetes.io/ingress.class",
	 "networking.k8s.io/IngressClass",
	 {"ingressclass.kubernetes.io/is-default-class", NULL}},
};

static const struct {
	const char *type, *finalizer;
} kept[] = {{"/PersistentVolumeClaim", "kubernetes.io/pvc-protection"},
	    {"/PersistentVolume", "kubernetes.io/pv-protection"},
	    {"storage.k8s.io/VolumeAttributesClass", "kubernetes.io/vac-protection"}};

/* ---- the class that is meant ---- */

static bool
is_marked(const pv_val *class, const kind *k)
{
	const pv_val *notes = pv_at(class, "metadata.annotations");

	for (size_t i = 0; i < PV_LEN(k->marks); i++)
		if (k->marks[i] && pv_streq(pv_text(pv_get(notes, k->marks[i]), ""), "true"))
			return true;
	return false;
}

static bool
is_newer(const pv_val *a, const pv_val *b)
{
	/* RFC 3339, in UTC: as texts, so as times; of the same second: by name */
	int order = pv_cmp(pv_at(a, "metadata.creationTimestamp"), pv_at(b, "metadata.creationTimestamp"));

	return order ? order > 0 : pv_cmp(pv_at(a, "metadata.name"), pv_at(b, "metadata.name")) < 0;
}

/* The newest of those that are marked; *ret NULL: there is none. */
static int
find_class(pv_ctx *cx, const pv_admit *admit, const kind *k, const pv_val **ret)
{
	pv_list_query query = {.type = k->classes};
	pv_listing all = {0};
	int r = pv_store_list(cx, pv_api_store(admit->serving), &query, &all);

	*ret = NULL;
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const pv_val *one = pv_rec_val(all.recs[i]);

		if (is_marked(one, k) && (!*ret || is_newer(one, *ret)))
			*ret = one;
	}
	return r;
}

static int
give_class(pv_ctx *cx, pv_admit *admit, const kind *k)
{
	const pv_val *class;
	int r;

	if (pv_at(admit->object, k->field) ||
	    pv_get(pv_at(admit->object, "metadata.annotations"), k->annotation))
		return 0;
	r = find_class(cx, admit, k, &class);
	if (class)
		admit->object = pv_box(cx->arena, pv_with_at(cx->arena, admit->object, k->field,
							     *pv_at(class, "metadata.name")));
	return r;
}

/* ---- kept while in use: core/lifecycle/protection.c lets go ---- */

static void
give_finalizer(pv_ctx *cx, pv_admit *admit, const char *finalizer)
{
	const pv_val *have = pv_at(admit->object, "metadata.finalizers");
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(have); i++) {
		if (pv_streq(pv_text(pv_item(have, i), ""), finalizer))
			return;
		pv_listb_add(&b, *pv_item(have, i));
	}
	pv_listb_add(&b, pv_string_ref(finalizer));
	admit->object = pv_box(cx->arena,
			       pv_with_at(cx->arena, admit->object, "metadata.finalizers", pv_listb_end(&b)));
}

static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	int r = 0;

	if (admit->operation != PV_OP_CREATE || admit->subresource[0])
		return 0;
	for (size_t i = 0; r == 0 && i < PV_LEN(kinds); i++)
		if (pv_streq(admit->resource->type, kinds[i].type))
			r = give_class(cx, admit, &kinds[i]);
	for (size_t i = 0; i < PV_LEN(kept); i++)
		if (pv_streq(admit->resource->type, kept[i].type))
			give_finalizer(cx, admit, kept[i].finalizer);
	return r;
}

const pv_admission classes_admission = {.name = "classes", .mutate = mutate};
