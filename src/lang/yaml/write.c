/* Values to YAML, as sigs.k8s.io/yaml's Marshal prints them. */
#include <stdlib.h>
#include <string.h>
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/yaml/emit.h"
#include "lang/yaml/resolve.h"
#include "lang/yaml/yaml.h"

#define STEP 2
#define DEPTH 10000 /* beyond every reader's limit */

/* ---- keys in go-yaml's natural order: a2 before a10, '-' before letters ---- */

static bool
is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* Go's unicode.IsLetter, near enough: beyond ASCII all but the blocks of signs. */
static bool
is_letter(uint32_t c)
{
	static const uint32_t signs[][2] = {
		{0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb9},       {0xbb, 0xbf},     {0xd7, 0xd7},
		{0xf7, 0xf7},     {0x2000, 0x2070}, {0x2072, 0x207e},   {0x2080, 0x208f}, {0x20a0, 0x2101},
		{0x2190, 0x2bff}, {0x3000, 0x3004}, {0x3007, 0x3030},   {0xe000, 0xf8ff}, {0xfe00, 0xfe6f},
		{0xfeff, 0xff20}, {0xfff0, 0xffff}, {0x1f000, 0x1faff},
	};

	if (c < 0x80)
		return (c | 0x20) - 'a' < 26;
	for (size_t i = 0; i < PV_LEN(signs); i++)
		if (c >= signs[i][0] && c <= signs[i][1])
			return false;
	return true;
}

static uint32_t
rune_at(pv_str s, size_t *i)
{
	uint32_t rune = 0xfffd;
	int w = pv_utf8_step(s.s + *i, s.len - *i, &rune);

	*i += w > 0 ? (size_t)w : 1;
	return rune;
}

static int64_t
digits_from(pv_str s, size_t i, uint64_t start, size_t *ret_end)
{
	uint64_t n = start; /* wraps around, as in Go */

	for (; i < s.len && is_digit((unsigned char)s.s[i]); i++)
		n = n * 10 + (uint64_t)(s.s[i] - '0');
	*ret_end = i;
	return (int64_t)n;
}

/* The first characters that differ are a and b, at i in both. */
static int
differ(pv_str x, pv_str y, size_t i, uint32_t a, uint32_t b)
{
	size_t x_end, y_end;
	int64_t m, n;
	uint64_t start = 0;

	if (is_letter(a) && is_letter(b))
		return a < b ? -1 : 1;
	if (is_letter(a) || is_letter(b))
		return is_letter(b) ? -1 : 1;
	if (a == '0' || b == '0')
		for (size_t j = i; j > 0 && is_digit((unsigned char)x.s[j - 1]) && start == 0; j--)
			start = x.s[j - 1] != '0';
	m = digits_from(x, i, start, &x_end);
	n = digits_from(y, i, start, &y_end);
	if (m != n)
		return m < n ? -1 : 1;
	if (x_end != y_end)
		return x_end < y_end ? -1 : 1;
	return a < b ? -1 : 1;
}

static int
by_key(const void *a, const void *b)
{
	const pv_member *m = *(const pv_member *const *)a, *n = *(const pv_member *const *)b;
	pv_str x = pv_strv(&m->key), y = pv_strv(&n->key);

	for (size_t i = 0; i < x.len && i < y.len;) {
		size_t j = i, k = i;
		uint32_t c = rune_at(x, &j), d = rune_at(y, &k);

		if (c != d)
			return differ(x, y, i, c, d);
		i = j;
	}
	return x.len < y.len ? -1 : x.len > y.len;
}

/* ---- nodes ---- */

enum context { ROOT, IN_LIST, IN_OBJECT };

static void node(struct emitter *e, const pv_val *v, enum context context, size_t depth);

