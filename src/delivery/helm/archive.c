/* archive: packed charts: a gzip of a tar. */
#include <string.h>

#include "base/arena.h"
#include "base/gzip.h"
#include "base/str.h"
#include "base/tar.h"
#include "delivery/helm/impl.h"

#define UNPACKED_MAX ((size_t)100 << 20) /* as Helm: of the chart */
#define FILE_MAX ((size_t)5 << 20)       /* and of one file */
#define FILES_MAX 20000

/* The path below the chart's folder; NULL after an error. */
static const char *
below(pv_ctx *cx, const char *name)
{
	const char *slash, *path;
	while (pv_starts_with(name, "./"))
		name += 2;
	slash = strchr(name, '/');
	path = slash ? slash + 1 : "";
	while (pv_starts_with(path, "./"))
		path += 2;
	if (*path == '/')
		(void)pv_fail(cx, PV_EINVALID, "chart illegally contains absolute paths");
	else if (!*path)
		(void)pv_fail(
			cx, PV_EINVALID,
			pv_streq(name, "Chart.yaml")
				? "chart yaml not in base directory"
				: "chart illegally contains content outside the base directory: \"%.100s\"",
			name);
	else if (pv_streq(path, "..") || pv_starts_with(path, "../") || strstr(path, "/../") ||
		 pv_ends_with(path, "/.."))
		(void)pv_fail(cx, PV_EINVALID, "chart illegally references parent directory");
	else
		return path;
	return NULL;
}

static int
add(pv_ctx *cx, const char *name, pv_str data, pv_vec *files)
{
	const char *path = below(cx, name);
	helm_file f = {.name = path, .data = data};
	if (path == NULL)
		return -PV_EINVALID;
	if (data.len > FILE_MAX)
		return pv_fail(cx, PV_ETOOLARGE,
			       "decompressed chart file \"%s\" is larger than the maximum file size %zu",
			       name, FILE_MAX);
	if (data.len >= 3 && memcmp(data.s, "\xef\xbb\xbf", 3) == 0)
		f.data = (pv_str){data.s + 3, data.len - 3};
	pv_vec_push(files, &f);
	return 0;
}

int
helm_files_unpack(pv_ctx *cx, pv_str tgz, pv_vec *ret_files)
{
	pv_vec all;
	pv_str tar;
	int r = pv_gunzip_strange(cx, tgz, UNPACKED_MAX, &tar);
	pv_vec_init(ret_files, cx->arena, sizeof(helm_file));
	if (r == 0)
		r = pv_tar_read(cx, tar, FILES_MAX, &all);
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const pv_tar_file *f = PV_AT(pv_tar_file, &all, i);
		r = add(cx, f->name, f->bytes, ret_files);
	}
	if (r == 0 && ret_files->len == 0)
		return pv_fail(cx, PV_EINVALID, "no files in chart archive");
	return r;
}

int
helm_files_pack(pv_ctx *cx, const char *name, const pv_vec *files, pv_buf *ret)
{
	pv_buf tar;
	int r = 0;
	pv_buf_init(&tar, cx->arena);
	for (size_t i = 0; r == 0 && i < files->len; i++) {
		const helm_file *f = PV_AT(helm_file, files, i);
		r = pv_tar_add(cx, &tar, pv_printf(cx->arena, "%s/%s", name, f->name), f->data);
	}
	pv_tar_end(&tar);
	return r < 0 ? r : pv_gzip(cx, (pv_str){tar.s, tar.len}, PV_GZIP_SMALL, ret);
}
