/* layout: the layout is cut into the chunks that Go's time package knows; both
 * directions walk the same chunks. */
#include "lang/go/layout.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/time.h"

/* clang-format off */
enum chunk {
	C_NONE, C_LONG_MONTH, C_MONTH, C_NUM_MONTH, C_ZERO_MONTH, C_LONG_WEEKDAY, C_WEEKDAY, C_DAY, C_UNDER_DAY,
	C_ZERO_DAY, C_ZERO_YEARDAY, C_HOUR, C_HOUR12, C_ZERO_HOUR12, C_MINUTE, C_ZERO_MINUTE, C_SECOND,
	C_ZERO_SECOND, C_LONG_YEAR, C_YEAR, C_PM, C_LOWER_PM, C_TZ, C_ISO_TZ, C_ISO_COLON_TZ, C_ISO_SHORT_TZ,
	C_NUM_TZ, C_NUM_COLON_TZ, C_NUM_SHORT_TZ, C_FRACTION0, C_FRACTION9,
};
/* clang-format on */

/* Longer texts before their beginnings. */
/* clang-format off */
static const struct {
	const char *text;
	enum chunk chunk;
} chunks[] = {
	{"January", C_LONG_MONTH}, {"Jan", C_MONTH}, {"Monday", C_LONG_WEEKDAY}, {"Mon", C_WEEKDAY}, {"MST", C_TZ},
	{"002", C_ZERO_YEARDAY}, {"01", C_ZERO_MONTH}, {"02", C_ZERO_DAY}, {"03", C_ZERO_HOUR12},
	{"04", C_ZERO_MINUTE}, {"05", C_ZERO_SECOND}, {"06", C_YEAR}, {"15", C_HOUR}, {"1", C_NUM_MONTH},
	{"2006", C_LONG_YEAR}, {"_2006", C_NONE}, {"_2", C_UNDER_DAY}, {"2", C_DAY}, {"3", C_HOUR12}, {"4", C_MINUTE},
	{"5", C_SECOND}, {"PM", C_PM}, {"pm", C_LOWER_PM}, {"Z07:00", C_ISO_COLON_TZ}, {"Z0700", C_ISO_TZ},
	{"Z07", C_ISO_SHORT_TZ}, {"-07:00", C_NUM_COLON_TZ}, {"-0700", C_NUM_TZ}, {"-07", C_NUM_SHORT_TZ},
};
/* clang-format on */

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
				     "July",    "August",   "September", "October", "November", "December"};
static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
				   "Thursday", "Friday", "Saturday"};

/* The chunk at s, its length; fractions: ".000" (exact) or ".999" (without zeros). */
static enum chunk
chunk_at(const char *s, size_t *ret_len)
{
	if ((*s == '.' || *s == ',') && (s[1] == '0' || s[1] == '9')) {
		size_t n = 1;
		while (s[n] == s[1])
			n++;
		if (s[n] < '0' || s[n] > '9') {
			*ret_len = n;
			return s[1] == '0' ? C_FRACTION0 : C_FRACTION9;
		}
	}
	for (size_t i = 0; i < PV_LEN(chunks); i++)
		if (pv_starts_with(s, chunks[i].text)) {
			*ret_len = chunks[i].chunk == C_NONE ? 1 : strlen(chunks[i].text);
			return chunks[i].chunk;
		}
	*ret_len = 1;
	return C_NONE;
}

/* ---- calendar ---- */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

pv_civil
pv_civil_of(const pv_zone *zone, int64_t ns)
{
	pv_civil c = {0};
	int64_t seconds = floor_div(ns, 1000000000);
	c.nanos = (int)((ns % 1000000000 + 1000000000) % 1000000000);
	c.offset = pv_zone_offset(zone, seconds, &c.zone);
	seconds += c.offset;
	int64_t day = floor_div(seconds, 86400), left = seconds - day * 86400;
	c.hour = (int)(left / 3600);
	c.minute = (int)(left / 60 % 60);
	c.second = (int)(left % 60);
	c.weekday = (int)(((day + 4) % 7 + 7) % 7);
	int year;
	pv_date_of(day, &year, &c.month, &c.day);
	c.year = year;
	c.yearday = (int)(day - pv_days_of(c.year, 1, 1)) + 1;
	return c;
}

