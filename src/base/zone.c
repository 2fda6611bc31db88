/* zone: reads compiled time zones (RFC 8536, version 2 data, and the rule in the
 * footer for instants behind the table). */
#include "base/zone.h"

#include <pthread.h>
#include <string.h>

#include "base/file.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"

#define FOLDER "/usr/share/zoneinfo/"

typedef struct period {
	int offset;
	const char *name;
	bool dst;
} period;

typedef struct turn { /* Mm.w.d/time of the footer */
	int month, week, day, seconds;
} turn;

struct pv_zone {
	pv_arena *arena; /* its own */
	size_t n, n_periods;
	const uint8_t *times, *indices; /* big endian, n of them */
	period *periods;
	bool rule; /* the footer has daylight saving time */
	period std, dst;
	turn start, end;
};

static int64_t
big(const uint8_t *p, int bytes)
{
	uint64_t v = 0;
	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return bytes == 4 ? (int64_t)(int32_t)(uint32_t)v : (int64_t)v;
}

/* ---- the footer: CET-1CEST,M3.5.0,M10.5.0/3 ---- */

static const char *
number(const char *s, int *ret)
{
	int sign = 1, n = 0;
	if (*s == '-' || *s == '+')
		sign = *s++ == '-' ? -1 : 1;
	for (; *s >= '0' && *s <= '9' && n < 100000; s++)
		n = n * 10 + (*s - '0');
	*ret = sign * n;
	return s;
}

static const char *
clock_time(const char *s, int *ret)
{
	int h, m = 0, sec = 0;
	bool negative = *s == '-';
	s = number(s, &h);
	if (*s == ':')
		s = number(s + 1, &m);
	if (*s == ':')
		s = number(s + 1, &sec);
	*ret = h * 3600 + (negative ? -1 : 1) * (m * 60 + sec);
	return s;
}

