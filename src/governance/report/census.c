/* census: what was found of everything that exists, kept up by a watch over the store: only what changed is
 * judged again; everything, when a policy or a namespace's labels did, and once a minute, as params and
 * data.inventory are other objects.  Nothing is watched until somebody asks. */
#include <pthread.h>
#include <string.h>

#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "base/turn.h"
#include "governance/report/report.h"

#define PAGE 500
#define ANEW_AFTER (60 * PV_SEC)

struct census {
	pthread_mutex_t lock;
	pv_api *api;
	pv_watch *watch;  /* of everything; NULL: not yet */
	pv_map *found;    /* "type\nns\nname" of what has findings -> const pv_val *, frozen: rows */
	uint64_t stamp;   /* of the policies that it was found by */
	uint64_t version; /* another when anything was found or is not any more */
	int64_t at;       /* monotonic, when everything was judged */
	bool stale;
};

typedef struct round { /* one bringing up to date */
	pv_ctx *cx;
	struct census *c;
	report_asker *asker; /* NULL: there are no policies */
	pv_map *dirty;
	const pv_resource *res; /* of what is read, when all is */
} round;

static const char owner; /* its address is this module's key with the API */

static void
on_wake(void *arg PV_UNUSED)
{
	/* Nothing to do: whoever asks next drains the watch. */
}

static void
forget(struct census *c)
{
	size_t pos = 0;
	void *v;

	while (pv_map_each(c->found, &pos, NULL, &v))
		pv_unref(v);
	pv_map_free(c->found);
	c->found = pv_map_new(NULL);
}

static void
close_census(void *arg)
{
	struct census *c = arg;

	c->watch = pv_watch_close(c->watch);
	forget(c);
	pv_map_free(c->found);
	pthread_mutex_destroy(&c->lock);
	pv_heap_free(c);
}

int
census_open(pv_ctx *cx PV_UNUSED, pv_api *api)
{
	struct census *c = pv_heap_new(sizeof *c);

	pthread_mutex_init(&c->lock, NULL);
	c->api = api;
	c->version = 1;
	c->found = pv_map_new(NULL);
	pv_api_keep(api, &owner, c, close_census);
	return 0;
}

/* ---- one object ---- */

static const char *
key_of(pv_arena *arena, const pv_key *key)
{
	return pv_printf(arena, "%s\n%s\n%s", key->type, key->ns, key->name);
}

static pv_key
place_of(pv_arena *arena, pv_str key)
{
	pv_str type = {0}, ns = {0};

	(void)pv_str_next(&key, '\n', &type);
	(void)pv_str_next(&key, '\n', &ns);
	return (pv_key){pv_strndup(arena, type.s, type.len), pv_strndup(arena, ns.s, ns.len),
			pv_strndup(arena, key.s, key.len)};
}

static pv_val
row_of(pv_ctx *cx, const report_finding *f)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", f->rule.kind);
	pv_objb_puts(&b, "ns", f->rule.ns);
	pv_objb_puts(&b, "name", f->rule.name);
	pv_objb_puts(&b, "rule", f->rule.rule);
	pv_objb_puts(&b, "source", f->source);
	pv_objb_puts(&b, "message", f->message);
	pv_objb_put(&b, "own", pv_int(f->own));
	pv_objb_put(&b, "failed", pv_bool(f->failed));
	return pv_objb_end(&b);
}

static report_finding
finding_of(const pv_val *row)
{
	return (report_finding){.rule = {.kind = pv_text_at(row, "kind", ""),
					 .ns = pv_text_at(row, "ns", NULL),
					 .name = pv_text_at(row, "name", ""),
					 .rule = pv_text_at(row, "rule", NULL)},
				.source = pv_text_at(row, "source", ""),
				.message = pv_text_at(row, "message", ""),
				.own = (enum pv_effect)pv_i64_at(row, "own", 0),
				.failed = pv_truth_at(row, "failed", false)};
}

/* rec NULL: it is gone. */
static void
judge(round *t, pv_ctx *scratch, const pv_resource *res, const pv_key *place, const pv_rec *rec)
{
	const char *key = key_of(scratch->arena, place);
	const pv_val *rows = NULL;
	pv_vec findings;
	pv_listb list;
	pv_val all;

	pv_vec_init(&findings, scratch->arena, sizeof(report_finding));
	if (rec && res && t->asker)
		report_find(scratch, t->asker, res, rec, &findings);
	pv_listb_init(&list, scratch->arena);
	for (size_t i = 0; i < findings.len; i++)
		pv_listb_add(&list, row_of(scratch, PV_AT(report_finding, &findings, i)));
	all = pv_listb_end(&list);
	if (findings.len)
		rows = pv_map_put(t->c->found, key, strlen(key), (void *)(uintptr_t)pv_freeze(&all));
	else
		rows = pv_map_del(t->c->found, key, strlen(key));
	if (findings.len || rows)
		t->c->version++;
	pv_unref(rows);
}

static int
judge_page(void *arg, pv_ctx *page PV_UNUSED, const pv_listing *listing)
{
	round *t = arg;
	pv_ctx scratch;
	int r = 0;

	pv_ctx_init(&scratch, "census");
	for (size_t i = 0; r == 0 && i < listing->len; i++) {
		judge(t, &scratch, t->res, pv_rec_key(listing->recs[i]), listing->recs[i]);
		pv_ctx_reset(&scratch);
		r = pv_ctx_check(t->cx); /* a policy may take seconds, for each of them */
	}
	pv_ctx_done(&scratch);
	return r;
}

