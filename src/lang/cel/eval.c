/* Evaluation: a walk over the checked tree.  An error is a value that && and || may
 * absorb; a passed cost limit is not.  Costs are those of cel-go's runtime tracker, and of what it gets for nothing: see
 * README.md. */
#include "lang/cel/ast.h"

#include <string.h>

#define ARGS 8 /* more arguments than any function takes */

/* ---- calls ---- */

static uint64_t
tenth(uint64_t n)
{
	return (n + 9) / 10;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
cost_of(const cel_fn *fn, const val *a, size_t n)
{
	uint64_t first = n ? v_size(&a[0]) : 1, second = n > 1 ? v_size(&a[1]) : 1;
	switch ((enum cel_cost)fn->cost) {
	case COST_ONE: return 1;
	case COST_FIRST:
		return n && (a[0].kind == PV_CEL_STRING || a[0].kind == PV_CEL_BYTES)
			       ? tenth(first) + (first == 0)
			       : 1;
	case COST_BOTH: return tenth(first) * tenth(second);
	case COST_REGEX: return tenth(first + 1) * ((second + 3) / 4);
	case COST_COPY:
		if (n && (a[0].kind == PV_CEL_STRING || a[0].kind == PV_CEL_BYTES))
			return tenth(first + second);
		return 1;
	case COST_JOIN: /* join() pays for the text that it makes, before it does */
	case COST_ITEMS: return first + 1;
	case COST_PAIRS: return first * second + 1;
	case COST_SMALL: return tenth(least(first, second)) + (least(first, second) == 0);
	case COST_LOOKUP: return n > 1 && a[1].kind == PV_CEL_LIST ? second : 1;
	case COST_SECOND: return tenth(second);
	case COST_CHECK: return CEL_CHECK_COST;
	}
	return 1;
}

/* Operators that a kind of values has (traits.go of cel-go): others of those kinds refuse the other side. */
static bool
has_operator(const pv_str name, enum pv_cel_kind kind)
{
#define KIND(k) (1u << PV_CEL_##k)
#define NUMBERS (KIND(INT) | KIND(UINT) | KIND(DOUBLE))
	static const struct {
		const char *name;
		unsigned kinds;
	} rows[] = {
		{"_+_", NUMBERS | KIND(STRING) | KIND(BYTES) | KIND(LIST) | KIND(DURATION) | KIND(TIMESTAMP)},
		{"_-_", NUMBERS | KIND(DURATION) | KIND(TIMESTAMP)},
		{"_*_", NUMBERS},
		{"_/_", NUMBERS},
		{"_%_", KIND(INT) | KIND(UINT)},
		{"-_", KIND(INT) | KIND(DOUBLE)},
		{"size", KIND(STRING) | KIND(BYTES) | KIND(LIST) | KIND(MAP)},
	};
	static const unsigned receivers = KIND(STRING) | KIND(DURATION) | KIND(TIMESTAMP),
			      ordered = NUMBERS | KIND(BOOL) | KIND(STRING) | KIND(BYTES) | KIND(DURATION) |
					KIND(TIMESTAMP);

	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_str_is(name, rows[i].name))
			return (rows[i].kinds | receivers) >> kind & 1;
	return name.s[0] != '_' || (name.s[1] != '<' && name.s[1] != '>') || (ordered >> kind & 1);
#undef KIND
#undef NUMBERS
}

static bool
is_operator(const pv_str name)
{
	static const char *const named[] = {"size", "contains", "startsWith", "endsWith", "matches", "find"};

	for (size_t i = 0; i < PV_LEN(named); i++)
		if (pv_str_is(name, named[i]))
			return true;
	return strchr("_-!@", name.s[0]);
}

