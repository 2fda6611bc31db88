#include "governance/opa/maps.h"

#include <pthread.h>
#include <string.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/str.h"
#include "governance/rego/rego.h"
#include "lang/yaml/yaml.h"

#define DATA_LABEL "openpolicyagent.org/data"
#define LABELS "openpolicyagent.org/" /* both of them begin so */
#define ALIASED 1000 /* nodes that aliases may bring into a document: each is kept as a copy */

struct opa_maps {
	opa_engine *engine;
	pv_store *store;
	void (*wake)(void *arg);
	void *arg;
	pthread_mutex_t lock; /* of the watch, and of making the engine's state the newest */
	pv_watch *watch;
	bool stale;
	pv_ctx fault;    /* why they did not load together; no error: they did */
	uint64_t beside; /* the number of the state that they did not load into */
};

static bool
is_data(const pv_val *map)
{
	const char *ns = pv_text_at(map, "metadata.namespace", "");
	return pv_streq(pv_text(pv_get(pv_at(map, "metadata.labels"), DATA_LABEL), ""), "opa") &&
	       (pv_streq(ns, "pave-system") || pv_streq(ns, "opa")) &&
	       !pv_at(map, "metadata.deletionTimestamp");
}

/* NULL: it is none that may count. */
static const pv_val *
labelled(const pv_rec *rec)
{
	pv_str json = rec ? pv_rec_json(rec) : (pv_str){"", 0};
	return memmem(json.s, json.len, LABELS, sizeof(LABELS) - 1) ? pv_rec_val(rec) : NULL;
}

static bool
keep(const pv_rec *rec, void *arg PV_UNUSED)
{
	const pv_val *map = labelled(rec);
	return map && (rego_is_policy(map) || is_data(map));
}

static bool
differs(const pv_event *event)
{
	const pv_val *now = event->type == PV_DELETED ? NULL : labelled(event->rec),
		     *before = labelled(event->prev);
	bool is = now && is_data(now), was = before && is_data(before);
	return is != was || (is && !pv_eq(pv_get(now, "data"), pv_get(before, "data"))) ||
	       !rego_same_policy(now, before);
}

/* ---- what the engine has ---- */

static const char *
whose(pv_ctx *cx, const pv_val *map)
{
	return pv_printf(cx->arena, "ConfigMap %s/%s", pv_text_at(map, "metadata.namespace", ""),
			 pv_text_at(map, "metadata.name", ""));
}

static int
hold_packages(pv_ctx *cx, const pv_val *map, pv_objb *ret)
{
	static const pv_rego_opts syntax = {.v0 = true, .alone = true};
	pv_vec modules;
	pv_vec_init(&modules, cx->arena, sizeof(pv_rego_module));
	int r = rego_modules(cx, map, &modules);
	for (size_t i = 0; r == 0 && i < modules.len; i++) {
		const char *package;
		r = pv_rego_package(cx, PV_AT(pv_rego_module, &modules, i), &syntax, &package);
		if (r < 0)
			return r;
		char *path = pv_strdup(cx->arena, package);
		for (char *c = path; *c; c++)
			*c = *c == '.' ? '/' : *c;
		pv_objb_puts(ret, path, whose(cx, map));
	}
	return r;
}

int
opa_maps_held(pv_ctx *cx, const pv_val *map, pv_objb *ret)
{
	const pv_val *texts = pv_get(map, "data");
	if (rego_is_policy(map))
		return hold_packages(cx, map, ret);
	for (size_t i = 0; is_data(map) && i < pv_member_count(texts); i++)
		pv_objb_puts(ret,
			     pv_printf(cx->arena, "%s/%s/%s", pv_text_at(map, "metadata.namespace", ""),
				       pv_text_at(map, "metadata.name", ""), texts->members[i].key.s),
			     whose(cx, map));
	return 0;
}

