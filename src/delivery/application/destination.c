#include "delivery/application/destination.h"

#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "delivery/application/operation.h"
#include "delivery/application/settings.h"
#include "delivery/application/tracking.h"

static bool
is_here(const app *a)
{
	return a->dest.secret == NULL;
}

static bool
invalid(app *a, const char *why)
{
	app_condition(a, "InvalidSpecError", "%s", why);
	return false;
}

bool
destination_resolve(app *a)
{
	if (clusters_find(a->cx, a->plan, pv_get(a->spec, "destination"), &a->dest) < 0) {
		const char *why = pv_strdup(a->cx->arena, pv_error_text(a->cx));
		pv_recover(a->cx);
		return invalid(a, why);
	}
	if (is_here(a) && pv_streq(setting(a, "cluster.inClusterEnabled", "true"), "false"))
		return invalid(a, pv_printf(a->cx->arena, "cluster \"%s\" is disabled", IN_CLUSTER));
	return true;
}

/* ---- another cluster is asked ---- */

static int
failed(app *a, int r)
{
	a->away = clusters_is_away(-r);
	a->away_why = pv_strdup(a->cx->arena, pv_error_text(a->cx));
	app_condition(a, "ComparisonError", "Failed to load live state: %s", a->away_why);
	pv_recover(a->cx); /* who asked is told when it is another */
	pv_plan_reason(a->cx, a->plan, "the cluster \"%s\" cannot be asked: %s", a->dest.server, a->away_why);
	return -1;
}

int
destination_connect(app *a)
{
	int r;
	if (is_here(a) || a->serves)
		return 1;
	r = clusters_serves(a->cx, a->plan, &a->dest, &a->serves);
	return r < 0 ? failed(a, r) : r;
}

static pv_val
want_of(app *a, const item *it)
{
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "object", *it->want);
	if (it->hook)
		pv_objb_put(&b, "exists", pv_bool(true));
	else
		pv_objb_puts(&b, "takesOver", app_takes_over(a, it->want));
	return pv_objb_end(&b);
}

static void
keep(app *a, const pv_val *answers)
{
	for (size_t i = 0; i < pv_count(answers); i++)
		if (pv_text_at(pv_item(answers, i), "key", NULL))
			pv_map_puts(a->there, pv_text_at(pv_item(answers, i), "key", ""),
				    (void *)(uintptr_t)pv_item(answers, i));
}

/* What was deployed, as far as the status tells: kinds that may not be listed there are not seen otherwise. */
static void
add_deployed(app *a, pv_listb *wants)
{
	const pv_val *list = pv_get(a->status, "resources");
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *r = pv_item(list, i);
		const char *group = pv_text_at(r, "group", ""), *version = pv_text_at(r, "version", "");
		pv_objb meta, object, b;
		pv_objb_init(&meta, a->cx->arena);
		pv_objb_puts(&meta, "namespace", pv_text_at(r, "namespace", NULL));
		pv_objb_puts(&meta, "name", pv_text_at(r, "name", ""));
		pv_objb_init(&object, a->cx->arena);
		pv_objb_puts(&object, "apiVersion",
			     *group ? pv_printf(a->cx->arena, "%s/%s", group, version) : version);
		pv_objb_puts(&object, "kind", pv_text_at(r, "kind", ""));
		pv_objb_put(&object, "metadata", pv_objb_end(&meta));
		pv_objb_init(&b, a->cx->arena);
		pv_objb_put(&b, "object", pv_objb_end(&object));
		pv_objb_put(&b, "exists", pv_bool(true));
		pv_objb_put(&b, "mayRefuse", pv_bool(true));
		pv_listb_add(wants, pv_objb_end(&b));
	}
}

int
destination_look(app *a)
{
	clusters_question q = {.manager = APP_MANAGER,
			       .index = a->tracking.by_label ? "instance" : "tracking",
			       .key = a->key,
			       .since = pv_i64_at(pv_get(a->status, "operationState"), OP_DONE, 0)};
	const pv_val *answer;
	pv_listb wants;
	int r;
	if (is_here(a))
		return 1;
	pv_listb_init(&wants, a->cx->arena);
	for (size_t i = 0; i < a->items.len; i++)
		if (PV_AT(item, &a->items, i)->want)
			pv_listb_add(&wants, want_of(a, PV_AT(item, &a->items, i)));
	if (!a->items.len && pv_at(a->object, "metadata.deletionTimestamp"))
		add_deployed(a, &wants);
	q.wants = pv_listb_end(&wants);
	r = clusters_look(a->cx, a->plan, &a->dest, &q, &answer);
	if (r != 1)
		return r < 0 ? failed(a, r) : 0;
	a->there = pv_map_new(a->cx->arena);
	keep(a, pv_get(answer, "objects"));
	keep(a, pv_get(answer, "tracked"));
	return 1;
}

