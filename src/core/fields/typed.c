/* What a value owns, and how two values differ, by path. */
#include "core/fields/typed.h"

#include <string.h>

#include "base/str.h"
#include "core/schema/node.h"
#include "lang/json/json.h"

enum shape
typed_shape(const pv_schema *schema, const pv_val *v)
{
	const char *const *keys;
	size_t n;

	if (pv_is(v, PV_OBJECT))
		return schema && pv_schema_map(schema) == PV_MAP_ATOMIC ? SHAPE_LEAF : SHAPE_MAP;
	if (!pv_is(v, PV_LIST) || !schema)
		return SHAPE_LEAF;
	switch (pv_schema_list(schema, &keys, &n)) {
	case PV_LIST_SET: return SHAPE_SET;
	case PV_LIST_MAP: return SHAPE_KEYED;
	case PV_LIST_ATOMIC:
	default: return SHAPE_LEAF;
	}
}

char *
typed_field(pv_arena *arena, const char *key)
{
	return pv_printf(arena, "f:%s", key);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of a built-in kind, a key that is not there is what Go has of it. */
static const pv_val *
zero_key(const pv_schema *items, const char *key)
{
	static const pv_val text = {.type = PV_STRING, .s = ""}, number = {.type = PV_NUMBER, .num = PV_INT};
	const pv_prop *prop = items ? pv_schema_prop(items, key, strlen(key)) : NULL;

	if (!prop || !(items->flags & PV_S_BUILTIN) || prop->flags & PV_P_POINTER)
		return NULL;
	return prop->schema->type == PV_T_INTEGER ? &number : &text;
}

static const pv_val *
key_value(const pv_schema *items, const pv_val *item, const pv_val *filled, const char *key)
{
	const pv_val *v = pv_get(item, key);

	if (!v)
		v = pv_get(filled, key);
	return v ? v : zero_key(items, key);
}

static char *
no_keys(pv_ctx *cx, const char *const *keys, size_t n)
{
	pv_buf text;

	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; i < n; i++)
		pv_buf_printf(&text, "%s\"%s\"", i ? " " : "", keys[i]);
	return pv_printf(cx->arena,
			 "associative list with keys has an element that omits all key fields [%s] (and "
			 "doesn't have default values for any key fields)",
			 text.s);
}

/* "k:{...}" with the keys sorted; those that have no value are left out. */
static const char *
key_name(pv_ctx *cx, const pv_schema *items, const pv_val *item, const char *const *keys, size_t n,
	 const char **ret_fault)
{
	const pv_val *filled = NULL;
	pv_vec sorted;
	size_t told = 0;
	pv_buf text;

	pv_vec_init(&sorted, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < n; i++) {
		pv_vec_push(&sorted, &keys[i]);
		if (!filled && items && !pv_get(item, keys[i]))
			filled = pv_schema_default(cx, items, item);
	}
	pv_vec_sort(&sorted, by_text);
	pv_buf_init(&text, cx->arena);
	pv_buf_adds(&text, "k:{");
	for (size_t i = 0; i < n; i++) {
		const char *key = *PV_AT(const char *, &sorted, i);
		const pv_val *v = key_value(items, item, filled, key);

		if (!v)
			continue;
		if (told++)
			pv_buf_addc(&text, ',');
		pv_buf_add_json(&text, key, strlen(key));
		pv_buf_addc(&text, ':');
		pv_json_write_sorted(&text, v);
	}
	pv_buf_addc(&text, '}');
	*ret_fault = told ? NULL : no_keys(cx, keys, n);
	return told ? text.s : NULL;
}

const char *
typed_name(pv_ctx *cx, const pv_schema *list, const pv_val *item, const char **ret_fault)
{
	const char *const *keys = NULL;
	size_t n = 0;
	pv_buf text;

	*ret_fault = NULL;
	if (pv_schema_list(list, &keys, &n) == PV_LIST_MAP) {
		if (pv_is(item, PV_OBJECT))
			return key_name(cx, pv_schema_items(list), item, keys, n, ret_fault);
		*ret_fault = pv_is(item, PV_NULL)
				     ? "associative list with keys may not have a null element"
				     : "associative list with keys may not have non-map elements";
		return NULL;
	}
	pv_buf_init(&text, cx->arena);
	pv_buf_adds(&text, "v:");
	pv_json_write_sorted(&text, item);
	return text.s;
}

const titem *
typed_find(const tlist *list, const char *name)
{
	if (list->named)
		return pv_map_finds(list->named, name);
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return &list->items[i];
	return NULL;
}

/* A few are compared with each other, many by a map: lists come as long as a body may be. */
static void
note_repeats(pv_arena *arena, tlist *list)
{
	if (list->n > 16)
		list->named = pv_map_new(arena);
	for (size_t i = 0; i < list->n; i++) {
		titem *one = &list->items[i];
		const titem *first = typed_find(list, one->name);

		one->again = first && first != one;
		if (one->again)
			list->items[first - list->items].twice = true;
		if (!first)
			pv_map_puts(list->named, one->name, one);
	}
}

