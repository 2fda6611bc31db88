/* resource: what the API serves: built-in kinds from the facts table, kinds of
 * CRDs, and views that a module computes.  Thread-safe: the registry is read by
 * snapshot (never blocks) and replaced as a whole when a CRD changes. */
#pragma once
#include "base/buf.h"
#include "core/schema/schema.h"
#include "core/store/store.h"

typedef struct pv_registry pv_registry;
typedef struct pv_resource pv_resource;
typedef struct pv_view pv_view; /* core/module.h */

enum pv_verb_bit {
	PV_V_GET = 1,
	PV_V_LIST = 2,
	PV_V_WATCH = 4,
	PV_V_CREATE = 8,
	PV_V_UPDATE = 16,
	PV_V_PATCH = 32,
	PV_V_DELETE = 64,
	PV_V_DELETECOLLECTION = 128
};
enum pv_name_rule {
	PV_NAME_SUBDOMAIN,
	PV_NAME_LABEL,
	PV_NAME_LABEL1035,
	PV_NAME_PATH,
	PV_NAME_ADDRESS,
	PV_NAME_BACKSTAGE
};

typedef struct pv_column { /* printer column */
	const char *name, *type, *format, *json_path;
	int priority;
} pv_column;

struct pv_resource {
	const char *group, *version, *kind, *list_kind, *plural, *singular;
	const char *type;               /* store type: "apps/Deployment" */
	const char *api_version;        /* "apps/v1" */
	const char *const *short_names; /* NULL-terminated, may be NULL */
	const char *const *categories;
	const char *const *subresources;                 /* "status", "scale", "log"...; may be NULL */
	bool namespaced, has_status, has_scale, storage; /* storage: the version kept in the store */
	bool open_metadata;                              /* unknown metadata fields are kept (backstage.io) */
	bool unserved; /* no request finds it; what was written in it is still known */
	bool deprecated;
	const char *deprecation;                                /* warning text, or NULL */
	const char *scale_spec, *scale_status, *scale_selector; /* JSON paths of the scale subresource */
	enum pv_name_rule name_rule;
	unsigned verbs; /* enum pv_verb_bit */
	const pv_schema *schema;
	const pv_schema *whole; /* the same, with metadata as it is of every kind */
	const pv_column *columns;
	size_t n_columns;
	const pv_view *view;              /* computed by a module, or NULL */
	bool yields;                      /* a view: a CRD of the same name takes its place */
	const pv_val *crd;                /* its CustomResourceDefinition, or NULL */
	const struct pv_kind *kind_facts; /* built-in kinds: core/kinds */
	const char *const *selectable; /* field selectors beside metadata.name and .namespace; may be NULL */
	const pv_schema *meta;         /* ObjectMeta; NULL: metadata is open */
	uint64_t hash;                 /* of what it was made from */
	int64_t since;                 /* what was stored at an older revision had another schema then */
	const struct pv_unit *unit;    /* core/resource's own */
};

typedef struct pv_subresource {
	const char *name, *group, *version, *kind; /* what its bodies are */
	unsigned verbs;                            /* enum pv_verb_bit */
} pv_subresource;
pv_subresource pv_resource_sub(const pv_resource *resource, size_t i); /* of subresources[i] */

/* ---- one object of a resource: what the API does to it, in this order ---- */
/* Unknown fields dropped, their paths added to ret_unknown (const char *; may be NULL). */
const pv_val *pv_resource_prune(pv_ctx *cx, const pv_resource *resource, const pv_val *object,
				pv_vec *ret_unknown);
/* The path of the known field that an unknown one may have meant; NULL: none is near. */
const char *pv_resource_near(pv_ctx *cx, const pv_resource *resource, const char *path);
/* `; did you mean "spec.replicas"?` of unknown fields (const char *; may be NULL); "" if none is near. */
const char *pv_resource_hint(pv_ctx *cx, const pv_resource *resource, const pv_vec *unknown);
/* Fails for the unknown and the repeated fields (const char *; may be NULL), with a cause for each:
 * FRONT + strict decoding error: unknown field "spec.replica"; did you mean "spec.replicas"? */
int pv_resource_strict(pv_ctx *cx, const pv_resource *resource, const char *front, const pv_vec *unknown,
		       const pv_vec *twice);
/* Of a built-in kind, and of the metadata of every kind, what its Go type would hold (core/kinds/decode.c);
 * then the schema's defaults, then those of a built-in kind that look at other fields. */
const pv_val *pv_resource_default(pv_ctx *cx, const pv_resource *resource, const pv_val *object);
/* The same as its writer said it: what is said to be empty is his, although storing makes nothing of it. */
const pv_val *pv_resource_said(pv_ctx *cx, const pv_resource *resource, const pv_val *object);
/* After pv_resource_said(): as it is stored. */
const pv_val *pv_resource_settle(pv_ctx *cx, const pv_resource *resource, const pv_val *object);
/* What the server gives an object that is stored, behind the defaults: nobody's field.  old NULL: it is new, and a
 * client said `sent`. */
const pv_val *pv_resource_give(pv_ctx *cx, const pv_resource *resource, const pv_val *object,
			       const pv_val *old, const pv_val *sent);
/* Everything that can be said against it: metadata (names, labels, annotations, owners,
 * finalizers), the schema, the kind's own rules and, with `old`, what must not change.
 * subresource: "" or that which is written.  Adds a pv_cause for each fault and returns their number;
 * the caller makes them one -PV_EINVALID.  ret_eased, or NULL: faults of what is as it was, to warn of. */
