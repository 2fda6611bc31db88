/* ask: files, servers and formats. */
#include "cmd/ask.h"
#include "cmd/gotext.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "cmd/input.h"
#include "core/api/api.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define FOLDERS_DEEP 100

int
ask_open(pv_ctx *cx, const pv_args *args, pv_client **ret)
{
	pv_client_conf conf = {.kubeconfig = pv_args_text(args, "kubeconfig", NULL),
			       .context = pv_args_text(args, "context", NULL),
			       .ns = pv_args_text(args, "namespace", NULL)};
	return pv_client_open(cx, &conf, ret);
}

char *
ask_label(pv_arena *arena, const pv_client_kind *kind, const char *name)
{
	char *word = pv_strdup(arena, kind->kind);
	for (char *c = word; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return *kind->group ? pv_printf(arena, "%s.%s/%s", word, kind->group, name)
			    : pv_printf(arena, "%s/%s", word, name);
}

/* ---- documents ---- */

static void
add_document(pv_ctx *cx, const ask_doc *found, pv_vec *ret)
{
	const pv_val *v = found->object, *items = pv_get(v, "items");
	if (pv_is(v, PV_NULL))
		return;
	if (!pv_ends_with(pv_text_at(v, "kind", ""), "List") || !pv_is(items, PV_LIST)) {
		pv_vec_push(ret, found);
		return;
	}
	for (size_t i = 0; i < pv_count(items); i++) {
		ask_doc item = *found;
		item.object = pv_item(items, i);
		item.base = pv_printf(cx->arena, "%sitems[%zu].", found->base, i);
		add_document(cx, &item, ret);
	}
}

/* As kubectl reads it: a stream of JSON documents, by the file's name, or by how it begins (a YAML mapping
 * in braces hardly has a quote there).  Its faults are told as those of JSON. */
static bool
is_json(const char *file, pv_str text)
{
	pv_str rest = pv_str_trim(text);

	if (pv_streq(file, "-"))
		return input_is_json(text);
	return pv_ends_with(file, ".json") && !(rest.len && rest.s[0] == '-'); /* "---": YAML all the same */
}

static int
add_json(pv_ctx *cx, const char *name, pv_str text, pv_vec *ret)
{
	pv_json_opts opts = {.file = name, .start = text.s};
	pv_str rest = text;
	int r = 0, line = 1;

	while (r == 0) {
		const char *from = rest.s;
		const pv_val *v;

		r = pv_json_next(cx, &rest, &opts, &v);
		if (r < 0 || !v)
			return r;
		add_document(cx, &(ask_doc){name, line, v, text, ""}, ret);
		for (; from < rest.s; from++)
			line += *from == '\n';
	}
	return r;
}

static int
add_file(pv_ctx *cx, const char *file, pv_vec *ret)
{
	pv_yaml_opts opts = {0};
	pv_vec docs;
	pv_str text;
	int r = input_load_file(cx, file, &text, &opts.file);
	if (r == 0 && is_json(file, text))
		return add_json(cx, opts.file, text, ret);
	if (r == 0)
		r = pv_yaml_parse_all(cx, text, &opts, &docs);
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const pv_yaml_doc *doc = PV_AT(pv_yaml_doc, &docs, i);
		add_document(cx, &(ask_doc){opts.file, doc->line, doc->val, text, ""}, ret);
	}
	return r;
}

static bool
is_manifest(const char *name)
{
	return pv_ends_with(name, ".yaml") || pv_ends_with(name, ".yml") || pv_ends_with(name, ".json");
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_folder(pv_ctx *cx, const char *dir, int depth, pv_vec *ret);

/* A link to a folder is not followed. */
static int
add_entry(pv_ctx *cx, const char *path, int depth, pv_vec *ret)
{
	struct stat st;
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return depth > 0 ? add_folder(cx, path, depth - 1, ret) : 0;
	return is_manifest(path) ? add_file(cx, path, ret) : 0;
}

/* depth: levels of folders below it that are read, too. */
static int
add_folder(pv_ctx *cx, const char *dir, int depth, pv_vec *ret)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	pv_vec entries;
	int r = 0;
	if (!d)
		return pv_fail(cx, PV_ENOTFOUND, "%s: %s", dir, strerror(errno));
	pv_vec_init(&entries, cx->arena, sizeof(const char *));
	while ((e = readdir(d)))
		if (!pv_streq(e->d_name, ".") && !pv_streq(e->d_name, ".."))
			pv_vec_push(&entries, &(const char *){pv_printf(cx->arena, "%s/%s", dir, e->d_name)});
	closedir(d);
	pv_vec_sort(&entries, by_text);
	for (size_t i = 0; r == 0 && i < entries.len; i++)
		r = add_entry(cx, *PV_AT(const char *, &entries, i), depth, ret);
	return r;
}

