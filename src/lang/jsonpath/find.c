/* Steps over values: what a template finds and prints. */
#include <string.h>
#include "lang/go/fmt.h"
#include "lang/json/json.h"
#include "lang/jsonpath/step.h"

struct finder {
	pv_ctx *cx;
	bool allow_missing;
	size_t found; /* values collected so far, limited */
};

static int walk(struct finder *f, const struct steps *steps, const pv_vec *from, pv_vec *ret);

static int
push(struct finder *f, pv_vec *to, const pv_val *v)
{
	if (++f->found > JSONPATH_RESULTS)
		return pv_fail(f->cx, PV_EBADREQUEST, "jsonpath: more than the limit of %d results",
			       JSONPATH_RESULTS);
	pv_vec_push(to, &v);
	return 0;
}

static const pv_val *
at(const pv_vec *v, size_t i)
{
	return *PV_AT(const pv_val *, v, i);
}

static bool
is_null(const pv_val *v)
{
	return v == NULL || v->type == PV_NULL;
}

/* ---- steps ---- */

static int
field(struct finder *f, const struct step *step, const pv_vec *from, pv_vec *to)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->len; i++) {
		const pv_val *v = pv_get(at(from, i), step->name);

		if (v != NULL)
			r = push(f, to, v);
	}
	if (r == 0 && to->len == 0 && from->len > 0 && !f->allow_missing)
		return pv_fail(f->cx, PV_EBADREQUEST, "jsonpath: %s is not found", step->name);
	return r;
}

static int
out_of_bounds(struct finder *f, int64_t i, int64_t len)
{
	return pv_fail(f->cx, PV_EBADREQUEST, "jsonpath: array index out of bounds: index %lld, length %lld",
		       (long long)i, (long long)len);
}

static int
slice(struct finder *f, const struct step *step, const pv_val *list, pv_vec *to)
{
	int64_t len = list->len, from = step->from.known ? step->from.value : 0,
		by = step->by.known ? step->by.value : 1;
	int64_t end = step->to.known ? step->to.value : len;
	int r = 0;

	from += from < 0 ? len : 0;
	if (step->single && step->from.known)
		end = from + 1;
	else
		end += end < 0 ? len : 0;
	if (from == end)
		return 0;
	if (from < 0 || from >= len)
		return out_of_bounds(f, from, len);
	if (end < 0 || end > len)
		return out_of_bounds(f, end - 1, len);
	if (from > end)
		return pv_fail(f->cx, PV_EBADREQUEST,
			       "jsonpath: starting index %lld is greater than ending index %lld",
			       (long long)from, (long long)end);
	if (by <= 0)
		return pv_fail(f->cx, PV_EBADREQUEST, "jsonpath: step must be > 0");
	for (int64_t i = from; r == 0 && i < end; i = by < end - i ? i + by : end)
		r = push(f, to, &list->items[i]);
	return r;
}

static int
array(struct finder *f, const struct step *step, const pv_vec *from, pv_vec *to)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->len; i++) {
		const pv_val *v = at(from, i);

		if (is_null(v))
			continue;
		if (v->type != PV_LIST && v->type != PV_SET)
			return pv_fail(f->cx, PV_EBADREQUEST, "jsonpath: %s is not array or slice",
				       pv_type_name(v));
		r = slice(f, step, v, to);
	}
	return r;
}

static int
children(struct finder *f, const pv_val *v, pv_vec *to)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pv_count(v); i++)
		r = push(f, to, v->type == PV_OBJECT ? &pv_sorted(v, i)->val : &v->items[i]);
	return r;
}

/* Every value with something in it, above before below. */
static int
descend(struct finder *f, const pv_val *v, pv_vec *to)
{
	bool text = pv_is(v, PV_STRING) && v->len > 0;
	int r = 0;

	if (pv_count(v) > 0 || text)
		r = push(f, to, v);
	for (size_t i = 0; r == 0 && i < pv_count(v); i++)
		r = descend(f, v->type == PV_OBJECT ? &pv_sorted(v, i)->val : &v->items[i], to);
	return r;
}

/* ---- filters ---- */

static int
compare(struct finder *f, enum step_op op, const pv_val *a, const pv_val *b, bool *ret)
{
	bool equality = op == OP_EQUAL || op == OP_NOT_EQUAL;
	int r;

	if (a->type != b->type || a->type < PV_BOOL || a->type > PV_STRING)
		return pv_fail(f->cx, PV_EBADREQUEST,
			       "jsonpath: incompatible types for comparison: %s and %s", pv_type_name(a),
			       pv_type_name(b));
	if (a->type == PV_BOOL && !equality)
		return pv_fail(f->cx, PV_EBADREQUEST,
			       "jsonpath: invalid type for comparison: booleans have no order");
	r = pv_cmp(a, b);
	*ret = op == OP_EQUAL        ? r == 0
	       : op == OP_NOT_EQUAL  ? r != 0
	       : op == OP_LESS       ? r < 0
	       : op == OP_GREATER    ? r > 0
	       : op == OP_LESS_EQUAL ? r <= 0
				     : r >= 0;
	return 0;
}

/* The one value of a side; *ret NULL if there is none. */
static int
side(struct finder *f, const struct steps *steps, const pv_vec *from, const pv_val **ret)
{
	pv_vec found;
	int r = walk(f, steps, from, &found);

	if (r < 0)
		return r;
	if (found.len > 1)
		return pv_fail(f->cx, PV_EBADREQUEST, "jsonpath: can only compare one element at a time");
	*ret = found.len == 1 ? at(&found, 0) : NULL;
	return 0;
}

