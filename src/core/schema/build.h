/* build: a structural schema on its way into nodes; private to core/schema. */
#pragma once
#include "base/vec.h"
#include "core/schema/node.h"

typedef struct build {
	pv_ctx *cx;
	pv_arena *arena; /* of what is built; schema_pack() makes of it what is kept */
	pv_faults *f;
	bool formless; /* it is no structural schema: neither defaults nor rules are looked at */
	/* of the place where the build is */
	const char *no_default; /* why there may be none, or NULL */
	bool inside_meta;       /* in apiVersion, kind or metadata of a whole object */
	/* the same; rules.c */
	uint64_t often;           /* values there at most; 0: as often as a request has room for */
	const char *uncorrelated; /* path of the list whose items have no old value, or NULL */
	uint64_t cost;            /* of all rules so far */
	pv_vec costly;            /* const char *: paths of those that cost most */
	struct pv_re_slot *regex; /* the pattern that was compiled last */
	unsigned large;           /* patterns so far that needed much */
} build;

#define PV_LARGE_PATTERNS 32 /* of one schema */

#define PV_RULES_COST UINT64_C(100000000) /* of one schema */

#define BUILD_DEPTH 200

enum place { AT_ROOT, AT_FIELD };

pv_schema *build_node(build *b, const pv_val *v, const char *path, enum place place, size_t depth);
/* Each keyword has the type that a schema gives it (keywords.c). */
void build_keywords(build *b, const pv_val *v, const char *path);
void build_facets(build *b, pv_schema *s, const pv_val *v, const char *path, size_t depth); /* facets.c */
/* Adds what keeps v from being structural to the faults and says so in b->formless; returns the name of
 * the first keyword that no structure has, which are faults of build_node(), or NULL (structural.c). */
const char *build_structural(build *b, const pv_val *v, const char *path);
/* ---- lists.c ---- */
void build_lists(build *b, pv_schema *s, const pv_val *v, const char *path);
void build_list_keys(build *b, const pv_schema *s, const pv_val *v, const char *path); /* items are there */
/* ---- defaults.c ---- */
/* A default must be what its node accepts, and nothing that pruning would drop.  False if one is not. */
bool build_defaults(build *b, const pv_schema *root, const char *path);
/* And obey the rules, which are compiled by now. */
void build_judge_defaults(build *b, const pv_schema *root, const char *path);
const char *build_at(build *b, const char *path, const char *name); /* path.name, for faults */
const char *build_own(build *b, const pv_val *v); /* a string's copy in the schema's arena, or NULL */
/* Into the schema's arena; turn: for what is needed on the way. */
const pv_schema *schema_pack(pv_arena *arena, pv_arena *turn, const pv_schema *built);
/* ---- rules.c ---- */
/* What can be said of the rules of s before they are compiled. */
void build_rule_texts(build *b, const pv_schema *s, const pv_val *v, const char *path);
/* Compiles the rules of root and of what is below it; what is wrong with them are faults.  False
 * if there is something. */
bool build_rules(build *b, pv_schema *root, const pv_val *v, const char *path);
