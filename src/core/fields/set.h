/* set: sets of field paths, as FieldsV1 writes them: "f:name", "k:{keys}", "v:value".
 * Immutable trees in an arena; NULL is the empty set.  Internal to core/fields. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

typedef struct fset fset;
typedef struct fkid {
	const char *name; /* "f:spec" */
	const fset *set;
} fkid;
struct fset {
	bool member; /* this node itself is in the set */
	size_t n;
	const fkid *kids; /* sorted by name */
};

/* A node that is being made; kids come in any order, each name once. */
typedef struct fsetb {
	pv_arena *arena;
	bool member;
	pv_vec kids; /* of fkid */
} fsetb;
void fsetb_init(fsetb *b, pv_arena *arena);
void fsetb_add(fsetb *b, const char *name, const fset *kid); /* NULL is left out */
const fset *fsetb_end(fsetb *b);                             /* NULL if there is nothing in it */

const fset *fset_leaf(void);
const fset *fset_find(const fset *s, const char *name); /* NULL if absent */
const fset *fset_union(pv_arena *arena, const fset *a, const fset *b);
const fset *fset_minus(pv_arena *arena, const fset *a, const fset *b);
const fset *fset_both(pv_arena *arena, const fset *a, const fset *b);
/* Without the subtrees that begin at b's members. */
const fset *fset_without(pv_arena *arena, const fset *a, const fset *b);
bool fset_equal(const fset *a, const fset *b);

pv_val fset_format(pv_arena *arena, const fset *s);       /* FieldsV1 */
const fset *fset_parse(pv_arena *arena, const pv_val *v); /* what is malformed is left out */
bool fset_reads(pv_ctx *cx, const pv_val *v);             /* is nothing malformed?  NULL: yes */
const char *fset_step(pv_ctx *cx, const char *name);      /* "k:{"name":"a"}" -> "[name="a"]" */
/* Elements: const char *, ".spec.ports[name=\"a\"].port" */
void fset_paths(pv_ctx *cx, const fset *s, pv_vec *ret);
