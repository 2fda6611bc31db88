/* rego_print: results and errors as `opa eval` prints them. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cmd/rego_eval.h"
#include "cmd/rego_explain.h"
#include "cmd/rego_repeat.h"
#include "cmd/rego_table.h"

static const char *const formats[] = {"json", "values", "bindings", "pretty", "raw", "source", "discard"};

bool
rego_format_is(const char *format)
{
	for (size_t i = 0; i < PV_LEN(formats); i++)
		if (pv_streq(formats[i], format))
			return true;
	return false;
}

static void
put(const pv_buf *b)
{
	fwrite(b->len ? b->s : "", 1, b->len, stdout);
}

static void
write_json(pv_ctx *cx, FILE *to, const pv_val *v, const char *indent)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_rego_write(&b, v, indent, false);
	pv_buf_addc(&b, '\n');
	fwrite(b.s, 1, b.len, to);
}

static void
put_json(pv_ctx *cx, const pv_val *v, const char *indent)
{
	write_json(cx, stdout, v, indent);
}

void
rego_print_json(pv_ctx *cx, FILE *to, const pv_val *v)
{
	write_json(cx, to, v, "  ");
}

/* The user's documents print with sorted keys, the frame around them in OPA's order. */
static pv_val
sorted(pv_ctx *cx, const pv_val *v)
{
	pv_objb o;
	pv_listb l;
	if (v->type == PV_OBJECT) {
		pv_objb_init(&o, cx->arena);
		for (uint32_t i = 0; i < v->len; i++)
			pv_objb_add(&o, pv_sorted(v, i)->key, sorted(cx, &pv_sorted(v, i)->val));
		return pv_objb_end(&o);
	}
	if (v->type != PV_LIST)
		return *v;
	pv_listb_init(&l, cx->arena);
	for (uint32_t i = 0; i < v->len; i++)
		pv_listb_add(&l, sorted(cx, &v->items[i]));
	return pv_listb_end(&l);
}

static pv_val
row(pv_ctx *cx, const pv_vec *rows, size_t i)
{
	pv_val v = pv_rego_json(cx->arena, *PV_AT(const pv_val *, rows, i));
	return sorted(cx, &v);
}

/* ---- json ---- */

static pv_val
json_row(pv_ctx *cx, const pv_rego_query *q, const pv_rego_result *r, size_t i)
{
	pv_val values = row(cx, &r->expressions, i), bindings = row(cx, &r->sets, i);
	pv_listb list;
	pv_objb o;
	pv_listb_init(&list, cx->arena);
	for (uint32_t k = 0; k < values.len; k++) {
		pv_rego_expr e = pv_rego_query_expr(q, k);
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, "value", values.items[k]);
		pv_objb_put(&o, "text", pv_stringn(cx->arena, e.text.s, e.text.len));
		pv_objb_put(&o, "location", pv_rego_place(cx->arena, NULL, e.row, e.column));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	pv_objb_init(&o, cx->arena);
	pv_objb_put(&o, "expressions", pv_listb_end(&list));
	if (bindings.len)
		pv_objb_put(&o, "bindings", bindings);
	return pv_objb_end(&o);
}

/* In the order of OPA's output. */
static void
put_shown(pv_ctx *cx, pv_objb *o, const rego_shown *shown)
{
	pv_listb lines;
	pv_listb_init(&lines, cx->arena);
	for (size_t i = 0; shown->explanation && i < shown->explanation->len; i++)
		pv_listb_add(&lines, pv_string_ref(*PV_AT(const char *, shown->explanation, i)));
	if (shown->metrics)
		pv_objb_put(o, "metrics", sorted(cx, shown->metrics));
	if (shown->all_metrics)
		pv_objb_put(o, "aggregated_metrics", sorted(cx, shown->all_metrics));
	if (lines.len)
		pv_objb_put(o, "explanation", pv_listb_end(&lines));
	if (shown->profile)
		pv_objb_put(o, "profile", rego_profile_json(cx, shown->profile));
	if (shown->all_profile)
		pv_objb_put(o, "aggregated_profile", *shown->all_profile);
	if (shown->covered)
		pv_objb_put(o, "coverage", *shown->covered);
}

