/* log: what a container on the simulated node says: nothing of its own, as it does not run.  The text is derived
 * from the Pod's status and says so in every line. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "core/api/api.h"
#include "core/session/session.h"
#include "infrastructure/node/node.h"

typedef struct line {
	const char *time; /* RFC 3339 */
	const char *text;
} line;

typedef struct follower {
	pv_api *api;
	pv_log_wish wish;
	const char *ns, *name, *uid;
	pv_buf out; /* heap */
	size_t at, told;
	bool ended;
} follower;

/* ---- lines ---- */

static void
add_line(pv_ctx *cx, pv_vec *lines, const char *time, const char *fmt, const char *a, const char *b)
{
	line *one;

	if (!time[0])
		return;
	one = pv_vec_add(lines);
	one->time = pv_strdup(cx->arena, time);
	one->text = pv_printf(cx->arena, "pave-simulated: container \"%s\" %s %s", a, fmt, b);
}

static const pv_val *
named(const pv_val *list, const char *name)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), name))
			return pv_item(list, i);
	return NULL;
}

static const pv_val *
status_of(const pv_val *pod, const char *container)
{
	static const char *const lists[] = {"status.containerStatuses", "status.initContainerStatuses",
					    "status.ephemeralContainerStatuses"};
	const pv_val *found = NULL;

	for (size_t i = 0; !found && i < PV_LEN(lists); i++)
		found = named(pv_at(pod, lists[i]), container);
	return found;
}

static void
lines_of(pv_ctx *cx, const pv_val *pod, const pv_log_wish *wish, pv_vec *lines)
{
	const pv_val *status = status_of(pod, wish->container);
	const pv_val *running = wish->previous ? NULL : pv_at(status, "state.running");
	const pv_val *ended = pv_at(status, wish->previous ? "lastState.terminated" : "state.terminated");
	const char *code;

	add_line(cx, lines, pv_text_at(running ? running : ended, "startedAt", ""),
		 "would start now:", wish->container, "it is simulated, nothing runs");
	if (ended) {
		code = pv_printf(cx->arena, "exit code %lld (%s)", (long long)pv_i64_at(ended, "exitCode", 0),
				 pv_text_at(ended, "reason", "no reason"));
		add_line(cx, lines, pv_text_at(ended, "finishedAt", ""), "would have ended with",
			 wish->container, code);
	}
}

/* The lines that are wished for, as text. */
static void
write_lines(const pv_vec *lines, const pv_log_wish *wish, size_t from, pv_buf *out)
{
	size_t start =
		wish->tail >= 0 && lines->len > (size_t)wish->tail ? lines->len - (size_t)wish->tail : 0;

	for (size_t i = from ? from : start; i < lines->len; i++) {
		const line *one = PV_AT(line, lines, i);
		int64_t when;

		if (wish->since >= 0 && pv_time_parse(pv_str_of(one->time), &when) && when < wish->since)
			continue;
		if (wish->timestamps) {
			pv_buf_adds(out, one->time);
			pv_buf_addc(out, ' ');
		}
		pv_buf_adds(out, one->text);
		pv_buf_addc(out, '\n');
	}
}

/* ---- the stream ---- */

static const pv_val *
load(pv_ctx *cx, const follower *f)
{
	pv_key key = {"/Pod", f->ns, f->name};
	const pv_rec *rec = pv_store_find(cx, pv_api_store(f->api), &key);
	const pv_val *pod = rec ? pv_rec_val(rec) : NULL;

	return pod && pv_streq(pv_text_at(pod, "metadata.uid", ""), f->uid) ? pod : NULL;
}

static void
fill(follower *f)
{
	pv_ctx cx;
	const pv_val *pod;
	pv_vec lines;

	pv_ctx_init(&cx, "log");
	pod = load(&cx, f);
	pv_vec_init(&lines, cx.arena, sizeof(line));
	if (pod)
		lines_of(&cx, pod, &f->wish, &lines);
	if (lines.len > f->told) {
		write_lines(&lines, &f->wish, f->told, &f->out);
		f->told = lines.len;
	}
	f->ended = !pod || !f->wish.follow || !pv_at(status_of(pod, f->wish.container), "state.running");
	if (f->wish.limit >= 0 && f->out.len > (size_t)f->wish.limit) {
		f->out.len = (size_t)f->wish.limit;
		f->ended = true;
	}
	pv_ctx_done(&cx);
}

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	follower *f = arg;
	size_t n;

	if (f->at == f->out.len && !f->ended)
		fill(f);
	n = f->out.len - f->at < cap ? f->out.len - f->at : cap;
	memcpy(out, f->out.s ? f->out.s + f->at : "", n);
	f->at += n;
	return n || !f->ended ? (ptrdiff_t)n : -1;
}

static void
done(void *arg)
{
	follower *f = arg;

	pv_buf_done(&f->out);
}

static int
node_log(pv_ctx *cx, pv_api *api, const pv_log_wish *wish, pv_http_source *ret)
{
	const char *name = pv_text_at(wish->pod, "metadata.name", "");
	const pv_val *status = status_of(wish->pod, wish->container);
	follower *f = pv_new(cx->arena, follower);

	if (wish->previous && !pv_at(status, "lastState.terminated"))
		return pv_fail(cx, PV_EBADREQUEST,
			       "previous terminated container \"%s\" in pod \"%s\" not found",
			       wish->container, name);
	if (!pv_at(status, "state.running") && !pv_at(status, "state.terminated") && !wish->previous)
		return pv_fail(cx, PV_EBADREQUEST, "container \"%s\" in pod \"%s\" is waiting to start: %s",
			       wish->container, name,
			       pv_text_at(status, "state.waiting.reason", "ContainerCreating"));
	*f = (follower){.api = api,
			.wish = *wish,
			.ns = pv_strdup(cx->arena, pv_text_at(wish->pod, "metadata.namespace", "")),
			.name = pv_strdup(cx->arena, name),
			.uid = pv_strdup(cx->arena, pv_text_at(wish->pod, "metadata.uid", ""))};
	f->wish.container = pv_strdup(cx->arena, wish->container);
	f->wish.pod = NULL;
	pv_buf_init(&f->out, NULL);
	*ret = (pv_http_source){pull, done, f};
	return 0;
}

static bool
serves(const char *node_name)
{
	return pv_streq(node_name, NODE_NAME);
}

const pv_node simulated_node = {
	.serves = serves,
	.lacks =
		"is simulated and runs no containers, so there is nothing to run a command in, to attach or to "
		"connect to",
	.log = node_log,
};
