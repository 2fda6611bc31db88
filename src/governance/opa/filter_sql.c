/* filter_sql: a condition as SQL.  Names and values are quoted as each database reads them. */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/str.h"
#include "governance/opa/filter.h"

typedef struct sql {
	pv_ctx *cx;
	const opa_dialect *d;
	const pv_val *mappings;
	pv_buf b;
} sql;

static bool
is(const sql *s, const char *key)
{
	return pv_streq(s->d->key, key);
}

/* ---- names ---- */

static void
put_name(sql *s, const char *name)
{
	bool plain = *name && !isdigit((unsigned char)*name);
	char quote = is(s, "mysql") ? '`' : '"';
	for (const char *p = name; *p; p++)
		plain = plain && (isalnum((unsigned char)*p) || *p == '_');
	if (plain) {
		pv_buf_adds(&s->b, name);
		return;
	}
	pv_buf_addc(&s->b, quote);
	for (const char *p = name; *p; p++) {
		if (*p == quote)
			pv_buf_addc(&s->b, quote);
		pv_buf_addc(&s->b, *p);
	}
	pv_buf_addc(&s->b, quote);
}

static void
put_field(sql *s, const char *field)
{
	const char *dot = strchr(field, '.');
	const char *table = pv_strndup(s->cx->arena, field, (size_t)(dot - field));
	const pv_val *mapped = pv_get(s->mappings, table);
	put_name(s, pv_text_at(mapped, "$self", table));
	pv_buf_addc(&s->b, '.');
	put_name(s, pv_text(pv_get(mapped, dot + 1), dot + 1));
}

/* ---- values ---- */

/* PostgreSQL's E'' and MySQL know escapes; the others know two quotes, and nothing else. */
static void
put_text(sql *s, const char *text, size_t n)
{
	bool escapes = is(s, "postgresql") || is(s, "mysql");
	pv_buf_adds(&s->b, is(s, "postgresql") ? "E'" : is(s, "sqlserver") ? "N'" : "'");
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		const char *special = "\n\r\t\b'\"\\", *letters = "nrtb'\"\\",
			   *at = c ? strchr(special, c) : NULL;
		if (escapes && at) {
			pv_buf_addc(&s->b, '\\');
			pv_buf_addc(&s->b, letters[at - special]);
		} else {
			if (c == '\'')
				pv_buf_addc(&s->b, c);
			pv_buf_addc(&s->b, c);
		}
	}
	pv_buf_addc(&s->b, '\'');
}

static void
put_value(sql *s, const pv_val *v)
{
	char room[PV_NUMBER_ROOM];
	const char *field = pv_text_at(v, "field", NULL);
	bool bits = is(s, "sqlserver"); /* which has no word for them */
	if (field) {
		put_field(s, field);
	} else if (v->type == PV_STRING) {
		put_text(s, v->s, v->len);
	} else if (v->type == PV_BOOL) {
		pv_buf_adds(&s->b, v->b ? (bits ? "1" : "TRUE") : (bits ? "0" : "FALSE"));
	} else if (v->type == PV_NULL) {
		pv_buf_adds(&s->b, "NULL");
	} else {
		pv_str text = pv_number_text(v, room);
		put_text(s, text.s, text.len);
	}
}

/* What LIKE would take for more than itself. */
static void
add_pattern(const sql *s, pv_buf *to, const pv_val *v)
{
	const char *special = is(s, "sqlserver") ? "%_[" : "%_\\";
	for (size_t i = 0; i < v->len; i++) {
		bool meant = v->s[i] && strchr(special, v->s[i]);
		if (meant)
			pv_buf_addc(to, is(s, "sqlserver") ? '[' : '\\');
		pv_buf_addc(to, v->s[i]);
		if (meant && is(s, "sqlserver"))
			pv_buf_addc(to, ']');
	}
}

static void
put_like(sql *s, const char *op, const pv_val *v)
{
	pv_buf pattern;
	pv_buf_init(&pattern, s->cx->arena);
	pv_buf_adds(&pattern, pv_streq(op, "startswith") ? "" : "%");
	add_pattern(s, &pattern, v);
	pv_buf_adds(&pattern, pv_streq(op, "endswith") ? "" : "%");
	pv_buf_adds(&s->b, " LIKE ");
	put_text(s, pattern.s, pattern.len);
}

static void
put_list(sql *s, const pv_val *list)
{
	pv_buf_adds(&s->b, " IN (");
	for (size_t i = 0; i < pv_count(list); i++) {
		pv_buf_adds(&s->b, i ? ", " : "");
		put_value(s, pv_item(list, i));
	}
	pv_buf_addc(&s->b, ')');
}

/* ---- conditions ---- */

static const char *const signs[][2] = {
	{"eq", " = "}, {"ne", " <> "}, {"lt", " < "}, {"lte", " <= "}, {"gt", " > "}, {"gte", " >= "},
};

static int
put_comparison(sql *s, const pv_val *c)
{
	const char *op = pv_text_at(c, "operator", "");
	const pv_val *v = pv_get(c, "value");
	bool equality = pv_streq(op, "eq") || pv_streq(op, "ne");
	if (pv_streq(op, "in") && pv_count(v) == 0) {
		pv_buf_adds(&s->b, "0 = 1");
		return 0;
	}
	if (v->type == PV_NULL && !equality)
		return pv_fail(s->cx, PV_EBADREQUEST,
			       "null value can only be used with 'eq' or 'ne' operators");
	put_field(s, pv_text_at(c, "field", ""));
	if (pv_streq(op, "in"))
		put_list(s, v);
	else if (pv_streq(op, "startswith") || pv_streq(op, "endswith") || pv_streq(op, "contains"))
		put_like(s, op, v);
	else if (v->type == PV_NULL)
		pv_buf_adds(&s->b, pv_streq(op, "eq") ? " IS NULL" : " IS NOT NULL");
	for (size_t i = 0; i < PV_LEN(signs) && v->type != PV_NULL; i++)
		if (pv_streq(signs[i][0], op)) {
			pv_buf_adds(&s->b, signs[i][1]);
			put_value(s, v);
		}
	return 0;
}

/* Depth: an or of ands of nots. */
static int
put_condition(sql *s, const pv_val *c)
{
	const char *op = pv_text_at(c, "operator", "");
	const pv_val *parts = pv_get(c, "value");
	bool many = pv_streq(op, "and") || pv_streq(op, "or");
	int r = 0;
	if (!pv_streq(pv_text_at(c, "type", ""), "compound"))
		return put_comparison(s, c);
	pv_buf_adds(&s->b, many ? "(" : "NOT ");
	for (size_t i = 0; r == 0 && i < pv_count(parts); i++) {
		pv_buf_adds(&s->b, i == 0 ? "" : pv_streq(op, "and") ? " AND " : " OR ");
		r = put_condition(s, pv_item(parts, i));
	}
	pv_buf_adds(&s->b, many ? ")" : "");
	return r;
}

int
opa_filter_sql(pv_ctx *cx, const opa_dialect *d, const pv_val *mappings, const pv_val *condition,
	       const char **ret)
{
	sql s = {.cx = cx, .d = d, .mappings = mappings};
	*ret = "";
	if (condition->len == 0)
		return 0;
	pv_buf_init(&s.b, cx->arena);
	pv_buf_adds(&s.b, "WHERE ");
	int r = put_condition(&s, condition);
	*ret = s.b.s;
	return r;
}
