#include "bench/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/json/json.h"

void
must(pv_ctx *cx, int r)
{
	if (r < 0) {
		fprintf(stderr, "bench: %s\n", pv_error_text(cx));
		exit(1);
	}
}

const pv_val *
parsed(pv_ctx *cx, const char *json)
{
	const pv_val *v;

	must(cx, pv_json_parse(cx, (pv_str){json, strlen(json)}, NULL, &v));
	return v;
}

void
inside_open(inside *b)
{
	const pv_store_conf conf = {.url = "memory:"};

	*b = (inside){0};
	pv_ctx_init(&b->cx, "bench");
	must(&b->cx, pv_store_open(&b->cx, &conf, &b->parts.store));
	must(&b->cx, pv_registry_new(&b->cx, &b->parts.registry));
	must(&b->cx, pv_auth_open(&b->cx, b->parts.store, NULL, &b->parts.auth));
	must(&b->cx, pv_auth_bootstrap(&b->cx, b->parts.auth));
	must(&b->cx, pv_api_open(&b->cx, &b->parts, &b->api));
	for (size_t i = 0; pv_modules[i]; i++)
		if (pv_modules[i]->start)
			must(&b->cx, pv_modules[i]->start(&b->cx, b->api));
	pv_auth_internal(&b->cx, "system:bench");
}

void
inside_close(inside *b)
{
	pv_api_close(b->api);
	pv_auth_close(b->parts.auth);
	pv_registry_free(b->parts.registry);
	pv_store_close(b->parts.store);
	pv_ctx_done(&b->cx);
}
