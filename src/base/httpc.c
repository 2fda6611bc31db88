/* Requests through libcurl's easy handles, which keep their connections. */
#include "base/httpc.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/httpc_priv.h"
#include "base/str.h"
#include "base/time.h"

#define IDLE_HANDLES 8
#define TIMEOUT (30 * PV_SEC)
#define CONNECT_TIMEOUT_MS 10000L
#define BODY_LIMIT ((size_t)64 << 20)
#define HEADER_LIMIT 1000

struct pv_httpc {
	pv_ctx cx; /* holds the copy of conf */
	pv_httpc_conf conf;
	pthread_mutex_t mutex;
	CURL *idle[IDLE_HANDLES];
	size_t n_idle;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
init_curl(void)
{
	PV_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

void
httpc_start(void)
{
	pthread_once(&once, init_curl);
}

static const char *
copy(pv_httpc *c, const char *s)
{
	return s != NULL ? pv_strdup(c->cx.arena, s) : NULL;
}

int
pv_httpc_open(pv_ctx *cx, const pv_httpc_conf *conf, pv_httpc **ret)
{
	static const pv_httpc_conf none;
	pv_httpc *c = calloc(1, sizeof *c);

	PV_ASSERT(c != NULL);
	httpc_start();
	if (conf == NULL)
		conf = &none;
	pv_ctx_init(&c->cx, "http client");
	pthread_mutex_init(&c->mutex, NULL);
	c->conf = *conf;
	c->conf.ca_pem = copy(c, conf->ca_pem);
	c->conf.cert_pem = copy(c, conf->cert_pem);
	c->conf.key_pem = copy(c, conf->key_pem);
	c->conf.token = copy(c, conf->token);
	c->conf.user = copy(c, conf->user);
	c->conf.password = copy(c, conf->password);
	c->conf.proxy = copy(c, conf->proxy);
	c->conf.no_proxy = copy(c, conf->no_proxy);
	if ((conf->cert_pem == NULL) != (conf->key_pem == NULL)) {
		pv_httpc_close(c);
		return pv_fail(cx, PV_EINVALID, "a client certificate and its key come together, found one");
	}
	*ret = c;
	return 0;
}

pv_httpc *
pv_httpc_close(pv_httpc *c)
{
	if (c == NULL)
		return NULL;
	for (size_t i = 0; i < c->n_idle; i++)
		curl_easy_cleanup(c->idle[i]);
	pthread_mutex_destroy(&c->mutex);
	pv_ctx_done(&c->cx);
	free(c);
	return NULL;
}

const pv_httpc_conf *
httpc_conf_of(const pv_httpc *c)
{
	return &c->conf;
}

static CURL *
take_handle(pv_httpc *c)
{
	CURL *curl = NULL;

	pthread_mutex_lock(&c->mutex);
	if (c->n_idle > 0)
		curl = c->idle[--c->n_idle];
	pthread_mutex_unlock(&c->mutex);
	if (curl == NULL)
		curl = curl_easy_init();
	PV_ASSERT(curl != NULL);
	return curl;
}

static void
give_handle(pv_httpc *c, CURL *curl)
{
	curl_easy_reset(curl); /* its connections stay */
	pthread_mutex_lock(&c->mutex);
	if (c->n_idle < IDLE_HANDLES) {
		c->idle[c->n_idle++] = curl;
		curl = NULL;
	}
	pthread_mutex_unlock(&c->mutex);
	if (curl != NULL)
		curl_easy_cleanup(curl);
}

/* ---- what comes back ---- */

static size_t
on_header(char *bytes, size_t size, size_t n, void *arg)
{
	exchange *x = arg;
	pv_str rest = {bytes, size * n}, name;
	const char **pair;

	if (rest.len >= 5 && memcmp(rest.s, "HTTP/", 5) == 0) { /* another answer: a redirect's end */
		pv_vec_init(&x->answer->headers, x->cx->arena, sizeof(const char *[2]));
		(void)pv_str_next(&rest, ' ', &name);
		(void)pv_str_next(&rest, ' ', &name); /* the status */
		rest = pv_str_trim(rest);
		x->answer->reason = rest.s ? pv_strndup(x->cx->arena, rest.s, rest.len) : "";
		return size * n;
	}
	if (!pv_str_next(&rest, ':', &name) || rest.s == NULL)
		return size * n;
	if (x->answer->headers.len >= HEADER_LIMIT)
		return 0;
	rest = pv_str_trim(rest);
	pair = pv_vec_add(&x->answer->headers);
	pair[0] = pv_str_lower(x->cx->arena, pv_strndup(x->cx->arena, name.s, name.len));
	pair[1] = pv_strndup(x->cx->arena, rest.s, rest.len);
	return size * n;
}

static int
give_line(exchange *x)
{
	pv_str line = {x->body.s, x->body.len};

	if (line.len > 0 && line.s[line.len - 1] == '\r')
		line.len--;
	x->stopped = x->req->on_line(x->req->arg, line) != 0;
	pv_buf_clear(&x->body);
	return x->stopped ? -1 : 0;
}

static bool
has_lines(const exchange *x)
{
	long status = 0;

	if (x->req->on_line == NULL)
		return false;
	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	return status < 300;
}

/* Returning less than was given makes libcurl end the transfer. */
static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	exchange *x = arg;
	pv_str rest = {bytes, size * n};
	bool lines = has_lines(x);

	while (rest.len > 0) {
		const char *end = lines ? memchr(rest.s, '\n', rest.len) : NULL;
		size_t len = end != NULL ? (size_t)(end - rest.s) : rest.len;

		if (x->body.len + len > x->limit) {
			x->too_large = true;
			return 0;
		}
		pv_buf_add(&x->body, rest.s, len);
		if (end == NULL)
			break;
		if (give_line(x) < 0)
			return 0;
		rest.s += len + 1;
		rest.len -= len + 1;
	}
	return size * n;
}

/* ---- what is sent ---- */

static void
set_blob(CURL *curl, CURLoption option, const char *pem)
{
	struct curl_blob blob = {.data = (void *)(uintptr_t)pem, .len = strlen(pem), .flags = CURL_BLOB_COPY};

	curl_easy_setopt(curl, option, &blob);
}

void
httpc_set_trust(CURL *curl, const pv_httpc_conf *conf)
{
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (conf->ca_pem != NULL) { /* these authorities and no others */
		curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
		set_blob(curl, CURLOPT_CAINFO_BLOB, conf->ca_pem);
	}
	if (conf->cert_pem != NULL) {
		set_blob(curl, CURLOPT_SSLCERT_BLOB, conf->cert_pem);
		set_blob(curl, CURLOPT_SSLKEY_BLOB, conf->key_pem);
	}
	if (conf->insecure) {
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

void
httpc_set_proxy(CURL *curl, const pv_httpc_conf *conf)
{
	if (conf->proxy != NULL) {
		curl_easy_setopt(curl, CURLOPT_PROXY, conf->proxy);
		curl_easy_setopt(curl, CURLOPT_NOPROXY, conf->no_proxy != NULL ? conf->no_proxy : "");
	} else if (!conf->use_proxy_env) {
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	}
}

static void
set_credentials(CURL *curl, const pv_httpc_conf *conf)
{
	if (conf->token != NULL) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, conf->token);
	} else if (conf->user != NULL) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, conf->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, conf->password != NULL ? conf->password : "");
	}
}

