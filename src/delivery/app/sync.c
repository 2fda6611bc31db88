/* sync: what is asked of Applications, and waiting for what comes of it. */
#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "delivery/app/verb.h"
#include "lang/json/json.h"
#include "lang/selector/selector.h"

/* ---- what has come of it ---- */

struct wishes {
	bool sync, health, operation, suspended, degraded;
	const pv_val *resources; /* only these; NULL: all of it */
};

bool
command_is_running(const pv_val *now)
{
	const char *phase = pv_text_at(now, "status.operationState.phase", "");
	return pv_get(now, "operation") || pv_streq(phase, "Running") || pv_streq(phase, "Terminating");
}

static bool
health_is(const struct wishes *w, const char *health)
{
	return pv_streq(health, "Healthy") || (w->suspended && pv_streq(health, "Suspended")) ||
	       (w->degraded && pv_streq(health, "Degraded"));
}

static bool
is_same(const pv_val *wish, const pv_val *resource)
{
	static const char *const parts[] = {"group", "kind", "name"};
	const char *ns = pv_text_at(wish, "namespace", NULL);
	for (size_t i = 0; i < PV_LEN(parts); i++)
		if (!pv_streq(pv_text_at(wish, parts[i], ""), pv_text_at(resource, parts[i], "")))
			return false;
	return !ns || pv_streq(ns, pv_text_at(resource, "namespace", ""));
}

static bool
resource_is_done(const struct wishes *w, const pv_val *wish, const pv_val *now)
{
	const pv_val *all = pv_at(now, "status.resources");
	for (size_t i = 0; i < pv_count(all); i++) {
		const pv_val *one = pv_item(all, i);
		if (is_same(wish, one))
			return (!w->sync || pv_streq(pv_text_at(one, "status", ""), "Synced")) &&
			       (!w->health || health_is(w, pv_text_at(one, "health.status", "Healthy")));
	}
	return false;
}

static bool
is_done(const talk *t, const pv_val *now)
{
	const struct wishes *w = t->aim;
	if (w->operation && command_is_running(now))
		return false;
	for (size_t i = 0; i < pv_count(w->resources); i++)
		if (!resource_is_done(w, pv_item(w->resources, i), now))
			return false;
	if (pv_count(w->resources))
		return true;
	return (!w->sync || pv_streq(pv_text_at(now, "status.sync.status", ""), "Synced")) &&
	       (!w->health || health_is(w, pv_text_at(now, "status.health.status", "")));
}

/* Another operation than before has ended. */
static bool
has_ended(const talk *t, const pv_val *now)
{
	static const char *const marks[] = {"since", "startedAt"};
	const pv_val *was = pv_at(t->aim, "status.operationState"), *is = pv_at(now, "status.operationState");
	bool other = false;
	for (size_t i = 0; i < PV_LEN(marks); i++)
		other = other || !pv_eq(pv_get(was, marks[i]), pv_get(is, marks[i]));
	return other && !command_is_running(now);
}

/* ---- wait ---- */

static int
resources_of(talk *t, const pv_val **ret)
{
	pv_listb list;
	pv_val one;
	int r = 0;
	*ret = NULL;
	pv_listb_init(&list, t->cx->arena);
	for (size_t i = 0; r == 0 && pv_args_nth(t->args, "resource", i); i++) {
		r = talk_resource(t->cx, pv_args_nth(t->args, "resource", i), &one);
		if (r == 0)
			pv_listb_add(&list, one);
	}
	if (r == 0 && list.len)
		*ret = pv_box(t->cx->arena, pv_listb_end(&list));
	return r;
}

static bool
is_gone(const talk *t PV_UNUSED, const pv_val *now PV_UNUSED)
{
	return false;
}

static int
wait_one(talk *t)
{
	bool gone = pv_args_has(t->args, "delete");
	const pv_val *now;
	int r = talk_timeout(t);
	if (r == 0)
		r = talk_await(t, gone ? is_gone : is_done, &now);
	if (gone && r == -PV_ENOTFOUND) {
		pv_recover(t->cx);
		printf("application '%s' is gone\n", t->name);
		return 0;
	}
	if (r < 0)
		return r;
	printf("application '%s': %s, %s\n", t->name, pv_text_at(now, "status.sync.status", "Unknown"),
	       pv_text_at(now, "status.health.status", "Unknown"));
	return 0;
}

