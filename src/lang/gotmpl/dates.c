/* dates: instants (time.Time) and sprig's functions of them.  The local zone is UTC. */
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/zone.h"
#include "lang/go/layout.h"
#include "lang/gotmpl/impl.h"

#define ZERO_TIME INT64_C(-62135596800) /* 0001-01-01, Go's time.Time{} */

static const pv_tclass time_class;

pv_tv
time_of(pv_trun *r, int64_t seconds, int64_t nanos)
{
	pv_tv v = pv_tv_object(r->arena, &time_class, NULL);
	pv_tobject *o = (pv_tobject *)(uintptr_t)v.object;
	o->a = seconds;
	o->b = nanos;
	return v;
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

static int
formatted(pv_trun *r, pv_str layout, int64_t seconds, int64_t nanos, const char *zone_name, pv_tv *ret)
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
	return formatted(r, targ(args, 1), args[0].object->a, args[0].object->b, "UTC", ret);
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
	*ret = time_of(r, day * 86400 + of_day, args[0].object->b);
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

static int
compared(const pv_tv *args)
{
	const pv_tobject *x = args[0].object, *y = args[1].object;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

TFN(time_compare)
{
	*ret = pv_tv_int(compared(args));
	return 0;
}

TFN(time_before)
{
	*ret = pv_tv_bool(compared(args) < 0);
	return 0;
}

TFN(time_after)
{
	*ret = pv_tv_bool(compared(args) > 0);
	return 0;
}

TFN(time_equal)
{
	*ret = pv_tv_bool(compared(args) == 0);
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

static const pv_tfunc duration_methods[] = {
	{"String", "", duration_string},
	{"Hours", "", duration_hours},
	{"Minutes", "", duration_minutes},
	{"Seconds", "", duration_seconds},
	{"Milliseconds", "", duration_milliseconds},
	{NULL, NULL, NULL},
};
static const pv_tclass duration_class = {
	.type = "time.Duration", .methods = duration_methods, .print = print_duration, .data = duration_data};

/* Nearer than 292 years, or as far as that, as Go's. */
TFN(time_sub)
{
	const pv_tobject *x = args[0].object, *y = args[1].object;
	int64_t ns;
	*ret = pv_tv_object(r->arena, &duration_class, NULL);
	if (__builtin_mul_overflow(x->a - y->a, PV_SEC, &ns) || __builtin_add_overflow(ns, x->b - y->b, &ns))
		ns = x->a < y->a ? INT64_MIN : INT64_MAX;
	((pv_tobject *)(uintptr_t)ret->object)->a = ns;
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
	{"Sub", "t", time_sub}, {NULL, NULL, NULL},
};
/* clang-format on */

static const pv_tclass time_class = {
	.type = "time.Time", .methods = time_methods, .print = print_time, .data = time_data};

/* ---- sprig ---- */

/* What an argument says about an instant; anything else is now. */
static void
instant(pv_trun *r, const pv_tv *v, int64_t *ret_seconds, int64_t *ret_nanos)
{
	int64_t now = r->how->now;
	*ret_nanos = 0;
	if (v->kind == PV_T_INT) {
		*ret_seconds = v->i;
	} else if (v->kind == PV_T_OBJECT && v->object->class == &time_class) {
		*ret_seconds = v->object->a;
		*ret_nanos = v->object->b;
	} else {
		*ret_seconds = now / PV_SEC;
		*ret_nanos = now % PV_SEC;
	}
}

TFN(fn_now)
{
	*ret = time_of(r, r->how->now / PV_SEC, r->how->now % PV_SEC);
	return 0;
}

static int
in_zone(pv_trun *r, pv_str layout, const pv_tv *date, pv_str zone, pv_tv *ret)
{
	int64_t seconds, nanos;
	instant(r, date, &seconds, &nanos);
	return formatted(r, layout, seconds, nanos, pv_strndup(r->arena, zone.s, zone.len), ret);
}

TFN(fn_date)
{
	return in_zone(r, targ(args, 0), &args[1], PV_STR("UTC"), ret);
}

TFN(fn_date_in_zone)
{
	return in_zone(r, targ(args, 0), &args[1], targ(args, 2), ret);
}

TFN(fn_html_date)
{
	return in_zone(r, PV_STR("2006-01-02"), &args[0], PV_STR("UTC"), ret);
}

TFN(fn_html_date_in_zone)
{
	return in_zone(r, PV_STR("2006-01-02"), &args[0], targ(args, 1), ret);
}

static int
modified(pv_trun *r, const pv_tv *args, bool must, pv_tv *ret)
{
	int64_t ns, seconds = args[1].object->a, nanos = args[1].object->b;
	*ret = args[1];
	if (!pv_duration_parse(targ(args, 0), &ns))
		return must ? pv_trun_fail(r, "time: invalid duration \"%.*s\"", (int)args[0].len, args[0].s)
			    : 0;
	nanos += ns % PV_SEC;
	seconds += ns / PV_SEC + (nanos >= PV_SEC) - (nanos < 0);
	*ret = time_of(r, seconds, (nanos + PV_SEC) % PV_SEC);
	return 0;
}

TFN(fn_date_modify)
{
	return modified(r, args, false, ret);
}

TFN(fn_must_date_modify)
{
	return modified(r, args, true, ret);
}

static int
parsed(pv_trun *r, const pv_tv *args, bool must, pv_tv *ret)
{
	pv_civil c;
	const char *why = NULL;
	if (pv_layout_parse(r->arena, pv_strndup(r->arena, args[0].s, args[0].len), targ(args, 1), &c,
			    &why)) {
		*ret = time_of(r, pv_civil_seconds(&c), c.nanos);
		return 0;
	}
	*ret = time_of(r, ZERO_TIME, 0);
	return must ? pv_trun_fail(r, "%s", why) : 0;
}

TFN(fn_to_date)
{
	return parsed(r, args, false, ret);
}

TFN(fn_must_to_date)
{
	return parsed(r, args, true, ret);
}

TFN(fn_unix_epoch)
{
	*ret = pv_tv_text(pv_printf(r->arena, "%lld", (long long)args[0].object->a));
	return 0;
}

/* time.Since: nearer than 292 years, or as far as that. */
static int64_t
since(const pv_trun *r, int64_t seconds, int64_t nanos)
{
	int64_t ns;
	if (__builtin_mul_overflow(seconds, PV_SEC, &ns) || __builtin_add_overflow(ns, nanos, &ns) ||
	    __builtin_sub_overflow(r->how->now, ns, &ns))
		return seconds < 0 ? INT64_MAX : INT64_MIN;
	return ns;
}

TFN(fn_ago)
{
	int64_t seconds, nanos;
	instant(r, &args[0], &seconds, &nanos);
	int64_t ns = since(r, seconds, nanos), half = PV_SEC / 2;
	if (ns > INT64_MIN + half && ns < INT64_MAX - half)
		ns = (ns + (ns < 0 ? -half : half)) / PV_SEC * PV_SEC;
	*ret = pv_tv_text(pv_duration_format(r->arena, ns));
	return 0;
}

TFN(fn_duration)
{
	int64_t seconds = 0;
	if (args[0].kind == PV_T_STRING)
		(void)pv_parse_int(targ(args, 0), &seconds);
	else if (args[0].kind == PV_T_INT && args[0].type == PV_TY_INT64)
		seconds = args[0].i;
	*ret = pv_tv_text(pv_duration_format(r->arena, (int64_t)((uint64_t)seconds * (uint64_t)PV_SEC)));
	return 0;
}

TFN(fn_duration_round)
{
	static const struct {
		uint64_t ns;
		const char *unit;
	} units[] = {{UINT64_C(31536000000000000), "y"}, {UINT64_C(2592000000000000), "mo"},
		     {UINT64_C(86400000000000), "d"},    {UINT64_C(3600000000000), "h"},
		     {UINT64_C(60000000000), "m"},       {UINT64_C(1000000000), "s"}};
	int64_t ns = 0;
	if (args[0].kind == PV_T_STRING)
		(void)pv_duration_parse(targ(args, 0), &ns);
	else if (args[0].kind == PV_T_INT && args[0].type == PV_TY_INT64)
		ns = args[0].i;
	else if (args[0].kind == PV_T_OBJECT && args[0].object->class == &time_class)
		ns = since(r, args[0].object->a, 0);
	uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	*ret = pv_tv_text("0s");
	for (size_t i = 0; i < PV_LEN(units); i++)
		if (u > units[i].ns) {
			*ret = pv_tv_text(pv_printf(r->arena, "%llu%s", (unsigned long long)(u / units[i].ns),
						    units[i].unit));
			break;
		}
	return 0;
}

/* clang-format off */
const pv_tfunc pv_tmpl_dates[] = {
	{"now", "", fn_now}, {"ago", "a", fn_ago}, {"date", "sa", fn_date},
	{"date_in_zone", "sas", fn_date_in_zone}, {"dateInZone", "sas", fn_date_in_zone},
	{"date_modify", "st", fn_date_modify}, {"dateModify", "st", fn_date_modify},
	{"must_date_modify", "st", fn_must_date_modify}, {"mustDateModify", "st", fn_must_date_modify},
	{"duration", "a", fn_duration}, {"durationRound", "a", fn_duration_round},
	{"htmlDate", "a", fn_html_date}, {"htmlDateInZone", "as", fn_html_date_in_zone},
	{"toDate", "ss", fn_to_date}, {"mustToDate", "ss", fn_must_to_date},
	{"unixEpoch", "t", fn_unix_epoch}, {NULL, NULL, NULL},
};
/* clang-format on */
