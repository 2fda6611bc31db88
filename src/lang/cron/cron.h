/* cron: schedules of five fields as robfig/cron v3 reads them (Kubernetes' CronJob):
 * lists, ranges, steps, names, ?, @hourly ... @yearly, @every DURATION, and a time zone
 * in front (TZ=Europe/Berlin).  Pure but for the system's time zone tables. */
#pragma once
#include "base/zone.h"

typedef struct pv_cron {
	uint64_t minute, hour, day, month, weekday; /* bits */
	bool any_day, any_weekday;                  /* written as *: then the other alone decides */
	int64_t every_ns;                           /* @every; 0: the fields count */
	const pv_zone *zone;
} pv_cron;

/* zone NULL: UTC.  -PV_EINVALID says which field, what was expected and what was found. */
PV_MUST_USE int pv_cron_parse(pv_ctx *cx, const char *text, const char *zone, pv_cron *ret);
/* The first time after `after` (ns since 1970, UTC); 0: none within five years. */
int64_t pv_cron_next(const pv_cron *cron, int64_t after);
