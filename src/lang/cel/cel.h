/* cel: Google's Common Expression Language with Kubernetes' libraries: text -> a
 * checked, immutable program -> values.  A program is shared by any number of
 * threads; an evaluation belongs to one.  No I/O and no clock.  Programs lie in
 * the arena that they were compiled into, results in the evaluation's arena;
 * documents are borrowed, never copied.  Errors are cel-go's in its words. */
#pragma once
#include "lang/value/value.h"

typedef struct pv_cel pv_cel; /* a compiled program */

enum pv_cel_kind {
	PV_CEL_ABSENT, /* a variable without a value; also the type dyn of a shape */
	PV_CEL_NULL,
	PV_CEL_BOOL,
	PV_CEL_INT,
	PV_CEL_UINT,
	PV_CEL_DOUBLE,
	PV_CEL_STRING,
	PV_CEL_BYTES,
	PV_CEL_DURATION,  /* i: nanoseconds */
	PV_CEL_TIMESTAMP, /* i: seconds since 1970, len: nanoseconds */
	PV_CEL_LIST,
	PV_CEL_MAP,
	PV_CEL_OBJECT,   /* of shapes only: fields are declared */
	PV_CEL_TYPE,     /* s: its name */
	PV_CEL_OPTIONAL, /* items: the value, or NULL for none */
	PV_CEL_OPAQUE, /* quantity, URL, IP...: inside the module; of a shape: a quantity, for the checker only */
	PV_CEL_STRUCT, /* Object{} and its kin: items as a map's, node: the name */
	PV_CEL_ERROR,
};

typedef struct pv_cel_val {
	uint8_t kind; /* enum pv_cel_kind */
	bool native;  /* list or map: v is a document, of the shape `node` (or NULL) */
	uint16_t sub; /* opaque: which */
	uint32_t len; /* bytes, items, entries; nanoseconds */
	union {
		bool b;
		int64_t i;
		uint64_t u;
		double d;
		const char *s;
		const pv_val *v;
		const struct pv_cel_val *items; /* map: keys and values in turn */
		const void *p;
	};
	const void *node;
} pv_cel_val;

/* What an OpenAPI schema says of a value.  The module knows schemas only so far. */
#define PV_CEL_SET 1u      /* list: order does not matter */
#define PV_CEL_LIST_MAP 2u /* list: items are told apart by keys */
#define PV_CEL_HIDDEN 4u   /* no type: rules cannot name it */
#define PV_CEL_INT_OR_STRING 8u
#define PV_CEL_NULL_ABSENT 16u /* null there is a field that is not there (Kubernetes: nullable ones) */
typedef struct pv_cel_shape {
	enum pv_cel_kind kind;
	unsigned flags;
	const char *const *keys; /* of PV_CEL_LIST_MAP */
	size_t n_keys;
} pv_cel_shape;
typedef struct pv_cel_shapes {
	pv_cel_shape (*of)(const void *node);
	const void *(*field)(const void *node, const char *name, size_t len); /* declared, or NULL */
	const void *(*items)(const void *node);                               /* of a list; values of a map */
	uint64_t (*most)(const void *node); /* elements or bytes; for the estimate, may be NULL */
} pv_cel_shapes;

typedef struct pv_cel_var {
	const char *name; /* may be qualified: "com.example.x" */
	const char *type; /* "int", "map(string, dyn)"; NULL: by node, or dyn */
	const void *node;
	bool optional; /* optional_type of that type */
} pv_cel_var;

/* A function that somebody else runs: calls are checked, and fail when they are evaluated. */
typedef struct pv_cel_function {
	const char *name;
	const char *type; /* "(string, list(T)): T": capital letters stand for any type, and a name that is
	                   * none of CEL's for one of its own; an overload a row */
} pv_cel_function;

typedef struct pv_cel_env {
	const pv_cel_var *vars;
	size_t n_vars;
	const pv_cel_function *functions;
	size_t n_functions;
	const pv_cel_shapes *shapes; /* NULL: no variable has a node */
	const char *container;       /* namespace in which names are looked up, or NULL */
	const char *want;            /* type that the program must have, or NULL */
	bool unchecked;              /* parse only: types are found at run time */
	bool homogeneous;            /* list and map literals hold one type (Kubernetes) */
	bool kubernetes; /* what its servers do not know is not known, and literals are looked at */
	bool binds;      /* cel.bind although `kubernetes`: of devices */
	bool mutation;   /* Object{}, Object.spec{} and JSONPatch{} make values */
} pv_cel_env;

