/* web: requests of the child: to which addresses, with which token, and what has not changed since.
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "core/git/git.h"
#include "core/git/reach.h"
#include "delivery/applicationset/forge.h"
#include "lang/json/json.h"

#define PATIENCE (60 * PV_SEC)
#define ANSWER_MOST ((size_t)16 << 20)
#define REQUESTS_MOST 20000
#define ITEMS_MOST 20000

static int
out_of_reach(struct ask *a, const char *address)
{
	return reach_refused(a->cx, pv_git_plain_url(a->cx->arena, a->base), address);
}

int
forge_open(struct ask *a)
{
	struct reach *reach = pv_new(a->cx->arena, struct reach);
	pv_httpc_conf conf = {.ca_pem = pv_text_at(a->request, "authorities", NULL),
			      .insecure = pv_truth_at(a->request, "insecure", false),
			      .permits = reach_permits,
			      .permits_arg = reach};
	int r = 0;
	a->reach = reach;
	a->known = pv_get(a->request, "pages");
	pv_objb_init(&a->pages, a->cx->arena);
	pv_listb_init(&a->items, a->cx->arena);
	if (!pv_starts_with(a->base, "https://") && !pv_starts_with(a->base, "http://"))
		return pv_fail(a->cx, PV_EINVALID,
			       "expected an address such as https://HOST/, found \"%.*s\"",
			       PV_CLIP(pv_git_plain_url(a->cx->arena, a->base)));
	r = reach_init(a->cx, a->request, reach);
	return r < 0 ? r : pv_httpc_open(a->cx, &conf, &a->client);
}

void
forge_close(struct ask *a)
{
	a->client = pv_httpc_close(a->client);
}

/* ---- one request ---- */

static const char *
plain(struct ask *a, const char *url)
{
	return pv_git_plain_url(a->cx->arena, url);
}

static bool
is_used_up(const pv_httpc_answer *answer)
{
	const char *left = pv_httpc_header(answer, "x-ratelimit-remaining");
	return answer->status == 429 || (answer->status == 403 && ((left && pv_streq(left, "0")) ||
								   pv_httpc_header(answer, "retry-after")));
}

static int
refused(struct ask *a, const char *url, const pv_httpc_answer *answer)
{
	const char *reset = pv_httpc_header(answer, "x-ratelimit-reset"),
		   *secret = pv_text_at(a->request, "told", NULL);
	int64_t at;
	if (is_used_up(answer))
		return pv_fail(a->cx, PV_ETOOMANY, "%s: no more requests are taken for now (%d)%s%s",
			       plain(a, url), answer->status,
			       reset && pv_parse_int(pv_str_of(reset), &at) ? " until " : "",
			       reset && pv_parse_int(pv_str_of(reset), &at)
				       ? pv_time_format(a->cx->arena, at * PV_SEC)
				       : "");
	if (answer->status == 404)
		return pv_fail(a->cx, PV_ENOTFOUND, "%s: there is nothing (404)%s", plain(a, url),
			       secret ? "" : ", or it is not shown to whoever gives no token");
	if (answer->status == 401 || answer->status == 403)
		return pv_fail(a->cx, answer->status == 401 ? PV_EUNAUTHORIZED : PV_EFORBIDDEN,
			       "%s is refused (%d)%s%s", plain(a, url), answer->status,
			       secret ? " with the token of Secret " : ": it wants a token",
			       secret ? secret : "");
	return pv_fail(a->cx, PV_EUNAVAILABLE, "%s: expected an answer of 200, found %d", plain(a, url),
		       answer->status);
}

static int
request(struct ask *a, const char *method, const char *url, const char *etag, pv_str body,
	pv_httpc_answer *ret)
{
	const char *match = etag ? pv_printf(a->cx->arena, "If-None-Match: %s", etag) : NULL, *headers[5];
	pv_httpc_req req = {.method = method,
			    .url = url,
			    .headers = headers,
			    .body = body,
			    .timeout_ns = PATIENCE,
			    .limit = ANSWER_MOST};
	int64_t wait = pv_i64_at(a->request, "timeout", 0);
	struct reach *reach = a->reach;
	size_t n = 0;
	int r;
	headers[n++] = "Accept: application/json";
	if (body.len)
		headers[n++] = "Content-Type: application/json";
	if (a->auth)
		headers[n++] = a->auth;
	if (match)
		headers[n++] = match;
	headers[n] = NULL;
	if (wait > 0 && wait < 600)
		req.timeout_ns = wait * PV_SEC;
	if (++a->requests > REQUESTS_MOST)
		return pv_fail(a->cx, PV_ETOOLARGE,
			       "%s: more than %d requests are needed: choose fewer repositories",
			       plain(a, a->base), REQUESTS_MOST);
	reach->refused = NULL; /* another address may have answered the request before */
	r = pv_httpc_do(a->cx, a->client, &req, ret);
	if (r < 0 && reach->refused) {
		pv_recover(a->cx);
		return out_of_reach(a, reach->refused);
	}
	return r;
}

/* ---- pages ---- */

/* <https://...?page=2>; rel="next", <...>; rel="last" */
static const char *
next_of(struct ask *a, const pv_httpc_answer *answer)
{
	const char *link = pv_httpc_header(answer, "link");
	pv_str rest = pv_str_of(link), one;
	while (link && pv_str_next(&rest, ',', &one)) {
		const char *open = memchr(one.s, '<', one.len),
			   *close = open ? memchr(open, '>', one.len) : NULL;
		if (close && memmem(close, one.len - (size_t)(close - one.s), "rel=\"next\"", 10))
			return pv_strndup(a->cx->arena, open + 1, (size_t)(close - open) - 1);
	}
	return NULL;
}