/* Of what types the arguments are: as the checker says it, when it knows them, or as cel-go does. */
static val
no_overload(run *r, const node *n, const val *a)
{
	size_t from = r->placed && n->flags & F_MEMBER ? 1 : 0;
	pv_buf b;
	if (!r->placed && is_operator(n->name))
		return has_operator(n->name, (enum pv_cel_kind)a[0].kind)
			       ? v_no_overload(r)
			       : v_error(r, "no such overload: %.*s", (int)n->name.len, n->name.s);
	pv_buf_init(&b, r->arena);
	if (from)
		pv_buf_printf(&b, "%s.", v_type_name(&a[0]));
	pv_buf_addc(&b, '(');
	for (size_t i = from; i < n->n; i++)
		pv_buf_printf(&b, "%s%s", i > from ? ", " : "", v_type_name(&a[i]));
	return v_error(r,
		       r->placed ? "no such overload: '%.*s' applied to '%s)'" : "no such overload: %.*s%s)",
		       (int)n->name.len, n->name.s, b.s);
}

val
cel_run_misfit(run *r, const node *n, const char *wanted, const val *found)
{
	r->at = n;
	return r->placed ? v_error(r, "no such overload: expected %s, found %s", wanted, v_type_name(found))
			 : v_no_overload(r);
}

static val
call(run *r, const node *n)
{
	val a[ARGS];
	if (n->n > ARGS || !n->fn) {
		r->at = n;
		return n->fn ? v_no_overload(r)
			     : v_error(r, "unbound function: %.*s()", (int)n->name.len, n->name.s);
	}
	for (size_t i = 0; i < n->n; i++) {
		a[i] = cel_run_node(r, n->args[i]);
		if (is_error(&a[i]))
			return a[i];
	}
	r->at = n;
	if (!(n->flags & F_TRUSTED) && !cel_fn_accepts(n->fn, a, n->n, n->flags & F_MEMBER))
		return no_overload(r, n, a);
	v_spend(r, cost_of(n->fn, a, n->n));
	return r->over ? v_over() : n->fn->run(r, a, n->n);
}

/* ---- selections ---- */

static val
no_key(run *r, pv_str name)
{
	return v_error(r, "no such key: %.*s", (int)name.len, name.s);
}

/* What has no fields at all has not this one: an optional of it is none to Kubernetes' cel-go (refQualify). */
static val
no_fields(run *r, const node *n, const val *of, bool optional)
{
	r->at = n;
	if (of->kind == PV_CEL_LIST && !r->placed)
		return v_error(r, "unsupported index type 'string' in list");
	if (of->kind != PV_CEL_LIST && optional && r->kubernetes)
		return v_none();
	return r->placed ? cel_run_misfit(r, n, "a map or an object", of) : no_key(r, n->name);
}

static val
select_field(run *r, const node *n)
{
	val of = cel_run_node(r, n->args[0]), found;
	bool optional = n->kind == N_OPT_SELECT;
	if (is_error(&of))
		return of;
	v_spend(r, 1);
	if (of.kind == PV_CEL_OPTIONAL) {
		if (!of.items)
			return n->kind == N_HAS ? v_bool(false) : of;
		of = *of.items;
		optional = true;
	}
	if (n->kind == N_HAS && of.kind != PV_CEL_MAP && of.kind != PV_CEL_STRUCT && of.kind != PV_CEL_LIST)
		return v_bool(false); /* null and the like have no fields, and say so (cel-go's refQualify) */
	if (of.kind != PV_CEL_MAP && of.kind != PV_CEL_STRUCT)
		return no_fields(r, n, &of, optional);
	r->at = n;
	bool there = v_field(r, &of, n->name, n->plain, &found);
	if (n->kind == N_HAS)
		return v_bool(there);
	if (there && is_error(&found))
		return found;
	if (optional)
		return there ? v_optional(r, found) : v_none();
	return there ? found : no_key(r, n->name);
}

static val
index_of(run *r, const node *n)
{
	val of = cel_run_node(r, n->args[0]), key;
	bool optional = n->kind == N_OPT_INDEX;
	if (is_error(&of))
		return of;
	key = cel_run_node(r, n->args[1]);
	if (is_error(&key))
		return key;
	v_spend(r, 1);
	if (of.kind == PV_CEL_OPTIONAL) {
		if (!of.items)
			return of;
		of = *of.items;
		optional = true;
	}
	bool indexed = of.kind == PV_CEL_MAP || of.kind == PV_CEL_LIST;
	if (!indexed && r->placed)
		return cel_run_misfit(r, n, "a list or a map", &of);
	r->at = n;
	val found = indexed ? v_index(r, &of, &key) : v_no_key(r, &key);
	if (!optional || (!indexed && !r->kubernetes))
		return found;
	return is_error(&found) ? v_none() : v_optional(r, found);
}

