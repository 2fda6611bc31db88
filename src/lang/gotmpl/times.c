/* times: instants (time.Time), what lies between them (time.Duration), and their methods.  The local zone is UTC. */
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/zone.h"
#include "lang/go/layout.h"
#include "lang/gotmpl/impl.h"

static const pv_tclass time_class;

static pv_tv
numbers(pv_arena *arena, const pv_tclass *class, int64_t a, int64_t b)
{
	pv_tv v = pv_tv_object(arena, class, NULL);
	pv_tobject *o = (pv_tobject *)(uintptr_t)v.object;
	o->a = a;
	o->b = b;
	return v;
}

pv_tv
pv_tv_instant(pv_arena *arena, int64_t seconds, int64_t nanos)
{
	return numbers(arena, &time_class, seconds, nanos);
}

/* The calendar of an instant: layouts know 1677 to 2262 by nanoseconds, years beyond here. */
static pv_civil
civil(const pv_zone *zone, int64_t seconds, int64_t nanos)
{
	int64_t limit = INT64_C(9223372036);
	if (seconds > -limit && seconds < limit)
		return pv_civil_of(zone, seconds * PV_SEC + nanos);
	int64_t day = seconds / 86400 - (seconds % 86400 < 0), left = seconds - day * 86400;
	pv_civil c = {.zone = "UTC", .nanos = (int)nanos};
	int year;
	pv_date_of(day, &year, &c.month, &c.day);
	c.year = year;
	c.hour = (int)(left / 3600);
	c.minute = (int)(left / 60 % 60);
	c.second = (int)(left % 60);
	c.weekday = (int)(((day + 4) % 7 + 7) % 7);
	c.yearday = (int)(day - pv_days_of(year, 1, 1)) + 1;
	return c;
}

int
time_formatted(pv_trun *r, pv_str layout, int64_t seconds, int64_t nanos, const char *zone_name, pv_tv *ret)
{
	const pv_zone *zone = NULL;
	pv_buf b;
	if (pv_zone_load(r->cx, zone_name, &zone) < 0) {
		(void)pv_recover(r->cx);
		if (pv_zone_load(r->cx, "UTC", &zone) < 0)
			return pv_trun_fail_ctx(r);
	}
	pv_civil c = civil(zone, seconds, nanos);
	pv_buf_init(&b, r->arena);
	pv_layout_format(&b, pv_strndup(r->arena, layout.s, layout.len), &c);
	return tret_buf(r, &b, ret);
}

/* ---- time.Time ---- */

static void
print_time(pv_buf *b, const pv_tobject *o)
{
	pv_civil c = civil(NULL, o->a, o->b);
	pv_layout_format(b, "2006-01-02 15:04:05.999999999 -0700 MST", &c);
}

static bool
time_data(pv_arena *arena, const pv_tobject *o, pv_tv *ret)
{
	pv_civil c = civil(NULL, o->a, o->b);
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_layout_format(&b, "2006-01-02T15:04:05.999999999Z07:00", &c);
	*ret = pv_tv_buf(&b);
	return true;
}

TFN(time_format)
{
	return time_formatted(r, targ(args, 1), args[0].object->a, args[0].object->b, "UTC", ret);
}

TFN(time_unix)
{
	*ret = pv_tv_int64(args[0].object->a);
	return 0;
}

TFN(time_utc)
{
	*ret = args[0];
	return 0;
}

TFN(time_year)
{
	*ret = pv_tv_int(civil(NULL, args[0].object->a, 0).year);
	return 0;
}

TFN(time_day)
{
	*ret = pv_tv_int(civil(NULL, args[0].object->a, 0).day);
	return 0;
}

TFN(time_hour)
{
	*ret = pv_tv_int(civil(NULL, args[0].object->a, 0).hour);
	return 0;
}

TFN(time_minute)
{
	*ret = pv_tv_int(civil(NULL, args[0].object->a, 0).minute);
	return 0;
}

TFN(time_second)
{
	*ret = pv_tv_int(civil(NULL, args[0].object->a, 0).second);
	return 0;
}

