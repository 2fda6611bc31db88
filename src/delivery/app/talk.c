/* talk: one command's talk with the server: Argo CD's API there, with the kubeconfig's identity. */
#include <string.h>
#include <time.h>

#include "base/httpc.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/app/verb.h"
#include "lang/json/json.h"

#define LOOK_AGAIN (100 * PV_MS)
#define ANSWER_WITHIN (120 * PV_SEC)

int
talk_ask(talk *t, const char *method, const char *path, const pv_val *body, const pv_val **ret)
{
	pv_client_call call = {.method = method, .path = path, .timeout_ns = ANSWER_WITHIN};
	const pv_val *unused;
	if (body)
		call.body = pv_str_of(pv_json_text(t->cx->arena, body));
	return pv_client_json(t->cx, t->client, &call, NULL, ret ? ret : &unused);
}

void
talk_take(talk *t, const char *word)
{
	pv_arena *arena = t->cx->arena;
	const char *slash = strrchr(word, '/');
	t->ns = slash ? pv_strndup(arena, word, (size_t)(slash - word))
		      : pv_args_text(t->args, "app-namespace", NULL);
	t->name = slash ? slash + 1 : word;
	t->path = pv_printf(arena, APPS "/%s", pv_url_escape(arena, t->name));
	t->query = t->ns ? pv_printf(arena, "?appNamespace=%s", pv_url_escape(arena, t->ns)) : "?";
}

const char *
talk_path(const talk *t, const char *rest)
{
	return pv_printf(t->cx->arena, "%s%s%s", t->path, rest, t->query);
}

const char *
talk_query(const talk *t, const talk_pair *pairs)
{
	pv_buf b;
	pv_buf_init(&b, t->cx->arena);
	for (; pairs->option; pairs++)
		for (size_t i = 0; pv_args_nth(t->args, pairs->option, i); i++)
			pv_buf_printf(&b, "&%s=%s", pairs->name,
				      pv_url_escape(t->cx->arena, pv_args_nth(t->args, pairs->option, i)));
	return b.len ? b.s : "";
}

int
talk_load(talk *t, const pv_val **ret)
{
	int r = talk_ask(t, NULL, talk_path(t, ""), NULL, ret);
	if (r == 0 && !t->ns) { /* where it was found it is looked for from now on */
		const char *ns = pv_text_at(*ret, "metadata.namespace", "");
		t->ns = *ns ? ns : NULL;
		t->query = *ns ? pv_printf(t->cx->arena, "?appNamespace=%s", pv_url_escape(t->cx->arena, ns))
			       : "?";
	}
	return r;
}

int
talk_load_all(talk *t, const pv_val **ret)
{
	static const talk_pair pairs[] = {{"project", "project"},
					  {"selector", "selector"},
					  {"repo", "repo"},
					  {"app-namespace", "appNamespace"},
					  {0}};
	const pv_val *list;
	int r = talk_ask(t, NULL, pv_printf(t->cx->arena, APPS "?%s", talk_query(t, pairs)), NULL, &list);
	*ret = r == 0 ? pv_get(list, "items") : NULL;
	return r;
}

int
talk_each(talk *t, int (*what)(talk *t))
{
	const pv_val *all = NULL;
	int r = 0;
	if (!pv_args_count(t->args) == !pv_args_has(t->args, "selector"))
		return pv_fail(t->cx, PV_EUSAGE,
			       "expected the names of Applications, or else -l LABEL=VALUE: pave %s shop",
			       pv_args_verb(t->args)->name);
	if (pv_args_has(t->args, "selector"))
		r = talk_load_all(t, &all);
	if (r == 0 && pv_args_has(t->args, "selector") && !pv_count(all))
		return pv_fail(t->cx, PV_ENOTFOUND, "no Application has these labels: %s",
			       pv_args_text(t->args, "selector", ""));
	for (size_t i = 0; r == 0 && i < pv_args_count(t->args) + pv_count(all); i++) {
		const pv_val *one = pv_count(all) ? pv_item(all, i) : NULL;
		talk_take(t, one ? pv_printf(t->cx->arena, "%s/%s", pv_text_at(one, "metadata.namespace", ""),
					     pv_text_at(one, "metadata.name", ""))
				 : pv_args_at(t->args, i));
		r = what(t);
	}
	return r;
}

int
talk_timeout(talk *t)
{
	const char *text = pv_args_text(t->args, "timeout", "0");
	int64_t ns = 0;
	if (pv_parse_int(pv_str_of(text), &ns) && ns >= 0 && ns <= INT32_MAX)
		ns = pv_seconds(ns);
	else if (!pv_duration_parse(pv_str_of(text), &ns) || ns < 0)
		return pv_fail(t->cx, PV_EUSAGE,
			       "--timeout: expected seconds or a duration such as 5m, found \"%s\"", text);
	t->until = ns ? pv_mono() + ns : 0;
	return 0;
}

int
talk_await(talk *t, bool (*done)(const talk *t, const pv_val *now), const pv_val **ret)
{
	struct timespec pause = {0, LOOK_AGAIN};
	int r;
	while ((r = talk_load(t, ret)) == 0 && !done(t, *ret)) {
		if (t->until && pv_mono() > t->until)
			return pv_fail(
				t->cx, PV_ETIMEOUT,
				"timed out (%s) waiting for application %s: sync %s, health %s, operation %s%s%s",
				pv_args_text(t->args, "timeout", ""), t->name,
				pv_text_at(*ret, "status.sync.status", "Unknown"),
				pv_text_at(*ret, "status.health.status", "Unknown"),
				pv_text_at(*ret, "status.operationState.phase", "none"),
				*pv_text_at(*ret, "status.operationState.message", "") ? ": " : "",
				pv_text_at(*ret, "status.operationState.message", ""));
		nanosleep(&pause, NULL);
	}
	return r;
}

int
talk_resource(pv_ctx *cx, const char *word, pv_val *ret)
{
	const char *first = strchr(word, ':'), *second = first ? strchr(first + 1, ':') : NULL, *slash;
	pv_objb b;
	if (!second || second == first + 1 || !second[1])
		return pv_fail(cx, PV_EUSAGE,
			       "--resource: expected GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME, such as "
			       "apps:Deployment:web or :ConfigMap:settings, found \"%s\"",
			       word);
	slash = strchr(second + 1, '/');
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "group", pv_stringn(cx->arena, word, (size_t)(first - word)));
	pv_objb_put(&b, "kind", pv_stringn(cx->arena, first + 1, (size_t)(second - first) - 1));
	if (slash)
		pv_objb_put(&b, "namespace", pv_stringn(cx->arena, second + 1, (size_t)(slash - second) - 1));
	pv_objb_puts(&b, "name", slash ? slash + 1 : second + 1);
	*ret = pv_objb_end(&b);
	return 0;
}

int
talk_run(pv_ctx *cx, const pv_args *args, bool named, int (*what)(talk *t))
{
	pv_client_conf conf = {.kubeconfig = pv_args_text(args, "kubeconfig", NULL),
			       .context = pv_args_text(args, "context", NULL)};
	talk t = {.cx = cx, .args = args, .query = "?"};
	int r;
	if (named && pv_args_count(args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected the name of an Application: pave %s shop",
			       pv_args_verb(args)->name);
	if (named)
		talk_take(&t, pv_args_at(args, 0));
	r = pv_client_open(cx, &conf, &t.client);
	if (r == 0)
		r = what(&t);
	pv_client_close(t.client);
	return r;
}
