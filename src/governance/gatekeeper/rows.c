/* rows: what the rules have against an object, kept by its key; many objects by several threads. */
#include <stdatomic.h>
#include <string.h>

#include "base/heap.h"
#include "base/str.h"
#include "base/turn.h"
#include "core/admission/request.h"
#include "core/enforcement/enforcement.h"
#include "governance/gatekeeper/round.h"

#define MESSAGE_MOST 256 /* bytes that a status has of one */
#define PAGE 500

/* ---- one object ---- */

const char *
gk_round_key(pv_arena *arena, const pv_key *key)
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
	const pv_admit admit = pv_admission_of(api, res, object);
	const pv_rule_name rule = {.kind = f->kind, .name = f->constraint};
	enum pv_effect own = pv_effect_of_action(f->action);
	pv_ruling ruling = pv_enforcement_rule(cx, &admit, &rule, own);

	return ruling.effect == own ? f->action : names[ruling.effect];
}

static pv_val
violation_of(pv_ctx *cx, const pv_resource *res, const pv_key *key, const gatekeeper_finding *f,
	     const char *action)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "enforcementAction", action);
	pv_objb_puts(&b, "group", res->group);
	pv_objb_puts(&b, "version", res->version);
	pv_objb_puts(&b, "kind", res->kind);
	pv_objb_puts(&b, "namespace", *key->ns ? key->ns : NULL);
	pv_objb_puts(&b, "name", key->name);
	pv_objb_puts(&b, "message", shortened(cx, f->message));
	return pv_objb_end(&b);
}

/* Without `violation`: it is exempt. */
static pv_val
row_of(pv_ctx *cx, pv_api *api, const pv_resource *res, const pv_key *key, const pv_val *object,
       const gatekeeper_finding *f)
{
	const char *action = action_of(cx, api, res, object, f);
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", f->kind);
	pv_objb_puts(&b, "constraint", f->constraint);
	pv_objb_puts(&b, "action", f->action);
	if (action)
		pv_objb_put(&b, "violation", violation_of(cx, res, key, f, action));
	pv_objb_puts(&b, "message", f->message);
	pv_objb_put(&b, "failed", pv_bool(f->failed));
	return pv_objb_end(&b);
}

/* What those rules, which speak of its kind, have against it, frozen; NULL: nothing. */
static int
find_rows(pv_ctx *cx, pv_api *api, const gatekeeper_audit *rules, const pv_resource *res, const pv_key *key,
	  const pv_val *object, const pv_val **ret)
{
	pv_vec findings;
	pv_listb list;
	pv_val all;
	int r = 0;

	*ret = NULL;
	pv_vec_init(&findings, cx->arena, sizeof(gatekeeper_finding));
	if (object && rules)
		r = gatekeeper_audit_object(cx, rules, res, object, &findings);
	if (r < 0 || !findings.len)
		return r;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < findings.len; i++)
		pv_listb_add(&list,
			     row_of(cx, api, res, key, object, PV_AT(gatekeeper_finding, &findings, i)));
	all = pv_listb_end(&list);
	*ret = pv_freeze(&all);
	return 0;
}

/* Takes the rows. */
static void
keep(gk_round *t, int part, const char *key, const pv_val *rows)
{
	const pv_val *before = rows ? pv_map_puts(t->a->found[part], key, (void *)(uintptr_t)rows)
				    : pv_map_del(t->a->found[part], key, strlen(key));

	if (before ? !rows || !pv_eq(before, rows) : rows != NULL) {
		gk_tallies_change(t->a->tallies, key, before, rows);
		t->news = true;
	}
	pv_unref(before);
}

/* object NULL: it is gone. */
int
gk_round_judge(gk_round *t, pv_ctx *scratch, int part, const pv_resource *res, const pv_key *key,
	       const pv_val *object)
{
	const gatekeeper_audit *rules = t->rules[part];
	const pv_val *rows;

	if (rules && object && !gatekeeper_audit_asks(scratch, rules, res))
		rules = NULL;
	if (find_rows(scratch, t->a->api, rules, res, key, object, &rows) < 0)
		return pv_fail(t->cx, PV_EUNAVAILABLE, "%s", pv_error_text(scratch));
	keep(t, part, gk_round_key(scratch->arena, key), rows);
	return 0;
}

