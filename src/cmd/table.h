/* table: meta.k8s.io Tables as kubectl prints them.  One thread.  Private to cmd. */
#pragma once
#include "cmd/tabs.h"
#include "lang/value/value.h"

struct table_look {
	bool with_namespace, with_labels, wide, no_headers;
	const char *const *labels; /* a column for each; ends with NULL; may be NULL */
	const char *label;         /* in front of each name: "deployment.apps/"; may be NULL */
};

struct table {
	struct table_look look;
	tabs tabs;
	const pv_val *columns; /* of the last table */
	bool headed;           /* they were printed */
};

void table_init(struct table *t, pv_arena *arena);
/* Adds the rows of an answer; columns that are another's than the last one's get a header. */
void table_add(pv_ctx *cx, struct table *t, const pv_val *answer);
/* Another kind follows: its columns and widths are its own. */
void table_next(struct table *t);
void table_flush(struct table *t); /* prints what was added, while its ctx is there */
