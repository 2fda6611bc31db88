/* JSONPath templates to steps: the grammar of client-go's util/jsonpath. */
#include "lang/jsonpath/parser.h"

enum word { WORD_NONE, WORD_RANGE, WORD_END };

static int action(struct parser *in, struct steps *ret, enum word *ret_word);

/* ---- characters and errors ---- */

static bool
is_name_start(char c)
{
	return is_digit(c) || c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (unsigned char)c >= 0x80;
}

static bool
is_terminator(char c)
{
	return strchr(" \t\r\n.,[]$@{}", c) != NULL; /* and the NUL behind the text */
}

static char
peek(const struct parser *in)
{
	return in->p < in->end ? *in->p : '\0';
}

int
jsonpath_fail(const struct parser *in, const char *what)
{
	return pv_fail(in->cx, PV_EBADREQUEST, "jsonpath \"%s\": %s at character %zu", in->text, what,
		       (size_t)(in->p - in->text) + 1);
}

struct step *
jsonpath_add(pv_vec *steps, enum step_kind kind)
{
	struct step *step = pv_vec_add(steps);

	step->kind = kind;
	return step;
}

/* Parses a piece that stands for itself, "[...]" or the sides of a comparison. */
int
jsonpath_inner(struct parser *in, const char *p, const char *end, struct steps *ret)
{
	struct parser sub = *in;
	enum word word;
	int r;

	sub.p = p;
	sub.end = end;
	if (++sub.depth > JSONPATH_DEPTH)
		return jsonpath_fail(in, "nested deeper than the limit of 64 levels");
	r = action(&sub, ret, &word);
	if (r == 0 && word != WORD_NONE)
		return jsonpath_fail(in, "'range' and 'end' must stand alone");
	return r;
}

/* ---- pieces of an action ---- */

int
jsonpath_field(struct parser *in, pv_vec *steps)
{
	pv_buf name;
	const char *start = in->p;

	pv_buf_init(&name, in->cx->arena);
	pv_buf_adds(&name, "");
	for (; !is_terminator(peek(in)); in->p++) {
		if (*in->p == '\\' && in->p + 1 < in->end)
			in->p++;
		else if (*in->p == '\\')
			continue;
		pv_buf_addc(&name, *in->p);
	}
	if (in->p - start == 1 && *start == '*')
		jsonpath_add(steps, STEP_WILDCARD);
	else
		jsonpath_add(steps, STEP_FIELD)->name = name.len > 0 ? name.s : "";
	return 0;
}

static int
recursive(struct parser *in, pv_vec *steps)
{
	if (steps->len > 0 && PV_AT(struct step, steps, steps->len - 1)->kind == STEP_RECURSIVE)
		return jsonpath_fail(in, "invalid multiple recursive descent");
	in->p += 2;
	jsonpath_add(steps, STEP_RECURSIVE);
	return is_name_start(peek(in)) ? jsonpath_field(in, steps) : 0;
}

static int
number(struct parser *in, pv_vec *steps)
{
	const char *start = in->p;
	pv_str s;
	int64_t i;
	double d;

	in->p++;
	while (is_digit(peek(in)) || peek(in) == '.')
		in->p++;
	s = (pv_str){start, (size_t)(in->p - start)};
	if (*start == '+')
		s = (pv_str){start + 1, s.len - 1};
	if (pv_parse_int(s, &i))
		jsonpath_add(steps, STEP_CONST)->constant = pv_int(i);
	else if (pv_parse_double(s, &d))
		jsonpath_add(steps, STEP_CONST)->constant = pv_double(d);
	else
		return jsonpath_fail(in, "cannot parse number");
	return 0;
}

