/* ResourceQuota at a write: what the ledger says is used, and what other writes have reserved that
 * are not there yet.  A reservation ends when its object is stored, or with its request, so parallel
 * creates never pass a quota and nothing has to be put right after a crash. */
#include <pthread.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/str.h"
#include "core/admission/quota/ledger.h"
#include "core/api/api.h"

#define TYPE "/ResourceQuota"
#define STRIPES 16

const char quota_owner = 0;

typedef struct reservation reservation;
typedef struct state {
	pthread_mutex_t lock;
	reservation *first;
	ledger *ledger;
	pthread_mutex_t settling[STRIPES]; /* by namespace: one writes its quotas' status at a time */
} state;

struct reservation {
	state *state;
	reservation *next;
	char *type, *ns, *name, *uid;
	const pv_val *object; /* frozen */
	bool stored;          /* the ledger knows */
};

void *
quota_open(pv_store *store)
{
	state *s = pv_heap_new(sizeof *s);

	pthread_mutex_init(&s->lock, NULL);
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_init(&s->settling[i], NULL);
	s->ledger = ledger_new(store);
	return s;
}

void
quota_close(void *arg)
{
	state *s = arg;

	s->ledger = ledger_free(s->ledger);
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_destroy(&s->settling[i]);
	pthread_mutex_destroy(&s->lock);
	pv_heap_free(s);
}

void
quota_hold(void *api, const char *ns, bool hold)
{
	state *s = pv_api_kept(api, &quota_owner);
	pthread_mutex_t *m = &s->settling[pv_hash(ns, pv_str_of(ns).len) % STRIPES];

	if (hold)
		pthread_mutex_lock(m);
	else
		pthread_mutex_unlock(m);
}

static void
release(void *arg)
{
	reservation *r = arg, **at;

	pthread_mutex_lock(&r->state->lock);
	for (at = &r->state->first; *at; at = &(*at)->next)
		if (*at == r) {
			*at = r->next;
			break;
		}
	pthread_mutex_unlock(&r->state->lock);
	pv_unref(r->object);
	pv_heap_free(r->type);
	pv_heap_free(r->ns);
	pv_heap_free(r->name);
	pv_heap_free(r->uid);
	pv_heap_free(r);
}

/* Under the lock. */
static reservation *
reserve(state *s, const pv_admit *admit)
{
	reservation *r = pv_heap_new(sizeof *r);

	r->state = s;
	r->type = pv_heap_printf("%s", admit->resource->type);
	r->ns = pv_heap_printf("%s", admit->ns);
	r->name = pv_heap_printf("%s", admit->name);
	r->uid = pv_heap_printf("%s", pv_text_at(admit->object, "metadata.uid", ""));
	r->object = pv_freeze(admit->object);
	r->next = s->first;
	s->first = r;
	return r;
}

/* ---- what is used ---- */

typedef struct question {
	pv_ctx *cx;
	const pv_admit *admit;
	ledger_place at;
	const pv_val *quota, *hard;
	state *state;
} question;

static bool
is_here(const question *q, const reservation *r)
{
	return !r->stored && pv_streq(r->type, q->at.type) && pv_streq(r->ns, q->at.ns);
}

/* Has a newer wish for the same object been counted? */
static bool
is_outdated(const question *q, const reservation *r)
{
	for (const reservation *n = q->state->first; n != r; n = n->next)
		if (is_here(q, n) && pv_streq(n->name, r->name))
			return true;
	return false;
}

static void
take(const question *q, const pv_val *object, pv_vec *used)
{
	if (quota_in_scope(pv_get(q->quota, "spec"), &q->at.kind, object))
		quota_usage(q->cx, &q->at.kind, object, used);
}

/* Instead of what the ledger has of that name, `object`; NULL: nothing. */
static void
replace(const question *q, const char *name, const pv_val *object, pv_vec *used)
{
	const pv_val *was = ledger_find(q->state->ledger, &q->at, name);
	pv_vec gone;

	pv_vec_init(&gone, q->cx->arena, sizeof(quota_amount));
	if (was)
		take(q, was, &gone);
	for (size_t i = 0; i < gone.len; i++) {
		pv_quantity minus = PV_AT(quota_amount, &gone, i)->q;

		minus.nano = -minus.nano;
		quota_add(used, PV_AT(quota_amount, &gone, i)->name, &minus);
	}
	if (object)
		take(q, object, used);
}

