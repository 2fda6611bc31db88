/* impl: what the files of delivery/kustomize share.
 * Private to this folder; one thread at a time. */
#pragma once
#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "base/turn.h"
#include "delivery/kustomize/kustomize.h"
#include "delivery/kustomize/spec.h"

typedef struct pv_kinds pv_kinds;   /* core/kinds */
typedef struct pv_schema pv_schema; /* core/schema */

#define KUST_DEPTH 50               /* of kustomizations within one another */
#define KUST_RESOURCES 20000        /* of one build, in all of its kustomizations */
#define KUST_FILE_MAX (16u << 20)   /* bytes of one file */
#define KUST_BYTES_MAX (256u << 20) /* of all that are read */

/* ---- one object on its way through the build ---- */
typedef struct kust_id {
	const char *group, *version, *kind, *name, *ns; /* "" for none */
	bool cluster;                                   /* certainly in no namespace */
} kust_id;
typedef struct kust_past { /* what it was called before */
	const char *ns, *name, *kind;
} kust_past;
enum kust_behavior { KUST_UNSAID, KUST_CREATE, KUST_REPLACE, KUST_MERGE };

typedef struct kust_origin { /* where it comes from, for the annotation */
	const char *path;
	const char *configured_in, *by_version, *by_kind, *by_name, *by_ns;
} kust_origin;

typedef struct kust_res {
	const pv_val *v;                 /* NULL: deleted */
	kust_id id;                      /* of v */
	pv_vec past;                     /* of kust_past, the oldest first */
	pv_vec prefixes, suffixes, vars; /* of const char * */
	enum kust_behavior behavior;
	bool hashed;         /* its name gets a hash */
	bool rename, rekind; /* of a patch: may change the name, the kind */
	const kust_origin *origin;
	pv_vec transformations; /* of const kust_origin * */
} kust_res;

typedef struct kust_build_state {
	pv_ctx *cx;
	const kust_options *options;
	const pv_kinds *kinds; /* NULL until a patch asks */
	const pv_val *openapi; /* definitions of the kustomization's own, or NULL */
	pv_map *openapi_kinds; /* "apiVersion/kind" -> definition */
	bool openapi_set;
	pv_vec repeats; /* keys that the text that was parsed last sets twice: of const char * */
	unsigned depth;
	size_t resources, bytes;
} kust_state;

kust_res *kust_res_new(kust_state *s, const pv_val *v);
void kust_res_set(kust_res *r, pv_arena *arena, const pv_val *v); /* its id follows */
void kust_res_remember(kust_res *r);                              /* the id that it has goes to its past */
void kust_res_rename(kust_res *r, pv_arena *arena, const char *name);
size_t kust_ids(const kust_res *r);              /* past ones and the present */
kust_id kust_id_at(const kust_res *r, size_t i); /* the oldest is 0 */
kust_id kust_id_of(pv_arena *arena, const pv_val *v);
bool kust_id_equal(const kust_id *a, const kust_id *b);
bool kust_same_ns(const kust_id *a, const kust_id *b);
const char *kust_ns(const kust_id *id); /* "default" for none, "_non_namespaceable_" for cluster */
const char *kust_id_text(pv_arena *arena, const kust_id *id);
const char *kust_kind_text(pv_arena *arena, const char *group, const char *version, const char *kind);
int kust_kind_rank(const char *kind); /* in kustomize's order of kinds; 0: in the middle */
/* "group_version_kind" as they are sorted. */
const char *kust_kind_key(pv_arena *arena, const char *group, const char *version, const char *kind);
bool kust_is_cluster(const char *group, const char *version, const char *kind);
bool kust_selected(const kust_id *id, const char *group, const char *version, const char *kind);
void kust_origin_put(kust_res *r, pv_arena *arena, bool origins, bool transformations); /* annotations */

/* ---- sets of them: of kust_res * ---- */
#define KUST_RES(set, i) (*PV_AT(kust_res *, (set), (i)))
PV_MUST_USE int kust_append(kust_state *s, pv_vec *set, kust_res *r);
PV_MUST_USE int kust_append_all(kust_state *s, pv_vec *set, const pv_vec *more);
/* A generator's: as its behavior says. */
PV_MUST_USE int kust_absorb(kust_state *s, pv_vec *set, kust_res *r);
/* The one that has or had this id. */
PV_MUST_USE int kust_find(kust_state *s, const pv_vec *set, const kust_id *id, kust_res **ret);
void kust_drop_empty(pv_vec *set);
/* Documents of a text; lists are taken apart. */
PV_MUST_USE int kust_parse(kust_state *s, const char *file, pv_str text, pv_vec *ret);

