/* logs: what the containers of an Application's Pods said, as lines {"result": {"content", "timeStamp", "podName",
 * "last"}}, the Pods one after another. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "base/turn.h"
#include "core/session/session.h"
#include "delivery/argocd/tree.h"
#include "lang/json/json.h"

#define LOGS_MOST (16u << 20) /* bytes of all Pods */
#define PIECE 65536

struct reader {
	call *c;
	pv_buf out;
	const char *filter; /* what a line must have; "" for all */
	bool without;       /* must not have */
	bool exact;         /* in that case */
	size_t read;
};

static bool
passes(const struct reader *r, pv_str text)
{
	const char *line;
	if (!*r->filter)
		return true;
	line = pv_strndup(r->c->cx->arena, text.s, text.len);
	line = r->exact ? line : pv_str_lower(r->c->cx->arena, line);
	return (strstr(line, r->filter) != NULL) != r->without;
}

static void
put_entry(struct reader *r, const char *pod, pv_str text, bool last)
{
	pv_arena *arena = r->c->cx->arena;
	const char *stamp = "", *space = text.len ? memchr(text.s, ' ', text.len) : NULL;
	pv_objb b;
	pv_val v;
	int64_t ns;
	if (space && pv_time_parse((pv_str){text.s, (size_t)(space - text.s)}, &ns)) {
		stamp = pv_strndup(arena, text.s, (size_t)(space - text.s));
		text = (pv_str){space + 1, text.len - (size_t)(space - text.s) - 1};
	}
	if (!last && !passes(r, text))
		return;
	pv_objb_init(&b, arena);
	pv_objb_put(&b, "content", pv_stringn(arena, text.s ? text.s : "", text.len));
	pv_objb_puts(&b, "podName", pod);
	pv_objb_put(&b, "last", pv_bool(last));
	if (*stamp) {
		pv_objb_puts(&b, "timeStamp", stamp);
		pv_objb_puts(&b, "timeStampStr", stamp);
	}
	v = pv_objb_end(&b);
	v = pv_with(arena, NULL, "result", v);
	pv_json_write(&r->out, &v);
	pv_buf_addc(&r->out, '\n');
}

static int
take(struct reader *r, const pv_http_source *from, pv_buf *text)
{
	ptrdiff_t n;
	int e = 0;
	while (e == 0 && (n = from->pull(from->arg, pv_buf_grow(text, PIECE), PIECE)) > 0) {
		text->len += (size_t)n;
		r->read += (size_t)n;
		e = r->read > LOGS_MOST
			    ? pv_fail(r->c->cx, PV_ETOOLARGE,
				      "the logs are larger than %u MiB: say ?tailLines= or ?podName=",
				      LOGS_MOST >> 20)
			    : pv_ctx_check(r->c->cx);
	}
	return e;
}

static int
read_pod(struct reader *r, const pv_val *pod, const char *container, pv_log_wish wish)
{
	const char *node_name = pv_text_at(pod, "spec.nodeName", ""),
		   *name = pv_text_at(pod, "metadata.name", "");
	const pv_node *at = pv_api_node(r->c->api, node_name);
	pv_http_source from;
	pv_buf text;
	pv_str rest, one;
	int e;
	if (!at || !at->log)
		return *node_name ? pv_fail(r->c->cx, PV_EUNSUPPORTED,
					    "pod %s is on the node %s, whose logs this server does not have",
					    name, node_name)
				  : 0;
	wish.pod = pod;
	wish.container = container;
	e = at->log(r->c->cx, r->c->api, &wish, &from);
	if (e < 0)
		return e;
	pv_buf_init(&text, r->c->cx->arena);
	e = take(r, &from, &text);
	from.done(from.arg);
	rest = (pv_str){text.s, text.len};
	while (e == 0 && pv_str_next(&rest, '\n', &one))
		put_entry(r, name, one, false);
	return e;
}

static bool
is_asked_for(call *c, const node *n)
{
	const char *const parts[][2] = {
		{"group", n->group}, {"kind", n->kind}, {"namespace", n->ns}, {"resourceName", n->name}};
	for (size_t i = 0; i < PV_LEN(parts); i++)
		if (*call_query(c, parts[i][0]) && !pv_streq(call_query(c, parts[i][0]), parts[i][1]))
			return false;
	return true;
}

