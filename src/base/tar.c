#include "base/tar.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

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

int
pv_tar_read(pv_ctx *cx, pv_str tar, size_t most, pv_vec *ret)
{
	const char *long_name = NULL;
	pv_vec_init(ret, cx->arena, sizeof(pv_tar_file));
	for (size_t at = 0; at + BLOCK <= tar.len && tar.s[at];) {
		const char *head = tar.s + at;
		uint64_t size = octal(head + 124, 12);
		char type = head[156];
		at += BLOCK;
		if (size > tar.len - at)
			return pv_fail(cx, PV_EINVALID, "tar: unexpected end of the archive");
		pv_tar_file f = {.bytes = {tar.s + at, (size_t)size}};
		if (type == 'L') {
			long_name = pv_strndup(cx->arena, f.bytes.s, strnlen(f.bytes.s, f.bytes.len));
		} else if (type == 'x') {
			long_name = pax_path(cx->arena, f.bytes);
		} else if (type == '0' || type == '\0') {
			if (ret->len >= most)
				return pv_fail(cx, PV_ETOOLARGE, "tar: more than %zu files", most);
			f.name = long_name ? long_name : name_of(cx->arena, head);
			pv_vec_push(ret, &f);
		}
		if (type != 'L' && type != 'x')
			long_name = NULL;
		at += (size_t)((size + BLOCK - 1) / BLOCK * BLOCK);
	}
	return 0;
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
			return pv_fail(cx, PV_ETOOLARGE, "%s: a path in an archive has at most 255 bytes",
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

static const char zeros[2 * BLOCK];

int
pv_tar_add(pv_ctx *cx, pv_buf *tar, const char *name, pv_str bytes)
{
	int r = put_header(cx, tar, name, bytes.len);
	if (r < 0)
		return r;
	pv_buf_add(tar, bytes.s, bytes.len);
	pv_buf_add(tar, zeros, (BLOCK - bytes.len % BLOCK) % BLOCK);
	return 0;
}

void
pv_tar_end(pv_buf *tar)
{
	pv_buf_add(tar, zeros, sizeof zeros);
}