static const char *
zone_name(pv_arena *arena, const char *s, const char **ret)
{
	const char *from = s;
	if (*s == '<') {
		from = ++s;
		while (*s && *s != '>')
			s++;
		*ret = pv_strndup(arena, from, (size_t)(s - from));
		return *s ? s + 1 : s;
	}
	while ((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z'))
		s++;
	*ret = pv_strndup(arena, from, (size_t)(s - from));
	return s;
}

static const char *
read_turn(const char *s, turn *t)
{
	t->seconds = 7200;
	if (s[0] != ',' || s[1] != 'M')
		return NULL;
	s = number(s + 2, &t->month);
	s = *s == '.' ? number(s + 1, &t->week) : s;
	s = *s == '.' ? number(s + 1, &t->day) : s;
	if (*s == '/')
		s = clock_time(s + 1, &t->seconds);
	return t->month >= 1 && t->month <= 12 && t->week >= 1 && t->week <= 5 && t->day >= 0 && t->day <= 6
		       ? s
		       : NULL;
}

static void
read_footer(pv_arena *arena, pv_zone *z, const char *s)
{
	int west;
	s = zone_name(arena, s, &z->std.name);
	s = clock_time(s, &west);
	z->std.offset = -west;
	if (*s == '\0')
		return;
	s = zone_name(arena, s, &z->dst.name);
	z->dst.offset = z->std.offset + 3600;
	if (*s && *s != ',') {
		s = clock_time(s, &west);
		z->dst.offset = -west;
	}
	s = read_turn(s, &z->start);
	z->rule = s && read_turn(s, &z->end);
}

/* ---- the table ---- */

static bool
read_table(pv_arena *arena, pv_zone *z, const uint8_t *p, const uint8_t *end)
{
	if (end - p < 44 || memcmp(p, "TZif", 4) != 0)
		return false;
	size_t skip = 44 + (size_t)big(p + 32, 4) * 5 + (size_t)big(p + 36, 4) * 6 + (size_t)big(p + 40, 4) +
		      (size_t)big(p + 28, 4) * 8 + (size_t)big(p + 24, 4) + (size_t)big(p + 20, 4);
	if (p[4] < '2' || (size_t)(end - p) < skip + 44)
		return false;
	p += skip; /* version 1 data: 32-bit times */
	size_t isut = (size_t)big(p + 20, 4), isstd = (size_t)big(p + 24, 4), leap = (size_t)big(p + 28, 4);
	size_t n = (size_t)big(p + 32, 4), types = (size_t)big(p + 36, 4), chars = (size_t)big(p + 40, 4);
	size_t size = 44 + n * 9 + types * 6 + chars + leap * 12 + isstd + isut;
	if (types == 0 || n > 100000 || types > 256 || chars > 10000 || leap > 1000 ||
	    (size_t)(end - p) < size)
		return false;
	z->n = n;
	z->n_periods = types;
	z->times = p + 44;
	z->indices = z->times + n * 8;
	const uint8_t *type = z->indices + n, *names = type + types * 6;
	z->periods = pv_new_array(arena, period, types);
	for (size_t i = 0; i < types; i++, type += 6) {
		size_t at = type[5] < chars ? type[5] : 0;
		z->periods[i].offset = (int)big(type, 4);
		z->periods[i].dst = type[4] != 0;
		z->periods[i].name = pv_strndup(arena, (const char *)names + at,
						strnlen((const char *)names + at, chars - at));
	}
	p += size;
	if (p < end && *p == '\n') {
		const uint8_t *nl = memchr(p + 1, '\n', (size_t)(end - p - 1));
		if (nl)
			read_footer(arena, z, pv_strndup(arena, (const char *)p + 1, (size_t)(nl - p - 1)));
	}
	return true;
}

static bool
safe_name(const char *name)
{
	for (const char *s = name; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		      strchr("/_+-", *s)))
			return false;
	return name[0] != '/' && !strstr(name, "//") && strlen(name) < 100;
}

static const pv_zone *
read_zone(pv_arena *arena, const char *name)
{
	pv_ctx cx = {.arena = arena};
	pv_zone *z = pv_new(arena, pv_zone);
	pv_str text = {"", 0};
	z->arena = arena;
	z->std.name = "UTC";
	if (name[0] == '\0' || pv_streq(name, "UTC"))
		return z;
	if (!safe_name(name))
		return NULL;
	if (pv_file_load(&cx, pv_printf(arena, FOLDER "%s", name), 1 << 20, &text) < 0)
		pv_recover(&cx);
	const uint8_t *p = (const uint8_t *)text.s;
	return read_table(arena, z, p, p + text.len) ? z : NULL;
}

/* Zones are read once and stay: there are no more of them than files in the database. */
static struct {
	pthread_mutex_t lock;
	pv_map *zones;
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

int
pv_zone_load(pv_ctx *cx, const char *name, const pv_zone **ret)
{
	pthread_mutex_lock(&known.lock);
	if (!known.zones)
		known.zones = pv_map_new(NULL);
	const pv_zone *z = pv_map_finds(known.zones, name);
	if (!z) {
		pv_arena *arena = pv_arena_new("zone");
		z = read_zone(arena, name);
		if (z)
			pv_map_puts(known.zones, name, (void *)(uintptr_t)z);
		else
			pv_arena_free(arena);
	}
	pthread_mutex_unlock(&known.lock);
	*ret = z;
	return z ? 0 : pv_fail(cx, PV_ENOTFOUND, "unknown time zone %s", name);
}

/* ---- asking ---- */

static int64_t
year_of(int64_t days)
{
	int64_t year = 1970 + days / 366;
	while (pv_days_of(year + 1, 1, 1) <= days)
		year++;
	while (pv_days_of(year, 1, 1) > days)
		year--;
	return year;
}

static int64_t
turn_at(const turn *t, int64_t year)
{
	int64_t first = pv_days_of(year, t->month, 1);
	int weekday = (int)((first % 7 + 7 + 4) % 7), day = (t->day - weekday + 7) % 7 + (t->week - 1) * 7;
	int64_t next = pv_days_of(year, t->month + 1, 1);
	while (first + day >= next)
		day -= 7;
	return (first + day) * 86400 + t->seconds;
}

static const period *
by_rule(const pv_zone *z, int64_t at)
{
	if (!z->rule)
		return &z->std;
	int64_t days = at >= 0 ? at / 86400 : -((-at + 86399) / 86400);
	int64_t year = year_of(days);
	int64_t start = turn_at(&z->start, year) - z->std.offset,
		end = turn_at(&z->end, year) - z->dst.offset;
	bool dst = start < end ? at >= start && at < end : at >= start || at < end;
	return dst ? &z->dst : &z->std;
}

static const period *
before_table(const pv_zone *z)
{
	for (size_t i = 0; i < z->n_periods; i++)
		if (!z->periods[i].dst)
			return &z->periods[i];
	return &z->std;
}

static const period *
period_at(const pv_zone *z, int64_t at)
{
	size_t lo = 0, hi = z->n;
	while (lo < hi) { /* the first turn after the instant */
		size_t mid = lo + (hi - lo) / 2;
		if (big(z->times + mid * 8, 8) <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == z->n)
		return z->std.name && (z->n == 0 || z->rule || lo == 0) ? by_rule(z, at)
									: &z->periods[z->indices[lo - 1]];
	if (lo == 0)
		return before_table(z);
	size_t i = z->indices[lo - 1];
	return i < z->n_periods ? &z->periods[i] : &z->std;
}

int
pv_zone_offset(const pv_zone *z, int64_t unix_seconds, const char **ret_name)
{
	const period *p = z != NULL ? period_at(z, unix_seconds) : NULL;
	if (ret_name)
		*ret_name = p != NULL ? p->name : "UTC";
	return p != NULL ? p->offset : 0;
}

int64_t
pv_zone_instant(const pv_zone *z, int64_t local)
{
	int64_t at = local - pv_zone_offset(z, local, NULL);
	int offset = pv_zone_offset(z, at, NULL);
	return local - offset;
}
