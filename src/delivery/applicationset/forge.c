/* forge: the facts: what the child is asked, and with which Secret.  No token is in a fact's key, nor in an error. */
#include "delivery/applicationset/forge.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/time.h"
#include "core/api/api.h"
#include "core/git/reach.h"
#include "delivery/applicationset/applicationset.h"

#define HOME "argocd"
#define SECRET_TYPE "argocd.argoproj.io/secret-type"

const forge_api *
forge_of(const char *name)
{
	static const forge_api *const all[] = {&forge_github, &forge_gitlab, &forge_gitea};
	for (size_t i = 0; i < PV_LEN(all); i++)
		if (pv_streq(all[i]->name, name))
			return all[i];
	return NULL;
}

/* ---- in the child ---- */

const char *
forge_asked(struct ask *a, const char *name)
{
	return pv_url_escape(a->cx->arena, pv_text_at(a->request, name, ""));
}

/* GitHub's own server has its API at api.github.com, another one's below /api/v3. */
static const char *
base_of(pv_arena *arena, const forge_api *f, const char *api)
{
	size_t n = strlen(api);
	const char *suffix = f->suffix;
	if (!n)
		return f == &forge_github || !f->api ? f->api : pv_printf(arena, "%s%s", f->api, f->suffix);
	while (n > 0 && api[n - 1] == '/')
		n--;
	api = pv_strndup(arena, api, n);
	if (pv_ends_with(api, pv_printf(arena, "/%.*s", (int)strlen(suffix) - 1, suffix)) ||
	    (f == &forge_github && strstr(api, "://api.")))
		return pv_printf(arena, "%s/", api);
	return pv_printf(arena, "%s/%s", api, suffix);
}

static int
ask_plugin(struct ask *a)
{
	const pv_val *answer, *list;
	int r = forge_post(a, "api/v1/getparams.execute", pv_get(a->request, "body"), &answer);
	if (r < 0)
		return r;
	list = pv_at(answer, "output.parameters");
	if (!pv_is(list, PV_LIST))
		return pv_fail(a->cx, PV_EINVALID, "%s: expected {\"output\": {\"parameters\": [...]}}",
			       a->base);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_listb_add(&a->items, *pv_item(list, i));
	return 0;
}

static int
run(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	const char *token = pv_text_at(request, "token", ""), *api = pv_text_at(request, "api", "");
	const forge_api *f = forge_of(pv_text_at(request, "forge", ""));
	struct ask a = {.cx = cx, .request = request, .forge = f};
	size_t n = strlen(api);
	pv_objb b;
	int r;
	a.base = f ? base_of(cx->arena, f, api)
		   : pv_printf(cx->arena, "%s%s", api, n && api[n - 1] == '/' ? "" : "/");
	a.auth =
		*token ? pv_printf(cx->arena, "%s %s", f ? f->header : "Authorization: Bearer", token) : NULL;
	if (!a.base || strpbrk(token, "\r\n"))
		return pv_fail(cx, PV_EINVALID,
			       !a.base ? "expected the address of an API, found none"
				       : "the token has more than one line");
	r = forge_open(&a);
	if (r == 0)
		r = !f                                                  ? ask_plugin(&a)
		    : pv_streq(pv_text_at(request, "ask", ""), "say")   ? forge_say(&a)
		    : pv_streq(pv_text_at(request, "ask", ""), "pulls") ? f->pulls(&a)
									: f->repos(&a);
	forge_close(&a);
	if (r < 0)
		return f ? pv_wrap(cx, r, "%s", f->title) : r;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "items", pv_listb_end(&a.items));
	pv_objb_put(&b, "pages", pv_objb_end(&a.pages));
	*ret = pv_objb_end(&b);
	return 0;
}

/* ---- outside ---- */

static const pv_val *
object_of(pv_ctx *cx, const forge_reader *from, const char *type, const char *ns, const char *name)
{
	return from->find(cx, from->of, type, ns, name);
}

static const pv_val *
stored(pv_ctx *cx, void *of, const char *type, const char *ns, const char *name)
{
	pv_key key = {type, ns, name};
	pv_api *api = pv_facts_api(of);
	const pv_rec *rec = api ? pv_store_find(cx, pv_api_store(api), &key) : NULL;
	return rec ? pv_rec_val(rec) : NULL;
}