int
ask_documents(pv_ctx *cx, const char *file, bool recursive, pv_vec *ret)
{
	struct stat st;
	if (pv_starts_with(file, "https://") || pv_starts_with(file, "http://"))
		return pv_fail(
			cx, PV_EUNSUPPORTED,
			"%s: addresses are not read, only files, folders and standard input: fetch it first, or "
			"curl -fsSL %s into -f -",
			file, file);
	if (!pv_streq(file, "-") && stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		return add_folder(cx, file, recursive ? FOLDERS_DEEP : 0, ret);
	return add_file(cx, file, ret);
}

int
ask_filenames(pv_ctx *cx, const pv_args *args, pv_vec *ret)
{
	const char *file;
	int r = 0;
	pv_vec_init(ret, cx->arena, sizeof(ask_doc));
	for (size_t n = 0; r == 0 && (file = pv_args_nth(args, "filename", n)); n++)
		r = ask_documents(cx, file, pv_args_has(args, "recursive"), ret);
	return r;
}

/* ---- printing ---- */

void
ask_print_warnings(const pv_vec *warnings)
{
	for (size_t i = 0; i < warnings->len; i++)
		fprintf(stderr, "%sWarning:%s %s\n", ask_colour(stderr, "33"), ask_colour(stderr, "0"),
			*PV_AT(const char *, warnings, i));
}

static void
print_error_text(pv_ctx *cx)
{
	const pv_error *e = cx->err;
	fprintf(stderr, "%spave:%s %s\n", ask_colour(stderr, "31"), ask_colour(stderr, "0"),
		gotext_visible(cx->arena, pv_error_text(cx)));
	for (const pv_cause *c = e->causes; c; c = c->next) {
		if (!c->field || !*c->field || (!e->causes->next && strstr(e->message, c->field)))
			continue; /* the text has a single one already, as a rule */
		if (c->file)
			fprintf(stderr, "  %s:%d: ", c->file, c->line);
		fprintf(stderr, "%s%s: %s\n", c->file ? "" : "  ", gotext_visible(cx->arena, c->field),
			gotext_visible(cx->arena, c->message));
	}
}

/* A fault of a file that has no causes is one, with its place. */
static void
print_status(pv_ctx *cx, bool yaml)
{
	pv_error *e = cx->err;
	const char *found = e->message;
	pv_val status;
	pv_buf out;
	e->message = pv_error_text(cx);
	if (e->file && !e->causes) {
		pv_add_cause(cx, "FieldValueInvalid", NULL, "%s", found);
		e->causes->file = e->file;
		e->causes->line = e->line;
	}
	status = pv_api_status(cx->arena, e);
	pv_buf_init(&out, cx->arena);
	if (yaml) {
		pv_buf_adds(&out, "---\n");
		pv_yaml_write(&out, &status);
	} else {
		pv_json_write(&out, &status);
		pv_buf_addc(&out, '\n');
	}
	fwrite(out.s, 1, out.len, stderr);
}

int
ask_print_error(pv_ctx *cx, const pv_args *args, int r)
{
	const char *format = args ? pv_args_text(args, "output", "") : "";
	if (pv_streq(format, "json") || pv_streq(format, "yaml"))
		print_status(cx, pv_streq(format, "yaml"));
	else
		print_error_text(cx);
	pv_recover(cx);
	return pv_exit_of(r);
}

void
ask_go_on(pv_ctx *cx, const pv_args *args, int r, int *worst)
{
	int code = r < 0 ? ask_print_error(cx, args, r) : PV_EXIT_OK;
	*worst = code > *worst ? code : *worst;
}

static bool
has_colours(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	return isatty(fileno(to)) && !(no && *no) && term && !pv_streq(term, "dumb");
}

const char *
ask_colour(FILE *to, const char *code)
{
	static const char *const codes[][2] = {{"0", "\033[0m"},   {"1", "\033[1m"},   {"2", "\033[2m"},
					       {"31", "\033[31m"}, {"32", "\033[32m"}, {"33", "\033[33m"},
					       {"34", "\033[34m"}};
	for (size_t i = 0; has_colours(to) && i < PV_LEN(codes); i++)
		if (pv_streq(codes[i][0], code))
			return codes[i][1];
	return "";
}