/* Milliseconds that the request may take; 0: no limit. */
static long
patience(const pv_ctx *cx, const pv_httpc_req *req)
{
	int64_t ns = req->timeout_ns == 0 ? TIMEOUT : req->timeout_ns < 0 ? 0 : req->timeout_ns;

	if (cx->deadline_ns != 0) {
		int64_t left = cx->deadline_ns - pv_mono();
		if (left < PV_MS)
			left = PV_MS;
		if (ns == 0 || left < ns)
			ns = left;
	}
	return ns == 0 ? 0 : (long)((ns + PV_MS - 1) / PV_MS);
}

static void
set_body(CURL *curl, const pv_httpc_req *req)
{
	const char *method = req->method != NULL ? req->method : "GET";
	bool wants_body = pv_streq(method, "POST") || pv_streq(method, "PUT") || pv_streq(method, "PATCH");

	if (pv_streq(method, "HEAD")) {
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
		return;
	}
	if (req->body.len > 0 || wants_body) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, req->body.len > 0 ? req->body.s : "");
	}
	if (!pv_streq(method, "GET") || req->body.len > 0)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
}

static int
set_headers(exchange *x)
{
	bool typed = false;

	if (x->req->method != NULL && strpbrk(x->req->method, " \t\r\n") != NULL)
		return pv_fail(x->cx, PV_EBADREQUEST, "a request method holds a blank or a line end");
	for (const char *const *h = x->req->headers; h != NULL && *h != NULL; h++) {
		if (strpbrk(*h, "\r\n") != NULL)
			return pv_fail(x->cx, PV_EBADREQUEST, "a request header holds a line end");
		typed = typed || strncasecmp(*h, "content-type:", 13) == 0;
		x->headers = curl_slist_append(x->headers, *h);
	}
	if (!typed) /* libcurl would call it a form */
		x->headers = curl_slist_append(x->headers, "Content-Type:");
	x->headers = curl_slist_append(x->headers, "Expect:"); /* and wait for a 100 */
	curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->headers);
	return 0;
}

static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	return ((const pv_httpc_req *)arg)->ended(((const pv_httpc_req *)arg)->ended_arg);
}

