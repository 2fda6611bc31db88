/* Matching, and LabelSelector objects (apimachinery pkg/labels, meta/v1). */
#include <stdlib.h>
#include <string.h>
#include "base/near.h"
#include "lang/selector/requirement.h"

#define LABEL_MAX 63
#define PREFIX_MAX 253

/* ---- what labels may look like ---- */

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Letters, digits, '-', '_' and '.', a letter or digit at both ends. */
static bool
is_name(pv_str s)
{
	if (s.len == 0 || s.len > LABEL_MAX || !is_alnum(s.s[0]) || !is_alnum(s.s[s.len - 1]))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_alnum(s.s[i]) && (s.s[i] == '\0' || strchr("-_.", s.s[i]) == NULL))
			return false;
	return true;
}

static bool
is_dns_subdomain(pv_str s)
{
	bool edge = true; /* at the start of a label */

	if (s.len == 0 || s.len > PREFIX_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.s[i];

		if (c >= 'A' && c <= 'Z')
			return false;
		if (!is_alnum(c) && (edge || i + 1 == s.len || (c != '-' && c != '.')))
			return false;
		if (c == '.' && s.s[i - 1] == '-')
			return false;
		edge = c == '.';
	}
	return true;
}

int
requirement_check_key(pv_ctx *cx, pv_str key)
{
	const char *slash = memchr(key.s, '/', key.len);
	pv_str name = key, prefix = {NULL, 0};

	if (slash != NULL) {
		prefix = (pv_str){key.s, (size_t)(slash - key.s)};
		name = (pv_str){slash + 1, key.len - prefix.len - 1};
	}
	if (is_name(name) && (slash == NULL || is_dns_subdomain(prefix)))
		return 0;
	return pv_fail(cx, PV_EBADREQUEST,
		       "invalid label key \"%.*s\": expected [a DNS subdomain '/'] and at most 63 letters, "
		       "digits, '-', "
		       "'_' or '.', with a letter or digit at both ends",
		       PV_CLIP(pv_strndup(cx->arena, key.s, key.len)));
}

int
requirement_check(pv_ctx *cx, const struct requirement *q)
{
	int r = requirement_check_key(cx, pv_str_of(q->key));
	bool list = q->op == OP_IN || q->op == OP_NOT_IN;

	if (r < 0)
		return r;
	if (list && q->n == 0)
		return pv_fail(cx, PV_EBADREQUEST,
			       "selector on \"%s\": for 'in' and 'notin' the list of values cannot be empty",
			       q->key);
	for (size_t i = 0; i < q->n; i++) {
		int64_t n;

		if (q->op == OP_GREATER || q->op == OP_LESS) {
			if (!pv_parse_int(pv_str_of(q->values[i]), &n))
				return pv_fail(cx, PV_EBADREQUEST,
					       "selector on \"%s\": for '>' and '<' the value must be "
					       "a whole number, found \"%.*s\"",
					       q->key, PV_CLIP(q->values[i]));
		}
		if (q->values[i][0] != '\0' && !is_name(pv_str_of(q->values[i]))) {
			return pv_fail(
				cx, PV_EBADREQUEST,
				"selector on \"%s\": invalid label value \"%.*s\": expected at most 63 "
				"letters, digits, '-', '_' or '.', with a letter or digit at both ends",
				q->key, PV_CLIP(q->values[i]));
		}
	}
	return 0;
}

/* ---- making ---- */

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct requirement *)a)->key, ((const struct requirement *)b)->key);
}

