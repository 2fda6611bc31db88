/* bundle: what bundles have, for policies that stand for one and for those that use its modules or documents. */
#include <string.h>

#include "base/heap.h"
#include "base/str.h"
#include "base/time.h"
#include "core/outside/outside.h"
#include "governance/rego/policy.h"

#define INTERVAL (2 * PV_SEC)

struct kept {
	rego_bundler bundler;
};

static const char bundler_key; /* its address is the name */

void
rego_keep_bundler(pv_api *api, rego_bundler bundler)
{
	struct kept *k = pv_heap_new(sizeof *k);
	k->bundler = bundler;
	pv_api_keep(api, &bundler_key, k, pv_heap_free);
}

rego_bundles
bundles_now(pv_ctx *cx, pv_api *api)
{
	const struct kept *k = api ? pv_api_kept(api, &bundler_key) : NULL;
	rego_bundles all = {0};
	if (k)
		k->bundler(cx, api, &all);
	all.asks = pv_outside_of(api);
	return all;
}

void
bundles_modules(const rego_bundles *bundles, pv_vec *ret)
{
	for (size_t i = 0; i < pv_member_count(bundles->policies); i++) {
		const pv_member *one = &bundles->policies->members[i];
		bool v0 = pv_truth_at(&one->val, "v0", false);
		pv_rego_module *m;
		if (!pv_get(&one->val, "bundle"))
			continue;
		m = pv_vec_add(ret);
		*m = (pv_rego_module){
			.name = one->key.s, .text = pv_strv(pv_get(&one->val, "raw")), .v0 = v0, .v1 = !v0};
	}
}

bool
bundles_have(const rego_bundles *bundles, const char *module, const char *bundle)
{
	return pv_streq(pv_text_at(pv_get(bundles->policies, module), "bundle", NULL), bundle);
}

static const char *
names_of(pv_ctx *cx, const rego_bundles *bundles)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(bundles->names); i++)
		pv_buf_printf(&b, "%s\"%s\"", i ? ", " : "", bundles->names->members[i].key.s);
	return b.len ? b.s : "none";
}

int
bundles_check(pv_ctx *cx, const rego_bundles *bundles, const pv_val *map)
{
	const pv_val *annotations = pv_at(map, "metadata.annotations"), *data = pv_get(map, "data");
	const char *name = pv_text(pv_get(annotations, BUNDLE_ANNOTATION), NULL);
	if (!name && pv_get(annotations, PACKAGE_ANNOTATION))
		return pv_fail(cx, PV_EINVALID,
			       "annotation " PACKAGE_ANNOTATION ": expected " BUNDLE_ANNOTATION
			       " beside it, whose package it is");
	if (!name)
		return 0;
	if (pv_count(data))
		return pv_fail(cx, PV_EINVALID,
			       "annotation " BUNDLE_ANNOTATION
			       ": expected no data beside it, as the rules are "
			       "the bundle's, found %s",
			       pv_counted(cx->arena, pv_count(data), "key"));
	if (!pv_get(bundles->names, name))
		return pv_fail(cx, PV_EINVALID,
			       "annotation " BUNDLE_ANNOTATION
			       ": expected a bundle in force, found \"%s\"; in "
			       "force: %s (the Secret pave-system/opa-config says which there are, its "
			       "annotation openpolicyagent.org/status how they are)",
			       name, names_of(cx, bundles));
	return 0;
}

/* ---- for who has only facts ---- */

static pv_val
brought(pv_ctx *cx, const pv_val *policies)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(policies); i++)
		if (pv_get(&policies->members[i].val, "bundle"))
			pv_objb_add(&b, policies->members[i].key, policies->members[i].val);
	return pv_objb_end(&b);
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args PV_UNUSED, const pv_val *previous, pv_val *ret)
{
	const rego_bundles all = bundles_now(cx, pv_facts_api(facts));
	pv_objb b;
	if (previous && pv_i64_at(previous, "number", -1) == (int64_t)all.number) {
		*ret = *previous;
		return 0;
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "number", pv_int((int64_t)all.number));
	pv_objb_put(&b, "asks", pv_bool(all.asks));
	pv_objb_put(&b, "names", all.names ? *all.names : pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	pv_objb_put(&b, "policies", brought(cx, all.policies));
	*ret = pv_objb_end(&b);
	return 0;
}

const pv_fact_kind rego_bundles_fact = {.name = REGO_BUNDLES_FACT, .find = find, .refresh_ns = INTERVAL};

rego_bundles
bundles_of(const pv_val *fact)
{
	return (rego_bundles){.policies = pv_get(fact, "policies"),
			      .names = pv_get(fact, "names"),
			      .asks = pv_truth_at(fact, "asks", false),
			      .number = (uint64_t)pv_i64_at(fact, "number", 0)};
}
