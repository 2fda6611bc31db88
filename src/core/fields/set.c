/* Set algebra by merging sorted lists of children. */
#include "core/fields/set.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "lang/json/json.h"

#define DEPTH 1000 /* documents are no deeper (PV_JSON_DEPTH) */

void
fsetb_init(fsetb *b, pv_arena *arena)
{
	b->arena = arena;
	b->member = false;
	pv_vec_init(&b->kids, arena, sizeof(fkid));
}

void
fsetb_add(fsetb *b, const char *name, const fset *kid)
{
	fkid made = {name, kid};

	if (kid)
		pv_vec_push(&b->kids, &made);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const fkid *)a)->name, ((const fkid *)b)->name);
}

const fset *
fsetb_end(fsetb *b)
{
	fset *made;

	if (!b->member && b->kids.len == 0)
		return NULL;
	if (b->member && b->kids.len == 0)
		return fset_leaf();
	pv_vec_sort(&b->kids, by_name);
	made = pv_new(b->arena, fset);
	made->member = b->member;
	made->n = b->kids.len;
	made->kids = b->kids.data;
	return made;
}

const fset *
fset_leaf(void)
{
	static const fset leaf = {.member = true};

	return &leaf;
}

const fset *
fset_find(const fset *s, const char *name)
{
	size_t low = 0, high = s ? s->n : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(name, s->kids[mid].name);

		if (order == 0)
			return s->kids[mid].set;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* Kids of a and b side by side, in order; one of them NULL where it has none. */
static bool
next_pair(const fset *a, const fset *b, size_t *i, size_t *j, const char **name, const fset **ka,
	  const fset **kb)
{
	const fkid *x = a && *i < a->n ? &a->kids[*i] : NULL, *y = b && *j < b->n ? &b->kids[*j] : NULL;
	int order;

	if (!x && !y)
		return false;
	order = !y ? -1 : !x ? 1 : strcmp(x->name, y->name);
	*ka = order <= 0 ? x->set : NULL;
	*kb = order >= 0 ? y->set : NULL;
	*name = order <= 0 ? x->name : y->name;
	*i += order <= 0;
	*j += order >= 0;
	return true;
}

enum set_op { UNION, MINUS, BOTH, WITHOUT };

static const fset *
combine(pv_arena *arena, enum set_op op, const fset *a, const fset *b)
{
	size_t i = 0, j = 0;
	const fset *ka, *kb;
	const char *name;
	bool in_a = a && a->member, in_b = b && b->member;
	fsetb out;

	if (!a || !b) {
		if (op == UNION)
			return a ? a : b;
		return op == BOTH ? NULL : a;
	}
	if (op == WITHOUT && in_b)
		return NULL;
	fsetb_init(&out, arena);
	out.member = op == UNION ? in_a || in_b : op == BOTH ? in_a && in_b : in_a && !in_b;
	while (next_pair(a, b, &i, &j, &name, &ka, &kb))
		fsetb_add(&out, name, combine(arena, op, ka, kb));
	return fsetb_end(&out);
}

const fset *
fset_union(pv_arena *arena, const fset *a, const fset *b)
{
	return combine(arena, UNION, a, b);
}

const fset *
fset_minus(pv_arena *arena, const fset *a, const fset *b)
{
	return combine(arena, MINUS, a, b);
}

const fset *
fset_both(pv_arena *arena, const fset *a, const fset *b)
{
	return combine(arena, BOTH, a, b);
}

const fset *
fset_without(pv_arena *arena, const fset *a, const fset *b)
{
	return combine(arena, WITHOUT, a, b);
}

bool
fset_equal(const fset *a, const fset *b)
{
	if (!a || !b)
		return a == b;
	if (a->member != b->member || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->kids[i].name, b->kids[i].name) != 0 ||
		    !fset_equal(a->kids[i].set, b->kids[i].set))
			return false;
	return true;
}

