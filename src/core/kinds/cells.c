/* Computed cells: what `kubectl get` shows of built-in kinds beside plain fields. */
#include "core/kinds/cells.h"
#include "base/str.h"
#include "base/time.h"

static const struct {
	const char *name;
	pv_cell *make;
} cells[] = {
#define CELL(text, fn) {text, pv_cell_##fn},
	PV_CELLS
#undef CELL
};

pv_val
pv_kind_cell(pv_ctx *cx, const char *name, const pv_val *object, int64_t now_ns)
{
	cell c = {cx, object, now_ns};

	for (size_t i = 0; i < PV_LEN(cells); i++)
		if (pv_streq(cells[i].name, name))
			return cells[i].make(&c);
	return pv_null();
}

/* ---- pieces ---- */

pv_val
pv_cell_text(const cell *c, const char *s)
{
	return pv_string(c->cx->arena, s);
}

pv_val
pv_cell_or(const cell *c, const char *path, const char *otherwise)
{
	const char *s = pv_text_at(c->object, path, "");

	return pv_cell_text(c, *s ? s : otherwise);
}

pv_val
pv_cell_count(const cell *c, const char *path)
{
	return pv_int(pv_i64_at(c->object, path, 0));
}

pv_val
pv_cell_since(const cell *c, const char *text)
{
	int64_t then;

	if (!text || !pv_time_parse(pv_str_of(text), &then))
		return pv_cell_text(c, "<unknown>");
	return pv_cell_text(c, pv_age_format(c->cx->arena, c->now - then));
}

void
pv_cell_join(pv_buf *b, const char *separator, const char *s)
{
	if (b->len)
		pv_buf_adds(b, separator);
	pv_buf_adds(b, s);
}

pv_val
pv_cell_joined(const cell *c, const pv_buf *b, const char *otherwise)
{
	return pv_cell_text(c, b->len ? b->s : otherwise);
}

const char *
pv_cell_scalar(const cell *c, const pv_val *v)
{
	return pv_scalar_text(c->cx->arena, v);
}

/* One field of each item, joined. */
pv_val
pv_cell_each(const cell *c, const pv_val *list, const char *field, const char *separator,
	     const char *otherwise)
{
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_cell_join(&b, separator,
			     pv_cell_scalar(c, field ? pv_at(pv_item(list, i), field) : pv_item(list, i)));
	return pv_cell_joined(c, &b, otherwise);
}

/* "a=b,c=d" in key order. */
const char *
pv_cell_pairs(const cell *c, const pv_val *map)
{
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; pv_is(map, PV_OBJECT) && i < map->len; i++) {
		const pv_member *m = pv_sorted(map, i);

		pv_cell_join(&b, ",", m->key.s);
		pv_buf_addc(&b, '=');
		pv_buf_adds(&b, pv_cell_scalar(c, &m->val));
	}
	return b.len ? b.s : "";
}

/* A LabelSelector as text (apimachinery FormatLabelSelector). */
const char *
pv_cell_selector(const cell *c, const pv_val *selector)
{
	const pv_val *terms = pv_get(selector, "matchExpressions");
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	pv_buf_adds(&b, pv_cell_pairs(c, pv_get(selector, "matchLabels")));
	for (size_t i = 0; i < pv_count(terms); i++) {
		const pv_val *t = pv_item(terms, i), *values = pv_get(t, "values");
		const char *op = pv_text(pv_get(t, "operator"), ""), *key = pv_text(pv_get(t, "key"), "");

		pv_cell_join(&b, ",", pv_streq(op, "DoesNotExist") ? "!" : "");
		pv_buf_adds(&b, key);
		if (!pv_streq(op, "In") && !pv_streq(op, "NotIn"))
			continue;
		pv_buf_adds(&b, pv_streq(op, "In") ? " in (" : " notin (");
		for (size_t k = 0; k < pv_count(values); k++) {
			pv_buf_adds(&b, k ? "," : "");
			pv_buf_adds(&b, pv_text(pv_item(values, k), ""));
		}
		pv_buf_addc(&b, ')');
	}
	return b.len ? b.s : "<none>";
}

const pv_val *
pv_cell_condition(const pv_val *list, const char *type)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text(pv_get(pv_item(list, i), "type"), ""), type))
			return pv_item(list, i);
	return NULL;
}

/* ---- any kind ---- */

pv_val
pv_cell_age(const cell *c)
{
	return pv_cell_since(c, pv_text_at(c->object, "metadata.creationTimestamp", NULL));
}

pv_val
pv_cell_created(const cell *c)
{
	return pv_cell_or(c, "metadata.creationTimestamp", "<unknown>");
}

pv_val
pv_cell_data(const cell *c)
{
	return pv_int(
		(int64_t)(pv_count(pv_get(c->object, "data")) + pv_count(pv_get(c->object, "binaryData"))));
}

pv_val
pv_cell_secrets(const cell *c)
{
	return pv_int((int64_t)pv_count(pv_get(c->object, "secrets")));
}
