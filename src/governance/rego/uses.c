/* uses: what else than its own modules decides what a policy says: the libraries that it speaks of, in other
 * ConfigMaps and in bundles, and of one that stands for a bundle that bundle's modules.  By texts and not by what was
 * compiled: who asks wants to know whether it is another, and a little too much does no harm. */
#include <string.h>

#include "base/str.h"
#include "governance/rego/policy.h"

static const pv_rego_opts syntax = {.v0 = true, .alone = true}; /* a module says if it is v1 */

typedef struct library {
	pv_str name, text;
	const char *root;   /* the first part of its package */
	const char *bundle; /* that it came with; NULL: a ConfigMap has it */
} library;

static void
add(pv_ctx *cx, const pv_rego_module *m, const rego_bundles *bundles, pv_vec *ret)
{
	const char *package, *bundle = pv_text_at(pv_get(bundles->policies, m->name), "bundle", NULL);

	if (pv_rego_package(cx, m, &syntax, &package) < 0) { /* what does not parse serves nobody */
		pv_recover(cx);
		return;
	}
	*(library *)pv_vec_add(ret) = (library){
		.name = pv_str_of(m->name),
		.text = m->text,
		.root = pv_strndup(cx->arena, package, strcspn(package, ".")),
		.bundle = bundle,
	};
}

void
rego_libraries(pv_ctx *cx, const pv_vec *maps, const pv_val *bundles_fact, pv_vec *ret)
{
	const rego_bundles bundles = bundles_of(bundles_fact);
	pv_vec modules;

	policy_libraries(cx, maps, &modules);
	bundles_modules(&bundles, &modules);
	pv_vec_init(ret, cx->arena, sizeof(library));
	for (size_t i = 0; i < modules.len; i++)
		add(cx, PV_AT(pv_rego_module, &modules, i), &bundles, ret);
}

static bool
has(pv_str text, const char *word)
{
	return memmem(text.s, text.len, word, strlen(word)) != NULL;
}

/* data.lib, data["lib"], import data.lib.k8s: whoever reads of it has both words. */
static bool
any_speaks_of(const pv_vec *texts, size_t from, size_t to, const char *root)
{
	for (size_t i = from; i < to; i++) {
		const pv_str text = *PV_AT(pv_str, texts, i);

		if (has(text, "data") && has(text, root))
			return true;
	}
	return false;
}

static bool
is_own(pv_ctx *cx, const pv_val *map, const library *one)
{
	const char *prefix = pv_printf(cx->arena, "%s/%s/", pv_text_at(map, "metadata.namespace", ""),
				       pv_text_at(map, "metadata.name", ""));

	return !one->bundle && pv_starts_with(one->name.s, prefix);
}

pv_val
rego_uses(pv_ctx *cx, const pv_val *map, const pv_vec *libraries)
{
	const pv_val *data = pv_get(map, "data");
	const char *bundle = pv_text(pv_get(pv_at(map, "metadata.annotations"), BUNDLE_ANNOTATION), NULL);
	bool *used = pv_new_array(cx->arena, bool, libraries->len + 1);
	size_t from = 0, to;
	pv_vec texts;
	pv_objb b;

	pv_vec_init(&texts, cx->arena, sizeof(pv_str));
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(data); i++) {
		const pv_str text = pv_strv(&data->members[i].val);

		pv_vec_push(&texts, &text);
	}
	do { /* a library may use another: each is looked for once in each text */
		to = texts.len;
		for (size_t i = 0; i < libraries->len; i++) {
			const library *one = PV_AT(library, libraries, i);

			if (used[i] || !((bundle && pv_streq(one->bundle, bundle)) ||
					 any_speaks_of(&texts, from, to, one->root)))
				continue;
			if (is_own(cx, map, one))
				continue;
			used[i] = true;
			pv_vec_push(&texts, &one->text);
		}
		from = to;
	} while (texts.len > to);
	for (size_t i = 0; i < libraries->len; i++)
		if (used[i]) {
			const library *one = PV_AT(library, libraries, i);

			pv_objb_put(&b, one->name.s, pv_stringn(cx->arena, one->text.s, one->text.len));
		}
	return pv_objb_end(&b);
}
