/* tree: the files of a repository's tree, read as they are asked for: a file, or a folder with all below it. */
#include <string.h>

#include "delivery/helm/helm.h"
#include "delivery/kustomize/impl.h"

typedef struct tree {
	kust_files files;
	kust_reader *read;
	void *of;
	pv_map *texts;   /* path -> const pv_val *: {text} */
	pv_map *folders; /* that are there */
	pv_map *whole;   /* paths that were read, with all below them */
} tree;

static int
read_below(pv_ctx *cx, tree *t, const char *path)
{
	const pv_val both[] = {pv_string_ref(path), pv_stringf(cx->arena, "%s%s**", path, *path ? "/" : "")};
	pv_val globs = pv_list_of(cx->arena, both, 2), found;
	int r = t->read(cx, t->of, &globs, &found);
	const pv_val *files = r == 0 ? pv_get(&found, "files") : NULL;
	for (size_t i = 0; i < pv_count(files); i++) {
		const pv_val *f = pv_box(cx->arena, *pv_item(files, i));
		const char *name = pv_text_at(f, "path", ""), *slash = name;
		pv_map_puts(t->texts, name, (void *)(uintptr_t)f);
		pv_map_puts(t->folders, "", t);
		while ((slash = strchr(slash + 1, '/')) != NULL) /* the folders above it are there */
			pv_map_puts(t->folders, pv_strndup(cx->arena, name, (size_t)(slash - name)), t);
	}
	pv_map_puts(t->whole, pv_strdup(cx->arena, path), t);
	return r;
}

static bool
was_read(pv_arena *arena, const tree *t, const char *path)
{
	const char *slash;
	while (!pv_map_finds(t->whole, path) && (slash = strrchr(path, '/')) != NULL)
		path = pv_strndup(arena, path, (size_t)(slash - path));
	return pv_map_finds(t->whole, path) || pv_map_finds(t->whole, "");
}

static enum kust_entry
find(pv_ctx *cx, const kust_files *files, const char *path, const char **ret_real)
{
	tree *t = files->of;
	*ret_real = path;
	if (!was_read(cx->arena, t, path + 1) && read_below(cx, t, path + 1) < 0)
		pv_recover(cx);
	return pv_map_finds(t->texts, path + 1)     ? KUST_FILE
	       : pv_map_finds(t->folders, path + 1) ? KUST_FOLDER
						    : KUST_NOTHING;
}

static int
load(pv_ctx *cx, const kust_files *files, const char *real, pv_str *ret)
{
	const tree *t = files->of;
	const pv_val *f = pv_map_finds(t->texts, real + 1);
	if (f == NULL || pv_get(f, "error"))
		return pv_fail(cx, PV_EINVALID, "%s: %s", real + 1,
			       f ? pv_text_at(f, "error", "") : "no such file");
	*ret = pv_strv(pv_get(f, "text"));
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const helm_file *)a)->name, ((const helm_file *)b)->name);
}

int
kust_list(pv_ctx *cx, const kust_files *files, const pv_map *texts, const char *real, pv_vec *ret)
{
	const char *folder = pv_streq(real, "/") ? "" : pv_printf(cx->arena, "%s/", real + 1);
	pv_vec all;
	pv_str key;
	void *value;
	pv_vec_init(&all, cx->arena, sizeof(helm_file));
	for (size_t pos = 0; pv_map_each(texts, &pos, &key, &value);) {
		if (key.len < strlen(folder) || memcmp(key.s, folder, strlen(folder)) != 0)
			continue;
		helm_file f = {.name = pv_strndup(cx->arena, key.s, key.len)};
		int r = files->load(cx, files, pv_printf(cx->arena, "/%s", f.name), &f.data);
		if (r < 0)
			return r;
		f.name += strlen(folder);
		pv_vec_push(&all, &f);
	}
	pv_vec_sort(&all, by_name);
	return helm_files_kept(cx, &all, ret);
}

static int
list(pv_ctx *cx, const kust_files *files, const char *real, pv_vec *ret)
{
	const tree *t = files->of;
	return kust_list(cx, files, t->texts, real, ret);
}

const kust_files *
kust_tree(pv_arena *arena, kust_reader *read, void *of)
{
	tree *t = pv_new(arena, tree);
	*t = (tree){.files = {.find = find, .load = load, .list = list, .of = t},
		    .read = read,
		    .of = of,
		    .texts = pv_map_new(arena),
		    .folders = pv_map_new(arena),
		    .whole = pv_map_new(arena)};
	return &t->files;
}
