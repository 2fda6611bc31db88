/* Seats and queues of the priority levels.  A request that costs more is worth several seats, and has as many of
 * them as so many requests of its flow would find.  A level takes a seat of its own at any time,
 * and borrows one when all that others use or keep for themselves leaves one over.  A flow
 * holds three times what it leaves at most, so that one that comes finds a seat even while
 * requests hang.  It may use a few of its level's queues (shuffle sharding), queues are served
 * in turn: who fills theirs, waits alone. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/flow/impl.h"

#define PATIENCE (15 * PV_SEC) /* upstream's: a quarter of a request's time; it refuses at once, we in turn */
#define HAND_MAX 16
#define QUEUES_MAX 1024
#define GREED 3   /* seats that a flow holds for each that it leaves */
#define WIDEST 15 /* percent of its level's seats that one request has at most, as upstream */

pv_flow_level *
flow_level_find(pv_flow *flow, const char *name)
{
	pv_flow_level *l = flow->levels;

	while (l && !pv_streq(l->name, name))
		l = l->next;
	return l;
}

/* ---- what a PriorityLevelConfiguration says ---- */

static int
within(const pv_val *spec, const char *path, int64_t otherwise, int64_t least, int64_t most)
{
	int64_t n = pv_i64_at(spec, path, otherwise);

	return (int)(n < least ? least : n > most ? most : n);
}

/* Queues with somebody in them stay until they are empty: only their number grows. */
static void
queues_put(pv_flow_level *l, int n)
{
	if (n > l->n_queues && !l->waiting) {
		queue *more = calloc((size_t)n, sizeof *more);

		PV_ASSERT(more);
		if (l->n_queues) /* with what runs */
			memcpy(more, l->queues, (size_t)l->n_queues * sizeof *more);
		free(l->queues);
		l->queues = more;
		for (int i = 0; i < n; i++)
			l->queues[i].last = &l->queues[i].first;
		l->n_queues = n;
	}
}

pv_flow_level *
flow_level_put(pv_flow *flow, const char *name, const char *uid, const pv_val *spec)
{
	bool queues = pv_streq(pv_text_at(spec, "limited.limitResponse.type", ""), "Queue");
	pv_flow_level *l = flow_level_find(flow, name);
	int borrow = within(spec, "limited.borrowingLimitPercent", -1, -1, 10000);

	if (!l) {
		l = calloc(1, sizeof *l);
		PV_ASSERT(l);
		snprintf(l->name, sizeof l->name, "%s", name);
		l->next = flow->levels;
		flow->levels = l;
	}
	snprintf(l->uid, sizeof l->uid, "%s", uid);
	l->wanted = true;
	l->exempt = pv_streq(pv_text_at(spec, "type", ""), "Exempt");
	/* until flow_levels_share: shares, and percents */
	l->nominal = within(spec, "limited.nominalConcurrencyShares", spec ? 30 : 5, 0, 1000000);
	l->floor = within(spec, "limited.lendablePercent", 0, 0, 100);
	l->limit = borrow;
	l->length = queues ? within(spec, "limited.limitResponse.queuing.queueLengthLimit", 50, 1, 10000) : 0;
	l->hand = within(spec, "limited.limitResponse.queuing.handSize", 8, 1, HAND_MAX);
	if (queues)
		queues_put(l, within(spec, "limited.limitResponse.queuing.queues", 64, 1, QUEUES_MAX));
	if (l->hand > l->n_queues)
		l->hand = l->n_queues;
	return l;
}

void
flow_levels_share(pv_flow *flow)
{
	int64_t shares = 0;

	for (pv_flow_level **at = &flow->levels, *l; (l = *at);) {
		if (l->wanted || l->refs) {
			shares += l->wanted && !l->exempt ? l->nominal : 0;
			at = &l->next;
			continue;
		}
		*at = l->next;
		tally_level(flow, l);
		free(l->queues);
		free(l);
	}
	for (pv_flow_level *l = flow->levels; l; l = l->next) {
		int64_t own;

		if (!l->wanted || l->exempt) {
			tally_level(flow, l);
			continue;
		}
		own = shares ? (flow->total * (int64_t)l->nominal + shares - 1) / shares : 0;
		l->nominal = (int)own;
		l->floor = (int)(own - own * l->floor / 100);
		l->limit = l->limit < 0 ? INT_MAX : (int)(own + own * l->limit / 100);
		tally_level(flow, l);
	}
}

void
flow_levels_free(pv_flow *flow)
{
	for (pv_flow_level *l = flow->levels, *next; l; l = next) {
		next = l->next;
		free(l->queues);
		free(l);
	}
	flow->levels = NULL;
}

/* ---- seats ---- */

/* Seats that one more of a level's requests could take. */
typedef struct vacancy {
	int own, borrowed;
} vacancy;

static int
more_of(int a, int b)
{
	return a > b ? a : b;
}

static int
less_of(int a, int b)
{
	return a < b ? a : b;
}

/* What is borrowed leaves to each level its own seats that are free, but for those that it lends: they
 * may be wanted any time, and are there as long as not too many of the lent ones are. */
