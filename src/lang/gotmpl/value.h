/* value: what a template computes with: Go's values, as far as templates see them.
 * Maps are shared and change in place (`set`, `merge`), as Go's do; all else is
 * immutable.  Everything lives in the arena of one execution; one thread at a time. */
#pragma once
#include "base/buf.h"
#include "base/str.h"
#include "lang/value/value.h"

enum pv_tkind {
	PV_T_INVALID, /* no value at all: prints <no value> */
	PV_T_NIL,     /* a nil interface */
	PV_T_BOOL,
	PV_T_INT,
	PV_T_UINT,
	PV_T_FLOAT,
	PV_T_COMPLEX,
	PV_T_STRING,
	PV_T_LIST,
	PV_T_MAP,
	PV_T_OBJECT,
};

/* Go's types of such values; PV_TY_PLAIN is the usual one of the kind: bool, int,
 * uint, float64, complex128, string, []interface {}, map[string]interface {}. */
enum pv_ttype {
	PV_TY_PLAIN,
	PV_TY_INT64,
	PV_TY_STRINGS,    /* []string */
	PV_TY_INTS,       /* []int */
	PV_TY_LISTS,      /* [][]interface {} */
	PV_TY_BYTES,      /* []uint8: a PV_T_STRING inside */
	PV_TY_STRING_MAP, /* map[string]string */
	PV_TY_VALUES,     /* common.Values: Helm's own name for a map */
};

typedef struct pv_tv pv_tv;
typedef struct pv_tlist pv_tlist;
typedef struct pv_tmap pv_tmap;
typedef struct pv_tobject pv_tobject;
typedef struct pv_trun pv_trun;

struct pv_tv {
	uint8_t kind; /* enum pv_tkind */
	uint8_t type; /* enum pv_ttype */
	bool boxed;   /* it was read from a place that holds anything: errors name that type */
	uint32_t len; /* bytes of a string */
	union {
		bool b;
		int64_t i;
		uint64_t u;
		double d;
		const double *complex; /* real, imaginary */
		const char *s;         /* not NUL-terminated */
		const pv_tlist *list;
		pv_tmap *map;
		const pv_tobject *object;
	};
};

/* A named type of Go's that is a list or a map and has methods. */
typedef struct pv_tnamed {
	const char *type;               /* "common.VersionSet" */
	const struct pv_tfunc *methods; /* ends with a NULL name; args[0] is the value */
	const pv_tv *absent;            /* what a map gives for a key that it does not have; NULL: nil */
} pv_tnamed;

struct pv_tlist {
	const pv_tv *items;
	size_t len;
	const pv_tnamed *named; /* or NULL */
};

typedef struct pv_tentry {
	pv_str key;
	pv_tv val;
} pv_tentry;

struct pv_tmap {
	pv_arena *arena;
	pv_tentry *at;
	uint32_t len, cap;
	uint32_t *index; /* of large maps: slots hold position + 1 */
	uint32_t slots;
	bool sorted;
	const pv_tnamed *named; /* or NULL */
};

/* A struct of Go's, or a pointer to one, with methods. */
typedef struct pv_tclass {
	const char *type; /* "*common.Capabilities", "time.Time" */
	/* A field; false if there is none of that name. */
	bool (*field)(const pv_tobject *o, pv_str name, pv_tv *ret);
	/* NULL, or the method's row. */
	const struct pv_tfunc *methods;                /* ends with a NULL name; args[0] is the object */
	void (*print)(pv_buf *b, const pv_tobject *o); /* as %v */
	/* What JSON and YAML see, NULL: nothing. */
	bool (*data)(pv_arena *arena, const pv_tobject *o, pv_tv *ret);
	/* It is a function: what `call` calls, args[0] is the object.  NULL: it is none. */
	const struct pv_tfunc *call;
} pv_tclass;
struct pv_tobject {
	const pv_tclass *class;
	void *of;
	int64_t a, b; /* for small ones: an instant's seconds and nanoseconds */
};

/* ---- making ---- */
pv_tv pv_tv_invalid(void);
pv_tv pv_tv_nil(void);
pv_tv pv_tv_bool(bool b);
pv_tv pv_tv_int(int64_t i);
pv_tv pv_tv_int64(int64_t i);
pv_tv pv_tv_float(double d);
pv_tv pv_tv_str(pv_str s); /* borrowed */
pv_tv pv_tv_text(const char *s);
pv_tv pv_tv_buf(const pv_buf *b); /* the bytes are borrowed */
pv_tv pv_tv_object(pv_arena *arena, const pv_tclass *class, void *of);
/* Items are borrowed. */
pv_tv pv_tv_list(pv_arena *arena, const pv_tv *items, size_t n, enum pv_ttype type);
pv_tv pv_tv_map(pv_tmap *map);
pv_tv pv_tv_time(pv_arena *arena, int64_t ns); /* time.Time, since 1970 */
pv_tv pv_tv_instant(pv_arena *arena, int64_t seconds,
		    int64_t nanos);                /* one that may be beyond 1677 to 2262 */
pv_tv pv_tv_duration(pv_arena *arena, int64_t ns); /* time.Duration */
/* A deep copy of a document; floats: every number is a float64, as encoding/json reads them. */
pv_tv pv_tv_from(pv_arena *arena, const pv_val *v, bool floats);
/* Back to a document, to print it as JSON or YAML.  False: deeper than a document may be
 * (a map within itself), or a number that JSON cannot say. */
bool pv_tv_to(pv_arena *arena, const pv_tv *v, pv_val *ret);
pv_tv pv_tv_copy(pv_arena *arena, const pv_tv *v); /* deep, to a depth of 1000 */

/* Is there room for more?  A value may be shared by many, so that its copy is far larger than it is:
 * who copies stops where this is false, and the execution fails. */
bool pv_tv_fits(const pv_arena *arena);

/* ---- maps ---- */
pv_tmap *pv_tmap_new(pv_arena *arena);
pv_tv *pv_tmap_find(const pv_tmap *m, pv_str key); /* NULL if absent; until the next put */
void pv_tmap_put(pv_tmap *m, pv_str key, pv_tv val);
void pv_tmap_puts(pv_tmap *m, const char *key, pv_tv val); /* key is static */
bool pv_tmap_del(pv_tmap *m, pv_str key);
void pv_tmap_sort(pv_tmap *m); /* then at[] ascends by key */

/* ---- asking ---- */
pv_str pv_tv_strv(const pv_tv *v);      /* of a string, else empty */
const char *pv_tv_type(const pv_tv *v); /* "map[string]interface {}"; "<nil>" */
const char *pv_tv_kind(const pv_tv *v); /* reflect's: "slice", "invalid" */
bool pv_tv_truth(const pv_tv *v);
bool pv_tv_is_time(const pv_tv *v);
bool pv_tv_is_duration(const pv_tv *v, int64_t *ret_ns);
/* Of times: -1, 0, 1; that much later; how long after b, as Go's: nearer than 292 years, or as far as that. */
int pv_tv_time_compare(const pv_tv *a, const pv_tv *b);
pv_tv pv_tv_time_add(pv_arena *arena, const pv_tv *t, int64_t ns);
pv_tv pv_tv_time_sub(pv_arena *arena, const pv_tv *a, const pv_tv *b);
/* reflect.DeepEqual.  *steps (NULL: no limit) is what it may take, and left 0 when that was not enough. */
bool pv_tv_equal(const pv_tv *a, const pv_tv *b, uint64_t *steps);
