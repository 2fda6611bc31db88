/* What one call may cost, and how large what it gives may be: of the language's own functions as cel-go
 * guesses it (checker/cost.go), of the others as Kubernetes does (apiserver's cel/library/cost.go). */
#include "lang/cel/cost.h"

#define TEXT 0.1     /* to go through a byte */
#define PATTERN 0.25 /* of a byte of a regular expression */
#define FORMAT 64    /* bytes of a named format, at most */
#define FORMAT_PATTERN 32
#define ADDRESS 16 /* bytes */

typedef struct called {
	const costs *c;
	const node *n;
	const guess *a;
	guess *result;
} called;

static cost_size
size(const called *k, size_t i)
{
	return cost_size_of(k->c, k->n->args[i], &k->a[i]);
}

static enum type_kind
kind(const called *k, size_t i)
{
	return k->n->args[i]->type->kind;
}

static bool
is_text(enum type_kind t)
{
	return t == T_STRING || t == T_BYTES || t == T_DYN || t == T_ERROR || t == T_VAR;
}

static void
gives(const called *k, cost_size of)
{
	k->result->sized = true;
	k->result->size = of;
}

static uint64_t
through(const called *k, size_t i)
{
	return cost_part(size(k, i).most, TEXT);
}

/* ---- texts ---- */

static uint64_t
traverse(const called *k)
{
	return through(k, 0);
}

static uint64_t
traverse_second(const called *k)
{
	return through(k, 1);
}

static uint64_t
traverse_twice(const called *k)
{
	return cost_part(size(k, 0).most, 2 * TEXT);
}

/* What comes out of a text is no longer than it. */
static uint64_t
shorten(const called *k)
{
	gives(k, size(k, 0));
	return through(k, 0);
}

static uint64_t
contain(const called *k)
{
	return cost_times(through(k, 0), through(k, 1));
}

static uint64_t
regex_cost(const called *k)
{
	return cost_times(cost_part(cost_plus(size(k, 0).most, 1), TEXT),
			  cost_part(size(k, 1).most, PATTERN));
}

static uint64_t
match(const called *k)
{
	return k->n->flags & F_MEMBER ? regex_cost(k) : 1;
}

static uint64_t
find(const called *k)
{
	gives(k, (cost_size){0, size(k, 0).most});
	return regex_cost(k);
}

/* Letters of a text when each piece of length `out` becomes one of length `in`; an empty one stands before each letter
 * and at the end. */
static uint64_t
swapped(uint64_t text, uint64_t out, uint64_t in)
{
	if (out)
		return cost_times(cost_part(text, 1.0 / (double)out), in);
	return cost_plus(text, cost_times(cost_plus(text, 1), in));
}

/* There may be nothing to replace: a text that can only shrink is at most what it was, and one that can only grow at
 * least that. */
static uint64_t
replace(const called *k)
{
	cost_size text = size(k, 0), out = size(k, 1), in = size(k, 2);
	bool shrinks = out.least && in.most <= out.least, grows = out.most && out.most <= in.least;
	gives(k, (cost_size){grows ? text.least : swapped(text.least, out.most, in.least),
			     shrinks ? text.most : swapped(text.most, out.least, in.most)});
	return cost_part(text.most, 2 * TEXT);
}

static bool
is_whole(const node *n)
{
	return n->kind == N_LITERAL && n->value.kind == PV_CEL_INT;
}

/* As many items as it asks for; without a number at worst each letter is one. */
static uint64_t
split(const called *k)
{
	bool counted = k->n->n > 2 && is_whole(k->n->args[2]);
	gives(k, (cost_size){0, counted ? k->n->args[2]->value.u : size(k, 0).most});
	return traverse_twice(k);
}

static uint64_t
to_text(const called *k)
{
	if (kind(k, 0) != T_BYTES && kind(k, 0) != T_DYN)
		return 1;
	cost_size bytes = size(k, 0);
	gives(k, (cost_size){bytes.least / 4, bytes.most});
	return through(k, 0);
}

static uint64_t
to_bytes(const called *k)
{
	if (kind(k, 0) == T_BYTES)
		return 1;
	cost_size text = size(k, 0);
	gives(k, (cost_size){text.least, cost_times(text.most, 4)});
	return through(k, 0);
}

static uint64_t
quote(const called *k)
{
	cost_size text = size(k, 0);
	gives(k, (cost_size){cost_plus(text.least, 2), cost_plus(cost_times(text.most, 2), 2)});
	return through(k, 0);
}

static uint64_t
is_of_format(const called *k)
{
	return cost_times(through(k, 1), FORMAT_PATTERN);
}

/* ---- lists ---- */

static cost_size
item_size(const called *k)
{
	guess item = cost_items(k->c, &k->a[0]);
	bool placed = k->a[0].path != PATH_NONE && item.path == PATH_AT && k->c->shapes->most;
	return (cost_size){0, placed ? k->c->shapes->most(item.node) : COST_MOST};
}

/* Each element, and of texts each byte; a text itself has indices, too. */
static uint64_t
each_item(const called *k)
{
	const type *list = k->n->args[0]->type, *item = list->n ? list->args[0] : NULL;
	bool texts = item && (item->kind == T_STRING || item->kind == T_BYTES);
	if (!item)
		return through(k, 0);
	return cost_times(size(k, 0).most, texts ? cost_plus(cost_part(item_size(k).most, TEXT), 1) : 1);
}

