#include "lang/value/place.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"

#define DEPTH 100     /* of what is noted */
#define PLACES 200000 /* and how much */

struct pv_places {
	pv_arena *arena;
	pv_map *at, *with; /* a value's address, and that of what is in it -> const char * */
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

static void
note(pv_map *map, const void *address, const char *path)
{
	if (!pv_map_find(map, (const char *)&address, sizeof address))
		(void)pv_map_put(map, (const char *)&address, sizeof address, (void *)(uintptr_t)path);
}

static void
walk(pv_places *p, const pv_val *v, const char *path, int depth)
{
	const void *content = content_of(v);

	if (depth > DEPTH || pv_map_len(p->at) >= PLACES)
		return;
	note(p->at, v, path);
	if (content)
		note(p->with, content, path);
	if (v->type == PV_OBJECT)
		for (size_t i = 0; i < v->len; i++)
			walk(p, &v->members[i].val,
			     pv_place_member(p->arena, path, pv_strv(&v->members[i].key)), depth + 1);
	else if (v->type == PV_LIST)
		for (size_t i = 0; i < v->len; i++)
			walk(p, &v->items[i], pv_place_item(p->arena, path, i), depth + 1);
}

pv_places *
pv_places_of(pv_arena *arena, const pv_val *root, const char *prefix)
{
	pv_places *p = pv_new(arena, pv_places);

	*p = (pv_places){arena, pv_map_new(arena), pv_map_new(arena)};
	if (root)
		walk(p, root, prefix, 0);
	return p;
}

const char *
pv_place_find(const pv_places *p, const pv_val *v)
{
	const void *address = v, *content;
	const char *path = v ? pv_map_find(p->at, (const char *)&address, sizeof address) : NULL;

	if (path || !v)
		return path;
	content = content_of(v);
	return content ? pv_map_find(p->with, (const char *)&content, sizeof content) : NULL;
}
