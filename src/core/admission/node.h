/* node: what a node's own identity may write of what it has a right to (upstream plugin/pkg/admission/noderestriction):
 * its own objects (node.c), Pods on it and tokens for them (nodepod.c).  Private to core/admission; any thread. */
#pragma once
#include "core/admission/admission.h"

extern const pv_admission taint_admission; /* a new Node is not ready (taint.c) */
extern const pv_admission node_admission;

typedef struct node_write {
	pv_ctx *cx;
	const pv_admit *admit;
	const char *node;
} node_write;

/* Why not, or NULL. */
const char *node_pod_refusal(const node_write *w);
const char *node_token_refusal(const node_write *w);
/* What is stored of that name; NULL: nothing. */
const pv_val *node_stored(const node_write *w, const char *type, const char *ns, const char *name);
