#include "unit/delivery/fake_cluster.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/http.h"
#include "base/str.h"
#include "base/vec.h"

#define LIST "{\"kind\": \"List\", \"metadata\": {\"resourceVersion\": \"1\"}, \"items\": []}"

typedef struct saying {
	const char *request, *body;
	int times, status; /* times: -1: all */
} saying;

struct fake_cluster {
	pv_http *http;
	pthread_mutex_t lock; /* of all below */
	pv_ctx cx;
	pv_vec sayings; /* of saying */
	pv_vec heard;   /* const char * */
};

/* ---- what it says by itself ---- */

static const char discovery[] =
	"{\"kind\": \"APIGroupDiscoveryList\", \"items\": [{\"metadata\": {\"name\": \"\"}, \"versions\": "
	"[{\"version\": \"v1\", \"resources\": ["
	"{\"resource\": \"configmaps\", \"responseKind\": {\"kind\": \"ConfigMap\"}, \"scope\": \"Namespaced\", "
	"\"verbs\": [\"list\", \"watch\"]},"
	"{\"resource\": \"secrets\", \"responseKind\": {\"kind\": \"Secret\"}, \"scope\": \"Namespaced\", "
	"\"verbs\": [\"list\", \"watch\"]},"
	"{\"resource\": \"events\", \"responseKind\": {\"kind\": \"Event\"}, \"scope\": \"Namespaced\", "
	"\"verbs\": [\"list\", \"watch\"]},"
	"{\"resource\": \"namespaces\", \"responseKind\": {\"kind\": \"Namespace\"}, \"scope\": \"Cluster\", "
	"\"verbs\": [\"list\", \"watch\"]}]}]}]}";

static const saying by_itself[] = {
	{"GET /version", "{\"gitVersion\": \"v1.34.4\"}", -1, 200},
	{"GET /api", discovery, -1, 200},
	{"GET /apis", "{\"kind\": \"APIGroupDiscoveryList\", \"items\": []}", -1, 200},
	{"GET /api/v1/configmaps", LIST, -1, 200},
	{"GET /api/v1/secrets", LIST, -1, 200},
	{"GET /api/v1/namespaces", LIST, -1, 200},
	{"GET /api/v1/namespaces/a/configmaps", LIST, -1, 200},
	{"GET /api/v1/namespaces/a/secrets", LIST, -1, 200},
	{"GET /api/v1/namespaces/b/configmaps", LIST, -1, 200},
	{"GET /api/v1/namespaces/b/secrets", LIST, -1, 200},
};

/* ---- a watch: its lines, and then nothing any more ---- */

typedef struct lines {
	char *text;
	size_t sent;
} lines;

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	lines *l = arg;
	size_t left = strlen(l->text) - l->sent, n = left < cap ? left : cap;

	memcpy(out, l->text + l->sent, n);
	l->sent += n;
	return (ptrdiff_t)n;
}

static void
done(void *arg)
{
	lines *l = arg;

	free(l->text);
	free(l);
}

static int
stream(pv_http_req *req, const char *text)
{
	lines *l = calloc(1, sizeof(*l));
	pv_http_source source = {pull, done, l};

	l->text = strdup(text);
	(void)pv_http_stream_open(req, 200, "application/json", &source);
	return 0;
}

/* ---- answering ---- */

/* The newest that is left; by itself, or {NULL}. */
static saying
about(fake_cluster *f, const char *request)
{
	for (size_t i = f->sayings.len; i > 0; i--) {
		saying *s = PV_AT(saying, &f->sayings, i - 1);

		if (!pv_streq(s->request, request) || s->times == 0)
			continue;
		s->times -= s->times > 0;
		return *s;
	}
	for (size_t i = 0; i < PV_LEN(by_itself); i++)
		if (pv_streq(by_itself[i].request, request))
			return by_itself[i];
	return (saying){0};
}

static int
handle(pv_ctx *cx, pv_http_req *req, void *arg)
{
	fake_cluster *f = arg;
	bool watch = pv_streq(pv_http_query(req, "watch"), "true");
	const char *request = pv_printf(cx->arena, "%s %s", watch ? "WATCH" : pv_http_method(req),
					pv_http_path(req)),
		   *copy;
	saying s;

	pthread_mutex_lock(&f->lock);
	copy = pv_strdup(f->cx.arena, request);
	pv_vec_push(&f->heard, &copy);
	s = about(f, request);
	pthread_mutex_unlock(&f->lock);
	if (watch && (!s.request || s.status == 200))
		return stream(req, s.request ? s.body : "");
	if (!s.request)
		return pv_fail(cx, PV_ENOTFOUND, "%s: not found", request);
	pv_http_reply(req, s.status, "application/json", pv_str_of(s.body), pv_http_keep, NULL);
	return 0;
}

static void
fail_answer(pv_ctx *cx, pv_http_req *req, void *arg PV_UNUSED)
{
	pv_http_reply(req, pv_code_http(cx->err->code), "text/plain", pv_str_of(cx->err->message), NULL,
		      NULL);
}

/* ---- for tests ---- */

fake_cluster *
fake_cluster_open(void)
{
	fake_cluster *f = calloc(1, sizeof(*f));
	pv_http_conf conf = {.host = "127.0.0.1",
			     .threads = 1,
			     .body_limit = 1 << 20,
			     .handle = handle,
			     .fail = fail_answer,
			     .arg = f};

	pthread_mutex_init(&f->lock, NULL);
	pv_ctx_init(&f->cx, "fake cluster");
	pv_vec_init(&f->sayings, f->cx.arena, sizeof(saying));
	pv_vec_init(&f->heard, f->cx.arena, sizeof(const char *));
	PV_ASSERT(pv_http_open(&f->cx, &conf, &f->http) == 0);
	return f;
}

fake_cluster *
fake_cluster_close(fake_cluster *f)
{
	pv_http_close(f->http);
	pv_ctx_done(&f->cx);
	pthread_mutex_destroy(&f->lock);
	free(f);
	return NULL;
}

int
fake_cluster_port(const fake_cluster *f)
{
	return pv_http_port(f->http);
}

void
fake_cluster_says(fake_cluster *f, const char *request, int times, int status, const char *body)
{
	saying *s;

	pthread_mutex_lock(&f->lock);
	s = pv_vec_add(&f->sayings);
	*s = (saying){pv_strdup(f->cx.arena, request), pv_strdup(f->cx.arena, body), times ? times : -1,
		      status};
	pthread_mutex_unlock(&f->lock);
}

int
fake_cluster_heard(fake_cluster *f, const char *request)
{
	int n = 0;

	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->heard.len; i++)
		n += pv_streq(*PV_AT(const char *, &f->heard, i), request);
	pthread_mutex_unlock(&f->lock);
	return n;
}
