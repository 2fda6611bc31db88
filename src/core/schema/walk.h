/* walk: where a validation is and what it says; private to core/schema.
 * Paths are a chain on the stack and are written only for faults.  The words are
 * those of kube-openapi's validator and apimachinery's field errors. */
#pragma once
#include "core/schema/node.h"

#define WALK_DEPTH 1000

typedef pv_path path;

typedef struct walk {
	pv_faults f;
	size_t depth;
	unsigned steps;           /* nodes that were looked at */
	struct pv_re_slot *regex; /* the pattern that was used last */
} walk;

const char *walk_text(walk *w, const path *p);
/* What tells an item of the list s from the others: its keys, in a set the whole item. */
const char *walk_key(walk *w, const pv_schema *s, const pv_val *item);
/* Of a set each item is there once, of a map each key. */
void walk_list(walk *w, const pv_schema *s, const pv_val *v, const path *p);
bool walk_heard(walk *w); /* counts a fault; false when nobody listens */
void walk_bad_value(walk *w, const path *p, const char *shown, const char *why);
/* What a decoder could not read; as a wrong type it is a fault of the request. */
void walk_undecoded(walk *w, const path *p, const char *shown, const char *why);
void walk_in_body(walk *w, const path *p, const pv_val *v, const char *should);
void walk_bad_type(walk *w, const path *p, const char *shown, const char *type);
void walk_missing(walk *w, const path *p, const char *name, const char *why); /* why: may be "" */
void walk_too_many(walk *w, const path *p, size_t n, int64_t max);
void walk_too_long(walk *w, const path *p, int64_t max);
void walk_combined(walk *w, const path *p, const char *why); /* anyOf and its kin */
/* Of a whole object: apiVersion and kind are there. */
void walk_identity(walk *w, const pv_val *v, const path *p);
