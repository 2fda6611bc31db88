/* verb: `pave catalog validate PATH...`: what the catalog would say, before a push. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/map.h"
#include "base/str.h"
#include "core/args/args.h"
#include "lang/glob/glob.h"
#include "portal/catalog/entity.h"
#include "portal/catalog/files.h"
#include "portal/catalog/parse.h"

#define FILE_LIMIT (16u << 20)
#define FOLDER_DEPTH 64

struct run {
	pv_ctx *cx;
	const pv_val *paths; /* patterns in folders */
	pv_map *seen;        /* ref -> entity */
	bool wrong;
};

/* A place's paths are below `root`: "" or "DIR/". */
struct place {
	const char *root;
	const char *const *all; /* of a folder: every file; NULL: a single one */
	size_t n;
};

/* ---- reading ---- */

static int
add_text(pv_ctx *cx, const char *root, const char *path, pv_listb *out)
{
	pv_str text;
	pv_objb b;
	int r = pv_file_load(cx, pv_printf(cx->arena, "%s%s", root, path), FILE_LIMIT, &text);
	if (r < 0)
		return r;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "path", path);
	pv_objb_put(&b, "text", pv_stringn(cx->arena, text.s, text.len));
	pv_listb_add(out, pv_objb_end(&b));
	return 0;
}

static bool
matches(const pv_val *globs, const char *path)
{
	for (size_t i = 0; i < pv_count(globs); i++)
		if (pv_glob_match(pv_text(pv_item(globs, i), ""), path))
			return true;
	return false;
}

static int
texts(pv_ctx *cx, void *arg, const pv_val *globs, pv_val *ret)
{
	const struct place *place = arg;
	pv_listb list;
	pv_objb b;
	int r = 0;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; r == 0 && i < place->n; i++)
		if (matches(globs, place->all[i]))
			r = add_text(cx, place->root, place->all[i], &list);
	for (size_t i = 0; !place->all && i < pv_count(globs); i++)
		if (add_text(cx, "", pv_text(pv_item(globs, i), ""), &list) < 0)
			(void)pv_recover(cx); /* the placeholder's own error says so */
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "files", pv_listb_end(&list));
	*ret = pv_objb_end(&b);
	return r;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every file below, without links and what is hidden: a repository's tree. */
