/* github: a commit's status, deployments, comments, checks and dispatches, as a GitHub App.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/github/ */
#include <string.h>

#include "base/arena.h"
#include "base/jwa.h"
#include "base/time.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "delivery/notifications/inside.h"
#include "lang/json/json.h"

#define DESCRIPTION_MOST 140
#define COMMENT_MOST 65536

typedef struct hub {
	message *m;
	const char *base, *auth; /* "https://api.github.com", "Authorization: ..." */
	const char *repo;        /* "owner/name" */
	const char *revision;
} hub;

static int
ask(hub *h, const char *method, const char *path, const pv_val *body, const pv_val **ret)
{
	const request c = {.method = method,
			   .url = pv_printf(h->m->cx->arena, "%s/%s", h->base, path),
			   .headers = {h->auth, "Accept: application/vnd.github+json",
				       "X-GitHub-Api-Version: 2022-11-28"},
			   .what = "GitHub"};
	return http_json(h->m, &c, body, ret);
}

/* ---- who we are: a token of the App's installation ---- */

static const char *
encoded(pv_arena *arena, const pv_val *v)
{
	const char *text = pv_json_text(arena, v);
	return pv_base64(arena, text, strlen(text), true);
}

static int
signed_claims(message *m, const char **ret)
{
	pv_arena *arena = m->cx->arena;
	int64_t now = pv_now() / PV_SEC;
	pv_val header = pv_with(arena, NULL, "alg", pv_string_ref("RS256")), claims;
	const pv_jwa_key *key;
	pv_str signature;
	const char *input;
	int r = pv_jwa_private(m->cx, pv_str_of(option(m, "privateKey", "")), &key);
	if (r < 0) {
		pv_recover(m->cx);
		return pv_fail(m->cx, PV_EINVALID, "GitHub: privateKey: expected the App's RSA key in PEM");
	}
	header = pv_with(arena, &header, "typ", pv_string_ref("JWT"));
	claims = pv_with(arena, NULL, "iat", pv_int(now - 60));
	claims = pv_with(arena, &claims, "exp", pv_int(now + 540));
	claims = pv_with(arena, &claims, "iss", pv_string_ref(option(m, "appID", "")));
	input = pv_printf(arena, "%s.%s", encoded(arena, &header), encoded(arena, &claims));
	r = pv_jwa_sign(m->cx, "RS256", key, pv_str_of(input), &signature);
	*ret = r == 0 ? pv_printf(arena, "%s.%s", input, pv_base64(arena, signature.s, signature.len, true))
		      : NULL;
	return r;
}

static int
sign_in(hub *h)
{
	pv_arena *arena = h->m->cx->arena;
	const char *token, *installation = option(h->m, "installationID", "");
	const pv_val *answer;
	int r = signed_claims(h->m, &token);
	if (r < 0)
		return r;
	h->auth = pv_printf(arena, "Authorization: Bearer %s", token);
	r = ask(h, "POST",
		pv_printf(arena, "app/installations/%s/access_tokens", pv_url_escape(arena, installation)),
		NULL, &answer);
	if (r == 0)
		h->auth = pv_printf(arena, "Authorization: token %s", pv_text_at(answer, "token", ""));
	return r;
}

/* ---- what can be said ---- */

/* At most so many characters, the last of them dots. */
static const char *
cut(pv_arena *arena, const char *text, size_t most)
{
	size_t len = strlen(text), at = 0, kept = 0, n = 0;
	uint32_t rune;
	for (; at < len; n++) {
		int step = pv_utf8_step(text + at, len - at, &rune);
		at += step > 0 ? (size_t)step : 1;
		kept = n + 1 == most - 3 ? at : kept;
	}
	return n > most ? pv_printf(arena, "%.*s...", (int)kept, text) : text;
}

static const char *
path_of(hub *h, const char *rest)
{
	return pv_printf(h->m->cx->arena, "repos/%s/%s", h->repo, rest);
}

static int
say_status(hub *h, const pv_val *part)
{
	pv_arena *arena = h->m->cx->arena;
	const char *path = path_of(h, pv_printf(arena, "statuses/%s", pv_url_escape(arena, h->revision)));
	pv_val body;
	pv_objb b;
	int r;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "state", pv_text_at(part, "state", ""));
	pv_objb_puts(&b, "description", cut(arena, message_text(h->m), DESCRIPTION_MOST));
	pv_objb_puts(&b, "context", pv_text_at(part, "label", ""));
	pv_objb_puts(&b, "target_url", pv_text_at(part, "targetURL", ""));
	body = pv_objb_end(&b);
	r = ask(h, "POST", path, &body, NULL);
	if (r < 0 && strstr(pv_error_text(h->m->cx), "error code 422")) /* too many of them: it stays so */
		h->m->final = true;
	return r;
}

