#include "core/admission/quota/ledger.h"

#include "base/arena.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"

typedef struct sum {
	char *name; /* in spec.hard */
	__int128 nano;
	size_t binary; /* of its parts: it is printed as they are */
} sum;

typedef struct account account; /* of one quota */
struct account {
	account *next;
	char *uid;
	const pv_val *spec; /* frozen: as it was when this was counted */
	sum *sums;
	size_t n;
};

typedef struct shelf {   /* the objects of a type in a namespace */
	int64_t since;   /* older changes are counted already */
	pv_map *objects; /* name -> pv_rec */
	account *accounts;
} shelf;

typedef struct book { /* a type */
	char *type;
	quota_kind kind;
	char *group, *plural;
	pv_watch *watch;
	pv_map *shelves; /* namespace -> shelf */
} book;

struct ledger {
	pv_store *store;
	pv_map *books;  /* type -> book */
	pv_ctx scratch; /* of one object's count */
};

static void
on_wake(void *arg PV_UNUSED)
{
	/* Nothing to do: whoever asks next drains the watch. */
}

/* ---- letting go ---- */

static void
free_account(account *a)
{
	for (size_t i = 0; i < a->n; i++)
		pv_heap_free(a->sums[i].name);
	pv_heap_free(a->sums);
	pv_unref(a->spec);
	pv_heap_free(a->uid);
	pv_heap_free(a);
}

static void
free_shelf(shelf *s)
{
	size_t pos = 0;
	void *rec;

	while (s->accounts) {
		account *a = s->accounts;

		s->accounts = a->next;
		free_account(a);
	}
	while (pv_map_each(s->objects, &pos, NULL, &rec))
		pv_rec_unref(rec);
	pv_map_free(s->objects);
	pv_heap_free(s);
}

static void
empty_book(book *b)
{
	size_t pos = 0;
	void *s;

	while (pv_map_each(b->shelves, &pos, NULL, &s))
		free_shelf(s);
	pv_map_free(b->shelves);
	b->shelves = pv_map_new(NULL);
	b->watch = pv_watch_close(b->watch);
}

ledger *
ledger_new(pv_store *store)
{
	ledger *l = pv_heap_new(sizeof *l);

	l->store = store;
	l->books = pv_map_new(NULL);
	pv_ctx_init(&l->scratch, "quota");
	return l;
}

ledger *
ledger_free(ledger *l)
{
	size_t pos = 0;
	void *one;

	if (!l)
		return NULL;
	while (pv_map_each(l->books, &pos, NULL, &one)) {
		book *b = one;

		empty_book(b);
		pv_map_free(b->shelves);
		pv_heap_free(b->group);
		pv_heap_free(b->plural);
		pv_heap_free(b->type);
		pv_heap_free(b);
	}
	pv_map_free(l->books);
	pv_ctx_done(&l->scratch);
	pv_heap_free(l);
	return NULL;
}

static void
close_account(shelf *s, const char *uid)
{
	for (account **at = &s->accounts; *at; at = &(*at)->next) {
		account *a = *at;

		if (!pv_streq(a->uid, uid))
			continue;
		*at = a->next;
		free_account(a);
		return;
	}
}

void
ledger_forget(ledger *l, const char *ns, const char *uid)
{
	size_t pos = 0;
	void *one;

	while (pv_map_each(l->books, &pos, NULL, &one)) {
		book *b = one;
		shelf *s = pv_map_finds(b->shelves, ns);

		if (s)
			close_account(s, uid);
		if (!s || s->accounts)
			continue;
		pv_map_del(b->shelves, ns, pv_str_of(ns).len);
		free_shelf(s);
		if (!pv_map_len(b->shelves))
			b->watch = pv_watch_close(b->watch);
	}
}

/* ---- counting ---- */

/* Adds what the object takes to the account's sums, or takes it out of them. */
static void
count(ledger *l, const book *b, account *a, const pv_val *object, bool in)
{
	pv_vec amounts;

	pv_vec_init(&amounts, l->scratch.arena, sizeof(quota_amount));
	if (quota_in_scope(a->spec, &b->kind, object))
		quota_usage(&l->scratch, &b->kind, object, &amounts);
	for (size_t i = 0; i < a->n; i++) {
		const pv_quantity *q = quota_find(&amounts, a->sums[i].name);

		if (!q)
			continue;
		a->sums[i].nano += in ? q->nano : -q->nano;
		a->sums[i].binary += in ? q->binary : -(size_t)q->binary;
	}
	pv_ctx_reset(&l->scratch);
}

static void
count_everywhere(ledger *l, const book *b, shelf *s, const pv_rec *rec, bool in)
{
	for (account *a = s->accounts; a; a = a->next)
		count(l, b, a, pv_rec_val(rec), in);
}

