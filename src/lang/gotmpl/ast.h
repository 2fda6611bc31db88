/* ast: a parsed template.  Built in the set's arena, then immutable; names and texts
 * are slices of the template's text.
 * Private to this folder. */
#pragma once
#include "lang/gotmpl/gotmpl.h"

enum node_type {
	N_TEXT,
	N_ACTION,
	N_IF,
	N_RANGE,
	N_WITH,
	N_TEMPLATE,
	N_BREAK,
	N_CONTINUE,
	N_COMMENT,
	N_LIST,
	N_ELSE, /* these two never stay in a tree */
	N_END,
	/* what pipelines are made of */
	N_PIPE,
	N_COMMAND,
	N_IDENT,
	N_FIELD,
	N_VARIABLE,
	N_CHAIN,
	N_DOT,
	N_NIL,
	N_BOOL,
	N_NUMBER,
	N_STRING,
};

typedef struct node node;

typedef struct number { /* under all types that can hold it, as Go's ideal constants */
	bool is_int, is_uint, is_float, is_complex;
	bool looks_float; /* 1.0, 1e3: a float where any type would do */
	int64_t i;
	uint64_t u;
	double d, complex[2];
} number;

struct node {
	uint8_t type; /* enum node_type */
	bool flag;    /* pipe: assigns; bool: its value; command: no name of a function in it */
	uint16_t ndecl;
	uint32_t pos; /* bytes from the start of the text */
	union {
		struct { /* list, command; pipe: its declarations come first */
			node **kids;
			uint32_t n;
		};
		struct { /* action: pipe only */
			node *pipe, *list, *other;
		};
		struct { /* template: kids[0] is the pipe or NULL */
			pv_str name;
			node *with;
		};
		struct { /* field, variable, chain (of what) */
			pv_str *names;
			node *of;
			uint32_t nnames;
		};
		struct {
			pv_str quoted, value;
		};
		struct { /* number, text, identifier: the text of it */
			pv_str text;
			union {
				const number *num;
				const pv_tfunc *fn;
			};
		};
	};
};

typedef struct tree {
	pv_str name, file; /* file: the template it was written in */
	pv_str text;
	node *root; /* NULL: nothing but definitions */
} tree;

/* Parses a text and the templates it defines; *ret: of tree *, the main one last.
 * -PV_EINVALID with Go's text. */
PV_MUST_USE int parse_text(pv_ctx *cx, const pv_tmpl *set, pv_str name, pv_str text, pv_vec *ret);
/* Nothing but space and comments? */
bool node_is_empty(const node *n);
/* The node's source, rewritten as Go does for its errors. */
void node_print(pv_buf *b, const node *n);
/* NULL, or what is wrong with the number: Go's words. */
const char *number_parse(pv_arena *arena, pv_str text, bool character, number *ret);
const pv_tfunc *set_func(const pv_tmpl *set, pv_str name);
