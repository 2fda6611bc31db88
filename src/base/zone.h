/* zone: the tz database (/usr/share/zoneinfo): what a clock on the wall showed.
 * Thread-safe. */
#pragma once
#include "base/ctx.h"

typedef struct pv_zone pv_zone; /* read once, immutable, as long as the process; NULL is UTC */

/* "Europe/Berlin"; "" and "UTC" need no file.  -PV_ENOTFOUND if there is none. */
PV_MUST_USE int pv_zone_load(pv_ctx *cx, const char *name, const pv_zone **ret);
/* Seconds east of Greenwich and the abbreviation ("CEST") at the instant. */
int pv_zone_offset(const pv_zone *zone, int64_t unix_seconds, const char **ret_name);
/* The instant at which that zone's clock shows `local` (seconds as if it were UTC). */
int64_t pv_zone_instant(const pv_zone *zone, int64_t local);
