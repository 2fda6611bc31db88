/* Heads of requests that two readers may understand in two ways, which is how a request is
 * smuggled past a proxy: they are refused, as RFC 9112 wants it. */
#include <string.h>
#include <strings.h>

#include "base/http_priv.h"

static size_t
count(pv_http_req *req, const char *name)
{
	const char *key, *value;
	size_t pos = 0, n = 0;

	while (pv_http_header_each(req, &pos, &key, &value))
		n += strcasecmp(key, name) == 0;
	return n;
}

static bool
is_among(unsigned char c, const char *others)
{
	return (c | 32u) - 'a' < 26u || (unsigned)c - '0' < 10u || (c != '\0' && strchr(others, c) != NULL);
}

/* A token (RFC 9110, 5.6.2). */
static bool
is_token(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (!is_among((unsigned char)*p, "!#$%&'*+-.^_`|~"))
			return false;
	return *text != '\0';
}

/* A host, and a port (RFC 3986, 3.2.2). */
static bool
is_host(const char *text)
{
	for (; *text != '\0'; text++)
		if (!is_among((unsigned char)*text, "!$%&'()*+,-.:;=[]_~"))
			return false;
	return true;
}

/* from: the first byte that is none; tab: but a tab is fine. */
static bool
has_control(const char *text, unsigned from, bool tab)
{
	for (const char *p = text; *p != '\0'; p++)
		if (((unsigned char)*p < from && !(tab && *p == '\t')) || *p == 0x7f)
			return true;
	return false;
}

/* Between two pieces of a head, as microhttpd leaves it: up to so many bytes that ended lines, and blanks.  What
 * else is there stood behind a NUL, or was folded: another reader would have it. */
static bool
is_cut(const char *end, const char *next, size_t lines)
{
	size_t ended = 0;

	if ((uintptr_t)next < (uintptr_t)end)
		return true;
	for (const char *p = end; p != next; p++)
		if (*p == '\0')
			ended++;
		else if (*p != ' ' && *p != '\t')
			return true;
	return ended > lines;
}

static const char *
cut_fault(pv_http_req *req, const char *version)
{
	const union MHD_ConnectionInfo *size =
		MHD_get_connection_info(req->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	const char *key, *value, *end = version + strlen(version);
	size_t pos = 0;
	bool cut = version != req->method + strlen(req->method) + 1 + req->target_len + 1;

	if (cut)
		return "the address (URI) has a NUL, or more than a blank before or behind it (RFC 9112, 3)";
	while (!cut && pv_http_header_each(req, &pos, &key, &value)) {
		cut = is_cut(end, key, 2);
		end = value + strlen(value);
	}
	if (cut || (size != NULL && is_cut(end, req->method + size->header_size, 4)))
		return "a header has a NUL, or goes on in another line (RFC 9110, 5.5; RFC 9112, 5.2)";
	return NULL;
}

static const char *
header_fault(pv_http_req *req)
{
	const char *key, *value;
	size_t pos = 0;

	while (pv_http_header_each(req, &pos, &key, &value)) {
		if (!is_token(key))
			return "a header has a blank in its name, before its colon, or a byte that no name has "
			       "(RFC 9112, 5.1)";
		if (has_control(value, ' ', true))
			return "a header has a control character in its value (RFC 9110, 5.5)";
	}
	return NULL;
}

/* Of the first line; the target without its scheme and host. */
static const char *
line_fault(const pv_http_req *req)
{
	if (!is_token(req->method))
		return "the method has a byte that no method has (RFC 9110, 9.1)";
	if (has_control(req->target, ' ' + 1, false))
		return "the address (URI) has a blank or a control character: expected it escaped, as in %20";
	if (*req->target != '/' && strcmp(req->target, "*") != 0 && strcmp(req->method, "CONNECT") != 0)
		return "the address (URI) does not begin with a slash (RFC 9112, 3.2)";
	return NULL;
}

const char *
http_head_fault(pv_http_req *req, const char *version)
{
	size_t lengths = count(req, "Content-Length"), codings = count(req, "Transfer-Encoding");
	const char *coding = pv_http_header(req, "Transfer-Encoding");
	const char *host = pv_http_header(req, "Host"), *fault = line_fault(req);
	bool old = strcmp(version, "HTTP/1.1") != 0;

	if (fault == NULL)
		fault = header_fault(req);
	if (fault == NULL)
		fault = cut_fault(req, version);
	if (fault != NULL)
		return fault;
	if (count(req, "Host") > 1)
		return "the request has more than one Host header (RFC 9112, 3.2)";
	if (host == NULL && !old)
		return "the request has no Host header (RFC 9112, 3.2)";
	if (host != NULL && !is_host(host))
		return "the Host header has a byte that no host has (RFC 9112, 3.2)";
	if (lengths + codings > 1 || (coding != NULL && (old || strcasecmp(coding, "chunked") != 0)))
		return "where the body ends is not clear: expected one Content-Length, or "
		       "Transfer-Encoding: chunked and no other coding (RFC 9112, 6.1)";
	return NULL;
}
