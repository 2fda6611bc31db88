/* fact: who would be refused today if a rollout's policies were enforced, in each environment. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "core/admission/request.h"
#include "core/api/api.h"
#include "governance/report/report.h"
#include "governance/rollout/inside.h"
#include "governance/rollout/rollout.h"

#define INTERVAL (2 * PV_SEC)
#define LISTED_MOST 100
#define MESSAGE_MOST 300

typedef struct share { /* of an owner, or a namespace */
	const char *name;
	int64_t violations, objects;
} share;

typedef struct tally { /* of one environment */
	int64_t violations, exempt, errors, objects;
	const pv_rec *last;          /* whose findings come one behind another */
	pv_map *owners, *namespaces; /* share */
	pv_listb refused;
	const char *error; /* the first */
} tally;

typedef struct count {
	pv_ctx *cx;
	pv_api *api;
	pv_val rollout; /* of spec.environments and spec.policies only */
	pv_map *tallies;
} count;

static tally *
tally_of(count *c, const char *environment)
{
	tally *t = pv_map_finds(c->tallies, environment);

	if (!t) {
		t = pv_new(c->cx->arena, tally);
		t->owners = pv_map_new(c->cx->arena);
		t->namespaces = pv_map_new(c->cx->arena);
		pv_listb_init(&t->refused, c->cx->arena);
		pv_map_puts(c->tallies, environment, t);
	}
	return t;
}

static pv_val
refusal(pv_ctx *cx, const pv_resource *res, const pv_rec *rec, const report_finding *f)
{
	const char *message = pv_strndup(cx->arena, f->message, pv_str_clip(f->message, MESSAGE_MOST).len);
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", res->api_version);
	pv_objb_puts(&b, "kind", res->kind);
	pv_objb_puts(&b, "namespace", *pv_rec_key(rec)->ns ? pv_rec_key(rec)->ns : NULL);
	pv_objb_puts(&b, "name", pv_rec_key(rec)->name);
	pv_objb_puts(&b, "uid", pv_text_at(pv_rec_val(rec), "metadata.uid", NULL));
	pv_objb_puts(&b, "policyKind", f->rule.kind);
	pv_objb_puts(&b, "policy", f->rule.name);
	pv_objb_puts(&b, "message", message);
	return pv_copy(cx->arena, pv_box(cx->arena, pv_objb_end(&b)));
}

static void
add_share(count *c, pv_map *shares, const char *name, bool is_next)
{
	share *one = pv_map_finds(shares, name);

	if (!one) {
		one = pv_new(c->cx->arena, share);
		one->name = pv_strdup(c->cx->arena, name);
		pv_map_puts(shares, name, one);
	}
	one->violations++;
	one->objects += is_next;
}

static void
add_shares(count *c, tally *t, const pv_rec *rec)
{
	const char *owner = report_owner(c->cx, c->api, pv_rec_val(rec));
	bool is_next = t->last != rec;

	add_share(c, t->owners, owner ? owner : "", is_next);
	if (*pv_rec_key(rec)->ns)
		add_share(c, t->namespaces, pv_rec_key(rec)->ns, is_next);
}

static void
each(void *arg, const pv_rec *rec, const pv_resource *res, const report_finding *f)
{
	count *c = arg;
	const pv_admit admit = pv_admission_of(c->api, res, pv_rec_val(rec));
	const pv_val *environment;
	pv_ruling ruling;
	tally *t;

	if (!pv_enforcement_names(pv_at(&c->rollout, "spec.policies"), &f->rule) || f->own != PV_EFFECT_DENY)
		return;
	environment = pv_enforcement_environment(c->cx, &c->rollout, &admit);
	if (!environment)
		return;
	t = tally_of(c, pv_text_at(environment, "name", ""));
	ruling = pv_enforcement_rule(c->cx, &admit, &f->rule, f->own);
	t->exempt += ruling.exemption != NULL;
	if (ruling.exemption)
		return;
	if (f->failed && !t->errors++)
		t->error = pv_strdup(c->cx->arena, f->message);
	t->violations++;
	add_shares(c, t, rec);
	t->objects += t->last != rec;
	t->last = rec;
	if (t->refused.len < LISTED_MOST)
		pv_listb_add(&t->refused, refusal(c->cx, res, rec, f));
}

