/* cron: fields become bit sets; the next time is found field by field on the wall clock of
 * the zone.  https://pkg.go.dev/github.com/robfig/cron/v3 */
#include "lang/cron/cron.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"

struct field {
	const char *name;
	int low, high;
	const char *names; /* "jan feb ...", the first stands for low; or NULL */
};

static const struct field fields[] = {
	{"minute", 0, 59, NULL},
	{"hour", 0, 23, NULL},
	{"day of month", 1, 31, NULL},
	{"month", 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"},
	{"day of week", 0, 6, "sun mon tue wed thu fri sat"},
};

static const char *const macros[][2] = {
	{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
	{"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
	{"@hourly", "0 * * * *"},
};

/* ---- reading ---- */

static int
wrong(pv_ctx *cx, const struct field *f, pv_str found)
{
	return pv_fail(cx, PV_EINVALID,
		       "%s: expected *, or numbers from %d to %d%s, ranges and steps, found \"%.*s\"",
		       f->name, f->low, f->high, f->names ? " or names" : "", (int)found.len, found.s);
}

static bool
number(const struct field *f, pv_str s, int *ret)
{
	pv_str names = pv_str_of(f->names ? f->names : ""), name;
	int64_t n;
	for (int i = f->low; pv_str_next(&names, ' ', &name); i++)
		if (s.len == 3 && strncasecmp(s.s, name.s, 3) == 0) {
			*ret = i;
			return true;
		}
	if (!s.len || !isdigit((unsigned char)s.s[0]) || !pv_parse_int(s, &n) || n < f->low || n > f->high)
		return false;
	*ret = (int)n;
	return true;
}

/* "*", "5", "1-5", each with "/step". */
static int
parse_piece(pv_ctx *cx, const struct field *f, pv_str piece, uint64_t *bits)
{
	pv_str whole = piece, range, step = {NULL, 0}, from;
	int low, high;
	int64_t by = 1;
	const char *slash = memchr(piece.s, '/', piece.len);
	range = piece;
	if (slash) {
		range.len = (size_t)(slash - piece.s);
		step = (pv_str){slash + 1, piece.len - range.len - 1};
		if (!pv_parse_int(step, &by) || by < 1)
			return wrong(cx, f, whole);
	}
	if (pv_str_is(range, "*") || pv_str_is(range, "?")) {
		low = f->low;
		high = f->high;
	} else {
		const char *dash = memchr(range.s, '-', range.len);
		from = dash ? (pv_str){range.s, (size_t)(dash - range.s)} : range;
		if (!number(f, from, &low))
			return wrong(cx, f, whole);
		high = slash ? f->high : low;
		if (dash && !number(f, (pv_str){dash + 1, range.len - from.len - 1}, &high))
			return wrong(cx, f, whole);
		if (high < low)
			return wrong(cx, f, whole);
	}
	for (int64_t i = low; i <= high; i += by)
		*bits |= UINT64_C(1) << i;
	return 0;
}

static int
parse_field(pv_ctx *cx, const struct field *f, pv_str text, uint64_t *bits)
{
	pv_str rest = text, piece;
	int r = 0;
	*bits = 0;
	while (r == 0 && pv_str_next(&rest, ',', &piece))
		r = piece.len ? parse_piece(cx, f, piece, bits) : wrong(cx, f, text);
	return r;
}

static int
parse_fields(pv_ctx *cx, const char *text, pv_cron *ret)
{
	uint64_t *const sets[] = {&ret->minute, &ret->hour, &ret->day, &ret->month, &ret->weekday};
	pv_str rest = pv_str_of(text), word, words[PV_LEN(fields)];
	size_t n = 0;
	int r = 0;
	while (pv_str_next(&rest, ' ', &word)) {
		if (!word.len)
			continue;
		if (n < PV_LEN(fields))
			words[n] = word;
		n++;
	}
	if (n != PV_LEN(fields))
		return pv_fail(cx, PV_EINVALID,
			       "expected exactly 5 fields (minute hour day month weekday), found %zu: \"%s\"",
			       n, text);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = parse_field(cx, &fields[i], words[i], sets[i]);
	ret->any_day = pv_str_is(words[2], "*") || pv_str_is(words[2], "?");
	ret->any_weekday = pv_str_is(words[4], "*") || pv_str_is(words[4], "?");
	return r;
}

int
pv_cron_parse(pv_ctx *cx, const char *text, const char *zone, pv_cron *ret)
{
	*ret = (pv_cron){.zone = NULL};
	if (pv_starts_with(text, "TZ=") || pv_starts_with(text, "CRON_TZ=")) {
		const char *equal = strchr(text, '=');
		size_t len = strcspn(equal + 1, " ");
		zone = pv_strndup(cx->arena, equal + 1, len);
		text = equal + 1 + len + strspn(equal + 1 + len, " ");
	}
	if (pv_zone_load(cx, zone ? zone : "UTC", &ret->zone) < 0) {
		pv_recover(cx);
		return pv_fail(cx, PV_EINVALID, "unknown time zone %s", zone);
	}
	if (pv_starts_with(text, "@every ")) {
		if (pv_duration_parse(pv_str_of(text + 7), &ret->every_ns) && ret->every_ns >= PV_SEC)
			return 0;
		return pv_fail(cx, PV_EINVALID,
			       "@every: expected a duration of a second or more, such as 1h30m, found \"%s\"",
			       text + 7);
	}
	for (size_t i = 0; i < PV_LEN(macros); i++)
		if (pv_streq(text, macros[i][0]))
			return parse_fields(cx, macros[i][1], ret);
	return parse_fields(cx, text, ret);
}

/* ---- next ---- */

struct civil {
	int minute, hour, day, month, weekday;
};

static struct civil
civil_of(const pv_zone *zone, int64_t ns)
{
	int64_t seconds = ns / PV_SEC;
	time_t local = (time_t)(seconds + pv_zone_offset(zone, seconds, NULL));
	struct tm tm;
	gmtime_r(&local, &tm);
	return (struct civil){tm.tm_min, tm.tm_hour, tm.tm_mday, tm.tm_mon + 1, tm.tm_wday};
}

static bool
has(uint64_t bits, int n)
{
	return bits >> n & 1;
}

static bool
day_fits(const pv_cron *c, const struct civil *t)
{
	bool day = has(c->day, t->day), weekday = has(c->weekday, t->weekday);
	return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

int64_t
pv_cron_next(const pv_cron *c, int64_t after)
{
	int64_t t = after / (60 * PV_SEC) * (60 * PV_SEC) + 60 * PV_SEC,
		end = after + INT64_C(5) * 366 * 86400 * PV_SEC;
	if (c->every_ns)
		return (after + c->every_ns) / PV_SEC * PV_SEC;
	while (t < end) {
		struct civil civil = civil_of(c->zone, t);
		if (!has(c->month, civil.month) || !day_fits(c, &civil) || !has(c->hour, civil.hour))
			t += (60 - civil.minute) * INT64_C(60) * PV_SEC; /* an hour at a time: zones shift */
		else if (!has(c->minute, civil.minute))
			t += 60 * PV_SEC;
		else
			return t;
	}
	return 0;
}
