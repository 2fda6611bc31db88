/* impl: how a registry lies in memory; private to core/resource.
 * A unit is what comes and goes together: the built-in kinds, the views, one CRD.
 * A snapshot lists units and indexes their resources; both are counted. */
#pragma once
#include "base/map.h"
#include "core/kinds/kinds.h"
#include "core/resource/resource.h"
#include <pthread.h>
#include <stdatomic.h>

typedef struct pv_unit {
	_Atomic size_t refs;
	pv_arena *arena;
	const char *name;       /* "applications.argoproj.io", NULL for built-ins and views */
	const char *group;      /* of a CRD */
	pv_resource *resources; /* all versions, in the order of their CRD */
	size_t n;
	uint64_t hash;   /* of the CRD's text */
	pv_str *openapi; /* for each resource its openAPIV3Schema as deflated JSON, or NULL */
} pv_unit;

typedef struct pv_snapshot {
	_Atomic size_t refs;
	uint64_t generation;
	pv_arena *arena;
	pv_unit **units;
	size_t n_units;
	const pv_resource **all;
	size_t n;
	pv_map *by_path; /* "group/version/plural" */
	pv_map *by_kind; /* "apiVersion/Kind" */
	pv_map *by_type; /* "group/Kind": the stored version */
} pv_snapshot;

typedef struct pv_doc pv_doc;

struct pv_registry {
	pthread_mutex_t lock;  /* held for the swap of `now` and for taking a reference */
	pthread_mutex_t write; /* one change at a time */
	pv_snapshot *now;
	pv_kinds *kinds;
	atomic_bool converts; /* a CRD with a conversion webhook came by */
	pthread_mutex_t docs_lock;
	pv_map *docs;       /* key -> pv_doc *, heap */
	pv_map *own;        /* names of the CRDs that Pave is made of, heap; never written again */
	pv_arena *embedded; /* those CRDs themselves, until they are installed; NULL: gone */
	pv_vec definitions; /* of const pv_val *, in it */
};

pv_unit *pv_unit_new(const char *name);
pv_unit *pv_unit_ref(pv_unit *unit);
pv_unit *pv_unit_unref(pv_unit *unit);
/* The units of the built-in kinds and of the modules' views. */
pv_unit *pv_unit_builtin(const pv_kinds *kinds);
pv_unit *pv_unit_views(void);
/* crd.c.  before: what is served under its name, whose schemas it shares where they are the same; may be NULL. */
PV_MUST_USE int pv_unit_crd(pv_ctx *cx, const pv_kinds *kinds, const pv_val *crd, const pv_unit *before,
			    pv_unit **ret);
/* registry.c: a unit to put, then many at once (of pv_unit *, taken). */
PV_MUST_USE int pv_registry_unit(pv_ctx *cx, pv_registry *registry, const pv_val *crd, pv_unit **ret);
void pv_registry_put_units(pv_registry *registry, const pv_vec *units);
void pv_registry_embedded_done(pv_registry *registry); /* they are installed, or nobody will */

const pv_snapshot *pv_snapshot_hold(pv_ctx *cx, pv_registry *registry);
pv_snapshot *pv_snapshot_of(pv_unit *const *units, size_t n, uint64_t generation);
pv_snapshot *pv_snapshot_unref(pv_snapshot *snapshot);
/* Kubernetes' order of versions: v2 v1 v1beta1 v1alpha1 other. */
int pv_version_cmp(const char *a, const char *b);
/* A HorizontalPodAutoscaler of the other version. */
pv_val pv_autoscaler_as(pv_ctx *cx, const pv_resource *to, const pv_val *object);
void pv_registry_docs_free(pv_registry *registry);
/* Faults of metadata (meta.c); the parts are labels, annotations and owners, which embedded objects have too. */
void pv_meta_check(pv_faults *f, const pv_resource *resource, const pv_val *object, const pv_val *old);
void pv_meta_check_parts(pv_faults *f, const pv_val *meta);
/* Objects in others (embedded.c): their metadata as upstream decodes it, and their faults. */
const pv_val *pv_embedded_decode(pv_ctx *cx, const pv_resource *resource, const pv_val *object);
void pv_embedded_check(pv_faults *f, const pv_resource *resource, const pv_val *object);
bool pv_crd_has_webhook(const pv_val *crd); /* spec.conversion.strategy: Webhook */
/* Drops the causes behind `from` that the old object had too; how many are left there (ratchet.c). */
size_t pv_ratchet(pv_ctx *cx, const pv_schema *schema, pv_vec *causes, size_t from, const pv_val *object,
		  const pv_val *old);