/* Outside namespace argocd only a Secret that says it is for this: whoever writes an ApplicationSet there need not be
 * one who may read Secrets. */
static int
may_use(pv_ctx *cx, const pv_val *secret, const char *ns, const char *name)
{
	const char *type = pv_text(pv_get(pv_at(secret, "metadata.labels"), SECRET_TYPE), "");
	if (pv_streq(ns, HOME) || pv_streq(type, "scm-creds"))
		return 0;
	return pv_fail(cx, PV_EFORBIDDEN,
		       "Secret %s/%s: outside namespace " HOME " only a Secret with the label " SECRET_TYPE
		       ": scm-creds is used",
		       ns, name);
}

static int
put_token(pv_ctx *cx, const forge_reader *from, const pv_val *ref, pv_objb *request)
{
	const char *ns = pv_text_at(ref, "namespace", ""), *name = pv_text_at(ref, "name", ""),
		   *key = pv_text_at(ref, "key", ""), *text;
	const pv_val *secret = object_of(cx, from, "/Secret", ns, name);
	size_t len;
	int r;
	if (!secret)
		return pv_fail(cx, PV_ENOTFOUND, "there is no Secret %s/%s with the token", ns, name);
	r = may_use(cx, secret, ns, name);
	if (r < 0)
		return r;
	text = pv_text(pv_get(pv_get(secret, "data"), key), NULL);
	text = text ? (const char *)pv_unbase64(cx->arena, pv_str_of(text), false, &len)
		    : pv_text(pv_get(pv_get(secret, "stringData"), key), NULL); /* in a file */
	if (!text)
		return pv_fail(cx, PV_ENOTFOUND, "Secret %s/%s has no key %s with the token", ns, name, key);
	pv_objb_puts(request, "token", text);
	pv_objb_put(request, "told", pv_stringf(cx->arena, "%s/%s", ns, name));
	return 0;
}

static int
put_authorities(pv_ctx *cx, const forge_reader *from, const pv_val *ref, pv_objb *request)
{
	const char *ns = pv_text_at(ref, "namespace", ""), *name = pv_text_at(ref, "name", ""),
		   *key = pv_text_at(ref, "key", "");
	const pv_val *map = object_of(cx, from, "/ConfigMap", ns, name);
	const char *text = pv_text(pv_get(pv_get(map, "data"), key), NULL);
	if (!text)
		return pv_fail(cx, PV_ENOTFOUND, "there is no ConfigMap %s/%s with a key %s (authorities)",
			       ns, name, key);
	pv_objb_puts(request, "authorities", text);
	return 0;
}

int
forge_find(pv_ctx *cx, const forge_reader *from, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	const pv_val *secret = pv_get(args, "secret"), *ca = pv_get(args, "ca");
	pv_val request;
	pv_objb b;
	int r = 0;
	pv_objb_from(&b, cx->arena, args);
	if (secret)
		r = put_token(cx, from, secret, &b);
	if (r == 0 && ca)
		r = put_authorities(cx, from, ca, &b);
	if (r < 0)
		return r;
	if (pv_get(previous, "pages"))
		pv_objb_put(&b, "pages", *pv_get(previous, "pages"));
	reach_put(from->api, &b);
	request = pv_objb_end(&b);
	return pv_job_run(cx, FORGE_JOB, &request, NULL, NULL, ret);
}

int
forge_find_for(pv_ctx *cx, pv_facts *facts, const pv_val *args, pv_val *ret)
{
	const forge_reader from = {stored, facts, pv_facts_api(facts)};
	return forge_find(cx, &from, args, NULL, ret);
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	const forge_reader from = {stored, facts, pv_facts_api(facts)};
	return forge_find(cx, &from, args, previous, ret);
}

static bool
is_named(const pv_val *ref, const pv_rec *rec, const char *type)
{
	const pv_key *key = pv_rec_key(rec);
	return ref && pv_streq(key->type, type) && pv_streq(key->ns, pv_text_at(ref, "namespace", "")) &&
	       pv_streq(key->name, pv_text_at(ref, "name", ""));
}