static void
print_json(pv_ctx *cx, const pv_rego_query *q, const pv_rego_result *r, const rego_shown *shown)
{
	pv_listb rows;
	pv_objb o;
	pv_listb_init(&rows, cx->arena);
	for (size_t i = 0; i < r->sets.len; i++)
		pv_listb_add(&rows, json_row(cx, q, r, i));
	pv_objb_init(&o, cx->arena);
	if (shown->errors)
		pv_objb_put(&o, "errors", *shown->errors);
	if (rows.len)
		pv_objb_put(&o, "result", pv_listb_end(&rows));
	put_shown(cx, &o, shown);
	pv_val all = pv_objb_end(&o);
	put_json(cx, &all, "  ");
}

/* All but the result, whose place a word takes. */
static void
print_discarded(pv_ctx *cx, const pv_rego_result *r, const rego_shown *shown)
{
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	if (shown->errors)
		pv_objb_put(&o, "errors", *shown->errors);
	if (r->sets.len)
		pv_objb_puts(&o, "result", "discarded");
	put_shown(cx, &o, shown);
	pv_val frame = pv_objb_end(&o), all = sorted(cx, &frame);
	put_json(cx, &all, "  ");
}

/* ---- values, bindings, raw ---- */

static void
print_rows(pv_ctx *cx, const pv_vec *rows)
{
	for (size_t i = 0; i < rows->len; i++) {
		pv_val v = row(cx, rows, i);
		put_json(cx, &v, "  ");
	}
}

static void
print_raw(pv_ctx *cx, const pv_rego_result *r)
{
	for (size_t i = 0; i < r->expressions.len; i++) {
		pv_val v = row(cx, &r->expressions, i);
		pv_buf b;
		pv_buf_init(&b, cx->arena);
		for (uint32_t k = 0; k < v.len; k++) {
			if (k)
				pv_buf_addc(&b, ' ');
			if (v.items[k].type == PV_STRING)
				pv_buf_add(&b, v.items[k].s, v.items[k].len);
			else
				pv_rego_write(&b, &v.items[k], NULL, false);
		}
		pv_buf_addc(&b, '\n');
		put(&b);
	}
}

/* ---- pretty: one value, or a table ---- */

typedef struct column {
	rego_column shown;
	bool binding;
	uint32_t expr;
} column;

static int
by_name(const void *a, const void *b)
{
	const column *x = a, *y = b;
	return strcmp(x->shown.name, y->shown.name);
}

static char *
cell(pv_ctx *cx, const pv_val *v, size_t most)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_rego_write(&b, v, NULL, false);
	if (most && b.len > most)
		return pv_printf(cx->arena, "%.*s...", (int)most, b.s);
	return b.s;
}

/* Bindings, and the expressions whose values are no booleans. */
static void
find_columns(pv_ctx *cx, const pv_rego_query *q, const pv_rego_result *r, size_t most, pv_vec *columns)
{
	pv_val bindings = row(cx, &r->sets, 0), values = row(cx, &r->expressions, 0);
	for (uint32_t i = 0; i < bindings.len; i++) {
		column *c = pv_vec_add(columns);
		*c = (column){.shown.name = pv_text(&bindings.members[i].key, ""), .binding = true};
	}
	for (uint32_t i = 0; i < values.len; i++) {
		pv_rego_expr e = pv_rego_query_expr(q, i);
		if (values.items[i].type == PV_BOOL)
			continue;
		column *c = pv_vec_add(columns);
		*c = (column){.shown.name = pv_strndup(cx->arena, e.text.s, e.text.len), .expr = i};
	}
	pv_vec_sort(columns, by_name);
	for (size_t k = 0; k < columns->len; k++) {
		column *c = PV_AT(column, columns, k);
		const char **cells = pv_new_array(cx->arena, const char *, r->sets.len);
		for (size_t i = 0; i < r->sets.len; i++) {
			pv_val b = row(cx, &r->sets, i), v = row(cx, &r->expressions, i);
			cells[i] =
				cell(cx, c->binding ? pv_get(&b, c->shown.name) : pv_item(&v, c->expr), most);
		}
		c->shown.cells = cells;
	}
}