static pv_val
kept_of(struct ask *a, const pv_val *doc, forge_trim trim)
{
	bool many = pv_is(doc, PV_LIST);
	size_t n = !trim || pv_is(doc, PV_NULL) ? 0 : many ? pv_count(doc) : 1;
	pv_listb list;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < n; i++)
		pv_listb_add(&list, trim(a, many ? pv_item(doc, i) : doc));
	return pv_listb_end(&list);
}

/* What a proxy says in a list's place is not taken for an empty one. */
static int
check_kind(struct ask *a, const char *url, const pv_val *doc, bool many)
{
	if (many ? pv_is(doc, PV_LIST) || pv_is(doc, PV_NULL) : pv_is(doc, PV_OBJECT))
		return 0;
	return pv_fail(a->cx, PV_EINVALID, "%s: expected a %s, found %s", plain(a, url),
		       many ? "list" : "map", pv_type_name(doc));
}

/* What is kept of the page: of the look before, if it has not changed. */
static int
page(struct ask *a, const char *url, forge_trim trim, bool many, const pv_val **ret)
{
	const pv_val *known = pv_get(a->known, url), *doc;
	pv_httpc_answer answer;
	pv_objb b;
	int r = request(a, NULL, url, pv_text_at(known, "etag", NULL), (pv_str){"", 0}, &answer);
	if (r < 0)
		return r;
	if (answer.status == 304 && known) {
		pv_objb_put(&a->pages, url, *known);
		*ret = known;
		return 0;
	}
	if (answer.status != 200)
		return refused(a, url, &answer);
	r = pv_json_parse(a->cx, answer.body, NULL, &doc);
	if (r < 0)
		return pv_wrap(a->cx, r, "%s", plain(a, url));
	r = trim ? check_kind(a, url, doc, many) : 0;
	if (r < 0)
		return r;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "etag", pv_httpc_header(&answer, "etag"));
	pv_objb_puts(&b, "next", next_of(a, &answer));
	pv_objb_put(&b, "items", kept_of(a, doc, trim));
	*ret = pv_box(a->cx->arena, pv_objb_end(&b));
	pv_objb_put(&a->pages, url, **ret);
	return 0;
}

static int
walk(struct ask *a, const char *path, forge_trim trim, bool many, forge_each each, void *arg)
{
	const char *url = pv_printf(a->cx->arena, "%s%s", a->base, path);
	size_t n = 0;
	int r = 0;
	while (r == 0 && url) {
		const pv_val *found, *items;
		r = page(a, url, trim, many, &found);
		items = r == 0 ? pv_get(found, "items") : NULL;
		n += pv_count(items);
		if (r == 0 && n > ITEMS_MOST)
			return pv_fail(a->cx, PV_ETOOLARGE, "%s: more than %d entries", plain(a, url),
				       ITEMS_MOST);
		for (size_t i = 0; r == 0 && i < pv_count(items); i++)
			r = each(a, pv_item(items, i), arg);
		url = r == 0 ? pv_text_at(found, "next", NULL) : NULL;
		if (url && !pv_starts_with(url, a->base)) /* the token is for nobody else */
			return pv_fail(a->cx, PV_EINVALID, "%s: its next page is said to be elsewhere, at %s",
				       plain(a, a->base), plain(a, url));
	}
	return r;
}

int
forge_walk(struct ask *a, const char *path, forge_trim trim, forge_each each, void *arg)
{
	return walk(a, path, trim, true, each, arg);
}

int
forge_one(struct ask *a, const char *path, forge_trim trim, forge_each each, void *arg)
{
	return walk(a, path, trim, false, each, arg);
}

int
forge_has(struct ask *a, const char *path, bool *ret)
{
	const pv_val *found;
	int r = page(a, pv_printf(a->cx->arena, "%s%s", a->base, path), NULL, false, &found);
	*ret = r == 0;
	if (r != -PV_ENOTFOUND)
		return r;
	pv_recover(a->cx);
	return 0;
}

int
forge_send(struct ask *a, const char *method, const char *path, const pv_val *body)
{
	const char *url = pv_printf(a->cx->arena, "%s%s", a->base, path);
	pv_httpc_answer answer;
	int r = request(a, method, url, NULL, pv_str_of(pv_json_text(a->cx->arena, body)), &answer);
	return r < 0 || (answer.status >= 200 && answer.status < 300) ? r : refused(a, url, &answer);
}

int
forge_post(struct ask *a, const char *path, const pv_val *body, const pv_val **ret)
{
	const char *url = pv_printf(a->cx->arena, "%s%s", a->base, path);
	pv_httpc_answer answer;
	pv_buf text;
	int r;
	pv_buf_init(&text, a->cx->arena);
	pv_json_write(&text, body);
	r = request(a, "POST", url, NULL, (pv_str){text.s, text.len}, &answer);
	if (r < 0)
		return r;
	if (answer.status != 200)
		return refused(a, url, &answer);
	r = pv_json_parse(a->cx, answer.body, NULL, ret);
	return r < 0 ? pv_wrap(a->cx, r, "%s", plain(a, url)) : 0;
}