int
typed_items(pv_ctx *cx, const pv_schema *schema, const pv_val *list, tlist *ret)
{
	*ret = (tlist){.n = pv_count(list)};
	ret->items = pv_new_array(cx->arena, titem, ret->n);
	for (size_t i = 0; i < ret->n; i++) {
		const char *fault;

		ret->items[i] = (titem){.val = pv_item(list, i)};
		ret->items[i].name = typed_name(cx, schema, ret->items[i].val, &fault);
		if (fault)
			return pv_fail(cx, PV_EBADREQUEST, "element %zu: %s", i, fault);
	}
	note_repeats(cx->arena, ret);
	return 0;
}

static bool
is_declared(const pv_schema *schema, const char *name)
{
	return schema && pv_schema_declares(schema, name);
}

const fset *
typed_named(pv_arena *arena, const pv_schema *schema, const fset *s)
{
	fsetb out;

	if (!s || s->n == 0)
		return s;
	fsetb_init(&out, arena);
	out.member = s->member;
	for (size_t i = 0; i < s->n; i++) {
		const char *name = s->kids[i].name;
		bool field = pv_starts_with(name, "f:");
		const pv_schema *below = !schema ? NULL
					 : field ? pv_schema_field(schema, name + 2)
						 : pv_schema_items(schema);
		const fset *kid = typed_named(arena, below, s->kids[i].set);

		if (field && is_declared(schema, name + 2))
			kid = fset_union(arena, kid, fset_leaf());
		fsetb_add(&out, name, kid);
	}
	return fsetb_end(&out);
}

/* ---- the set of an intent ---- */

static int
set_list(pv_ctx *cx, const pv_schema *schema, const pv_val *v, fsetb *b)
{
	tlist list;
	int r = typed_items(cx, schema, v, &list);

	for (size_t i = 0; r == 0 && i < list.n; i++) {
		const titem *one = &list.items[i];
		const fset *kid = NULL;

		if (one->again)
			continue;
		r = one->twice ? 0 : typed_set(cx, pv_schema_items(schema), one->val, &kid);
		if (r == 0)
			fsetb_add(b, one->name, fset_union(cx->arena, kid, fset_leaf()));
	}
	return r;
}

int
typed_set(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const fset **ret)
{
	enum shape shape = typed_shape(schema, v);
	fsetb b;
	int r = 0;

	fsetb_init(&b, cx->arena);
	if (shape == SHAPE_LEAF) {
		b.member = true;
	} else if (shape == SHAPE_MAP) {
		for (size_t i = 0; r == 0 && i < pv_member_count(v); i++) {
			const pv_member *m = &v->members[i];
			const fset *kid = NULL;

			r = typed_set(cx, schema ? pv_schema_field(schema, m->key.s) : NULL, &m->val, &kid);
			if ((pv_is(&m->val, PV_OBJECT) && pv_count(&m->val) == 0) ||
			    !is_declared(schema, m->key.s))
				kid = fset_union(cx->arena, kid, fset_leaf());
			fsetb_add(&b, typed_field(cx->arena, m->key.s), kid);
		}
	} else {
		r = set_list(cx, schema, v, &b);
	}
	*ret = fsetb_end(&b);
	return r;
}

/* ---- comparison ---- */

typedef struct tdiffb {
	fsetb added, modified, removed;
} tdiffb;

static int compare_node(pv_ctx *cx, const pv_schema *schema, const pv_val *from, const pv_val *to,
			tdiff *ret);

static void
leaf_diff(const pv_val *from, const pv_val *to, tdiffb *b)
{
	if (!from)
		b->added.member = true;
	else if (!to)
		b->removed.member = true;
	else if (!pv_eq(from, to))
		b->modified.member = true;
}

static int
compare_kid(pv_ctx *cx, const pv_schema *schema, const char *name, const pv_val *from, const pv_val *to,
	    tdiffb *b)
{
	tdiff kid = {0};
	int r;

	if (from == to || (from && to && pv_eq(from, to)))
		return 0;
	r = compare_node(cx, schema, from, to, &kid);
	fsetb_add(&b->added, name, kid.added);
	fsetb_add(&b->modified, name, kid.modified);
	fsetb_add(&b->removed, name, kid.removed);
	return r;
}

static int
compare_maps(pv_ctx *cx, const pv_schema *schema, const pv_val *from, const pv_val *to, tdiffb *b)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pv_member_count(from); i++) {
		const pv_member *m = &from->members[i];

		r = compare_kid(cx, schema ? pv_schema_field(schema, m->key.s) : NULL,
				typed_field(cx->arena, m->key.s), &m->val, pv_get(to, m->key.s), b);
	}
	for (size_t i = 0; r == 0 && i < pv_member_count(to); i++) {
		const pv_member *m = &to->members[i];

		if (!pv_get(from, m->key.s))
			r = compare_kid(cx, schema ? pv_schema_field(schema, m->key.s) : NULL,
					typed_field(cx->arena, m->key.s), NULL, &m->val, b);
	}
	return r;
}

