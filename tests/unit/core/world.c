#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/module.h"
#include "lang/json/json.h"
#include "unit/core/world.h"
#include <stdlib.h>
#include <string.h>

static void
must(world *w, int r, const char *what)
{
	if (r < 0)
		fail_msg("%s: %s", what, pv_error_text(&w->cx));
}

static void
serve(world *w)
{
	must(w, pv_registry_new(&w->cx, &w->registry), "registry");
	must(w, pv_auth_open(&w->cx, w->store, NULL, &w->auth), "auth");
	must(w, pv_auth_bootstrap(&w->cx, w->auth), "roles");
	must(w,
	     pv_api_open(&w->cx, &(pv_api_conf){.store = w->store, .registry = w->registry, .auth = w->auth},
			 &w->api),
	     "api");
	for (size_t i = 0; pv_modules[i]; i++)
		if (pv_modules[i]->start)
			must(w, pv_modules[i]->start(&w->cx, w->api), pv_modules[i]->name);
	pv_auth_internal(&w->cx, "system:pave");
}

static void
stop(world *w)
{
	pv_ctx_reset(&w->cx);
	pv_api_close(w->api);
	pv_auth_close(w->auth);
	pv_registry_free(w->registry);
}

void
world_restart(world *w)
{
	stop(w);
	serve(w);
}

int
world_open(void **state)
{
	static const char *const namespaces[] = {"default", "kube-system"};
	pv_store_conf conf = {.url = "memory:"};
	world *w = calloc(1, sizeof *w);

	pv_ctx_init(&w->cx, "test");
	must(w, pv_store_open(&w->cx, &conf, &w->store), "store");
	serve(w);
	for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
		pv_call call = world_call(w, "v1", "Namespace", "", "");
		const pv_val *made;
		pv_val v = pv_with_at(w->cx.arena,
				      world_json(w, "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\"}"),
				      "metadata.name", pv_string_ref(namespaces[i]));

		must(w, pv_api_create(&w->cx, w->api, &call, &v, &made), "namespace");
	}
	*state = w;
	return 0;
}

int
world_close(void **state)
{
	world *w = *state;

	stop(w);
	pv_store_close(w->store);
	pv_ctx_done(&w->cx);
	free(w);
	return 0;
}

const pv_val *
world_json(world *w, const char *text)
{
	const pv_val *v;

	must(w, pv_json_parse(&w->cx, (pv_str){text, strlen(text)}, NULL, &v), text);
	return v;
}

pv_call
world_call(world *w, const char *api_version, const char *kind, const char *ns, const char *name)
{
	const pv_resource *res = pv_resource_of_kind(&w->cx, w->registry, api_version, kind);

	assert_non_null(res);
	return (pv_call){.resource = res,
			 .ns = ns,
			 .name = name,
			 .subresource = "",
			 .manager = "test",
			 .grace_seconds = -1};
}

void
world_be(world *w, const char *user, const char *const *groups)
{
	static const char *const none[] = {NULL};
	pv_identity *who = pv_new(w->cx.arena, pv_identity);

	*who = (pv_identity){.user = user, .uid = "", .groups = groups ? groups : none, .how = "test"};
	w->cx.identity = who;
}

const pv_val *
world_create(world *w, const char *text)
{
	const pv_val *v = world_json(w, text), *made = NULL;
	pv_call call = world_call(w, pv_text_at(v, "apiVersion", ""), pv_text_at(v, "kind", ""),
				  pv_text_at(v, "metadata.namespace", ""), "");

	if (call.resource->namespaced && !call.ns[0])
		call.ns = "default";
	must(w, pv_api_create(&w->cx, w->api, &call, v, &made), text);
	return made;
}
