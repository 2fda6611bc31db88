#include "cmd/rego_annotations.h"

#include "base/str.h"
#include "base/utf8.h"
#include "lang/rego/annotations.h"

int
rego_annotations_find(pv_ctx *cx, const pv_bundle *b, const char *prefix, pv_vec *ret)
{
	int r = 0;
	pv_vec_init(ret, cx->arena, sizeof(pv_rego_annotation));
	for (size_t i = 0; r == 0 && i < b->modules.len; i++) {
		pv_rego_module m = *PV_AT(pv_rego_module, &b->modules, i);
		m.name = pv_printf(cx->arena, "%s%s", prefix, m.name);
		r = pv_rego_annotations(cx, &m, false, ret);
	}
	pv_rego_annotations_sort(ret);
	return r;
}

/* ---- json ---- */

/* data.a["b"] -> [{type: var, value: data}, {type: string, value: a}...] */
static pv_val
ref_json(pv_ctx *cx, const pv_val *path)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(path); i++) {
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_puts(&o, "type", i == 0 ? "var" : "string");
		pv_objb_put(&o, "value", *pv_item(path, i));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	return pv_listb_end(&list);
}

/* "input.a" -> ["input", "a"] */
static pv_val
split(pv_ctx *cx, const char *text)
{
	pv_str rest = pv_str_of(text), piece;
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	while (pv_str_next(&rest, '.', &piece))
		pv_listb_add(&list, pv_stringn(cx->arena, piece.s, piece.len));
	return pv_listb_end(&list);
}

/* [{input: schema.input}] -> [{path, schema}], [{input: {...}}] -> [{path, definition}] */
static pv_val
schemas_json(pv_ctx *cx, const pv_val *schemas)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(schemas); i++)
		for (size_t k = 0; k < pv_member_count(pv_item(schemas, i)); k++) {
			const pv_member *m = &pv_item(schemas, i)->members[k];
			pv_val path = split(cx, pv_text(&m->key, ""));
			pv_objb o;
			pv_objb_init(&o, cx->arena);
			pv_objb_put(&o, "path", ref_json(cx, &path));
			if (m->val.type == PV_STRING) {
				path = split(cx, m->val.s);
				pv_objb_put(&o, "schema", ref_json(cx, &path));
			} else {
				pv_objb_put(&o, "definition", m->val);
			}
			pv_listb_add(&list, pv_objb_end(&o));
		}
	return pv_listb_end(&list);
}

pv_val
rego_annotations_json(pv_ctx *cx, const pv_vec *all)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < all->len; i++) {
		const pv_rego_annotation *a = PV_AT(pv_rego_annotation, all, i);
		const pv_val *schemas = pv_get(a->says, "schemas");
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, "annotations",
			    schemas ? pv_with(cx->arena, a->says, "schemas", schemas_json(cx, schemas))
				    : *a->says);
		pv_objb_put(&o, "location", pv_rego_place(cx->arena, a->file, a->row, a->column));
		pv_objb_put(&o, "path", ref_json(cx, &a->path));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	return pv_listb_end(&list);
}

/* ---- for people ---- */

static void
put_title(pv_ctx *cx, pv_buf *out, const pv_rego_annotation *a)
{
	const char *title = pv_text_at(a->says, "title", NULL);
	if (!title)
		title = a->rule ? pv_printf(cx->arena, "%s.%s", a->package, a->rule) : a->package;
	pv_buf_printf(out, "%s\n", title);
	for (size_t i = pv_utf8_count(pv_str_of(title)); i > 0; i--)
		pv_buf_addc(out, '=');
	pv_buf_adds(out, "\n\n");
}

typedef struct line {
	const char *name, *text;
} line;

