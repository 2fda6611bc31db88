/* archive: packed charts: a gzip of a tar (ustar, with GNU's and pax' long names). */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/gzip.h"
#include "base/str.h"
#include "delivery/helm/impl.h"

#define UNPACKED_MAX ((size_t)100 << 20) /* as Helm: of the chart */
#define FILE_MAX ((size_t)5 << 20)       /* and of one file */
#define FILES_MAX 20000
#define BLOCK 512

static uint64_t
octal(const char *s, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n && s[i]; i++)
		if (s[i] >= '0' && s[i] <= '7')
			v = v * 8 + (uint64_t)(s[i] - '0');
	return v;
}

/* path=... of a pax header, NULL if it has none. */
static const char *
pax_path(pv_arena *arena, pv_str s)
{
	pv_str line;
	while (pv_str_next(&s, '\n', &line)) {
		const char *at = memmem(line.s, line.len, " path=", 6);
		if (at != NULL)
			return pv_strndup(arena, at + 6, line.len - (size_t)(at + 6 - line.s));
	}
	return NULL;
}

static const char *
name_of(pv_arena *arena, const char *head)
{
	const char *name = pv_strndup(arena, head, strnlen(head, 100));
	if (memcmp(head + 257, "ustar", 5) == 0 && head[345])
		name = pv_printf(arena, "%.*s/%s", (int)strnlen(head + 345, 155), head + 345, name);
	return name;
}

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
	if (files->len >= FILES_MAX)
		return pv_fail(cx, PV_ETOOLARGE, "a chart has at most %d files", FILES_MAX);
	if (data.len >= 3 && memcmp(data.s, "\xef\xbb\xbf", 3) == 0)
		f.data = (pv_str){data.s + 3, data.len - 3};
	pv_vec_push(files, &f);
	return 0;
}

int
helm_files_unpack(pv_ctx *cx, pv_str tgz, pv_vec *ret_files)
{
	const char *long_name = NULL;
	pv_str tar;
	int r = pv_gunzip_strange(cx, tgz, UNPACKED_MAX, &tar);
	pv_vec_init(ret_files, cx->arena, sizeof(helm_file));
	for (size_t at = 0; r == 0 && at + BLOCK <= tar.len && tar.s[at];) {
		const char *head = tar.s + at;
		uint64_t size = octal(head + 124, 12);
		char type = head[156];
		at += BLOCK;
		if (size > tar.len - at)
			return pv_fail(cx, PV_EINVALID, "unexpected EOF in a packed chart");
		pv_str data = {tar.s + at, (size_t)size};
		if (type == 'L')
			long_name = pv_strndup(cx->arena, data.s, strnlen(data.s, data.len));
		else if (type == 'x')
			long_name = pax_path(cx->arena, data);
		else if (type == '0' || type == '\0')
			r = add(cx, long_name ? long_name : name_of(cx->arena, head), data, ret_files);
		if (type != 'L' && type != 'x')
			long_name = NULL;
		at += (size_t)((size + BLOCK - 1) / BLOCK * BLOCK);
	}
	if (r == 0 && ret_files->len == 0)
		return pv_fail(cx, PV_EINVALID, "no files in chart archive");
	return r;
}

/* ---- the other way ---- */

/* A ustar header of a file: zeros but for what is put into it. */
static int
put_header(pv_ctx *cx, pv_buf *b, const char *path, size_t size)
{
	char head[BLOCK] = {0};
	const char *cut = path;
	unsigned sum = 0;
	if (strlen(path) > 100) { /* prefix "/" name */
		size_t n = strlen(path);
		cut = strchr(path + (n > 101 ? n - 101 : 0), '/');
		if (cut == NULL || cut - path > 155)
			return pv_fail(cx, PV_ETOOLARGE, "%s: a path in a packed chart has at most 255 bytes",
				       path);
		memcpy(head + 345, path, (size_t)(cut - path));
		cut++;
	}
	memcpy(head, cut, strlen(cut));
	(void)snprintf(head + 100, 8, "%07o", 0644);
	(void)snprintf(head + 108, 8, "%07o", 0);
	(void)snprintf(head + 116, 8, "%07o", 0);
	(void)snprintf(head + 124, 12, "%011zo", size);
	(void)snprintf(head + 136, 12, "%011o", 0);
	memset(head + 148, ' ', 8);
	head[156] = '0';
	memcpy(head + 257, "ustar\00000", 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)head[i];
	(void)snprintf(head + 148, 8, "%06o", sum);
	pv_buf_add(b, head, BLOCK);
	return 0;
}

int
helm_files_pack(pv_ctx *cx, const char *name, const pv_vec *files, pv_buf *ret)
{
	static const char zeros[2 * BLOCK];
	pv_buf tar;
	int r = 0;
	pv_buf_init(&tar, cx->arena);
	for (size_t i = 0; r == 0 && i < files->len; i++) {
		const helm_file *f = PV_AT(helm_file, files, i);
		r = put_header(cx, &tar, pv_printf(cx->arena, "%s/%s", name, f->name), f->data.len);
		pv_buf_add(&tar, f->data.s, f->data.len);
		pv_buf_add(&tar, zeros, (BLOCK - f->data.len % BLOCK) % BLOCK);
	}
	pv_buf_add(&tar, zeros, sizeof zeros);
	return r < 0 ? r : pv_gzip(cx, (pv_str){tar.s, tar.len}, PV_GZIP_SMALL, ret);
}
