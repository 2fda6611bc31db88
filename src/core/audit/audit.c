/* Lines gather in one buffer while a thread writes the other. */
#include "core/audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "core/audit/line.h"
#include "core/metrics/metrics.h"

#define MAX_BYTES (INT64_C(100) << 20)
#define KEEP 5
#define QUEUE_BYTES ((size_t)4 << 20)
#define WARN_EVERY (10 * PV_SEC)

struct pv_audit {
	char *path;
	int64_t max_bytes;
	int keep;
	pv_metric *written, *dropped;
	pv_audit_policy *policy;

	pthread_mutex_t lock;
	pthread_cond_t cond;
	pv_buf queue;      /* whole lines */
	int64_t queued;    /* how many */
	int64_t lost;      /* for want of room in the queue */
	pv_arena *scratch; /* of one line */
	bool stopping;

	pthread_t thread;
	int fd; /* the thread's own from here on; -1 while it cannot be opened */
	int64_t size;
	int64_t unsaid; /* events lost since the last warning */
	int64_t warned; /* when that was, monotonic; 0: never */
};

/* ---- the file ---- */

/* Appends to what is there; a line that a crash cut off is ended first. */
static int
file_open(pv_audit *a)
{
	struct stat st;
	char last = '\n';

	a->fd = open(a->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (a->fd < 0 || fstat(a->fd, &st) != 0)
		return -1;
	a->size = st.st_size;
	if (a->size > 0 && pread(a->fd, &last, 1, a->size - 1) == 1 && last != '\n' &&
	    write(a->fd, "\n", 1) == 1)
		a->size++;
	return 0;
}

/* audit.log becomes .1, .1 becomes .2 and so on; the oldest is overwritten. */
static void
rotate(pv_audit *a)
{
	pv_ctx cx;

	pv_ctx_init_small(&cx, "audit-rotate");
	close(a->fd);
	for (int i = a->keep; i > 0; i--) {
		const char *from = i > 1 ? pv_printf(cx.arena, "%s.%d", a->path, i - 1) : a->path;
		int r = pv_file_move(&cx, from, pv_printf(cx.arena, "%s.%d", a->path, i));

		if (r < 0 && r != -PV_ENOTFOUND)
			pv_log(PV_WARN, "audit", "cannot rotate", "error", pv_error_text(&cx), NULL);
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
	file_open(a);
}

/* Whole lines or nothing: what was written in part is taken back. */
static bool
file_write(pv_audit *a, const char *s, size_t len)
{
	size_t done = 0;

	if (a->fd < 0 && file_open(a) < 0)
		return false;
	if (a->size > 0 && a->size + (int64_t)len > a->max_bytes)
		rotate(a);
	while (a->fd >= 0 && done < len) {
		ssize_t n = write(a->fd, s + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		done += (size_t)n;
	}
	if (done == len) {
		a->size += (int64_t)len;
		return true;
	}
	if (a->fd >= 0 && ftruncate(a->fd, a->size) != 0)
		a->size += (int64_t)done;
	return false;
}

/* ---- the thread ---- */

/* Not for every line of a disk that stays full. */
static void
warn(pv_audit *a)
{
	int64_t now = pv_mono();
	char n[32];

	if (a->unsaid == 0 || (a->warned != 0 && now - a->warned < WARN_EVERY))
		return;
	snprintf(n, sizeof n, "%" PRId64, a->unsaid);
	pv_log(PV_WARN, "audit", "events were dropped: the disk is full or does not keep up", "file", a->path,
	       "events", n, NULL);
	a->unsaid = 0;
	a->warned = now;
}

/* Waits for lines; takes them in *ret.  False when there is nothing left and no more comes. */
static bool
take(pv_audit *a, pv_buf *ret, int64_t *ret_n, int64_t *ret_lost)
{
	pv_buf empty = *ret;

	pthread_mutex_lock(&a->lock);
	while (a->queue.len == 0 && !a->stopping)
		pthread_cond_wait(&a->cond, &a->lock);
	*ret = a->queue;
	*ret_n = a->queued;
	*ret_lost = a->lost;
	a->queue = empty;
	a->queued = a->lost = 0;
	pthread_mutex_unlock(&a->lock);
	return ret->len > 0;
}

static void *
writer(void *arg)
{
	pv_audit *a = arg;
	pv_buf lines;
	int64_t n, lost;

	pv_buf_init(&lines, NULL);
	while (take(a, &lines, &n, &lost)) {
		if (file_write(a, lines.s, lines.len)) {
			pv_metric_add(a->written, n);
		} else {
			pv_metric_add(a->dropped, n);
			a->unsaid += n;
		}
		a->unsaid += lost;
		warn(a);
		pv_buf_clear(&lines);
	}
	pv_buf_done(&lines);
	return NULL;
}

/* ---- opening and adding ---- */

static pv_audit *
audit_free(pv_audit *a)
{
	if (a->fd >= 0)
		close(a->fd);
	pv_buf_done(&a->queue);
	pv_arena_free(a->scratch);
	pv_audit_policy_free(a->policy);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->cond);
	free(a->path);
	free(a);
	return NULL;
}

int
pv_audit_open(pv_ctx *cx, const pv_audit_conf *conf, pv_audit **ret)
{
	pv_audit *a = calloc(1, sizeof *a);
	int e;

	PV_ASSERT(a != NULL);
	a->path = strdup(pv_printf(cx->arena, "%s/audit.log", conf->dir));
	PV_ASSERT(a->path != NULL);
	a->policy = conf->policy;
	a->max_bytes = conf->max_bytes > 0 ? conf->max_bytes : MAX_BYTES;
	a->keep = conf->keep > 0 ? conf->keep : KEEP;
	a->written = pv_metric_new(conf->metrics, &(pv_family_def){.name = "pave_audit_events_total",
								   .help = "Audit events written.",
								   .type = PV_COUNTER});
	a->dropped = pv_metric_new(
		conf->metrics,
		&(pv_family_def){.name = "pave_audit_dropped_total",
				 .help = "Audit events dropped because the disk is full or does not keep up.",
				 .type = PV_COUNTER});
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->cond, NULL);
	pv_buf_init(&a->queue, NULL);
	a->scratch = pv_arena_new("audit");
	if (file_open(a) < 0) {
		e = pv_fail(cx, PV_EUNAVAILABLE,
			    "audit: cannot write %s: %s: make the directory writable, or choose "
			    "another with --data",
			    a->path, strerror(errno));
		audit_free(a);
		return e;
	}
	e = pv_thread_start(&a->thread, "audit", writer, a);
	PV_ASSERT(e == 0);
	*ret = a;
	return 0;
}

pv_audit *
pv_audit_close(pv_audit *a)
{
	if (a == NULL)
		return NULL;
	pthread_mutex_lock(&a->lock);
	a->stopping = true;
	pthread_cond_signal(&a->cond);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	return audit_free(a);
}

const pv_audit_policy *
pv_audit_policy_of(const pv_audit *a)
{
	return a ? a->policy : NULL;
}

void
pv_audit_add(pv_audit *a, const pv_audit_event *event)
{
	bool kept;

	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	kept = a->queue.len < QUEUE_BYTES;
	if (kept) {
		if (a->queue.len == 0)
			pthread_cond_signal(&a->cond);
		audit_format(&a->queue, a->scratch, event);
		pv_arena_reset(a->scratch);
		a->queued++;
	} else {
		a->lost++;
	}
	pthread_mutex_unlock(&a->lock);
	if (!kept)
		pv_metric_add(a->dropped, 1);
}
