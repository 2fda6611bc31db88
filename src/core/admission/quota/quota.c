/* ResourceQuota at a write.  What is used is counted, not remembered: what the store holds and
 * what other writes have reserved that are not there yet.  A reservation ends with its request,
 * whether it was written or not, so parallel creates never pass a quota and nothing has to be
 * put right after a crash. */
#include <pthread.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/str.h"
#include "core/admission/quota/quota.h"
#include "core/api/api.h"

#define TYPE "/ResourceQuota"

const char quota_owner = 0;

typedef struct reservation reservation;
typedef struct state {
	pthread_mutex_t lock;
	reservation *first;
} state;

struct reservation {
	state *state;
	reservation *next;
	char *type, *ns, *uid;
	const pv_val *object; /* frozen */
};

void *
quota_open(void)
{
	state *s = pv_heap_new(sizeof *s);

	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
quota_close(void *arg)
{
	state *s = arg;

	pthread_mutex_destroy(&s->lock);
	pv_heap_free(s);
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
	quota_kind kind;
	const pv_val *quota, *hard;
	const char *uid;
	const state *state;
} question;

/* The newest wish for an object of that uid. */
static const reservation *
pending(const question *q, const char *uid)
{
	for (const reservation *r = q->state->first; r; r = r->next)
		if (pv_streq(r->type, q->admit->resource->type) && pv_streq(r->ns, q->admit->ns) &&
		    pv_streq(r->uid, uid))
			return r;
	return NULL;
}

static void
take(const question *q, const pv_val *object, pv_vec *used)
{
	if (quota_in_scope(q->quota, &q->kind, object))
		quota_usage(q->cx, &q->kind, object, used);
}

static bool
is_listed(const pv_listing *all, const char *uid)
{
	for (size_t i = 0; i < all->len; i++)
		if (pv_streq(pv_text_at(pv_rec_val(all->recs[i]), "metadata.uid", ""), uid))
			return true;
	return false;
}

/* By all others: of those that are being written, what they will be. */
static int
count_others(const question *q, pv_vec *used)
{
	pv_list_query query = {.type = q->admit->resource->type, .ns = q->admit->ns};
	pv_listing all;
	int r = pv_store_list(q->cx, pv_api_store(q->admit->serving), &query, &all);

	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const pv_val *object = pv_rec_val(all.recs[i]);
		const char *uid = pv_text_at(object, "metadata.uid", "");
		const reservation *wish = pending(q, uid);

		if (!pv_streq(uid, q->uid))
			take(q, wish ? wish->object : object, used);
	}
	for (const reservation *w = q->state->first; r == 0 && w; w = w->next)
		if (w == pending(q, w->uid) && !pv_streq(w->uid, q->uid) && !is_listed(&all, w->uid))
			take(q, w->object, used);
	return r;
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

		if (!now || more.nano <= 0 || !quota_counts(m->key.s, &q->kind) ||
		    !pv_quantity_parse(pv_strv(&m->val), &most))
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
	for (size_t i = 0; i < pv_count(q->hard); i++)
		if (quota_counts(q->hard->members[i].key.s, &q->kind))
			return quota_in_scope(q->quota, &q->kind, q->admit->object);
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
	question q = {.cx = cx,
		      .admit = admit,
		      .kind = {admit->resource->group, admit->resource->plural},
		      .state = s};
	reservation *mine = NULL;
	int r = 0;

	q.uid = pv_text_at(admit->object, "metadata.uid", "");
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
	if (!writes || !admit->resource->namespaced || admit->subresource[0] ||
	    pv_store_count(store, TYPE) == 0)
		return 0;
	r = pv_store_list(cx, store, &query, &quotas);
	if (r < 0 || !quotas.len)
		return r;
	return judge_all(cx, admit, pv_api_kept(admit->serving, &quota_owner), &quotas);
}

const pv_admission quota_admission = {.name = "quotas", .validate = validate, .last = true};
