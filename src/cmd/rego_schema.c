/* rego_schema: --schema: the JSON Schema of the input, or a folder of schemas by name. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "cmd/rego_eval.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT ((size_t)16 << 20)
#define SET_LIMIT ((size_t)256 << 20) /* bytes of all */
#define DEPTH 100                     /* folders in each other */

typedef struct loader {
	pv_ctx *cx;
	pv_objb set;
	pv_vec path; /* pv_val: names of the folders */
	size_t bytes;
} loader;

static int load_folder(loader *l, const char *path);

static int
load_file(loader *l, const char *path, pv_val key)
{
	const pv_val *schema;
	pv_str text;
	int r = pv_file_load(l->cx, path, FILE_LIMIT, &text);
	if (r == 0)
		r = pv_yaml_parse(l->cx, text, &(pv_yaml_opts){.file = path}, &schema);
	if (r < 0)
		return pv_wrap(l->cx, r, "--schema: %s: expected a JSON Schema", path);
	l->bytes += text.len;
	if (l->bytes > SET_LIMIT)
		return pv_fail(l->cx, PV_EINVALID, "--schema: %s: schemas of more than %zu bytes", path,
			       SET_LIMIT);
	pv_objb_putv(&l->set, key, *schema);
	return 0;
}

/* By the names of its folders and its own, up to the last dot. */
static int
load_named(loader *l, const char *path, const char *name)
{
	const char *dot = strrchr(name, '.');
	pv_val last = pv_stringn(l->cx->arena, name, dot ? (size_t)(dot - name) : strlen(name));
	pv_vec_push(&l->path, &last);
	pv_val key = pv_list_of(l->cx->arena, l->path.data, l->path.len);
	l->path.len--;
	return load_file(l, path, key);
}

static int
load_entry(loader *l, const char *folder, const char *name)
{
	const char *path = pv_printf(l->cx->arena, "%s/%s", folder, name);
	struct stat st;
	pv_val key = pv_string(l->cx->arena, name);
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		pv_vec_push(&l->path, &key);
		int r = load_folder(l, path);
		l->path.len--;
		return r;
	}
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return pv_fail(l->cx, PV_EINVALID, "--schema: %s: expected files and folders, found neither",
			       path);
	return load_named(l, path, name);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
load_folder(loader *l, const char *path)
{
	pv_vec names;
	const struct dirent *e;
	int r = 0;
	if (l->path.len > DEPTH)
		return pv_fail(l->cx, PV_EINVALID, "--schema: %s: folders are nested more than %d deep", path,
			       DEPTH);
	DIR *d = opendir(path);
	if (!d)
		return pv_fail(l->cx, PV_ENOTFOUND, "--schema: open %s: not readable", path);
	pv_vec_init(&names, l->cx->arena, sizeof(char *));
	while ((e = readdir(d)) != NULL) {
		char *name = pv_strdup(l->cx->arena, e->d_name);
		if (!pv_streq(name, ".") && !pv_streq(name, ".."))
			pv_vec_push(&names, &name);
	}
	closedir(d);
	pv_vec_sort(&names, by_text);
	for (size_t i = 0; r == 0 && i < names.len; i++)
		r = load_entry(l, path, *PV_AT(const char *, &names, i));
	return r;
}

int
rego_schemas_load(pv_ctx *cx, const pv_args *args, const pv_val **ret)
{
	static const pv_val none = {.type = PV_NULL}, input = {.type = PV_LIST};
	const char *path = pv_args_text(args, "schema", NULL);
	loader l = {.cx = cx};
	struct stat st;
	*ret = &none;
	if (!path)
		return 0;
	if (pv_starts_with(path, "file://"))
		path += strlen("file://");
	pv_objb_init(&l.set, cx->arena);
	pv_vec_init(&l.path, cx->arena, sizeof(pv_val));
	bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	int r = folder ? load_folder(&l, path) : load_file(&l, path, input);
	*ret = pv_box(cx->arena, pv_objb_end(&l.set));
	return r;
}
