/* build: a structural schema on its way into nodes; private to core/schema. */
#pragma once
#include "base/vec.h"
#include "core/schema/node.h"

typedef struct build {
	pv_ctx *cx;
	pv_arena *arena; /* of the schema */
	pv_faults *f;
	/* of the place where the build is; rules.c */
	uint64_t often;           /* values there at most; 0: as often as a request has room for */
	const char *uncorrelated; /* path of the list or map whose items have no old value, or NULL */
	uint64_t cost;            /* of all rules so far */
	pv_vec costly;            /* const char *: paths of those that cost most */
	struct pv_re_slot *regex; /* the pattern that was compiled last */
	unsigned large;           /* patterns so far that needed much */
} build;

#define PV_LARGE_PATTERNS 32 /* of one schema */

#define PV_RULES_COST UINT64_C(100000000) /* of one schema */

enum place { AT_ROOT, AT_FIELD, AT_ITEMS, AT_LOGIC };

pv_schema *build_node(build *b, const pv_val *v, const char *path, enum place place, size_t depth);
/* Each keyword has the type that a schema gives it (keywords.c). */
void build_keywords(build *b, const pv_val *v, const char *path);
void build_facets(build *b, pv_schema *s, const pv_val *v, const char *path, size_t depth); /* facets.c */
/* A default must be what the node accepts, and nothing that pruning would drop. */
void build_check_default(build *b, const pv_schema *s, const char *path);
const char *build_at(build *b, const char *path, const char *name); /* path.name, for faults */
const char *build_own(build *b, const pv_val *v); /* a string's copy in the schema's arena, or NULL */
/* ---- rules.c ---- */
/* Below s from here on; what it changes in b is set back by the caller. */
void build_enter(build *b, const pv_schema *s, const pv_val *v, const char *path);
/* Compiles the rules of s->facets; what is wrong with them are faults. */
void build_rules(build *b, pv_schema *s, const pv_val *v, const char *path);
void build_rules_total(build *b, const char *path);