static int
add_policies(pv_ctx *cx, const pv_val *map, pv_objb *all)
{
	pv_vec modules;
	pv_vec_init(&modules, cx->arena, sizeof(pv_rego_module));
	int r = rego_modules(cx, map, &modules);
	for (size_t i = 0; r == 0 && i < modules.len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, &modules, i);
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, "raw", pv_stringn(cx->arena, m->text.s, m->text.len));
		pv_objb_put(&o, "v0", pv_bool(!m->v1));
		pv_objb_put(all, m->name, pv_objb_end(&o));
	}
	return r;
}

/* data.NAMESPACE.NAME.KEY: what each key's text says, JSON or YAML. */
static int
add_data(pv_ctx *cx, const pv_val *map, const pv_val **data)
{
	const pv_val *texts = pv_get(map, "data"), *doc;
	const char *ns = pv_text_at(map, "metadata.namespace", ""),
		   *name = pv_text_at(map, "metadata.name", "");
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_member_count(texts); i++) {
		const char *key = pv_text(&texts->members[i].key, "");
		pv_str text = pv_strv(&texts->members[i].val);
		pv_objb o;
		r = pv_yaml_parse(cx, text, &(pv_yaml_opts){.file = key, .nodes = text.len + ALIASED}, &doc);
		if (r < 0)
			return pv_wrap(cx, r, "ConfigMap %s/%s", ns, name);
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, key, *doc);
		pv_val one = pv_objb_end(&o);
		r = pv_document_merge(cx, name, *data, pv_printf(cx->arena, "%s/%s", ns, name), &one, data);
	}
	return r;
}

/* What bundles brought stays. */
static void
keep_bundles(pv_ctx *cx, const opa_draft *d, pv_objb *policies)
{
	pv_objb_init(policies, cx->arena);
	for (size_t i = 0; i < d->policies->len; i++)
		if (pv_get(&d->policies->members[i].val, "bundle"))
			pv_objb_add(policies, d->policies->members[i].key, d->policies->members[i].val);
}

static int
erase_held(pv_ctx *cx, opa_draft *d)
{
	pv_listb roots;
	pv_listb_init(&roots, cx->arena);
	for (size_t i = 0; i < d->held->len; i++)
		pv_listb_add(&roots, d->held->members[i].key);
	pv_val all = pv_listb_end(&roots);
	return opa_erase(cx, d, &all);
}

typedef struct gathering {
	const opa_maps *maps;
	const pv_val *instead; /* of the one of its name; NULL: of none */
} gathering;

static bool
same_name(const pv_val *a, const pv_val *b)
{
	return pv_streq(pv_text_at(a, "metadata.name", ""), pv_text_at(b, "metadata.name", NULL)) &&
	       pv_streq(pv_text_at(a, "metadata.namespace", ""), pv_text_at(b, "metadata.namespace", NULL));
}

static int
add(pv_ctx *cx, const pv_val *map, opa_draft *d, pv_objb *policies, pv_objb *held)
{
	int r = is_data(map) ? add_data(cx, map, &d->data) : add_policies(cx, map, policies);
	return r < 0 ? r : opa_maps_held(cx, map, held);
}

static int
make(pv_ctx *cx, opa_draft *d, void *arg)
{
	const gathering *g = arg;
	const opa_maps *m = g->maps;
	pv_list_query query = {.type = "/ConfigMap", .keep = keep};
	pv_listing listing;
	pv_objb policies, held;
	int r = pv_store_list(cx, m->store, &query, &listing);
	keep_bundles(cx, d, &policies);
	pv_objb_init(&held, cx->arena);
	if (r == 0)
		r = erase_held(cx, d);
	for (size_t i = 0; r == 0 && i < listing.len; i++) {
		const pv_val *map = pv_rec_val(listing.recs[i]);
		if (!g->instead || !same_name(map, g->instead))
			r = add(cx, map, d, &policies, &held);
	}
	if (r == 0 && g->instead)
		r = add(cx, g->instead, d, &policies, &held);
	d->policies = pv_box(cx->arena, pv_objb_end(&policies));
	d->held = pv_box(cx->arena, pv_objb_end(&held));
	return r < 0 ? r : opa_check_held(cx, d->bundles, d->held);
}

