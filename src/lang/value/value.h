/* value: the one document type: parsed JSON or YAML, an API object, policy input.
 * A value is immutable once built and shared freely between threads.  It is
 * built in an arena; pv_freeze() copies it into one heap block with an atomic
 * count.  NULL stands for "absent" and every reader accepts it.
 *
 * Objects keep the author's key order and carry a sorted view for look-up,
 * comparison, hashing and diff.  Keys are strings in JSON; Rego's objects use
 * any value, and its sets are PV_SET (items sorted, unique).  Numbers keep their
 * text when neither int64 nor the shortest text of a double says the same, or when it is wanted (literal.h). */
#pragma once
#include <string.h>

#include "base/ctx.h"

/* In the order in which values of different types compare (Rego's). */
enum pv_type { PV_NULL, PV_BOOL, PV_NUMBER, PV_STRING, PV_LIST, PV_OBJECT, PV_SET };
enum pv_num { PV_INT, PV_DOUBLE, PV_DECIMAL }; /* decimal: JSON text in s,len */

#define PV_V_ROOT 1u  /* first value of a frozen block */
#define PV_V_INDEX 2u /* object: uint32_t order[len] lies behind the members */

typedef struct pv_member pv_member;
typedef struct pv_val pv_val;
struct pv_val {
	uint8_t type;   /* enum pv_type */
	uint8_t num;    /* enum pv_num, numbers only */
	uint16_t flags; /* PV_V_* */
	uint32_t len;   /* bytes (strings, decimals), items or members */
	union {
		bool b;
		int64_t i;
		double d;
		const char *s;            /* NUL-terminated behind len */
		const pv_val *items;      /* lists and sets */
		const pv_member *members; /* in the author's order */
	};
};
struct pv_member {
	pv_val key, val;
};

/* ---- making: all from the arena, strings are copied unless _ref ---- */
pv_val pv_null(void);
pv_val pv_bool(bool b);
pv_val pv_int(int64_t i);
pv_val pv_double(double d); /* finite, asserted: JSON has no others */
pv_val pv_string(pv_arena *arena, const char *s);
pv_val pv_stringn(pv_arena *arena, const char *s, size_t len);
pv_val pv_string_ref(const char *s); /* borrowed, NUL-terminated, outlives the value */
pv_val pv_stringf(pv_arena *arena, const char *fmt, ...) PV_PRINTF(2, 3);
/* A number from JSON text, exact; false if it is not a JSON number. */
bool pv_number(pv_arena *arena, const char *s, size_t len, pv_val *ret);
/* A number's canonical JSON text: doubles as Go's encoding/json writes them. */
#define PV_NUMBER_ROOM 32
pv_str pv_number_text(const pv_val *v, char room[PV_NUMBER_ROOM]);
/* A string, a number or a boolean as text; "" for anything else. */
const char *pv_scalar_text(pv_arena *arena, const pv_val *v);
const pv_val *pv_box(pv_arena *arena, pv_val v); /* an address for a value */

/* From arrays, copied.  Equal keys: the last value wins, in the first one's place;
 * `repeated` (or NULL) is told of each such key. */
pv_val pv_list_of(pv_arena *arena, const pv_val *items, size_t n);
pv_val pv_object_of(pv_arena *arena, const pv_member *members, size_t n,
		    void (*repeated)(void *arg, const pv_val *key), void *arg);

typedef struct pv_listb {
	pv_arena *arena;
	pv_val *items;
	size_t len, cap;
} pv_listb;
void pv_listb_init(pv_listb *b, pv_arena *arena);
void pv_listb_add(pv_listb *b, pv_val v);
pv_val pv_listb_end(pv_listb *b);
pv_val pv_listb_end_set(pv_listb *b); /* sorted, duplicates dropped */

typedef struct pv_objb {
	pv_arena *arena;
	pv_member *members;
	size_t len, cap;
} pv_objb;
void pv_objb_init(pv_objb *b, pv_arena *arena);
void pv_objb_from(pv_objb *b, pv_arena *arena, const pv_val *object); /* start with its members */
/* Replaces an equal key in place, else appends.  The key is borrowed (literal or arena). */
void pv_objb_put(pv_objb *b, const char *key, pv_val v);
void pv_objb_putv(pv_objb *b, pv_val key, pv_val v);
void pv_objb_add(pv_objb *b, pv_val key, pv_val v); /* no look-up: caller knows it is new */
bool pv_objb_del(pv_objb *b, const char *key);
/* For the common case: puts the string if s is not NULL. */
void pv_objb_puts(pv_objb *b, const char *key, const char *s);
pv_val pv_objb_end(pv_objb *b);