int
command_wait(talk *t)
{
	bool any = pv_args_has(t->args, "sync") || pv_args_has(t->args, "health") ||
		   pv_args_has(t->args, "operation") || pv_args_has(t->args, "suspended") ||
		   pv_args_has(t->args, "degraded");
	struct wishes wished = {.sync = !any || pv_args_has(t->args, "sync"),
				.health = !any || pv_args_has(t->args, "health"),
				.operation = !any || pv_args_has(t->args, "operation"),
				.suspended = pv_args_has(t->args, "suspended"),
				.degraded = pv_args_has(t->args, "degraded")};
	int r;
	wished.health = wished.health || wished.suspended || wished.degraded;
	t->aim = &wished;
	r = resources_of(t, &wished.resources);
	return r < 0 ? r : talk_each(t, wait_one);
}

/* ---- sync ---- */

static void
put_resource(const pv_val *from, pv_listb *list)
{
	static const char *const parts[] = {"group", "kind", "namespace", "name"};
	pv_objb b;
	pv_objb_init(&b, list->arena);
	for (size_t i = 0; i < PV_LEN(parts); i++)
		if (pv_get(from, parts[i]))
			pv_objb_put(&b, parts[i], *pv_get(from, parts[i]));
	pv_listb_add(list, pv_objb_end(&b));
}

/* Those of --resource, and without those of --resource '!GROUP:KIND:NAME'. */
static int
add_named(talk *t, const pv_val *object, pv_listb *list)
{
	const pv_val *all = pv_at(object, "status.resources");
	pv_listb out;
	const char *word;
	pv_val one;
	int r = 0;
	pv_listb_init(&out, t->cx->arena);
	for (size_t i = 0; r == 0 && (word = pv_args_nth(t->args, "resource", i)); i++) {
		r = talk_resource(t->cx, word + (*word == '!'), &one);
		if (r == 0)
			pv_listb_add(*word == '!' ? &out : list, one);
	}
	if (r < 0 || !out.len)
		return r;
	if (list->len)
		return pv_fail(t->cx, PV_EUSAGE,
			       "--resource: expected either what is synced or, with a !, what is not");
	for (size_t i = 0; i < pv_count(all); i++) {
		bool leave = false;
		for (size_t k = 0; k < out.len; k++)
			leave = leave || is_same(&out.items[k], pv_item(all, i));
		if (!leave)
			put_resource(pv_item(all, i), list);
	}
	return 0;
}

/* Those with the labels, as the sources have them. */
static int
add_labelled(talk *t, pv_listb *list)
{
	const char *text = pv_args_text(t->args, "label", NULL);
	const pv_val *found, *items, *target;
	pv_selector *selector;
	int r = text ? pv_selector_parse(t->cx, text, &selector) : 0;
	if (r < 0 || !text)
		return r;
	r = talk_ask(t, NULL, talk_path(t, "/managed-resources"), NULL, &found);
	items = r == 0 ? pv_get(found, "items") : NULL;
	for (size_t i = 0; r == 0 && i < pv_count(items); i++) {
		r = pv_json_parse(t->cx, pv_strv(pv_get(pv_item(items, i), "targetState")), NULL, &target);
		if (r == 0 && pv_is(target, PV_OBJECT) &&
		    pv_selector_match(selector, pv_at(target, "metadata.labels")))
			put_resource(pv_item(items, i), list);
	}
	return r == 0 && !list->len
		       ? pv_fail(t->cx, PV_ENOTFOUND, "no resource of application %s has the labels %s",
				 t->name, text)
		       : r;
}

static void
put_options(const talk *t, const pv_val *object, pv_objb *b)
{
	static const struct {
		const char *option, *sets;
	} rows[] = {{"server-side", "ServerSideApply=true"},
		    {"replace", "Replace=true"},
		    {"apply-out-of-sync-only", "ApplyOutOfSyncOnly=true"}};
	const pv_val *own = pv_at(object, "spec.syncPolicy.syncOptions");
	pv_listb list;
	pv_listb_init(&list, t->cx->arena);
	for (size_t i = 0; i < pv_count(own); i++)
		pv_listb_add(&list, *pv_item(own, i));
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_args_has(t->args, rows[i].option))
			pv_listb_add(&list, pv_string_ref(rows[i].sets));
	if (list.len != pv_count(own))
		pv_objb_put(b, "syncOptions", pv_with(t->cx->arena, NULL, "items", pv_listb_end(&list)));
}

static int
put_retry(const talk *t, pv_objb *b)
{
	static const talk_pair rows[] = {
		{"retry-backoff-duration", "duration"}, {"retry-backoff-max-duration", "maxDuration"}, {0}};
	pv_arena *arena = t->cx->arena;
	int64_t limit = 0, factor = 2;
	pv_val v, backoff;
	int r = pv_args_number(t->cx, t->args, "retry-limit", 0, 0, &limit);
	if (r == 0)
		r = pv_args_number(t->cx, t->args, "retry-backoff-factor", 1, 2, &factor);
	if (r < 0 || !limit)
		return r;
	backoff = pv_with(arena, NULL, "factor", pv_int(factor));
	for (size_t i = 0; rows[i].option; i++)
		backoff = pv_with(arena, &backoff, rows[i].name,
				  pv_string_ref(pv_args_text(t->args, rows[i].option, i ? "3m" : "5s")));
	v = pv_with(arena, NULL, "limit", pv_int(limit));
	pv_objb_put(b, "retryStrategy", pv_with(arena, &v, "backoff", backoff));
	return 0;
}