static int
list_files(pv_ctx *cx, const char *root, const char *folder, int depth, pv_vec *out)
{
	const char *place = pv_printf(cx->arena, "%s%s", root, folder);
	const struct dirent *e;
	int r = 0;
	DIR *d;
	if (depth > FOLDER_DEPTH)
		return pv_fail(cx, PV_ETOOLARGE, "%s: more than %d folders in each other", place,
			       FOLDER_DEPTH);
	d = opendir(place);
	if (!d)
		return pv_fail(cx, PV_ENOTFOUND, "%s: the folder cannot be read", place);
	while (r == 0 && (e = readdir(d)) != NULL) {
		char *path = pv_printf(cx->arena, "%s%s", folder, e->d_name);
		struct stat st;
		if (e->d_name[0] == '.' || lstat(pv_printf(cx->arena, "%s%s", root, path), &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			r = list_files(cx, root, pv_printf(cx->arena, "%s/", path), depth + 1, out);
		else if (S_ISREG(st.st_mode))
			pv_vec_push(out, &path);
	}
	closedir(d);
	return r;
}

/* ---- telling ---- */

static void
tell_error(struct run *run, const char *root, const pv_val *e)
{
	const char *ref = pv_text_at(e, "ref", NULL);
	run->wrong = true;
	printf("%s%s:%lld: %s%s%s\n", root, pv_text_at(e, "file", ""), (long long)pv_i64_at(e, "line", 0),
	       ref ? ref : "", ref ? ": " : "", pv_text_at(e, "message", ""));
}

/* Of a file alone, each document is checked; what they are together only a repository says. */
static bool
is_same(const char *root, const pv_val *first, const char *place, long long line)
{
	return pv_streq(pv_text_at(first, "file", ""), place) &&
	       (!*root || pv_i64_at(first, "line", 0) == line);
}

/* What a Location's document says can be right, and what it leads to wrong. */
static bool
is_faulty(const pv_val *errors, const pv_val *found)
{
	for (size_t i = 0; i < pv_count(errors); i++)
		if (pv_eq(pv_get(pv_item(errors, i), "ref"), pv_get(found, "ref")) &&
		    pv_eq(pv_get(pv_item(errors, i), "file"), pv_get(found, "file")))
			return true;
	return false;
}

static void
tell_entity(struct run *run, const char *root, const pv_val *found, const pv_val *errors)
{
	const char *ref = pv_text_at(found, "ref", ""),
		   *place = pv_printf(run->cx->arena, "%s%s", root, pv_text_at(found, "file", ""));
	long long line = (long long)pv_i64_at(found, "line", 0);
	const pv_val *first = pv_map_finds(run->seen, ref);
	pv_objb b;
	if (first && !is_same(root, first, place, line)) {
		run->wrong = true;
		printf("%s:%lld: %s\n", place, line, parse_twice(run->cx->arena, first));
		return;
	}
	if (!is_faulty(errors, found))
		printf("%s:%lld: %s ok\n", place, line, ref);
	pv_objb_from(&b, run->cx->arena, found);
	pv_objb_puts(&b, "file", place);
	pv_map_puts(run->seen, ref, (void *)(uintptr_t)pv_box(run->cx->arena, pv_objb_end(&b)));
}

static void
tell(struct run *run, const char *root, const pv_val *read)
{
	const pv_val *errors = pv_get(read, "errors"), *entities = pv_get(read, "entities");
	for (size_t i = 0; i < pv_count(errors); i++)
		tell_error(run, root, pv_item(errors, i));
	for (size_t i = 0; i < pv_count(entities); i++)
		tell_entity(run, root, pv_item(entities, i), errors);
}

/* ---- a folder, as a source reads a repository; a file, alone ---- */

static int
validate_folder(struct run *run, const char *folder)
{
	struct place place = {
		.root = pv_printf(run->cx->arena, "%s%s", folder, pv_ends_with(folder, "/") ? "" : "/")};
	files_place from = {texts, files_parse, &place};
	pv_vec all;
	pv_val read;
	int r;
	pv_vec_init(&all, run->cx->arena, sizeof(char *));
	r = list_files(run->cx, place.root, "", 0, &all);
	if (r < 0)
		return r;
	pv_vec_sort(&all, by_text);
	place.all = all.data;
	place.n = all.len;
	r = files_read(run->cx, &from, run->paths, &read);
	if (r < 0)
		return r;
	if (pv_i64_at(&read, "files", 0) == 0)
		return pv_fail(run->cx, PV_ENOTFOUND,
			       "%s: no file matches %s; name others with --paths 'catalog/*.yaml'", folder,
			       pv_text(pv_item(run->paths, 0), ""));
	tell(run, place.root, &read);
	return 0;
}

/* Its Locations are not followed: the files they name are checked when they are named, too. */
static int
validate_file(struct run *run, const char *file)
{
	struct place place = {.root = ""};
	parse_out out;
	pv_listb reads;
	pv_val named = pv_null();
	pv_str text;
	int r = pv_file_load(run->cx, pv_streq(file, "-") ? "/dev/stdin" : file, FILE_LIMIT, &text);
	if (r < 0)
		return r;
	parse_out_init(&out, run->cx->arena);
	parse_file(run->cx, file, text, NULL, &out);
	if (out.reads.len) {
		pv_val list, got;
		pv_listb_init(&reads, run->cx->arena);
		for (size_t i = 0; i < out.reads.len; i++)
			pv_listb_add(&reads, out.reads.members[i].key);
		list = pv_listb_end(&reads);
		r = texts(run->cx, &place, &list, &got);
		if (r < 0)
			return r;
		named = *pv_get(&got, "files");
		parse_out_init(&out, run->cx->arena);
		parse_file(run->cx, file, text, &named, &out);
	}
	for (size_t i = 0; i < out.errors.len; i++)
		tell_error(run, "", &out.errors.items[i]);
	for (size_t i = 0; i < out.entities.len; i++)
		tell_entity(run, "", &out.entities.items[i], NULL);
	return 0;
}

static int
run_validate(pv_ctx *cx, const pv_args *args)
{
	struct run run = {.cx = cx, .seen = pv_map_new(cx->arena)};
	pv_listb globs;
	const char *glob;
	pv_val paths;
	if (pv_args_count(args) == 0)
		return pv_fail(
			cx, PV_EUSAGE,
			"expected at least one file or folder: pave catalog validate catalog-info.yaml");
	pv_listb_init(&globs, cx->arena);
	for (size_t i = 0; (glob = pv_args_nth(args, "paths", i)); i++) {
		if (!pv_glob_valid(glob))
			return pv_fail(cx, PV_EUSAGE,
				       "--paths: expected a pattern such as catalog/*.yaml, found \"%s\"",
				       glob);
		pv_listb_add(&globs, pv_string(cx->arena, glob));
	}
	paths = pv_listb_end(&globs);
	run.paths = files_paths(cx, &paths);
	for (size_t i = 0; i < pv_args_count(args); i++) {
		const char *path = pv_args_at(args, i);
		struct stat st;
		int r = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? validate_folder(&run, path)
								    : validate_file(&run, path);
		if (r < 0) {
			run.wrong = true;
			printf("%s\n", pv_error_text(cx));
			(void)pv_recover(cx);
		}
	}
	return run.wrong ? PV_EXIT_FAILED : PV_EXIT_OK;
}

static const pv_option options[] = {
	{"paths", 0, "PATTERN",
	 "which files of a folder have entities (default **/catalog-info.yaml and .yml); may be repeated"},
	{0},
};

const pv_verb catalog_verbs[] = {
	{.name = "catalog validate",
	 .usage = "PATH...",
	 .summary = "check catalog entity files as the catalog would",
	 .help = "Prints FILE:LINE: ENTITY: fault for everything that is wrong, and ok for each entity that is valid.  A folder is\n"
		 "read as a CatalogSource reads a repository, with the files that its Locations name; - is standard input.\n"
		 "Exit code 1 if anything is wrong.\n\n  pave catalog validate .",
	 .options = options,
	 .run = run_validate},
	{0},
};