/* Is it a type as above, of a function or of a variable?  -PV_EINVALID says what in it is none. */
PV_MUST_USE int pv_cel_function_check(pv_ctx *cx, const char *type);
PV_MUST_USE int pv_cel_type_check(pv_ctx *cx, const char *type);
/* Of an expression that compiles, and could never run. */
#define PV_CEL_NOT_MADE "program instantiation failed: "
/* -PV_EINVALID with all that is wrong, one "ERROR: <input>:1:5: ..." with its line each. */
PV_MUST_USE int pv_cel_compile(pv_ctx *cx, pv_arena *arena, const pv_cel_env *env, pv_str text,
			       const pv_cel **ret);
const char *pv_cel_type(pv_arena *arena, const pv_cel *program); /* "map(string, int)" */
/* The shape that it gives, as long as the shapes live; NULL: none. */
const void *pv_cel_node(const pv_cel *program);
/* Can an expression call it by that name?  No word of the language. */
bool pv_cel_is_name(pv_str name);
bool pv_cel_uses(const pv_cel *program, const char *var);
/* Is that field of the variable read or asked for somewhere, by its name? */
bool pv_cel_selects(const pv_cel *program, const char *var, const char *field);
/* The worst case by the shapes' limits; UINT64_MAX: without bound. */
uint64_t pv_cel_estimate(const pv_cel *program);

typedef struct pv_cel_run {
	const pv_cel_val *vars; /* in the order of env->vars */
	uint64_t limit;         /* cost; 0: none */
	uint64_t cost;          /* spent; out */
	bool placed;            /* an error says where it arose, and what the types were there */
} pv_cel_run;

/* -PV_EINVALID with the evaluation's error; -PV_ETOOMANY when the limit is passed. */
PV_MUST_USE int pv_cel_eval(pv_ctx *cx, const pv_cel *program, pv_cel_run *run, pv_cel_val *ret);

/* A document as a value, by its shape (node NULL: by its JSON type). */
pv_cel_val pv_cel_of(pv_arena *arena, const pv_cel_shapes *shapes, const void *node, const pv_val *v);
pv_cel_val pv_cel_optional(pv_arena *arena, const pv_cel_val *v); /* NULL: none */
static inline bool
pv_cel_true(const pv_cel_val *v)
{
	return v->kind == PV_CEL_BOOL && v->b;
}

/* What an expression of `authorizer` asks: may they do that?  "" when it is not said. */
typedef struct pv_cel_access {
	const char *account_ns, *account; /* of a ServiceAccount; NULL: who sent the request */
	const char *path;                 /* NULL: a resource */
	const char *verb, *group, *resource, *subresource, *ns, *name;
} pv_cel_access;
typedef struct pv_cel_authorizer {
	bool (*allows)(pv_ctx *cx, const struct pv_cel_authorizer *self, const pv_cel_access *what,
		       const char **ret_reason);
	const void *arg;
} pv_cel_authorizer;
/* Variables of the types kubernetes.authorization.Authorizer and .ResourceCheck; what: the
 * resource that is asked about.  All are borrowed. */
pv_cel_val pv_cel_authorizer_of(pv_arena *arena, const pv_cel_authorizer *by);
pv_cel_val pv_cel_resource_check(pv_arena *arena, const pv_cel_authorizer *by, const pv_cel_access *what);

/* What a mutating policy's expression gave (Object{} or [JSONPatch{}]) as JSON.  -PV_EINVALID: a
 * constructor that is not named as the place where it stands is. */
PV_MUST_USE int pv_cel_object(pv_ctx *cx, const pv_cel_val *v, pv_val *ret);
/* As JSON: durations, timestamps and bytes as protobuf's JSON mapping has them.
 * -PV_EINVALID for what has no JSON (types, opaque values). */
PV_MUST_USE int pv_cel_json(pv_ctx *cx, const pv_cel_val *v, pv_val *ret);
/* As the JSON of cel.expr.Value: {"int64_value": "1"}; keeps every type apart. */
PV_MUST_USE int pv_cel_proto(pv_ctx *cx, const pv_cel_val *v, pv_val *ret);