static const char *
kept(pv_ctx *cx, const char *text)
{
	return text ? pv_strdup(cx->arena, text) : NULL;
}

/* Fails as another turn did, which may end before this one. */
static int
fail_as(pv_ctx *cx, const pv_error *e)
{
	int r = pv_fail_at(cx, e->code, e->file, e->line, e->column, "%s", e->message);
	for (const pv_cause *c = e->causes; c; c = c->next)
		pv_add_cause(cx, kept(cx, c->reason), c->field, "%s", c->message);
	return r;
}

/* With the lock, as what is below.  In a turn of its own, so that what fails has to do with the ConfigMaps alone:
 * it is tried again when they, or what bundles brought, are others. */
static void
load(opa_maps *m)
{
	pv_ctx cx;
	pv_ctx_init(&cx, "opa-maps");
	m->beside = opa_state_number(opa_engine_state(&cx, m->engine));
	m->stale = false;
	pv_ctx_reset(&m->fault);
	int r = opa_engine_change(&cx, m->engine, make, &(gathering){m, NULL});
	if (r < 0) {
		pv_wrap(&cx, r, "the policies do not load together");
		fail_as(&m->fault, cx.err);
		pv_log(PV_WARN, "opa", "ConfigMaps are not in force together; what was before stays", "why",
		       pv_error_text(&cx), NULL);
	}
	pv_ctx_done(&cx);
}

static int
freshen(pv_ctx *cx, opa_maps *m)
{
	pv_event event;
	int r;
	while ((r = pv_watch_next(cx, m->watch, &event)) == 1)
		m->stale = m->stale || differs(&event);
	if (r == -PV_EGONE) { /* fell behind: start over from now */
		pv_recover(cx);
		m->watch = pv_watch_close(m->watch);
		r = pv_watch_open(cx, m->store, "/ConfigMap", pv_store_rev(m->store), m->wake, m->arg,
				  &m->watch);
		m->stale = true;
	}
	if (r < 0)
		return r;
	if (m->stale || (m->fault.err && m->beside != opa_state_number(opa_engine_state(cx, m->engine))))
		load(m);
	return m->fault.err ? fail_as(cx, m->fault.err) : 0;
}

int
opa_maps_try(pv_ctx *cx, const opa_maps *m, const pv_val *map)
{
	if (!rego_is_policy(map) && !is_data(map))
		return 0;
	return opa_engine_try(cx, m->engine, make, &(gathering){m, map});
}

int
opa_maps_freshen(pv_ctx *cx, opa_maps *m)
{
	pthread_mutex_lock(&m->lock);
	int r = freshen(cx, m);
	pthread_mutex_unlock(&m->lock);
	return r;
}

int
opa_maps_open(pv_ctx *cx, pv_store *store, opa_engine *engine, void (*wake)(void *arg), void *arg,
	      opa_maps **ret)
{
	opa_maps *m = pv_heap_new(sizeof *m);
	pthread_mutex_init(&m->lock, NULL);
	m->store = store;
	m->engine = engine;
	m->wake = wake;
	m->arg = arg;
	m->stale = true;
	pv_ctx_init_small(&m->fault, "opa-maps");
	int r = pv_watch_open(cx, store, "/ConfigMap", pv_store_rev(store), wake, arg, &m->watch);
	if (r < 0)
		(void)opa_maps_close(m);
	else
		*ret = m;
	return r;
}

opa_maps *
opa_maps_close(opa_maps *m)
{
	if (!m)
		return NULL;
	m->watch = pv_watch_close(m->watch);
	pv_ctx_done(&m->fault);
	pthread_mutex_destroy(&m->lock);
	pv_heap_free(m);
	return NULL;
}
