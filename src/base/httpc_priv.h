/* httpc_priv: what the users of libcurl share.  Private to httpc*.c, mail.c and tunnel.c. */
#pragma once
#include <curl/curl.h>

#include "base/buf.h"
#include "base/httpc.h"

void httpc_start(void); /* once, before anything else of libcurl */
void httpc_set_trust(CURL *curl, const pv_httpc_conf *conf);
void httpc_set_proxy(CURL *curl, const pv_httpc_conf *conf);
void httpc_set_reach(CURL *curl, const pv_httpc_conf *conf);
int httpc_code(CURLcode e); /* as PV_E... */

typedef struct exchange { /* one request on its way */
	pv_ctx *cx;
	CURL *curl;
	const pv_httpc_req *req;
	pv_httpc_answer *answer;
	struct curl_slist *headers, *connect;
	pv_buf body; /* or the line that is not whole yet */
	size_t limit;
	bool too_large, stopped;
	char why[CURL_ERROR_SIZE];
} exchange;

const pv_httpc_conf *httpc_conf_of(const pv_httpc *client);
/* Tells curl of the request: cx, curl, req and answer of it are set, the rest is 0. */
PV_MUST_USE int httpc_prepare(exchange *x, const pv_httpc_conf *conf);
/* It ended so: the answer is whole, or the error is the ctx's. */
PV_MUST_USE int httpc_end(exchange *x, CURLcode e);
