/* filter: queries that are left over -> a condition. */
#include "governance/opa/filter.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "base/str.h"
#include "base/vec.h"

static const opa_dialect dialects[] = {
	{"ucast.all", "ucast+all", "ucast", "UCAST (all)", false, true, true, true, true},
	{"ucast.minimal", "ucast+minimal", "ucast", "UCAST", false, false, false, false, false},
	{"ucast.prisma", "ucast+prisma", "ucast", "UCAST (prisma)", false, true, true, true, false},
	{"ucast.linq", "ucast+linq", "ucast", "UCAST (LINQ)", false, false, true, false, false},
	{"sql.postgresql", "sql+postgresql", "postgresql", "SQL (postgresql)", true, true, true, true, true},
	{"sql.mysql", "sql+mysql", "mysql", "SQL (mysql)", true, true, true, true, true},
	{"sql.sqlserver", "sql+sqlserver", "sqlserver", "SQL (sqlserver)", true, true, true, true, true},
	{"sql.sqlite", "sql+sqlite", "sqlite", "SQL (sqlite)", true, false, true, true, true},
};

const opa_dialect *
opa_dialect_accept(const char *type)
{
	static const char before[] = "application/vnd.opa.", behind[] = "+json";
	if (!type || !pv_starts_with(type, before) || !pv_ends_with(type, behind))
		return NULL;
	pv_str s = pv_str_of(type + sizeof before - 1);
	s.len -= s.len < sizeof behind ? s.len : sizeof behind - 1;
	for (size_t i = 0; i < PV_LEN(dialects); i++)
		if (pv_str_is(s, dialects[i].accept))
			return &dialects[i];
	return NULL;
}

const opa_dialect *
opa_dialect_find(const char *name)
{
	for (size_t i = 0; i < PV_LEN(dialects); i++)
		if (pv_streq(dialects[i].name, name))
			return &dialects[i];
	return NULL;
}

typedef struct operator
{
	const char *builtin, *word;
	const char *turned; /* with its operands the other way round; NULL: it has a first and a second */
}
operator;

static const operator operators[] = {
	{"eq", "eq", "eq"},
	{"equal", "eq", "eq"},
	{"neq", "ne", "ne"},
	{"lt", "lt", "gt"},
	{"lte", "lte", "gte"},
	{"gt", "gt", "lt"},
	{"gte", "gte", "lte"},
	{"startswith", "startswith", NULL},
	{"endswith", "endswith", NULL},
	{"contains", "contains", NULL},
	{"internal.member_2", "in", NULL},
};

typedef struct making {
	pv_ctx *cx;
	const opa_dialect *d;
	bool failed;
} making;

/* All faults are told, in the order of the queries. */
static bool refuse(making *m, const char *fmt, ...) PV_PRINTF(2, 3);

static bool
refuse(making *m, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *text = pv_vprintf(m->cx->arena, fmt, ap);
	va_end(ap);
	if (!m->failed)
		(void)pv_fail(m->cx, PV_EINVALID, "error(s) occurred while evaluating query");
	m->failed = true;
	pv_add_cause(m->cx, "pe_fragment_error", "", "%s", text);
	return false;
}

static const char *
name_of(pv_ctx *cx, const pv_val *ref)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(ref); i++) {
		const pv_val *part = pv_get(pv_item(ref, i), "value");
		pv_buf_adds(&b, i ? "." : "");
		pv_buf_adds(&b, pv_text(part, "_"));
	}
	return b.len ? b.s : "";
}

/* Is it input.TABLE.COLUMN, and TABLE what stands before the first dot?  No name of a database has a NUL. */
static bool
is_column(const pv_val *ref)
{
	bool is = pv_count(ref) == 3 && pv_streq(pv_text_at(ref, "0.value", ""), "input");
	for (size_t i = 1; is && i < pv_count(ref); i++) {
		const pv_val *name = pv_get(pv_item(ref, i), "value");
		is = pv_streq(pv_text_at(pv_item(ref, i), "type", ""), "string") &&
		     !memchr(name->s, 0, name->len);
	}
	return is && !strchr(pv_text_at(ref, "1.value", ""), '.');
}

/* input.TABLE.COLUMN -> {field: TABLE.COLUMN}, which is a field; a constant as its value. */
static bool
operand(making *m, const char *op, const pv_val *term, bool *ret_field, pv_val *ret)
{
	const char *type = pv_text_at(term, "type", "");
	const pv_val *v = pv_get(term, "value");
	pv_listb list;
	*ret_field = false;
	if (pv_streq(type, "ref")) {
		if (!is_column(v))
			return refuse(m, "%s: invalid ref operand: %s", op, name_of(m->cx, v));
		*ret_field = true;
		*ret = pv_stringf(m->cx->arena, "%s.%s", pv_text_at(v, "1.value", ""),
				  pv_text_at(v, "2.value", ""));
		return true;
	}
	if (pv_streq(type, "null")) {
		*ret = pv_null();
		return true;
	}
	if (pv_streq(type, "string") && memchr(v->s, 0, v->len))
		return refuse(m, "%s: invalid operand: a text with a NUL", op);
	if (pv_streq(type, "string") || pv_streq(type, "number") || pv_streq(type, "boolean")) {
		*ret = *v;
		return true;
	}
	if (!pv_streq(op, "internal.member_2") || (!pv_streq(type, "array") && !pv_streq(type, "set")))
		return refuse(m, "%s: invalid operand: expected a field or a constant, found %s", op, type);
	pv_listb_init(&list, m->cx->arena);
	for (size_t i = 0; i < pv_count(v); i++) {
		pv_val one;
		bool field;
		if (!operand(m, "in", pv_item(v, i), &field, &one))
			return false;
		if (field)
			return refuse(m, "%s: invalid operand: a list with fields", op);
		pv_listb_add(&list, one);
	}
	*ret = pv_listb_end(&list);
	return true;
}

