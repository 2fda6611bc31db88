/* table: a meta.k8s.io Table in columns as wide as they must be.  Private to cmd. */
#pragma once
#include "lang/value/value.h"

#define TABLE_COLUMNS 32

struct table_look {
	bool with_namespace, with_labels, wide, no_headers;
	const char *label; /* in front of each name: "deployment.apps/"; may be NULL */
	/* What a stream of tables remembers: only its first has columns. */
	size_t n;
	size_t from[TABLE_COLUMNS]; /* index of the column in the table */
	int width[TABLE_COLUMNS], ns_width;
};

/* keep: where the layout stays for the tables that follow, or NULL; its header comes once. */
void table_print(pv_ctx *cx, const pv_val *table, const struct table_look *look, struct table_look *keep);
