/* httpc_priv: what the users of libcurl share.  Private to httpc.c, mail.c and tunnel.c. */
#pragma once
#include <curl/curl.h>

#include "base/httpc.h"

void httpc_start(void); /* once, before anything else of libcurl */
void httpc_set_trust(CURL *curl, const pv_httpc_conf *conf);
void httpc_set_proxy(CURL *curl, const pv_httpc_conf *conf);
void httpc_set_reach(CURL *curl, const pv_httpc_conf *conf);
int httpc_code(CURLcode e); /* as PV_E... */
