/* node: how a schema lies in memory; for core/schema and its maker core/kinds.
 * Built once in an arena, then immutable; any thread. */
#pragma once
#include "core/schema/schema.h"

enum pv_node_type { PV_T_ANY, PV_T_OBJECT, PV_T_LIST, PV_T_STRING, PV_T_INTEGER, PV_T_NUMBER, PV_T_BOOLEAN };

/* pv_schema.flags */
#define PV_S_NULLABLE 0x1u
#define PV_S_INT_OR_STRING 0x2u
#define PV_S_PRESERVE 0x4u  /* unknown fields are kept below here */
#define PV_S_EMBEDDED 0x8u  /* a whole object: apiVersion, kind, metadata */
#define PV_S_UNIQUE 0x10u   /* uniqueItems */
#define PV_S_MIN_OPEN 0x20u /* exclusiveMinimum */
#define PV_S_MAX_OPEN 0x40u
#define PV_S_CLOSED 0x80u    /* additionalProperties: false */
#define PV_S_BUILTIN 0x100u  /* of the facts table: null means absent everywhere */
#define PV_S_DEFAULTS 0x200u /* there are defaults at or below this node */
#define PV_S_ROOT 0x400u     /* first member of a counted root (crd.c) */
#define PV_S_META 0x800u     /* ObjectMeta: core/resource checks and prunes it */
#define PV_S_QUANTITY 0x1000u
#define PV_S_MICRO 0x20000u /* a time with six digits */
#define PV_S_HAS_MIN 0x4000u
#define PV_S_HAS_MAX 0x8000u
#define PV_S_WHOLE 0x2000u   /* the root: rules see apiVersion, kind and metadata */
#define PV_S_RULES 0x10000u  /* x-kubernetes-validations at or below this node */
#define PV_S_EMBEDS 0x80000u /* there are embedded objects at or below this node */
#define PV_S_OFF 0x100000u   /* there are fields that are off (PV_P_OFF) below this node */
#define PV_S_FAULTY 0x40000u /* there were faults at or below this node when it was built */

/* pv_prop.flags */
#define PV_P_REQUIRED 1u /* of built-in kinds: as OpenAPI says, which servers do not ask for */
#define PV_P_MERGE 2u
#define PV_P_RETAIN 4u
/* Of built-in kinds: */
#define PV_P_POINTER 8u /* in Go: a zero is a value, absence is another */
#define PV_P_KEEP 16u   /* written although it is empty */
#define PV_P_REPLACE 32u
#define PV_P_GRANULAR 64u /* told beside the type, which may say something else */
#define PV_P_OFF 128u     /* of a feature that is off: dropped (core/kinds/gates.c) */
#define PV_P_ALONE 256u   /* and what it stands in, if nothing else does */

typedef struct pv_prop {
	const char *name;
	const pv_schema *schema;
	const char *merge_key; /* strategic merge of a list, or NULL */
	uint16_t number
		[3];    /* protobuf: field; of inlined messages, the field inside them, and so on; then 0 */
	uint16_t place; /* of built-in kinds: its place among the fields as published.tsv has them, from 1 */
	uint32_t flags;
	const char *need; /* of built-in kinds: may not even be empty; what upstream adds to that, or "" */
} pv_prop;

/* What a built-in kind asks of a value beyond its type, in upstream's words (core/kinds/syntax.c). */
typedef struct pv_syntax {
	/* What is wrong; NULL: nothing is.  No function: text of more than `most` bytes is too long. */
	const char *(*wrong)(pv_ctx *cx, const pv_val *v, const struct pv_syntax *s);
	int64_t least, most;
	const char *words;      /* instead of the usual ones, or NULL */
	struct pv_syntax *next; /* another rule of the same value, told behind this one */
} pv_syntax;

/* What few nodes have. */
typedef struct pv_facets {
	const pv_val *def, *enums;   /* enums: a list */
	const char *enum_words;      /* what is said of a value that is none of them; may be NULL */
	bool even;                   /* of built-in kinds: empty text is held to all of this, too */
	size_t def_len;              /* bytes of def as JSON */
	const struct pv_rule *rules; /* x-kubernetes-validations (rules.h) */
	size_t n_rules;
	struct pv_programs *programs;
	const char *pattern;
	double min, max, multiple;                                            /* multiple 0: none */
	int64_t min_len, max_len, min_items, max_items, min_props, max_props; /* -1: none */
	const pv_schema *const *all, *const *any, *const *one;                /* NULL-terminated or NULL */
	const pv_schema *no;                                                  /* not */
	pv_syntax *syntax;                                                    /* of built-in kinds */
} pv_facets;

struct pv_schema {
	uint8_t type, list, map; /* enum pv_node_type, pv_list_type, pv_map_type */
	uint32_t flags;
	uint32_t n_props, n_keys;
	const pv_prop *props;        /* sorted by name */
	const pv_schema *items;      /* of a list */
	const pv_schema *rest;       /* additionalProperties; a node without a type may have both */
	const char *const *keys;     /* a PV_LIST_MAP's */
	const char *const *required; /* NULL-terminated, or NULL; also the names of value validations */
	const char *name;            /* "core.v1.Pod": types of the facts table */
	const char *format;
	const char
		*component; /* under which a value of the facts table is published: "meta.v1.Time"; or NULL */
	const pv_facets *facets;
};

