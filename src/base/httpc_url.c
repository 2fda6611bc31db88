/* URLs as libcurl reads them, who will ask them: another reader might find another host in the same text. */
#include <curl/curl.h>
#include <string.h>

#include "base/httpc.h"
#include "base/str.h"
#include "base/time.h"

static char *
part(pv_arena *arena, CURLU *u, CURLUPart which)
{
	char *text = NULL, *ret = NULL;

	if (curl_url_get(u, which, &text, 0) == CURLUE_OK)
		ret = pv_strdup(arena, text);
	curl_free(text);
	return ret;
}

const char *
pv_httpc_bare(pv_arena *arena, const char *url)
{
	CURLU *u = curl_url();
	const char *bare = NULL;

	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK) {
		curl_url_set(u, CURLUPART_USER, NULL, 0);
		curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
		curl_url_set(u, CURLUPART_QUERY, NULL, 0);
		curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
		bare = part(arena, u, CURLUPART_URL);
	}
	curl_url_cleanup(u);
	return bare ? bare : "(malformed URL)";
}

const char *
pv_httpc_host(pv_arena *arena, const char *url)
{
	CURLU *u = curl_url();
	char *host = NULL;
	const char *scheme;

	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK) {
		scheme = part(arena, u, CURLUPART_SCHEME);
		if (scheme && (pv_streq(scheme, "http") || pv_streq(scheme, "https")))
			host = part(arena, u, CURLUPART_HOST);
	}
	curl_url_cleanup(u);
	if (host && *host == '[') {
		host++;
		host[strcspn(host, "]")] = '\0';
	}
	return host ? pv_str_lower(arena, host) : NULL;
}

const char *
pv_httpc_follow(pv_arena *arena, const char *url, const char *location)
{
	CURLU *u = curl_url();
	const char *next = NULL;

	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_set(u, CURLUPART_URL, location, 0) == CURLUE_OK)
		next = part(arena, u, CURLUPART_URL);
	curl_url_cleanup(u);
	return next;
}

bool
pv_httpc_date(const char *text, int64_t *ret_ns)
{
	time_t at = curl_getdate(text, NULL);

	*ret_ns = at > INT64_MAX / PV_SEC ? INT64_MAX : at < 0 ? 0 : at * PV_SEC;
	return at != -1;
}
