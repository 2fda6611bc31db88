#include "bench/timing.h"

#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"

#define STEP 0.01

void
timing_add(timing *t, int64_t ns)
{
	double at = ns < 100 ? 0 : log((double)ns / 100) / STEP;

	t->buckets[at < TIMING_BUCKETS - 1 ? (int)at : TIMING_BUCKETS - 1]++;
	t->count++;
	t->sum_ns += ns;
	t->max_ns = ns > t->max_ns ? ns : t->max_ns;
}

void
timing_merge(timing *t, const timing *other)
{
	for (int i = 0; i < TIMING_BUCKETS; i++)
		t->buckets[i] += other->buckets[i];
	t->count += other->count;
	t->sum_ns += other->sum_ns;
	t->max_ns = other->max_ns > t->max_ns ? other->max_ns : t->max_ns;
}

double
timing_ms(const timing *t, double share)
{
	int64_t want = (int64_t)(share * (double)t->count), seen = 0;

	for (int i = 0; i < TIMING_BUCKETS; i++)
		if ((seen += t->buckets[i]) > want)
			return 100 * exp((i + 1) * STEP) / 1e6;
	return (double)t->max_ns / 1e6;
}

static int64_t
time_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * PV_SEC + t.tv_nsec;
}

int64_t
thread_ns(void)
{
	return time_of(CLOCK_THREAD_CPUTIME_ID);
}

int64_t
process_ns(void)
{
	return time_of(CLOCK_PROCESS_CPUTIME_ID);
}

double
resident_mb(void)
{
	char text[256] = "";
	FILE *f = fopen("/proc/self/statm", "r");
	int64_t pages = 0;
	pv_str rest, word;

	if (f == NULL)
		return 0;
	if (fgets(text, sizeof text, f) == NULL)
		text[0] = 0;
	fclose(f);
	rest = pv_str_of(text);
	(void)pv_str_next(&rest, ' ', &word); /* its whole size */
	if (!pv_str_next(&rest, ' ', &word) || !pv_parse_int(word, &pages))
		return 0;
	return (double)(pages * sysconf(_SC_PAGESIZE)) / 1e6;
}

void
figure(const char *name, double value)
{
	printf("figure\t%s\t%.6g\n", name, value);
}
