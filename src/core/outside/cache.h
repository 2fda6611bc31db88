/* outside/cache: answers that policies may be given again.  Any thread.  Private to this folder. */
#pragma once
#include "base/httpc.h"
#include "lang/rego/outside.h"

typedef struct outside_cache outside_cache;

outside_cache *outside_cache_new(void);
void outside_cache_free(outside_cache *cache);
/* The answer to the same request, while it is good, in the arena of cx. */
bool outside_cache_find(pv_ctx *cx, outside_cache *cache, const char *id, pv_rego_response *ret);
/* Kept as long as the request says, or the answer's Cache-Control and Expires; not at all if they say no. */
void outside_cache_put(outside_cache *cache, const pv_rego_request *req, const pv_httpc_answer *answer);
