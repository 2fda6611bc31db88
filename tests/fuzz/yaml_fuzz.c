/* Any bytes are YAML or an ordinary error; what is read, is written and read again
 * as the same value. */
#include <string.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decimals beyond a double are strings to YAML's readers, so they do not come back. */
static bool
holds_decimals(const pv_val *v)
{
	bool found = v->type == PV_NUMBER && v->num == PV_DECIMAL;

	for (size_t i = 0; i < pv_count(v) && !found; i++)
		found = holds_decimals(v->type == PV_OBJECT ? &v->members[i].val : &v->items[i]);
	return found;
}

static size_t
size_of(const pv_val *v)
{
	size_t n = 1;

	for (size_t i = 0; i < pv_count(v) && n < 100000; i++)
		n += size_of(v->type == PV_OBJECT ? &v->members[i].val : &v->items[i]);
	return n;
}

static void
check(pv_ctx *cx, const pv_val *v)
{
	const pv_val *again = NULL;
	pv_buf b;

	if (size_of(v) > 10000 || !pv_depth_within(v, 100) || holds_decimals(v))
		return;
	pv_buf_init(&b, cx->arena);
	pv_yaml_write(&b, v);
	PV_ASSERT(pv_yaml_parse(cx, (pv_str){b.s, b.len}, NULL, &again) == 0);
	PV_ASSERT(pv_eq(v, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str text = {(const char *)data, size};
	pv_yaml_opts opts = {.nodes = 100000};
	pv_vec repeated, docs;
	pv_ctx cx;
	int line, column;

	pv_ctx_init(&cx, "fuzz");
	pv_vec_init(&repeated, cx.arena, sizeof(const char *));
	opts.duplicates = &repeated;
	if (pv_yaml_parse_all(&cx, text, &opts, &docs) == 0)
		for (size_t i = 0; i < docs.len; i++)
			check(&cx, PV_AT(pv_yaml_doc, &docs, i)->val);
	else
		PV_ASSERT(pv_recover(&cx) == PV_EBADREQUEST);
	pv_yaml_locate(&cx, text, 1, "a.b[1].c", &line, &column);
	pv_ctx_done(&cx);
	return 0;
}
