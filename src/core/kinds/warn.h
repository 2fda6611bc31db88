/* warn: what a writer of a built-in kind is told of an object that is right and yet not what they may think
 * it is: fields that do nothing any more, definitions that hide one another, addresses in odd forms.
 * Words and paths are upstream's (pkg/api/<kind>/warnings.go, WarningsOnCreate of the strategies).  Private to core/kinds.
 * Runs behind the checks, so shapes are right. */
#pragma once
#include "base/vec.h"
#include "core/kinds/behaviour.h"

#define WARN_PAIRS_MOST 1000000 /* pairs of ports, or of paths, that are held against one another */

struct pv_warns {
	pv_ctx *cx;
	pv_vec *texts; /* const char *, the arena's */
	size_t pairs;  /* that were looked at */
};

/* "path: text"; without a path: the text.  Most objects are told of nothing, so paths are written here only. */
void warn(pv_warns *w, const pv_path *path, const char *fmt, ...) PV_PRINTF(3, 4);
const pv_path *warn_from(pv_warns *w, const char *text); /* from the object: "spec.ports" */
const pv_path *warn_below(pv_warns *w, const pv_path *path, const char *name);
const pv_path *warn_nth(pv_warns *w, const pv_path *path, size_t i);
const pv_path *warn_key(pv_warns *w, const pv_path *path, const char *key);
const char *warn_quote(pv_warns *w, const char *text); /* as Go's %q */
/* May another pair be looked at, and would somebody be told? */
bool warn_goes_on(pv_warns *w);
/* An amount of bytes that is no whole one; v may be NULL. */
void warn_of_fraction(pv_warns *w, const pv_val *v, const pv_path *path);
/* Labels of nodes that have newer names; NULL if it is none. */
const char *warn_old_label(const char *key);

/* ---- Pods (warnpod.c, warnports.c, warnvolume.c) ---- */
/* holder: a Pod (path NULL) or a template (its path). */
void warn_of_pod(pv_warns *w, const pv_val *holder, const pv_path *path);
void warn_of_node_term(pv_warns *w, const pv_val *term, bool values, const pv_path *path);
typedef void warn_container(pv_warns *w, const pv_val *container, const pv_path *path, void *arg);
/* Each of a spec's containers in upstream's order; path: the spec's. */
void warn_each_container(pv_warns *w, const pv_val *spec, const pv_path *path, warn_container *call,
			 void *arg);
void warn_of_ports(pv_warns *w, const pv_val *spec, const pv_path *path);
void warn_of_env(pv_warns *w, const pv_val *container, const pv_path *path);
void warn_of_volumes(pv_warns *w, const pv_val *volumes, const pv_path *path);
/* A Pod's volume, or the spec of a persistent one, of a kind that is gone. */
void warn_of_source(pv_warns *w, const pv_val *v, const pv_path *path, bool persistent);
void warn_of_claim_spec(pv_warns *w, const pv_val *spec, const pv_path *path);

/* ---- addresses (warnnet.c) ---- */
void warn_of_address(pv_warns *w, const char *text, const pv_path *path);
void warn_of_network(pv_warns *w, const char *text, const pv_path *path);
void warn_of_addresses(pv_warns *w, const pv_val *list, const pv_path *path); /* texts */
/* A member of each object of a list. */
void warn_of_each_address(pv_warns *w, const pv_val *list, const char *member, const pv_path *path);
pv_kind_warn warn_service, warn_balancer, warn_network_policy, warn_endpoints, warn_slice, warn_new_slice,
	warn_pod_addresses;
