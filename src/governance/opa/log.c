#include "governance/opa/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/gzip.h"
#include "base/heap.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/time.h"

#define FILE_MOST ((off_t)100 << 20) /* then it is put aside, as NAME.1 */

typedef struct event {
	struct event *next;
	size_t len;
	char text[];
} event;

struct opa_log {
	opa_log_conf conf;
	pthread_t thread;
	bool threaded;
	atomic_bool stop;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t woken;
	event *first, **last;
	size_t bytes, count; /* of what waits */
	size_t soft;         /* bytes of events that make a batch, as far as is known */
	bool full;           /* a batch may go */
	uint64_t sent, dropped, too_large, errors;
	int64_t second, in_second;
	char code[40], message[300];
	pthread_mutex_t file_lock;
	int fd;
};

/* ---- what waits ---- */

static void
free_events(event *e)
{
	while (e) {
		event *next = e->next;
		pv_heap_free(e);
		e = next;
	}
}

static bool
is_over(const opa_log *l)
{
	return l->bytes > l->conf.buffer_limit || (l->conf.event_limit && l->count > l->conf.event_limit);
}

/* With the lock: the oldest go, but never `newest`. */
static void
make_room(opa_log *l, const event *newest)
{
	while (is_over(l) && l->first != newest) {
		event *e = l->first;
		l->first = e->next;
		l->bytes -= e->len;
		l->count--;
		l->dropped++;
		pv_heap_free(e);
	}
	if (!l->first)
		l->last = &l->first;
}

/* With the lock. */
static void
enqueue(opa_log *l, event *e)
{
	*l->last = e;
	l->last = &e->next;
	l->bytes += e->len;
	l->count++;
	make_room(l, e);
	if (l->conf.immediate && l->bytes >= l->soft) {
		l->full = true;
		pthread_cond_signal(&l->woken);
	}
}

/* With the lock: the first events, about as many as make a batch and one at least; NULL: none wait. */
static event *
take(opa_log *l)
{
	event *first = l->first, **end = &l->first;
	size_t bytes = 0;
	while (*end && (bytes == 0 || bytes + (*end)->len <= l->soft)) {
		bytes += (*end)->len;
		l->count--;
		end = &(*end)->next;
	}
	l->first = *end;
	if (!*end)
		l->last = &l->first;
	if (end != &l->first)
		*end = NULL;
	l->bytes -= bytes;
	return first;
}

/* They wait again, before all others. */
static void
give_back(opa_log *l, event *first)
{
	event **end = &first;
	pthread_mutex_lock(&l->lock);
	for (; *end; end = &(*end)->next) {
		l->bytes += (*end)->len;
		l->count++;
	}
	if (!l->first)
		l->last = end;
	*end = l->first;
	l->first = first;
	make_room(l, NULL);
	pthread_mutex_unlock(&l->lock);
}

static bool
is_too_many(opa_log *l)
{
	int64_t now = pv_mono() / PV_SEC;
	if (now != l->second) {
		l->second = now;
		l->in_second = 0;
	}
	return l->conf.per_second > 0 && ++l->in_second > l->conf.per_second;
}

static void
wait_here(opa_log *l, pv_str line)
{
	event *e = pv_heap_new(sizeof *e + line.len + 1);
	e->len = line.len;
	memcpy(e->text, line.s, line.len);
	pthread_mutex_lock(&l->lock);
	if (is_too_many(l) || e->len > l->conf.buffer_limit) {
		l->dropped++;
		pv_heap_free(e);
	} else {
		enqueue(l, e);
	}
	pthread_mutex_unlock(&l->lock);
}

/* ---- uploads ---- */

static void
note_result(opa_log *l, const char *code, const char *message)
{
	pthread_mutex_lock(&l->lock);
	(void)snprintf(l->code, sizeof l->code, "%s", code);
	(void)snprintf(l->message, sizeof l->message, "%s", message);
	l->errors += *code != '\0';
	pthread_mutex_unlock(&l->lock);
}

/* As a packed list; *ret_len: of what was packed. */
static int
pack(pv_ctx *cx, const event *first, size_t *ret_len, pv_buf *ret)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (const event *e = first; e; e = e->next) {
		pv_buf_addc(&b, e == first ? '[' : ',');
		pv_buf_add(&b, e->text, e->len);
	}
	pv_buf_addc(&b, ']');
	*ret_len = b.len;
	pv_buf_init(ret, cx->arena);
	return pv_gzip(cx, (pv_str){b.s, b.len}, PV_GZIP_SMALL, ret);
}