/* ---- what it says ---- */

enum pv_scope
destination_scope(app *a, const char *api_version, const char *kind)
{
	const pv_val *namespaced;
	if (is_here(a))
		return pv_plan_scope(a->cx, a->plan, api_version, kind);
	namespaced = pv_get(pv_get(a->serves, "kinds"), pv_printf(a->cx->arena, "%s/%s", api_version, kind));
	if (!namespaced)
		return PV_SCOPE_UNKNOWN;
	return pv_truth(namespaced, false) ? PV_SCOPE_NAMESPACE : PV_SCOPE_CLUSTER;
}

static const pv_val *
answer_about(const app *a, const item *it, const char *name)
{
	return a->there ? pv_map_finds(a->there, pv_printf(a->cx->arena, "%s/%s/%s/%s", it->group, it->kind,
							   it->ns, name))
			: NULL;
}

const pv_val *
destination_find(app *a, const item *it, const char *name)
{
	if (!is_here(a))
		return pv_get(answer_about(a, it, name), "live");
	return pv_plan_find(a->cx, a->plan,
			    *it->group ? pv_printf(a->cx->arena, "%s/%s/%s", it->group, it->version, it->kind)
				       : pv_printf(a->cx->arena, "%s/%s", it->version, it->kind),
			    it->ns, name);
}

void
destination_tracked(app *a, pv_vec *ret)
{
	size_t pos = 0;
	void *answer;
	if (is_here(a)) {
		pv_plan_indexed(a->cx, a->plan, a->tracking.by_label ? "instance" : "tracking", a->key, ret);
		return;
	}
	pv_vec_init(ret, a->cx->arena, sizeof(const pv_val *));
	while (a->there && pv_map_each(a->there, &pos, NULL, &answer)) {
		const pv_val *live = pv_get(answer, "live");
		if (live)
			pv_vec_push(ret, &live);
	}
}

void
destination_unseen(app *a, pv_vec *ret)
{
	size_t pos = 0;
	pv_str key;
	void *answer;
	pv_vec_init(ret, a->cx->arena, sizeof(const char *));
	while (a->there && pv_map_each(a->there, &pos, &key, &answer)) {
		const char *problem = pv_text_at(answer, "problem", NULL), *line;
		if (!problem || pv_get(answer, "live"))
			continue;
		line = pv_printf(a->cx->arena, "%.*s: %s", (int)key.len, key.s, problem);
		pv_vec_push(ret, &line);
	}
}

int
destination_predict(app *a, const item *it, const pv_val **ret)
{
	const pv_val *answer;
	const char *problem;
	if (is_here(a))
		return pv_plan_predict(a->cx, a->plan, APP_MANAGER, app_takes_over(a, it->want), it->want,
				       ret);
	answer = answer_about(a, it, it->name);
	problem = pv_text_at(answer, "problem", NULL);
	if (problem)
		return pv_fail(a->cx, PV_EINVALID, "%s", problem);
	*ret = pv_get(answer, "ahead") ? pv_get(answer, "ahead") : pv_get(answer, "live");
	return 0;
}

/* ---- wishes ---- */

int
destination_apply(app *a, const pv_val *object, const char *once)
{
	const pv_val *done;
	int r;
	if (is_here(a)) {
		pv_plan_apply(a->cx, a->plan, object);
		return pv_plan_last_error(a->plan)
			       ? pv_fail(a->cx, PV_EINVALID, "%s", pv_plan_last_error(a->plan))
			       : 0;
	}
	r = clusters_apply(a->cx, a->plan, &a->dest, object, APP_MANAGER, once, &done);
	return r < 0 ? r : 0;
}

void
destination_delete(app *a, const pv_val *object, const char *propagation)
{
	const pv_val *done;
	if (is_here(a)) {
		pv_plan_delete(a->cx, a->plan, object, propagation);
		return;
	}
	if (clusters_delete(a->cx, a->plan, &a->dest, object, propagation, &done) < 0) {
		pv_plan_reason(a->cx, a->plan, "%s/%s cannot be deleted: %s", pv_text_at(object, "kind", ""),
			       pv_text_at(object, "metadata.name", ""), pv_error_text(a->cx));
		pv_recover(a->cx);
	}
}

bool
destination_is_away(const app *a, int r)
{
	return !is_here(a) && r < 0 && clusters_is_away(-r);
}

const char *
destination_version(const app *a)
{
	return pv_text_at(a->serves, "version", NULL);
}

const pv_val *
destination_kinds(const app *a)
{
	return pv_get(a->serves, "kinds");
}
