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

/* The value of " path=..." in a pax header, `otherwise` if it has none. */
static const char *
pax_value(pv_arena *arena, pv_str s, const char *key, const char *otherwise)
{
	size_t n = strlen(key);
	pv_str line;
	while (pv_str_next(&s, '\n', &line)) {
		const char *at = memmem(line.s, line.len, key, n);
		if (at != NULL)
			return pv_strndup(arena, at + n, line.len - (size_t)(at + n - line.s));
	}
	return otherwise;
}

static const char *
name_of(pv_arena *arena, const char *head)
{
	const char *name = pv_strndup(arena, head, strnlen(head, 100));
	if (memcmp(head + 257, "ustar", 5) == 0 && head[345])
		name = pv_printf(arena, "%.*s/%s", (int)strnlen(head + 345, 155), head + 345, name);
	return name;
}

/* What headers before a file say of it, for its own has no room. */
struct said {
	const char *name, *link;
};

/* Is it such a header? */
static bool
take_said(pv_arena *arena, char type, pv_str bytes, struct said *said)
{
	const char *text;
	if (type == 'x') {
		said->name = pax_value(arena, bytes, " path=", said->name);
		said->link = pax_value(arena, bytes, " linkpath=", said->link);
	}
	if (type != 'L' && type != 'K')
		return type == 'x';
	text = pv_strndup(arena, bytes.s, strnlen(bytes.s, bytes.len));
	*(type == 'L' ? &said->name : &said->link) = text;
	return true;
}

/* What another path of the archive's has, in front of it. */
static int
resolve(pv_ctx *cx, const pv_vec *files, const char *name, const char *link, pv_str *ret)
{
	for (size_t i = files->len; i-- > 0;) {
		const pv_tar_file *f = PV_AT(pv_tar_file, files, i);
		if (f->link || !pv_streq(f->name, link))
			continue;
		*ret = f->bytes;
		return 0;
	}
	return pv_fail(cx, PV_EINVALID, "tar: %s is linked to %s, which is no file in front of it", name,
		       link);
}

static int
add(pv_ctx *cx, const char *head, const struct said *said, size_t most, pv_tar_file *f, pv_vec *ret)
{
	char type = head[156];
	const char *link =
		said->link ? said->link : pv_strndup(cx->arena, head + 157, strnlen(head + 157, 100));
	int r = 0;
	if (ret->len >= most)
		return pv_fail(cx, PV_ETOOLARGE, "tar: more than %zu files", most);
	f->name = said->name ? said->name : name_of(cx->arena, head);
	if (type == '1')
		r = resolve(cx, ret, f->name, link, &f->bytes);
	if (type == '2')
		f->link = link;
	pv_vec_push(ret, f);
	return r;
}

static int
read_all(pv_ctx *cx, pv_str tar, size_t most, bool links, pv_vec *ret)
{
	struct said said = {NULL, NULL};
	pv_vec_init(ret, cx->arena, sizeof(pv_tar_file));
	for (size_t at = 0; at + BLOCK <= tar.len && tar.s[at];) {
		const char *head = tar.s + at;
		uint64_t size = octal(head + 124, 12);
		char type = head[156];
		at += BLOCK;
		if (size > tar.len - at)
			return pv_fail(cx, PV_EINVALID, "tar: unexpected end of the archive");
		pv_tar_file f = {.bytes = {tar.s + at, (size_t)size}};
		at += (size_t)((size + BLOCK - 1) / BLOCK * BLOCK);
		if (take_said(cx->arena, type, f.bytes, &said))
			continue;
		if (type == '0' || type == '\0' || (links && (type == '1' || type == '2'))) {
			int r = add(cx, head, &said, most, &f, ret);
			if (r < 0)
				return r;
		}
		said = (struct said){NULL, NULL};
	}
	return 0;
}

int
pv_tar_read(pv_ctx *cx, pv_str tar, size_t most, pv_vec *ret)
{
	return read_all(cx, tar, most, false, ret);
}

int
pv_tar_read_links(pv_ctx *cx, pv_str tar, size_t most, pv_vec *ret)
{
	return read_all(cx, tar, most, true, ret);
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
