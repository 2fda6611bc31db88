/* operand: texts, paths, calls and numbers of an expression. */
#include <ctype.h>
#include <string.h>

#include "lang/rule/inside.h"

/* As pv_rule_expr, where bare words are fields of an item. */
static int
item_expr(pv_rule_reader *r, const pv_expr **ret)
{
	bool items = r->items;
	int result;
	r->items = true;
	result = pv_rule_expr(r, ret);
	r->items = items;
	return result;
}

/* ---- texts ---- */

static bool
take_escape(pv_rule_reader *r, pv_buf *b)
{
	static const char letters[] = "nt\\\"'{", stands[] = "\n\t\\\"'{";
	const char *at = r->at + 1 < r->text.len && r->text.s[r->at + 1]
				 ? strchr(letters, r->text.s[r->at + 1])
				 : NULL;
	if (!at)
		return false;
	pv_buf_addc(b, stands[at - letters]);
	r->at += 2;
	return true;
}

static void
take_piece(pv_rule_reader *r, pv_buf *b, pv_vec *pieces)
{
	const pv_expr *e;
	if (b->len == 0)
		return;
	e = rule_word(r, (pv_str){b->s, b->len});
	pv_vec_push(pieces, &e);
	pv_buf_clear(b);
}

static int
text(pv_rule_reader *r, const pv_expr **ret)
{
	char quote = r->text.s[r->at++];
	pv_vec pieces;
	pv_buf b;
	pv_expr *e;
	int result = 0;
	pv_vec_init(&pieces, r->arena, sizeof(const pv_expr *));
	pv_buf_init(&b, r->cx->arena);
	while (rule_peek(r) != quote) {
		if (rule_peek(r) == '\0' || rule_peek(r) == '\n')
			return pv_rule_fail(r, "expected %c: the text is not closed", quote);
		if (rule_peek(r) == '\\') {
			if (!take_escape(r, &b))
				return pv_rule_fail(r, "expected n, t, {, a quote or \\ behind \\");
		} else if (rule_peek(r) == '{') {
			take_piece(r, &b, &pieces);
			r->at++;
			result = pv_rule_expr(r, ret);
			if (result == 0)
				result = rule_expect(r, "}");
			if (result < 0)
				return result;
			pv_vec_push(&pieces, ret);
		} else {
			pv_buf_addc(&b, r->text.s[r->at++]);
		}
	}
	r->at++;
	if (pieces.len == 0) {
		*ret = rule_word(r, (pv_str){b.s, b.len});
		return 0;
	}
	take_piece(r, &b, &pieces);
	e = rule_node(r, TEMPLATE, 0);
	e->n = pieces.len;
	e->args = pv_vec_copy(&pieces, r->arena);
	*ret = e;
	return 0;
}

/* ---- paths ---- */

static int
bracket(pv_rule_reader *r, struct step *step)
{
	const pv_expr *e;
	int result;
	rule_skip(r);
	if (pv_rule_accept(r, "*")) {
		*step = (struct step){.kind = EACH};
		if (pv_rule_accept(r, "]"))
			return 0;
		result = item_expr(r, &step->cond);
		return result < 0 ? result : rule_expect(r, "]");
	}
	if (rule_peek(r) == '"') {
		result = text(r, &e);
		if (result == 0 && e->op == TEMPLATE)
			result = pv_rule_fail(r, "expected a key without values in it");
		if (result < 0)
			return result;
		*step = (struct step){.kind = NAME, .name = pv_strv(&e->value)};
		return rule_expect(r, "]");
	}
	if (isdigit((unsigned char)rule_peek(r)) || rule_peek(r) == '-') {
		pv_str digits;
		*step = (struct step){.kind = POSITION};
		result = pv_rule_word(r, "-", "a position", &digits);
		if (result == 0 && !pv_parse_int(digits, &step->position))
			result = pv_rule_fail(r, "expected a position such as 0 or -1");
		return result < 0 ? result : rule_expect(r, "]");
	}
	*step = (struct step){.kind = FIND};
	result = item_expr(r, &step->cond);
	return result < 0 ? result : rule_expect(r, "]");
}

