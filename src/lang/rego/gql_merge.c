/* gql_merge: fields of one name in one selection set must be able to be one field
 * (spec, 5.3.2). */
#include "base/arena.h"
#include "lang/rego/gql_check.h"

typedef struct selected {
	const gql_def *parent;
	const pv_val *field;
	const pv_val *declared; /* NULL: unknown */
} selected;

static void
collect(gql_walk *w, const gql_def *parent, const pv_val *set, pv_map *seen, pv_vec *out, int depth)
{
	for (size_t i = 0; i < pv_count(set) && gql_spend(w); i++) {
		const pv_val *s = pv_item(set, i), *inside = s;
		const char *name = pv_text_at(s, "Name", "");
		if (pv_get(s, "Alias")) {
			selected one = {parent, s, parent ? gql_def_member(parent, "Fields", name) : NULL};
			pv_vec_push(out, &one);
			continue;
		}
		if (*name && pv_map_puts(seen, name, w))
			continue;
		if (*name)
			inside = pv_map_finds(w->fragments, name);
		const char *on = pv_text_at(inside, "TypeCondition", "");
		if (depth < GQL_DEPTH)
			collect(w, *on ? gql_def_named(w->s, on) : parent, pv_get(inside, "SelectionSet"),
				seen, out, depth + 1);
	}
}

static bool same_value(const pv_val *a, const pv_val *b, int depth);

/* Lists of {Name, Value}; `ordered`: items of a list. */
static bool
same_members(const pv_val *a, const pv_val *b, bool ordered, int depth)
{
	if (pv_count(a) != pv_count(b) || depth > GQL_DEPTH)
		return false;
	for (size_t i = 0; i < pv_count(a); i++) {
		const pv_val *x = pv_item(a, i);
		bool found = false;
		for (size_t k = ordered ? i : 0; k < pv_count(b) && !found; k++) {
			const pv_val *y = pv_item(b, k);
			found = pv_eq(pv_get(x, "Name"), pv_get(y, "Name")) &&
				same_value(pv_get(x, "Value"), pv_get(y, "Value"), depth + 1);
			if (ordered)
				break;
		}
		if (!found)
			return false;
	}
	return true;
}

static bool
same_value(const pv_val *a, const pv_val *b, int depth)
{
	int64_t kind = pv_i64(pv_get(a, "Kind"), -1);
	return kind == pv_i64(pv_get(b, "Kind"), -2) &&
	       pv_streq(pv_text_at(a, "Raw", ""), pv_text_at(b, "Raw", "")) &&
	       same_members(pv_get(a, "Children"), pv_get(b, "Children"), kind == 8, depth);
}

/* The same lists and "!", and one name if either is a leaf. */
static bool
same_shape(gql_walk *w, const pv_val *a, const pv_val *b)
{
	const pv_val *x = pv_get(a, "Elem"), *y = pv_get(b, "Elem");
	if (pv_truth_at(a, "NonNull", false) != pv_truth_at(b, "NonNull", false) || !x != !y)
		return false;
	if (x)
		return same_shape(w, x, y);
	const gql_def *s = gql_def_named(w->s, gql_inner(a)), *t = gql_def_named(w->s, gql_inner(b));
	bool leaf = (s && !gql_is_composite(s)) || (t && !gql_is_composite(t));
	return !leaf || s == t;
}

static void pairs(gql_walk *w, const pv_vec *a, const pv_vec *b, bool exclusive);

static void
conflict(gql_walk *w, const pv_val *field, const char *alias, const char *why)
{
	gql_fault(
		w, field,
		"Fields \"%s\" conflict because %s. Use different aliases on the fields to fetch both if this "
		"was intentional.",
		alias, why);
}

static void
compare(gql_walk *w, const selected *a, const selected *b, bool exclusive)
{
	const char *alias = pv_text_at(a->field, "Alias", ""), *x = pv_text_at(a->field, "Name", ""),
		   *y = pv_text_at(b->field, "Name", "");
	const pv_val *s = pv_get(a->declared, "Type"), *t = pv_get(b->declared, "Type");
	pv_vec inner[2];
	exclusive = exclusive || (a->parent && b->parent && a->parent != b->parent &&
				  pv_streq(a->parent->kind, "OBJECT") && pv_streq(b->parent->kind, "OBJECT"));
	if (!exclusive && !pv_streq(x, y)) {
		conflict(w, b->field, alias, pv_printf(w->arena, "%s and %s are different fields", x, y));
		return;
	}
	if (!exclusive &&
	    !same_members(pv_get(a->field, "Arguments"), pv_get(b->field, "Arguments"), false, 0)) {
		conflict(w, b->field, alias, "they have differing arguments");
		return;
	}
	if (s && t && !same_shape(w, s, t)) {
		conflict(w, b->field, alias,
			 pv_printf(w->arena, "they return conflicting types %s and %s",
				   gql_type_text(w->arena, s), gql_type_text(w->arena, t)));
		return;
	}
	const selected *of[] = {a, b};
	for (int i = 0; i < 2; i++) {
		const pv_val *type = pv_get(of[i]->declared, "Type");
		pv_vec_init(&inner[i], w->arena, sizeof(selected));
		collect(w, gql_def_named(w->s, gql_inner(type)), pv_get(of[i]->field, "SelectionSet"),
			pv_map_new(w->arena), &inner[i], 0);
	}
	if (++w->depth < GQL_DEPTH)
		pairs(w, &inner[0], &inner[1], exclusive);
	w->depth--;
}

/* Each of a with each of b; a is b: each pair once. */
static void
pairs(gql_walk *w, const pv_vec *a, const pv_vec *b, bool exclusive)
{
	for (size_t i = 0; i < a->len; i++)
		for (size_t k = a == b ? i + 1 : 0; k < b->len && gql_spend(w); k++) {
			const selected *x = PV_AT(selected, a, i), *y = PV_AT(selected, b, k);
			if (pv_eq(pv_get(x->field, "Alias"), pv_get(y->field, "Alias")))
				compare(w, x, y, exclusive);
		}
}

void
gql_check_merge(gql_walk *w, const gql_def *parent, const pv_val *set)
{
	pv_vec all;
	pv_vec_init(&all, w->arena, sizeof(selected));
	collect(w, parent, set, pv_map_new(w->arena), &all, 0);
	pairs(w, &all, &all, false);
}
