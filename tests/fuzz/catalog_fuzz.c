/* Files of a repository, each behind a line "--- PATH": entities, or faults with their file and line.  And any
 * document is what a forge says of a push. */
#include "base/str.h"
#include "delivery/webhook/webhook.h"
#include "fuzz/pieces.h"
#include "lang/json/json.h"
#include "portal/catalog/catalog.h"
#include "portal/catalog/files.h"

#define FILES 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
entities(pv_ctx *cx, const piece_file *files, size_t n)
{
	pv_val request, found;
	pv_objb wanted, b;
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	pv_objb_init(&wanted, cx->arena);
	for (size_t i = 0; i < n; i++) {
		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "path", files[i].name);
		pv_objb_put(&b, "text", pv_stringn(cx->arena, files[i].text.s, files[i].text.len));
		pv_listb_add(&list, pv_objb_end(&b));
		pv_objb_put(&wanted, files[i].name, pv_bool(true));
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "files", pv_listb_end(&list));
	pv_objb_put(&b, "wanted", pv_objb_end(&wanted));
	request = pv_objb_end(&b);
	if (files_parse(cx, &request, &found) < 0) {
		pv_recover(cx);
		return;
	}
	for (size_t i = 0; i < pv_count(pv_get(&found, "errors")); i++)
		PV_ASSERT(*pv_text_at(pv_item(pv_get(&found, "errors"), i), "message", ""));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str input = {(const char *)data, size};
	piece_file files[FILES];
	const pv_val *v;
	pv_vec urls;
	pv_ctx cx;

	if (size > 1 << 14)
		return 0;
	pv_ctx_init(&cx, "fuzz");
	entities(&cx, files, piece_files(cx.arena, input, files, FILES));
	if (pv_json_parse(&cx, input, NULL, &v) == 0)
		webhook_repositories(cx.arena, v, &urls);
	else
		pv_recover(&cx);
	pv_ctx_done(&cx);
	return 0;
}
