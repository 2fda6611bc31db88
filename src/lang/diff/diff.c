#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/vec.h"
#include "lang/diff/diff.h"
#include "lang/patch/patch.h"

struct differ {
	pv_arena *arena;
	pv_vec *changes;
	pv_buf path;
};

static void diff(struct differ *d, const pv_val *from, const pv_val *to);

static void
report(struct differ *d, const pv_val *from, const pv_val *to)
{
	pv_change change = {pv_strndup(d->arena, d->path.len > 0 ? d->path.s : "", d->path.len), from, to};

	pv_vec_push(d->changes, &change);
}

static void
shorten(pv_buf *path, size_t len)
{
	path->len = len;
	if (path->s != NULL)
		path->s[len] = '\0';
}

/* ---- objects ---- */

static void
push_key(struct differ *d, const pv_val *key)
{
	pv_str s = pv_strv(key);
	bool plain = s.len > 0;

	for (size_t i = 0; i < s.len; i++)
		plain = plain && s.s[i] != '.' && s.s[i] != '[' && s.s[i] != ']';
	if (plain && d->path.len > 0)
		pv_buf_addc(&d->path, '.');
	if (!plain)
		pv_buf_addc(&d->path, '[');
	pv_buf_add(&d->path, s.s, s.len);
	if (!plain)
		pv_buf_addc(&d->path, ']');
}

struct walk { /* of two objects in sorted order, side by side */
	size_t i, j;
	const pv_val *key, *from, *to; /* of the pair; absent on one side: NULL */
};

static bool
next_pair(struct walk *w, const pv_val *from, const pv_val *to)
{
	const pv_member *a = pv_sorted(from, w->i), *b = pv_sorted(to, w->j);
	int r;

	if (a == NULL && b == NULL)
		return false;
	r = a == NULL ? 1 : b == NULL ? -1 : pv_cmp(&a->key, &b->key);
	w->from = a != NULL && r <= 0 ? &a->val : NULL;
	w->to = b != NULL && r >= 0 ? &b->val : NULL;
	w->key = a != NULL && r <= 0 ? &a->key : &b->key;
	w->i += r <= 0;
	w->j += r >= 0;
	return true;
}

static void
diff_objects(struct differ *d, const pv_val *from, const pv_val *to)
{
	struct walk w = {0};

	while (next_pair(&w, from, to)) {
		size_t len = d->path.len;

		push_key(d, w.key);
		diff(d, w.from, w.to);
		shorten(&d->path, len);
	}
}

/* ---- lists ---- */

