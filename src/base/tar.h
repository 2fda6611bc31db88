/* tar: archives of files (ustar, with GNU's and pax' long names): read, and written as ustar.
 * Pure.  Texts of a read archive point into it. */
#pragma once
#include "base/buf.h"
#include "base/ctx.h"
#include "base/vec.h"

typedef struct pv_tar_file {
	const char *name; /* as the archive has it: may be absolute, or lead out of it */
	pv_str bytes;
	const char *link; /* of a symbolic link: where it points; NULL: it is none */
} pv_tar_file;

/* Its regular files, in order; at most `most`: -PV_ETOOLARGE beyond.  -PV_EINVALID if it is cut off.
 * *ret: of pv_tar_file. */
PV_MUST_USE int pv_tar_read(pv_ctx *cx, pv_str tar, size_t most, pv_vec *ret);
/* The same, and its links: a hard one is a file with the bytes of the one in front of it that it is linked to. */
PV_MUST_USE int pv_tar_read_links(pv_ctx *cx, pv_str tar, size_t most, pv_vec *ret);
/* Appends one file.  -PV_ETOOLARGE: ustar has no room for the name (255 bytes at most). */
PV_MUST_USE int pv_tar_add(pv_ctx *cx, pv_buf *tar, const char *name, pv_str bytes);
void pv_tar_end(pv_buf *tar); /* behind the last */