/* ---- reading: NULL in, NULL (or the default) out ---- */
const pv_val *pv_getn(const pv_val *object, const char *key, size_t len);
static inline const pv_val *
pv_get(const pv_val *object, const char *key)
{
	return pv_getn(object, key, strlen(key)); /* here, so that a compiler knows the length of most */
}
const pv_val *pv_getv(const pv_val *object, const pv_val *key); /* any key; set: membership */
const pv_val *pv_item(const pv_val *list,
		      size_t i); /* never NULL below pv_count(): of an object, a member's value */
/* Dotted, for names written in the source: pv_at(obj, "spec.template.metadata").
 * A number is a list index.  Keys with dots: pv_get. */
const pv_val *pv_at(const pv_val *v, const char *path);
static inline bool
pv_is(const pv_val *v, enum pv_type type)
{
	return v != NULL && v->type == type;
}

size_t pv_count(const pv_val *v);        /* items or members, else 0 */
size_t pv_member_count(const pv_val *v); /* of an object, else 0: how far ->members may be walked */
const char *pv_text(const pv_val *v, const char *otherwise); /* if it is a string */
pv_str pv_strv(const pv_val *v);
int64_t pv_i64(const pv_val *v, int64_t otherwise); /* if it is a whole number */
double pv_f64(const pv_val *v, double otherwise);
bool pv_truth(const pv_val *v, bool otherwise); /* if it is a bool */
const char *pv_text_at(const pv_val *v, const char *path, const char *otherwise);
int64_t pv_i64_at(const pv_val *v, const char *path, int64_t otherwise);
bool pv_truth_at(const pv_val *v, const char *path, bool otherwise);
bool pv_depth_within(const pv_val *v, size_t max); /* a scalar's depth is 0 */
const char *pv_type_name(const pv_val *v); /* "null" "boolean" "number" "string" "array" "object" "set" */
/* The i-th member in sorted key order. */
const pv_member *pv_sorted(const pv_val *object, size_t i);

/* ---- comparing: total order of Rego; 1 == 1.0 ---- */
int pv_cmp(const pv_val *a, const pv_val *b);
bool pv_eq(const pv_val *a, const pv_val *b);
bool pv_list_has(const pv_val *list, const pv_val *item);    /* an equal one; looks at each */
bool pv_list_has_text(const pv_val *list, const char *text); /* NULL is none */
uint64_t pv_val_hash(const pv_val *v);

/* ---- changing: a new value that shares what did not change ---- */
/* have, and what of more is not in it. */
pv_val pv_list_union(pv_arena *arena, const pv_val *have, const pv_val *more);
pv_val pv_with(pv_arena *arena, const pv_val *object, const char *key, pv_val v);
pv_val pv_without(pv_arena *arena, const pv_val *object, const char *key);
/* Sets at a dotted path, making objects on the way. */
pv_val pv_with_at(pv_arena *arena, const pv_val *object, const char *path, pv_val v);
pv_val pv_without_at(pv_arena *arena, const pv_val *object, const char *path);
pv_val pv_copy(pv_arena *arena, const pv_val *v); /* deep, into this arena */

/* ---- frozen documents ---- */
const pv_val *pv_freeze(const pv_val *v);   /* one block, count 1.  Owner: caller, pv_unref() */
const pv_val *pv_ref(const pv_val *root);   /* frozen roots only, asserted */
const pv_val *pv_unref(const pv_val *root); /* accepts NULL, returns NULL */
size_t pv_frozen_size(const pv_val *root);
/* References until the ctx's arena is reset; so layers never unref.  Returns v. */
const pv_val *pv_hold(pv_ctx *cx, const pv_val *root);

/* ---- decoding by a table into a struct in the arena ---- */
enum pv_field_type { PV_F_BOOL, PV_F_INT, PV_F_STRING, PV_F_VAL, PV_F_LIST, PV_F_OBJECT };
#define PV_F_REQUIRED 1u
typedef struct pv_field {
	const char *path;        /* dotted; ends the table when NULL */
	enum pv_field_type type; /* bool, int64_t, const char *, const pv_val * (three) */
	size_t offset;
	unsigned flags;
} pv_field;
/* Lists every fault as a cause (field path, expected, found) in one -PV_EINVALID.
 * What is absent or null stays as the caller set it. */
PV_MUST_USE int pv_decode(pv_ctx *cx, const pv_val *object, const pv_field *fields, void *out);
