/* round: one bringing up to date of what the auditor knows, and the parts of that: the rows of an object or
 * of many (rows.c), and who sees in another way what did not change itself (around.c).  The auditor's lock is
 * held.  Private. */
#pragma once
#include <pthread.h>

#include "base/map.h"
#include "base/pool.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/tally.h"

/* Rules that see one object only, and those that read data.inventory: the latter are asked again about
 * all that they speak of when one of the kinds that they read there changed. */
enum { GK_PLAIN, GK_REFERENTIAL, GK_PARTS };

struct gk_auditor {
	pthread_mutex_t lock;
	pv_api *api;
	pv_watch *watch; /* of everything; NULL: not yet */
	/* "type\nns\nname" -> const pv_val *, frozen: [{kind, constraint, action, violation, message, failed}] */
	pv_map *found[GK_PARTS];
	gk_tallies *tallies;
	uint64_t stamp;       /* of the rules that it was found by */
	bool stale;           /* everything is to be judged again */
	int64_t asked;        /* pv_mono() when Providers were asked about everything */
	const pv_val *status; /* gk_tallies_value(), frozen */
	pv_pool *pool;        /* of those who judge; NULL: not yet */
	int threads;
};

typedef struct gk_change {          /* of an object in one round */
	const pv_rec *before, *now; /* NULL: it was not, is not there */
} gk_change;

typedef struct gk_round { /* one bringing up to date */
	pv_ctx *cx;
	struct gk_auditor *a;
	gatekeeper_audit *rules[GK_PARTS]; /* NULL: there are none */
	pv_map *dirty;                     /* of what changed, by its key -> change */
	pv_map *spaces; /* Namespaces that rules see in another way: all in them is asked about */
	bool news;      /* what was found is another */
} gk_round;

const char *gk_round_key(pv_arena *arena, const pv_key *key);
/* Asks the rules of that part about an object; object NULL: it is gone. */
PV_MUST_USE int gk_round_judge(gk_round *t, pv_ctx *scratch, int part, const pv_resource *res,
			       const pv_key *key, const pv_val *object);
/* All that those rules speak of, asked by the rules of that part; ns NULL: in all namespaces. */
PV_MUST_USE int gk_round_judge_each(gk_round *t, int part, const gatekeeper_audit *rules, const char *ns);
typedef int gk_round_page(gk_round *t, pv_ctx *cx, const pv_resource *res, const pv_listing *page, void *arg);
PV_MUST_USE int gk_round_read_each(gk_round *t, const gatekeeper_audit *rules, const char *ns,
				   gk_round_page *fn, void *arg);
PV_MUST_USE int gk_round_judge_around(gk_round *t);
