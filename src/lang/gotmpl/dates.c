/* dates: sprig's functions of instants (times.c).  The local zone is UTC. */
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "lang/go/layout.h"
#include "lang/gotmpl/impl.h"

/* What an argument says about an instant; anything else is now. */
static void
instant(pv_trun *r, const pv_tv *v, int64_t *ret_seconds, int64_t *ret_nanos)
{
	int64_t now = r->how->now;
	*ret_nanos = 0;
	if (v->kind == PV_T_INT) {
		*ret_seconds = v->i;
	} else if (pv_tv_is_time(v)) {
		*ret_seconds = v->object->a;
		*ret_nanos = v->object->b;
	} else {
		*ret_seconds = now / PV_SEC;
		*ret_nanos = now % PV_SEC;
	}
}

TFN(fn_now)
{
	*ret = pv_tv_instant(r->arena, r->how->now / PV_SEC, r->how->now % PV_SEC);
	return 0;
}

static int
in_zone(pv_trun *r, pv_str layout, const pv_tv *date, pv_str zone, pv_tv *ret)
{
	int64_t seconds, nanos;
	instant(r, date, &seconds, &nanos);
	return time_formatted(r, layout, seconds, nanos, pv_strndup(r->arena, zone.s, zone.len), ret);
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
	int64_t ns;
	*ret = args[1];
	if (!pv_duration_parse(targ(args, 0), &ns))
		return must ? pv_trun_fail(r, "time: invalid duration \"%.*s\"", (int)args[0].len, args[0].s)
			    : 0;
	*ret = pv_tv_time_add(r->arena, &args[1], ns);
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
		*ret = pv_tv_instant(r->arena, pv_civil_seconds(&c), c.nanos);
		return 0;
	}
	*ret = pv_tv_instant(r->arena, ZERO_TIME, 0);
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
	else if (pv_tv_is_time(&args[0]))
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
