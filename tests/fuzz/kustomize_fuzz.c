/* Files, each behind a line "--- PATH", of which "kustomization.yaml" is built, or refused. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "delivery/kustomize/kustomize.h"
#include "fuzz/pieces.h"

#define FILES 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct tree {
	piece_file files[FILES];
	size_t n;
} tree;

static enum kust_entry
find(pv_ctx *cx, const kust_files *files, const char *path, const char **ret_real)
{
	const tree *t = files->of;
	const char *name = path + strspn(path, "/");
	size_t len = strlen(name);

	*ret_real = pv_strdup(cx->arena, path);
	if (len == 0)
		return KUST_FOLDER;
	for (size_t i = 0; i < t->n; i++) {
		if (pv_streq(t->files[i].name, name))
			return KUST_FILE;
		if (pv_starts_with(t->files[i].name, name) && t->files[i].name[len] == '/')
			return KUST_FOLDER;
	}
	return KUST_NOTHING;
}

static int
load(pv_ctx *cx, const kust_files *files, const char *real, pv_str *ret)
{
	const tree *t = files->of;

	for (size_t i = 0; i < t->n; i++)
		if (pv_streq(t->files[i].name, real + strspn(real, "/"))) {
			*ret = t->files[i].text;
			return 0;
		}
	return pv_fail(cx, PV_ENOTFOUND, "%s: expected a file", real);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const kust_options options = {.managed_by = true};
	kust_files files = {.find = find, .load = load};
	pv_vec objects;
	pv_ctx cx;
	tree t;
	pv_buf b;

	if (size > 1 << 14)
		return 0;
	pv_ctx_init(&cx, "fuzz");
	t.n = piece_files(cx.arena, (pv_str){(const char *)data, size}, t.files, FILES);
	files.of = &t;
	if (kust_build(&cx, &files, "/", &options, &objects) == 0) {
		pv_buf_init(&b, cx.arena);
		kust_print(&b, &objects);
	} else {
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
	return 0;
}
