/* openapi_parts: the components and paths of kinds as OpenAPI v3 values, from which
 * the documents of both versions are written.  Internal to core/api; lives in one
 * turn's arena, one thread. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "core/resource/resource.h"

#define OPENAPI_META "io.k8s.apimachinery.pkg.apis.meta.v1."

typedef struct openapi_parts {
	pv_ctx *cx;
	pv_arena *arena;
	pv_registry *registry;
	pv_objb paths, schemas;
	pv_vec refs;  /* const char *: types still to be written */
	pv_map *done; /* names of the components that have been made */
} openapi_parts;

pv_val openapi_info(pv_arena *arena); /* title and version */
/* done: of the whole document, which may be made of several parts. */
void openapi_parts_begin(openapi_parts *p, pv_ctx *cx, pv_registry *registry, pv_map *done);
PV_MUST_USE int openapi_parts_add(openapi_parts *p, const pv_resource *res);
void openapi_parts_want(openapi_parts *p, const char *type); /* "autoscaling.v1.Scale": it is referred to */
/* The component of the resource's kind, or of another (its list) beside it. */
const char *openapi_component(pv_arena *arena, const pv_resource *res, const char *kind);
pv_val openapi_gvk(pv_arena *arena, const char *group, const char *version, const char *kind);
void openapi_parts_end(openapi_parts *p); /* the types that are referred to */

/* ---- openapi_paths.c: its collections, its objects, their subresources ---- */
void openapi_paths_add(openapi_parts *p, const pv_resource *res);

/* ---- openapi2.c: every kind in one document, as OpenAPI v2 ---- */
pv_registry_render openapi2_json, openapi2_protobuf;
