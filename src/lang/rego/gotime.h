/* rego/gotime: Go's reference layouts ("2006-01-02T15:04:05Z07:00"): formatting
 * and parsing of instants.  Pure.
 * Private to this folder. */
#pragma once
#include "base/buf.h"
#include "base/str.h"
#include "base/zone.h"

typedef struct rg_civil { /* what a calendar and a clock show */
	int64_t year;
	int month, day, hour, minute, second, nanos;
	int weekday, yearday; /* Sunday 0; 1..366 */
	int offset;           /* seconds east */
	const char *zone;
} rg_civil;

rg_civil rg_civil_of(const pv_zone *zone, int64_t ns);
/* Seconds since 1970 of the civil time, its offset taken off. */
int64_t rg_civil_seconds(const rg_civil *c);
/* "RFC1123Z" -> its layout; anything else is a layout itself. */
const char *rg_layout_of(const char *name);
void rg_layout_format(pv_buf *b, const char *layout, const rg_civil *c);
/* *ret_why: what Go would say. */
bool rg_layout_parse(pv_arena *arena, const char *layout, pv_str text, rg_civil *ret, const char **ret_why);