static int
put_strategy(const talk *t, pv_objb *b)
{
	const char *name = pv_args_text(t->args, "strategy", "hook");
	pv_val force = pv_with(t->cx->arena, NULL, "force", pv_bool(true)),
	       none = pv_object_of(t->cx->arena, NULL, 0, NULL, NULL);
	if (!pv_streq(name, "hook") && !pv_streq(name, "apply"))
		return pv_fail(t->cx, PV_EUSAGE, "--strategy: expected apply or hook, found \"%s\"", name);
	if (pv_args_has(t->args, "strategy") || pv_args_has(t->args, "force"))
		pv_objb_put(b, "strategy",
			    pv_with(t->cx->arena, NULL, name, pv_args_has(t->args, "force") ? force : none));
	return 0;
}

static void
put_texts(const talk *t, const char *option, const char *name, pv_objb *b)
{
	pv_listb list;
	pv_listb_init(&list, t->cx->arena);
	for (size_t i = 0; pv_args_nth(t->args, option, i); i++)
		pv_listb_add(&list, pv_string_ref(pv_args_nth(t->args, option, i)));
	if (list.len)
		pv_objb_put(b, name, pv_listb_end(&list));
}

static int
body_of(talk *t, const pv_val *object, pv_val *ret)
{
	pv_listb resources;
	pv_objb b;
	int r;
	pv_objb_init(&b, t->cx->arena);
	pv_listb_init(&resources, t->cx->arena);
	pv_objb_puts(&b, "revision", pv_args_text(t->args, "revision", NULL));
	put_texts(t, "revisions", "revisions", &b);
	put_texts(t, "source-positions", "sourcePositions", &b);
	pv_objb_put(&b, "prune", pv_bool(pv_args_has(t->args, "prune")));
	pv_objb_put(&b, "dryRun", pv_bool(pv_args_has(t->args, "dry-run")));
	put_options(t, object, &b);
	r = put_strategy(t, &b);
	if (r == 0)
		r = put_retry(t, &b);
	if (r == 0)
		r = add_named(t, object, &resources);
	if (r == 0)
		r = add_labelled(t, &resources);
	if (resources.len)
		pv_objb_put(&b, "resources", pv_listb_end(&resources));
	*ret = pv_objb_end(&b);
	return r;
}

int
command_annotate(talk *t, const char *name, pv_val v)
{
	pv_val patch = pv_with_at(t->cx->arena, NULL, "metadata.annotations",
				  pv_with(t->cx->arena, NULL, name, v)),
	       body;
	body = pv_with(t->cx->arena, NULL, "patchType", pv_string_ref("merge"));
	body = pv_with(t->cx->arena, &body, "patch", pv_string_ref(pv_json_text(t->cx->arena, &patch)));
	return talk_ask(t, "PATCH", talk_path(t, ""), &body, NULL);
}

int
command_tell_end(talk *t)
{
	const pv_val *now, *state;
	int r = talk_await(t, has_ended, &now);
	if (r < 0)
		return r;
	state = pv_at(now, "status.operationState");
	command_print_resources(t, now);
	if (!pv_streq(pv_text_at(state, "phase", ""), "Succeeded"))
		return pv_fail(t->cx, PV_EINVALID, "Operation has completed with phase: %s: %s",
			       pv_text_at(state, "phase", "Unknown"), pv_text_at(state, "message", ""));
	printf("\napplication '%s': %s\n", t->name, pv_text_at(state, "message", ""));
	return 0;
}

static int
sync_one(talk *t)
{
	const pv_val *before;
	pv_val body;
	int r = talk_timeout(t);
	if (r == 0)
		r = talk_load(t, &before);
	t->aim = r == 0 ? before : NULL;
	if (r == 0)
		r = body_of(t, before, &body);
	if (r == 0)
		r = talk_ask(t, "POST", talk_path(t, "/sync"), &body, NULL);
	if (r < 0)
		return r;
	if (!pv_args_has(t->args, "async"))
		return command_tell_end(t);
	printf("application '%s': sync started\n", t->name);
	return 0;
}

int
command_sync(talk *t)
{
	return talk_each(t, sync_one);
}

int
command_terminate(talk *t)
{
	int r = talk_ask(t, "DELETE", talk_path(t, "/operation"), NULL, NULL);
	if (r == 0)
		printf("Application '%s' operation terminating\n", t->name);
	return r;
}