static bool
heeds(pv_ctx *cx PV_UNUSED, const pv_val *args, const pv_rec *rec)
{
	return is_named(pv_get(args, "secret"), rec, "/Secret") ||
	       is_named(pv_get(args, "ca"), rec, "/ConfigMap");
}

/* ---- a plugin ---- */

/* "$secret:key", or "$key" of Secret argocd-secret. */
static pv_val
token_ref(pv_ctx *cx, const char *text)
{
	const char *colon = strchr(text, ':');
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "namespace", HOME);
	pv_objb_puts(&b, "name",
		     colon ? pv_strndup(cx->arena, text + 1, (size_t)(colon - text) - 1) : "argocd-secret");
	pv_objb_puts(&b, "key", colon ? colon + 1 : text + 1);
	return pv_objb_end(&b);
}

int
forge_find_plugin(pv_ctx *cx, const forge_reader *from, const pv_val *args, pv_val *ret)
{
	const char *name = pv_text_at(args, "map.name", "");
	const pv_val *data = pv_get(object_of(cx, from, "/ConfigMap", HOME, name), "data");
	const char *url = pv_text_at(data, "baseUrl", ""), *token = pv_text_at(data, "token", "");
	int64_t timeout = 30;
	pv_val body = pv_null(), request = pv_null(), ref;
	if (!data)
		return pv_fail(cx, PV_ENOTFOUND, "there is no ConfigMap " HOME "/%s", name);
	if (!*url || *token != '$')
		return pv_fail(
			cx, PV_EINVALID,
			"ConfigMap " HOME
			"/%s: expected baseUrl, and token as $SECRET:KEY or $KEY of Secret argocd-secret",
			name);
	if (pv_get(data, "requestTimeout") &&
	    !pv_parse_int(pv_strv(pv_get(data, "requestTimeout")), &timeout))
		return pv_fail(cx, PV_EINVALID,
			       "ConfigMap " HOME "/%s: requestTimeout: expected seconds, found \"%.*s\"",
			       name, PV_CLIP(pv_text_at(data, "requestTimeout", "")));
	body = pv_with(cx->arena, &body, "applicationSetName", pv_string_ref(pv_text_at(args, "name", "")));
	body = pv_with_at(cx->arena, &body, "input.parameters", *pv_get(args, "input"));
	ref = token_ref(cx, token);
	request = pv_with(cx->arena, &request, "api", pv_string_ref(url));
	request = pv_with(cx->arena, &request, "body", body);
	request = pv_with(cx->arena, &request, "timeout", pv_int(timeout));
	request = pv_with(cx->arena, &request, "secret", ref);
	return forge_find(cx, from, &request, NULL, ret);
}

static int
plugin_find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous PV_UNUSED, pv_val *ret)
{
	const forge_reader from = {stored, facts, pv_facts_api(facts)};
	return forge_find_plugin(cx, &from, args, ret);
}

/* Its ConfigMap says which Secret, so any of them may be it. */
static bool
plugin_heeds(pv_ctx *cx PV_UNUSED, const pv_val *args, const pv_rec *rec)
{
	const pv_key *key = pv_rec_key(rec);
	return is_named(pv_get(args, "map"), rec, "/ConfigMap") ||
	       (pv_streq(key->type, "/Secret") && pv_streq(key->ns, HOME));
}

/* ---- somebody says that something is new ---- */

static bool
same_name(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

void
applicationset_touch(pv_ctx *cx, pv_facts *facts, const char *name)
{
	pv_facts_touch_all(cx, facts, FORGE_FACT, "watch", name, same_name);
}

static const char *const reads[] = {"/Secret", "/ConfigMap", NULL};

const pv_fact_kind forge_fact = {.name = FORGE_FACT,
				 .find = find,
				 .reads = reads,
				 .heeds = heeds,
				 .refresh_ns = 1800 * PV_SEC,
				 .retry_most_ns = 600 * PV_SEC};
const pv_fact_kind plugin_fact = {.name = PLUGIN_FACT,
				  .find = plugin_find,
				  .reads = reads,
				  .heeds = plugin_heeds,
				  .refresh_ns = 1800 * PV_SEC,
				  .retry_most_ns = 600 * PV_SEC};
const pv_job_kind forge_job = {.name = FORGE_JOB, .run = run, .network = true, .timeout_ns = 600 * PV_SEC};
