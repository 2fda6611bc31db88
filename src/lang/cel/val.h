/* val: values while they are computed; private to lang/cel.  All in the run's
 * arena; one thread.  Errors are values until pv_cel_eval() returns. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/cel/cel.h"

typedef pv_cel_val val;

enum opaque {
	O_QUANTITY = 1,
	O_URL,
	O_IP,
	O_CIDR,
	O_SEMVER,
	O_FORMAT,
	O_AUTHORIZER,
	O_PATH,
	O_GROUP,
	O_RESOURCE,
	O_DECISION
};

typedef struct run {
	pv_ctx *cx;
	pv_arena *arena;
	const pv_cel_shapes *shapes;
	const val *vars;
	val *slots; /* of comprehension variables */
	uint64_t cost, limit;
	uint64_t look;            /* the cost at which to look next whether the turn may go on */
	pv_error *ended;          /* it may not */
	struct pv_re_slot *regex; /* the pattern that was used last */
	bool over;                /* the limit is passed: nothing may absorb it */
	const void *at;           /* the node that works: an error has it as its node */
	bool kubernetes;          /* format() is the one of its servers */
	bool placed;              /* errors name types, where cel-go has none */
} run;

/* clang-format off */
static inline val v_null(void) { return (val){.kind = PV_CEL_NULL}; }
static inline val v_bool(bool b) { return (val){.kind = PV_CEL_BOOL, .b = b}; }
static inline val v_int(int64_t i) { return (val){.kind = PV_CEL_INT, .i = i}; }
static inline val v_uint(uint64_t u) { return (val){.kind = PV_CEL_UINT, .u = u}; }
static inline val v_double(double d) { return (val){.kind = PV_CEL_DOUBLE, .d = d}; }
static inline val v_str(pv_str s) { return (val){.kind = PV_CEL_STRING, .len = (uint32_t)s.len, .s = s.s}; }
static inline val v_text(const char *s) { return v_str(pv_str_of(s)); }
static inline val v_bytes(pv_str s) { return (val){.kind = PV_CEL_BYTES, .len = (uint32_t)s.len, .s = s.s}; }
static inline val v_duration(int64_t ns) { return (val){.kind = PV_CEL_DURATION, .i = ns}; }
static inline val v_type(const char *name) { return (val){.kind = PV_CEL_TYPE, .s = name}; }
static inline val v_opaque(enum opaque sub, const void *p) { return (val){.kind = PV_CEL_OPAQUE, .sub = (uint16_t)sub, .p = p}; }
static inline pv_str v_strv(const val *v) { return (pv_str){v->s, v->len}; }
static inline bool is_error(const val *v) { return v->kind == PV_CEL_ERROR; }
/* clang-format on */

val v_error(run *r, const char *fmt, ...) PV_PRINTF(2, 3);
val v_no_overload(run *r);
val v_no_key(run *r, const val *key);
val v_over(void);                               /* the cost limit is passed */
val v_list(run *r, const val *items, size_t n); /* not copied */
val v_list_of(run *r, const pv_vec *items);     /* of val */
val v_optional(run *r, val v);
val v_none(void);

val v_native(run *r, const pv_val *v, const void *node);
val v_item(run *r, const val *list, size_t i); /* i < len */
void v_entry(run *r, const val *map, size_t i, val *ret_key, val *ret_value);
/* false: the map has no such key. */
bool v_find(run *r, const val *map, const val *key, val *ret);
bool v_field(run *r, const val *map, pv_str name, pv_str plain, val *ret);
val v_map(run *r, const pv_vec *pairs);             /* keys and values in turn, unique */
val v_index(run *r, const val *of, const val *key); /* an error if there is none */
bool v_in(run *r, const val *of, const val *key);

bool v_equal(run *r, const val *a, const val *b);
/* -1, 0, 1; 2: not comparable (NaN or other types). */
int v_compare(const val *a, const val *b);
bool v_is_number(const val *v);
bool v_is_zero(run *r, const val *v);
const char *v_type_name(const val *v);
uint64_t v_size(const val *v); /* for costs: bytes or elements, 1 for others */
void v_look(run *r);           /* is the limit passed, or the turn over? */

static inline void
v_spend(run *r, uint64_t cost)
{
	r->cost += cost;
	if (r->cost >= r->look || (r->limit && r->cost > r->limit))
		v_look(r);
}

/* times.c */
bool t_parse(pv_str text, val *ret);
char *t_format(pv_arena *arena, const val *t);
bool t_valid(int64_t seconds);
val t_parse_duration(run *r, pv_str text);
char *t_duration(pv_arena *arena, int64_t ns); /* "1.5s" */
char *d_text(pv_arena *arena, double d);       /* as Go's %g prints it */

/* opaque values (their own files) */
char *net_text(pv_arena *arena, const val *v); /* an address or a network */
bool net_equal(const val *a, const val *b);
bool opaque_equal(const val *a, const val *b);
const char *opaque_type(const val *v);
