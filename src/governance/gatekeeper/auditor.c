#include "governance/gatekeeper/auditor.h"

#include <pthread.h>
#include <string.h>

#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"
#include "core/enforcement/enforcement.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/set.h"

#define VIOLATIONS_MOST 20 /* that are listed of a constraint; all are counted */
#define MESSAGE_MOST 256   /* bytes */
#define PAGE 500

/* Rules that see one object only, and those that read data.inventory: the latter are asked again about
 * everything whenever anything changed. */
enum { PLAIN, REFERENTIAL, PARTS };

struct auditor {
	pthread_mutex_t lock;
	pv_api *api;
	pv_watch *watch; /* of everything; NULL: not yet */
	pv_map *found
		[PARTS]; /* "type\nns\nname" -> const pv_val *, frozen: [{kind, constraint, violation}] */
	uint64_t stamp;  /* of the rules that it was found by */
	bool stale;      /* everything is to be judged again */
	const pv_val *tallies; /* frozen */
};

typedef struct round { /* one bringing up to date */
	pv_ctx *cx;
	struct auditor *a;
	gatekeeper_audit *rules[PARTS]; /* NULL: there are none */
	pv_map *dirty;                  /* the keys of what changed */
	bool any;                       /* something was written */
	bool news;                      /* what was found is another */
} round;

static const char owner;

static void
on_wake(void *arg PV_UNUSED)
{
	/* Nothing to do: whoever asks next drains the watch. */
}

static void
forget(struct auditor *a, int part)
{
	size_t pos = 0;
	void *v;

	while (pv_map_each(a->found[part], &pos, NULL, &v))
		pv_unref(v);
	pv_map_free(a->found[part]);
	a->found[part] = pv_map_new(NULL);
}

static void
auditor_close(void *arg)
{
	struct auditor *a = arg;

	a->watch = pv_watch_close(a->watch);
	for (int i = 0; i < PARTS; i++) {
		forget(a, i);
		pv_map_free(a->found[i]);
	}
	pv_unref(a->tallies);
	pthread_mutex_destroy(&a->lock);
	pv_heap_free(a);
}

/* ---- one object ---- */

static const char *
key_of(pv_arena *arena, const pv_key *key)
{
	return pv_printf(arena, "%s\n%s\n%s", key->type, key->ns, key->name);
}

static const char *
shortened(pv_ctx *cx, const char *text)
{
	if (strlen(text) <= MESSAGE_MOST)
		return text;
	return pv_printf(cx->arena, "%.*s...", (int)pv_str_clip(text, MESSAGE_MOST - 3).len, text);
}

/* What the finding comes to, as a constraint's action; NULL: nothing, it is exempt. */
static const char *
action_of(pv_ctx *cx, pv_api *api, const pv_resource *res, const pv_val *object, const gatekeeper_finding *f)
{
	static const char *const names[] = {NULL, "dryrun", "warn", "deny"};
	const pv_admit admit = {.operation = PV_OP_CREATE,
				.resource = res,
				.ns = pv_text_at(object, "metadata.namespace", ""),
				.name = pv_text_at(object, "metadata.name", ""),
				.object = object,
				.serving = api};
	const pv_rule_name rule = {.kind = f->kind, .name = f->constraint};
	enum pv_effect own = pv_streq(f->action, "deny")   ? PV_EFFECT_DENY
			     : pv_streq(f->action, "warn") ? PV_EFFECT_WARN
							   : PV_EFFECT_AUDIT;
	pv_ruling ruling = pv_enforcement_rule(cx, &admit, &rule, own);

	return ruling.effect == own ? f->action : names[ruling.effect];
}