/* ---- all objects of a type ---- */

typedef struct page { /* what several threads work at */
	pv_api *api;
	const gatekeeper_audit *rules;
	const pv_resource *res;
	const pv_listing *listing;
	const pv_val **rows; /* of each */
	char *error;         /* the first; NULL: none */
	int stop;            /* the round's */
	atomic_size_t next;
	pthread_mutex_t lock; /* of error */
} page;

static void
work(void *arg)
{
	page *p = arg;
	pv_ctx scratch;
	size_t i;

	pv_ctx_init(&scratch, "audit");
	while ((i = atomic_fetch_add(&p->next, 1)) < p->listing->len) {
		const pv_rec *rec = p->listing->recs[i];

		scratch.stop_fd = p->stop; /* a constraint may take seconds, for each of them */
		if (pv_ctx_check(&scratch) < 0 ||
		    find_rows(&scratch, p->api, p->rules, p->res, pv_rec_key(rec), pv_rec_val(rec),
			      &p->rows[i]) < 0) {
			pthread_mutex_lock(&p->lock);
			if (!p->error)
				p->error = pv_heap_printf("%s", pv_error_text(&scratch));
			pthread_mutex_unlock(&p->lock);
		}
		pv_ctx_reset(&scratch);
	}
	pv_ctx_done(&scratch);
}

static int
judge_page(gk_round *t, pv_ctx *cx, int part, const pv_resource *res, const pv_listing *listing)
{
	page p = {.api = t->a->api,
		  .rules = t->rules[part],
		  .res = res,
		  .listing = listing,
		  .rows = pv_new_array(cx->arena, const pv_val *, listing->len + 1),
		  .stop = t->cx->stop_fd,
		  .lock = PTHREAD_MUTEX_INITIALIZER};
	int r = 0;

	for (int i = 1; i < t->a->threads && listing->len > 1; i++)
		if (!pv_pool_run(t->a->pool, work, &p))
			break; /* this thread does it all */
	work(&p);
	pv_pool_wait(t->a->pool);
	for (size_t i = 0; i < listing->len; i++)
		keep(t, part, gk_round_key(cx->arena, pv_rec_key(listing->recs[i])), p.rows[i]);
	if (p.error)
		r = pv_fail(t->cx, PV_EUNAVAILABLE, "%s", p.error);
	pv_heap_free(p.error);
	return r;
}

typedef struct reading { /* of all objects of a type */
	gk_round *t;
	const pv_resource *res;
	gk_round_page *fn;
	void *arg;
} reading;

static int
read_page(void *arg, pv_ctx *cx, const pv_listing *listing)
{
	const reading *x = arg;

	return x->fn(x->t, cx, x->res, listing, x->arg);
}

int
gk_round_read_each(gk_round *t, const gatekeeper_audit *rules, const char *ns, gk_round_page *fn, void *arg)
{
	reading x = {.t = t, .fn = fn, .arg = arg};
	size_t pos = 0;
	int r = 0;

	while (r == 0 && rules && pv_resource_each(t->cx, pv_api_registry(t->a->api), &pos, &x.res)) {
		const pv_list_query query = {.type = x.res->type, .ns = ns, .limit = PAGE};

		if (x.res->storage && !x.res->view && (!ns || x.res->namespaced) &&
		    gatekeeper_audit_asks(t->cx, rules, x.res))
			r = pv_store_pages(t->cx, pv_api_store(t->a->api), &query, read_page, &x);
	}
	return r;
}

static int
all_of_page(gk_round *t, pv_ctx *cx, const pv_resource *res, const pv_listing *listing, void *part)
{
	return judge_page(t, cx, *(int *)part, res, listing);
}

int
gk_round_judge_each(gk_round *t, int part, const gatekeeper_audit *rules, const char *ns)
{
	return gk_round_read_each(t, rules, ns, all_of_page, &part);
}
