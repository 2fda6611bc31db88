#include "unit/core/controllers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"

#define PATIENCE (120 * PV_SEC)

int
running_open(void **state)
{
	running *r = calloc(1, sizeof(*r));
	void *w = NULL;
	*state = r;
	if (world_open(&w) != 0)
		return -1;
	r->w = w;
	folder_make(r->dir);
	if (pv_facts_open(&r->w->cx, r->dir, 1, &r->facts) < 0)
		return -1;
	pv_facts_set_api(r->facts, r->w->api);
	if (pv_lifecycle_open(&r->w->cx, r->w->api, 0, NULL, &r->lifecycle) < 0 ||
	    pv_runtime_open(&r->w->cx, r->w->api, r->facts, 2, &r->runtime) < 0)
		return -1;
	pv_api_set_runtime(r->w->api, r->runtime);
	return 0;
}

int
running_close(void **state)
{
	running *r = *state;
	void *w = r->w;
	int code;
	if (r->w)
		pv_api_set_runtime(r->w->api, NULL);
	pv_runtime_close(r->runtime);
	pv_lifecycle_close(r->lifecycle);
	pv_facts_close(r->facts);
	code = world_close(&w);
	folder_remove(r->dir);
	free(r);
	return code;
}

const pv_val *
running_find(running *r, const char *type, const char *ns, const char *name)
{
	pv_key key = {type, ns, name};
	const pv_rec *rec = pv_store_find(&r->w->cx, r->w->store, &key);
	return rec ? pv_rec_val(rec) : NULL;
}

static const pv_val *
find_event(running *r, const char *ns, const char *name)
{
	pv_list_query query = {.type = "/Event", .ns = ns};
	pv_listing found;
	if (pv_store_list(&r->w->cx, r->w->store, &query, &found) < 0)
		fail_msg("%s", pv_error_text(&r->w->cx));
	for (size_t i = 0; i < found.len; i++)
		if (pv_streq(pv_text_at(pv_rec_val(found.recs[i]), "involvedObject.name", ""), name))
			return pv_rec_val(found.recs[i]);
	return NULL;
}

const pv_val *
running_event(running *r, const char *ns, const char *name)
{
	struct timespec pause = {0, 5 * PV_MS};
	int64_t end = pv_mono() + PATIENCE;
	const pv_val *event;
	while (!(event = find_event(r, ns, name))) {
		if (pv_mono() > end)
			fail_msg("no event about %s in %s", name, ns);
		nanosleep(&pause, NULL); /* sleeps: between looks at what another thread does */
	}
	return event;
}

void
running_wait(running *r, const char *type, const char *ns, const char *name, const char *path,
	     const char *json)
{
	struct timespec pause = {0, 5 * PV_MS};
	int64_t end = pv_mono() + PATIENCE;
	for (;;) {
		const pv_val *object = running_find(r, type, ns, name),
			     *v = object && path ? pv_at(object, path) : object;
		if (json ? v && pv_streq(pv_json_text(r->w->cx.arena, v), json) : !v)
			return;
		if (pv_mono() > end)
			fail_msg("%s %s/%s %s: wanted %s, is %s", type, ns, name, path ? path : "",
				 json ? json : "gone", v ? pv_json_text(r->w->cx.arena, v) : "gone");
		nanosleep(&pause, NULL); /* sleeps: between looks at what another thread does */
	}
}

void
running_delete(running *r, const char *version, const char *kind, const char *name, const char *propagation)
{
	pv_call call = world_call(r->w, version, kind, "default", name);
	const pv_val *left;
	call.propagation = propagation;
	call.grace_seconds = -1;
	if (pv_api_delete(&r->w->cx, r->w->api, &call, &left) < 0)
		fail_msg("%s", pv_error_text(&r->w->cx));
}
