/* yaml: YAML as sigs.k8s.io/yaml reads it (go-yaml v2: YAML 1.1 booleans, merge
 * keys, anchors) -> values, and values -> YAML as `kubectl -o yaml` prints it
 * (sigs.k8s.io/yaml Marshal: sorted keys, go-yaml v2's quoting).
 * Events come from libyaml; limits on depth, nodes and alias expansion.
 * Thread-safe: no state; values live in the arena that is given. */
#pragma once
#include "base/buf.h"
#include "lang/value/value.h"

typedef struct pv_yaml_opts {
	const char *file;    /* for errors, or NULL */
	size_t depth, nodes; /* 0 = defaults (1000 levels, 2,000,000 nodes after aliases) */
	pv_vec *duplicates;  /* as in pv_json_opts */
	bool core;           /* YAML 1.2's core schema: y, yes, on, off and 1_000 are text */
	bool v3;             /* as go-yaml v3 reads it: y, yes, on, off are text */
	bool written;        /* scalars are text, as they are written; but null */
} pv_yaml_opts;

typedef struct pv_yaml_doc { /* one document of a stream */
	const pv_val *val;   /* PV_NULL for an empty document */
	int line;            /* where it starts, 1-based */
	size_t repeats;      /* opts->duplicates' length at its end */
} pv_yaml_doc;

/* A reader over a multi-document stream; JSON is YAML here too. */
PV_MUST_USE int pv_yaml_parse(pv_ctx *cx, pv_str text, const pv_yaml_opts *opts, const pv_val **ret);
/* All documents: elements are pv_yaml_doc.  Empty ones are kept. */
PV_MUST_USE int pv_yaml_parse_all(pv_ctx *cx, pv_str text, const pv_yaml_opts *opts, pv_vec *ret_docs);
/* The same, and a fault costs its own document, not those before and behind it. */
typedef struct pv_yaml_fault {
	int line;
	const char *message;
} pv_yaml_fault;
void pv_yaml_parse_each(pv_ctx *cx, pv_str text, const pv_yaml_opts *opts, pv_vec *ret_docs,
			pv_vec *ret_faults /* of pv_yaml_fault */);
/* Line and column (1-based) of the node at a path like "spec.containers[0].image"
 * within the document that starts at `line`.  False if there is none: they are then of the
 * deepest one on the way to it (its key), or untouched if even the document is not there.
 * Reads that document again as far as the node. */
bool pv_yaml_locate(pv_ctx *cx, pv_str text, int line, const char *path, int *ret_line, int *ret_col);

/* The text with another value (a string) for the scalar at a path like "image.tag" or "images.0.newTag" of its
 * first document; all else stays as it is.  -PV_ENOTFOUND: there is none; -PV_EUNSUPPORTED: a block of text, one
 * with an anchor or a tag. */
PV_MUST_USE int pv_yaml_edit(pv_ctx *cx, pv_str text, const char *path, const char *value, pv_str *ret);

/* What the mappings of the first document repeat, as go-yaml words it (of const char *): "line 7: key \"a\"
 * already set in map". */
void pv_yaml_repeats(pv_ctx *cx, pv_str text, pv_vec *ret);
/* The same as go-yaml v3 words it (of pv_yaml_fault): "mapping key \"a\" already defined at line 1". */
void pv_yaml_repeats_v3(pv_ctx *cx, pv_str text, pv_vec *ret);

/* The error of a parser above as go-yaml words it: "yaml: line 11: could not find expected ':'". */
char *pv_yaml_go_error(pv_arena *arena, const pv_error *err);

void pv_yaml_write(pv_buf *b, const pv_val *v); /* one document, ends in a newline */
/* The same as go-yaml v3 prints it with an indent of 2: lists deeper than their keys, no folding. */
void pv_yaml_write_v3(pv_buf *b, const pv_val *v);
