/* log: structured lines on stderr: logfmt on a terminal, JSON otherwise
 * (PAVE_LOG=json|text).  Thread-safe.  Only whoever handles an error logs it;
 * libraries return.  Values are escaped; secrets never come here. */
#pragma once
#include "base/base.h"

enum pv_level { PV_DEBUG, PV_INFO, PV_WARN, PV_ERROR };

/* Pairs of key and value (const char *), ended by NULL:
 * pv_log(PV_INFO, "store", "opened", "path", path, "objects", n, NULL). */
void pv_log(enum pv_level level, const char *area, const char *message, ...) __attribute__((sentinel));
void pv_log_level(enum pv_level level);
void pv_log_json(bool on); /* whatever PAVE_LOG says; before other threads log */
/* PAVE_TRACE=reconcile,store: is this area traced? */
bool pv_trace_on(const char *area);