/* pv_schema_default(); *ret_whole: false if the defaults came to more than PV_DEFAULTS_MOST. */
const pv_val *schema_fill(pv_arena *arena, const pv_schema *schema, const pv_val *v, bool *ret_whole);

/* Adding causes: the words of apimachinery's field errors. */
typedef struct pv_faults {
	pv_ctx *cx;
	pv_vec *causes;          /* of pv_cause */
	size_t n, bytes;         /* of all; of the messages that are kept */
	size_t written, looks;   /* bytes of values for them; how often it was asked who listens */
	size_t cut;              /* causes when no more was kept; 0: all are */
	bool quiet;              /* count only: inside anyOf, oneOf, not */
	bool ended;              /* the turn may not go on: what is left is not looked at */
	const char *subresource; /* that is written; NULL or "": the object itself */
} pv_faults;

/* The builder behind pv_schema_from_crd: faults go to f. */
pv_schema *pv_schema_build(pv_ctx *cx, const pv_val *openapi, const char *path, pv_faults *f);
const pv_prop *pv_schema_prop(const pv_schema *schema, const char *name, size_t len); /* NULL if unknown */
/* Prunes a whole API object: apiVersion and kind stay, metadata goes by its own schema
 * (NULL: stays), whatever `schema` says of them. */
const pv_val *pv_schema_prune_whole(pv_ctx *cx, const pv_schema *schema, const pv_schema *meta,
				    const pv_val *v, pv_vec *ret_unknown);
/* The path of the known field nearest to an unknown one that was pruned; NULL: none is near. */
const char *pv_schema_near(pv_arena *arena, const pv_schema *schema, const pv_schema *meta, const char *path);
/* Follows a path of fields, `.spec.names['a-b']` (brackets: false, without the latter form).  NULL, or why
 * it leads nowhere.  *ret_found, if wanted: what it leads to; NULL for the values of an open map. */
const char *pv_schema_follow(pv_arena *arena, const pv_schema *schema, pv_str path, bool brackets,
			     const pv_schema **ret_found);
/* Where in a value one is: a chain that is written only for what is told. */
typedef struct pv_path {
	const struct pv_path *up;
	const char *name; /* field, or the text of the root */
	size_t index;     /* when name is NULL; with a name: not 0 if it is a map's key, [name] */
} pv_path;

const char *pv_path_text(pv_arena *arena, const pv_path *path); /* NULL: "" */

bool pv_schema_is_scalar(const pv_schema *schema); /* a string, a boolean or an integer */
/* An empty facets block. */
pv_facets *pv_facets_new(pv_arena *arena);
bool pv_format_valid(const char *format, pv_str text); /* unknown formats accept everything */

/* Does anybody listen, or is it only counted?  So that nothing is written for nobody.  Now and then it looks whether
 * the turn is to end, too. */
bool pv_faults_heard(pv_faults *f);
/* Is the turn to end (pv_ctx_check)?  That is a fault, told once. */
bool pv_faults_end(pv_faults *f);
void pv_fault(pv_faults *f, const char *reason, const char *path, const char *fmt, ...) PV_PRINTF(4, 5);
/* "Invalid value: <value>: why" with the value as upstream prints it. */
void pv_fault_value(pv_faults *f, const char *path, const pv_val *v, const char *why);
/* The same of the other reasons. */
void pv_required(pv_faults *f, const char *path, const char *why); /* why: may be NULL */
void pv_forbidden(pv_faults *f, const char *path, const char *why);
void pv_unsupported(pv_faults *f, const char *path, const pv_val *v, const char *supported); /* quoted list */
void pv_duplicate(pv_faults *f, const char *path, const pv_val *v);
void pv_not_found(pv_faults *f, const char *path, const pv_val *v);
void pv_too_long(pv_faults *f, const char *path, size_t most); /* bytes */
void pv_too_many(pv_faults *f, const char *path, size_t n, size_t most);
/* Nothing that was told of what stands below `path`, whoever told it: upstream does not look there.  "[*]": of any
 * item. */
void pv_faults_drop(pv_faults *f, const char *path);
void pv_faults_withdraw(pv_faults *f, const char *path); /* and those of the path itself */
/* Label keys and values (core/resource/meta.c). */
void pv_labels_check(pv_faults *f, const pv_val *labels, const char *path);
void pv_annotations_check(pv_faults *f, const pv_val *notes, const char *path);
const char *pv_fault_text(pv_arena *arena, const pv_val *v);                    /* JSON, cut when long */
const char *pv_path_field(pv_arena *arena, const char *path, const char *name); /* path.name */
const char *pv_path_key(pv_arena *arena, const char *path, const char *name);   /* path[name] */
const char *pv_path_index(pv_arena *arena, const char *path, size_t i);         /* path[i] */
