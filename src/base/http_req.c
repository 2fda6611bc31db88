/* What a handler can ask of a request and say in its answer. */
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/http_priv.h"
#include "base/str.h"
#include "base/time.h"

static void
write_peer(pv_http_req *req)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(req->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *sa = info != NULL ? info->client_addr : NULL;

	memcpy(req->peer, "unknown", sizeof "unknown");
	if (sa != NULL && sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;
		inet_ntop(AF_INET, &in->sin_addr, req->peer, sizeof req->peer);
	} else if (sa != NULL && sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
			inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], req->peer, sizeof req->peer);
		else
			inet_ntop(AF_INET6, &in6->sin6_addr, req->peer, sizeof req->peer);
	}
}

/* RFC 9112 section 3.2.2: servers take "GET http://host/path" too. */
static const char *
strip_authority(const char *target)
{
	const char *at = strstr(target, "://");

	if (target[0] == '/' || at == NULL)
		return target;
	at = strchr(at + 3, '/');
	return at != NULL ? at : "/";
}

/* Takes `target` (heap) over. */
void
http_req_init(pv_http_req *req, const char *method, char *target)
{
	const char *bare = strip_authority(target != NULL ? target : "/");
	const char *mark = strchr(bare, '?');

	pv_ctx_init(&req->cx, "request");
	req->started = pv_mono();
	req->method = method;
	req->target_len = target != NULL ? strlen(target) : 0;
	req->target = pv_strdup(req->cx.arena, bare);
	req->path = mark != NULL ? pv_strndup(req->cx.arena, bare, (size_t)(mark - bare)) : req->target;
	req->query = mark != NULL ? pv_strdup(req->cx.arena, mark + 1) : NULL;
	pv_buf_init(&req->body, NULL);
	pv_vec_init(&req->pairs, req->cx.arena, sizeof(http_pair));
	pv_vec_init(&req->headers, req->cx.arena, sizeof(http_pair));
	pv_vec_init(&req->answer, req->cx.arena, sizeof(http_pair));
	write_peer(req);
	free(target);
}

void
http_req_forget(pv_http_req *req)
{
	http_body_done(req);
	pv_ctx_done(&req->cx);
	req->method = req->target = req->path = "";
	req->query = req->type = NULL;
	req->pairs = req->headers = req->answer = (pv_vec){0};
}

const char *
pv_http_method(const pv_http_req *req)
{
	return req->method;
}

const char *
pv_http_path(const pv_http_req *req)
{
	return req->path;
}

const char *
pv_http_target(const pv_http_req *req)
{
	return req->target;
}

const char *
pv_http_peer(const pv_http_req *req)
{
	return req->peer;
}

pv_str
pv_http_body(const pv_http_req *req)
{
	return (pv_str){req->body.s, req->body.len};
}

const char *
pv_http_header(const pv_http_req *req, const char *name)
{
	return MHD_lookup_connection_value(req->mhd, MHD_HEADER_KIND, name);
}

static enum MHD_Result
add_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	pv_http_req *req = arg;
	http_pair pair = {name, value != NULL ? value : ""};

	(void)kind;
	pv_vec_push(&req->headers, &pair);
	return MHD_YES;
}

static bool
next_pair(const pv_vec *pairs, size_t *pos, const char **ret_name, const char **ret_value)
{
	if (*pos >= pairs->len)
		return false;
	*ret_name = PV_AT(http_pair, pairs, *pos)->name;
	*ret_value = PV_AT(http_pair, pairs, *pos)->value;
	++*pos;
	return true;
}

bool
pv_http_header_each(pv_http_req *req, size_t *pos, const char **ret_name, const char **ret_value)
{
	if (!req->listed)
		MHD_get_connection_values(req->mhd, MHD_HEADER_KIND, add_header, req);
	req->listed = true;
	return next_pair(&req->headers, pos, ret_name, ret_value);
}

