/* thread: starts base's own threads: named, with every signal blocked, so that
 * signals reach the main thread only.  */
#pragma once
#include <pthread.h>

#include "base/base.h"

/* 0 or an errno value. */
PV_MUST_USE int pv_thread_start(pthread_t *ret, const char *name, void *(*main)(void *), void *arg);
