/* timing: what benches measure, and how they tell it.  Times of many calls are kept in
 * logarithmic buckets: 1 % wide, 64 KB a set. */
#pragma once
#include <stdint.h>

#define TIMING_BUCKETS 4096

typedef struct timing {
	int64_t count, sum_ns, max_ns;
	int64_t buckets[TIMING_BUCKETS];
} timing;

void timing_add(timing *t, int64_t ns);
void timing_merge(timing *t, const timing *other);
double timing_ms(const timing *t, double share); /* the percentile: 0.99 */

int64_t thread_ns(void);  /* processor time of this thread: what else runs does not count */
int64_t process_ns(void); /* of all threads */
double resident_mb(void); /* of this process; 0 if it cannot be known */

/* Says one of the figures that figures.tsv names, in its unit; tools/bench collects these lines. */
void figure(const char *name, double value);