struct named { /* an item by its name */
	const char *name;
	size_t i;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* The items by what `key` says, sorted; false unless each has one and all differ. */
static bool
names_of(struct differ *d, const char *key, const pv_val *list, pv_vec *ret)
{
	pv_vec_init(ret, d->arena, sizeof(struct named));
	for (size_t i = 0; i < list->len; i++) {
		struct named named = {pv_text(pv_get(&list->items[i], key), NULL), i};

		if (named.name == NULL)
			return false;
		pv_vec_push(ret, &named);
	}
	pv_vec_sort(ret, by_name);
	for (size_t i = 1; i < ret->len; i++)
		if (by_name(PV_AT(struct named, ret, i - 1), PV_AT(struct named, ret, i)) == 0)
			return false;
	return true;
}

static const struct named *
find_name(const pv_vec *names, const char *name)
{
	size_t lo = 0, hi = names->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct named *n = PV_AT(struct named, names, mid);
		int r = strcmp(n->name, name);

		if (r == 0)
			return n;
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* Whether the items that both lists hold stand in the same order. */
static bool
same_order(const char *key, const pv_val *from, const pv_vec *to_names)
{
	size_t last = 0;
	bool any = false;

	for (size_t i = 0; i < from->len; i++) {
		const struct named *n = find_name(to_names, pv_text(pv_get(&from->items[i], key), ""));

		if (n == NULL)
			continue;
		if (any && n->i < last)
			return false;
		last = n->i;
		any = true;
	}
	return true;
}

static void
diff_item(struct differ *d, const char *key, const char *name, size_t i, const pv_val *from, const pv_val *to)
{
	size_t len = d->path.len;

	if (name != NULL)
		pv_buf_printf(&d->path, "[%s=%s]", key, name);
	else
		pv_buf_printf(&d->path, "[%zu]", i);
	diff(d, from, to);
	shorten(&d->path, len);
}

static void
diff_named(struct differ *d, const char *key, const pv_val *from, const pv_vec *from_names, const pv_val *to,
	   const pv_vec *to_names)
{
	for (size_t i = 0; i < from->len; i++) {
		const char *name = pv_text(pv_get(&from->items[i], key), "");
		const struct named *n = find_name(to_names, name);

		diff_item(d, key, name, i, &from->items[i], n != NULL ? &to->items[n->i] : NULL);
	}
	for (size_t i = 0; i < to->len; i++) {
		const char *name = pv_text(pv_get(&to->items[i], key), "");

		if (find_name(from_names, name) == NULL)
			diff_item(d, key, name, i, NULL, &to->items[i]);
	}
}

/* Containers and ports have names, conditions types. */
static bool
diff_keyed(struct differ *d, const char *key, const pv_val *from, const pv_val *to)
{
	pv_vec from_names, to_names;

	if (!names_of(d, key, from, &from_names) || !names_of(d, key, to, &to_names))
		return false;
	if (same_order(key, from, &to_names))
		diff_named(d, key, from, &from_names, to, &to_names);
	else
		report(d, from, to);
	return true;
}

static void
diff_lists(struct differ *d, const pv_val *from, const pv_val *to)
{
	size_t n = from->len > to->len ? from->len : to->len;

	if (from->len > 0 && to->len > 0 &&
	    (diff_keyed(d, "name", from, to) || diff_keyed(d, "type", from, to)))
		return;
	for (size_t i = 0; i < n; i++)
		diff_item(d, NULL, NULL, i, pv_item(from, i), pv_item(to, i));
}

/* Values are as deep as their reader allowed, so the recursion is limited. */
static void
diff(struct differ *d, const pv_val *from, const pv_val *to)
{
	if (from == NULL || to == NULL) {
		if (from != to)
			report(d, from, to);
	} else if (from->type == PV_OBJECT && to->type == PV_OBJECT) {
		if (from->members != to->members || from->len != to->len)
			diff_objects(d, from, to);
	} else if (pv_eq(from, to)) {
		return;
	} else if (from->type == PV_LIST && to->type == PV_LIST) {
		diff_lists(d, from, to);
	} else {
		report(d, from, to);
	}
}

void
pv_diff(pv_ctx *cx, const pv_val *from, const pv_val *to, pv_vec *ret)
{
	struct differ d = {.arena = cx->arena, .changes = ret};

	pv_vec_init(ret, cx->arena, sizeof(pv_change));
	pv_buf_init(&d.path, cx->arena);
	diff(&d, from, to);
}

pv_val
pv_diff_merge(pv_arena *arena, const pv_val *from, const pv_val *to)
{
	struct walk w = {0};
	pv_objb b;

	if (!pv_is(from, PV_OBJECT) || !pv_is(to, PV_OBJECT))
		return to != NULL ? *to : pv_null();
	pv_objb_init(&b, arena);
	while (next_pair(&w, from, to)) {
		if (w.to == NULL)
			pv_objb_add(&b, *w.key, pv_null());
		else if (w.from == NULL)
			pv_objb_add(&b, *w.key, *w.to);
		else if (!pv_eq(w.from, w.to))
			pv_objb_add(&b, *w.key, pv_diff_merge(arena, w.from, w.to));
	}
	return pv_objb_end(&b);
}

pv_val
pv_diff_val(pv_arena *arena, const pv_vec *changes)
{
	pv_listb list;

	pv_listb_init(&list, arena);
	for (size_t i = 0; i < changes->len; i++) {
		const pv_change *change = PV_AT(pv_change, changes, i);
		pv_objb b;

		pv_objb_init(&b, arena);
		pv_objb_put(&b, "path", pv_string_ref(change->path));
		if (change->from != NULL)
			pv_objb_put(&b, "from", *change->from);
		if (change->to != NULL)
			pv_objb_put(&b, "to", *change->to);
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

/* ---- JSON Patch ---- */

struct patcher {
	pv_arena *arena;
	pv_listb ops;
	pv_buf path; /* RFC 6901 */
};

static void
add_op(struct patcher *p, const char *op, const pv_val *value)
{
	pv_objb b;

	pv_objb_init(&b, p->arena);
	pv_objb_put(&b, "op", pv_string_ref(op));
	pv_objb_put(&b, "path", pv_stringn(p->arena, p->path.len ? p->path.s : "", p->path.len));
	if (value != NULL)
		pv_objb_put(&b, "value", *value);
	pv_listb_add(&p->ops, pv_objb_end(&b));
}

/* As deep as the values are, which whoever read them has bounded. */
static void
patch(struct patcher *p, const pv_val *from, const pv_val *to)
{
	struct walk w = {0};
	size_t len = p->path.len;

	if (pv_eq(from, to))
		return;
	if (pv_is(from, PV_LIST) && pv_is(to, PV_LIST) && from->len == to->len) {
		for (size_t i = 0; i < from->len; i++) {
			pv_buf_printf(&p->path, "/%zu", i);
			patch(p, &from->items[i], &to->items[i]);
			shorten(&p->path, len);
		}
		return;
	}
	if (!pv_is(from, PV_OBJECT) || !pv_is(to, PV_OBJECT)) {
		add_op(p, "replace", to);
		return;
	}
	while (next_pair(&w, from, to)) {
		pv_buf_addc(&p->path, '/');
		pv_pointer_escape(&p->path, pv_strv(w.key));
		if (w.to == NULL)
			add_op(p, "remove", NULL);
		else if (w.from == NULL)
			add_op(p, "add", w.to);
		else
			patch(p, w.from, w.to);
		shorten(&p->path, len);
	}
}

pv_val
pv_diff_patch(pv_arena *arena, const pv_val *from, const pv_val *to)
{
	struct patcher p = {.arena = arena};

	pv_listb_init(&p.ops, arena);
	pv_buf_init(&p.path, arena);
	patch(&p, from, to);
	return pv_listb_end(&p.ops);
}