static pv_val
compound(making *m, const char *op, pv_val *parts, uint32_t n)
{
	pv_objb o;
	pv_objb_init(&o, m->cx->arena);
	pv_objb_puts(&o, "operator", op);
	pv_objb_puts(&o, "type", "compound");
	pv_objb_put(&o, "value", pv_list_of(m->cx->arena, parts, n));
	return pv_objb_end(&o);
}

static bool
has_word(making *m, const operator* op)
{
	bool lists = pv_streq(op->word, "in");
	const char *name = lists ? "in" : op->builtin;
	if (op->turned || (lists ? m->d->lists : m->d->words))
		return true;
	return refuse(m, "invalid builtin `%s`: unsupported for %s", name, m->d->shown);
}

/* The sides of a comparison: the field first, whichever way it was written. */
static bool
sides(making *m, const operator* op, const pv_val *terms, const char **ret_word, pv_val *field, pv_val *value)
{
	bool is_field[2];
	pv_val both[2];
	for (int i = 0; i < 2; i++)
		if (!operand(m, op->builtin, pv_item(terms, (size_t)i + 1), &is_field[i], &both[i]))
			return false;
	bool turned = !is_field[0] && is_field[1] && op->turned;
	*ret_word = turned ? op->turned : op->word;
	*field = both[turned];
	*value = both[!turned];
	if (!is_field[0] && !turned)
		return refuse(m, "%s: expected a field, found none before the value", op->builtin);
	if (!(is_field[0] && is_field[1]))
		return op->turned || value->type == PV_STRING || pv_streq(op->word, "in")
			       ? true
			       : refuse(m, "%s: expected a text", op->builtin);
	if (!op->turned)
		return refuse(m, "rhs of %s must be known", op->builtin);
	if (!m->d->fields)
		return refuse(m, "reference to field: unsupported feature \"field-ref\" for %s", m->d->shown);
	pv_objb o;
	pv_objb_init(&o, m->cx->arena);
	pv_objb_put(&o, "field", *value);
	*value = pv_objb_end(&o);
	return true;
}

static bool
comparison(making *m, const pv_val *terms, pv_val *ret)
{
	const char *name = name_of(m->cx, pv_at(terms, "0.value")), *word;
	const operator* op = NULL;
	pv_val field, value;
	pv_objb o;
	for (size_t i = 0; i < PV_LEN(operators) && !op; i++)
		op = pv_streq(operators[i].builtin, name) ? &operators[i] : NULL;
	if (!op || pv_count(terms) != 3)
		return refuse(m, "invalid builtin `%s`", name);
	if (!has_word(m, op) || !sides(m, op, terms, &word, &field, &value))
		return false;
	pv_objb_init(&o, m->cx->arena);
	pv_objb_put(&o, "field", field);
	pv_objb_puts(&o, "operator", word);
	pv_objb_puts(&o, "type", "field");
	pv_objb_put(&o, "value", value);
	*ret = pv_objb_end(&o);
	return true;
}

static bool
expression(making *m, const pv_val *e, pv_val *ret)
{
	const pv_val *terms = pv_get(e, "terms");
	bool negated = pv_truth_at(e, "negated", false);
	pv_val inner;
	if (pv_get(e, "with"))
		return refuse(m, "\"with\" not permitted");
	if (pv_get(terms, "domain"))
		return refuse(m, "\"every\" not permitted");
	if (negated && (pv_is(terms, PV_OBJECT) || !m->d->negation || !pv_at(terms, "0.value")))
		return refuse(m, "\"not\" not permitted");
	if (pv_is(terms, PV_OBJECT))
		return refuse(m, "invalid statement \"%s\"", name_of(m->cx, pv_get(terms, "value")));
	if (!comparison(m, terms, &inner))
		return false;
	*ret = negated ? compound(m, "not", &inner, 1) : inner;
	return true;
}

static pv_val
joined(making *m, const char *op, const pv_vec *parts)
{
	return parts->len == 1 ? *PV_AT(pv_val, parts, 0)
			       : compound(m, op, parts->data, (uint32_t)parts->len);
}

int
opa_filter(pv_ctx *cx, const opa_dialect *d, const pv_val *queries, pv_val *ret)
{
	making m = {.cx = cx, .d = d};
	pv_vec any, all;
	pv_objb nothing;
	pv_objb_init(&nothing, cx->arena);
	*ret = pv_objb_end(&nothing);
	for (size_t i = 0; i < pv_count(queries); i++)
		if (pv_count(pv_item(queries, i)) == 0)
			return 0; /* it holds for all rows */
	pv_vec_init(&any, cx->arena, sizeof(pv_val));
	for (size_t i = 0; i < pv_count(queries); i++) {
		const pv_val *query = pv_item(queries, i);
		pv_vec_init(&all, cx->arena, sizeof(pv_val));
		for (size_t k = 0; k < pv_count(query); k++) {
			pv_val one;
			if (expression(&m, pv_item(query, k), &one))
				pv_vec_push(&all, &one);
		}
		pv_val row = all.len ? joined(&m, "and", &all) : pv_null();
		pv_vec_push(&any, &row);
	}
	if (m.failed)
		return -PV_EINVALID;
	if (any.len)
		*ret = joined(&m, "or", &any);
	return 0;
}