static int
passes(struct finder *f, const struct step *step, const pv_val *v, bool *ret)
{
	const pv_val *left = NULL, *right = NULL;
	pv_vec one, found;
	int r;

	*ret = false;
	pv_vec_init(&one, f->cx->arena, sizeof(v));
	pv_vec_push(&one, &v);
	if (step->op == OP_EXISTS) { /* what is missing does not exist: no error */
		r = walk(f, &step->left, &one, &found);
		if (r < 0)
			pv_recover(f->cx);
		*ret = r == 0 && found.len > 0;
		return 0;
	}
	r = side(f, &step->left, &one, &left);
	if (r == 0 && left != NULL)
		r = side(f, &step->right, &one, &right);
	if (r == 0 && left != NULL && right != NULL)
		r = compare(f, step->op, left, right, ret);
	return r;
}

static int
filter(struct finder *f, const struct step *step, const pv_vec *from, pv_vec *to)
{
	bool pass;
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->len; i++) {
		const pv_val *v = at(from, i);

		if (!pv_is(v, PV_LIST) && !pv_is(v, PV_SET))
			return pv_fail(f->cx, PV_EBADREQUEST,
				       "jsonpath: %s is not array or slice and cannot be filtered",
				       pv_type_name(v));
		for (size_t k = 0; r == 0 && k < v->len; k++) {
			r = passes(f, step, &v->items[k], &pass);
			if (r == 0 && pass)
				r = push(f, to, &v->items[k]);
		}
	}
	return r;
}

static int
either(struct finder *f, const struct step *step, const pv_vec *from, pv_vec *to)
{
	pv_vec found;
	int r = 0;

	for (size_t i = 0; r == 0 && i < step->n; i++) {
		r = walk(f, &step->either[i], from, &found);
		for (size_t k = 0; r == 0 && k < found.len; k++)
			r = push(f, to, at(&found, k));
	}
	return r;
}

static int
take(struct finder *f, const struct step *step, const pv_vec *from, pv_vec *to)
{
	int r = 0;

	switch (step->kind) {
	case STEP_FIELD: return field(f, step, from, to);
	case STEP_ARRAY: return array(f, step, from, to);
	case STEP_FILTER: return filter(f, step, from, to);
	case STEP_UNION: return either(f, step, from, to);
	case STEP_WILDCARD:
		for (size_t i = 0; r == 0 && i < from->len; i++)
			r = children(f, at(from, i), to);
		return r;
	case STEP_RECURSIVE:
		for (size_t i = 0; r == 0 && i < from->len; i++)
			r = descend(f, at(from, i), to);
		return r;
	case STEP_CONST:
		for (size_t i = 0; r == 0 && i < (step->once ? 1 : from->len); i++)
			r = push(f, to, &step->constant);
		return r;
	}
	return r;
}

static int
walk(struct finder *f, const struct steps *steps, const pv_vec *from, pv_vec *ret)
{
	pv_vec now = *from, next;
	int r = 0;

	for (size_t i = 0; r == 0 && i < steps->n; i++) {
		pv_vec_init(&next, f->cx->arena, sizeof(const pv_val *));
		r = take(f, &steps->items[i], &now, &next);
		now = next;
	}
	*ret = now;
	return r;
}

/* ---- templates ---- */

static void
print(pv_buf *out, const pv_val *v)
{
	char room[PV_NUMBER_ROOM];
	pv_str s;

	switch (v->type) {
	case PV_STRING: pv_buf_add(out, v->s, v->len); break;
	case PV_NUMBER:
		if (v->num == PV_DOUBLE) { /* as fmt prints it, not as JSON has it */
			pv_go_float(out, v->d);
			break;
		}
		s = pv_number_text(v, room);
		pv_buf_add(out, s.s, s.len);
		break;
	default: pv_json_write_sorted(out, v);
	}
}

static int
print_items(struct finder *f, const struct item *items, size_t n, const pv_val *v, pv_buf *out)
{
	pv_vec from, found;
	int r = 0;

	pv_vec_init(&from, f->cx->arena, sizeof(v));
	pv_vec_push(&from, &v);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = walk(f, &items[i].steps, &from, &found);
		for (size_t k = 0; r == 0 && k < found.len; k++) {
			if (items[i].range) {
				r = print_items(f, items[i].body, items[i].body_n, at(&found, k), out);
				continue;
			}
			if (k > 0)
				pv_buf_addc(out, ' ');
			print(out, at(&found, k));
		}
	}
	return r;
}

int
pv_jsonpath_print(pv_ctx *cx, const pv_jsonpath *path, const pv_val *v, bool allow_missing, pv_buf *out)
{
	struct finder f = {.cx = cx, .allow_missing = allow_missing};
	size_t len = out->len;
	pv_val none = pv_null();
	int r = print_items(&f, path->items, path->n, v != NULL ? v : &none, out);

	if (r < 0) { /* nothing half printed */
		out->len = len;
		if (out->s != NULL)
			out->s[len] = '\0';
	}
	return r;
}

int
pv_jsonpath_find(pv_ctx *cx, const pv_jsonpath *path, const pv_val *v, bool allow_missing, pv_vec *ret_vals)
{
	struct finder f = {.cx = cx, .allow_missing = allow_missing};
	pv_vec from, found;
	int r = 0;

	pv_vec_init(&from, cx->arena, sizeof(v));
	pv_vec_init(&found, cx->arena, sizeof(v));
	pv_vec_push(&from, &v);
	for (size_t i = 0; i < path->n; i++) {
		const struct steps *steps = &path->items[i].steps;

		if (steps->n == 1 && steps->items[0].kind == STEP_CONST && steps->items[0].once)
			continue; /* text around the expression */
		r = walk(&f, steps, &from, &found);
		break;
	}
	if (r == 0)
		*ret_vals = found;
	return r;
}