static int
name_step(pv_rule_reader *r, pv_vec *steps)
{
	pv_str name;
	int result = pv_rule_word(r, "", "a field's name", &name);
	if (result == 0)
		pv_vec_push(steps, &(struct step){.kind = NAME, .name = name});
	return result;
}

/* What of .name and [..] follows; then the node. */
static int
path(pv_rule_reader *r, enum base base, const pv_expr *of, pv_vec *steps, const pv_expr **ret)
{
	pv_expr *e;
	int result = 0;
	while (result == 0 && (rule_peek(r) == '.' || rule_peek(r) == '[')) {
		if (r->text.s[r->at++] == '.') {
			result = rule_is_letter(rule_peek(r)) ? name_step(r, steps)
							      : pv_rule_fail(r, "expected a field's name");
		} else {
			struct step step;
			result = bracket(r, &step);
			pv_vec_push(steps, &step);
		}
	}
	if (result < 0)
		return result;
	e = rule_node(r, PATH, 0);
	e->base = base;
	e->of = of;
	e->n_steps = steps->len;
	e->steps = pv_vec_copy(steps, r->arena);
	for (size_t i = 0; i < steps->len; i++)
		e->many = e->many || e->steps[i].kind == EACH;
	*ret = e;
	return 0;
}

static const pv_expr *
type_is(pv_rule_reader *r, pv_str type)
{
	pv_expr *e = rule_node(r, EQUAL, 2), *field = rule_node(r, PATH, 0);
	struct step *step = pv_new(r->arena, struct step);
	*step = (struct step){.kind = NAME, .name = PV_STR("type")};
	field->base = ITEM;
	field->steps = step;
	field->n_steps = 1;
	e->args[0] = field;
	e->args[1] = rule_word(r, type);
	return e;
}

/* %Ready: the condition of that type; before a comparison, its status. */
static int
condition(pv_rule_reader *r, pv_vec *steps, const pv_expr **ret)
{
	pv_str type;
	size_t at;
	int result = pv_rule_word(r, "-/", "a condition's type", &type);
	if (result < 0)
		return result;
	pv_vec_push(steps, &(struct step){.kind = NAME, .name = PV_STR("status")});
	pv_vec_push(steps, &(struct step){.kind = NAME, .name = PV_STR("conditions")});
	pv_vec_push(steps, &(struct step){.kind = FIND, .cond = type_is(r, type)});
	at = r->at;
	rule_skip(r);
	if (rule_peek(r) == '=' ||
	    (rule_peek(r) == '!' && r->at + 1 < r->text.len && r->text.s[r->at + 1] == '='))
		pv_vec_push(steps, &(struct step){.kind = NAME, .name = PV_STR("status")});
	r->at = at;
	return path(r, ROOT, NULL, steps, ret);
}

static int
named(pv_rule_reader *r, pv_vec *steps, const pv_expr **ret)
{
	pv_str name;
	int result = pv_rule_word(r, "", "a name behind $", &name);
	if (result < 0)
		return result;
	if (pv_str_is(name, "params"))
		return path(r, PARAMS, NULL, steps, ret);
	for (size_t i = r->n_names; i-- > 0;)
		if (pv_str_eq(r->names[i].name, name))
			return rule_peek(r) == '.' || rule_peek(r) == '['
				       ? path(r, OF, r->names[i].is, steps, ret)
				       : (*ret = r->names[i].is, 0);
	return pv_rule_fail(r, "no `let %.*s` stands above", (int)name.len, name.s);
}

/* ---- what is no operator ---- */

