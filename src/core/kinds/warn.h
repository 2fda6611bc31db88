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

void warn(pv_warns *w, const char *path, const char *fmt, ...) PV_PRINTF(3, 4); /* "path: text" */
const char *warn_below(pv_warns *w, const char *path, const char *name);
const char *warn_nth(pv_warns *w, const char *path, size_t i);
const char *warn_key(pv_warns *w, const char *path, const char *key);
const char *warn_quote(pv_warns *w, const char *text); /* as Go's %q */
/* May another pair be looked at, and would somebody be told? */
bool warn_goes_on(pv_warns *w);
/* An amount of bytes that is no whole one; v may be NULL. */
void warn_of_fraction(pv_warns *w, const pv_val *v, const char *path);
/* Labels of nodes that have newer names; NULL if it is none. */
const char *warn_old_label(const char *key);

/* ---- Pods (warnpod.c, warnports.c, warnvolume.c) ---- */
/* holder: a Pod (path "") or a template (its path). */
void warn_of_pod(pv_warns *w, const pv_val *holder, const char *path);
void warn_of_node_term(pv_warns *w, const pv_val *term, bool values, const char *path);
typedef void warn_container(pv_warns *w, const pv_val *container, const char *path, void *arg);
/* Each of a spec's containers in upstream's order; path: the spec's. */
void warn_each_container(pv_warns *w, const pv_val *spec, const char *path, warn_container *call, void *arg);
void warn_of_ports(pv_warns *w, const pv_val *spec, const char *path);
void warn_of_env(pv_warns *w, const pv_val *container, const char *path);
void warn_of_volumes(pv_warns *w, const pv_val *volumes, const char *path);
/* A Pod's volume, or the spec of a persistent one, of a kind that is gone. */
void warn_of_source(pv_warns *w, const pv_val *v, const char *path, bool persistent);
void warn_of_claim_spec(pv_warns *w, const pv_val *spec, const char *path);

/* ---- addresses (warnnet.c) ---- */
void warn_of_address(pv_warns *w, const char *text, const char *path);
void warn_of_network(pv_warns *w, const char *text, const char *path);
void warn_of_addresses(pv_warns *w, const pv_val *list, const char *path); /* texts */
/* A member of each object of a list. */
void warn_of_each_address(pv_warns *w, const pv_val *list, const char *member, const char *path);
pv_kind_warn warn_service, warn_balancer, warn_network_policy, warn_endpoints, warn_slice, warn_new_slice,
	warn_pod_addresses;