static int
judge_all(round *t)
{
	size_t pos = 0;
	int r = 0;

	forget(t->c);
	t->c->version++;
	while (r == 0 && t->asker && pv_resource_each(t->cx, pv_api_registry(t->c->api), &pos, &t->res)) {
		const pv_list_query query = {.type = t->res->type, .limit = PAGE};

		if (t->res->storage && !t->res->view)
			r = pv_store_pages(t->cx, pv_api_store(t->c->api), &query, judge_page, t);
	}
	t->c->at = pv_mono();
	return r;
}

static int
judge_dirty(round *t)
{
	pv_ctx scratch;
	size_t pos = 0;
	pv_str key;
	int r = 0;

	pv_ctx_init(&scratch, "census");
	while (r == 0 && pv_map_each(t->dirty, &pos, &key, NULL)) {
		pv_key place = place_of(scratch.arena, key);
		const pv_resource *res =
			pv_resource_of_type(&scratch, pv_api_registry(t->c->api), place.type);

		judge(t, &scratch, res, &place, pv_store_find(&scratch, pv_api_store(t->c->api), &place));
		pv_ctx_reset(&scratch);
		r = pv_ctx_check(t->cx);
	}
	pv_ctx_done(&scratch);
	return r;
}

/* ---- what changed ---- */

/* Of what changes every second nothing is judged. */
static bool
is_noise(const char *type)
{
	return pv_streq(type, "/Event") || pv_streq(type, "events.k8s.io/Event") ||
	       pv_streq(type, "coordination.k8s.io/Lease") || pv_starts_with(type, "governance.pave.dev/");
}

static bool
is_same(const pv_event *event, const char *path)
{
	const pv_val *a, *b;

	if (event->type == PV_DELETED || !event->prev)
		return false;
	a = pv_at(pv_rec_val(event->rec), path);
	b = pv_at(pv_rec_val(event->prev), path);
	return a == b || (a && b && pv_eq(a, b));
}

static void
note(round *t, const pv_event *event)
{
	const pv_key *key = pv_rec_key(event->rec);

	if (is_noise(key->type))
		return;
	if (pv_starts_with(key->type, "admissionregistration.k8s.io/") && !is_same(event, "spec"))
		t->c->stale = true;
	if (pv_streq(key->type, "/Namespace") && !is_same(event, "metadata.labels"))
		t->c->stale = true; /* selectors and rules read them */
	pv_map_puts(t->dirty, key_of(t->cx->arena, key), t);
}

static int
drain(round *t)
{
	struct census *c = t->c;
	pv_store *store = pv_api_store(c->api);
	pv_event event;
	int r = 0;

	if (c->watch)
		while ((r = pv_watch_next(t->cx, c->watch, &event)) == 1)
			note(t, &event);
	if (r == -PV_EGONE) { /* fell behind: start over from now */
		(void)pv_recover(t->cx);
		c->watch = pv_watch_close(c->watch);
		r = 0;
	}
	if (r == 0 && !c->watch) {
		c->stale = true;
		r = pv_watch_open(t->cx, store, NULL, pv_store_rev(store), on_wake, c, &c->watch);
	}
	return r;
}

static int
bring_up(round *t)
{
	struct census *c = t->c;
	uint64_t stamp = 0;
	bool all;
	int r = drain(t);

	if (r == 0)
		r = report_begin(t->cx, c->api, &t->asker, &stamp);
	all = c->stale || stamp != c->stamp || pv_mono() - c->at >= ANEW_AFTER;
	c->stale = true; /* until it is done: what was drained is not told again */
	if (r == 0 && all)
		r = judge_all(t);
	else if (r == 0)
		r = judge_dirty(t);
	if (r < 0)
		return r;
	c->stale = false;
	c->stamp = stamp;
	return 0;
}

static void
tell_all(round *t, census_each *each, void *arg)
{
	pv_registry *registry = pv_api_registry(t->c->api);
	size_t pos = 0;
	pv_str key;
	void *v;

	while (pv_map_each(t->c->found, &pos, &key, &v)) {
		pv_key place = place_of(t->cx->arena, key);
		const pv_resource *res = pv_resource_of_type(t->cx, registry, place.type);
		const pv_rec *rec = pv_store_find(t->cx, pv_api_store(t->c->api), &place);

		for (size_t i = 0; res && rec && i < pv_count(v); i++) {
			const report_finding f = finding_of(pv_item(v, i));

			each(arg, rec, res, &f);
		}
	}
}

int
census_go(pv_ctx *cx, pv_api *api, uint64_t known, census_each *each, void *arg, uint64_t *ret_version)
{
	struct census *c = pv_api_kept(api, &owner);
	round t = {.cx = cx, .c = c, .dirty = pv_map_new(cx->arena)};
	int r;

	*ret_version = 0;
	if (pthread_mutex_trylock(&c->lock) != 0)
		return 0;
	r = bring_up(&t);
	if (r == 0 && c->version != known)
		tell_all(&t, each, arg);
	if (r == 0)
		*ret_version = c->version;
	pthread_mutex_unlock(&c->lock);
	return r;
}
