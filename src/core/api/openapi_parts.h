/* openapi_parts: the components and paths of kinds as OpenAPI v3 values, from which
 * the documents of both versions are written.  Internal to core/api; lives in one
 * turn's arena, one thread. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "core/api/openapi_param.h"
#include "core/kinds/words.h"
#include "core/resource/resource.h"

#define OPENAPI_META "io.k8s.apimachinery.pkg.apis.meta.v1."

typedef struct openapi_parts {
	pv_ctx *cx;
	pv_arena *arena;
	pv_registry *registry;
	pv_objb paths, schemas;
	pv_vec refs;  /* const char *: types still to be written */
	pv_map *done; /* names of the components that have been made */
	const pv_words *words;
	bool patched; /* something is sent patches */
	bool v2;      /* paths are written as v2 has them; schemas are always v3 */
} openapi_parts;

pv_val openapi_info(pv_arena *arena);     /* title and version */
pv_val openapi_security(pv_arena *arena); /* how a client says who it is */
/* done: of the whole document, which may be made of several parts. */
void openapi_parts_begin(openapi_parts *p, pv_ctx *cx, pv_registry *registry, const pv_words *words,
			 pv_map *done);
PV_MUST_USE int openapi_parts_add(openapi_parts *p, const pv_resource *res);
void openapi_parts_want(openapi_parts *p, const char *type); /* "autoscaling.v1.Scale": it is referred to */
/* The component of the resource's kind, or of another (its list) beside it. */
const char *openapi_component(pv_arena *arena, const pv_resource *res, const char *kind);
pv_val openapi_gvk(pv_arena *arena, const char *group, const char *version, const char *kind);
/* A component, if there is none of that name yet.  kind: NULL if it is none. */
void openapi_schema_add(openapi_parts *p, const char *name, pv_val v, const pv_val *kind);
void openapi_parts_end(openapi_parts *p); /* the types that are referred to */
pv_val openapi_identity(openapi_parts *p,
			const char *field); /* "apiVersion", "kind": of every whole object */
/* type: "meta.v1.ObjectMeta"; of: whose it is, as words.tsv has it; zero: Go holds an empty one. */
pv_val openapi_metadata(openapi_parts *p, const char *type, const char *of, bool zero);

/* ---- openapi_custom.c: what authors of custom kinds say ---- */
pv_val openapi_custom(openapi_parts *p, const pv_val *schema);
/* The component with its fields that can be selected by. */
pv_val openapi_selectable(openapi_parts *p, const pv_resource *res, pv_val schema);

/* ---- openapi_operation.c: a path and its operations ---- */
typedef struct openapi_op {
	const char *method, *action, *id, *tag, *about; /* action: x-kubernetes-action, or NULL */
	uint64_t params;                                /* P_BIT(...), those of its path too */
	const char *const *consumes, *const *produces;  /* media types; consumes may be NULL */
	const char *body, *answer;                      /* components; body NULL: none, answer NULL: a text */
	const pv_val *gvk;                              /* may be NULL */
	bool needs_body, created, accepted;             /* it may answer 201, 202 */
} openapi_op;
void openapi_path_add(openapi_parts *p, const char *path, const openapi_op *ops, size_t n);
/* A body as v2's parameter. */
pv_val openapi_body2(pv_arena *arena, const char *component, bool required);

/* ---- openapi_paths.c: its collections, its objects, their subresources ---- */
void openapi_paths_add(openapi_parts *p, const pv_resource *res);
const char *openapi_tag(pv_arena *arena, const char *group,
			const char *version); /* "core_v1"; version NULL: "core" */
/* As names of operations have it: "CoreV1", or "Core". */
const char *openapi_gv_word(pv_arena *arena, const char *group, const char *version);

/* ---- openapi_roots.c: what lies above the kinds: discovery, the version, the issuer's documents ---- */
/* The n-th of the documents that lists them ("api", "apis/apps"); NULL: there are no more. */
const char *openapi_roots_at(openapi_parts *p, size_t n);
bool openapi_roots_add(openapi_parts *p, const char *key); /* its path; false: there is none of that name */
void openapi_roots_all(openapi_parts *p); /* ... all of them, and those of the group-versions */
/* What kinds a group-version has, if it is Kubernetes' own. */
void openapi_roots_gv(openapi_parts *p, const char *api_version);

/* ---- openapi2.c: every kind in one document, as OpenAPI v2 ---- */
pv_registry_render openapi2_json, openapi2_protobuf;