static void
print_pretty(pv_ctx *cx, const pv_rego_query *q, const pv_rego_result *r, size_t most)
{
	pv_vec columns;
	pv_buf b;
	if (r->sets.len == 0) {
		puts("undefined");
		return;
	}
	pv_val bindings = row(cx, &r->sets, 0), values = row(cx, &r->expressions, 0);
	if (r->sets.len == 1 && bindings.len == 0 && values.len == 1) {
		put_json(cx, &values.items[0], "  ");
		return;
	}
	pv_vec_init(&columns, cx->arena, sizeof(column));
	find_columns(cx, q, r, most, &columns);
	rego_column *shown = pv_new_array(cx->arena, rego_column, columns.len);
	for (size_t k = 0; k < columns.len; k++)
		shown[k] = PV_AT(column, &columns, k)->shown;
	pv_buf_init(&b, cx->arena);
	rego_table_put(&b, cx->arena, shown, columns.len, r->sets.len);
	if (columns.len)
		put(&b);
}

static void
print_all_pretty(pv_ctx *cx, const pv_rego_query *q, const pv_rego_result *r, const rego_shown *shown)
{
	for (size_t i = 0; shown->explanation && i < shown->explanation->len; i++)
		puts(*PV_AT(const char *, shown->explanation, i));
	print_pretty(cx, q, r, shown->cell);
	if (shown->metrics)
		rego_metrics_print(cx, shown->metrics);
	if (shown->all_metrics)
		rego_repeat_metrics_print(cx, shown->all_metrics);
	if (shown->profile)
		rego_profile_print(cx, shown->profile);
	if (shown->all_profile)
		rego_repeat_profile_print(cx, shown->all_profile);
}

void
rego_print_result(pv_ctx *cx, const char *format, const pv_rego_query *query, const pv_rego_result *result,
		  const rego_shown *shown)
{
	if (pv_streq(format, "values"))
		print_rows(cx, &result->expressions);
	else if (pv_streq(format, "bindings"))
		print_rows(cx, &result->sets);
	else if (pv_streq(format, "raw"))
		print_raw(cx, result);
	else if (pv_streq(format, "pretty"))
		print_all_pretty(cx, query, result, shown);
	else if (pv_streq(format, "discard"))
		print_discarded(cx, result, shown);
	else
		print_json(cx, query, result, shown);
}

/* ---- errors ---- */

pv_val
rego_errors_json(pv_ctx *cx)
{
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	pv_objb_put(&o, "errors", pv_rego_errors_json(cx));
	return pv_objb_end(&o);
}

const char *
rego_load_error(pv_ctx *cx)
{
	const char *text = cx->err->message, *at = strstr(text, " occurred:");
	bool loading = pv_streq(pv_rego_error_code(cx), "rego_parse_error") && cx->err->file;
	if (!loading || !at)
		return text;
	at += strlen(" occurred");
	return pv_printf(cx->arena, "%.*s during loading%s", (int)(at - text), text, at);
}

int
rego_told_once(pv_ctx *cx, int r)
{
	if (r >= 0 || !pv_rego_error_code(cx))
		return r;
	fprintf(stderr, "%s\n", rego_load_error(cx));
	pv_recover(cx);
	return PV_EXIT_FAILED;
}

void
rego_print_error(pv_ctx *cx, const char *format)
{
	if (!pv_streq(format, "json")) {
		bool counted = strstr(cx->err->message, " occurred:") != NULL;
		printf("%s%s\n", counted ? "" : "1 error occurred: ",
		       pv_rego_error_code(cx) ? cx->err->message : pv_error_text(cx));
		return;
	}
	pv_val all = rego_errors_json(cx);
	put_json(cx, &all, "  ");
}
