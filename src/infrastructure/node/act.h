/* act: what a Pod on the simulated node shall do, by its annotations.  Private. */
#pragma once
#include "core/reconcile/reconcile.h"

enum act { ACT_RUN, ACT_CRASH, ACT_OOM, ACT_HANG, ACT_FAIL, ACT_IMAGE_PULL, ACT_BAD_IMAGE };

/* pave.dev/simulate: crash | oom | hang | fail | image-pull | run; anything else runs, and act_doubts() says so. */
enum act act_of(const pv_val *pod);
int64_t act_ready_after(const pv_val *pod); /* pave.dev/ready-after, ns; 300 ms by default */
int64_t act_run_for(const pv_val *pod);     /* pave.dev/run-for, ns; 1 s by default */
int64_t act_ending(const pv_val *pod);      /* how long it takes to end when it is told to, ns */
/* How long a container that ended waits before its n-th restart: 10 s doubling to 5 min. */
int64_t act_backoff(int64_t restarts);
bool act_ends(const pv_val *pod);     /* Pods of Jobs come to an end by themselves */
bool act_restarts(const pv_val *pod); /* a container that failed is started again */
int act_exit_code(const pv_val *pod); /* pave.dev/exit-code of a failure; 1, or 137 by default */
/* Adds (const char *) a sentence for each annotation whose value says nothing to the node. */
void act_doubts(pv_ctx *cx, const pv_val *annotations, const char *path, pv_vec *ret);
extern const struct pv_admission doubt_admission; /* admit.c: tells the writer */
