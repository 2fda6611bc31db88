/* The process's own metrics, under the names that every Prometheus client uses. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"
#include "core/metrics/registry.h"

/* The whole of a small file of /proc; false if it cannot be read. */
static bool
slurp(const char *path, char *out, size_t room)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return false;
	n = fread(out, 1, room - 1, f);
	fclose(f);
	out[n] = '\0';
	return n > 0;
}

/* A field of /proc/self/stat by its number in proc(5); the command's name (2) may
 * hold spaces, so counting starts behind its parenthesis. */
static double
stat_field(int number)
{
	char text[1024];
	pv_str rest, piece;
	int64_t value;

	if (!slurp("/proc/self/stat", text, sizeof text) || strrchr(text, ')') == NULL)
		return 0;
	rest = pv_str_of(strrchr(text, ')') + 2);
	for (int i = 3; pv_str_next(&rest, ' ', &piece); i++)
		if (i == number)
			return pv_parse_int(piece, &value) ? (double)value : 0;
	return 0;
}

static double
read_resident(void *arg)
{
	(void)arg;
	return stat_field(24) * (double)sysconf(_SC_PAGESIZE);
}

static double
read_virtual(void *arg)
{
	(void)arg;
	return stat_field(23);
}

static double
read_threads(void *arg)
{
	(void)arg;
	return stat_field(20);
}

static double
read_cpu(void *arg)
{
	struct timespec ts;

	(void)arg;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) != 0)
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Start in ticks since boot, against the time since boot now. */
static double
read_start(void *arg)
{
	struct timespec boot;

	(void)arg;
	if (clock_gettime(CLOCK_BOOTTIME, &boot) != 0)
		return 0;
	return (double)pv_now() / 1e9 - ((double)boot.tv_sec + (double)boot.tv_nsec / 1e9) +
	       stat_field(22) / (double)sysconf(_SC_CLK_TCK);
}

static double
read_fds(void *arg)
{
	DIR *dir = opendir("/proc/self/fd");
	double n = -3; /* ".", ".." and the one that reads */

	(void)arg;
	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static double
read_max_fds(void *arg)
{
	struct rlimit limit;

	(void)arg;
	return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (double)limit.rlim_cur : 0;
}

void
metrics_add_process(pv_metrics *m)
{
	static const pv_family_def defs[] = {
		{.name = "process_cpu_seconds_total",
		 .help = "User and system time spent.",
		 .type = PV_COUNTER,
		 .read = read_cpu},
		{.name = "process_resident_memory_bytes",
		 .help = "Resident memory.",
		 .type = PV_GAUGE,
		 .read = read_resident},
		{.name = "process_virtual_memory_bytes",
		 .help = "Virtual memory.",
		 .type = PV_GAUGE,
		 .read = read_virtual},
		{.name = "process_start_time_seconds",
		 .help = "Start, in seconds since 1970.",
		 .type = PV_GAUGE,
		 .read = read_start},
		{.name = "process_open_fds",
		 .help = "Open file descriptors.",
		 .type = PV_GAUGE,
		 .read = read_fds},
		{.name = "process_max_fds",
		 .help = "Most file descriptors allowed.",
		 .type = PV_GAUGE,
		 .read = read_max_fds},
		{.name = "process_threads", .help = "Threads.", .type = PV_GAUGE, .read = read_threads},
	};

	for (size_t i = 0; i < PV_LEN(defs); i++)
		pv_family_new(m, &defs[i]);
}