static void
take_event(ledger *l, const book *b, const pv_event *event)
{
	const pv_key *key = pv_rec_key(event->rec);
	shelf *s = pv_map_finds(b->shelves, key->ns);
	const pv_rec *was;

	if (!s || event->rev <= s->since)
		return;
	was = event->type == PV_DELETED
		      ? pv_map_del(s->objects, key->name, pv_str_of(key->name).len)
		      : pv_map_puts(s->objects, key->name, (void *)(uintptr_t)pv_rec_ref(event->rec));
	if (was) {
		count_everywhere(l, b, s, was, false);
		pv_rec_unref(was);
	}
	if (event->type != PV_DELETED)
		count_everywhere(l, b, s, event->rec, true);
}

/* ---- keeping up ---- */

static book *
book_of(ledger *l, const ledger_place *at)
{
	book *b = pv_map_finds(l->books, at->type);

	if (b)
		return b;
	b = pv_heap_new(sizeof *b);
	b->type = pv_heap_printf("%s", at->type);
	b->group = pv_heap_printf("%s", at->kind.group);
	b->plural = pv_heap_printf("%s", at->kind.plural);
	b->kind = (quota_kind){b->group, b->plural};
	b->shelves = pv_map_new(NULL);
	pv_map_puts(l->books, b->type, b);
	return b;
}

static int
keep_up(pv_ctx *cx, ledger *l, book *b)
{
	pv_event event;
	int r = 1;

	while (b->watch && r == 1) {
		r = pv_watch_next(cx, b->watch, &event);
		if (r == 1)
			take_event(l, b, &event);
	}
	if (r == -PV_EGONE) { /* fell behind: count anew */
		(void)pv_recover(cx);
		empty_book(b);
		r = 0;
	}
	if (r >= 0 && !b->watch)
		r = pv_watch_open(cx, l->store, b->type, pv_store_rev(l->store), on_wake, l, &b->watch);
	return r < 0 ? r : 0;
}

static int
shelf_of(pv_ctx *cx, ledger *l, book *b, const char *ns, shelf **ret)
{
	pv_list_query query = {.type = b->type, .ns = ns};
	pv_listing all;
	shelf *s = pv_map_finds(b->shelves, ns);
	int r;

	*ret = s;
	if (s)
		return 0;
	r = pv_store_list(cx, l->store, &query, &all); /* no older than what the watch begins with */
	if (r < 0)
		return r;
	*ret = s = pv_heap_new(sizeof *s);
	s->since = all.rev;
	s->objects = pv_map_new(NULL);
	for (size_t i = 0; i < all.len; i++)
		pv_map_puts(s->objects, pv_rec_key(all.recs[i])->name,
			    (void *)(uintptr_t)pv_rec_ref(all.recs[i]));
	pv_map_puts(b->shelves, ns, s);
	return 0;
}

static account *
open_account(ledger *l, const book *b, shelf *s, const pv_val *quota)
{
	const pv_val *hard = pv_at(quota, "spec.hard");
	account *a = pv_heap_new(sizeof *a);
	size_t pos = 0;
	void *rec;

	a->uid = pv_heap_printf("%s", pv_text_at(quota, "metadata.uid", ""));
	a->spec = pv_freeze(pv_get(quota, "spec"));
	a->sums = pv_heap_new((pv_count(hard) + 1) * sizeof *a->sums);
	for (size_t i = 0; i < pv_member_count(hard); i++)
		if (quota_counts(hard->members[i].key.s, &b->kind))
			a->sums[a->n++].name = pv_heap_printf("%s", hard->members[i].key.s);
	while (pv_map_each(s->objects, &pos, NULL, &rec))
		count(l, b, a, pv_rec_val(rec), true);
	a->next = s->accounts;
	s->accounts = a;
	return a;
}

static account *
account_of(ledger *l, const book *b, shelf *s, const pv_val *quota)
{
	const char *uid = pv_text_at(quota, "metadata.uid", "");

	for (account *a = s->accounts; a; a = a->next)
		if (pv_streq(a->uid, uid) && pv_eq(a->spec, pv_get(quota, "spec")))
			return a;
	close_account(s, uid); /* it asks for something else now */
	return open_account(l, b, s, quota);
}

int
ledger_used(pv_ctx *cx, ledger *l, const ledger_place *at, const pv_val *quota, pv_vec *ret)
{
	book *b = book_of(l, at);
	const account *a;
	shelf *s = NULL;
	int r = keep_up(cx, l, b);

	if (r == 0)
		r = shelf_of(cx, l, b, at->ns, &s);
	if (r < 0)
		return r;
	a = account_of(l, b, s, quota);
	for (size_t i = 0; i < a->n; i++) {
		pv_quantity q = {.nano = a->sums[i].nano, .binary = a->sums[i].binary > 0};

		quota_add(ret, pv_strdup(cx->arena, a->sums[i].name), &q);
	}
	return 0;
}

const pv_val *
ledger_find(const ledger *l, const ledger_place *at, const char *name)
{
	const book *b = pv_map_finds(l->books, at->type);
	const shelf *s = b ? pv_map_finds(b->shelves, at->ns) : NULL;
	const pv_rec *rec = s ? pv_map_finds(s->objects, name) : NULL;

	return rec ? pv_rec_val(rec) : NULL;
}
