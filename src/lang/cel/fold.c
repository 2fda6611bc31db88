/* Comprehensions: all, exists, map and their kin, over lists and maps. */
#include "lang/cel/ast.h"

typedef struct state {
	val bad;     /* all, exists: the first error, which a later element may outdo */
	size_t hits; /* exists_one */
	pv_vec out;  /* of val: elements, or keys and values in turn */
} state;

static val
as_bool(run *r, const node *n, val v)
{
	return v.kind == PV_CEL_BOOL || is_error(&v) ? v : cel_run_misfit(r, n, "bool", &v);
}

static void
put(state *s, const val *v)
{
	pv_vec_push(&s->out, v);
}

/* transformMapEntry: the body is a map whose entries are added. */
static bool
put_entries(run *r, const node *n, state *s, val map, val *ret)
{
	if (map.kind != PV_CEL_MAP) {
		*ret = cel_run_misfit(r, n, "map", &map);
		return true;
	}
	v_spend(r, map.len);
	if (r->over) {
		*ret = v_over();
		return true;
	}
	for (size_t i = 0; i < map.len; i++) {
		val key, value;
		v_entry(r, &map, i, &key, &value);
		put(s, &key);
		put(s, &value);
	}
	return false;
}

/* One element; true: *ret is the whole fold's answer. */
static bool
one(run *r, const node *n, state *s, const val *key, const val *item, val *ret)
{
	val v;
	if (n->n == 3) {
		v = as_bool(r, n->args[2], cel_run_node(r, n->args[2]));
		if (is_error(&v)) {
			*ret = v;
			return true;
		}
		if (!v.b)
			return false;
	}
	v = cel_run_node(r, n->args[1]);
	if (n->fold <= FOLD_ONE || n->fold == FOLD_FILTER)
		v = as_bool(r, n->args[1], v);
	*ret = v;
	if (is_error(&v)) {
		if (n->fold > FOLD_EXISTS)
			return true;
		if (!s->bad.kind)
			s->bad = v;
		return false;
	}
	switch ((enum fold)n->fold) {
	case FOLD_ALL: return !v.b;
	case FOLD_EXISTS: return v.b;
	case FOLD_ONE: s->hits += v.b; return false;
	case FOLD_FILTER:
		if (v.b)
			put(s, item);
		return false;
	case FOLD_TO_MAP:
		put(s, key);
		put(s, &v);
		return false;
	case FOLD_TO_ENTRY: return put_entries(r, n->args[1], s, v, ret);
	default: put(s, &v); return false;
	}
}

static val
finish(run *r, const node *n, const state *s)
{
	switch ((enum fold)n->fold) {
	case FOLD_ALL: return s->bad.kind ? s->bad : v_bool(true);
	case FOLD_EXISTS: return s->bad.kind ? s->bad : v_bool(false);
	case FOLD_ONE: return v_bool(s->hits == 1);
	case FOLD_TO_MAP:
	case FOLD_TO_ENTRY: return v_map(r, &s->out);
	default: return v_list_of(r, &s->out);
	}
}

/* In Go's names of types, as cel-go. */
static val
no_range(run *r, const node *n, const val *found)
{
	static const char *const names[] = {
		[PV_CEL_NULL] = "Null",   [PV_CEL_BOOL] = "Bool",         [PV_CEL_INT] = "Int",
		[PV_CEL_UINT] = "Uint",   [PV_CEL_DOUBLE] = "Double",     [PV_CEL_STRING] = "String",
		[PV_CEL_BYTES] = "Bytes", [PV_CEL_DURATION] = "Duration", [PV_CEL_TIMESTAMP] = "Timestamp",
	};
	r->at = n;
	if (r->placed || found->kind >= PV_LEN(names) || !names[found->kind])
		return cel_run_misfit(r, n, "a list or a map", found);
	return v_error(r, "got 'types.%s', expected iterable type", names[found->kind]);
}

static val
over_range(run *r, const node *n, val range)
{
	state s = {0};
	val ret;
	pv_vec_init(&s.out, r->arena, sizeof(val));
	if (range.kind != PV_CEL_LIST && range.kind != PV_CEL_MAP)
		return no_range(r, n->args[0], &range);
	for (size_t i = 0; i < range.len; i++) {
		val key, item;
		if (range.kind == PV_CEL_LIST) {
			key = v_int((int64_t)i);
			item = v_item(r, &range, i);
		} else {
			v_entry(r, &range, i, &key, &item);
		}
		if (!n->var2.s && range.kind == PV_CEL_MAP)
			item = key;
		r->slots[n->slot] = n->var2.s ? key : item;
		if (n->var2.s)
			r->slots[n->slot + 1] = item;
		v_spend(r, 3); /* the loop's own steps */
		if (r->over)
			return v_over();
		if (one(r, n, &s, &key, &item, &ret))
			return ret;
	}
	return finish(r, n, &s);
}

val
cel_run_fold(run *r, const node *n)
{
	val of = cel_run_node(r, n->args[0]);
	if (n->fold == FOLD_BIND) { /* an error is bound, too: it counts where it is used */
		r->slots[n->slot] = of;
		return cel_run_node(r, n->args[1]);
	}
	if (is_error(&of))
		return of;
	if (n->fold != FOLD_OPT_MAP && n->fold != FOLD_OPT_FLAT)
		return over_range(r, n, of);
	if (of.kind != PV_CEL_OPTIONAL)
		return cel_run_misfit(r, n->args[0], "an optional value", &of);
	if (!of.items)
		return of;
	r->slots[n->slot] = *of.items;
	val v = cel_run_node(r, n->args[1]);
	if (is_error(&v))
		return v;
	if (n->fold == FOLD_OPT_MAP)
		return v_optional(r, v);
	return v.kind == PV_CEL_OPTIONAL ? v : cel_run_misfit(r, n->args[1], "an optional value", &v);
}