static bool
escape(const char **p, const char *end, pv_buf *out)
{
	static const char names[] = "abfnrtv\\'\"", bytes[] = "\a\b\f\n\r\t\v\\'\"";
	const char *at = **p != '\0' ? strchr(names, **p) : NULL;
	int digits = **p == 'x' ? 2 : **p == 'u' ? 4 : **p == 'U' ? 8 : 0;
	uint32_t rune = 0;
	char utf8[4];

	if (at != NULL) {
		pv_buf_addc(out, bytes[at - names]);
		++*p;
		return true;
	}
	if (digits == 0 || end - *p <= digits)
		return false;
	for (++*p; digits > 0; digits--, ++*p) {
		char c = (char)(**p | 0x20);

		if (!is_digit(**p) && (c < 'a' || c > 'f'))
			return false;
		rune = rune * 16 + (uint32_t)(is_digit(**p) ? **p - '0' : c - 'a' + 10);
	}
	if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
		return false;
	pv_buf_add(out, utf8, (size_t)pv_utf8_put(utf8, rune));
	return true;
}

static int
quoted(struct parser *in, pv_vec *steps)
{
	char quote = *in->p;
	struct step *step;
	pv_buf out;

	pv_buf_init(&out, in->cx->arena);
	pv_buf_adds(&out, "");
	for (in->p++; peek(in) != quote;) {
		if (in->p >= in->end || *in->p == '\n')
			return jsonpath_fail(in, "unterminated quoted string");
		if (*in->p != '\\') {
			pv_buf_addc(&out, *in->p++);
			continue;
		}
		in->p++;
		if (in->p >= in->end || !escape(&in->p, in->end, &out))
			return jsonpath_fail(in, "no such escape in a quoted string");
	}
	in->p++;
	step = jsonpath_add(steps, STEP_CONST);
	step->once = true;
	step->constant = pv_stringn(in->cx->arena, out.len > 0 ? out.s : "", out.len);
	return 0;
}

/* ---- actions ---- */

static int
identifier(struct parser *in, pv_vec *steps, enum word *ret_word)
{
	const char *start = in->p;
	pv_str s;

	while (!is_terminator(peek(in)))
		in->p++;
	s = (pv_str){start, (size_t)(in->p - start)};
	if (pv_str_is(s, "true") || pv_str_is(s, "false"))
		jsonpath_add(steps, STEP_CONST)->constant = pv_bool(*start == 't');
	else if (pv_str_is(s, "range") && *ret_word == WORD_NONE)
		*ret_word = WORD_RANGE;
	else if (pv_str_is(s, "end") && *ret_word == WORD_NONE)
		*ret_word = WORD_END;
	else
		return pv_fail(in->cx, PV_EBADREQUEST,
			       "jsonpath \"%s\": unrecognized identifier %.*s: fields start with '.'",
			       in->text, (int)s.len, s.s);
	return 0;
}

static int
piece(struct parser *in, pv_vec *steps, enum word *ret_word)
{
	char c = *in->p;

	if (in->end - in->p >= 3 && memcmp(in->p, "[?(", 3) == 0)
		return jsonpath_filter(in, steps);
	if (in->end - in->p >= 2 && memcmp(in->p, "..", 2) == 0)
		return recursive(in, steps);
	if (c == ' ' || c == '@' || c == '$') {
		in->p++;
		return 0;
	}
	if (c == '[')
		return jsonpath_array(in, steps);
	if (c == '"' || c == '\'')
		return quoted(in, steps);
	if (c == '.') {
		in->p++;
		return jsonpath_field(in, steps);
	}
	if (c == '+' || c == '-' || is_digit(c))
		return number(in, steps);
	if (is_name_start(c))
		return identifier(in, steps, ret_word);
	if (c == '\n' || c == '\r')
		return jsonpath_fail(in, "unclosed action");
	return jsonpath_fail(in, "unrecognized character in action");
}

/* Up to '}' or the end of the piece. */
static int
action(struct parser *in, struct steps *ret, enum word *ret_word)
{
	pv_vec steps;
	int r = 0;

	pv_vec_init(&steps, in->cx->arena, sizeof(struct step));
	*ret_word = WORD_NONE;
	while (r == 0 && in->p < in->end && *in->p != '}')
		r = piece(in, &steps, ret_word);
	*ret = (struct steps){steps.data, steps.len};
	return r;
}

/* ---- templates ---- */

static void
add_text(struct parser *in, pv_vec *items, const char *s, size_t len)
{
	struct step *step = pv_new(in->cx->arena, struct step);
	struct item item = {.steps = {step, 1}};

	if (len == 0)
		return;
	step->kind = STEP_CONST;
	step->once = true;
	step->constant = pv_stringn(in->cx->arena, s, len);
	pv_vec_push(items, &item);
}

