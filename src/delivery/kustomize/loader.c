/* loader: paths of a kustomization, and what may be read through them. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "delivery/helm/helm.h"
#include "delivery/kustomize/impl.h"
#include "lang/yaml/yaml.h"

/* ---- the files of this machine ---- */

static enum kust_entry
disk_find(pv_ctx *cx, const kust_files *files, const char *path, const char **ret_real)
{
	char real[PATH_MAX];
	struct stat st;
	(void)files;
	if (realpath(path, real) == NULL || stat(real, &st) < 0)
		return KUST_NOTHING;
	*ret_real = pv_strdup(cx->arena, real);
	return S_ISDIR(st.st_mode) ? KUST_FOLDER : S_ISREG(st.st_mode) ? KUST_FILE : KUST_NOTHING;
}

static int
disk_load(pv_ctx *cx, const kust_files *files, const char *real, pv_str *ret)
{
	(void)files;
	return pv_file_load(cx, real, KUST_FILE_MAX, ret);
}

static int
disk_list(pv_ctx *cx, const kust_files *files PV_UNUSED, const char *real, pv_vec *ret)
{
	return helm_files_load(cx, real, ret);
}

const kust_files kust_disk = {.find = disk_find, .load = disk_load, .list = disk_list};

/* ---- paths ---- */

const char *
kust_path_clean(pv_arena *arena, const char *path)
{
	pv_vec parts;
	pv_str rest = pv_str_of(path), one;
	pv_buf b;
	pv_vec_init(&parts, arena, sizeof(pv_str));
	while (pv_str_next(&rest, '/', &one)) {
		if (one.len == 0 || pv_str_is(one, "."))
			continue;
		if (!pv_str_is(one, ".."))
			pv_vec_push(&parts, &one);
		else if (parts.len > 0)
			parts.len--;
	}
	pv_buf_init(&b, arena);
	for (size_t i = 0; i < parts.len; i++)
		pv_buf_printf(&b, "/%.*s", (int)PV_AT(pv_str, &parts, i)->len, PV_AT(pv_str, &parts, i)->s);
	return b.len ? b.s : "/";
}

static bool
is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	return pv_streq(folder, "/") ||
	       (strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

static const char *
joined(pv_arena *arena, const char *root, const char *path)
{
	return *path == '/' ? path : pv_printf(arena, "%s/%s", root, path);
}

static int
nothing_there(kust_state *s, const char *path)
{
	return pv_fail(s->cx, PV_ENOTFOUND,
		       "evalsymlink failure on '%s' : lstat %s: no such file or directory", path, path);
}

int
kust_load(kust_state *s, const kust_loader *l, const char *path, pv_str *ret)
{
	const char *full = kust_path_clean(s->cx->arena, joined(s->cx->arena, l->root, path)), *real;
	if (pv_starts_with(path, "http://") || pv_starts_with(path, "https://"))
		return pv_fail(s->cx, PV_EUNSUPPORTED,
			       "%s: a file over HTTP is not supported yet: expected one of this folder",
			       path);
	enum kust_entry entry = l->files->find(s->cx, l->files, full, &real);
	if (entry == KUST_NOTHING)
		return nothing_there(s, full);
	if (entry == KUST_FOLDER)
		return pv_fail(s->cx, PV_EINVALID, "'%s' must resolve to a file", full);
	if (!s->options->anywhere && !is_below(real, l->root))
		return pv_fail(s->cx, PV_EFORBIDDEN, "security; file '%s' is not in or below '%s'", real,
			       l->root);
	int r = l->files->load(s->cx, l->files, real, ret);
	if (r == 0 && (ret->len > KUST_FILE_MAX || (s->bytes += ret->len) > KUST_BYTES_MAX))
		return pv_fail(s->cx, PV_ETOOLARGE,
			       "%s: a kustomization's files have at most %u MiB each, and %u MiB together",
			       path, KUST_FILE_MAX >> 20, KUST_BYTES_MAX >> 20);
	return r;
}

int
kust_load_yaml(kust_state *s, const kust_loader *l, const char *path, const pv_val **ret)
{
	pv_str text;
	int r = kust_load(s, l, path, &text);
	return r < 0 ? r : pv_yaml_parse(s->cx, text, &(pv_yaml_opts){.file = path}, ret);
}

/* ---- folders ---- */

static int
folder_at(kust_state *s, const kust_files *files, const char *path, const char **ret_real)
{
	const char *clean = kust_path_clean(s->cx->arena, path);
	enum kust_entry entry = files->find(s->cx, files, clean, ret_real);
	if (entry == KUST_NOTHING)
		return pv_fail(
			s->cx, PV_ENOTFOUND,
			"must build at directory: not a valid directory: evalsymlink failure on '%s' : lstat %s: "
			"no such file or directory",
			clean, clean);
	if (entry == KUST_FILE)
		return pv_fail(s->cx, PV_EINVALID, "must build at directory: '%s': file is not directory",
			       clean);
	return 0;
}

static kust_loader *
new_loader(kust_state *s, const kust_files *files, const char *root, const kust_loader *from)
{
	kust_loader *l = pv_new(s->cx->arena, kust_loader);
	*l = (kust_loader){.files = files, .root = root, .from = from};
	return l;
}

int
kust_loader_top(kust_state *s, const kust_files *files, const char *folder, kust_loader **ret)
{
	const char *real;
	int r = folder_at(s, files, folder, &real);
	if (r == 0)
		*ret = new_loader(s, files, real, NULL);
	return r;
}

/* A folder of files, of these or of others, that is not one that led here. */
static int
enter(kust_state *s, const kust_loader *l, const kust_files *files, const char *path, kust_loader **ret)
{
	const char *real;
	int r = folder_at(s, files, path, &real);
	if (r < 0)
		return r;
	for (const kust_loader *up = l; up; up = up->from)
		if (up->files == files && is_below(up->root, real))
			return pv_fail(s->cx, PV_EINVALID,
				       "cycle detected: candidate root '%s' contains visited root '%s'", real,
				       up->root);
	*ret = new_loader(s, files, real, l);
	return 0;
}

static int
enter_remote(kust_state *s, const kust_loader *l, const char *text, const kust_remote *remote,
	     kust_loader **ret)
{
	const kust_files *files;
	if (s->options->remote == NULL)
		return pv_fail(s->cx, PV_EUNSUPPORTED,
			       "%s: a base of another repository cannot be brought here: expected a folder",
			       text);
	int r = s->options->remote(s->cx, s->options->of, remote, &files);
	if (r == 0)
		r = enter(s, l, files, joined(s->cx->arena, "", remote->path), ret);
	return r < 0 ? pv_wrap(s->cx, r, "%s", text) : 0;
}

int
kust_loader_below(kust_state *s, const kust_loader *l, const char *path, kust_loader **ret)
{
	kust_remote remote;
	if (*path == '\0')
		return pv_fail(s->cx, PV_EINVALID, "new root cannot be empty");
	if (kust_remote_parse(s->cx->arena, path, &remote))
		return enter_remote(s, l, path, &remote, ret);
	if (*path == '/')
		return pv_fail(s->cx, PV_EINVALID, "new root '%s' cannot be absolute", path);
	return enter(s, l, l->files, joined(s->cx->arena, l->root, path), ret);
}
