/* windows: when a project's spec.syncWindows let an Application be synced.  Private to this folder. */
#pragma once
#include "delivery/application/app.h"

/* May it be synced now, by a person (manual) or by itself; `since`: when the sync began that runs (wall clock,
 * ns), 0: none does.  False: *ret_why says what prevents it and until when, and the turn comes again then. */
bool windows_permit(app *a, bool manual, int64_t since, const char **ret_why);