static int
post(pv_ctx *cx, opa_log *l, const pv_buf *packed)
{
	opa_service_req req = {.method = "POST",
			       .path = l->conf.resource,
			       .headers = {"Content-Type: application/json", "Content-Encoding: gzip"},
			       .body = {packed->s, packed->len},
			       .limit = 1 << 20};
	pv_httpc_answer a;
	int r = opa_service_do(cx, l->conf.service, &req, &a);
	if (r == 0 && a.status / 100 != 2)
		r = pv_fail(cx, PV_EUNAVAILABLE, "log upload failed, server replied with HTTP %d", a.status);
	return r;
}

/* How much makes a batch. */
static void
learn(opa_log *l, size_t soft)
{
	pthread_mutex_lock(&l->lock);
	l->soft = soft;
	pthread_mutex_unlock(&l->lock);
}

/* Those that were taken: sent, or waiting again, or too large for any batch. */
static int
send_batch(pv_ctx *cx, opa_log *l, event *batch, bool more)
{
	size_t len, n = 0, soft = 0;
	pv_buf packed;
	int r = pack(cx, batch, &len, &packed);
	bool fits = r == 0 && packed.len <= l->conf.upload_limit, alone = !batch->next;
	for (const event *e = batch; e; e = e->next)
		n++;
	if (fits) {
		r = post(cx, l, &packed);
		note_result(l, r < 0 ? "decision_log_error" : "", r < 0 ? pv_error_text(cx) : "");
		if (more && packed.len < l->conf.upload_limit / 10 * 9)
			soft = l->soft * 2;
	} else {
		soft = len / 2;
	}
	if (soft)
		learn(l, soft);
	if (r < 0 || !(fits || alone)) {
		give_back(l, batch);
		return r;
	}
	free_events(batch);
	pthread_mutex_lock(&l->lock);
	l->sent += fits ? n : 0;
	l->too_large += fits ? 0 : n;
	pthread_mutex_unlock(&l->lock);
	return 0;
}

/* Sends batches until nothing waits; a batch that is not taken stays. */
static bool
upload(opa_log *l)
{
	event *batch;
	int r = 0;
	do {
		pv_ctx cx;
		pthread_mutex_lock(&l->lock);
		l->full = false;
		batch = take(l);
		bool more = l->first != NULL;
		pthread_mutex_unlock(&l->lock);
		pv_ctx_init(&cx, "decision-log");
		if (batch)
			r = send_batch(&cx, l, batch, more);
		pv_recover(&cx);
		pv_ctx_done(&cx);
	} while (batch && r == 0);
	return r == 0;
}

static int64_t
pause_of(const opa_log *l, unsigned failures)
{
	uint32_t chance;
	int64_t most = l->conf.max_ns, least = l->conf.min_ns, pause;
	pv_random(&chance, sizeof chance);
	pause = least + (most > least ? (int64_t)(chance % 1000) * ((most - least) / 1000) : 0);
	for (unsigned i = 0; i < failures && i < 6 && pause > 0;
	     i++) /* no longer than max, and sooner at first */
		pause = pause * 2 < most ? pause * 2 : most;
	return pause > PV_MS * 100 ? pause : PV_MS * 100;
}

static void *
run(void *arg)
{
	opa_log *l = arg;
	unsigned failures = 0;
	while (!atomic_load(&l->stop)) {
		int64_t until = pv_mono() + pause_of(l, failures);
		struct timespec at = {until / PV_SEC, until % PV_SEC};
		pthread_mutex_lock(&l->lock);
		while (!atomic_load(&l->stop) && (!l->full || failures) && pv_mono() < until)
			(void)pthread_cond_timedwait(&l->woken, &l->lock, &at);
		pthread_mutex_unlock(&l->lock);
		failures = upload(l) ? 0 : failures + 1;
	}
	return NULL;
}

/* ---- events come ---- */

static int
fail_file(pv_ctx *cx, const opa_log *l, int e)
{
	return pv_fail(cx, PV_EUNAVAILABLE, "decision_logs: %s: %s", l->conf.file, strerror(e));
}