/* ---- the outcome ---- */

static int
most_first(const void *a, const void *b)
{
	const share *x = *(const share *const *)a, *y = *(const share *const *)b;

	if (x->violations != y->violations)
		return x->violations > y->violations ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Nobody's have no name. */
static pv_val
shares_of(pv_ctx *cx, const pv_map *shares, const char *member)
{
	size_t pos = 0;
	pv_vec all;
	pv_listb list;
	void *v;

	pv_vec_init(&all, cx->arena, sizeof(share *));
	while (pv_map_each(shares, &pos, NULL, &v))
		pv_vec_push(&all, &v);
	pv_vec_sort(&all, most_first);
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < all.len && i < LISTED_MOST; i++) {
		const share *one = *PV_AT(share *, &all, i);
		pv_objb b;

		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, member, *one->name ? one->name : NULL);
		pv_objb_put(&b, "objects", pv_int(one->objects));
		pv_objb_put(&b, "violations", pv_int(one->violations));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

static pv_val
outcome(count *c)
{
	size_t pos = 0;
	pv_objb all, b;
	pv_str name;
	void *v;

	pv_objb_init(&all, c->cx->arena);
	while (pv_map_each(c->tallies, &pos, &name, &v)) {
		tally *t = v;

		pv_objb_init(&b, c->cx->arena);
		pv_objb_put(&b, "violations", pv_int(t->violations));
		pv_objb_put(&b, "objects", pv_int(t->objects));
		pv_objb_put(&b, "exempt", pv_int(t->exempt));
		pv_objb_put(&b, "errors", pv_int(t->errors));
		pv_objb_puts(&b, "error", t->error);
		pv_objb_put(&b, "owners", shares_of(c->cx, t->owners, "owner"));
		pv_objb_put(&b, "namespaces", shares_of(c->cx, t->namespaces, "namespace"));
		pv_objb_put(&b, "refused", pv_listb_end(&t->refused));
		pv_objb_put(&all, pv_strndup(c->cx->arena, name.s, name.len), pv_objb_end(&b));
	}
	return pv_objb_end(&all);
}

/* Nothing is counted again while nothing is found anew and nothing else is exempt. */
static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	count c = {.cx = cx, .api = pv_facts_api(facts), .tallies = pv_map_new(cx->arena)};
	uint64_t known, version = 0, stamp;
	const char *stamped;
	pv_objb b;
	int r;

	c.rollout = pv_with(cx->arena, pv_box(cx->arena, pv_object_of(cx->arena, NULL, 0, NULL, NULL)),
			    "spec", *args);
	r = pv_enforcement_stamp(cx, c.api, &stamp);
	if (r < 0)
		return r;
	stamped = pv_printf(cx->arena, "%llx", (unsigned long long)stamp);
	known = pv_streq(pv_text_at(previous, "stamp", ""), stamped)
			? (uint64_t)pv_i64_at(previous, "version", 0)
			: 0;
	r = census_go(cx, c.api, known, each, &c, &version);
	if (r < 0)
		return r;
	if (previous && (!version || version == known)) {
		*ret = *previous;
		return 0;
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "known", pv_bool(version != 0));
	pv_objb_put(&b, "version", pv_int((int64_t)version));
	pv_objb_puts(&b, "stamp", stamped);
	pv_objb_put(&b, "environments", outcome(&c));
	*ret = pv_objb_end(&b);
	return 0;
}

const pv_fact_kind rollout_fact = {
	.name = ROLLOUT_FACT,
	.find = find,
	.refresh_ns = INTERVAL,
};