TFN(time_yearday)
{
	*ret = pv_tv_int(civil(NULL, args[0].object->a, 0).yearday);
	return 0;
}

TFN(time_add_date)
{
	pv_civil c = civil(NULL, args[0].object->a, 0);
	int64_t day = pv_days_of(c.year + args[1].i, c.month + args[2].i, c.day + args[3].i);
	int64_t of_day = ((args[0].object->a % 86400) + 86400) % 86400;
	*ret = pv_tv_instant(r->arena, day * 86400 + of_day, args[0].object->b);
	return 0;
}

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
				     "July",    "August",   "September", "October", "November", "December"};
static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
				       "Thursday", "Friday", "Saturday"};

TFN(time_month)
{
	*ret = pv_tv_text(months[civil(NULL, args[0].object->a, 0).month - 1]);
	return 0;
}

TFN(time_weekday)
{
	*ret = pv_tv_text(weekdays[civil(NULL, args[0].object->a, 0).weekday]);
	return 0;
}

TFN(time_is_zero)
{
	*ret = pv_tv_bool(args[0].object->a == ZERO_TIME && args[0].object->b == 0);
	return 0;
}

TFN(time_nanosecond)
{
	*ret = pv_tv_int(args[0].object->b);
	return 0;
}

/* As Go's: what does not fit in 64 bits wraps around. */
static pv_tv
since_1970(const pv_tobject *o, int64_t unit)
{
	return pv_tv_int64((int64_t)((uint64_t)o->a * (uint64_t)(PV_SEC / unit)) + o->b / unit);
}

TFN(time_unix_nano)
{
	*ret = since_1970(args[0].object, 1);
	return 0;
}

TFN(time_unix_micro)
{
	*ret = since_1970(args[0].object, 1000);
	return 0;
}

TFN(time_unix_milli)
{
	*ret = since_1970(args[0].object, PV_MS);
	return 0;
}

int
pv_tv_time_compare(const pv_tv *a, const pv_tv *b)
{
	const pv_tobject *x = a->object, *y = b->object;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

TFN(time_compare)
{
	*ret = pv_tv_int(pv_tv_time_compare(&args[0], &args[1]));
	return 0;
}

TFN(time_before)
{
	*ret = pv_tv_bool(pv_tv_time_compare(&args[0], &args[1]) < 0);
	return 0;
}

TFN(time_after)
{
	*ret = pv_tv_bool(pv_tv_time_compare(&args[0], &args[1]) > 0);
	return 0;
}

TFN(time_equal)
{
	*ret = pv_tv_bool(pv_tv_time_compare(&args[0], &args[1]) == 0);
	return 0;
}

/* ---- time.Duration: nanoseconds ---- */

static void
print_duration(pv_buf *b, const pv_tobject *o)
{
	char *text = pv_duration_format(b->arena, o->a);
	pv_buf_adds(b, text);
}

static bool
duration_data(pv_arena *arena PV_UNUSED, const pv_tobject *o, pv_tv *ret)
{
	*ret = pv_tv_int64(o->a);
	return true;
}

TFN(duration_string)
{
	*ret = pv_tv_text(pv_duration_format(r->arena, args[0].object->a));
	return 0;
}

TFN(duration_hours)
{
	*ret = pv_tv_float((double)args[0].object->a / (3600.0 * PV_SEC));
	return 0;
}

TFN(duration_minutes)
{
	*ret = pv_tv_float((double)args[0].object->a / (60.0 * PV_SEC));
	return 0;
}

TFN(duration_seconds)
{
	*ret = pv_tv_float((double)args[0].object->a / PV_SEC);
	return 0;
}

TFN(duration_milliseconds)
{
	*ret = pv_tv_int64(args[0].object->a / PV_MS);
	return 0;
}

TFN(duration_microseconds)
{
	*ret = pv_tv_int64(args[0].object->a / 1000);
	return 0;
}

TFN(duration_nanoseconds)
{
	*ret = pv_tv_int64(args[0].object->a);
	return 0;
}

static const pv_tfunc duration_methods[] = {
	{"String", "", duration_string},
	{"Hours", "", duration_hours},
	{"Minutes", "", duration_minutes},
	{"Seconds", "", duration_seconds},
	{"Milliseconds", "", duration_milliseconds},
	{"Microseconds", "", duration_microseconds},
	{"Nanoseconds", "", duration_nanoseconds},
	{NULL, NULL, NULL},
};
static const pv_tclass duration_class = {
	.type = "time.Duration", .methods = duration_methods, .print = print_duration, .data = duration_data};

pv_tv
pv_tv_time_sub(pv_arena *arena, const pv_tv *a, const pv_tv *b)
{
	const pv_tobject *x = a->object, *y = b->object;
	int64_t ns;
	if (__builtin_mul_overflow(x->a - y->a, PV_SEC, &ns) || __builtin_add_overflow(ns, x->b - y->b, &ns))
		ns = x->a < y->a ? INT64_MIN : INT64_MAX;
	return numbers(arena, &duration_class, ns, 0);
}

TFN(time_sub)
{
	*ret = pv_tv_time_sub(r->arena, &args[0], &args[1]);
	return 0;
}

pv_tv
pv_tv_time_add(pv_arena *arena, const pv_tv *t, int64_t ns)
{
	int64_t seconds = t->object->a, nanos = t->object->b + ns % PV_SEC;
	seconds += ns / PV_SEC + (nanos >= PV_SEC) - (nanos < 0);
	return pv_tv_instant(arena, seconds, (nanos + PV_SEC) % PV_SEC);
}

/* A number where Go wants a duration is one of nanoseconds. */
TFN(time_add)
{
	int64_t ns = args[1].i;
	if (!pv_tv_is_duration(&args[1], &ns) && args[1].kind != PV_T_INT)
		return pv_trun_fail(r, "wrong type for value; expected time.Duration; got %s",
				    pv_tv_type(&args[1]));
	*ret = pv_tv_time_add(r->arena, &args[0], ns);
	return 0;
}

TFN(time_string)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	print_time(&b, args[0].object);
	return tret_buf(r, &b, ret);
}