static pv_val
violation_of(pv_ctx *cx, const pv_resource *res, const pv_key *key, const gatekeeper_finding *f,
	     const char *action)
{
	pv_objb violation, b;

	pv_objb_init(&violation, cx->arena);
	pv_objb_puts(&violation, "enforcementAction", action);
	pv_objb_puts(&violation, "group", res->group);
	pv_objb_puts(&violation, "version", res->version);
	pv_objb_puts(&violation, "kind", res->kind);
	pv_objb_puts(&violation, "namespace", *key->ns ? key->ns : NULL);
	pv_objb_puts(&violation, "name", key->name);
	pv_objb_puts(&violation, "message", shortened(cx, f->message));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", f->kind);
	pv_objb_puts(&b, "constraint", f->constraint);
	pv_objb_put(&b, "violation", pv_objb_end(&violation));
	return pv_objb_end(&b);
}

static void
keep(round *t, int part, const char *key, const pv_val *violations)
{
	const pv_val *next = pv_count(violations) ? pv_freeze(violations) : NULL;
	const pv_val *before = next ? pv_map_put(t->a->found[part], key, strlen(key), (void *)(uintptr_t)next)
				    : pv_map_del(t->a->found[part], key, strlen(key));

	t->news = t->news || (before ? !next || !pv_eq(before, next) : next != NULL);
	pv_unref(before);
}

/* object NULL: it is gone. */
static int
judge(round *t, pv_ctx *scratch, int part, const pv_resource *res, const pv_key *key, const pv_val *object)
{
	pv_vec findings;
	pv_listb list;
	pv_val all;
	int r = 0;

	pv_vec_init(&findings, scratch->arena, sizeof(gatekeeper_finding));
	if (object && t->rules[part] && gatekeeper_audit_asks(scratch, t->rules[part], res))
		r = gatekeeper_audit_object(scratch, t->rules[part], res, object, &findings);
	if (r < 0)
		return pv_fail(t->cx, PV_EUNAVAILABLE, "%s", pv_error_text(scratch));
	pv_listb_init(&list, scratch->arena);
	for (size_t i = 0; i < findings.len; i++) {
		const gatekeeper_finding *f = PV_AT(gatekeeper_finding, &findings, i);
		const char *action = action_of(scratch, t->a->api, res, object, f);

		if (action)
			pv_listb_add(&list, violation_of(scratch, res, key, f, action));
	}
	all = pv_listb_end(&list);
	keep(t, part, key_of(scratch->arena, key), &all);
	return 0;
}

/* ---- all objects of a type, in pages: what was read for one is let go before the next ---- */

static int
judge_type(round *t, int part, const pv_resource *res)
{
	pv_list_query query = {.type = res->type, .limit = PAGE};
	pv_listing listing = {.more = true};
	pv_ctx page, scratch;
	int r = 0;

	pv_ctx_init(&page, "audit-page");
	pv_ctx_init(&scratch, "audit");
	while (r == 0 && listing.more) {
		r = pv_store_list(&page, pv_api_store(t->a->api), &query, &listing);
		if (r < 0)
			r = pv_fail(t->cx, PV_EUNAVAILABLE, "%s", pv_error_text(&page));
		for (size_t i = 0; r == 0 && i < listing.len; i++) {
			r = judge(t, &scratch, part, res, pv_rec_key(listing.recs[i]),
				  pv_rec_val(listing.recs[i]));
			pv_ctx_reset(&scratch);
		}
		if (r == 0 && listing.more) {
			const pv_key *last = pv_rec_key(listing.recs[listing.len - 1]);

			query.after_ns = pv_strdup(t->cx->arena, last->ns);
			query.after_name = pv_strdup(t->cx->arena, last->name);
		}
		pv_ctx_reset(&page);
	}
	pv_ctx_done(&scratch);
	pv_ctx_done(&page);
	return r;
}

static int
judge_all(round *t, int part)
{
	const pv_resource *res;
	size_t pos = 0;
	int r = 0;

	t->news = t->news || pv_map_len(t->a->found[part]);
	forget(t->a, part);
	while (r == 0 && t->rules[part] && pv_resource_each(t->cx, pv_api_registry(t->a->api), &pos, &res))
		if (res->storage && !res->view && gatekeeper_audit_asks(t->cx, t->rules[part], res))
			r = judge_type(t, part, res);
	return r;
}

