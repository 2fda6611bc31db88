/* layout: Go's reference layouts ("2006-01-02T15:04:05Z07:00"): formatting
 * and parsing of instants.  Pure. */
#pragma once
#include "base/buf.h"
#include "base/str.h"
#include "base/zone.h"

typedef struct pv_civil { /* what a calendar and a clock show */
	int64_t year;
	int month, day, hour, minute, second, nanos;
	int weekday, yearday; /* Sunday 0; 1..366 */
	int offset;           /* seconds east */
	const char *zone;
} pv_civil;

pv_civil pv_civil_of(const pv_zone *zone, int64_t ns);
/* Seconds since 1970 of the civil time, its offset taken off. */
int64_t pv_civil_seconds(const pv_civil *c);
/* "RFC1123Z" -> its layout; anything else is a layout itself. */
const char *pv_layout_of(const char *name);
void pv_layout_format(pv_buf *b, const char *layout, const pv_civil *c);
/* *ret_why: what Go would say. */
bool pv_layout_parse(pv_arena *arena, const char *layout, pv_str text, pv_civil *ret, const char **ret_why);