/* clang-format off */
static const pv_tfunc time_methods[] = {
	{"Format", "s", time_format}, {"Unix", "", time_unix}, {"UTC", "", time_utc}, {"Local", "", time_utc},
	{"Year", "", time_year}, {"Day", "", time_day}, {"Hour", "", time_hour}, {"Minute", "", time_minute},
	{"Second", "", time_second}, {"YearDay", "", time_yearday}, {"AddDate", "iii", time_add_date},
	{"String", "", time_string}, {"Month", "", time_month}, {"Weekday", "", time_weekday},
	{"IsZero", "", time_is_zero}, {"Nanosecond", "", time_nanosecond}, {"UnixNano", "", time_unix_nano},
	{"UnixMicro", "", time_unix_micro}, {"UnixMilli", "", time_unix_milli}, {"Compare", "t", time_compare},
	{"Before", "t", time_before}, {"After", "t", time_after}, {"Equal", "t", time_equal},
	{"Sub", "t", time_sub}, {"Add", "a", time_add}, {NULL, NULL, NULL},
};
/* clang-format on */

static const pv_tclass time_class = {
	.type = "time.Time", .methods = time_methods, .print = print_time, .data = time_data};

/* ---- for others ---- */

pv_tv
pv_tv_time(pv_arena *arena, int64_t ns)
{
	int64_t nanos = (ns % PV_SEC + PV_SEC) % PV_SEC;
	return pv_tv_instant(arena, (ns - nanos) / PV_SEC, nanos);
}

pv_tv
pv_tv_duration(pv_arena *arena, int64_t ns)
{
	return numbers(arena, &duration_class, ns, 0);
}

bool
pv_tv_is_time(const pv_tv *v)
{
	return v->kind == PV_T_OBJECT && v->object->class == &time_class;
}

bool
pv_tv_is_duration(const pv_tv *v, int64_t *ret_ns)
{
	bool is = v->kind == PV_T_OBJECT && v->object->class == &duration_class;
	if (is)
		*ret_ns = v->object->a;
	return is;
}