pv_selector *
selector_new(pv_arena *arena, pv_vec *requirements)
{
	pv_selector *sel = pv_new(arena, pv_selector);

	if (requirements != NULL && requirements->len > 0) {
		pv_vec_sort(requirements, by_key);
		sel->items = requirements->data;
		sel->n = requirements->len;
	}
	return sel;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
requirement_set_values(struct requirement *q, pv_vec *values)
{
	const char **list = values->data;
	size_t n = 0;

	pv_vec_sort(values, by_text);
	for (size_t i = 0; i < values->len; i++)
		if (n == 0 || strcmp(list[n - 1], list[i]) != 0)
			list[n++] = list[i];
	q->values = list;
	q->n = n;
}

static int
one_value(pv_ctx *cx, const char *key, const char *value, pv_vec *out)
{
	struct requirement q = {.key = key, .op = OP_EQUAL, .n = 1};
	const char **values = pv_new_array(cx->arena, const char *, 1);
	int r;

	values[0] = value;
	q.values = values;
	r = requirement_check(cx, &q);
	if (r == 0)
		pv_vec_push(out, &q);
	return r;
}

static int
match_labels(pv_ctx *cx, const pv_val *labels, pv_vec *out)
{
	int r = 0;

	if (labels == NULL || labels->type == PV_NULL)
		return 0;
	if (!pv_is(labels, PV_OBJECT))
		return pv_fail(cx, PV_EBADREQUEST, "matchLabels: expected an object, found %s",
			       pv_type_name(labels));
	for (size_t i = 0; r == 0 && i < labels->len; i++) {
		const pv_member *m = &labels->members[i];

		if (!pv_is(&m->val, PV_STRING))
			return pv_fail(cx, PV_EBADREQUEST, "matchLabels.%.*s: expected a string, found %s",
				       PV_CLIP(m->key.s), pv_type_name(&m->val));
		r = one_value(cx, m->key.s, m->val.s, out);
	}
	return r;
}

static int
expression(pv_ctx *cx, const pv_val *e, size_t i, pv_vec *out)
{
	static const char *const names[] = {"In", "NotIn", "Exists", "DoesNotExist"};
	static const enum op ops[] = {OP_IN, OP_NOT_IN, OP_EXISTS, OP_ABSENT};
	const char *op = pv_text(pv_get(e, "operator"), ""), *key = pv_text(pv_get(e, "key"), "");
	const pv_val *values = pv_get(e, "values");
	struct requirement q = {.key = key};
	pv_vec list;
	size_t at = 0;
	int r;

	while (at < PV_LEN(names) && strcmp(op, names[at]) != 0)
		at++;
	if (at == PV_LEN(names))
		return pv_fail(cx, PV_EBADREQUEST,
			       "matchExpressions[%zu]: \"%.*s\" is not a valid label selector operator: "
			       "expected In, NotIn, "
			       "Exists or DoesNotExist",
			       i, PV_CLIP(op));
	q.op = ops[at];
	if (at >= 2 && pv_count(values) > 0)
		return pv_fail(cx, PV_EBADREQUEST, "matchExpressions[%zu]: values must be empty for %s", i,
			       op);
	pv_vec_init(&list, cx->arena, sizeof(const char *));
	for (size_t k = 0; k < pv_count(values); k++) {
		const char *value = pv_text(pv_item(values, k), NULL);

		if (value == NULL)
			return pv_fail(cx, PV_EBADREQUEST,
				       "matchExpressions[%zu].values[%zu]: expected a string, found %s", i, k,
				       pv_type_name(pv_item(values, k)));
		pv_vec_push(&list, &value);
	}
	requirement_set_values(&q, &list);
	r = requirement_check(cx, &q);
	if (r == 0)
		pv_vec_push(out, &q);
	return r;
}

/* What a misspelt member would have asked for: without it, all would be selected. */
static int
known_members(pv_ctx *cx, const pv_val *label_selector)
{
	static const char *const known[] = {"matchLabels", "matchExpressions"};

	for (size_t i = 0; i < pv_member_count(label_selector); i++) {
		const char *name = pv_text(&label_selector->members[i].key, "");
		pv_near near = {.word = name};
		bool found = false;

		for (size_t k = 0; k < PV_LEN(known); k++) {
			found |= pv_streq(name, known[k]);
			pv_near_try(&near, known[k]);
		}
		if (!found)
			return pv_fail(
				cx, PV_EBADREQUEST,
				"label selector: expected matchLabels or matchExpressions, found \"%.*s\"%s%s%s",
				PV_CLIP(name), near.best ? "; did you mean " : "", near.best ? near.best : "",
				near.best ? "?" : "");
	}
	return 0;
}

int
pv_selector_from(pv_ctx *cx, const pv_val *label_selector, pv_selector **ret)
{
	const pv_val *expressions = pv_get(label_selector, "matchExpressions");
	pv_vec requirements;
	pv_selector *sel;
	int r;

	if (label_selector == NULL || label_selector->type == PV_NULL) {
		*ret = sel = selector_new(cx->arena, NULL);
		sel->nothing = true;
		return 0;
	}
	if (!pv_is(label_selector, PV_OBJECT))
		return pv_fail(cx, PV_EBADREQUEST, "label selector: expected an object, found %s",
			       pv_type_name(label_selector));
	pv_vec_init(&requirements, cx->arena, sizeof(struct requirement));
	r = known_members(cx, label_selector);
	if (r == 0)
		r = match_labels(cx, pv_get(label_selector, "matchLabels"), &requirements);
	for (size_t i = 0; r == 0 && i < pv_count(expressions); i++)
		r = expression(cx, pv_item(expressions, i), i, &requirements);
	if (r == 0)
		*ret = selector_new(cx->arena, &requirements);
	return r;
}

/* ---- matching ---- */

static bool
has_value(const struct requirement *q, const char *value)
{
	size_t lo = 0, hi = q->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = strcmp(q->values[mid], value);

		if (r == 0)
			return true;
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static bool
matches(const struct requirement *q, const pv_val *labels)
{
	const char *value = pv_text(pv_get(labels, q->key), NULL);
	int64_t have, bound;

	switch (q->op) {
	case OP_EXISTS: return value != NULL;
	case OP_ABSENT: return value == NULL;
	case OP_EQUAL:
	case OP_EQUAL2:
	case OP_IN: return value != NULL && has_value(q, value);
	case OP_NOT_EQUAL:
	case OP_NOT_IN: return value == NULL || !has_value(q, value);
	case OP_GREATER:
	case OP_LESS:
		if (value == NULL || !pv_parse_int(pv_str_of(value), &have) ||
		    !pv_parse_int(pv_str_of(q->values[0]), &bound))
			return false;
		return q->op == OP_GREATER ? have > bound : have < bound;
	}
	return false;
}

bool
pv_selector_match(const pv_selector *sel, const pv_val *labels)
{
	if (sel->nothing)
		return false;
	for (size_t i = 0; i < sel->n; i++)
		if (!matches(&sel->items[i], labels))
			return false;
	return true;
}

bool
pv_selector_everything(const pv_selector *sel)
{
	return !sel->nothing && sel->n == 0;
}

/* ---- printing ---- */

static void
print(pv_buf *b, const struct requirement *q)
{
	static const char *const signs[] = {
		[OP_EXISTS] = "",         [OP_ABSENT] = "",      [OP_EQUAL] = "=",
		[OP_EQUAL2] = "==",       [OP_NOT_EQUAL] = "!=", [OP_IN] = " in (",
		[OP_NOT_IN] = " notin (", [OP_GREATER] = ">",    [OP_LESS] = "<",
	};

	pv_buf_adds(b, q->op == OP_ABSENT ? "!" : "");
	pv_buf_adds(b, q->key);
	pv_buf_adds(b, signs[q->op]);
	for (size_t i = 0; i < q->n; i++) {
		pv_buf_adds(b, i > 0 ? "," : "");
		pv_buf_adds(b, q->values[i]);
	}
	if (q->op == OP_IN || q->op == OP_NOT_IN) /* a lone empty value is (,): () holds none */
		pv_buf_adds(b, q->n == 1 && q->values[0][0] == '\0' ? ",)" : ")");
}

const char *
pv_selector_text(pv_arena *arena, const pv_selector *sel)
{
	pv_buf b;

	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "");
	for (size_t i = 0; i < sel->n; i++) {
		pv_buf_adds(&b, i > 0 ? "," : "");
		print(&b, &sel->items[i]);
	}
	return b.len > 0 ? b.s : "";
}