/* ---- what changed ---- */

static const pv_val *
labels_of(const pv_rec *rec)
{
	return rec ? pv_at(pv_rec_val(rec), "metadata.labels") : NULL;
}

static bool
same_labels(const pv_event *event)
{
	const pv_val *a = labels_of(event->rec), *b = labels_of(event->prev);

	return event->type != PV_DELETED && event->prev && (a == b || (a && b && pv_eq(a, b)));
}

static void
note(round *t, const pv_event *event)
{
	const pv_key *key = pv_rec_key(event->rec);
	const char *slash = strchr(key->type, '/');

	if (slash &&
	    pv_ends_with(pv_strndup(t->cx->arena, key->type, (size_t)(slash - key->type)), ".gatekeeper.sh"))
		return; /* the stamp tells of these */
	if (pv_streq(key->type, "/Namespace") && !same_labels(event))
		t->a->stale = true; /* selectors and rules read them */
	t->any = true;
	pv_map_puts(t->dirty, key_of(t->cx->arena, key), t);
}

static int
drain(round *t)
{
	struct auditor *a = t->a;
	pv_store *store = pv_api_store(a->api);
	pv_event event;
	int r = 0;

	if (a->watch)
		while ((r = pv_watch_next(t->cx, a->watch, &event)) == 1)
			note(t, &event);
	if (r == -PV_EGONE) { /* fell behind: start over from now */
		(void)pv_recover(t->cx);
		a->watch = pv_watch_close(a->watch);
		r = 0;
	}
	if (r == 0 && !a->watch) {
		a->stale = true;
		r = pv_watch_open(t->cx, store, NULL, pv_store_rev(store), on_wake, a, &a->watch);
	}
	return r;
}

static int
judge_dirty(round *t)
{
	pv_ctx scratch;
	size_t pos = 0;
	pv_str place;
	int r = 0;

	pv_ctx_init(&scratch, "audit");
	while (r == 0 && pv_map_each(t->dirty, &pos, &place, NULL)) {
		pv_str rest = place, type = {0}, ns = {0};
		const pv_resource *res;
		const pv_rec *rec;
		pv_key key;

		(void)pv_str_next(&rest, '\n', &type);
		(void)pv_str_next(&rest, '\n', &ns);
		key = (pv_key){pv_strndup(scratch.arena, type.s, type.len),
			       pv_strndup(scratch.arena, ns.s, ns.len),
			       pv_strndup(scratch.arena, rest.s, rest.len)};
		res = pv_resource_of_type(&scratch, pv_api_registry(t->a->api), key.type);
		rec = pv_store_find(&scratch, pv_api_store(t->a->api), &key);
		/* Of a kind that is gone nothing violates. */
		r = judge(t, &scratch, PLAIN, res, &key, res && rec ? pv_rec_val(rec) : NULL);
		pv_ctx_reset(&scratch);
	}
	pv_ctx_done(&scratch);
	return r;
}

/* ---- what a status says ---- */

typedef struct place {
	const char *key;
	const pv_val *violations;
} place;

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const place *)a)->key, ((const place *)b)->key);
}

typedef struct tally {
	const char *kind, *name;
	int64_t total;
	pv_listb listed;
} tally;

static void
count(pv_ctx *cx, pv_map *tallies, const pv_val *row)
{
	const char *kind = pv_text_at(row, "kind", ""), *name = pv_text_at(row, "constraint", ""),
		   *key = pv_printf(cx->arena, "%s %s", kind, name);
	tally *t = pv_map_finds(tallies, key);

	if (!t) {
		t = pv_new(cx->arena, tally);
		t->kind = kind;
		t->name = name;
		pv_listb_init(&t->listed, cx->arena);
		pv_map_puts(tallies, key, t);
	}
	if (t->total++ < VIOLATIONS_MOST)
		pv_listb_add(&t->listed, *pv_get(row, "violation"));
}