/* "%2F" -> '/', '+' -> ' '.  A broken escape, and one of NUL, stays as it is. */
static char *
unescape(pv_arena *arena, pv_str raw)
{
	char *text = pv_alloc(arena, raw.len + 1), *out = text;

	for (size_t i = 0; i < raw.len; i++) {
		int high = raw.s[i] == '%' && i + 2 < raw.len ? pv_hex_digit(raw.s[i + 1]) : -1;
		int low = high >= 0 ? pv_hex_digit(raw.s[i + 2]) : -1;

		if (low >= 0 && high + low > 0) {
			*out++ = (char)(high << 4 | low);
			i += 2;
		} else {
			*out++ = raw.s[i] == '+' ? ' ' : raw.s[i];
		}
	}
	*out = '\0';
	return text;
}

static void
parse_query(pv_http_req *req)
{
	pv_str rest = pv_str_of(req->query), piece, name;

	req->parsed = true;
	while (pv_str_next(&rest, '&', &piece)) {
		http_pair pair;

		if (piece.len == 0 || !pv_str_next(&piece, '=', &name))
			continue;
		pair.name = unescape(req->cx.arena, name);
		pair.value = piece.s != NULL ? unescape(req->cx.arena, piece) : "";
		pv_vec_push(&req->pairs, &pair);
	}
}

bool
pv_http_query_each(pv_http_req *req, size_t *pos, const char **ret_name, const char **ret_value)
{
	if (!req->parsed)
		parse_query(req);
	return next_pair(&req->pairs, pos, ret_name, ret_value);
}

const char *
pv_http_query_at(pv_http_req *req, const char *name, int n)
{
	const char *key, *value;
	size_t pos = 0;

	while (pv_http_query_each(req, &pos, &key, &value))
		if (strcmp(key, name) == 0 && n-- == 0)
			return value;
	return NULL;
}

const char *
pv_http_query(pv_http_req *req, const char *name)
{
	return pv_http_query_at(req, name, 0);
}

bool
pv_http_query_has(pv_http_req *req, const char *name, const char *value)
{
	const char *key, *found;
	size_t pos = 0;

	while (pv_http_query_each(req, &pos, &key, &found))
		if (strcmp(key, name) == 0 && strcmp(found, value) == 0)
			return true;
	return false;
}

/* The n-th value of a part of the subject's name; NULL at the end. */
static const char *
subject_part(pv_arena *arena, gnutls_x509_crt_t cert, const char *oid, unsigned n)
{
	size_t size = 0;
	char *text;

	if (gnutls_x509_crt_get_dn_by_oid(cert, oid, n, 0, NULL, &size) != GNUTLS_E_SHORT_MEMORY_BUFFER)
		return NULL;
	text = pv_alloc0(arena, size + 1);
	if (gnutls_x509_crt_get_dn_by_oid(cert, oid, n, 0, text, &size) != 0)
		return NULL;
	return strlen(text) == size ? text : NULL; /* no NUL inside a name */
}

static bool
is_verified(gnutls_session_t tls)
{
	char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
	gnutls_typed_vdata_st want = {.type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)purpose};
	unsigned status = 0;

	return gnutls_certificate_verify_peers(tls, &want, 1, &status) == 0 && status == 0;
}

static void
read_subject(http_conn *conn, const gnutls_datum_t *der)
{
	gnutls_x509_crt_t cert;
	const char *org;

	if (gnutls_x509_crt_init(&cert) != 0)
		return;
	if (gnutls_x509_crt_import(cert, der, GNUTLS_X509_FMT_DER) == 0) {
		pv_ctx_init_small(&conn->cx, "client certificate");
		pv_vec_init(&conn->orgs, conn->cx.arena, sizeof(const char *));
		conn->cert_ends = (int64_t)gnutls_x509_crt_get_expiration_time(cert) * PV_SEC;
		conn->cn = subject_part(conn->cx.arena, cert, GNUTLS_OID_X520_COMMON_NAME, 0);
		for (unsigned i = 0;
		     (org = subject_part(conn->cx.arena, cert, GNUTLS_OID_X520_ORGANIZATION_NAME, i)); i++)
			pv_vec_push(&conn->orgs, &org);
	}
	gnutls_x509_crt_deinit(cert);
}

