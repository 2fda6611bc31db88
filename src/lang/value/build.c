#include <stdio.h>
#include <string.h>
#include "lang/value/impl.h"

pv_val
pv_null(void)
{
	return (pv_val){.type = PV_NULL};
}

pv_val
pv_bool(bool b)
{
	pv_val v = {.type = PV_BOOL};

	v.i = 0; /* every byte is known: values are copied whole */
	v.b = b;
	return v;
}

pv_val
pv_int(int64_t i)
{
	return (pv_val){.type = PV_NUMBER, .num = PV_INT, .i = i};
}

pv_val
pv_double(double d)
{
	PV_ASSERT(d - d == 0.0);
	return (pv_val){.type = PV_NUMBER, .num = PV_DOUBLE, .d = d};
}

static pv_val
string_at(const char *s, size_t len)
{
	PV_ASSERT(len <= UINT32_MAX);
	return (pv_val){.type = PV_STRING, .len = (uint32_t)len, .s = s};
}

pv_val
pv_stringn(pv_arena *arena, const char *s, size_t len)
{
	return string_at(pv_strndup(arena, s, len), len);
}

pv_val
pv_string(pv_arena *arena, const char *s)
{
	return pv_stringn(arena, s, strlen(s));
}

pv_val
pv_string_ref(const char *s)
{
	return string_at(s, strlen(s));
}

pv_val
pv_stringf(pv_arena *arena, const char *fmt, ...)
{
	va_list ap;
	const char *s;

	va_start(ap, fmt);
	s = pv_vprintf(arena, fmt, ap);
	va_end(ap);
	return pv_string_ref(s);
}

const pv_val *
pv_box(pv_arena *arena, pv_val v)
{
	pv_val *box = pv_alloc(arena, sizeof(*box));

	*box = pv_plain(v);
	return box;
}

/* Room for one more of `size` bytes in an array that doubles. */
static void *
more(pv_arena *arena, void *items, size_t len, size_t *cap, size_t size)
{
	void *bigger;

	if (len < *cap)
		return items;
	*cap = *cap > 0 ? *cap * 2 : 8;
	bigger = pv_alloc(arena, *cap * size);
	if (len > 0)
		memcpy(bigger, items, len * size);
	return bigger;
}

void
pv_listb_init(pv_listb *b, pv_arena *arena)
{
	*b = (pv_listb){.arena = arena};
}

void
pv_listb_add(pv_listb *b, pv_val v)
{
	b->items = more(b->arena, b->items, b->len, &b->cap, sizeof(*b->items));
	b->items[b->len++] = pv_plain(v);
}

static pv_val
list_at(const pv_val *items, size_t n, enum pv_type type)
{
	PV_ASSERT(n <= UINT32_MAX);
	return (pv_val){.type = (uint8_t)type, .len = (uint32_t)n, .items = items};
}

pv_val
pv_listb_end(pv_listb *b)
{
	return list_at(b->items, b->len, PV_LIST);
}

pv_val
pv_list_of(pv_arena *arena, const pv_val *items, size_t n)
{
	pv_val *copy = NULL;

	if (n > 0) {
		copy = pv_alloc(arena, n * sizeof(*copy));
		memcpy(copy, items, n * sizeof(*copy));
	}
	return list_at(copy, n, PV_LIST);
}

static int
by_value(const void *a, const void *b)
{
	return pv_cmp(a, b);
}

pv_val
pv_listb_end_set(pv_listb *b)
{
	pv_vec items = {
		.data = b->items, .len = b->len, .cap = b->cap, .size = sizeof(pv_val), .arena = b->arena};
	size_t n = 0;

	if (b->len > 1)
		pv_vec_sort(&items, by_value);
	for (size_t i = 0; i < b->len; i++)
		if (n == 0 || pv_cmp(&b->items[n - 1], &b->items[i]) != 0)
			b->items[n++] = b->items[i];
	b->len = n;
	return list_at(b->items, n, PV_SET);
}

void
pv_objb_init(pv_objb *b, pv_arena *arena)
{
	*b = (pv_objb){.arena = arena};
}

void
pv_objb_from(pv_objb *b, pv_arena *arena, const pv_val *object)
{
	size_t n = pv_is(object, PV_OBJECT) ? object->len : 0;

	pv_objb_init(b, arena);
	if (n == 0)
		return;
	b->cap = n + 4;
	b->members = pv_alloc(arena, b->cap * sizeof(*b->members));
	memcpy(b->members, object->members, n * sizeof(*b->members));
	b->len = n;
}

void
pv_objb_add(pv_objb *b, pv_val key, pv_val v)
{
	b->members = more(b->arena, b->members, b->len, &b->cap, sizeof(*b->members));
	b->members[b->len].key = pv_plain(key);
	b->members[b->len++].val = pv_plain(v);
}

/* Only the last few members are searched: pv_objb_end() drops a repeated key in
 * the same way, so a large object costs no look-up per member. */
void
pv_objb_putv(pv_objb *b, pv_val key, pv_val v)
{
	for (size_t i = b->len; i > 0 && b->len - i < PV_LINEAR; i--)
		if (pv_key_same(&b->members[i - 1].key, &key)) {
			b->members[i - 1].val = pv_plain(v);
			return;
		}
	pv_objb_add(b, key, v);
}

void
pv_objb_put(pv_objb *b, const char *key, pv_val v)
{
	pv_objb_putv(b, pv_string_ref(key), v);
}

void
pv_objb_puts(pv_objb *b, const char *key, const char *s)
{
	if (s != NULL)
		pv_objb_put(b, key, pv_string(b->arena, s));
}

bool
pv_objb_del(pv_objb *b, const char *key)
{
	pv_val wanted = pv_string_ref(key);
	size_t n = 0, before = b->len;

	for (size_t i = 0; i < b->len; i++)
		if (pv_key_cmp(&b->members[i].key, &wanted) != 0)
			b->members[n++] = b->members[i];
	b->len = n;
	return n < before;
}

pv_val
pv_objb_end(pv_objb *b)
{
	return pv_object_of(b->arena, b->members, b->len, NULL, NULL);
}
