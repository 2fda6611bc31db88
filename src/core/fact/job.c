/* job: work on strangers' bytes in a child that is this program again, confined before
 * it reads a byte of them.  Request and answer are one JSON document each, over pipes:
 *   {"request":..., "read":[paths], "write":[paths]}  ->  {"ok": value} | {"error": {...}} */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "core/fact/fact.h"
#include "core/module.h"
#include "lang/json/json.h"

#define MEMORY_LIMIT (INT64_C(1) << 30)
#define OUTPUT_LIMIT (64u << 20)
#define CPU_SECONDS 120
#define TIMEOUT (30 * PV_SEC)
#define TIMEOUT_NETWORK (90 * PV_SEC) /* others take their time */
#define EXIT_ANSWERED 0               /* the answer on stdout says how it went */

static const pv_job_kind *
job_named(const char *name)
{
	for (const pv_module *const *m = pv_modules; *m; m++)
		for (const pv_job_kind *const *k = (*m)->jobs; k && *k; k++)
			if (pv_streq((*k)->name, name))
				return *k;
	return NULL;
}

/* ---- in the parent ---- */

static pv_val
path_list(pv_ctx *cx, const char *const *paths)
{
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (; paths && *paths; paths++)
		pv_listb_add(&b, pv_string(cx->arena, *paths));
	return pv_listb_end(&b);
}

static int
fail_as_child(pv_ctx *cx, const pv_val *error)
{
	const pv_val *causes = pv_get(error, "causes");
	int64_t said = pv_i64_at(error, "code", PV_EINTERNAL);
	int code = said > 0 && said < PV_ECODES ? (int)said : PV_EINTERNAL;
	const char *file = pv_text_at(error, "file", NULL);
	int r = file ? pv_fail_at(cx, code, pv_strdup(cx->arena, file), (int)pv_i64_at(error, "line", 0),
				  (int)pv_i64_at(error, "column", 0), "%s", pv_text_at(error, "message", ""))
		     : pv_fail(cx, code, "%s", pv_text_at(error, "message", ""));
	for (size_t i = 0; i < pv_count(causes); i++) {
		const pv_val *c = pv_item(causes, i);
		pv_add_cause(cx, pv_strdup(cx->arena, pv_text_at(c, "reason", "")),
			     pv_strdup(cx->arena, pv_text_at(c, "field", "")), "%s",
			     pv_text_at(c, "message", ""));
	}
	return r;
}

/* The answer of a child that strangers' bytes may have taken over: any bytes at all. */
static int
read_answer(pv_ctx *cx, const char *job, pv_str out, pv_val *ret)
{
	const pv_val *answer, *ok, *error;
	int r = pv_json_parse(cx, out, NULL, &answer);
	if (r < 0)
		return pv_wrap(cx, r, "job %s: its answer is damaged", job);
	ok = pv_get(answer, "ok");
	error = pv_get(answer, "error");
	if (pv_is(error, PV_OBJECT))
		return fail_as_child(cx, error);
	if (!ok)
		return pv_fail(cx, PV_EINTERNAL,
			       "job %s: its answer is damaged: neither a result nor an error", job);
	*ret = *ok;
	return 0;
}

static int64_t
memory_limit(const pv_job_kind *kind)
{
	return kind->memory_limit ? (int64_t)kind->memory_limit : MEMORY_LIMIT;
}

static int64_t
time_limit(const pv_job_kind *kind)
{
	return kind->timeout_ns ? kind->timeout_ns : kind->network ? TIMEOUT_NETWORK : TIMEOUT;
}

static int
how_it_ended(pv_ctx *cx, const char *job, const pv_job_kind *kind, const pv_proc_result *result)
{
	if (result->timed_out)
		return pv_fail(cx, PV_ETIMEOUT, "job %s: not done within %s, its limit", job,
			       pv_duration_format(cx->arena, time_limit(kind)));
	if (result->stopped)
		return pv_fail(cx, PV_EUNAVAILABLE, "job %s: ended, because the program stops", job);
	if (result->out_cut)
		return pv_fail(cx, PV_ETOOLARGE, "job %s: its result is larger than the limit of %zu bytes",
			       job, kind->output_limit ? kind->output_limit : OUTPUT_LIMIT);
	if (result->status == EXIT_ANSWERED && result->signal == 0)
		return 0;
	/* The kernel kills for other reasons, too: when memory runs out. */
	if (result->signal == SIGXCPU ||
	    (result->signal == SIGKILL && result->cpu_ns >= (CPU_SECONDS - 1) * PV_SEC))
		return pv_fail(cx, PV_ETOOLARGE,
			       "job %s: it needs more than %d s of processor time, its limit", job,
			       CPU_SECONDS);
	if (result->signal == SIGABRT && result->err.len && strstr(result->err.s, "out of memory"))
		return pv_fail(cx, PV_ETOOLARGE, "job %s: it needs more than %lld MiB of memory, its limit",
			       job, (long long)memory_limit(kind) >> 20);
	return pv_fail(cx, PV_EINTERNAL, "job %s: the child ended by %s %d: %s", job,
		       result->signal ? "signal" : "status", result->signal ? result->signal : result->status,
		       result->err.len ? result->err.s : "no message");
}

