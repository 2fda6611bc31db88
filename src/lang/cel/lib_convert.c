/* Conversions between the primitive types: int(), uint(), double(), string(),
 * bytes(), bool(); what does not fit is an error. */
#include "lang/cel/func.h"
#include "base/time.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONVERSION "type conversion error from 'string' to '%s'"

static val
range(run *r)
{
	return v_error(r, "integer overflow");
}

static val
to_int(run *r, const val *a, size_t n)
{
	int64_t i;
	(void)n;
	switch ((enum pv_cel_kind)a[0].kind) {
	case PV_CEL_UINT: return a[0].u > INT64_MAX ? range(r) : v_int(a[0].i);
	case PV_CEL_DOUBLE: return a[0].d > -0x1p63 && a[0].d < 0x1p63 ? v_int((int64_t)a[0].d) : range(r);
	case PV_CEL_TIMESTAMP:
	case PV_CEL_DURATION:
	case PV_CEL_INT: return v_int(a[0].i);
	default:
		if (pv_parse_int(v_strv(&a[0]), &i))
			return v_int(i);
		return v_error(r, CONVERSION, "int");
	}
}

static val
to_uint(run *r, const val *a, size_t n)
{
	char *end, *text;
	(void)n;
	switch ((enum pv_cel_kind)a[0].kind) {
	case PV_CEL_INT: return a[0].i < 0 ? v_error(r, "unsigned integer overflow") : v_uint(a[0].u);
	case PV_CEL_DOUBLE:
		return a[0].d >= 0 && a[0].d < 0x1p64 ? v_uint((uint64_t)a[0].d)
						      : v_error(r, "unsigned integer overflow");
	case PV_CEL_UINT: return a[0];
	default:
		text = pv_strndup(r->arena, a[0].s, a[0].len);
		errno = 0;
		uint64_t u = strtoull(text, &end, 10);
		if (*text >= '0' && *text <= '9' && !*end && !errno && end == text + a[0].len)
			return v_uint(u);
		return v_error(r, CONVERSION, "uint");
	}
}

static val
to_double(run *r, const val *a, size_t n)
{
	char *end, *text;
	(void)n;
	switch ((enum pv_cel_kind)a[0].kind) {
	case PV_CEL_INT: return v_double((double)a[0].i);
	case PV_CEL_UINT: return v_double((double)a[0].u);
	case PV_CEL_DOUBLE: return a[0];
	default:
		text = pv_strndup(r->arena, a[0].s, a[0].len);
		double d = strtod(text, &end);
		if (a[0].len && end == text + a[0].len && *text != ' ' && *text != '\t' && *text != '\n')
			return v_double(d);
		return v_error(r, CONVERSION, "double");
	}
}

char *
d_text(pv_arena *arena, double d)
{
	char room[PV_NUMBER_ROOM];
	if (isnan(d))
		return pv_strdup(arena, "NaN");
	if (isinf(d))
		return pv_strdup(arena, d > 0 ? "+Inf" : "-Inf");
	pv_val v = pv_double(d);
	pv_str text = pv_number_text(&v, room);
	return pv_strndup(arena, text.s, text.len);
}

static val
to_string(run *r, const val *a, size_t n)
{
	size_t bad;
	(void)n;
	switch ((enum pv_cel_kind)a[0].kind) {
	case PV_CEL_BOOL: return v_text(a[0].b ? "true" : "false");
	case PV_CEL_INT: return v_text(pv_printf(r->arena, "%lld", (long long)a[0].i));
	case PV_CEL_UINT: return v_text(pv_printf(r->arena, "%llu", (unsigned long long)a[0].u));
	case PV_CEL_DOUBLE: return v_text(d_text(r->arena, a[0].d));
	case PV_CEL_DURATION: return v_text(t_duration(r->arena, a[0].i));
	case PV_CEL_TIMESTAMP: return v_text(t_format(r->arena, &a[0]));
	case PV_CEL_OPAQUE: return v_text(net_text(r->arena, &a[0]));
	case PV_CEL_BYTES:
		if (pv_utf8_valid(a[0].s, a[0].len, &bad))
			return v_str(v_strv(&a[0]));
		return v_error(r, "invalid UTF-8 in bytes, cannot convert to string");
	default: return a[0];
	}
}

static val
to_bytes(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bytes(v_strv(&a[0]));
}

static val
to_bool(run *r, const val *a, size_t n)
{
	static const char *const yes[] = {"true", "True", "TRUE", "t", "T", "1"}, *const no[] = {
											  "false", "False",
											  "FALSE", "f",
											  "F",     "0"};
	(void)n;
	if (a[0].kind == PV_CEL_BOOL)
		return a[0];
	for (size_t i = 0; i < PV_LEN(yes); i++) {
		if (pv_str_is(v_strv(&a[0]), yes[i]))
			return v_bool(true);
		if (pv_str_is(v_strv(&a[0]), no[i]))
			return v_bool(false);
	}
	return v_error(r, "type conversion error from 'string' to 'bool'");
}

static val
to_timestamp(run *r, const val *a, size_t n)
{
	val t;
	(void)n;
	if (a[0].kind == PV_CEL_TIMESTAMP)
		return a[0];
	if (a[0].kind == PV_CEL_INT)
		return t_valid(a[0].i) ? (val){.kind = PV_CEL_TIMESTAMP, .i = a[0].i}
				       : v_error(r, "timestamp overflow");
	if (t_parse(v_strv(&a[0]), &t))
		return t;
	return r->placed ? v_error(r, "invalid timestamp: %.*s", (int)a[0].len, a[0].s)
			 : v_error(r, CONVERSION, "google.protobuf.Timestamp");
}

static val
to_duration(run *r, const val *a, size_t n)
{
	(void)n;
	if (a[0].kind == PV_CEL_DURATION)
		return a[0];
	if (a[0].kind == PV_CEL_INT)
		return v_duration(a[0].i);
	val d = t_parse_duration(r, v_strv(&a[0]));
	return is_error(&d) && !r->placed ? v_error(r, CONVERSION, "google.protobuf.Duration") : d;
}

const cel_fn cel_convert[] = {
	{"int", "i:i u:i d:i s:i T:i D:i", to_int, COST_ONE},
	{"uint", "u:u i:u d:u s:u", to_uint, COST_ONE},
	{"double", "d:d i:d u:d s:d", to_double, COST_ONE},
	{"string", "s:s b:s i:s u:s d:s y:s D:s T:s I:s C:s", to_string, COST_FIRST},
	{"bytes", "y:y s:y", to_bytes, COST_FIRST},
	{"bool", "b:b s:b", to_bool, COST_ONE},
	{"timestamp", "T:T i:T s:T", to_timestamp, COST_ONE},
	{"duration", "D:D i:D s:D", to_duration, COST_ONE},
	{0},
};
