/* A document, a new line, a patch: applied in all three ways, or refused; a merge
 * patch made from the difference leads to the other document. */
#include <string.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/diff/diff.h"
#include "lang/json/json.h"
#include "lang/patch/patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pv_smp_field
lookup(const void *type, const char *field)
{
	pv_smp_field f = {.type = type, .known = true, .merge = field[0] == 'm', .replace = field[0] == 'r'};

	f.merge_key = field[0] == 'm' && field[1] != 'i' ? "name" : NULL;
	return f;
}

static bool
holds_null(const pv_val *v)
{
	bool found = v->type == PV_NULL;

	for (size_t i = 0; i < pv_count(v) && !found; i++)
		found = holds_null(v->type == PV_OBJECT ? &v->members[i].val : &v->items[i]);
	return found;
}

static void
differ(pv_ctx *cx, const pv_val *from, const pv_val *to)
{
	const pv_val *got = NULL;
	pv_val patch = pv_diff_merge(cx->arena, from, to);
	pv_vec changes;

	pv_diff(cx, from, to, &changes);
	PV_ASSERT(pv_eq(from, to) == (changes.len == 0));
	PV_ASSERT(pv_patch_merge(cx, from, &patch, &got) == 0);
	PV_ASSERT(holds_null(to) || pv_eq(got, to));
}

static void
result(pv_ctx *cx, int r, const pv_val *v)
{
	if (r < 0)
		pv_recover(cx);
	else
		PV_ASSERT(pv_depth_within(v, PV_PATCH_DEPTH));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
	const pv_val *doc = NULL, *patch = NULL, *v = NULL;
	pv_ctx cx;

	if (line == NULL)
		return 0;
	pv_ctx_init(&cx, "fuzz");
	if (pv_json_parse(&cx, (pv_str){(const char *)data, (size_t)(line - data)}, NULL, &doc) == 0 &&
	    pv_json_parse(&cx, (pv_str){(const char *)line + 1, (size_t)(data + size - line) - 1}, NULL,
			  &patch) == 0) {
		result(&cx, pv_patch_json(&cx, doc, patch, &v), v);
		result(&cx, pv_patch_merge(&cx, doc, patch, &v), v);
		result(&cx, pv_patch_strategic(&cx, doc, patch, "type", lookup, &v), v);
		differ(&cx, doc, patch);
		pv_pointer_get(doc, pv_text(patch, "/a/0/~1"));
	}
	pv_ctx_done(&cx);
	return 0;
}
