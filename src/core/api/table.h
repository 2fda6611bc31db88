/* table: objects as meta.k8s.io Tables, as `kubectl get` shows them.  Columns come
 * from the resource; cells of built-in kinds that need thought (a Pod's STATUS)
 * are computed in core/kinds.  Pure; any thread. */
#pragma once
#include "base/buf.h"
#include "core/resource/resource.h"

enum pv_table_include { PV_TABLE_METADATA, PV_TABLE_NONE, PV_TABLE_OBJECT };

/* includeObject=None|Metadata|Object (NULL: Metadata); -PV_EBADREQUEST otherwise. */
PV_MUST_USE int pv_table_include_parse(pv_ctx *cx, const char *text, enum pv_table_include *ret);

typedef struct pv_table_opts {
	const char *version; /* "v1" (NULL) or "v1beta1" */
	enum pv_table_include include;
	bool no_columns;              /* watch events behind the first: columnDefinitions is null */
	int64_t now_ns;               /* for ages; 0: pv_now() */
	const char *resource_version; /* of the list; NULL: the single object's own */
	const char *next;             /* continue, or NULL */
	int64_t remaining;            /* remainingItemCount, -1: unknown */
} pv_table_opts;

/* Appends the whole Table as JSON.  A single object and a watch event are n = 1. */
void pv_table_write(pv_ctx *cx, const pv_resource *resource, const pv_val *const *objects, size_t n,
		    const pv_table_opts *opts, pv_buf *out);
/* One row's cells, in the order of resource->columns: for the CLI. */
pv_val pv_table_cells(pv_ctx *cx, const pv_resource *resource, const pv_val *object, int64_t now_ns);