pv_val
fset_format(pv_arena *arena, const fset *s)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	if (s && s->member && s->n)
		pv_objb_add(&b, pv_string_ref("."), pv_object_of(arena, NULL, 0, NULL, NULL));
	for (size_t i = 0; s && i < s->n; i++)
		pv_objb_add(&b, pv_string_ref(s->kids[i].name), fset_format(arena, s->kids[i].set));
	return pv_objb_end(&b);
}

static const fset *
parse_node(pv_arena *arena, const pv_val *v, bool root, int depth)
{
	fsetb b;

	if (depth == 0 || !pv_is(v, PV_OBJECT))
		return NULL;
	if (pv_count(v) == 0)
		return root ? NULL : fset_leaf();
	fsetb_init(&b, arena);
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const char *key = v->members[i].key.s;

		if (strcmp(key, ".") == 0)
			b.member = true;
		else if (key[0] && strchr("fkvi", key[0]) && key[1] == ':')
			fsetb_add(&b, pv_strdup(arena, key),
				  parse_node(arena, &v->members[i].val, false, depth - 1));
	}
	return fsetb_end(&b);
}

const fset *
fset_parse(pv_arena *arena, const pv_val *v)
{
	return parse_node(arena, v, true, DEPTH);
}

/* A step of a kind that nobody knows is left out, as the format's readers agreed. */
static bool
reads_step(pv_ctx *cx, const char *name)
{
	const pv_val *v = NULL;
	int64_t n;

	if (strcmp(name, ".") == 0)
		return true;
	if (!name[0] || name[1] != ':')
		return false;
	if (name[0] == 'i')
		return pv_parse_int(pv_str_of(name + 2), &n);
	if (name[0] != 'k' && name[0] != 'v')
		return true;
	if (pv_json_parse(cx, pv_str_of(name + 2), NULL, &v) < 0) {
		(void)pv_recover(cx);
		return false;
	}
	return name[0] == 'v' || pv_is(v, PV_OBJECT);
}

static bool
reads_node(pv_ctx *cx, const pv_val *v, int depth)
{
	if (depth == 0 || !pv_is(v, PV_OBJECT))
		return false;
	for (size_t i = 0; i < pv_member_count(v); i++)
		if (!reads_step(cx, v->members[i].key.s) || !reads_node(cx, &v->members[i].val, depth - 1))
			return false;
	return true;
}

bool
fset_reads(pv_ctx *cx, const pv_val *v)
{
	return !v || reads_node(cx, v, DEPTH);
}

const char *
fset_step(pv_ctx *cx, const char *name)
{
	const pv_val *keys;
	pv_buf out;

	if (name[0] == 'f')
		return pv_printf(cx->arena, ".%s", name + 2);
	if (name[0] == 'v')
		return pv_printf(cx->arena, "[=%s]", name + 2);
	if (name[0] != 'k')
		return pv_printf(cx->arena, "[%s]", name + 2);
	if (pv_json_parse(cx, pv_str_of(name + 2), NULL, &keys) < 0) {
		(void)pv_recover(cx);
		return pv_printf(cx->arena, "[%s]", name + 2);
	}
	pv_buf_init(&out, cx->arena);
	pv_buf_addc(&out, '[');
	for (size_t i = 0; i < pv_count(keys); i++) {
		const pv_member *m = pv_sorted(keys, i);

		pv_buf_printf(&out, "%s%s=%s", i ? "," : "", m->key.s, pv_json_text(cx->arena, &m->val));
	}
	pv_buf_addc(&out, ']');
	return out.s;
}

static void
add_paths(pv_ctx *cx, const fset *s, const char *prefix, pv_vec *ret)
{
	if (s->member)
		pv_vec_push(ret, &prefix);
	for (size_t i = 0; i < s->n; i++)
		add_paths(cx, s->kids[i].set,
			  pv_printf(cx->arena, "%s%s", prefix, fset_step(cx, s->kids[i].name)), ret);
}

void
fset_paths(pv_ctx *cx, const fset *s, pv_vec *ret)
{
	if (s)
		add_paths(cx, s, "", ret);
}
