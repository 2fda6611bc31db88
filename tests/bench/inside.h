/* inside: a whole API in memory in the bench's own process, called without HTTP.  What fails ends the bench. */
#pragma once
#include "core/module.h"

typedef struct inside {
	pv_ctx cx; /* as system:bench */
	pv_api *api;
	pv_api_conf parts;
} inside;

void inside_open(inside *b);
void inside_close(inside *b);

void must(pv_ctx *cx, int r);
const pv_val *parsed(pv_ctx *cx, const char *json);
