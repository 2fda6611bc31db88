/* places: there may be as many as the object has values, so one walk changes them all. */
#include "delivery/application/places.h"

#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "lang/patch/patch.h"

#define DIGITS "0123456789"

/* ---- order ---- */

/* An end goes first, then what is below: so what lies in one value stands together. */
static int
rank(char c)
{
	return c == '\0' ? 0 : c == '/' ? 1 : 2 + (unsigned char)c;
}

/* Items of a list by number: those with fewer digits first. */
static int
by_place(const void *x, const void *y)
{
	const char *a = ((const struct place *)x)->pointer, *b = ((const struct place *)y)->pointer;
	while (*a && *a == *b) {
		bool begins = *a == '/';
		a++;
		b++;
		if (begins) {
			size_t n = strspn(a, DIGITS), m = strspn(b, DIGITS);
			if (n != m)
				return n < m ? -1 : 1;
		}
	}
	return rank(*a) - rank(*b);
}

void
places_order(pv_vec *places)
{
	struct place *all = places->data;
	size_t n = 0;
	pv_vec_sort(places, by_place);
	for (size_t i = 0; i < places->len; i++)
		if (n == 0 || !pv_streq(all[n - 1].pointer, all[i].pointer))
			all[n++] = all[i];
	places->len = n;
}

/* ---- one walk ---- */

struct walk {
	pv_ctx *cx;
	bool live; /* what lives there comes */
};

/* A value, those places that lie in it or are it, and how much of their pointers leads to it. */
struct part {
	const pv_val *v, *room;
	const struct place *places;
	size_t n, at;
};

static const pv_val *changed(const struct walk *w, const struct part *part);

static bool
is_below(const struct place *p, const char *at, size_t begin, size_t len)
{
	const char *c = p->pointer + begin;
	return !strncmp(c, at, len) && (c[len] == '/' || c[len] == '\0');
}

/* The places of the next value below, from the i-th on; false: there is none.  Of a malformed name, none. */
static bool
next_part(const struct walk *w, const struct part *part, size_t *i, pv_str *ret_name, struct part *ret)
{
	while (*i < part->n) {
		const struct place *p = part->places + *i;
		const char *at = p->pointer + part->at, *rest = at;
		size_t len = 1 + strcspn(at + 1, "/"), n = 1;
		while (*i + n < part->n && is_below(p + n, at, part->at, len))
			n++;
		*i += n;
		*ret = (struct part){.places = p, .n = n, .at = part->at + len};
		if (pv_pointer_next(w->cx->arena, &rest, ret_name))
			return true;
	}
	return false;
}

static const pv_val *
changed_list(const struct walk *w, const struct part *part)
{
	struct part item;
	size_t next = 0, done = 0, i, len = part->v->len;
	pv_str name;
	pv_listb b;
	pv_listb_init(&b, w->cx->arena);
	while (next_part(w, part, &next, &name, &item)) {
		const pv_val *to;
		if (!pv_pointer_index(name, &i) || i > len)
			continue;
		for (; done < i; done++)
			pv_listb_add(&b, part->v->items[done]);
		item.v = i < len ? &part->v->items[i] : NULL;
		item.room = pv_is(part->room, PV_LIST) && i < part->room->len ? &part->room->items[i] : NULL;
		to = changed(w, &item);
		if (to)
			pv_listb_add(&b, *to);
		done = i + 1;
	}
	for (; done < len; done++)
		pv_listb_add(&b, part->v->items[done]);
	return pv_box(w->cx->arena, pv_listb_end(&b));
}

/* What its members become, where that is something else: *gone stands for nothing. */
static pv_map *
changed_members(const struct walk *w, const struct part *part, const pv_val *gone)
{
	pv_map *ret = pv_map_new(w->cx->arena);
	struct part member;
	size_t next = 0;
	pv_str name;
	while (next_part(w, part, &next, &name, &member)) {
		const pv_val *to;
		member.v = pv_getn(part->v, name.s, name.len);
		member.room = pv_getn(part->room, name.s, name.len);
		to = changed(w, &member);
		if (to != member.v)
			pv_map_put(ret, name.s, name.len, (void *)(uintptr_t)(to ? to : gone));
	}
	return ret;
}

static const pv_val *
changed_object(const struct walk *w, const struct part *part)
{
	const pv_val gone = pv_null(), *to;
	pv_map *members = changed_members(w, part, &gone);
	size_t n = pv_member_count(part->v), at = 0;
	pv_str name;
	void *member;
	pv_objb b;
	if (!pv_map_len(members))
		return part->v;
	pv_objb_init(&b, w->cx->arena);
	for (size_t i = 0; i < n; i++) {
		const pv_member *m = &part->v->members[i];
		to = pv_map_del(members, m->key.s, m->key.len);
		if (to != &gone)
			pv_objb_add(&b, m->key, to ? *to : m->val);
	}
	while (pv_map_each(members, &at, &name, &member)) { /* what is new */
		to = member;
		pv_objb_add(&b, pv_stringn(w->cx->arena, name.s, name.len), *to);
	}
	return pv_box(w->cx->arena, pv_objb_end(&b));
}

/* NULL: nothing is there any more, or still. */
static const pv_val *
changed(const struct walk *w, const struct part *part)
{
	if (!part->places->pointer[part->at])
		return w->live ? part->places->live : NULL;
	if (pv_is(part->v, PV_LIST))
		return changed_list(w, part);
	if (pv_is(part->v, PV_OBJECT) || (!part->v && pv_is(part->room, PV_OBJECT)))
		return changed_object(w, part);
	return part->v;
}

/* There is always an object: its own place goes without saying. */
static const pv_val *
walk(const struct walk *w, const pv_val *object, const pv_vec *places, const pv_val *room)
{
	struct part all = {object, room, places->data, places->len, 0};
	const pv_val *ret;
	if (all.n && !*all.places->pointer && !(w->live && all.places->live)) {
		all.places++;
		all.n--;
	}
	ret = all.n ? changed(w, &all) : object;
	return ret ? ret : object;
}

const pv_val *
places_without(pv_ctx *cx, const pv_val *object, const pv_vec *places)
{
	return walk(&(struct walk){cx, false}, object, places, NULL);
}

const pv_val *
places_with_live(pv_ctx *cx, const pv_val *object, const pv_vec *places, const pv_val *room)
{
	return walk(&(struct walk){cx, true}, object, places, room);
}