int
httpc_prepare(exchange *x, const pv_httpc_conf *conf)
{
	CURL *curl = x->curl;
	long ms = patience(x->cx, x->req);

	x->limit = x->req->limit > 0 ? x->req->limit : BODY_LIMIT;
	pv_buf_init(&x->body, x->cx->arena);
	pv_vec_init(&x->answer->headers, x->cx->arena, sizeof(const char *[2]));
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->why);
	curl_easy_setopt(curl, CURLOPT_URL, x->req->url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, x->req->redirects > 0 ? 1L : 0L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)x->req->redirects);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
			 ms > 0 && ms < CONNECT_TIMEOUT_MS ? ms : CONNECT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "pave/" PAVE_VERSION);
	httpc_set_proxy(curl, conf);
	httpc_set_reach(curl, conf);
	if (x->req->connect != NULL) {
		x->connect = curl_slist_append(NULL, pv_printf(x->cx->arena, "::%s", x->req->connect));
		curl_easy_setopt(curl, CURLOPT_CONNECT_TO, x->connect);
	}
	if (x->req->ended != NULL) {
		curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
		curl_easy_setopt(curl, CURLOPT_XFERINFODATA, (void *)(uintptr_t)x->req);
	}
	if (x->req->on_line == NULL)
		curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
	httpc_set_trust(curl, conf);
	set_credentials(curl, conf);
	set_body(curl, x->req);
	return set_headers(x);
}

/* ---- errors ---- */

int
httpc_code(CURLcode e)
{
	switch (e) {
	case CURLE_OPERATION_TIMEDOUT: return PV_ETIMEOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR: return PV_EUNAUTHORIZED;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_TOO_MANY_REDIRECTS:
	case CURLE_BAD_FUNCTION_ARGUMENT: return PV_EBADREQUEST;
	default: return PV_EUNAVAILABLE;
	}
}

/* Whose clock is wrong a client cannot know, but it can say what its own is. */
static const char *
clock_advice(pv_ctx *cx, const char *why)
{
	bool early = strstr(why, "not yet valid") != NULL;

	if (!early && !strstr(why, "certificate has expired"))
		return "";
	return pv_printf(
		cx->arena,
		" (this machine's clock says %s: if that is wrong, set it; if it is right, the server's "
		"certificates were made %s)",
		pv_time_format(cx->arena, pv_now()),
		early ? "when its clock was ahead" : "long ago: restart it, or renew them");
}

static int
fail(exchange *x, CURLcode e)
{
	const char *method = x->req->method != NULL ? x->req->method : "GET";
	const char *url = pv_httpc_bare(x->cx->arena, x->req->url);

	if (x->too_large)
		return pv_fail(x->cx, PV_ETOOLARGE, "%s %s: the answer is over the limit of %zu bytes%s",
			       method, url, x->limit, has_lines(x) ? " a line" : "");
	return pv_fail(x->cx, httpc_code(e), "%s %s: %s%s", method, url,
		       x->why[0] != '\0' ? x->why : curl_easy_strerror(e), clock_advice(x->cx, x->why));
}

int
httpc_end(exchange *x, CURLcode e)
{
	long status = 0;

	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	x->answer->status = (int)status;
	if (e != CURLE_OK && !x->stopped)
		return fail(x, e);
	if (has_lines(x)) {
		if (!x->stopped && x->body.len > 0)
			give_line(x);
		pv_buf_clear(&x->body);
	}
	x->answer->body = (pv_str){x->body.s, x->body.len};
	x->answer->type = pv_httpc_header(x->answer, "content-type");
	if (x->answer->type == NULL)
		x->answer->type = "";
	return 0;
}

int
pv_httpc_do(pv_ctx *cx, pv_httpc *client, const pv_httpc_req *req, pv_httpc_answer *ret)
{
	pv_httpc_answer answer = {.reason = ""};
	exchange x = {.cx = cx, .req = req, .answer = &answer, .curl = take_handle(client)};
	int r;

	r = httpc_prepare(&x, &client->conf);
	if (r == 0)
		r = httpc_end(&x, curl_easy_perform(x.curl));
	give_handle(client, x.curl);
	curl_slist_free_all(x.headers);
	curl_slist_free_all(x.connect);
	if (r == 0)
		*ret = answer;
	return r;
}

const char *
pv_httpc_header(const pv_httpc_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->headers.len; i++) {
		const char **pair = pv_vec_at(&answer->headers, i);
		if (strcasecmp(pair[0], name) == 0)
			return pair[1];
	}
	return NULL;
}

/* RFC 3986 section 2.3: what is not unreserved is escaped. */
char *
pv_url_escape(pv_arena *arena, const char *text)
{
	pv_buf b;

	pv_buf_init(&b, arena);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    memchr("-._~", c, 4) != NULL)
			pv_buf_addc(&b, (char)c);
		else
			pv_buf_printf(&b, "%%%02X", c);
	}
	return b.s;
}
