/* [...] in templates: indices, slices, unions, quoted keys and filters. */
#include "lang/jsonpath/parser.h"

static int
split_union(struct parser *in, const char *p, const char *end, pv_vec *steps)
{
	struct step *step;
	pv_vec either;
	int r = 0;

	pv_vec_init(&either, in->cx->arena, sizeof(struct steps));
	while (r == 0 && p <= end) {
		const char *comma = memchr(p, ',', (size_t)(end - p)), *stop = comma != NULL ? comma : end;
		struct steps *one = pv_vec_add(&either);
		pv_str piece = pv_str_trim((pv_str){p, (size_t)(stop - p)});
		char *text = pv_printf(in->cx->arena, "[%.*s]", (int)piece.len, piece.s);

		r = jsonpath_inner(in, text, text + strlen(text), one);
		p = stop + 1;
	}
	step = jsonpath_add(steps, STEP_UNION);
	step->either = either.data;
	step->n = either.len;
	return r;
}

/* -?digits at *p into `b`; false if there is something else. */
static bool
bound(const char **p, const char *end, struct bound *b)
{
	const char *start = *p;

	while (*p < end && (is_digit(**p) || (*p == start && **p == '-')))
		++*p;
	if (*p == start)
		return true;
	b->known = true;
	return pv_parse_int((pv_str){start, (size_t)(*p - start)}, &b->value);
}

/* [i] [i:j] [i:j:k] [*] */
static int
slice(struct parser *in, const char *p, const char *end, pv_vec *steps)
{
	struct step *step = jsonpath_add(steps, STEP_ARRAY);
	bool ok;

	if (end - p == 1 && *p == '*')
		return 0;
	ok = bound(&p, end, &step->from);
	step->single = p == end;
	if (ok && p < end && *p == ':') {
		p++;
		ok = bound(&p, end, &step->to);
	}
	if (ok && p < end && *p == ':') {
		p++;
		ok = bound(&p, end, &step->by);
	}
	if (!ok || p != end)
		return jsonpath_fail(in, "invalid array index");
	return 0;
}

int
jsonpath_array(struct parser *in, pv_vec *steps)
{
	const char *start = in->p + 1, *close = memchr(in->p, ']', (size_t)(in->end - in->p));

	if (close == NULL || memchr(start, '\n', (size_t)(close - start)) != NULL)
		return jsonpath_fail(in, "unterminated array");
	in->p = close + 1;
	if (memchr(start, ',', (size_t)(close - start)) != NULL)
		return split_union(in, start, close, steps);
	if (close - start >= 2 && *start == '\'' && close[-1] == '\'' &&
	    memchr(start + 1, '\'', (size_t)(close - start - 2)) == NULL) {
		struct parser sub = *in; /* a field, where '\' hides a dot */
		int r = 0;

		sub.p = start + 1;
		sub.end = close - 1;
		for (r = jsonpath_field(&sub, steps); r == 0 && sub.p < sub.end;
		     r = jsonpath_field(&sub, steps))
			if (*sub.p++ != '.')
				return jsonpath_fail(
					&sub, "unexpected character in a quoted key: put '\\' before it");
		return r;
	}
	return slice(in, start, close, steps);
}

/* ---- [?(...)] ---- */

static const char *
filter_end(struct parser *in)
{
	bool begun = false, ended = false;
	char quote = '\0';

	for (const char *p = in->p; p < in->end && *p != '\n'; p++) {
		if ((*p == '"' || *p == '\'') && !begun) {
			begun = true;
			quote = *p;
		} else if (*p == quote && begun && p[-1] != '\\') {
			ended = true;
		} else if (*p == ')' && begun == ended) {
			return p;
		}
	}
	return NULL;
}

static int
filter_op(struct parser *in, pv_str s, enum step_op *ret)
{
	static const struct {
		const char *text;
		enum step_op op;
	} ops[] = {
		{"<", OP_LESS},       {">", OP_GREATER},     {"==", OP_EQUAL},
		{"!=", OP_NOT_EQUAL}, {"<=", OP_LESS_EQUAL}, {">=", OP_GREATER_EQUAL},
	};

	for (size_t i = 0; i < PV_LEN(ops); i++)
		if (pv_str_is(s, ops[i].text)) {
			*ret = ops[i].op;
			return 0;
		}
	return jsonpath_fail(in, "unrecognized filter operator: expected ==, !=, <, <=, > or >=");
}

static bool
is_op(char c)
{
	return c == '!' || c == '<' || c == '>' || c == '=';
}

int
jsonpath_filter(struct parser *in, pv_vec *steps)
{
	struct step step = {.kind = STEP_FILTER};
	const char *close, *op, *right;
	int r;

	in->p += 3;
	close = filter_end(in);
	if (close == NULL)
		return jsonpath_fail(in, "unterminated filter");
	if (close + 1 >= in->end || close[1] != ']')
		return jsonpath_fail(in, "unclosed array: expected ']' after the filter");
	for (op = in->p; op < close && !is_op(*op);)
		op++;
	for (right = op; right < close && is_op(*right);)
		right++;
	if (op == in->p || op == close || right == close) { /* no comparison */
		r = jsonpath_inner(in, in->p, close, &step.left);
	} else {
		r = filter_op(in, (pv_str){op, (size_t)(right - op)}, &step.op);
		if (r == 0)
			r = jsonpath_inner(in, in->p, op, &step.left);
		if (r == 0)
			r = jsonpath_inner(in, right, close, &step.right);
	}
	in->p = close + 2;
	*(struct step *)pv_vec_add(steps) = step;
	return r;
}