/* The elements of a name that one list has several of. */
static bool
equal_items(const tlist *a, const tlist *b, const char *name)
{
	size_t i = 0, j = 0;

	for (;; i++, j++) {
		while (i < a->n && !pv_streq(a->items[i].name, name))
			i++;
		while (j < b->n && !pv_streq(b->items[j].name, name))
			j++;
		if (i == a->n || j == b->n)
			return i == a->n && j == b->n;
		if (!pv_eq(a->items[i].val, b->items[j].val))
			return false;
	}
}

/* Elements that share a name are compared as one, which comes when there is a second and goes with it. */
static int
compare_item(pv_ctx *cx, const pv_schema *kind, const char *name, const tlist *old, const tlist *new,
	     tdiffb *b)
{
	const titem *was = typed_find(old, name), *now = typed_find(new, name);
	bool many_before = was && was->twice, many_now = now && now->twice;

	if (many_before && many_now) {
		if (!equal_items(old, new, name))
			fsetb_add(&b->modified, name, fset_leaf());
		return 0;
	}
	if (many_before)
		fsetb_add(&b->removed, name, fset_leaf());
	if (many_now)
		fsetb_add(&b->added, name, fset_leaf());
	return compare_kid(cx, kind, name, was && !many_before ? was->val : NULL,
			   now && !many_now ? now->val : NULL, b);
}

static int
compare_lists(pv_ctx *cx, const pv_schema *schema, const pv_val *from, const pv_val *to, tdiffb *b)
{
	const pv_schema *kind = pv_schema_items(schema);
	tlist old, new;
	int r = typed_items(cx, schema, from, &old);

	if (r == 0)
		r = typed_items(cx, schema, to, &new);
	for (size_t i = 0; r == 0 && i < old.n; i++)
		if (!old.items[i].again)
			r = compare_item(cx, kind, old.items[i].name, &old, &new, b);
	for (size_t i = 0; r == 0 && i < new.n; i++)
		if (!new.items[i].again && !typed_find(&old, new.items[i].name))
			r = compare_item(cx, kind, new.items[i].name, &old, &new, b);
	return r;
}

static const pv_val *
empty_like(const pv_val *v)
{
	static const pv_val object = {.type = PV_OBJECT}, list = {.type = PV_LIST};

	return v->type == PV_OBJECT ? &object : &list;
}

/* What was one thing and is another: a value that is neither, and the fields that the one had and the other has. */
static int
compare_kinds(pv_ctx *cx, const pv_schema *schema, const pv_val *from, const pv_val *to, tdiffb *b)
{
	static const pv_val none = {.type = PV_OBJECT};

	b->modified.member = true;
	return compare_maps(cx, schema, typed_shape(schema, from) == SHAPE_MAP ? from : &none,
			    typed_shape(schema, to) == SHAPE_MAP ? to : &none, b);
}

static int
compare_node(pv_ctx *cx, const pv_schema *schema, const pv_val *from, const pv_val *to, tdiff *ret)
{
	enum shape shape;
	tdiffb b;
	int r = 0;

	/* Null is a container with nothing in it, if the other is one. */
	if (pv_is(from, PV_NULL) && pv_count(to))
		from = empty_like(to);
	if (pv_is(to, PV_NULL) && pv_count(from))
		to = empty_like(from);
	shape = typed_shape(schema, to ? to : from);

	fsetb_init(&b.added, cx->arena);
	fsetb_init(&b.modified, cx->arena);
	fsetb_init(&b.removed, cx->arena);
	if (from && to && typed_shape(schema, from) != shape) {
		r = compare_kinds(cx, schema, from, to, &b);
	} else if (shape == SHAPE_LEAF || (pv_count(from) == 0 && pv_count(to) == 0)) {
		leaf_diff(from, to, &b);
	} else {
		r = shape == SHAPE_MAP ? compare_maps(cx, schema, from, to, &b)
				       : compare_lists(cx, schema, from, to, &b);
		if (!from)
			b.added.member = true;
		else if (!to)
			b.removed.member = true;
	}
	ret->added = fsetb_end(&b.added);
	ret->modified = fsetb_end(&b.modified);
	ret->removed = fsetb_end(&b.removed);
	return r;
}

int
typed_compare(pv_ctx *cx, const pv_schema *schema, const pv_val *from, const pv_val *to, tdiff *ret)
{
	pv_val empty = pv_object_of(cx->arena, NULL, 0, NULL, NULL);

	return compare_node(cx, schema, from ? from : &empty, to ? to : &empty, ret);
}
