#include "cmd/output.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "cmd/gotext.h"
#include "cmd/tabs.h"
#include "lang/jsonpath/jsonpath.h"
#include "lang/yaml/yaml.h"

#define TEMPLATE_LIMIT (1u << 20)

static const struct {
	const char *name; /* with "=", a template or a file follows */
	enum output_form form;
	bool file;
} forms[] = {
	{"table", OUTPUT_TEXT, false},
	{"wide", OUTPUT_WIDE, false},
	{"name", OUTPUT_NAME, false},
	{"json", OUTPUT_JSON, false},
	{"yaml", OUTPUT_YAML, false},
	{"jsonpath=", OUTPUT_JSONPATH, false},
	{"jsonpath-file=", OUTPUT_JSONPATH, true},
	{"jsonpath-as-json=", OUTPUT_JSONPATH_AS_JSON, false},
	{"custom-columns=", OUTPUT_COLUMNS, false},
	{"custom-columns-file=", OUTPUT_COLUMNS, true},
};

typedef struct column {
	const char *header;
	pv_jsonpath *path;
} column;

/* ---- columns ---- */

static int
add_column(pv_ctx *cx, output *out, const char *header, const char *path)
{
	column *c = pv_vec_add(&out->columns);

	c->header = header;
	return pv_jsonpath_parse(cx, path, &c->path);
}

/* NAME:.metadata.name,IMAGE:.spec.containers[*].image */
static int
columns_of_text(pv_ctx *cx, output *out, const char *text)
{
	pv_str rest = pv_str_of(text), piece;
	int r = 0;

	if (!text[0])
		return pv_fail(cx, PV_EUSAGE,
			       "custom-columns: expected HEADER:PATH,... such as NAME:.metadata.name");
	while (r == 0 && pv_str_next(&rest, ',', &piece)) {
		const char *one = pv_strndup(cx->arena, piece.s, piece.len), *colon = strchr(one, ':');

		if (!colon)
			return pv_fail(cx, PV_EUSAGE,
				       "custom-columns: expected HEADER:PATH such as NAME:.metadata.name, "
				       "found \"%s\"",
				       one);
		r = add_column(cx, out, pv_strndup(cx->arena, one, (size_t)(colon - one)), colon + 1);
	}
	return r;
}

static void
words_of(pv_ctx *cx, pv_str line, pv_vec *ret)
{
	pv_vec_init(ret, cx->arena, sizeof(const char *));
	for (size_t i = 0, from; i < line.len;) {
		while (i < line.len && strchr(" \t\r", line.s[i]))
			i++;
		from = i;
		while (i < line.len && !strchr(" \t\r", line.s[i]))
			i++;
		if (i > from)
			pv_vec_push(ret, &(const char *){pv_strndup(cx->arena, line.s + from, i - from)});
	}
}

/* A line of headers, and a line of paths. */
static int
columns_of_file(pv_ctx *cx, output *out, const char *file, pv_str text)
{
	pv_str line = {0};
	pv_vec headers, paths;
	int r = 0;

	(void)pv_str_next(&text, '\n', &line);
	words_of(cx, line, &headers);
	line = (pv_str){0};
	(void)pv_str_next(&text, '\n', &line);
	words_of(cx, line, &paths);
	if (!headers.len || headers.len != paths.len)
		return pv_fail(
			cx, PV_EUSAGE,
			"%s: expected a line of headers and a line of as many paths, found %zu and %zu", file,
			headers.len, paths.len);
	for (size_t i = 0; r == 0 && i < headers.len; i++)
		r = add_column(cx, out, *PV_AT(const char *, &headers, i), *PV_AT(const char *, &paths, i));
	return r;
}

static int
value_of(pv_ctx *cx, const column *c, const pv_val *object, const char **ret)
{
	pv_vec found;
	pv_buf text;
	int r = pv_jsonpath_find(cx, c->path, object, true, &found);

	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; r == 0 && i < found.len; i++)
		pv_buf_printf(&text, "%s%s", i ? "," : "",
			      gotext(cx->arena, *PV_AT(const pv_val *, &found, i)));
	*ret = r == 0 && found.len ? text.s : "<none>";
	return r;
}

static int
add_row(pv_ctx *cx, output *out, const pv_val *object)
{
	int r = 0;

	tabs_line(out->tabs, cx->arena);
	for (size_t i = 0; r == 0 && i < out->columns.len; i++) {
		const char *text;

		r = value_of(cx, PV_AT(column, &out->columns, i), object, &text);
		if (r == 0)
			tabs_cell(out->tabs, cx->arena, text);
	}
	return r;
}

