/* status: .status of an Application, as Argo CD writes it. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "delivery/application/app.h"
#include "delivery/application/application.h"
#include "delivery/application/hook.h"
#include "delivery/application/images.h"
#include "delivery/application/sources.h"

static const char *const sync_names[] = {"Synced", "OutOfSync", "Unknown"};

static pv_val
health_val(app *a, enum health health, const char *message)
{
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "status", health_name(health));
	if (message && *message)
		pv_objb_put(&b, "message", pv_string(a->cx->arena, message));
	return pv_objb_end(&b);
}

static pv_val
resource(app *a, const item *it)
{
	int64_t wave = hook_wave(it->want ? it->want : it->live);
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	if (*it->group)
		pv_objb_puts(&b, "group", it->group);
	pv_objb_puts(&b, "version", it->version);
	pv_objb_puts(&b, "kind", it->kind);
	if (*it->ns)
		pv_objb_puts(&b, "namespace", it->ns);
	pv_objb_puts(&b, "name", it->name);
	pv_objb_puts(&b, "status", sync_names[it->sync]);
	if (it->health != HEALTH_NONE)
		pv_objb_put(&b, "health", health_val(a, it->health, it->health_message));
	if (!it->want)
		pv_objb_put(&b, "requiresPruning", pv_bool(true));
	if (it->live && (app_option(a, it->live, "Delete=confirm") ||
			 (!it->want && app_option(a, it->live, "Prune=confirm"))))
		pv_objb_put(&b, "requiresDeletionConfirmation", pv_bool(true));
	if (wave)
		pv_objb_put(&b, "syncWave", pv_int(wave));
	return pv_objb_end(&b);
}

static pv_val
live_hook(app *a, const pv_val *hook)
{
	const char *version = pv_text_at(hook, "apiVersion", ""), *slash = strchr(version, '/'), *message;
	enum health health = app_health_of(a, hook, &message);
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	if (slash)
		pv_objb_put(&b, "group", pv_stringn(a->cx->arena, version, (size_t)(slash - version)));
	pv_objb_puts(&b, "version", slash ? slash + 1 : version);
	pv_objb_puts(&b, "kind", pv_text_at(hook, "kind", ""));
	pv_objb_puts(&b, "namespace", pv_text_at(hook, "metadata.namespace", NULL));
	pv_objb_puts(&b, "name", pv_text_at(hook, "metadata.name", ""));
	if (health != HEALTH_NONE)
		pv_objb_put(&b, "health", health_val(a, health, message));
	pv_objb_put(&b, "hook", pv_bool(true));
	return pv_objb_end(&b);
}

/* By group, kind, namespace and name, so that nothing moves without a reason. */
static int
by_name(const void *x, const void *y)
{
	static const char *const keys[] = {"group", "kind", "namespace", "name"};
	int c = 0;
	for (size_t i = 0; c == 0 && i < PV_LEN(keys); i++)
		c = strcmp(pv_text_at(x, keys[i], ""), pv_text_at(y, keys[i], ""));
	return c;
}

static pv_val
resources(app *a)
{
	pv_listb b;
	pv_vec all;
	pv_vec_init(&all, a->cx->arena, sizeof(pv_val));
	for (size_t i = 0; i < a->items.len; i++)
		if (!PV_AT(item, &a->items, i)->hook)
			*(pv_val *)pv_vec_add(&all) = resource(a, PV_AT(item, &a->items, i));
	for (size_t i = 0; i < a->live_hooks.len; i++)
		*(pv_val *)pv_vec_add(&all) = live_hook(a, *PV_AT(const pv_val *, &a->live_hooks, i));
	pv_vec_sort(&all, by_name);
	pv_listb_init(&b, a->cx->arena);
	for (size_t i = 0; i < all.len; i++)
		pv_listb_add(&b, *PV_AT(pv_val, &all, i));
	return pv_listb_end(&b);
}

/* ---- summary ---- */

static void
add_urls(app *a, const pv_val *ingress, pv_objb *seen)
{
	const pv_val *rules = pv_at(ingress, "spec.rules"), *tls = pv_at(ingress, "spec.tls");
	for (size_t i = 0; i < pv_count(rules); i++) {
		const char *host = pv_text_at(pv_item(rules, i), "host", NULL);
		if (host)
			pv_objb_put(
				seen,
				pv_printf(a->cx->arena, "%s://%s/", pv_count(tls) ? "https" : "http", host),
				pv_bool(true));
	}
}

/* Addresses that a person wrote on an object: link.argocd.argoproj.io/NAME, the value "title|address". */
static void
add_links(const pv_val *object, pv_objb *seen)
{
	const pv_val *all = pv_at(object, "metadata.annotations");
	for (size_t i = 0; i < pv_count(all); i++) {
		const pv_member *m = pv_sorted(all, i);
		const char *text = pv_text(&m->val, ""), *bar = strchr(text, '|');
		if (pv_starts_with(pv_text(&m->key, ""), "link.argocd.argoproj.io/"))
			pv_objb_put(seen, bar ? bar + 1 : text, pv_bool(true));
	}
}

