/* nodepods: what the Pods on each node use, as the Node authorizer asks it.  An index of the store's Pods and
 * PersistentVolumes, made when a node first asks and brought up to the store's revision by each question: it says
 * what an acknowledged write says.  Internal to core/auth.  Any thread. */
#pragma once
#include "core/auth/node.h"

typedef struct node_pods node_pods;

node_pods *node_pods_open(pv_store *store);
node_pods *node_pods_close(node_pods *pods); /* accepts NULL */

/* Does a Pod that is bound to the node use it, or is it one?  A name or a node with a space is none. */
bool node_uses(pv_ctx *cx, node_pods *pods, const char *node, enum node_thing thing, const char *ns,
	       const char *name);

/* ---- nodeuse.c: elements borrow from the objects, or from cx ---- */
typedef struct node_use {
	enum node_thing thing;
	const char *name; /* in the Pod's namespace */
} node_use;
void node_pod_uses(pv_ctx *cx, const pv_val *pod, pv_vec *ret /* of node_use */);

typedef struct node_secret {
	const char *ns, *name;
} node_secret;
/* What a PersistentVolume is mounted with. */
void node_volume_secrets(const pv_val *volume, pv_vec *ret /* of node_secret */);