/* So many of that size. */
static cost_size
many(cost_size n, cost_size each)
{
	return (cost_size){cost_times(n.least, each.least), cost_times(n.most, each.most)};
}

/* Between so many. */
static cost_size
gaps(cost_size n)
{
	return (cost_size){n.least - !!n.least, n.most - !!n.most};
}

static uint64_t
join(const called *k)
{
	cost_size n = size(k, 0), text = many(n, item_size(k));
	if (k->n->n > 1)
		text = cost_add(text, many(gaps(n), size(k, 1)));
	gives(k, text);
	return cost_part(text.most, TEXT);
}

static uint64_t
pairs(const called *k)
{
	return cost_plus(cost_times(size(k, 0).most, size(k, 1).most), 1);
}

static uint64_t
pairs_twice(const called *k)
{
	return cost_plus(cost_times(cost_times(size(k, 0).most, size(k, 1).most), 2), 1);
}

static uint64_t
look_up(const called *k)
{
	uint64_t n = kind(k, 1) == T_MAP ? 1 : size(k, 1).most;
	return kind(k, 1) == T_LIST ? n : n > 1 ? n : 1;
}

/* ---- operators ---- */

static uint64_t
concatenate(const called *k)
{
	bool text = is_text(kind(k, 0)), list = kind(k, 0) == T_LIST;
	if (!text && !list)
		return 1;
	cost_size both = cost_add(size(k, 0), size(k, 1));
	gives(k, both);
	k->result->inside = cost_either(&k->a[0], &k->a[1]);
	return text ? cost_part(both.most, TEXT) : 1;
}

static uint64_t
smaller(const called *k)
{
	cost_size a = size(k, 0), b = size(k, 1);
	return cost_part(a.most < b.most ? a.most : b.most, TEXT);
}

static uint64_t
order(const called *k)
{
	if (!is_text(kind(k, 0)))
		return 1;
	uint64_t cost = smaller(k);
	return kind(k, 0) == T_DYN && !cost ? 1 : cost;
}

static uint64_t
equal(const called *k)
{
	const type *a = k->n->args[0]->type;
	if (a->kind != T_OPAQUE || type_is_optional(a) || !type_same(a, k->n->args[1]->type))
		return smaller(k);
	if (pv_streq(a->name, "kubernetes.NamedFormat"))
		return cost_part(FORMAT, TEXT);
	if (!pv_streq(a->name, "kubernetes.URL"))
		return 1;
	cost_size url; /* of the right one */
	return cost_is_sized(k->c, k->n->args[1], &k->a[1], &url) ? cost_part(url.most, TEXT) : 1;
}

/* ---- addresses ---- */

static uint64_t
address(const called *k)
{
	return k->n->flags & F_MEMBER ? 1 : through(k, 0);
}

static uint64_t
has_ip(const called *k)
{
	uint64_t cost = cost_part((uint64_t)2 * ADDRESS, TEXT);
	return is_text(kind(k, 1)) ? cost_plus(cost, through(k, 1)) : cost;
}

static uint64_t
has_cidr(const called *k)
{
	return cost_plus(has_ip(k), cost_part(ADDRESS, TEXT) + 1);
}

static uint64_t
untyped(const called *k)
{
	*k->result = cost_same(k->c, k->n->args[0], &k->a[0]);
	return 1;
}

static uint64_t
check(const called *k)
{
	(void)k;
	return CEL_CHECK_COST;
}

/* What is not here costs 1. */
static const struct {
	const char *name;
	uint64_t (*cost)(const called *k);
} rows[] = {
	{"_!=_", smaller},
	{"_+_", concatenate},
	{"_<=_", order},
	{"_<_", order},
	{"_==_", equal},
	{"_>=_", order},
	{"_>_", order},
	{"@in", look_up},
	{"bytes", to_bytes},
	{"check", check},
	{"cidr", traverse},
	{"contains", contain},
	{"containsCIDR", has_cidr},
	{"containsIP", has_ip},
	{"dyn", untyped},
	{"endsWith", traverse_second},
	{"fieldSelector", traverse_second},
	{"find", find},
	{"findAll", find},
	{"format", traverse},
	{"indexOf", each_item},
	{"ip", address},
	{"ip.isCanonical", traverse_twice},
	{"isCIDR", traverse},
	{"isIP", traverse},
	{"isQuantity", traverse},
	{"isSemver", traverse},
	{"isSorted", each_item},
	{"join", join},
	{"jsonpatch.escapeKey", shorten},
	{"labelSelector", traverse_second},
	{"lastIndexOf", each_item},
	{"lowerAscii", shorten},
	{"matches", match},
	{"max", each_item},
	{"min", each_item},
	{"quantity", traverse},
	{"replace", replace},
	{"semver", traverse},
	{"sets.contains", pairs},
	{"sets.equivalent", pairs_twice},
	{"sets.intersects", pairs},
	{"split", split},
	{"startsWith", traverse_second},
	{"string", to_text},
	{"strings.quote", quote},
	{"substring", shorten},
	{"sum", each_item},
	{"trim", shorten},
	{"upperAscii", shorten},
	{"url", shorten},
	{"validate", is_of_format},
};

uint64_t
cost_call(const costs *c, const node *n, const guess *a, guess *ret)
{
	called k = {.c = c, .n = n, .a = a, .result = ret};
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_streq(rows[i].name, n->fn->name))
			return rows[i].cost(&k);
	return 1;
}