static int
deployment_of(hub *h, const pv_val *part, int64_t *ret_id)
{
	pv_arena *arena = h->m->cx->arena;
	const char *environment = pv_text_at(part, "environment", ""),
		   *ref = pv_text_at(part, "reference", "");
	const pv_val *found, *contexts = pv_get(part, "requiredContexts");
	pv_val body;
	pv_objb b;
	int r = ask(
		h, "GET",
		path_of(h, pv_printf(arena, "deployments?ref=%s&environment=%s",
				     pv_url_escape(arena, h->revision), pv_url_escape(arena, environment))),
		NULL, &found);
	if (r == 0 && pv_count(found)) {
		*ret_id = pv_i64_at(pv_item(found, 0), "id", 0);
		return 0;
	}
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "ref", *ref ? ref : h->revision);
	pv_objb_puts(&b, "environment", environment);
	pv_objb_put(&b, "required_contexts", contexts ? *contexts : pv_list_of(arena, NULL, 0));
	pv_objb_put(&b, "auto_merge", pv_bool(pv_truth_at(part, "autoMerge", true)));
	pv_objb_put(&b, "transient_environment", pv_bool(pv_truth_at(part, "transientEnvironment", false)));
	body = pv_objb_end(&b);
	r = r < 0 ? r : ask(h, "POST", path_of(h, "deployments"), &body, &found);
	*ret_id = r == 0 ? pv_i64_at(found, "id", 0) : 0;
	return r;
}

static int
say_deployment(hub *h, const pv_val *part)
{
	pv_arena *arena = h->m->cx->arena;
	int64_t id;
	pv_val body;
	pv_objb b;
	int r = deployment_of(h, part, &id);
	if (r < 0)
		return r;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "state", pv_text_at(part, "state", ""));
	pv_objb_puts(&b, "log_url", pv_text_at(part, "logURL", ""));
	pv_objb_puts(&b, "description", cut(arena, message_text(h->m), DESCRIPTION_MOST));
	pv_objb_puts(&b, "environment", pv_text_at(part, "environment", ""));
	pv_objb_puts(&b, "environment_url", pv_text_at(part, "environmentURL", ""));
	body = pv_objb_end(&b);
	return ask(h, "POST", path_of(h, pv_printf(arena, "deployments/%lld/statuses", (long long)id)), &body,
		   NULL);
}

/* The comment that bears the tag; 0: there is none. */
static int
comment_with(hub *h, int64_t number, const char *mark, int64_t *ret)
{
	const pv_val *list;
	int r = ask(h, "GET",
		    path_of(h, pv_printf(h->m->cx->arena, "issues/%lld/comments?per_page=100",
					 (long long)number)),
		    NULL, &list);
	*ret = 0;
	for (size_t i = 0; r == 0 && *mark && i < pv_count(list) && !*ret; i++)
		if (strstr(pv_text_at(pv_item(list, i), "body", ""), mark))
			*ret = pv_i64_at(pv_item(list, i), "id", 0);
	return r;
}

static int
say_comment(hub *h, const pv_val *part)
{
	pv_arena *arena = h->m->cx->arena;
	const char *tag = pv_text_at(part, "commentTag", ""),
		   *mark = *tag ? pv_printf(arena, "<!-- argocd-notifications %s -->", tag) : "",
		   *text = cut(arena, pv_text_at(part, "content", ""), COMMENT_MOST - strlen(mark) - 1);
	const pv_val body = pv_with(arena, NULL, "body",
				    pv_string_ref(*tag ? pv_printf(arena, "%s\n%s", text, mark) : text)),
		     *pulls;
	int r = ask(h, "GET",
		    path_of(h, pv_printf(arena, "commits/%s/pulls", pv_url_escape(arena, h->revision))), NULL,
		    &pulls);
	for (size_t i = 0; r == 0 && i < pv_count(pulls); i++) {
		int64_t number = pv_i64_at(pv_item(pulls, i), "number", 0), have = 0;
		r = *tag ? comment_with(h, number, mark, &have) : 0;
		if (r == 0 && have)
			r = ask(h, "PATCH",
				path_of(h, pv_printf(arena, "issues/comments/%lld", (long long)have)), &body,
				NULL);
		else if (r == 0)
			r = ask(h, "POST",
				path_of(h, pv_printf(arena, "issues/%lld/comments", (long long)number)),
				&body, NULL);
	}
	return r;
}