/* A Pod that is named, or is asked for, or came of what is. */
static bool
is_wanted(call *c, const pv_vec *nodes, const node *n, const char *pod)
{
	if (!pv_streq(n->kind, "Pod") || *n->group || !n->rec || (*pod && !pv_streq(pod, n->name)))
		return false;
	while (!*pod && n && !is_asked_for(c, n))
		n = tree_parent(nodes, n);
	return n != NULL;
}

static int
read_wish(call *c, pv_log_wish *ret)
{
	static const char *const times[] = {"sinceTime", "sinceTime.seconds", "untilTime"};
	int64_t seconds = -1;
	for (size_t i = 0; i < PV_LEN(times); i++)
		if (*call_query(c, times[i]))
			return pv_fail(c->cx, PV_EUNSUPPORTED, "?%s= is not supported yet: say sinceSeconds",
				       times[i]);
	*ret = (pv_log_wish){.since = -1, .tail = -1, .limit = -1, .timestamps = true};
	ret->previous = pv_streq(call_query(c, "previous"), "true");
	if (pv_streq(call_query(c, "follow"), "true"))
		return pv_fail(c->cx, PV_EUNSUPPORTED,
			       "?follow=true is not supported yet: ask again, or follow with "
			       "kubectl logs -f");
	if (*call_query(c, "tailLines") && !pv_parse_int(pv_str_of(call_query(c, "tailLines")), &ret->tail))
		return pv_fail(c->cx, PV_EBADREQUEST, "tailLines: expected a number, found \"%s\"",
			       call_query(c, "tailLines"));
	if (*call_query(c, "sinceSeconds") &&
	    !pv_parse_int(pv_str_of(call_query(c, "sinceSeconds")), &seconds))
		return pv_fail(c->cx, PV_EBADREQUEST, "sinceSeconds: expected a number, found \"%s\"",
			       call_query(c, "sinceSeconds"));
	ret->tail = ret->tail > 0 ? ret->tail : -1; /* 0: all, as upstream */
	ret->since = seconds > 0 ? pv_now() - pv_seconds(seconds) : -1;
	return 0;
}

/* Past Kubernetes' RBAC, or with the caller's own right to that Pod's log. */
static int
check_logs(call *c, const target *f, const node *n)
{
	return rights_check(c->rights, "logs", "get", f->rbac, n->ns, n->name, NULL);
}

static int
tell(call *c, const char *pod)
{
	const char *filter = call_query(c, "filter");
	struct reader r = {
		.c = c, .without = *filter == '!', .exact = pv_streq(call_query(c, "matchCase"), "true")};
	const char *container = call_query(c, "container");
	pv_log_wish wish;
	pv_vec nodes;
	target f;
	bool any = false;
	int e = application_find(c, c->part[0], "get", &f);
	filter += r.without;
	r.filter = r.exact ? filter : pv_str_lower(c->cx->arena, filter);
	if (e == 0)
		e = application_check_here(c, &f);
	if (e == 0)
		e = read_wish(c, &wish);
	if (e == 0)
		e = tree_of(c, &f, &nodes);
	pv_buf_init(&r.out, c->cx->arena);
	for (size_t i = 0; e == 0 && i < nodes.len; i++) {
		const node *n = PV_AT(node, &nodes, i);
		const pv_val *object = n->rec ? pv_rec_val(n->rec) : NULL;
		if (!is_wanted(c, &nodes, n, pod))
			continue;
		any = true;
		e = check_logs(c, &f, n);
		if (e == 0)
			e = read_pod(&r, object,
				     *container ? container
						: pv_text_at(pv_item(pv_at(object, "spec.containers"), 0),
							     "name", ""),
				     wish);
	}
	if (e == 0 && !any)
		e = pv_fail(c->cx, PV_EBADREQUEST, "application %s has no such Pod", f.name);
	if (e < 0)
		return e;
	put_entry(&r, "", PV_STR(""), true);
	pv_http_set(c->req, "Cache-Control", "no-store");
	pv_http_reply(c->req, 200, "application/json", (pv_str){r.out.s, r.out.len}, NULL, NULL);
	return 0;
}

static int
logs(call *c)
{
	return tell(c, call_query(c, "podName"));
}

static int
pod_logs(call *c)
{
	return tell(c, c->part[1]);
}

const struct path application_log_paths[] = {
	{"GET", "v1/applications/{}/logs", logs, 0},
	{"GET", "v1/applications/{}/pods/{}/logs", pod_logs, 0},
	{NULL, NULL, NULL, 0},
};