static int
print_columns(pv_ctx *cx, output *out, const pv_val *object)
{
	const pv_val *items = pv_get(object, "items");
	int r = 0;

	if (!out->no_headers) {
		tabs_line(out->tabs, cx->arena);
		for (size_t i = 0; i < out->columns.len; i++)
			tabs_cell(out->tabs, cx->arena, PV_AT(column, &out->columns, i)->header);
		out->no_headers = true; /* once */
	}
	if (!pv_is(items, PV_LIST))
		r = add_row(cx, out, object);
	for (size_t i = 0; r == 0 && i < pv_count(items); i++)
		r = add_row(cx, out, pv_item(items, i));
	if (r == 0)
		tabs_flush(out->tabs);
	return r;
}

/* ---- the option ---- */

static bool
is_offered(const pv_args *args, const char *name)
{
	const pv_option *o = pv_args_verb(args)->options;
	pv_str rest, one;

	while (o->name && strcmp(o->name, "output") != 0)
		o++;
	rest = pv_str_of(o->value);
	while (pv_str_next(&rest, '|', &one))
		if (one.len >= strlen(name) && strncmp(one.s, name, strlen(name)) == 0 &&
		    (one.len == strlen(name) || pv_ends_with(name, "=")))
			return true;
	return false;
}

static int
refuse(pv_ctx *cx, const pv_args *args, const char *format)
{
	const pv_option *o = pv_args_verb(args)->options;
	pv_str rest, one;
	const char *text = "";

	while (strcmp(o->name, "output") != 0)
		o++;
	rest = pv_str_of(o->value);
	while (pv_str_next(&rest, '|', &one))
		text = pv_printf(cx->arena, "%s%s%.*s", text,
				 !*text     ? ""
				 : rest.len ? ", "
					    : " or ",
				 (int)one.len, one.s);
	return pv_fail(cx, PV_EUSAGE, "--output: expected %s, found \"%s\"", text, format);
}

/* What stands behind "=", or in the file that it names. */
static int
compile(pv_ctx *cx, output *out, const char *text, bool file)
{
	pv_str content;
	int r = 0;

	if (file) {
		r = pv_file_load(cx, text, TEMPLATE_LIMIT, &content);
		if (r < 0)
			return r;
	}
	if (out->form != OUTPUT_COLUMNS)
		return pv_jsonpath_parse(cx, file ? pv_strndup(cx->arena, content.s, content.len) : text,
					 &out->path);
	pv_vec_init(&out->columns, cx->arena, sizeof(column));
	out->tabs = pv_new(cx->arena, tabs);
	tabs_init(out->tabs, cx->arena);
	return file ? columns_of_file(cx, out, text, content) : columns_of_text(cx, out, text);
}

int
output_parse(pv_ctx *cx, const pv_args *args, const char *otherwise, output *ret)
{
	const char *format = pv_args_text(args, "output", otherwise);

	*ret = (output){.form = OUTPUT_TEXT};
	for (size_t i = 0; format && i < PV_LEN(forms); i++) {
		const char *name = forms[i].name;
		bool template = pv_ends_with(name, "=");

		if (template ? !pv_starts_with(format, name) : !pv_streq(format, name))
			continue;
		if (!is_offered(args, name))
			break;
		ret->form = forms[i].form;
		return template ? compile(cx, ret, format + strlen(name), forms[i].file) : 0;
	}
	return format ? refuse(cx, args, format) : 0;
}

bool
output_is_text(const output *out)
{
	return out->form <= OUTPUT_NAME;
}

/* All that the path finds, as a list. */
static int
print_found(pv_ctx *cx, const output *out, const pv_val *object, pv_buf *text)
{
	pv_listb list;
	pv_vec found;
	pv_val made;
	int r = pv_jsonpath_find(cx, out->path, object, true, &found);

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; r == 0 && i < found.len; i++)
		pv_listb_add(&list, **PV_AT(const pv_val *, &found, i));
	made = pv_listb_end(&list);
	gotext_json(text, &made, 4);
	return r;
}

int
output_print(pv_ctx *cx, output *out, const pv_val *object)
{
	pv_buf text;
	int r = 0;

	pv_buf_init(&text, cx->arena);
	switch (out->form) {
	case OUTPUT_JSON: gotext_json(&text, object, 4); break;
	case OUTPUT_YAML: pv_yaml_write(&text, object); break;
	case OUTPUT_JSONPATH: r = pv_jsonpath_print(cx, out->path, object, true, &text); break;
	case OUTPUT_JSONPATH_AS_JSON: r = print_found(cx, out, object, &text); break;
	case OUTPUT_COLUMNS: return print_columns(cx, out, object);
	case OUTPUT_TEXT:
	case OUTPUT_WIDE:
	case OUTPUT_NAME: break;
	}
	if (r == 0)
		fwrite(text.s, 1, text.len, stdout);
	return r;
}