static int
open_file(pv_ctx *cx, opa_log *l)
{
	l->fd = open(l->conf.file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	return l->fd < 0 ? fail_file(cx, l, errno) : 0;
}

static int
to_file(pv_ctx *cx, opa_log *l, pv_str line)
{
	struct stat st;
	int r = 0;
	pthread_mutex_lock(&l->file_lock);
	if (l->fd >= 0 && fstat(l->fd, &st) == 0 && st.st_size > FILE_MOST) {
		if (pv_file_move(cx, l->conf.file, pv_printf(cx->arena, "%s.1", l->conf.file)) < 0)
			pv_recover(cx); /* then it goes on in the one */
		close(l->fd);
		l->fd = -1;
	}
	if (l->fd < 0)
		r = open_file(cx, l);
	if (r == 0 && write(l->fd, line.s, line.len) != (ssize_t)line.len)
		r = fail_file(cx, l, errno);
	pthread_mutex_unlock(&l->file_lock);
	return r;
}

/* As OPA's own log prints it. */
static void
to_console(pv_ctx *cx, const pv_val *e)
{
	pv_objb o;
	pv_buf b;
	pv_objb_from(&o, cx->arena, e);
	pv_objb_puts(&o, "level", "info");
	pv_objb_puts(&o, "msg", "Decision Log");
	pv_objb_puts(&o, "time", pv_time_format(cx->arena, pv_now()));
	pv_objb_puts(&o, "type", "openpolicyagent.org/decision_logs");
	pv_val all = pv_objb_end(&o);
	pv_buf_init(&b, cx->arena);
	pv_rego_write(&b, &all, NULL, true);
	pv_buf_addc(&b, '\n');
	fwrite(b.s, 1, b.len, stderr);
}

int
opa_log_add(pv_ctx *cx, opa_log *l, const pv_val *e)
{
	pv_buf b;
	int r = 0;
	if (l->conf.console)
		to_console(cx, e);
	pv_buf_init(&b, cx->arena);
	pv_rego_write(&b, e, NULL, false);
	if (l->conf.service)
		wait_here(l, (pv_str){b.s, b.len});
	pv_buf_addc(&b, '\n');
	if (l->conf.file)
		r = to_file(cx, l, (pv_str){b.s, b.len});
	return r;
}

/* ---- */

int
opa_log_open(pv_ctx *cx, const opa_log_conf *conf, opa_log **ret)
{
	opa_log *l = pv_heap_new(sizeof *l);
	pthread_condattr_t clock;
	int r = 0;
	l->conf = *conf;
	l->soft = conf->upload_limit;
	l->last = &l->first;
	l->fd = -1;
	pthread_mutex_init(&l->lock, NULL);
	pthread_mutex_init(&l->file_lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&l->woken, &clock);
	pthread_condattr_destroy(&clock);
	if (conf->file)
		r = open_file(cx, l);
	if (r == 0 && conf->service) {
		int e = pv_thread_start(&l->thread, "decision-log", run, l);
		r = e ? pv_fail(cx, PV_EUNAVAILABLE, "decision_logs: no thread: %s", strerror(e)) : 0;
		l->threaded = r == 0;
	}
	if (r < 0) {
		(void)opa_log_close(l);
		return r;
	}
	*ret = l;
	return 0;
}

opa_log *
opa_log_close(opa_log *l)
{
	if (!l)
		return NULL;
	if (l->threaded) {
		pthread_mutex_lock(&l->lock);
		atomic_store(&l->stop, true);
		pthread_cond_broadcast(&l->woken);
		pthread_mutex_unlock(&l->lock);
		pthread_join(l->thread, NULL); /* it sends what waits, once more */
	}
	free_events(l->first);
	if (l->fd >= 0)
		close(l->fd);
	pthread_mutex_destroy(&l->lock);
	pthread_mutex_destroy(&l->file_lock);
	pthread_cond_destroy(&l->woken);
	pv_heap_free(l);
	return NULL;
}

const opa_log_conf *
opa_log_conf_of(const opa_log *l)
{
	return &l->conf;
}

pv_val
opa_log_status(pv_arena *arena, opa_log *l)
{
	pv_objb o, counts;
	pv_objb_init(&o, arena);
	pv_objb_init(&counts, arena);
	pthread_mutex_lock(&l->lock);
	if (*l->code) {
		pv_objb_put(&o, "code", pv_string(arena, l->code));
		pv_objb_put(&o, "message", pv_string(arena, l->message));
	}
	pv_objb_put(&counts, "counter_decision_logs_sent", pv_int((int64_t)l->sent));
	pv_objb_put(&counts, "counter_decision_logs_dropped", pv_int((int64_t)l->dropped));
	pv_objb_put(&counts, "counter_decision_logs_too_large", pv_int((int64_t)l->too_large));
	pv_objb_put(&counts, "counter_decision_logs_upload_errors", pv_int((int64_t)l->errors));
	pthread_mutex_unlock(&l->lock);
	pv_objb_put(&o, "metrics", pv_objb_end(&counts));
	return pv_objb_end(&o);
}