static vacancy
vacancy_of(const pv_flow *flow, const pv_flow_level *level)
{
	int mine = more_of(level->own, level->nominal) + level->borrowed, taken = mine,
	    busy = level->own + level->borrowed, lent, own;

	for (const pv_flow_level *l = flow->levels; l; l = l->next)
		if (l != level && !l->exempt) {
			taken += more_of(l->own + l->borrowed, l->floor);
			busy += l->own + l->borrowed;
		}
	own = less_of(level->nominal - level->own, flow->most - busy);
	lent = less_of(flow->total - taken, level->limit - mine);
	return (vacancy){more_of(own, 0), more_of(less_of(lent, flow->most - busy), 0)};
}

/* A flow that holds none may have the last seat; one that does leaves some (the dynamic threshold of
 * shared buffers: however many came before, the next one finds a share).  A level whose requests are
 * all one flow has nobody to leave them to. */
static bool
may_take(const pv_flow_level *l, int held, int left)
{
	return left > 0 && (l->flows < 2 || held == 0 || held < GREED * (left - 1));
}

static int
width_of(const pv_flow_ticket *t)
{
	return t->level->exempt ? t->width
				: more_of(1, less_of(t->width, (t->level->nominal * WIDEST + 99) / 100));
}

/* How many of n seats its flow may take, one after the other. */
static int
take(const pv_flow_level *l, int held, int left, int n)
{
	int taken = 0;

	while (taken < n && may_take(l, held + taken, left - taken))
		taken++;
	return taken;
}

static void
hold(pv_flow_ticket *t, int n)
{
	pv_flow_level *l = t->level;

	*(t->borrowed ? &l->borrowed : &l->own) += n;
	*(t->borrowed ? &t->share->borrowed : &t->share->own) += n;
	l->running += n > 0 ? 1 : -1;
	if (t->queue >= 0) {
		l->queues[t->queue].running += n > 0 ? 1 : -1;
		l->queues[t->queue].seats += n;
	}
	if (t->tally) {
		pv_metric_add(t->tally->running, n > 0 ? 1 : -1);
		pv_metric_add(t->tally->seats, n);
	}
}

/* Takes seats if there is one for the ticket's flow. */
static bool
seat(const vacancy *room, pv_flow_ticket *t)
{
	const pv_flow_level *l = t->level;
	const pv_flow_share *share = t->share;
	int n = width_of(t);

	t->seats = l->exempt ? n : take(l, share->own, room->own, n);
	t->borrowed = t->seats == 0;
	if (t->borrowed)
		t->seats = take(l, share->own + share->borrowed, room->own + room->borrowed,
				less_of(n, room->borrowed));
	if (t->seats == 0)
		return false;
	t->began = pv_mono();
	hold(t, t->seats);
	return true;
}

static void
unseat(pv_flow_ticket *t)
{
	hold(t, -t->seats);
	if (t->tally && !t->late)
		pv_metric_observe(t->tally->took, (double)(pv_mono() - t->began) / PV_SEC);
}

/* ---- who is there ---- */

static void
join(pv_flow_ticket *t)
{
	pv_flow_level *l = t->level;

	t->elder = l->youngest;
	*(t->elder ? &t->elder->younger : &l->eldest) = t;
	l->youngest = t;
}

static void
part(pv_flow_ticket *t)
{
	pv_flow_level *l = t->level;

	if (l->eldest != t && !t->elder)
		return; /* it was refused */
	*(t->elder ? &t->elder->younger : &l->eldest) = t->younger;
	*(t->younger ? &t->younger->elder : &l->youngest) = t->elder;
}

/* ---- shares ---- */

static pv_flow_share **
share_at(pv_flow_level *l, uint64_t hash)
{
	pv_flow_share **at = &l->shares[hash % FLOW_SHARES];

	while (*at && (*at)->hash != hash)
		at = &(*at)->next;
	return at;
}

static pv_flow_share *
share_of(pv_flow_level *l, uint64_t hash)
{
	pv_flow_share **at = share_at(l, hash);

	if (!*at) {
		*at = calloc(1, sizeof **at);
		PV_ASSERT(*at);
		(*at)->hash = hash;
	}
	(*at)->refs++;
	return *at;
}

static void
share_leave(pv_flow_ticket *t)
{
	pv_flow_share **at, *share = t->share;

	t->share = NULL;
	if (!share || --share->refs)
		return;
	at = share_at(t->level, share->hash);
	*at = share->next;
	free(share);
}

/* ---- queues ---- */

/* The cards of a hand, dealt from the flow's hash (apiserver util/shufflesharding);
 * the shortest of those queues; -1: there is none. */
static int
choose(const pv_flow_level *l, uint64_t hash)
{
	int dealt[HAND_MAX], n = 0, best = -1;

	while (n < l->hand) {
		uint64_t left = (uint64_t)(l->n_queues - n), rest = hash / left;
		int card = (int)(hash - rest * left), at = 0;

		for (; at < n && dealt[at] <= card; at++) /* dealt: sorted; count past what is gone */
			card++;
		memmove(dealt + at + 1, dealt + at, (size_t)(n - at) * sizeof *dealt);
		dealt[at] = card;
		hash = rest;
		n++;
		if (best < 0 || l->queues[card].len < l->queues[best].len)
			best = card;
	}
	return best;
}

