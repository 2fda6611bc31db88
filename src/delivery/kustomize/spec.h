/* spec: field specs: which fields of which kinds a transformer changes.
 * Private to this folder. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

typedef struct kust_build_state kust_state;
typedef struct kust_loader kust_loader;

typedef struct kust_spec {
	const char *group, *version, *kind; /* "": any */
	const char *path;                   /* "spec/containers[]/image" */
	bool create;
	const char *order; /* what lists are sorted by; NULL until they are */
} kust_spec;
typedef struct kust_backref { /* fields that name objects of a kind */
	const char *group, *version, *kind;
	pv_vec specs; /* of kust_spec */
} kust_backref;

/* The lists of a transformer configuration. */
enum kust_list {
	KUST_PREFIX,
	KUST_SUFFIX,
	KUST_NAMESPACE,
	KUST_COMMON_LABELS,
	KUST_TEMPLATE_LABELS,
	KUST_LABELS,
	KUST_ANNOTATIONS,
	KUST_VARS,
	KUST_IMAGES,
	KUST_REPLICAS,
	KUST_LISTS
};
typedef struct kust_config {
	pv_vec lists[KUST_LISTS]; /* of kust_spec */
	pv_vec refs;              /* of kust_backref */
} kust_config;

void kust_config_init(kust_config *c, pv_arena *arena);
/* The specs that kustomize has itself (fieldspecs.tsv), and those of the files. */
PV_MUST_USE int kust_config_load(kust_state *s, const kust_loader *l, const pv_val *files, kust_config *ret);
/* Lists stay in kustomize's order of kinds: which of two specs was there first decides. */
PV_MUST_USE int kust_config_merge(kust_state *s, kust_config *into, const kust_config *more);
/* Those that crds files ask for. */
PV_MUST_USE int kust_config_crds(kust_state *s, const kust_loader *l, const pv_val *files, kust_config *into);
PV_MUST_USE int kust_specs_add(kust_state *s, pv_vec *specs, const kust_spec *one);
PV_MUST_USE int kust_specs_merge(kust_state *s, pv_vec *specs, const pv_vec *more);
/* [{path, kind, group, version, create}] and back. */
void kust_specs_of(pv_arena *arena, const pv_val *list, pv_vec *ret);
pv_val kust_specs_value(pv_arena *arena, const pv_vec *specs);

/* What is made where a field is not. */
enum kust_made { KUST_MAKE_NONE, KUST_MAKE_SCALAR, KUST_MAKE_MAP };
/* At the end of a path: *ret is v, or what comes in its place.  v may be null. */
typedef int kust_leaf(kust_state *s, void *of, const pv_val *v, pv_val *ret);
typedef struct kust_change {
	kust_leaf *leaf;
	void *of;
	enum kust_made made;
} kust_change;
/* The object with the fields changed that the spec names; the same address if there are none. */
PV_MUST_USE int kust_spec_apply(kust_state *s, const kust_spec *spec, const kust_change *change,
				const pv_val *object, const pv_val **ret);
PV_MUST_USE int kust_specs_apply(kust_state *s, const pv_vec *specs, const kust_change *change,
				 const pv_val *object, const pv_val **ret);
/* "a/b\/c" cut at the delimiter: of const char *. */
void kust_path_split(pv_arena *arena, const char *path, char delimiter, pv_vec *ret);
