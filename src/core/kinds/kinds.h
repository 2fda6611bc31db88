/* kinds: the facts of built-in kinds, read at start from embedded tables:
 * facts.tsv (derived from the published API by tools/kinds/derive) and rules.tsv
 * (ours: short names, columns, enums, defaults).  Immutable; any thread. */
#pragma once
#include "core/schema/node.h"

typedef struct pv_kinds pv_kinds;
typedef struct pv_kind pv_kind;
struct pv_resource;

typedef struct pv_kind_column {
	const char *name, *type, *format;
	const char *path; /* ".spec.x", or "=cell": computed by pv_kind_cell */
	int priority;
} pv_kind_column;

typedef struct pv_kind_sub { /* subresource */
	const char *name;
	unsigned verbs;                     /* enum pv_verb_bit */
	const char *group, *version, *kind; /* of its body */
} pv_kind_sub;

/* What a built-in kind does beyond its schema; found by name (behaviour.c). */
typedef size_t pv_kind_check(pv_faults *faults, const pv_val *object, const pv_val *old);
typedef const pv_val *pv_kind_fill(pv_ctx *cx, const pv_val *object);
typedef struct pv_warns pv_warns; /* core/kinds' own */
typedef void pv_kind_warn(pv_warns *warns, const pv_val *object, const pv_val *old);
/* What the server gives behind that, which is nobody's field; old NULL: to a new object, of which a client said
 * `sent`. */
typedef const pv_val *pv_kind_give(pv_ctx *cx, const pv_val *object, const pv_val *old, const pv_val *sent);

struct pv_kind {
	const char *group, *version, *kind, *plural, *singular;
	const char *const *short_names, *const *categories, *const *selectable;
	const char *idle;       /* what a writer is told of a kind that nothing here acts on; may be NULL */
	const char *deprecated; /* what everybody is told; may be NULL */
	bool namespaced;
	unsigned verbs; /* enum pv_verb_bit */
	const pv_schema *schema;
	const pv_kind_column *columns;
	size_t n_columns;
	const pv_kind_sub *subs;
	size_t n_subs;
	pv_kind_fill *fill;                  /* may be NULL */
	pv_kind_give *give;                  /* may be NULL */
	pv_kind_check *check, *status_check; /* of a write to /status the second alone; may be NULL */
};

PV_MUST_USE int pv_kinds_new(pv_ctx *cx, pv_kinds **ret);
/* Every group-version that Kubernetes publishes, old and new (published.tsv): for objects that no server is asked
 * about.  Types and kinds only: no rules, defaults, verbs. */
PV_MUST_USE int pv_kinds_published(pv_ctx *cx, pv_kinds **ret);
/* The type of a kind of these; NULL if there is none. */
const pv_schema *pv_kinds_of(const pv_kinds *kinds, const char *api_version, const char *kind);
/* Members in the order in which Go writes them, those of maps by name (order.c). */
const pv_val *pv_kind_ordered(pv_ctx *cx, const pv_schema *schema, const pv_val *v);
pv_kinds *pv_kinds_free(pv_kinds *kinds);
bool pv_kinds_each(const pv_kinds *kinds, size_t *pos, const pv_kind **ret);
/* "meta.v1.ObjectMeta"; NULL if the table has no such type. */
const pv_schema *pv_kinds_type(const pv_kinds *kinds, const char *name);
/* "core.v1.Pod" as OpenAPI names it: "io.k8s.api.core.v1.Pod". */
const char *pv_kinds_openapi_name(pv_arena *arena, const char *type);

/* The cell of a computed column ("=pod-status"); null when there is nothing to say. */
pv_val pv_kind_cell(pv_ctx *cx, const char *name, const pv_val *object, int64_t now_ns);
pv_kind_fill *pv_kind_fill_of(const char *group, const char *kind);
pv_kind_give *pv_kind_give_of(const char *group, const char *kind);
pv_kind_check *pv_kind_check_of(const char *group, const char *kind);
pv_kind_check *pv_kind_status_check_of(const char *group, const char *kind);

/* What the writer of a right object is told of it (warn.c): const char * to ret_texts, which holds what is
 * told already. */
typedef struct pv_write_told {
	const pv_val *object, *old; /* old: NULL of a new one */
	const char *subresource;    /* "" */
	bool renewed;               /* the update makes another generation of it */
} pv_write_told;
void pv_kind_warnings(pv_ctx *cx, const pv_kind *kind, const pv_write_told *write, pv_vec *ret_texts);

/* Without the fields of features that are off, but for those that old has; old NULL: of a new object (gates.c). */
const pv_val *pv_kind_shut(pv_ctx *cx, const pv_schema *schema, const pv_val *object, const pv_val *old);

/* A value of a type of the facts table as Go's decoder and encoder leave it (decode.c); it shares
 * what did not change. */
const pv_val *pv_kind_decode(pv_ctx *cx, const pv_schema *schema, const pv_val *v);
/* The same before it was stored: an empty list or map that is always written is no null yet. */
const pv_val *pv_kind_said(pv_ctx *cx, const pv_schema *schema, const pv_val *v);
/* What Go writes of an object of which nothing was said. */
const pv_val *pv_kind_zero(pv_ctx *cx, const pv_schema *schema);

/* Fields of causes by the names that upstream tells them by (places.c). */
void pv_kind_places(pv_ctx *cx, pv_vec *causes);

/* What spec.conversion of a CRD says of its webhook's authorities can be read, or it says nothing. */
bool pv_crd_trusts(pv_ctx *cx, const pv_val *conversion);

/* ---- protobuf: "k8s\0" and a runtime.Unknown (protobuf.c, protobuf_write.c) ---- */
typedef struct pv_protobuf {
	const char *api_version, *kind;
	pv_str raw; /* the message itself, borrowed */
} pv_protobuf;
PV_MUST_USE int pv_protobuf_envelope(pv_ctx *cx, pv_str body, pv_protobuf *ret);
/* The message by its type of the facts table.  -PV_EBADREQUEST if it is malformed. */
PV_MUST_USE int pv_protobuf_parse(pv_ctx *cx, const pv_protobuf *from, const pv_schema *schema,
				  const pv_val **ret);
/* An object of a type of the facts table, with its envelope.  whole: with the zeros that Go writes, byte for byte. */
PV_MUST_USE int pv_protobuf_write(pv_ctx *cx, const pv_schema *schema, const pv_val *object, bool whole,
				  pv_buf *out);
/* A message in parts: open's answer goes to close, fields between them in their order. */
size_t pv_protobuf_open(pv_buf *out, const char *api_version, const char *kind);
PV_MUST_USE int pv_protobuf_field(pv_ctx *cx, const pv_schema *schema, unsigned number, const pv_val *object,
				  pv_buf *out);
void pv_protobuf_close(pv_buf *out, size_t start);
/* One frame of a watch: its length in four bytes and a WatchEvent; object: with its envelope. */
void pv_protobuf_event(const char *type, pv_str object, pv_buf *out);
/* The facts table's name of a kind: its group's first part, its version and kind. */
const char *pv_protobuf_type(pv_arena *arena, const char *api_version, const char *kind);
