/* Timestamps and durations: their texts, and what a clock shows at them. */
#include "base/time.h"
#include "base/zone.h"
#include "lang/cel/func.h"
#include <string.h>

#define FIRST INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */

bool
t_valid(int64_t seconds)
{
	return seconds >= FIRST && seconds <= LAST;
}

bool
t_parse(pv_str text, val *ret)
{
	int64_t seconds, ns;
	if (!pv_time_parse_parts(text, &seconds, &ns) || !t_valid(seconds))
		return false;
	*ret = (val){.kind = PV_CEL_TIMESTAMP, .i = seconds, .len = (uint32_t)ns};
	return true;
}

typedef struct moment {
	int year, month, day, weekday, yearday, hour, minute, second;
} moment;

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static moment
moment_of(int64_t seconds)
{
	moment m;
	int64_t days = floor_div(seconds, 86400);
	int of_day = (int)(seconds - days * 86400);
	pv_date_of(days, &m.year, &m.month, &m.day);
	m.weekday = (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
	m.yearday = (int)(days - pv_days_of(m.year, 1, 1));
	m.hour = of_day / 3600;
	m.minute = of_day / 60 % 60;
	m.second = of_day % 60;
	return m;
}

/* ".5" or "", without trailing zeros. */
static const char *
fraction(pv_arena *arena, uint32_t ns)
{
	char *s;
	size_t n;
	if (!ns)
		return "";
	s = pv_printf(arena, ".%09u", ns);
	for (n = strlen(s); s[n - 1] == '0'; n--)
		;
	s[n] = '\0';
	return s;
}

char *
t_format(pv_arena *arena, const val *t)
{
	moment m = moment_of(t->i);
	return pv_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", m.year, m.month, m.day, m.hour, m.minute,
			 m.second, fraction(arena, t->len));
}

char *
t_duration(pv_arena *arena, int64_t ns)
{
	uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	return pv_printf(arena, "%s%llu%ss", ns < 0 ? "-" : "", (unsigned long long)(size / (uint64_t)PV_SEC),
			 fraction(arena, (uint32_t)(size % (uint64_t)PV_SEC)));
}

val
t_parse_duration(run *r, pv_str text)
{
	int64_t ns;
	if (pv_duration_parse(text, &ns))
		return v_duration(ns);
	return v_error(r, "time: invalid duration \"%.*s\"", (int)text.len, text.s);
}

/* ---- getters ---- */

/* "+02:00", "-3:30" and "02:00" are offsets; anything else is a name. */
static bool
offset_of(pv_str zone, int64_t *ret)
{
	int64_t sign = 1, hours, minutes;
	pv_str rest = zone, part;
	if (rest.len && (rest.s[0] == '+' || rest.s[0] == '-')) {
		sign = rest.s[0] == '-' ? -1 : 1;
		rest = (pv_str){rest.s + 1, rest.len - 1};
	}
	if (!pv_str_next(&rest, ':', &part) || !pv_parse_int(part, &hours) || !pv_parse_int(rest, &minutes) ||
	    hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return false;
	*ret = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* What the clock shows; false with *ret_error set if the zone is unknown. */
static bool
local(run *r, const val *a, size_t n, moment *ret, val *ret_error)
{
	int64_t offset = 0;
	const pv_zone *zone;
	if (n == 2 && !offset_of(v_strv(&a[1]), &offset)) {
		if (memchr(a[1].s, '\0', a[1].len) ||
		    pv_zone_load(r->cx, pv_strndup(r->arena, a[1].s, a[1].len), &zone) < 0) {
			if (r->cx->err)
				pv_recover(r->cx);
			*ret_error = v_error(r, "unknown time zone %.*s", (int)a[1].len, a[1].s);
			return false;
		}
		offset = pv_zone_offset(zone, a[0].i, NULL);
	}
	*ret = moment_of(a[0].i + offset);
	return true;
}

#define GETTER(name, field) \
	static val name(run *r, const val *a, size_t n) \
	{ \
		moment m; \
		val bad; \
		return local(r, a, n, &m, &bad) ? v_int(field) : bad; \
	}
GETTER(full_year, m.year)
GETTER(month, m.month - 1)
GETTER(date, m.day)
GETTER(day_of_month, m.day - 1)
GETTER(day_of_week, m.weekday)
GETTER(day_of_year, m.yearday)
GETTER(hour, m.hour)
GETTER(minute, m.minute)
GETTER(second, m.second)

/* Of a duration the whole of it in that unit. */
#define OF_BOTH(name, unit, of_time) \
	static val name(run *r, const val *a, size_t n) \
	{ \
		return a[0].kind == PV_CEL_DURATION ? v_int(a[0].i / (unit)) : of_time(r, a, n); \
	}
OF_BOTH(hours, 3600 * PV_SEC, hour)
OF_BOTH(minutes, 60 * PV_SEC, minute)
OF_BOTH(seconds, PV_SEC, second)

/* Of both the part behind the second (specification: not the whole duration). */
static val
milliseconds(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_int(a[0].kind == PV_CEL_DURATION ? a[0].i % PV_SEC / PV_MS : a[0].len / PV_MS);
}

const cel_fn cel_time[] = {
	{"getFullYear", "T.:i T.s:i", full_year, COST_ONE},
	{"getMonth", "T.:i T.s:i", month, COST_ONE},
	{"getDate", "T.:i T.s:i", date, COST_ONE},
	{"getDayOfMonth", "T.:i T.s:i", day_of_month, COST_ONE},
	{"getDayOfWeek", "T.:i T.s:i", day_of_week, COST_ONE},
	{"getDayOfYear", "T.:i T.s:i", day_of_year, COST_ONE},
	{"getHours", "T.:i T.s:i D.:i", hours, COST_ONE},
	{"getMinutes", "T.:i T.s:i D.:i", minutes, COST_ONE},
	{"getSeconds", "T.:i T.s:i D.:i", seconds, COST_ONE},
	{"getMilliseconds", "T.:i T.s:i D.:i", milliseconds, COST_ONE},
	{0},
};
