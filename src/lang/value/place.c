#include "lang/value/place.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"

#define DEPTH 100     /* of what is noted */
#define PLACES 200000 /* and how much */
#define NOWHERE UINT32_MAX

typedef struct place {
	const pv_val *val;
	uint32_t up, index; /* the index-th of the place `up` */
	const char *path;   /* once somebody asked */
} place;

/* Two tables of what is known by an address, open and never more than half full: a value's own, and that of what
 * is in it.  The first item of a list has the address of the list's content, so they are two. */
typedef struct table {
	uint32_t *slots; /* of places, + 1; 0: free */
	size_t mask;
} table;

struct pv_places {
	pv_arena *arena;
	const char *prefix;
	pv_vec all; /* of place */
	table own, content;
};

static bool
is_plain(pv_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.s[i];

		if (!(c == '_' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z')))
			return false;
	}
	return name.len > 0;
}

const char *
pv_place_member(pv_arena *arena, const char *path, pv_str name)
{
	pv_buf b;

	pv_buf_init(&b, arena);
	pv_buf_adds(&b, path);
	if (is_plain(name)) {
		pv_buf_printf(&b, "%s%.*s", *path ? "." : "", (int)name.len, name.s);
	} else {
		pv_buf_addc(&b, '[');
		pv_buf_add_json(&b, name.s, name.len);
		pv_buf_addc(&b, ']');
	}
	return b.s;
}

const char *
pv_place_item(pv_arena *arena, const char *path, size_t i)
{
	return pv_printf(arena, "%s[%zu]", path, i);
}

bool
pv_place_within(const char *path, const char *whole)
{
	size_t len = strlen(whole);

	return strncmp(path, whole, len) == 0 &&
	       (!len || path[len] == '\0' || path[len] == '.' || path[len] == '[');
}

/* What says that a copy of the value is the same one: what both point to; NULL: nothing does. */
static const void *
content_of(const pv_val *v)
{
	if (!v->len)
		return NULL;
	switch ((enum pv_type)v->type) {
	case PV_STRING: return v->s;
	case PV_LIST:
	case PV_SET: return v->items;
	case PV_OBJECT: return v->members;
	default: return NULL;
	}
}

static const void *
address_of(const pv_places *p, const table *t, uint32_t at)
{
	const pv_val *v = PV_AT(place, &p->all, at)->val;

	return t == &p->own ? v : content_of(v);
}

/* The slot of an address, or the free one where it would be. */
static uint32_t *
slot(const pv_places *p, const table *t, const void *address)
{
	size_t i = (size_t)(((uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & t->mask;

	while (t->slots[i] && address_of(p, t, t->slots[i] - 1) != address)
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

/* The first that has an address keeps it. */
static void
note(const pv_places *p, const table *t, uint32_t at)
{
	const void *address = address_of(p, t, at);
	uint32_t *free = address ? slot(p, t, address) : NULL;

	if (free && !*free)
		*free = at + 1;
}

static void
widen(pv_places *p, table *t)
{
	size_t slots = t->slots ? (t->mask + 1) * 4 : 256;

	*t = (table){pv_new_array(p->arena, uint32_t, slots), slots - 1};
	for (uint32_t i = 0; i < p->all.len; i++)
		note(p, t, i);
}

static void
walk(pv_places *p, const pv_val *v, uint32_t up, uint32_t index, int depth)
{
	uint32_t at = (uint32_t)p->all.len;

	if (depth > DEPTH || at >= PLACES)
		return;
	if (at * 2 > p->own.mask) {
		widen(p, &p->own);
		widen(p, &p->content);
	}
	pv_vec_push(&p->all, &(place){.val = v, .up = up, .index = index});
	note(p, &p->own, at);
	note(p, &p->content, at);
	if (v->type == PV_OBJECT)
		for (uint32_t i = 0; i < v->len; i++)
			walk(p, &v->members[i].val, at, i, depth + 1);
	else if (v->type == PV_LIST)
		for (uint32_t i = 0; i < v->len; i++)
			walk(p, &v->items[i], at, i, depth + 1);
}

pv_places *
pv_places_of(pv_arena *arena, const pv_val *root, const char *prefix)
{
	pv_places *p = pv_new(arena, pv_places);

	*p = (pv_places){.arena = arena, .prefix = prefix};
	pv_vec_init(&p->all, arena, sizeof(place));
	widen(p, &p->own);
	widen(p, &p->content);
	if (root)
		walk(p, root, NOWHERE, 0, 0);
	return p;
}

static const char *
path_of(pv_places *p, uint32_t at)
{
	place *here = PV_AT(place, &p->all, at);

	if (!here->path && here->up == NOWHERE) {
		here->path = p->prefix;
	} else if (!here->path) {
		const pv_val *up = PV_AT(place, &p->all, here->up)->val;
		const char *path = path_of(p, here->up);

		here->path = up->type == PV_OBJECT
				     ? pv_place_member(p->arena, path, pv_strv(&up->members[here->index].key))
				     : pv_place_item(p->arena, path, here->index);
	}
	return here->path;
}

const char *
pv_place_find(pv_places *p, const pv_val *v)
{
	const void *content = v ? content_of(v) : NULL;
	uint32_t at = v ? *slot(p, &p->own, v) : 0;

	if (!at && content)
		at = *slot(p, &p->content, content);
	return at ? path_of(p, at - 1) : NULL;
}
