#include "core/api/table.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/kinds/kinds.h"
#include "lang/go/fmt.h"
#include "lang/json/json.h"
#include "lang/jsonpath/jsonpath.h"
#include <string.h>

int
pv_table_include_parse(pv_ctx *cx, const char *text, enum pv_table_include *ret)
{
	if (!text || !*text || pv_streq(text, "Metadata"))
		*ret = PV_TABLE_METADATA;
	else if (pv_streq(text, "None"))
		*ret = PV_TABLE_NONE;
	else if (pv_streq(text, "Object"))
		*ret = PV_TABLE_OBJECT;
	else
		return pv_fail(cx, PV_EBADREQUEST,
			       "Invalid value: \"%s\": includeObject must be None, Metadata or Object", text);
	return 0;
}

/* ---- cells ---- */

/* A column made ready for many rows. */
typedef struct ready {
	const pv_column *column;
	const char *computed;    /* built-in kinds, or NULL */
	const char *dotted;      /* ".a.b" without its first dot, or NULL */
	const pv_jsonpath *path; /* everything else */
} ready;

static bool
is_plain(const char *path)
{
	for (const char *s = path; *s; s++)
		if (strchr("[]{}()*?@\\'\" ", *s) || (s[0] == '.' && s[1] == '.'))
			return false;
	return *path == '.';
}

static const ready *
columns_ready(pv_ctx *cx, const pv_resource *res)
{
	ready *list = pv_new_array(cx->arena, ready, res->n_columns + 1);

	for (size_t i = 0; i < res->n_columns; i++) {
		const char *path = res->columns[i].json_path ? res->columns[i].json_path : "";
		pv_jsonpath *compiled;

		list[i].column = &res->columns[i];
		if (res->kind_facts && *path == '=')
			list[i].computed = path + 1;
		else if (is_plain(path))
			list[i].dotted = path + 1;
		else if (pv_jsonpath_parse(cx, pv_printf(cx->arena, "{%s}", path), &compiled) == 0)
			list[i].path = compiled;
		else
			pv_recover(cx); /* the cell stays empty, as upstream shows it */
	}
	return list;
}

static const pv_val *
value_of(pv_ctx *cx, const ready *r, const pv_val *object)
{
	pv_vec found;

	if (r->dotted)
		return pv_at(object, r->dotted);
	if (!r->path)
		return NULL;
	pv_vec_init(&found, cx->arena, sizeof(const pv_val *));
	if (pv_jsonpath_find(cx, r->path, object, true, &found) < 0) {
		pv_recover(cx);
		return NULL;
	}
	return found.len ? *PV_AT(const pv_val *, &found, 0) : NULL;
}

static pv_val
date_cell(pv_ctx *cx, const pv_val *v, int64_t now)
{
	int64_t then;

	if (!pv_is(v, PV_STRING))
		return pv_null();
	if (!v->len)
		return pv_string_ref("<unknown>");
	if (!pv_time_parse(pv_strv(v), &then))
		return pv_string_ref("<invalid>");
	return pv_string(cx->arena, pv_age_format(cx->arena, now - then));
}

/* What is too large is the smallest number, as to Go on amd64. */
static int64_t
whole(double d)
{
	return d >= -0x1p63 && d < 0x1p63 ? (int64_t)d : INT64_MIN;
}

/* As Go prints what JSON is read to: numbers by %v, objects with their keys in order. */
static pv_val
written(pv_ctx *cx, const pv_val *v)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	if (v->type == PV_NUMBER && v->num != PV_INT)
		pv_go_float(&b, pv_f64(v, 0));
	else
		pv_json_write_sorted(&b, v);
	return pv_string_ref(b.s);
}

/* The value in the column's type; null where it has another (apiextensions tableconvertor). */
static pv_val
typed(pv_ctx *cx, const char *type, const pv_val *v, int64_t now)
{
	if (pv_streq(type, "date"))
		return date_cell(cx, v, now);
	if (!v || v->type == PV_NULL)
		return pv_null();
	if (pv_streq(type, "integer"))
		return v->type != PV_NUMBER ? pv_null() : v->num == PV_INT ? *v : pv_int(whole(pv_f64(v, 0)));
	if (pv_streq(type, "number"))
		return v->type == PV_NUMBER ? *v : pv_null();
	if (pv_streq(type, "boolean"))
		return v->type == PV_BOOL ? *v : pv_null();
	return v->type == PV_STRING ? *v : written(cx, v);
}

/* Built-in printers give a column of texts numbers and truths as they are, and absent text as nothing; others what is
 * null as Go does. */
static pv_val
found_cell(pv_ctx *cx, const pv_resource *res, const char *type, const pv_val *found, int64_t now)
{
	bool text = pv_streq(type, "string");
	pv_val v;

	if (res->kind_facts && text && (pv_is(found, PV_NUMBER) || pv_is(found, PV_BOOL)))
		return *found;
	v = typed(cx, type, found, now);
	if (v.type == PV_NULL && text && (res->kind_facts || found))
		v = pv_string_ref(res->kind_facts ? "" : "<no value>");
	return v;
}

