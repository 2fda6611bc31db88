/* set: templates are compiled once for each version of theirs; the constraints of each kind, mutators
 * and the rest are set-ups that are made anew when one of them changes. */
#include "governance/gatekeeper/set.h"

#include <pthread.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "governance/gatekeeper/auditor.h"
#include "governance/gatekeeper/external.h"

typedef struct entry { /* of a template */
	int64_t rev;
	gk_template *template;    /* NULL: it does not compile */
	char *error, *type;       /* type: of its constraints, in the store */
	const pv_val *operations; /* frozen, of a template that does not compile, too; NULL: it names none */
	pv_setup_plan plan;
	pv_setup *constraints;
	bool seen;
} entry;

struct set {
	pthread_mutex_t lock;
	pv_store *store;
	pv_watch *watch;   /* of templates */
	pv_map *entries;   /* kind -> entry */
	pv_setup *changes; /* mutators and ExpansionTemplates */
	pv_setup *settings;
	bool stale;
};

static const char owner; /* its address is this module's key with the API */

static struct set *
set_of(pv_api *api)
{
	return pv_api_kept(api, &owner);
}

static void
on_wake(void *arg PV_UNUSED)
{
	/* Nothing to do: whoever asks next drains the watch. */
}

static void
drop(entry *e)
{
	gk_template_unref(e->template);
	pv_unref(e->operations);
	pv_setup_close(e->constraints);
	pv_heap_free(e->error);
	pv_heap_free(e->type);
	pv_heap_free(e);
}

static void
set_close(void *arg)
{
	struct set *s = arg;
	size_t pos = 0;
	void *e;

	s->watch = pv_watch_close(s->watch);
	while (pv_map_each(s->entries, &pos, NULL, &e))
		drop(e);
	pv_map_free(s->entries);
	pv_setup_close(s->changes);
	pv_setup_close(s->settings);
	pthread_mutex_destroy(&s->lock);
	pv_heap_free(s);
}

/* ---- constraints of a kind ---- */

typedef struct constraints {
	const gk_constraint *list;
	size_t n;
} constraints;

static int
make_constraints(pv_ctx *cx, pv_arena *arena, const pv_listing *found, const void **ret)
{
	gk_constraint *list = pv_new_array(arena, gk_constraint, found[0].len + 1);
	constraints *out = pv_new(arena, constraints);

	for (size_t i = 0; i < found[0].len; i++) {
		const pv_val *object = pv_setup_own(arena, found[0].recs[i]);

		if (gk_constraint_read(cx, arena, object, &list[out->n]) == 0) {
			out->n++;
			continue;
		}
		pv_log(PV_WARN, "gatekeeper", "a constraint is not in force", "constraint",
		       pv_text_at(object, "metadata.name", ""), "error", pv_error_text(cx), NULL);
		(void)pv_recover(cx);
	}
	out->list = list;
	*ret = out;
	return 0;
}

/* ---- templates; the caller holds the lock ---- */

static int
entry_open(pv_ctx *cx, struct set *s, const char *kind, entry **ret)
{
	entry *e = pv_heap_new(sizeof *e);
	int r;

	e->type = pv_heap_printf(GK_CONSTRAINTS "/%s", kind);
	e->plan = (pv_setup_plan){.name = "constraints", .types = {e->type}, .make = make_constraints};
	r = pv_setup_open(cx, s->store, &e->plan, &e->constraints);
	if (r < 0) {
		drop(e);
		return r;
	}
	pv_map_puts(s->entries, kind, e);
	*ret = e;
	return 0;
}

static void
recompile(pv_ctx *cx, entry *e, const pv_val *object)
{
	const pv_val *operations = pv_at(object, "spec.targets.0.operations");
	gk_template *t = NULL;

	pv_unref(e->operations);
	e->operations = operations ? pv_freeze(operations) : NULL;
	pv_heap_free(e->error);
	e->error = NULL;
	if (gk_template_compile(cx, object, NULL, &t) < 0) {
		e->error = pv_heap_printf("%s", pv_error_text(cx));
		pv_log(PV_WARN, "gatekeeper",
		       "a template does not compile; its constraints fail what they are asked", "template",
		       pv_text_at(object, "metadata.name", ""), "error", e->error, NULL);
		(void)pv_recover(cx);
	}
	gk_template_unref(e->template);
	e->template = t;
}

static int
refresh(pv_ctx *cx, struct set *s, const pv_rec *rec)
{
	const pv_val *object = pv_rec_val(rec);
	const char *kind = pv_text_at(object, "spec.crd.spec.names.kind", "");
	entry *e = pv_map_finds(s->entries, kind);
	int r = e ? 0 : entry_open(cx, s, kind, &e);

	if (r < 0)
		return r;
	e->seen = true;
	if (e->rev != pv_rec_rev(rec))
		recompile(cx, e, object);
	e->rev = pv_rec_rev(rec);
	return 0;
}