static void
number(struct emitter *e, const pv_val *v)
{
	char room[PV_NUMBER_ROOM];
	pv_str s = pv_number_text(v, room);
	pv_buf b;

	if (v->num != PV_DOUBLE) {
		emit_plain(e, s);
		return;
	}
	pv_buf_init(&b, NULL);
	/* Whole doubles below 2^64 come back as integers, so they are printed as such. */
	if (!e->v3 && memchr(s.s, '.', s.len) == NULL && memchr(s.s, 'e', s.len) == NULL && v->d > -0x1p63 &&
	    v->d < 0x1p64)
		pv_buf_add(&b, v->d == 0.0 ? "0" : s.s, v->d == 0.0 ? 1 : s.len);
	else
		yaml_float_text(&b, s);
	emit_plain(e, (pv_str){b.s, b.len});
	pv_buf_done(&b);
}

static void
list(struct emitter *e, const pv_val *v, enum context context, size_t depth)
{
	int outer = e->indent;

	if (e->indent < 0)
		e->indent = 0;
	else if (e->v3 || !(context == IN_OBJECT && !e->indention))
		e->indent += STEP;
	for (size_t i = 0; i < v->len; i++) {
		emit_indent(e);
		emit_indicator(e, "-", true, false, true);
		node(e, &v->items[i], IN_LIST, depth + 1);
	}
	e->indent = outer;
}

/* A key as text: Rego's other keys as their JSON. */
static pv_str
key_text(const pv_val *key, pv_buf *room)
{
	if (key->type == PV_STRING)
		return pv_strv(key);
	pv_buf_clear(room);
	pv_json_write(room, key);
	return (pv_str){room->s, room->len};
}

static void
member(struct emitter *e, const pv_member *m, pv_buf *room, size_t depth)
{
	pv_str key = key_text(&m->key, room);

	emit_indent(e);
	if (emit_is_simple_key(key)) {
		emit_string(e, key, EMIT_SIMPLE_KEY);
		emit_indicator(e, ":", false, false, false);
	} else {
		emit_indicator(e, "?", true, false, true);
		emit_string(e, key, EMIT_VALUE);
		emit_indent(e);
		emit_indicator(e, ":", true, false, true);
	}
	node(e, &m->val, IN_OBJECT, depth + 1);
}

static void
object(struct emitter *e, const pv_val *v, size_t depth)
{
	const pv_member **sorted;
	int outer = e->indent;
	pv_vec members;
	pv_buf room;

	pv_vec_init(&members, e->arena, sizeof(*sorted));
	pv_buf_init(&room, e->arena);
	for (size_t i = 0; i < v->len; i++) {
		const pv_member *m = &v->members[i];

		pv_vec_push(&members, &m);
	}
	pv_vec_sort(&members, by_key);
	sorted = members.data;
	e->indent = e->indent < 0 ? 0 : e->indent + STEP;
	for (size_t i = 0; i < v->len; i++)
		member(e, sorted[i], &room, depth);
	e->indent = outer;
}

static void
node(struct emitter *e, const pv_val *v, enum context context, size_t depth)
{
	PV_ASSERT(depth < DEPTH);
	switch ((enum pv_type)v->type) {
	case PV_NULL: emit_plain(e, PV_STR("null")); break;
	case PV_BOOL: emit_plain(e, pv_str_of(v->b ? "true" : "false")); break;
	case PV_NUMBER: number(e, v); break;
	case PV_STRING: emit_string(e, pv_strv(v), EMIT_VALUE); break;
	case PV_LIST:
	case PV_SET:
		if (v->len == 0)
			emit_plain(e, PV_STR("[]"));
		else
			list(e, v, context, depth);
		break;
	case PV_OBJECT:
		if (v->len == 0)
			emit_plain(e, PV_STR("{}"));
		else
			object(e, v, depth);
		break;
	}
}

static void
write_document(pv_buf *b, const pv_val *v, bool v3)
{
	pv_arena *arena = pv_arena_new("yaml");
	struct emitter e = {
		.b = b, .arena = arena, .indent = -1, .whitespace = true, .indention = true, .v3 = v3};
	pv_val absent = pv_null();

	node(&e, v != NULL ? v : &absent, ROOT, 0);
	emit_indent(&e); /* ends the last line unless it is ended */
	pv_arena_free(arena);
}

void
pv_yaml_write(pv_buf *b, const pv_val *v)
{
	write_document(b, v, false);
}

void
pv_yaml_write_v3(pv_buf *b, const pv_val *v)
{
	write_document(b, v, true);
}
