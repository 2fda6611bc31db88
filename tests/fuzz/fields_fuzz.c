/* An object that lives, "---", what somebody wants of it: applied, or refused; and when the same is
 * applied again, nothing is another.  managedFields are whatever the input says. */
#include "base/str.h"
#include "core/fields/fields.h"
#include "core/fields/set.h"
#include "fuzz/pieces.h"
#include "lang/json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pv_registry *registry;

static void
sets(pv_ctx *cx, const pv_val *v)
{
	const fset *set = fset_parse(cx->arena, v), *again;
	pv_vec paths;
	pv_val text = fset_format(cx->arena, set);

	again = fset_parse(cx->arena, &text);
	PV_ASSERT(fset_equal(set, again));
	PV_ASSERT(fset_equal(fset_union(cx->arena, set, again), set));
	PV_ASSERT(fset_equal(fset_both(cx->arena, set, again), set));
	PV_ASSERT(!fset_minus(cx->arena, set, again));
	(void)fset_reads(cx, v);
	pv_vec_init(&paths, cx->arena, sizeof(const char *));
	fset_paths(cx, set, &paths);
}

static void
applied(pv_ctx *cx, const pv_resource *res, const pv_val *live, const pv_val *intent)
{
	const pv_fields_write by = {.resource = res, .manager = "fuzz", .now_ns = 1};
	const pv_val *once, *twice;
	pv_vec nulls;

	if (pv_fields_check(cx, res, intent) < 0 || pv_fields_apply(cx, &by, true, live, intent, &once) < 0)
		return;
	pv_fields_nulls(cx, res, intent, once, &nulls);
	if (nulls.len)
		return;
	PV_ASSERT(pv_fields_apply(cx, &by, true, once, intent, &twice) == 0);
	PV_ASSERT(pv_eq(once, twice));
	if (pv_fields_update(cx, &by, live, &once) < 0)
		return;
	(void)pv_fields_take_over(cx, res, "kubectl", "fuzz", once);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str rest = {(const char *)data, size}, first = piece_next(&rest);
	const pv_val *live, *intent;
	const pv_resource *res;
	pv_ctx cx;

	if (size > 1 << 14)
		return 0;
	pv_ctx_init(&cx, "fuzz");
	if (!registry && pv_registry_new(&cx, &registry) < 0)
		__builtin_trap();
	if (pv_json_parse(&cx, first, NULL, &live) == 0) {
		sets(&cx, live);
		(void)pv_fields_readable(&cx, pv_at(live, "metadata.managedFields"));
		if (rest.len && pv_json_parse(&cx, rest, NULL, &intent) == 0 && pv_is(live, PV_OBJECT) &&
		    pv_is(intent, PV_OBJECT)) {
			res = pv_resource_of_kind(&cx, registry, pv_text(pv_get(live, "apiVersion"), "v1"),
						  pv_text(pv_get(live, "kind"), "Pod"));
			if (res)
				applied(&cx, res, live, intent);
		}
	}
	if (cx.err)
		pv_recover(&cx);
	pv_ctx_done(&cx);
	return 0;
}