int64_t
pv_civil_seconds(const pv_civil *c)
{
	return pv_days_of(c->year, c->month, c->day) * 86400 + c->hour * 3600 + c->minute * 60 + c->second -
	       c->offset;
}

const char *
pv_layout_of(const char *name)
{
	/* clang-format off */
	static const struct { const char *name, *layout; } named[] = {
		{"ANSIC", "Mon Jan _2 15:04:05 2006"}, {"UnixDate", "Mon Jan _2 15:04:05 MST 2006"},
		{"RubyDate", "Mon Jan 02 15:04:05 -0700 2006"}, {"RFC822", "02 Jan 06 15:04 MST"},
		{"RFC822Z", "02 Jan 06 15:04 -0700"}, {"RFC850", "Monday, 02-Jan-06 15:04:05 MST"},
		{"RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"}, {"RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"},
		{"RFC3339", "2006-01-02T15:04:05Z07:00"}, {"RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"},
	};
	/* clang-format on */
	for (size_t i = 0; i < PV_LEN(named); i++)
		if (pv_streq(named[i].name, name))
			return named[i].layout;
	return name;
}

/* ---- formatting ---- */

static void
format_offset(pv_buf *b, enum chunk c, int offset)
{
	bool iso = c == C_ISO_TZ || c == C_ISO_COLON_TZ || c == C_ISO_SHORT_TZ;
	bool colon = c == C_ISO_COLON_TZ || c == C_NUM_COLON_TZ,
	     brief = c == C_ISO_SHORT_TZ || c == C_NUM_SHORT_TZ;
	int minutes = (offset < 0 ? -offset : offset) / 60;
	if (iso && offset == 0) {
		pv_buf_addc(b, 'Z');
		return;
	}
	pv_buf_printf(b, "%c%02d", offset < 0 ? '-' : '+', minutes / 60);
	if (!brief)
		pv_buf_printf(b, "%s%02d", colon ? ":" : "", minutes % 60);
}

static void
format_fraction(pv_buf *b, const char *s, size_t len, bool exact, int nanos)
{
	char digits[16];
	size_t n = len - 1 < 9 ? len - 1 : 9;
	snprintf(digits, sizeof digits, "%09d", nanos);
	while (!exact && n > 0 && digits[n - 1] == '0')
		n--;
	if (n == 0)
		return;
	pv_buf_addc(b, *s);
	pv_buf_add(b, digits, n);
	for (size_t i = n; exact && i < len - 1; i++)
		pv_buf_addc(b, '0');
}

static void
format_zone(pv_buf *b, const pv_civil *c)
{
	if (c->zone && *c->zone && *c->zone != '+' && *c->zone != '-')
		pv_buf_adds(b, c->zone);
	else
		format_offset(b, c->offset % 3600 ? C_NUM_TZ : C_NUM_SHORT_TZ, c->offset);
}

static void
format_chunk(pv_buf *b, enum chunk k, const char *s, size_t len, const pv_civil *c)
{
	int hour12 = c->hour % 12 ? c->hour % 12 : 12;
	switch (k) {
	case C_NONE: pv_buf_add(b, s, len); break;
	case C_LONG_MONTH: pv_buf_adds(b, months[c->month - 1]); break;
	case C_MONTH: pv_buf_add(b, months[c->month - 1], 3); break;
	case C_NUM_MONTH: pv_buf_printf(b, "%d", c->month); break;
	case C_ZERO_MONTH: pv_buf_printf(b, "%02d", c->month); break;
	case C_LONG_WEEKDAY: pv_buf_adds(b, days[c->weekday]); break;
	case C_WEEKDAY: pv_buf_add(b, days[c->weekday], 3); break;
	case C_DAY: pv_buf_printf(b, "%d", c->day); break;
	case C_UNDER_DAY: pv_buf_printf(b, "%2d", c->day); break;
	case C_ZERO_DAY: pv_buf_printf(b, "%02d", c->day); break;
	case C_ZERO_YEARDAY: pv_buf_printf(b, "%03d", c->yearday); break;
	case C_HOUR: pv_buf_printf(b, "%02d", c->hour); break;
	case C_HOUR12: pv_buf_printf(b, "%d", hour12); break;
	case C_ZERO_HOUR12: pv_buf_printf(b, "%02d", hour12); break;
	case C_MINUTE: pv_buf_printf(b, "%d", c->minute); break;
	case C_ZERO_MINUTE: pv_buf_printf(b, "%02d", c->minute); break;
	case C_SECOND: pv_buf_printf(b, "%d", c->second); break;
	case C_ZERO_SECOND: pv_buf_printf(b, "%02d", c->second); break;
	case C_LONG_YEAR: pv_buf_printf(b, "%04lld", (long long)c->year); break;
	case C_YEAR: pv_buf_printf(b, "%02d", (int)((c->year % 100 + 100) % 100)); break;
	case C_PM: pv_buf_adds(b, c->hour >= 12 ? "PM" : "AM"); break;
	case C_LOWER_PM: pv_buf_adds(b, c->hour >= 12 ? "pm" : "am"); break;
	case C_TZ: format_zone(b, c); break;
	case C_FRACTION0: format_fraction(b, s, len, true, c->nanos); break;
	case C_FRACTION9: format_fraction(b, s, len, false, c->nanos); break;
	default: format_offset(b, k, c->offset); break;
	}
}

