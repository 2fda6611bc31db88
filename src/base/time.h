/* time: instants, durations and their texts.  Pure but for the two clocks. */
#pragma once
#include "base/base.h"

#define PV_SEC INT64_C(1000000000)
#define PV_MS INT64_C(1000000)
int64_t pv_now(void);  /* wall clock, ns since 1970; may step back */
int64_t pv_mono(void); /* monotonic, ns; for deadlines and lengths */
int64_t pv_cpu(void);  /* processor time of this thread, ns; for limits that load does not move */

/* RFC 3339, UTC.  "2026-11-25T07:47:56Z"; micro: "...56.123456Z". */
char *pv_time_format(pv_arena *arena, int64_t ns);
char *pv_time_format_micro(pv_arena *arena, int64_t ns);
/* Any offset.  Held within 1824 to 2116, so that the difference of two, and a sum with pv_seconds(), fits. */
bool pv_time_parse(pv_str text, int64_t *ret_ns);
int64_t pv_seconds(int64_t n); /* in ns; held at 73 years, for what users say */
/* The same in two parts, for every year that RFC 3339 can write (0000 to 9999). */
bool pv_time_parse_parts(pv_str text, int64_t *ret_seconds, int64_t *ret_ns);
char *pv_time_format_parts(pv_arena *arena, int64_t seconds, int64_t ns, bool micro); /* ns of the second */
/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, whose month and day may
 * lie outside the year and the month; and the other way. */
int64_t pv_days_of(int64_t year, int64_t month, int64_t day);
void pv_date_of(int64_t days, int *ret_year, int *ret_month, int *ret_day);

/* Go's durations: "1h15m30.918s", "5s", "-1.5h"; false if malformed. */
bool pv_duration_parse(pv_str text, int64_t *ret_ns);
bool pv_duration_parse_long(pv_str text, int64_t *ret_ns); /* and d, w, y: days, weeks, 365 days */
char *pv_duration_format(pv_arena *arena, int64_t ns);     /* as Go prints it */
/* kubectl's ages: 17s, 5m, 3h2m, 4d, 2y31d (apimachinery duration.HumanDuration). */
char *pv_age_format(pv_arena *arena, int64_t ns);