static int
arguments(pv_rule_reader *r, const struct function *f, const pv_expr **ret)
{
	pv_vec args;
	pv_expr *e;
	int result = 0;
	pv_vec_init(&args, r->arena, sizeof(const pv_expr *));
	while (!pv_rule_accept(r, ")")) {
		const pv_expr *arg;
		if (args.len > 0 && (result = rule_expect(r, ",")) < 0)
			return result;
		result = f->items && args.len > 0 ? item_expr(r, &arg) : pv_rule_expr(r, &arg);
		if (result < 0)
			return result;
		pv_vec_push(&args, &arg);
	}
	if (args.len < (size_t)f->least || args.len > (size_t)f->most)
		return pv_rule_fail(r, "%s() takes %d to %d values", f->name, f->least, f->most);
	e = rule_node(r, CALL, 0);
	e->fn = f->fn;
	e->n = args.len;
	e->args = pv_vec_copy(&args, r->arena);
	*ret = e;
	return 0;
}

static int
word(pv_rule_reader *r, pv_vec *steps, const pv_expr **ret)
{
	size_t at = r->at;
	pv_str name;
	int result = pv_rule_word(r, "", "a value", &name);
	if (result < 0)
		return result;
	if (rule_peek(r) == '(') {
		for (const struct function *f = rule_functions; f->name; f++)
			if (pv_str_is(name, f->name)) {
				r->at++;
				return arguments(r, f, ret);
			}
		r->at = at;
		return pv_rule_fail(r, "there is no function %.*s()", (int)name.len, name.s);
	}
	if (pv_str_is(name, "true") || pv_str_is(name, "false")) {
		*ret = rule_literal(r, pv_bool(name.s[0] == 't'));
		return 0;
	}
	if (pv_str_is(name, "null")) {
		*ret = rule_literal(r, pv_null());
		return 0;
	}
	if (!r->items) {
		r->at = at;
		return pv_rule_fail(r, "expected a path such as .status.phase, or a text in quotes");
	}
	pv_vec_push(steps, &(struct step){.kind = NAME, .name = name});
	return path(r, ITEM, NULL, steps, ret);
}

static int
number(pv_rule_reader *r, const pv_expr **ret)
{
	pv_str digits;
	pv_val v;
	int result = pv_rule_word(r, ".", "a number", &digits);
	if (result == 0 && !pv_number(r->arena, digits.s, digits.len, &v))
		result = pv_rule_fail(r, "expected a number");
	if (result == 0)
		*ret = rule_literal(r, v);
	return result;
}

int
rule_operand(pv_rule_reader *r, const pv_expr **ret)
{
	pv_vec steps;
	int result;
	rule_skip(r);
	pv_vec_init(&steps, r->arena, sizeof(struct step));
	switch (rule_peek(r)) {
	case '(':
		r->at++;
		result = pv_rule_expr(r, ret);
		return result < 0 ? result : rule_expect(r, ")");
	case '"':
	case '\'': return text(r, ret);
	case '.':
		if (r->at + 1 >= r->text.len || !rule_is_letter(r->text.s[r->at + 1]))
			r->at++; /* the document itself, or .["x"] */
		return path(r, ROOT, NULL, &steps, ret);
	case '$': r->at++; return named(r, &steps, ret);
	case '%': r->at++; return condition(r, &steps, ret);
	case '#':
	case '@':
		if (!r->items)
			return pv_rule_fail(r, "%c stands inside [..] and each(..)", rule_peek(r));
		if (r->text.s[r->at++] == '@')
			return path(r, ITEM, NULL, &steps, ret);
		*ret = rule_node(r, INDEX_NUMBER, 0);
		return 0;
	default: return isdigit((unsigned char)rule_peek(r)) ? number(r, ret) : word(r, &steps, ret);
	}
}

static bool
is_place(const pv_expr *e)
{
	for (size_t i = 0; i < e->n_steps; i++)
		if (e->steps[i].kind != NAME)
			return false;
	return e->op == PATH && e->base == ROOT && e->n_steps > 0;
}

int
pv_rule_place(pv_rule_reader *r, const pv_expr **ret)
{
	size_t at;
	int result;
	rule_skip(r);
	at = r->at;
	result = rule_operand(r, ret);
	if (result < 0)
		return result;
	if (is_place(*ret))
		return 0;
	r->at = at;
	return pv_rule_fail(r, "expected a path of names, such as .spec.paused");
}