static int
say_check(hub *h, const pv_val *part)
{
	static const char *const fields[] = {"name",       "details_url", "status",
					     "conclusion", "started_at",  "completed_at"};
	const char *status = pv_text_at(part, "status", ""), *conclusion = pv_text_at(part, "conclusion", "");
	bool done = pv_streq(status, "completed") || *pv_text_at(part, "completed_at", "");
	const pv_val *output = pv_get(part, "output");
	pv_val body;
	pv_objb b;
	if (done && !*conclusion)
		return pv_fail(
			h->m->cx, PV_EINVALID,
			"github checkrun: conclusion is required when status is completed or completed_at is set");
	pv_objb_init(&b, h->m->cx->arena);
	for (size_t i = 0; i < PV_LEN(fields); i++)
		if (*pv_text_at(part, fields[i], ""))
			pv_objb_puts(&b, fields[i], pv_text_at(part, fields[i], ""));
	if (*conclusion && !*status)
		pv_objb_puts(&b, "status", "completed");
	pv_objb_puts(&b, "head_sha", h->revision);
	pv_objb_puts(&b, "external_id", "argocd-notifications");
	if (output)
		pv_objb_put(&b, "output", *output);
	body = pv_objb_end(&b);
	return ask(h, "POST", path_of(h, "check-runs"), &body, NULL);
}

static int
say_dispatch(hub *h, const pv_val *part)
{
	const char *text = pv_text_at(part, "client_payload", "");
	const pv_val *payload = NULL;
	pv_val body = pv_with(h->m->cx->arena, NULL, "event_type",
			      pv_string_ref(pv_text_at(part, "event_type", "")));
	int r = *text ? pv_json_parse(h->m->cx, pv_str_of(text), NULL, &payload) : 0;
	if (r < 0)
		return pv_wrap(h->m->cx, r, "github: repositoryDispatch.client_payload");
	if (payload)
		body = pv_with(h->m->cx->arena, &body, "client_payload", *payload);
	return ask(h, "POST", path_of(h, "dispatches"), &body, NULL);
}

static const struct {
	const char *part;
	int (*say)(hub *h, const pv_val *part);
} parts[] = {{"status", say_status},
	     {"deployment", say_deployment},
	     {"pullRequestComment", say_comment},
	     {"checkRun", say_check},
	     {"repositoryDispatch", say_dispatch}};

/* A name that cannot lead elsewhere in the API; and where the Application is from as it says itself, its project
 * must permit that: who writes one would have the App's token speak to any repository. */
static int
check_repo(message *m, const char *repo, const char *url)
{
	const char *project = pv_text_at(m->app, "spec.project", ""), *type = "argoproj.io/AppProject";
	const char *name = *project ? project : "default",
		   *own = pv_text_at(m->app, "spec.source.repoURL", "");
	if (!strchr(repo, '/'))
		return pv_fail(m->cx, PV_EINVALID, "GitHub.repoURL (%.*s) does not have a `/`", PV_CLIP(url));
	if (strpbrk(repo, "?#%\\ ") || strstr(repo, ".."))
		return pv_fail(m->cx, PV_EINVALID, "GitHub.repoURL (%.*s): expected https://HOST/OWNER/NAME",
			       PV_CLIP(url));
	if (!m->app || !m->api || !pv_git_same(own, url) ||
	    application_permits_repo(m->cx->arena, stored(m->cx, m->api, type, HOME, name),
				     stored(m->cx, m->api, type, m->ns, name), m->ns, name, url))
		return 0;
	m->final = true;
	return pv_fail(m->cx, PV_EFORBIDDEN, "GitHub: repository %s is not permitted in project '%s'",
		       pv_git_plain_url(m->cx->arena, url), name);
}

int
send_github(message *m)
{
	const char *url = own_text(m, "repoURLPath", "");
	hub h = {.m = m,
		 .base = base_url(m, "enterpriseBaseURL", "https://api.github.com"),
		 .repo = repo_full_name(m->cx->arena, url),
		 .revision = own_text(m, "revisionPath", "")};
	int r;
	if (!m->own)
		return pv_fail(m->cx, PV_EINVALID,
			       "GitHub: config is empty: the template has no github part");
	r = check_repo(m, h.repo, url);
	r = r < 0 ? r : sign_in(&h);
	for (size_t i = 0; r == 0 && i < PV_LEN(parts); i++)
		if (pv_get(m->own, parts[i].part))
			r = parts[i].say(&h, pv_get(m->own, parts[i].part));
	return r;
}