/* The first of a queue whose flow may have a seat: it has it. */
static pv_flow_ticket *
pop_of(queue *q, const vacancy *room)
{
	for (pv_flow_ticket **at = &q->first, *t; (t = *at); at = &t->next) {
		if (!seat(room, t))
			continue;
		*at = t->next;
		if (!*at)
			q->last = at;
		q->len--;
		t->level->waiting--;
		if (t->tally)
			pv_metric_add(t->tally->waiting, -1);
		return t;
	}
	return NULL;
}

static pv_flow_ticket *
pop(const pv_flow *flow, pv_flow_level *l)
{
	const vacancy room = vacancy_of(flow, l);
	pv_flow_ticket *t = NULL;

	if (!l->exempt && room.own == 0 && room.borrowed == 0)
		return NULL;
	for (int i = 0; i < l->n_queues && !t; i++) {
		t = pop_of(&l->queues[l->turn], &room);
		l->turn = (l->turn + 1) % l->n_queues;
	}
	return t;
}

/* Of the first level that has one; its next turn is behind all others'. */
static pv_flow_ticket *
next_one(pv_flow *flow)
{
	pv_flow_ticket *t = NULL;

	for (pv_flow_level **at = &flow->levels, *l; (l = *at) && !t; at = &l->next) {
		t = l->waiting ? pop(flow, l) : NULL;
		if (!t || !l->next)
			continue;
		*at = l->next;
		while (*at)
			at = &(*at)->next;
		*at = l;
		l->next = NULL;
	}
	return t;
}

enum outcome { SERVED, LATE, FULL };

static void
count(pv_flow_ticket *t, enum outcome outcome)
{
	const double waited = (double)(pv_mono() - t->since) / PV_SEC;
	pv_flow_level *l = t->level;
	pv_flow_tally *tally = t->tally;

	*(outcome == SERVED ? &l->served : outcome == LATE ? &l->late : &l->refused) += 1;
	if (!tally)
		return;
	pv_metric_observe(outcome == SERVED ? tally->waited : tally->gave_up, waited);
	pv_metric_observe(tally->width, t->width);
	pv_metric_add(outcome == SERVED ? tally->served
		      : outcome == LATE ? tally->late
		      : t->queue >= 0   ? tally->full
					: tally->none,
		      1);
}

/* Those whose turn it is, as a list. */
static pv_flow_ticket *
next_ones(pv_flow *flow, int64_t now)
{
	pv_flow_ticket *out = NULL, **end = &out, *t;

	while ((t = next_one(flow))) {
		t->late = now - t->since > PATIENCE;
		count(t, t->late ? LATE : SERVED);
		t->next = NULL;
		*end = t;
		end = &t->next;
	}
	return out;
}

int
pv_flow_refuse(pv_ctx *cx)
{
	int r = pv_fail(cx, PV_ETOOMANY, "too many requests, please try again later.");

	cx->err->retry_after = 1;
	return r;
}

/* False: its queue is full, or there is none. */
static bool
line_up(pv_flow_ticket *t)
{
	pv_flow_level *l = t->level;
	queue *q = t->queue >= 0 ? &l->queues[t->queue] : NULL;

	if (!q || q->len >= l->length)
		return false;
	*q->last = t;
	q->last = &t->next;
	q->len++;
	l->waiting++;
	if (t->tally)
		pv_metric_add(t->tally->waiting, 1);
	return true;
}

int
pv_flow_enter(pv_ctx *cx, pv_flow *flow, pv_flow_ticket *t)
{
	pv_flow_level *l = t->level;
	vacancy room;
	int r = 0;

	t->came = pv_now();
	pthread_mutex_lock(&flow->seats);
	room = vacancy_of(flow, l);
	t->share = share_of(l, t->hash);
	t->since = pv_mono();
	t->queue = l->length ? choose(l, t->hash) : -1;
	/* those who wait may have none of the seats that are left, or they had it */
	if (seat(&room, t))
		count(t, SERVED);
	else if (line_up(t))
		r = 1;
	else
		count(t, FULL);
	if (t->seats || r)
		join(t);
	else
		r = -PV_ETOOMANY;
	/* another thread may end a waiting ticket as soon as the lock is gone */
	pthread_mutex_unlock(&flow->seats);
	return r < 0 ? pv_flow_refuse(cx) : r;
}

void
pv_flow_leave(pv_flow *flow, pv_flow_ticket *t)
{
	pv_flow_ticket *next = NULL;

	pthread_mutex_lock(&flow->seats);
	part(t);
	if (t->seats) {
		unseat(t);
		next = next_ones(flow, pv_mono());
	}
	share_leave(t);
	t->level->refs--;
	pthread_mutex_unlock(&flow->seats);
	while (next) {
		pv_flow_ticket *one = next;

		next = one->next; /* run may end it */
		one->run(one->arg);
	}
}