static int
rebuild(pv_ctx *cx, struct set *s)
{
	pv_list_query query = {.type = GK_TEMPLATES "/ConstraintTemplate"};
	pv_listing all;
	size_t pos = 0;
	pv_str kind;
	void *e;
	int r = pv_store_list(cx, s->store, &query, &all);

	while (r == 0 && pv_map_each(s->entries, &pos, NULL, &e))
		((entry *)e)->seen = false;
	for (size_t i = 0; r == 0 && i < all.len; i++)
		r = refresh(cx, s, all.recs[i]);
	pos = 0;
	while (r == 0 && pv_map_each(s->entries, &pos, &kind, &e))
		if (!((entry *)e)->seen) {
			(void)pv_map_del(s->entries, kind.s, kind.len);
			drop(e);
		}
	s->stale = r < 0;
	return r;
}

static int
freshen(pv_ctx *cx, struct set *s)
{
	pv_event event;
	int r;

	while ((r = pv_watch_next(cx, s->watch, &event)) == 1)
		s->stale = true;
	if (r == -PV_EGONE) { /* fell behind: start over from now */
		(void)pv_recover(cx);
		s->watch = pv_watch_close(s->watch);
		r = pv_watch_open(cx, s->store, GK_TEMPLATES "/ConstraintTemplate", pv_store_rev(s->store),
				  on_wake, s, &s->watch);
		s->stale = true;
	}
	return r < 0 ? r : s->stale ? rebuild(cx, s) : 0;
}

static void
let_go(void *t)
{
	gk_template_unref(t);
}

static const gk_template *
held(pv_ctx *cx, const entry *e)
{
	if (e->template)
		pv_arena_defer(cx->arena, let_go, gk_template_ref(e->template));
	return e->template;
}

static int
add_rules(pv_ctx *cx, const entry *e, gk_book *book)
{
	const gk_template *t = held(cx, e);
	const constraints *all;
	const void *now;
	int r = pv_setup_now(cx, e->constraints, &now);

	if (r < 0)
		return r;
	all = now;
	for (size_t i = 0; i < all->n; i++) {
		gk_rule rule = {.template = t,
				.constraint = &all->list[i],
				.error = t ? NULL : pv_strdup(cx->arena, e->error ? e->error : ""),
				.operations = e->operations ? pv_hold(cx, e->operations) : NULL};

		pv_vec_push(&book->rules, &rule);
	}
	return 0;
}

int
gk_set_book(pv_ctx *cx, pv_api *api, gk_book *ret)
{
	struct set *s = set_of(api);
	bool inventory = false;
	size_t pos = 0;
	void *e;
	int r;

	*ret = (gk_book){.api = api};
	pv_vec_init(&ret->rules, cx->arena, sizeof(gk_rule));
	pthread_mutex_lock(&s->lock);
	r = freshen(cx, s);
	while (r == 0 && pv_map_each(s->entries, &pos, NULL, &e)) {
		size_t before = ret->rules.len;

		r = add_rules(cx, e, ret);
		inventory = inventory || (ret->rules.len > before && ((entry *)e)->template &&
					  gk_template_reads_inventory(((entry *)e)->template));
	}
	pthread_mutex_unlock(&s->lock);
	return r == 0 && inventory ? gk_sync_data(cx, api, &ret->data) : r;
}

int
gk_set_template(pv_ctx *cx, pv_api *api, const char *kind, const gk_template **ret)
{
	struct set *s = set_of(api);
	const entry *e;
	int r;

	*ret = NULL;
	pthread_mutex_lock(&s->lock);
	r = freshen(cx, s);
	e = r == 0 ? pv_map_finds(s->entries, kind) : NULL;
	if (e)
		*ret = held(cx, e);
	pthread_mutex_unlock(&s->lock);
	return r;
}

/* ---- mutators and ExpansionTemplates ---- */

/* Those that are not sound, or in conflict, are left out: their status says so. */
static int
make_changes(pv_ctx *cx, pv_arena *arena, const pv_listing *found, const void **ret)
{
	gk_expander *e = pv_new(arena, gk_expander);

	gk_mutators_init(&e->mutators, arena);
	pv_vec_init(&e->templates, arena, sizeof(const pv_val *));
	for (size_t k = 0; k < PV_SETUP_KINDS; k++)
		for (size_t i = 0; i < found[k].len; i++) {
			gk_mutator *m;

			if (gk_mutator_new(cx, arena, pv_setup_own(arena, found[k].recs[i]), &m) < 0 ||
			    gk_mutators_add(cx, &e->mutators, m) < 0)
				(void)pv_recover(cx);
		}
	gk_mutators_settle(cx, &e->mutators);
	*ret = e;
	return 0;
}

static const pv_setup_plan changes = {.name = "mutators",
				      .types = {GK_MUTATIONS "/Assign", GK_MUTATIONS "/AssignImage",
						GK_MUTATIONS "/AssignMetadata", GK_MUTATIONS "/ModifySet"},
				      .make = make_changes};

/* ---- ExpansionTemplates, Config, SyncSets ---- */

typedef struct settings {
	pv_vec expansions; /* const pv_val *, sound ones */
	pv_vec sync;       /* const pv_val *: the Config and the SyncSets */
	const pv_val *config;
	uint64_t stamp;
} settings;