static pv_val
cells(pv_ctx *cx, const pv_resource *res, const ready *ready_columns, const pv_val *object, int64_t now)
{
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < res->n_columns; i++) {
		const ready *r = &ready_columns[i];

		pv_listb_add(&list, r->computed ? pv_kind_cell(cx, r->computed, object, now)
						: found_cell(cx, res, r->column->type,
							     value_of(cx, r, object), now));
	}
	return pv_listb_end(&list);
}

pv_val
pv_table_cells(pv_ctx *cx, const pv_resource *res, const pv_val *object, int64_t now_ns)
{
	return cells(cx, res, columns_ready(cx, res), object, now_ns ? now_ns : pv_now());
}

/* ---- the table ---- */

/* What the definition says of a column of that version. */
static const char *
said_of(const pv_resource *res, const pv_column *c)
{
	const pv_val *versions = pv_at(res->crd, "spec.versions"), *columns = NULL;

	for (size_t i = 0; i < pv_count(versions); i++)
		if (pv_streq(pv_text_at(pv_item(versions, i), "name", ""), res->version))
			columns = pv_get(pv_item(versions, i), "additionalPrinterColumns");
	for (size_t i = 0; i < pv_count(columns); i++)
		if (pv_streq(pv_text_at(pv_item(columns, i), "name", ""), c->name))
			return pv_text_at(pv_item(columns, i), "description", "");
	return "";
}

static pv_val
description_of(pv_ctx *cx, const pv_resource *res, const pv_column *c)
{
	const char *path = c->json_path ? c->json_path : "", *said = res->crd ? said_of(res, c) : "";

	if (*said)
		return pv_string(cx->arena, said);
	if (res->crd && c != &res->columns[0]) /* the name, which every table begins with */
		return pv_stringf(cx->arena, "Custom resource definition column (in JSONPath format): %s",
				  path);
	if (path[0] == '.')
		return pv_stringf(cx->arena, "From %s", path);
	return pv_stringf(cx->arena, "Made for this table: %s", path + (path[0] == '='));
}

static pv_val
definitions(pv_ctx *cx, const pv_resource *res)
{
	pv_listb list;
	pv_objb b;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < res->n_columns; i++) {
		const pv_column *c = &res->columns[i];
		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "name", c->name ? c->name : "");
		pv_objb_puts(&b, "type", c->type ? c->type : "string");
		pv_objb_puts(&b, "format", c->format ? c->format : "");
		pv_objb_put(&b, "description", description_of(cx, res, c));
		pv_objb_put(&b, "priority", pv_int(c->priority));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

static pv_val
list_meta(pv_ctx *cx, const pv_val *const *objects, size_t n, const pv_table_opts *opts)
{
	const char *version = opts->resource_version;
	pv_objb b;

	if (!version && n)
		version = pv_text_at(objects[0], "metadata.resourceVersion", NULL);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "resourceVersion", version);
	if (opts->next && *opts->next)
		pv_objb_puts(&b, "continue", opts->next);
	if (opts->next && *opts->next && opts->remaining >= 0)
		pv_objb_put(&b, "remainingItemCount", pv_int(opts->remaining));
	return pv_objb_end(&b);
}

static void
write_included(pv_ctx *cx, const pv_val *object, const pv_table_opts *opts, pv_buf *out)
{
	const pv_val *meta = pv_get(object, "metadata");
	pv_objb b;

	if (opts->include == PV_TABLE_NONE) {
		pv_buf_adds(out, "null");
		return;
	}
	if (opts->include == PV_TABLE_OBJECT) {
		pv_json_write(out, object);
		return;
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", "PartialObjectMetadata");
	pv_objb_put(&b, "apiVersion",
		    pv_stringf(cx->arena, "meta.k8s.io/%s", opts->version ? opts->version : "v1"));
	pv_objb_put(&b, "metadata", meta ? *meta : pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	pv_val v = pv_objb_end(&b);
	pv_json_write(out, &v);
}

void
pv_table_write(pv_ctx *cx, const pv_resource *res, const pv_val *const *objects, size_t n,
	       const pv_table_opts *opts, pv_buf *out)
{
	const ready *ready_columns = columns_ready(cx, res);
	int64_t now = opts->now_ns ? opts->now_ns : pv_now();
	pv_val meta = list_meta(cx, objects, n, opts), head = definitions(cx, res);

	/* strings: constants around printed values; rows go straight into the answer */
	pv_buf_adds(out, "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/");
	pv_buf_adds(out, pv_streq(opts->version, "v1beta1") ? "v1beta1" : "v1");
	pv_buf_adds(out, "\",\"metadata\":");
	pv_json_write(out, &meta);
	pv_buf_adds(out, ",\"columnDefinitions\":");
	if (opts->no_columns)
		pv_buf_adds(out, "null");
	else
		pv_json_write(out, &head);
	pv_buf_adds(out, ",\"rows\":[");
	for (size_t i = 0; i < n; i++) {
		pv_val row = cells(cx, res, ready_columns, objects[i], now);

		pv_buf_adds(out, i ? ",{\"cells\":" : "{\"cells\":");
		pv_json_write(out, &row);
		pv_buf_adds(out, ",\"object\":");
		write_included(cx, objects[i], opts, out);
		pv_buf_addc(out, '}');
	}
	pv_buf_adds(out, "]}");
}