/* ---- selectors by regular expressions, labels, annotations ---- */
typedef struct kust_selector kust_selector;
PV_MUST_USE int kust_selector_new(kust_state *s, const pv_val *from, kust_selector **ret);
bool kust_select_id(const kust_selector *sel, const kust_id *id, const char *ns);
bool kust_select_marks(const kust_selector *sel, const pv_val *object); /* labels and annotations */
bool kust_selector_names_none(const kust_selector *sel); /* neither kind nor name: labels only */
/* As patches and the like choose: by the first id or the present one. */
PV_MUST_USE int kust_select(kust_state *s, const pv_vec *set, const pv_val *target, pv_vec *ret);

/* ---- values ---- */
pv_val kust_joined(pv_arena *arena, const pv_val *list, const pv_val *more); /* either may be NULL */
const char *kust_go_list(pv_arena *arena, const pv_val *list);               /* [a b] */

/* ---- one kustomization ---- */
typedef struct kust_loader {
	const kust_files *files;
	const char *root; /* its folder */
	const struct kust_loader *from;
} kust_loader;
PV_MUST_USE int kust_load(kust_state *s, const kust_loader *l, const char *path, pv_str *ret);
PV_MUST_USE int kust_load_yaml(kust_state *s, const kust_loader *l, const char *path, const pv_val **ret);
PV_MUST_USE int kust_loader_top(kust_state *s, const kust_files *files, const char *folder,
				kust_loader **ret);
PV_MUST_USE int kust_loader_below(kust_state *s, const kust_loader *l, const char *path, kust_loader **ret);
const char *kust_path_clean(pv_arena *arena, const char *path); /* "/a/../b" -> "/b" */
bool kust_is_remote(pv_arena *arena, const char *text);         /* does it name a folder of a repository? */
bool kust_remote_parse(pv_arena *arena, const char *text, kust_remote *ret); /* the same, and which */

typedef struct kust_var {
	const pv_val *v; /* {name, objref, fieldref} */
	const char *name;
} kust_var;
typedef struct kust_accumulated {
	pv_vec set; /* of kust_res * */
	kust_config config;
	pv_vec vars; /* of kust_var */
} kust_accumulated;
typedef struct kust_target {
	kust_state *s;
	const kust_loader *loader;
	const pv_val *k; /* the kustomization as it was understood */
	const char *file;
	const kust_origin *origin; /* NULL: nobody wants to know */
} kust_target;
void kust_accumulated_init(kust_accumulated *a, pv_arena *arena);
PV_MUST_USE int kust_read(kust_state *s, const kust_loader *l, kust_target *ret);
PV_MUST_USE int kust_accumulate(kust_target *t, kust_accumulated *a);
PV_MUST_USE int kust_resources(kust_target *t, const pv_val *paths, kust_accumulated *a);
/* A transformer configuration has no other fields than these. */
PV_MUST_USE int kust_config_check(kust_state *s, const pv_val *doc);
/* A kustomization file's text: fields by their right names, checked. */
PV_MUST_USE int kust_decode(kust_state *s, const char *folder, pv_str text, const pv_val **ret);

/* ---- what a kustomization does to a set ---- */
typedef struct kust_work {
	kust_target *t;
	pv_vec *set;
	const pv_val *config; /* the plugin's */
} kust_work;
typedef int kust_step(kust_work *w);
kust_step kust_patch, kust_patch_merge, kust_patch_json, kust_namespace, kust_prefix, kust_suffix, kust_affix,
	kust_label, kust_annotate, kust_replica, kust_image, kust_replace, kust_sort, kust_hash;
/* The chart's objects; home: where charts lie, "" for kustomize's default. */
PV_MUST_USE int kust_inflate(kust_target *t, const pv_val *chart, const char *home, kust_accumulated *a);
PV_MUST_USE int kust_charts(kust_target *t, kust_accumulated *a); /* those of helmCharts */
PV_MUST_USE int kust_generators(kust_target *t, kust_accumulated *a);
PV_MUST_USE int kust_transformers(kust_target *t, kust_accumulated *a);
PV_MUST_USE int kust_validators(kust_target *t, kust_accumulated *a);
/* configMapGenerator, secretGenerator: one row's object. */
PV_MUST_USE int kust_generate(kust_target *t, const char *kind, const pv_val *args, kust_res **ret);
PV_MUST_USE int kust_references(kust_state *s, pv_vec *set, const kust_config *config);
PV_MUST_USE int kust_vars_add(kust_state *s, kust_accumulated *a, const pv_val *vars);
PV_MUST_USE int kust_vars_merge(kust_state *s, kust_accumulated *a, const pv_vec *more);
PV_MUST_USE int kust_vars_resolve(kust_state *s, kust_accumulated *a);
PV_MUST_USE int kust_merge(kust_state *s, const pv_val *dest, const pv_val *patch, const pv_val **ret);
/* What the options change in the outermost kustomization. */
PV_MUST_USE int kust_edit(kust_state *s, kust_target *t, const pv_val *edit);
PV_MUST_USE int kust_openapi_set(kust_target *t, bool again);
