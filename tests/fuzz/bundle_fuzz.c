/* Any bytes are a bundle or an ordinary error, and what is one is one again when it is packed. */
#include "base/arena.h"
#include "base/str.h"
#include "core/bundle/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const pv_bundle_key key = {.id = "k", .alg = "HS256", .key = "secret"};
	const pv_bundle_trust trust = {.keys = &key, .n = 1};
	const pv_bundle_opts opts = {.limit = 1 << 20, .trust = size % 2 ? &trust : NULL};
	pv_bundle b, again;
	pv_buf packed;
	pv_ctx cx;
	pv_ctx_init(&cx, "fuzz");
	if (pv_bundle_read(&cx, (pv_str){(const char *)data, size}, &opts, &b) < 0) {
		pv_recover(&cx);
	} else {
		pv_buf_init(&packed, cx.arena);
		if (pv_bundle_pack(&cx, &b.files, &packed) < 0) /* a name that is too long for ustar */
			pv_recover(&cx);
		else if (b.files.len > 0)
			PV_ASSERT(pv_bundle_read(&cx, (pv_str){packed.s, packed.len}, &opts, &again) == 0 &&
				  again.files.len == b.files.len);
	}
	pv_ctx_done(&cx);
	return 0;
}
