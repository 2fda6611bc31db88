/* bi_time: time.*.  Instants are nanoseconds since 1970 that fit in 64 bits. */
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "lang/go/layout.h"
#include "lang/rego/num.h"

static int
bi_now(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)a;
	return rg_ret(vm, pv_int(vm->now_ns), ret);
}

/* ns, [ns], [ns, zone] or [ns, zone, layout]. */
typedef struct moment {
	int64_t ns;
	const pv_zone *zone;
	const char *layout;
} moment;

static int
read_zone(rg_vm *vm, const char *name, const pv_zone **ret)
{
	if (pv_zone_load(vm->cx, pv_streq(name, "Local") ? "" : name, ret) == 0)
		return 0;
	pv_recover(vm->cx);
	return rg_builtin_error(vm, "unknown time zone %s", name);
}

static int
read_moment(rg_vm *vm, const pv_val *v, int operand, moment *ret)
{
	const pv_val *ns = v->type == PV_LIST ? pv_item(v, 0) : v;
	const char *zone = v->type == PV_LIST ? pv_text(pv_item(v, 1), "") : "";
	ret->layout = v->type == PV_LIST ? pv_text(pv_item(v, 2), NULL) : NULL;
	if (!ns || ns->type != PV_NUMBER)
		return rg_type_error(
			vm, "operand %d must be a number or an array of a number and a time zone", operand);
	ret->ns = pv_i64(ns, INT64_MAX);
	if (ret->ns == INT64_MAX && pv_i64(ns, 0) != INT64_MAX)
		return rg_num_whole(ns)
			       ? rg_builtin_error(vm, "timestamp too big")
			       : rg_type_error(
					 vm,
					 "operand %d must be integer number but got floating-point number",
					 operand);
	return read_zone(vm, zone, &ret->zone);
}

/* seconds and nanoseconds as one number, if it fits. */
static int
ret_ns(rg_vm *vm, int64_t seconds, int64_t nanos, const pv_val **ret)
{
	int64_t ns;
	if (seconds < 0 && nanos > 0) { /* so that the earliest instant does not overflow on the way */
		seconds++;
		nanos -= 1000000000;
	}
	if (__builtin_mul_overflow(seconds, (int64_t)1000000000, &ns) ||
	    __builtin_add_overflow(ns, nanos, &ns))
		return rg_builtin_error(vm, "time outside of valid range");
	return rg_ret(vm, pv_int(ns), ret);
}

static int
parsed(rg_vm *vm, const char *layout, const pv_val *text, const pv_val **ret)
{
	pv_civil c;
	const char *why;
	if (!pv_layout_parse(vm->arena, layout, pv_strv(text), &c, &why))
		return rg_builtin_error(vm, "%s", why);
	return ret_ns(vm, pv_civil_seconds(&c), c.nanos, ret);
}

static int
bi_parse_ns(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return parsed(vm, pv_layout_of(a[0]->s), a[1], ret);
}

static int
bi_parse_rfc3339(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return parsed(vm, pv_layout_of("RFC3339"), a[0], ret);
}

static int
bi_parse_duration(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	int64_t ns;
	if (!pv_duration_parse_long(pv_strv(a[0]), &ns))
		return rg_builtin_error(vm, "time: invalid duration \"%s\"", a[0]->s);
	return rg_ret(vm, pv_int(ns), ret);
}

static int
bi_format(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	moment m;
	pv_buf b;
	int r = read_moment(vm, a[0], 1, &m);
	if (r < 0)
		return r;
	pv_civil c = pv_civil_of(m.zone, m.ns);
	pv_buf_init(&b, vm->arena);
	pv_layout_format(&b, pv_layout_of(m.layout ? m.layout : "RFC3339Nano"), &c);
	return rg_ret_buf(vm, &b, ret);
}