/* By all others: of those that are being written, what they will be. */
static int
count_others(const question *q, pv_vec *used)
{
	int r = ledger_used(q->cx, q->state->ledger, &q->at, q->quota, used);

	if (r < 0)
		return r;
	replace(q, q->admit->name, NULL, used);
	for (const reservation *w = q->state->first; w; w = w->next)
		if (is_here(q, w) && !pv_streq(w->name, q->admit->name) && !is_outdated(q, w))
			replace(q, w->name, w->object, used);
	return 0;
}

/* ---- what is said ---- */

static int
forbid(const question *q, const char *why)
{
	const pv_resource *res = q->admit->resource;
	int r = pv_fail(q->cx, PV_EFORBIDDEN, "%s%s%s \"%s\" is forbidden: %s", res->plural,
			res->group[0] ? "." : "", res->group, q->admit->name, why);

	q->cx->err->group = pv_strdup(q->cx->arena, res->group);
	q->cx->err->kind = pv_strdup(q->cx->arena, res->plural);
	q->cx->err->name = pv_strdup(q->cx->arena, q->admit->name);
	return r;
}

static void
write_amount(const question *q, pv_buf *b, const char *name, const pv_quantity *amount)
{
	static const pv_quantity none = {0};

	pv_buf_printf(b, "%s%s=%s", b->len ? "," : "", name,
		      pv_quantity_format(q->cx->arena, amount ? amount : &none));
}

static pv_quantity
less(const pv_quantity *a, const pv_quantity *b)
{
	pv_quantity minus = b ? *b : (pv_quantity){0};

	minus.nano = -minus.nano;
	return a ? pv_quantity_add(a, &minus) : minus;
}

/* ---- one quota ---- */

static int
compare(const question *q, const pv_vec *mine, const pv_vec *before, const pv_vec *others)
{
	pv_buf requested, used, limited;

	pv_buf_init(&requested, q->cx->arena);
	pv_buf_init(&used, q->cx->arena);
	pv_buf_init(&limited, q->cx->arena);
	for (size_t i = 0; i < pv_count(q->hard); i++) { /* by name, as upstream prints them */
		const pv_member *m = pv_sorted(q->hard, i);
		const pv_quantity *now = quota_find(mine, m->key.s), *was = quota_find(before, m->key.s),
				  *rest = quota_find(others, m->key.s);
		pv_quantity most, more = less(now, was), all, shown;

		if (!now || more.nano <= 0 || !quota_counts(m->key.s, &q->at.kind) ||
		    !pv_quantity_of(&m->val, &most))
			continue;
		all = rest ? pv_quantity_add(rest, now) : *now;
		if (pv_quantity_cmp(&all, &most) <= 0)
			continue;
		shown = less(&all, &more);
		write_amount(q, &requested, m->key.s, &more);
		write_amount(q, &used, m->key.s, &shown);
		write_amount(q, &limited, m->key.s, &most);
	}
	if (!requested.len)
		return 0;
	return forbid(q,
		      pv_printf(q->cx->arena, "exceeded quota: %s, requested: %s, used: %s, limited: %s",
				pv_text_at(q->quota, "metadata.name", ""), requested.s, used.s, limited.s));
}

static bool
concerns(const question *q)
{
	for (size_t i = 0; i < pv_member_count(q->hard); i++)
		if (quota_counts(q->hard->members[i].key.s, &q->at.kind))
			return quota_in_scope(pv_get(q->quota, "spec"), &q->at.kind, q->admit->object);
	return false;
}

static int
judge(question *q, const pv_val *quota)
{
	bool pod = pv_streq(q->admit->resource->type, "/Pod");
	pv_vec mine, before, others;
	const char *missing;
	int r;

	q->quota = quota;
	q->hard = pv_at(quota, "spec.hard");
	if (!concerns(q))
		return 0;
	missing = pod && q->admit->operation == PV_OP_CREATE ? quota_missing(q->cx, q->hard, q->admit->object)
							     : "";
	if (missing[0])
		return forbid(q, pv_printf(q->cx->arena, "failed quota: %s: %s",
					   pv_text_at(quota, "metadata.name", ""), missing));
	pv_vec_init(&mine, q->cx->arena, sizeof(quota_amount));
	pv_vec_init(&before, q->cx->arena, sizeof(quota_amount));
	pv_vec_init(&others, q->cx->arena, sizeof(quota_amount));
	take(q, q->admit->object, &mine);
	if (q->admit->old)
		take(q, q->admit->old, &before);
	r = count_others(q, &others);
	return r < 0 ? r : compare(q, &mine, &before, &others);
}

