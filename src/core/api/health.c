/* health: what is asked of a server that is alive, and of one that is to serve; each by its name, too. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/api/http.h"

typedef struct check {
	const char *name;
	bool (*ok)(const pv_api *api);
	const char *ailment; /* why it is not well; "": it cannot be unwell */
	bool life;           /* asked of one that is merely alive, too */
} check;

static bool
is_up(const pv_api *api)
{
	(void)api;
	return true;
}

static bool
has_log(const pv_api *api)
{
	(void)api;
	return fcntl(STDERR_FILENO, F_GETFD) >= 0;
}

static bool
store_answers(const pv_api *api)
{
	return pv_store_rev(api->store) >= 0;
}

static bool
has_started(const pv_api *api)
{
	return atomic_load(&api->ready);
}

static bool
takes_writes(const pv_api *api)
{
	return pv_store_writable(api->store);
}

static bool
is_sound(const pv_api *api)
{
	return pv_store_sound(api->store);
}

#define HOOK(name) \
	{ \
		"poststarthook/" name, has_started, "not yet", true \
	}

/* Probes ask for these by the names of a kube-apiserver; the store is its etcd.  A hook says whether its work at
 * the start is done, and whatever becomes of that later is no sickness; here all of it is done, in one go, before
 * the server says that it has started, so the hooks say that. */
static const check checks[] = {
	{"ping", is_up, "", true},
	{"log", has_log, "standard error is closed", true},
	{"etcd", store_answers, "the store does not answer", true},
	{"etcd-readiness", takes_writes, "the store's disk refuses writes", false},
	{"data", is_sound,
	 "the database on the disk is damaged, what runs is whole: make a backup now, and restore it", false},
	{"informer-sync", has_started, "not yet", false},
	HOOK("start-apiserver-admission-initializer"),
	HOOK("generic-apiserver-start-informers"),
	HOOK("priority-and-fairness-config-consumer"),
	HOOK("priority-and-fairness-filter"),
	HOOK("start-apiextensions-informers"),
	HOOK("start-apiextensions-controllers"),
	HOOK("crd-informer-synced"),
	HOOK("start-system-namespaces-controller"),
	HOOK("bootstrap-controller"),
	HOOK("rbac/bootstrap-roles"),
	HOOK("scheduling/bootstrap-system-priority-classes"),
	HOOK("priority-and-fairness-config-producer"),
	HOOK("start-cluster-authentication-info-controller"),
	HOOK("start-kubernetes-service-cidr-controller"),
	{"shutdown", is_up, "", false}, /* while it stops, base/http refuses this question, too */
};

static const char *const roots[] = {"healthz", "livez", "readyz"};

/* "/readyz/etcd" -> "readyz", and *ret_name "etcd", or "" for all of them; NULL: no such path. */
static const char *
root_of(const char *path, const char **ret_name)
{
	for (size_t i = 0; path[0] == '/' && i < PV_LEN(roots); i++) {
		size_t len = strlen(roots[i]);

		if (strncmp(path + 1, roots[i], len) != 0 || (path[len + 1] && path[len + 1] != '/'))
			continue;
		*ret_name = path[len + 1] ? path + len + 2 : "";
		return roots[i];
	}
	return NULL;
}

static bool
is_asked(const check *one, const char *root)
{
	return one->life || !pv_streq(root, "livez");
}

bool
health_has(const char *path)
{
	const char *name, *root = root_of(path, &name);

	for (size_t i = 0; root && i < PV_LEN(checks); i++)
		if (!name[0] || (pv_streq(name, checks[i].name) && is_asked(&checks[i], root)))
			return true;
	return false;
}

void
health_paths(pv_arena *arena, pv_vec *ret)
{
	for (size_t r = 0; r < PV_LEN(roots); r++) {
		const char *path = pv_printf(arena, "/%s", roots[r]);

		pv_vec_push(ret, &path);
		for (size_t i = 0; i < PV_LEN(checks); i++) {
			path = pv_printf(arena, "/%s/%s", roots[r], checks[i].name);
			if (is_asked(&checks[i], roots[r]))
				pv_vec_push(ret, &path);
		}
	}
}

static bool
ask(request *q, const check *one, pv_buf *text)
{
	bool out = pv_http_query_has(q->http, "exclude", one->name), ok = out || one->ok(q->api);

	if (ok)
		pv_buf_printf(text, "[+]%s %sok\n", one->name, out ? "excluded: " : "");
	else
		pv_buf_printf(text, "[-]%s failed: %s\n", one->name, one->ailment);
	return ok;
}

int
handle_health(request *q)
{
	const char *name = "", *root = root_of(q->path, &name);
	bool all = true;
	pv_buf text;

	pv_buf_init(&text, q->cx->arena);
	for (size_t i = 0; i < PV_LEN(checks); i++)
		if (is_asked(&checks[i], root) && (!name[0] || pv_streq(name, checks[i].name)))
			all = ask(q, &checks[i], &text) && all;
	if (all && (name[0] || !pv_http_query(q->http, "verbose")))
		return answer_text(q, 200, "ok");
	pv_buf_printf(&text, "%s check %s\n", root, all ? "passed" : "failed");
	return answer_text(q, all ? 200 : 503, text.s);
}

bool
handle_probe(request *q, int *ret)
{
	const char *name;

	if (!root_of(q->path, &name) || name[0])
		return false;
	*ret = pv_auth_public(q->api->auth, q->path) ? 0 : pv_auth_request(q->cx, q->api->auth, q->http);
	if (*ret == 0)
		*ret = handle_health(q);
	return true;
}

int
handle_slis(request *q)
{
	pv_buf text;

	pv_buf_init(&text, q->cx->arena);
	pv_buf_adds(&text, "# HELP kubernetes_healthcheck Is what this check asks for well (1) or not (0).\n"
			   "# TYPE kubernetes_healthcheck gauge\n");
	for (size_t r = 0; r < PV_LEN(roots); r++)
		for (size_t i = 0; i < PV_LEN(checks); i++)
			if (is_asked(&checks[i], roots[r]))
				pv_buf_printf(&text, "kubernetes_healthcheck{name=\"%s\",type=\"%s\"} %d\n",
					      checks[i].name, roots[r], checks[i].ok(q->api));
	q->status = 200;
	pv_http_reply(q->http, 200, PV_METRICS_TYPE, (pv_str){text.s, text.len}, pv_http_keep, NULL);
	return 0;
}