/* [year, month, day] or [hour, minute, second] */
static int
parts(rg_vm *vm, const pv_val *arg, bool clock, const pv_val **ret)
{
	moment m;
	int r = read_moment(vm, arg, 1, &m);
	if (r < 0)
		return r;
	pv_civil c = pv_civil_of(m.zone, m.ns);
	pv_val v[3] = {pv_int(clock ? c.hour : c.year), pv_int(clock ? c.minute : c.month),
		       pv_int(clock ? c.second : c.day)};
	return rg_ret(vm, pv_list_of(vm->arena, v, 3), ret);
}

static int
bi_date(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return parts(vm, a[0], false, ret);
}

static int
bi_clock(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return parts(vm, a[0], true, ret);
}

static int
bi_weekday(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	moment m;
	pv_buf b;
	int r = read_moment(vm, a[0], 1, &m);
	if (r < 0)
		return r;
	pv_civil c = pv_civil_of(m.zone, m.ns);
	pv_buf_init(&b, vm->arena);
	pv_layout_format(&b, "Monday", &c);
	return rg_ret_buf(vm, &b, ret);
}

static int
bi_add_date(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	moment m;
	int64_t add[3];
	int r = read_moment(vm, a[0], 1, &m);
	for (int i = 0; r == 0 && i < 3; i++) {
		r = rg_operand_int(vm, a[i + 1], i + 2, &add[i]);
		if (r == 0 && (add[i] > 1000000 || add[i] < -1000000))
			r = rg_builtin_error(vm, "time outside of valid range");
	}
	if (r < 0)
		return r;
	pv_civil c = pv_civil_of(m.zone, m.ns);
	int64_t days = pv_days_of(c.year + add[0], c.month + add[1], c.day) + add[2];
	int64_t local = days * 86400 + c.hour * 3600 + c.minute * 60 + c.second;
	return ret_ns(vm, pv_zone_instant(m.zone, local), c.nanos, ret);
}

/* Years, months, days, hours, minutes, seconds between two instants, in the zone of
 * the first. */
static int
bi_diff(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	moment m[2];
	pv_val v[6];
	int r = read_moment(vm, a[0], 1, &m[0]);
	if (r == 0)
		r = read_moment(vm, a[1], 2, &m[1]);
	if (r < 0)
		return r;
	int64_t from = m[0].ns < m[1].ns ? m[0].ns : m[1].ns, to = m[0].ns < m[1].ns ? m[1].ns : m[0].ns;
	pv_civil x = pv_civil_of(m[0].zone, from), y = pv_civil_of(m[0].zone, to);
	int64_t d[6] = {y.year - x.year, y.month - x.month,   y.day - x.day,
			y.hour - x.hour, y.minute - x.minute, y.second - x.second};
	static const int64_t unit[6] = {0, 12, 0, 24, 60, 60};
	for (int i = 5; i > 0; i--) {
		if (d[i] >= 0)
			continue;
		d[i] += i == 2 ? pv_days_of(x.year, x.month + 1, 1) - pv_days_of(x.year, x.month, 1)
			       : unit[i];
		d[i - 1]--;
	}
	for (int i = 0; i < 6; i++)
		v[i] = pv_int(d[i]);
	return rg_ret(vm, pv_list_of(vm->arena, v, 6), ret);
}

static const rg_builtin rows[] = {
	{"time.now_ns", "", bi_now, 0, RG_B_VOLATILE},
	{"time.parse_ns", "s s", bi_parse_ns, 2, 0},
	{"time.parse_rfc3339_ns", "s", bi_parse_rfc3339, 1, 0},
	{"time.parse_duration_ns", "s", bi_parse_duration, 1, 0},
	{"time.format", "an", bi_format, 1, 0},
	{"time.date", "an", bi_date, 1, 0},
	{"time.clock", "an", bi_clock, 1, 0},
	{"time.weekday", "an", bi_weekday, 1, 0},
	{"time.add_date", "an n n n", bi_add_date, 4, 0},
	{"time.diff", "an an", bi_diff, 2, 0},
};
RG_FAMILY(time);
