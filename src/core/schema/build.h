/* build: a structural schema on its way into nodes; private to core/schema. */
#pragma once
#include "core/schema/node.h"

typedef struct build {
	pv_ctx *cx;
	pv_arena *arena; /* of the schema */
	pv_faults *f;
} build;

enum place { AT_ROOT, AT_FIELD, AT_ITEMS, AT_LOGIC };

pv_schema *build_node(build *b, const pv_val *v, const char *path, enum place place, size_t depth);
void build_facets(build *b, pv_schema *s, const pv_val *v, const char *path, size_t depth); /* facets.c */
/* A default must be what the node accepts, and nothing that pruning would drop. */
void build_check_default(build *b, const pv_schema *s, const char *path);
const char *build_at(build *b, const char *path, const char *name); /* path.name, for faults */
const char *build_own(build *b, const pv_val *v); /* a string's copy in the schema's arena, or NULL */
