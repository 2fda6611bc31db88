/* Clocks and RFC 3339. */
#include "base/time.h"

#include <time.h>

#include "base/arena.h"

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * PV_SEC + ts.tv_nsec;
}

int64_t
pv_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
pv_mono(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
pv_cpu(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years are counted from March, so that the leap day is a year's last. */
int64_t
pv_days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t from_march = month - 3, y = year + floor_div(from_march, 12);
	int64_t era = floor_div(y, 400), of_era = y - era * 400;
	int64_t of_year = (153 * (from_march - floor_div(from_march, 12) * 12) + 2) / 5;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468 + day - 1;
}

void
pv_date_of(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
	int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);

	*ret_day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*ret_month = month;
	*ret_year = (int)(yoe + era * 400 + (month <= 2));
}

static char *
put(char *to, int n, int digits, char behind)
{
	for (int i = digits; i-- > 0; n /= 10)
		to[i] = (char)('0' + n % 10);
	to[digits] = behind;
	return to + digits + 1;
}

/* By hand: every write has several, and printf takes its time. */
char *
pv_time_format_parts(pv_arena *arena, int64_t sec, int64_t ns, bool micro)
{
	char *text = pv_alloc(arena, sizeof "1970-01-01T00:00:00.000000Z"), *to = text;
	int64_t days = floor_div(sec, 86400);
	int of_day = (int)(sec - days * 86400), year, month, day;

	pv_date_of(days, &year, &month, &day);
	to = put(to, year, 4, '-');
	to = put(to, month, 2, '-');
	to = put(to, day, 2, 'T');
	to = put(to, of_day / 3600, 2, ':');
	to = put(to, of_day / 60 % 60, 2, ':');
	to = put(to, of_day % 60, 2, micro ? '.' : 'Z');
	if (micro)
		to = put(to, (int)(ns / 1000), 6, 'Z');
	*to = '\0';
	return text;
}

/* 64 bits of ns: years of four digits. */
static char *
format(pv_arena *arena, int64_t ns, bool micro)
{
	int64_t sec = floor_div(ns, PV_SEC);

	return pv_time_format_parts(arena, sec, ns - sec * PV_SEC, micro);
}

char *
pv_time_format(pv_arena *arena, int64_t ns)
{
	return format(arena, ns, false);
}

char *
pv_time_format_micro(pv_arena *arena, int64_t ns)
{
	return format(arena, ns, true);
}

/* Takes exactly n digits off the front. */
static bool
take_number(pv_str *s, int n, int most, int *ret)
{
	int v = 0;

	if (s->len < (size_t)n)
		return false;
	for (int i = 0; i < n; i++) {
		if (s->s[i] < '0' || s->s[i] > '9')
			return false;
		v = v * 10 + (s->s[i] - '0');
	}
	s->s += n;
	s->len -= (size_t)n;
	*ret = v;
	return v <= most;
}

static bool
take_char(pv_str *s, char c)
{
	if (s->len == 0 || s->s[0] != c)
		return false;
	s->s++;
	s->len--;
	return true;
}

/* Digits behind the point; those below a nanosecond are dropped. */
static bool
take_fraction(pv_str *s, int64_t *ret_ns)
{
	int64_t unit = PV_SEC / 10;

	*ret_ns = 0;
	if (!take_char(s, '.') && !take_char(s, ','))
		return true;
	if (s->len == 0 || s->s[0] < '0' || s->s[0] > '9')
		return false;
	for (; s->len > 0 && s->s[0] >= '0' && s->s[0] <= '9'; s->s++, s->len--) {
		*ret_ns += (s->s[0] - '0') * unit;
		unit /= 10;
	}
	return true;
}

static bool
take_offset(pv_str *s, int *ret_seconds)
{
	int sign, hours, minutes;

	*ret_seconds = 0;
	if (take_char(s, 'Z'))
		return true;
	sign = take_char(s, '+') ? 1 : take_char(s, '-') ? -1 : 0;
	if (sign == 0 || !take_number(s, 2, 23, &hours) || !take_char(s, ':') ||
	    !take_number(s, 2, 59, &minutes))
		return false;
	*ret_seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

static int
month_days(int year, int month)
{
	static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* Go takes an hour of one digit, too, and no minute. */
static bool
take_hour(pv_str *s, int *ret)
{
	return take_number(s, s->len > 1 && s->s[1] == ':' ? 1 : 2, 23, ret);
}

/* As strict as Go's RFC3339: capital T and Z, no leap second. */
bool
pv_time_parse_parts(pv_str text, int64_t *ret_seconds, int64_t *ret_ns)
{
	int year, month, day, hour, minute, second, offset;
	pv_str s = text;

	if (!take_number(&s, 4, 9999, &year) || !take_char(&s, '-') || !take_number(&s, 2, 12, &month) ||
	    !take_char(&s, '-') || !take_number(&s, 2, 31, &day) || !take_char(&s, 'T') ||
	    !take_hour(&s, &hour) || !take_char(&s, ':') || !take_number(&s, 2, 59, &minute) ||
	    !take_char(&s, ':') || !take_number(&s, 2, 59, &second) || !take_fraction(&s, ret_ns) ||
	    !take_offset(&s, &offset) || s.len != 0)
		return false;
	if (month == 0 || day == 0 || day > month_days(year, month))
		return false;
	*ret_seconds = pv_days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
	return true;
}

static int64_t
hold(int64_t ns, int64_t most)
{
	return ns > most ? most : ns < -most ? -most : ns;
}

bool
pv_time_parse(pv_str text, int64_t *ret_ns)
{
	int64_t frac, sec, ns;

	if (!pv_time_parse_parts(text, &sec, &frac))
		return false;
	if (__builtin_mul_overflow(sec, PV_SEC, &ns) || __builtin_add_overflow(ns, frac, &ns))
		ns = sec < 0 ? INT64_MIN : INT64_MAX;
	*ret_ns = hold(ns, INT64_MAX / 2);
	return true;
}

int64_t
pv_seconds(int64_t n)
{
	int64_t ns;

	if (__builtin_mul_overflow(n, PV_SEC, &ns))
		ns = n < 0 ? -INT64_MAX : INT64_MAX;
	return hold(ns, INT64_MAX / 4);
}