void
pv_layout_format(pv_buf *b, const char *layout, const pv_civil *c)
{
	size_t len;
	for (; *layout; layout += len) {
		enum chunk k = chunk_at(layout, &len);
		format_chunk(b, k, layout, len, c);
	}
}

/* ---- parsing ---- */

typedef struct reader {
	const char *s, *end;
	pv_civil *c;
	int yearday;
	bool pm_set, pm;
} reader;

/* min..max digits, the value within lo..hi. */
static bool
digits(reader *r, int min, int max, int lo, int hi, int *ret)
{
	int n = 0, v = 0;
	while (n < max && r->s < r->end && *r->s >= '0' && *r->s <= '9') {
		v = v * 10 + (*r->s++ - '0');
		n++;
	}
	*ret = v;
	return n >= min && v >= lo && v <= hi;
}

static bool
name(reader *r, const char *const *names, int n, size_t brief, int *ret)
{
	for (int i = 0; i < n; i++) {
		size_t len = brief ? brief : strlen(names[i]);
		if ((size_t)(r->end - r->s) >= len && strncasecmp(r->s, names[i], len) == 0) {
			r->s += len;
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool
fraction(reader *r)
{
	int nanos = 0, n = 0;
	for (r->s++; r->s < r->end && *r->s >= '0' && *r->s <= '9'; r->s++, n++)
		if (n < 9)
			nanos = nanos * 10 + (*r->s - '0');
	for (int i = n; i < 9; i++)
		nanos *= 10;
	r->c->nanos = nanos;
	return n > 0;
}

static bool
offset(reader *r, enum chunk k)
{
	bool iso = k == C_ISO_TZ || k == C_ISO_COLON_TZ || k == C_ISO_SHORT_TZ;
	bool colon = k == C_ISO_COLON_TZ || k == C_NUM_COLON_TZ,
	     brief = k == C_ISO_SHORT_TZ || k == C_NUM_SHORT_TZ;
	int h, m = 0;
	if (iso && r->s < r->end && *r->s == 'Z') {
		r->s++;
		return true;
	}
	if (r->s == r->end || (*r->s != '+' && *r->s != '-'))
		return false;
	bool west = *r->s++ == '-';
	if (!digits(r, 2, 2, 0, 24, &h))
		return false;
	if (colon && (r->s == r->end || *r->s++ != ':'))
		return false;
	if (!brief && !digits(r, 2, 2, 0, 59, &m))
		return false;
	r->c->offset = (west ? -1 : 1) * (h * 3600 + m * 60);
	return true;
}

static bool
abbreviation(reader *r)
{
	int n = 0;
	while (r->s < r->end && *r->s >= 'A' && *r->s <= 'Z' && n < 5) {
		r->s++;
		n++;
	}
	return n >= 3;
}

static bool
half_day(reader *r, bool upper)
{
	if (r->end - r->s < 2)
		return false;
	r->pm_set = true;
	r->pm = r->s[0] == (upper ? 'P' : 'p');
	bool ok = (r->pm || r->s[0] == (upper ? 'A' : 'a')) && r->s[1] == (upper ? 'M' : 'm');
	r->s += 2;
	return ok;
}

static bool
read_chunk(reader *r, enum chunk k, const char *s, size_t len)
{
	pv_civil *c = r->c;
	int v = 0;
	bool ok;
	switch (k) {
	case C_NONE:
		ok = r->s < r->end && *r->s == *s;
		r->s += ok;
		return ok;
	case C_LONG_MONTH:
	case C_MONTH:
		ok = name(r, months, 12, k == C_MONTH ? 3 : 0, &v);
		c->month = v + 1;
		return ok;
	case C_LONG_WEEKDAY:
	case C_WEEKDAY: return name(r, days, 7, k == C_WEEKDAY ? 3 : 0, &v);
	case C_NUM_MONTH: return digits(r, 1, 2, 1, 12, &c->month);
	case C_ZERO_MONTH: return digits(r, 2, 2, 1, 12, &c->month);
	case C_UNDER_DAY:
		while (r->s < r->end && *r->s == ' ')
			r->s++;
		return digits(r, 1, 2, 1, 31, &c->day);
	case C_DAY: return digits(r, 1, 2, 1, 31, &c->day);
	case C_ZERO_DAY: return digits(r, 2, 2, 1, 31, &c->day);
	case C_ZERO_YEARDAY: return digits(r, 3, 3, 1, 366, &r->yearday);
	case C_HOUR: return digits(r, 2, 2, 0, 23, &c->hour);
	case C_HOUR12: return digits(r, 1, 2, 0, 12, &c->hour);
	case C_ZERO_HOUR12: return digits(r, 2, 2, 0, 12, &c->hour);
	case C_MINUTE: return digits(r, 1, 2, 0, 59, &c->minute);
	case C_ZERO_MINUTE: return digits(r, 2, 2, 0, 59, &c->minute);
	case C_SECOND:
	case C_ZERO_SECOND:
		ok = digits(r, k == C_SECOND ? 1 : 2, 2, 0, 59, &c->second);
		if (ok && r->end - r->s > 1 && (*r->s == '.' || *r->s == ',') && r->s[1] >= '0' &&
		    r->s[1] <= '9' && s[len] != '.' && s[len] != ',')
			ok = fraction(r); /* Go accepts one that the layout does not have */
		return ok;
	case C_LONG_YEAR:
		ok = digits(r, 4, 4, 0, 9999, &v);
		c->year = v;
		return ok;
	case C_YEAR:
		ok = digits(r, 2, 2, 0, 99, &v);
		c->year = v >= 69 ? v + 1900 : v + 2000;
		return ok;
	case C_PM: return half_day(r, true);
	case C_LOWER_PM: return half_day(r, false);
	case C_TZ: return abbreviation(r);
	case C_FRACTION0: return r->s < r->end && (*r->s == '.' || *r->s == ',') && fraction(r);
	case C_FRACTION9: return r->s == r->end || (*r->s != '.' && *r->s != ',') || fraction(r);
	default: return offset(r, k);
	}
}

static int
month_days(int64_t year, int month)
{
	return (int)(pv_days_of(year, month + 1, 1) - pv_days_of(year, month, 1));
}

bool
pv_layout_parse(pv_arena *arena, const char *layout, pv_str text, pv_civil *ret, const char **ret_why)
{
	reader r = {.s = text.s, .end = text.s + text.len, .c = ret};
	const char *whole = layout;
	size_t len;
	*ret = (pv_civil){.month = 1, .day = 1, .zone = "UTC"};
	for (; *layout; layout += len) {
		const char *at = r.s;
		enum chunk k = chunk_at(layout, &len);
		if (read_chunk(&r, k, layout, len))
			continue;
		*ret_why =
			pv_printf(arena, "parsing time \"%.*s\" as \"%s\": cannot parse \"%.*s\" as \"%.*s\"",
				  (int)text.len, text.s, whole, (int)(r.end - at), at, (int)len, layout);
		return false;
	}
	if (r.s < r.end) {
		*ret_why = pv_printf(arena, "parsing time \"%.*s\": extra text: \"%.*s\"", (int)text.len,
				     text.s, (int)(r.end - r.s), r.s);
		return false;
	}
	if (r.pm_set)
		ret->hour = ret->hour % 12 + (r.pm ? 12 : 0);
	if (r.yearday) {
		ret->month = 1;
		ret->day = r.yearday;
	} else if (ret->day > month_days(ret->year, ret->month)) {
		*ret_why = pv_printf(arena, "parsing time \"%.*s\": day out of range", (int)text.len, text.s);
		return false;
	}
	return true;
}