void
gk_stamp(pv_buf *b, const pv_val *object)
{
	pv_buf_printf(b, "%s %s %lld\n", pv_text_at(object, "metadata.uid", ""),
		      pv_text_at(object, "metadata.name", ""),
		      (long long)pv_i64_at(object, "metadata.generation", 0));
}

static int
make_settings(pv_ctx *cx, pv_arena *arena, const pv_listing *found, const void **ret)
{
	settings *s = pv_new(arena, settings);
	pv_buf stamps;
	pv_vec all;

	pv_buf_init(&stamps, cx->arena);
	pv_buf_adds(&stamps, "");
	pv_vec_init(&all, cx->arena, sizeof(const pv_val *));
	pv_vec_init(&s->expansions, arena, sizeof(const pv_val *));
	pv_vec_init(&s->sync, arena, sizeof(const pv_val *));
	for (size_t i = 0; i < found[0].len; i++) {
		const pv_val *t = pv_setup_own(arena, found[0].recs[i]);

		gk_stamp(&stamps, t);
		pv_vec_push(&all, &t);
	}
	gk_expansions_sound(cx, &all, &s->expansions);
	for (size_t k = 1; k < 3; k++)
		for (size_t i = 0; i < found[k].len; i++) {
			const pv_val *v = pv_setup_own(arena, found[k].recs[i]);

			gk_stamp(&stamps, v);
			pv_vec_push(&s->sync, &v);
			if (k == 1)
				s->config = v;
		}
	for (size_t i = 0; i < found[3].len; i++)
		gk_stamp(&stamps, pv_rec_val(found[3].recs[i]));
	s->stamp = pv_hash(stamps.s, stamps.len);
	*ret = s;
	return 0;
}

static const pv_setup_plan settings_plan = {.name = "gatekeeper-settings",
					    .types = {GK_EXPANSION "/ExpansionTemplate",
						      "config.gatekeeper.sh/Config",
						      "syncset.gatekeeper.sh/SyncSet", GK_PROVIDER},
					    .make = make_settings};

static int
settings_now(pv_ctx *cx, pv_api *api, const settings **ret)
{
	const void *now;
	int r = pv_setup_now(cx, set_of(api)->settings, &now);

	if (r == 0)
		*ret = now;
	return r;
}

int
gk_set_expander(pv_ctx *cx, pv_api *api, const gk_expander **ret)
{
	gk_expander *e = pv_new(cx->arena, gk_expander);
	const settings *s = NULL;
	const void *now;
	int r = pv_setup_now(cx, set_of(api)->changes, &now);

	if (r == 0)
		r = settings_now(cx, api, &s);
	if (r < 0)
		return r;
	*e = *(const gk_expander *)now;
	e->templates = s->expansions;
	e->api = api;
	*ret = e;
	return 0;
}

int
gk_set_sync(pv_ctx *cx, pv_api *api, const pv_vec **ret, uint64_t *ret_stamp)
{
	const settings *s = NULL;
	int r = settings_now(cx, api, &s);

	if (r < 0)
		return r;
	*ret = &s->sync;
	*ret_stamp = s->stamp;
	return 0;
}

int
gk_set_excludes(pv_ctx *cx, pv_api *api, const char *process, const pv_key *key, bool *ret)
{
	const char *ns = pv_streq(key->type, "/Namespace") ? key->name : key->ns;
	const settings *s = NULL;
	const pv_val *rows;
	int r = settings_now(cx, api, &s);

	*ret = false;
	if (r < 0)
		return r;
	rows = pv_at(s->config, "spec.match");
	for (size_t i = 0; !*ret && i < pv_count(rows); i++) {
		const pv_val *row = pv_item(rows, i), *names = pv_get(row, "excludedNamespaces"),
			     *processes = pv_get(row, "processes");

		if (!pv_list_has_text(processes, process) && !pv_list_has_text(processes, "*"))
			continue;
		for (size_t k = 0; !*ret && k < pv_count(names); k++)
			*ret = gk_wildcard(pv_text(pv_item(names, k), ""), ns);
	}
	return 0;
}

int
gk_set_open(pv_ctx *cx, pv_api *api)
{
	struct set *s = pv_heap_new(sizeof *s);
	int r;

	pthread_mutex_init(&s->lock, NULL);
	s->store = pv_api_store(api);
	s->entries = pv_map_new(NULL);
	s->stale = true;
	r = pv_watch_open(cx, s->store, GK_TEMPLATES "/ConstraintTemplate", pv_store_rev(s->store), on_wake,
			  s, &s->watch);
	if (r == 0)
		r = pv_setup_open(cx, s->store, &changes, &s->changes);
	if (r == 0)
		r = pv_setup_open(cx, s->store, &settings_plan, &s->settings);
	if (r < 0) {
		set_close(s);
		return r;
	}
	pv_api_keep(api, &owner, s, set_close);
	gk_external_open(api);
	r = gk_sync_open(cx, api);
	return r < 0 ? r : gk_auditor_open(cx, api);
}