static int
judge_all(pv_ctx *cx, const pv_admit *admit, state *s, const pv_listing *quotas)
{
	question q = {
		.cx = cx,
		.admit = admit,
		.at = {admit->resource->type, admit->ns, {admit->resource->group, admit->resource->plural}},
		.state = s};
	reservation *mine = NULL;
	int r = 0;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; r == 0 && i < quotas->len; i++)
		r = judge(&q, pv_rec_val(quotas->recs[i]));
	if (r == 0 && !admit->dry_run)
		mine = reserve(s, admit);
	pthread_mutex_unlock(&s->lock);
	if (mine)
		pv_arena_defer(cx->arena, release, mine);
	return r;
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	pv_store *store = pv_api_store(admit->serving);
	pv_list_query query = {.type = TYPE, .ns = admit->ns};
	bool writes = admit->operation == PV_OP_CREATE || admit->operation == PV_OP_UPDATE;
	pv_listing quotas;
	int r;

	(void)denials;
	if (!writes || !admit->resource->namespaced ||
	    (admit->subresource[0] && !pv_streq(admit->subresource, "resize")) ||
	    pv_store_count(store, TYPE) == 0)
		return 0;
	r = pv_store_list(cx, store, &query, &quotas);
	if (r < 0 || !quotas.len)
		return r;
	return judge_all(cx, admit, pv_api_kept(admit->serving, &quota_owner), &quotas);
}

/* ---- behind a write ---- */

/* The store's type of a namespaced kind, or NULL. */
static const char *
type_of(pv_ctx *cx, void *api, const quota_kind *kind)
{
	size_t n;
	const pv_resource *const *all = pv_resource_all(cx, pv_api_registry(api), &n);

	for (size_t i = 0; i < n; i++)
		if (all[i]->namespaced && !all[i]->view && pv_streq(all[i]->plural, kind->plural) &&
		    pv_streq(all[i]->group, kind->group))
			return all[i]->type;
	return NULL;
}

int
quota_used(pv_ctx *cx, void *api, const pv_val *quota, pv_vec *ret)
{
	state *s = pv_api_kept(api, &quota_owner);
	const pv_val *hard = pv_at(quota, "spec.hard");
	int r = 0;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; r == 0 && i < pv_member_count(hard); i++) {
		const char *name = hard->members[i].key.s;
		ledger_place at = {.ns = pv_text_at(quota, "metadata.namespace", "")};

		if (quota_find(ret, name) || !quota_kind_of(cx->arena, name, &at.kind))
			continue;
		at.type = type_of(cx, api, &at.kind);
		if (at.type)
			r = ledger_used(cx, s->ledger, &at, quota, ret); /* all names of the kind */
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

static void
note_stored(state *s, const pv_admit *admit)
{
	const char *uid = pv_text_at(admit->object ? admit->object : admit->old, "metadata.uid", "");

	pthread_mutex_lock(&s->lock);
	for (reservation *r = s->first; r; r = r->next)
		if (pv_streq(r->uid, uid))
			r->stored = true;
	if (pv_streq(admit->resource->type, TYPE) && !admit->object)
		ledger_forget(s->ledger, admit->ns, uid);
	pthread_mutex_unlock(&s->lock);
}

/* The write is done, whatever becomes of the status: the next one settles it. */
static void
stored(pv_ctx *cx, const pv_admit *admit)
{
	state *s = pv_api_kept(admit->serving, &quota_owner);
	bool quota = pv_streq(admit->resource->type, TYPE);

	if (!s || !admit->resource->namespaced ||
	    (!quota && pv_store_count(pv_api_store(admit->serving), TYPE) == 0))
		return;
	note_stored(s, admit);
	if (quota_settle(cx, admit->serving, admit->ns) < 0) {
		pv_log(PV_WARN, "quota", "the status of a namespace's quotas is behind", "namespace",
		       admit->ns, "error", pv_error_text(cx), NULL);
		(void)pv_recover(cx);
	}
}

const pv_admission quota_admission = {.name = "quotas", .validate = validate, .stored = stored, .last = true};