int
pv_job_run(pv_ctx *cx, const char *job, const pv_val *request, const char *const *read_only,
	   const char *const *read_write, pv_val *ret)
{
	static const char *const env[] = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0",
					  NULL};
	const pv_job_kind *kind = job_named(job);
	const char *argv[] = {pv_proc_self_exe(), "--job", job, NULL};
	pv_proc_conf conf = {.argv = argv, .env = env, .err_limit = 16384};
	pv_proc_result result;
	pv_buf input;
	pv_val message;
	pv_objb b;
	int r;
	PV_ASSERT(kind); /* names are literals of modules */
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "request", *request);
	pv_objb_put(&b, "read", path_list(cx, read_only));
	pv_objb_put(&b, "write", path_list(cx, read_write));
	message = pv_objb_end(&b);
	pv_buf_init(&input, cx->arena);
	pv_json_write(&input, &message);
	conf.input = (pv_str){input.s, input.len};
	conf.out_limit = kind->output_limit ? kind->output_limit : OUTPUT_LIMIT;
	conf.timeout_ns = time_limit(kind);
	r = pv_proc_run(cx, &conf, &result);
	if (r == 0)
		r = how_it_ended(cx, job, kind, &result);
	return r < 0 ? r : read_answer(cx, job, result.out, ret);
}

/* ---- in the child ---- */

static pv_str
read_all(pv_arena *arena, int fd)
{
	pv_buf b;
	ssize_t n;
	pv_buf_init(&b, arena);
	do {
		char *end = pv_buf_grow(&b, 65536);
		n = read(fd, end, 65536);
		if (n > 0)
			b.len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return (pv_str){b.s, b.len};
}

/* What a network job may read besides: names, certificates, and the libraries that the
 * resolver loads late. */
static const char *const network_reads[] = {
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/nsswitch.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/ssl",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
	"/usr/lib",
	"/lib",
	"/run/systemd/resolve",
};

static const char *const *
paths_of(pv_ctx *cx, const pv_val *list, bool network)
{
	pv_vec v;
	const char *end = NULL;
	pv_vec_init(&v, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *path = pv_text(pv_item(list, i), "");
		pv_vec_push(&v, &path);
	}
	for (size_t i = 0; network && i < PV_LEN(network_reads); i++)
		if (access(network_reads[i], R_OK) == 0)
			pv_vec_push(&v, &network_reads[i]);
	pv_vec_push(&v, &end);
	return v.data;
}

static int
confine(pv_ctx *cx, const pv_job_kind *kind, const pv_val *message)
{
	pv_sandbox_conf conf = {
		.read = paths_of(cx, pv_get(message, "read"), kind->network),
		.write = paths_of(cx, pv_get(message, "write"), false),
		.network = kind->network,
		.cpu_seconds = CPU_SECONDS,
		.files = 256,
	};
	pv_sandbox_report report;
#ifndef PAVE_SANITIZE /* sanitizers reserve terabytes of address space */
	conf.memory_bytes = memory_limit(kind);
#endif
	return pv_sandbox_enter(cx, &conf, &report);
}

static int
run(pv_ctx *cx, const char *name, pv_val *ret)
{
	const pv_job_kind *kind = job_named(name);
	const pv_val *message;
	int r;
	if (!kind)
		return pv_fail(cx, PV_EINTERNAL, "no job is called \"%s\"", name);
	r = pv_json_parse(cx, read_all(cx->arena, STDIN_FILENO), NULL, &message);
	if (r == 0)
		r = confine(cx, kind, message);
	return r < 0 ? r : kind->run(cx, pv_get(message, "request"), ret);
}

static pv_val
error_val(pv_ctx *cx)
{
	pv_error *e = pv_take_error(cx);
	pv_listb causes;
	pv_objb b;
	pv_listb_init(&causes, cx->arena);
	for (const pv_cause *c = e->causes; c; c = c->next) {
		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "reason", c->reason);
		pv_objb_puts(&b, "field", c->field);
		pv_objb_puts(&b, "message", c->message);
		pv_listb_add(&causes, pv_objb_end(&b));
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "code", pv_int(e->code));
	pv_objb_puts(&b, "message", e->message);
	pv_objb_puts(&b, "file", e->file);
	pv_objb_put(&b, "line", pv_int(e->line));
	pv_objb_put(&b, "column", pv_int(e->column));
	pv_objb_put(&b, "causes", pv_listb_end(&causes));
	return pv_objb_end(&b);
}

int
pv_job_main(int argc, char **argv)
{
	pv_ctx cx;
	pv_val result = pv_null(), answer;
	pv_buf out;
	pv_objb b;
	int r;
	if (argc != 3)
		return 2;
	pv_ctx_init(&cx, "job");
	r = run(&cx, argv[2], &result);
	pv_objb_init(&b, cx.arena);
	pv_objb_put(&b, r < 0 ? "error" : "ok", r < 0 ? error_val(&cx) : result);
	answer = pv_objb_end(&b);
	pv_buf_init(&out, cx.arena);
	pv_json_write(&out, &answer);
	if (fwrite(out.s, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
		r = -PV_EINTERNAL;
	else
		r = EXIT_ANSWERED;
	pv_ctx_done(&cx);
	return r < 0 ? 1 : EXIT_ANSWERED;
}
