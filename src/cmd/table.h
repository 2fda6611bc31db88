/* table: a meta.k8s.io Table in columns as wide as they must be.  Private to cmd. */
#pragma once
#include "lang/value/value.h"

#define TABLE_COLUMNS 32

struct table_look {
	bool with_namespace, with_labels, wide, no_headers;
	const char *label; /* in front of each name: "deployment.apps/"; may be NULL */
	/* Chosen by the first table that is printed with it, for all that follow in a stream. */
	size_t n;
	size_t from[TABLE_COLUMNS]; /* index of the column in the table */
	int width[TABLE_COLUMNS], ns_width;
};

/* The header comes with the first table. */
void table_print(pv_ctx *cx, const pv_val *table, struct table_look *look);