struct open_range {
	pv_vec items; /* of the enclosing level */
	struct steps steps;
};

/* {range ...} opens a level, {end} closes it. */
static int
add_action(struct parser *in, pv_vec *items, pv_vec *open)
{
	struct item item = {.range = false};
	struct open_range *outer;
	enum word word;
	int r = action(in, &item.steps, &word);

	if (r < 0)
		return r;
	if (in->p >= in->end)
		return jsonpath_fail(in, "unclosed action: expected '}'");
	in->p++;
	if (word == WORD_NONE) {
		pv_vec_push(items, &item);
	} else if (word == WORD_RANGE) {
		if (open->len >= JSONPATH_DEPTH)
			return jsonpath_fail(in, "ranges nested deeper than the limit of 64 levels");
		outer = pv_vec_add(open);
		*outer = (struct open_range){*items, item.steps};
		pv_vec_init(items, in->cx->arena, sizeof(item));
	} else {
		if (open->len == 0)
			return jsonpath_fail(in, "not in range, nothing to end");
		outer = PV_AT(struct open_range, open, open->len - 1);
		item = (struct item){
			.range = true, .steps = outer->steps, .body = items->data, .body_n = items->len};
		*items = outer->items;
		pv_vec_pop(open);
		pv_vec_push(items, &item);
	}
	return 0;
}

static int
template_of(struct parser *in, pv_vec *items)
{
	pv_vec open;
	int r = 0;

	pv_vec_init(items, in->cx->arena, sizeof(struct item));
	pv_vec_init(&open, in->cx->arena, sizeof(struct open_range));
	while (r == 0 && in->p < in->end) {
		const char *brace = memchr(in->p, '{', (size_t)(in->end - in->p)),
			   *stop = brace != NULL ? brace : in->end;

		add_text(in, items, in->p, (size_t)(stop - in->p));
		in->p = stop;
		if (brace == NULL)
			break;
		in->p++;
		r = add_action(in, items, &open);
	}
	while (r == 0 && open.len > 0) { /* a range without an end goes to the end of the text */
		struct open_range *outer = PV_AT(struct open_range, &open, open.len - 1);
		struct item item = {
			.range = true, .steps = outer->steps, .body = items->data, .body_n = items->len};

		*items = outer->items;
		pv_vec_pop(&open);
		pv_vec_push(items, &item);
	}
	return r;
}

/* "a.b", ".a.b" and "{a.b}" mean "{.a.b}", as in kubectl's --sort-by. */
static const char *
relaxed(pv_arena *arena, const char *text)
{
	size_t len = strlen(text);
	bool braces = len >= 2 && text[0] == '{' && text[len - 1] == '}';
	const char *inside = pv_strndup(arena, text + braces, len - 2 * (size_t)braces), *first = inside;

	if (len == 0 || strpbrk(inside, "{}\n") != NULL)
		return text;
	if (!braces && strchr(".[$@", *first) == NULL && strchr(text, ' ') != NULL)
		return text; /* prose */
	if (*first == '.' && !braces)
		first++;
	if (braces && (!is_name_start(*first) || is_digit(*first) || strcmp(first, "true") == 0 ||
		       strcmp(first, "false") == 0 || strcmp(first, "end") == 0 ||
		       strcmp(first, "range") == 0 || pv_starts_with(first, "range ")))
		return text;
	if (!braces && (*first == '\0' || strchr("[@$.", *first) != NULL))
		return pv_printf(arena, "{%s}", inside);
	return pv_printf(arena, "{.%s}", first);
}

int
pv_jsonpath_parse(pv_ctx *cx, const char *text, pv_jsonpath **ret)
{
	struct parser in = {.cx = cx, .text = relaxed(cx->arena, text)};
	pv_jsonpath *path = pv_new(cx->arena, pv_jsonpath);
	pv_vec items;
	int r;

	in.p = in.text;
	in.end = in.text + strlen(in.text);
	r = template_of(&in, &items);
	if (r < 0)
		return r;
	path->items = items.data;
	path->n = items.len;
	*ret = path;
	return 0;
}