/* ---- literals ---- */

bool
cel_run_element(run *r, const node *n, size_t i, val *ret)
{
	*ret = cel_run_node(r, n->args[i]);
	if (is_error(ret) || !n->optional || !n->optional[i])
		return true;
	if (ret->kind != PV_CEL_OPTIONAL) {
		r->at = n->args[i];
		*ret = v_error(r, "cannot initialize optional list element from non-optional value");
		return true;
	}
	if (!ret->items)
		return false;
	*ret = *ret->items;
	return true;
}

static val
make_list(run *r, const node *n)
{
	val *items = pv_alloc(r->arena, n->n * sizeof(val) + 1);
	size_t len = 0;
	v_spend(r, 10);
	for (size_t i = 0; i < n->n; i++) {
		if (!cel_run_element(r, n, i, &items[len]))
			continue;
		if (is_error(&items[len]))
			return items[len];
		len++;
	}
	return v_list(r, items, len);
}

static val
make_map(run *r, const node *n)
{
	pv_vec pairs;
	pv_vec_init(&pairs, r->arena, sizeof(val));
	v_spend(r, 30);
	for (size_t i = 0; i + 1 < n->n; i += 2) {
		val key = cel_run_node(r, n->args[i]), value;
		if (is_error(&key))
			return key;
		if (key.kind != PV_CEL_STRING && key.kind != PV_CEL_BOOL && key.kind != PV_CEL_INT &&
		    key.kind != PV_CEL_UINT) {
			r->at = n->args[i];
			return v_error(r, "unsupported key type: %s", v_type_name(&key));
		}
		if (!cel_run_element(r, n, i + 1, &value))
			continue;
		if (is_error(&value))
			return value;
		pv_vec_push(&pairs, &key);
		pv_vec_push(&pairs, &value);
	}
	r->at = n;
	return v_map(r, &pairs);
}

/* ---- logic ---- */

static val
logic(run *r, const node *n)
{
	bool either = n->kind == N_OR;
	val bad = {0};
	for (size_t i = 0; i < n->n; i++) {
		val v = cel_run_node(r, n->args[i]);
		if (r->over)
			return v_over();
		if (v.kind == PV_CEL_BOOL && v.b == either)
			return v;
		if (v.kind != PV_CEL_BOOL && !bad.kind)
			bad = is_error(&v) ? v : cel_run_misfit(r, n, "bool", &v);
	}
	return bad.kind ? bad : v_bool(!either);
}

static val
cond(run *r, const node *n)
{
	val test = cel_run_node(r, n->args[0]);
	if (is_error(&test))
		return test;
	if (test.kind != PV_CEL_BOOL)
		return cel_run_misfit(r, n, "bool", &test);
	return cel_run_node(r, n->args[test.b ? 1 : 2]);
}

/* ---- all nodes ---- */

static val
no_attribute(run *r, const node *n)
{
	r->at = n;
	return v_error(r, "no such attribute(s): %.*s", (int)n->name.len, n->name.s);
}

val
cel_run_node(run *r, const node *n)
{
	switch ((enum node_kind)n->kind) {
	case N_LITERAL: return n->value;
	case N_LOCAL: v_spend(r, 1); return r->slots[n->slot];
	case N_VAR:
		v_spend(r, 1);
		if (r->vars[n->slot].kind != PV_CEL_ABSENT)
			return r->vars[n->slot];
		return no_attribute(r, n);
	case N_IDENT: return no_attribute(r, n);
	case N_SELECT:
	case N_HAS:
	case N_OPT_SELECT: return select_field(r, n);
	case N_INDEX:
	case N_OPT_INDEX: return index_of(r, n);
	case N_CALL: return call(r, n);
	case N_LIST: return make_list(r, n);
	case N_MAP: return make_map(r, n);
	case N_STRUCT: return cel_run_struct(r, n);
	case N_AND:
	case N_OR: return logic(r, n);
	case N_COND: return cond(r, n);
	case N_FOLD: return cel_run_fold(r, n);
	}
	return v_no_overload(r);
}
