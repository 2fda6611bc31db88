/* embed: files that the build put into the program: CRDs and the portal.
 * Immutable and sorted by path; any thread.  The table is written by tools/embed. */
#pragma once
#include "base/base.h"

/* path: "delivery/application/crds/x.yaml" (below src/), "web/index.html",
 * "web/assets/x.js.br" and ".gz" (text is kept only packed, images and fonts as they are).
 * bytes: not NUL-terminated. */
typedef struct pv_embed {
	const char *path;
	const uint8_t *bytes;
	size_t len;
} pv_embed;

extern const pv_embed pv_embedded[]; /* ended by a NULL path */
extern const size_t pv_embedded_len; /* without that end */

/* NULL if the build has no such file. */
const pv_embed *pv_embed_find(const char *path);
