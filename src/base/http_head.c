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
has_blank_name(pv_http_req *req)
{
	const char *key, *value;
	size_t pos = 0;

	while (pv_http_header_each(req, &pos, &key, &value))
		if (*key == '\0' || strpbrk(key, " \t") != NULL)
			return true;
	return false;
}

const char *
http_head_fault(pv_http_req *req, const char *version)
{
	size_t lengths = count(req, "Content-Length"), codings = count(req, "Transfer-Encoding");
	const char *coding = pv_http_header(req, "Transfer-Encoding");
	bool old = strcmp(version, "HTTP/1.1") != 0;

	if (count(req, "Host") > 1)
		return "the request has more than one Host header (RFC 9112, 3.2)";
	if (pv_http_header(req, "Host") == NULL && !old)
		return "the request has no Host header (RFC 9112, 3.2)";
	if (has_blank_name(req))
		return "a header has a blank in its name, or before its colon (RFC 9112, 5.1)";
	if (lengths + codings > 1 || (coding != NULL && (old || strcasecmp(coding, "chunked") != 0)))
		return "where the body ends is not clear: expected one Content-Length, or "
		       "Transfer-Encoding: chunked and no other coding (RFC 9112, 6.1)";
	return NULL;
}
