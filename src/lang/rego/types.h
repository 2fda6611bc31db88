/* rego/types: what is known of values before they are: OPA's types, their texts and
 * their algebra.  A type is immutable and lives in the arena it was made in; NULL stands
 * for "nothing can be" (select, keys, values) or "not known yet" (of a variable).
 * Private to this folder. */
#pragma once
#include "base/buf.h"
#include "lang/rego/rego.h"

enum rg_type_kind { /* in the order in which OPA sorts them */
		    TYPE_NULL,
		    TYPE_BOOL,
		    TYPE_NUMBER,
		    TYPE_STRING,
		    TYPE_ARRAY,
		    TYPE_OBJECT,
		    TYPE_SET,
		    TYPE_ANY, /* of args, or of all if there are none */
};

typedef struct rg_type rg_type;
struct rg_type {
	uint8_t kind;
	uint16_t height; /* of types within it; 0: of none */
	uint32_t n;      /* of args */
	uint32_t
		size; /* types within it, as often as they are written out: what is shared counts every time */
	const rg_type *const *args; /* array: the first items; object: known members; any: alternatives */
	const pv_val *keys;         /* object: names of the known members */
	const rg_type *key;         /* object: of other members; NULL: there are none */
	const rg_type *of;          /* array: of further items, object: of other members; set: of its items */
};

extern const rg_type rg_type_any, rg_type_null, rg_type_bool, rg_type_number, rg_type_string;

#define RG_TYPE_MEMBERS 200 /* known members of one type; larger ones are summed up */
#define RG_TYPE_DEPTH 16    /* of types within types that constants have; deeper ones are any */
/* What statements nest is any beyond that.  Types that share parts would be walked without end. */
#define RG_TYPE_HEIGHT 1000
#define RG_TYPE_SIZE (1 << 17)
#define RG_TYPE_WORK (1 << 17) /* types held to each other at once: beyond that they may meet */

const rg_type *rg_type_array(pv_arena *arena, const rg_type *const *args, uint32_t n, const rg_type *of);
const rg_type *rg_type_set(pv_arena *arena, const rg_type *of);
const rg_type *rg_type_object(pv_arena *arena, const pv_val *keys, const rg_type *const *args, uint32_t n,
			      const rg_type *key, const rg_type *of);
const rg_type *rg_type_of(pv_arena *arena, const pv_val *v);
/* One of both; either may be NULL. */
const rg_type *rg_type_or(pv_arena *arena, const rg_type *a, const rg_type *b);
/* Is the value of that type?  Of an object's known members those may be absent beside which others may stand. */
bool rg_type_fits(const pv_val *v, const rg_type *t);
bool rg_type_meets(const rg_type *a, const rg_type *b); /* can a value be of both? */
/* Of the member with that key, of any key, of any member; NULL: there is none. */
const rg_type *rg_type_select(pv_arena *arena, const rg_type *t, const pv_val *key);
const rg_type *rg_type_keys(pv_arena *arena, const rg_type *t);
const rg_type *rg_type_values(pv_arena *arena, const rg_type *t);

void rg_type_write(pv_buf *b, const rg_type *t); /* "any<number, string>"; NULL: "???" */
/* What rg_type_write wrote, up to the end or a `,` or `)`; *text advances. */
const rg_type *rg_type_read(pv_arena *arena, const char **text);
/* "(x: number, y: number, z: number)": operands, then the result; NULL if there is no such builtin. */
const char *rg_signature(const char *name);
const char *rg_signature_at(size_t i, const char **ret_text); /* the i-th name; NULL behind the last */
/* The types of such a text, at most `most`; how many there are. */
uint32_t rg_signature_types(pv_arena *arena, const char *text, const rg_type **ret, uint32_t most);
/* What a JSON Schema allows; references stay within `root`. */
const rg_type *rg_type_of_schema(pv_arena *arena, const pv_val *root);