static pv_val
summary(app *a)
{
	bool apps = false;
	pv_objb images, urls, b;
	pv_objb_init(&images, a->cx->arena);
	pv_objb_init(&urls, a->cx->arena);
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		images_add(it->live, &images);
		add_links(it->live, &urls);
		if (pv_streq(it->kind, "Ingress"))
			add_urls(a, it->live, &urls);
		apps = apps || (pv_streq(it->group, "argoproj.io") && pv_streq(it->kind, "Application"));
	}
	pv_objb_init(&b, a->cx->arena);
	if (images.len)
		pv_objb_put(&b, "images", images_list(a->cx->arena, &images));
	if (urls.len)
		pv_objb_put(&b, "externalURLs", images_list(a->cx->arena, &urls));
	if (apps)
		pv_objb_put(&b, "isAppOfApps", pv_bool(true));
	return pv_objb_end(&b);
}

/* ---- conditions keep the time they began ---- */

static pv_val
conditions(app *a)
{
	const pv_val *old = pv_get(a->status, "conditions");
	pv_listb b;
	pv_listb_init(&b, a->cx->arena);
	for (size_t i = 0; i < a->conditions.len; i++) {
		pv_val c = *PV_AT(pv_val, &a->conditions, i);
		const char *since = NULL;
		for (size_t k = 0; k < pv_count(old); k++)
			if (pv_eq(pv_get(pv_item(old, k), "type"), pv_get(&c, "type")) &&
			    pv_eq(pv_get(pv_item(old, k), "message"), pv_get(&c, "message")))
				since = pv_text_at(pv_item(old, k), "lastTransitionTime", NULL);
		since = since ? since : pv_time_format(a->cx->arena, pv_plan_now(a->plan));
		pv_listb_add(&b, pv_with(a->cx->arena, &c, "lastTransitionTime", pv_string_ref(since)));
	}
	return pv_listb_end(&b);
}

pv_val
app_status_conditions(app *a)
{
	if (!a->conditions.len)
		return pv_without(a->cx->arena, a->status, "conditions");
	return pv_with(a->cx->arena, a->status, "conditions", conditions(a));
}

static pv_val
sync_val(app *a)
{
	const pv_val *source = application_source(a->cx->arena, a->object);
	pv_objb to, b;
	pv_objb_init(&to, a->cx->arena);
	pv_objb_put(&to, "destination", *pv_get(a->spec, "destination"));
	if (pv_count(pv_get(a->spec, "sources")))
		pv_objb_put(&to, "sources", *pv_get(a->spec, "sources"));
	else if (source)
		pv_objb_put(&to, "source", *source);
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "status", sync_names[a->compared ? a->sync : SYNC_UNKNOWN]);
	if (a->from->revision)
		sources_put_revisions(a, &b);
	pv_objb_put(&b, "comparedTo", pv_objb_end(&to));
	return pv_objb_end(&b);
}

static pv_val
app_health(app *a)
{
	enum health health = a->compared || a->unloaded ? a->health : HEALTH_UNKNOWN;
	bool same = pv_streq(pv_text_at(a->status, "health.status", ""), health_name(health));
	const char *since = same ? pv_text_at(a->status, "health.lastTransitionTime", NULL) : NULL;
	pv_val v = health_val(a, health, NULL);
	since = since ? since : pv_time_format(a->cx->arena, pv_plan_now(a->plan));
	return pv_with(a->cx->arena, &v, "lastTransitionTime", pv_string_ref(since));
}

static void
keep(pv_objb *b, const char *key, const pv_val *now, const pv_val *before)
{
	if (now || before)
		pv_objb_put(b, key, now ? *now : *before);
}

pv_val
app_status(app *a, const sync_state *state)
{
	const pv_val *old = a->status;
	pv_val now, was;
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "sync", sync_val(a));
	pv_objb_put(&b, "health", app_health(a));
	if (a->compared) {
		pv_objb_put(&b, "resources", resources(a));
		pv_objb_put(&b, "summary", summary(a));
	} else {
		keep(&b, "resources", NULL, pv_get(old, "resources"));
		keep(&b, "summary", NULL, pv_get(old, "summary"));
	}
	sources_put_types(a, &b);
	if (a->conditions.len)
		pv_objb_put(&b, "conditions", conditions(a));
	keep(&b, "operationState", state->operation, pv_get(old, "operationState"));
	keep(&b, "history", state->history, pv_get(old, "history"));
	keep(&b, "sourceHydrator", a->hydrated, pv_get(old, "sourceHydrator"));
	pv_objb_puts(&b, "controllerNamespace", "argocd");
	if (a->looking)
		pv_objb_put(&b, LOOKING, pv_int(LOOKED));
	/* The time of the last change, not of the last look: a look that finds nothing writes nothing. */
	now = pv_objb_end(&b);
	was = pv_without(a->cx->arena, old, "reconciledAt");
	if (old && pv_eq(&now, &was))
		return *old;
	return pv_with(a->cx->arena, &now, "reconciledAt",
		       pv_string_ref(pv_time_format(a->cx->arena, pv_plan_now(a->plan))));
}