bool
pv_http_client_cert(pv_http_req *req, pv_ctx *cx, const char **ret_cn, pv_vec *ret_orgs, int64_t *ret_ends)
{
	http_conn *conn = req->conn;

	if (!conn->checked && req->http->conf.client_ca_pem != NULL) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(req->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		gnutls_session_t tls = info != NULL ? info->tls_session : NULL;
		unsigned n = 0;
		const gnutls_datum_t *chain = tls != NULL ? gnutls_certificate_get_peers(tls, &n) : NULL;

		conn->refused = chain != NULL && n > 0 && !is_verified(tls);
		if (chain != NULL && n > 0 && !conn->refused)
			read_subject(conn, &chain[0]);
	}
	conn->checked = true;
	if (conn->cn == NULL)
		return false;
	*ret_cn = pv_strdup(cx->arena, conn->cn);
	*ret_ends = conn->cert_ends;
	pv_vec_init(ret_orgs, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < conn->orgs.len; i++) {
		const char *org = pv_strdup(cx->arena, *PV_AT(const char *, &conn->orgs, i));
		pv_vec_push(ret_orgs, &org);
	}
	return true;
}

bool
pv_http_client_cert_refused(pv_http_req *req, pv_ctx *cx)
{
	const char *cn;
	int64_t ends;
	pv_vec orgs;

	return !pv_http_client_cert(req, cx, &cn, &orgs, &ends) && req->conn->refused;
}

/* "gzip", "gzip;q=0.5"; not "gzip;q=0" or "gzip; q=0.000". */
static bool
allows(pv_str range, const char *coding)
{
	pv_str name, q;

	pv_str_next(&range, ';', &name);
	name = pv_str_trim(name);
	if (name.len != strlen(coding) || strncasecmp(name.s, coding, name.len) != 0)
		return false;
	q = pv_str_trim(range);
	if (q.len < 3 || strncasecmp(q.s, "q=", 2) != 0)
		return true;
	for (size_t i = 2; i < q.len; i++)
		if (q.s[i] != '0' && q.s[i] != '.')
			return true;
	return false;
}

bool
pv_http_takes(const char *accept_encoding, const char *coding)
{
	pv_str rest = pv_str_of(accept_encoding), range;

	while (pv_str_next(&rest, ',', &range))
		if (allows(range, coding))
			return true;
	return false;
}

/* Control bytes would end the header line: they become blanks. */
void
pv_http_set(pv_http_req *req, const char *name, const char *value)
{
	char *clean = pv_strdup(req->cx.arena, value);
	http_pair pair = {pv_strdup(req->cx.arena, name), clean};

	for (; *clean != '\0'; clean++)
		if ((unsigned char)*clean < ' ' || *clean == 0x7f)
			*clean = ' ';
	pv_vec_push(&req->answer, &pair);
}

void
pv_http_keep(void *arg)
{
	(void)arg;
}

int
pv_http_answered(const pv_http_req *req)
{
	return req->status;
}

void
pv_http_reply(pv_http_req *req, int status, const char *type, pv_str body, void (*release)(void *arg),
	      void *arg)
{
	if (req->stream != NULL) {
		http_stream_end(req->stream);
		req->stream = NULL;
	}
	http_upgrade_free(req->upgrade);
	req->upgrade = NULL;
	if (req->release != NULL)
		req->release(req->release_arg);
	if (release == NULL)
		body.s = pv_strndup(req->cx.arena, body.s, body.len);
	req->status = status;
	req->type = type != NULL ? pv_strdup(req->cx.arena, type) : NULL;
	req->reply = body;
	req->release = release;
	req->release_arg = arg;
}
