/* elements: what strategic merge does with the items of lists; shared by the files
 * of this folder.  Items are pointers in vectors, so lists change cheaply. */
#pragma once
#include "base/str.h"
#include "base/vec.h"
#include "lang/patch/patch.h"

#define DIRECTIVE "$patch"
#define RETAIN_KEYS "$retainKeys"
#define DELETE_PRIMITIVES "$deleteFromPrimitiveList/"
#define ELEMENT_ORDER "$setElementOrder/"

struct smp {
	pv_ctx *cx;
	pv_smp_lookup lookup;
};

enum element_kind { ELEMENT_NONE, ELEMENT_OBJECT, ELEMENT_SCALAR };

/* Original (NULL: absent) and patch, both objects. */
PV_MUST_USE int smp_merge(struct smp *s, const pv_val *original, const pv_val *patch, const void *type,
			  const pv_val **ret);
/* What is taken over as it is: without directives, and without nulls in objects. */
pv_val smp_without_directives(struct smp *s, const pv_val *v);
int smp_bad_directive(struct smp *s, const pv_val *directive);

pv_vec elements_of(struct smp *s, const pv_val *list); /* NULL: none */
const pv_val *elements_at(const pv_vec *items, size_t i);
pv_val *elements_list(struct smp *s, const pv_vec *items);
/* All of one kind, and no list among them. */
PV_MUST_USE int elements_kind(struct smp *s, const pv_val *a, const pv_val *b, enum element_kind *ret);
/* Items by the value of a key, or (key NULL) by themselves; the items stay theirs. */
struct elements_index {
	pv_vec places; /* struct place, by hash and position */
	const char *key;
};
struct elements_index elements_index_of(struct smp *s, const pv_vec *items, const char *key);
/* Position of the first such item, -1 if there is none. */
ptrdiff_t elements_find(const struct elements_index *index, const pv_val *wanted);
int elements_no_key(struct smp *s, const pv_val *item, const char *key);
/* Items that stand in `order` come in that order; the others go between them as
 * they stood in `server`. */
PV_MUST_USE int elements_order(struct smp *s, const pv_vec *items, const pv_vec *order, const pv_vec *server,
			       const char *key, pv_vec *ret);
/* The patch's list must be a part of the order's, in the same sequence. */
PV_MUST_USE int elements_check_order(struct smp *s, const pv_val *patch, const pv_vec *order,
				     const char *key);