/* Names of one width. */
static void
put_lines(pv_buf *out, const char *title, const pv_vec *lines)
{
	size_t width = 0;
	for (size_t i = 0; i < lines->len; i++) {
		size_t n = pv_utf8_count(pv_str_of(PV_AT(line, lines, i)->name));
		width = n > width ? n : width;
	}
	if (lines->len)
		pv_buf_printf(out, "%s:\n", title);
	for (size_t i = 0; i < lines->len; i++) {
		const line *l = PV_AT(line, lines, i);
		size_t n = pv_utf8_count(pv_str_of(l->name));
		pv_buf_printf(out, " %s", l->name);
		if (l->text)
			pv_buf_printf(out, "%*s %s", (int)(width - n), "", l->text);
		pv_buf_addc(out, '\n');
	}
	if (lines->len)
		pv_buf_addc(out, '\n');
}

static const char *
json(pv_ctx *cx, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_rego_write(&b, v, NULL, true);
	return b.s;
}

static line
line_of(pv_ctx *cx, const char *section, const pv_val *v)
{
	const char *mail = pv_text_at(v, "email", ""), *name = pv_text_at(v, "name", "");
	if (pv_streq(section, "authors"))
		return (line){*mail ? pv_printf(cx->arena, "%s%s<%s>", name, *name ? " " : "", mail) : name,
			      NULL};
	if (pv_streq(section, "related_resources"))
		return (line){pv_text_at(v, "ref", ""), pv_text_at(v, "description", NULL)};
	return (line){pv_text(v, ""), NULL};
}

/* {NAME: VALUE} */
static void
put_members(pv_ctx *cx, pv_vec *lines, const pv_val *v, const char *colon, bool plain)
{
	for (size_t i = 0; i < pv_count(v); i++) {
		const pv_member *m = pv_sorted(v, i);
		line l = {pv_printf(cx->arena, "%s%s", pv_text(&m->key, ""), colon),
			  plain && m->val.type == PV_STRING ? m->val.s : json(cx, &m->val)};
		pv_vec_push(lines, &l);
	}
}

static void
put_sections(pv_ctx *cx, pv_buf *out, const pv_val *says)
{
	static const char *const lists[][2] = {{"organizations", "Organizations"},
					       {"authors", "Authors"},
					       {"schemas", "Schemas"},
					       {"related_resources", "Related Resources"},
					       {"custom", "Custom"}};
	for (size_t i = 0; i < PV_LEN(lists); i++) {
		const pv_val *v = pv_get(says, lists[i][0]);
		pv_vec lines;
		pv_vec_init(&lines, cx->arena, sizeof(line));
		if (pv_is(v, PV_OBJECT))
			put_members(cx, &lines, v, ":", false);
		for (size_t k = 0; pv_is(v, PV_LIST) && k < pv_count(v); k++) {
			line l = line_of(cx, lists[i][0], pv_item(v, k));
			if (pv_streq(lists[i][0], "schemas"))
				put_members(cx, &lines, pv_item(v, k), ":", true);
			else
				pv_vec_push(&lines, &l);
		}
		put_lines(out, lists[i][1], &lines);
	}
}

void
rego_annotations_put(pv_ctx *cx, pv_buf *out, const pv_vec *all)
{
	if (all->len)
		pv_buf_adds(out, "ANNOTATIONS:\n");
	for (size_t i = 0; i < all->len; i++) {
		const pv_rego_annotation *a = PV_AT(pv_rego_annotation, all, i);
		const char *description = pv_text_at(a->says, "description", "");
		put_title(cx, out, a);
		if (*description)
			pv_buf_printf(out, "%s\n\n", description);
		pv_buf_printf(out, "Package:  %s\n", a->package);
		if (a->rule)
			pv_buf_printf(out, "Rule:     %s\n", a->rule);
		pv_buf_printf(out, "Location: %s:%d\nScope: %s\n", a->file, a->row,
			      pv_text_at(a->says, "scope", ""));
		if (pv_truth_at(a->says, "entrypoint", false))
			pv_buf_adds(out, "Entrypoint: true\n");
		pv_buf_addc(out, '\n');
		put_sections(cx, out, a->says);
	}
}