size_t pv_resource_validate(pv_ctx *cx, const pv_resource *resource, const pv_val *object, const pv_val *old,
			    const char *subresource, pv_vec *ret_causes, pv_vec *ret_eased);
/* Does a write of its status write that field of its metadata ("labels"), too? */
bool pv_resource_notes(const pv_resource *resource, const char *field);
/* Text that a field selector compares with; NULL if the kind has no such selector. */
const char *pv_resource_field(pv_ctx *cx, const pv_resource *resource, const pv_val *object,
			      const char *field);
/* The object as another version of the same kind: apiVersion changes (strategy None) and the
 * version's schema prunes and defaults; built-in kinds are rewritten (autoscaling v1 and v2,
 * both Events).  A conversion webhook is not asked here but by pv_api_convert(). */
const pv_val *pv_resource_as(pv_ctx *cx, const pv_resource *to, const pv_val *object);

/* A registry with the built-in kinds and the modules' embedded CRDs and views. */
PV_MUST_USE int pv_registry_new(pv_ctx *cx, pv_registry **ret);
pv_registry *pv_registry_free(pv_registry *registry);
/* Replaces the kinds of one CRD (name, e.g. "applications.argoproj.io"); NULL removes it.  Its resourceVersion
 * is the revision since which its schema is in force. */
PV_MUST_USE int pv_registry_put_crd(pv_ctx *cx, pv_registry *registry, const char *name, const pv_val *crd);
/* Is the CRD of that name one that Pave itself works with? */
bool pv_registry_owns(const pv_registry *registry, const char *name);
bool pv_crd_established(const pv_val *crd); /* its names were accepted once, so its kind is served */
bool pv_crd_has_condition(const pv_val *crd, const char *type); /* ... with the status True */
/* A CRD that is about to be stored, with the status Kubernetes' controllers would write:
 * acceptedNames, storedVersions, NamesAccepted and Established (names may be taken).  old: NULL on create. */
PV_MUST_USE int pv_registry_crd_status(pv_ctx *cx, pv_registry *registry, const pv_val *crd,
				       const pv_val *old, const pv_val **ret);
/* At start, once: writes the embedded CRDs that the store lacks or has in another form, and lets
 * go of them, then serves every CRD of the store.  A stored CRD that cannot be served is left out
 * and named in ret_skipped (const char *; may be NULL). */
PV_MUST_USE int pv_registry_install(pv_ctx *cx, pv_registry *registry, pv_store *store, pv_vec *ret_skipped);

/* Found resources live as long as cx (the snapshot is held). */
const pv_resource *pv_resource_find(pv_ctx *cx, pv_registry *registry, const char *group, const char *version,
				    const char *plural);
const pv_resource *pv_resource_of_kind(pv_ctx *cx, pv_registry *registry, const char *api_version,
				       const char *kind);
/* The kind that a mistyped one, or one of a group or version that is not served, may have meant; NULL. */
const pv_resource *pv_resource_meant(pv_ctx *cx, pv_registry *registry, const char *kind);
/* Preferred (or storage) version of "apps/Deployment". */
const pv_resource *pv_resource_of_type(pv_ctx *cx, pv_registry *registry, const char *type);
bool pv_resource_each(pv_ctx *cx, pv_registry *registry, size_t *pos, const pv_resource **ret);
/* All of one snapshot, in the order in which clients should prefer them: groups (core
 * first, CRDs last), versions (newest stable first), plurals. */
const pv_resource *const *pv_resource_all(pv_ctx *cx, pv_registry *registry, size_t *ret_n);
/* The same kind in another version of it, also in one that the API does not serve (any more); NULL: there is none.
 * Lives as long as `resource`. */
const pv_resource *pv_resource_version(const pv_resource *resource, const char *api_version);
/* What a person typed: deploy, deployment.apps, Deployment, application/guestbook's first half. */
const pv_resource *pv_resource_by_word(pv_ctx *cx, pv_registry *registry, const char *word);
/* Was there ever a CRD whose versions a webhook converts?  Cheap. */
bool pv_registry_converts(const pv_registry *registry);
uint64_t pv_registry_generation(pv_registry *registry);                           /* grows with each change */
const pv_schema *pv_registry_type(const pv_registry *registry, const char *name); /* "meta.v1.ObjectMeta" */

/* The openAPIV3Schema of a CRD's version as its author wrote it; *ret NULL for other kinds. */
PV_MUST_USE int pv_resource_openapi(pv_ctx *cx, const pv_resource *resource, const pv_val **ret);

/* A text kept for a key until it is asked for with another version: discovery and
 * OpenAPI documents.  The text lives as long as cx; *ret_hash is its own. */
typedef int pv_registry_render(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out);
PV_MUST_USE int pv_registry_document(pv_ctx *cx, pv_registry *registry, const char *key, uint64_t version,
				     pv_registry_render *render, pv_str *ret, uint64_t *ret_hash);
/* Changes when a kind of the group-version does; the same after a restart. */
uint64_t pv_registry_hash(pv_ctx *cx, pv_registry *registry, const char *api_version);
/* FNV-1a: the same in every process. */
#define PV_HASH_SEED UINT64_C(14695981039346656037)
uint64_t pv_stable_hash(uint64_t seed, const void *bytes, size_t len);
