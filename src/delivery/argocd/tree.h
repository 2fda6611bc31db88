/* tree: the objects that an Application manages, and what came of them by owner references.  Private. */
#pragma once
#include "base/vec.h"
#include "delivery/argocd/impl.h"

#define TREE_MOST 20000 /* nodes */

typedef struct node {
	const char *group, *version, *kind, *ns, *name;
	const pv_val *resource; /* of .status.resources; NULL: a child */
	const pv_rec *rec;      /* NULL: it is not there, or not for the caller to see */
	size_t parent;          /* which of the nodes, from 1; 0: it is managed itself */
} node;

/* f->right RIGHT_KUBERNETES: of the objects themselves only those that the caller may list.  Of node. */
PV_MUST_USE int tree_of(call *c, const target *f, pv_vec *ret);
/* Does the object say that it is the Application's? */
bool tree_claims(call *c, const target *f, const node *n, const pv_val *object);
pv_val tree_show(call *c, const pv_vec *nodes);
const node *tree_parent(const pv_vec *nodes, const node *n); /* NULL: it has none */
/* By group, kind, namespace and name; NULL: it is not of the Application. */
const node *tree_find(const pv_vec *nodes, const char *group, const char *kind, const char *ns,
		      const char *name);