static pv_val
tallies_of(pv_ctx *cx, pv_map *tallies)
{
	pv_val all = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	size_t pos = 0;
	void *v;

	while (pv_map_each(tallies, &pos, NULL, &v)) {
		tally *t = v;
		const pv_val *kind = pv_get(&all, t->kind);
		pv_objb one, of_kind;

		pv_objb_init(&one, cx->arena);
		pv_objb_put(&one, "total", pv_int(t->total));
		pv_objb_put(&one, "violations", pv_listb_end(&t->listed));
		pv_objb_init(&of_kind, cx->arena);
		if (kind)
			pv_objb_from(&of_kind, cx->arena, kind);
		pv_objb_put(&of_kind, t->name, pv_objb_end(&one));
		all = pv_with(cx->arena, &all, t->kind, pv_objb_end(&of_kind));
	}
	return all;
}

static void
tally_up(round *t)
{
	pv_map *tallies;
	pv_vec places;
	pv_ctx scratch;
	pv_val all;

	pv_ctx_init(&scratch, "audit-tally");
	tallies = pv_map_new(scratch.arena);
	pv_vec_init(&places, scratch.arena, sizeof(place));
	for (int i = 0; i < PARTS; i++) {
		size_t pos = 0;
		pv_str key;
		void *v;

		while (pv_map_each(t->a->found[i], &pos, &key, &v)) {
			place p = {pv_strndup(scratch.arena, key.s, key.len), v};

			pv_vec_push(&places, &p);
		}
	}
	pv_vec_sort(&places, by_key);
	for (size_t i = 0; i < places.len; i++) {
		const pv_val *rows = PV_AT(place, &places, i)->violations;

		for (size_t k = 0; k < pv_count(rows); k++)
			count(&scratch, tallies, pv_item(rows, k));
	}
	all = tallies_of(&scratch, tallies);
	pv_unref(t->a->tallies);
	t->a->tallies = pv_freeze(&all);
	pv_ctx_done(&scratch);
}

/* ---- bringing it up to date ---- */

static int
bring_up(round *t)
{
	struct auditor *a = t->a;
	uint64_t stamp = 0, softened = 0;
	bool all;
	int r = drain(t);

	if (r == 0)
		r = pv_enforcement_stamp(t->cx, a->api, &softened);
	if (r == 0)
		r = gatekeeper_audit_split(t->cx, a->api, &t->rules[PLAIN], &t->rules[REFERENTIAL], &stamp);
	stamp = stamp * 31 + softened;
	all = a->stale || stamp != a->stamp;
	a->stale = true; /* until it is done: what was drained is not told again */
	if (r == 0)
		r = all ? judge_all(t, PLAIN) : judge_dirty(t);
	if (r == 0 && (all || t->any) && (t->rules[REFERENTIAL] || pv_map_len(a->found[REFERENTIAL])))
		r = judge_all(t, REFERENTIAL);
	if (r < 0)
		return r;
	if (all || t->news)
		tally_up(t);
	a->stale = false;
	a->stamp = stamp;
	return 0;
}

int
gk_auditor_now(pv_ctx *cx, pv_api *api, const pv_val **ret)
{
	struct auditor *a = pv_api_kept(api, &owner);
	round t = {.cx = cx, .a = a, .dirty = pv_map_new(cx->arena)};
	int r;

	*ret = NULL;
	if (pthread_mutex_trylock(&a->lock) != 0)
		return 0;
	r = bring_up(&t);
	if (r == 0)
		*ret = pv_hold(cx, a->tallies);
	pthread_mutex_unlock(&a->lock);
	return r;
}

int
gk_auditor_open(pv_ctx *cx PV_UNUSED, pv_api *api)
{
	struct auditor *a = pv_heap_new(sizeof *a);

	pthread_mutex_init(&a->lock, NULL);
	a->api = api;
	for (int i = 0; i < PARTS; i++)
		a->found[i] = pv_map_new(NULL);
	pv_api_keep(api, &owner, a, auditor_close);
	return 0;
}
